//! The engine's part of templates: messages, and previews of them.

use indexmap::IndexMap;

use super::Engine;
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::error::Error;
use crate::base::time::Instant;
use crate::lead::facts::Facts;
use crate::lead::record::Lead;
use crate::lead::value::Value;
use crate::nurturing::template::{Request, Sent};
use crate::nurturing::{Effect, Intent, Rendered};

/// What a message is made for.
pub(crate) struct Message<'a> {
    pub(crate) template: &'a str,
    pub(crate) version: Option<&'a str>,
    /// The lead of the effect; nobody's for a preview.
    pub(crate) lead: Option<&'a str>,
    pub(crate) at: Instant,
    pub(crate) sent: Option<Sent<'a>>,
}

impl Engine {
    /// What a template says to a lead, without sending anything: the first version, if none is named.
    ///
    /// Values that come with the sending (`unsubscribe_url`, `owner.name`, ...) may be given; where they are not, and
    /// where the lead lacks what the message needs, the merge field stays in its place, and `fields` say so.
    ///
    /// # Errors
    /// `IK0601` for a template, a version or a value that the playbook does not have, or a version without texts;
    /// `IK0402` if a field is not of its declared type; `IK0826` and `IK0827` for a message that cannot be made.
    ///
    /// ```
    /// use ikusei::{Instant, Lead, Playbook};
    /// let engine = Playbook::parse(r#"
    /// ikusei: 1
    /// name: demo
    /// timezone: Asia/Tokyo
    /// fields: { last_name: { type: text } }
    /// templates:
    ///   thanks:
    ///     channel: email
    ///     class: transactional
    ///     versions: { a: { subject: "{{ lead.last_name | sama }}", html: "<p>{{ lead.last_name | sama }}</p>" } }
    /// "#)?.compile()?;
    /// let lead = Lead::new("lead-1").with_field("last_name", "<山田>");
    /// let at: Instant = "2026-05-01T09:00:00+09:00".parse()?;
    /// let preview = engine.preview("thanks", None, &lead, at, &Default::default())?;
    /// assert_eq!(preview.subject.as_deref(), Some("<山田>様"));
    /// assert_eq!(preview.html.as_deref(), Some("<p>&lt;山田&gt;様</p>"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn preview(
        &self,
        template: &str,
        version: Option<&str>,
        lead: &Lead,
        at: impl Into<Instant>,
        values: &IndexMap<String, Value>,
    ) -> Result<Rendered, Error> {
        self.message(&Message { template, version, lead: None, at: at.into(), sent: None }, lead, values)
    }

    /// The message of an effect that sends or invites, for the host to hand to whatever delivers it.
    ///
    /// # Errors
    /// `IK0825` for every value that the message needs and neither the lead nor `values` have; otherwise as
    /// [`Engine::preview`], and `IK0601` for an effect that carries no message or is another lead's.
    pub fn render(
        &self,
        effect: &Effect,
        lead: &Lead,
        values: &IndexMap<String, Value>,
    ) -> Result<Rendered, Error> {
        let (template, version) = match &effect.intent {
            Intent::Send(send) => (&send.template, &send.version),
            Intent::Invite(invite) => (&invite.template, &invite.version),
            _ => return Err(no_message()),
        };
        let sent = Sent { id: &effect.id, scenario: &effect.scenario, step: &effect.step };
        let message = Message {
            template,
            version: version.as_deref(),
            lead: Some(&effect.lead),
            at: effect.at,
            sent: Some(sent),
        };
        self.message(&message, lead, values)
    }

    pub(crate) fn message(
        &self,
        message: &Message<'_>,
        lead: &Lead,
        values: &IndexMap<String, Value>,
    ) -> Result<Rendered, Error> {
        if let Some(other) = message.lead.filter(|other| *other != lead.id) {
            let told = format!("the effect is of lead `{other}`, and this is lead `{}`", lead.id);
            return Err(Error::call(
                Diagnostic::error(Code::BadCall, told)
                    .at("/effect/lead")
                    .with_help("give the lead of the effect"),
            ));
        }
        let nurturing = &self.compiled.nurturing;
        // What is of another type than its field is told as everywhere.
        Facts::read(&self.compiled.model, lead)?;
        nurturing.messages.render(&Request {
            template: message.template,
            version: message.version,
            model: &self.compiled.model,
            lead,
            at: message.at,
            zone: nurturing.contact.zone_of(lead),
            sent: message.sent,
            values,
        })
    }
}

/// An effect that carries no message.
pub(crate) fn no_message() -> Error {
    Error::call(
        Diagnostic::error(Code::BadCall, "the effect carries no message")
            .at("/effect/do")
            .with_help("render those that send or invite"),
    )
}
