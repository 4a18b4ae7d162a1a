//! Compiled things as compact text: a number with a comma behind it, a text with its length in front, a list with
//! its count, an enum with the number of its variant.
//!
//! Reading is total: whatever the text, the answer is a value or a refusal.

use std::sync::Arc;

use super::diagnostic::{Code, Diagnostic};
use super::map::Map;
use super::set::Set;

/// What can be written as text and read again.
pub(crate) trait Wire: Sized {
    fn write(&self, out: &mut String);

    /// Nothing if the text is damaged, or needs what this build leaves out.
    fn read(from: &mut Reader<'_>) -> Option<Self>;
}

/// The text that is left to read.
pub(crate) struct Reader<'t> {
    rest: &'t str,
    // A refusal leaves it as it is: nothing is read after one.
    depth: usize,
    /// What this build leaves out, and the text needs.
    pub(crate) refusal: Option<Diagnostic>,
}

/// Deeper than any expression nests, and far from the end of a small stack.
const MAX_DEPTH: usize = 300;

impl<'t> Reader<'t> {
    pub(crate) const fn new(text: &'t str) -> Self {
        Self { rest: text, depth: 0, refusal: None }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Refuses what the build leaves out.
    pub(crate) fn left_out<T>(&mut self, what: &str) -> Option<T> {
        let message = format!("this build leaves out {what}, which the playbook needs");
        let help = "use the full build, or take what needs it out of the playbook's cut";
        self.refusal = Some(Diagnostic::error(Code::NotInThisBuild, message).with_help(help));
        None
    }

    pub(crate) fn number(&mut self) -> Option<i64> {
        let (digits, rest) = self.rest.split_once(',')?;
        self.rest = rest;
        digits.parse().ok()
    }

    pub(crate) fn count(&mut self) -> Option<usize> {
        usize::try_from(self.number()?).ok()
    }

    pub(crate) fn text(&mut self) -> Option<&'t str> {
        let length = self.count()?;
        let (text, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(text)
    }

    /// One level down, unless that is too deep.
    fn enter(&mut self) -> Option<()> {
        self.depth += 1;
        (self.depth <= MAX_DEPTH).then_some(())
    }

    fn leave(&mut self) {
        self.depth -= 1;
    }
}

pub(crate) fn write_number(number: i64, out: &mut String) {
    out.push_str(&number.to_string());
    out.push(',');
}

pub(crate) fn write_count(count: usize, out: &mut String) {
    write_number(i64::try_from(count).unwrap_or(i64::MAX), out);
}

pub(crate) fn write_text(text: &str, out: &mut String) {
    write_count(text.len(), out);
    out.push_str(text);
}

/// Fields one after the other; those left out are read as their defaults.
macro_rules! wire_struct {
    ($name:ident { $($field:ident),* $(,)? $(; left out: $($other:ident),*)? }) => {
        impl $crate::base::wire::Wire for $name {
            fn write(&self, out: &mut String) {
                $(self.$field.write(out);)*
            }

            fn read(from: &mut $crate::base::wire::Reader<'_>) -> Option<Self> {
                Some(Self {
                    $($field: $crate::base::wire::Wire::read(from)?,)*
                    $($($other: Default::default(),)*)?
                })
            }
        }
    };
}

/// The number of the variant, then what it carries. Numbers never change their meaning.
macro_rules! wire_enum {
    ($name:ident { $(
        $tag:literal => $variant:ident $(( $($item:ident),* ))? $({ $($field:ident),* })?
    ),* $(,)? }) => {
        impl $crate::base::wire::Wire for $name {
            fn write(&self, out: &mut String) {
                match self {
                    $(Self::$variant $(( $($item),* ))? $({ $($field),* })? => {
                        $crate::base::wire::write_number($tag, out);
                        $($($item.write(out);)*)?
                        $($($field.write(out);)*)?
                    })*
                }
            }

            fn read(from: &mut $crate::base::wire::Reader<'_>) -> Option<Self> {
                match from.number()? {
                    $($tag => {
                        $($(let $item = $crate::base::wire::Wire::read(from)?;)*)?
                        $($(let $field = $crate::base::wire::Wire::read(from)?;)*)?
                        Some(Self::$variant $(( $($item),* ))? $({ $($field),* })?)
                    })*
                    _ => None,
                }
            }
        }
    };
}

pub(crate) use {wire_enum, wire_struct};

impl Wire for bool {
    fn write(&self, out: &mut String) {
        write_number(i64::from(*self), out);
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        match from.number()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }
}

impl Wire for i64 {
    fn write(&self, out: &mut String) {
        write_number(*self, out);
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        from.number()
    }
}

impl Wire for i32 {
    fn write(&self, out: &mut String) {
        write_number(i64::from(*self), out);
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        from.number()?.try_into().ok()
    }
}

impl Wire for u32 {
    fn write(&self, out: &mut String) {
        write_number(i64::from(*self), out);
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        from.number()?.try_into().ok()
    }
}

impl Wire for usize {
    fn write(&self, out: &mut String) {
        write_count(*self, out);
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        from.count()
    }
}

impl Wire for f64 {
    /// Its bits: the same number everywhere, and nothing to round.
    fn write(&self, out: &mut String) {
        write_number(self.to_bits().cast_signed(), out);
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        from.number().map(|bits| f64::from_bits(bits.cast_unsigned()))
    }
}

impl Wire for String {
    fn write(&self, out: &mut String) {
        write_text(self, out);
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        from.text().map(str::to_owned)
    }
}

impl Wire for Box<str> {
    fn write(&self, out: &mut String) {
        write_text(self, out);
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        from.text().map(Into::into)
    }
}

impl<T: Wire> Wire for Option<T> {
    fn write(&self, out: &mut String) {
        self.is_some().write(out);
        if let Some(value) = self {
            value.write(out);
        }
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        if bool::read(from)? { T::read(from).map(Some) } else { Some(None) }
    }
}

impl<T: Wire> Wire for Box<T> {
    fn write(&self, out: &mut String) {
        (**self).write(out);
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        from.enter()?;
        let value = Box::new(T::read(from)?);
        from.leave();
        Some(value)
    }
}

impl<T: Wire> Wire for Vec<T> {
    fn write(&self, out: &mut String) {
        write_all(self.iter(), out);
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        from.enter()?;
        let count = from.count()?;
        let mut items = Vec::new();
        while items.len() < count {
            items.push(T::read(from)?);
        }
        from.leave();
        Some(items)
    }
}

impl<T: Wire> Wire for Box<[T]> {
    fn write(&self, out: &mut String) {
        write_all(self.iter(), out);
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        Vec::read(from).map(Vec::into_boxed_slice)
    }
}

impl<T: Wire> Wire for Arc<[T]> {
    fn write(&self, out: &mut String) {
        write_all(self.iter(), out);
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        Vec::read(from).map(Into::into)
    }
}

impl<T: Wire, const N: usize> Wire for [T; N] {
    fn write(&self, out: &mut String) {
        write_all(self.iter(), out);
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        Vec::read(from)?.try_into().ok()
    }
}

impl<A: Wire, B: Wire> Wire for (A, B) {
    fn write(&self, out: &mut String) {
        self.0.write(out);
        self.1.write(out);
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        Some((A::read(from)?, B::read(from)?))
    }
}

impl<T: Wire + Ord> Wire for Set<T> {
    fn write(&self, out: &mut String) {
        write_all(self.iter(), out);
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        Vec::read(from).map(Self::from_sorted)
    }
}

impl<K: Wire + AsRef<str>, V: Wire> Wire for Map<K, V> {
    fn write(&self, out: &mut String) {
        write_count(self.len(), out);
        for (key, value) in self {
            key.write(out);
            value.write(out);
        }
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        Vec::read(from).map(|entries| entries.into_iter().collect())
    }
}

fn write_all<'i, T: Wire + 'i>(items: impl ExactSizeIterator<Item = &'i T>, out: &mut String) {
    write_count(items.len(), out);
    for item in items {
        item.write(out);
    }
}
