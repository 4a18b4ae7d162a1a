//! The cleansing policy against the declared fields, and fields run through it.

use crate::base::map::Map;
use rust_decimal::prelude::ToPrimitive;

use super::policy::{Cleaner, CleansingPolicy};
use super::postal::PostalLookup;
use super::{Cleansed, Cleansing, company, date, email, null, number, phone, place, text};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::suggest::nearest;
use crate::base::text::{normalize_text, pointer_escape};
use crate::base::time::Zone;
use crate::lead::model::{FieldPolicy, FieldType, Identity, Model};
use crate::lead::value::Value;

/// A policy, checked, with a cleaner for every declared field.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cleansers {
    policy: CleansingPolicy,
    cleaners: Map<String, Cleaner>,
    zone: Option<Zone>,
}

impl Cleansers {
    pub(crate) fn compile(
        model: &Model,
        policy: Option<&CleansingPolicy>,
        zone: Zone,
        problems: &mut Vec<Diagnostic>,
    ) -> Self {
        let mut policy = policy.cloned().unwrap_or_default();
        check(model, &policy, problems);
        for words in [&mut policy.nulls.add, &mut policy.nulls.keep] {
            for word in words {
                *word = text::word(word);
            }
        }
        let places = policy.places.clone().unwrap_or_default();
        let by_place = |name: &str| {
            let is = |field: &Option<String>| field.as_deref() == Some(name);
            if is(&places.address) {
                Some(Cleaner::Address)
            } else if is(&places.postal_code) {
                Some(Cleaner::PostalCode)
            } else if is(&places.prefecture) {
                Some(Cleaner::Prefecture)
            } else {
                None
            }
        };
        let cleaner = |name: &str, field: &FieldPolicy| {
            policy.fields.get(name).copied().or_else(|| by_place(name)).unwrap_or_else(|| by_type(field))
        };
        let cleaners = model.fields().map(|(name, field)| (name.to_owned(), cleaner(name, field))).collect();
        Self { policy, cleaners, zone: Some(zone) }
    }

    /// How a declared field is cleansed.
    pub(crate) fn cleaner(&self, field: &str) -> Option<Cleaner> {
        self.cleaners.get(field).copied()
    }

    /// Cleanses declared fields and derives prefecture and city; undeclared fields are the host's own and stay.
    pub(crate) fn fields(&self, fields: &Map<String, Value>, postal: Option<&dyn PostalLookup>) -> Cleansing {
        let mut out = Cleansing { fields: Map::with_capacity(fields.len()), changes: Map::new() };
        for (name, raw) in fields {
            let Some(cleaner) = self.cleaner(name) else {
                out.fields.insert(name.clone(), raw.clone());
                continue;
            };
            let cleansed = self.value(cleaner, raw);
            out.fields.insert(name.clone(), cleansed.value.clone());
            if cleansed.is_changed() || !cleansed.parts.is_empty() {
                out.changes.insert(name.clone(), cleansed);
            }
        }
        self.derive_places(&mut out, postal);
        out
    }

    /// One value by one cleaner.
    pub(crate) fn value(&self, cleaner: Cleaner, raw: &Value) -> Cleansed {
        let as_typed = Cleansed::start(raw);
        let typed = match (cleaner, raw) {
            (Cleaner::Keep, _) | (_, Value::Null | Value::Object(_)) => return as_typed,
            (Cleaner::Set, Value::List(items)) => return self.set(as_typed, items.clone()),
            (_, Value::List(_)) => return as_typed,
            (Cleaner::Integer | Cleaner::Number | Cleaner::Boolean, Value::Bool(_))
            | (Cleaner::Integer | Cleaner::Number, Value::Int(_))
            | (Cleaner::Number, Value::Float(_)) => return as_typed,
            (Cleaner::Integer, Value::Float(_)) => {
                return as_typed.refuse("a whole number", "give it without decimals");
            }
            (_, Value::Text(typed)) => typed.clone(),
            // A spreadsheet gives telephone numbers and postal codes as numbers.
            (_, Value::Int(number)) => number.to_string(),
            (_, Value::Float(number)) => number.to_string(),
            (_, Value::Bool(value)) => value.to_string(),
        };
        let mut cleansed = self.text(cleaner, &typed);
        cleansed.raw = raw.clone();
        cleansed
    }

    fn text(&self, cleaner: Cleaner, raw: &str) -> Cleansed {
        let nulls = &self.policy.nulls;
        let counts_zero = matches!(cleaner, Cleaner::Integer | Cleaner::Number | Cleaner::Boolean);
        let nothing = |rule: &'static str| {
            let mut work = Cleansed::of_text(raw);
            work.value = Value::Null;
            work.rule(rule);
            work
        };
        if raw.trim().is_empty() {
            return nothing("empty");
        }
        if null::is_disguised(raw, &nulls.add, &nulls.keep) && !(counts_zero && boolean(raw).is_some()) {
            return nothing("disguised_null");
        }
        let cleansed = match cleaner {
            Cleaner::Keep => Some(Cleansed::of_text(raw)),
            Cleaner::Text => text::tidy(raw),
            Cleaner::Email => email::clean(raw, &self.policy.email),
            Cleaner::Phone => phone::clean(raw, &self.policy.phone),
            Cleaner::Url => text::url(raw),
            Cleaner::Company => company::clean(raw, self.policy.company),
            Cleaner::Person => text::person(raw),
            Cleaner::Prefecture => place::clean_prefecture(raw),
            Cleaner::PostalCode => place::clean_postal(raw),
            Cleaner::Address => place::clean_address(raw),
            Cleaner::Set => {
                let items =
                    raw.split([';', '、', '|', '\n', ',']).map(|item| Value::Text(item.to_owned())).collect();
                return self.set(Cleansed::of_text(raw), items);
            }
            _ => return self.scalar(cleaner, raw),
        };
        let Some(mut cleansed) = cleansed else { return nothing("empty") };
        // `不明 様`: what is left when the trimmings are gone may be nothing, too.
        if cleansed.text().is_some_and(|text| null::is_disguised(text, &nulls.add, &nulls.keep)) {
            cleansed.value = Value::Null;
            cleansed.parts = Map::new();
            cleansed.rule("disguised_null");
        }
        cleansed
    }

    /// What becomes another type than text, or another notation of it.
    fn scalar(&self, cleaner: Cleaner, raw: &str) -> Cleansed {
        let mut work = Cleansed::of_text(raw);
        let order = self.policy.dates;
        let (value, rule, what, help) = match cleaner {
            Cleaner::Integer => {
                let whole = number::number(raw).filter(|number| number.fract().is_zero());
                (
                    whole.and_then(|number| number.to_i64()).map(Value::Int),
                    "number",
                    "a whole number",
                    "give digits, such as `300`",
                )
            }
            Cleaner::Number => (
                number::number(raw).and_then(json_number),
                "number",
                "a number",
                "give digits, such as `12.5`",
            ),
            Cleaner::Money => {
                let money = number::money(raw, self.policy.currency.as_deref());
                let help = "give amount and currency, such as `1000000 JPY`, or set `cleansing.currency`";
                (money.map(|money| Value::Text(money.to_string())), "money", "an amount of money", help)
            }
            Cleaner::Date => {
                let date = date::moment(raw, order).map(|moment| Value::Text(moment.date_text()));
                (
                    date,
                    "date",
                    "a date",
                    "give year, month and day, such as `2026-04-08`, or set `cleansing.dates`",
                )
            }
            Cleaner::Timestamp => {
                let instant = date::moment(raw, order)
                    .and_then(|moment| moment.instant(self.zone.unwrap_or(Zone::UTC)));
                let help = "give date, time and zone, such as `2026-04-08T09:00:00+09:00`";
                (instant.map(|instant| Value::Text(instant.to_string())), "date", "a date and time", help)
            }
            _ => (boolean(raw).map(Value::Bool), "boolean", "yes or no", "give true or false"),
        };
        match value {
            Some(value) => {
                if value != work.value {
                    work.rule(rule);
                }
                work.value = value;
                work
            }
            None => work.refuse(what, help),
        }
    }

    fn set(&self, mut work: Cleansed, items: Vec<Value>) -> Cleansed {
        if matches!(work.raw, Value::Text(_)) {
            work.rule("split");
        }
        let mut out: Vec<Value> = Vec::with_capacity(items.len());
        for item in items {
            let cleansed = self.value(Cleaner::Text, &item);
            for rule in cleansed.rules {
                work.rule(rule);
            }
            if cleansed.value == Value::Null {
                continue;
            }
            if out.contains(&cleansed.value) {
                work.rule("duplicate");
            } else {
                out.push(cleansed.value);
            }
        }
        work.value = Value::List(out);
        work
    }

    /// Prefecture and city from the postal code, or else from the address; what is there already stays.
    fn derive_places(&self, out: &mut Cleansing, postal: Option<&dyn PostalLookup>) {
        let Some(places) = &self.policy.places else { return };
        let text = |field: &Option<String>| match field.as_ref().and_then(|field| out.fields.get(field)) {
            Some(Value::Text(text)) => Some(text.clone()),
            _ => None,
        };
        let located = text(&places.address).map(|address| place::locate(&address)).unwrap_or_default();
        let code = text(&places.postal_code).or(located.postal_code.clone());
        let by_code = code.as_deref().and_then(place::postal_digits).and_then(|digits| {
            postal
                .and_then(|table| table.find(&digits))
                .map(|(prefecture, city)| (prefecture.to_owned(), city.to_owned()))
        });
        let mut derived: Vec<(String, String, &'static str, Option<u32>)> = Vec::new();
        let mut derive = |field: &Option<String>, value: Option<String>, rule, confidence| {
            if let (Some(field), Some(value)) = (field, value)
                && matches!(out.fields.get(field), None | Some(Value::Null))
            {
                derived.push((field.clone(), value, rule, confidence));
            }
        };
        derive(&places.postal_code, located.postal_code, "from_address", None);
        match by_code {
            Some((prefecture, city)) => {
                derive(&places.prefecture, Some(prefecture), "from_postal_code", None);
                derive(&places.city, Some(city), "from_postal_code", None);
            }
            None => {
                let doubt = located.inferred.then_some(900_000);
                derive(&places.prefecture, located.prefecture.map(str::to_owned), "from_address", doubt);
                derive(&places.city, located.city, "from_address", Some(950_000));
            }
        }
        for (field, value, rule, confidence) in derived {
            let raw = out.changes.get(&field).map_or(Value::Null, |change| change.raw.clone());
            let mut cleansed = Cleansed::start(&raw);
            cleansed.value = Value::Text(value.clone());
            cleansed.rule(rule);
            cleansed.confidence = confidence;
            out.fields.insert(field.clone(), Value::Text(value));
            out.changes.insert(field.clone(), cleansed);
        }
    }
}

fn by_type(field: &FieldPolicy) -> Cleaner {
    match field.kind {
        FieldType::Text if field.identity == Some(Identity::Company) => Cleaner::Company,
        FieldType::Text => Cleaner::Text,
        FieldType::Email => Cleaner::Email,
        FieldType::Phone => Cleaner::Phone,
        FieldType::Url => Cleaner::Url,
        FieldType::Integer => Cleaner::Integer,
        FieldType::Number => Cleaner::Number,
        FieldType::Boolean => Cleaner::Boolean,
        FieldType::Date => Cleaner::Date,
        FieldType::Timestamp => Cleaner::Timestamp,
        FieldType::Set => Cleaner::Set,
    }
}

/// A decimal as JSON holds it: whole where it is whole.
fn json_number(number: rust_decimal::Decimal) -> Option<Value> {
    if number.fract().is_zero()
        && let Some(whole) = number.to_i64()
    {
        return Some(Value::Int(whole));
    }
    // Through text: the shortest decimal reads as the nearest float on every platform.
    number.to_string().parse::<f64>().ok().filter(|number| number.is_finite()).map(Value::Float)
}

fn boolean(raw: &str) -> Option<bool> {
    let word = normalize_text(raw);
    let is = |words: &[&str]| words.contains(&word.as_str());
    if is(&[
        "true",
        "yes",
        "y",
        "1",
        "on",
        "ハイ",
        "有",
        "有リ",
        "アリ",
        "〇",
        "○",
        "◯",
        "✓",
        "希望スル",
        "同意スル",
        "同意",
        "希望",
    ]) {
        Some(true)
    } else if is(&[
        "false",
        "no",
        "n",
        "0",
        "off",
        "イイエ",
        "無",
        "無シ",
        "ナシ",
        "×",
        "✗",
        "希望シナイ",
        "同意シナイ",
    ]) {
        Some(false)
    } else {
        None
    }
}

fn check(model: &Model, policy: &CleansingPolicy, problems: &mut Vec<Diagnostic>) {
    let mut known = |name: &str, path: String| {
        if model.field(name).is_none() {
            let near = nearest(name, model.fields().map(|(name, _)| name));
            problems.push(
                Diagnostic::error(Code::UnknownReference, format!("no field is called `{name}`"))
                    .at(path)
                    .with_help("declare it under `fields`")
                    .did_you_mean(near),
            );
        }
    };
    for name in policy.fields.keys() {
        known(name, format!("/cleansing/fields/{}", pointer_escape(name)));
    }
    if let Some(places) = &policy.places {
        let parts = [
            ("address", &places.address),
            ("postal_code", &places.postal_code),
            ("prefecture", &places.prefecture),
            ("city", &places.city),
        ];
        for (part, field) in parts {
            if let Some(field) = field {
                known(field, format!("/cleansing/places/{part}"));
            }
        }
    }
    let region = &policy.phone.region;
    match phone::knows_region(region) {
        Some(true) => {}
        Some(false) => problems.push(
            Diagnostic::error(
                Code::NotInThisBuild,
                format!("this build cannot read telephone numbers of `{region}`"),
            )
            .at("/cleansing/phone/region")
            .with_help("use `JP`, or a build with the feature `phones`"),
        ),
        None => problems.push(
            Diagnostic::error(Code::BadScalar, format!("`{region}` is not the code of a country"))
                .at("/cleansing/phone/region")
                .with_help("give two capitals of ISO 3166, such as `JP`"),
        ),
    }
    if let Some(currency) = &policy.currency
        && !(currency.len() == 3 && currency.bytes().all(|byte| byte.is_ascii_uppercase()))
    {
        problems.push(
            Diagnostic::error(Code::BadScalar, format!("`{currency}` is not the code of a currency"))
                .at("/cleansing/currency")
                .with_help("give three capitals of ISO 4217, such as `JPY`"),
        );
    }
}
