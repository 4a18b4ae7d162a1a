//! The commands of the README are commands of the program.

#[cfg(test)]
mod tests {
    use clap::Parser;
    use pipeline::args::Args;

    #[test]
    fn every_command_of_the_readme_is_understood() {
        let readme = include_str!("../README.md");
        let commands: Vec<&str> =
            readme.lines().filter_map(|line| line.strip_prefix("cargo run --release -p pipeline")).collect();
        assert_eq!(commands.len(), 8);
        for command in commands {
            let flags = command.trim().trim_start_matches("-- ").replace('\'', "");
            match Args::try_parse_from(std::iter::once("pipeline").chain(flags.split_whitespace())) {
                Ok(_) => {}
                Err(error) => {
                    assert_eq!(error.kind(), clap::error::ErrorKind::DisplayHelp, "{command}: {error}")
                }
            }
        }
    }
}
