//! Where conditions stand.

use crate::expr::Program;
#[cfg(any(feature = "nurturing", feature = "analytics"))]
use crate::lead::model::Model;
use crate::scoring::compile::escape;
use crate::segment::SegmentPolicy;
use crate::trust::lint::Linter;

/// A condition and where it stands.
pub(super) struct Place {
    pub(super) program: Program,
    pub(super) path: String,
    /// Whose condition it is.
    pub(super) what: String,
    /// The kinds of the activity that it is about.
    pub(super) kinds: Vec<usize>,
    /// Whether there must be one, so that one that says nothing is meant: of a segment, of what a team covers.
    pub(super) asked_for: bool,
    /// Whether lists may make it mean less: a segment with `include` or `exclude`.
    pub(super) lists: bool,
    /// Whether a negation that takes what is empty is worth a word.
    pub(super) selects: bool,
}

impl Place {
    pub(super) fn new(program: Program, path: String, what: String) -> Self {
        Self { program, path, what, kinds: Vec::new(), asked_for: false, lists: false, selects: false }
    }
}

impl Linter<'_> {
    /// Every condition but those of ranks and of branches, which are part of what is reached by them.
    pub(super) fn places(&self) -> Vec<Place> {
        let compiled = self.compiled;
        let mut places = Vec::new();
        for (card, scored) in compiled.cards.iter().zip(&compiled.scoring.cards) {
            for rule in &scored.rules {
                if let Some(program) = &rule.when {
                    let (path, what) = (format!("{}/when", rule.path), format!("rule `{}`", rule.id));
                    let kinds = rule.on.as_ref().map(|on| on.kinds.to_vec()).unwrap_or_default();
                    places.push(Place { kinds, selects: true, ..Place::new(program.clone(), path, what) });
                }
            }
            for (index, rule) in card.qualification.disqualify.iter().enumerate() {
                let path = format!("{}/disqualify/{index}/when", card.qualification.path);
                let what = format!("the disqualification `{}`", rule.id);
                places.push(Place { selects: true, ..Place::new(rule.when.clone(), path, what) });
            }
        }
        for (segment, policy) in compiled.segments.segments.iter().zip(self.document.segments.values()) {
            if let Some(program) = &segment.when {
                let key = if matches!(policy, SegmentPolicy::Condition(_)) { "" } else { "/when" };
                let path = format!("/segments/{}{key}", escape(&segment.name));
                let lists = !segment.include.is_empty() || !segment.exclude.is_empty();
                let what = format!("segment `{}`", segment.name);
                let place = Place::new(program.clone(), path, what);
                places.push(Place { lists, asked_for: true, selects: true, ..place });
            }
        }
        #[cfg(feature = "nurturing")]
        self.scenario_places(&mut places);
        #[cfg(feature = "routing")]
        self.routing_places(&mut places);
        #[cfg(feature = "analytics")]
        self.campaign_places(&mut places);
        places
    }

    #[cfg(feature = "nurturing")]
    fn scenario_places(&self, places: &mut Vec<Place>) {
        use crate::nurturing::TriggerPolicy;

        for (name, scenario) in &self.document.scenarios {
            let base = format!("/scenarios/{}", escape(name));
            let mut add = |source: &str, path: String, what: String| {
                places
                    .extend(self.program(source, &[], false).map(|program| Place::new(program, path, what)));
            };
            if let Some(scope) = &scenario.scope {
                add(scope, format!("{base}/scope"), format!("the scope of scenario `{name}`"));
            }
            if let Some(goal) = &scenario.goal {
                add(goal, format!("{base}/goal"), format!("the goal of scenario `{name}`"));
            }
            for (index, exit) in scenario.exit.iter().enumerate() {
                let what = format!("an exit of scenario `{name}`");
                add(&exit.when, format!("{base}/exit/{index}/when"), what);
            }
            for (index, trigger) in scenario.enrol.iter().enumerate() {
                if let TriggerPolicy::Activity(activity) = trigger {
                    let what = format!("what enrols in scenario `{name}`");
                    self.activity_place(activity, &format!("{base}/enrol/{index}/activity"), what, places);
                }
            }
            self.step_places(&scenario.steps, &format!("{base}/steps"), name, places);
        }
    }

    #[cfg(feature = "nurturing")]
    fn activity_place(
        &self,
        activity: &crate::nurturing::ActivityMatch,
        path: &str,
        what: String,
        places: &mut Vec<Place>,
    ) {
        let kinds = kinds(&self.compiled.model, &activity.kind);
        let program = activity.when.as_ref().and_then(|when| self.program(when, &kinds, false));
        places.extend(
            program.map(|program| Place { kinds, ..Place::new(program, format!("{path}/when"), what) }),
        );
    }

    #[cfg(feature = "nurturing")]
    fn step_places(
        &self,
        steps: &[crate::nurturing::StepPolicy],
        path: &str,
        scenario: &str,
        places: &mut Vec<Place>,
    ) {
        use crate::nurturing::StepPolicy;

        for (index, step) in steps.iter().enumerate() {
            let at = format!("{path}/{index}");
            let what = format!("a wait of scenario `{scenario}`");
            match step {
                StepPolicy::Wait(wait) => {
                    if let Some(until) = &wait.until {
                        let place = self.program(until, &[], false);
                        let place = place
                            .map(|program| Place::new(program, format!("{at}/wait/until"), what.clone()));
                        places.extend(place);
                    }
                    if let Some(activity) = &wait.activity {
                        self.activity_place(activity, &format!("{at}/wait/activity"), what, places);
                    }
                }
                StepPolicy::Invite(invite) => {
                    if let Some(attendance) = &invite.attendance {
                        let path = format!("{at}/invite/attendance/activity");
                        self.activity_place(&attendance.activity, &path, what, places);
                    }
                }
                _ => {}
            }
            for (steps, path) in crate::trust::lint::arrivals::blocks(step, &at) {
                self.step_places(steps, &path, scenario, places);
            }
        }
    }

    #[cfg(feature = "routing")]
    fn routing_places(&self, places: &mut Vec<Place>) {
        let Some(routing) = &self.document.routing else { return };
        for (name, team) in &routing.teams {
            if let Some(program) = team.covers.as_ref().and_then(|covers| self.program(covers, &[], true)) {
                let path = format!("/routing/teams/{}/covers", escape(name));
                let what = format!("what team `{name}` covers");
                places.push(Place { asked_for: true, ..Place::new(program, path, what) });
            }
        }
        for (name, policy) in &routing.policies {
            for (index, rule) in policy.accountable.iter().enumerate() {
                let Some(program) = rule.when.as_ref().and_then(|when| self.program(when, &[], true)) else {
                    continue;
                };
                let path = format!("/routing/policies/{}/accountable/{index}/when", escape(name));
                let id = rule.id.clone().unwrap_or_else(|| format!("rule-{}", index + 1));
                places.push(Place::new(program, path, format!("rule `{id}` of policy `{name}`")));
            }
        }
    }

    #[cfg(feature = "analytics")]
    fn campaign_places(&self, places: &mut Vec<Place>) {
        for (name, campaign) in &self.document.campaigns {
            for (goal, policy) in &campaign.goals {
                let Some(when) = &policy.when else { continue };
                let kinds = policy.on.as_ref().map(|on| kinds(&self.compiled.model, on)).unwrap_or_default();
                let Some(program) = self.program(when, &kinds, false) else { continue };
                let path = format!("/campaigns/{}/goals/{}/when", escape(name), escape(goal));
                let what = format!("goal `{goal}` of campaign `{name}`");
                places.push(Place { kinds, ..Place::new(program, path, what) });
            }
        }
    }
}

/// The number of a kind of activity, as a list of one.
#[cfg(any(feature = "nurturing", feature = "analytics"))]
pub(super) fn kinds(model: &Model, name: &str) -> Vec<usize> {
    model.activity(name).map(|(kind, _)| kind).into_iter().collect()
}
