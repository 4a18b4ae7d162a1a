//! Checking segments, and the order in which they can be decided.

use crate::base::map::Map;

use crate::base::diagnostic::{Code, Diagnostic};
use crate::expr::{Env, Expected, Program};
use crate::lead::model::Model;
use crate::scoring::compile::escape;
use crate::segment::policy::{OrderPolicy, SegmentPolicy};

/// Every segment, ready to run.
#[derive(Debug)]
pub(crate) struct Segments {
    /// In the order of the playbook.
    pub(crate) segments: Box<[Segment]>,
    /// Numbers of all segments, each after those that it names.
    pub(crate) order: Box<[usize]>,
}

#[derive(Debug)]
pub(crate) struct Segment {
    pub(crate) name: String,
    pub(crate) label: Option<String>,
    pub(crate) when: Option<Program>,
    /// Sorted.
    pub(crate) include: Box<[String]>,
    /// Sorted.
    pub(crate) exclude: Box<[String]>,
    pub(crate) sort: Option<Sort>,
    pub(crate) limit: Option<usize>,
}

#[derive(Debug)]
pub(crate) struct Sort {
    pub(crate) by: Program,
    pub(crate) descending: bool,
}

impl Segments {
    /// Compiles all segments. `cards` are the scorecards, whose figures and ranks conditions may name.
    pub(crate) fn compile(
        model: &Model,
        policies: &Map<String, SegmentPolicy>,
        cards: &[&str],
        problems: &mut Vec<Diagnostic>,
    ) -> Self {
        let names: Vec<&str> = policies.keys().map(String::as_str).collect();
        let env = Env { cards, ranks: true, segments: &names, ..Env::new(model) };
        let segments: Box<[Segment]> =
            policies.iter().map(|(name, policy)| compile_segment(&env, name, policy, problems)).collect();
        let order = order(&segments, problems);
        Self { segments, order }
    }

    pub(crate) fn position(&self, name: &str) -> Option<usize> {
        self.segments.iter().position(|segment| segment.name == name)
    }
}

fn compile_segment(
    env: &Env<'_>,
    name: &str,
    policy: &SegmentPolicy,
    problems: &mut Vec<Diagnostic>,
) -> Segment {
    let base = format!("/segments/{}", escape(name));
    let rules = policy.rules();
    let mut program =
        |source: &str, expected: Expected, key: &str| match Program::compile(source, env, expected) {
            Ok(program) => Some(program),
            Err(diagnostics) => {
                problems
                    .extend(diagnostics.into_iter().map(|diagnostic| diagnostic.at(format!("{base}{key}"))));
                None
            }
        };
    let when_key = if matches!(policy, SegmentPolicy::Condition(_)) { "" } else { "/when" };
    let when = rules.when.as_ref().and_then(|when| program(when, Expected::Bool, when_key));
    let sort = rules.order.as_ref().and_then(|order| {
        let (source, key, descending) = match order {
            OrderPolicy::Ascending(source) => (source, "/order/ascending", false),
            OrderPolicy::Descending(source) => (source, "/order/descending", true),
        };
        Some(Sort { by: program(source, Expected::Any, key)?, descending })
    });
    if rules.when.is_none() && rules.include.is_empty() {
        problems.push(
            Diagnostic::error(Code::Empty, format!("segment `{name}` can have no members"))
                .at(base.clone())
                .with_help("give a condition as `when`, or ids as `include`"),
        );
    }
    for id in &rules.include {
        if rules.exclude.contains(id) {
            problems.push(
                Diagnostic::error(
                    Code::KeyCombination,
                    format!("`{id}` is on both lists of segment `{name}`"),
                )
                .at(format!("{base}/include"))
                .with_help("remove it from one: `exclude` would win"),
            );
        }
    }
    let sorted = |mut ids: Vec<String>| {
        ids.sort_unstable();
        ids.dedup();
        ids.into_boxed_slice()
    };
    Segment {
        name: name.to_owned(),
        label: rules.label,
        when,
        include: sorted(rules.include),
        exclude: sorted(rules.exclude),
        sort,
        limit: rules.limit.and_then(|limit| usize::try_from(limit).ok()),
    }
}

/// Sorts segments by dependency; a circle is reported once, with its names, and left in document order.
fn order(segments: &[Segment], problems: &mut Vec<Diagnostic>) -> Box<[usize]> {
    let mut order: Vec<usize> = Vec::with_capacity(segments.len());
    let mut done = vec![false; segments.len()];
    loop {
        let before = order.len();
        for (index, segment) in segments.iter().enumerate() {
            let ready = segment.needs().all(|needed| done.get(needed).copied().unwrap_or(true));
            if let Some(flag) = done.get_mut(index)
                && !*flag
                && ready
            {
                *flag = true;
                order.push(index);
            }
        }
        if order.len() == segments.len() {
            return order.into_boxed_slice();
        }
        if order.len() == before {
            problems.push(circle(segments, &done));
            order.extend((0..segments.len()).filter(|index| !done.get(*index).copied().unwrap_or(true)));
            return order.into_boxed_slice();
        }
    }
}

impl Segment {
    /// The segments that its condition names.
    fn needs(&self) -> impl Iterator<Item = usize> + '_ {
        self.when.iter().flat_map(|when| when.reads().segments.iter().copied())
    }
}

/// Follows unfinished segments until one comes again.
fn circle(segments: &[Segment], done: &[bool]) -> Diagnostic {
    let unfinished = |index: &usize| !done.get(*index).copied().unwrap_or(true);
    let mut path: Vec<usize> = Vec::new();
    let mut next = (0..segments.len()).find(unfinished);
    while let Some(index) = next {
        if let Some(start) = path.iter().position(|seen| *seen == index) {
            path.drain(..start);
            break;
        }
        path.push(index);
        next = segments.get(index).and_then(|segment| segment.needs().find(unfinished));
    }
    let name = |index: &usize| segments.get(*index).map_or("", |segment| segment.name.as_str());
    let mut names: Vec<String> = path.iter().map(|index| format!("`{}`", name(index))).collect();
    names.extend(names.first().cloned());
    let at = path.first().map(name).unwrap_or_default();
    Diagnostic::error(Code::Cycle, format!("segments name each other in a circle: {}", names.join(" -> ")))
        .at(format!("/segments/{}", escape(at)))
        .with_help("break the circle: write out one of the conditions")
}
