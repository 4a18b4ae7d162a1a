//! The functions there are, for calls and for "did you mean".

use super::node::{Function, MacroKind, TextTest, TimePart, Type};

/// How a name is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Callee {
    /// Of one value, as `f(x)`.
    Plain(Function),
    /// Of one value, as `x.f()`.
    Method(Function),
    Test(TextTest),
    Matches,
    Part(TimePart),
    Macro(MacroKind),
    Has,
    Seen,
    Count,
    Last,
    Activities,
    InSegment,
}

/// Name, callee, and how to write it.
pub(super) const FUNCTIONS: &[(&str, Callee, &str)] = &[
    ("has", Callee::Has, "has(field)"),
    ("size", Callee::Plain(Function::Size), "size(list)"),
    ("startsWith", Callee::Test(TextTest::StartsWith), "field.startsWith(\"...\")"),
    ("endsWith", Callee::Test(TextTest::EndsWith), "field.endsWith(\"...\")"),
    ("contains", Callee::Test(TextTest::Contains), "field.contains(\"...\")"),
    ("matches", Callee::Matches, "field.matches(\"pattern\")"),
    ("lowerAscii", Callee::Method(Function::LowerAscii), "field.lowerAscii()"),
    ("upperAscii", Callee::Method(Function::UpperAscii), "field.upperAscii()"),
    ("trim", Callee::Method(Function::Trim), "field.trim()"),
    ("normalize", Callee::Plain(Function::Normalize), "normalize(field)"),
    ("exists", Callee::Macro(MacroKind::Exists), "list.exists(item, condition)"),
    ("all", Callee::Macro(MacroKind::All), "list.all(item, condition)"),
    ("exists_one", Callee::Macro(MacroKind::ExistsOne), "list.exists_one(item, condition)"),
    ("filter", Callee::Macro(MacroKind::Filter), "list.filter(item, condition)"),
    ("map", Callee::Macro(MacroKind::Map), "list.map(item, value)"),
    ("int", Callee::Plain(Function::Int), "int(value)"),
    ("double", Callee::Plain(Function::Double), "double(value)"),
    ("string", Callee::Plain(Function::String), "string(value)"),
    ("bool", Callee::Plain(Function::Bool), "bool(value)"),
    ("dyn", Callee::Plain(Function::Dyn), "dyn(value)"),
    ("duration", Callee::Plain(Function::Duration), "duration(\"30d\")"),
    ("timestamp", Callee::Plain(Function::Timestamp), "timestamp(\"2026-05-01T09:00:00+09:00\")"),
    ("date", Callee::Plain(Function::Date), "date(\"2026-05-01\")"),
    ("age", Callee::Plain(Function::Age), "age(timestamp)"),
    ("seen", Callee::Seen, "seen(\"kind\") or seen(\"kind\", \"30d\")"),
    ("count", Callee::Count, "count(\"kind\") or count(\"kind\", \"30d\")"),
    ("last", Callee::Last, "last(\"kind\")"),
    ("activities", Callee::Activities, "activities(\"kind\")"),
    ("in_segment", Callee::InSegment, "in_segment(\"name\")"),
    ("getFullYear", Callee::Part(TimePart::FullYear), "timestamp.getFullYear()"),
    ("getMonth", Callee::Part(TimePart::Month), "timestamp.getMonth()"),
    ("getDate", Callee::Part(TimePart::Date), "timestamp.getDate()"),
    ("getDayOfMonth", Callee::Part(TimePart::DayOfMonth), "timestamp.getDayOfMonth()"),
    ("getDayOfWeek", Callee::Part(TimePart::DayOfWeek), "timestamp.getDayOfWeek()"),
    ("getDayOfYear", Callee::Part(TimePart::DayOfYear), "timestamp.getDayOfYear()"),
    ("getHours", Callee::Part(TimePart::Hours), "timestamp.getHours()"),
    ("getMinutes", Callee::Part(TimePart::Minutes), "timestamp.getMinutes()"),
    ("getSeconds", Callee::Part(TimePart::Seconds), "timestamp.getSeconds()"),
    ("getMilliseconds", Callee::Part(TimePart::Milliseconds), "timestamp.getMilliseconds()"),
];

/// Functions of CEL and its extensions that the subset leaves out, with what to write instead.
pub(super) const LEFT_OUT: &[(&str, &str)] = &[
    ("type", "types are known from the declarations"),
    ("uint", "whole numbers are signed: use `int(...)`"),
    ("bytes", "texts are not taken apart into bytes"),
    ("existsOne", "write `exists_one`"),
    ("transformList", "use `map` with a condition: list.map(item, condition, value)"),
    ("transformMap", "use `map`"),
];

impl Callee {
    /// Whether it is called after a dot; some are called either way.
    pub(super) const fn takes_target(self) -> bool {
        matches!(
            self,
            Self::Method(_)
                | Self::Test(_)
                | Self::Matches
                | Self::Part(_)
                | Self::Macro(_)
                | Self::Plain(Function::Size | Function::Normalize)
        )
    }

    pub(super) const fn takes_no_target(self) -> bool {
        !matches!(self, Self::Method(_) | Self::Test(_) | Self::Part(_) | Self::Macro(_))
    }
}

/// What a function takes, and the type of what it gives; `None` for a type that it does not take.
pub(super) fn signature(function: Function, given: &Type) -> Option<Type> {
    let one_of = |types: &[Type]| types.iter().any(|wanted| given.fits(wanted));
    let text = one_of(&[Type::String]);
    match function {
        Function::Size => {
            let sized = matches!(given, Type::String | Type::List(_) | Type::Map(_) | Type::Dyn | Type::Null);
            sized.then_some(Type::Int)
        }
        Function::Int => one_of(&[Type::Int, Type::Double, Type::String, Type::Timestamp, Type::Duration])
            .then_some(Type::Int),
        Function::Double => one_of(&[Type::Int, Type::Double, Type::String]).then_some(Type::Double),
        Function::String => {
            let printed = one_of(&[Type::Bool, Type::Int, Type::Double, Type::String])
                || one_of(&[Type::Timestamp, Type::Duration]);
            printed.then_some(Type::String)
        }
        Function::Bool => one_of(&[Type::Bool, Type::String]).then_some(Type::Bool),
        Function::Duration => one_of(&[Type::String, Type::Duration]).then_some(Type::Duration),
        Function::Timestamp => one_of(&[Type::String, Type::Int, Type::Timestamp]).then_some(Type::Timestamp),
        Function::Date => text.then_some(Type::Timestamp),
        Function::Age => one_of(&[Type::Timestamp]).then_some(Type::Duration),
        Function::Dyn => Some(Type::Dyn),
        Function::Normalize | Function::LowerAscii | Function::UpperAscii | Function::Trim => {
            text.then_some(Type::String)
        }
    }
}
