//! Random playbooks of scenarios. Before every step stands a mark: a notification that says whether a lead came there.

use ikusei::Lead;
use ikusei_tests::generate::Random;
use serde_json::{Value, json};

/// When lives begin, in the midst of the campaign.
pub(crate) const START: &str = "2026-04-08T06:00:00Z";

const ATOMS: [&str; 18] = [
    "size > 3",
    "size <= 3",
    "size == 4",
    "size < 5",
    "kind == \"a\"",
    "kind != \"a\"",
    "kind in [\"a\", \"b\"]",
    "has(kind)",
    "hot",
    "!hot",
    "10 / size > 2",
    "true",
    "seen(\"view\")",
    "count(\"click\") < 2",
    "rank.overall == \"A\"",
    "scores.overall.total >= 15.0",
    "in_segment(\"few\")",
    "in_segment(\"none\")",
];

pub(crate) fn condition(random: &mut Random) -> String {
    let mut text = random.pick(&ATOMS).to_owned();
    for _ in 0..random.below(3) {
        let (sign, more) = (random.pick(&["&&", "||"]), random.pick(&ATOMS));
        text = if random.chance(25) {
            format!("!({text}) {sign} {more}")
        } else {
            format!("({text}) {sign} {more}")
        };
    }
    text
}

/// Who makes a playbook.
struct Maker {
    random: Random,
    marks: usize,
    scenarios: Vec<String>,
    /// Conditions are left out, so that every way can be gone.
    plain: bool,
    /// A mark of the scenario in work has an id that another version's leads are moved to.
    target: bool,
}

/// The playbook of a seed; a plain one asks nothing of leads.
pub(crate) fn playbook(seed: u64, plain: bool) -> Value {
    let mut maker =
        Maker { random: Random::new(seed), marks: 0, scenarios: Vec::new(), plain, target: false };
    maker.scenarios = (0..maker.random.between(1, 3)).map(|number| format!("s{number}")).collect();
    let scenarios: serde_json::Map<String, Value> =
        maker.scenarios.clone().into_iter().map(|name| (name, maker.scenario())).collect();
    let random = &mut maker.random;
    let caps: Vec<Value> = (0..2)
        .map(|_| {
            let mut cap =
                json!({ "n": random.between(1, 3), "per": random.pick(&["20h", "1d", "3d", "7d"]) });
            if random.chance(40) {
                cap["class"] = json!(random.pick(&["marketing", "sales"]));
            }
            if random.chance(30) {
                cap["channel"] = json!(random.pick(&["email", "line", "phone"]));
            }
            cap
        })
        .collect();
    json!({
        "ikusei": 1, "name": "scenarios",
        "fields": { "size": { "type": "integer" }, "kind": { "type": "text", "values": ["a", "b"] },
            "hot": { "type": "boolean" }, "email": { "type": "email" }, "phone": { "type": "phone" } },
        "activities": { "view": { "properties": { "url": "text" } }, "click": {} },
        "scorecards": { "overall": {
            "rules": [
                { "id": "large", "when": "size > 3", "points": 10 },
                { "id": "views", "on": "view", "points": 5, "cap": 10 },
            ],
            "ranks": [{ "rank": "S", "at_least": 30 }, { "rank": "A", "at_least": 15 }, { "rank": "B" }],
        } },
        "segments": { "few": "size == 4 && kind == \"a\"", "none": "size > 4 && size < 4", "all": "hot || !hot || size == null" },
        "campaigns": { "expo": { "period": ["2026-04-08", "2026-04-10"], "budget": "1 JPY", "goals": { "visit": { "on": "view" } } } },
        "templates": { "mail": { "channel": "email" }, "chat": { "channel": "line", "class": "sales" }, "note": { "channel": "email", "class": "transactional" } },
        "contact_policy": { "at_most": caps },
        "scenarios": scenarios,
    })
}

impl Maker {
    fn scenario(&mut self) -> Value {
        self.target = !self.plain && self.random.chance(25);
        let wanted = self.target;
        let steps = self.block(2);
        let mut scenario = json!({ "enrol": ["manual"], "steps": steps,
            "again": self.random.pick(&[json!("never"), json!("always"), json!({ "after": "1d" })]) });
        if wanted && !self.target {
            scenario["version"] = json!(2);
            scenario["earlier"] = json!({ "1": { "steps": [{ "wait": { "id": "old", "for": "1d" } }] } });
            scenario["migrate"] = json!({ "1": { "old": "target" } });
        }
        if self.plain {
            return scenario;
        }
        if self.random.chance(50) {
            let trigger = self.trigger();
            scenario["enrol"].as_array_mut().unwrap().push(trigger);
        }
        if self.random.chance(35) {
            scenario["goal"] = json!(condition(&mut self.random));
        }
        if self.random.chance(15) {
            scenario["scope"] = json!(condition(&mut self.random));
        }
        if self.random.chance(35) {
            let mut exit = json!({ "when": condition(&mut self.random) });
            if self.random.chance(70) {
                exit["to"] = json!(self.random.pick(&self.scenarios));
            }
            scenario["exit"] = json!([exit]);
        }
        scenario
    }

    fn trigger(&mut self) -> Value {
        let random = &mut self.random;
        let segment = random.pick(&["few", "none", "all"]);
        match random.below(5) {
            0 => json!({ "segment_entered": segment }),
            1 => json!({ "segment_left": segment }),
            2 => json!({ "rank": { "to": random.pick(&[vec!["S"], vec!["A"], vec!["S", "B"]]) } }),
            3 => json!({ "score": { "at_least": random.pick(&[15, 20, 21]) } }),
            _ => json!({ "score": { "below": random.pick(&[0, 1, 20, 21]) } }),
        }
    }

    fn block(&mut self, depth: usize) -> Vec<Value> {
        let mut steps = Vec::new();
        for _ in 0..self.random.between(1, 3) {
            steps.push(self.mark());
            steps.push(self.step(depth));
        }
        if self.random.chance(50) {
            steps.push(self.mark());
        }
        steps
    }

    fn mark(&mut self) -> Value {
        self.marks += 1;
        let mut mark = json!({ "notify": { "to": format!("m{}", self.marks) } });
        if self.target && self.random.chance(20) {
            self.target = false;
            mark["notify"]["id"] = json!("target");
        }
        mark
    }

    fn inner(&mut self, depth: usize) -> Vec<Value> {
        if depth > 0 && self.random.chance(60) { self.block(depth - 1) } else { vec![self.mark()] }
    }

    fn step(&mut self, depth: usize) -> Value {
        let choice = self.random.below(if depth == 0 { 20 } else { 27 });
        match choice {
            0..=4 => json!({ "send": { "template": self.random.pick(&["mail", "chat", "note"]) } }),
            5 => json!({ "call": { "queue": "q" } }),
            6 => json!({ "invite": { "event": "e", "template": "mail" } }),
            7..=13 => self.wait(depth),
            14 => {
                json!({ "update": { "set": { "hot": self.random.pick(&[json!(true), json!(false), Value::Null]) } } })
            }
            15 => json!({ "campaign": { "campaign": "expo" } }),
            16 => json!({ "adjust": { "activity": self.random.pick(&["view", "click"]) } }),
            17 => json!({ "hand_over": {} }),
            18 => json!({ "move": { "to": self.random.pick(&self.scenarios) } }),
            19 => json!({ "exit": {} }),
            20..=22 if !self.plain => {
                let mut arms: Vec<Value> = (0..self.random.between(1, 3))
                    .map(|_| json!({ "when": condition(&mut self.random), "steps": self.inner(depth) }))
                    .collect();
                if self.random.chance(40) {
                    arms.push(json!({ "steps": self.inner(depth) }));
                }
                json!({ "branch": arms })
            }
            20..=24 => {
                let share = self.random.pick(&[50, 50, 0]);
                json!({ "split": { "arms": { "x": { "share": share, "steps": self.inner(depth) }, "y": { "share": 50, "steps": self.inner(depth) } } } })
            }
            _ => json!({ "invite": { "event": "e", "template": "mail",
                "attendance": { "activity": self.activity(), "within": self.random.pick(&["1d", "5d"]) },
                "attended": self.inner(depth), "absent": self.inner(depth), "full": self.inner(depth) } }),
        }
    }

    fn activity(&mut self) -> Value {
        let mut activity = json!({ "kind": self.random.pick(&["view", "click"]) });
        if !self.plain && activity["kind"] == "view" && self.random.chance(40) {
            let never = "activity.url == \"/a\" && activity.url == \"/b\"";
            activity["when"] = json!(self.random.pick(&["activity.url == \"/a\"", never]));
        }
        activity
    }

    fn wait(&mut self, depth: usize) -> Value {
        let mut wait = json!({});
        match self.random.below(8) {
            0..=4 => wait["for"] = json!(self.random.pick(&["1h", "6h", "1d", "2d", "3d", "8d", "30d"])),
            5 => wait["business_days"] = json!(self.random.between(1, 2)),
            6 => wait["days"] = json!(["mon"]),
            _ => {}
        }
        if self.random.chance(25) {
            wait["at"] = json!(self.random.pick(&["00:00", "09:00"]));
        }
        match self.random.below(3) {
            0 if !self.plain => wait["until"] = json!(condition(&mut self.random)),
            1 => wait["activity"] = self.activity(),
            _ => {}
        }
        if wait.as_object().unwrap().is_empty() {
            wait["for"] = json!("1d");
        }
        if wait.get("until").is_some() || wait.get("activity").is_some() || self.random.chance(10) {
            wait["then"] = json!(self.inner(depth));
        }
        wait["timed_out"] = json!(self.inner(depth));
        json!({ "wait": wait })
    }
}

/// Leads of every combination of values that conditions tell apart, all of whom may be contacted.
pub(crate) fn leads(ids: usize) -> Vec<Lead> {
    let mut leads = Vec::new();
    for id in 0..ids {
        for size in [Value::Null, json!(3), json!(4), json!(5)] {
            for kind in [Value::Null, json!("a"), json!("b")] {
                for hot in [Value::Null, json!(true), json!(false)] {
                    let granted = json!({ "status": "granted" });
                    let record = json!({
                        "id": format!("lead-{id}-{}", leads.len()),
                        "fields": { "size": size, "kind": kind, "hot": hot, "email": "a@example.com", "phone": "+81312345678" },
                        "consent": { "email": granted, "line": granted, "phone": granted },
                    });
                    leads.push(Lead::from_json(&record.to_string()).unwrap());
                }
            }
        }
    }
    leads
}
