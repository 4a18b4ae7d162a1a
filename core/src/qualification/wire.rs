//! Compiled ranks as text.

use crate::base::wire::{wire_enum, wire_struct};
use crate::qualification::compile::{Disqualify, Matrix, Qualification, Rank, Step};
use crate::qualification::policy::{Handler, Handling, How, KeepPolicy};

wire_struct!(Qualification { path, about, ranks, matrix, disqualify });
wire_struct!(Rank { name, label, at_least, when, keep, handling, hot });
wire_struct!(Matrix { grades, levels, ranks });
wire_struct!(Step { name, at_least });
wire_struct!(Disqualify { id, label, when });
wire_struct!(KeepPolicy { margin, dwell });
wire_struct!(Handling { by, how });
wire_enum!(Handler { 0 => Sales, 1 => Marketing });
wire_enum!(How { 0 => HighTouch, 1 => Automated });
