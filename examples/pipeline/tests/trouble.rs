//! What goes wrong with files, rows, flags and playbooks, and what the program says about it.

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};
    use std::process::Command;

    const PLAYBOOK: &str = "\
ikusei: 1
name: small
fields:
  company: { type: text, identity: company, label: 会社名 }
  employees: { type: integer, label: 従業員数 }
activities:
  page_view: { properties: { url: text } }
scorecards:
  overall:
    rules:
      - { id: size, when: 'employees >= 100', points: 30 }
      - { id: pricing, on: page_view, when: 'activity.url == \"/pricing\"', points: 30 }
    ranks: [{ rank: A, at_least: 50 }, { rank: B, at_least: 20 }, { rank: C }]
    hot: [A]
overlays:
  strict: { scorecards: { overall: { min: 0 } } }
";

    struct Run {
        ok: bool,
        stdout: String,
        stderr: String,
        folder: PathBuf,
    }

    impl Run {
        fn rejected(&self) -> Vec<Vec<String>> {
            let mut rows = csv::ReaderBuilder::new()
                .flexible(true)
                .from_path(self.folder.join("out/rejected.csv"))
                .unwrap();
            rows.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
        }

        fn scores(&self) -> Vec<Vec<String>> {
            let mut rows = csv::Reader::from_path(self.folder.join("out/scores.csv")).unwrap();
            rows.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
        }
    }

    /// Runs in a folder of its own that holds these files; `playbook.yaml` is there unless it is among them.
    fn run(name: &str, files: &[(&str, &[u8])], flags: &[&str]) -> Run {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("trouble-{name}"));
        if folder.exists() {
            std::fs::remove_dir_all(&folder).unwrap();
        }
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("playbook.yaml"), PLAYBOOK).unwrap();
        for (file, bytes) in files {
            std::fs::write(folder.join(file), bytes).unwrap();
        }
        let run = Command::new(env!("CARGO_BIN_EXE_pipeline"))
            .current_dir(&folder)
            .args(["--playbook", "playbook.yaml", "--leads", "leads.csv", "--as-of", "2026-06-01T00:00:00Z"])
            .args(flags)
            .output()
            .unwrap();
        Run {
            ok: run.status.success(),
            stdout: String::from_utf8(run.stdout).unwrap(),
            stderr: String::from_utf8(run.stderr).unwrap(),
            folder,
        }
    }

    #[test]
    fn bad_rows_are_reported_skipped_counted_and_kept() {
        let run = run(
            "rows",
            &[
                ("leads.csv", "id,会社名,従業員数\nL1,\"青葉\n精機\",\"1,200\"\nL2,多摩,many\nL3,too,few,cells\n,みずの,5\nL1,again,7\nL4,ok,\n".as_bytes()),
                ("did.csv", b"lead,kind,at,url\nL1,page_view,2026-05-31T00:00:00Z,/pricing\nL9,page_view,2026-05-31T00:00:00Z,/\nL1,page_view,2026-05-31,/\nL4,nap,2026-05-31T00:00:00Z,\n"),
            ],
            &["--activities", "did.csv"],
        );
        assert!(run.ok, "{}", run.stderr);
        let expected = [
            "rejected: leads.csv:4: column 3 `従業員数`: `many` is not a whole number; write digits only, such as 1200",
            "rejected: leads.csv:5: 4 cells where the header has 3; check for a missing or an extra delimiter or quote in this row",
            "rejected: leads.csv:6: column 1 `id`: the lead has no id; give every lead its own id",
            "rejected: leads.csv:7: column 1 `id`: the id `L1` was used on line 2 already; give every lead its own id",
            "rejected: did.csv:3: no lead that could be read has the id `L9`; add the lead to leads.csv, or correct its row there",
            "rejected: did.csv:4: column 3 `at`: `2026-05-31` does not say in which zone; add the zone, such as +09:00, or name that of the whole file with --zone",
            "note: 1 activity of kind `nap`, which the playbook does not declare",
        ];
        assert_eq!(run.stderr.lines().collect::<Vec<_>>(), expected);
        let rejected = run.rejected();
        assert_eq!(rejected.len(), 6);
        assert_eq!(
            rejected[0],
            [
                "leads.csv",
                "4",
                "従業員数",
                "`many` is not a whole number",
                "write digits only, such as 1200",
                "L2",
                "多摩",
                "many"
            ]
        );
        assert!(run.stdout.contains("Leads: 2 · Activities: 2 · Rejected rows: 6"), "{}", run.stdout);
        let scores = run.scores();
        assert_eq!((scores[0][0].as_str(), scores[0][2].as_str()), ("L1", "A"));
        assert_eq!((scores[1][0].as_str(), scores[1][2].as_str()), ("L4", "C"));
    }

    #[test]
    fn headers_and_flags_that_do_not_fit_say_what_would() {
        let leads = ("leads.csv", "key,社名,size\nL1,青葉,5\n".as_bytes());
        for (name, flags, message) in [
            (
                "id",
                vec![],
                "error: leads.csv:1: no column `id`; name it with --map id=COLUMN, or take the line number with --map id=@line (the columns are: key, 社名, size)",
            ),
            (
                "column",
                vec!["--map", "id=key", "--map", "company=name"],
                "error: leads.csv:1: no column `name` for --map company=name; the columns are: key, 社名, size",
            ),
            (
                "field",
                vec!["--map", "id=key", "--map", "industry=size"],
                "error: --map industry=…: the playbook has no field `industry`; it has company, employees",
            ),
            (
                "leak",
                vec!["--map", "id=key", "--map", "employees=size", "--outcome", "size=5"],
                "error: --outcome size=5: the column fills the field `employees`, so the score would know the outcome; take it out of the playbook",
            ),
            (
                "delimiter",
                vec!["--map", "id=key", "--delimiter", ";"],
                "error: leads.csv:1: no column `key` for --map id=key; the columns are: key,社名,size",
            ),
            (
                "activities",
                vec!["--map", "id=key", "--activities", "nowhere.csv"],
                "error: cannot read `nowhere.csv`:",
            ),
        ] {
            let run = run(name, &[leads], &flags);
            assert!(!run.ok);
            assert!(run.stderr.starts_with(message), "{name}: {}", run.stderr);
        }
        let mapped =
            run("mapped", &[leads], &["--map", "id=key", "--map", "company=社名", "--map", "employees=size"]);
        assert!(mapped.ok && mapped.stderr.is_empty(), "{}", mapped.stderr);
        assert_eq!(mapped.scores()[0][1], "青葉");
        let twice = run("twice", &[("leads.csv", b"id,a,a\n")], &[]);
        assert_eq!(
            twice.stderr,
            "error: leads.csv:1: columns 2 and 3 are both called `a`; give each its own name\n"
        );
        let empty = run("empty", &[("leads.csv", b"")], &[]);
        assert_eq!(empty.stderr, "error: leads.csv:1: no header; name the columns in the first row\n");
        let missing = run("missing", &[], &[]);
        assert!(missing.stderr.starts_with("error: cannot read `leads.csv`:"), "{}", missing.stderr);
        let as_of = run("as-of", &[leads], &["--as-of", "2026-06-01"]);
        assert!(as_of.stderr.contains("--as-of"), "{}", as_of.stderr);
    }

    #[test]
    fn encodings() {
        let (shift_jis, _, _) =
            encoding_rs::SHIFT_JIS.encode("id,会社名,従業員数\r\nL1,表計算ソフト,１２０\r\n");
        let guessed = run("sjis", &[("leads.csv", &shift_jis)], &[]);
        assert!(guessed.ok, "{}", guessed.stderr);
        assert_eq!(guessed.scores()[0][1..3], ["表計算ソフト", "B"]);
        let wrong = run("wrong", &[("leads.csv", &shift_jis)], &["--encoding", "utf-8"]);
        assert!(!wrong.ok);
        assert!(
            wrong.stderr.contains("leads.csv:1: column 2")
                && wrong.stderr.contains(
                    "not UTF-8 text; save the file as UTF-8, or name its encoding with --encoding shift_jis"
                ),
            "{}",
            wrong.stderr
        );
        let wide = run("utf16", &[("leads.csv", b"\xff\xfei\0d\0")], &[]);
        assert_eq!(wide.stderr, "error: `leads.csv` is UTF-16; save it as UTF-8 (in Excel: CSV UTF-8)\n");
    }

    #[test]
    fn a_bad_playbook_is_refused_with_places_and_remedies() {
        for (name, good, bad, column, expected, help) in [
            ("key", "hot: [A]", "hott: [A]", 5, "unknown key `hott`", "did you mean `hot`?"),
            ("name", "employees >= 100", "employes >= 100", 28, "", "did you mean `employees`?"),
        ] {
            let text = PLAYBOOK.replace(good, bad);
            let line = 1 + text.lines().position(|line| line.contains(bad)).unwrap();
            let leads = ("leads.csv", b"id\nL1\n".as_slice());
            let run = run(name, &[("playbook.yaml", text.as_bytes()), leads], &[]);
            assert!(!run.ok && run.stdout.is_empty());
            assert!(
                run.stderr.starts_with("error: the playbook is refused: 1 problem in it\n"),
                "{}",
                run.stderr
            );
            assert!(
                run.stderr.contains(&format!("\nplaybook.yaml:{line}:{column}: error IK0")),
                "{}",
                run.stderr
            );
            assert!(run.stderr.contains(expected), "{}", run.stderr);
            assert!(run.stderr.contains(&format!("\n  help: {help}")), "{}", run.stderr);
        }
        let leads = ("leads.csv", b"id\nL1\n".as_slice());
        let binary = run("binary", &[("playbook.yaml", b"\xff\xfe"), leads], &[]);
        assert_eq!(binary.stderr, "error: `playbook.yaml` is not UTF-8 text; save it as UTF-8\n");
    }

    #[test]
    fn overlays_and_documents_to_extend() {
        let leads = ("leads.csv", "id,会社名,従業員数\nL1,青葉,200\n".as_bytes());
        let brand = "ikusei: 1\nname: brand\nextends: playbook\noverlays: { big: { scorecards: { overall: { max: 10 } } } }\n";
        let folder = [leads, ("brand.yaml", brand.as_bytes())];
        let run_with = |name: &str, overlay: &str| {
            let folder = run(name, &folder, &[]).folder;
            let output = Command::new(env!("CARGO_BIN_EXE_pipeline"))
                .current_dir(&folder)
                .args(["--playbook", "brand.yaml", "--playbook", "playbook.yaml", "--leads", "leads.csv"])
                .args(["--overlay", overlay])
                .output()
                .unwrap();
            (
                output.status.success(),
                String::from_utf8(output.stdout).unwrap(),
                String::from_utf8(output.stderr).unwrap(),
            )
        };
        let (ok, stdout, stderr) = run_with("extends", "big");
        assert!(ok, "{stderr}");
        assert!(stdout.starts_with("brand · as of ") && stdout.contains("Total 10.0"), "{stdout}");
        let (ok, _, stderr) = run_with("no-overlay", "bigg");
        assert!(!ok && stderr.contains("`bigg`") && stderr.contains("did you mean `big`?"), "{stderr}");
    }

    #[test]
    fn hostile_leads_do_no_harm() {
        let run = run(
            "hostile",
            &[("leads.csv", "id,会社名,従業員数\n\"=cmd|' /C calc'!A1\",<script>alert(1)</script>,200\n@x,\"+1\u{1b}[31m\",300\n".as_bytes())],
            &[],
        );
        assert!(run.ok, "{}", run.stderr);
        let page = std::fs::read_to_string(run.folder.join("out/report.html")).unwrap();
        assert!(!page.contains("<script") && page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
        let scores = run.scores();
        assert_eq!(scores[0][0], "'=cmd|' /C calc'!A1");
        assert_eq!(scores[1][..2], ["'@x", "'+1\u{1b}[31m"]);
        assert!(!run.stdout.contains('\u{1b}'), "a terminal gets no commands from the data");
    }

    #[test]
    fn json_lines_and_duplicates() {
        let line = r#"{"lead":"L1","id":"e1","kind":"page_view","at":"2026-05-31T09:00:00+09:00","properties":{"url":"/pricing"}}"#;
        let other = line.replace("/pricing", "/");
        let text = format!("{line}\n{line}\n{other}\nnot json\n");
        let run = run(
            "lines",
            &[("leads.csv", b"id,employees\nL1,200\n"), ("did.jsonl", text.as_bytes())],
            &["--activities", "did.jsonl"],
        );
        assert!(run.ok, "{}", run.stderr);
        let lines: Vec<&str> = run.stderr.lines().collect();
        assert_eq!(
            lines[0],
            "rejected: did.jsonl:3: two different activities have the id `e1` (IK0403); activities never change once recorded: give the new one an id of its own"
        );
        assert!(
            lines[1].starts_with(
                "rejected: did.jsonl:4: column 2 `JSON`: expected ident; write one JSON object a line"
            ),
            "{lines:?}"
        );
        assert!(lines.contains(&"note: 1 activity delivered more than once, recorded once"), "{lines:?}");
        assert_eq!(run.scores()[0][2], "A");
    }
}
