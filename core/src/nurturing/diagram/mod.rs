//! A scenario as a picture: Mermaid, Graphviz, or an SVG that stands by itself, with counts of leads at every step.
//!
//! `plan` makes of the steps that an author wrote a tree of boxes with words (`words`); `graph` writes it as text for
//! Mermaid and Graphviz, `layout` and `svg` draw it. `counts` says from records how many leads came by where.

mod counts;
mod graph;
mod layout;
mod plan;
mod svg;
mod words;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

pub(crate) use counts::count;
pub use counts::{Passages, StepCount, StepCounts};
pub(crate) use words::Tongue;

use crate::nurturing::policy::{ScenarioPolicy, TemplatePolicy};

/// What a diagram is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum DiagramFormat {
    /// Text for [Mermaid](https://mermaid.js.org), which GitHub and many wikis draw.
    Mermaid,
    /// Text for [Graphviz](https://graphviz.org) (DOT).
    Graphviz,
    /// A picture that needs nothing else.
    #[default]
    Svg,
}

/// Draws the present version of a scenario.
pub(crate) fn draw(
    name: &str,
    policy: &ScenarioPolicy,
    templates: &IndexMap<String, TemplatePolicy>,
    format: DiagramFormat,
    tongue: Tongue,
    counts: Option<&StepCounts>,
) -> String {
    let plan = plan::Plan::new(name, policy, templates, tongue, counts);
    match format {
        DiagramFormat::Mermaid => graph::mermaid(&plan),
        DiagramFormat::Graphviz => graph::graphviz(&plan),
        DiagramFormat::Svg => svg::svg(&plan),
    }
}
