//! The filters of templates: few, total where they can be, and the same on every machine.

use std::fmt::Write as _;

use minijinja::value::{Rest, Value as Merged};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, State};
use rust_decimal::Decimal;

use super::names::Kind;
use super::value::{Moment, Standing, is_absent, is_address, written};
use crate::base::money::Money;
use crate::base::time::Zone;

/// A filter, as templates are checked against it.
#[derive(Debug)]
pub(super) struct Filter {
    pub(super) name: &'static str,
    /// How many arguments.
    pub(super) least: usize,
    pub(super) most: usize,
    pub(super) takes: Takes,
    pub(super) gives: Option<Kind>,
    pub(super) help: &'static str,
    run: Run,
}

type Run = fn(&Call<'_>) -> Result<Merged, Error>;

/// What a filter is put behind.
#[derive(Debug, Clone, Copy)]
pub(super) enum Takes {
    Anything,
    Text,
    Number,
    Moment,
    List,
    /// Texts and lists have lengths.
    Long,
}

/// One use of a filter while a message is made.
struct Call<'c> {
    is_html: bool,
    zone: Zone,
    value: &'c Merged,
    arguments: &'c [Merged],
}

impl Takes {
    pub(super) const fn fits(self, kind: Kind) -> bool {
        match self {
            Self::Anything => true,
            Self::Text => matches!(kind, Kind::Text | Kind::Link | Kind::Any),
            // Money is written as text.
            Self::Number => matches!(kind, Kind::Number | Kind::Text | Kind::Any),
            Self::Moment => matches!(kind, Kind::Moment | Kind::Any),
            Self::List => matches!(kind, Kind::List | Kind::Any),
            Self::Long => matches!(kind, Kind::List | Kind::Text | Kind::Any),
        }
    }
}

const fn filter(
    name: &'static str,
    arguments: (usize, usize),
    takes: Takes,
    gives: Kind,
    help: &'static str,
    run: Run,
) -> Filter {
    Filter { name, least: arguments.0, most: arguments.1, takes, gives: Some(gives), help, run }
}

static FILTERS: [Filter; 19] = [
    Filter {
        name: "default",
        least: 1,
        most: 1,
        takes: Takes::Anything,
        gives: None,
        help: "write `| default(\"...\")`",
        run: |call| Ok(if is_absent(call.value) { call.argument() } else { call.value.clone() }),
    },
    filter("upper", (0, 0), Takes::Text, Kind::Text, "write `| upper` behind a text", |call| {
        call.text(str::to_uppercase)
    }),
    filter("lower", (0, 0), Takes::Text, Kind::Text, "write `| lower` behind a text", |call| {
        call.text(str::to_lowercase)
    }),
    filter("trim", (0, 0), Takes::Text, Kind::Text, "write `| trim` behind a text", |call| {
        call.text(|text| text.trim().to_owned())
    }),
    filter(
        "truncate",
        (1, 1),
        Takes::Text,
        Kind::Text,
        "write how many characters: `| truncate(40)`",
        truncate,
    ),
    filter(
        "join",
        (0, 1),
        Takes::List,
        Kind::Text,
        "write `| join(\"、\")` behind a field of type `set`",
        join,
    ),
    filter("length", (0, 0), Takes::Long, Kind::Number, "write `| length` behind a text or a list", length),
    filter(
        "date",
        (0, 1),
        Takes::Moment,
        Kind::Text,
        "write `| date(\"%Y年%-m月%-d日\")` behind a date or an instant",
        |call| moment(call, "%Y-%m-%d"),
    ),
    filter(
        "time",
        (0, 1),
        Takes::Moment,
        Kind::Text,
        "write `| time(\"%H:%M\")` behind an instant",
        |call| moment(call, "%H:%M"),
    ),
    filter(
        "weekday",
        (0, 1),
        Takes::Moment,
        Kind::Text,
        "write `| weekday` or `| weekday(\"en\")` behind a date or an instant",
        weekday,
    ),
    filter(
        "number",
        (0, 1),
        Takes::Number,
        Kind::Text,
        "write `| number` behind a number, or with decimals `| number(1)`",
        number,
    ),
    filter(
        "money",
        (0, 1),
        Takes::Number,
        Kind::Text,
        "write `| money(\"JPY\")` behind a number, or `| money` behind a text such as `3000000 JPY`",
        money,
    ),
    filter("yen", (0, 0), Takes::Number, Kind::Text, "write `| yen` behind a number", yen),
    filter("sama", (0, 0), Takes::Text, Kind::Text, "write `| sama` behind a name", |call| {
        call.text(|name| honoured(name, "様", &["様", "さま", "さん", "殿", "先生", "御中"]))
    }),
    filter(
        "onchu",
        (0, 0),
        Takes::Text,
        Kind::Text,
        "write `| onchu` behind the name of a company",
        |call| call.text(|name| honoured(name, "御中", &["御中", "様"])),
    ),
    filter(
        "full_name",
        (1, 1),
        Takes::Text,
        Kind::Text,
        "write `lead.last_name | full_name(lead.first_name)`",
        full_name,
    ),
    filter(
        "urlencode",
        (0, 0),
        Takes::Anything,
        Kind::Text,
        "write `| urlencode` behind what stands in an address",
        |call| call.text(encoded),
    ),
    filter("url", (0, 0), Takes::Text, Kind::Text, "write `| url` behind an address", url),
    filter("lines", (0, 0), Takes::Text, Kind::Text, "write `| lines` as the last filter of a text", lines),
];

pub(super) fn find(name: &str) -> Option<&'static Filter> {
    FILTERS.iter().find(|filter| filter.name == name)
}

pub(super) fn names() -> impl Iterator<Item = &'static str> {
    FILTERS.iter().map(|filter| filter.name)
}

/// A kind as a word for messages.
pub(super) const fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "a text",
        Kind::Link => "an address",
        Kind::Number => "a number",
        Kind::Truth => "true or false",
        Kind::Moment => "a date",
        Kind::List => "a list",
        Kind::Any => "a value",
    }
}

/// Whether a filter on dates can write what a constant asks for.
pub(super) fn is_argument(filter: &str, text: &str) -> bool {
    match filter {
        "weekday" => matches!(text, "ja" | "en"),
        _ => moment_text(0, text).is_some(),
    }
}

/// Gives an environment the filters.
pub(super) fn add(env: &mut Environment<'static>) {
    for filter in &FILTERS {
        let run = filter.run;
        env.add_filter(filter.name, move |state: &State<'_, '_>, value: Merged, arguments: Rest<Merged>| {
            // What stands for a missing value stays as its author wrote it, but for what an address cannot hold.
            if let Some(standing) = value.downcast_object_ref::<Standing>()
                && (standing.is_mark || filter.name != "urlencode")
                && value.is_true()
            {
                return Ok(value);
            }
            let zone = state.lookup(ZONE);
            let zone = zone.as_ref().and_then(|zone| zone.downcast_object_ref::<Clock>());
            run(&Call {
                is_html: *state.auto_escape() == AutoEscape::Html,
                zone: zone.map_or(Zone::UTC, |clock| clock.0),
                value: &value,
                arguments: &arguments,
            })
        });
    }
}

impl Call<'_> {
    fn argument(&self) -> Merged {
        self.arguments.first().cloned().unwrap_or_default()
    }

    fn text(&self, change: impl Fn(&str) -> String) -> Result<Merged, Error> {
        Ok(Merged::from(change(&written(self.value))))
    }

    fn fails(&self, what: &str) -> Error {
        Error::new(ErrorKind::InvalidOperation, format!("`{}` is not {what}", written(self.value)))
    }

    fn count(&self) -> Option<usize> {
        usize::try_from(self.arguments.first()?.clone()).ok()
    }

    /// The recipient's clock.
    fn moment(&self) -> Option<Moment> {
        if let Some(moment) = self.value.downcast_object_ref::<Moment>() {
            return Some(*moment);
        }
        Moment::read(self.value.as_str()?, self.zone)
    }

    fn decimal(&self) -> Option<Decimal> {
        Decimal::from_str_exact(&written(self.value)).ok()
    }
}

/// Under this name, which no template can write, the zone of the recipient is handed over.
pub(super) const ZONE: &str = "\u{1}zone";

/// The recipient's zone.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock(pub(super) Zone);

impl minijinja::value::Object for Clock {
    fn repr(self: &std::sync::Arc<Self>) -> minijinja::value::ObjectRepr {
        minijinja::value::ObjectRepr::Plain
    }
}

fn truncate(call: &Call<'_>) -> Result<Merged, Error> {
    let most = call.count().ok_or_else(|| call.fails("cut to a whole number of characters"))?;
    call.text(|text| {
        if text.chars().count() <= most {
            return text.to_owned();
        }
        let mut cut: String = text.chars().take(most.saturating_sub(1)).collect();
        cut.push('…');
        cut
    })
}

fn join(call: &Call<'_>) -> Result<Merged, Error> {
    let separator = call.arguments.first().map_or_else(|| ", ".to_owned(), written);
    let items = call.value.try_iter().map_err(|_| call.fails("a list"))?;
    Ok(Merged::from(items.map(|item| written(&item)).collect::<Vec<_>>().join(&separator)))
}

fn length(call: &Call<'_>) -> Result<Merged, Error> {
    Ok(Merged::from(match call.value.as_str() {
        Some(text) => text.chars().count(),
        None => call.value.len().ok_or_else(|| call.fails("a text or a list"))?,
    }))
}

fn moment(call: &Call<'_>, usual: &str) -> Result<Merged, Error> {
    let moment = call.moment().ok_or_else(|| call.fails("a date or an instant"))?;
    let pattern = call.arguments.first().map_or_else(|| usual.to_owned(), written);
    let text = moment_text(moment.local(), &pattern);
    text.map(Merged::from).ok_or_else(|| call.fails("written by a pattern that does not exist"))
}

/// A moment by a pattern of `strftime`; nothing for a pattern that does not exist.
fn moment_text(local: i64, pattern: &str) -> Option<String> {
    let time = chrono::DateTime::from_timestamp_micros(local)?.naive_utc();
    let mut text = String::new();
    write!(text, "{}", time.format(pattern)).ok()?;
    Some(text)
}

fn weekday(call: &Call<'_>) -> Result<Merged, Error> {
    let moment = call.moment().ok_or_else(|| call.fails("a date or an instant"))?;
    // 1970-01-01 was a Thursday.
    let day = usize::try_from((moment.local().div_euclid(86_400_000_000) + 3).rem_euclid(7)).unwrap_or(0);
    let english = call.arguments.first().is_some_and(|language| language.as_str() == Some("en"));
    let days = if english {
        ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
    } else {
        ["月", "火", "水", "木", "金", "土", "日"]
    };
    Ok(Merged::from(days.get(day).copied().unwrap_or_default()))
}

fn number(call: &Call<'_>) -> Result<Merged, Error> {
    let number = call.decimal().ok_or_else(|| call.fails("a number"))?;
    let number = match call.count() {
        Some(places) => {
            let places = u32::try_from(places).unwrap_or(u32::MAX).min(9);
            let mut rounded =
                number.round_dp_with_strategy(places, rust_decimal::RoundingStrategy::MidpointAwayFromZero);
            rounded.rescale(places);
            rounded
        }
        None => number.normalize(),
    };
    Ok(Merged::from(grouped(&number)))
}

fn money(call: &Call<'_>) -> Result<Merged, Error> {
    let written_out = match call.arguments.first() {
        Some(currency) => format!("{} {}", written(call.value), written(currency)),
        None => written(call.value),
    };
    let money: Money = written_out.parse().map_err(|_| call.fails("an amount of money"))?;
    let amount = grouped(&money.amount());
    Ok(Merged::from(match money.currency() {
        "JPY" => format!("¥{amount}"),
        "USD" => format!("${amount}"),
        "EUR" => format!("€{amount}"),
        "GBP" => format!("£{amount}"),
        currency => format!("{amount} {currency}"),
    }))
}

fn yen(call: &Call<'_>) -> Result<Merged, Error> {
    let text = written(call.value);
    let amount = text.strip_suffix(" JPY").unwrap_or(&text);
    let amount = Decimal::from_str_exact(amount).map_err(|_| call.fails("an amount of yen"))?;
    Ok(Merged::from(format!("{}円", grouped(&amount))))
}

/// With a comma before every three digits of the whole part.
fn grouped(number: &Decimal) -> String {
    let text = number.to_string();
    let (sign, digits) = text.strip_prefix('-').map_or(("", text.as_str()), |digits| ("-", digits));
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(w, f)| (w, Some(f)));
    let mut grouped = sign.to_owned();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if let Some(fraction) = fraction {
        grouped.push('.');
        grouped.push_str(fraction);
    }
    grouped
}

/// A name with its honorific, once.
fn honoured(name: &str, honorific: &str, known: &[&str]) -> String {
    let name = name.trim();
    if name.is_empty() || known.iter().any(|known| name.ends_with(known)) {
        return name.to_owned();
    }
    format!("{name}{honorific}")
}

/// Family name first where the name is written in Chinese characters, kana or Hangul, last elsewhere.
fn full_name(call: &Call<'_>) -> Result<Merged, Error> {
    let last = written(call.value);
    let first = call.arguments.first().filter(|first| !is_absent(first)).map(written).unwrap_or_default();
    let (last, first) = (last.trim(), first.trim());
    let east = |c: char| matches!(c, '\u{3005}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}' | '\u{ff66}'..='\u{ff9f}' | '\u{20000}'..='\u{3ffff}');
    let name = if last.chars().chain(first.chars()).any(east) {
        format!("{last} {first}")
    } else {
        format!("{first} {last}")
    };
    Ok(Merged::from(name.trim()))
}

/// As in an address: letters, digits and `-._~` stay.
fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

fn url(call: &Call<'_>) -> Result<Merged, Error> {
    let text = written(call.value);
    if !is_address(&text) {
        return Err(call.fails("an address of the web, of mail or of a telephone"));
    }
    Ok(Merged::from(text))
}

/// Line breaks as HTML shows them; text stays as it is.
fn lines(call: &Call<'_>) -> Result<Merged, Error> {
    let text = written(call.value);
    if !call.is_html {
        return Ok(Merged::from(text));
    }
    let escaped: Vec<String> = text.lines().map(escaped).collect();
    Ok(Merged::from_safe_string(escaped.join("<br>\n")))
}

/// A text that HTML shows as it is, in text and within quotes.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            // No text of HTML may hold it.
            '\0' => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}
