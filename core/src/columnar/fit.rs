//! Fit rules of one field, as one table per column: a row's value becomes the number of a cell, and the cell
//! says what to add to which account.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use crate::columnar::kernels::atoms::{Atom, Atoms, Tree};
use crate::columnar::kernels::automaton::Automaton;
use crate::columnar::kernels::bits::unpack;
use crate::columnar::kernels::bounds::Bounds;
use crate::columnar::kernels::sums::{self, Cells, GROUP, Packed};
use crate::columnar::kernels::views::Views;
use crate::columnar::plan::Scope;
use crate::columnar::rows::Table;
use crate::columnar::run::BLOCK;
use crate::columnar::source::{Form, Source};
use crate::expr::{Frame, NodeKind};
use crate::lead::facts::{Cell, Facts};
use crate::lead::model::FieldType;
use crate::lead::record::Lead;
use crate::playbook::compile::Compiled;
use crate::scoring::compile::{By, PointsForm, Rule};
use crate::scoring::fuse::{Add, Lookup};

/// All columns whose rules are fused.
#[derive(Debug, Clone)]
pub(crate) struct Fit {
    columns: Vec<Column>,
    /// All accounts that columns add to.
    accounts: Vec<usize>,
    /// Whether no sum of points leaves what packed sums hold.
    packed: bool,
    /// Per account: packed sums of a block.
    sums: Vec<i64>,
    /// Of as many columns as are added in one pass.
    cells: Box<[[u32; BLOCK]; GROUP]>,
    keys: Box<[i64; BLOCK]>,
    valid: Box<[u8; BLOCK]>,
}

/// The fused rules of one column.
#[derive(Debug, Clone)]
struct Column {
    field: usize,
    kernel: Kernel,
    /// The accounts that it adds to.
    accounts: Box<[usize]>,
    /// Per cell, per account: plus and minus. Cell 0 is for an empty field.
    table: Vec<[i64; 2]>,
    /// Per account, per cell: the same, packed.
    packed: Vec<Packed>,
    /// Per account: no row gets more than this.
    reach: Vec<[i64; 2]>,
    /// Cells of the values of a dictionary, in the batch at hand.
    dictionary: Arc<[u32]>,
    /// Ids of the rules, for the plan.
    rules: Arc<[String]>,
}

#[derive(Debug, Clone)]
enum Kernel {
    /// By the number of bounds at or below the value, from cell 1 on.
    Numbers(Bounds),
    /// Cell 1 for false, cell 2 for true.
    Bools,
    /// By the outcome of all questions, from cell 1 on; cells are made as outcomes occur.
    Texts(Box<Automaton>, Views, Arc<[TextRule]>),
}

/// A rule whose points depend on one text.
#[derive(Debug)]
struct TextRule {
    account: usize,
    when: Tree,
    points: i64,
    /// Points by the text itself, before `points`.
    table: Vec<(usize, i64)>,
    /// The points of an empty field.
    empty: i64,
}

impl Fit {
    /// The columns that can be fused, and the rules, as card and number, that this leaves over.
    pub(crate) fn new(compiled: &Compiled, scope: &Scope) -> (Self, Vec<(usize, usize)>) {
        let scoring = &compiled.scoring;
        let mut columns = Vec::new();
        let mut covered: BTreeSet<(usize, usize)> = BTreeSet::new();
        let rules = || {
            let cards = scoring.cards.iter().enumerate().filter(|(card, _)| scope.scored(*card));
            cards
                .flat_map(|(card, policy)| {
                    policy.rules.iter().enumerate().map(move |(number, rule)| ((card, number), rule))
                })
                .filter(|(_, rule)| rule.on.is_none())
        };
        for fused in scoring.fused.columns() {
            let kernel = match &fused.lookup {
                Lookup::Numbers(bounds) => Kernel::Numbers(Bounds::new(bounds)),
                Lookup::Bools => Kernel::Bools,
                // Made anew below, with what else is asked of the text.
                Lookup::Texts(_) => continue,
            };
            let own = rules().filter(|((card, number), rule)| {
                let fields = crate::columnar::plan::fields_of(rule);
                scoring.fused.covers(*card, *number) && fields.contains(&fused.field)
            });
            let (places, names): (Vec<_>, Vec<_>) = own.map(|(place, rule)| (place, rule.id.clone())).unzip();
            // Its rules are of scorecards that nobody asked for.
            if names.is_empty() {
                continue;
            }
            covered.extend(places);
            columns.push(Column::new(compiled, scope, fused.field, kernel, &fused.cells, names));
        }
        for (field, (_, policy)) in compiled.model.fields().enumerate() {
            if is_text(policy.kind) {
                let own =
                    rules().filter(|(_, rule)| crate::columnar::plan::fields_of(rule) == [field].into());
                columns.extend(Column::texts(compiled, field, own, &mut covered));
            }
        }
        columns.sort_by_key(|column| column.field);
        let rest = rules().map(|(place, _)| place).filter(|place| !covered.contains(place)).collect();
        let mut reach = BTreeMap::new();
        for column in &columns {
            for (account, [plus, minus]) in column.accounts.iter().zip(&column.reach) {
                let all: &mut [i64; 2] = reach.entry(*account).or_default();
                *all = [all[0].saturating_add(*plus), all[1].saturating_add(*minus)];
            }
        }
        let most = i64::from(i32::MAX);
        let fit = Self {
            columns,
            packed: reach.values().all(|[plus, minus]| *plus <= most && *minus >= -most),
            sums: vec![0; reach.len() * BLOCK],
            accounts: reach.into_keys().collect(),
            cells: Box::new([[0; BLOCK]; GROUP]),
            keys: Box::new([0; BLOCK]),
            valid: Box::new([0; BLOCK]),
        };
        (fit, rest)
    }

    pub(crate) fn reads(&self, field: usize) -> bool {
        self.columns.iter().any(|column| column.field == field)
    }

    /// Prepares for a batch: evaluates dictionaries, once for each of their values.
    pub(crate) fn bind(&mut self, table: &Table<'_>) {
        for column in &mut self.columns {
            column.dictionary = Arc::default();
            if let Kernel::Texts(_, views, _) = &mut column.kernel {
                views.forget();
            }
            let Some(Some(source)) = table.fields.get(column.field) else { continue };
            let Form::Dictionary(_, values) = source.form() else { continue };
            // A batch may be a small cut from a table with a large dictionary.
            if values.len() > 2 * table.rows + BLOCK {
                continue;
            }
            let mut cells = vec![0; values.len()];
            for (index, cells) in cells.chunks_mut(BLOCK).enumerate() {
                let keys = self.keys.get_mut(..cells.len()).unwrap_or(&mut []);
                let valid = self.valid.get_mut(..cells.len()).unwrap_or(&mut []);
                column.cells(values, index * BLOCK, cells, keys, valid);
            }
            column.dictionary = cells.into();
        }
    }

    /// Whether sums stay so small that no figure can be out of range by them.
    pub(crate) fn packed(&self) -> bool {
        self.packed
    }

    /// What texts have taught the automata, for other tables.
    pub(crate) fn taught(&self) -> Self {
        let mut fit = self.clone();
        for column in &mut fit.columns {
            column.dictionary = Arc::default();
            if let Kernel::Texts(_, views, _) = &mut column.kernel {
                *views = Views::default();
            }
        }
        fit
    }

    /// Adds the points of all fused rules to the accounts of a block: per account, plus and minus.
    pub(crate) fn apply(&mut self, table: &Table<'_>, start: usize, rows: usize, accounts: &mut [i64]) {
        // So many rules of the most points there are stay within an `i64`.
        let few = self.columns.iter().map(|column| column.rules.len()).sum::<usize>() <= 1_000;
        self.sums.fill(0);
        for columns in self.columns.chunks_mut(GROUP) {
            for (column, cells) in columns.iter_mut().zip(self.cells.iter_mut()) {
                let cells = cells.get_mut(..rows).unwrap_or(&mut []);
                let keys = self.keys.get_mut(..rows).unwrap_or(&mut []);
                let valid = self.valid.get_mut(..rows).unwrap_or(&mut []);
                match table.fields.get(column.field) {
                    Some(Some(source)) => column.cells(source, start, cells, keys, valid),
                    _ => cells.fill(0),
                }
                if !self.packed {
                    column.add(cells, accounts, few);
                }
            }
            for (account, sums) in
                self.accounts.iter().zip(self.sums.chunks_mut(BLOCK)).filter(|_| self.packed)
            {
                let own = columns.iter().zip(self.cells.iter()).filter_map(|(column, cells)| {
                    let place = column.accounts.iter().position(|own| own == account)?;
                    Some((column.packed.get(place)?, cells.get(..rows)?))
                });
                sums::add(&own.collect::<Vec<Cells<'_>>>(), sums);
            }
        }
        for (account, sums) in self.accounts.iter().zip(self.sums.chunks(BLOCK)).filter(|_| self.packed) {
            let sides = accounts.get_mut(2 * account * BLOCK..2 * (account + 1) * BLOCK).unwrap_or(&mut []);
            if let Some((plus, minus)) = sides.split_at_mut_checked(BLOCK) {
                sums::unpack(sums, plus, minus);
            }
        }
    }

    /// One line per column: field, kernel, rules.
    pub(crate) fn describe(&self, compiled: &Compiled) -> Vec<(String, String, Vec<String>)> {
        let of = |column: &Column| {
            let field = compiled.model.field_at(column.field).map_or("", |(name, _)| name).to_owned();
            (field, column.kernel.to_string(), column.rules.to_vec())
        };
        self.columns.iter().map(of).collect()
    }
}

pub(crate) fn is_text(kind: FieldType) -> bool {
    matches!(kind, FieldType::Text | FieldType::Email | FieldType::Phone | FieldType::Url)
}

impl fmt::Display for Kernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Numbers(bounds) => write!(f, "interval search over {} bounds", bounds.len()),
            Self::Bools => f.write_str("table of two values"),
            Self::Texts(automaton, ..) => {
                write!(f, "one automaton for {} questions, once per dictionary value", automaton.questions())
            }
        }
    }
}

impl Column {
    fn new(
        compiled: &Compiled,
        scope: &Scope,
        field: usize,
        kernel: Kernel,
        cells: &[Box<[Add]>],
        rules: Vec<String>,
    ) -> Self {
        let mut accounts: Vec<usize> = cells.iter().flatten().map(|add| add.account).collect();
        accounts.sort_unstable();
        accounts.dedup();
        let wanted = |account: &usize| {
            let cards = compiled.scoring.cards.iter().enumerate();
            cards.rev().find(|(_, card)| card.account <= *account).is_some_and(|(card, _)| scope.scored(card))
        };
        accounts.retain(wanted);
        let mut table = Vec::with_capacity(cells.len() * accounts.len());
        for adds in cells {
            for account in &accounts {
                let add = adds.iter().find(|add| add.account == *account);
                table.push(add.map_or([0; 2], |add| [add.plus, add.minus]));
            }
        }
        let mut reach = vec![[0; 2]; accounts.len()];
        for cell in table.chunks(accounts.len().max(1)) {
            for (reach, [plus, minus]) in reach.iter_mut().zip(cell) {
                *reach = [reach[0].max(*plus), reach[1].min(*minus)];
            }
        }
        let mut column = Self {
            field,
            kernel,
            packed: vec![Packed::default(); accounts.len()],
            accounts: accounts.into_boxed_slice(),
            table,
            reach,
            dictionary: Arc::default(),
            rules: rules.into(),
        };
        column.pack();
        column
    }

    /// Packs the points of new cells.
    fn pack(&mut self) {
        let width = self.accounts.len().max(1);
        for (place, packed) in self.packed.iter_mut().enumerate() {
            let new = self.table.iter().skip(place).step_by(width).skip(packed.len());
            new.for_each(|points| packed.push(*points));
        }
    }

    /// A column of texts, if any rule can be answered by an automaton.
    fn texts<'r>(
        compiled: &Compiled,
        field: usize,
        rules: impl Iterator<Item = ((usize, usize), &'r Rule)>,
        covered: &mut BTreeSet<(usize, usize)>,
    ) -> Option<Self> {
        let mut atoms = Atoms::default();
        let mut own = Vec::new();
        let mut names = Vec::new();
        for (place, rule) in rules {
            let mut longer = atoms.clone();
            let Some(text_rule) = TextRule::new(compiled, field, rule, &mut longer) else { continue };
            // A pattern that no automaton answers stays with the rules that are evaluated row by row.
            let alone = Atoms { list: longer.list.iter().skip(atoms.list.len()).cloned().collect() };
            let patterns = alone.list.iter().any(|atom| matches!(atom, Atom::Matches(_)));
            if patterns && Automaton::new(&alone).is_none() {
                continue;
            }
            atoms = longer;
            covered.insert(place);
            own.push(text_rule);
            names.push(rule.id.clone());
        }
        if own.is_empty() {
            return None;
        }
        let Some(automaton) = Automaton::new(&atoms) else {
            // Too much for one automaton: all of it goes by rows.
            names.clear();
            covered.retain(|place| {
                let rule = compiled.scoring.cards.get(place.0).and_then(|card| card.rules.get(place.1));
                rule.is_none_or(|rule| crate::columnar::plan::fields_of(rule) != [field].into())
            });
            return None;
        };
        let mut accounts: Vec<usize> = own.iter().map(|rule| rule.account).collect();
        accounts.sort_unstable();
        accounts.dedup();
        let mut reach = vec![[0_i64; 2]; accounts.len()];
        for rule in &own {
            let place = accounts.iter().position(|account| *account == rule.account);
            if let Some(reach) = place.and_then(|place| reach.get_mut(place)) {
                let [plus, minus] = rule.reach();
                *reach = [reach[0].saturating_add(plus), reach[1].saturating_add(minus)];
            }
        }
        let mut column = Self {
            field,
            kernel: Kernel::Texts(Box::new(automaton), Views::default(), own.into()),
            packed: vec![Packed::default(); accounts.len()],
            accounts: accounts.into_boxed_slice(),
            table: Vec::new(),
            reach,
            dictionary: Arc::default(),
            rules: names.into(),
        };
        column.extend();
        Some(column)
    }

    /// Cells for outcomes that are new.
    fn extend(&mut self) {
        let Kernel::Texts(automaton, _, rules) = &self.kernel else { return };
        let width = self.accounts.len();
        for cell in self.table.len() / width.max(1)..=automaton.outcomes() {
            let start = self.table.len();
            self.table.resize(start + width, [0; 2]);
            for rule in rules.iter() {
                let points = match cell.checked_sub(1) {
                    None => rule.empty,
                    Some(outcome) => rule.points(&|atom| automaton.answer(outcome, atom)),
                };
                let place = self.accounts.iter().position(|account| *account == rule.account);
                if let Some([plus, minus]) = place.and_then(|place| self.table.get_mut(start + place)) {
                    *plus = plus.saturating_add(points.max(0));
                    *minus = minus.saturating_add(points.min(0));
                }
            }
        }
        self.pack();
    }

    fn cells(
        &mut self,
        source: &Source<'_>,
        start: usize,
        cells: &mut [u32],
        keys: &mut [i64],
        valid: &mut [u8],
    ) {
        if let (Form::Dictionary(codes, _), false) = (source.form(), self.dictionary.is_empty()) {
            codes.look_up(start, &self.dictionary, cells);
            source.own_marks(start, cells, valid);
            return;
        }
        source.validity(start, valid);
        match (&mut self.kernel, source.form()) {
            (Kernel::Numbers(bounds), Form::Number(..)) => bounds.cells(source, start, keys, valid, cells),
            (Kernel::Bools, Form::Bool(array)) => {
                let mut bits = [0; BLOCK];
                let bits = bits.get_mut(..cells.len()).unwrap_or(&mut []);
                unpack(array.values(), start, bits);
                for ((cell, bit), valid) in cells.iter_mut().zip(bits).zip(valid.iter()) {
                    *cell = u32::from((1 + *bit) * *valid);
                }
            }
            (Kernel::Texts(automaton, views, _), Form::Text(texts, _)) => {
                views.classify(automaton, texts, start, valid, cells);
                if self.table.len() / self.accounts.len().max(1) <= automaton.outcomes() {
                    self.extend();
                }
            }
            (_, Form::Dictionary(codes, values)) => {
                for (offset, cell) in cells.iter_mut().enumerate() {
                    let (mut one, mut key, mut mark) = ([0], [0], [0]);
                    if valid.get(offset) == Some(&1) {
                        self.cells(values, codes.value(start + offset), &mut one, &mut key, &mut mark);
                    }
                    [*cell] = one;
                }
            }
            (Kernel::Numbers(bounds), Form::Text(..)) => {
                // Dates and instants as texts.
                for (offset, (cell, valid)) in cells.iter_mut().zip(valid.iter()).enumerate() {
                    let time = if *valid == 1 { source.time(start + offset) } else { None };
                    *cell = time.map_or(0, |time| bounds.cell(time));
                }
            }
            _ => cells.fill(0),
        }
    }

    /// `few` says that so few rules cannot leave the range of an `i64`.
    fn add(&self, cells: &[u32], all: &mut [i64], few: bool) {
        let width = self.accounts.len();
        for (place, account) in self.accounts.iter().enumerate() {
            let sides = all.get_mut(2 * account * BLOCK..2 * (account + 1) * BLOCK).unwrap_or(&mut []);
            for (side, sums) in sides.chunks_mut(BLOCK).enumerate() {
                for (sum, cell) in sums.iter_mut().zip(cells) {
                    let points = self.table.get(*cell as usize * width + place);
                    let points = points.and_then(|points| points.get(side)).copied().unwrap_or(0);
                    *sum = if few { sum.wrapping_add(points) } else { sum.saturating_add(points) };
                }
            }
        }
    }
}

impl TextRule {
    /// The rule over atoms of the field's text, if it asks nothing else.
    fn new(compiled: &Compiled, field: usize, rule: &Rule, atoms: &mut Atoms) -> Option<Self> {
        let subject = |node: &crate::expr::Node| matches!(node.kind, NodeKind::Field(of) if of == field);
        let when = match &rule.when {
            Some(when) => atoms.tree(when.root(), &subject)?,
            None => Tree::Const(true),
        };
        let (points, table) = match &rule.points {
            PointsForm::Fixed(points) => (points.millionths(), Vec::new()),
            PointsForm::Table { by: By::Field(of), texts, default } if *of == field => {
                let mut texts: Vec<_> = texts.iter().collect();
                texts.sort_unstable_by_key(|(text, _)| *text);
                let mut table = Vec::with_capacity(texts.len());
                for (text, points) in texts {
                    table.push((atoms.number(Atom::Equals(text.clone())), points.millionths()));
                }
                (default.millionths(), table)
            }
            _ => return None,
        };
        // An empty field by the very rule.
        let lead = Lead::new("");
        let facts = Facts::of_field(&compiled.model, &lead, field, Cell::Null);
        let frame = Frame { facts: &facts, at: 0, activity: None, derived: None };
        let empty = rule.value(&frame).unwrap_or_default().millionths();
        Some(Self { account: rule.account, when, points, table, empty })
    }

    /// The most points that it gives, and the fewest.
    fn reach(&self) -> [i64; 2] {
        let table = self.table.iter().map(|(_, points)| *points);
        table
            .chain([self.points, self.empty])
            .fold([0; 2], |[plus, minus], points| [plus.max(points), minus.min(points)])
    }

    fn points(&self, answer: &dyn Fn(usize) -> bool) -> i64 {
        if !self.when.holds(answer) {
            return 0;
        }
        let named = self.table.iter().find(|(atom, _)| answer(*atom));
        named.map_or(self.points, |(_, points)| *points)
    }
}
