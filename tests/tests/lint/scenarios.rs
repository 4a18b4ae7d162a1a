//! Scenarios: what no lead comes to, what sends leads round, waits, and how many messages there are.

use std::collections::{BTreeMap, BTreeSet};

use ikusei::{ChangeKind, Engine, EnrolmentStatus, Instant, Lead, Lint, LintFinding, Playbook};
use ikusei_tests::generate::Random;
use serde_json::{Value, json};

use crate::lives::{Life, Seen, Sent, Style};
use crate::playbooks::{START, leads, playbook};

const DAY: i64 = 86_400_000_000;

/// A playbook, what lint says of it, and what was seen of leads in it.
struct Trial {
    document: Value,
    lint: Lint,
    /// Without the contact policy: what could be, were there none.
    free: Engine,
    seen: Seen,
    /// The most messages of a passage by scenario, within a time, as a limit counts.
    most: BTreeMap<Key, u32>,
}

/// Scenario, length of time, class and channel; without a class what limits do not count, or everything.
type Key = (String, i64, Option<String>, Option<String>, bool);

impl Trial {
    fn new(document: Value, seed: u64, pool: &[Lead]) -> Self {
        let parse = |document: &Value| {
            Playbook::parse(&document.to_string()).unwrap_or_else(|error| panic!("{error}\n{document}"))
        };
        let lint = parse(&document).lint();
        let mut without = document.clone();
        without.as_object_mut().unwrap().remove("contact_policy");
        let free = parse(&without).compile().unwrap();
        let mut trial = Self { document, lint, free, seen: Seen::default(), most: BTreeMap::new() };
        trial.live(seed, pool);
        trial
    }

    fn live(&mut self, seed: u64, pool: &[Lead]) {
        let mut random = Random::new(seed ^ 0x11fe);
        let scenarios = self.document["scenarios"].as_object().unwrap().clone();
        for (name, scenario) in &scenarios {
            for style in [Style::Still, Style::Eager, Style::Restless] {
                for lead in pool.iter().skip(random.below(5)).step_by(5) {
                    let mut life = Life::new(&self.free, lead.clone(), START);
                    if random.chance(20) {
                        life.act("view", "/a");
                    }
                    life.enrol(name);
                    life.go_on(style, &mut random);
                    keep(&mut self.seen, &mut self.most, &self.document, life.seen);
                }
            }
            if scenario.get("migrate").is_some() {
                for lead in pool.iter().step_by(7) {
                    let mut record: Value = serde_json::from_str(&lead.to_json()).unwrap();
                    record["enrolments"] = json!([{ "scenario": name, "version": 1, "number": 1,
                        "since": "2026-04-07T00:00:00Z", "because": "manual", "status": "active", "step": "old",
                        "arrived": "2026-04-07T00:00:00Z", "due": "2026-04-08T00:00:00Z" }]);
                    let lead = Lead::from_json(&record.to_string()).unwrap();
                    let mut life = Life::new(&self.free, lead, START);
                    life.go_on(Style::Restless, &mut random);
                    keep(&mut self.seen, &mut self.most, &self.document, life.seen);
                }
            }
        }
    }

    fn run(&self, found: &mut BTreeMap<String, usize>) {
        for finding in &self.lint.findings {
            if self.finding(finding) {
                *found.entry(finding.diagnostic.code.to_string()).or_default() += 1;
            }
        }
        for ((scenario, .., is_limit), most) in &self.most {
            let told = if *is_limit { u32::MAX } else { self.lint.messages[scenario] };
            assert!(*most <= told, "{scenario}: {most} messages, not {told}\n{}", self.document);
            *found.entry("messages".to_owned()).or_default() += usize::from(*most > 0);
            *found.entry("messages, to the number".to_owned()).or_default() +=
                usize::from(*most == told && told > 1);
        }
        for (index, cap) in self.document["contact_policy"]["at_most"].as_array().unwrap().iter().enumerate()
        {
            self.cap(index, cap, found);
        }
    }

    /// No scenario sends more than a limit lets through unless it is told, and then no more than is told.
    fn cap(&self, index: usize, cap: &Value, found: &mut BTreeMap<String, usize>) {
        let related = format!("/contact_policy/at_most/{index}");
        for scenario in self.document["scenarios"].as_object().unwrap().keys() {
            let path = format!("/scenarios/{scenario}");
            let told = self.lint.findings.iter().find(|finding| {
                let found = &finding.diagnostic;
                found.code.as_str() == "IK0917"
                    && found.path.as_deref() == Some(&path)
                    && found.related[0].path == related
            });
            let limit = u32::try_from(cap["n"].as_u64().unwrap()).unwrap();
            let told_most = told.map_or(limit, |finding| {
                let words = finding.diagnostic.message.split("can send a lead ").nth(1).unwrap();
                words.split(' ').next().unwrap().parse().unwrap()
            });
            let most = self.most.get(&key(scenario, cap)).copied().unwrap_or(0);
            assert!(
                most <= told_most,
                "{scenario}: {most} messages where {told_most} were told for {cap}\n{}",
                self.document
            );
            *found.entry("IK0917, shown".to_owned()).or_default() +=
                usize::from(told.is_some() && most > limit);
        }
    }

    fn refuted(&self, finding: &LintFinding, by: &dyn std::fmt::Debug) -> ! {
        panic!("{}\n{by:?}\n{}", finding.diagnostic, self.document)
    }

    /// Whether the finding could be looked into.
    fn finding(&self, finding: &LintFinding) -> bool {
        let path = finding.diagnostic.path.as_deref().unwrap();
        let steps: Vec<&str> = path.split('/').skip(1).collect();
        match (finding.diagnostic.code.as_str(), steps.as_slice()) {
            ("IK0914", ["scenarios", name, "enrol", _]) => {
                let by = |(scenario, because): &&(String, String)| {
                    scenario == name && because != "manual" && !because.starts_with("moved")
                };
                if let Some(enrolled) = self.seen.enrolled.iter().find(by) {
                    self.refuted(finding, enrolled);
                }
                true
            }
            ("IK0914", _) => {
                let marks = self.marks_from(path);
                if let Some(reached) = marks.iter().find(|mark| self.seen.marks.contains(*mark)) {
                    self.refuted(finding, reached);
                }
                !marks.is_empty()
            }
            ("IK0915", _) => self.round(finding),
            ("IK0916", [.., "wait", "until"]) => {
                let then = path.replace("/until", "/then");
                let marks = self.marks_from(&then);
                if let Some(reached) = marks.iter().find(|mark| self.seen.marks.contains(*mark)) {
                    self.refuted(finding, reached);
                }
                if let Some(example) = &finding.example {
                    self.example(finding, &example.lead, example.at, steps[1]);
                }
                true
            }
            ("IK0916", _) => self.campaign(finding, path),
            ("IK0901", ["scenarios", name, "goal"]) => {
                if self.seen.ended.contains(&((*name).to_owned(), EnrolmentStatus::Goal)) {
                    self.refuted(finding, name);
                }
                true
            }
            ("IK0901", ["scenarios", name, "scope"]) => {
                if self.seen.enrolled.iter().any(|(scenario, _)| scenario == name) {
                    self.refuted(finding, name);
                }
                true
            }
            // Leads of another version come to steps of this one before they are asked for its goal.
            ("IK0902", ["scenarios", name, "goal"])
                if self.document["scenarios"][*name].get("migrate").is_none() =>
            {
                let other = [EnrolmentStatus::Done, EnrolmentStatus::Exited, EnrolmentStatus::Moved];
                let other =
                    other.iter().find(|status| self.seen.ended.contains(&((*name).to_owned(), **status)));
                if let Some(status) = other {
                    self.refuted(finding, status);
                }
                true
            }
            _ => false,
        }
    }

    /// The marks in a part of the document, and in what stands after it in its list.
    fn marks_from(&self, path: &str) -> BTreeSet<String> {
        let (up, key) = path.rsplit_once('/').unwrap();
        let mut marks = BTreeSet::new();
        match (self.document.pointer(up).unwrap(), key.parse::<usize>()) {
            (Value::Array(steps), Ok(index)) if !up.ends_with("/branch") => {
                steps.iter().skip(index).for_each(|step| collect(step, &mut marks));
            }
            _ => collect(self.document.pointer(path).unwrap(), &mut marks),
        }
        // Where leads are moved to from another version is told by the version.
        marks
    }

    /// The lead of an example reaches the goal of the scenario as soon as it is in it.
    fn example(&self, finding: &LintFinding, lead: &Lead, at: Instant, scenario: &str) {
        let goal = self.document["scenarios"][scenario]["goal"].as_str().unwrap();
        let mut document = self.document.clone();
        document["segments"]["the_goal"] = json!(goal);
        let engine = Playbook::parse(&document.to_string()).unwrap().compile().unwrap();
        let assessment = engine.assess(lead, at).unwrap();
        if !assessment.segments.iter().any(|segment| segment == "the_goal") {
            self.refuted(finding, &lead.to_json());
        }
    }

    /// Some lead goes the whole way round within one call.
    fn round(&self, finding: &LintFinding) -> bool {
        let message = &finding.diagnostic.message;
        let names: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
        let names = &names[..names.len() - 1];
        if names.iter().any(|name| changes_facts(&self.document["scenarios"][*name])) {
            return false;
        }
        if let Some(example) = &finding.example {
            // Who divides leads by chance may send this one elsewhere.
            let text = self.document["scenarios"].to_string();
            if !text.contains("\"split\"") && !self.goes_round(names, &example.lead, None) {
                self.refuted(finding, &example.lead.to_json());
            }
        }
        let pool = leads(6);
        let before = [None, Some("view"), Some("click")];
        if pool.iter().any(|lead| before.iter().any(|kind| self.goes_round(names, lead, *kind))) {
            return true;
        }
        self.refuted(finding, &names)
    }

    /// Whether a lead goes the whole way round within one call.
    fn goes_round(&self, names: &[&str], lead: &Lead, before: Option<&str>) -> bool {
        let mut life = Life::new(&self.free, lead.clone(), START);
        if let Some(kind) = before {
            life.act(kind, "/a");
        }
        let outcome = life.enrol(names[0]);
        let is = |change: &ikusei::Change, name: &str| change.scenario.as_deref() == Some(name);
        let came = |name: &&str| {
            let enrolled = |change: &&ikusei::Change| matches!(change.what, ChangeKind::Enrolled { .. });
            outcome.changes.iter().filter(enrolled).any(|change| is(change, name))
        };
        let refused = |change: &&ikusei::Change| matches!(change.what, ChangeKind::NotEnrolled(_));
        names.iter().all(came) && outcome.changes.iter().filter(refused).any(|change| is(change, names[0]))
    }

    /// Who comes to the wait while the campaign runs is a member, and goes on by time only when it is over.
    fn campaign(&self, finding: &LintFinding, path: &str) -> bool {
        let over = "2026-04-11T00:00:00Z".parse::<Instant>().unwrap().micros();
        let wait = path.trim_end_matches("/wait/for");
        let (up, index) = wait.rsplit_once('/').unwrap();
        let before: usize = index.parse::<usize>().unwrap() - 1;
        let mark = |path: &str| self.document.pointer(path).unwrap()["notify"]["to"].as_str().unwrap();
        let (before, after) =
            (mark(&format!("{up}/{before}")), mark(&format!("{path}/../timed_out/0").replace("/for/..", "")));
        let mut came = false;
        let mut last: Option<i64> = None;
        for (mark, at, campaigns) in &self.seen.trail {
            if mark == before {
                last = Some(*at);
                came |= *at < over;
                if !campaigns.iter().any(|campaign| campaign == "expo") {
                    self.refuted(finding, mark);
                }
            }
            if mark == after && last.is_some_and(|arrived| arrived < over) && *at < over {
                self.refuted(finding, mark);
            }
        }
        came
    }
}

/// Adds what was seen of one life.
fn keep(all: &mut Seen, most: &mut BTreeMap<Key, u32>, document: &Value, seen: Seen) {
    let week = json!({ "per": "7d" });
    let caps = document["contact_policy"]["at_most"].as_array().unwrap().iter().chain([&week]);
    for cap in caps {
        for (scenario, count) in counted(&seen.sent, cap) {
            let known = most.entry(key(&scenario, cap)).or_default();
            *known = (*known).max(count);
        }
    }
    all.marks.extend(seen.marks);
    all.trail.extend(seen.trail);
    all.enrolled.extend(seen.enrolled);
    all.ended.extend(seen.ended);
}

fn key(scenario: &str, cap: &Value) -> Key {
    let text = |key: &str| cap[key].as_str().map(str::to_owned);
    (scenario.to_owned(), length(cap), text("class"), text("channel"), cap.get("n").is_some())
}

fn length(cap: &Value) -> i64 {
    match cap["per"].as_str().unwrap() {
        "20h" => 20 * DAY / 24,
        days => days.trim_end_matches('d').parse::<i64>().unwrap() * DAY,
    }
}

/// The most messages that one passage brought within a time, for every scenario.
fn counted(sent: &[Sent], cap: &Value) -> BTreeMap<String, u32> {
    let counts = |sent: &&Sent| {
        let of_class = match cap["class"].as_str() {
            Some(class) => class == sent.class,
            // Without limit, everything counts; without class, what is not transactional.
            None => cap.get("n").is_none() || sent.class != "transactional",
        };
        of_class && cap["channel"].as_str().is_none_or(|channel| channel == sent.channel)
    };
    let mut most: BTreeMap<String, u32> = BTreeMap::new();
    for first in sent.iter().filter(counts) {
        let within = |other: &&Sent| {
            other.passage == first.passage && (first.at..first.at + length(cap)).contains(&other.at)
        };
        let count = u32::try_from(sent.iter().filter(counts).filter(within).count()).unwrap();
        let known = most.entry(first.passage.0.clone()).or_default();
        *known = (*known).max(count);
    }
    most
}

fn collect(part: &Value, marks: &mut BTreeSet<String>) {
    match part {
        Value::Object(entries) => {
            if let Some(mark) = entries.get("notify") {
                marks.insert(mark["to"].as_str().unwrap().to_owned());
            }
            entries.values().for_each(|part| collect(part, marks));
        }
        Value::Array(parts) => parts.iter().for_each(|part| collect(part, marks)),
        _ => {}
    }
}

/// Whether a step changes what conditions are asked of.
fn changes_facts(scenario: &Value) -> bool {
    let text = scenario.to_string();
    ["\"update\"", "\"adjust\"", "\"campaign\""].iter().any(|step| text.contains(step))
}

#[test]
fn no_life_refutes_a_finding() {
    let mut found = BTreeMap::new();
    let pool = leads(1);
    for seed in 0..120 {
        Trial::new(playbook(seed, false), seed, &pool).run(&mut found);
    }
    println!("{found:?}");
    for seed in 0..60 {
        Trial::new(playbook(seed, true), seed, &pool[..9]).run(&mut found);
    }
    println!("{found:?}");
    for code in ["IK0901", "IK0902", "IK0914", "IK0915", "IK0916", "IK0917, shown", "messages, to the number"]
    {
        assert!(found.get(code).is_some_and(|count| *count > 3), "{code}: {found:?}");
    }
}
