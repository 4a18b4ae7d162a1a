//! A corpus of persons with known truth and the noise of Japanese data.
//!
//! - **Persons.** The forty most frequent surnames come as often as in Japan; the others, and most given names, are put
//!   together of the characters that such names are made of, frequent ones more often. Two persons share a name about
//!   six times in a million, and many a wrong character makes another name that exists.
//! - **Companies.** Named after a place, a family or with coined words; they grow with the rows, and namesakes with
//!   them. A few have hundreds of persons, most a handful.
//! - **Noise.** Every record after a person's first: old characters, width, kana, legal forms and their abbreviations,
//!   typing errors, a changed mail domain, a private address, a mobile number, values left out.

use std::collections::{HashMap, HashSet};

use unicode_normalization::UnicodeNormalization;

/// Surname, reading, and how many of 100,000 people bear it.
#[rustfmt::skip]
const FAMILY: [(&str, &str, usize); 40] = [
    ("佐藤", "sato", 1_470), ("鈴木", "suzuki", 1_420), ("高橋", "takahashi", 1_110),
    ("田中", "tanaka", 1_050), ("伊藤", "ito", 840), ("渡辺", "watanabe", 840), ("山本", "yamamoto", 830),
    ("中村", "nakamura", 820), ("小林", "kobayashi", 810), ("加藤", "kato", 700), ("吉田", "yoshida", 660),
    ("山田", "yamada", 640), ("佐々木", "sasaki", 530), ("山口", "yamaguchi", 510), ("松本", "matsumoto", 500),
    ("井上", "inoue", 490), ("木村", "kimura", 460), ("林", "hayashi", 430), ("斎藤", "saito", 430),
    ("清水", "shimizu", 420), ("山崎", "yamazaki", 380), ("森", "mori", 370), ("池田", "ikeda", 355),
    ("橋本", "hashimoto", 355), ("阿部", "abe", 350), ("石川", "ishikawa", 340), ("山下", "yamashita", 335),
    ("中島", "nakajima", 325), ("石井", "ishii", 315), ("小川", "ogawa", 310), ("前田", "maeda", 305),
    ("岡田", "okada", 300), ("長谷川", "hasegawa", 300), ("藤田", "fujita", 300), ("後藤", "goto", 300),
    ("近藤", "kondo", 295), ("村上", "murakami", 290), ("遠藤", "endo", 265), ("青木", "aoki", 285),
    ("坂本", "sakamoto", 275),
];
/// First and second characters of the other surnames, the more frequent ones first.
#[rustfmt::skip]
const FAMILY_FIRST: [(&str, &str); 40] = [
    ("大", "o"), ("小", "ko"), ("中", "naka"), ("西", "nishi"), ("高", "taka"), ("松", "matsu"),
    ("山", "yama"), ("石", "ishi"), ("藤", "fuji"), ("上", "ue"), ("野", "no"), ("北", "kita"), ("岩", "iwa"),
    ("宮", "miya"), ("竹", "take"), ("福", "fuku"), ("吉", "yoshi"), ("平", "hira"), ("原", "hara"),
    ("東", "higashi"), ("南", "minami"), ("杉", "sugi"), ("桜", "sakura"), ("永", "naga"), ("安", "yasu"),
    ("黒", "kuro"), ("荒", "ara"), ("今", "ima"), ("金", "kane"), ("島", "shima"), ("川", "kawa"),
    ("田", "ta"), ("村", "mura"), ("奥", "oku"), ("横", "yoko"), ("菊", "kiku"), ("秋", "aki"),
    ("柳", "yanagi"), ("関", "seki"), ("沢", "sawa"),
];
#[rustfmt::skip]
const FAMILY_SECOND: [(&str, &str); 24] = [
    ("田", "da"), ("野", "no"), ("川", "kawa"), ("原", "hara"), ("村", "mura"), ("本", "moto"),
    ("島", "shima"), ("沢", "zawa"), ("山", "yama"), ("谷", "tani"), ("井", "i"), ("木", "ki"), ("崎", "saki"),
    ("尾", "o"), ("岡", "oka"), ("口", "guchi"), ("森", "mori"), ("浦", "ura"), ("倉", "kura"), ("地", "chi"),
    ("内", "uchi"), ("松", "matsu"), ("塚", "tsuka"), ("瀬", "se"),
];
#[rustfmt::skip]
const GIVEN: [(&str, &str); 40] = [
    ("太郎", "taro"), ("次郎", "jiro"), ("一郎", "ichiro"), ("健", "ken"), ("健太", "kenta"),
    ("大輔", "daisuke"), ("翔太", "shota"), ("拓也", "takuya"), ("直樹", "naoki"), ("哲也", "tetsuya"),
    ("誠", "makoto"), ("浩", "hiroshi"), ("隆", "takashi"), ("豊", "yutaka"), ("修", "osamu"),
    ("和也", "kazuya"), ("達也", "tatsuya"), ("亮", "ryo"), ("剛", "tsuyoshi"), ("学", "manabu"),
    ("花子", "hanako"), ("陽子", "yoko"), ("恵子", "keiko"), ("幸子", "sachiko"), ("久美子", "kumiko"),
    ("由美子", "yumiko"), ("智子", "tomoko"), ("真由美", "mayumi"), ("愛", "ai"), ("美咲", "misaki"),
    ("さくら", "sakura"), ("彩", "aya"), ("舞", "mai"), ("明美", "akemi"), ("裕子", "yuko"), ("直子", "naoko"),
    ("香織", "kaori"), ("麻衣", "mai"), ("優子", "yuko"), ("千尋", "chihiro"),
];
#[rustfmt::skip]
const GIVEN_FIRST: [(&str, &str); 36] = [
    ("和", "kazu"), ("正", "masa"), ("義", "yoshi"), ("美", "mi"), ("恵", "e"), ("真", "ma"), ("裕", "hiro"),
    ("智", "tomo"), ("幸", "yuki"), ("直", "nao"), ("俊", "toshi"), ("明", "aki"), ("康", "yasu"),
    ("克", "katsu"), ("英", "hide"), ("雅", "masa"), ("由", "yu"), ("隆", "taka"), ("秀", "hide"),
    ("信", "nobu"), ("大", "dai"), ("圭", "kei"), ("光", "mitsu"), ("博", "hiro"), ("千", "chi"), ("奈", "na"),
    ("優", "yu"), ("悠", "yu"), ("陽", "yo"), ("翔", "sho"), ("勝", "katsu"), ("敏", "toshi"), ("昌", "masa"),
    ("洋", "hiro"), ("亜", "a"), ("佳", "yoshi"),
];
#[rustfmt::skip]
const GIVEN_SECOND: [(&str, &str); 26] = [
    ("子", "ko"), ("美", "mi"), ("彦", "hiko"), ("夫", "o"), ("男", "o"), ("也", "ya"), ("之", "yuki"),
    ("一", "kazu"), ("樹", "ki"), ("人", "to"), ("香", "ka"), ("介", "suke"), ("代", "yo"), ("枝", "e"),
    ("江", "e"), ("太", "ta"), ("治", "ji"), ("弘", "hiro"), ("恵", "e"), ("行", "yuki"), ("里", "ri"),
    ("奈", "na"), ("司", "ji"), ("平", "hei"), ("織", "ori"), ("史", "shi"),
];
#[rustfmt::skip]
const PLACE: [&str; 44] = [
    "東京", "大阪", "日本", "関東", "中央", "第一", "三和", "丸山", "富士", "朝日", "みらい", "ひかり",
    "あおば", "さくら", "北斗", "大和", "光洋", "栄和", "新生", "共立", "東亜", "山陽", "信越", "横浜",
    "名古屋", "京都", "神戸", "福岡", "札幌", "仙台", "広島", "静岡", "新潟", "長野", "千葉", "埼玉", "九州",
    "四国", "北陸", "東海", "近畿", "東北", "湘南", "瀬戸内",
];
#[rustfmt::skip]
const COINED: [&str; 48] = [
    "アク", "テク", "ソル", "リンク", "ネクスト", "グローバル", "サン", "ライズ", "ブルー", "スカイ", "テクノ",
    "メディア", "エコ", "フォー", "ビジョン", "クリエ", "アド", "バンス", "プロ", "シード", "ワーク",
    "スマート", "ユニ", "オプト", "クロス", "フィールド", "ブリッジ", "コア", "キャリア", "マックス", "ライフ",
    "ケア", "デジ", "タル", "インフォ", "コム", "ネット", "ファースト", "ステップ", "グリーン", "ヒューマン",
    "シナジー", "アーク", "ベスト", "トラスト", "ゼン", "ルート", "メイト",
];
#[rustfmt::skip]
const TRADE: [&str; 28] = [
    "電機", "化学", "精密", "食品", "運輸", "建設", "不動産", "印刷", "製薬", "ソフト", "システム", "データ",
    "ロジスティクス", "エンジニアリング", "商事", "物産", "繊維", "金属", "機械", "通信", "設計", "製作所",
    "工業", "デザイン", "産業", "興業", "工務店", "コンサルティング",
];
const TAIL: [&str; 8] =
    ["サービス", "販売", "ホールディングス", "ジャパン", "東日本", "西日本", "研究所", "パートナーズ"];

/// SplitMix64: the same corpus everywhere.
struct Dice(u64);

impl Dice {
    fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn roll(&mut self, sides: usize) -> usize {
        usize::try_from(self.number() % sides as u64).unwrap()
    }

    /// The first ones more often, as it is with names and sizes.
    fn skewed(&mut self, sides: usize) -> usize {
        let most = self.roll(sides);
        self.roll(most + 1)
    }

    fn percent(&mut self, share: usize) -> bool {
        self.roll(100) < share
    }

    fn one_of<'t>(&mut self, of: &[&'t str]) -> &'t str {
        of[self.roll(of.len())]
    }

    fn pair(&mut self, first: &[(&str, &str)], second: &[(&str, &str)]) -> (String, String) {
        let (a, b) = (first[self.roll(first.len())], second[self.skewed(second.len())]);
        (format!("{}{}", a.0, b.0), format!("{}{}", a.1, b.1))
    }
}

struct Person {
    family: (String, String),
    given: (String, String),
    local: String,
    mobile: String,
}

struct Company {
    name: String,
    before: bool,
    domain: String,
    phone: String,
    /// How its mailboxes are called.
    style: usize,
}

/// Address, name, company, telephone number.
pub(crate) type Row = [Option<String>; 4];

/// Rows in a mixed order, with the truth about them.
pub(crate) struct Corpus {
    pub(crate) rows: Vec<Row>,
    /// By row, the person behind it.
    pub(crate) truth: Vec<usize>,
    /// Companies, and how many of them bear a name that another one bears, too.
    pub(crate) companies: (usize, usize),
}

/// Makes a corpus of so many rows, always the same.
pub(crate) fn corpus(rows: usize) -> Corpus {
    let mut dice = Dice(7);
    let companies: Vec<Company> = (0..(rows / 12).max(10)).map(|number| company(number, &mut dice)).collect();
    let mut names: HashMap<&str, usize> = HashMap::new();
    for company in &companies {
        *names.entry(&company.name).or_default() += 1;
    }
    let namesakes = names.values().filter(|count| **count > 1).sum();
    let mut used: HashSet<(usize, String)> = HashSet::new();
    let mut out: Vec<(u64, usize, Row)> = Vec::with_capacity(rows);
    let mut number = 0;
    while out.len() < rows {
        let at = dice.skewed(companies.len());
        let person = person((at, &companies[at]), &mut used, &mut dice);
        let copies = [1, 1, 1, 2, 2, 3][dice.roll(6)];
        for copy in 0..copies {
            out.push((dice.number(), number, record(&person, &companies[at], copy > 0, &mut dice)));
        }
        number += 1;
    }
    out.sort_by_key(|(order, number, _)| (*order, *number));
    out.truncate(rows);
    let (rows, truth) = out.into_iter().map(|(_, number, row)| (row, number)).unzip();
    Corpus { rows, truth, companies: (companies.len(), namesakes) }
}

fn family(dice: &mut Dice) -> (String, String) {
    let mut at = dice.roll(100_000);
    for (name, reading, share) in FAMILY {
        match at.checked_sub(share) {
            None => return (name.to_owned(), reading.to_owned()),
            Some(rest) => at = rest,
        }
    }
    dice.pair(&FAMILY_FIRST, &FAMILY_SECOND)
}

fn company(number: usize, dice: &mut Dice) -> Company {
    let trade = dice.one_of(&TRADE);
    let mut name = match dice.roll(100) {
        0..=24 => format!("{}{trade}", family(dice).0),
        25..=44 => format!("{}{}", dice.one_of(&PLACE), trade),
        45..=54 => format!("{}{}", dice.one_of(&COINED), dice.one_of(&COINED)),
        55..=79 => format!("{}{}{trade}", dice.one_of(&COINED), dice.one_of(&COINED)),
        _ => format!("{}{}{}", dice.one_of(&COINED), dice.one_of(&COINED), dice.one_of(&COINED)),
    };
    if dice.percent(40) {
        name.push_str(dice.one_of(&TAIL));
    }
    Company {
        name,
        before: dice.percent(50),
        domain: format!("c{number}.co.jp"),
        phone: format!("03-{:04}-{:04}", 1000 + number / 9000, 1000 + number % 9000),
        style: dice.roll(4),
    }
}

fn person((at, company): (usize, &Company), used: &mut HashSet<(usize, String)>, dice: &mut Dice) -> Person {
    let family = family(dice);
    let given = if dice.percent(15) {
        let (name, reading) = GIVEN[dice.roll(GIVEN.len())];
        (name.to_owned(), reading.to_owned())
    } else {
        dice.pair(&GIVEN_FIRST, &GIVEN_SECOND)
    };
    let plain = match company.style {
        0 | 1 => format!("{}.{}", given.1, family.1),
        2 => format!("{}-{}", &given.1[..1], family.1),
        _ => family.1.clone(),
    };
    let free = |local: &String| used.contains(&(at, local.clone()));
    // The second one of a name in a company gets a number.
    let local =
        (1..).map(|n| if n == 1 { plain.clone() } else { format!("{plain}{n}") }).find(|local| !free(local));
    let local = local.unwrap();
    used.insert((at, local.clone()));
    let mobile = format!("090-{:04}-{:04}", dice.roll(10_000), dice.roll(10_000));
    Person { family, given, local, mobile }
}

/// One record of a person, as somebody typed it.
fn record(person: &Person, company: &Company, noise: bool, dice: &mut Dice) -> Row {
    let (mut family, mut given) = (person.family.0.clone(), person.given.0.clone());
    let mut firm = company.name.clone();
    let mut email = Some(format!("{}@{}", person.local, company.domain));
    let mut phone = Some(company.phone.clone());
    if noise {
        for (new, old) in
            [("渡辺", "渡邊"), ("高", "髙"), ("斎", "齋"), ("崎", "﨑"), ("沢", "澤"), ("島", "嶋")]
        {
            if family.contains(new) && dice.percent(30) {
                family = family.replace(new, old);
            }
        }
        if dice.percent(5) {
            given = typo(&given, dice);
        }
        firm = match dice.roll(100) {
            0..=4 => typo(&firm, dice),
            5..=14 => narrow(&firm),
            15..=19 => firm.replace('ャ', "ヤ").replace('ュ', "ユ").replace('ョ', "ヨ").replace('ィ', "イ"),
            20..=24 => firm.replace("ホールディングス", "HD"),
            _ => firm,
        };
        email = match dice.roll(100) {
            0..=9 => None,
            10..=19 => Some(format!("{}@{}.com", person.local, company.domain.replace(".co.jp", "-hd"))),
            20..=24 => Some(format!("{}@{}", typo(&person.local, dice), company.domain)),
            25..=31 => Some(format!("{}{}@gmail.com", person.given.1, dice.roll(1_000_000))),
            _ => email.map(|email| if dice.percent(30) { wide(&email) } else { email }),
        };
        phone = match dice.roll(100) {
            0..=19 => None,
            20..=39 => Some(person.mobile.clone()),
            40..=59 => Some(wide(&company.phone.replace('-', "ー"))),
            60..=69 => Some(company.phone.replacen("03-", "+81-3-", 1)),
            _ => phone,
        };
    }
    let form = if noise {
        dice.one_of(&["株式会社", "㈱", "（株）", "株式会社　", ""])
    } else {
        "株式会社"
    };
    let firm = if company.before { format!("{form}{firm}") } else { format!("{firm}{form}") };
    let gap = if noise { dice.one_of(&[" ", "　", ""]) } else { " " };
    let lost = noise && dice.percent(5);
    [email, Some(format!("{family}{gap}{given}")), (!lost).then_some(firm), phone]
}

fn typo(text: &str, dice: &mut Dice) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    let at = dice.roll(chars.len());
    match dice.roll(3) {
        0 if chars.len() > 2 => drop(chars.remove(at)),
        1 if at + 1 < chars.len() => chars.swap(at, at + 1),
        _ => chars[at] = ['口', '太', '郎', '大', 'a', 'ー'][dice.roll(6)],
    }
    chars.into_iter().collect()
}

fn wide(text: &str) -> String {
    let widen =
        |c: char| if c.is_ascii_graphic() { char::from_u32(u32::from(c) + 0xfee0).unwrap() } else { c };
    text.chars().map(widen).collect()
}

/// Katakana at half width, as old systems print them.
fn narrow(text: &str) -> String {
    const WIDE: &str = "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲンァィゥェォャュョッー\u{3099}\u{309a}";
    const NARROW: &str = "ｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜｦﾝｧｨｩｪｫｬｭｮｯｰﾞﾟ";
    let narrow =
        |c: char| WIDE.chars().zip(NARROW.chars()).find_map(|(wide, narrow)| (wide == c).then_some(narrow));
    text.nfd().map(|c| narrow(c).unwrap_or(c)).nfc().collect()
}
