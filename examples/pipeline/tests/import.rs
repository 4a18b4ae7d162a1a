//! The import of a table: every row is accounted for, and memory does not grow with the table.

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::path::{Path, PathBuf};
    use std::process::Command;

    use clap::Parser;
    use ikusei::{Lead, Value};
    use pipeline::import::{Args, Totals, run};

    fn folder(name: &str) -> PathBuf {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    fn args(folder: &Path, portion: &str) -> Vec<String> {
        let playbook = concat!(env!("CARGO_MANIFEST_DIR"), "/../capture/playbook.yaml");
        let at = "2026-06-01T00:00:00Z";
        let (table, out) = (folder.join("leads.csv"), folder.join("out"));
        let paths = [table.display().to_string(), out.display().to_string()];
        let [table, out] = &paths;
        ["import", "--playbook", playbook, "--capture", "crm", "--at", at, "--portion", portion]
            .into_iter()
            .chain(["--table", table, "--out", out])
            .map(str::to_owned)
            .collect()
    }

    fn import(folder: &Path, table: &[u8], portion: &str) -> (Totals, Vec<Lead>, Vec<Vec<String>>) {
        std::fs::write(folder.join("leads.csv"), table).unwrap();
        let totals = run(&Args::try_parse_from(args(folder, portion)).unwrap()).unwrap();
        let leads = std::fs::read_to_string(folder.join("out/leads.jsonl")).unwrap();
        let leads = leads.lines().map(|line| Lead::from_json(line).unwrap()).collect();
        let mut report = csv::Reader::from_path(folder.join("out/report.csv")).unwrap();
        let report = report.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
        assert!(!folder.join("out/portions").exists(), "what was laid aside is cleared away");
        (totals, leads, report)
    }

    /// Three rows of five are of persons that are there already.
    fn table(rows: u32) -> String {
        let mut text = "Email,Name,Company,Phone,Employees\n".to_owned();
        for row in 0..rows {
            let person = row / 5 * 2 + row % 2;
            writeln!(
                text,
                "P{person}@Example.co.jp,山田　{person},㈱アクメ{person},０３（１２３４）{:04},３００",
                row % 10_000
            )
            .unwrap();
        }
        text
    }

    #[test]
    fn every_row_is_accounted_for_and_a_broken_one_costs_its_neighbours_nothing() {
        let mut bytes = table(5).into_bytes();
        bytes.extend_from_slice("only,two\n".as_bytes());
        bytes.extend_from_slice(b"b\xff@b.jp,x,y,z,1\n");
        bytes.extend_from_slice("-,太郎,=HYPERLINK(\"http://x\"),N/A,many\n".as_bytes());
        bytes.extend_from_slice("c@c.jp,=1+1,\"=cmd|' /C calc'!A0\",-,12\n".as_bytes());
        let folder = folder("import-rows");
        let (totals, leads, report) = import(&folder, &bytes, "1");
        assert_eq!(totals, Totals { rows: 9, new: 3, merged: 3, refused: 3, cleaned: 6 });
        let lines: Vec<&str> = report.iter().map(|row| row[0].as_str()).collect();
        assert_eq!(lines, ["2", "3", "4", "5", "6", "7", "8", "9", "10"]);
        let outcomes: Vec<(&str, &str)> =
            report.iter().map(|row| (row[1].as_str(), row[2].as_str())).collect();
        assert_eq!(
            outcomes[..5],
            [
                ("new", "row-2"),
                ("new", "row-3"),
                ("merged", "row-2"),
                ("merged", "row-3"),
                ("merged", "row-2")
            ]
        );
        assert_eq!(outcomes[5..8], [("refused", ""); 3]);
        assert_eq!(outcomes[8], ("new", "row-10"));
        assert!(
            report[0][3].contains("phone: ０３（１２３４）0000 -> +81312340000 (width, e164)"),
            "{report:?}"
        );
        assert!(report[5][4].starts_with("2 cells where the header has 5"), "{report:?}");
        assert!(report[6][4].starts_with("not UTF-8 text"), "{report:?}");
        let ids: Vec<&str> = leads.iter().map(|lead| lead.id.as_str()).collect();
        assert_eq!(ids, ["row-2", "row-3", "row-10"]);
        assert_eq!(leads[0].fields["email"], Value::from("p0@example.co.jp"));
        assert_eq!(leads[0].fields["phone"], Value::from("+81312340004"), "the latest row counts");
        assert_eq!(leads[0].fields["employees"], Value::from(300));
        for cell in report.iter().flatten() {
            assert!(!cell.starts_with(['=', '+', '-', '@']), "{cell}");
        }
    }

    #[test]
    fn portions_change_nothing() {
        let table = table(2_000);
        let whole = import(&folder("import-whole"), table.as_bytes(), "1024");
        let parted = import(&folder("import-parted"), table.as_bytes(), "8");
        assert_eq!(whole.0, Totals { rows: 2_000, new: 800, merged: 1_200, refused: 0, cleaned: 2_000 });
        assert!(whole == parted);
    }

    #[test]
    fn memory_does_not_grow_with_the_table() {
        let peak = |rows: u32| {
            let folder = folder(&format!("import-{rows}"));
            std::fs::write(folder.join("leads.csv"), table(rows)).unwrap();
            let ran =
                Command::new(env!("CARGO_BIN_EXE_import")).args(&args(&folder, "64")[1..]).output().unwrap();
            assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
            let text = String::from_utf8(ran.stdout).unwrap();
            let line = text.lines().find(|line| line.ends_with("KiB of memory at most"));
            line.map(|line| line.split_whitespace().next().unwrap().replace(',', "").parse::<u64>().unwrap())
        };
        let (Some(few), Some(many)) = (peak(2_000), peak(20_000)) else {
            let mut out = std::io::stderr();
            std::io::Write::write_all(
                &mut out,
                b"SKIPPED: this system does not tell the memory of a process\n",
            )
            .unwrap();
            return;
        };
        assert!(many < few + 4_096, "{few} KiB for 2,000 rows, {many} KiB for 20,000");
    }
}
