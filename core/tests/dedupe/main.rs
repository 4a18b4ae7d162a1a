//! Precision and recall of the batch `dedupe` on a [corpus] with known truth and the noise of Japanese data.
//!
//! The figures for a million rows, and what is wrong among them:
//! `IKUSEI_DEDUPE_ROWS=1000000 IKUSEI_DEDUPE_WRONG=1 cargo test --release -p ikusei --features threads --test dedupe persons -- --nocapture`

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests may fail as tests do")]
#![expect(clippy::cast_precision_loss, reason = "shares of counts")]

use std::collections::HashMap;

use ikusei::{Engine, Identity, Playbook};

mod corpus;

use corpus::corpus;

fn engine() -> Engine {
    let text = r#"{ "ikusei": 1, "name": "dedupe", "fields": {
        "email": { "type": "email", "identity": "person" }, "name": { "type": "text" },
        "company": { "type": "text", "identity": "company" }, "phone": { "type": "phone" } } }"#;
    Playbook::parse(text).unwrap().compile().unwrap()
}

/// The most memory that this process has had, in MB, where the system tells.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok()).unwrap_or(0) / 1_024
}

fn pairs(count: u64) -> u64 {
    count * count.saturating_sub(1) / 2
}

#[test]
fn persons_are_found_and_strangers_are_kept_apart() {
    let rows = std::env::var("IKUSEI_DEDUPE_ROWS").ok().and_then(|rows| rows.parse().ok()).unwrap_or(20_000);
    let corpus = corpus(rows);
    let (rows, truth) = (corpus.rows, corpus.truth);
    let before = peak();
    #[expect(clippy::disallowed_methods, reason = "a figure for people, no part of any decision")]
    let start = std::time::Instant::now();
    let mut batch = engine().dedupe(Identity::Person, &["email", "name", "company", "phone"]).unwrap();
    for row in &rows {
        batch.push(row.iter().map(Option::as_deref));
    }
    let read = start.elapsed();
    let found = batch.finish();
    let total = start.elapsed();

    let mut persons: HashMap<usize, u64> = HashMap::new();
    for person in &truth {
        *persons.entry(*person).or_default() += 1;
    }
    let wanted: u64 = persons.values().map(|count| pairs(*count)).sum();
    let (mut joined, mut right) = (0, 0);
    let mut wrong = Vec::new();
    for cluster in &found.clusters {
        let mut of: HashMap<usize, u64> = HashMap::new();
        for row in cluster {
            *of.entry(truth[*row as usize]).or_default() += 1;
        }
        joined += pairs(cluster.len() as u64);
        right += of.values().map(|count| pairs(*count)).sum::<u64>();
        if of.len() > 1 && wrong.len() < 12 {
            wrong.push(cluster.iter().map(|row| format!("{:?}", rows[*row as usize])).collect::<Vec<_>>());
        }
    }
    let in_review =
        found.review.iter().filter(|pair| truth[pair.first as usize] == truth[pair.second as usize]).count();
    let precision = right as f64 / joined as f64;
    let recall = right as f64 / wanted as f64;
    eprintln!(
        "{} companies, {} of them with a namesake; memory at most {before} MB with the corpus, {} MB after all",
        corpus.companies.0,
        corpus.companies.1,
        peak()
    );
    eprintln!(
        "{} rows, {} persons: precision {precision:.4}, recall {recall:.4}, with review {:.4} ({} pairs to look at, {in_review} of them right); \
         {} pairs compared; read in {read:.1?}, all in {total:.1?}",
        rows.len(),
        persons.len(),
        (right + in_review as u64) as f64 / wanted as f64,
        found.review.len(),
        found.compared
    );
    if std::env::var_os("IKUSEI_DEDUPE_WRONG").is_some() {
        eprintln!("wrongly joined: {wrong:#?}");
        let cluster_of: HashMap<u32, usize> = found
            .clusters
            .iter()
            .enumerate()
            .flat_map(|(n, rows)| rows.iter().map(move |row| (*row, n)))
            .collect();
        let mut by_person: HashMap<usize, Vec<u32>> = HashMap::new();
        for (row, person) in truth.iter().enumerate() {
            by_person.entry(*person).or_default().push(u32::try_from(row).unwrap());
        }
        let missed = (0..).map_while(|person| by_person.get(&person)).filter(|rows| {
            rows.len() == 2
                && (!cluster_of.contains_key(&rows[0])
                    || cluster_of.get(&rows[0]) != cluster_of.get(&rows[1]))
        });
        for pair in missed.take(25) {
            let review = found
                .review
                .iter()
                .any(|r| r.first == pair[0].min(pair[1]) && r.second == pair[0].max(pair[1]));
            eprintln!(
                "missed{}: {:?} {:?}",
                if review { " (review)" } else { "" },
                rows[pair[0] as usize],
                rows[pair[1] as usize]
            );
        }
    }
    assert!(precision > 0.999, "{precision}");
    assert!(recall > 0.95, "{recall}");
    assert!(
        in_review * 10 > found.review.len(),
        "{in_review} of {} pairs are worth a look",
        found.review.len()
    );
}

#[test]
fn the_order_of_rows_does_not_matter() {
    let rows = corpus(3_000).rows;
    let clusters = |order: &[usize]| {
        let mut batch = engine().dedupe(Identity::Person, &["email", "name", "company", "phone"]).unwrap();
        for row in order {
            batch.push(rows[*row].iter().map(Option::as_deref));
        }
        let mut out: Vec<Vec<usize>> = batch
            .finish()
            .clusters
            .iter()
            .map(|rows| rows.iter().map(|row| order[*row as usize]).collect())
            .collect();
        out.iter_mut().for_each(|cluster| cluster.sort_unstable());
        out.sort_unstable();
        out
    };
    let forward: Vec<usize> = (0..rows.len()).collect();
    let backward: Vec<usize> = (0..rows.len()).rev().collect();
    let (one, other) = (clusters(&forward), clusters(&backward));
    // Rows of equal sort keys stand in the order in which they came, so a few windows differ.
    let same = one.iter().filter(|cluster| other.binary_search(cluster).is_ok()).count();
    assert!(same * 1_000 >= one.len() * 995, "{same} of {}", one.len());
}
