//! Cleansing as a whole.

use crate::base::map::Map;
use proptest::prelude::*;

use super::policy::{Cleaner, DateOrder};
use super::{company, date, number, place};
use crate::Engine;
use crate::Playbook;
use crate::base::time::Zone;
use crate::lead::value::Value;

fn engine(cleansing: &str) -> Engine {
    let text = format!(
        r#"{{ "ikusei": 1, "name": "test", "timezone": "Asia/Tokyo", "fields": {{
            "email": {{ "type": "email", "identity": "person" }}, "phone": {{ "type": "phone" }},
            "company": {{ "type": "text", "identity": "company" }}, "zip": {{ "type": "text" }},
            "address": {{ "type": "text" }}, "prefecture": {{ "type": "text" }}, "city": {{ "type": "text" }},
            "size": {{ "type": "integer" }}, "joined": {{ "type": "date" }}, "seen": {{ "type": "timestamp" }},
            "news": {{ "type": "boolean" }}, "interests": {{ "type": "set" }}, "web": {{ "type": "url" }} }},
            "cleansing": {cleansing} }}"#
    );
    Playbook::parse(&text).unwrap_or_else(|error| panic!("{error}")).compile().unwrap()
}

fn clean(cleaner: Cleaner, raw: &str) -> super::Cleansed {
    engine("{}").cleanse_value(cleaner, &Value::from(raw))
}

/// The clean text, or `-` for null; `!` for what is refused.
fn short(cleaner: Cleaner, raw: &str) -> String {
    let cleansed = clean(cleaner, raw);
    match (&cleansed.value, &cleansed.problem) {
        (_, Some(_)) => "!".to_owned(),
        (Value::Null, None) => "-".to_owned(),
        (Value::Text(text), None) => text.clone(),
        (other, None) => serde_json::to_string(other).unwrap(),
    }
}

#[track_caller]
fn all(cleaner: Cleaner, cases: &[(&str, &str)]) {
    let got: Vec<(&str, String)> = cases.iter().map(|(raw, _)| (*raw, short(cleaner, raw))).collect();
    let want: Vec<(&str, String)> = cases.iter().map(|(raw, want)| (*raw, (*want).to_owned())).collect();
    assert_eq!(got, want);
}

#[test]
fn mail_addresses() {
    all(
        Cleaner::Email,
        &[
            ("Taro.Yamada@Example.CO.JP", "taro.yamada@example.co.jp"),
            ("　ｔａｒｏ＠ｅｘａｍｐｌｅ．ｊｐ　", "taro@example.jp"),
            ("山田太郎 <taro@example.jp>", "taro@example.jp"),
            ("mailto:taro@example.jp", "taro@example.jp"),
            ("taro+news@example.jp", "taro+news@example.jp"),
            ("taro@example.jp.", "taro@example.jp"),
            ("a..b.@docomo.ne.jp", "a..b.@docomo.ne.jp"),
            ("a..b@example.jp", "!"),
            ("taro@example", "!"),
            ("taro.example.jp", "!"),
            ("taro@-x.jp", "!"),
            ("taro@1.2.3.4", "!"),
            ("@example.jp", "!"),
            ("N/A", "-"),
        ],
    );
    let rules = engine(r#"{ "email": { "plus_tags": "drop", "local_case": "keep" } }"#);
    let tagged = rules.cleanse_value(Cleaner::Email, &Value::from("Taro+x@Example.jp"));
    assert_eq!(tagged.text(), Some("Taro@example.jp"));
    assert_eq!(tagged.rules, ["domain_case", "plus_tag"]);
}

#[test]
fn telephone_numbers() {
    all(
        Cleaner::Phone,
        &[
            ("03-1234-5678", "+81312345678"),
            ("０３（１２３４）５６７８", "+81312345678"),
            ("(03) 1234-5678", "+81312345678"),
            ("+81 (0)3-1234-5678", "+81312345678"),
            ("+81-3-1234-5678", "+81312345678"),
            ("81 3 1234 5678", "+81312345678"),
            ("010-81-3-1234-5678", "+81312345678"),
            ("TEL：03ー1234ー5678（代）", "+81312345678"),
            ("03-1234-5678 内線 123", "+81312345678"),
            ("03-1234-5678 ext.123", "+81312345678"),
            ("090-1234-5678", "+819012345678"),
            ("9012345678", "+819012345678"),
            ("0120-444-444", "+81120444444"),
            ("0800-123-4567", "+818001234567"),
            ("03-1234-5678 / 090-1234-5678", "+81312345678"),
            ("1234-5678", "!"),
            ("090-1234-567", "!"),
            ("abc", "!"),
            ("110", "!"),
            ("不明", "-"),
        ],
    );
    let desk = clean(Cleaner::Phone, "０３-１２３４-５６７８（内線４５）");
    assert_eq!(desk.parts.get("extension").map(String::as_str), Some("45"));
    assert_eq!(desk.parts.get("line").map(String::as_str), Some("fixed"));
    let eaten = engine("{}").cleanse_value(Cleaner::Phone, &Value::Int(312_345_678));
    assert_eq!((eaten.text(), eaten.confidence), (Some("+81312345678"), Some(800_000)));
    assert!(eaten.rules.contains(&"leading_zero"));
}

#[test]
fn telephone_numbers_of_other_countries() {
    all(Cleaner::Phone, &[("+1 650-253-0000", "+16502530000"), ("+44 (0)20 7031 3000", "+442070313000")]);
}

#[cfg(feature = "phones")]
#[test]
fn the_library_knows_national_numbers_and_impossible_ones() {
    let us = engine(r#"{ "phone": { "region": "US" } }"#);
    assert_eq!(us.cleanse_value(Cleaner::Phone, &Value::from("(650) 253-0000")).text(), Some("+16502530000"));
    all(Cleaner::Phone, &[("+1 123 456 7890", "!")]);
}

#[test]
fn company_names() {
    all(
        Cleaner::Company,
        &[
            ("㈱アクメ", "株式会社アクメ"),
            ("（株）アクメ", "株式会社アクメ"),
            ("ｱｸﾒ㈱", "アクメ株式会社"),
            ("カ)アクメ", "株式会社アクメ"),
            ("株式会社　アクメ", "株式会社アクメ"),
            ("有限会社 山田商店", "有限会社山田商店"),
            ("Ａｃｍｅ　Ｃｏ．，Ｌｔｄ．", "Acme Co., Ltd."),
            ("ACME CO LTD", "ACME Co., Ltd."),
            ("Acme, Inc", "Acme Inc."),
            ("伊藤忠商事　株式会社　北海道支社", "伊藤忠商事株式会社 北海道支社"),
            ("株式会社アクメ 御中", "株式会社アクメ"),
            ("株式会社", "株式会社"),
            ("-", "-"),
        ],
    );
    let key = |raw: &str| company::key(raw);
    for (a, b) in [
        ("㈱アクメ", "アクメ株式会社"),
        ("株式会社ｱｸﾒ ｼﾞｬﾊﾟﾝ", "アクメ・ジャパン(株)"),
        ("キヤノン株式会社", "キャノン㈱"),
        ("髙島屋", "株式会社 高島屋"),
        ("Acme Japan K.K.", "ACME JAPAN"),
        ("シ-メンス株式会社", "シーメンス"),
        ("伊藤忠商事　株式会社　北海道支社", "伊藤忠商事(株)"),
        ("株式会社　日本経済新聞社　札幌支社", "日本経済新聞社"),
    ] {
        assert_eq!(key(a), key(b), "{a} {b}");
    }
    for (a, b) in [("アクメ", "アクメ商事"), ("東京商事", "東京商会"), ("ABC", "ABD")] {
        assert_ne!(key(a), key(b));
    }
}

#[test]
fn numbers_and_money() {
    for (raw, want) in [
        ("１，０００", "1000"),
        ("1億2,000万", "120000000"),
        ("三千五百", "3500"),
        ("二〇二六", "2026"),
        ("約300名", "300"),
        ("1.5万", "15000"),
        ("▲12", "-12"),
        ("(12)", "-12"),
        ("12.50", "12.50"),
        ("3K", "3000"),
    ] {
        assert_eq!(number::number(raw).map(|n| n.to_string()).as_deref(), Some(want), "{raw}");
    }
    for raw in ["", "abc", "1,00", "1.2.3", "万", "1万1億", "1-2", "99999999999999999999999999999999", "."]
    {
        assert_eq!(number::number(raw), None, "{raw}");
    }
    for (raw, want) in [
        ("$1,117.10K", "1117100 USD"),
        ("1,000万円", "10000000 JPY"),
        ("￥１，０００", "1000 JPY"),
        ("US$ 5.50", "5.50 USD"),
        ("3000000 JPY", "3000000 JPY"),
        ("-€2.5m", "-2500000 EUR"),
        ("$-5", "-5 USD"),
    ] {
        assert_eq!(number::money(raw, None).map(|m| m.to_string()).as_deref(), Some(want), "{raw}");
    }
    assert_eq!(number::money("100", None), None);
    assert_eq!(number::money("$1 EUR", None), None);
    assert_eq!(number::money("100", Some("JPY")).map(|m| m.to_string()).as_deref(), Some("100 JPY"));
}

#[test]
fn dates_and_times() {
    let read = |raw: &str| {
        let moment = date::moment(raw, None)?;
        Some(match (moment.time, moment.offset) {
            (None, _) => moment.date_text(),
            (Some(time), None) => format!("{} {}", moment.date_text(), time.format("%H:%M:%S%.f")),
            (Some(time), Some(offset)) => {
                format!("{} {} {offset}", moment.date_text(), time.format("%H:%M:%S%.f"))
            }
        })
    };
    for (raw, want) in [
        ("2026-04-08", "2026-04-08"),
        ("2026/4/8", "2026-04-08"),
        ("２０２６．４．８", "2026-04-08"),
        ("20260408", "2026-04-08"),
        ("2026年4月8日", "2026-04-08"),
        ("2026年4月8日(水) 10時30分", "2026-04-08 10:30:00"),
        ("2026年4月5日（日）", "2026-04-05"),
        ("令和8年4月8日", "2026-04-08"),
        ("㋿8年4月8日", "2026-04-08"),
        ("令和元年5月1日", "2019-05-01"),
        ("平成30年1月2日", "2018-01-02"),
        ("R8.4.8", "2026-04-08"),
        ("S55/12/31", "1980-12-31"),
        ("15 Apr, 2021 00:03:00", "2021-04-15 00:03:00"),
        ("15-Apr-2021", "2021-04-15"),
        ("April 15th, 2021 3:05 PM", "2021-04-15 15:05:00"),
        ("Thu, 15 Apr 2021 00:03:00 +0000", "2021-04-15 00:03:00 0"),
        ("2026-04-08T09:00:00+09:00", "2026-04-08 09:00:00 32400"),
        ("2026-04-08T09:00:00.250Z", "2026-04-08 09:00:00.250 0"),
        ("2026/4/8 午後3時5分", "2026-04-08 15:05:00"),
        ("2026/4/8 9:05 JST", "2026-04-08 09:05:00 32400"),
        ("31/12/2026", "2026-12-31"),
        ("12/31/2026", "2026-12-31"),
    ] {
        assert_eq!(read(raw).as_deref(), Some(want), "{raw}");
    }
    for raw in [
        "",
        "04/05/2026",
        "2026-02-30",
        "26/4/8",
        "2026-13-01",
        "令和0年1月1日",
        "昭和65年1月1日",
        "tomorrow",
        "2026-04-08 25:00",
        "2026-04-08 x",
        "12",
    ] {
        assert_eq!(read(raw), None, "{raw}");
    }
    let ordered = |order| date::moment("04/05/2026", Some(order)).map(|moment| moment.date_text());
    assert_eq!(ordered(DateOrder::DayFirst).as_deref(), Some("2026-05-04"));
    assert_eq!(ordered(DateOrder::MonthFirst).as_deref(), Some("2026-04-05"));
    let tokyo = Zone::parse("Asia/Tokyo").unwrap();
    let instant =
        |raw: &str| date::moment(raw, None).and_then(|moment| moment.instant(tokyo)).map(|at| at.to_string());
    assert_eq!(instant("2026/4/8 9:00").as_deref(), Some("2026-04-08T00:00:00Z"));
    assert_eq!(instant("2026-04-08T09:00:00Z").as_deref(), Some("2026-04-08T09:00:00Z"));
}

#[test]
fn prefectures_and_addresses() {
    for (raw, want) in [
        ("東京", "東京都"),
        ("東京都", "東京都"),
        ("Tokyo", "東京都"),
        ("tokyo-to", "東京都"),
        ("Osaka Prefecture", "大阪府"),
        ("京都", "京都府"),
        ("京都府", "京都府"),
        ("北海道", "北海道"),
        ("ほっかいどう", "北海道"),
        ("ｶﾅｶﾞﾜｹﾝ", "神奈川県"),
    ] {
        assert_eq!(place::prefecture(raw), Some(want), "{raw}");
    }
    assert_eq!(place::prefecture("Atlantis"), None);
    for (raw, prefecture, city) in [
        ("〒100-0001 東京都千代田区千代田1-1", "東京都", "千代田区"),
        ("北海道札幌市中央区北1条", "北海道", "札幌市中央区"),
        ("大阪市北区中之島1丁目", "大阪府", "大阪市北区"),
        ("三重県四日市市馳出", "三重県", "四日市市"),
        ("千葉県市川市八幡", "千葉県", "市川市"),
        ("北海道余市郡余市町", "北海道", "余市郡余市町"),
        ("佐賀県杵島郡大町町", "佐賀県", "杵島郡大町町"),
        ("東京都大島町元町", "東京都", "大島町"),
    ] {
        let place = place::locate(raw);
        assert_eq!((place.prefecture, place.city.as_deref()), (Some(prefecture), Some(city)), "{raw}");
    }
}

#[test]
fn places_are_derived_where_they_are_empty() {
    let engine = engine(
        r#"{ "places": { "address": "address", "postal_code": "zip", "prefecture": "prefecture", "city": "city" } }"#,
    );
    let codes: Map<String, (String, String)> =
        [("1000001".to_owned(), ("東京都".to_owned(), "千代田区".to_owned()))].into_iter().collect();
    let fields = |zip: &str, prefecture: Value| {
        [("zip".to_owned(), Value::from(zip)), ("prefecture".to_owned(), prefecture)]
            .into_iter()
            .collect::<Map<_, _>>()
    };
    let derived = engine.cleanse(&fields("〒１０００００１", Value::Null), Some(&codes));
    assert_eq!(
        serde_json::to_string(&derived.fields).unwrap(),
        r#"{"zip":"100-0001","prefecture":"東京都","city":"千代田区"}"#
    );
    assert_eq!(derived.changes["city"].rules, ["from_postal_code"]);
    let kept = engine.cleanse(&fields("1000001", Value::from("大阪")), Some(&codes));
    assert_eq!(kept.fields["prefecture"], Value::from("大阪府"), "what is there stays");
}

#[test]
fn other_types_and_nulls() {
    all(Cleaner::Integer, &[("３００名", "300"), ("1万", "10000"), ("1.5", "!"), ("未選択", "-")]);
    all(Cleaner::Boolean, &[("はい", "true"), ("無", "false"), ("Yes", "true"), ("maybe", "!")]);
    all(Cleaner::Set, &[("A; B、A", r#"["A","B"]"#), ("なし", "-")]);
    all(
        Cleaner::Url,
        &[
            ("Example.co.jp/A", "https://example.co.jp/A"),
            ("HTTPS://Example.jp/", "https://example.jp"),
            ("javascript:alert(1)", "!"),
        ],
    );
    all(Cleaner::Person, &[("山田　太郎様", "山田 太郎")]);
    all(
        Cleaner::Text,
        &[
            ("Select", "-"),
            ("-- Please select --", "-"),
            ("#N/A", "-"),
            ("ー", "-"),
            ("不明", "-"),
            ("…", "-"),
            ("???", "-"),
            ("None", "-"),
            ("  a \u{200b} b ", "a b"),
            ("特になし", "-"),
            ("不明確", "不明確"),
        ],
    );
    let own = engine(r#"{ "nulls": { "add": ["ダミー"], "keep": ["なし"] } }"#);
    assert_eq!(own.cleanse_value(Cleaner::Text, &Value::from("ﾀﾞﾐｰ")).value, Value::Null);
    assert_eq!(own.cleanse_value(Cleaner::Text, &Value::from("なし")).text(), Some("なし"));
}

#[test]
fn the_raw_value_and_the_reason_stay() {
    let engine = engine("{}");
    let fields = [("email".to_owned(), Value::from("nobody")), ("host".to_owned(), Value::from(" own "))];
    let clean = engine.cleanse(&fields.into_iter().collect(), None);
    assert_eq!(
        serde_json::to_string(&clean).unwrap(),
        r#"{"fields":{"email":null,"host":" own "},"changes":{"email":{"value":null,"raw":"nobody","problem":{"code":"IK0721","severity":"warning","message":"`nobody` is not a mail address","help":"give an address such as `taro@example.co.jp`"}}}}"#
    );
}

#[test]
fn a_policy_that_names_what_does_not_exist_is_refused() {
    let text = r#"{ "ikusei": 1, "name": "x", "fields": { "zip": { "type": "text" } }, "cleansing": {
        "fields": { "zap": "postal_code" }, "places": { "city": "town" }, "phone": { "region": "japan" }, "currency": "yen" } }"#;
    let error = Playbook::parse(text).unwrap_err();
    let found: Vec<_> =
        error.diagnostics().iter().map(|d| (d.code.as_str(), d.path.as_deref().unwrap_or(""))).collect();
    assert_eq!(
        found,
        [
            ("IK0301", "/cleansing/fields/zap"),
            ("IK0301", "/cleansing/places/city"),
            ("IK0110", "/cleansing/phone/region"),
            ("IK0110", "/cleansing/currency"),
        ]
    );
    let unknown =
        Playbook::parse(r#"{ "ikusei": 1, "name": "x", "cleansing": { "emial": {} } }"#).unwrap_err();
    assert_eq!(unknown.code().as_str(), "IK0102");
}

const CLEANERS: [Cleaner; 16] = [
    Cleaner::Text,
    Cleaner::Email,
    Cleaner::Phone,
    Cleaner::Url,
    Cleaner::Company,
    Cleaner::Person,
    Cleaner::Prefecture,
    Cleaner::PostalCode,
    Cleaner::Address,
    Cleaner::Integer,
    Cleaner::Number,
    Cleaner::Money,
    Cleaner::Date,
    Cleaner::Timestamp,
    Cleaner::Boolean,
    Cleaner::Set,
];

/// Texts made of the pieces that the rules look for, so that they meet in every order.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "株式会社",
        "㈱",
        "(株)",
        "カ)",
        "(カ",
        "有限会社",
        "Co.",
        "Ltd.",
        ",",
        "Inc",
        " ",
        "　",
        "アクメ",
        "ｱｸﾒ",
        "支社",
        "ー",
        "-",
        "御中",
        "様",
        "@",
        ".",
        "example",
        "jp",
        "+",
        "tag",
        "03",
        "1234",
        "5678",
        "81",
        "0",
        "(",
        ")",
        "内線",
        "〒",
        "東京都",
        "市",
        "区",
        "郡",
        "町",
        "１",
        "万",
        "億",
        "円",
        "$",
        "K",
        "令和",
        "年",
        "月",
        "日",
        "8",
        "4",
        "2026",
        "/",
        ":",
        "mailto:",
        "<",
        ">",
        "https://",
        "\u{200b}",
        "İ",
        "ﬁ",
        "\u{301}",
        "¨",
        "ﾞ",
        "は",
        "N/A",
        "なし",
        ";",
        "、",
        "x",
        "㍿",
        "支店",
        "株式会社 支店",
    ]);
    prop_oneof![prop::collection::vec(piece, 0..9).prop_map(|pieces| pieces.concat()), any::<String>()]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn cleansing_twice_is_cleansing_once(raw in pieces()) {
        let engine = engine("{}");
        for cleaner in CLEANERS {
            let once = engine.cleanse_value(cleaner, &Value::from(raw.as_str()));
            let twice = engine.cleanse_value(cleaner, &once.value);
            prop_assert_eq!(&twice.value, &once.value, "{:?} of {:?}", cleaner, raw);
            if once.problem.is_some() {
                prop_assert_eq!(&once.value, &Value::Null);
            }
        }
        let company = engine.cleanse_value(Cleaner::Company, &Value::from(raw.as_str()));
        if let Some(shown) = company.text() {
            prop_assert_eq!(&company::key(shown), &company.parts["key"]);
        }
    }
}
