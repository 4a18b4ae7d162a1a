//! What the expressions promise: null rules, functions, history, diagnostics, limits.

#[cfg(all(feature = "regex", feature = "zones"))]
mod conformance;
mod properties;
#[cfg(all(feature = "regex", feature = "zones"))]
mod textproto;

use crate::base::map::Map;

use super::*;
use crate::lead::activity::{Activity, Trust};
use crate::lead::model::{ActivityPolicy, FieldPolicy};
use crate::lead::record::Lead;

fn model() -> Model {
    let fields: Map<String, FieldPolicy> = serde_json::from_str(
        r#"{
            "email": { "type": "email" },
            "company": { "type": "text" },
            "prefecture": { "type": "text", "values": ["東京都", "大阪府", "北海道"] },
            "industry": { "type": "text" },
            "employees": { "type": "integer" },
            "revenue": { "type": "number" },
            "customer": { "type": "boolean" },
            "founded": { "type": "date" },
            "called_at": { "type": "timestamp" },
            "interests": { "type": "set", "values": ["product-a", "product-b"] },
            "役職": { "type": "text" },
            "empty_text": { "type": "text" },
            "empty_int": { "type": "integer" },
            "empty_number": { "type": "number" },
            "empty_bool": { "type": "boolean" },
            "empty_time": { "type": "timestamp" },
            "empty_set": { "type": "set" }
        }"#,
    )
    .unwrap();
    let activities: Map<String, ActivityPolicy> = serde_json::from_str(
        r#"{
            "page_view": { "channel": "web", "properties": { "url": "text", "seconds": "integer" } },
            "email_click": { "channel": "email", "properties": { "url": "text", "template": "text" } },
            "seminar_attended": { "properties": { "seconds": "text" } }
        }"#,
    )
    .unwrap();
    Model::new(&fields, &activities)
}

fn lead() -> Lead {
    let mut lead: Lead = serde_json::from_str(
        r#"{
            "id": "lead-1",
            "fields": {
                "email": "hanako@example.co.jp", "company": "㈱アクメ", "prefecture": "東京都",
                "industry": "製造業", "employees": 300, "revenue": 12.5, "customer": false,
                "founded": "1999-04-01", "called_at": "2026-05-01T09:00:00+09:00",
                "interests": ["product-a"], "役職": "部長"
            },
            "source": { "channel": "search", "keyword": "MA ツール", "position": 3, "deep": { "a": 1 } },
            "consent": { "email": { "status": "granted" } }
        }"#,
    )
    .unwrap();
    let visit = |id: &str, at: &str, url: &str, seconds: i64| {
        Activity::new(id, "page_view", at.parse().unwrap())
            .with_property("url", url)
            .with_property("seconds", seconds)
    };
    lead.record(visit("v1", "2026-04-01T00:00:00Z", "/", 5)).unwrap();
    lead.record(visit("v2", "2026-05-30T00:00:00Z", "/pricing", 60)).unwrap();
    lead.record(visit("v3", "2026-06-02T00:00:00Z", "/later", 60)).unwrap();
    let mut late = visit("v4", "2026-05-31T00:00:00Z", "/pricing/late", 10);
    late.recorded_at = Some("2026-06-05T00:00:00Z".parse().unwrap());
    lead.record(late).unwrap();
    let mut scanner = Activity::new("c1", "email_click", "2026-05-31T00:00:00Z".parse().unwrap());
    scanner.trust = Trust::Machine;
    lead.record(scanner).unwrap();
    lead
}

struct Fixed;

impl Derived for Fixed {
    fn figure(&self, card: usize, figure: Figure) -> Points {
        let base = if card == 0 { 100 } else { 7 };
        Points::from_whole(base + if figure == Figure::Total { 30 } else { 0 }).unwrap()
    }

    fn rank(&self, card: usize) -> Option<&str> {
        (card == 0).then_some("A")
    }

    fn in_segment(&self, segment: usize) -> bool {
        segment == 0
    }
}

const AT: &str = "2026-06-01T00:00:00Z";
const KINDS: [usize; 2] = [0, 1];

fn env(model: &Model) -> Env<'_> {
    Env {
        model,
        activity: Some(&KINDS),
        cards: &["overall", "product-a"],
        ranks: true,
        own_card: Some(1),
        segments: &["tokyo", "osaka"],
        payload: false,
    }
}

fn with_frame<T>(run: impl FnOnce(&Env<'_>, &Frame<'_>) -> T) -> T {
    let (model, lead) = (model(), lead());
    let facts = Facts::read(&model, &lead).unwrap();
    let at = AT.parse::<crate::base::time::Instant>().unwrap().micros();
    let frame = Frame { facts: &facts, at, activity: facts.of_kind(0).get(1), derived: Some(&Fixed) };
    run(&env(&model), &frame)
}

fn evaluate(source: &str) -> Result<crate::lead::value::Value, String> {
    with_frame(|env, frame| {
        let program = Program::compile(source, env, Expected::Any)
            .map_err(|problems| problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))?;
        program.value(frame).map(|value| value.to_plain()).map_err(|failure| failure.message.into_owned())
    })
}

fn holds(source: &str) -> bool {
    with_frame(|env, frame| Program::compile(source, env, Expected::Bool).unwrap().test(frame).unwrap())
}

#[test]
fn smoke() {
    for source in [
        "industry == \"製造業\"",
        "\"製造業\" == industry && employees >= 300 && revenue > 12",
        "prefecture in [\"東京都\", \"大阪府\"]",
        "\"product-a\" in interests",
        "email.endsWith(\".jp\") && !customer",
        "役職 == '部長'",
        "scores.overall.total >= 130 && scores[\"product-a\"].total == 37.0 && score.fit == 7",
        "rank.overall == 'A' && rank['product-a'] == null",
        "in_segment('tokyo') && !in_segment('osaka')",
        "seen('page_view') && seen('page_view', '30d') && !seen('email_click')",
        "count('page_view') == 2 && count('page_view', duration('30d')) == 1",
        "last('page_view') == timestamp('2026-05-30T00:00:00Z') && age(last('page_view')) == duration('2d')",
        "activities('page_view').exists(a, a.url.contains('pricing') && a.seconds > 30)",
        "activity.url.startsWith('/pricing') && activity.kind == 'page_view' && activity.channel == 'web'",
        "source.channel == 'search' && source.position == 3 && source.none == null && source.deep == null",
        "consent.email == 'granted' && consent.phone == null && lead.id == 'lead-1'",
        "founded < date('2000-01-01') && founded.getFullYear() == 1999",
        #[cfg(feature = "regex")]
        "company.matches('アクメ$')",
        #[cfg(feature = "nfkc")]
        "normalize(company) == normalize('(株)アクメ')",
    ] {
        assert!(holds(source), "{source}");
    }
    assert_eq!(evaluate("1 / 0"), Err("division by zero".to_owned()));
}

#[test]
fn null_is_false_where_a_condition_is_asked_and_null_elsewhere() {
    for (source, expected) in [
        // Comparisons, `in` and tests of texts with null are false ...
        ("empty_int < 3", false),
        ("empty_int <= 3", false),
        ("empty_int > 3", false),
        ("empty_int >= 3", false),
        ("3 > empty_int", false),
        ("empty_text in [\"a\", \"b\"]", false),
        ("empty_text in interests", false),
        ("\"a\" in empty_set", false),
        ("null in [null]", false),
        ("empty_text.startsWith(\"\")", false),
        ("company.contains(empty_text)", false),
        // ... so their negation is true.
        ("!(empty_int < 3)", true),
        ("!empty_text.endsWith(\"x\")", true),
        // Null equals null only, and `!=` is the negation.
        ("empty_text == null", true),
        ("empty_text != null", false),
        ("company == null", false),
        ("empty_text == \"x\"", false),
        ("empty_text != \"x\"", true),
        ("empty_text == empty_text", true),
        // A null condition counts as false.
        ("empty_bool", false),
        ("!empty_bool", true),
        ("empty_bool && true", false),
        ("empty_bool || true", true),
        ("!(empty_bool || empty_bool)", true),
        ("empty_bool ? true : false", false),
        ("interests.exists(i, null)", false),
        ("has(company)", true),
        ("has(empty_text)", false),
        // Everything else gives null.
        ("empty_int + 1 == null", true),
        ("1 / empty_int == null", true),
        ("-empty_int == null", true),
        ("size(empty_text) == null", true),
        ("size(empty_set) == null", true),
        ("empty_text.lowerAscii() == null", true),
        #[cfg(feature = "nfkc")]
        ("normalize(empty_text) == null", true),
        ("double(empty_int) == null", true),
        ("age(empty_time) == null", true),
        ("empty_time.getMonth() == null", true),
        ("empty_set[0] == null", true),
        ("interests[empty_int] == null", true),
        ("empty_set.map(i, i) == null", true),
        ("empty_set.exists(i, true)", false),
        ("empty_set.all(i, true)", false),
        ("last('email_click') == null", true),
        ("age(last('email_click')) < duration('1d')", false),
    ] {
        assert_eq!(holds(source), expected, "{source}");
    }
    #[cfg(feature = "regex")]
    assert!(!holds("empty_text.matches('.*')"));
}

#[test]
fn functions_give_what_they_say() {
    for source in [
        "size('東京') == 2 && 'abc'.size() == 3 && [1, 2].size() == 2 && size({'a': 1}) == 1",
        "' Ab '.trim().lowerAscii() == 'ab' && 'ab'.upperAscii() == 'AB'",
        #[cfg(feature = "nfkc")]
        "normalize('ＡＢＣ　ｶﾌﾞ') == 'abc カブ'",
        "int('12') + int(3.9) == 15 && int(date('1970-01-02')) == 86400 && int(duration('90s')) == 90",
        "double('1.5') == 1.5 && double(employees) / 8.0 == 37.5 && string(revenue) == '12.5'",
        "string(duration('1h')) == '3600s' && string(date('2026-05-01')) == '2026-05-01T00:00:00Z'",
        "bool('true') && dyn(1) == 1 && dyn('a') != 1",
        "duration('30d') == duration('720h') && duration('1.5h') == duration('90m') && duration('-1s') < duration('0s')",
        "timestamp('2026-05-01T09:00:00+09:00') == date('2026-05-01') && called_at == date('2026-05-01')",
        "now - duration('30d') == timestamp('2026-05-02T00:00:00Z') && now - called_at == age(called_at)",
        "called_at.getFullYear() == 2026 && called_at.getMonth() == 4 && called_at.getDate() == 1",
        "called_at.getDayOfMonth() == 0 && called_at.getDayOfWeek() == 5 && called_at.getDayOfYear() == 120",
        "called_at.getHours() == 0 && called_at.getHours('+09:00') == 9 && called_at.getHours('Asia/Tokyo') == 9",
        "duration('3730s').getMinutes() == 62 && called_at.getMinutes() == 0 && called_at.getSeconds() == 0",
        "[1, 2, 3].exists_one(x, x > 2) && [1, 2, 3].filter(x, x > 1) == [2, 3] && [1, 2].map(x, x * 2) == [2, 4]",
        "[1, 2, 3].map(x, x > 1, x * 2) == [4, 6] && [[1], [2, 3]].exists(x, x.all(y, y > 1))",
        "{'a': 1}.a == 1 && has({'a': 1}.a) && !has({'a': 1}.b) && 'a' in {'a': 1} && {'a': 1}['a'] == 1",
        "1 < 1.5 && 9007199254740993 > 9007199254740992.0 && 2 == 2.0",
        "false && 1 / 0 == 1 || true || 1 / 0 == 1",
        "lead.company == company && lead['company'] == company && activity['url'] == '/pricing'",
        "activity.id == 'v2' && activity.at == date('2026-05-30') && activity.campaign == null && activity.template == null",
        "scores.`product-a`.total == 37.0 && scores['overall'].engagement_minus == 100.0",
        "'a' in ['a','b','c','d','e','f','g','h','i','j'] && !('z' in ['a','b','c','d','e','f','g','h','i','j'])",
    ] {
        assert!(holds(source), "{source}");
    }
}

#[test]
fn failures_are_told_with_their_place() {
    for (source, message, place) in [
        ("1 + employees / 0", "division by zero", "employees / 0"),
        ("employees * 9223372036854775807", "overflow: the result is beyond the range", ""),
        ("interests[5]", "index out of range", ""),
        ("{'a': 1}['b']", "no such key", ""),
        ("int(company)", "a value that cannot be converted: of another form, or out of range", ""),
        ("date(company)", "not a date, such as `2026-05-01`", ""),
        ("source.channel + 1", "no such overload: the operator does not take values of these types", ""),
        ("!source.channel", "is not a condition: it gives neither true nor false", "source.channel"),
    ] {
        with_frame(|env, frame| {
            let program = Program::compile(source, env, Expected::Any).unwrap();
            let failure = program.value(frame).unwrap_err();
            assert_eq!(failure.message, message, "{source}");
            let place = if place.is_empty() { source } else { place };
            assert_eq!(&source[failure.extent.start..failure.extent.end], place);
        });
    }
}

#[test]
fn history_counts_a_persons_known_and_young_activities() {
    with_frame(|env, frame| {
        let count = |source: &str, at: &str| {
            let at = at.parse::<crate::base::time::Instant>().unwrap().micros();
            let program = Program::compile(source, env, Expected::Number).unwrap();
            program.number(&Frame { at, ..*frame }).unwrap()
        };
        let all = "count('page_view')";
        assert_eq!(count(all, "2026-03-31T00:00:00Z"), Some(Number::Int(0)));
        assert_eq!(count(all, "2026-04-01T00:00:00Z"), Some(Number::Int(1)));
        assert_eq!(count(all, "2026-06-04T00:00:00Z"), Some(Number::Int(3)), "the late one is not known yet");
        assert_eq!(count(all, "2026-06-05T00:00:00Z"), Some(Number::Int(4)));
        let recent = "count('page_view', '1d')";
        assert_eq!(count(recent, "2026-05-30T23:59:59Z"), Some(Number::Int(1)));
        assert_eq!(
            count(recent, "2026-05-31T00:00:00Z"),
            Some(Number::Int(0)),
            "an age of a day is not below a day"
        );
    });
}

#[test]
fn diagnostics_have_code_place_and_remedy() {
    for (source, code, place, help) in [
        ("industri == 'x'", Code::UnknownName, "industri", "did you mean `industry`?"),
        ("turnover > 3", Code::UnknownName, "turnover", "declare it under `fields`; a text stands in quotes"),
        (
            "employees == '300'",
            Code::TypeMismatch,
            "employees == '300'",
            "leave out the quotes of the number",
        ),
        (
            "employees + 1.5 > 2.0",
            Code::TypeMismatch,
            "employees + 1.5",
            "convert the whole number: `double(employees)`",
        ),
        (
            "employees",
            Code::TypeMismatch,
            "employees",
            "compare it with something, such as `field == \"value\"`",
        ),
        (
            "founded < '2000-01-01'",
            Code::TypeMismatch,
            "founded < '2000-01-01'",
            "write `date('2000-01-01')` for a day, or `timestamp(...)` with time and zone",
        ),
        (
            "interests == 'product-a'",
            Code::TypeMismatch,
            "interests == 'product-a'",
            "write `'product-a' in interests`",
        ),
        ("interests.contains('a')", Code::WrongArguments, "interests", "write `\"...\" in interests`"),
        ("company.startWith('a')", Code::UnknownFunction, "startWith", "did you mean `startsWith`?"),
        (
            "company.startsWith()",
            Code::WrongArguments,
            "company.startsWith()",
            "write `field.startsWith(\"...\")`",
        ),
        ("prefecture == '東京'", Code::ValueNotDeclared, "'東京'", "did you mean `\"東京都\"`?"),
        ("prefecture in ['東京都', '京都']", Code::ValueNotDeclared, "'京都'", "did you mean `\"東京都\"`?"),
        ("'product-c' in interests", Code::ValueNotDeclared, "'product-c'", "did you mean `\"product-a\"`?"),
        ("seen('pageview')", Code::UnknownReference, "'pageview'", "did you mean `\"page_view\"`?"),
        ("seen(page_view)", Code::WrongArguments, "page_view", "put it in quotes: `\"page_view\"`"),
        (
            "seen('page_view', '30')",
            Code::WrongArguments,
            "'30'",
            "write whole numbers with units, largest first, such as `\"30d\"`, `\"4h\"` or `\"1d12h\"`",
        ),
        ("in_segment('tokio')", Code::UnknownReference, "'tokio'", "did you mean `\"tokyo\"`?"),
        ("scores.overal.total > 1.0", Code::UnknownReference, "overal", "did you mean `overall`?"),
        (
            "scores.product-a.total > 1.0",
            Code::UnknownReference,
            "product",
            "a name with a hyphen stands in brackets: `scores[\"product-a\"]`",
        ),
        ("scores.overall.totl > 1.0", Code::UnknownName, "totl", "did you mean `total`?"),
        ("activity.ulr == 'x'", Code::UnknownName, "ulr", "did you mean `url`?"),
        ("1u == 1", Code::NotInSubset, "1u", "leave out the `u`: whole numbers are signed"),
        ("type(1) == 1", Code::NotInSubset, "type", "types are known from the declarations"),
        ("company = 'x'", Code::ExprSyntax, "=", "did you mean `==`?"),
        ("customer and true", Code::ExprSyntax, "and", "did you mean `&&`?"),
        ("date('2026-13-01') > now", Code::WrongArguments, "'2026-13-01'", ""),
        ("'a' in 'abc'", Code::TypeMismatch, "'a' in 'abc'", "write `'abc'.contains('a')`"),
        #[cfg(feature = "regex")]
        (
            "company.matches('(a')",
            Code::BadRegex,
            "'(a'",
            "patterns are those of the `regex` crate: no look-around and no back-references",
        ),
    ] {
        with_frame(|env, _| {
            let problems = Program::compile(source, env, Expected::Bool).unwrap_err();
            let problem = &problems[0];
            assert_eq!(problem.code, code, "{source}: {problems:?}");
            let span = problem.span.as_ref().unwrap();
            assert_eq!(&source[span.start..span.end], place, "{source}");
            assert_eq!(problem.help.as_deref().unwrap_or(""), help, "{source}");
        });
    }
}

#[test]
fn all_problems_are_told_at_once() {
    with_frame(|env, _| {
        let source = "industri == 'x' && employees == 'y' || seen('pageview') && in_segment('osaka2')";
        let problems = Program::compile(source, env, Expected::Bool).unwrap_err();
        let codes: Vec<Code> = problems.iter().map(|problem| problem.code).collect();
        use Code::{TypeMismatch, UnknownName, UnknownReference};
        assert_eq!(codes, [UnknownName, TypeMismatch, UnknownReference, UnknownReference]);
    });
}

#[test]
fn what_is_read_is_known() {
    with_frame(|env, _| {
        let source = "industry == 'x' && seen('email_click', '7d') && activity.url != '' && scores.overall.fit > 1.0 \
                      && rank['product-a'] == 'A' && in_segment('osaka') && source.channel == 'x'";
        let program = Program::compile(source, env, Expected::Bool).unwrap();
        let reads = program.reads();
        assert_eq!(Vec::from_iter(reads.fields.clone()), [3]);
        assert_eq!(Vec::from_iter(reads.kinds.clone()), [1]);
        assert_eq!(Vec::from_iter(reads.properties.clone()), [(0, 0), (1, 0)]);
        assert_eq!(Vec::from_iter(reads.windows.clone()), [7 * 86_400_000_000]);
        assert_eq!(
            (Vec::from_iter(reads.cards.clone()), Vec::from_iter(reads.ranks.clone())),
            (vec![0], vec![1])
        );
        assert_eq!(Vec::from_iter(reads.segments.clone()), [1]);
        assert!(reads.activity && !reads.now);
    });
}

#[test]
fn constants_are_folded_and_stand_on_the_right() {
    with_frame(|env, _| {
        let compile = |source| Program::compile(source, env, Expected::Any).unwrap();
        let program = compile("300 <= employees");
        let NodeKind::Compare(Comparison::GreaterOrEqual, field, constant) = &program.root().kind else {
            panic!()
        };
        assert!(matches!(field.kind, NodeKind::Field(4)));
        assert_eq!(constant.constant(), Some(&Constant::Int(300)));
        assert_eq!(
            compile("duration('1d') + duration('1d')").root().constant(),
            Some(&Constant::Duration(172_800_000_000))
        );
        assert!(matches!(&compile("has(company)").root().kind,
            NodeKind::Compare(Comparison::NotEqual, _, null) if null.constant() == Some(&Constant::Null)));
        assert!(matches!(compile("company in ['a', 'b']").root().kind, NodeKind::InConstants(..)));
    });
}

#[test]
fn a_trace_tells_what_was_looked_at() {
    with_frame(|env, frame| {
        let source = "employees > 100 && (customer || industry == '不動産業') && seen('page_view')";
        let trace = Program::compile(source, env, Expected::Bool).unwrap().trace(frame);
        let expected = serde_json::json!({
            "text": source, "held": false, "looked_at": true,
            "parts": [
                { "text": "employees > 100", "held": true, "looked_at": true,
                  "operands": [{ "text": "employees", "value": 300 }] },
                { "text": "(customer || industry == '不動産業')", "held": false, "looked_at": true, "parts": [
                    { "text": "customer", "held": false, "looked_at": true,
                      "operands": [{ "text": "customer", "value": false }] },
                    { "text": "industry == '不動産業'", "held": false, "looked_at": true,
                      "operands": [{ "text": "industry", "value": "製造業" }] },
                ] },
                { "text": "seen('page_view')", "looked_at": false },
            ],
        });
        assert_eq!(serde_json::to_value(trace).unwrap(), expected);
    });
}
