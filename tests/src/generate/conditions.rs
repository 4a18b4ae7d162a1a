//! Random conditions and numbers, typed against the vocabulary.

use serde_json::json;

use super::Vocabulary;
use super::leads::{DATES, INSTANTS, NUMBERS, TEXTS, WHOLES};
use super::random::Random;

/// What an expression may name.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    pub(crate) vocabulary: &'a Vocabulary,
    /// The kinds that `activity` may be of.
    pub(crate) kinds: &'a [usize],
    /// How many scorecards' figures it may name.
    pub(crate) cards: usize,
    /// Whether it may name ranks.
    pub(crate) ranks: bool,
    /// How many segments it may name.
    pub(crate) segments: usize,
    /// Whether it may look at the lead's history, and at time.
    pub(crate) history: bool,
    /// Whether it may fail on some leads.
    pub(crate) may_fail: bool,
}

const TEXT_TYPES: [&str; 4] = ["text", "email", "phone", "url"];
const PATTERNS: [&str; 8] =
    ["部長", "^a", "(?i)ABC", "@(gmail|yahoo)\\\\.", "^$", "長$", "[ァ-ヶ]+", "^/pricing(/|$)"];

impl Scope<'_> {
    /// A condition, its parts nested at most so deep.
    pub(crate) fn condition(&self, random: &mut Random, depth: usize) -> String {
        if depth == 0 || random.chance(45) {
            return self.atom(random);
        }
        let part = |random: &mut Random| self.condition(random, depth - 1);
        match random.below(6) {
            0 | 1 => format!("({} && {})", part(random), part(random)),
            2 | 3 => format!("({} || {})", part(random), part(random)),
            4 => format!("!({})", part(random)),
            _ => format!("({} ? {} : {})", part(random), part(random), part(random)),
        }
    }

    /// A condition on one value of one type, or on the lead's history.
    fn atom(&self, random: &mut Random) -> String {
        match random.below(if self.history { 14 } else { 10 }) {
            0..=2 => self.of_type(random, &TEXT_TYPES).map(|name| text(random, &name)),
            3 | 4 => self.of_type(random, &["integer"]).map(|name| self.whole(random, &name)),
            5 => self.of_type(random, &["number"]).map(|name| number(random, &name)),
            6 => self.of_type(random, &["boolean"]).map(|name| boolean(random, &name)),
            7 => self.of_type(random, &["date"]).map(|name| self.date(random, &name)),
            8 => self.of_type(random, &["timestamp"]).map(|name| instant(random, &name)),
            9 => self.of_type(random, &["set"]).map(|name| set(random, &name)),
            10 | 11 => Some(self.past(random)),
            12 => Some(record(random)),
            _ => Some(self.derived(random)),
        }
        .unwrap_or_else(|| random.pick(&["true", "false"]).to_owned())
    }

    fn of_type(&self, random: &mut Random, types: &[&str]) -> Option<String> {
        let mut names: Vec<String> = self.vocabulary.properties_of(self.kinds, types);
        if names.is_empty() || random.chance(40) {
            names.extend(self.vocabulary.fields_of(types).into_iter().map(str::to_owned));
        }
        (!names.is_empty()).then(|| random.pick(&names))
    }

    fn whole(&self, random: &mut Random, name: &str) -> String {
        let value = random.pick(&WHOLES);
        match random.below(if self.may_fail { 8 } else { 6 }) {
            0 => format!("{name} in [{value}, {}, {}]", random.pick(&WHOLES), random.pick(&WHOLES)),
            1 => format!("{name} >= {value} && {name} < {}", random.pick(&WHOLES)),
            2 => format!("{name} {} {}", sign(random), random.pick(&NUMBERS)),
            3 => format!("{value} {} {name}", sign(random)),
            4 | 5 => format!("{name} {} {value}", sign(random)),
            6 => format!("{} / {name} > 3", random.pick(&[10, 100])),
            _ => format!("{name} * {name} + 1 {} {value}", sign(random)),
        }
    }

    fn date(&self, random: &mut Random, name: &str) -> String {
        if self.history && random.chance(30) {
            return format!("age({name}) {} duration(\"{}\")", sign(random), random.pick(&["30d", "91d"]));
        }
        format!("{name} {} date(\"{}\")", sign(random), random.pick(&DATES))
    }

    fn past(&self, random: &mut Random) -> String {
        let index = random.below(self.vocabulary.kinds.len());
        let kind = format!("kind_{index}");
        let window = random.pick(&["", ", \"7d\"", ", \"30d\"", ", \"90d\""]);
        match random.below(5) {
            0 => format!("seen(\"{kind}\"{window})"),
            1 => format!("count(\"{kind}\"{window}) {} {}", sign(random), random.below(4)),
            2 => format!("last(\"{kind}\") {} timestamp(\"{}\")", sign(random), random.pick(&INSTANTS)),
            3 => {
                let age = random.pick(&["1d", "30d", "90d"]);
                let young = format!("age(a.at) {} duration(\"{age}\")", sign(random));
                let more = match self.vocabulary.kinds.get(index).and_then(|(_, own)| own.first()) {
                    Some((name, "url" | "text")) => {
                        let joint = random.pick(&["&&", "||"]);
                        format!(" {joint} {}", text(random, &format!("a.{name}")))
                    }
                    _ => String::new(),
                };
                let filtered = format!("activities(\"{kind}\").filter(a, {young}{more})");
                format!("size({filtered}) {} {}", sign(random), random.below(4))
            }
            _ => {
                let makes = random.pick(&["exists", "all", "exists_one"]);
                match self.vocabulary.kinds.get(index).and_then(|(_, own)| own.first()) {
                    Some((name, "url" | "text")) => {
                        format!("activities(\"{kind}\").{makes}(a, {})", text(random, &format!("a.{name}")))
                    }
                    _ => format!("size(activities(\"{kind}\")) > {}", random.below(3)),
                }
            }
        }
    }

    fn derived(&self, random: &mut Random) -> String {
        let card = format!("card_{}", random.below(self.cards));
        if self.segments > 0 && random.chance(60) {
            let not = random.pick(&["", "!"]);
            return format!("{not}in_segment(\"segment_{}\")", random.below(self.segments));
        }
        if self.ranks && random.chance(50) {
            return format!(
                "rank.{card} {} \"{}\"",
                random.pick(&["==", "!="]),
                random.pick(&["A", "B", "C"])
            );
        }
        if self.cards > 0 {
            let figure =
                random.pick(&["total", "fit", "engagement", "fit_plus", "fit_minus", "engagement_plus"]);
            return format!("scores.{card}.{figure} {} {}", sign(random), random.pick(&["0", "10", "12.5"]));
        }
        record(random)
    }

    /// An expression that gives points.
    pub(crate) fn number(&self, random: &mut Random) -> String {
        let whole = self.of_type(random, &["integer"]).unwrap_or_else(|| "1".to_owned());
        match random.below(if self.may_fail { 7 } else { 5 }) {
            0 => format!(
                "{} ? {} : {}",
                self.condition(random, 1),
                random.below(20),
                random.pick(&["-3", "null"])
            ),
            1 => match self.of_type(random, &["number"]) {
                Some(name) => format!("{name} > 100.0 ? 100.0 : {name}"),
                None => "2.5".to_owned(),
            },
            2 => match self.of_type(random, &["set"]) {
                Some(name) => format!("size({name}) * 2"),
                None => "3".to_owned(),
            },
            3 => format!("{whole} > 100 ? 100 : {whole} < -100 ? -100 : {whole}"),
            4 if self.history => "count(\"kind_0\") * 2".to_owned(),
            4 => "4".to_owned(),
            5 => format!("100 / {whole}"),
            _ => format!("{whole} % 7"),
        }
    }
}

fn sign(random: &mut Random) -> &'static str {
    random.pick(&["==", "!=", "<", "<=", ">", ">="])
}

fn quoted(random: &mut Random) -> String {
    json!(random.pick(&TEXTS)).to_string()
}

fn text(random: &mut Random, name: &str) -> String {
    let value = quoted(random);
    match random.below(11) {
        0 | 1 => format!("{name} {} {value}", random.pick(&["==", "!="])),
        2 => format!("{value} == {name}"),
        3 => format!("{name} in [{value}, {}, {}]", quoted(random), quoted(random)),
        4 => format!("!({name} in [{value}, {}])", quoted(random)),
        5 | 6 => format!("{name}.{}({value})", random.pick(&["startsWith", "endsWith", "contains"])),
        7 => format!("{name}.matches(\"{}\")", random.pick(&PATTERNS)),
        8 => format!("{name} {} null", random.pick(&["==", "!="])),
        9 => format!("normalize({name}) == normalize({value})"),
        _ => format!("{name} {} {value}", sign(random)),
    }
}

fn number(random: &mut Random, name: &str) -> String {
    match random.below(4) {
        0 => format!("{name} {} {}", sign(random), random.pick(&WHOLES)),
        1 => format!("{name} {} null", random.pick(&["==", "!="])),
        2 => format!("{name} >= {} && {name} <= {}", random.pick(&NUMBERS), random.pick(&NUMBERS)),
        _ => format!("{name} {} {}", sign(random), random.pick(&NUMBERS)),
    }
}

fn boolean(random: &mut Random, name: &str) -> String {
    match random.below(4) {
        0 => name.to_owned(),
        1 => format!("!{name}"),
        2 => format!("{name} {} {}", random.pick(&["==", "!="]), random.pick(&["true", "false", "null"])),
        _ => format!("has({name})"),
    }
}

fn instant(random: &mut Random, name: &str) -> String {
    format!("{name} {} timestamp(\"{}\")", sign(random), random.pick(&INSTANTS))
}

fn set(random: &mut Random, name: &str) -> String {
    match random.below(4) {
        0 => format!("{} in {name}", quoted(random)),
        1 => format!("size({name}) {} {}", sign(random), random.below(4)),
        2 => format!("{name}.exists(x, {})", text(random, "x")),
        _ => format!("{name} {} null", random.pick(&["==", "!="])),
    }
}

fn record(random: &mut Random) -> String {
    random
        .pick(&[
            "source.channel == \"web\"",
            "source.nothing == null",
            "consent.email == \"granted\"",
            "consent.phone != \"granted\"",
            "lead.id == \"lead-1\"",
        ])
        .to_owned()
}
