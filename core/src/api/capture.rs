//! The facade's part for cleansing.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::{envelope, read};
use crate::base::error::Error;
use crate::capture::{Cleaner, PostalLookup};
use crate::engine::Engine;
use crate::lead::value::Value;

pub(super) const METHODS: [&str; 2] = ["cleanse", "cleanse_value"];

/// The envelope of a method of this room; `None` for a method of another one.
pub(super) fn call(engine: &Engine, method: &str, args: &str) -> Option<String> {
    Some(match method {
        "cleanse" => envelope(cleanse(engine, args)),
        "cleanse_value" => envelope(cleanse_value(engine, args)),
        _ => return None,
    })
}

fn cleanse(engine: &Engine, args: &str) -> Result<impl Serialize + use<>, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Args {
        fields: IndexMap<String, Value>,
        #[serde(default)]
        postal_codes: Option<IndexMap<String, (String, String)>>,
    }

    let args: Args = read(args)?;
    Ok(engine.cleanse(&args.fields, args.postal_codes.as_ref().map(|codes| codes as &dyn PostalLookup)))
}

fn cleanse_value(engine: &Engine, args: &str) -> Result<impl Serialize + use<>, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Args {
        cleaner: Cleaner,
        value: Value,
    }

    let args: Args = read(args)?;
    Ok(engine.cleanse_value(args.cleaner, &args.value))
}
