//! Text normalisation: one form for the many ways in which the same Japanese or Latin text is typed.

use std::borrow::Cow;
#[cfg(not(feature = "nfkc"))]
use std::sync::OnceLock;

/// The form in which texts are compared: NFKC (full-width letters and digits become plain, half-width kana and
/// ligatures such as ㈱ become whole), hiragana as katakana, lower case, dashes that stand for a long vowel or a
/// hyphen unified, and white space trimmed and folded to single spaces.
///
/// Normalising twice gives the same as normalising once. A build without the feature `nfkc` needs
/// [`use_platform_nfkc`] first: without it compatibility forms stay as they are, and playbooks that name
/// `normalize` are refused.
///
/// ```
/// # #[cfg(feature = "nfkc")]
/// assert_eq!(ikusei::normalize_text("ＡＢＣ　ｶﾌﾞｼｷ ガイシャ"), ikusei::normalize_text("abc かぶしき がいしゃ"));
/// ```
#[must_use]
pub fn normalize_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    // Lower-casing can leave NFKC ("İ" becomes "i" and a combining dot), hence the second pass.
    let lower: String = nfkc(text).chars().flat_map(char::to_lowercase).collect();
    for c in nfkc(&lower).chars().map(fold) {
        if c.is_whitespace() {
            if !out.is_empty() && !out.ends_with(' ') {
                out.push(' ');
            }
        } else {
            out.push(c);
        }
    }
    if out.ends_with(' ') {
        out.pop();
    }
    out
}

/// Unicode's form NFKC.
#[cfg(feature = "nfkc")]
pub(crate) fn nfkc(text: &str) -> Cow<'_, str> {
    use unicode_normalization::UnicodeNormalization;
    if text.is_ascii() { Cow::Borrowed(text) } else { Cow::Owned(text.nfkc().collect()) }
}

/// Unicode's form NFKC.
#[cfg(not(feature = "nfkc"))]
pub(crate) fn nfkc(text: &str) -> Cow<'_, str> {
    match PLATFORM.get() {
        Some(nfkc) if !text.is_ascii() => Cow::Owned(nfkc(text)),
        _ => Cow::Borrowed(text),
    }
}

/// Whether this build can bring texts into the form NFKC.
pub(crate) fn has_nfkc() -> bool {
    #[cfg(feature = "nfkc")]
    return true;
    #[cfg(not(feature = "nfkc"))]
    return PLATFORM.get().is_some();
}

/// What the platform offers, where the build brings no tables of its own. Like the feature that it stands for it is
/// part of the build, not state: set once, before anything else, and never changed.
#[cfg(not(feature = "nfkc"))]
static PLATFORM: OnceLock<fn(&str) -> String> = OnceLock::new();

/// Hands in the platform's NFKC, for builds without the feature `nfkc`; those with it ignore it.
///
/// The tables are a quarter of the browser package, and every browser has them as `String.prototype.normalize`.
/// Unicode never changes the form of a character once assigned, so the two agree on every character that both know.
pub fn use_platform_nfkc(nfkc: fn(&str) -> String) {
    #[cfg(not(feature = "nfkc"))]
    PLATFORM.get_or_init(|| nfkc);
    #[cfg(feature = "nfkc")]
    let _ = nfkc;
}

fn fold(c: char) -> char {
    match c {
        // Hiragana and katakana stand 0x60 apart.
        '\u{3041}'..='\u{3096}' | '\u{309D}'..='\u{309E}' => char::from_u32(u32::from(c) + 0x60).unwrap_or(c),
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{FE58}' | '\u{FE63}' => '-',
        _ => c,
    }
}

/// A name as one part of a JSON Pointer.
pub(crate) fn pointer_escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

#[cfg(all(test, feature = "nfkc"))]
mod tests {
    use super::*;

    #[test]
    fn the_same_text_in_other_clothes_meets() {
        for (a, b) in [
            ("㈱アクメ", "(株)アクメ"),
            ("ｱｸﾒ ｼﾞｬﾊﾟﾝ", "アクメ　ジャパン"),
            ("ＡＣＭＥ", "acme"),
            ("がぎぐ", "ガギグ"),
            ("東京−大阪", "東京‐大阪"),
            ("  a \t b ", "A B"),
        ] {
            assert_eq!(normalize_text(a), normalize_text(b));
        }
        assert_ne!(normalize_text("ハハ"), normalize_text("パパ"));
    }

    #[test]
    fn twice_is_once() {
        for text in ["İstanbul", "ﾊﾟﾊﾟ㍿", "Ⅻ　ﬁ", "ǅ", "a\u{301}\u{200d}", "ΑΣ"] {
            let once = normalize_text(text);
            assert_eq!(normalize_text(&once), once, "{text}");
        }
    }
}
