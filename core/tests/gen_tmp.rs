use ikusei::api;
#[test]
fn gen_vectors() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/capture/receiving.json");
    let mut doc: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let engine = ikusei::Playbook::parse(&doc["playbook"].to_string()).unwrap().compile().unwrap();
    for step in doc["steps"].as_array_mut().unwrap() {
        let args = step["args"].to_string();
        let out: serde_json::Value = serde_json::from_str(&api::call_engine(&engine, step["call"].as_str().unwrap(), &args)).unwrap();
        for (from, to) in [("ok", "expect"), ("error", "error")] {
            if let Some(v) = out.get(from) {
                if let Some(e) = step.get("expect") { assert_eq!(e, v); }
                step[to] = v.clone();
            }
        }
    }
    std::fs::write(path, serde_json::to_string_pretty(&doc).unwrap() + "\n").unwrap();
}
