//! One run: read, score, count, write.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use ikusei::{Assessment, Detail, Engine, FieldType, Identity, Instant, Lead, Playbook, Value};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::args::Args;
use crate::input::activities::{ActivityReader, ReadActivity};
use crate::input::convert::Converter;
use crate::input::leads::{LeadReader, ReadLead};
use crate::note::Note;
use crate::playbook;
use crate::problem::{Failure, Rejected, Rejections};
use crate::report;
use crate::sample;
use crate::scores::ScoreWriter;
use crate::summary::{Card, Hottest, Point, Summary, Tally};
use crate::words::Language;

/// What a run gives: the figures, the files that it wrote and the first rows that it could not use.
#[derive(Debug)]
pub struct Outcome {
    /// The figures.
    pub summary: Summary,
    /// The files.
    pub written: Vec<PathBuf>,
    /// The first rejected rows; `summary.rejected` counts them all.
    pub rejected: Vec<Rejected>,
}

/// Runs the whole job.
///
/// # Errors
/// If the playbook, a file, a header or a flag cannot be used. Bad rows are no error: they are in the outcome.
pub fn run(args: &Args) -> Result<Outcome, Failure> {
    let playbook = playbook::load(&args.playbook, &args.overlay)?;
    let engine = playbook.compile().map_err(|error| Failure::new(error.to_string()))?;
    std::fs::create_dir_all(&args.out).map_err(|error| Failure::io(&args.out, "make the folder", &error))?;
    let at = match (args.as_of, &args.leads) {
        (Some(at), _) => at,
        (None, Some(_)) => now()?,
        (None, None) => {
            sample::AS_OF.parse().map_err(|error| Failure::new(format!("{}: {error}", sample::AS_OF)))?
        }
    };
    let mut job = Job {
        args,
        playbook: &playbook,
        engine: &engine,
        at,
        rejections: Rejections::new(&args.out),
        notes: Vec::new(),
    };
    let mut leads = job.read_leads()?;
    let activities = job.read_activities(&mut leads)?;
    job.score(leads, activities)
}

struct Job<'a> {
    args: &'a Args,
    playbook: &'a Playbook,
    engine: &'a Engine,
    at: Instant,
    rejections: Rejections,
    notes: Vec<Note>,
}

/// The leads that were read, and where to find them.
struct Leads {
    read: Vec<ReadLead>,
    by_id: HashMap<String, usize>,
    file: String,
}

impl Job<'_> {
    fn converter(&self) -> Converter {
        Converter { date_format: self.args.date_format.clone(), zone: self.args.zone }
    }

    fn read_leads(&mut self) -> Result<Leads, Failure> {
        let path = self.args.leads.clone().unwrap_or_else(|| playbook::bundled("data/leads.csv"));
        let mut reader = LeadReader::open(
            &path,
            self.args.delimiter,
            self.args.encoding,
            self.playbook.fields(),
            &self.args.map.iter().cloned().collect(),
            self.converter(),
        )?;
        if let Some((column, value)) = &self.args.outcome {
            reader.watch(column, value)?;
        }
        if !reader.unused().is_empty() {
            self.notes.push(Note::Unused(reader.unused().to_vec()));
        }
        if !reader.unfilled().is_empty() {
            self.notes.push(Note::Unfilled(reader.unfilled().to_vec()));
        }
        let bar = progress(reader.table().bytes(), "leads");
        let mut leads =
            Leads { read: Vec::new(), by_id: HashMap::new(), file: reader.table().name().to_owned() };
        while let Some(row) = reader.next_lead()? {
            bar.set_position(reader.table().position());
            match row {
                Ok(read) => {
                    leads.by_id.insert(read.lead.id.clone(), leads.read.len());
                    leads.read.push(read);
                }
                Err(rejected) => self.rejections.add(rejected)?,
            }
        }
        bar.finish_and_clear();
        Ok(leads)
    }

    /// Gives every lead its activities; returns how many they are.
    fn read_activities(&mut self, leads: &mut Leads) -> Result<u64, Failure> {
        let path = match (&self.args.activities, &self.args.leads) {
            (Some(path), _) => path.clone(),
            (None, None) => playbook::bundled("data/activities.csv"),
            (None, Some(_)) => return Ok(0),
        };
        let kinds = self.playbook.activities();
        let mut reader = ActivityReader::open(
            &path,
            self.args.delimiter,
            self.args.encoding,
            kinds,
            &self.args.map_activity.iter().cloned().collect(),
            self.converter(),
        )?;
        let bar = progress(reader.bytes(), "activities");
        let (mut count, mut again, mut later) = (0, 0, 0);
        let mut undeclared: BTreeMap<String, u64> = BTreeMap::new();
        while let Some(row) = reader.next_activity()? {
            bar.set_position(reader.position());
            let read = match row {
                Ok(read) => read,
                Err(rejected) => {
                    self.rejections.add(rejected)?;
                    continue;
                }
            };
            let Some(lead) = leads.by_id.get(&read.lead).and_then(|index| leads.read.get_mut(*index)) else {
                let message = format!("no lead that could be read has the id `{}`", read.lead);
                let help = format!("add the lead to {}, or correct its row there", leads.file);
                self.rejections.add(reader.reject(read, message, help))?;
                continue;
            };
            if !kinds.contains_key(&read.activity.kind) {
                *undeclared.entry(read.activity.kind.clone()).or_default() += 1;
            }
            later += u64::from(read.activity.at.max(read.activity.recorded_at()) > self.at);
            match lead.lead.record(read.activity.clone()) {
                Ok(true) => count += 1,
                Ok(false) => again += 1,
                Err(error) => self.rejections.add(conflict(&reader, read, &error))?,
            }
        }
        bar.finish_and_clear();
        if again > 0 {
            self.notes.push(Note::Again(again));
        }
        if later > 0 {
            self.notes.push(Note::Later(later));
        }
        for (kind, times) in undeclared {
            self.notes.push(Note::Undeclared(kind, times));
        }
        Ok(count)
    }

    fn score(mut self, leads: Leads, activities: u64) -> Result<Outcome, Failure> {
        let document = self.playbook.document();
        let mut summary = Summary {
            playbook: self.playbook.name().to_owned(),
            as_of: self.shown_instant(),
            activities,
            outcome: self.args.outcome.as_ref().map(|(column, value)| format!("{column} = {value}")),
            ..Summary::default()
        };
        summary.cards = document
            .scorecards
            .iter()
            .map(|(name, policy)| Card {
                label: policy.label.clone().unwrap_or_else(|| name.clone()),
                // A rank may stand in several lines of a scorecard, with other conditions.
                ranks: policy.ranks.iter().map(|rank| (rank.rank.clone(), Tally::default())).collect(),
            })
            .collect();
        for card in &mut summary.cards {
            card.ranks.insert(String::new(), Tally::default());
        }
        let mut members = vec![0_u64; document.segments.len()];
        let mut writer = ScoreWriter::create(&self.args.out, document.scorecards.keys().map(String::as_str))?;
        let mut hottest: Vec<(Reverse<bool>, Reverse<ikusei::Points>, &Lead)> = Vec::new();
        let (mut failing, mut example) = (0, String::new());
        let bar = progress(leads.read.len() as u64, "scores");
        for read in &leads.read {
            bar.inc(1);
            let assessed =
                self.engine.prepare(&read.lead).and_then(|lead| lead.assess(self.at, Detail::Figures));
            let assessment = match assessed {
                Ok(assessment) => assessment,
                Err(error) => {
                    self.rejections.add(unscored(&leads.file, read, &error))?;
                    continue;
                }
            };
            if let Some(warning) = assessment.warnings.first() {
                failing += 1;
                if example.is_empty() {
                    example = format!("{}: {}", read.lead.id, warning.message);
                }
            }
            writer.add(&self.name(&read.lead), &assessment)?;
            count(&mut summary, &mut members, document.segments.keys(), &assessment, read.outcome);
            if let (Some(sheet), Some(decision)) =
                (assessment.scores.values().next(), assessment.ranks.values().next())
                && decision.rank.is_some()
            {
                hottest.push((Reverse(decision.hot), Reverse(sheet.total), &read.lead));
                if hottest.len() > self.args.top.saturating_mul(2).saturating_add(1_000) {
                    keep_hottest(&mut hottest, self.args.top);
                }
            }
        }
        bar.finish_and_clear();
        keep_hottest(&mut hottest, self.args.top);
        for (_, _, lead) in hottest {
            let assessment =
                self.engine.assess(lead, self.at).map_err(|error| Failure::new(error.to_string()))?;
            summary.hottest.push(self.hottest(lead, &assessment));
        }
        for card in &mut summary.cards {
            if card.ranks.get("").is_some_and(|tally| tally.leads == 0) {
                card.ranks.shift_remove("");
            }
        }
        summary.segments = document
            .segments
            .iter()
            .zip(members)
            .map(|((name, policy), members)| (policy.rules().label.unwrap_or_else(|| name.clone()), members))
            .collect();
        if failing > 0 {
            self.notes.push(Note::Failing(failing, example));
        }
        let mut written = vec![writer.finish()?];
        let (rejected, all) = self.rejections.finish()?;
        summary.rejected = all;
        summary.notes = self.notes;
        let page = self.args.out.join("report.html");
        std::fs::write(&page, report::html(&summary, self.args.lang))
            .map_err(|error| Failure::io(&page, "write", &error))?;
        written.push(page);
        if all > 0 {
            written.push(self.args.out.join("rejected.csv"));
        }
        Ok(Outcome { summary, written, rejected })
    }

    fn hottest(&self, lead: &Lead, assessment: &Assessment) -> Hottest {
        let language = match self.args.lang {
            Language::En => ikusei::Language::English,
            Language::Ja => ikusei::Language::Japanese,
        };
        Hottest {
            id: lead.id.clone(),
            name: self.name(lead),
            rank: assessment.rank.clone().unwrap_or_default(),
            total: assessment
                .scores
                .values()
                .next()
                .map_or_else(String::new, |sheet| format!("{:.1}", sheet.total.to_f64())),
            reasons: assessment.explain(language),
        }
    }

    /// What people call a lead: its company, or the person, where the playbook says which field that is.
    fn name(&self, lead: &Lead) -> String {
        let text = |who: Identity| {
            self.playbook.fields().iter().find_map(|(name, policy)| match lead.fields.get(name) {
                Some(Value::Text(text)) if policy.identity == Some(who) && policy.kind == FieldType::Text => {
                    Some(text.clone())
                }
                _ => None,
            })
        };
        text(Identity::Company).or_else(|| text(Identity::Person)).unwrap_or_default()
    }

    /// The instant in the zone of the flag or, for the sample, as it is written there.
    fn shown_instant(&self) -> String {
        if self.args.as_of.is_none() && self.args.leads.is_none() {
            return sample::AS_OF.to_owned();
        }
        match self.args.zone {
            Some(zone) => self.at.to_datetime().with_timezone(&zone).to_rfc3339(),
            None => self.at.to_string(),
        }
    }
}

fn count<'a>(
    summary: &mut Summary,
    members: &mut [u64],
    segments: impl Iterator<Item = &'a String>,
    assessment: &Assessment,
    outcome: bool,
) {
    summary.leads += 1;
    let mut place = 0;
    for (index, (card, decision)) in summary.cards.iter_mut().zip(assessment.ranks.values()).enumerate() {
        let entry = card.ranks.entry(decision.rank.clone().unwrap_or_default());
        if index == 0 {
            place = entry.index();
        }
        let tally = entry.or_default();
        tally.leads += 1;
        tally.hot += u64::from(decision.hot);
        tally.converted += u64::from(outcome);
    }
    if let Some(sheet) = assessment.scores.values().next() {
        summary.points.push(Point {
            fit: sheet.fit().to_f64(),
            engagement: sheet.engagement().to_f64(),
            total: sheet.total.to_f64(),
            rank: place,
        });
    }
    for (name, slot) in segments.zip(members) {
        *slot += u64::from(assessment.segments.contains(name));
    }
}

/// Hot before cold, then by points, then by id, so that ties fall the same way in every order of the input.
fn keep_hottest(hottest: &mut Vec<(Reverse<bool>, Reverse<ikusei::Points>, &Lead)>, top: usize) {
    hottest.sort_by(|a, b| (a.0, a.1, &a.2.id).cmp(&(b.0, b.1, &b.2.id)));
    hottest.truncate(top);
}

fn conflict(reader: &ActivityReader, read: ReadActivity, error: &ikusei::Error) -> Rejected {
    let (message, help) = words(error);
    reader.reject(read, message, help)
}

fn unscored(file: &str, read: &ReadLead, error: &ikusei::Error) -> Rejected {
    let (message, help) = words(error);
    Rejected { file: file.to_owned(), line: read.line, column: None, message, help, row: read.row.clone() }
}

/// The first thing that the engine says, and what to do about it.
fn words(error: &ikusei::Error) -> (String, String) {
    let first = error.diagnostics().first();
    let message = first.map_or_else(
        || error.to_string(),
        |diagnostic| format!("{} ({})", diagnostic.message, diagnostic.code),
    );
    let help = first.and_then(|diagnostic| diagnostic.help.clone());
    (message, help.unwrap_or_else(|| "correct the row or the playbook".to_owned()))
}

/// A bar on standard error; nothing where that is no terminal.
pub(crate) fn progress(length: u64, what: &'static str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr_with_hz(8));
    let style = ProgressStyle::with_template("{msg:>10} {bar:40} {percent:>3}% {elapsed}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.with_message(what)
}

#[expect(
    clippy::disallowed_methods,
    reason = "a program may look at the clock; the engine gets the instant handed in"
)]
fn now() -> Result<Instant, Failure> {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .ok()
        .and_then(|since| i64::try_from(since.as_micros()).ok())
        .and_then(Instant::from_micros)
        .ok_or_else(|| {
            Failure::new("the clock of this machine cannot be used; name the instant with --as-of")
        })
}
