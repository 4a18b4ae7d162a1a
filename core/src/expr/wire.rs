//! Compiled expressions as text.

use std::sync::Arc;

use super::ast::Extent;
use super::node::{
    Arithmetic, Comparison, Constant, Constants, Figure, Function, Macro, MacroKind, Node, NodeKind, Pattern,
    Property, Reads, TextTest, TimePart, Type,
};
use super::{Inner, Program};
use crate::base::text::has_nfkc;
use crate::base::wire::{Reader, Wire, wire_enum, wire_struct};

wire_struct!(Inner { source, root, reads });
wire_struct!(Node { kind, ty, extent });
wire_struct!(Extent { start, end });
wire_struct!(Macro { kind, local, list, body });
wire_struct!(Reads {
    fields,
    kinds,
    properties,
    cards,
    ranks,
    segments,
    source,
    consent,
    windows,
    activity,
    now,
});

impl Wire for Program {
    fn write(&self, out: &mut String) {
        self.0.write(out);
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        Inner::read(from).map(|inner| Self(Arc::new(inner)))
    }
}

wire_enum!(Type {
    0 => Null, 1 => Bool, 2 => Int, 3 => Double, 4 => String, 5 => Timestamp, 6 => Duration, 7 => List(item),
    8 => Map(value), 9 => Activity(kinds), 10 => Dyn,
});

wire_enum!(NodeKind {
    0 => Const(constant),
    1 => Field(field),
    2 => Activity,
    3 => Local(local),
    4 => Property(of, property),
    5 => Now,
    6 => LeadId,
    7 => Source(key),
    8 => Consent(channel),
    9 => Figure(card, figure),
    10 => Rank(card),
    11 => InSegment(segment),
    12 => Seen(kind, within),
    13 => Count(kind, within),
    14 => Last(kind),
    15 => Activities(kind),
    16 => Not(of),
    17 => Negate(of),
    18 => All(parts),
    19 => Any(parts),
    20 => Choose(parts),
    21 => Compare(sign, left, right),
    22 => Arithmetic(operator, left, right),
    23 => In(item, list),
    24 => InConstants(item, constants),
    25 => Test(test, text, what),
    26 => Matches(text, pattern),
    27 => Key(of, key),
    28 => HasKey(of, key),
    29 => Index(of, index),
    30 => List(items),
    31 => Map(entries),
    32 => Call(function, arguments),
    33 => Part(part, zone, of),
    34 => Macro(call),
});

wire_enum!(Constant {
    0 => Null, 1 => Bool(value), 2 => Int(value), 3 => Double(value), 4 => Text(value), 5 => Time(micros),
    6 => Duration(micros), 7 => List(items),
});

wire_enum!(Property {
    0 => Declared(places), 1 => Id, 2 => Kind, 3 => At, 4 => Channel(channels), 5 => Campaign,
});

wire_enum!(Comparison {
    0 => Equal, 1 => NotEqual, 2 => Less, 3 => LessOrEqual, 4 => Greater, 5 => GreaterOrEqual,
});

wire_enum!(Arithmetic { 0 => Add, 1 => Subtract, 2 => Multiply, 3 => Divide, 4 => Remainder });
wire_enum!(TextTest { 0 => StartsWith, 1 => EndsWith, 2 => Contains });
wire_enum!(MacroKind { 0 => Exists, 1 => All, 2 => ExistsOne, 3 => Filter, 4 => Map });

wire_enum!(TimePart {
    0 => FullYear, 1 => Month, 2 => DayOfMonth, 3 => Date, 4 => DayOfWeek, 5 => DayOfYear, 6 => Hours,
    7 => Minutes, 8 => Seconds, 9 => Milliseconds,
});

wire_enum!(Figure {
    0 => FitPlus, 1 => FitMinus, 2 => EngagementPlus, 3 => EngagementMinus, 4 => Fit, 5 => Engagement,
    6 => Total,
});

/// The functions, by their numbers on the wire: at most one more for each version.
const FUNCTIONS: [Function; 14] = [
    Function::Size,
    Function::Int,
    Function::Double,
    Function::String,
    Function::Bool,
    Function::Duration,
    Function::Timestamp,
    Function::Date,
    Function::Dyn,
    Function::Normalize,
    Function::Age,
    Function::LowerAscii,
    Function::UpperAscii,
    Function::Trim,
];

impl Wire for Function {
    fn write(&self, out: &mut String) {
        FUNCTIONS.iter().position(|function| function == self).unwrap_or(usize::MAX).write(out);
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        let function = *FUNCTIONS.get(from.count()?)?;
        if function == Self::Normalize && !has_nfkc() {
            return from.left_out("the tables of `normalize`");
        }
        Some(function)
    }
}

impl Wire for Constants {
    fn write(&self, out: &mut String) {
        self.items.write(out);
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        Wire::read(from).map(Self::new)
    }
}

#[cfg(feature = "regex")]
impl Wire for Pattern {
    fn write(&self, out: &mut String) {
        crate::base::wire::write_text(self.regex.as_str(), out);
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        super::calls::compile(from.text()?).ok()
    }
}

#[cfg(not(feature = "regex"))]
impl Wire for Pattern {
    /// INVARIANT: without the feature there are no patterns.
    fn write(&self, _out: &mut String) {}

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        from.left_out("regular expressions")
    }
}
