//! Evaluation: one walk over the typed tree. Comparing fields and testing texts allocates nothing.
//!
//! Null: comparisons, `in` and tests of text with null are false (`!=` is the negation of `==`), a null condition
//! counts as false, and everything else gives null. Failures are absorbed as in CEL: `false && failure` is false,
//! `true || failure` is true, whichever side comes first.

use std::borrow::Cow;

use super::ast::Extent;
use super::convert;
use super::node::{
    AccountPart, Comparison, Constant, Constants, Macro, MacroKind, Node, NodeKind, Pattern, Property,
};
use super::operate;
use super::value::{List, Value, lookup};
use super::{Derived, Frame};
use crate::lead::facts::{Cell, Fact, Text};

/// Why an expression gives nothing on this lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    /// In the words of a diagnostic.
    pub(crate) message: Cow<'static, str>,
    /// Bytes of the expression text.
    pub(crate) extent: Extent,
}

/// Work that one evaluation may do: passes of macros, items compared and made, and 64ths of bytes of text made.
/// Enough for two nested macros over a thousand activities each.
pub(super) const BUDGET: usize = 2_000_000;

impl Failure {
    pub(super) fn new(message: impl Into<Cow<'static, str>>, extent: Extent) -> Self {
        Self { message: message.into(), extent }
    }
}

pub(super) fn value<'a>(node: &'a Node, frame: &Frame<'a>) -> Result<Value<'a>, Failure> {
    Evaluation { frame: *frame, locals: Vec::new(), budget: BUDGET }.value(node)
}

/// The same inside of macros, with their variables, outermost first.
#[cfg(any(feature = "nurturing", feature = "trust"))]
pub(super) fn value_within<'a>(
    node: &'a Node,
    frame: &Frame<'a>,
    locals: &[Value<'a>],
) -> Result<Value<'a>, Failure> {
    Evaluation { frame: *frame, locals: locals.to_vec(), budget: BUDGET }.value(node)
}

pub(super) fn test(node: &Node, frame: &Frame<'_>) -> Result<bool, Failure> {
    Evaluation { frame: *frame, locals: Vec::new(), budget: BUDGET }.truth(node)
}

/// The activities of a kind that count at the frame's instant: a person's, known by then, and young enough.
pub(super) fn counting<'a>(
    frame: &Frame<'a>,
    kind: usize,
    within: Option<i64>,
) -> impl DoubleEndedIterator<Item = &'a Fact<'a>> + use<'a> {
    let at = frame.at;
    let facts: &'a [Fact<'a>] = frame.facts.of_kind(kind);
    let young = |fact: &Fact<'_>| within.is_none_or(|within| at.saturating_sub(fact.at) < within);
    let start = facts.partition_point(|fact| !young(fact));
    let end = ended(facts, at);
    facts
        .get(start..end.max(start))
        .unwrap_or(&[])
        .iter()
        .filter(move |fact| fact.human && fact.known_at <= at)
}

/// The same, latest first: for who looks at all of them, in whatever order.
pub(crate) fn recent<'a>(
    frame: &Frame<'a>,
    kind: usize,
    within: Option<i64>,
) -> impl Iterator<Item = &'a Fact<'a>> + use<'a> {
    let at = frame.at;
    let within = within.unwrap_or(i64::MAX);
    let facts: &'a [Fact<'a>] = frame.facts.of_kind(kind);
    let past = facts.get(..ended(facts, at)).unwrap_or(&[]).iter().rev();
    past.take_while(move |fact| at.saturating_sub(fact.at) < within)
        .filter(move |fact| fact.human && fact.known_at <= at)
}

/// How many of them happened by then: all, where nobody asks about the past.
fn ended(facts: &[Fact<'_>], at: i64) -> usize {
    match facts.last() {
        Some(last) if last.at > at => facts.partition_point(|fact| fact.at <= at),
        _ => facts.len(),
    }
}

struct Evaluation<'a> {
    frame: Frame<'a>,
    /// The variables of the macros around, outermost first.
    locals: Vec<Value<'a>>,
    budget: usize,
}

pub(super) type Evaluated<T> = Result<T, Failure>;

impl<'a> Evaluation<'a> {
    fn spend(&mut self, work: usize, extent: Extent) -> Evaluated<()> {
        match self.budget.checked_sub(work.max(1)) {
            Some(rest) => {
                self.budget = rest;
                Ok(())
            }
            None => Err(Failure::new("takes too much work on this lead", extent)),
        }
    }

    fn truth(&mut self, node: &'a Node) -> Evaluated<bool> {
        // What most conditions are made of goes without a value in between.
        match &node.kind {
            NodeKind::All(parts) => return self.chain(parts, false),
            NodeKind::Any(parts) => return self.chain(parts, true),
            NodeKind::Test(test, of, what) => {
                if let (Some(Cell::Text(Text { text, .. })), Some(Constant::Text(what))) =
                    (self.cell(of), what.constant())
                {
                    return Ok(test.holds(text, what));
                }
            }
            NodeKind::Matches(of, pattern) => {
                if let Some(Cell::Text(Text { text, .. })) = self.cell(of) {
                    return Ok(pattern.is_match(text));
                }
            }
            _ => {}
        }
        match self.value(node)? {
            Value::Bool(value) => Ok(value),
            Value::Null => Ok(false),
            _ => Err(Failure::new("is not a condition: it gives neither true nor false", node.extent)),
        }
    }

    fn value(&mut self, node: &'a Node) -> Evaluated<Value<'a>> {
        Ok(match &node.kind {
            NodeKind::Const(constant) => Value::of_constant(constant),
            NodeKind::Field(index) => Value::of_cell(self.frame.facts.field(*index)),
            NodeKind::Compare(sign, left, right) => {
                let (left, right) = (self.value(left)?, self.value(right)?);
                Value::Bool(self.compare(*sign, &left, &right, node.extent)?)
            }
            NodeKind::All(parts) => Value::Bool(self.chain(parts, false)?),
            NodeKind::Any(parts) => Value::Bool(self.chain(parts, true)?),
            NodeKind::Not(of) => Value::Bool(!self.truth(of)?),
            NodeKind::Choose(parts) => {
                let [condition, yes, no] = parts.as_ref();
                if self.truth(condition)? { self.value(yes)? } else { self.value(no)? }
            }
            NodeKind::InConstants(item, constants) => {
                let item = self.value(item)?;
                Value::Bool(among(&item, constants))
            }
            NodeKind::In(item, list) => {
                let (item, list) = (self.value(item)?, self.value(list)?);
                Value::Bool(self.contains(&item, &list, node.extent)?)
            }
            NodeKind::Test(test, text, what) => {
                let (text, what) = (self.value(text)?, self.value(what)?);
                match (text, what) {
                    (Value::Null, _) | (_, Value::Null) => Value::Bool(false),
                    (Value::Text(text), Value::Text(what)) => Value::Bool(test.holds(&text, &what)),
                    _ => return Err(no_overload(node)),
                }
            }
            NodeKind::Matches(text, pattern) => match self.value(text)? {
                Value::Null => Value::Bool(false),
                Value::Text(text) => Value::Bool(pattern.is_match(&text)),
                _ => return Err(no_overload(node)),
            },
            NodeKind::Activity => self.frame.activity.map_or(Value::Null, Value::Activity),
            NodeKind::Local(index) => self.locals.get(*index).cloned().unwrap_or(Value::Null),
            NodeKind::Property(of, property) => match self.value(of)? {
                Value::Activity(fact) => read(fact, property),
                _ => Value::Null,
            },
            NodeKind::Now => Value::Time(self.frame.at),
            NodeKind::LeadId => Value::text(&self.frame.facts.lead.id),
            NodeKind::Source(key) => {
                self.frame.facts.lead.source.get(key.as_ref()).map_or(Value::Null, Value::of_loose)
            }
            NodeKind::Consent(channel) => {
                let consent = self.frame.facts.lead.consent.get(channel.as_ref());
                consent.map_or(Value::Null, |consent| Value::text(consent.effective().as_str()))
            }
            NodeKind::Account(part) => {
                let account = self.derived().and_then(|derived| derived.account());
                let text = |text: Option<&'a String>| text.map_or(Value::Null, |text| Value::text(text));
                match (account, part) {
                    (None, AccountPart::Customer) => Value::Bool(false),
                    (None, _) => Value::Null,
                    (Some(account), AccountPart::Id) => Value::text(&account.id),
                    (Some(account), AccountPart::Owner) => text(account.owner.as_ref()),
                    (Some(account), AccountPart::Parent) => text(account.parent.as_ref()),
                    (Some(account), AccountPart::Customer) => Value::Bool(account.customer),
                }
            }
            NodeKind::Figure(card, figure) => {
                let points = self.derived().map(|derived| derived.figure(*card, *figure));
                points.map_or(Value::Null, |points| Value::Double(points.to_f64()))
            }
            NodeKind::Rank(card) => {
                self.derived().and_then(|derived| derived.rank(*card)).map_or(Value::Null, Value::text)
            }
            NodeKind::InSegment(segment) => {
                Value::Bool(self.derived().is_some_and(|derived| derived.in_segment(*segment)))
            }
            NodeKind::Seen(kind, within) => {
                Value::Bool(counting(&self.frame, *kind, *within).next_back().is_some())
            }
            NodeKind::Count(kind, within) => {
                let count = counting(&self.frame, *kind, *within).count();
                Value::Int(i64::try_from(count).unwrap_or(i64::MAX))
            }
            NodeKind::Last(kind) => counting(&self.frame, *kind, None)
                .next_back()
                .map_or(Value::Null, |fact| Value::Time(fact.at)),
            NodeKind::Activities(kind) => {
                let items: Vec<_> = counting(&self.frame, *kind, None).map(Value::Activity).collect();
                self.spend(items.len(), node.extent)?;
                Value::list(items)
            }
            NodeKind::Negate(of) => match self.value(of)? {
                Value::Null => Value::Null,
                Value::Int(value) => {
                    Value::Int(value.checked_neg().ok_or_else(|| operate::overflow(node.extent))?)
                }
                Value::Double(value) => Value::Double(-value),
                Value::Duration(micros) => Value::Duration(-micros),
                _ => return Err(no_overload(node)),
            },
            NodeKind::Arithmetic(operator, left, right) => {
                let (left, right) = (self.value(left)?, self.value(right)?);
                let result = operate::arithmetic(*operator, &left, &right, node.extent)?;
                self.spend(size_of_made(&result), node.extent)?;
                result
            }
            NodeKind::Key(of, key) => match self.value(of)? {
                Value::Null => Value::Null,
                Value::Map(entries) => lookup(&entries, &Value::text(key))
                    .cloned()
                    .ok_or_else(|| Failure::new(format!("no such key: `{key}`"), node.extent))?,
                _ => return Err(no_overload(node)),
            },
            NodeKind::HasKey(of, key) => match self.value(of)? {
                Value::Null => Value::Bool(false),
                Value::Map(entries) => Value::Bool(lookup(&entries, &Value::text(key)).is_some()),
                _ => return Err(no_overload(node)),
            },
            NodeKind::Index(of, index) => {
                let (of, index) = (self.value(of)?, self.value(index)?);
                element(&of, &index, node)?
            }
            NodeKind::List(items) => {
                let items = items.iter().map(|item| self.value(item)).collect::<Evaluated<Vec<_>>>()?;
                self.spend(items.len(), node.extent)?;
                Value::list(items)
            }
            NodeKind::Map(entries) => self.map(entries, node.extent)?,
            NodeKind::Call(function, arguments) => {
                let mut values = arguments.iter().map(|argument| self.value(argument));
                // INVARIANT: the checker gives every one of these functions exactly one argument.
                let value = values.next().unwrap_or(Ok(Value::Null))?;
                let result = operate::call(*function, value, Some(self.frame.at), node.extent)?;
                self.spend(size_of_made(&result), node.extent)?;
                result
            }
            NodeKind::Part(part, zone, of) => match self.value(of)? {
                Value::Null => Value::Null,
                Value::Time(micros) => convert::part(micros, *zone, *part).map_or(Value::Null, Value::Int),
                Value::Duration(micros) => {
                    Value::Int(convert::duration_part(micros, *part).ok_or_else(|| no_overload(node))?)
                }
                _ => return Err(no_overload(node)),
            },
            NodeKind::Macro(call) => self.macro_call(call, node)?,
        })
    }

    /// The cell of a field, or of a declared property of an activity.
    fn cell(&self, node: &'a Node) -> Option<&'a Cell<'a>> {
        let (of, places) = match &node.kind {
            NodeKind::Field(index) => return Some(self.frame.facts.field(*index)),
            NodeKind::Property(of, Property::Declared(places)) => (of, places),
            _ => return None,
        };
        let fact = match &of.kind {
            NodeKind::Activity => self.frame.activity?,
            NodeKind::Local(index) => match self.locals.get(*index)? {
                Value::Activity(fact) => fact,
                _ => return None,
            },
            _ => return None,
        };
        let (_, place) = places.iter().find(|(kind, _)| *kind == fact.kind)?;
        fact.properties.get(*place)
    }

    fn derived(&self) -> Option<&'a dyn Derived> {
        self.frame.derived
    }

    /// `&&` (until a part is false) or `||` (until a part is true). A failure counts only if nothing decides.
    fn chain(&mut self, parts: &'a [Node], decisive: bool) -> Evaluated<bool> {
        let mut failure = None;
        for part in parts {
            match self.truth(part) {
                Ok(value) if value == decisive => return Ok(decisive),
                Ok(_) => {}
                Err(first) => {
                    failure.get_or_insert(first);
                }
            }
        }
        failure.map_or(Ok(!decisive), Err)
    }

    fn compare(
        &mut self,
        sign: Comparison,
        left: &Value<'_>,
        right: &Value<'_>,
        extent: Extent,
    ) -> Evaluated<bool> {
        if let (
            Comparison::Equal | Comparison::NotEqual,
            Value::List(_) | Value::Map(_),
            Value::List(_) | Value::Map(_),
        ) = (sign, left, right)
        {
            self.spend(size_of_made(left), extent)?;
        }
        compared(sign, left, right)
            .ok_or_else(|| Failure::new("compares values of types that have no order between them", extent))
    }

    fn contains(&mut self, item: &Value<'_>, list: &Value<'_>, extent: Extent) -> Evaluated<bool> {
        self.spend(size_of_made(list), extent)?;
        match (item, list) {
            (Value::Null, _) | (_, Value::Null) => Ok(false),
            (Value::Text(item), Value::List(List::Set(items))) => {
                Ok(items.iter().any(|text| text.text == item.as_ref()))
            }
            (item, Value::List(list)) => Ok(list.iter().any(|other| other.equals(item))),
            (item, Value::Map(entries)) => Ok(lookup(entries, item).is_some()),
            _ => Err(Failure::new("looks for something in what is neither a list nor a map", extent)),
        }
    }

    fn map(&mut self, entries: &'a [(Node, Node)], extent: Extent) -> Evaluated<Value<'a>> {
        let mut made: Vec<(Value<'a>, Value<'a>)> = Vec::with_capacity(entries.len());
        for (key_node, value_node) in entries {
            let (key, value) = (self.value(key_node)?, self.value(value_node)?);
            if !matches!(key, Value::Bool(_) | Value::Int(_) | Value::Text(_)) {
                return Err(Failure::new(
                    "a key that is neither a text, a whole number nor a boolean",
                    key_node.extent,
                ));
            }
            self.spend(made.len(), extent)?;
            if lookup(&made, &key).is_some() {
                return Err(Failure::new("the same key twice in a map", key_node.extent));
            }
            made.push((key, value));
        }
        Ok(Value::Map(made.into()))
    }

    fn macro_call(&mut self, call: &'a Macro, node: &'a Node) -> Evaluated<Value<'a>> {
        let items: Box<dyn Iterator<Item = Value<'a>> + 'a> = match &call.list.kind {
            // History is walked where it is, without a list of it.
            NodeKind::Activities(kind) => Box::new(counting(&self.frame, *kind, None).map(Value::Activity)),
            _ => match self.value(&call.list)? {
                Value::Null => return Ok(Value::Null),
                Value::List(list) => Box::new((0..list.len()).filter_map(move |index| list.get(index))),
                Value::Map(entries) => Box::new(
                    (0..entries.len())
                        .filter_map(move |index| entries.get(index).map(|(key, _)| key.clone())),
                ),
                _ => return Err(no_overload(node)),
            },
        };
        let mut failure = None;
        let mut found = 0_usize;
        let mut made = Vec::new();
        for item in items {
            self.spend(1 + text_cost(&item), node.extent)?;
            self.locals.truncate(call.local);
            self.locals.push(item.clone());
            if call.kind == MacroKind::Map {
                made.push(self.value(&call.body)?);
                continue;
            }
            match (call.kind, self.truth(&call.body)) {
                (MacroKind::Exists, Ok(true)) => {
                    self.locals.truncate(call.local);
                    return Ok(Value::Bool(true));
                }
                (MacroKind::All, Ok(false)) => {
                    self.locals.truncate(call.local);
                    return Ok(Value::Bool(false));
                }
                (_, Ok(true)) => {
                    found += 1;
                    if call.kind == MacroKind::Filter {
                        made.push(item);
                    }
                }
                (_, Ok(false)) => {}
                (MacroKind::Exists | MacroKind::All, Err(first)) => {
                    failure.get_or_insert(first);
                }
                (_, Err(first)) => return Err(first),
            }
        }
        self.locals.truncate(call.local);
        if let Some(failure) = failure {
            return Err(failure);
        }
        Ok(match call.kind {
            MacroKind::Exists => Value::Bool(false),
            MacroKind::All => Value::Bool(true),
            MacroKind::ExistsOne => Value::Bool(found == 1),
            MacroKind::Filter | MacroKind::Map => Value::list(made),
        })
    }
}

impl Pattern {
    #[cfg(feature = "arrow")]
    pub(crate) fn source(&self) -> &str {
        self.regex.as_str()
    }

    #[cfg(feature = "regex")]
    pub(crate) fn is_match(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }

    /// INVARIANT: without the feature the checker lets no pattern through.
    #[cfg(not(feature = "regex"))]
    pub(crate) fn is_match(&self, _text: &str) -> bool {
        false
    }
}

impl Constants {
    /// Whether a text is among them.
    pub(crate) fn has_text(&self, text: &str) -> bool {
        match &self.texts {
            Some(texts) => texts.contains(text),
            None => {
                self.items.iter().any(|item| matches!(item, Constant::Text(known) if known.as_ref() == text))
            }
        }
    }
}

/// Compares two values; nothing where their types have no order between them.
pub(super) fn compared(sign: Comparison, left: &Value<'_>, right: &Value<'_>) -> Option<bool> {
    if matches!(sign, Comparison::Equal | Comparison::NotEqual) {
        return Some(left.equals(right) == (sign == Comparison::Equal));
    }
    match (left.order(right), left, right) {
        (order @ Some(_), ..) => Some(sign.holds(order)),
        (None, Value::Null, _) | (None, _, Value::Null) => Some(false),
        // Not a number: ordered with nothing.
        (None, Value::Double(_) | Value::Int(_), Value::Double(_) | Value::Int(_)) => Some(false),
        _ => None,
    }
}

pub(super) fn among(item: &Value<'_>, constants: &Constants) -> bool {
    match item {
        Value::Null => false,
        Value::Text(text) => constants.has_text(text),
        _ => constants.items.iter().any(|constant| Value::of_constant(constant).equals(item)),
    }
}

fn read<'a>(fact: &'a Fact<'a>, property: &'a Property) -> Value<'a> {
    match property {
        Property::Declared(places) => places
            .iter()
            .find(|(kind, _)| *kind == fact.kind)
            .and_then(|(_, place)| fact.properties.get(*place))
            .map_or(Value::Null, Value::of_cell),
        Property::Id => Value::text(&fact.record.id),
        Property::Kind => Value::text(&fact.record.kind),
        Property::At => Value::Time(fact.at),
        Property::Channel(channels) => channels
            .iter()
            .find(|(kind, _)| *kind == fact.kind)
            .and_then(|(_, channel)| channel.as_deref())
            .map_or(Value::Null, Value::text),
        Property::Campaign => fact.record.campaign.as_deref().map_or(Value::Null, Value::text),
    }
}

fn element<'a>(of: &Value<'a>, index: &Value<'a>, node: &Node) -> Evaluated<Value<'a>> {
    match (of, index) {
        (Value::Null, _) | (_, Value::Null) => Ok(Value::Null),
        (Value::List(list), Value::Int(_) | Value::Double(_)) => {
            // A float may index only if it is a whole number.
            let whole = convert::int(index).filter(|whole| Value::Int(*whole).equals(index));
            whole
                .and_then(|whole| usize::try_from(whole).ok())
                .and_then(|whole| list.get(whole))
                .ok_or_else(|| Failure::new("index out of range", node.extent))
        }
        (Value::Map(entries), key) => {
            lookup(entries, key).cloned().ok_or_else(|| Failure::new("no such key", node.extent))
        }
        _ => Err(no_overload(node)),
    }
}

/// What a value cost to make, as items or 64ths of its text.
fn size_of_made(value: &Value<'_>) -> usize {
    match value {
        Value::Text(_) => text_cost(value),
        Value::List(list) => list.len(),
        Value::Map(entries) => entries.len(),
        _ => 0,
    }
}

fn text_cost(value: &Value<'_>) -> usize {
    match value {
        Value::Text(Cow::Owned(text)) => text.len() / 64,
        _ => 0,
    }
}

fn no_overload(node: &Node) -> Failure {
    Failure::new("no such overload: the operation does not take values of these types", node.extent)
}
