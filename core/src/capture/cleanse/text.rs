//! Steps that every kind of text goes through: invisible characters, width, white space.

use super::Cleansed;
use crate::base::nfkc::nfkc;

/// A text without invisible characters, in plain width, with single spaces and trimmed; `None` if nothing is left.
pub(crate) fn tidy(raw: &str) -> Option<Cleansed> {
    let mut work = Cleansed::of_text(raw);
    let visible: String = raw.chars().filter(|c| !is_invisible(*c)).collect();
    work.step("invisible", visible.clone());
    let plain = width(&visible);
    work.step("width", plain.clone());
    let spaced = spaces(&plain);
    work.step("spaces", spaced.clone());
    (!spaced.is_empty()).then_some(work)
}

/// NFKC, but with what Japanese keyboards give for it taken as meant: `～` stays a wave.
pub(crate) fn width(text: &str) -> String {
    nfkc(text).into_owned()
}

pub(crate) fn spaces(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// Characters that show nothing and make equal texts differ: controls, zero-width marks, byte-order marks.
fn is_invisible(c: char) -> bool {
    (c.is_control() && !c.is_whitespace())
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
}

/// True for the many dashes that stand for a hyphen, the long-vowel mark included.
pub(crate) fn is_dash(c: char) -> bool {
    matches!(
        c,
        '-' | '\u{2010}'
            ..='\u{2015}'
                | '\u{2212}'
                | '\u{fe58}'
                | '\u{fe63}'
                | '\u{ff0d}'
                | '\u{30fc}'
                | '\u{ff70}'
                | '\u{2500}'
    )
}

/// Lower case in plain width: lower-casing alone can leave it (`İ` becomes `i` and a dot).
pub(crate) fn lower(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let lower: String = text.chars().flat_map(char::to_lowercase).collect();
    nfkc(&lower).into_owned()
}

/// A text in lower case with tidy spaces: how words of rule lists are compared.
pub(crate) fn word(text: &str) -> String {
    spaces(&lower(&width(text)))
}

/// A person's name: one space between its parts; a name wholly in Latin capitals or lower case stays as typed.
pub(crate) fn person(raw: &str) -> Option<Cleansed> {
    let mut work = tidy(raw)?;
    let name =
        without_honorific(work.text().unwrap_or_default(), &["様", "さま", "殿", "御中", "先生"]).to_owned();
    work.step("honorific", name);
    Some(work)
}

/// A name without the polite words behind it, as long as something of a name is left.
pub(crate) fn without_honorific<'a>(name: &'a str, honorifics: &[&str]) -> &'a str {
    let mut name = name;
    while let Some(shorter) =
        honorifics.iter().find_map(|honorific| name.strip_suffix(honorific)).map(str::trim_end)
        && shorter.chars().filter(|c| c.is_alphanumeric()).count() > 1
    {
        name = shorter;
    }
    name
}

/// A web address: scheme and host in lower case, `https://` where no scheme was typed, no trailing slash alone.
pub(crate) fn url(raw: &str) -> Option<Cleansed> {
    let mut work = tidy(raw)?;
    let text = work.text().unwrap_or_default().to_owned();
    let (scheme, rest) = text.split_once("://").unwrap_or(("", &text));
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, path) = rest.split_at_checked(end).unwrap_or((rest, ""));
    let bad = host.is_empty()
        || host.contains(char::is_whitespace)
        || !host.contains('.')
        || host.starts_with('.')
        || !(scheme.is_empty() || ["http", "https"].contains(&scheme.to_ascii_lowercase().as_str()));
    if bad {
        return Some(work.refuse("a web address", "give one such as `https://www.example.co.jp/`"));
    }
    if scheme.is_empty() {
        work.step("scheme", format!("https://{text}"));
    }
    let scheme = if scheme.is_empty() { "https".to_owned() } else { scheme.to_ascii_lowercase() };
    let path = if path == "/" { "" } else { path };
    let lower = lower(host);
    work.step("host_case", format!("{scheme}://{lower}{path}"));
    Some(work)
}
