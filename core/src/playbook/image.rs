//! A compiled playbook as text: what the slim browser build loads instead of the document.
//!
//! The document's parser, checker and merger are most of the library. A page needs none of them: a server has
//! read and checked the playbook already, and hands over what came of it.

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::error::Error;
use crate::base::wire::{Reader, Wire, wire_struct, write_number};
use crate::playbook::compile::{Card, Compiled};

/// How an image begins.
const MAGIC: &str = "ikusei-image,";

/// The layout. Another one is refused: an image is made anew, never converted.
const VERSION: i64 = 1;

// An image decides on leads: what comes in, and who is who, stays with the playbook.
wire_struct!(Compiled {
    name, fingerprint, model, zone, scoring, cards, segments;
    left out: cleansers, identities, mappings, trust
});
wire_struct!(Card { name, label, qualification });

pub(crate) fn write(compiled: &Compiled) -> String {
    let mut out = MAGIC.to_owned();
    write_number(VERSION, &mut out);
    compiled.write(&mut out);
    out
}

pub(crate) fn read(text: &str) -> Result<Compiled, Error> {
    let refuse = |code, message: &str, help: &str| {
        Err(Error::playbook(vec![Diagnostic::error(code, message).with_help(help)]))
    };
    let Some(body) = text.trim_end().strip_prefix(MAGIC) else {
        let help = "cut the playbook by `for_browser` where a full build runs, and hand over its image";
        return refuse(Code::NotInThisBuild, "this is not an image of a playbook", help);
    };
    let mut from = Reader::new(body);
    let help = "make the image anew, with the version of ikusei that reads it";
    if from.number() != Some(VERSION) {
        return refuse(Code::FormatVersion, "the image has a layout that this engine does not read", help);
    }
    match Compiled::read(&mut from) {
        Some(compiled) if from.is_empty() => Ok(compiled),
        _ => match from.refusal {
            Some(refusal) => Err(Error::playbook(vec![refusal])),
            None => refuse(Code::Syntax, "the image is damaged", help),
        },
    }
}

#[cfg(test)]
mod tests {
    use crate::{Detail, Engine, Lead, Playbook};

    const PLAYBOOK: &str = include_str!("image/every_kind.json");
    const LEADS: &str = include_str!("image/leads.json");

    fn leads() -> Vec<Lead> {
        serde_json::from_str(LEADS).unwrap()
    }

    #[test]
    fn an_image_decides_as_its_playbook() {
        let playbook = Playbook::parse(PLAYBOOK).unwrap();
        let full = playbook.compile().unwrap();
        let slim = Engine::from_image(&playbook.to_image()).unwrap();
        assert_eq!((slim.name(), slim.fingerprint()), (full.name(), full.fingerprint()));
        assert_eq!(slim.to_image(), playbook.to_image());
        let json = |engine: &Engine, lead: &Lead, at: &str| {
            let prepared = engine.prepare(lead).unwrap();
            let at: crate::Instant = at.parse().unwrap();
            let assessment = prepared.assess(at, Detail::Ledger).unwrap();
            let memberships = serde_json::to_string(&prepared.memberships(at).unwrap()).unwrap();
            let words = assessment.explain(crate::Language::Japanese);
            (serde_json::to_string(&assessment).unwrap(), memberships, words)
        };
        let mut different = std::collections::BTreeSet::new();
        for lead in leads() {
            for at in ["2026-05-01T00:00:00Z", "2026-06-15T12:00:00Z"] {
                let answer = json(&full, &lead, at);
                assert_eq!(json(&slim, &lead, at), answer);
                different.insert(answer);
            }
        }
        assert!(different.len() > 4, "the leads should not all be alike");
    }

    #[test]
    fn whatever_the_text_the_answer_is_an_engine_or_a_refusal() {
        let image = Playbook::parse(PLAYBOOK).unwrap().to_image();
        let leads = leads();
        let mut refused = 0;
        for at in (0..image.len()).step_by(17) {
            let Some(rest) = image.get(at + 1..) else { continue };
            let Some(head) = image.get(..at) else { continue };
            assert!(Engine::from_image(head).is_err(), "cut at {at}");
            for other in ["", "0", "9", ",", "-", "あ"] {
                match Engine::from_image(&format!("{head}{other}{rest}")) {
                    Ok(engine) => {
                        for lead in &leads {
                            let at: crate::Instant = "2026-05-01T00:00:00Z".parse().unwrap();
                            let _ = engine.assess(lead, at);
                        }
                    }
                    Err(_) => refused += 1,
                }
            }
        }
        assert!(refused > image.len() / 17);
    }

    #[test]
    fn refusals_say_what_to_do() {
        let code = |text: &str| Engine::from_image(text).map(|_| ()).unwrap_err().code().as_str();
        assert_eq!(code(PLAYBOOK), "IK0208");
        assert_eq!(code("ikusei-image,2,"), "IK0109");
        assert_eq!(code("ikusei-image,1,"), "IK0101");
    }
}
