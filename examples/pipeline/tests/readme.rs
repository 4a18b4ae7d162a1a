//! The commands of the README are commands of the program.

#[cfg(test)]
mod tests {
    use clap::Parser;
    use pipeline::args::Args;
    use pipeline::import;

    #[test]
    fn every_command_of_the_readme_is_understood() {
        let readme = include_str!("../README.md");
        let commands: Vec<&str> = readme
            .lines()
            .filter_map(|line| {
                line.strip_prefix("cargo run --release -p pipeline")
                    .or(line.strip_prefix("cargo run -p pipeline"))
            })
            .collect();
        assert_eq!(commands.len(), 9);
        for command in commands {
            let words = command.replace('\'', "");
            let result = match words.trim().strip_prefix("--bin import -- ") {
                Some(flags) => {
                    import::Args::try_parse_from(["import"].into_iter().chain(flags.split_whitespace()))
                        .map(drop)
                }
                None => {
                    let flags = words.trim().trim_start_matches("-- ").split_whitespace();
                    Args::try_parse_from(["pipeline"].into_iter().chain(flags)).map(drop)
                }
            };
            if let Err(error) = result {
                assert_eq!(error.kind(), clap::error::ErrorKind::DisplayHelp, "{command}: {error}");
            }
        }
    }
}
