//! How alike two values are, in millionths. Values are brought into one normal text first, so that a table of a
//! million rows compares plain strings.

use super::policy::Likeness;
use crate::base::text::normalize_text;
use crate::capture::cleanse::compile::Cleansers;
use crate::capture::cleanse::policy::Cleaner;
use crate::capture::cleanse::{company, email};
use crate::lead::value::Value;

/// Wholly alike.
pub(crate) const ONE: u32 = 1_000_000;

/// Parts company key and legal form.
const FORM: char = '\u{1f}';

/// The normal text of a value, or `None` where it says nothing.
pub(crate) fn normal(cleansers: &Cleansers, by: Likeness, raw: &Value) -> Option<String> {
    let clean = |cleaner| cleansers.value(cleaner, raw);
    let text = match by {
        Likeness::Exact | Likeness::Text => normalize_text(clean(Cleaner::Text).text()?),
        Likeness::Name => company::bare(clean(Cleaner::Person).text()?),
        Likeness::Company => {
            let cleansed = clean(Cleaner::Company);
            let key = cleansed.parts.get("key")?;
            let form = cleansed.parts.get("form").map_or("", String::as_str);
            let position = cleansed.parts.get("position").map_or("", String::as_str);
            format!("{key}{FORM}{position}{FORM}{form}")
        }
        Likeness::Email => clean(Cleaner::Email).text()?.to_owned(),
        Likeness::Phone => clean(Cleaner::Phone).text()?.to_owned(),
        Likeness::Domain => domain(&clean(Cleaner::Text))?,
    };
    (!text.is_empty()).then_some(text)
}

/// How alike two normal texts are in millionths, and what part of the field's weight that is worth in percent: a
/// person has several addresses and changes companies, but not names.
pub(crate) fn compare(by: Likeness, a: &str, b: &str) -> (u32, i64) {
    if a == b {
        return (ONE, 100);
    }
    let half = |similarity: u32| (similarity, if similarity < ONE / 2 { 50 } else { 100 });
    match by {
        Likeness::Exact => half(0),
        Likeness::Domain => (0, 40),
        Likeness::Text => half(jaro_winkler(a, b)),
        Likeness::Name => (name(a, b), 100),
        Likeness::Company => (companies(a, b), 100),
        Likeness::Email => emails(a, b),
        Likeness::Phone => phones(a, b),
    }
}

/// What of a normal text tells one value from another: of a company, its key.
pub(crate) fn core(text: &str) -> &str {
    text.split_once(FORM).map_or(text, |(key, _)| key)
}

fn domain(cleansed: &crate::capture::cleanse::Cleansed) -> Option<String> {
    let text = cleansed.text()?.to_lowercase();
    let host = match email::split(&text) {
        Some((_, domain)) => domain,
        None => {
            let rest = text.split_once("://").map_or(text.as_str(), |(_, rest)| rest);
            rest.split(['/', '?', '#', ':']).next()?
        }
    };
    let host = host.strip_prefix("www.").unwrap_or(host);
    (host.contains('.') && !email::is_free(host)).then(|| host.to_owned())
}

/// One wrong character in a short name makes another person; in a long one it is a typing error.
fn name(a: &str, b: &str) -> u32 {
    let latin = |text: &str| text.is_ascii();
    if latin(a) && latin(b) {
        let direct = jaro_winkler(a, b);
        return sharpen(direct, 700_000);
    }
    let (length_a, length_b) = (a.chars().count(), b.chars().count());
    // `山田` beside `山田太郎`: one of the parts is missing.
    let (short, long) = if length_a < length_b { (a, b) } else { (b, a) };
    if length_a.min(length_b) >= 2 && long.starts_with(short) {
        return 600_000;
    }
    spelling(a, b, length_a, length_b)
}

fn companies(a: &str, b: &str) -> u32 {
    let part = |text| str::split_once(text, FORM).unwrap_or((text, ""));
    let ((key_a, form_a), (key_b, form_b)) = (part(a), part(b));
    if key_a == key_b {
        // A form left out says nothing; another one, or in another place, may be another company.
        let silent = |form: &str| form.trim_matches(FORM).is_empty();
        return if silent(form_a) || silent(form_b) { 980_000 } else { 800_000 };
    }
    let (count_a, count_b) = (key_a.chars().count(), key_b.chars().count());
    let similarity = spelling(key_a, key_b, count_a, count_b);
    // アクメ販売 and アクメ西日本 are of アクメ's group, not アクメ.
    let longer = count_a.abs_diff(count_b) >= 2;
    if longer && (key_a.starts_with(key_b) || key_b.starts_with(key_a)) { 300_000 } else { similarity }
}

fn emails(a: &str, b: &str) -> (u32, i64) {
    let (Some((local_a, domain_a)), Some((local_b, domain_b))) = (email::split(a), email::split(b)) else {
        return (0, 100);
    };
    if domain_a == domain_b && !email::is_free(domain_a) {
        // `taro2@` is another Taro; `tarou@` may be a slip of the finger.
        let plain = |local: &str| local.chars().filter(|c| !c.is_ascii_digit()).collect::<String>();
        let long = local_a.chars().count().min(local_b.chars().count()) >= 6;
        let slip = long && plain(local_a) != plain(local_b) && strsim::osa_distance(local_a, local_b) == 1;
        return if slip { (850_000, 100) } else { (0, 100) };
    }
    if local_a == local_b && local_a.len() >= 5 && !email::is_role(local_a) {
        // A mailbox that moved to another domain. Its name mostly repeats the person's, so it adds little to that.
        return (500_000, 50);
    }
    // A private address beside one of the company says next to nothing.
    if email::is_free(domain_a) || email::is_free(domain_b) { (0, 20) } else { (0, 40) }
}

fn phones(a: &str, b: &str) -> (u32, i64) {
    if a.len() == b.len() {
        // One wrong digit, or two that changed places.
        let (a, b) = differing(a, b);
        if a.len() <= 2 && strsim::osa_distance(a, b) == 1 {
            return (500_000, 100);
        }
    }
    // Japanese mobile numbers are longer by a digit: a mobile beside a desk says nothing.
    (0, if a.len() == b.len() { 40 } else { 10 })
}

/// How alike two texts of so many characters are written; below six tenths they are just different.
fn spelling(a: &str, b: &str, length_a: usize, length_b: usize) -> u32 {
    let left = |edits| sharpen(share(length_a.max(length_b), edits), 600_000);
    // There are at least so many edits; mostly that is enough to know.
    if left(length_a.abs_diff(length_b)) == 0 || left(strangers(a, b).max(strangers(b, a))) == 0 {
        return 0;
    }
    left(edits(a, b))
}

/// At least so many characters of `a` are not in `b`; each is an edit.
fn strangers(a: &str, b: &str) -> usize {
    let bit = |c: char| 1_u64 << (u32::from(c) % 64);
    let there = b.chars().fold(0, |there, c| there | bit(c));
    a.chars().filter(|c| there & bit(*c) == 0).count()
}

/// Optimal string alignment; what begins and ends alike needs no edits.
fn edits(a: &str, b: &str) -> usize {
    let (a, b) = differing(a, b);
    if a.is_empty() || b.is_empty() {
        a.chars().count() + b.chars().count()
    } else {
        strsim::osa_distance(a, b)
    }
}

/// Two texts without what they begin and end alike with.
fn differing<'t>(a: &'t str, b: &'t str) -> (&'t str, &'t str) {
    let alike = |pairs: &mut dyn Iterator<Item = (char, char)>| -> usize {
        pairs.take_while(|(a, b)| a == b).map(|(c, _)| c.len_utf8()).sum()
    };
    let start = alike(&mut a.chars().zip(b.chars()));
    let (a, b) = (a.get(start..).unwrap_or(a), b.get(start..).unwrap_or(b));
    let end = alike(&mut a.chars().rev().zip(b.chars().rev()));
    let cut = |text: &'_ str| text.len().saturating_sub(end);
    (a.get(..cut(a)).unwrap_or(a), b.get(..cut(b)).unwrap_or(b))
}

/// What part of a number of characters is left after some edits.
fn share(length: usize, edits: usize) -> u32 {
    let (Ok(length), Ok(edits)) = (u64::try_from(length), u64::try_from(edits)) else { return 0 };
    let left = length.saturating_sub(edits) * u64::from(ONE);
    left.checked_div(length).and_then(|share| u32::try_from(share).ok()).unwrap_or(0)
}

/// Stretches what lies above `floor` over the whole range: below it things are just different.
fn sharpen(similarity: u32, floor: u32) -> u32 {
    let above = u64::from(similarity.saturating_sub(floor)) * u64::from(ONE);
    above.checked_div(u64::from(ONE - floor)).and_then(|share| u32::try_from(share).ok()).unwrap_or(0)
}

fn jaro_winkler(a: &str, b: &str) -> u32 {
    // Divisions and sums of small whole numbers: the same bits on every platform.
    let millionths = (strsim::jaro_winkler(a, b) * 1_000_000.0).round().clamp(0.0, 1_000_000.0);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "whole and within 0 to a million"
    )]
    let whole = millionths as u32;
    whole
}
