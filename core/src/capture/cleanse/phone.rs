//! Telephone numbers to E.164. Japan needs no library; other countries use one where the build has it.

use super::policy::PhoneRules;
use super::{Cleansed, text};

const HELP: &str = "give the number with its area code, such as `03-1234-5678`, or with a country code, such as `+81 3 1234 5678`";

/// A telephone number as E.164, its extension apart; refused where nobody could be called.
pub(crate) fn clean(raw: &str, rules: &PhoneRules) -> Option<Cleansed> {
    let mut work = text::tidy(raw)?;
    let typed = text::word(work.text().unwrap_or_default());
    let (number, extension) = split_extension(&typed);
    let (number, others) = first_of_several(number);
    let Some(Dialled { plus, digits }) = dialled(number) else {
        return Some(work.refuse("a telephone number", HELP));
    };
    let japanese = if plus {
        digits
            .strip_prefix("81")
            .map(|national| (national.trim_start_matches('0').to_owned(), "country_code"))
    } else if rules.region == "JP" {
        // The library would take numbers of Japan that nobody has, such as ten digits from 120 on.
        match in_japan(&digits) {
            None => return Some(work.refuse("a telephone number", HELP)),
            found => found,
        }
    } else {
        None
    };
    let (e164, rule) = match japanese {
        Some((subscriber, rule)) => {
            let Some(kind) = japanese_kind(&subscriber) else {
                return Some(work.refuse("a telephone number", HELP));
            };
            work.part("line", kind);
            (format!("+81{subscriber}"), rule)
        }
        None => match elsewhere(number, plus, &digits, &rules.region) {
            Ok((e164, confidence)) => {
                if let Some(confidence) = confidence {
                    work.doubt(confidence);
                }
                (e164, "e164")
            }
            Err(help) => return Some(work.refuse("a telephone number", help)),
        },
    };
    if let Some(extension) = extension {
        work.part("extension", extension);
        work.rule("extension");
    }
    if let Some(others) = others {
        work.part("others", others);
        work.rule("first_of_several");
    }
    if rule == "leading_zero" {
        work.doubt(800_000);
        work.rule(rule);
    }
    work.step("e164", e164);
    Some(work)
}

struct Dialled {
    plus: bool,
    digits: String,
}

/// `内線123`, `(内) 123`, `ext. 123`, `x123`, `;ext=123`.
fn split_extension(typed: &str) -> (&str, Option<String>) {
    for marker in ["内線番号", "内線", "(内)", ";ext=", "extension", "ext.", "ext", "x"] {
        if let Some((number, rest)) = typed.rsplit_once(marker) {
            let digits: String = rest.chars().filter(char::is_ascii_digit).collect();
            let only = rest
                .chars()
                .all(|c| c.is_ascii_digit() || matches!(c, ' ' | ':' | '.' | ')' | '(' | '-' | '='));
            if (1..=7).contains(&digits.len()) && only {
                return (number.trim_end_matches([' ', '(', ',', ';', '/']), Some(digits));
            }
        }
    }
    (typed, None)
}

/// `03-1234-5678 / 090-1234-5678`: the first counts, the others are kept apart.
fn first_of_several(number: &str) -> (&str, Option<String>) {
    for separator in ['/', '、', ',', ';', '，'] {
        if let Some((first, rest)) = number.split_once(separator) {
            let digits = |part: &str| part.chars().filter(char::is_ascii_digit).count();
            if digits(first) >= 9 && digits(rest) >= 9 {
                return (first, Some(rest.trim().to_owned()));
            }
        }
    }
    (number, None)
}

fn dialled(number: &str) -> Option<Dialled> {
    let mut rest = number.trim();
    for label in ["tel", "phone", "電話番号", "電話", "携帯", "直通", "代表", "fax", "mobile"] {
        if let Some(after) = rest.strip_prefix(label) {
            rest = after.trim_start_matches([' ', ':', '.', '/']);
        }
    }
    for label in ["(代表)", "(代)", "(直通)", "(直)", "(携帯)", "代表", "(main)"] {
        if let Some(before) = rest.strip_suffix(label) {
            rest = before.trim_end();
        }
    }
    // `+81 (0)3`: the zero is dialled inside the country only.
    let rest = rest.replace("(0)", "");
    let (plus, rest) = match rest.strip_prefix('+') {
        Some(rest) => (true, rest.to_owned()),
        None => (false, rest),
    };
    let fine = |c: char| {
        c.is_ascii_digit() || text::is_dash(c) || matches!(c, ' ' | '(' | ')' | '.' | '~' | '[' | ']' | '・')
    };
    if !rest.chars().all(fine) {
        return None;
    }
    let digits: String = rest.chars().filter(char::is_ascii_digit).collect();
    // The prefixes under which the rest of the world is dialled, from Japan and from most other places.
    let international = digits.strip_prefix("010").or_else(|| digits.strip_prefix("00")).filter(|_| !plus);
    match international {
        Some(rest) if rest.len() >= 8 && !rest.starts_with('0') => {
            Some(Dialled { plus: true, digits: rest.to_owned() })
        }
        _ if (3..=17).contains(&digits.len()) => Some(Dialled { plus, digits }),
        _ => None,
    }
}

/// Digits dialled in Japan, without the leading zero, and the rule that found it.
fn in_japan(digits: &str) -> Option<(String, &'static str)> {
    if let Some(subscriber) = digits.strip_prefix('0') {
        return Some((subscriber.to_owned(), "e164"));
    }
    if let Some(subscriber) = digits.strip_prefix("81").filter(|rest| matches!(rest.len(), 9..=11)) {
        let subscriber = subscriber.trim_start_matches('0');
        if japanese_kind(subscriber).is_some() {
            return Some((subscriber.to_owned(), "country_code"));
        }
    }
    // A spreadsheet took the number for a number and ate the zero.
    japanese_kind(digits).map(|_| (digits.to_owned(), "leading_zero"))
}

/// What kind of line a number without its leading zero is; `None` for one that cannot exist.
fn japanese_kind(subscriber: &str) -> Option<&'static str> {
    let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| subscriber.starts_with(prefix));
    if !subscriber.bytes().all(|byte| byte.is_ascii_digit()) || subscriber.starts_with('0') {
        return None;
    }
    match subscriber.len() {
        10 if starts(&["60", "70", "80", "90"]) => {
            Some(if subscriber.starts_with("800") { "free" } else { "mobile" })
        }
        10 if starts(&["50"]) => Some("ip"),
        10 if starts(&["20"]) => Some("data"),
        9 if starts(&["120"]) => Some("free"),
        9 if starts(&["570"]) => Some("shared_cost"),
        9 if !starts(&["50", "60", "70", "80", "90", "20"]) => Some("fixed"),
        _ => None,
    }
}

#[cfg(feature = "phones")]
fn elsewhere(
    number: &str,
    plus: bool,
    digits: &str,
    region: &str,
) -> Result<(String, Option<u32>), &'static str> {
    let country = region.parse::<phonenumber::country::Id>().ok();
    let text = if plus { format!("+{digits}") } else { number.to_owned() };
    match phonenumber::parse(country, text) {
        Ok(parsed) if phonenumber::is_valid(&parsed) => {
            Ok((parsed.format().mode(phonenumber::Mode::E164).to_string(), None))
        }
        _ => Err(HELP),
    }
}

/// Without a library only the shape of an international number can be checked.
#[cfg(not(feature = "phones"))]
fn elsewhere(_: &str, plus: bool, digits: &str, _: &str) -> Result<(String, Option<u32>), &'static str> {
    if plus && (8..=15).contains(&digits.len()) && !digits.starts_with('0') {
        Ok((format!("+{digits}"), Some(700_000)))
    } else {
        Err(HELP)
    }
}

/// True if this build can read national numbers of the region.
pub(crate) fn knows_region(region: &str) -> Option<bool> {
    let shape = region.len() == 2 && region.bytes().all(|byte| byte.is_ascii_uppercase());
    if region == "JP" {
        return Some(true);
    }
    #[cfg(feature = "phones")]
    let known = region.parse::<phonenumber::country::Id>().is_ok();
    #[cfg(not(feature = "phones"))]
    let known = false;
    shape.then_some(known)
}
