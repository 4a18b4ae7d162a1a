//! The typed tree that evaluation walks, and that scoring looks into.
//!
//! The checker writes each meaning in one way, so that a reader has few shapes to match:
//! - `"x" == field` is `field == "x"`: a constant beside something else stands on the right, the sign turned.
//! - `has(field)` is `field != null`.
//! - `field in ["a", "b"]` is [`NodeKind::InConstants`]; `"a" in field` for a set is [`NodeKind::In`] with the
//!   constant on the left.
//! - A chain of `&&` is one [`NodeKind::All`], one of `||` one [`NodeKind::Any`]; parentheses leave no trace.
//! - Pure functions and operators of constants are constants: `duration("30d")`, `date("2026-05-01")`, `2 + 3`;
//!   so is a list of constants.

use std::sync::Arc;

use super::ast::Extent;
use crate::base::set::Set;
use crate::base::time::Zone;

/// What an expression gives. Every type takes null besides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Type {
    Null,
    Bool,
    Int,
    Double,
    String,
    /// Microseconds since 1970.
    Timestamp,
    /// Microseconds.
    Duration,
    List(Box<Type>),
    /// A map with values of one type; its keys are texts, whole numbers or booleans.
    Map(Box<Type>),
    /// An activity of one of these kinds.
    Activity(Arc<[usize]>),
    /// Known only when evaluated.
    Dyn,
}

/// A part of a compiled expression.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) kind: NodeKind,
    pub(crate) ty: Type,
    /// Where it stands in the source.
    pub(crate) extent: Extent,
}

/// What a part does. Numbers of fields, kinds, cards and segments are those of the [`Env`](super::Env).
#[derive(Debug)]
pub(crate) enum NodeKind {
    Const(Constant),
    /// A field of the lead.
    Field(usize),
    /// The activity that a rule with `on` looks at.
    Activity,
    /// The variable of a macro, by how many macros are around it.
    Local(usize),
    /// A property of an activity; an activity of a kind that does not declare it has null.
    Property(Box<Node>, Property),
    /// The instant of the evaluation.
    Now,
    LeadId,
    /// An entry of the lead's source.
    Source(Box<str>),
    /// The status of the lead's consent for a channel.
    Consent(Box<str>),
    /// A figure of a scorecard.
    Figure(usize, Figure),
    /// The rank on a scorecard.
    Rank(usize),
    InSegment(usize),
    /// Whether there is an activity of a kind, younger than so many microseconds.
    Seen(usize, Option<i64>),
    /// How many there are.
    Count(usize, Option<i64>),
    /// When the last one was.
    Last(usize),
    /// All of them.
    Activities(usize),
    Not(Box<Node>),
    Negate(Box<Node>),
    /// `&&`: two or more.
    All(Box<[Node]>),
    /// `||`: two or more.
    Any(Box<[Node]>),
    /// `condition ? yes : no`
    Choose(Box<[Node; 3]>),
    Compare(Comparison, Box<Node>, Box<Node>),
    Arithmetic(Arithmetic, Box<Node>, Box<Node>),
    /// `item in list`, or `key in map`.
    In(Box<Node>, Box<Node>),
    /// `item in [constants]`
    InConstants(Box<Node>, Constants),
    /// `text.startsWith(what)` and so on.
    Test(TextTest, Box<Node>, Box<Node>),
    /// `text.matches("pattern")`
    Matches(Box<Node>, Pattern),
    /// `map.key`
    Key(Box<Node>, Box<str>),
    /// `has(map.key)`
    HasKey(Box<Node>, Box<str>),
    Index(Box<Node>, Box<Node>),
    List(Box<[Node]>),
    Map(Box<[(Node, Node)]>),
    Call(Function, Box<[Node]>),
    /// `timestamp.getHours()` and so on.
    Part(TimePart, Zone, Box<Node>),
    Macro(Box<Macro>),
}

/// A value written in the expression.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Constant {
    Null,
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(Box<str>),
    /// Microseconds since 1970.
    Time(i64),
    /// Microseconds.
    Duration(i64),
    List(Box<[Constant]>),
}

/// A list of constants to look something up in.
#[derive(Debug)]
pub(crate) struct Constants {
    pub(crate) items: Box<[Constant]>,
    /// The same, where all are texts and there are many.
    pub(super) texts: Option<Set<Box<str>>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    /// The negation of equal, for null too.
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TextTest {
    StartsWith,
    EndsWith,
    Contains,
}

/// A regular expression, compiled.
#[derive(Debug)]
pub(crate) struct Pattern {
    #[cfg(feature = "regex")]
    pub(super) regex: regex::Regex,
}

/// What of an activity.
#[derive(Debug)]
pub(crate) enum Property {
    /// Declared properties: for each kind, the place in [`Fact::properties`](crate::lead::facts::Fact).
    Declared(Box<[(usize, usize)]>),
    Id,
    Kind,
    At,
    /// The channel that each kind declares.
    Channel(Box<[(usize, Option<Box<str>>)]>),
    Campaign,
}

/// A function without side of its own: its result depends on its arguments and, for `Age`, on the instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Function {
    Size,
    Int,
    Double,
    String,
    Bool,
    Duration,
    Timestamp,
    Date,
    Dyn,
    Normalize,
    Age,
    LowerAscii,
    UpperAscii,
    Trim,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TimePart {
    FullYear,
    Month,
    DayOfMonth,
    Date,
    DayOfWeek,
    DayOfYear,
    Hours,
    Minutes,
    Seconds,
    Milliseconds,
}

/// `list.exists(variable, body)` and its like.
#[derive(Debug)]
pub(crate) struct Macro {
    pub(crate) kind: MacroKind,
    /// The number of its variable, as in [`NodeKind::Local`].
    pub(crate) local: usize,
    pub(crate) list: Node,
    pub(crate) body: Node,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MacroKind {
    Exists,
    All,
    ExistsOne,
    Filter,
    Map,
}

/// A figure of a score sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Figure {
    FitPlus,
    FitMinus,
    EngagementPlus,
    EngagementMinus,
    Fit,
    Engagement,
    Total,
}

/// What an expression looks at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Reads {
    pub(crate) fields: Set<usize>,
    /// Kinds of activities looked up in the lead's history.
    pub(crate) kinds: Set<usize>,
    /// Declared properties, as kind and place.
    pub(crate) properties: Set<(usize, usize)>,
    /// Scorecards whose figures it names.
    pub(crate) cards: Set<usize>,
    /// Scorecards whose ranks it names.
    pub(crate) ranks: Set<usize>,
    pub(crate) segments: Set<usize>,
    pub(crate) source: Set<Box<str>>,
    pub(crate) consent: Set<Box<str>>,
    /// Lengths of time, in microseconds, after which activities stop being counted.
    pub(crate) windows: Set<i64>,
    /// Whether it looks at the activity of the rule.
    pub(crate) activity: bool,
    /// Whether its value may change with time alone, other than by windows: `now` and `age`.
    pub(crate) now: bool,
}

impl Type {
    /// As authors would say it.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Bool => "a boolean".to_owned(),
            Self::Int => "a whole number".to_owned(),
            Self::Double => "a number with decimals".to_owned(),
            Self::String => "a text".to_owned(),
            Self::Timestamp => "a timestamp".to_owned(),
            Self::Duration => "a duration".to_owned(),
            Self::List(item) => match item.as_ref() {
                Self::Dyn => "a list".to_owned(),
                Self::String => "a list of texts".to_owned(),
                _ => format!("a list (each item {})", item.describe()),
            },
            Self::Map(_) => "a map".to_owned(),
            Self::Activity(_) => "an activity".to_owned(),
            Self::Dyn => "anything".to_owned(),
        }
    }

    /// The type of what may be either; null may be anything.
    pub(super) fn join(self, other: Type) -> Type {
        match (self, other) {
            (a, b) if a == b => a,
            (Self::Null, other) | (other, Self::Null) => other,
            (Self::List(a), Self::List(b)) => Self::List(Box::new(a.join(*b))),
            (Self::Map(a), Self::Map(b)) => Self::Map(Box::new(a.join(*b))),
            _ => Self::Dyn,
        }
    }

    /// Whether values of the two can be compared by `==`.
    pub(super) fn comparable(&self, other: &Type) -> bool {
        match (self, other) {
            (Self::Dyn | Self::Null, _) | (_, Self::Dyn | Self::Null) => true,
            (Self::Int | Self::Double, Self::Int | Self::Double) => true,
            (Self::List(a), Self::List(b)) | (Self::Map(a), Self::Map(b)) => a.comparable(b),
            (Self::Activity(_), Self::Activity(_)) => true,
            (a, b) => a == b,
        }
    }

    /// Whether a value of this type may stand where `wanted` is asked for.
    pub(super) fn fits(&self, wanted: &Type) -> bool {
        matches!(self, Self::Dyn | Self::Null) || *wanted == Self::Dyn || self == wanted
    }
}

impl Node {
    pub(crate) fn constant(&self) -> Option<&Constant> {
        match &self.kind {
            NodeKind::Const(constant) => Some(constant),
            _ => None,
        }
    }

    /// The parts directly below, in the order in which they stand.
    pub(crate) fn children(&self) -> Vec<&Node> {
        match &self.kind {
            NodeKind::Property(of, _)
            | NodeKind::Not(of)
            | NodeKind::Negate(of)
            | NodeKind::InConstants(of, _)
            | NodeKind::Matches(of, _)
            | NodeKind::Key(of, _)
            | NodeKind::HasKey(of, _)
            | NodeKind::Part(_, _, of) => vec![of],
            NodeKind::Compare(_, a, b)
            | NodeKind::Arithmetic(_, a, b)
            | NodeKind::In(a, b)
            | NodeKind::Test(_, a, b)
            | NodeKind::Index(a, b) => vec![a, b],
            NodeKind::All(parts)
            | NodeKind::Any(parts)
            | NodeKind::List(parts)
            | NodeKind::Call(_, parts) => parts.iter().collect(),
            NodeKind::Choose(parts) => parts.iter().collect(),
            NodeKind::Map(entries) => entries.iter().flat_map(|(key, value)| [key, value]).collect(),
            NodeKind::Macro(call) => vec![&call.list, &call.body],
            _ => Vec::new(),
        }
    }
}

impl Constants {
    /// Above so many texts, searching is cheaper than comparing with each.
    const MANY: usize = 8;

    pub(super) fn new(items: Box<[Constant]>) -> Self {
        let text = |item: &Constant| match item {
            Constant::Text(text) => Some(text.clone()),
            _ => None,
        };
        let texts: Option<Vec<_>> =
            (items.len() > Self::MANY).then(|| items.iter().map(text).collect()).flatten();
        let texts = texts.map(|mut texts| {
            texts.sort_unstable();
            Set::from_sorted(texts)
        });
        Self { items, texts }
    }
}

impl TextTest {
    pub(super) fn holds(self, text: &str, what: &str) -> bool {
        match self {
            Self::StartsWith => text.starts_with(what),
            Self::EndsWith => text.ends_with(what),
            Self::Contains => text.contains(what),
        }
    }
}

impl Comparison {
    /// The same comparison with its sides exchanged.
    pub(super) const fn turned(self) -> Self {
        match self {
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::Greater => Self::Less,
            Self::GreaterOrEqual => Self::LessOrEqual,
            same => same,
        }
    }

    pub(crate) fn holds(self, order: Option<std::cmp::Ordering>) -> bool {
        match self {
            Self::Equal => order.is_some_and(|order| order.is_eq()),
            Self::NotEqual => !order.is_some_and(|order| order.is_eq()),
            Self::Less => order.is_some_and(|order| order.is_lt()),
            Self::LessOrEqual => order.is_some_and(|order| order.is_le()),
            Self::Greater => order.is_some_and(|order| order.is_gt()),
            Self::GreaterOrEqual => order.is_some_and(|order| order.is_ge()),
        }
    }
}

impl Figure {
    pub(crate) const ALL: [(&'static str, Figure); 7] = [
        ("total", Self::Total),
        ("fit", Self::Fit),
        ("engagement", Self::Engagement),
        ("fit_plus", Self::FitPlus),
        ("fit_minus", Self::FitMinus),
        ("engagement_plus", Self::EngagementPlus),
        ("engagement_minus", Self::EngagementMinus),
    ];
}
