//! Precision and recall of the batch `dedupe` on a corpus with known truth and the noise of Japanese data: width and
//! kana, legal forms, old characters, typing errors, changed mail domains, private addresses, values left out.
//!
//! `IKUSEI_DEDUPE_ROWS=1000000 cargo test --release --test dedupe -- --nocapture` gives the figures for a million.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests may fail as tests do")]
#![expect(clippy::cast_precision_loss, reason = "shares of counts")]

use std::collections::HashMap;

use ikusei::{Engine, Identity, Playbook};

const FAMILY: [(&str, &str); 40] = [
    ("佐藤", "sato"),
    ("鈴木", "suzuki"),
    ("高橋", "takahashi"),
    ("田中", "tanaka"),
    ("渡辺", "watanabe"),
    ("伊藤", "ito"),
    ("山本", "yamamoto"),
    ("中村", "nakamura"),
    ("小林", "kobayashi"),
    ("加藤", "kato"),
    ("吉田", "yoshida"),
    ("山田", "yamada"),
    ("佐々木", "sasaki"),
    ("山口", "yamaguchi"),
    ("松本", "matsumoto"),
    ("井上", "inoue"),
    ("木村", "kimura"),
    ("林", "hayashi"),
    ("斎藤", "saito"),
    ("清水", "shimizu"),
    ("山崎", "yamazaki"),
    ("森", "mori"),
    ("池田", "ikeda"),
    ("橋本", "hashimoto"),
    ("阿部", "abe"),
    ("石川", "ishikawa"),
    ("山下", "yamashita"),
    ("中島", "nakajima"),
    ("石井", "ishii"),
    ("小川", "ogawa"),
    ("前田", "maeda"),
    ("岡田", "okada"),
    ("長谷川", "hasegawa"),
    ("藤田", "fujita"),
    ("後藤", "goto"),
    ("近藤", "kondo"),
    ("村上", "murakami"),
    ("遠藤", "endo"),
    ("青木", "aoki"),
    ("坂本", "sakamoto"),
];
const GIVEN: [(&str, &str); 40] = [
    ("太郎", "taro"),
    ("次郎", "jiro"),
    ("一郎", "ichiro"),
    ("健", "ken"),
    ("健太", "kenta"),
    ("大輔", "daisuke"),
    ("翔太", "shota"),
    ("拓也", "takuya"),
    ("直樹", "naoki"),
    ("哲也", "tetsuya"),
    ("誠", "makoto"),
    ("浩", "hiroshi"),
    ("隆", "takashi"),
    ("豊", "yutaka"),
    ("修", "osamu"),
    ("和也", "kazuya"),
    ("達也", "tatsuya"),
    ("亮", "ryo"),
    ("剛", "tsuyoshi"),
    ("学", "manabu"),
    ("花子", "hanako"),
    ("陽子", "yoko"),
    ("恵子", "keiko"),
    ("幸子", "sachiko"),
    ("久美子", "kumiko"),
    ("由美子", "yumiko"),
    ("智子", "tomoko"),
    ("真由美", "mayumi"),
    ("愛", "ai"),
    ("美咲", "misaki"),
    ("さくら", "sakura"),
    ("彩", "aya"),
    ("舞", "mai"),
    ("明美", "akemi"),
    ("裕子", "yuko"),
    ("直子", "naoko"),
    ("香織", "kaori"),
    ("麻衣", "mai2"),
    ("優子", "yuko2"),
    ("千尋", "chihiro"),
];
const HEAD: [&str; 32] = [
    "東京",
    "大阪",
    "日本",
    "関東",
    "中央",
    "第一",
    "三和",
    "丸山",
    "富士",
    "朝日",
    "アクメ",
    "グローバル",
    "ネクスト",
    "サンライズ",
    "ブルー",
    "スカイ",
    "みらい",
    "ひかり",
    "あおば",
    "さくら",
    "北斗",
    "大和",
    "光洋",
    "栄和",
    "新生",
    "共立",
    "東亜",
    "山陽",
    "信越",
    "テクノ",
    "メディア",
    "エコ",
];
const MIDDLE: [&str; 24] = [
    "電機",
    "化学",
    "精密",
    "食品",
    "運輸",
    "建設",
    "不動産",
    "印刷",
    "製薬",
    "ソフト",
    "システム",
    "データ",
    "ロジスティクス",
    "エンジニアリング",
    "商事",
    "物産",
    "繊維",
    "金属",
    "機械",
    "通信",
    "設計",
    "製作所",
    "工業",
    "デザイン",
];
const TAIL: [&str; 12] = [
    "",
    "",
    "",
    "",
    "サービス",
    "販売",
    "ホールディングス",
    "ジャパン",
    "東日本",
    "西日本",
    "研究所",
    "パートナーズ",
];

/// SplitMix64: the same corpus everywhere.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % sides as u64).unwrap()
    }

    fn percent(&mut self, share: usize) -> bool {
        self.roll(100) < share
    }
}

struct Person {
    family: (&'static str, &'static str),
    given: (&'static str, &'static str),
    company: usize,
    local: String,
    mobile: String,
}

struct Company {
    name: String,
    before: bool,
    domain: String,
    phone: String,
}

type Row = [Option<String>; 4];

fn companies(count: usize, dice: &mut Dice) -> Vec<Company> {
    (0..count)
        .map(|number| Company {
            name: format!("{}{}{}", HEAD[dice.roll(32)], MIDDLE[dice.roll(24)], TAIL[dice.roll(12)]),
            before: dice.percent(50),
            domain: format!("c{number}.co.jp"),
            phone: format!("03-{:04}-{:04}", 1000 + number / 9000, 1000 + number % 9000),
        })
        .collect()
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

/// One record of a person, as somebody typed it.
fn record(person: &Person, company: &Company, noise: bool, dice: &mut Dice) -> Row {
    let (mut family, mut given) = (person.family.0.to_owned(), person.given.0.to_owned());
    let mut firm = company.name.clone();
    let mut email = Some(format!("{}@{}", person.local, company.domain));
    let mut phone = Some(company.phone.clone());
    if noise {
        family = match family.as_str() {
            "渡辺" if dice.percent(30) => "渡邊".to_owned(),
            "高橋" if dice.percent(30) => "髙橋".to_owned(),
            "斎藤" if dice.percent(30) => "齋藤".to_owned(),
            _ => family,
        };
        if dice.percent(5) {
            given = typo(&given, dice);
        }
        if dice.percent(5) {
            firm = typo(&firm, dice);
        }
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
        ["株式会社", "㈱", "（株）", "株式会社　", ""][dice.roll(5)]
    } else {
        "株式会社"
    };
    let firm = if company.before { format!("{form}{firm}") } else { format!("{firm}{form}") };
    let gap = if noise { [" ", "　", ""][dice.roll(3)] } else { " " };
    let lost = noise && dice.percent(5);
    [email, Some(format!("{family}{gap}{given}")), (!lost).then_some(firm), phone]
}

/// Rows in a mixed order, and for each the person behind it.
fn corpus(rows: usize) -> (Vec<Row>, Vec<usize>) {
    let mut dice = Dice(7);
    let companies = companies((rows / 12).max(10), &mut dice);
    let mut used: HashMap<(usize, String), usize> = HashMap::new();
    let mut out: Vec<(u64, usize, Row)> = Vec::with_capacity(rows);
    let mut number = 0;
    while out.len() < rows {
        let (family, given) = (FAMILY[dice.roll(40)], GIVEN[dice.roll(40)]);
        let company = dice.roll(companies.len());
        let mut local = format!("{}.{}", given.1, family.1);
        let again = used.entry((company, local.clone())).or_insert(0);
        *again += 1;
        if *again > 1 {
            // Two of one name in one company: nobody could tell them apart without the address.
            local = format!("{local}{again}");
        }
        let mobile = format!("090-{:04}-{:04}", dice.roll(10_000), dice.roll(10_000));
        let person = Person { family, given, company, local, mobile };
        let copies = [1, 1, 1, 2, 2, 3][dice.roll(6)];
        for copy in 0..copies {
            let row = record(&person, &companies[person.company], copy > 0, &mut dice);
            out.push((u64::try_from(dice.roll(usize::MAX)).unwrap(), number, row));
        }
        number += 1;
    }
    out.sort_by_key(|(order, number, _)| (*order, *number));
    out.truncate(rows);
    out.into_iter().map(|(_, number, row)| (row, number)).unzip()
}

fn engine() -> Engine {
    let text = r#"{ "ikusei": 1, "name": "dedupe", "fields": {
        "email": { "type": "email", "identity": "person" }, "name": { "type": "text" },
        "company": { "type": "text", "identity": "company" }, "phone": { "type": "phone" } } }"#;
    Playbook::parse(text).unwrap().compile().unwrap()
}

fn pairs(count: u64) -> u64 {
    count * count.saturating_sub(1) / 2
}

#[test]
fn persons_are_found_and_strangers_are_kept_apart() {
    let rows = std::env::var("IKUSEI_DEDUPE_ROWS").ok().and_then(|rows| rows.parse().ok()).unwrap_or(20_000);
    let (rows, truth) = corpus(rows);
    #[expect(clippy::disallowed_methods, reason = "a figure for people, no part of any decision")]
    let start = std::time::Instant::now();
    let mut batch = engine().dedupe(Identity::Person, &["email", "name", "company", "phone"]).unwrap();
    for row in &rows {
        batch.push(row.iter().map(Option::as_deref));
    }
    let read = start.elapsed();
    let found = batch.finish();
    let total = start.elapsed();

    let mut persons: HashMap<usize, u64> = HashMap::new();
    for person in &truth {
        *persons.entry(*person).or_default() += 1;
    }
    let wanted: u64 = persons.values().map(|count| pairs(*count)).sum();
    let (mut joined, mut right) = (0, 0);
    let mut wrong = Vec::new();
    for cluster in &found.clusters {
        let mut of: HashMap<usize, u64> = HashMap::new();
        for row in cluster {
            *of.entry(truth[*row as usize]).or_default() += 1;
        }
        joined += pairs(cluster.len() as u64);
        right += of.values().map(|count| pairs(*count)).sum::<u64>();
        if of.len() > 1 && wrong.len() < 12 {
            wrong.push(cluster.iter().map(|row| format!("{:?}", rows[*row as usize])).collect::<Vec<_>>());
        }
    }
    let in_review =
        found.review.iter().filter(|pair| truth[pair.first as usize] == truth[pair.second as usize]).count();
    let precision = right as f64 / joined as f64;
    let recall = right as f64 / wanted as f64;
    eprintln!(
        "{} rows, {} persons: precision {precision:.4}, recall {recall:.4}, with review {:.4} ({} pairs to look at, {in_review} of them right); \
         {} pairs compared; read in {read:.1?}, all in {total:.1?}",
        rows.len(),
        persons.len(),
        (right + in_review as u64) as f64 / wanted as f64,
        found.review.len(),
        found.compared
    );
    if std::env::var_os("IKUSEI_DEDUPE_WRONG").is_some() {
        eprintln!("wrongly joined: {wrong:#?}");
        let cluster_of: HashMap<u32, usize> = found
            .clusters
            .iter()
            .enumerate()
            .flat_map(|(n, rows)| rows.iter().map(move |row| (*row, n)))
            .collect();
        let mut by_person: HashMap<usize, Vec<u32>> = HashMap::new();
        for (row, person) in truth.iter().enumerate() {
            by_person.entry(*person).or_default().push(u32::try_from(row).unwrap());
        }
        let missed = (0..).map_while(|person| by_person.get(&person)).filter(|rows| {
            rows.len() == 2
                && (!cluster_of.contains_key(&rows[0])
                    || cluster_of.get(&rows[0]) != cluster_of.get(&rows[1]))
        });
        for pair in missed.take(25) {
            let review = found
                .review
                .iter()
                .any(|r| r.first == pair[0].min(pair[1]) && r.second == pair[0].max(pair[1]));
            eprintln!(
                "missed{}: {:?} {:?}",
                if review { " (review)" } else { "" },
                rows[pair[0] as usize],
                rows[pair[1] as usize]
            );
        }
    }
    assert!(precision > 0.99, "{precision}");
    assert!(recall > 0.85, "{recall}");
}

#[test]
fn the_order_of_rows_does_not_matter() {
    let (rows, _) = corpus(3_000);
    let clusters = |order: &[usize]| {
        let mut batch = engine().dedupe(Identity::Person, &["email", "name", "company", "phone"]).unwrap();
        for row in order {
            batch.push(rows[*row].iter().map(Option::as_deref));
        }
        let mut out: Vec<Vec<usize>> = batch
            .finish()
            .clusters
            .iter()
            .map(|rows| rows.iter().map(|row| order[*row as usize]).collect())
            .collect();
        out.iter_mut().for_each(|cluster| cluster.sort_unstable());
        out.sort_unstable();
        out
    };
    let forward: Vec<usize> = (0..rows.len()).collect();
    let backward: Vec<usize> = (0..rows.len()).rev().collect();
    let (one, other) = (clusters(&forward), clusters(&backward));
    // Rows of equal sort keys stand in the order in which they came, so a few windows differ.
    let same = one.iter().filter(|cluster| other.binary_search(cluster).is_ok()).count();
    assert!(same * 1_000 >= one.len() * 995, "{same} of {}", one.len());
}
