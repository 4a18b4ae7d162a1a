//! The analyses, by name: JSON in, an envelope of JSON out.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{envelope, read, refuse};
use crate::analytics::{
    Analysis, Table, attribute, calibrate, frequency, funnel, iceberg, learn, lift, presence, retrospect,
    returns, versions,
};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::error::Error;
use crate::base::suggest::nearest;
use crate::explain::Language;

const METHODS: [&str; 12] = [
    "attribution",
    "calibration",
    "chart",
    "frequency",
    "funnel",
    "iceberg",
    "learn",
    "lift",
    "presence",
    "retrospective",
    "returns",
    "versions",
];

/// Calls an analysis that needs no playbook. Tables are lists of rows or objects of columns.
///
/// | method | arguments | result |
/// |---|---|---|
/// | `attribution` | `paths`, or `touches` and `conversions`, or `coded`; `models`, `direct`, `half_life`, `lookback`, `order`, `weights`, `digits`, `currency` | [`Analysis`] |
/// | `calibration` | `leads`, `ranks`, `bands`, `capacity`, `level` | [`Analysis`] |
/// | `frequency` | `stages`, `fields`, `tags`, `counts`, `closed`, `reopened`, `open`, `support`, `tag_support` | [`Analysis`] |
/// | `funnel` | `leads`, `stages`, `by`, `at`, `timezone`, `level` | [`Analysis`] |
/// | `iceberg` | `leads`, `at`, `quiet`, `most`, `currency` | [`Analysis`] |
/// | `learn` | `leads`, `features`, `ridge`, `double`, `support`, `bands`, `ranks`, `level` | [`Analysis`] |
/// | `lift` | `groups`, `holdout`, `level` | [`Analysis`] |
/// | `presence` | `answers`, `measures`, `by`, `searches`, `level` | [`Analysis`] |
/// | `retrospective` | `follow_ups`, `contents`, `level` | [`Analysis`] |
/// | `returns` | `spend`, `leads`, `stages`, `by`, `clicks`, `currency` | [`Analysis`] |
/// | `versions` | `versions`, `goal`, `control`, `matters`, `level` | [`Analysis`] |
/// | `chart` | `table` (one of an analysis), `language` (`ja`) | a Vega-Lite specification, or null |
///
/// `docs/analytics.md` says what each column is.
///
/// ```
/// let args = r#"{"paths": [{"path": "search > mail", "conversions": 3}], "models": ["linear"]}"#;
/// let answer = ikusei::api::call_analytics("attribution", args);
/// assert!(answer.contains(r#"{"channel":"mail","model":"linear","conversions":"1.500000","share":0.5}"#));
/// ```
#[must_use]
pub fn call_analytics(method: &str, args: &str) -> String {
    match method {
        "attribution" => analyse(args, attribute),
        "calibration" => analyse(args, calibrate),
        "chart" => envelope(chart(args)),
        "frequency" => analyse(args, frequency),
        "funnel" => analyse(args, funnel),
        "iceberg" => analyse(args, iceberg),
        "learn" => analyse(args, learn),
        "lift" => analyse(args, lift),
        "presence" => analyse(args, presence),
        "retrospective" => analyse(args, retrospect),
        "returns" => analyse(args, returns),
        "versions" => analyse(args, versions),
        _ => {
            let known = nearest(method, METHODS);
            let diagnostic = Diagnostic::error(Code::BadCall, format!("there is no analysis `{method}`"));
            refuse(&Error::call(
                diagnostic.with_help("the documentation of `api` lists them").did_you_mean(known),
            ))
        }
    }
}

fn analyse<'a, R: Deserialize<'a>>(
    args: &'a str,
    analysis: impl Fn(&R) -> Result<Analysis, Error>,
) -> String {
    envelope(read(args).and_then(|request| analysis(&request)))
}

fn chart(args: &str) -> Result<impl Serialize + use<>, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Args {
        table: Table,
        #[serde(default)]
        language: Option<Language>,
    }

    let args: Args = read(args)?;
    Ok(args.table.chart(args.language.unwrap_or(Language::Japanese)).unwrap_or(Value::Null))
}
