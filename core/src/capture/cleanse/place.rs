//! Japanese places: the 47 prefectures, postal codes, and the city at the head of an address.

use super::{Cleansed, text};
use crate::base::text::normalize_text;

/// The prefectures in the order of their official numbers, with reading and Latin spelling.
pub(crate) const PREFECTURES: [(&str, &str, &str); 47] = [
    ("北海道", "ホッカイドウ", "hokkaido"),
    ("青森県", "アオモリケン", "aomori"),
    ("岩手県", "イワテケン", "iwate"),
    ("宮城県", "ミヤギケン", "miyagi"),
    ("秋田県", "アキタケン", "akita"),
    ("山形県", "ヤマガタケン", "yamagata"),
    ("福島県", "フクシマケン", "fukushima"),
    ("茨城県", "イバラキケン", "ibaraki"),
    ("栃木県", "トチギケン", "tochigi"),
    ("群馬県", "グンマケン", "gunma"),
    ("埼玉県", "サイタマケン", "saitama"),
    ("千葉県", "チバケン", "chiba"),
    ("東京都", "トウキョウト", "tokyo"),
    ("神奈川県", "カナガワケン", "kanagawa"),
    ("新潟県", "ニイガタケン", "niigata"),
    ("富山県", "トヤマケン", "toyama"),
    ("石川県", "イシカワケン", "ishikawa"),
    ("福井県", "フクイケン", "fukui"),
    ("山梨県", "ヤマナシケン", "yamanashi"),
    ("長野県", "ナガノケン", "nagano"),
    ("岐阜県", "ギフケン", "gifu"),
    ("静岡県", "シズオカケン", "shizuoka"),
    ("愛知県", "アイチケン", "aichi"),
    ("三重県", "ミエケン", "mie"),
    ("滋賀県", "シガケン", "shiga"),
    ("京都府", "キョウトフ", "kyoto"),
    ("大阪府", "オオサカフ", "osaka"),
    ("兵庫県", "ヒョウゴケン", "hyogo"),
    ("奈良県", "ナラケン", "nara"),
    ("和歌山県", "ワカヤマケン", "wakayama"),
    ("鳥取県", "トットリケン", "tottori"),
    ("島根県", "シマネケン", "shimane"),
    ("岡山県", "オカヤマケン", "okayama"),
    ("広島県", "ヒロシマケン", "hiroshima"),
    ("山口県", "ヤマグチケン", "yamaguchi"),
    ("徳島県", "トクシマケン", "tokushima"),
    ("香川県", "カガワケン", "kagawa"),
    ("愛媛県", "エヒメケン", "ehime"),
    ("高知県", "コウチケン", "kochi"),
    ("福岡県", "フクオカケン", "fukuoka"),
    ("佐賀県", "サガケン", "saga"),
    ("長崎県", "ナガサキケン", "nagasaki"),
    ("熊本県", "クマモトケン", "kumamoto"),
    ("大分県", "オオイタケン", "oita"),
    ("宮崎県", "ミヤザキケン", "miyazaki"),
    ("鹿児島県", "カゴシマケン", "kagoshima"),
    ("沖縄県", "オキナワケン", "okinawa"),
];

/// Cities with wards, and their prefectures: an address may begin with one of them.
const DESIGNATED: [(&str, &str); 20] = [
    ("札幌市", "北海道"),
    ("仙台市", "宮城県"),
    ("さいたま市", "埼玉県"),
    ("千葉市", "千葉県"),
    ("横浜市", "神奈川県"),
    ("川崎市", "神奈川県"),
    ("相模原市", "神奈川県"),
    ("新潟市", "新潟県"),
    ("静岡市", "静岡県"),
    ("浜松市", "静岡県"),
    ("名古屋市", "愛知県"),
    ("京都市", "京都府"),
    ("大阪市", "大阪府"),
    ("堺市", "大阪府"),
    ("神戸市", "兵庫県"),
    ("岡山市", "岡山県"),
    ("広島市", "広島県"),
    ("北九州市", "福岡県"),
    ("福岡市", "福岡県"),
    ("熊本市", "熊本県"),
];

/// The full name of a prefecture however it is written: `東京`, `Tokyo`, `tokyo-to`, `トウキョウト`.
pub(crate) fn prefecture(raw: &str) -> Option<&'static str> {
    let word = text::word(raw);
    if let Some((name, ..)) = PREFECTURES.iter().find(|(name, ..)| *name == word) {
        return Some(name);
    }
    let kana = normalize_text(&word);
    let latin: String = word.chars().map(|c| if c == 'ō' || c == 'ô' { 'o' } else { c }).collect();
    let latin = latin.trim_end_matches(" prefecture").trim_end_matches(" metropolis");
    let latin = latin
        .strip_suffix("-ken")
        .or_else(|| latin.strip_suffix("-fu"))
        .or_else(|| latin.strip_suffix("-to"))
        .unwrap_or(latin);
    let stem = |name: &str| name.trim_end_matches(['都', '府', '県']).to_owned();
    let found = PREFECTURES.iter().find(|(name, reading, spelling)| {
        let short = stem(reading).trim_end_matches("ケン").to_owned();
        // 京都 ends in a letter that is no suffix of it.
        (word == "京都" && *name == "京都府")
            || (word != "京都" && *name != "京都府" && stem(name) == word)
            || kana == *reading
            || kana == short
            || latin == *spelling
    });
    found.map(|(name, ..)| *name)
}

/// An address, read as far as it goes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) postal_code: Option<String>,
    pub(crate) prefecture: Option<&'static str>,
    pub(crate) city: Option<String>,
    /// What follows prefecture and city.
    pub(crate) rest: String,
    /// True if the prefecture was concluded from the city.
    pub(crate) inferred: bool,
}

/// Reads an address: postal code, prefecture, city.
pub(crate) fn locate(raw: &str) -> Place {
    let Some(work) = text::tidy(raw) else { return Place::default() };
    let (postal_code, rest) = take_postal(work.text().unwrap_or_default());
    let mut place = Place { postal_code, ..Place::default() };
    let mut rest = rest.trim_start();
    if let Some(tail) = rest.strip_prefix("日本").map(|tail| tail.trim_start_matches([' ', '国', '、', ',']))
    {
        rest = tail.trim_start();
    }
    if let Some((name, ..)) = PREFECTURES.iter().find(|(name, ..)| rest.starts_with(name)) {
        place.prefecture = Some(name);
        rest = rest.strip_prefix(name).unwrap_or(rest).trim_start();
    } else if let Some((_, prefecture)) = DESIGNATED.iter().find(|(city, _)| rest.starts_with(city)) {
        place.prefecture = Some(prefecture);
        place.inferred = true;
    }
    if place.prefecture.is_some()
        && let Some(length) = city_length(rest)
        && let Some((city, tail)) = rest.split_at_checked(length)
    {
        place.city = Some(city.split_whitespace().collect());
        rest = tail.trim_start();
    }
    place.rest = rest.to_owned();
    place
}

/// The seven digits of a postal code.
pub(crate) fn postal_digits(raw: &str) -> Option<String> {
    let word = text::word(raw);
    let body = word.trim_start_matches(['〒', ' ']);
    let digits: String = body.chars().filter(char::is_ascii_digit).collect();
    let fine = body.chars().all(|c| c.is_ascii_digit() || text::is_dash(c) || c == ' ');
    (fine && digits.len() == 7).then_some(digits)
}

/// A postal code as `123-4567`.
pub(crate) fn clean_postal(raw: &str) -> Option<Cleansed> {
    let mut work = text::tidy(raw)?;
    match postal_digits(work.text().unwrap_or_default()) {
        Some(digits) => {
            let (area, local) = digits.split_at_checked(3).unwrap_or((&digits, ""));
            work.step("postal_code", format!("{area}-{local}"));
            Some(work)
        }
        None => Some(work.refuse("a postal code", "give seven digits, such as `100-0001`")),
    }
}

/// A prefecture by its full name.
pub(crate) fn clean_prefecture(raw: &str) -> Option<Cleansed> {
    let mut work = text::tidy(raw)?;
    let text = work.text().unwrap_or_default().to_owned();
    match prefecture(&text).or_else(|| locate(&text).prefecture) {
        Some(name) => {
            work.step("prefecture", name.to_owned());
            Some(work)
        }
        None => Some(work.refuse("one of the 47 prefectures", "give its name, such as `東京都`")),
    }
}

/// An address with its prefecture and city as parts.
pub(crate) fn clean_address(raw: &str) -> Option<Cleansed> {
    let mut work = text::tidy(raw)?;
    let place = locate(work.text().unwrap_or_default());
    if let Some(code) = &place.postal_code {
        work.part("postal_code", code.clone());
    }
    if let Some(prefecture) = place.prefecture {
        work.part("prefecture", prefecture);
    }
    if let Some(city) = place.city {
        work.part("city", city);
    }
    Some(work)
}

/// `〒100-0001 東京都...`
fn take_postal(address: &str) -> (Option<String>, &str) {
    let body = address.trim_start_matches(['〒', ' ']);
    let end = body
        .char_indices()
        .find(|(_, c)| !(c.is_ascii_digit() || text::is_dash(*c)))
        .map_or(body.len(), |(at, _)| at);
    let (head, tail) = body.split_at_checked(end).unwrap_or(("", body));
    match postal_digits(head) {
        Some(digits) => (digits.split_at_checked(3).map(|(area, local)| format!("{area}-{local}")), tail),
        None => (None, address),
    }
}

/// How many bytes of an address without its prefecture are the city, ward, or county and town.
fn city_length(rest: &str) -> Option<usize> {
    // Names that hold one of the letters that end a name.
    const WHOLE: [&str; 9] = [
        "四日市市",
        "廿日市市",
        "野々市市",
        "大和郡山市",
        "郡山市",
        "郡上市",
        "蒲郡市",
        "小郡市",
        "東村山市",
    ];
    if let Some(name) = WHOLE.iter().find(|name| rest.starts_with(*name)) {
        return Some(name.len());
    }
    if let Some((city, _)) = DESIGNATED.iter().find(|(city, _)| rest.starts_with(city)) {
        let after = rest.get(city.len()..).unwrap_or_default();
        let ward = after.trim_start();
        let gap = after.len() - ward.len();
        // The longest ward has five characters: 阿倍野区 has four, 名古屋市's 千種区 three.
        return Some(end_of(ward, '区', 5).map_or(city.len(), |end| city.len() + gap + end));
    }
    let county = end_of(rest, '郡', 6).filter(|end| {
        let head = rest.get(..*end).unwrap_or_default();
        !head.contains('市') || head.starts_with("余市") || head.starts_with("高市")
    });
    if let Some(county) = county {
        let town = rest.get(county..).unwrap_or_default();
        let end = town_end(town)?;
        return Some(county + end);
    }
    let city = end_of(rest, '市', 9);
    let ward = end_of(rest, '区', 6);
    match (city, ward) {
        (Some(city), Some(ward)) => Some(city.min(ward)),
        (Some(end), None) | (None, Some(end)) => Some(end),
        (None, None) => town_end(rest),
    }
}

/// The end of a town or village.
fn town_end(town: &str) -> Option<usize> {
    if let Some(name) = ["大町町", "玉村町"].iter().find(|name| town.starts_with(*name)) {
        return Some(name.len());
    }
    let end = town.char_indices().skip(1).take(8).find(|(_, c)| matches!(c, '町' | '村'));
    end.map(|(at, c)| at + c.len_utf8())
}

/// The byte after the first `c` that is not the first character, within the first `within` characters.
fn end_of(text: &str, c: char, within: usize) -> Option<usize> {
    text.char_indices().take(within).skip(1).find(|(_, other)| *other == c).map(|(at, _)| at + c.len_utf8())
}
