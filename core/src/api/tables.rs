//! The facade of whole tables: options as JSON; the tables themselves go by Arrow.

use serde::{Deserialize, Serialize};

use super::{envelope, read, refuse};
use crate::base::error::Error;
use crate::base::time::Instant;
use crate::columnar::{PlanStep, TableOptions};
use crate::engine::Engine;

pub(super) const METHODS: [&str; 1] = ["plan"];

/// How a table would be assessed.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct TablePlan {
    /// As text: one kernel after another with its rules.
    text: String,
    /// What is done, in this order.
    steps: Vec<PlanStep>,
}

/// Reads the arguments of a table, `{"at", "options"?}`: see [`TableOptions`].
///
/// # Errors
/// The envelope of `IK0601` for arguments that it does not take.
///
/// ```
/// let (_, options) = ikusei::api::table_arguments(r#"{"at": "2026-05-01T00:00:00Z", "options": {"id": "key"}}"#).unwrap();
/// assert_eq!(options.id, "key");
/// ```
pub fn table_arguments(args: &str) -> Result<(Instant, TableOptions), String> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Args {
        at: Instant,
        #[serde(default)]
        options: TableOptions,
    }

    let args: Args = read(args).map_err(|error| refuse(&error))?;
    Ok((args.at, args.options))
}

/// Assesses a table that is bytes by `{"at", "options"?}`: see [`Engine::assess_ipc`]. The report is JSON text.
///
/// # Errors
/// The envelope of whatever [`Engine::assess_ipc`] refuses, or of `IK0601` for arguments that it does not take.
#[cfg(feature = "ipc")]
pub fn assess_ipc(
    engine: &Engine,
    leads: &[u8],
    activities: Option<&[u8]>,
    args: &str,
) -> Result<(Vec<u8>, String), String> {
    let (at, options) = table_arguments(args)?;
    let (table, report) =
        engine.assess_ipc(leads, activities, at, &options).map_err(|error| refuse(&error))?;
    Ok((table, super::to_text(&report)))
}

/// The running state of tables that are bytes by `{"at", "options"?}`: see [`Engine::state_ipc`]. The report is JSON text.
///
/// # Errors
/// The envelope of whatever [`Engine::state_ipc`] refuses, or of `IK0601` for arguments that it does not take.
#[cfg(feature = "ipc")]
pub fn state_ipc(
    engine: &Engine,
    new: &[u8],
    state: Option<&[u8]>,
    args: &str,
) -> Result<(Vec<u8>, String), String> {
    let (at, options) = table_arguments(args)?;
    let (table, report) = engine.state_ipc(state, new, at, &options).map_err(|error| refuse(&error))?;
    Ok((table, super::to_text(&report)))
}

/// The envelope of a method of this room; `None` for a method of another one.
pub(super) fn call(engine: &Engine, method: &str, args: &str) -> Option<String> {
    (method == "plan").then(|| envelope(plan(engine, args)))
}

fn plan(engine: &Engine, args: &str) -> Result<TablePlan, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Args {
        #[serde(default)]
        options: TableOptions,
    }

    let args: Args = read(args)?;
    let plan = engine.plan(&args.options)?;
    Ok(TablePlan { text: plan.to_string(), steps: plan.steps })
}
