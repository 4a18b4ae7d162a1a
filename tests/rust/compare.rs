//! Comparing whole results as JSON.

use serde_json::Value;

/// Where two values differ, as a JSON Pointer with both sides; nothing if they are equal.
///
/// The order of keys is irrelevant, and a number is its value: `20` and `20.0` are equal.
pub(crate) fn difference(expected: &Value, found: &Value) -> Option<String> {
    differ(expected, found, &mut String::new())
}

fn differ(expected: &Value, found: &Value, path: &mut String) -> Option<String> {
    let told = |path: &str| {
        let place = if path.is_empty() { "the whole" } else { path };
        Some(format!("at {place}:\n  expected {expected}\n  found    {found}"))
    };
    match (expected, found) {
        (Value::Object(a), Value::Object(b)) => {
            for key in a.keys().chain(b.keys()) {
                let length = path.len();
                path.push('/');
                path.push_str(&key.replace('~', "~0").replace('/', "~1"));
                let difference = match (a.get(key), b.get(key)) {
                    (Some(a), Some(b)) => differ(a, b, path),
                    (a, b) => Some(format!("at {path}:\n  expected {}\n  found    {}", show(a), show(b))),
                };
                if difference.is_some() {
                    return difference;
                }
                path.truncate(length);
            }
            None
        }
        (Value::Array(a), Value::Array(b)) => {
            for (index, (a, b)) in a.iter().zip(b).enumerate() {
                let length = path.len();
                path.push_str(&format!("/{index}"));
                if let Some(difference) = differ(a, b, path) {
                    return Some(difference);
                }
                path.truncate(length);
            }
            if a.len() == b.len() { None } else { told(path) }
        }
        (Value::Number(a), Value::Number(b)) if same_number(a, b) => None,
        _ if expected == found => None,
        _ => told(path),
    }
}

fn show(value: Option<&Value>) -> String {
    value.map_or_else(|| "nothing".to_owned(), Value::to_string)
}

fn same_number(a: &serde_json::Number, b: &serde_json::Number) -> bool {
    match (a.as_i64(), b.as_i64()) {
        (Some(a), Some(b)) => a == b,
        // Bits, so that no tolerance creeps in; adding zero makes the two zeros one.
        _ => a.as_f64().map(|a| (a + 0.0).to_bits()) == b.as_f64().map(|b| (b + 0.0).to_bits()),
    }
}
