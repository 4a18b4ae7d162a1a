//! JSON in one spelling, so that equal values have equal bytes and so equal hashes in every language.

use serde_json::Value;

use super::hash::hex_digest;

/// The JSON Canonicalization Scheme (RFC 8785): no white space, keys in the order of their UTF-16 units, numbers as
/// ECMAScript writes them. Beyond it, a whole number keeps all its digits.
pub(crate) fn canonical(value: &Value) -> String {
    let mut out = String::new();
    write(value, &mut out);
    out
}

/// `sha256:` and the digest of the canonical text.
pub(crate) fn digest(value: &Value) -> String {
    format!("sha256:{}", hex_digest(canonical(value).as_bytes()))
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.push(']');
        }
        Value::Object(entries) => {
            let mut entries: Vec<_> = entries.iter().collect();
            entries.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
            out.push('{');
            for (index, (key, item)) in entries.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write(&Value::String(key.clone()), out);
                out.push(':');
                write(item, out);
            }
            out.push('}');
        }
        Value::Number(number) if number.is_f64() => float(number.as_f64().unwrap_or_default(), out),
        // The library escapes texts as the scheme says, and cannot fail on a text, a whole number or a word.
        scalar => out.push_str(&serde_json::to_string(scalar).unwrap_or_default()),
    }
}

/// A number as `Number.prototype.toString` writes it: the shortest digits that give it back.
fn float(number: f64, out: &mut String) {
    if number == 0.0 {
        out.push('0');
        return;
    }
    let text = format!("{:e}", number.abs());
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if number < 0.0 {
        out.push('-');
    }
    let count = i32::try_from(digits.len()).unwrap_or(i32::MAX);
    // Where the decimal point stands, counted from the first digit.
    let point = exponent + 1;
    let zeros = |count: i32| "0".repeat(usize::try_from(count).unwrap_or(0));
    match point {
        1..=21 if count <= point => {
            out.push_str(&digits);
            out.push_str(&zeros(point - count));
        }
        1..=21 => {
            let (whole, rest) = digits.split_at(usize::try_from(point).unwrap_or(0));
            out.push_str(whole);
            out.push('.');
            out.push_str(rest);
        }
        -5..=0 => {
            out.push_str("0.");
            out.push_str(&zeros(-point));
            out.push_str(&digits);
        }
        _ => {
            let (first, rest) = digits.split_at(1);
            out.push_str(first);
            if !rest.is_empty() {
                out.push('.');
                out.push_str(rest);
            }
            out.push('e');
            if exponent > 0 {
                out.push('+');
            }
            out.push_str(&exponent.to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical_text(text: &str) -> String {
        canonical(&serde_json::from_str(text).unwrap())
    }

    /// The examples of RFC 8785, sections 3.2.2, 3.2.3 and appendix B.
    #[test]
    fn it_is_the_scheme_of_the_rfc() {
        let text = r#"{"numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
            "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false]}"#;
        let expected = r#"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}"#;
        assert_eq!(canonical_text(text), expected);
        let text =
            r#"{"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\ud83d\ude00": 5, "\u0080": 6, "\u00f6": 7}"#;
        assert_eq!(
            canonical_text(text),
            "{\"\\r\":2,\"1\":4,\"\u{80}\":6,\"ö\":7,\"€\":1,\"😀\":5,\"\u{fb33}\":3}"
        );
        for (number, written) in [
            ("-0.0", "0"),
            ("5e-324", "5e-324"),
            ("-1.7976931348623157e308", "-1.7976931348623157e+308"),
            ("9007199254740994.0", "9007199254740994"),
            ("295147905179352830000.0", "295147905179352830000"),
            ("1e21", "1e+21"),
            ("999999999999999900000.0", "999999999999999900000"),
            ("9.999999999999997e22", "9.999999999999997e+22"),
            ("0.000001", "0.000001"),
            ("1e-7", "1e-7"),
            ("-0.0000033333333333333333", "-0.0000033333333333333333"),
            ("333333333.33333325", "333333333.33333325"),
            ("12345678901234567", "12345678901234567"),
        ] {
            assert_eq!(canonical_text(number), written, "{number}");
        }
    }

    #[test]
    fn spelling_does_not_matter() {
        let (a, b) = (r#"{"b": 20.0, "a": [1e2, "\u4f1a"]}"#, r#"{"a":[100,"会"],"b":20}"#);
        assert_eq!(canonical_text(a), canonical_text(b));
        assert_eq!(digest(&serde_json::from_str(a).unwrap()), digest(&serde_json::from_str(b).unwrap()));
    }
}
