//! Messages in a build without templates: whatever says something is refused.

use indexmap::IndexMap;

use super::Lacking;
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::text::pointer_escape;
use crate::lead::model::Model;
use crate::lead::record::Lead;
use crate::nurturing::policy::{BodyPolicy, ScenarioPolicy, TemplatePolicy};

#[derive(Debug)]
pub(crate) struct Messages;

impl Messages {
    pub(crate) fn compile(
        _: &Model,
        templates: &IndexMap<String, TemplatePolicy>,
        _: &IndexMap<String, ScenarioPolicy>,
        _: &dyn Fn(&str) -> bool,
        problems: &mut Vec<Diagnostic>,
    ) -> Self {
        for (name, template) in templates {
            for (version, _) in template.versions.iter().filter(|(_, body)| **body != BodyPolicy::default()) {
                problems.push(
                    Diagnostic::error(Code::NotInThisBuild, "this build renders no templates")
                        .at(format!(
                            "/templates/{}/versions/{}",
                            pointer_escape(name),
                            pointer_escape(version)
                        ))
                        .with_help("take the texts out, or a build with the feature `templates`"),
                );
            }
        }
        Self
    }

    #[expect(clippy::unused_self, reason = "a build with templates asks what they need")]
    pub(crate) fn lacking(&self, _: &str, _: Option<&str>, _: &Lead) -> Option<Lacking> {
        None
    }
}
