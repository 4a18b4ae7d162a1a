//! Every fuzz target with its seeds, as `fuzz/run` begins with them: what was found once stays mended.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use ikusei_tests::fuzz::{TARGETS, target};

#[test]
fn every_target_bears_its_seeds() {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/seeds");
    let mut folders = BTreeSet::new();
    for folder in fs::read_dir(&seeds).unwrap() {
        let folder = folder.unwrap();
        let name = folder.file_name().into_string().unwrap();
        let target = target(&name).unwrap_or_else(|| panic!("fuzz/seeds/{name} is of no target"));
        let files: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().path()).collect();
        assert!(!files.is_empty(), "fuzz/seeds/{name} has no seed");
        for file in files {
            println!("{}", file.display());
            target(&fs::read(file).unwrap());
        }
        folders.insert(name);
    }
    let names: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(folders, names);
}
