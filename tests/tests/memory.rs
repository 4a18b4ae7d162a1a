//! Engines that are dropped give their memory back.

/// Resident memory in KB, where the system tells it.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

#[test]
fn ten_thousand_engines_leave_memory_flat() -> Result<(), ikusei::Error> {
    let text = r#"{"ikusei": 1, "name": "demo", "fields": {"size": {"type": "integer"}, "job": {"type": "text"}},
        "scorecards": {"overall": {"rules": [{"id": "big", "when": "size >= 300", "points": 25},
            {"id": "chief", "when": "job.contains(\"部長\")", "points": 10}], "ranks": [{"rank": "A", "at_least": 20}]}},
        "segments": {"big": "size > 10"}}"#;
    let churn = |count: u32| -> Result<(), ikusei::Error> {
        (0..count).try_for_each(|_| ikusei::Playbook::parse(text)?.compile().map(drop))
    };
    churn(1_000)?;
    let Some(before) = resident() else {
        println!("skipped: this system does not tell resident memory in /proc/self/status");
        return Ok(());
    };
    churn(9_000)?;
    let after = resident().unwrap_or(u64::MAX);
    assert!(after < before + 4_000, "{before} KB, then {after} KB");
    Ok(())
}
