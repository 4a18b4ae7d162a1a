//! Company names: the name that is shown, with its legal form written out, and the key by which names meet.

use super::policy::{CompanyRules, LegalForm};
use super::{Cleansed, text};
use crate::base::nfkc::{is_mark, nfkc};
use crate::base::text::normalize_text;

/// A company's name, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Company {
    /// Name without legal form and branch.
    pub(crate) name: String,
    /// The legal form, written out.
    pub(crate) form: Option<String>,
    pub(crate) position: Position,
    /// `北海道支社`: an office of the company, not another company.
    pub(crate) branch: Option<String>,
}

/// Where the legal form stands. In Japan it tells companies apart: アクメ株式会社 is not 株式会社アクメ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Position {
    Before,
    After,
    /// Latin forms, after a space.
    Trailing,
}

/// Legal forms, each as written out, then as abbreviated, in plain width. Longer ones come first.
const FORMS: [(&str, &[&str]); 33] = [
    ("特定非営利活動法人", &["NPO法人", "(特非)", "(NPO)"]),
    ("地方独立行政法人", &["(地独)"]),
    ("医療法人社団", &[]),
    ("医療法人財団", &[]),
    ("社会医療法人", &[]),
    ("公益社団法人", &["(公社)"]),
    ("公益財団法人", &["(公財)"]),
    ("一般社団法人", &["(一社)"]),
    ("一般財団法人", &["(一財)"]),
    ("特許業務法人", &[]),
    ("司法書士法人", &[]),
    ("行政書士法人", &[]),
    ("農事組合法人", &[]),
    ("国立大学法人", &["(大)"]),
    ("公立大学法人", &[]),
    ("独立行政法人", &["(独)"]),
    ("社会福祉法人", &["(福)"]),
    ("土地家屋調査士法人", &[]),
    ("弁護士法人", &[]),
    ("税理士法人", &[]),
    ("社会保険労務士法人", &["社労士法人"]),
    ("株式会社", &["(株)", "カブシキガイシャ", "カブシキガイシヤ", "カブシキカイシャ", "(カブ)", "(カ)"]),
    ("有限会社", &["(有)", "ユウゲンガイシャ", "ユウゲンガイシヤ", "ユウゲンカイシャ", "(ユ)"]),
    ("合同会社", &["(同)", "ゴウドウガイシャ", "ゴウドウガイシヤ", "(ド)"]),
    ("合資会社", &["(資)", "(シ)"]),
    ("合名会社", &["(名)", "(メ)"]),
    ("相互会社", &["(相)"]),
    ("医療法人", &["(医)"]),
    ("学校法人", &["(学)"]),
    ("宗教法人", &["(宗)"]),
    ("監査法人", &[]),
    ("社団法人", &["(社)"]),
    ("財団法人", &["(財)"]),
];

/// Abbreviations with one bracket lost, as bank transfers print them: `カ)アクメ`, `アクメ(カ`.
const HALF_BEFORE: [(&str, &str); 6] = [
    ("カ)", "株式会社"),
    ("株)", "株式会社"),
    ("ユ)", "有限会社"),
    ("有)", "有限会社"),
    ("ド)", "合同会社"),
    ("同)", "合同会社"),
];
const HALF_AFTER: [(&str, &str); 6] = [
    ("(カ", "株式会社"),
    ("(株", "株式会社"),
    ("(ユ", "有限会社"),
    ("(有", "有限会社"),
    ("(ド", "合同会社"),
    ("(同", "合同会社"),
];

/// Latin legal forms by word, in lower case without dots, and as they are shown.
const LATIN: [(&str, &str); 30] = [
    ("inc", "Inc."),
    ("incorporated", "Inc."),
    ("corp", "Corp."),
    ("corporation", "Corp."),
    ("co", "Co."),
    ("company", "Co."),
    ("ltd", "Ltd."),
    ("limited", "Ltd."),
    ("llc", "LLC"),
    ("llp", "LLP"),
    ("lp", "LP"),
    ("plc", "PLC"),
    ("gmbh", "GmbH"),
    ("ag", "AG"),
    ("kg", "KG"),
    ("se", "SE"),
    ("sa", "S.A."),
    ("sas", "SAS"),
    ("sarl", "SARL"),
    ("srl", "S.r.l."),
    ("spa", "S.p.A."),
    ("nv", "N.V."),
    ("bv", "B.V."),
    ("ab", "AB"),
    ("oy", "Oy"),
    ("pte", "Pte."),
    ("pty", "Pty"),
    ("kk", "K.K."),
    ("gk", "G.K."),
    ("yk", "Y.K."),
];

/// How offices of a company end.
const BRANCHES: [&str; 20] = [
    "支社",
    "支店",
    "支局",
    "支部",
    "支所",
    "営業所",
    "事業所",
    "事業部",
    "事業本部",
    "本社",
    "本店",
    "工場",
    "出張所",
    "事務所",
    "営業部",
    "営業本部",
    "オフィス",
    "サービスセンター",
    "物流センター",
    "カスタマーセンター",
];

const HONORIFICS: [&str; 2] = ["御中", "様"];

/// A company's name, clean, with its key, legal form and branch as parts.
pub(crate) fn clean(raw: &str, rules: CompanyRules) -> Option<Cleansed> {
    let mut work = text::tidy(raw)?;
    let polite = text::without_honorific(work.text().unwrap_or_default(), &HONORIFICS).to_owned();
    work.step("honorific", polite);
    let mut company = read(work.text().unwrap_or_default());
    if rules.legal_form == LegalForm::Unify {
        // A form written out can bring another one to light; each round leaves fewer abbreviations.
        for _ in 0..8 {
            let shown = company.display();
            if work.text() == Some(shown.as_str()) {
                break;
            }
            work.step("legal_form", shown.clone());
            let polite = text::without_honorific(&shown, &HONORIFICS).to_owned();
            company = read(&polite);
            work.step("honorific", polite);
        }
    }
    work.part("key", company.key());
    if let Some(form) = &company.form {
        work.part("form", form.clone());
        work.part("position", company.position.word());
    }
    if let Some(branch) = &company.branch {
        work.part("branch", branch.clone());
    }
    Some(work)
}

/// The key of a name as typed: what is left of it when width, spaces, marks, legal form and branch do not count.
#[cfg(any(feature = "identity", test))]
pub(crate) fn key(raw: &str) -> String {
    text::tidy(raw).map(|work| read(work.text().unwrap_or_default()).key()).unwrap_or_default()
}

impl Position {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::After => "after",
            Self::Trailing => "trailing",
        }
    }
}

impl Company {
    /// `株式会社アクメ 北海道支社`, `Acme Co., Ltd.`
    pub(crate) fn display(&self) -> String {
        let name = &self.name;
        let mut out = match (&self.form, self.position) {
            (Some(form), Position::Before) => format!("{form}{name}"),
            (Some(form), Position::After) => format!("{name}{form}"),
            (Some(form), Position::Trailing) => format!("{name} {form}"),
            (None, _) => name.clone(),
        };
        if let Some(branch) = &self.branch {
            out.push(' ');
            out.push_str(branch);
        }
        out
    }

    pub(crate) fn key(&self) -> String {
        let bare = bare(&self.name);
        // A name of nothing but marks is compared as it stands.
        if bare.is_empty() { normalize_text(&self.name) } else { bare }
    }
}

/// Reads a tidy name.
pub(crate) fn read(tidy: &str) -> Company {
    // Some names hold several companies, so these are written out wherever they stand.
    let tidy = tidy.replace("(株)", "株式会社").replace("(有)", "有限会社");
    let (name, form, position) = take_form(&tidy);
    let (name, branch) = match name.split_once('\u{0}') {
        // The form stood in the middle: what follows it is a branch.
        Some((name, branch)) => (name.to_owned(), Some(branch.to_owned())),
        None => split_branch(&name),
    };
    Company { name, form, position, branch }
}

/// Name, form and position. Where the form stands in the middle, a NUL parts name and branch.
fn take_form(tidy: &str) -> (String, Option<String>, Position) {
    let none = || (tidy.to_owned(), None, Position::After);
    let named = |name: &str| name.chars().any(char::is_alphanumeric);
    for (form, short) in FORMS {
        for written in std::iter::once(&form).chain(short) {
            if let Some(name) = tidy.strip_prefix(written).map(str::trim_start)
                && named(name)
            {
                return (name.to_owned(), Some(form.to_owned()), Position::Before);
            }
            if let Some(name) = tidy.strip_suffix(written).map(str::trim_end)
                && named(name)
            {
                return (name.to_owned(), Some(form.to_owned()), Position::After);
            }
        }
    }
    for (written, form) in HALF_BEFORE {
        if let Some(name) = tidy.strip_prefix(written).map(str::trim_start)
            && named(name)
        {
            return (name.to_owned(), Some(form.to_owned()), Position::Before);
        }
    }
    for (written, form) in HALF_AFTER {
        if let Some(name) = tidy.strip_suffix(written).map(str::trim_end)
            && named(name)
        {
            return (name.to_owned(), Some(form.to_owned()), Position::After);
        }
    }
    for (form, short) in FORMS {
        for written in std::iter::once(&form).chain(short) {
            if let Some((name, branch)) = tidy.split_once(written)
                && named(name)
                && named(branch)
            {
                let (name, branch) = (name.trim_end(), branch.trim_start());
                return (format!("{name}\u{0}{branch}"), Some(form.to_owned()), Position::After);
            }
        }
    }
    latin(tidy).unwrap_or_else(none)
}

/// `Acme Co., Ltd.`: legal words at the end, one after the other.
fn latin(tidy: &str) -> Option<(String, Option<String>, Position)> {
    let mut rest = tidy;
    let mut words: Vec<&str> = Vec::new();
    loop {
        let trimmed = rest.trim_end_matches([' ', ',']);
        let start = trimmed.rfind([' ', ',']).map_or(0, |at| at + 1);
        let (before, last) = trimmed.split_at_checked(start)?;
        let plain: String = last.chars().filter(|c| *c != '.').flat_map(char::to_lowercase).collect();
        let Some((_, shown)) = LATIN.iter().find(|(word, _)| *word == plain) else { break };
        if !before.chars().any(char::is_alphanumeric) {
            break;
        }
        words.push(shown);
        rest = before;
    }
    if words.is_empty() {
        return None;
    }
    words.reverse();
    let name = rest.trim_end_matches([' ', ',']).to_owned();
    let form = words.join(" ").replace("Co. Ltd.", "Co., Ltd.");
    Some((name, Some(form), Position::Trailing))
}

/// A last word that names an office, apart from the name by a space.
fn split_branch(name: &str) -> (String, Option<String>) {
    if let Some((head, last)) = name.rsplit_once(' ')
        && BRANCHES.iter().any(|ending| last.ends_with(ending))
        && bare(head).chars().count() >= 2
    {
        return (head.to_owned(), Some(last.to_owned()));
    }
    (name.to_owned(), None)
}

/// Letters and digits only, in the form in which texts are compared, with small kana large (キヤノン, キャノン) and
/// old characters new (學, 学).
pub(crate) fn bare(name: &str) -> String {
    let normal = normalize_text(name);
    let mut out = String::with_capacity(normal.len());
    for c in normal.chars() {
        let kana_before = out.chars().next_back().is_some_and(is_kana);
        if text::is_dash(c) {
            if kana_before {
                out.push('ー');
            }
        } else if c.is_alphanumeric() || is_mark(c) && !is_variation(c) {
            out.push(plain(c));
        }
    }
    // A mark may now stand behind another letter than it did.
    nfkc(&out).into_owned()
}

fn is_kana(c: char) -> bool {
    matches!(c, '\u{30a1}'..='\u{30fa}' | 'ー')
}

fn is_variation(c: char) -> bool {
    matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

/// Small kana as large ones, old characters as new ones.
fn plain(c: char) -> char {
    const SMALL: [(char, char); 11] = [
        ('ァ', 'ア'),
        ('ィ', 'イ'),
        ('ゥ', 'ウ'),
        ('ェ', 'エ'),
        ('ォ', 'オ'),
        ('ッ', 'ツ'),
        ('ャ', 'ヤ'),
        ('ュ', 'ユ'),
        ('ョ', 'ヨ'),
        ('ヮ', 'ワ'),
        ('ヶ', 'ケ'),
    ];
    const OLD: [(char, char); 40] = [
        ('髙', '高'),
        ('﨑', '崎'),
        ('嵜', '崎'),
        ('澤', '沢'),
        ('濱', '浜'),
        ('濵', '浜'),
        ('邊', '辺'),
        ('邉', '辺'),
        ('國', '国'),
        ('廣', '広'),
        ('學', '学'),
        ('會', '会'),
        ('櫻', '桜'),
        ('圓', '円'),
        ('眞', '真'),
        ('發', '発'),
        ('榮', '栄'),
        ('德', '徳'),
        ('壽', '寿'),
        ('龍', '竜'),
        ('瀧', '滝'),
        ('嶋', '島'),
        ('嶌', '島'),
        ('齋', '斎'),
        ('齊', '斉'),
        ('關', '関'),
        ('藝', '芸'),
        ('條', '条'),
        ('應', '応'),
        ('惠', '恵'),
        ('實', '実'),
        ('證', '証'),
        ('縣', '県'),
        ('萬', '万'),
        ('寶', '宝'),
        ('鐵', '鉄'),
        ('醫', '医'),
        ('賣', '売'),
        ('𠮷', '吉'),
        ('冨', '富'),
    ];
    let find = |table: &[(char, char)]| table.iter().find(|(from, _)| *from == c).map(|(_, to)| *to);
    match c {
        '\u{30a1}'..='\u{30fa}' => find(&SMALL).unwrap_or(c),
        '\u{3400}'.. => find(&OLD).unwrap_or(c),
        _ => c,
    }
}
