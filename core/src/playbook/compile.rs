//! From the document to everything that the engine runs, with all problems of all rooms at once.

#[cfg(any(feature = "simulation", all(feature = "nurturing", feature = "routing")))]
use indexmap::IndexMap;

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::suggest::nearest;
use crate::base::time::{Zone, ZoneError};
#[cfg(feature = "analytics")]
use crate::campaign::compile::Campaigns;
use crate::capture::cleanse::compile::Cleansers;
#[cfg(feature = "identity")]
use crate::capture::identity::compile::Identities;
use crate::capture::mapping::compile::Mappings;
use crate::capture::trust::TrustRules;
use crate::expr;
use crate::lead::model::Model;
#[cfg(any(feature = "simulation", all(feature = "nurturing", feature = "routing")))]
use crate::nurturing::ScenarioPolicy;
#[cfg(feature = "nurturing")]
use crate::nurturing::compile::{Names, Nurturing};
use crate::playbook::document::{Document, ScorecardPolicy};
#[cfg(feature = "nurturing")]
use crate::playbook::timed::is_timed;
use crate::qualification::compile::Qualification;
#[cfg(feature = "routing")]
use crate::routing::compile::Routing;
#[cfg(all(feature = "nurturing", feature = "routing"))]
use crate::routing::policy::RoutingPolicy;
use crate::scoring::compile::{Scoring, escape};
use crate::segment::compile::Segments;
use crate::{qualification, scoring};

/// A playbook, compiled.
#[derive(Debug)]
pub(crate) struct Compiled {
    #[cfg(feature = "nurturing")]
    pub(crate) name: String,
    pub(crate) fingerprint: String,
    pub(crate) model: Model,
    pub(crate) zone: Zone,
    pub(crate) scoring: Scoring,
    pub(crate) cards: Box<[Card]>,
    pub(crate) segments: Segments,
    pub(crate) cleansers: Cleansers,
    #[cfg(feature = "identity")]
    pub(crate) identities: Identities,
    pub(crate) mappings: Mappings,
    pub(crate) trust: TrustRules,
    #[cfg(feature = "nurturing")]
    pub(crate) nurturing: Nurturing,
    #[cfg(feature = "analytics")]
    pub(crate) campaigns: Campaigns,
    /// As written, for drawings.
    #[cfg(feature = "simulation")]
    pub(crate) scenarios: IndexMap<String, ScenarioPolicy>,
    #[cfg(feature = "routing")]
    pub(crate) routing: Routing,
    /// What its author wrote, for those who speak of it.
    #[cfg(feature = "trust")]
    pub(crate) written: Option<crate::playbook::Written>,
}

/// What belongs to a scorecard besides its rules.
#[derive(Debug)]
pub(crate) struct Card {
    pub(crate) name: String,
    pub(crate) label: Option<String>,
    pub(crate) qualification: Qualification,
}

impl Compiled {
    pub(crate) fn new(document: &Document, fingerprint: String) -> Result<Self, Vec<Diagnostic>> {
        let mut problems = Vec::new();
        check_names(document, &mut problems);
        let zone = zone(document, &mut problems);
        let mut model = Model::new(&document.fields, &document.activities);
        let names: Vec<&str> = document.scorecards.keys().map(String::as_str).collect();

        let scored: Vec<_> =
            document.scorecards.iter().map(|(name, card)| scoring_part(name, card)).collect();
        let scoring = Scoring::compile(&mut model, &scored, zone).map_err(|found| problems.extend(found));
        let mut cards = Vec::with_capacity(names.len());
        for (own, (name, card)) in document.scorecards.iter().enumerate() {
            let policy = qualification_part(name, card);
            let qualification = Qualification::compile(&model, &policy, &names, own, &mut problems);
            cards.push(Card { name: name.clone(), label: card.label.clone(), qualification });
        }
        let segments = Segments::compile(&model, &document.segments, &names, &mut problems);
        let cleansers = Cleansers::compile(&model, document.cleansing.as_ref(), zone, &mut problems);
        #[cfg(feature = "identity")]
        let identities = Identities::compile(&model, &cleansers, document.identity.as_ref(), &mut problems);
        #[cfg(not(feature = "identity"))]
        if document.identity.is_some() {
            problems.push(
                Diagnostic::error(Code::NotInThisBuild, "this build tells no records apart")
                    .at("/identity")
                    .with_help("take `identity` out, or a build with the feature `identity`"),
            );
        }
        let mappings = Mappings::compile(&model, &document.capture, &mut problems);
        let trust = TrustRules::compile(&model, document.trust.as_ref(), &mut problems);
        #[cfg(feature = "nurturing")]
        let nurturing = {
            let segment_names: Vec<&str> = document.segments.keys().map(String::as_str).collect();
            let timed = scoring.as_ref().is_ok_and(|scoring| is_timed(scoring, &cards, &segments));
            Nurturing::compile(
                &Names { model: &model, cards: &names, segments: &segment_names, zone, timed },
                document.contact_policy.as_ref(),
                &document.templates,
                &document.scenarios,
                &mut problems,
            )
        };
        #[cfg(not(feature = "nurturing"))]
        for (key, given) in [
            ("contact_policy", document.contact_policy.is_some()),
            ("templates", !document.templates.is_empty()),
            ("scenarios", !document.scenarios.is_empty()),
        ] {
            if given {
                problems.push(
                    Diagnostic::error(Code::NotInThisBuild, "this build nurtures no leads")
                        .at(format!("/{key}"))
                        .with_help(format!("take `{key}` out, or a build with the feature `nurturing`")),
                );
            }
        }
        #[cfg(feature = "analytics")]
        let campaigns = {
            let segments: Vec<&str> = document.segments.keys().map(String::as_str).collect();
            let names =
                crate::campaign::compile::Names { model: &model, cards: &names, segments: &segments, zone };
            Campaigns::compile(&names, &document.campaigns, &mut problems)
        };
        #[cfg(not(feature = "analytics"))]
        if !document.campaigns.is_empty() {
            problems.push(
                Diagnostic::error(Code::NotInThisBuild, "this build plans no campaigns")
                    .at("/campaigns")
                    .with_help("take `campaigns` out, or a build with the feature `analytics`"),
            );
        }
        #[cfg(feature = "routing")]
        let routing = document.routing.as_ref().map_or_else(Routing::default, |routing| {
            let segments: Vec<&str> = document.segments.keys().map(String::as_str).collect();
            #[cfg(feature = "nurturing")]
            check_recycling(routing, &document.scenarios, &mut problems);
            Routing::compile(&model, routing, &names, &segments, &mut problems)
        });
        #[cfg(not(feature = "routing"))]
        if document.routing.is_some() {
            problems.push(
                Diagnostic::error(Code::NotInThisBuild, "this build hands no leads over")
                    .at("/routing")
                    .with_help("take `routing` out, or a build with the feature `routing`"),
            );
        }
        match scoring {
            Ok(scoring) if problems.is_empty() => Ok(Self {
                #[cfg(feature = "nurturing")]
                name: document.name.clone(),
                fingerprint,
                model,
                zone,
                scoring,
                cards: cards.into_boxed_slice(),
                segments,
                cleansers,
                #[cfg(feature = "identity")]
                identities,
                mappings,
                trust,
                #[cfg(feature = "nurturing")]
                nurturing,
                #[cfg(feature = "analytics")]
                campaigns,
                #[cfg(feature = "simulation")]
                scenarios: document.scenarios.clone(),
                #[cfg(feature = "routing")]
                routing,
                #[cfg(feature = "trust")]
                written: None,
            }),
            _ => Err(problems),
        }
    }
}

/// What sales gives back goes to scenarios that there are; a playbook without any leaves that to its host.
#[cfg(all(feature = "nurturing", feature = "routing"))]
fn check_recycling(
    routing: &RoutingPolicy,
    scenarios: &IndexMap<String, ScenarioPolicy>,
    problems: &mut Vec<Diagnostic>,
) {
    if scenarios.is_empty() {
        return;
    }
    let reasons = routing.recycle.iter().filter_map(|(reason, policy)| {
        Some((format!("/routing/recycle/{}/scenario", escape(reason)), policy.scenario.as_deref()?))
    });
    let policies = routing.policies.iter().filter_map(|(name, policy)| {
        let path = format!("/routing/policies/{}/sla/recycle", escape(name));
        Some((path, policy.sla.as_ref()?.recycle.as_deref()?))
    });
    for (path, name) in reasons.chain(policies) {
        if !scenarios.contains_key(name) {
            let known = nearest(name, scenarios.keys().map(String::as_str));
            problems.push(
                Diagnostic::error(Code::UnknownReference, format!("there is no scenario `{name}`"))
                    .at(path)
                    .with_help("declare it under `scenarios`")
                    .did_you_mean(known),
            );
        }
    }
}

fn scoring_part<'a>(name: &'a str, card: &'a ScorecardPolicy) -> scoring::compile::CardPolicy<'a> {
    scoring::compile::CardPolicy {
        name,
        rules: &card.rules,
        groups: &card.groups,
        min: card.min,
        max: card.max,
        probability: card.probability,
    }
}

fn qualification_part<'a>(
    name: &'a str,
    card: &'a ScorecardPolicy,
) -> qualification::compile::CardPolicy<'a> {
    qualification::compile::CardPolicy {
        name,
        about: card.about.as_ref(),
        ranks: &card.ranks,
        matrix: card.matrix.as_ref(),
        disqualify: &card.disqualify,
        hot: &card.hot,
    }
}

fn zone(document: &Document, problems: &mut Vec<Diagnostic>) -> Zone {
    let Some(name) = &document.timezone else { return Zone::UTC };
    Zone::parse(name).unwrap_or_else(|error| {
        let diagnostic = match error {
            ZoneError::Unknown => {
                Diagnostic::error(Code::UnknownZone, format!("no time zone is called `{name}`"))
                    .with_help(
                        "name one of the IANA database, such as `Asia/Tokyo`, or an offset such as `+09:00`",
                    )
                    .did_you_mean(nearest(name, COMMON_ZONES))
            }
            ZoneError::NotInThisBuild => Diagnostic::error(
                Code::NotInThisBuild,
                format!("this build does not know the time zone `{name}`"),
            )
            .with_help(
                "use `UTC`, `Asia/Tokyo` or an offset such as `+09:00`, or a build with the feature `zones`",
            ),
        };
        problems.push(diagnostic.at("/timezone"));
        Zone::UTC
    })
}

/// For suggestions only: the whole database has names near to almost anything.
const COMMON_ZONES: [&str; 12] = [
    "Asia/Tokyo",
    "Asia/Seoul",
    "Asia/Shanghai",
    "Asia/Singapore",
    "Asia/Kolkata",
    "Europe/London",
    "Europe/Paris",
    "Europe/Berlin",
    "America/New_York",
    "America/Chicago",
    "America/Los_Angeles",
    "Australia/Sydney",
];

/// Names that expressions must be able to hold are identifiers, and not words of the language.
fn check_names(document: &Document, problems: &mut Vec<Diagnostic>) {
    if document.name.is_empty() {
        problems.push(
            Diagnostic::error(Code::BadName, "the playbook's name is empty")
                .at("/name")
                .with_help("give it a short name"),
        );
    }
    for name in document.fields.keys() {
        check_name(name, "fields", true, problems);
    }
    for (name, activity) in &document.activities {
        check_name(name, "activities", false, problems);
        for property in activity.properties.keys() {
            check_name(property, &format!("activities/{}/properties", escape(name)), true, problems);
        }
    }
    for name in document.scorecards.keys() {
        check_name(name, "scorecards", false, problems);
    }
    for name in document.segments.keys() {
        check_name(name, "segments", false, problems);
    }
    for name in document.templates.keys() {
        check_name(name, "templates", false, problems);
    }
    for name in document.scenarios.keys() {
        check_name(name, "scenarios", false, problems);
    }
    for name in document.campaigns.keys() {
        check_name(name, "campaigns", false, problems);
    }
}

fn check_name(name: &str, list: &str, in_expressions: bool, problems: &mut Vec<Diagnostic>) {
    let path = || format!("/{list}/{}", escape(name));
    if name.is_empty() {
        problems.push(
            Diagnostic::error(Code::BadName, "a name cannot be empty")
                .at(path())
                .with_help("give it a short name"),
        );
    } else if in_expressions && !expr::is_name(name) {
        problems.push(
            Diagnostic::error(Code::BadName, format!("`{name}` cannot be named in an expression"))
                .at(path())
                .with_help("begin with a letter, go on with letters, digits and `_`, and avoid the words of the expression language; put what people call it into `label`"),
        );
    }
}
