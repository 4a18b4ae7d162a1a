//! Fit rules of one field, as one table per column: a row's value becomes the number of a cell, and the cell
//! says what to add to which account.

use crate::columnar::plan::Scope;
use crate::columnar::rows::Table;
use crate::columnar::run::BLOCK;
use crate::columnar::source::Form;
use crate::lead::model::FieldType;
use crate::playbook::compile::Compiled;
use crate::scoring::fuse::{Add, Lookup};

/// All columns whose rules are fused.
#[derive(Debug, Clone)]
pub(crate) struct Fit {
    columns: Vec<Column>,
    cells: Box<[u32; BLOCK]>,
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
}

#[derive(Debug, Clone)]
enum Kernel {
    /// By the number of bounds at or below the value, from cell 1 on.
    Numbers(Box<[i64]>),
    /// Cell 1 for false, cell 2 for true.
    Bools,
}

impl Fit {
    /// The columns of a table that can be fused, and the rules, as card and number, that this leaves over.
    pub(crate) fn new(compiled: &Compiled, scope: &Scope) -> (Self, Vec<(usize, usize)>) {
        let scoring = &compiled.scoring;
        let mut columns = Vec::new();
        for fused in scoring.fused.columns() {
            let kernel = match &fused.lookup {
                Lookup::Numbers(bounds) => Kernel::Numbers(bounds.clone()),
                Lookup::Bools => Kernel::Bools,
                Lookup::Texts(_) => continue,
            };
            columns.push(Column::new(scope, compiled, fused.field, kernel, &fused.cells));
        }
        let mut rest = Vec::new();
        for (card, policy) in scoring.cards.iter().enumerate() {
            for (number, rule) in policy.rules.iter().enumerate() {
                if scope.scored(card) && rule.on.is_none() && !covered(compiled, card, number) {
                    rest.push((card, number));
                }
            }
        }
        let fit = Self {
            columns,
            cells: Box::new([0; BLOCK]),
            keys: Box::new([0; BLOCK]),
            valid: Box::new([0; BLOCK]),
        };
        (fit, rest)
    }

    pub(crate) fn reads(&self, field: usize) -> bool {
        self.columns.iter().any(|column| column.field == field)
    }

    /// Adds the points of all fused rules to the accounts of a block.
    pub(crate) fn apply(&mut self, table: &Table<'_>, start: usize, rows: usize, accounts: &mut [[i64; 2]]) {
        for column in &mut self.columns {
            let cells = self.cells.get_mut(..rows).unwrap_or(&mut []);
            let keys = self.keys.get_mut(..rows).unwrap_or(&mut []);
            let valid = self.valid.get_mut(..rows).unwrap_or(&mut []);
            column.cells(table, start, cells, keys, valid);
            column.add(cells, accounts);
        }
    }
}

/// Whether the rule is fused.
fn covered(compiled: &Compiled, card: usize, number: usize) -> bool {
    if !compiled.scoring.fused.covers(card, number) {
        return false;
    }
    let rule = compiled.scoring.cards.get(card).and_then(|card| card.rules.get(number));
    let field = rule.and_then(|rule| crate::columnar::plan::fields_of(rule).into_iter().next());
    let kind = field.and_then(|field| compiled.model.field_at(field)).map(|(_, policy)| policy.kind);
    !matches!(kind, Some(FieldType::Text | FieldType::Email | FieldType::Phone | FieldType::Url))
}

impl Column {
    fn new(scope: &Scope, compiled: &Compiled, field: usize, kernel: Kernel, cells: &[Box<[Add]>]) -> Self {
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
        Self { field, kernel, accounts: accounts.into_boxed_slice(), table }
    }

    fn cells(
        &mut self,
        table: &Table<'_>,
        start: usize,
        cells: &mut [u32],
        keys: &mut [i64],
        valid: &mut [u8],
    ) {
        let Some(Some(source)) = table.fields.get(self.field) else {
            cells.fill(0);
            return;
        };
        source.validity(start, valid);
        match (&self.kernel, source.form()) {
            (Kernel::Numbers(bounds), Form::Number(..)) => {
                source.keys(start, keys, valid);
                for ((cell, key), valid) in cells.iter_mut().zip(keys.iter()).zip(valid.iter()) {
                    let mut below = 1;
                    for bound in bounds {
                        below += u32::from(bound <= key);
                    }
                    *cell = below * u32::from(*valid);
                }
            }
            (Kernel::Bools, Form::Bool(array)) => {
                for (offset, (cell, valid)) in cells.iter_mut().zip(valid.iter()).enumerate() {
                    *cell = (1 + u32::from(array.value(start + offset))) * u32::from(*valid);
                }
            }
            _ => cells.fill(0),
        }
    }

    fn add(&self, cells: &[u32], all: &mut [[i64; 2]]) {
        let width = self.accounts.len();
        for (place, account) in self.accounts.iter().enumerate() {
            let sums = all.get_mut(account * BLOCK..(account + 1) * BLOCK).unwrap_or(&mut []);
            for (sum, cell) in sums.iter_mut().zip(cells) {
                if let Some([plus, minus]) = self.table.get(*cell as usize * width + place) {
                    sum[0] = sum[0].saturating_add(*plus);
                    sum[1] = sum[1].saturating_add(*minus);
                }
            }
        }
    }
}
