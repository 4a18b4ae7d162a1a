//! The facade of receipts.

use serde::{Deserialize, Serialize};

use super::{Record, envelope, read};
use crate::base::error::Error;
use crate::base::time::Instant;
use crate::engine::Engine;
use crate::trust::{Known, Receipt};

pub(super) const METHODS: [&str; 2] = ["receipt", "verify_receipt"];

/// The envelope of a method of this room; `None` for a method of another one.
pub(super) fn call(engine: &Engine, method: &str, args: &str) -> Option<String> {
    Some(match method {
        "receipt" => envelope(receipt(engine, args)),
        "verify_receipt" => envelope(verify_receipt(engine, args)),
        _ => return None,
    })
}

fn receipt(engine: &Engine, args: &str) -> Result<impl Serialize + use<>, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Args {
        lead: Record,
        at: Instant,
        #[serde(default)]
        known: Known,
    }

    let args: Args = read(args)?;
    engine.receipt(args.lead.lead()?, args.at, args.known)
}

fn verify_receipt(engine: &Engine, args: &str) -> Result<impl Serialize + use<>, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Args {
        lead: Record,
        receipt: Receipt,
    }

    let args: Args = read(args)?;
    engine.verify_receipt(args.lead.lead()?, &args.receipt)
}
