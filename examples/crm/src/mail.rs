//! Where messages go: a mail server, or a folder that holds what would be sent.

use std::path::PathBuf;
use std::time::Duration;

use ikusei::AckStatus;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};

use crate::problem::Problem;
use crate::store::OutboxRow;

/// How long a conversation with a mail server may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Where messages go.
#[derive(Debug, Clone)]
pub enum Mail {
    /// A file for each message, named by its effect: the same effect again is the same file.
    Folder(PathBuf),
    /// A mail server without encryption, such as one on the same machine that passes mail on.
    Smtp {
        /// Its name or address.
        host: String,
        /// Its port.
        port: u16,
    },
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Delivery {
    Done(AckStatus),
    /// The mail server cannot take it now.
    Later(String),
}

/// Who sends.
#[derive(Debug, Clone)]
pub(crate) struct Sender {
    pub(crate) mail: Mail,
    /// The address that messages come from.
    pub(crate) from: String,
    /// The company.
    pub(crate) name: String,
}

impl Sender {
    /// Sends a message. Its id is made of the effect's, so that whoever gets it twice can tell.
    pub(crate) async fn send(
        &self,
        row: &OutboxRow,
        to: &str,
        unsubscribe: Option<&str>,
    ) -> Result<Delivery, Problem> {
        let message = match self.message(row, to, unsubscribe) {
            Ok(message) => message,
            // An address that is none, or a text that no mail holds: another try changes nothing.
            Err(why) => {
                crate::note(&format!("effect {}: {why}", row.effect));
                return Ok(Delivery::Done(AckStatus::Bounced));
            }
        };
        match &self.mail {
            Mail::Folder(folder) => {
                std::fs::create_dir_all(folder)?;
                let file = folder.join(format!("{}.eml", file_name(&row.effect)));
                let draft = file.with_extension("part");
                std::fs::write(&draft, message.formatted())?;
                std::fs::rename(&draft, &file)?;
                Ok(Delivery::Done(AckStatus::Delivered))
            }
            Mail::Smtp { host, port } => {
                let transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host.as_str())
                    .port(*port)
                    .build();
                // It ends well within the time for which the row is the worker's.
                let sent = tokio::time::timeout(PATIENCE, transport.send(message)).await;
                Ok(match sent {
                    Ok(Ok(_)) => Delivery::Done(AckStatus::Delivered),
                    Ok(Err(error)) if error.is_permanent() => Delivery::Done(AckStatus::Bounced),
                    Ok(Err(error)) => Delivery::Later(error.to_string()),
                    Err(_) => Delivery::Later("the mail server does not answer".to_owned()),
                })
            }
        }
    }

    fn message(
        &self,
        row: &OutboxRow,
        to: &str,
        unsubscribe: Option<&str>,
    ) -> Result<Message, Box<dyn std::error::Error>> {
        let from = Mailbox::new(Some(self.name.clone()), self.from.parse()?);
        let mut builder = Message::builder()
            .from(from)
            .to(Mailbox::new(None, to.parse()?))
            .subject(row.subject.as_str())
            .message_id(Some(format!("<{}@ikusei.invalid>", file_name(&row.effect))));
        if let Some(url) = unsubscribe {
            // One click (RFC 8058), for programs that show such a button.
            for (name, value) in [
                ("List-Unsubscribe", format!("<{url}>")),
                ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()),
            ] {
                builder =
                    builder.raw_header(HeaderValue::new(HeaderName::new_from_ascii(name.to_owned())?, value));
            }
        }
        let (plain, html) = (row.plain.clone(), row.html.clone());
        let plain = if plain.is_empty() { row.subject.clone() } else { plain };
        Ok(if html.is_empty() {
            builder.singlepart(SinglePart::plain(plain))?
        } else {
            builder.multipart(MultiPart::alternative_plain_html(plain, html))?
        })
    }
}

/// An effect's id as a name of a file: ids of notices hold what names do not.
fn file_name(effect: &str) -> String {
    effect.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).collect()
}
