//! Conditions that cannot fail, as direct tests: no value in between, no list of the history, no budget.
//!
//! What a condition means is said by `eval`; this is the same for the shapes that most conditions have, and a
//! property test holds the two together. Since nothing here fails, the cheapest part may be tested first.

use std::sync::Arc;

use super::Frame;
use super::eval::{BUDGET, among, counting, recent};
use super::node::{
    Comparison, Constant, Constants, Function, Macro, MacroKind, Node, NodeKind, Pattern, Property, TextTest,
    Type,
};
use super::value::Value;
use crate::lead::facts::{Cell, Fact, Facts, Text};

/// A condition that cannot fail.
#[derive(Debug)]
pub(crate) struct Direct {
    test: Test,
    /// How many times it may walk through a history: what the general way would take from its budget.
    walks: usize,
}

#[derive(Debug)]
enum Test {
    Always(bool),
    /// A boolean that is true.
    Flag(Place),
    Empty(Place),
    Same(Place, Box<str>),
    Whole(Comparison, Place, i64),
    Order(Comparison, Place, Constant),
    Among(Place, Arc<Constants>),
    Text(TextTest, Place, Box<str>),
    Matches(Place, Arc<Pattern>),
    Time(Comparison, Moment, i64),
    /// Compares how long ago it was.
    Age(Comparison, Moment, i64),
    Not(Box<Test>),
    All(Box<[Test]>),
    Any(Box<[Test]>),
    Choose(Box<[Test; 3]>),
    Tally(Box<Tally>),
}

/// Compares a number of activities.
#[derive(Debug)]
struct Tally {
    kind: usize,
    /// Younger than so many microseconds.
    within: Option<i64>,
    /// Those of which all of this holds.
    tests: Box<[Test]>,
    comparison: Comparison,
    number: i64,
}

/// Where a value of the record is.
#[derive(Debug)]
enum Place {
    Field(usize),
    /// A property of an activity of a kind that is known.
    Property(Whose, usize),
    /// A property by the activity's kind.
    Properties(Whose, Box<[(usize, usize)]>),
}

#[derive(Debug)]
enum Moment {
    /// When an activity happened.
    Of(Whose),
    /// When the last one of a kind did.
    Last(usize),
    At(Place),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    /// Of the activity of a rule with `on`.
    Rule,
    /// Of the activity that a walk through the history is at.
    Walk,
}

/// What a test looks at.
#[derive(Clone, Copy)]
struct Scope<'a> {
    frame: Frame<'a>,
    item: Option<&'a Fact<'a>>,
}

impl Direct {
    /// The same as the condition, if it has such a shape.
    pub(super) fn of(condition: &Node) -> Option<Self> {
        let mut compiler = Compiler { local: None, walks: 0 };
        let test = compiler.condition(condition)?;
        Some(Self { test, walks: compiler.walks })
    }

    /// Whether the general way could not fail on this lead either, for too much work.
    pub(super) fn fits(&self, facts: &Facts<'_>) -> bool {
        self.walks == 0 || facts.history().saturating_mul(self.walks) < BUDGET / 2
    }

    /// Whether it fits every lead.
    pub(super) const fn always_fits(&self) -> bool {
        self.walks == 0
    }

    pub(crate) fn holds(&self, frame: &Frame<'_>) -> bool {
        self.test.holds(&Scope { frame: *frame, item: None })
    }
}

impl Test {
    fn holds(&self, scope: &Scope<'_>) -> bool {
        match self {
            Self::Always(value) => *value,
            Self::Flag(place) => matches!(place.cell(scope), Cell::Bool(true)),
            Self::Empty(place) => matches!(place.cell(scope), Cell::Null),
            Self::Same(place, what) => place.text(scope).is_some_and(|text| text == what.as_ref()),
            Self::Whole(comparison, place, number) => comparison.holds(match place.cell(scope) {
                Cell::Int(whole) => Some(whole.cmp(number)),
                _ => None,
            }),
            Self::Order(comparison, place, constant) => {
                let value = Value::of_cell(place.cell(scope));
                comparison.holds(value.order(&Value::of_constant(constant)))
            }
            Self::Among(place, constants) => match place.cell(scope) {
                Cell::Text(text) => constants.has_text(text.text),
                cell => among(&Value::of_cell(cell), constants),
            },
            Self::Text(test, place, what) => place.text(scope).is_some_and(|text| test.holds(text, what)),
            Self::Matches(place, pattern) => place.text(scope).is_some_and(|text| pattern.is_match(text)),
            Self::Time(comparison, moment, micros) => {
                comparison.holds(moment.micros(scope).map(|at| at.cmp(micros)))
            }
            // The years from 0 to 9999 lie within the longest duration, so an age is never out of range.
            Self::Age(comparison, moment, micros) => {
                let age = |at: i64| scope.frame.at.saturating_sub(at);
                comparison.holds(moment.micros(scope).map(|at| age(at).cmp(micros)))
            }
            Self::Not(of) => !of.holds(scope),
            Self::All(parts) => parts.iter().all(|part| part.holds(scope)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(scope)),
            Self::Choose(parts) => {
                let [condition, yes, no] = parts.as_ref();
                if condition.holds(scope) { yes.holds(scope) } else { no.holds(scope) }
            }
            Self::Tally(tally) => tally.holds(&scope.frame),
        }
    }

    /// What it takes, roughly: only the order matters.
    fn cost(&self) -> u32 {
        let sum = |parts: &[Test]| parts.iter().map(Test::cost).fold(0, u32::saturating_add);
        match self {
            Self::Always(_) => 0,
            Self::Flag(_) | Self::Empty(_) | Self::Whole(..) | Self::Time(..) | Self::Age(..) => 1,
            Self::Same(..) | Self::Order(..) => 2,
            Self::Among(..) | Self::Text(..) => 5,
            Self::Matches(..) => 20,
            Self::Not(of) => of.cost(),
            Self::All(parts) | Self::Any(parts) => sum(parts),
            Self::Choose(parts) => sum(parts.as_ref()),
            Self::Tally(_) => 100,
        }
    }
}

impl Tally {
    fn holds(&self, frame: &Frame<'_>) -> bool {
        // One more than it takes to decide would be counted for nothing.
        let enough = match self.comparison {
            Comparison::Less | Comparison::GreaterOrEqual => self.number,
            _ => self.number.saturating_add(1),
        };
        let enough = usize::try_from(enough.max(0)).unwrap_or(usize::MAX);
        let found = recent(frame, self.kind, self.within)
            .filter(|fact| {
                let scope = Scope { frame: *frame, item: Some(fact) };
                self.tests.iter().all(|test| test.holds(&scope))
            })
            .take(enough)
            .count();
        let found = i64::try_from(found).unwrap_or(i64::MAX);
        self.comparison.holds(Some(found.cmp(&self.number)))
    }
}

impl Place {
    fn cell<'a>(&self, scope: &Scope<'a>) -> &'a Cell<'a> {
        let found = match self {
            Self::Field(index) => return scope.frame.facts.field(*index),
            Self::Property(whose, place) => whose.fact(scope).and_then(|fact| fact.properties.get(*place)),
            Self::Properties(whose, places) => whose.fact(scope).and_then(|fact| {
                let (_, place) = places.iter().find(|(kind, _)| *kind == fact.kind)?;
                fact.properties.get(*place)
            }),
        };
        found.unwrap_or(&Cell::Null)
    }

    fn text<'a>(&self, scope: &Scope<'a>) -> Option<&'a str> {
        match self.cell(scope) {
            Cell::Text(Text { text, .. }) => Some(text),
            _ => None,
        }
    }
}

impl Moment {
    fn micros(&self, scope: &Scope<'_>) -> Option<i64> {
        match self {
            Self::Of(whose) => whose.fact(scope).map(|fact| fact.at),
            Self::Last(kind) => counting(&scope.frame, *kind, None).next_back().map(|fact| fact.at),
            Self::At(place) => match place.cell(scope) {
                Cell::Time(micros) => Some(*micros),
                _ => None,
            },
        }
    }
}

impl Whose {
    const fn fact<'a>(self, scope: &Scope<'a>) -> Option<&'a Fact<'a>> {
        match self {
            Self::Rule => scope.frame.activity,
            Self::Walk => scope.item,
        }
    }
}

struct Compiler {
    /// The number of the variable of the walk that is being compiled.
    local: Option<usize>,
    walks: usize,
}

impl Compiler {
    fn condition(&mut self, node: &Node) -> Option<Test> {
        Some(match &node.kind {
            NodeKind::Const(Constant::Bool(value)) => Test::Always(*value),
            NodeKind::Const(Constant::Null) => Test::Always(false),
            NodeKind::Field(_) | NodeKind::Property(..) if node.ty == Type::Bool => {
                Test::Flag(self.place(node)?)
            }
            NodeKind::Not(of) => negation(self.condition(of)?),
            NodeKind::All(parts) => Test::All(self.parts(parts)?),
            NodeKind::Any(parts) => Test::Any(self.parts(parts)?),
            NodeKind::Choose(parts) => {
                let [condition, yes, no] = parts.as_ref();
                Test::Choose(Box::new([
                    self.condition(condition)?,
                    self.condition(yes)?,
                    self.condition(no)?,
                ]))
            }
            NodeKind::Compare(comparison, left, right) => {
                self.comparison(*comparison, left, right.constant()?)?
            }
            NodeKind::InConstants(item, constants) => Test::Among(self.place(item)?, Arc::clone(constants)),
            NodeKind::Test(test, of, what) => match what.constant()? {
                Constant::Text(what) => Test::Text(*test, self.place(of)?, what.clone()),
                _ => return None,
            },
            NodeKind::Matches(of, pattern) => Test::Matches(self.place(of)?, Arc::clone(pattern)),
            NodeKind::Seen(kind, within) => tally(*kind, *within, Vec::new(), Comparison::GreaterOrEqual, 1),
            NodeKind::Macro(call) => self.quantifier(call)?,
            _ => return None,
        })
    }

    fn parts(&mut self, parts: &[Node]) -> Option<Box<[Test]>> {
        let mut parts: Vec<Test> = parts.iter().map(|part| self.condition(part)).collect::<Option<_>>()?;
        parts.sort_by_key(Test::cost);
        Some(parts.into_boxed_slice())
    }

    /// Values whose types have an order between them, so that comparing them cannot fail.
    fn comparison(&mut self, comparison: Comparison, left: &Node, right: &Constant) -> Option<Test> {
        Some(match (&left.ty, right) {
            (_, Constant::Null) => {
                let empty = Test::Empty(self.place(left)?);
                match comparison {
                    Comparison::Equal => empty,
                    Comparison::NotEqual => negation(empty),
                    _ => Test::Always(false),
                }
            }
            (Type::Int, Constant::Int(number)) => match &left.kind {
                NodeKind::Count(kind, within) => tally(*kind, *within, Vec::new(), comparison, *number),
                NodeKind::Call(Function::Size, arguments) => {
                    let [list] = arguments.as_ref() else { return None };
                    let (kind, tests) = self.history(list)?;
                    tally(kind, None, tests, comparison, *number)
                }
                _ => Test::Whole(comparison, self.place(left)?, *number),
            },
            (Type::String, Constant::Text(text)) => match comparison {
                Comparison::Equal => Test::Same(self.place(left)?, text.clone()),
                Comparison::NotEqual => negation(Test::Same(self.place(left)?, text.clone())),
                _ => Test::Order(comparison, self.place(left)?, right.clone()),
            },
            (Type::Int | Type::Double, Constant::Int(_) | Constant::Double(_))
            | (Type::Bool, Constant::Bool(_)) => Test::Order(comparison, self.place(left)?, right.clone()),
            (Type::Timestamp, Constant::Time(micros)) => Test::Time(comparison, self.moment(left)?, *micros),
            (Type::Duration, Constant::Duration(micros)) => match &left.kind {
                NodeKind::Call(Function::Age, arguments) => {
                    let [of] = arguments.as_ref() else { return None };
                    Test::Age(comparison, self.moment(of)?, *micros)
                }
                _ => return None,
            },
            _ => return None,
        })
    }

    /// `exists`, `all` and `exists_one` over the history.
    fn quantifier(&mut self, call: &Macro) -> Option<Test> {
        let (kind, mut tests) = self.history(&call.list)?;
        let body = self.body(call)?;
        let (body, comparison, number) = match call.kind {
            MacroKind::Exists => (body, Comparison::GreaterOrEqual, 1),
            MacroKind::All => (negation(body), Comparison::Equal, 0),
            MacroKind::ExistsOne => (body, Comparison::Equal, 1),
            MacroKind::Filter | MacroKind::Map => return None,
        };
        tests.push(body);
        Some(tally(kind, None, tests, comparison, number))
    }

    /// `activities("kind")`, filtered or not: the kind, and what has to hold of each.
    fn history(&mut self, list: &Node) -> Option<(usize, Vec<Test>)> {
        self.walks += 1;
        match &list.kind {
            // A walk within a walk is left to the general way.
            NodeKind::Activities(kind) if self.local.is_none() => Some((*kind, Vec::new())),
            NodeKind::Macro(call) if call.kind == MacroKind::Filter => {
                let (kind, mut tests) = self.history(&call.list)?;
                tests.push(self.body(call)?);
                Some((kind, tests))
            }
            _ => None,
        }
    }

    fn body(&mut self, call: &Macro) -> Option<Test> {
        let outside = self.local.replace(call.local);
        let body = self.condition(&call.body);
        self.local = outside;
        body
    }

    fn place(&self, node: &Node) -> Option<Place> {
        match &node.kind {
            NodeKind::Field(index) => Some(Place::Field(*index)),
            NodeKind::Property(of, Property::Declared(places)) => {
                let whose = self.whose(of)?;
                match (&of.ty, places.as_ref()) {
                    (Type::Activity(kinds), [(_, place)]) if kinds.len() == 1 => {
                        Some(Place::Property(whose, *place))
                    }
                    _ => Some(Place::Properties(whose, places.clone())),
                }
            }
            _ => None,
        }
    }

    fn moment(&self, node: &Node) -> Option<Moment> {
        match &node.kind {
            NodeKind::Property(of, Property::At) => Some(Moment::Of(self.whose(of)?)),
            NodeKind::Last(kind) => Some(Moment::Last(*kind)),
            _ => Some(Moment::At(self.place(node)?)),
        }
    }

    fn whose(&self, node: &Node) -> Option<Whose> {
        match &node.kind {
            NodeKind::Activity => Some(Whose::Rule),
            NodeKind::Local(index) if self.local == Some(*index) => Some(Whose::Walk),
            _ => None,
        }
    }
}

fn negation(of: Test) -> Test {
    match of {
        Test::Not(of) => *of,
        of => Test::Not(Box::new(of)),
    }
}

/// A limit of age among the tests becomes the window of the walk, whose ends are searched for.
fn tally(
    kind: usize,
    mut within: Option<i64>,
    tests: Vec<Test>,
    comparison: Comparison,
    number: i64,
) -> Test {
    let mut kept = Vec::new();
    let parts = tests.into_iter().flat_map(|test| match test {
        Test::All(parts) => parts.into_vec(),
        test => vec![test],
    });
    for test in parts {
        let limit = match test {
            Test::Age(Comparison::Less, Moment::Of(Whose::Walk), micros) => Some(micros),
            Test::Age(Comparison::LessOrEqual, Moment::Of(Whose::Walk), micros) => micros.checked_add(1),
            _ => None,
        };
        match limit {
            Some(limit) => within = Some(within.map_or(limit, |within| within.min(limit))),
            None => kept.push(test),
        }
    }
    kept.sort_by_key(Test::cost);
    Test::Tally(Box::new(Tally { kind, within, tests: kept.into_boxed_slice(), comparison, number }))
}
