//! When an expression may next give something else although nothing happens: time alone moves it.
//!
//! Every part of an expression is either steady between certain instants, or a time or duration that moves evenly
//! with the clock. The instants at which a steady part may change come from its moving parts: where a comparison
//! turns, where a clock's hour or day ends, where an activity becomes too old for a window. What has neither course
//! is refused, so that no instant is missed.

use super::ast::Extent;
use super::convert::{DURATIONS, TIMES};
use super::eval;
use super::node::{Arithmetic, Constant, Function, MacroKind, Node, NodeKind, TimePart, Type};
use super::value::Value;
use super::{Frame, Program};
use crate::base::time::Zone;

/// The part of an expression whose change with time cannot be foreseen.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Unforeseeable(pub(crate) Extent);

impl Program {
    /// Whether its value may change although nothing happens.
    pub(crate) fn is_timed(&self) -> bool {
        let reads = self.reads();
        reads.now || !reads.windows.is_empty()
    }

    /// An instant after the frame's before which its value stays what it is, if nothing happens; none if it stays for
    /// ever. Activities not yet known at the frame's instant are something that happens.
    pub(crate) fn steady_until(&self, frame: &Frame<'_>) -> Result<Option<i64>, Unforeseeable> {
        let mut watch = Watch { frame: *frame, locals: Vec::new(), next: i64::MAX };
        match watch.course(self.root())? {
            Course::Steady => Ok((watch.next != i64::MAX).then_some(watch.next)),
            Course::Moving(_) => Err(Unforeseeable(self.root().extent)),
        }
    }
}

/// What becomes of a part while time goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Course {
    Steady,
    /// So many microseconds per microsecond, never none.
    Moving(i64),
}

impl Course {
    const fn of(speed: i64) -> Self {
        if speed == 0 { Self::Steady } else { Self::Moving(speed) }
    }

    const fn speed(self) -> i64 {
        match self {
            Self::Steady => 0,
            Self::Moving(speed) => speed,
        }
    }
}

struct Watch<'a> {
    frame: Frame<'a>,
    locals: Vec<Value<'a>>,
    /// The first instant found so far at which something may change.
    next: i64,
}

const SECOND: i128 = 1_000_000;
const DAY: i128 = 86_400 * SECOND;

impl<'a> Watch<'a> {
    fn course(&mut self, node: &'a Node) -> Result<Course, Unforeseeable> {
        match &node.kind {
            NodeKind::Now => Ok(Course::Moving(1)),
            NodeKind::Seen(kind, Some(within)) | NodeKind::Count(kind, Some(within)) => {
                for fact in self.frame.facts.of_kind(*kind).iter().filter(|fact| fact.human) {
                    self.may_change(i128::from(fact.at) + i128::from(*within));
                }
                Ok(Course::Steady)
            }
            NodeKind::Compare(_, left, right) => {
                let speed = self.course(left)?.speed() - self.course(right)?.speed();
                if speed != 0
                    && let (Some(left), Some(right)) = (self.micros(left), self.micros(right))
                {
                    self.crosses(i128::from(left) - i128::from(right), 0, speed);
                }
                Ok(Course::Steady)
            }
            NodeKind::Arithmetic(operator, left, right) => self.arithmetic(node, *operator, left, right),
            NodeKind::Negate(of) => Ok(Course::of(-self.course(of)?.speed())),
            NodeKind::Choose(parts) => {
                let [condition, yes, no] = parts.as_ref();
                self.steady(condition)?;
                let (of_yes, of_no) = (self.course(yes)?, self.course(no)?);
                // Which of them it is stays as it is for as long as the condition does.
                Ok(match eval::value_within(condition, &self.frame, &self.locals) {
                    Ok(Value::Bool(true)) => of_yes,
                    Ok(Value::Bool(false) | Value::Null) => of_no,
                    _ => Course::Steady,
                })
            }
            NodeKind::Call(function, arguments) => {
                let Some(of) = arguments.first() else { return Ok(Course::Steady) };
                self.call(node, *function, of)
            }
            NodeKind::Part(part, zone, of) => self.part(node, *part, *zone, of),
            NodeKind::Macro(call) => {
                self.steady(&call.list)?;
                if !is_timed(&call.body) {
                    return Ok(Course::Steady);
                }
                let items = match eval::value_within(&call.list, &self.frame, &self.locals) {
                    Ok(Value::List(list)) => list.iter().collect(),
                    Ok(Value::Map(entries)) => entries.iter().map(|(key, _)| key.clone()).collect(),
                    _ => Vec::new(),
                };
                for item in items {
                    self.locals.truncate(call.local);
                    self.locals.push(item);
                    let course = self.course(&call.body)?;
                    if call.kind == MacroKind::Map && course != Course::Steady {
                        return Err(Unforeseeable(call.body.extent));
                    }
                }
                self.locals.truncate(call.local);
                Ok(Course::Steady)
            }
            _ => {
                for child in node.children() {
                    self.steady(child)?;
                }
                Ok(Course::Steady)
            }
        }
    }

    /// A part that must not move: nothing is known of what becomes of a moving one here.
    fn steady(&mut self, node: &'a Node) -> Result<(), Unforeseeable> {
        match self.course(node)? {
            Course::Steady => Ok(()),
            Course::Moving(_) => Err(Unforeseeable(node.extent)),
        }
    }

    fn arithmetic(
        &mut self,
        node: &'a Node,
        operator: Arithmetic,
        left: &'a Node,
        right: &'a Node,
    ) -> Result<Course, Unforeseeable> {
        // Whole days, weeks or years of an age: `int(age(since)) / 86400` changes once a day, not every second.
        if operator == Arithmetic::Divide
            && let Some((of, unit)) = staircase(node)
            && let Course::Moving(speed) = self.course(of)?
        {
            if let Some(micros) = self.micros(of) {
                self.steps(i128::from(micros), unit, speed);
            }
            return Ok(Course::Steady);
        }
        let (by_left, by_right) = (self.course(left)?.speed(), self.course(right)?.speed());
        let sign = match operator {
            Arithmetic::Add => 1,
            Arithmetic::Subtract => -1,
            // No times or durations are multiplied: where one stands, the operation fails now and always.
            _ => return Ok(Course::Steady),
        };
        let course = Course::of(by_left + sign * by_right);
        if course != Course::Steady
            && let (Some(left), Some(right)) = (self.micros(left), self.micros(right))
        {
            let result = i128::from(left) + i128::from(sign) * i128::from(right);
            let range = if node.ty == Type::Duration { DURATIONS } else { TIMES };
            self.crosses(result, i128::from(*range.start()), course.speed());
            self.crosses(result, i128::from(*range.end()), course.speed());
        }
        Ok(course)
    }

    fn call(&mut self, node: &'a Node, function: Function, of: &'a Node) -> Result<Course, Unforeseeable> {
        let course = self.course(of)?;
        match (function, course) {
            (Function::Age, _) => Ok(Course::of(1 - course.speed())),
            (Function::Dyn | Function::Duration | Function::Timestamp, _) => Ok(course),
            (Function::Int, Course::Moving(speed)) => {
                if let Some(micros) = self.micros(of) {
                    self.steps(i128::from(micros), SECOND, speed);
                }
                Ok(Course::Steady)
            }
            (Function::String, Course::Moving(_)) => Err(Unforeseeable(node.extent)),
            // No other function takes a time or duration: it fails now and always.
            _ => Ok(Course::Steady),
        }
    }

    fn part(
        &mut self,
        node: &'a Node,
        part: TimePart,
        zone: Zone,
        of: &'a Node,
    ) -> Result<Course, Unforeseeable> {
        let Course::Moving(speed) = self.course(of)? else { return Ok(Course::Steady) };
        match eval::value_within(of, &self.frame, &self.locals) {
            Ok(Value::Duration(micros)) => self.steps(i128::from(micros), unit(part), speed),
            Ok(Value::Time(micros)) if speed == 1 => self.clock(micros, part, zone),
            Ok(Value::Time(_)) => return Err(Unforeseeable(node.extent)),
            _ => {}
        }
        Ok(Course::Steady)
    }

    /// When a clock on the wall next shows another hour, day and so on: the end of the unit there, or a change of the
    /// zone's distance from UTC before it.
    fn clock(&mut self, micros: i64, part: TimePart, zone: Zone) {
        let unit = i64::try_from(unit(part)).unwrap_or(1);
        let offset = |at: i64| zone.local_micros(at).saturating_sub(at);
        let end = micros.saturating_add(unit - zone.local_micros(micros).rem_euclid(unit));
        self.may_change(i128::from(self.frame.at) + i128::from(end) - i128::from(micros));
        if offset(end) != offset(micros) {
            let (mut same, mut other) = (micros, end);
            while other - same > 1 {
                let middle = same + (other - same) / 2;
                if offset(middle) == offset(micros) {
                    same = middle;
                } else {
                    other = middle;
                }
            }
            self.may_change(i128::from(self.frame.at) + i128::from(other) - i128::from(micros));
        }
    }

    /// A value that moves changes sides of a bound: the instants at, before and after it.
    fn crosses(&mut self, value: i128, bound: i128, speed: i64) {
        let away = (bound - value).div_euclid(i128::from(speed));
        for around in -1..=2 {
            self.may_change(i128::from(self.frame.at) + away + around);
        }
    }

    /// A value that moves and is cut to whole units.
    fn steps(&mut self, value: i128, unit: i128, speed: i64) {
        let below = value.div_euclid(unit) * unit;
        for bound in [below - unit, below, below + unit] {
            self.crosses(value, bound, speed);
        }
    }

    fn may_change(&mut self, at: i128) {
        if at > i128::from(self.frame.at)
            && let Ok(at) = i64::try_from(at)
        {
            self.next = self.next.min(at);
        }
    }

    fn micros(&self, node: &'a Node) -> Option<i64> {
        match eval::value_within(node, &self.frame, &self.locals) {
            Ok(Value::Time(micros) | Value::Duration(micros)) => Some(micros),
            _ => None,
        }
    }
}

/// A duration cut to whole units and divided by constants: the duration, and the unit in microseconds.
fn staircase(node: &Node) -> Option<(&Node, i128)> {
    match &node.kind {
        NodeKind::Arithmetic(Arithmetic::Divide, left, right) => {
            let (of, unit) = staircase(left)?;
            match right.constant() {
                Some(Constant::Int(by)) if *by > 0 => Some((of, unit.checked_mul(i128::from(*by))?)),
                _ => None,
            }
        }
        NodeKind::Call(Function::Int, arguments) => {
            arguments.first().filter(|of| of.ty == Type::Duration).map(|of| (of, SECOND))
        }
        NodeKind::Part(part @ (TimePart::Hours | TimePart::Minutes | TimePart::Seconds), _, of)
            if of.ty == Type::Duration =>
        {
            Some((of, unit(*part)))
        }
        _ => None,
    }
}

/// How long it takes at least until a part of a time becomes another, in microseconds.
const fn unit(part: TimePart) -> i128 {
    match part {
        TimePart::Hours => 3_600 * SECOND,
        TimePart::Minutes => 60 * SECOND,
        TimePart::Seconds => SECOND,
        TimePart::Milliseconds => 1_000,
        TimePart::FullYear
        | TimePart::Month
        | TimePart::DayOfMonth
        | TimePart::Date
        | TimePart::DayOfWeek
        | TimePart::DayOfYear => DAY,
    }
}

/// Whether time alone may change the value of a part.
pub(super) fn is_timed(node: &Node) -> bool {
    match &node.kind {
        NodeKind::Now | NodeKind::Call(Function::Age, _) => true,
        NodeKind::Seen(_, Some(_)) | NodeKind::Count(_, Some(_)) => true,
        _ => node.children().into_iter().any(is_timed),
    }
}
