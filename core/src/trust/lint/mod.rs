//! Lint: what a playbook says and cannot mean.
//!
//! Conditions become sets of combinations of `cells`, in a `space` of their own; `reach` says between what points can
//! be. Whatever is said to be impossible is so for every lead whose fields hold the values that they declare; what
//! history, time or a source may be is left open. An example is run before it is shown.

#[cfg(feature = "nurturing")]
mod arrivals;
mod best;
#[cfg(feature = "analytics")]
mod campaigns;
mod cells;
mod conditions;
mod example;
mod fields;
mod finding;
#[cfg(feature = "nurturing")]
mod flows;
#[cfg(feature = "nurturing")]
mod messages;
#[cfg(feature = "nurturing")]
mod openings;
mod places;
mod ranks;
mod reach;
mod rules;
mod segments;
mod space;
#[cfg(feature = "nurturing")]
mod steps;
#[cfg(feature = "nurturing")]
mod templates;

use indexmap::IndexMap;

use crate::base::diagnostic::Diagnostic;
use crate::base::points::Points;
use crate::engine::Engine;
use crate::expr::Figure;
#[cfg(any(feature = "nurturing", feature = "routing", feature = "analytics"))]
use crate::expr::{Env, Expected, Program};
use crate::playbook::compile::Compiled;
use crate::playbook::{Document, Playbook};

pub use finding::{Lint, LintExample, LintFinding, LintOptions, OverlapRelation, ScoreRange, SegmentOverlap};

use cells::Domain;
use reach::{Reach, Span};

impl Playbook {
    /// What the playbook says and probably does not mean: ranks that cannot be reached, conditions that hold always or
    /// never, limits that never bind and the like, each with its code, its place, a sentence, what to do and, where one
    /// can show it, a lead. `docs/lint.md` lists the codes.
    ///
    /// Sound: what is said to be impossible is impossible, for leads whose fields hold only the `values` that they
    /// declare, where they declare any, and that held no rank before. Not complete: what looks at history, at time or
    /// at a source may be anything.
    ///
    /// ```
    /// let playbook = ikusei::Playbook::parse(r#"
    /// ikusei: 1
    /// name: demo
    /// fields: { size: { type: integer } }
    /// scorecards:
    ///   overall:
    ///     rules: [{ id: big, when: 'size >= 300', points: 25 }]
    ///     ranks: [{ rank: A, at_least: 80 }, { rank: B }]
    /// "#)?;
    /// let lint = playbook.lint();
    /// let found = &lint.findings[0].diagnostic;
    /// assert_eq!(found.message, "rank `A` needs 80 points, and no lead has more than 25");
    /// assert_eq!(found.span.as_ref().map(|span| span.line), Some(8));
    /// # Ok::<(), ikusei::Error>(())
    /// ```
    #[must_use]
    pub fn lint(&self) -> Lint {
        self.lint_with(&LintOptions::default())
    }

    /// The same without what is not wanted.
    ///
    /// ```
    /// use ikusei::{Code, LintOptions};
    /// let playbook = ikusei::Playbook::parse("ikusei: 1\nname: demo\nfields: { size: { type: integer } }\n")?;
    /// assert_eq!(playbook.lint().findings[0].diagnostic.code, Code::UnusedField);
    /// assert!(playbook.lint_with(&LintOptions::default().without(Code::UnusedField)).findings.is_empty());
    /// # Ok::<(), ikusei::Error>(())
    /// ```
    #[must_use]
    pub fn lint_with(&self, options: &LintOptions) -> Lint {
        Engine::of(self.compiled()).lint(options)
    }
}

impl Engine {
    /// The lint of its playbook: see [`Playbook::lint_with`].
    #[must_use]
    pub fn lint(&self, options: &LintOptions) -> Lint {
        let mut lint = Lint {
            findings: Vec::new(),
            ranges: IndexMap::new(),
            overlaps: Vec::new(),
            messages: IndexMap::new(),
        };
        // INVARIANT: every playbook keeps what its author wrote.
        let Some(written) = &self.compiled.written else { return lint };
        let mut linter = Linter::new(self, &written.document);
        linter.run();
        lint.ranges = linter.ranges();
        lint.overlaps = std::mem::take(&mut linter.overlaps);
        lint.messages = std::mem::take(&mut linter.messages);
        let (mut diagnostics, mut examples) = (Vec::new(), Vec::new());
        for (number, LintFinding { mut diagnostic, example }) in linter.findings.into_iter().enumerate() {
            if options.takes(&diagnostic) {
                written.locate(&mut diagnostic);
                diagnostics.push((number, diagnostic));
                examples.push((number, example));
            }
        }
        written.sort(&mut diagnostics);
        let mut examples: IndexMap<usize, Option<LintExample>> = examples.into_iter().collect();
        let finding = |(number, diagnostic): (usize, Diagnostic)| LintFinding {
            diagnostic,
            example: examples.get_mut(&number).and_then(Option::take),
        };
        lint.findings = diagnostics.into_iter().map(finding).collect();
        lint
    }
}

struct Linter<'p> {
    engine: &'p Engine,
    compiled: &'p Compiled,
    document: &'p Document,
    reaches: Vec<Reach>,
    figures: Vec<Vec<(Figure, Span)>>,
    findings: Vec<LintFinding>,
    overlaps: Vec<SegmentOverlap>,
    messages: IndexMap<String, u32>,
    /// Ranks that no lead reaches, by scorecard.
    #[cfg(feature = "nurturing")]
    unreached: Vec<(usize, String)>,
}

impl<'p> Linter<'p> {
    fn new(engine: &'p Engine, document: &'p Document) -> Self {
        let compiled = &*engine.compiled;
        let cards = compiled.scoring.cards.iter().enumerate();
        let reaches: Vec<Reach> = cards.map(|(number, card)| reach::reach(compiled, number, card)).collect();
        Self {
            engine,
            compiled,
            document,
            figures: reaches.iter().map(Reach::figures).collect(),
            reaches,
            findings: Vec::new(),
            overlaps: Vec::new(),
            messages: IndexMap::new(),
            #[cfg(feature = "nurturing")]
            unreached: Vec::new(),
        }
    }

    fn run(&mut self) {
        self.fields();
        self.conditions();
        self.rules();
        self.ranks();
        self.segments();
        #[cfg(feature = "nurturing")]
        {
            self.steps();
            self.loops();
            self.load();
            self.templates();
        }
        #[cfg(feature = "analytics")]
        self.campaigns();
    }

    fn ranges(&self) -> IndexMap<String, ScoreRange> {
        let points = |end: Option<i128>| end.and_then(Points::from_wide);
        let range =
            |reach: &Reach| ScoreRange { min: points(reach.total.low), max: points(reach.total.high) };
        self.compiled
            .cards
            .iter()
            .zip(&self.reaches)
            .map(|(card, reach)| (card.name.clone(), range(reach)))
            .collect()
    }

    fn find(&mut self, diagnostic: Diagnostic, example: Option<LintExample>) {
        self.findings.push(LintFinding { diagnostic, example });
    }

    fn domain<'a>(&'a self, kinds: &'a [usize]) -> Domain<'a> {
        Domain { compiled: self.compiled, figures: &self.figures, kinds }
    }

    #[cfg(any(feature = "nurturing", feature = "routing", feature = "analytics"))]
    /// Compiles a condition that stands outside of the scorecards. It was checked when the playbook was read.
    fn program(&self, source: &str, activity: &[usize], account: bool) -> Option<Program> {
        let cards: Vec<&str> = self.document.scorecards.keys().map(String::as_str).collect();
        let segments: Vec<&str> = self.document.segments.keys().map(String::as_str).collect();
        let env = Env {
            cards: &cards,
            ranks: true,
            segments: &segments,
            activity: (!activity.is_empty()).then_some(activity),
            account,
            ..Env::new(&self.compiled.model)
        };
        Program::compile(source, &env, Expected::Bool).ok()
    }
}
