//! Campaigns without cost: what is told of has no budget in the report, wherever in a tree of campaigns it stands.

use ikusei::analytics::{Cell, Rows};
use ikusei::{Instant, Playbook};
use ikusei_tests::generate::Random;
use serde_json::{Value, json};

#[test]
fn a_campaign_without_cost_has_nothing_to_be_set_against() {
    let (mut told, mut costed) = (0, 0);
    for seed in 0..300 {
        let mut random = Random::new(seed);
        let mut campaigns = serde_json::Map::new();
        for number in 0..random.between(1, 6) {
            let mut campaign = json!({});
            if number > 0 && random.chance(70) {
                campaign["parent"] = json!(format!("c{}", random.below(number)));
            }
            match random.below(8) {
                0 => campaign["budget"] = json!("500 JPY"),
                1 => campaign["budget"] = json!({ "2026-04": "500 JPY" }),
                2 => campaign["budget"] = json!({ "2026-04": { "booth": "500 JPY" } }),
                3 => campaign["budget"] = json!({ "2026-04": {} }),
                _ => {}
            }
            campaigns.insert(format!("c{number}"), campaign);
        }
        let document = json!({ "ikusei": 1, "name": "campaigns", "campaigns": campaigns });
        let playbook =
            Playbook::parse(&document.to_string()).unwrap_or_else(|error| panic!("{error}\n{document}"));
        let lint = playbook.lint();
        let at: Instant = "2026-04-08T00:00:00Z".parse().unwrap();
        let report = playbook.compile().unwrap().campaigns(&[], &Rows::default(), at).unwrap();
        let budget = |name: &str| {
            let row = campaigns.keys().position(|known| known == name).unwrap();
            report.tables[0].get(row, "budget").filter(|cell| **cell != Cell::Empty).is_some()
        };
        for name in campaigns.keys() {
            let path = format!("/campaigns/{name}");
            let found = lint.findings.iter().any(|finding| {
                finding.diagnostic.code.as_str() == "IK0919"
                    && finding.diagnostic.path.as_deref() == Some(&path)
            });
            // Its own budget or those of its parts, or that of what it is a part of.
            let mut above = vec![name.as_str()];
            while let Some(parent) = campaigns[*above.last().unwrap()].get("parent").and_then(Value::as_str) {
                above.push(parent);
            }
            let own = |name: &&str| campaigns[*name]["budget"].to_string().contains("JPY");
            let costs = budget(name) || above.iter().any(own);
            assert_eq!(found, !costs, "{name}\n{document}");
            told += usize::from(found);
            costed += usize::from(costs);
        }
    }
    assert!(told > 50 && costed > 50, "{told} {costed}");
}
