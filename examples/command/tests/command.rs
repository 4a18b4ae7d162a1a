//! The command as a person uses it, and as CI does.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::{Value, json};

const AT: &str = "2026-05-01T09:00:00+09:00";

fn ikusei(args: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_ikusei");
    Command::new(program).args(args).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap()
}

/// What it writes, once its exit code is this.
fn told(args: &[&str], code: i32) -> String {
    let output = ikusei(args);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{args:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// What it says where it cannot carry out the call.
fn refused(args: &[&str]) -> String {
    let output = ikusei(args);
    assert_eq!(output.status.code(), Some(2), "{args:?}");
    assert!(output.stdout.is_empty(), "{args:?}");
    String::from_utf8(output.stderr).unwrap()
}

fn read(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// A file of its own for a test.
fn file(name: &str, text: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

/// The JSON Schema of SARIF 2.1.0 as OASIS publishes it. The crate `serde-sarif` makes its types of it, and has it among
/// its sources; where these are, the compiler wrote beside the tests.
fn sarif() -> jsonschema::Validator {
    let tests = std::env::current_exe().unwrap();
    let beside = std::fs::read_dir(tests.parent().unwrap()).unwrap().map(|entry| entry.unwrap().path());
    let is_of_sarif = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        name.starts_with("serde_sarif-") && name.ends_with(".d")
    };
    let written = beside.filter(is_of_sarif).map(|path| std::fs::read_to_string(path).unwrap());
    let source = |text: String| {
        let lines = text.lines().filter_map(|line| line.strip_suffix("lib.rs:"));
        lines.map(|folder| PathBuf::from(folder.replace("\\ ", " "))).next()
    };
    let sources: Vec<PathBuf> = written.filter_map(source).collect();
    let schema = sources[0].join("schema.json");
    // Patterns of languages end with a bracket too many, which only JavaScript forgives.
    let text = std::fs::read_to_string(schema).unwrap().replace("[a-zA-Z]{2}]?$", "[a-zA-Z]{2}$");
    let schema: Value = serde_json::from_str(&text).unwrap();
    assert!(schema["$id"].as_str().unwrap().ends_with("sarif-schema-2.1.0.json"));
    jsonschema::options().should_validate_formats(true).build(&schema).unwrap()
}

/// Checks a log, and that every rule that a result names is among those of the driver.
fn valid(log: &Value) {
    let problems: Vec<String> = sarif().iter_errors(log).map(|error| error.to_string()).collect();
    assert!(problems.is_empty(), "{problems:?}");
    let rules: Vec<&Value> = log["runs"][0]["tool"]["driver"]["rules"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| &rule["id"])
        .collect();
    for result in log["runs"][0]["results"].as_array().unwrap() {
        assert!(rules.contains(&&result["ruleId"]), "{result}");
    }
    // What reads such logs in Rust reads it as well.
    let read: serde_sarif::sarif::Sarif = serde_json::from_value(log.clone()).unwrap();
    assert_eq!(read.runs.len(), 1);
}

#[test]
fn a_log_that_is_none_is_told() {
    let good = read(&told(&["check", "data/before.yaml", "--format", "sarif"], 0));
    for (path, bad) in [
        ("/version", json!("2.0.0")),
        ("/runs/0/columnKind", json!("bytes")),
        ("/runs/0/tool/driver", json!({})),
        ("/runs/0/results", json!([{ "message": {} }])),
        ("/runs/0/results", json!([{ "message": { "text": "x" }, "level": "fatal" }])),
        ("/runs/0/results", json!([{ "message": { "text": "x" }, "place": 1 }])),
    ] {
        let mut log = good.clone();
        *log.pointer_mut(path).unwrap() = bad;
        assert!(!sarif().is_valid(&log), "{path}");
    }
}

#[test]
fn a_good_playbook_passes() {
    assert_eq!(told(&["check", "data/before.yaml"], 0), "data/before.yaml: `acme` is fine\n");
    let log = read(&told(&["check", "data/before.yaml", "--format", "sarif"], 0));
    valid(&log);
    assert_eq!(log["runs"][0]["results"], json!([]));
    let found = read(&told(&["check", "data/before.yaml", "--format", "json"], 0));
    assert_eq!(found["playbooks"][0]["name"], "acme");
}

#[test]
fn a_bad_playbook_fails_with_its_places() {
    let path = file("bad.yaml", "ikusei: 1\nname: demo\nfeilds: {}\nsegments: { s: 'size > 3' }\n");
    let human = told(&["check", &path], 1);
    assert!(human.contains(&format!("{path}:3:1: error IK0102: unknown key `feilds`")), "{human}");
    assert!(human.contains("did you mean `fields`?") && human.contains("refused, "), "{human}");
    // What refuses a playbook cannot be left out.
    told(&["check", &path, "--allow", "IK0102"], 1);
    let log = read(&told(&["check", "data/before.yaml", &path, "--format", "sarif"], 1));
    valid(&log);
    let result = &log["runs"][0]["results"][0];
    assert_eq!((&result["ruleId"], &result["level"]), (&json!("IK0102"), &json!("error")));
    assert_eq!(
        result["locations"][0]["physicalLocation"]["region"],
        json!({ "startLine": 3, "startColumn": 1 })
    );
    assert_eq!(result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"], "/feilds");
    let found = read(&told(&["check", &path, "--format", "json"], 1));
    assert_eq!(found["playbooks"][0]["diagnostics"][0]["code"], "IK0102");
}

#[test]
fn what_lint_finds_is_told_and_can_fail_a_build() {
    let path = file(
        "odd.yaml",
        "ikusei: 1\nname: odd\nfields: { size: { type: integer } }\nscorecards:\n  main:\n    rules: [{ id: big, when: size > 9, points: 10 }]\n    ranks:\n      - { rank: A, at_least: 80 }\n",
    );
    let human = told(&["check", &path], 0);
    assert!(
        human.contains(&format!("{path}:8:30: warning IK09")) && human.contains("no lead has more than 10"),
        "{human}"
    );
    told(&["check", &path, "--deny", "warning"], 1);
    let found = read(&told(&["check", &path, "--format", "json"], 0));
    let finding = &found["playbooks"][0]["diagnostics"][0];
    assert_eq!(finding["path"], "/scorecards/main/ranks/0/at_least");
    assert!(finding["example"]["lead"]["fields"]["size"].as_i64() > Some(9), "{finding}");
    let code = finding["code"].as_str().unwrap();
    let allowed = told(&["check", &path, "--deny", "warning", "--allow", code], 0);
    assert!(!allowed.contains(code), "{allowed}");
    let log = read(&told(&["check", &path, "--format", "sarif"], 0));
    valid(&log);
    let result = &log["runs"][0]["results"][0];
    assert_eq!((&result["ruleId"], &result["level"]), (&json!(code), &json!("warning")));
    assert_eq!(result["locations"][0]["physicalLocation"]["region"]["startLine"], 8);
}

#[test]
fn a_difference_is_told_and_can_fail_a_build() {
    let human = told(&["diff", "data/before.yaml", "data/after.yaml"], 0);
    assert!(human.contains("- rule `pricing` of scorecard `overall`: points 15 instead of 10 (data/before.yaml:20 → data/after.yaml:20)"), "{human}");
    let ja = told(&["diff", "data/before.yaml", "data/after.yaml", "--lang", "ja"], 0);
    assert!(ja.contains("ポイントを10から15に変更"), "{ja}");
    told(&["diff", "data/before.yaml", "data/after.yaml", "--deny-results"], 1);
    told(&["diff", "data/before.yaml", "data/before.yaml", "--deny-results"], 0);
    let log = read(&told(&["diff", "data/before.yaml", "data/after.yaml", "--format", "sarif"], 0));
    valid(&log);
    assert_eq!(log["runs"][0]["results"].as_array().unwrap().len(), 3);
    assert_eq!(log["runs"][0]["results"][0]["ruleId"], "diff/scores");
    assert!(refused(&["diff", "data/before.yaml", "data/absent.yaml"]).contains("data/absent.yaml"));
}

#[test]
fn a_difference_with_leads_says_who_moves() {
    // By hand: l1 has 20 + 25 + 10 = 55 before and 60 after, where A begins at 55; l2, l3 and l4 stay.
    let csv = ["--leads", "data/leads.csv", "--activities", "data/activities.csv", "--at", AT];
    let base = ["diff", "data/before.yaml", "data/after.yaml"];
    let found = read(&told(&[&base[..], &csv, &["--format", "json"]].concat(), 0));
    assert_eq!(found["leads"]["figures"], json!({ "leads": 4, "moved": 1 }));
    let movers =
        found["leads"]["tables"].as_array().unwrap().iter().find(|table| table["name"] == "movers").unwrap();
    assert_eq!(
        movers["rows"],
        json!([{ "lead": "l1", "scorecard": "overall", "before": "B", "after": "A", "score_before": "55", "score_after": "60", "why": "pricing +5" }])
    );
    told(&[&base[..], &csv, &["--deny-moved", "25"]].concat(), 0);
    told(&[&base[..], &csv, &["--deny-moved", "24.9"]].concat(), 1);
    // The same leads as records.
    let lead = |id: &str, fields: Value, activities: Value| json!({ "id": id, "fields": fields, "activities": activities });
    let view = json!({ "id": "a", "kind": "page_view", "at": "2026-04-20T10:00:00+09:00", "properties": { "url": "/pricing" } });
    let leads = [
        lead("l1", json!({ "industry": "製造業", "employees": 400 }), json!([view])),
        lead("l3", json!({}), json!([])),
    ];
    let list = file("leads.json", &json!(leads).to_string());
    let lines = file("leads.jsonl", &format!("{}\n\n{}\nno record\n", leads[0], leads[1]));
    for path in [&list, &lines] {
        let found = read(&told(&[&base[..], &["--leads", path, "--at", AT, "--format", "json"]].concat(), 0));
        assert_eq!(found["leads"]["figures"], json!({ "leads": 2, "moved": 1 }), "{path}");
    }
    let output = ikusei(&[&base[..], &["--leads", &lines, "--at", AT]].concat());
    assert!(String::from_utf8_lossy(&output.stderr).contains("leads.jsonl:4: "));
    assert!(
        refused(&[&base[..], &["--leads", &list, "--activities", "data/activities.csv"]].concat())
            .contains("--activities")
    );
}

#[test]
fn leads_are_explained() {
    let base = [
        "explain",
        "data/before.yaml",
        "--leads",
        "data/leads.csv",
        "--activities",
        "data/activities.csv",
        "--at",
        AT,
    ];
    let human = told(&[&base[..], &["--lead", "l1"]].concat(), 0);
    assert!(human.starts_with("l1\n") && human.contains("+10 pricing"), "{human}");
    let found = read(&told(&[&base[..], &["--format", "json"]].concat(), 0));
    let ranks: Vec<&Value> = found.as_array().unwrap().iter().map(|lead| &lead["rank"]).collect();
    assert_eq!(ranks, ["B", "A", "C", "B"]);
    assert!(refused(&[&base[..], &["--lead", "nobody"]].concat()).contains("no lead `nobody`"));
    assert!(refused(&[&base[..], &["--format", "sarif"]].concat()).contains("no findings"));
}

#[test]
fn weeks_are_simulated() {
    let playbook = file(
        "weekly.yaml",
        "ikusei: 1\nname: weekly\nfields: { email: { type: email } }\ntemplates: { news: { channel: email, class: transactional } }\nscenarios:\n  weekly: { again: always, enrol: [{ schedule: { cron: \"0 9 * * 1\" } }], steps: [{ send: { template: news } }] }\n",
    );
    let leads = file(
        "sleepers.json",
        r#"[{"id": "a", "fields": {"email": "a@acme.example"}}, {"id": "b", "fields": {"email": "b@acme.example"}}]"#,
    );
    let base = ["simulate", &playbook, "--leads", &leads, "--from", "2026-05-01T00:00:00Z", "--weeks", "2"];
    let found = read(&told(&[&base[..], &["--format", "json"]].concat(), 0));
    // Two Mondays, two leads.
    assert_eq!(found["analysis"]["figures"]["messages"], 4);
    let human = told(&base, 0);
    assert!(human.contains("| 2026-05-04 | send | email | 2 |"), "{human}");
}

#[test]
fn editors_are_told_of_the_schema() {
    let schema = read(&told(&["schema"], 0));
    assert!(
        jsonschema::validator_for(&schema).is_ok()
            && schema["$defs"]["Whole"]["properties"]["scorecards"].is_object()
    );
    let path = file("hint.yaml", "ikusei: 1\nname: demo\n");
    told(&["schema", &path], 0);
    told(&["schema", &path, "--url", "../ikusei.schema.json"], 0);
    assert!(told(&["schema", &path, "--url", "../ikusei.schema.json"], 0).contains("has it already"));
    let text = std::fs::read_to_string(&path).unwrap();
    assert_eq!(text, "# yaml-language-server: $schema=../ikusei.schema.json\nikusei: 1\nname: demo\n");
    told(&["check", &path], 0);
    assert!(refused(&["schema", &file("data.json", "{}")]).contains("JSON"));
}

#[test]
fn rules_of_other_systems_are_imported() {
    let rules = file(
        "rules.json",
        r#"[{"conditions": {"all": [{"fact": "size", "operator": "greaterThan", "value": 300}]}, "event": {"type": "large", "params": {"points": 25}}},
            {"conditions": {"all": [{"fact": "size", "operator": "isPrime", "value": true}]}, "event": {"type": "odd"}}]"#,
    );
    let output = ikusei(&["import", "json-rules-engine", &rules]);
    assert_eq!(output.status.code(), Some(0));
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(
        errors.contains("1 parts carried over, 1 left") && errors.contains("rules.json/1: `isPrime`"),
        "{errors}"
    );
    let playbook = file("imported.yaml", &String::from_utf8(output.stdout).unwrap());
    told(&["check", &playbook], 0);
    told(&["import", "json-rules-engine", &rules, "--deny-left"], 1);
    let found = read(&told(&["import", "json-rules-engine", &rules, "--format", "json"], 0));
    assert_eq!(found["left"][0]["path"], "/1");
    assert!(refused(&["import", "zoho", &rules]).contains("cannot be imported"));
}

#[test]
fn an_export_of_properties_is_imported_with_its_lines() {
    let table = file(
        "properties.csv",
        "Name,Internal name,Type,Calculated,Deleted,Field type\nHubSpot score,hubspotscore,number,true,false,calculation_score\nPlace,place,json,false,false,text\n",
    );
    let output = ikusei(&["import", "hubspot", &table]);
    assert_eq!(output.status.code(), Some(0));
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(errors.contains("2 parts carried over, 2 left"), "{errors}");
    assert!(
        errors.contains("properties.csv:2:/hubspotscore/criteria: the criteria of the score `HubSpot score`"),
        "{errors}"
    );
    assert!(errors.contains("properties.csv:3:/place: `place` is of type `json`"), "{errors}");
    let playbook = file("scores.yaml", &String::from_utf8(output.stdout).unwrap());
    told(&["check", &playbook, "--deny", "warning"], 0);
}

#[test]
fn flags_that_mean_nothing_are_refused() {
    assert!(refused(&["check"]).contains("PLAYBOOK"));
    assert!(refused(&["diff", "data/before.yaml", "data/after.yaml", "--weeks", "2"]).contains("--leads"));
    assert!(
        refused(&["explain", "data/before.yaml", "--leads", "data/leads.csv", "--at", "yesterday"])
            .contains("yesterday")
    );
}
