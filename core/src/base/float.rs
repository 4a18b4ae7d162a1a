//! The nearest float of a decimal text, exactly, by whole numbers alone.
//!
//! The standard library does the same and brings ten kilobytes of tables into the browser, for one function of the
//! expressions. This one takes its time and needs none.

/// More digits than these cannot matter but for whether there are any.
const DIGITS: usize = 800;

/// What `text.parse::<f64>()` gives.
pub(crate) fn parse(text: &str) -> Option<f64> {
    let (negative, body) = match text.strip_prefix('-') {
        Some(body) => (true, body),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let magnitude = if ["inf", "infinity"].iter().any(|word| body.eq_ignore_ascii_case(word)) {
        f64::INFINITY
    } else if body.eq_ignore_ascii_case("nan") {
        f64::NAN
    } else {
        decimal(body)?
    };
    Some(if negative { -magnitude } else { magnitude })
}

fn decimal(body: &str) -> Option<f64> {
    let (mantissa, exponent) = match body.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, power(exponent)?),
        None => (body, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut number = Big(Vec::new());
    let mut exponent: i64 = exponent;
    let (mut taken, mut rest) = (0, false);
    for (place, byte) in whole.bytes().chain(fraction.bytes()).enumerate() {
        if !byte.is_ascii_digit() {
            return None;
        }
        let behind_point = i64::from(place >= whole.len());
        if taken < DIGITS {
            number.multiply_add(10, u32::from(byte - b'0'));
            taken += usize::from(!number.0.is_empty());
            exponent -= behind_point;
        } else {
            rest |= byte != b'0';
            exponent += 1 - behind_point;
        }
    }
    if rest {
        number.multiply_add(10, 1);
        exponent -= 1;
    }
    let digits = i64::try_from(taken).unwrap_or(0);
    if number.0.is_empty() || exponent + digits < -400 {
        return Some(0.0);
    }
    if exponent + digits > 400 {
        return Some(f64::INFINITY);
    }
    let mut divisor = Big(vec![1]);
    let scaled = if exponent < 0 { &mut divisor } else { &mut number };
    for _ in 0..exponent.unsigned_abs() {
        scaled.multiply_add(10, 0);
    }
    Some(quotient(number, divisor))
}

/// The exponent of ten; one far beyond what can be held stands for all those.
fn power(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let step = |power: i64, byte: u8| (power * 10 + i64::from(byte - b'0')).min(1_000_000_000_000);
    let power = digits.bytes().fold(0, step);
    Some(if negative { -power } else { power })
}

/// The float nearest to a quotient; of two equally near ones the even one.
fn quotient(mut number: Big, mut divisor: Big) -> f64 {
    /// Places to compute: the quotient then has 64 to 66 bits, more than a float holds.
    const PLACES: i64 = 65;
    let shift = PLACES - (number.bits() - divisor.bits());
    if shift > 0 {
        number.shift_left(shift)
    } else {
        divisor.shift_left(-shift)
    }
    divisor.shift_left(PLACES + 1);
    let mut bits: u128 = 0;
    for _ in 0..PLACES + 2 {
        bits <<= 1;
        if number.subtract(&divisor) {
            bits |= 1;
        }
        divisor.halve();
    }
    // One place more says whether anything is left.
    let bits = (bits << 1) | u128::from(!number.0.is_empty());
    let exponent = -shift - 1;
    let length = 128 - i64::from(bits.leading_zeros());
    let drop = (length - 53).max(-1_074 - exponent);
    if drop > 127 {
        return 0.0;
    }
    let (kept, lost, half) = (bits >> drop, bits & ((1 << drop) - 1), 1_u128 << (drop - 1));
    let up = lost > half || (lost == half && kept & 1 == 1);
    let mantissa = u64::try_from(kept).unwrap_or(0) + u64::from(up);
    let hidden = 1_u64 << 52;
    if mantissa < hidden {
        return f64::from_bits(mantissa);
    }
    let field = exponent + drop + 1_075;
    match u64::try_from(field) {
        // A mantissa that was rounded up to the next power of two carries into the exponent by itself.
        Ok(field) if field < 2_047 => f64::from_bits((field << 52) + (mantissa - hidden)),
        _ => f64::INFINITY,
    }
}

/// A whole number of any size, least limbs first, without zeros at the end.
struct Big(Vec<u32>);

impl Big {
    #[expect(clippy::cast_possible_truncation, reason = "the upper half is carried on")]
    fn multiply_add(&mut self, factor: u32, addend: u32) {
        let mut carry = u64::from(addend);
        for limb in &mut self.0 {
            carry += u64::from(*limb) * u64::from(factor);
            *limb = carry as u32;
            carry >>= 32;
        }
        if carry > 0 {
            self.0.push(carry as u32);
        }
    }

    fn bits(&self) -> i64 {
        let top = self.0.last().map_or(0, |limb| 32 - i64::from(limb.leading_zeros()));
        i64::try_from(self.0.len()).unwrap_or(0) * 32 - 32 + top
    }

    fn shift_left(&mut self, places: i64) {
        for _ in 0..places % 32 {
            self.multiply_add(2, 0);
        }
        for _ in 0..places / 32 {
            self.0.insert(0, 0);
        }
    }

    /// Divides by two; what falls out is nothing.
    fn halve(&mut self) {
        let mut carry = 0;
        for limb in self.0.iter_mut().rev() {
            let low = *limb & 1;
            *limb = (*limb >> 1) | carry;
            carry = low << 31;
        }
        self.trim();
    }

    /// Subtracts another number if it is not greater; false if it is.
    #[expect(clippy::cast_possible_truncation, reason = "the borrow is carried on")]
    fn subtract(&mut self, other: &Big) -> bool {
        let greater =
            self.0.len().cmp(&other.0.len()).then_with(|| self.0.iter().rev().cmp(other.0.iter().rev()));
        if greater.is_lt() {
            return false;
        }
        let mut borrow = 0_u64;
        let others = other.0.iter().copied().chain(std::iter::repeat(0));
        for (limb, other) in self.0.iter_mut().zip(others) {
            let difference = (1_u64 << 32) + u64::from(*limb) - u64::from(other) - borrow;
            *limb = difference as u32;
            borrow = 1 - (difference >> 32);
        }
        self.trim();
        true
    }

    fn trim(&mut self) {
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn same(text: &str) {
        let (ours, std) = (parse(text), text.parse::<f64>().ok());
        assert_eq!(ours.map(f64::to_bits), std.map(f64::to_bits), "{text}");
    }

    #[test]
    fn hard_texts_give_what_the_standard_library_gives() {
        let long = "9".repeat(900);
        for text in [
            "0",
            "-0",
            "+1",
            "1.",
            ".5",
            ".",
            "",
            "e5",
            "1e",
            "1e+",
            "1e5",
            "1E-5",
            "inf",
            "-Infinity",
            "nan",
            "0x1",
            "1_0",
            " 1",
            "１",
            "1e400",
            "1e-400",
            "1e99999999999999999999",
            "0e99999999999999999999",
            "2.2250738585072011e-308",
            "2.2250738585072014e-308",
            "4.9e-324",
            "2.4703282292062327e-324",
            "2.4703282292062328e-324",
            "1.7976931348623157e308",
            "1.7976931348623158e308",
            "1.7976931348623159e308",
            "9007199254740993",
            "9007199254740992.5",
            "9007199254740993.00000000000000000001",
            "0.1",
            "0.3",
            "1e23",
            "8.5e22",
            "6.02214076e23",
            "123456789012345678901234567890",
            "0.000000000000000000000000000001",
        ] {
            same(text);
        }
        same(&long);
        same(&format!("0.{long}e-20"));
        same(&format!("1{}1", "0".repeat(900)));
        same(&format!("9007199254740993{}1e-900", "0".repeat(900)));
        same(&format!("0.{}1", "0".repeat(400)));
    }

    proptest! {
        #[test]
        fn every_float_comes_back(bits in any::<u64>()) {
            let number = f64::from_bits(bits);
            prop_assume!(number.is_finite());
            prop_assert_eq!(parse(&format!("{number:e}")).map(f64::to_bits), Some(bits));
            same(&format!("{number:.20e}"));
        }

        #[test]
        fn texts_give_what_the_standard_library_gives(text in "[-+]?[0-9]{0,25}(\\.[0-9]{0,25})?([eE][-+]?[0-9]{0,3})?") {
            same(&text);
        }
    }
}
