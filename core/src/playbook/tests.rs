//! The document layer as a whole: what is wrong, and exactly where.

use indexmap::IndexMap;
use serde::Deserialize;

use super::node::{canonical_json, fingerprint, pointer};
use super::source::{Source, Tree};
use crate::base::{Code, Diagnostic, Duration, Money, Points, Span};
use crate::lead::{ActivityPolicy, FieldPolicy};

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Document {
    ikusei: u32,
    name: String,
    #[serde(default)]
    fields: IndexMap<String, FieldPolicy>,
    #[serde(default)]
    activities: IndexMap<String, ActivityPolicy>,
    #[serde(default)]
    rules: Vec<Rule>,
    #[serde(default)]
    steps: Vec<Step>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Rule {
    id: String,
    points: Points,
    when: Option<String>,
    within: Option<Duration>,
    budget: Option<Money>,
    share: Option<u8>,
    weight: Option<f64>,
    period: Option<(String, String)>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Step {
    Send(Send),
    Wait { until: String },
    Stop,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Send {
    template: String,
}

fn parse(text: &str) -> (Option<Document>, Vec<Diagnostic>) {
    let (tree, mut diagnostics) = Tree::parse(&Source { text, ..Source::default() });
    let Some(tree) = tree else { return (None, diagnostics) };
    let (document, more) = tree.decode();
    diagnostics.extend(more);
    (document, diagnostics)
}

/// One line per problem: code, path, line, column, the text underlined, message, help.
fn report(text: &str) -> String {
    let lines = parse(text).1.into_iter().map(|diagnostic| line(text, &diagnostic));
    lines.collect::<Vec<_>>().join("\n")
}

fn line(text: &str, diagnostic: &Diagnostic) -> String {
    let span = diagnostic.span.clone().unwrap();
    let help = diagnostic.help.as_deref().map(|help| format!(" ({help})")).unwrap_or_default();
    format!(
        "{} {} {}:{} [{}] {}{help}",
        diagnostic.code,
        diagnostic.path.as_deref().unwrap_or("-"),
        span.line,
        span.column,
        &text[span.start..span.end],
        diagnostic.message
    )
}

#[test]
fn every_problem_is_found_in_one_go() {
    let text = "\
ikusei: 1
name: 12
feilds: {}
fields:
  会社: { type: txet }
  email: { tpye: email }
  size: [integer]
rules:
  - { id: a, points: abc, within: 3 days }
  - { pionts: 1, budget: 5 }
  - { id: c, points: 1, share: 300, weight: heavy, period: [a] }
  - { when: x }
steps:
  - sned: { template: a }
  - send
  - send: { templat: a }
  - stop: now
  - wait: {}
  - { send: 1, stop: }
  - halt
";
    let expected = "\
IK0105 /name 2:7 [12] expected a text, found the number `12` (put it in quotes)
IK0102 /feilds 3:1 [feilds] unknown key `feilds` (did you mean `fields`?)
IK0106 /fields/会社/type 5:15 [txet] unknown choice `txet` (did you mean `text`?)
IK0102 /fields/email/tpye 6:12 [tpye] unknown key `tpye` (did you mean `type`?)
IK0105 /fields/size 7:3 [size] expected a mapping, found a list
IK0105 /rules/0/points 9:22 [abc] expected a number of points, found the text `abc`
IK0110 /rules/0/within 9:35 [3 days] `3 days` is not a duration (write whole numbers with units, largest first, such as `30d`, `4h` or `1d12h`)
IK0104 /rules/1 10:5 [{ pionts: 1, budget: 5 }] missing key `id` (add `id: ...`)
IK0102 /rules/1/pionts 10:7 [pionts] unknown key `pionts` (did you mean `points`?)
IK0105 /rules/1/budget 10:26 [5] expected a text, found the number `5` (put it in quotes)
IK0110 /rules/2/share 11:32 [300] expected a whole number between 0 and 255, found the number `300`
IK0105 /rules/2/weight 11:45 [heavy] expected a number, found the text `heavy`
IK0105 /rules/2/period 11:52 [period] expected a list of 2, found 1 item
IK0104 /rules/3 12:5 [{ when: x }] missing key `id` (add `id: ...`)
IK0104 /rules/3 12:5 [{ when: x }] missing key `points` (add `points: ...`)
IK0106 /steps/0/sned 14:5 [sned] unknown choice `sned` (did you mean `send`?)
IK0105 /steps/1 15:5 [send] `send` needs a value (write `send: ...`)
IK0102 /steps/2/send/templat 16:13 [templat] unknown key `templat` (did you mean `template`?)
IK0105 /steps/3/stop 17:11 [now] `stop` takes no value (write `stop` alone)
IK0104 /steps/4/wait 18:5 [wait] missing key `until` (add `until: ...`)
IK0105 /steps/5 19:5 [{ send: 1, stop: }] expected one key, found 2 keys (write one of `send`, `wait` or `stop`)
IK0106 /steps/6 20:5 [halt] unknown choice `halt` (write one of `send`, `wait` or `stop`)";
    assert_eq!(report(text), expected);
}
