//! Fuzzes the target that `IKUSEI_TARGET` names; see `fuzz/run`.

#![no_main]

use std::sync::LazyLock;

use ikusei_tests::fuzz::{Target, target};
use libfuzzer_sys::fuzz_target;

static TARGET: LazyLock<Target> = LazyLock::new(|| {
    let name = std::env::var("IKUSEI_TARGET").expect("IKUSEI_TARGET names a target");
    target(&name).expect("a target of tests/src/fuzz.rs")
});

fuzz_target!(|bytes: &[u8]| TARGET(bytes));
