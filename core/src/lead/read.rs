//! From loose values to a lead, by hand: every problem with its path, and a tenth of the code that `serde` would
//! write, which the browser has to load.

use crate::base::diagnostic::{Code, Diagnostic, Span};
use crate::base::error::Error;
use crate::base::map::Map;
use crate::base::suggest::nearest;
use crate::base::time::Instant;
use crate::base::wording::remedy;
use crate::lead::activity::{Activity, Trust};
use crate::lead::merged::MergedLead;
use crate::lead::record::{
    CampaignMembership, Consent, ConsentStatus, Deal, Lead, LeadIdentity, PurposeConsent, Standing,
    Suppressed, SuppressedBy, conflict, unique,
};
use crate::lead::value::Value;

/// Reads JSON text as a loose value; the error says what is wrong with it, and at which byte.
pub(crate) fn parse(text: &str) -> Result<Value, (String, usize)> {
    serde_json::from_str(text).map_err(|error| {
        let full = error.to_string();
        let message = full.split(" at line ").next().unwrap_or(&full);
        let lines = text.split_inclusive('\n').take(error.line().saturating_sub(1));
        let start: usize = lines.map(str::len).sum();
        (message.to_owned(), (start + error.column()).saturating_sub(1))
    })
}

/// Reads a lead from JSON text; all problems at once, with their paths.
pub(crate) fn data(text: &str) -> Result<Lead, Error> {
    parse(text).map_err(|(message, _)| Error::lead(vec![malformed(&message)])).and_then(lead)
}

/// Reads a lead from its owner's JSON text; all problems at once, with their places.
pub(crate) fn document(text: &str) -> Result<Lead, Error> {
    let value = parse(text).map_err(|(message, at)| {
        let at = (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        Error::lead(vec![malformed(&message).with_span(Span::of(text, at, at))])
    })?;
    #[cfg(not(feature = "yaml"))]
    return lead(value);
    #[cfg(feature = "yaml")]
    lead(value).map_err(|error| Error::lead(super::place::located(text, error.diagnostics())))
}

/// Reads a lead; all problems at once.
pub(crate) fn lead(value: Value) -> Result<Lead, Error> {
    let mut problems = Vec::new();
    let lead = Form::open(value, String::new(), &mut problems).and_then(read_lead);
    match lead {
        Some(lead) if problems.is_empty() => Ok(lead),
        _ => Err(Error::lead(problems)),
    }
}

const LEAD: &str = "a lead is an object with `id`, and optionally `fields`, `activities` and so on";

fn problem(message: &str, path: String) -> Diagnostic {
    malformed(message).at(path)
}

const UNKNOWN: &str = "unknown key";

/// Whether it is the key that is wrong, and not its value.
#[cfg(feature = "yaml")]
pub(super) fn is_of_key(diagnostic: &Diagnostic) -> bool {
    diagnostic.message.contains(UNKNOWN)
}

fn malformed(message: &str) -> Diagnostic {
    Diagnostic::error(Code::BadRecord, format!("not a lead record: {message}")).with_help(LEAD)
}

/// An object whose keys are taken one after the other.
struct Form<'p> {
    object: Map<String, Value>,
    path: String,
    problems: &'p mut Vec<Diagnostic>,
    known: Vec<&'static str>,
}

impl<'p> Form<'p> {
    fn open(value: Value, path: String, problems: &'p mut Vec<Diagnostic>) -> Option<Self> {
        match value {
            Value::Object(object) => Some(Self { object, path, problems, known: Vec::new() }),
            other => {
                problems.push(problem(&format!("expected an object, found {}", other.kind()), path));
                None
            }
        }
    }

    /// The value of a key; what stays in the object when all known ones are taken is unknown.
    fn take(&mut self, key: &'static str) -> Option<Value> {
        self.known.push(key);
        self.object.remove(key)
    }

    fn at(&self, key: &str) -> String {
        format!("{}/{}", self.path, key.replace('~', "~0").replace('/', "~1"))
    }

    fn wrong<T>(&mut self, key: &str, expected: &str, found: &Value) -> Option<T> {
        let path = self.at(key);
        self.problems.push(problem(&format!("expected {expected}, found {}", found.kind()), path));
        None
    }

    fn needed<T>(&mut self, key: &str, value: Option<T>, before: usize) -> Option<T> {
        if value.is_none() && self.problems.len() == before {
            let path = self.path.clone();
            let diagnostic = problem(&format!("missing key `{key}`"), path);
            self.problems.push(diagnostic.with_help(format!("add `{key}`")));
        }
        value
    }

    /// A text; null counts as absent.
    fn maybe_text(&mut self, key: &'static str) -> Option<String> {
        match self.take(key)? {
            Value::Text(text) => Some(text),
            Value::Null => None,
            other => self.wrong(key, "a text", &other),
        }
    }

    fn text(&mut self, key: &'static str) -> Option<String> {
        let before = self.problems.len();
        let text = self.maybe_text(key);
        self.needed(key, text, before)
    }

    /// A text that says something else, such as an instant.
    fn maybe<T>(&mut self, key: &'static str, read: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        let text = self.maybe_text(key)?;
        read(&text)
            .map_err(|message| {
                let path = self.at(key);
                let told = format!("`{text}` is {message}");
                self.problems.push(match remedy(&told) {
                    Some((told, help)) => problem(told, path).with_help(help),
                    None => problem(&told, path),
                });
            })
            .ok()
    }

    fn maybe_instant(&mut self, key: &'static str) -> Option<Instant> {
        self.maybe(key, |text| text.parse::<Instant>().map_err(|error| error.to_string()))
    }

    fn instant(&mut self, key: &'static str) -> Option<Instant> {
        let before = self.problems.len();
        let instant = self.maybe_instant(key);
        self.needed(key, instant, before)
    }

    /// One of some words.
    fn word<T: Copy>(&mut self, key: &'static str, words: &[(&str, T)]) -> Option<T> {
        self.maybe(key, |text| match words.iter().find(|(word, _)| *word == text) {
            Some((_, value)) => Ok(*value),
            None => {
                let words: Vec<String> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
                Err(format!("not one of {}", words.join(", ")))
            }
        })
    }

    fn flag(&mut self, key: &'static str) -> bool {
        match self.take(key) {
            Some(Value::Bool(flag)) => flag,
            Some(other) => {
                self.wrong::<()>(key, "true or false", &other);
                false
            }
            None => false,
        }
    }

    fn values(&mut self, key: &'static str) -> Map<String, Value> {
        match self.take(key) {
            Some(Value::Object(object)) => object,
            Some(other) => {
                self.wrong::<()>(key, "an object", &other);
                Map::new()
            }
            None => Map::new(),
        }
    }

    /// Objects by name.
    fn map<T>(&mut self, key: &'static str, read: fn(Form<'_>) -> Option<T>) -> Map<String, T> {
        let path = self.at(key);
        let values = self.values(key);
        let mut map = Vec::with_capacity(values.len());
        for (name, value) in values {
            let path = format!("{path}/{}", name.replace('~', "~0").replace('/', "~1"));
            let value = Form::open(value, path, self.problems).and_then(read);
            map.extend(value.map(|value| (name, value)));
        }
        map.into_iter().collect()
    }

    /// An object; null counts as absent.
    fn object<T>(&mut self, key: &'static str, read: fn(Form<'_>) -> Option<T>) -> Option<T> {
        let value = self.take(key).filter(|value| *value != Value::Null)?;
        Form::open(value, self.at(key), self.problems).and_then(read)
    }

    /// Texts in a list.
    fn texts(&mut self, key: &'static str) -> Vec<String> {
        let path = self.at(key);
        let items = match self.take(key) {
            Some(Value::List(items)) => items,
            Some(other) => {
                self.wrong::<()>(key, "a list", &other);
                return Vec::new();
            }
            None => return Vec::new(),
        };
        let mut texts = Vec::with_capacity(items.len());
        for (index, item) in items.into_iter().enumerate() {
            match item {
                Value::Text(text) => texts.push(text),
                other => {
                    let message = format!("expected a text, found {}", other.kind());
                    self.problems.push(problem(&message, format!("{path}/{index}")));
                }
            }
        }
        texts
    }

    /// Objects in a list.
    fn list<T>(&mut self, key: &'static str, read: fn(Form<'_>) -> Option<T>) -> Vec<T> {
        let path = self.at(key);
        let items = match self.take(key) {
            Some(Value::List(items)) => items,
            Some(other) => {
                self.wrong::<()>(key, "a list", &other);
                return Vec::new();
            }
            None => return Vec::new(),
        };
        let mut list = Vec::with_capacity(items.len());
        for (index, item) in items.into_iter().enumerate() {
            list.extend(Form::open(item, format!("{path}/{index}"), self.problems).and_then(read));
        }
        list
    }

    /// Refuses the keys that nobody took.
    fn close(self) {
        for name in self.object.keys() {
            let near = nearest(name, self.known.iter().copied());
            let path = self.at(name);
            let diagnostic = problem(&format!("{UNKNOWN} `{name}`"), path);
            // Of all objects in a record, only the record itself has `fields`.
            let help = if self.known.contains(&"fields") {
                "put the host's own data into `fields`, which takes any key"
            } else {
                LEAD
            };
            self.problems.push(diagnostic.with_help(help).did_you_mean(near));
        }
    }
}

fn read_lead(mut form: Form<'_>) -> Option<Lead> {
    let mut lead = Lead::new(form.text("id").unwrap_or_default());
    lead.fields = form.values("fields");
    lead.identities = form.list("identities", read_identity);
    lead.source = form.values("source");
    lead.consent = form.map("consent", read_consent);
    match unique(form.list("activities", read_activity)) {
        Ok(activities) => lead.activities = activities,
        Err(id) => form.problems.push(conflict(&id)),
    }
    lead.campaigns = form.list("campaigns", read_campaign);
    lead.deals = form.list("deals", read_deal);
    lead.standing = form.map("standing", read_standing);
    lead.merged = form.list("merged", read_merged);
    form.close();
    Some(lead)
}

fn read_identity(mut form: Form<'_>) -> Option<LeadIdentity> {
    let (kind, value, verified) = (form.text("kind"), form.text("value"), form.flag("verified"));
    form.close();
    Some(LeadIdentity { kind: kind?, value: value?, verified })
}

fn read_consent(mut form: Form<'_>) -> Option<Consent> {
    let status = read_status(&mut form);
    let (at, basis) = (form.maybe_instant("at"), form.maybe_text("basis"));
    let purposes = form.map("purposes", read_purpose);
    let suppressed = form.object("suppressed", read_suppressed);
    form.close();
    Some(Consent { status: status?, at, basis, purposes, suppressed })
}

fn read_purpose(mut form: Form<'_>) -> Option<PurposeConsent> {
    let status = read_status(&mut form);
    let (at, basis) = (form.maybe_instant("at"), form.maybe_text("basis"));
    form.close();
    Some(PurposeConsent { status: status?, at, basis })
}

fn read_status(form: &mut Form<'_>) -> Option<ConsentStatus> {
    use ConsentStatus::{Denied, Granted, Pending, Unknown};

    let words = [("granted", Granted), ("denied", Denied), ("pending", Pending), ("unknown", Unknown)];
    let before = form.problems.len();
    let status = form.word("status", &words);
    form.needed("status", status, before)
}

fn read_suppressed(mut form: Form<'_>) -> Option<Suppressed> {
    let words = [("bounce", SuppressedBy::Bounce), ("complaint", SuppressedBy::Complaint)];
    let before = form.problems.len();
    let by = form.word("by", &words);
    let by = form.needed("by", by, before);
    let at = form.instant("at");
    form.close();
    Some(Suppressed { by: by?, at: at? })
}

fn read_merged(mut form: Form<'_>) -> Option<MergedLead> {
    let at = form.instant("at");
    let before = form.problems.len();
    let lead = form.object("lead", read_lead).map(Box::new);
    let lead = form.needed("lead", lead, before);
    let (log, shared) = (form.texts("log"), form.texts("shared"));
    let variants = form.list("variants", read_activity);
    let problems = form.problems.len();
    let as_it_was = form.object("before", read_lead).map(Box::new);
    let as_it_was = form.needed("before", as_it_was, problems);
    let taken = form.texts("taken");
    form.close();
    Some(MergedLead { at: at?, lead: lead?, log, shared, variants, before: as_it_was?, taken })
}

fn read_activity(mut form: Form<'_>) -> Option<Activity> {
    let (id, kind, at) = (form.text("id"), form.text("kind"), form.instant("at"));
    let recorded_at = form.maybe_instant("recorded_at");
    let properties = form.values("properties");
    let campaign = form.maybe_text("campaign");
    let words = [("human", Trust::Human), ("machine", Trust::Machine), ("unsure", Trust::Unsure)];
    let trust = form.word("trust", &words).unwrap_or_default();
    let trust_by = form.maybe_text("trust_by");
    form.close();
    Some(Activity { id: id?, kind: kind?, at: at?, recorded_at, properties, campaign, trust, trust_by })
}

fn read_campaign(mut form: Form<'_>) -> Option<CampaignMembership> {
    let (campaign, status, at) = (form.text("campaign"), form.maybe_text("status"), form.instant("at"));
    form.close();
    Some(CampaignMembership { campaign: campaign?, status, at: at? })
}

fn read_deal(mut form: Form<'_>) -> Option<Deal> {
    let (id, stage) = (form.text("id"), form.text("stage"));
    let amount =
        form.maybe("amount", |text| text.parse().map_err(|error: crate::ParseMoneyError| error.to_string()));
    let at = form.instant("at");
    form.close();
    Some(Deal { id: id?, stage: stage?, amount, at: at? })
}

fn read_standing(mut form: Form<'_>) -> Option<Standing> {
    let (rank, since) = (form.maybe_text("rank"), form.instant("since"));
    form.close();
    Some(Standing { rank, since: since? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str) -> Vec<String> {
        match lead(parse(text).unwrap()) {
            Ok(_) => Vec::new(),
            Err(error) => error.diagnostics().iter().map(ToString::to_string).collect(),
        }
    }

    #[test]
    fn a_whole_record_is_read_as_serde_reads_it() {
        let text = r#"{
            "id": "l", "fields": {"a": 1.5, "b": [1, null], "c": {"d": true}}, "source": {"keyword": "x"},
            "identities": [{"kind": "email", "value": "v", "verified": true}, {"kind": "crm", "value": "w"}],
            "consent": {
                "email": {
                    "status": "granted", "at": "2026-05-01T00:00:00Z", "basis": "form",
                    "purposes": {"seminar": {"status": "pending", "basis": "form"}},
                    "suppressed": {"by": "complaint", "at": "2026-05-01T00:00:00Z"}
                },
                "mail": {"status": "denied", "suppressed": null}
            },
            "merged": [{
                "at": "2026-05-01T00:00:00Z", "lead": {"id": "m", "fields": {"a": 2}}, "log": ["1"], "shared": ["1"],
                "variants": [{"id": "1", "kind": "k", "at": "2026-05-01T00:00:00Z"}], "before": {"id": "l"}, "taken": ["/fields/a"]
            }],
            "activities": [
                {"id": "1", "kind": "k", "at": "2026-05-01T09:00:00+09:00", "recorded_at": null, "trust": "unsure", "trust_by": "host"},
                {"id": "2", "kind": "k", "at": "2026-05-01T09:00:00+09:00", "properties": {"p": 1}, "campaign": "c"},
                {"id": "1", "kind": "k", "at": "2026-05-01T00:00:00Z", "trust": "unsure", "trust_by": "host"}
            ],
            "campaigns": [{"campaign": "c", "status": "invited", "at": "2026-05-01T00:00:00Z"}],
            "deals": [{"id": "d", "stage": "won", "amount": "1000 JPY", "at": "2026-05-01T00:00:00Z"}],
            "standing": {"overall": {"rank": "A", "since": "2026-05-01T00:00:00Z"}}
        }"#;
        let read = lead(parse(text).unwrap()).unwrap();
        assert_eq!(read, serde_json::from_str::<Lead>(text).unwrap());
        assert_eq!(read.activities().len(), 2);
    }

    #[test]
    fn every_problem_is_told_with_its_path() {
        let text = r#"{
            "feilds": {}, "consent": {"email": {"status": "maybe"}}, "source": null,
            "activities": [{"id": 1, "kind": "k", "at": "yesterday", "when": 0}, 7],
            "deals": [{"id": "d", "stage": "won", "amount": "1000 yen"}]
        }"#;
        let found = problems(text);
        for (path, message) in [
            ("", "missing key `id`"),
            ("/source", "expected an object, found null"),
            ("/consent/email/status", "`maybe` is not one of `granted`, `denied`, `pending`, `unknown`"),
            ("/activities/0/id", "expected a text, found a whole number"),
            ("/activities/0/at", "`yesterday` is not an instant"),
            ("/activities/0/when", "unknown key `when`"),
            ("/activities/1", "expected an object, found a whole number"),
            ("/deals/0/amount", "`1000 yen` is not money"),
            ("/deals/0", "missing key `at`"),
            ("/feilds", "unknown key `feilds` (IK0401); did you mean `fields`?"),
        ] {
            let place = if path.is_empty() { String::new() } else { format!("{path}: ") };
            let start = format!("{place}not a lead record: {message}");
            assert!(found.iter().any(|problem| problem.starts_with(&start)), "{start}\n{found:#?}");
        }
        assert_eq!(found.len(), 10, "{found:#?}");
    }

    #[test]
    fn two_different_activities_never_share_an_id() {
        let at = "2026-05-01T00:00:00Z";
        let activity = |kind: &str| format!(r#"{{"id": "1", "kind": "{kind}", "at": "{at}"}}"#);
        let record =
            |a: &str, b: &str| format!(r#"{{"id": "l", "activities": [{}, {}]}}"#, activity(a), activity(b));
        assert!(problems(&record("a", "b"))[0].contains("IK0403"));
        assert!(problems(&record("a", "a")).is_empty());
    }
}
