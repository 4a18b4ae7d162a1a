//! Compiling the contact policy.

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::suggest::nearest;
use crate::base::text::pointer_escape;
use crate::lead::model::{FieldType, Model};
use crate::nurturing::calendar::{Days, Holidays, Quiet};
use crate::nurturing::compile::Names;
use crate::nurturing::gate::{Channel, Contact};
use crate::nurturing::policy::{ClassPolicy, ConsentNeed, ContactPolicy};

pub(super) fn compile(names: &Names<'_>, policy: &ContactPolicy, problems: &mut Vec<Diagnostic>) -> Contact {
    let mut holidays = Holidays::default();
    for (index, entry) in policy.holidays.iter().enumerate() {
        if let Err(problem) = holidays.add(entry, Code::BadScalar) {
            problems.push(problem.at(format!("/contact_policy/holidays/{index}")));
        }
    }
    let mut classes = vec![
        ("marketing".to_owned(), ClassPolicy { consent: ConsentNeed::Granted, quiet: true, capped: true }),
        ("sales".to_owned(), ClassPolicy { consent: ConsentNeed::NotDenied, quiet: true, capped: true }),
        (
            "transactional".to_owned(),
            ClassPolicy { consent: ConsentNeed::Nothing, quiet: false, capped: false },
        ),
    ];
    for (name, class) in &policy.classes {
        match classes.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => *known = *class,
            None => classes.push((name.clone(), *class)),
        }
    }
    let fields = || names.model.fields().map(|(name, _)| name);
    let mut unknown = |name: &str, path: String| {
        problems.push(
            Diagnostic::error(Code::UnknownReference, format!("no field is called `{name}`"))
                .at(path)
                .with_help("name one of the playbook's `fields`")
                .did_you_mean(nearest(name, fields())),
        );
    };
    if let Some(name) = policy.zone_field.as_ref().filter(|name| names.model.field(name).is_none()) {
        unknown(name, "/contact_policy/zone_field".to_owned());
    }
    for (channel, rules) in &policy.channels {
        if let Some(name) = rules.address.as_ref().filter(|name| names.model.field(name).is_none()) {
            unknown(name, format!("/contact_policy/channels/{}/address", pointer_escape(channel)));
        }
    }
    for (index, cap) in policy.at_most.iter().enumerate() {
        let path = format!("/contact_policy/at_most/{index}");
        if cap.n == 0 || cap.per.seconds() == 0 {
            problems.push(
                Diagnostic::error(Code::Empty, "a limit of nothing, or for no time")
                    .at(path.clone())
                    .with_help("give `n` and `per` of at least one"),
            );
        }
        if let Some(class) =
            cap.class.as_ref().filter(|class| !classes.iter().any(|(known, _)| known == *class))
        {
            problems.push(
                Diagnostic::error(Code::UnknownReference, format!("no class is called `{class}`"))
                    .at(format!("{path}/class"))
                    .with_help("declare it under `classes`")
                    .did_you_mean(nearest(class, classes.iter().map(|(name, _)| name.as_str()))),
            );
        }
    }
    Contact {
        zone: names.zone,
        zone_field: policy.zone_field.clone(),
        holidays,
        quiet: policy.quiet.as_ref().map(|quiet| {
            let hours = Quiet {
                from: quiet.from,
                to: quiet.to,
                days: Days::of(&quiet.days),
                holidays: quiet.holidays,
            };
            (hours, quiet.zone)
        }),
        caps: policy.at_most.clone().into_boxed_slice(),
        classes,
        channels: channels(names.model, policy),
        deadline: policy.deadline,
    }
}

/// The channels as declared, and what stands to reason for mail and telephone.
fn channels(model: &Model, policy: &ContactPolicy) -> Vec<(String, Channel)> {
    let first = |kind: FieldType| {
        model.fields().find(|(_, policy)| policy.kind == kind).map(|(name, _)| name.to_owned())
    };
    let standard = [("email", FieldType::Email), ("phone", FieldType::Phone), ("sms", FieldType::Phone)];
    let mut channels: Vec<(String, Channel)> = standard
        .into_iter()
        .map(|(name, kind)| (name.to_owned(), Channel { address: first(kind), consent: None }))
        .collect();
    for (name, rules) in &policy.channels {
        let own = Channel { address: rules.address.clone(), consent: rules.consent.clone() };
        match channels.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => {
                known.address = own.address.or(known.address.take());
                known.consent = own.consent;
            }
            None => channels.push((name.clone(), own)),
        }
    }
    channels
}
