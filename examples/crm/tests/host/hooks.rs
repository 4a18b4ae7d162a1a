//! Webhooks with right and wrong signatures.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use crm::HookKeys;
use hmac::{Hmac, Mac as _};
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::json;

use crate::common::{Folder, Host, MORNING, at, hot, settings};

pub(crate) const SECRET: &str = "shared with everybody else";
const TOKEN: &str = "12345";

/// A key of the tests: any number below the order of the curve will do.
fn sendgrid() -> SigningKey {
    SigningKey::from_slice(&[7; 32]).unwrap()
}

fn now() -> i64 {
    at(MORNING).micros() / 1_000_000
}

async fn host(folder: &Folder) -> Host {
    let mut settings = settings(&folder.database());
    // A public key as DER says the curve, then the point.
    const CURVE: [u8; 26] = *b"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00";
    let point = sendgrid().verifying_key().to_encoded_point(false);
    let public = [&CURVE, point.as_bytes()].concat();
    settings.hooks = HookKeys {
        sendgrid: Some(STANDARD.encode(&public)),
        twilio: Some(TOKEN.to_owned()),
        shared: Some(SECRET.to_owned()),
    };
    Host::open(settings).await
}

async fn post(host: &Host, path: &str, headers: &[(&str, String)], body: &str) -> StatusCode {
    let mut request = Request::builder().method("POST").uri(path);
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    host.send(request.body(Body::from(body.to_owned())).unwrap()).await.status
}

fn click(id: &str) -> String {
    json!([{ "email": "hot1@kensetsu1.example", "event": "click", "sg_event_id": id, "sg_message_id": "m-1",
        "timestamp": now(), "url": "https://sample.example/cases", "useragent": "Mozilla/5.0 (Windows NT 10.0)" }])
    .to_string()
}

fn by_sendgrid(time: i64, body: &str) -> [(&'static str, String); 2] {
    let signature: Signature = sendgrid().sign(format!("{time}{body}").as_bytes());
    [
        ("x-twilio-email-event-webhook-timestamp", time.to_string()),
        ("x-twilio-email-event-webhook-signature", STANDARD.encode(signature.to_der())),
    ]
}

pub(crate) fn by_us(time: i64, mapping: &str, body: &str) -> [(&'static str, String); 1] {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(format!("{time}.{mapping}.{body}").as_bytes());
    [("x-signature", format!("t={time},v1={}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())))]
}

async fn kinds(host: &Host, lead: &str) -> Vec<String> {
    let one = host.get(&format!("/api/leads/{lead}")).await;
    let activities = one["lead"]["activities"].as_array().unwrap();
    activities.iter().map(|activity| activity["kind"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn sendgrid_is_believed_by_its_signature_only() {
    let folder = Folder::new();
    let host = host(&folder).await;
    let lead = host.enquire("f-1", &hot(1)).await;
    let (path, body) = ("/hooks/sendgrid", click("sg-1"));
    let right = by_sendgrid(now(), &body);
    for wrong in [
        vec![],
        vec![right[0].clone()],
        vec![right[0].clone(), (right[1].0, "AAAA".to_owned())],
        vec![(right[0].0, (now() + 1).to_string()), right[1].clone()],
    ] {
        assert_eq!(post(&host, path, &wrong, &body).await, StatusCode::UNAUTHORIZED, "{wrong:?}");
    }
    assert_eq!(post(&host, path, &right, &click("sg-2")).await, StatusCode::UNAUTHORIZED, "another body");
    let old = by_sendgrid(now() - 301, &body);
    assert_eq!(post(&host, path, &old, &body).await, StatusCode::UNAUTHORIZED, "a replay");
    assert_eq!(kinds(&host, &lead).await, ["inquiry"], "nothing of it was taken");

    for _ in 0..2 {
        assert_eq!(post(&host, path, &right, &body).await, StatusCode::ACCEPTED);
    }
    assert_eq!(kinds(&host, &lead).await, ["inquiry"], "stored, and not decided on yet");
    assert_eq!(host.get("/api/inbox").await, json!({ "waiting": 2, "aside": 0 }));
    assert_eq!(host.crm.decide().await.unwrap(), 2);
    assert_eq!(host.get("/api/inbox").await, json!({ "waiting": 0, "aside": 0 }));
    assert_eq!(kinds(&host, &lead).await, ["inquiry", "email_click"], "delivered twice, taken once");
}

#[tokio::test]
async fn twilio_is_believed_by_its_signature_only() {
    let folder = Folder::new();
    let host = host(&folder).await;
    let body =
        "CallSid=CA1&CallStatus=in-progress&Direction=outbound-api&From=%2B81312345678&To=%2B819012345678";
    let mut mac = Hmac::<sha1::Sha1>::new_from_slice(TOKEN.as_bytes()).unwrap();
    mac.update(b"http://127.0.0.1:3000/hooks/twilio");
    mac.update(b"CallSidCA1CallStatusin-progressDirectionoutbound-apiFrom+81312345678To+819012345678");
    let right = [("x-twilio-signature", STANDARD.encode(mac.finalize().into_bytes()))];
    let path = "/hooks/twilio";
    assert_eq!(post(&host, path, &[], body).await, StatusCode::UNAUTHORIZED);
    let other = body.replace("CA1", "CA2");
    assert_eq!(post(&host, path, &right, &other).await, StatusCode::UNAUTHORIZED);
    assert_eq!(host.get("/api/leads").await["total"], 0);
    for _ in 0..2 {
        assert_eq!(post(&host, path, &right, body).await, StatusCode::ACCEPTED);
    }
    host.crm.decide().await.unwrap();
    let found = host.get("/api/leads").await;
    assert_eq!(found["total"], 1);
    assert_eq!(kinds(&host, found["leads"][0]["id"].as_str().unwrap()).await, ["call_answered"]);
}

#[tokio::test]
async fn others_sign_with_the_shared_secret() {
    let folder = Folder::new();
    let host = host(&folder).await;
    let body = json!({ "email": "a@b.example", "events": [
        { "id": "e-1", "kind": "page_view", "at": MORNING, "url": "/pricing" } ] })
    .to_string();
    let path = "/hooks/signed/tracking";
    let right = by_us(now(), "tracking", &body);
    assert_eq!(post(&host, path, &[], &body).await, StatusCode::UNAUTHORIZED);
    assert_eq!(
        post(&host, path, &right, &body.replace("/pricing", "/cases")).await,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(post(&host, "/hooks/signed/sendgrid", &right, &body).await, StatusCode::UNAUTHORIZED);
    let late = by_us(now() - 301, "tracking", &body);
    assert_eq!(post(&host, path, &late, &body).await, StatusCode::UNAUTHORIZED);
    assert_eq!(post(&host, path, &right, &body).await, StatusCode::ACCEPTED);
    host.crm.decide().await.unwrap();
    assert_eq!(host.get("/api/leads").await["total"], 1);
}

#[tokio::test]
async fn a_provider_without_a_key_is_not_listened_to() {
    let folder = Folder::new();
    let host = Host::on(&folder).await;
    let body = click("sg-1");
    assert_eq!(
        post(&host, "/hooks/sendgrid", &by_sendgrid(now(), &body), &body).await,
        StatusCode::UNAUTHORIZED
    );
    let signed = by_us(now(), "tracking", "{}");
    assert_eq!(post(&host, "/hooks/signed/tracking", &signed, "{}").await, StatusCode::UNAUTHORIZED);
    assert_eq!(
        post(&host, "/hooks/twilio", &[("x-twilio-signature", "x".to_owned())], "").await,
        StatusCode::UNAUTHORIZED
    );
}
