//! Remarks about the input that reject no row.

use crate::summary::thousands;
use crate::words::Language;

/// One remark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// Columns that fill no field.
    Unused(Vec<String>),
    /// Fields that no column fills.
    Unfilled(Vec<String>),
    /// Activities that were delivered more than once, and recorded once.
    Again(u64),
    /// Activities that were not known at the instant of the scores, and do not count.
    Later(u64),
    /// Activities of a kind that the playbook does not declare.
    Undeclared(String, u64),
    /// Leads on which an expression of the playbook failed, and the first of them.
    Failing(u64, String),
}

impl Note {
    /// The remark in words.
    ///
    /// ```
    /// use pipeline::{note::Note, words::Language};
    /// let note = Note::Again(2);
    /// assert_eq!(note.text(Language::En), "2 activities delivered more than once, recorded once");
    /// ```
    #[must_use]
    pub fn text(&self, language: Language) -> String {
        let activities = |count: &u64| {
            let noun = if *count == 1 { "activity" } else { "activities" };
            format!("{} {noun}", thousands(*count))
        };
        match (self, language) {
            (Self::Unused(columns), Language::En) => {
                format!("columns that fill no field: {}", columns.join(", "))
            }
            (Self::Unused(columns), Language::Ja) => {
                format!("どの項目にも使われない列：{}", columns.join("、"))
            }
            (Self::Unfilled(fields), Language::En) => {
                format!("fields that no column fills: {}", fields.join(", "))
            }
            (Self::Unfilled(fields), Language::Ja) => format!("列のない項目：{}", fields.join("、")),
            (Self::Again(count), Language::En) => {
                format!("{} delivered more than once, recorded once", activities(count))
            }
            (Self::Again(count), Language::Ja) => {
                format!("重複して届いた行動履歴 {}件は一度だけ記録しました", thousands(*count))
            }
            (Self::Later(count), Language::En) => {
                format!("{} not known at the instant of the scores, and not counted", activities(count))
            }
            (Self::Later(count), Language::Ja) => {
                format!("基準時点で未記録の行動履歴 {}件は数えていません", thousands(*count))
            }
            (Self::Undeclared(kind, count), Language::En) => {
                format!("{} of kind `{kind}`, which the playbook does not declare", activities(count))
            }
            (Self::Undeclared(kind, count), Language::Ja) => {
                format!("プレイブックに宣言のない種類 `{kind}` の行動履歴：{}件", thousands(*count))
            }
            (Self::Failing(count, example), Language::En) => {
                let leads = if *count == 1 { "lead" } else { "leads" };
                format!(
                    "{} {leads} where an expression of the playbook failed and gave nothing, such as {example}",
                    thousands(*count)
                )
            }
            (Self::Failing(count, example), Language::Ja) => {
                format!(
                    "プレイブックの式を評価できず0点とした箇所のあるリード：{}件（例 {example}）",
                    thousands(*count)
                )
            }
        }
    }
}
