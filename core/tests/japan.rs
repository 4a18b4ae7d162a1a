//! Cleansing and identity against the postal codes and offices of Japan Post. The data is no part of the project:
//! where it is absent the tests say so and pass.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]
#![expect(clippy::print_stderr, reason = "figures, and the reason for a skip")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::PathBuf;

use ikusei::{Cleaner, Engine, Playbook, PostalLookup, PostalTable, Value};

fn rows(name: &str) -> Option<Vec<BTreeMap<String, String>>> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/jp").join(name);
    let Ok(file) = std::fs::File::open(&path) else {
        eprintln!("skipped: {name} is not there");
        return None;
    };
    let mut text = String::new();
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    Some(reader.deserialize().map(Result::unwrap).collect())
}

fn engine() -> Engine {
    let text = r#"{ "ikusei": 1, "name": "japan",
        "fields": { "zip": { "type": "text" }, "address": { "type": "text" }, "prefecture": { "type": "text" }, "city": { "type": "text" } },
        "cleansing": { "places": { "address": "address", "postal_code": "zip", "prefecture": "prefecture", "city": "city" } } }"#;
    Playbook::parse(text).unwrap().compile().unwrap()
}

fn text(fields: &ikusei::Map<String, Value>, name: &str) -> String {
    match fields.get(name) {
        Some(Value::Text(text)) => text.clone(),
        _ => String::new(),
    }
}

#[test]
fn every_postal_code_finds_its_prefecture_and_city() {
    let Some(rows) = rows("postal_codes.csv.gz") else { return };
    let mut table = PostalTable::new();
    for row in &rows {
        assert!(table.add(&row["postal_code"], &row["prefecture"], &row["city"]));
    }
    let table = table.build();
    assert_eq!((rows.len(), table.len()), (120_720, 120_720));
    let engine = engine();
    let (mut by_address, mut wrong) = (0, BTreeSet::new());
    for row in &rows {
        let code = &row["postal_code"];
        assert_eq!(table.find(code), Some((row["prefecture"].as_str(), row["city"].as_str())));
        let typed = format!("〒{}-{}", &code[..3], &code[3..]);
        let by_code =
            engine.cleanse(&[("zip".to_owned(), Value::Text(typed))].into_iter().collect(), Some(&table));
        assert_eq!(
            (text(&by_code.fields, "prefecture"), text(&by_code.fields, "city")),
            (row["prefecture"].clone(), row["city"].clone())
        );
        let address = format!("{}{}{}", row["prefecture"], row["city"], row["neighborhood"]);
        let alone = engine
            .cleanse(&[("address".to_owned(), Value::Text(address.clone()))].into_iter().collect(), None);
        assert_eq!(text(&alone.fields, "prefecture"), row["prefecture"]);
        if text(&alone.fields, "city") == row["city"] {
            by_address += 1;
        } else {
            wrong.insert(format!("{} {} -> {}", row["prefecture"], row["city"], text(&alone.fields, "city")));
        }
    }
    eprintln!("city from the address alone, without a table: {by_address} of {}; not: {wrong:?}", rows.len());
    assert!(by_address >= 120_600, "{by_address}");
}

#[test]
fn office_names_are_stable_and_meet_in_their_variants() {
    let Some(rows) = rows("offices.csv.gz") else { return };
    let engine = engine();
    let clean = |name: &str| engine.cleanse_value(Cleaner::Company, &Value::from(name));
    let key = |name: &str| clean(name).parts["key"].clone();
    let mut names: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let (mut with_form, mut branches) = (0, 0);
    for row in &rows {
        let name = &row["name"];
        let once = clean(name);
        let shown = once.text().unwrap_or_else(|| panic!("{name} was lost")).to_owned();
        assert_eq!(clean(&shown).text(), Some(shown.as_str()), "{name}");
        assert_eq!(key(&shown), once.parts["key"], "{name}");
        branches += usize::from(once.parts.contains_key("branch"));
        names.entry(once.parts["key"].clone()).or_default().insert(shown.clone());
        if name.contains("株式会社") {
            with_form += 1;
            for short in ["㈱", "（株）", "(株)", " 株式会社 ", "　株式会社　", "㍿"] {
                assert_eq!(key(&name.replace("株式会社", short)), once.parts["key"], "{name} with {short}");
            }
        }
    }
    assert_eq!((rows.len(), with_form), (22_200, 10_585));
    let shared: Vec<_> = names.iter().filter(|(_, names)| names.len() > 1).collect();
    eprintln!(
        "{} keys for {} names; {branches} with a branch; {} keys shared by different names",
        names.len(),
        rows.len(),
        shared.len()
    );
    if let Ok(path) = std::env::var("IKUSEI_SHARED_KEYS") {
        let listing: String = shared.iter().map(|(key, names)| format!("{key}\t{names:?}\n")).collect();
        std::fs::write(path, listing).unwrap();
    }
}
