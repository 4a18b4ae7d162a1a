//! Templates: what is said to be sent as it stands is in the message; who is said to get none gets none.

use std::collections::BTreeMap;

use ikusei::{Engine, Instant, Lead, LintFinding, Playbook, RenderOutcome, Value as Field};
use ikusei_tests::generate::Random;
use serde_json::{Value, json};

const PARTS: [&str; 24] = [
    "{company}",
    "{ name }",
    "[[company]]",
    "%%company%%",
    "[name]",
    "${company}",
    "#{name}",
    "*|COMPANY|*",
    "<<name>>",
    "%name%",
    "##company##",
    "<%= company %>",
    "{{ lead.company }}",
    "{{ lead.name | sama }}",
    "{{ coupon }}",
    "{% if lead.vip %}{{ lead.company }}{% else %}{name}{% endif %}",
    "{% if lead.company %}{{ lead.company }}様{% endif %}",
    "{# {company} #}",
    "{% if lead.name %}{% endif %}",
    "p{color: red} 100% [1]",
    "{unknown} {{ lead.vip }}",
    "{% if lead.company == \"{company}\" %}x{% endif %}",
    "{{ lead.name | default(\"{name}\") }}",
    "{% for t in lead.tags %}{{ t }}{company}{% endfor %}",
];

struct Trial {
    document: Value,
    engine: Engine,
    leads: Vec<Lead>,
}

impl Trial {
    fn previews(&self, template: &str, version: &str, lead: &Lead) -> ikusei::Rendered {
        let at: Instant = "2026-05-01T00:00:00Z".parse().unwrap();
        let values = [("coupon".to_owned(), Field::Text("C-1".to_owned()))].into_iter().collect();
        let preview = self.engine.preview(template, Some(version), lead, at, &values);
        preview.unwrap_or_else(|error| panic!("{error}\n{}", self.document))
    }

    fn finding(&self, finding: &LintFinding, found: &mut BTreeMap<String, usize>) {
        let path = finding.diagnostic.path.as_deref().unwrap();
        let steps: Vec<&str> = path.split('/').skip(1).collect();
        let refuted =
            |by: &dyn std::fmt::Debug| -> ! { panic!("{}\n{by:?}\n{}", finding.diagnostic, self.document) };
        let code = finding.diagnostic.code.to_string();
        match (code.as_str(), steps.as_slice()) {
            ("IK0918", ["templates", name, "versions", version, part]) => {
                let written = finding.diagnostic.message.split('`').nth(3).unwrap();
                let shows = self.leads.iter().any(|lead| {
                    let rendered = self.previews(name, version, lead);
                    let text = match *part {
                        "subject" => rendered.subject,
                        "html" => rendered.html,
                        _ => rendered.text,
                    };
                    text.is_some_and(|text| text.contains(written))
                });
                if !shows {
                    refuted(&written);
                }
            }
            ("IK0918", ["templates", name, "values", index]) => {
                // The message is the same whatever the value is.
                let value = &self.document["templates"][*name]["values"][index.parse::<usize>().unwrap()];
                for version in self.document["templates"][*name]["versions"].as_object().unwrap().keys() {
                    let rendered = self.previews(name, version, &self.leads[0]);
                    if rendered.fields.iter().any(|field| field.name == value.as_str().unwrap()) {
                        refuted(&rendered);
                    }
                }
            }
            ("IK0920", ["templates", name, "versions", version]) => {
                let field = finding.diagnostic.message.split('`').nth(3).unwrap();
                let field = field.strip_prefix("lead.").unwrap();
                let example = finding.example.as_ref().unwrap();
                for lead in self.leads.iter().chain([&example.lead]) {
                    let empty = !lead.fields.contains_key(field);
                    let rendered = self.previews(name, version, lead);
                    if empty && rendered.outcome == RenderOutcome::Ready {
                        refuted(&lead.to_json());
                    }
                }
                assert!(!example.lead.fields.contains_key(field));
            }
            _ => return,
        }
        *found.entry(code).or_default() += 1;
    }
}

#[test]
fn no_message_refutes_a_finding() {
    let mut found = BTreeMap::new();
    for seed in 0..400 {
        let mut random = Random::new(seed);
        let mut part =
            || (0..random.between(1, 4)).map(|_| random.pick(&PARTS)).collect::<Vec<_>>().join(" ");
        let (subject, text, html) = (part(), part(), format!("<p>{}</p>", part()));
        let mut template = json!({ "channel": "email", "class": "transactional", "values": ["coupon"],
            "versions": { "a": { "subject": subject, "text": text, "html": html } } });
        if random.chance(30) {
            template["missing"] = random.pick(&[
                json!({ "lead.company": { "default": "御社" } }),
                json!({ "lead.company": "skip" }),
                json!({ "lead.name": "refuse" }),
            ]);
        }
        let document = json!({ "ikusei": 1, "name": "templates",
            "fields": { "company": { "type": "text" }, "name": { "type": "text" }, "vip": { "type": "boolean" }, "tags": { "type": "set" } },
            "templates": { "t": template } });
        let playbook =
            Playbook::parse(&document.to_string()).unwrap_or_else(|error| panic!("{error}\n{document}"));
        let mut leads = Vec::new();
        for company in [None, Some("ACME")] {
            for name in [None, Some("山田")] {
                for vip in [None, Some(true), Some(false)] {
                    let mut lead = Lead::new(format!("lead-{}", leads.len()));
                    lead.fields
                        .extend(company.map(|text| ("company".to_owned(), Field::Text(text.to_owned()))));
                    lead.fields.extend(name.map(|text| ("name".to_owned(), Field::Text(text.to_owned()))));
                    lead.fields.extend(vip.map(|vip| ("vip".to_owned(), Field::Bool(vip))));
                    let tags = Field::List(vec![Field::Text("x".to_owned())]);
                    lead.fields.extend(vip.map(|_| ("tags".to_owned(), tags)));
                    leads.push(lead);
                }
            }
        }
        let trial = Trial { engine: playbook.compile().unwrap(), document, leads };
        for finding in &playbook.lint().findings {
            trial.finding(finding, &mut found);
        }
    }
    println!("{found:?}");
    for code in ["IK0918", "IK0920"] {
        assert!(found.get(code).is_some_and(|count| *count > 50), "{code}: {found:?}");
    }
}
