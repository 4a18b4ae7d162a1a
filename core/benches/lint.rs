//! Lint of a playbook of 500 rules with its routing: the promise is a second.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on fails")]

use std::fmt::Write;
use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use ikusei::Playbook;

/// Conditions of four fields each, and forty teams with rules of their own.
fn large() -> String {
    let mut text = String::from("ikusei: 1\nname: large\nfields:\n");
    for field in 0..50 {
        let _ = writeln!(
            text,
            "  f{field}: {{ type: integer }}\n  t{field}: {{ type: text, values: [a, b, c] }}"
        );
    }
    text.push_str("scorecards:\n  overall:\n    rules:\n");
    for rule in 0..500 {
        let (a, b) = (rule % 50, (rule * 7 + 1) % 50);
        let _ = writeln!(
            text,
            "      - {{ id: r{rule}, when: '(f{a} > {rule} && f{a} < {}) || (t{b} in [\"a\", \"b\"] && f{b} >= 3)', points: 1 }}",
            rule + 40
        );
    }
    text.push_str("    ranks: [{ rank: A, at_least: 400 }, { rank: B }]\nrouting:\n  teams:\n");
    for team in 0..40 {
        let _ =
            writeln!(text, "    team{team}: {{ cut: area, covers: 't{team} == \"a\" && f{team} > {team}' }}");
    }
    text.push_str("  policies:\n    default:\n      accountable:\n");
    for rule in 0..40 {
        let _ = writeln!(
            text,
            "        - {{ id: p{rule}, when: 't{rule} != \"c\" || f{rule} == 7', to: 'team:team{rule}' }}"
        );
    }
    text
}

fn lint(criterion: &mut Criterion) {
    let playbook = Playbook::parse(&large()).unwrap();
    assert!(playbook.lint().findings.is_empty());
    let mut group = criterion.benchmark_group("lint");
    group.sample_size(10);
    group.bench_function("500 rules with routing", |bench| bench.iter(|| black_box(&playbook).lint()));
    group.finish();
}

criterion_group!(benches, lint);
criterion_main!(benches);
