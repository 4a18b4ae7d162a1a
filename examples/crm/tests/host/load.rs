//! The load program, for a moment: that it measures, and that what it posts arrives. How fast it is, is for a quiet
//! machine and an optimised build: see the README.

use std::process::Command;

fn measured(args: &[&str]) -> (bool, String) {
    let done = Command::new(env!("CARGO_BIN_EXE_load")).args(args).output().unwrap();
    (done.status.success(), String::from_utf8(done.stderr).unwrap())
}

#[test]
fn what_the_load_posts_is_counted() {
    let some = ["--seconds", "2", "--rate", "60", "--leads", "10", "--connections", "8"];
    let (done, told) = measured(&some);
    assert!(done && told.contains("120 accepted, 0 refused") && told.contains("once"), "{told}");
    let (done, told) = measured(&[&some[..], &["--p99", "0"]].concat());
    assert!(!done && told.contains("ms are more than 0"), "{told}");
}
