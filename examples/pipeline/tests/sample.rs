//! The bundled sample: its bytes, and what the program says of it.

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};
    use std::process::Command;

    fn file(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
    }

    fn pipeline(folder: &str, flags: &[&str]) -> (String, PathBuf) {
        let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join(folder);
        let run =
            Command::new(env!("CARGO_BIN_EXE_pipeline")).args(flags).arg("--out").arg(&out).output().unwrap();
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        (String::from_utf8(run.stdout).unwrap(), out)
    }

    /// The output up to the files that were written, whose folder differs from machine to machine.
    fn tables(stdout: &str) -> &str {
        stdout.split_once("\n→ ").unwrap().0
    }

    /// Compares with a committed file; with `UPDATE_GOLDEN` set it writes the file first.
    fn same_as(golden: &str, actual: &str) {
        let path = file("tests/golden").join(golden);
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, actual).unwrap();
        }
        let expected = std::fs::read_to_string(&path).unwrap().replace("\r\n", "\n");
        assert_eq!(actual, expected, "{golden}: if the change is meant, write it anew with UPDATE_GOLDEN=1");
    }

    #[test]
    fn the_generator_gives_the_committed_bytes() {
        let sample = pipeline::sample::Sample::generate().unwrap();
        for (name, bytes) in [("data/leads.csv", &sample.leads), ("data/activities.csv", &sample.activities)]
        {
            let committed = std::fs::read(file(name)).unwrap();
            assert!(&committed == bytes, "{name}: run `cargo run -p pipeline --bin make-sample`");
        }
    }

    #[test]
    fn tables_and_reasons_are_those_that_were_looked_at() {
        let (english, out) = pipeline("sample-en", &[]);
        same_as("en.txt", tables(&english));
        let (japanese, _) = pipeline("sample-ja", &["--lang", "ja"]);
        same_as("ja.txt", tables(&japanese));
        let rows = csv::Reader::from_path(out.join("scores.csv")).unwrap().records().count();
        assert_eq!(rows, 3_000);
        assert!(!out.join("rejected.csv").exists(), "the sample is clean");
    }

    #[test]
    fn every_score_is_the_sum_of_its_figures_and_agrees_with_the_table() {
        let (stdout, out) = pipeline("sample-sums", &[]);
        let mut scores = csv::Reader::from_path(out.join("scores.csv")).unwrap();
        let mut ranked_a = 0;
        for row in scores.records() {
            let row = row.unwrap();
            ranked_a += usize::from(&row[2] == "A");
            for card in [6, 12, 18] {
                let points: Vec<i64> = (1..6)
                    .map(|figure| row[card + figure].parse::<ikusei::Points>().unwrap().millionths())
                    .collect();
                assert_eq!(points[0], points[1..].iter().sum::<i64>(), "{row:?}");
            }
        }
        let first = stdout.lines().find(|line| line.starts_with("│ A ")).unwrap();
        assert_eq!(first.split('┆').nth(1).unwrap().trim(), ranked_a.to_string());
    }

    #[test]
    fn the_report_holds_everything_it_needs() {
        let (_, out) = pipeline("sample-report", &["--lang", "ja"]);
        let page = std::fs::read_to_string(out.join("report.html")).unwrap();
        assert_eq!(page.matches("<svg").count(), 4);
        assert_eq!(page.matches("role=\"img\" aria-label=").count(), 4);
        for outside in ["http:", "https:", "//", "url(", "@import", "src=", "href=", "<script"] {
            let found = page.find(outside).map(|at| page[..at].chars().rev().take(40).collect::<String>());
            assert_eq!(found, None, "nothing from elsewhere: {outside}");
        }
        for text in
            ["lang=\"ja\"", "width=device-width", "prefers-color-scheme:dark", "ランク別リード数", "株式会社"]
        {
            assert!(page.contains(text), "{text}");
        }
        assert!(page.len() < 200_000, "{} bytes", page.len());
    }

    #[test]
    fn the_order_of_the_input_changes_nothing_but_the_order_of_the_rows() {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let reversed = |name: &str| {
            let text = std::fs::read_to_string(file(name)).unwrap();
            let mut lines: Vec<&str> = text.lines().collect();
            lines[1..].reverse();
            let path = folder.join(name.replace('/', "-"));
            std::fs::write(&path, lines.join("\n")).unwrap();
            path.display().to_string()
        };
        let (leads, activities) = (reversed("data/leads.csv"), reversed("data/activities.csv"));
        let at = pipeline::sample::AS_OF;
        let flags = ["--as-of", at, "--zone", "+09:00", "--leads", &leads, "--activities", &activities];
        let (backwards, _) = pipeline("sample-backwards", &flags);
        let (forwards, _) = pipeline("sample-forwards", &[]);
        assert_eq!(tables(&backwards), tables(&forwards));
    }
}
