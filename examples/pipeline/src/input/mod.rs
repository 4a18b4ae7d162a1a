//! From files to records: encoding, rows, values, leads and activities.

pub mod activities;
pub mod convert;
pub mod encoding;
pub mod leads;
pub mod table;
