//! The words of the terminal tables and of the report, in English and Japanese.

/// A language of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Language {
    /// English.
    #[default]
    En,
    /// 日本語
    Ja,
}

/// What the program says about its result.
#[derive(Debug)]
#[expect(missing_docs, reason = "each field is named after what it says")]
pub struct Words {
    pub code: &'static str,
    pub title: &'static str,
    pub as_of: &'static str,
    pub leads: &'static str,
    pub activities: &'static str,
    pub rank: &'static str,
    pub no_rank: &'static str,
    pub share: &'static str,
    pub hot: &'static str,
    pub converted: &'static str,
    pub conversion: &'static str,
    pub segment: &'static str,
    pub segments: &'static str,
    pub hottest: &'static str,
    pub total: &'static str,
    pub fit: &'static str,
    pub engagement: &'static str,
    pub rejected: &'static str,
    pub rank_chart: &'static str,
    pub card_chart: &'static str,
    pub histogram: &'static str,
    pub map: &'static str,
    pub map_note: &'static str,
    pub histogram_note: &'static str,
    pub nobody: &'static str,
    pub notes: &'static str,
    pub footer: &'static str,
}

impl Language {
    /// The words of the language.
    #[must_use]
    pub const fn words(self) -> &'static Words {
        match self {
            Self::En => &ENGLISH,
            Self::Ja => &JAPANESE,
        }
    }
}

const ENGLISH: Words = Words {
    code: "en",
    title: "Lead report",
    as_of: "as of",
    leads: "Leads",
    activities: "Activities",
    rank: "Rank",
    no_rank: "none",
    share: "Share",
    hot: "Hot",
    converted: "Converted",
    conversion: "Conversion",
    segment: "Segment",
    segments: "Segments",
    hottest: "Hottest leads",
    total: "Total",
    fit: "Fit",
    engagement: "Engagement",
    rejected: "Rejected rows",
    rank_chart: "Leads by rank",
    card_chart: "Ranks by scorecard",
    histogram: "Distribution of the total score",
    map: "Fit × engagement",
    map_note: "Each circle stands for the leads around it: the larger, the more; its colour and letter are those of \
               their commonest rank.",
    histogram_note: "Leads per range of points; the colours are those of the ranks.",
    nobody: "No lead has a rank.",
    notes: "About the input",
    footer: "Made by ikusei from the playbook alone; this page loads nothing from elsewhere.",
};

const JAPANESE: Words = Words {
    code: "ja",
    title: "リードレポート",
    as_of: "基準時点",
    leads: "リード",
    activities: "行動履歴",
    rank: "ランク",
    no_rank: "なし",
    share: "割合",
    hot: "ホット",
    converted: "成約",
    conversion: "成約率",
    segment: "セグメント",
    segments: "セグメント",
    hottest: "ホットなリード",
    total: "合計",
    fit: "属性",
    engagement: "行動",
    rejected: "除外した行",
    rank_chart: "ランク別リード数",
    card_chart: "スコアカード別ランク",
    histogram: "合計スコアの分布",
    map: "属性 × 行動",
    map_note: "円は周辺のリードのまとまりです。大きいほど人数が多く、色と文字は最も多いランクを表します。",
    histogram_note: "点数の区間ごとのリード数です。色はランクを表します。",
    nobody: "ランクの付いたリードはありません。",
    notes: "入力について",
    footer: "ikusei がプレイブックから作成しました。このページは外部から何も読み込みません。",
};
