//! What an expression gives throughout a stretch of time in which nothing happens, where that can be told without
//! looking at every instant of it.
//!
//! Scores move within bounds then, ranks and segments are known or not, and times, ages and counts move one way. A
//! part that moves is known by its least and greatest value; what cannot be told this way is open, never guessed.

use super::instants::is_timed;
use super::node::{Arithmetic, Comparison, Constant, Figure, Function, Node, NodeKind, TimePart};
use super::value::Value;
use super::{Frame, Program, convert, eval, operate};
use crate::base::points::Points;
use crate::lead::facts::Facts;

/// A stretch of time in which nothing happens: from an instant to another, both included.
#[derive(Clone, Copy)]
pub(crate) struct Stretch<'a> {
    pub(crate) facts: &'a Facts<'a>,
    /// Microseconds since 1970.
    pub(crate) from: i64,
    pub(crate) to: i64,
    pub(crate) outlook: &'a dyn Outlook,
}

/// What scores, ranks and segments are throughout a stretch.
pub(crate) trait Outlook {
    /// The least and the most that a figure comes to.
    fn figure(&self, card: usize, figure: Figure) -> (Points, Points);
    /// The rank, where it is the same throughout.
    fn rank(&self, card: usize) -> Option<Option<&str>>;
    /// Whether the lead is in a segment, where that is the same throughout.
    fn in_segment(&self, segment: usize) -> Option<bool>;
}

impl Program {
    /// Whether the condition holds, where that is the same throughout; one that fails does not.
    pub(crate) fn foresee(&self, stretch: &Stretch<'_>) -> Option<bool> {
        let reads = self.reads();
        let derived = !(reads.cards.is_empty() && reads.ranks.is_empty() && reads.segments.is_empty());
        if derived || self.is_timed() {
            return stretch.truth(self.root()).map(|truth| truth.unwrap_or(false));
        }
        Some(self.test(&stretch.frame(stretch.from)).unwrap_or(false))
    }
}

/// A condition, or a part of one, fails throughout.
struct Fails;

impl<'a> Stretch<'a> {
    fn frame(&self, at: i64) -> Frame<'a> {
        Frame { facts: self.facts, at, activity: None, derived: None }
    }

    /// Whether a condition holds throughout, never, or fails throughout.
    fn truth(&self, node: &'a Node) -> Option<Result<bool, Fails>> {
        match &node.kind {
            NodeKind::All(parts) => self.chain(parts, false),
            NodeKind::Any(parts) => self.chain(parts, true),
            NodeKind::Not(of) => self.truth(of).map(|truth| truth.map(|holds| !holds)),
            NodeKind::Choose(parts) => {
                let [condition, yes, no] = parts.as_ref();
                match self.truth(condition)? {
                    Ok(true) => self.truth(yes),
                    Ok(false) => self.truth(no),
                    Err(fails) => Some(Err(fails)),
                }
            }
            _ => match self.plain(node) {
                None if is_steady(node) => Some(eval::test(node, &self.frame(self.from)).map_err(|_| Fails)),
                holds => holds.map(Ok),
            },
        }
    }

    /// A condition that is not made of others.
    fn plain(&self, node: &'a Node) -> Option<bool> {
        match &node.kind {
            NodeKind::InSegment(segment) => self.outlook.in_segment(*segment),
            NodeKind::Compare(sign, left, right) => {
                self.compare(*sign, &self.range(left)?, &self.range(right)?)
            }
            NodeKind::InConstants(item, constants) => {
                let (least, most) = self.range(item)?;
                least.equals(&most).then(|| eval::among(&least, constants))
            }
            // Activities only become too old.
            NodeKind::Seen(_, Some(_)) => {
                let holds = |at: i64| eval::test(node, &self.frame(at)).ok();
                let (first, last) = (holds(self.from)?, holds(self.to)?);
                (first == last).then_some(first)
            }
            _ => None,
        }
    }

    /// `&&` (until a part is false) or `||` (until a part is true). A failure counts only if nothing decides.
    fn chain(&self, parts: &'a [Node], decisive: bool) -> Option<Result<bool, Fails>> {
        let (mut open, mut fails) = (false, false);
        for part in parts {
            match self.truth(part) {
                Some(Ok(holds)) if holds == decisive => return Some(Ok(decisive)),
                Some(Ok(_)) => {}
                Some(Err(Fails)) => fails = true,
                None => open = true,
            }
        }
        match (open, fails) {
            (true, _) => None,
            (false, true) => Some(Err(Fails)),
            (false, false) => Some(Ok(!decisive)),
        }
    }

    /// The least and the greatest value of a part; the same twice for what does not move.
    fn range(&self, node: &'a Node) -> Option<(Value<'a>, Value<'a>)> {
        let at = |at: i64| eval::value(node, &self.frame(at)).ok();
        let range = match &node.kind {
            NodeKind::Figure(card, figure) => {
                let (least, most) = self.outlook.figure(*card, *figure);
                (Value::Double(least.to_f64()), Value::Double(most.to_f64()))
            }
            NodeKind::Rank(card) => {
                let rank = self.outlook.rank(*card)?.map_or(Value::Null, Value::text);
                (rank.clone(), rank)
            }
            NodeKind::Now => (Value::Time(self.from), Value::Time(self.to)),
            NodeKind::Call(Function::Age, arguments) if arguments.iter().all(is_steady) => {
                (at(self.from)?, at(self.to)?)
            }
            // Activities only become too old.
            NodeKind::Count(_, Some(_)) => (at(self.to)?, at(self.from)?),
            NodeKind::Negate(of) => {
                let (least, most) = self.range(of)?;
                (negated(&most)?, negated(&least)?)
            }
            NodeKind::Arithmetic(operator @ (Arithmetic::Add | Arithmetic::Subtract), left, right) => {
                let (left, right) = (self.range(left)?, self.range(right)?);
                let right = if *operator == Arithmetic::Add { right } else { (right.1, right.0) };
                let result = |left, right| operate::arithmetic(*operator, left, right, node.extent).ok();
                (result(&left.0, &right.0)?, result(&left.1, &right.1)?)
            }
            _ if is_steady(node) => {
                let value = at(self.from)?;
                (value.clone(), value)
            }
            // Whole days of an age and their like never turn back.
            NodeKind::Arithmetic(operator @ (Arithmetic::Divide | Arithmetic::Multiply), of, by) => {
                let by = by.constant().filter(|by| is_positive(by)).map(Value::of_constant)?;
                let (least, most) = self.range(of)?;
                let result = |of| operate::arithmetic(*operator, of, &by, node.extent).ok();
                (result(&least)?, result(&most)?)
            }
            NodeKind::Call(function @ (Function::Int | Function::Double), arguments) => {
                let (least, most) = self.range(arguments.first()?)?;
                let result = |of| operate::call(*function, of, None, node.extent).ok();
                (result(least)?, result(most)?)
            }
            NodeKind::Part(part @ (TimePart::Hours | TimePart::Minutes | TimePart::Seconds), _, of) => {
                let (Value::Duration(least), Value::Duration(most)) = self.range(of)? else { return None };
                let result = |micros| convert::duration_part(micros, *part).map(Value::Int);
                (result(least)?, result(most)?)
            }
            _ => return None,
        };
        let number = |value: &Value<'_>| !matches!(value, Value::Double(number) if !number.is_finite());
        (number(&range.0) && number(&range.1)).then_some(range)
    }

    fn compare(
        &self,
        sign: Comparison,
        left: &(Value<'a>, Value<'a>),
        right: &(Value<'a>, Value<'a>),
    ) -> Option<bool> {
        if matches!(sign, Comparison::Equal | Comparison::NotEqual) {
            let same = |range: &(Value<'_>, Value<'_>)| range.0.equals(&range.1);
            let apart = |below: &Value<'_>, above: &Value<'_>| {
                below.order(above).is_some_and(std::cmp::Ordering::is_lt)
            };
            let equal = match (same(left), same(right)) {
                (true, true) => left.0.equals(&right.0),
                _ if apart(&left.1, &right.0) || apart(&right.1, &left.0) => false,
                _ => return None,
            };
            return Some(equal == (sign == Comparison::Equal));
        }
        // Of all pairs of values these two are the farthest from each other, in either direction.
        let first = ordered(sign, &left.0, &right.1)?;
        (ordered(sign, &left.1, &right.0)? == first).then_some(first)
    }
}

/// Whether values are in an order; nothing where the comparison fails.
fn ordered(sign: Comparison, left: &Value<'_>, right: &Value<'_>) -> Option<bool> {
    match (left.order(right), left, right) {
        (order @ Some(_), ..) => Some(sign.holds(order)),
        (None, Value::Null, _) | (None, _, Value::Null) => Some(false),
        _ => None,
    }
}

fn is_positive(constant: &Constant) -> bool {
    match constant {
        Constant::Int(number) => *number > 0,
        Constant::Double(number) => *number > 0.0,
        _ => false,
    }
}

fn negated<'a>(value: &Value<'a>) -> Option<Value<'a>> {
    match value {
        Value::Int(number) => number.checked_neg().map(Value::Int),
        Value::Double(number) => Some(Value::Double(-number)),
        Value::Duration(micros) => Some(Value::Duration(-micros)),
        _ => None,
    }
}

/// Whether a part stays what it is while nothing happens: it looks at neither time nor what is derived.
fn is_steady(node: &Node) -> bool {
    fn derived(node: &Node) -> bool {
        match &node.kind {
            NodeKind::Figure(..) | NodeKind::Rank(_) | NodeKind::InSegment(_) => true,
            _ => node.children().into_iter().any(derived),
        }
    }
    !is_timed(node) && !derived(node)
}
