//! Cleansing as a whole.
