//! What templates refuse, what they print, and that nothing a lead says gets out of its place.

use indexmap::IndexMap;
use proptest::prelude::*;
use serde_json::json;

use crate::{Code, Engine, Error, Instant, Lead, MergeState, Playbook, RenderOutcome, Rendered, Value};

const FIELDS: &str = r#"{
    "last_name": { "type": "text" }, "first_name": { "type": "text" }, "company": { "type": "text" },
    "email": { "type": "email" }, "site": { "type": "url" }, "employees": { "type": "integer" },
    "ratio": { "type": "number" }, "customer": { "type": "boolean" }, "renewal": { "type": "date" },
    "visit": { "type": "timestamp" }, "interests": { "type": "set" }, "会社": { "type": "text" },
    "zone": { "type": "text" }, "budget": { "type": "text" } }"#;

/// An engine whose one template says this.
fn open(body: serde_json::Value, more: serde_json::Value) -> Result<Engine, Error> {
    let mut template = json!({ "channel": "email", "class": "transactional", "versions": { "a": body } });
    for (key, value) in more.as_object().into_iter().flatten() {
        template[key] = value.clone();
    }
    let fields: serde_json::Value = serde_json::from_str(FIELDS).unwrap();
    let playbook = json!({ "ikusei": 1, "name": "demo", "timezone": "Asia/Tokyo", "fields": fields,
        "contact_policy": { "zone_field": "zone" }, "templates": { "t": template } });
    Playbook::parse(&playbook.to_string())?.compile()
}

fn values(values: serde_json::Value) -> IndexMap<String, Value> {
    serde_json::from_value(values).unwrap()
}

fn lead(fields: serde_json::Value) -> Lead {
    Lead::from_json(&json!({ "id": "lead-1", "fields": fields }).to_string()).unwrap()
}

fn preview(engine: &Engine, fields: serde_json::Value) -> Result<Rendered, Error> {
    let at: Instant = "2026-05-01T00:30:00Z".parse().unwrap();
    engine.preview("t", None, &lead(fields), at, &IndexMap::new())
}

fn text(source: &str, fields: serde_json::Value) -> String {
    let engine =
        open(json!({ "text": source }), json!({})).unwrap_or_else(|error| panic!("{source}: {error}"));
    preview(&engine, fields).unwrap_or_else(|error| panic!("{source}: {error}")).text.unwrap()
}

/// The codes of what is refused, and the text under each span.
fn refused(body: serde_json::Value, more: serde_json::Value) -> Vec<(&'static str, String)> {
    let error = open(body, more).expect_err("refused");
    error.diagnostics().iter().map(|told| (told.code.as_str(), told.message.clone())).collect()
}

fn codes_of(source: &str) -> Vec<&'static str> {
    refused(json!({ "text": source }), json!({})).into_iter().map(|(code, _)| code).collect()
}

fn html_codes(source: &str) -> Vec<&'static str> {
    refused(json!({ "html": source }), json!({})).into_iter().map(|(code, _)| code).collect()
}

#[test]
fn filters_write_what_they_say() {
    let fields = json!({ "last_name": "山田", "first_name": "太郎", "company": "Acme", "employees": 1_234_567,
        "ratio": 2.5, "customer": true, "renewal": "2026-12-31", "visit": "2026-05-01T00:30:00Z",
        "interests": ["a", "b"], "会社": "育成", "budget": "3000000 JPY", "email": "a+b@example.com" });
    for (source, expected) in [
        ("{{ lead.last_name | sama }}", "山田様"),
        ("{{ lead.last_name | sama | sama }}", "山田様"),
        ("{{ lead.company | onchu }}", "Acme御中"),
        ("{{ lead.last_name | full_name(lead.first_name) | sama }}", "山田 太郎様"),
        ("{{ \"Yamada\" | full_name(\"Taro\") }}", "Taro Yamada"),
        ("{{ lead.会社 }}", "育成"),
        (
            "{{ lead.employees }} {{ lead.employees | number }} {{ lead.ratio }} {{ lead.ratio | number(2) }}",
            "1234567 1,234,567 2.5 2.50",
        ),
        (
            "{{ lead.employees | yen }} {{ lead.employees | money(\"USD\") }} {{ lead.budget | money }}",
            "1,234,567円 $1,234,567 ¥3,000,000",
        ),
        (
            "{{ lead.renewal }} {{ lead.renewal | date(\"%Y年%-m月%-d日\") }}（{{ lead.renewal | weekday }}）",
            "2026-12-31 2026年12月31日（木）",
        ),
        (
            "{{ lead.visit }} {{ lead.visit | time }} {{ lead.visit | weekday(\"en\") }}",
            "2026-05-01 09:30 09:30 Friday",
        ),
        ("{{ now | date }}", "2026-05-01"),
        (
            "{{ lead.interests }} {{ lead.interests | join(\"、\") }} {{ lead.interests | length }}",
            "a, b a、b 2",
        ),
        ("{{ lead.customer }}", "true"),
        ("{{ lead.company | upper | truncate(3) }} {{ lead.company | lower }}", "AC… acme"),
        ("?e={{ lead.email | urlencode }}", "?e=a%2Bb%40example.com"),
        ("{{ lead.last_name ~ \" \" ~ lead.first_name }}", "山田 太郎"),
        (
            "{% for x in lead.interests %}{{ loop.index }}.{{ x }}{% if not loop.last %}, {% endif %}{% endfor %}",
            "1.a, 2.b",
        ),
        (
            "{% if lead.employees >= 300 and lead.company == \"Acme\" %}big{% elif lead.customer %}ours{% else %}?{% endif %}",
            "big",
        ),
        (
            "{% if \"a\" in lead.interests %}a{% endif %}{% if lead.company in [\"x\", \"y\"] %}x{% endif %}",
            "a",
        ),
        ("{% if lead.renewal > now %}later{% endif %}", "later"),
        ("{# nothing #}a{{- \" b \" -}} c", "a b c"),
    ] {
        assert_eq!(text(source, fields.clone()), expected, "{source}");
    }
}

#[test]
fn days_are_those_of_the_recipient() {
    let source = "{{ lead.visit | date(\"%m-%d %H:%M\") }} {{ now | date }}";
    let of = |zone: &str| text(source, json!({ "visit": "2026-05-01T00:30:00Z", "zone": zone }));
    assert_eq!(of("Asia/Tokyo"), "05-01 09:30 2026-05-01");
    assert_eq!(of("America/New_York"), "04-30 20:30 2026-04-30");
    assert_eq!(of("nowhere"), "05-01 09:30 2026-05-01");
}

#[test]
fn what_is_not_declared_is_refused_with_the_nearest() {
    let error =
        open(json!({ "text": "ab {{ lead.compny }} {{ company }} {{ lead.company | uper }}" }), json!({}))
            .unwrap_err();
    let told: Vec<_> = error
        .diagnostics()
        .iter()
        .map(|told| (told.code, told.suggestion.as_ref().unwrap().replace_with.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            (Code::UnknownMergeField, "lead.company"),
            (Code::UnknownMergeField, "lead.company"),
            (Code::UnknownMergeField, "upper"),
        ]
    );
    for (source, code) in [
        ("{{ lead }}", "IK0822"),
        ("{{ lead.id }}", "IK0822"),
        ("{{ lead.company.x }}", "IK0822"),
        ("{{ lead.__class__ }}", "IK0822"),
        ("{{ lead.__proto__ }}", "IK0822"),
        ("{{ self }}", "IK0822"),
        ("{{ loop.index }}", "IK0822"),
        ("{{ lead[\"company\"] }}", "IK0821"),
        ("{{ range(10) }}", "IK0821"),
        ("{{ lead.company() }}", "IK0821"),
        ("{{ lead.company * 1000000 }}", "IK0821"),
        ("{{ {} }}", "IK0821"),
        ("{{ [1] }}", "IK0821"),
        ("{{ lead.company | safe }}", "IK0822"),
        ("{{ lead.company | attr(\"x\") }}", "IK0822"),
        ("{% set x = 1 %}", "IK0821"),
        ("{% macro a() %}{% endmacro %}", "IK0821"),
        ("{% include \"x\" %}", "IK0821"),
        ("{% raw %}{{ x }}{% endraw %}", "IK0821"),
        ("{% autoescape false %}", "IK0821"),
        ("{{ lead.company", "IK0821"),
        ("{{ \"x }}", "IK0821"),
        ("{# x", "IK0821"),
        ("{% if lead.company %}", "IK0821"),
        ("{% endif %}", "IK0821"),
        ("{% else %}", "IK0821"),
        ("{% for x in lead.company %}{% endfor %}", "IK0827"),
        ("{% for lead in lead.interests %}{% endfor %}", "IK0821"),
        ("{% if lead.company is odd %}{% endif %}", "IK0822"),
        ("{{ lead.company | date }}", "IK0827"),
        ("{{ lead.renewal | date(\"%Q\") }}", "IK0827"),
        ("{{ lead.company | truncate }}", "IK0827"),
        ("{{ lead.interests | upper }}", "IK0827"),
        ("{{ }}", "IK0821"),
    ] {
        assert_eq!(codes_of(source).first(), Some(&code), "{source}");
    }
    assert_eq!(codes_of(&"{{ x }}".repeat(1000)).len(), 50);
}

#[test]
fn brackets_and_blocks_go_so_deep_and_no_deeper() {
    assert_eq!(
        codes_of(&format!("{{% if {}lead.company{} %}}{{% endif %}}", "(".repeat(9999), ")".repeat(9999))),
        ["IK0821"]
    );
    assert!(codes_of(&"{% if lead.company %}".repeat(9999)).contains(&"IK0826"));
    let three = format!("{}x{}", "{% for x in lead.interests %}".repeat(3), "{% endfor %}".repeat(3));
    assert_eq!(codes_of(&three), ["IK0826"]);
    assert_eq!(codes_of(&"x".repeat(300_000)), ["IK0826"]);
    let two = "{% for x in lead.interests %}{% for y in lead.interests %}{{ x }}{% endfor %}{% endfor %}";
    let many: Vec<String> = (0..5000).map(|n| n.to_string()).collect();
    let error =
        preview(&open(json!({ "text": two }), json!({})).unwrap(), json!({ "interests": many })).unwrap_err();
    assert_eq!(error.code(), Code::MessageLimit);
    let error = preview(
        &open(json!({ "subject": "{{ lead.company }}" }), json!({})).unwrap(),
        json!({ "company": "x".repeat(999) }),
    )
    .unwrap_err();
    assert_eq!(error.code(), Code::MessageLimit);
}

#[test]
fn html_has_places_for_values_and_places_without() {
    for source in [
        "<p>{{ lead.company }}</p>",
        "<a href=\"{{ unsubscribe_url }}\" title='{{ lead.company }}'>x</a>",
        "<a href=\"{{ lead.site | url }}\">x</a>",
        "<a href=\"https://example.com/?c={{ lead.company | urlencode }}\">x</a>",
        "<a href=\"mailto:{{ lead.email }}\">x</a>",
        "<style>p { color: red }</style><!-- x --><p>{{ lead.company }}</p>",
        "<!--[if mso]><table><![endif]--><!--[if !mso]><!--><b>{{ lead.company }}</b><!--<![endif]-->",
        "<p {% if lead.customer %}class=\"a\"{% else %}title=\"b\"{% endif %}>{{ lead.company }}</p>",
        "1 < 2 {{ lead.company }}",
    ] {
        assert!(open(json!({ "html": source }), json!({})).is_ok(), "{source}");
    }
    for source in [
        "<script>{{ lead.company }}</script>",
        "<SCRIPT>var a = '</scrip'; {{ lead.company }}</SCRIPT>",
        "<style>{{ lead.company }}</style>",
        "<!-- {{ lead.company }} -->",
        "<p class={{ lead.company }}>",
        "<p class=a{{ lead.company }}>",
        "<p {{ lead.company }}>x</p>",
        "<{{ lead.company }}>",
        "</{{ lead.company }}>",
        "<p onclick=\"{{ lead.company }}\">",
        "<p style=\"{{ lead.company }}\">",
        "<a href=\"{{ lead.site }}\">",
        "<a href=\"{{ lead.company | upper }}\">",
        "<a href=\" java{{ lead.company }}\">",
        "<a href=\"javascript:f({{ lead.company }})\">",
        "<img src=\"{{ lead.site }}\">",
        "<iframe srcdoc=\"{{ lead.company }}\"></iframe>",
        "<meta content=\"{{ lead.company }}\">",
        "<p {% if lead.customer %}title=\"{% endif %}{{ lead.company }}\">",
        "<a href=\"{% if lead.customer %}{{ unsubscribe_url }}{% endif %}{{ lead.site }}\">",
        "{% for x in lead.interests %}<p title=\"{% endfor %}{{ lead.company }}\">",
    ] {
        assert!(html_codes(source).contains(&"IK0823"), "{source}: {:?}", html_codes(source));
    }
    assert_eq!(html_codes("<p"), ["IK0821"]);
}

#[test]
fn marketing_mail_can_be_unsubscribed_from() {
    let marketing = json!({ "class": "marketing" });
    let link = "{{ unsubscribe_url }}";
    assert!(open(json!({ "subject": "x", "text": link, "html": link }), marketing.clone()).is_ok());
    assert!(open(json!({ "subject": "x" }), marketing.clone()).is_ok());
    assert!(open(json!({ "text": "x" }), json!({ "class": "marketing", "channel": "sms" })).is_ok());
    let codes = |body| refused(body, marketing.clone()).into_iter().map(|(code, _)| code).collect::<Vec<_>>();
    assert_eq!(codes(json!({ "text": "x", "html": "y" })), ["IK0824", "IK0824"]);
    assert_eq!(codes(json!({ "text": link, "html": "y" })), ["IK0824"]);
    assert_eq!(
        codes(json!({ "text": "{% if lead.customer %}{{ unsubscribe_url }}{% endif %}" })),
        ["IK0824"]
    );
    assert_eq!(codes(json!({ "text": "{# {{ unsubscribe_url }} #}" })), ["IK0824"]);
}

#[test]
fn missing_values_are_what_the_template_says() {
    let states = |source: &str, missing: serde_json::Value| {
        let engine = open(json!({ "text": source }), json!({ "missing": missing })).unwrap();
        let rendered = preview(&engine, json!({ "company": "  " })).unwrap();
        let states: Vec<MergeState> = rendered.fields.iter().map(|field| field.state).collect();
        (rendered.outcome, states, rendered.text.unwrap())
    };
    use MergeState::{Absent, AtSending, Defaulted, Refused, Skipped};
    let ready = RenderOutcome::Ready;
    for (source, missing, expected) in [
        ("{{ lead.company }}様", json!({}), (RenderOutcome::Refused, vec![Refused], "{{ lead.company }}様")),
        (
            "{{ lead.company | upper }}",
            json!({ "lead.company": "skip" }),
            (RenderOutcome::Skipped, vec![Skipped], "{{ lead.company }}"),
        ),
        (
            "{{ lead.company | upper }}",
            json!({ "lead.company": { "default": "御社" } }),
            (ready, vec![Defaulted], "御社"),
        ),
        (
            "{{ lead.renewal | date }}",
            json!({ "lead.renewal": { "default": "近日" } }),
            (ready, vec![Defaulted], "近日"),
        ),
        ("{{ lead.company | default(\"御社\") | sama }}", json!({}), (ready, vec![Absent], "御社様")),
        (
            "{% if lead.company %}{{ lead.company }}様{% else %}お客様{% endif %}",
            json!({}),
            (ready, vec![Absent], "お客様"),
        ),
        (
            "{% if not lead.company %}-{% else %}{{ lead.company }}{% endif %}",
            json!({}),
            (ready, vec![Absent], "-"),
        ),
        (
            "{% if lead.company is defined and lead.company != \"x\" %}{{ lead.company }}{% endif %}.",
            json!({}),
            (ready, vec![Absent], "."),
        ),
        (
            "{% if lead.employees and lead.employees > 3 %}{{ lead.employees }}{% endif %}.",
            json!({}),
            (ready, vec![Absent], "."),
        ),
        (
            "{% if lead.employees > 3 %}x{% endif %}",
            json!({ "lead.employees": "skip" }),
            (RenderOutcome::Skipped, vec![Skipped], ""),
        ),
        (
            "{% if lead.customer or lead.company %}{{ lead.company }}{% endif %}",
            json!({}),
            (RenderOutcome::Refused, vec![Absent, Refused], ""),
        ),
        ("{% for x in lead.interests %}{{ x }}{% endfor %}.", json!({}), (ready, vec![Absent], ".")),
        ("{% if \"a\" in lead.interests %}a{% endif %}.", json!({}), (ready, vec![Absent], ".")),
        (
            "{% if lead.company %}x{% endif %}.",
            json!({ "lead.company": "skip" }),
            (RenderOutcome::Skipped, vec![Skipped], "x."),
        ),
        (
            "{{ unsubscribe_url }} {{ message.id }}",
            json!({}),
            (ready, vec![AtSending, AtSending], "{{ unsubscribe_url }} {{ message.id }}"),
        ),
    ] {
        let (outcome, found, text) = states(source, missing);
        assert_eq!((outcome, found), (expected.0, expected.1), "{source}");
        if !expected.2.is_empty() {
            assert_eq!(text, expected.2, "{source}");
        }
    }
    assert_eq!(
        refused(json!({ "text": "x" }), json!({ "missing": { "lead.compny": "skip" } }))[0].0,
        "IK0822"
    );
    assert_eq!(refused(json!({ "text": "x" }), json!({ "values": ["lead"] }))[0].0, "IK0310");
}

#[test]
fn the_host_gives_what_is_declared_and_nothing_else() {
    let engine = open(
        json!({ "text": "{{ owner.name }} {{ coupon }} {{ seat_url }}" }),
        json!({ "values": ["coupon", "seat_url"] }),
    )
    .unwrap();
    let at: Instant = "2026-05-01T00:30:00Z".parse().unwrap();
    let given = |given| engine.preview("t", None, &lead(json!({})), at, &values(given));
    let rendered =
        given(json!({ "owner": { "name": "佐藤" }, "coupon": 7, "seat_url": "https://example.com/s" }))
            .unwrap();
    assert_eq!(rendered.text.as_deref(), Some("佐藤 7 https://example.com/s"));
    for bad in [
        json!({ "cupon": 7 }),
        json!({ "owner": { "salary": 7 } }),
        json!({ "lead": { "company": "x" } }),
        json!({ "scenario": { "name": "x" } }),
        json!({ "coupon": [1] }),
        json!({ "coupon": { "__proto__": 1 } }),
        json!({ "seat_url": "javascript:alert(1)" }),
        json!({ "unsubscribe_url": "https://a b" }),
    ] {
        assert_eq!(given(bad.clone()).unwrap_err().code(), Code::BadCall, "{bad}");
    }
    assert!(engine.preview("x", None, &lead(json!({})), at, &IndexMap::new()).unwrap_err().is_call());
    assert!(engine.preview("t", Some("b"), &lead(json!({})), at, &IndexMap::new()).unwrap_err().is_call());
}

#[test]
fn what_a_lead_says_is_no_template_and_no_markup() {
    let hostile = "{{ lead.email }}{% for x in y %}<script>alert('x')</script>\"'&\0\r\nBcc: all@example.com";
    let engine = open(
        json!({ "subject": "{{ lead.company }}", "text": "{{ lead.company }}", "html": "<p title=\"{{ lead.company }}\">{{ lead.company }}{{ lead.company | lines }}</p>" }),
        json!({}),
    )
    .unwrap();
    let rendered = preview(&engine, json!({ "company": hostile, "email": "secret@example.com" })).unwrap();
    let subject = rendered.subject.unwrap();
    assert!(!subject.contains(['\r', '\n', '\0']) && subject.starts_with("{{ lead.email }}"), "{subject}");
    assert_eq!(rendered.text.as_deref(), Some(hostile));
    let html = rendered.html.unwrap();
    assert!(
        !html.contains("<script") && !html.contains("secret") && html.contains("&lt;script&gt;"),
        "{html}"
    );
    assert_eq!(html.matches('"').count(), 2, "{html}");
    assert_eq!(html.matches('<').count(), 3, "a tag, its end and one line break: {html}");
}

/// Pieces of which hostile templates are made.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "{{",
        "}}",
        "{%",
        "%}",
        "{#",
        "#}",
        "{{ lead.company }}",
        "{{ lead.interests | join }}",
        " lead.company ",
        "{% if lead.company %}",
        "{% else %}",
        "{% elif lead.customer %}",
        "{% endif %}",
        "{% for x in lead.interests %}",
        "{{ x }}",
        "{% endfor %}",
        "|",
        "upper",
        "(",
        ")",
        "'",
        "\"",
        "-",
        "\\",
        ".",
        "~",
        "not",
        "and",
        "is defined",
        "<p ",
        ">",
        "<",
        "</p>",
        "=",
        "title=\"",
        "href='",
        "https://",
        "<script>",
        "</script>",
        "<!--",
        "-->",
        "会社",
        "\u{0}",
        "\n",
        "0",
        "1.5",
        "in",
        "[",
        "]",
        ",",
        "==",
        "raw",
        "set",
    ]);
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    /// Whatever the template and the lead say: it is refused when it is read, or the message is made or refused.
    #[test]
    fn nothing_panics_and_nothing_gets_out(source in pieces(), company in ".*", interests in prop::collection::vec(".*", 0..3)) {
        if let Ok(engine) = open(json!({ "subject": source, "text": source, "html": source }), json!({})) {
            let first = preview(&engine, json!({ "company": company, "interests": interests }));
            prop_assert_eq!(&first, &preview(&engine, json!({ "company": company, "interests": interests })));
            if let Ok(rendered) = first {
                prop_assert!(!rendered.subject.unwrap().contains(['\n', '\r']));
            }
        }
    }

    /// Where a value stands, the HTML around it is the same as if the value were a plain word.
    #[test]
    fn values_are_always_escaped(source in pieces(), company in "[<>\"'&;:/={}%a-z \n\u{0}]{1,12}") {
        let source = format!("<p>{{{{ lead.company }}}}</p>{source}");
        if let Ok(engine) = open(json!({ "html": source }), json!({})) {
            let marks = |value: &str| {
                let rendered = preview(&engine, json!({ "company": value, "interests": [value] }));
                rendered.ok().map(|rendered| {
                    let html = rendered.html.unwrap();
                    ['<', '>', '"', '\''].map(|mark| html.matches(mark).count())
                })
            };
            if !company.trim().is_empty() {
                prop_assert_eq!(marks(&company), marks("word"), "{}", source);
            }
        }
    }
}
