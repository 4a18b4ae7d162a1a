//! The plan: which kernel does what, for somebody who wonders why a table is fast or slow.

use std::fmt;

use serde::Serialize;

use crate::base::diagnostic::Diagnostic;
use crate::base::error::Error;
use crate::columnar::options::TableOptions;
use crate::columnar::plan::Scope;
use crate::engine::Engine;

/// How a table would be assessed.
///
/// ```
/// # let engine = ikusei::Playbook::parse(r#"{ikusei: 1, name: demo, fields: {industry: {type: text}, employees: {type: integer}},
/// #   scorecards: {overall: {rules: [
/// #     {id: target, when: 'industry == "IT"', points: 20}, {id: size, when: 'employees > 50', points: 5},
/// #     {id: both, when: 'industry == "IT" && employees > 300', points: 5}], ranks: [{rank: C}]}}}"#)?.compile()?;
/// let plan = engine.plan(&ikusei::columnar::TableOptions::new())?;
/// assert_eq!(plan.to_string(), "\
/// industry: one automaton for 1 questions, once per dictionary value
///   target
/// employees: interval search over 1 bounds
///   size
/// row by row
///   both
/// ");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TablePlan {
    /// What is done, in this order.
    pub steps: Vec<PlanStep>,
}

/// One pass over a column, or over rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct PlanStep {
    /// The field or property; absent where whole rows are looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// What is done with it.
    pub kernel: String,
    /// The ids of the rules that are decided by it.
    pub rules: Vec<String>,
}

impl Engine {
    /// How tables are assessed with these options: the kernels per column, and the rules that each decides.
    ///
    /// # Errors
    /// `IK0601` for options that name what does not exist.
    pub fn plan(&self, options: &TableOptions) -> Result<TablePlan, Error> {
        let compiled = &*self.compiled;
        let mut problems: Vec<Diagnostic> = Vec::new();
        let scope = Scope::new(compiled, options, &mut problems);
        if let Some(first) = problems.into_iter().next() {
            return Err(Error::call(first));
        }
        let made = self.kernels.of(compiled, &scope);
        let behaviour = &made.behaviour;
        let id = |(card, rule): &(usize, usize)| {
            let rule = compiled.scoring.cards.get(*card).and_then(|card| card.rules.get(*rule));
            rule.map_or_else(String::new, |rule| rule.id.clone())
        };
        let mut steps: Vec<PlanStep> = made
            .fit
            .describe(compiled)
            .into_iter()
            .map(|(column, kernel, rules)| PlanStep { column: Some(column), kernel, rules })
            .collect();
        let mut push = |kernel: &str, rules: Vec<String>| {
            if !rules.is_empty() {
                steps.push(PlanStep { column: None, kernel: kernel.to_owned(), rules });
            }
        };
        push("row by row", made.rows.iter().map(id).collect());
        push(&behaviour.describe(), behaviour.covered().map(id).collect());
        push("activity by activity", behaviour.uncovered(compiled, &scope).iter().map(id).collect());
        Ok(TablePlan { steps })
    }
}

impl fmt::Display for TablePlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in &self.steps {
            if let Some(column) = &step.column {
                write!(f, "{column}: ")?;
            }
            writeln!(f, "{}\n  {}", step.kernel, step.rules.join(", "))?;
        }
        Ok(())
    }
}
