//! Drawing scenarios, and counting who came by where.

use indexmap::IndexMap;

use super::Engine;
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::error::Error;
use crate::base::suggest::nearest;
use crate::explain::Language;
use crate::lead::record::Lead;
use crate::nurturing::diagram::{DiagramFormat, StepCounts, Tongue, count, draw};

impl Engine {
    /// A scenario as a picture: its present version, with the counts of leads at every step where they are given.
    ///
    /// # Errors
    /// `IK0601` for a scenario that the playbook does not have.
    ///
    /// ```
    /// use ikusei::{DiagramFormat, Language, Playbook};
    /// let engine = Playbook::parse(r#"
    /// ikusei: 1
    /// name: demo
    /// activities: { reply: {} }
    /// templates: { hello: { channel: email } }
    /// scenarios:
    ///   welcome:
    ///     enrol: [manual]
    ///     steps: [{ send: { template: hello } }, { wait: { activity: { kind: reply }, for: 7d } }]
    /// "#)?.compile()?;
    /// let text = engine.diagram("welcome", DiagramFormat::Mermaid, Language::English, None)?;
    /// assert!(text.contains(r#"n1["Mail<br/>hello"]"#));
    /// let svg = engine.diagram("welcome", DiagramFormat::Svg, Language::Japanese, None)?;
    /// assert!(svg.starts_with("<svg ") && svg.contains("メール"));
    /// # Ok::<(), ikusei::Error>(())
    /// ```
    pub fn diagram(
        &self,
        scenario: &str,
        format: DiagramFormat,
        language: Language,
        counts: Option<&StepCounts>,
    ) -> Result<String, Error> {
        let Some(policy) = self.compiled.scenarios.get(scenario) else {
            let known = nearest(scenario, self.compiled.scenarios.keys().map(String::as_str));
            let diagnostic = Diagnostic::error(Code::BadCall, format!("no scenario is called `{scenario}`"));
            return Err(Error::call(
                diagnostic.with_help("name one of the playbook's `scenarios`").did_you_mean(known),
            ));
        };
        let tongue = match language {
            Language::English => Tongue::English,
            Language::Japanese => Tongue::Japanese,
        };
        Ok(draw(scenario, policy, &self.compiled.nurturing.templates, format, tongue, counts))
    }

    /// How many leads came by each step of each scenario, by what their records say: of each lead its present passage,
    /// or its last.
    ///
    /// ```
    /// use ikusei::{Input, Instant, Lead, Manual, Playbook};
    /// let engine = Playbook::parse(r#"
    /// ikusei: 1
    /// name: demo
    /// scenarios: { slow: { enrol: [manual], steps: [{ wait: { id: week, for: 7d } }, { notify: { to: sales } }] } }
    /// "#)?.compile()?;
    /// let at: Instant = "2026-05-01T09:00:00+09:00".parse()?;
    /// let enrol = Input::Enrol(Manual { scenario: "slow".to_owned(), id: None });
    /// let lead = engine.process(Lead::new("a"), &enrol, at)?.lead;
    /// let counts = engine.step_counts([&lead]);
    /// assert_eq!((counts["slow"].steps["week"].waiting, counts["slow"].steps["1"].entered), (1, 0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn step_counts<'l>(&self, leads: impl IntoIterator<Item = &'l Lead>) -> IndexMap<String, StepCounts> {
        count(&self.compiled.nurturing, leads)
    }
}
