//! The program on real leads. They are not part of the project: where the folder is absent, the tests say so.

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::io::Write;
    use std::path::{Path, PathBuf};

    use clap::Parser;
    use pipeline::args::Args;
    use pipeline::note::Note;
    use pipeline::run::{Outcome, run};
    use pipeline::summary::percent;

    /// The file, or `None` and a line on standard error that a passing test shows too.
    fn data(name: &str) -> Option<PathBuf> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(name);
        if path.exists() {
            return Some(path);
        }
        say(&format!("SKIPPED: no real leads at ../shared/data/{name} beside the repository"));
        None
    }

    fn say(line: &str) {
        writeln!(std::io::stderr(), "{line}").unwrap();
    }

    fn playbook(name: &str) -> String {
        format!("{}/../../tests/playbooks/{name}", env!("CARGO_MANIFEST_DIR"))
    }

    fn out(name: &str) -> String {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        folder.display().to_string()
    }

    fn go(flags: &[&str]) -> Outcome {
        run(&Args::try_parse_from(std::iter::once(&"pipeline").chain(flags)).unwrap()).unwrap()
    }

    /// Leads and converted ones of ranks A, B and C; prints them and holds them to their order.
    fn better_ranks_convert_more(what: &str, ranks: [(u64, u64); 3]) {
        for (name, (leads, converted)) in ["A", "B", "C"].iter().zip(ranks) {
            say(&format!(
                "{what}: rank {name}: {converted} of {leads} converted ({})",
                percent(converted, leads)
            ));
        }
        for pair in ranks.windows(2) {
            let [(leads, converted), (fewer_of, fewer)] = pair else { panic!("two ranks") };
            assert!(converted * fewer_of > fewer * leads, "{what}: a better rank converts more: {ranks:?}");
        }
        let smallest = ranks.iter().map(|(leads, _)| *leads).min().unwrap();
        assert!(smallest >= 300, "{what}: every rank has enough leads to say so: {ranks:?}");
    }

    #[test]
    fn bank() {
        let Some(leads) = data("bank/bank-full.csv") else { return };
        let rules = std::fs::read_to_string(playbook("bank.yaml")).unwrap();
        assert!(!rules.contains("duration:"), "what is known only after the call is no field");
        let outcome = go(&[
            "--playbook",
            &playbook("bank.yaml"),
            "--leads",
            &leads.display().to_string(),
            "--delimiter",
            ";",
            "--map",
            "id=@line",
            "--outcome",
            "y=yes",
            "--as-of",
            "2026-06-01T00:00:00Z",
            "--out",
            &out("bank"),
        ]);
        let summary = &outcome.summary;
        assert_eq!((summary.leads, summary.rejected), (45_211, 0));
        let unused = ["default", "day", "duration", "pdays", "y"].map(str::to_owned).to_vec();
        assert_eq!(summary.notes, [Note::Unused(unused)]);
        let tally = |name: &str| summary.cards[0].ranks[name];
        let ranks = ["A", "B", "C"].map(|name| (tally(name).leads, tally(name).converted));
        assert_eq!(ranks.iter().map(|(leads, _)| leads).sum::<u64>(), 45_211);
        assert_eq!(ranks.iter().map(|(_, converted)| converted).sum::<u64>(), 5_289);
        better_ranks_convert_more("bank", ranks);
    }

    #[test]
    fn olist() {
        let Some(leads) = data("olist/olist_marketing_qualified_leads_dataset.csv") else { return };
        let Some(deals) = data("olist/olist_closed_deals_dataset.csv") else { return };
        let outcome = go(&[
            "--playbook",
            &playbook("olist.yaml"),
            "--leads",
            &leads.display().to_string(),
            "--map",
            "id=mql_id",
            "--map",
            "first_contact=first_contact_date",
            "--map",
            "landing_page=landing_page_id",
            "--date-format",
            "%d-%m-%Y",
            "--as-of",
            "2018-11-15T00:00:00Z",
            "--out",
            &out("olist"),
        ]);
        assert_eq!((outcome.summary.leads, outcome.summary.rejected), (8_000, 0));
        assert_eq!(outcome.summary.notes, []);
        let mut deals = csv::Reader::from_path(deals).unwrap();
        let won: Vec<String> = deals.records().map(|row| row.unwrap()[0].to_owned()).collect();
        let mut scores = csv::Reader::from_path(&outcome.written[0]).unwrap();
        let rank: HashMap<String, String> = scores
            .records()
            .map(|row| row.unwrap())
            .map(|row| (row[0].to_owned(), row[2].to_owned()))
            .collect();
        let of = |name: &str| {
            let leads = rank.values().filter(|held| *held == name).count() as u64;
            let converted = won.iter().filter(|id| rank.get(*id).is_some_and(|held| held == name)).count();
            (leads, converted as u64)
        };
        let ranks = ["A", "B", "C"].map(of);
        assert_eq!(
            ranks.iter().map(|(_, converted)| converted).sum::<u64>(),
            842,
            "every deal belongs to a lead"
        );
        better_ranks_convert_more("olist", ranks);
        let late = outcome.summary.segments.iter().find(|(name, _)| name == "late").unwrap().1;
        let text = std::fs::read_to_string(leads).unwrap();
        // A date of the file is dd-mm-yyyy: the year stands last.
        assert_eq!(
            late,
            text.lines().filter(|line| line.split(',').nth(1).unwrap().ends_with("-2018")).count() as u64
        );
    }
}
