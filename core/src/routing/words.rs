//! The sentences of routing, in English and Japanese.

use crate::lead::assignment::Words;
use crate::routing::policy::AssignBy;

impl Words {
    pub(crate) fn new(en: impl Into<String>, ja: impl Into<String>) -> Self {
        Self { en: en.into(), ja: ja.into() }
    }
}

/// How a member of a team was chosen.
pub(super) const fn chosen(by: AssignBy) -> (&'static str, &'static str) {
    match by {
        AssignBy::RoundRobin => ("in turn", "順番"),
        AssignBy::Weighted => ("in turn by weight", "重み付きの順番"),
        AssignBy::LeastLoaded => ("with the fewest open leads", "対応中件数が最少"),
        AssignBy::Sticky => ("as for other leads of this company", "同じ企業の担当"),
    }
}

/// `東日本営業（area）`: what people call a team, with its cut.
pub(super) fn team(label: &str, cut: Option<&str>) -> Words {
    match cut {
        Some(cut) => {
            Words::new(format!("team {label} ({cut} cut)"), format!("{label}（{}カット）", cut_ja(cut)))
        }
        None => Words::new(format!("team {label}"), label.to_owned()),
    }
}

pub(super) fn cut_ja(cut: &str) -> &str {
    match cut {
        "area" => "エリア",
        "account" => "アカウント",
        "solution" => "ソリューション",
        "product" => "プロダクト",
        other => other,
    }
}
