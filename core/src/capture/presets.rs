//! Captures of providers that every playbook may extend: mappings like a user's own.

/// Names and texts.
#[cfg(feature = "presets")]
pub(crate) const PRESETS: &[(&str, &str)] = &[
    ("ikusei/capture/person", include_str!("../../fragments/capture/person.yaml")),
    ("ikusei/capture/email", include_str!("../../fragments/capture/email.yaml")),
    ("ikusei/capture/sendgrid", include_str!("../../fragments/capture/sendgrid.yaml")),
    ("ikusei/capture/ses", include_str!("../../fragments/capture/ses.yaml")),
    ("ikusei/capture/mailgun", include_str!("../../fragments/capture/mailgun.yaml")),
    ("ikusei/capture/postmark", include_str!("../../fragments/capture/postmark.yaml")),
    ("ikusei/capture/brevo", include_str!("../../fragments/capture/brevo.yaml")),
    ("ikusei/capture/mailjet", include_str!("../../fragments/capture/mailjet.yaml")),
    ("ikusei/capture/google-ads", include_str!("../../fragments/capture/google-ads.yaml")),
    ("ikusei/capture/meta-lead-ads", include_str!("../../fragments/capture/meta-lead-ads.yaml")),
    ("ikusei/capture/segment", include_str!("../../fragments/capture/segment.yaml")),
    ("ikusei/capture/cloudevents", include_str!("../../fragments/capture/cloudevents.yaml")),
    ("ikusei/capture/twilio-calls", include_str!("../../fragments/capture/twilio-calls.yaml")),
    ("ikusei/capture/chat", include_str!("../../fragments/capture/chat.yaml")),
    ("ikusei/capture/social", include_str!("../../fragments/capture/social.yaml")),
    ("ikusei/capture/card", include_str!("../../fragments/capture/card.yaml")),
    ("ikusei/capture/zoho-csv", include_str!("../../fragments/capture/zoho-csv.yaml")),
    ("ikusei/capture/hubspot-csv", include_str!("../../fragments/capture/hubspot-csv.yaml")),
    ("ikusei/capture/salesforce-csv", include_str!("../../fragments/capture/salesforce-csv.yaml")),
];
#[cfg(not(feature = "presets"))]
pub(crate) const PRESETS: &[(&str, &str)] = &[];

#[cfg(test)]
mod tests;
