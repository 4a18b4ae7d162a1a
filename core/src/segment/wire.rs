//! Compiled segments as text.

use crate::base::wire::wire_struct;
use crate::segment::compile::{Segment, Segments, Sort};

wire_struct!(Segments { segments, order });
wire_struct!(Segment { name, label, when, include, exclude, sort, limit });
wire_struct!(Sort { by, descending });
