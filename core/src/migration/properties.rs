//! HubSpot: definitions of properties, as its settings export them as a table, or its API answers them.
//!
//! A definition says what a field is called and holds; what a score is made of is in neither.

use serde_json::{Map, Value, json};

use super::draft::{Declared, Draft, Kind};
use super::{Place, Reason, because};

/// One definition, whichever way it came.
pub(super) struct Property<'a> {
    pub(super) name: &'a str,
    pub(super) label: &'a str,
    /// `string`, `number`, `enumeration`, ...
    pub(super) kind: &'a str,
    /// How it is filled in: `select`, `checkbox`, `calculation_score`, ... Older exports do not say.
    pub(super) field: &'a str,
    pub(super) description: &'a str,
    pub(super) options: Option<Value>,
    /// Whether its options come from elsewhere, such as the list of owners.
    pub(super) external: bool,
    pub(super) calculated: bool,
    pub(super) deleted: bool,
    /// Whether it came with HubSpot.
    pub(super) theirs: bool,
}

impl Property<'_> {
    fn is_score(&self) -> bool {
        self.name == "hubspotscore" || matches!(self.field, "calculation_score" | "score")
    }
}

/// The table of an export: a line of names, and a line for each property.
pub(super) fn table(text: &str, draft: &mut Draft) -> Result<(), String> {
    let text = text.trim_start_matches('\u{feff}');
    let mut rows = csv::ReaderBuilder::new().flexible(true).has_headers(false).from_reader(text.as_bytes());
    let mut rows = rows.records();
    let head = match rows.next() {
        Some(head) => head.map_err(|error| error.to_string())?,
        None => return Err("it is empty".to_owned()),
    };
    let column = |name: &str| head.iter().position(|written| written.trim().eq_ignore_ascii_case(name));
    let (Some(name), Some(kind)) = (column("Internal name"), column("Type")) else {
        return Err("it is neither JSON nor a table with the columns `Internal name` and `Type`, as HubSpot names them in English".to_owned());
    };
    let others = [
        "Name",
        "Field type",
        "Description",
        "Options",
        "External options",
        "Calculated",
        "Deleted",
        "Hubspot defined",
    ];
    let [label, field, description, options, external, calculated, deleted, theirs] = others.map(column);
    let mut lines = Lines { text, counted: 0, line: 1 };
    for row in rows {
        let row = row.map_err(|error| error.to_string())?;
        let cell =
            |column: Option<usize>| column.and_then(|column| row.get(column)).unwrap_or_default().trim();
        let is = |column: Option<usize>| cell(column).eq_ignore_ascii_case("true");
        if row.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let place = Place::row(cell(Some(name)), lines.of(row.position().map_or(0, csv::Position::byte)));
        if row.len() < head.len() {
            let why = format!("a line with {} of {} columns", row.len(), head.len());
            draft.leave(&place, because(why, "export it again: the line was cut off"));
            continue;
        }
        let listed = cell(options);
        let property = Property {
            name: cell(Some(name)),
            label: cell(label),
            kind: cell(Some(kind)),
            field: cell(field),
            description: cell(description),
            options: (!listed.is_empty()).then(|| serde_json::from_str(listed).unwrap_or(Value::Null)),
            external: is(external),
            calculated: is(calculated),
            deleted: is(deleted),
            theirs: is(theirs),
        };
        draft.attempt(&place, |draft| one(&property, &place, draft));
    }
    Ok(())
}

/// The lines of a text, where rows of a table begin. The reader of tables counts line feeds alone, and those that end a row
/// with the row that follows.
struct Lines<'t> {
    text: &'t str,
    counted: usize,
    line: u64,
}

impl Lines<'_> {
    /// The line of a row that begins there, or after the line ends that are there; rows come in their order.
    fn of(&mut self, byte: u64) -> u64 {
        let bytes = self.text.as_bytes();
        let from = usize::try_from(byte).unwrap_or(usize::MAX).max(self.counted);
        let ends = bytes.iter().skip(from).take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let to = from.saturating_add(ends).min(bytes.len());
        let passed = bytes.get(self.counted..to).unwrap_or(&[]);
        let pairs = passed.iter().zip(passed.iter().skip(1).chain(b" "));
        let ended =
            pairs.filter(|(byte, next)| **byte == b'\n' || (**byte == b'\r' && **next != b'\n')).count();
        self.line += u64::try_from(ended).unwrap_or(u64::MAX);
        self.counted = to;
        self.line
    }
}

/// A definition as the API answers it.
pub(super) fn answered(value: &Value, place: &Place, draft: &mut Draft) {
    let text = |key: &str| value[key].as_str().unwrap_or_default();
    let is = |key: &str| value[key] == json!(true);
    let property = Property {
        name: text("name"),
        label: text("label"),
        kind: text("type"),
        field: text("fieldType"),
        description: text("description"),
        options: value.get("options").filter(|options| **options != json!([])).cloned(),
        external: is("externalOptions"),
        calculated: is("calculated"),
        deleted: is("archived") || is("deleted"),
        theirs: is("hubspotDefined"),
    };
    draft.attempt(place, |draft| one(&property, place, draft));
}

fn one(property: &Property<'_>, place: &Place, draft: &mut Draft) -> Result<(), Reason> {
    let Property { name, label, .. } = *property;
    if name.is_empty() {
        return Err(because("a property without a name", "name it there, and export it again"));
    }
    if property.deleted {
        return Err(because(format!("`{name}` is deleted"), "restore it there, and export it again"));
    }
    let options = options(property)?;
    let choices = || options.iter().map(String::as_str);
    let kind = match property.kind.to_ascii_lowercase().as_str() {
        "string" if name == "email" => Kind::Email,
        "string" if property.field == "phonenumber" => Kind::Phone,
        "phone_number" => Kind::Phone,
        "string" => Kind::Text,
        "number" => Kind::Number,
        "bool" | "boolean" => Kind::Boolean,
        "enumeration" if !options.is_empty() && choices().all(|value| matches!(value, "true" | "false")) => {
            Kind::Boolean
        }
        "enumeration" if property.field == "checkbox" => Kind::Set,
        "enumeration" => Kind::Text,
        "date" => Kind::Date,
        "datetime" => Kind::Timestamp,
        other => {
            return Err(because(
                format!("`{name}` is of type `{other}`, which no field is"),
                "keep what is needed of it in a field of its own",
            ));
        }
    };
    let mut more = Map::new();
    if !label.is_empty() && label != name {
        more.insert("label".to_owned(), json!(label));
    }
    if matches!(kind, Kind::Text | Kind::Set) && !options.is_empty() {
        more.insert("values".to_owned(), json!(options));
    }
    let counts = matches!(kind, Kind::Number);
    let field = draft.declare(Declared { called: name, kind, more }, place)?;
    if property.is_score() {
        score(property, counts.then_some(field.as_str()), place, draft);
    } else if property.calculated && !property.theirs {
        draft.leave(
            &place.part("formula"),
            because(
                format!("`{name}` is calculated, and its formula is not in the export"),
                "the field takes the value that HubSpot calculates; write the formula by hand where it is to be calculated here",
            ),
        );
    }
    Ok(())
}

/// A score is a scorecard that gives what HubSpot keeps, until its criteria are written. One that is no number, such as
/// the letter of a combined score, is a field only.
fn score(property: &Property<'_>, number: Option<&str>, place: &Place, draft: &mut Draft) {
    if let Some(field) = number {
        let mut rule = Map::new();
        rule.insert("points".to_owned(), json!({ "by": field, "times": 1 }));
        draft.rule(property.name, "as-kept", rule, place);
    }
    let said = if property.description.is_empty() {
        String::new()
    } else {
        format!(" (\"{}\")", property.description)
    };
    let called = if property.label.is_empty() { property.name } else { property.label };
    draft.leave(
        &place.part("criteria"),
        because(
            format!("the criteria of the score `{called}`{said} are not in the export"),
            if number.is_some() {
                "its scorecard gives the score that HubSpot keeps; write the criteria as filters with their points, and import these, or as rules by hand"
            } else {
                "the field takes what HubSpot keeps; write the criteria as filters with their points, and import these, or as rules by hand"
            },
        ),
    );
}

/// The values of an enumeration.
fn options(property: &Property<'_>) -> Result<Vec<String>, Reason> {
    let Some(options) = property.options.as_ref().filter(|_| !property.external) else {
        return Ok(Vec::new());
    };
    let value = |option: &Value| option["value"].as_str().map(str::to_owned);
    let values: Option<Vec<String>> = options.as_array().map(|all| all.iter().filter_map(value).collect());
    let mut values = values
        .filter(|values| options.as_array().is_some_and(|all| all.len() == values.len()))
        .ok_or_else(|| {
            because(
                format!("the options of `{}` are no list of values", property.name),
                "export it again, and leave the column `Options` as it is",
            )
        })?;
    let mut seen = std::collections::BTreeSet::new();
    values.retain(|value| !value.is_empty() && seen.insert(value.clone()));
    Ok(values)
}
