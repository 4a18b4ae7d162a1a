//! The flags.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use ikusei::{Instant, Language};

/// Checks, compares, simulates and explains playbooks.
///
/// Ends with 0 where nothing stands against it, with 1 where something does that the call asks to fail on, and with 2
/// where the call itself cannot be carried out: flags, files, records.
#[derive(Debug, Parser)]
#[command(name = "ikusei", version)]
pub(crate) struct Command {
    #[command(subcommand)]
    pub(crate) what: What,
}

#[derive(Debug, Subcommand)]
pub(crate) enum What {
    /// Reads playbooks and tells what is wrong with them, and what they say and probably do not mean
    Check(Check),
    /// Tells what a change of a playbook changes, and with leads what becomes of them
    Diff(Diff),
    /// Lets leads live through the weeks to come, and tells what is sent, called and handed over
    Simulate(Simulate),
    /// Explains what a playbook says of leads
    Explain(Explain),
    /// Makes a playbook of another system's rules, and tells what could not be carried over
    Import(Import),
    /// Writes the JSON Schema of playbooks, or tells editors of it
    Schema(Schema),
}

/// How the answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// For people
    Human,
    /// One JSON document
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Markdown, for a pull request
    Markdown,
}

/// The language of sentences.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Tongue {
    #[default]
    En,
    Ja,
}

/// From which severity on a finding fails the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Deny {
    Error,
    Warning,
    Note,
}

#[derive(Debug, Args)]
pub(crate) struct With {
    /// A document that the playbook may extend, by file name without ending; may be repeated
    #[arg(long, value_name = "FILE")]
    pub(crate) with: Vec<PathBuf>,
    /// An overlay of the playbook to lay over it; may be repeated, the last one wins
    #[arg(long, value_name = "ID")]
    pub(crate) overlay: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Leads {
    /// Leads: .json (a list), .jsonl (one a line), or .csv headed by the names or labels of fields, with `id`
    #[arg(long, value_name = "FILE")]
    pub(crate) leads: PathBuf,
    /// What they did, beside a .csv: .csv with lead, kind and at, or .jsonl
    #[arg(long, value_name = "FILE")]
    pub(crate) activities: Option<PathBuf>,
    /// The column of the .csv that holds a field, or `id`; `id=@line` takes line numbers for ids
    #[arg(long, value_name = "FIELD=COLUMN", value_parser = pair)]
    pub(crate) map: Vec<(String, String)>,
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// The playbooks, YAML or JSON
    #[arg(required = true, value_name = "PLAYBOOK")]
    pub(crate) playbooks: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) with: With,
    /// How the answer is written
    #[arg(long, value_enum, default_value = "human")]
    pub(crate) format: Form,
    /// Findings from this severity on end the call with 1
    #[arg(long, value_enum, default_value = "error")]
    pub(crate) deny: Deny,
    /// A code of findings that are not wanted, such as IK0901; may be repeated
    #[arg(long, value_name = "CODE")]
    pub(crate) allow: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Diff {
    /// The playbook that is there
    pub(crate) before: PathBuf,
    /// The playbook that is to come
    pub(crate) after: PathBuf,
    #[command(flatten)]
    pub(crate) with: With,
    /// Leads, to see what becomes of them: .json, .jsonl or .csv
    #[arg(long, value_name = "FILE")]
    pub(crate) leads: Option<PathBuf>,
    /// What they did, beside a .csv
    #[arg(long, value_name = "FILE", requires = "leads")]
    pub(crate) activities: Option<PathBuf>,
    /// The column of the .csv that holds a field, or `id`
    #[arg(long, value_name = "FIELD=COLUMN", value_parser = pair)]
    pub(crate) map: Vec<(String, String)>,
    /// As of when leads are looked at [default: now]
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    pub(crate) at: Option<Instant>,
    /// A roster (JSON), to see the load on members and teams
    #[arg(long, value_name = "FILE", requires = "leads")]
    pub(crate) roster: Option<PathBuf>,
    /// Weeks that are lived through, to count what is sent
    #[arg(long, value_name = "NUMBER", requires = "leads")]
    pub(crate) weeks: Option<u32>,
    /// How many of the leads that move are listed
    #[arg(long, value_name = "NUMBER", default_value_t = 100)]
    pub(crate) limit: usize,
    /// How the answer is written
    #[arg(long, value_enum, default_value = "human")]
    pub(crate) format: Form,
    /// Language of the sentences
    #[arg(long, value_enum, default_value_t)]
    pub(crate) lang: Tongue,
    /// End with 1 if some change may decide something otherwise
    #[arg(long)]
    pub(crate) deny_results: bool,
    /// End with 1 if more than so many percent of the leads come to another rank
    #[arg(long, value_name = "PERCENT", requires = "leads")]
    pub(crate) deny_moved: Option<f64>,
}

#[derive(Debug, Args)]
pub(crate) struct Simulate {
    /// The playbook
    pub(crate) playbook: PathBuf,
    #[command(flatten)]
    pub(crate) with: With,
    #[command(flatten)]
    pub(crate) leads: Leads,
    /// When it begins [default: now]
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    pub(crate) from: Option<Instant>,
    /// How many weeks are lived through
    #[arg(long, value_name = "NUMBER", default_value_t = 4)]
    pub(crate) weeks: u32,
    /// How leads answer: a response model (JSON); without one nobody answers
    #[arg(long, value_name = "FILE")]
    pub(crate) model: Option<PathBuf>,
    /// How the answer is written
    #[arg(long, value_enum, default_value = "human")]
    pub(crate) format: Form,
    /// Language of tables
    #[arg(long, value_enum, default_value_t)]
    pub(crate) lang: Tongue,
}

#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// The playbook
    pub(crate) playbook: PathBuf,
    #[command(flatten)]
    pub(crate) with: With,
    #[command(flatten)]
    pub(crate) leads: Leads,
    /// Only this lead; may be repeated
    #[arg(long, value_name = "ID")]
    pub(crate) lead: Vec<String>,
    /// As of when [default: now]
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    pub(crate) at: Option<Instant>,
    /// How the answer is written
    #[arg(long, value_enum, default_value = "human")]
    pub(crate) format: Form,
    /// Language of the sentences
    #[arg(long, value_enum, default_value_t)]
    pub(crate) lang: Tongue,
}

/// A system whose rules can be imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Origin {
    Zoho,
    Hubspot,
    Gorules,
    JsonRulesEngine,
}

#[derive(Debug, Args)]
pub(crate) struct Import {
    /// Where the rules come from
    #[arg(value_enum)]
    pub(crate) system: Origin,
    /// What it exports, as JSON
    pub(crate) file: PathBuf,
    /// End with 1 if something could not be carried over
    #[arg(long)]
    pub(crate) deny_left: bool,
    /// The playbook alone (`human`), or all of the import as one JSON document
    #[arg(long, value_enum, default_value = "human")]
    pub(crate) format: Form,
}

#[derive(Debug, Args)]
pub(crate) struct Schema {
    /// Playbooks (YAML) whose first line is to tell editors where the schema is; without any the schema is written
    pub(crate) playbooks: Vec<PathBuf>,
    /// Where editors find the schema, as an address or a path from the playbook
    #[arg(long, value_name = "URL", default_value = "ikusei.schema.json")]
    pub(crate) url: String,
}

impl From<Tongue> for Language {
    fn from(tongue: Tongue) -> Self {
        match tongue {
            Tongue::En => Self::English,
            Tongue::Ja => Self::Japanese,
        }
    }
}

impl Deny {
    /// 0 for errors, 1 for warnings, 2 for notes.
    pub(crate) const fn rank(self) -> u8 {
        match self {
            Self::Error => 0,
            Self::Warning => 1,
            Self::Note => 2,
        }
    }
}

fn instant(text: &str) -> Result<Instant, String> {
    text.parse().map_err(|error: ikusei::ParseInstantError| error.to_string())
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, column)) if !name.is_empty() && !column.is_empty() => {
            Ok((name.to_owned(), column.to_owned()))
        }
        _ => Err("write two names with `=` between them".to_owned()),
    }
}
