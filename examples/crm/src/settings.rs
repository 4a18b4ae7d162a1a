//! What whoever runs the program decides.

use std::fmt;

use crate::hooks::HookKeys;
use crate::limit::Rate;
use crate::mail::Mail;

/// What whoever runs the program decides.
#[derive(Clone)]
pub struct Settings {
    /// `sqlite:///path/crm.db?mode=rwc` or `postgres://user@host/crm`.
    pub database: String,
    /// Whether a SQLite database may be lost with the power: quicker, for samples and tests.
    pub throwaway: bool,
    /// The playbook of a new database.
    pub playbook: String,
    /// The roster of a new database.
    pub roster: String,
    /// The address under which the program is reached, for links in messages.
    pub base: String,
    /// Whether a proxy of our own stands before the program, and tells where requests come from.
    pub proxy: bool,
    /// How often one address, or one session, may ask.
    pub rate: Rate,
    /// So many events of webhooks may wait to be decided on; who brings more is told to come again.
    pub waiting: i64,
    /// The company that sends messages.
    pub sender: String,
    /// What links are signed with: long, random, and the same on every host.
    pub key: String,
    /// What programs that use the REST interface prove themselves with; without one nobody may.
    pub api_key: Option<String>,
    /// What providers sign their webhooks with.
    pub hooks: HookKeys,
    /// Where messages go.
    pub mail: Mail,
    /// The address that messages come from.
    pub from: String,
    /// The domain of the members' own mailboxes: `sato` is told at `sato@` this.
    pub staff: String,
}

impl Settings {
    /// The settings for a database, with the playbook and the roster of the example.
    #[must_use]
    pub fn new(database: impl Into<String>, key: impl Into<String>) -> Self {
        Self {
            database: database.into(),
            throwaway: false,
            playbook: include_str!("../playbook.yaml").to_owned(),
            roster: include_str!("../roster.json").to_owned(),
            base: "http://127.0.0.1:3000".to_owned(),
            proxy: false,
            rate: Rate { burst: 200, per_second: 20 },
            waiting: 50_000,
            sender: "株式会社育成サンプル".to_owned(),
            key: key.into(),
            api_key: None,
            hooks: HookKeys::default(),
            mail: Mail::Folder("outgoing".into()),
            from: "info@ikusei.invalid".to_owned(),
            staff: "sales.invalid".to_owned(),
        }
    }
}

/// Keys and passwords stay out of logs.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").field("base", &self.base).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_printed() {
        let mut settings = Settings::new("postgres://crm:secret-1@db/crm", "secret-2");
        settings.api_key = Some("secret-3".to_owned());
        settings.hooks.shared = Some("secret-4".to_owned());
        let text = format!("{settings:?}");
        assert!(text.contains("127.0.0.1:3000") && !text.contains("secret"), "{text}");
    }
}
