//! Conditions as sets of combinations of cells: whatever is true of all leads can be read off them.
//!
//! What conditions look at falls into cells on which all of them agree. A condition is then the set of combinations for
//! which it holds, and the set of those for which it does not; where it fails it is in neither. What cannot be cut into
//! cells may hold or not, whatever the rest says: the sets are those of more leads than there can be, never of fewer.
//! So a condition whose set is empty holds for no lead, and one whose set is everything holds for all.

use std::collections::{BTreeMap, HashMap};

use crate::base::points::Points;
use crate::base::sets::{ALL, Diagrams, NONE};
use crate::expr::{
    AccountPart, Comparison, Constant, Figure, Node, NodeKind, Program, Property, TextTest, Type,
};
use crate::lead::model::FieldType;
use crate::trust::lint::cells::{Domain, Key, Loose, MOST_LOOSE, Sample, Variable};

/// What one look may cost: conditions as people write them take some hundred.
const BUDGET: u64 = 100_000;

/// The leads for which a condition holds, and those for which it does not. It fails on the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Truth {
    pub(super) yes: u32,
    pub(super) no: u32,
}

impl Truth {
    const ALWAYS: Truth = Truth { yes: ALL, no: NONE };
    const NEVER: Truth = Truth { yes: NONE, no: ALL };
}

/// Some conditions, and the combinations of cells that they tell apart.
pub(super) struct Space<'a> {
    pub(super) domain: &'a Domain<'a>,
    pub(super) variables: Vec<Variable>,
    numbers: BTreeMap<Key, usize>,
    pub(super) sets: Diagrams,
    /// The segments that conditions name, by number.
    segments: HashMap<usize, Truth>,
}

/// A part of a condition that is not made of others.
enum Atom {
    /// Whether something is so.
    Plain(Key),
    /// A comparison or test of a thing, with the number of the loose test that it is.
    Of(Key, Option<usize>),
}

impl<'a> Space<'a> {
    /// For these conditions, and thresholds of the totals of scorecards.
    pub(super) fn new(domain: &'a Domain<'a>, programs: &[&Program], thresholds: &[(usize, Points)]) -> Self {
        let mut space = Self {
            domain,
            variables: Vec::new(),
            numbers: BTreeMap::new(),
            sets: Diagrams::within(Vec::new(), 1),
            segments: HashMap::new(),
        };
        for program in programs {
            space.collect(program, program.root());
        }
        for (card, points) in thresholds {
            let number = space.variable(Key::Figure(*card, Figure::Total));
            if let Some(variable) = space.variables.get_mut(number) {
                variable.constants.push(Constant::Double(points.to_f64()));
            }
        }
        for variable in &mut space.variables {
            variable.cells = domain.cells(variable);
        }
        let sizes: Vec<usize> = space.variables.iter().map(|variable| variable.cells.len()).collect();
        let budget = BUDGET.saturating_mul(u64::try_from(programs.len().max(1)).unwrap_or(u64::MAX));
        space.sets = Diagrams::within(sizes, budget.min(BUDGET * 64));
        // The numbers of segments are those of their first visit; their sets are found when they are asked for.
        space.segments.clear();
        space
    }

    /// Whether what it says holds: a condition may be too intricate to be looked through.
    pub(super) const fn is_known(&self) -> bool {
        !self.sets.is_spent()
    }

    /// The leads for which a condition holds, and those for which it does not.
    pub(super) fn truth(&mut self, program: &Program) -> Truth {
        self.node(program, program.root())
    }

    /// The leads whose total on a scorecard is at least so much.
    pub(super) fn at_least(&mut self, card: usize, points: Points) -> u32 {
        let Some(number) = self.numbers.get(&Key::Figure(card, Figure::Total)).copied() else { return ALL };
        let wanted = points.to_f64();
        let reached: Vec<bool> = self
            .cells(number)
            .map(|sample| matches!(sample, Sample::Double(total) if *total >= wanted))
            .collect();
        self.sets.values(number, |cell| reached.get(cell).copied().unwrap_or(false))
    }

    /// The leads whose field is empty.
    pub(super) fn empty(&mut self, field: usize) -> u32 {
        let Some(number) = self.numbers.get(&Key::Field(field)).copied() else { return ALL };
        let null: Vec<bool> = self.cells(number).map(|sample| *sample == Sample::Null).collect();
        self.sets.values(number, |cell| null.get(cell).copied().unwrap_or(false))
    }

    /// The leads that are in a segment.
    pub(super) fn segment(&mut self, number: usize) -> Truth {
        if let Some(known) = self.segments.get(&number) {
            return *known;
        }
        let domain = self.domain;
        let Some(segment) = domain.compiled.segments.segments.get(number) else { return Truth::NEVER };
        let when = segment.when.as_ref().map_or(NONE, |when| self.truth(when).yes);
        let yes = match self.numbers.get(&Key::Listed(number)).copied() {
            Some(listed) => {
                let neither = self.sets.values(listed, |cell| cell == 0);
                let included = self.sets.values(listed, |cell| cell == 1);
                let by_condition = self.sets.and(neither, when);
                self.sets.or(included, by_condition)
            }
            None => when,
        };
        let truth = Truth { yes, no: self.sets.not(yes) };
        self.segments.insert(number, truth);
        truth
    }

    fn cells(&self, number: usize) -> impl Iterator<Item = &Sample> {
        self.variables.get(number).into_iter().flat_map(|variable| &variable.cells).map(|cell| &cell.sample)
    }

    fn node(&mut self, program: &Program, node: &Node) -> Truth {
        match &node.kind {
            NodeKind::Const(Constant::Bool(true)) => Truth::ALWAYS,
            NodeKind::Const(Constant::Bool(false) | Constant::Null) => Truth::NEVER,
            NodeKind::All(parts) => parts.iter().fold(Truth::ALWAYS, |all, part| {
                let part = self.node(program, part);
                Truth { yes: self.sets.and(all.yes, part.yes), no: self.sets.or(all.no, part.no) }
            }),
            NodeKind::Any(parts) => parts.iter().fold(Truth::NEVER, |any, part| {
                let part = self.node(program, part);
                Truth { yes: self.sets.or(any.yes, part.yes), no: self.sets.and(any.no, part.no) }
            }),
            NodeKind::Not(of) if of.ty == Type::Bool => {
                let of = self.node(program, of);
                Truth { yes: of.no, no: of.yes }
            }
            NodeKind::Choose(parts) if is_choice(parts) => {
                let [condition, yes, no] = parts.as_ref();
                let (condition, yes, no) =
                    (self.node(program, condition), self.node(program, yes), self.node(program, no));
                let mut either = |yes_part: u32, no_part: u32| {
                    let taken = self.sets.and(condition.yes, yes_part);
                    let other = self.sets.and(condition.no, no_part);
                    self.sets.or(taken, other)
                };
                Truth { yes: either(yes.yes, no.yes), no: either(yes.no, no.no) }
            }
            NodeKind::InSegment(segment) => self.segment(*segment),
            _ => self.atomic(program, node),
        }
    }

    fn atomic(&mut self, program: &Program, node: &Node) -> Truth {
        let (key, loose) = match self.atom(program, node) {
            Atom::Plain(key) => (key, None),
            Atom::Of(key, loose) => (key, Some(loose)),
        };
        // INVARIANT: every part of the conditions was collected; one that was not may be anything.
        let Some(number) = self.numbers.get(&key).copied() else { return Truth { yes: ALL, no: ALL } };
        let Some(loose) = loose else {
            let yes = self.sets.values(number, |cell| cell == 0);
            let no = self.sets.values(number, |cell| cell == 1);
            return Truth { yes, no };
        };
        let outcomes: Vec<Option<bool>> = self
            .variables
            .get(number)
            .into_iter()
            .flat_map(|variable| &variable.cells)
            .map(|cell| match (cell.loose, loose) {
                (Some(bits), Some(test)) => Some(bits >> test & 1 == 1),
                _ => node.applied(&cell.sample.given()),
            })
            .collect();
        let is = |wanted: bool| {
            let outcomes = &outcomes;
            move |cell: usize| outcomes.get(cell).copied().flatten() == Some(wanted)
        };
        Truth { yes: self.sets.values(number, is(true)), no: self.sets.values(number, is(false)) }
    }

    fn collect(&mut self, program: &Program, node: &Node) {
        match &node.kind {
            NodeKind::Const(Constant::Bool(_) | Constant::Null) => {}
            NodeKind::All(parts) | NodeKind::Any(parts) => {
                parts.iter().for_each(|part| self.collect(program, part));
            }
            NodeKind::Not(of) if of.ty == Type::Bool => self.collect(program, of),
            NodeKind::Choose(parts) if is_choice(parts) => {
                parts.iter().for_each(|part| self.collect(program, part));
            }
            NodeKind::InSegment(number) => self.collect_segment(*number),
            _ => self.collect_atom(program, node),
        }
    }

    pub(super) fn collect_segment(&mut self, number: usize) {
        if self.segments.insert(number, Truth::NEVER).is_some() {
            return;
        }
        let domain = self.domain;
        let Some(segment) = domain.compiled.segments.segments.get(number) else { return };
        if !segment.include.is_empty() || !segment.exclude.is_empty() {
            self.variable(Key::Listed(number));
        }
        if let Some(when) = &segment.when {
            self.collect(when, when.root());
        }
    }

    fn collect_atom(&mut self, program: &Program, node: &Node) {
        let constants = constants(node);
        let Some(key) = self.place(node) else {
            self.variable(opaque(program, node));
            return;
        };
        if let Key::Has(..) = key {
            self.variable(key);
            return;
        }
        let test = loose(program, node).filter(|_| !self.domain.is_finite(&key));
        let number = self.variable(key);
        let mut full = false;
        if let Some(variable) = self.variables.get_mut(number) {
            variable.constants.extend(constants);
            if let Some(test) = test
                && !variable.loose.contains(&test)
            {
                full = variable.loose.len() >= MOST_LOOSE;
                if !full {
                    variable.loose.push(test);
                }
            }
        }
        if full {
            self.variable(opaque(program, node));
        }
    }

    fn variable(&mut self, key: Key) -> usize {
        let next = self.variables.len();
        let number = *self.numbers.entry(key.clone()).or_insert(next);
        if number == next {
            self.variables.push(Variable {
                key,
                constants: Vec::new(),
                loose: Vec::new(),
                cells: Vec::new(),
            });
        }
        number
    }

    fn atom(&self, program: &Program, node: &Node) -> Atom {
        let Some(key) = self.place(node) else { return Atom::Plain(opaque(program, node)) };
        if matches!(key, Key::Has(..)) {
            return Atom::Plain(key);
        }
        let variable = self.numbers.get(&key).and_then(|number| self.variables.get(*number));
        match loose(program, node).filter(|_| !self.domain.is_finite(&key)) {
            None => Atom::Of(key, None),
            Some(test) => {
                match variable.and_then(|variable| variable.loose.iter().position(|known| *known == test)) {
                    Some(number) => Atom::Of(key, Some(number)),
                    None => Atom::Plain(opaque(program, node)),
                }
            }
        }
    }

    /// What a comparison or test with constants looks at, where that has cells.
    fn place(&self, node: &Node) -> Option<Key> {
        match &node.kind {
            NodeKind::In(item, list) => match (item.constant(), &list.kind) {
                (Some(Constant::Text(text)), NodeKind::Field(field)) => Some(Key::Has(*field, text.clone())),
                _ => None,
            },
            NodeKind::Compare(sign, left, right) => {
                let constant = right.constant()?;
                let key = self.thing(left)?;
                // What may be of any type is not ordered with everything.
                let ordered = !matches!(sign, Comparison::Equal | Comparison::NotEqual);
                let fails = ordered && matches!(left.ty, Type::Dyn);
                (!fails && !matches!(constant, Constant::List(_))).then_some(key)
            }
            NodeKind::InConstants(item, _) => self.thing(item),
            NodeKind::Test(_, of, what) => {
                (of.ty == Type::String && what.constant().is_some()).then(|| self.thing(of)).flatten()
            }
            NodeKind::Matches(of, _) => (of.ty == Type::String).then(|| self.thing(of)).flatten(),
            NodeKind::Seen(kind, within) => Some(Key::Count(*kind, *within)),
            _ => (node.ty == Type::Bool).then(|| self.thing(node)).flatten(),
        }
    }

    /// A part of a lead that has cells.
    fn thing(&self, node: &Node) -> Option<Key> {
        let model = &self.domain.compiled.model;
        Some(match &node.kind {
            NodeKind::Field(field) if model.field_at(*field)?.1.kind != FieldType::Set => Key::Field(*field),
            NodeKind::Property(of, property) if matches!(of.kind, NodeKind::Activity) => match property {
                Property::Declared(places)
                    if !matches!(node.ty, Type::Dyn | Type::List(_)) && !places.is_empty() =>
                {
                    Key::Property(places.clone())
                }
                Property::Kind if !self.domain.kinds.is_empty() => Key::Kind,
                _ => return None,
            },
            NodeKind::LeadId => Key::LeadId,
            NodeKind::Rank(card) => Key::Rank(*card),
            NodeKind::Figure(card, figure) => Key::Figure(*card, *figure),
            NodeKind::Consent(channel) => Key::Consent(channel.clone()),
            NodeKind::Account(AccountPart::Customer) => Key::Account(AccountPart::Customer),
            NodeKind::Account(part) => Key::Account(*part),
            NodeKind::Source(key) => Key::Source(key.clone()),
            NodeKind::Count(kind, within) => Key::Count(*kind, *within),
            _ => return None,
        })
    }
}

fn is_choice(parts: &[Node; 3]) -> bool {
    parts.iter().all(|part| part.ty == Type::Bool)
}

/// A part that is not looked into.
fn opaque(program: &Program, node: &Node) -> Key {
    let text = text(program, node).into();
    if node.may_fail() || node.ty != Type::Bool { Key::Failing(text) } else { Key::Opaque(text) }
}

fn text<'p>(program: &'p Program, node: &Node) -> &'p str {
    program.source().get(node.extent.start..node.extent.end).unwrap_or("").trim()
}

/// What a node compares with.
fn constants(node: &Node) -> Vec<Constant> {
    match &node.kind {
        NodeKind::Compare(_, _, right) => right.constant().cloned().into_iter().collect(),
        NodeKind::InConstants(_, constants) => constants.items.to_vec(),
        NodeKind::Seen(..) => vec![Constant::Int(0)],
        _ => Vec::new(),
    }
}

/// The test of a text that naming some texts does not decide, if a node is one.
fn loose(program: &Program, node: &Node) -> Option<Loose> {
    match &node.kind {
        NodeKind::Test(test, _, what) => match what.constant() {
            Some(Constant::Text(what)) => {
                let word = match test {
                    TextTest::StartsWith => "starts",
                    TextTest::EndsWith => "ends",
                    TextTest::Contains => "contains",
                };
                let text = format!("{word} {what}").into_boxed_str();
                Some(Loose { text, test: Some((*test, what.clone())) })
            }
            _ => None,
        },
        NodeKind::Matches(..) => Some(Loose { text: text(program, node).into(), test: None }),
        NodeKind::Compare(sign, left, right) => {
            let ordered = !matches!(sign, Comparison::Equal | Comparison::NotEqual);
            let texts = left.ty == Type::String && matches!(right.constant(), Some(Constant::Text(_)));
            (ordered && texts).then(|| Loose { text: text(program, node).into(), test: None })
        }
        _ => None,
    }
}
