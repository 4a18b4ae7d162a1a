//! Webhooks: what providers send is believed when its signature is theirs, and put into the inbox, whence it goes
//! to the playbook's captures.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac as _};
use p256::ecdsa::signature::Verifier as _;
use p256::ecdsa::{Signature, VerifyingKey};
use p256::pkcs8::DecodePublicKey as _;
use sha1::Sha1;

use crate::Crm;
use crate::problem::Problem;
use crate::secret::signed;

/// How old a signature may be, in seconds: what is older is a replay.
const WINDOW: i64 = 300;

/// What providers sign with. A provider without a key is not listened to.
#[derive(Debug, Clone, Default)]
pub struct HookKeys {
    /// SendGrid's public key, as its settings show it: base64 of DER.
    pub sendgrid: Option<String>,
    /// Twilio's auth token.
    pub twilio: Option<String>,
    /// A secret that is shared with everybody else.
    pub shared: Option<String>,
}

pub(crate) fn router() -> Router<Arc<Crm>> {
    Router::new()
        .route("/hooks/sendgrid", post(sendgrid))
        .route("/hooks/twilio", post(twilio))
        .route("/hooks/signed/{mapping}", post(shared))
}

/// SendGrid's Event Webhook: ECDSA over the time and the body, with its P-256 key.
async fn sendgrid(
    State(crm): State<Arc<Crm>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, Problem> {
    let key = crm.settings.hooks.sendgrid.as_deref().ok_or(Problem::Unknown)?;
    let time = header(&headers, "x-twilio-email-event-webhook-timestamp")?;
    let signature = header(&headers, "x-twilio-email-event-webhook-signature")?;
    let message = [time.as_bytes(), &body].concat();
    if !ecdsa(key, &message, signature) {
        return Err(Problem::Unknown);
    }
    crm.fresh(time)?;
    crm.take("sendgrid", &body).await
}

/// Twilio's status callbacks: HMAC-SHA1 over the address and the sorted parameters.
async fn twilio(State(crm): State<Arc<Crm>>, headers: HeaderMap, body: Bytes) -> Result<StatusCode, Problem> {
    let token = crm.settings.hooks.twilio.as_deref().ok_or(Problem::Unknown)?;
    let signature = header(&headers, "x-twilio-signature")?;
    let url = format!("{}/hooks/twilio", crm.desk.links().base);
    if !twilio_signed(token, &url, &body, signature)? {
        return Err(Problem::Unknown);
    }
    // It carries no time: a replay is told by the ids of its calls, and changes nothing.
    crm.take("twilio_calls", &body).await
}

/// Everybody else: `X-Signature: t=<seconds>,v1=<base64url of HMAC-SHA256 over "t.mapping.body">`.
async fn shared(
    State(crm): State<Arc<Crm>>,
    Path(mapping): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, Problem> {
    let key = crm.settings.hooks.shared.as_deref().ok_or(Problem::Unknown)?;
    let (time, signature) = header(&headers, "x-signature")?
        .strip_prefix("t=")
        .and_then(|rest| rest.split_once(",v1="))
        .ok_or(Problem::Unknown)?;
    // The mapping is signed as well: what was meant for one is not taken for another.
    let message = format!("{time}.{mapping}.{}", String::from_utf8_lossy(&body));
    if !signed(key.as_bytes(), &message, signature) {
        return Err(Problem::Unknown);
    }
    crm.fresh(time)?;
    crm.take(&mapping, &body).await
}

impl Crm {
    /// A signature of another time is a replay.
    fn fresh(&self, time: &str) -> Result<(), Problem> {
        let time: i64 = time.parse().map_err(|_| Problem::Unknown)?;
        let now = self.clock.now().micros() / 1_000_000;
        if now.abs_diff(time) <= WINDOW.unsigned_abs() { Ok(()) } else { Err(Problem::Unknown) }
    }

    async fn take(&self, mapping: &str, body: &[u8]) -> Result<StatusCode, Problem> {
        self.accept(mapping, &String::from_utf8_lossy(body)).await?;
        Ok(StatusCode::ACCEPTED)
    }
}

fn header<'h>(headers: &'h HeaderMap, name: &str) -> Result<&'h str, Problem> {
    headers.get(name).and_then(|value| value.to_str().ok()).ok_or(Problem::Unknown)
}

fn ecdsa(key: &str, message: &[u8], signature: &str) -> bool {
    let key = STANDARD.decode(key).ok().and_then(|der| VerifyingKey::from_public_key_der(&der).ok());
    let signature = STANDARD.decode(signature).ok().and_then(|der| Signature::from_der(&der).ok());
    matches!((key, signature), (Some(key), Some(signature)) if key.verify(message, &signature).is_ok())
}

fn twilio_signed(token: &str, url: &str, body: &[u8], signature: &str) -> Result<bool, Problem> {
    let mut parameters: Vec<(String, String)> = form_urlencoded::parse(body).into_owned().collect();
    parameters.sort();
    let mut text = url.to_owned();
    for (name, value) in &parameters {
        text.push_str(name);
        text.push_str(value);
    }
    let mut mac = Hmac::<Sha1>::new_from_slice(token.as_bytes()).map_err(|_| Problem::Unknown)?;
    mac.update(text.as_bytes());
    let given = STANDARD.decode(signature).unwrap_or_default();
    Ok(mac.verify_slice(&given).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of Twilio's own documentation: https://www.twilio.com/docs/usage/security
    #[test]
    fn twilio_signs_as_it_says() {
        let body = "CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212";
        let url = "https://mycompany.com/myapp.php?foo=1&bar=2";
        let wanted = "RSOYDt4T1cUTdK1PDd93/VVr8B8=";
        assert!(twilio_signed("12345", url, body.as_bytes(), wanted).unwrap());
        assert!(!twilio_signed("12346", url, body.as_bytes(), wanted).unwrap());
        assert!(!twilio_signed("12345", url, b"CallSid=CA1234567890ABCDF", wanted).unwrap());
    }

    #[test]
    fn what_is_no_key_and_no_signature_proves_nothing() {
        assert!(!ecdsa("", b"x", ""));
        assert!(!ecdsa("AAAA", b"x", "AAAA"));
    }
}
