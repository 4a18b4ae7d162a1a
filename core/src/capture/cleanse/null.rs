//! Disguised nulls: what forms and people write where they know nothing.

use super::text;

/// Compared after [`text::word`]; runs of dashes, dots and question marks count besides these.
const WORDS: [&str; 42] = [
    "select",
    "please select",
    "select one",
    "-- select --",
    "--select--",
    "choose",
    "choose one",
    "n/a",
    "n.a.",
    "na",
    "#n/a",
    "none",
    "null",
    "nil",
    "nan",
    "undefined",
    "unknown",
    "not available",
    "not applicable",
    "not provided",
    "no answer",
    "tbd",
    "(blank)",
    "(null)",
    "不明",
    "未選択",
    "選択してください",
    "選択して下さい",
    "お選びください",
    "なし",
    "無し",
    "無",
    "特になし",
    "特に無し",
    "該当なし",
    "該当無し",
    "未入力",
    "未定",
    "未回答",
    "回答なし",
    "記入なし",
    "未設定",
];

/// True if a text says that nothing is known. `add` and `keep` are words in the form of [`text::word`].
pub(crate) fn is_disguised(raw: &str, add: &[String], keep: &[String]) -> bool {
    let word = text::word(raw);
    if word.is_empty() {
        return true;
    }
    if keep.contains(&word) {
        return false;
    }
    let bare = word.trim_matches(|c| matches!(c, '-' | '*' | '[' | ']' | '<' | '>' | '【' | '】' | ' '));
    WORDS.contains(&word.as_str())
        || WORDS.contains(&bare)
        || add.contains(&word)
        || word
            .chars()
            .all(|c| text::is_dash(c) || matches!(c, '.' | '?' | '*' | '_' | '/' | ' ' | '・' | '…'))
}
