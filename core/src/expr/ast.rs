//! The expression as written: a tree that remembers its places and prints back.

use std::fmt;

/// Bytes of the expression text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Extent {
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Extent {
    pub(crate) const fn to(self, other: Extent) -> Extent {
        Extent { start: self.start, end: other.end }
    }
}

/// An expression and where it stands. Equality looks at the meaning only, not at the place.
#[derive(Debug, Clone)]
pub(crate) struct Expr {
    pub(crate) kind: ExprKind,
    pub(crate) extent: Extent,
    /// How many expressions lie on the longest way down, this one included.
    pub(crate) height: usize,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ExprKind {
    Null,
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(String),
    Name(String),
    /// `of.name`
    Member(Box<Expr>, Word),
    /// `of[index]`
    Index(Box<Expr>, Box<Expr>),
    /// `name(arguments)` or `target.name(arguments)`; macros are calls until they are checked.
    Call(Option<Box<Expr>>, Word, Vec<Expr>),
    List(Vec<Expr>),
    Map(Vec<(Expr, Expr)>),
    Not(Box<Expr>),
    Negate(Box<Expr>),
    Binary(Binary, Box<Expr>, Box<Expr>),
    /// A chain of two or more; long chains do not make deep trees.
    And(Vec<Expr>),
    Or(Vec<Expr>),
    /// `condition ? yes : no`
    Choose(Box<[Expr; 3]>),
}

/// A name after a dot or before a parenthesis.
#[derive(Debug, Clone)]
pub(crate) struct Word {
    pub(crate) text: String,
    pub(crate) extent: Extent,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Binary {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

impl Binary {
    pub(crate) const fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::In => "in",
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
        }
    }

    /// How tightly it binds; `? :` is 0, `||` 1, `&&` 2.
    pub(crate) const fn strength(self) -> u8 {
        match self {
            Self::Add | Self::Subtract => 4,
            Self::Multiply | Self::Divide | Self::Remainder => 5,
            _ => 3,
        }
    }
}

impl PartialEq for Expr {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

impl PartialEq for Word {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Expr {
    /// 0 for `? :` up to 6 for unary operators and 7 for what never needs parentheses.
    fn strength(&self) -> u8 {
        match &self.kind {
            ExprKind::Choose(_) => 0,
            ExprKind::Or(_) => 1,
            ExprKind::And(_) => 2,
            ExprKind::Binary(operator, ..) => operator.strength(),
            ExprKind::Not(_) | ExprKind::Negate(_) => 6,
            // A negative number has a sign that a following dot or bracket would not include.
            ExprKind::Int(value) if *value < 0 => 6,
            ExprKind::Double(value) if value.is_sign_negative() => 6,
            _ => 7,
        }
    }

    fn within(&self, strength: u8) -> Within<'_> {
        Within { expr: self, strength }
    }
}

/// Prints an expression as an operand: in parentheses if it binds less than it has to.
struct Within<'a> {
    expr: &'a Expr,
    strength: u8,
}

impl fmt::Display for Within<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.expr.strength() < self.strength {
            write!(f, "({})", self.expr)
        } else {
            write!(f, "{}", self.expr)
        }
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ExprKind::Null => f.write_str("null"),
            ExprKind::Bool(value) => write!(f, "{value}"),
            ExprKind::Int(value) => write!(f, "{value}"),
            ExprKind::Double(value) => write!(f, "{value:?}"),
            ExprKind::Text(text) => quote(f, text),
            ExprKind::Name(name) => f.write_str(name),
            ExprKind::Member(of, name) => write!(f, "{}.{name}", of.within(7)),
            ExprKind::Index(of, index) => write!(f, "{}[{index}]", of.within(7)),
            ExprKind::Call(target, name, arguments) => {
                if let Some(target) = target {
                    write!(f, "{}.", target.within(7))?;
                }
                write!(f, "{name}(")?;
                separated(f, arguments, ", ", 0)?;
                f.write_str(")")
            }
            ExprKind::List(items) => {
                f.write_str("[")?;
                separated(f, items, ", ", 0)?;
                f.write_str("]")
            }
            ExprKind::Map(entries) => {
                f.write_str("{")?;
                for (index, (key, value)) in entries.iter().enumerate() {
                    write!(f, "{}{key}: {value}", if index == 0 { "" } else { ", " })?;
                }
                f.write_str("}")
            }
            ExprKind::Not(of) => write!(f, "!{}", of.within(6)),
            ExprKind::Negate(of) => match of.kind {
                // `-5` is a literal, so the negation of a literal has to look different.
                ExprKind::Int(_) | ExprKind::Double(_) => write!(f, "-({of})"),
                _ => write!(f, "-{}", of.within(6)),
            },
            ExprKind::Binary(operator, left, right) => {
                let strength = operator.strength();
                write!(f, "{} {} {}", left.within(strength), operator.symbol(), right.within(strength + 1))
            }
            ExprKind::And(parts) => separated(f, parts, " && ", 3),
            ExprKind::Or(parts) => separated(f, parts, " || ", 2),
            ExprKind::Choose(parts) => {
                let [condition, yes, no] = parts.as_ref();
                write!(f, "{} ? {} : {no}", condition.within(1), yes.within(1))
            }
        }
    }
}

fn separated(f: &mut fmt::Formatter<'_>, items: &[Expr], separator: &str, strength: u8) -> fmt::Result {
    for (index, item) in items.iter().enumerate() {
        write!(f, "{}{}", if index == 0 { "" } else { separator }, item.within(strength))?;
    }
    Ok(())
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if super::lexer::is_word(&self.text) { f.write_str(&self.text) } else { write!(f, "`{}`", self.text) }
    }
}

fn quote(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_str("\"")?;
    for c in text.chars() {
        match c {
            '"' | '\\' => write!(f, "\\{c}")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            c if c.is_control() => write!(f, "\\U{:08x}", u32::from(c))?,
            c => write!(f, "{c}")?,
        }
    }
    f.write_str("\"")
}
