//! Identity as a whole.
