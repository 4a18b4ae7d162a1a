//! The document layer as a whole: what is wrong, and exactly where.
#![cfg(feature = "yaml")]

use crate::base::map::Map;
use serde::Deserialize;

use super::node::{canonical_json, fingerprint};
use super::source::{Source, Tree};
use crate::base::{Code, Diagnostic, Duration, Money, Points, Span};
use crate::lead::{ActivityPolicy, FieldPolicy};

#[derive(Debug, Deserialize, PartialEq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    ikusei: u32,
    name: String,
    #[serde(default)]
    fields: Map<String, FieldPolicy>,
    #[serde(default)]
    activities: Map<String, ActivityPolicy>,
    #[serde(default)]
    rules: Vec<Rule>,
    #[serde(default)]
    steps: Vec<Step>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
enum Step {
    Send(Send),
    Wait { until: String },
    Stop,
}

#[derive(Debug, Deserialize, PartialEq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct Send {
    template: String,
}

pub(super) fn parse(text: &str) -> (Option<Document>, Vec<Diagnostic>) {
    let (tree, mut diagnostics) = Tree::parse(&Source { text, ..Source::default() });
    let Some(mut tree) = tree else { return (None, diagnostics) };
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
IK0105 /rules/2/period 11:52 [period] expected a list of 2 items, found 1 item
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

pub(super) fn tree(text: &str) -> Tree {
    let (tree, diagnostics) = Tree::parse(&Source { text, ..Source::default() });
    assert_eq!(diagnostics, []);
    tree.unwrap()
}

/// The text under a diagnostic at `path`, with a span of bytes within the scalar if there is one.
fn underlined(text: &str, path: &str, within: Option<(usize, usize)>) -> String {
    let mut diagnostic = Diagnostic::error(Code::UnknownName, "x").at(path).with_related("y", path);
    if let Some((start, end)) = within {
        diagnostic = diagnostic.with_span(Span { file: None, start, end, line: 0, column: 0 });
    }
    tree(text).locate(&mut diagnostic);
    let span = diagnostic.span.unwrap();
    assert_eq!(diagnostic.related[0].span.as_ref().map(|span| span.line > 0), Some(true));
    format!("{}:{} [{}]", span.line, span.column, &text[span.start..span.end])
}

/// The place of `word` within the scalar `text` that `source` spells under the key `k`.
fn word_in(source: &str, text: &str, word: &str) -> String {
    let document = format!("会社: 1\nk: {source}\nz: 1\n");
    assert_eq!(tree(&document).root.get("k").and_then(|node| node.text()), Some(text), "{source}");
    let start = text.find(word).unwrap();
    underlined(&document, "/k", Some((start, start + word.len())))
}

#[test]
fn a_stretch_of_a_scalar_is_found_in_every_style() {
    assert_eq!(word_in("a == 会社 && bad", "a == 会社 && bad", "bad"), "2:15 [bad]");
    assert_eq!(word_in("'a == \"東京\" && bad'", "a == \"東京\" && bad", "bad"), "2:18 [bad]");
    assert_eq!(word_in("'it''s bad'", "it's bad", "bad"), "2:11 [bad]");
    assert_eq!(word_in("'it''s bad'", "it's bad", "'s"), "2:7 [''s]");
    assert_eq!(word_in(r#""a == \"\u6771\" && bad""#, "a == \"東\" && bad", "bad"), "2:24 [bad]");
    assert_eq!(word_in(r#""\"x\" bad""#, "\"x\" bad", "bad"), "2:11 [bad]");
    assert_eq!(word_in("|\n  a ||\n    b &&\n  bad\n", "a ||\n  b &&\nbad\n", "bad"), "5:3 [bad]");
    assert_eq!(word_in(">-\n  a &&\n\n  会社 bad\n  c", "a &&\n会社 bad c", "bad"), "5:6 [bad]");
    assert_eq!(word_in("|\r\n  \"x\" ==\r\n  bad\r\n", "\"x\" ==\nbad\n", "bad"), "4:3 [bad]");
    assert_eq!(word_in("'a\n  bad'", "a bad", "bad"), "3:3 [bad]");
    assert_eq!(word_in("\"a \\\n  bad\"", "a bad", "bad"), "3:3 [bad]");
    assert_eq!(word_in("&anchor a bad", "a bad", "bad"), "2:14 [bad]");
    assert_eq!(underlined("k: abc", "/k", Some((3, 3))), "1:7 []");
}

#[test]
fn paths_lead_to_keys_values_and_nearest_ancestors() {
    let text = "\u{feff}fields:\r\n  a/b: { type: text }\r\n  会社:\r\n    - x\r\n    - { 値: [1] }\r\n";
    assert_eq!(underlined(text, "/fields", None), "1:1 [fields]");
    assert_eq!(underlined(text, "/fields/a~1b/type", None), "2:16 [text]");
    assert_eq!(underlined(text, "/fields/a~1b/label", None), "2:3 [a/b]");
    assert_eq!(underlined(text, "/fields/会社/0", None), "4:7 [x]");
    assert_eq!(underlined(text, "/fields/会社/1/値/0", None), "5:13 [1]");
    assert_eq!(underlined(text, "/fields/会社/1/値", None), "5:9 [値]");
    assert_eq!(underlined(text, "/fields/会社/7/x", None), "3:3 [会社]");
    assert_eq!(underlined(text, "/nowhere", None), "1:1 [fields:]");
}

#[test]
fn broken_texts_are_refused_with_a_place() {
    assert_eq!(
        report("a: 1\nb"),
        "IK0101 - 2:2 [] expected `:` after a key (write `key: value`, with a space after the colon)"
    );
    assert_eq!(report("a: [1, 2"), "IK0101 - 1:9 [] while parsing a flow sequence, expected `,` or `]`");
    assert_eq!(report("a:\n\t- b"), "IK0101 - 2:2 [] a tab in the indentation (indent with spaces)");
    assert_eq!(
        report("会: 1\n---\nb: 2\n"),
        "IK0101 - 2:1 [---] a second document in one text (keep one document per text, and name others under `extends`)"
    );
    assert_eq!(
        report("a: !!str 1"),
        "IK0101 - 1:4 [!!str 1] tags are not part of a playbook (remove the tag; put a value in quotes to make it a text)"
    );
    assert_eq!(
        report("b: &b { x: 1 }\na:\n  <<: *b\n"),
        "IK0101 - 3:3 [<<] merge keys are not part of YAML 1.2 (write the keys out, or use an alias for the whole value)"
    );
    assert_eq!(report("a: &a [*a]"), "IK0101 - 1:8 [*a] an alias inside the value that it stands for");
    assert_eq!(
        report("a: 1\0"),
        "IK0101 - 1:5 [] the control character U+0000 (remove it, or write it as an escape)"
    );
    assert_eq!(report("? [a]\n: 1"), "IK0105 - 1:3 [[a]] expected a text as key, found a list");
    assert_eq!(report("- a"), "IK0105  1:1 [- a] expected a mapping, found a list");
    assert_eq!(report(""), "IK0105  1:1 [] expected a mapping, found nothing");
}

#[test]
fn duplicate_keys_point_at_the_first() {
    let text = "ikusei: 1\nname: a\nfields:\n  x: { type: text }\n  \"x\": { type: set }\n";
    let (document, diagnostics) = parse(text);
    assert_eq!(document.unwrap().fields["x"].kind, crate::lead::FieldType::Text);
    let lines: Vec<String> = diagnostics.iter().map(|diagnostic| line(text, diagnostic)).collect();
    assert_eq!(lines, ["IK0103 /fields/x 5:3 [\"x\"] duplicate key `x` (remove one of them, or rename it)"]);
    let first = diagnostics[0].related[0].span.as_ref().unwrap();
    assert_eq!((first.line, first.column), (4, 3));
}

#[test]
fn limits_hold() {
    let codes = |text: &str| parse(text).1.iter().map(|diagnostic| diagnostic.code).collect::<Vec<_>>();
    let bomb = (1..40).fold("a0: &a0 [x]\n".to_owned(), |text, n| {
        format!("{text}a{n}: &a{n} [*a{m}, *a{m}, *a{m}]\n", m = n - 1)
    });
    assert_eq!(codes(&bomb), [Code::DocumentLimit]);
    let chain =
        (1..80).fold("a0: &a0 [x]\n".to_owned(), |text, n| format!("{text}a{n}: &a{n} [*a{}]\n", n - 1));
    assert_eq!(codes(&chain), [Code::DocumentLimit]);
    assert_eq!(codes(&format!("a: &a 1\nb: [{}]", "*a, ".repeat(1_001))), [Code::DocumentLimit]);
    assert_eq!(codes(&format!("a: {}", "[".repeat(100))), [Code::DocumentLimit]);
    assert_eq!(codes(&format!("{}1{}", "[".repeat(70), "]".repeat(70))), [Code::DocumentLimit]);
    assert_eq!(codes(&"a: ".repeat(10)), [Code::Syntax]);
    assert_eq!(
        codes(&(0..100).map(|n| format!("{}a:\n", " ".repeat(n))).collect::<String>()),
        [Code::DocumentLimit]
    );
    assert_eq!(codes(&format!("a: {}", "x".repeat(4 << 20))), [Code::DocumentLimit]);
    assert_eq!(codes(&format!("a: [{}]", "1,".repeat(500_000))), [Code::DocumentLimit]);
}

#[test]
fn scalars_follow_the_core_schema() {
    let json = |text: &str| canonical_json(&tree(text).root);
    assert_eq!(
        json(
            "a: [~, null, yes, no, on, True, false, 0x1F, 0o17, 007, +5, -0, 1.50, .5, 1e3, 1_000, .inf, 1.2.3, 1-2]"
        ),
        r#"{"a":[null,null,"yes","no","on",true,false,31,15,7,5,0,1.5,0.5,1000,"1_000",".inf","1.2.3","1-2"]}"#
    );
    assert_eq!(json("a: '1'\nb: \"true\"\n50: x\ntrue: y\n"), r#"{"50":"x","a":"1","b":"true","true":"y"}"#);
    assert_eq!(
        json("{\"e\": \"\\ud83d\\ude00\\n\", \"n\": 18446744073709551615}"),
        "{\"e\":\"😀\\n\",\"n\":18446744073709551615}"
    );
}

#[test]
fn a_fingerprint_is_that_of_the_content() {
    let yaml = "# comment\nikusei: 1\nname: 'a'\nfields:\n    x: {type: text, label: 会社名}\n";
    let json = "{\"ikusei\": 1.0,\n\t\"name\": \"\\u0061\", \"fields\": {\"x\": {\"type\": \"text\", \"label\": \"会社名\"}}}";
    assert_eq!(fingerprint(&tree(yaml).root), fingerprint(&tree(json).root));
    assert_eq!(
        fingerprint(&tree("a: 1").root),
        "sha256:015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862"
    );
    // JavaScript has no other order for such keys.
    assert_eq!(fingerprint(&tree("'300': 25\n'50': 10").root), fingerprint(&tree("50: 10\n300: 25").root));
    assert_ne!(
        fingerprint(&tree("'050': 25\n'051': 10").root),
        fingerprint(&tree("'051': 10\n'050': 25").root)
    );
    // The order of keys is meaning: the first scorecard is the main one.
    assert_ne!(fingerprint(&tree("a: 1\nb: 2").root), fingerprint(&tree("b: 2\na: 1").root));
}

#[test]
fn versions_other_than_ours_are_refused() {
    let version = |text: &str| tree(text).check_version().map(|diagnostic| line(text, &diagnostic));
    assert_eq!(version("ikusei: 1"), None);
    assert_eq!(
        version("name: x\nikusei: 2").unwrap(),
        "IK0109 /ikusei 2:9 [2] format version `2` is not one that this engine reads (this engine reads version 1: write `ikusei: 1`)"
    );
    assert_eq!(
        version("name: x").unwrap(),
        "IK0104  1:1 [name: x] missing key `ikusei`, the format version (write `ikusei: 1` at the top)"
    );
}

const BASE: &str = "\
ikusei: 1
name: base
fields:
  email: { type: email }
  size: { type: integer, label: Size }
rules:
  - { id: a, points: 1 }
  - { id: b, points: 2 }
overlays:
  tokyo:
    name: base-tokyo
";

fn load<'a>(
    text: &'a str,
    library: &'a [(&'a str, &'a str)],
    overlays: &'a [&'a str],
) -> (String, Vec<String>) {
    let (tree, diagnostics) = Tree::parse(&Source { text, name: Some("main"), library, overlays });
    let json = tree.map(|tree| canonical_json(&tree.root)).unwrap_or_default();
    (json, diagnostics.iter().map(ToString::to_string).collect())
}

#[test]
fn documents_and_overlays_are_laid_over_each_other() {
    let text = "\
extends: base
name: mine
fields:
  email: null
  size: { label: 従業員数 }
rules:
  - { id: b, remove: true }
  - { id: c, points: 3 }
  - { id: a, points: 10 }
overlays:
  tokyo:
    rules: [ { id: a, points: 11 } ]
  osaka:
    fields: { size: null, city: { type: text } }
    rules: []
";
    let (json, problems) = load(text, &[("base", BASE)], &[]);
    assert_eq!(problems, [""; 0]);
    assert_eq!(
        json,
        r#"{"ikusei":1,"name":"mine","fields":{"size":{"type":"integer","label":"従業員数"}},"rules":[{"id":"a","points":10},{"id":"c","points":3}]}"#
    );
    let (json, problems) = load(text, &[("base", BASE)], &["tokyo", "osaka"]);
    assert_eq!(problems, [""; 0]);
    assert_eq!(json, r#"{"ikusei":1,"name":"base-tokyo","fields":{"city":{"type":"text"}},"rules":[]}"#);
    let (_, problems) = load(text, &[("base", BASE)], &["tokio"]);
    assert_eq!(problems, ["no overlay named `tokio` (IK0301); did you mean `tokyo`?"]);
}

#[test]
fn problems_in_merged_documents_name_their_document() {
    let text = "extends: [base, more]\nfields:\n  size: { typo: 1 }\n";
    let library =
        [("base", BASE), ("more", "rules:\n  - { id: a, points: many }\n  - { id: zzz, remove: true }\n")];
    let source = Source { text, name: Some("main"), library: &library, overlays: &[] };
    let (tree, problems) = Tree::parse(&source);
    assert_eq!(
        problems[0].to_string(),
        "more, line 3, column 11: nothing with the id `zzz` to remove (IK0301)"
    );
    let (_, problems) = tree.unwrap().decode::<Document>();
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            "main, line 3, column 11: unknown key `typo` (IK0102); did you mean `type`?",
            "more, line 2, column 22: expected a number of points, found the text `many` (IK0105)",
        ]
    );
}

#[test]
fn missing_and_circular_documents_are_refused() {
    let library =
        [("base", "extends: other\n"), ("other", "extends: [leaf, base, leaf]\n"), ("leaf", "name: l\n")];
    assert_eq!(
        load("extends: base\n", &library, &[]).1,
        [
            "other, line 1, column 17: `base` extends itself: base -> other -> base (IK0108); take one of them out of the circle"
        ]
    );
    assert_eq!(
        load("extends: [baze, 5, nothing-like-it]\noverlays: { a: 1, b: { extends: c } }\n", &library, &[]).1,
        [
            "main, line 1, column 11: no document named `baze` (IK0108); did you mean `base`?",
            "main, line 1, column 17: expected the name of a document, found the number `5` (IK0105)",
            "main, line 1, column 20: no document named `nothing-like-it` (IK0108); hand the document over together with this one",
            "main, line 2, column 13: expected a mapping, found the number `1` (IK0105)",
            "main, line 2, column 24: `extends` has no place in an overlay (IK0102); write it at the top of the document",
        ]
    );
    assert_eq!(load("extends: main\n", &library, &[]).1.len(), 1);
}

#[test]
fn pointed_questions_of_shape() {
    // A wrong value is not absent as well, and what lost a part is not blamed for it.
    assert_eq!(report("ikusei: x\nname: [a]\n").lines().count(), 2);
    assert_eq!(
        report("ikusei: 1\nname: a\nrules: [{ id: a, points: 1, period: [1, b] }]\n"),
        "IK0105 /rules/0/period/0 3:38 [1] expected a text, found the number `1` (put it in quotes)"
    );
    assert_eq!(
        report("ikusei: 1.5\nname: a\nsteps: [{}, 5]"),
        "IK0105 /ikusei 1:9 [1.5] expected a whole number between 0 and 4294967295, found the number `1.5`\n\
         IK0105 /steps/0 3:9 [{}] expected one key, found no key (write one of `send`, `wait` or `stop`)\n\
         IK0105 /steps/1 3:13 [5] expected one of `send`, `wait` or `stop`, found the number `5`"
    );
    let (document, diagnostics) =
        parse("ikusei: 1.0\nname: a\nsteps: [stop, stop: , send: { template: t }]\nrules: ~\n");
    assert_eq!(diagnostics.len(), 1, "{diagnostics:?}");
    let steps = [Step::Stop, Step::Stop, Step::Send(Send { template: "t".to_owned() })];
    assert_eq!(document.unwrap().steps, steps);
}

#[test]
fn later_checks_point_at_what_was_written_though_items_were_left_out() {
    let text = "ikusei: 1\nname: a\nrules:\n  - { id: a, points: x }\n  - { id: b, points: 1, share: 999 }\n  - { id: c }\n  - { id: d, points: 2, when: oops }\n";
    let mut tree = tree(text);
    let (document, problems) = tree.decode::<Document>();
    let document = document.unwrap();
    assert_eq!(problems.len(), 3);
    let ids: Vec<&str> = document.rules.iter().map(|rule| rule.id.as_str()).collect();
    assert_eq!(ids, ["b", "d"]);
    let mut diagnostic =
        Diagnostic::error(Code::UnknownName, "x").at("/rules/1/when").with_related("y", "/rules/0/id");
    tree.locate(&mut diagnostic);
    assert_eq!(line(text, &diagnostic), "IK0202 /rules/3/when 7:31 [oops] x");
    assert_eq!(diagnostic.related[0].path, "/rules/1/id");
    assert_eq!(diagnostic.related[0].span.as_ref().map(|span| (span.line, span.column)), Some((5, 11)));
}

#[test]
fn the_example_of_the_documentation_holds() {
    let page = include_str!("../../../docs/overlays.md");
    let blocks: Vec<&str> =
        page.split("```yaml\n").skip(1).map(|block| block.split("```").next().unwrap()).collect();
    let (json, problems) = load(blocks[1], &[("base", blocks[0])], &["tokyo"]);
    assert_eq!(problems, [""; 0]);
    assert_eq!(
        json,
        r#"{"ikusei":1,"name":"brand-x","fields":{"industry":{"type":"text","label":"業種"}},"scorecards":{"overall":{"rules":[{"id":"target-industry","when":"industry == \"製造業\"","points":30},{"id":"osaka","when":"city == \"大阪市\"","points":10}],"hot":["A"]}},"timezone":"Asia/Tokyo"}"#
    );
}
