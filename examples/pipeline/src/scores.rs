//! Cells for `scores.csv` that no spreadsheet mistakes for a formula.

use std::borrow::Cow;

/// A text that a spreadsheet takes as a text: one that begins like a formula gets an apostrophe in front.
///
/// ```
/// assert_eq!(pipeline::scores::harmless("=HYPERLINK(1)"), "'=HYPERLINK(1)");
/// assert_eq!(pipeline::scores::harmless("株式会社みずの杜"), "株式会社みずの杜");
/// ```
#[must_use]
pub fn harmless(text: &str) -> Cow<'_, str> {
    // A tab or a line break in front is skipped by some programs; full-width signs are read as plain ones.
    let begins = text.trim_start().chars().next();
    let formula = matches!(begins, Some('=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠'));
    if formula || text.starts_with(['\t', '\r', '\n']) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}
