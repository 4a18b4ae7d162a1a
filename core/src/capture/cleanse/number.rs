//! Numbers and amounts of money in any digits: `１，０００`, `1億2,000万`, `三千`, `$1,117.10K`, `▲1,200円`.

use rust_decimal::Decimal;

use super::text;
use crate::base::money::Money;

/// The number that a text says; `None` if it does not say one.
pub(crate) fn number(raw: &str) -> Option<Decimal> {
    let word = text::word(raw);
    let (sign, body) = sign(&word);
    let body =
        body.trim_end_matches(['名', '人', '件', '社', '個', '台', '%', '+', '~', '以', '上', '約']).trim();
    magnitude(body.trim_start_matches(['約', '~', ' ']))
        .and_then(|number| number.checked_mul(sign))
        .map(|number| if number.is_zero() { Decimal::ZERO } else { number })
}

/// The amount that a text says, in the currency that it names, or else in the one given.
pub(crate) fn money(raw: &str, currency: Option<&str>) -> Option<Money> {
    let word = text::word(raw);
    let (mut sign, body) = sign(&word);
    let (body, before) = strip_currency(body, true);
    let (body, after) = strip_currency(body, false);
    // `$-5`
    let (inner, body) = self::sign(body);
    sign = sign.checked_mul(inner)?;
    let code = match (before, after) {
        // `US$ 5 USD` says it twice; two different ones say nothing.
        (Some(before), Some(after)) if before != after => return None,
        (Some(code), _) | (None, Some(code)) => code,
        (None, None) => currency?,
    };
    let amount = magnitude(body)?.checked_mul(sign)?;
    format!("{amount} {code}").parse().ok()
}

fn sign(word: &str) -> (Decimal, &str) {
    let word = word.trim();
    if let Some(inner) = word.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        return (Decimal::NEGATIVE_ONE, inner.trim());
    }
    let mut chars = word.chars();
    match chars.next() {
        Some('▲' | '△') => (Decimal::NEGATIVE_ONE, chars.as_str().trim()),
        Some('+') => (Decimal::ONE, chars.as_str().trim()),
        Some(c) if text::is_dash(c) => (Decimal::NEGATIVE_ONE, chars.as_str().trim()),
        _ => (Decimal::ONE, word),
    }
}

/// Signs and words of currencies, longer ones first.
const CURRENCIES: [(&str, &str); 18] = [
    ("us$", "USD"),
    ("usドル", "USD"),
    ("米ドル", "USD"),
    ("a$", "AUD"),
    ("hk$", "HKD"),
    ("s$", "SGD"),
    ("ユーロ", "EUR"),
    ("ポンド", "GBP"),
    ("ドル", "USD"),
    ("yen", "JPY"),
    ("円", "JPY"),
    ("¥", "JPY"),
    ("$", "USD"),
    ("€", "EUR"),
    ("£", "GBP"),
    ("₩", "KRW"),
    ("ウォン", "KRW"),
    ("元", "CNY"),
];
const CODES: [&str; 14] =
    ["JPY", "USD", "EUR", "GBP", "CNY", "KRW", "TWD", "HKD", "SGD", "AUD", "CAD", "CHF", "INR", "THB"];

fn strip_currency(body: &str, front: bool) -> (&str, Option<&'static str>) {
    let strip = |sign: &str| if front { body.strip_prefix(sign) } else { body.strip_suffix(sign) };
    for (sign, code) in CURRENCIES {
        if let Some(rest) = strip(sign) {
            return (rest.trim(), Some(code));
        }
    }
    for code in CODES {
        if let Some(rest) = strip(&code.to_ascii_lowercase()) {
            return (rest.trim(), Some(code));
        }
    }
    (body, None)
}

/// A number without sign: runs of digits or of kanji digits, scaled by units.
fn magnitude(body: &str) -> Option<Decimal> {
    let compact: String = body.chars().filter(|c| *c != ' ').collect();
    let (compact, scale) = latin_scale(&compact);
    let mut total = Decimal::ZERO;
    let mut section = Decimal::ZERO;
    let mut current: Option<Decimal> = None;
    let mut run = String::new();
    let mut ceiling = Decimal::MAX;
    let mut chars = compact.chars().peekable();
    while let Some(c) = chars.next() {
        if let Some(digit) = kanji_digit(c) {
            run.push(digit);
        } else if c.is_ascii_digit() || matches!(c, '.' | ',') {
            run.push(c);
        } else {
            if !run.is_empty() {
                current = Some(digits(&run)?);
                run.clear();
            }
            if let Some(unit) = small_unit(c) {
                section = section.checked_add(current.take().unwrap_or(Decimal::ONE).checked_mul(unit)?)?;
            } else {
                let unit = large_unit(c)?;
                section = section.checked_add(current.take().unwrap_or(Decimal::ZERO))?;
                // 万 after 億, never before it; and never a unit of nothing.
                if unit >= ceiling || section.is_zero() {
                    return None;
                }
                ceiling = unit;
                total = total.checked_add(section.checked_mul(unit)?)?;
                section = Decimal::ZERO;
            }
            continue;
        }
        if chars.peek().is_none() {
            current = Some(digits(&run)?);
        }
    }
    if compact.is_empty() {
        return None;
    }
    let number = total.checked_add(section)?.checked_add(current.unwrap_or(Decimal::ZERO))?;
    if scale == Decimal::ONE && total.is_zero() && section.is_zero() {
        return Some(number);
    }
    Some(number.checked_mul(scale)?.normalize())
}

fn latin_scale(compact: &str) -> (&str, Decimal) {
    const SCALES: [(&str, i64); 8] = [
        ("thousand", 1_000),
        ("million", 1_000_000),
        ("billion", 1_000_000_000),
        ("bn", 1_000_000_000),
        ("mm", 1_000_000),
        ("k", 1_000),
        ("m", 1_000_000),
        ("b", 1_000_000_000),
    ];
    for (word, scale) in SCALES {
        if let Some(rest) = compact.strip_suffix(word) {
            return (rest, Decimal::from(scale));
        }
    }
    (compact, Decimal::ONE)
}

/// `1,117.10`: commas must part groups of three, or of four as in Japan.
fn digits(run: &str) -> Option<Decimal> {
    let (whole, decimals) = run.split_once('.').unwrap_or((run, ""));
    if decimals.contains([',', '.']) || (run.ends_with('.')) {
        return None;
    }
    if whole.contains(',') {
        let mut groups = whole.split(',');
        let first = groups.next()?;
        let rest: Vec<&str> = groups.collect();
        let even =
            |size: usize| (1..=size).contains(&first.len()) && rest.iter().all(|group| group.len() == size);
        if !even(3) && !even(4) {
            return None;
        }
    }
    let plain: String = run.chars().filter(|c| *c != ',').collect();
    let plain = if plain.starts_with('.') { format!("0{plain}") } else { plain };
    Decimal::from_str_exact(&plain).ok()
}

fn kanji_digit(c: char) -> Option<char> {
    Some(match c {
        '〇' | '零' => '0',
        '一' | '壱' => '1',
        '二' | '弐' => '2',
        '三' | '参' => '3',
        '四' => '4',
        '五' => '5',
        '六' => '6',
        '七' => '7',
        '八' => '8',
        '九' => '9',
        _ => return None,
    })
}

fn small_unit(c: char) -> Option<Decimal> {
    Some(Decimal::from(match c {
        '十' | '拾' => 10,
        '百' => 100,
        '千' => 1_000,
        _ => return None,
    }))
}

fn large_unit(c: char) -> Option<Decimal> {
    Some(Decimal::from(match c {
        '万' | '萬' => 10_000_i64,
        '億' => 100_000_000,
        '兆' => 1_000_000_000_000,
        _ => return None,
    }))
}
