//! The REST interface: from a form to an owner, and everything between.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::json;

use crate::common::{Folder, Host, at, hot, settings};

#[tokio::test]
async fn an_enquiry_becomes_a_lead_an_owner_and_messages_at_once() {
    let folder = Folder::new();
    let host = Host::on(&folder).await;
    let lead = host.enquire("f-1", &hot(1)).await;

    let one = host.get(&format!("/api/leads/{lead}")).await;
    // 業種 20, 規模 15, お問い合わせ 25: A.
    assert_eq!(one["assessment"]["rank"], "A");
    assert_eq!(one["assessment"]["scores"]["overall"]["total"], 60);
    assert!(
        one["explained"]["ja"].as_str().unwrap().contains("ランクA (ホット)・ホット"),
        "{}",
        one["explained"]["ja"]
    );
    assert_eq!(one["revision"], 1, "one transaction");
    let assignments = one["lead"]["assignments"].as_array().unwrap();
    assert_eq!(assignments.len(), 1);
    assert_eq!(assignments[0]["owner"], "sato");

    let board = host.get("/api/assignments").await;
    assert_eq!(board[0]["lead"], lead);
    assert_eq!((&board[0]["owner"], &board[0]["due_step"]), (&json!("sato"), &json!("remind")));
    assert_eq!(host.get("/api/roster").await["revision"], 2);

    let outbox = host.get("/api/outbox").await;
    let kinds: Vec<&str> =
        outbox.as_array().unwrap().iter().map(|row| row["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == "send").count(), 1, "{outbox}");
    assert!(kinds.contains(&"notice"));
    let mail = outbox.as_array().unwrap().iter().find(|row| row["kind"] == "send").unwrap();
    assert_eq!(mail["recipient"], "hot1@kensetsu1.example");
    assert_eq!(mail["subject"], "お問い合わせありがとうございます");
}

#[tokio::test]
async fn the_same_delivery_again_changes_nothing() {
    let folder = Folder::new();
    let host = Host::on(&folder).await;
    let lead = host.enquire("f-1", &hot(1)).await;
    let before = (host.get(&format!("/api/leads/{lead}")).await, host.get("/api/outbox").await);
    let form = format!("submission=f-1&form_name=contact{}", hot(1));
    let again = host.call("POST", "/api/capture/contact", &form).await.json();
    assert_eq!(again["people"][0], json!({ "lead": lead, "new": false, "recorded": [], "known": ["f-1"] }));
    assert_eq!(before, (host.get(&format!("/api/leads/{lead}")).await, host.get("/api/outbox").await));
}

#[tokio::test]
async fn lists_filter_by_words_rank_owner_and_segment() {
    let folder = Folder::new();
    let host = Host::on(&folder).await;
    let first = host.enquire("f-1", &hot(1)).await;
    host.enquire(
        "f-2",
        "&mail=b%40hundred.example&company=100%25_Juice&industry=%E8%A3%BD%E9%80%A0%E6%A5%AD",
    )
    .await;
    host.enquire("f-3", "&mail=c%40plain.example").await;
    for (query, wanted) in [
        ("", 3),
        ("?rank=A", 1),
        ("?rank=B", 1),
        ("?owner=sato", 1),
        ("?owner=nobody", 0),
        ("?segment=manufacturers", 1),
        ("?segment=manu", 0),
        ("?q=PLAIN", 1),
        ("?q=100%25_", 1),
        ("?q=1_0", 0),
        ("?q=%27%20OR%201%3D1%20--", 0),
        ("?offset=2", 1),
    ] {
        let found = host.get(&format!("/api/leads{query}")).await;
        assert_eq!(found["leads"].as_array().unwrap().len(), wanted, "{query}: {found}");
    }
    assert_eq!(host.get("/api/leads").await["leads"][0]["id"], first, "the most points first");
    assert_eq!(host.get("/api/leads?offset=2").await["total"], 3);
}

#[tokio::test]
async fn silence_is_followed_up_on_time() {
    let folder = Folder::new();
    let host = Host::on(&folder).await;
    let lead = host.enquire("f-1", &hot(1)).await;
    // Four hours of business time: 14:00.
    host.clock.put(at("2026-11-20T13:59:59+09:00"));
    assert_eq!(host.crm.wake().await.unwrap(), 0);
    host.clock.put(at("2026-11-20T14:00:00+09:00"));
    assert_eq!(host.crm.wake().await.unwrap(), 1);
    let history = |one: serde_json::Value| -> Vec<String> {
        let events = one["lead"]["assignments"][0]["history"].as_array().unwrap().clone();
        events.iter().map(|event| event["kind"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(history(host.get(&format!("/api/leads/{lead}")).await), ["assigned", "reminded"]);
    // Days later, after a restart: what fell due is caught up with, and somebody else has the lead by then.
    host.crm.close().await;
    let host = Host::on(&folder).await;
    host.clock.put(at("2026-11-30T10:00:00+09:00"));
    host.crm.wake().await.unwrap();
    let one = host.get(&format!("/api/leads/{lead}")).await;
    assert!(history(one.clone()).contains(&"reassigned".to_owned()), "{one}");
    assert_eq!(host.get("/api/assignments").await.as_array().unwrap().len(), 1, "still one owner");
}

#[tokio::test]
async fn owners_answer_and_give_back() {
    let folder = Folder::new();
    let host = Host::on(&folder).await;
    let lead = host.enquire("f-1", &hot(1)).await;
    let board = host.get("/api/assignments?owner=sato").await;
    let path = format!("/api/leads/{lead}/assignments/{}", board[0]["id"].as_str().unwrap());
    assert_eq!(host.call("POST", &path, "\"accept\"").await.status, StatusCode::NO_CONTENT);
    assert_eq!(host.get("/api/assignments").await[0]["state"], "accepted");
    let recycle = r#"{ "recycle": { "reason": "not_now" } }"#;
    assert_eq!(host.call("POST", &path, recycle).await.status, StatusCode::NO_CONTENT);
    assert_eq!(host.get("/api/assignments").await, json!([]));
    let over = host.call("POST", &path, "\"accept\"").await;
    assert_eq!((over.status, &over.json()["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("IK0601")));
    // By hand it goes to the next in turn.
    let order = host.call("POST", &format!("/api/leads/{lead}/hand-over"), "{}").await;
    assert_eq!(order.status, StatusCode::NO_CONTENT, "{}", order.text);
    assert_eq!(host.get("/api/assignments").await[0]["owner"], "suzuki");
}

#[tokio::test]
async fn answers_go_into_row_and_record_together() {
    let folder = Folder::new();
    let host = Host::on(&folder).await;
    let lead = host.enquire("f-1", &hot(1)).await;
    let outbox = host.get("/api/outbox").await;
    let mail = outbox.as_array().unwrap().iter().find(|row| row["kind"] == "send").unwrap();
    let path = format!("/api/outbox/{}", mail["effect"].as_str().unwrap());
    for _ in 0..2 {
        let answer = host.call("POST", &path, r#"{ "status": "bounced" }"#).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT, "{}", answer.text);
    }
    let one = host.get(&format!("/api/leads/{lead}")).await;
    assert_eq!(one["lead"]["touches"][0]["status"], "bounced");
    assert_eq!(one["lead"]["consent"]["email"]["suppressed"]["by"], "bounce");
    let rows = host.get("/api/outbox?all=true").await;
    let row = rows.as_array().unwrap().iter().find(|row| row["kind"] == "send").unwrap().clone();
    assert_eq!(row["answer"], "bounced");
    assert_eq!(
        host.call("POST", "/api/outbox/nothing", r#"{ "status": "failed" }"#).await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn whoever_is_forgotten_is_not_made_again() {
    let folder = Folder::new();
    let host = Host::on(&folder).await;
    let lead = host.enquire("f-1", &hot(1)).await;
    assert_eq!(host.call("DELETE", &format!("/api/leads/{lead}"), "").await.status, StatusCode::NO_CONTENT);
    let form = format!("submission=f-2&form_name=contact{}", hot(1));
    let late = host.call("POST", "/api/capture/contact", &form).await.json();
    assert_eq!(late["people"][0]["lead"], json!(null));
    assert_eq!(host.get("/api/leads").await["total"], 0);
    assert_eq!(host.get("/api/assignments").await, json!([]));
    assert_eq!(host.get("/api/outbox?all=true").await, json!([]));
    assert_eq!(host.call("GET", &format!("/api/leads/{lead}"), "").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_roster_is_replaced_only_by_whoever_read_it_last() {
    let folder = Folder::new();
    let host = Host::on(&folder).await;
    let read = host.call("GET", "/api/roster", "").await;
    assert_eq!(read.headers["etag"], "\"1\"");
    let put = async |revision: &str, body: &str| {
        let request = Request::builder()
            .method("PUT")
            .uri("/api/roster")
            .header("authorization", format!("Bearer {}", crate::common::KEY))
            .header("if-match", revision);
        host.send(request.body(Body::from(body.to_owned())).unwrap()).await
    };
    // A lead is handed over in between: the counters move on.
    host.enquire("f-1", &hot(1)).await;
    assert_eq!(put("\"1\"", &read.text).await.status, StatusCode::PRECONDITION_FAILED);
    let mut roster = host.get("/api/roster").await;
    let counted = roster["balances"].clone();
    roster["members"][0]["weight"] = json!(3);
    roster["balances"] = json!({});
    assert_eq!(put("\"2\"", &roster.to_string()).await.status, StatusCode::NO_CONTENT);
    let stored = host.get("/api/roster").await;
    assert_eq!(stored["members"][0]["weight"], 3);
    assert_eq!(stored["balances"], counted, "whose turn it is stays the engine's");
    let bad = put("\"3\"", r#"{ "members": [{ "id": "x", "teams": ["nowhere"] }] }"#).await;
    assert_eq!((bad.status, &bad.json()["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("IK0602")));
    assert_eq!(put("yesterday's", "{}").await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn problems_say_what_and_where() {
    let folder = Folder::new();
    let host = Host::on(&folder).await;
    let wrong = host.call("POST", "/api/capture/contakt", "").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(wrong.json()["code"], "IK0601");
    assert!(wrong.text.contains("contact"), "a suggestion: {}", wrong.text);
    let lead = host.enquire("f-1", "&mail=a%40b.example").await;
    let input = host.call("POST", &format!("/api/leads/{lead}/inputs"), "{").await;
    assert_eq!(input.status, StatusCode::BAD_REQUEST);
    let ack = r#"{ "ack": { "effect": "x", "status": "delivered" } }"#;
    assert_eq!(
        host.call("POST", &format!("/api/leads/{lead}/inputs"), ack).await.status,
        StatusCode::BAD_REQUEST
    );
    let patch = r#"{ "patch": { "fields": { "employees": 900, "industry": "製造業" } } }"#;
    assert_eq!(
        host.call("POST", &format!("/api/leads/{lead}/inputs"), patch).await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(host.get(&format!("/api/leads/{lead}")).await["assessment"]["rank"], "A");
}

#[tokio::test]
async fn only_who_has_the_key_passes() {
    let folder = Folder::new();
    let host = Host::on(&folder).await;
    for key in [None, Some("Bearer wrong"), Some("the key of the tests"), Some("Bearer ")] {
        let mut request = Request::builder().uri("/api/leads");
        if let Some(key) = key {
            request = request.header("authorization", key);
        }
        let answer = host.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{key:?}");
    }
    let mut closed = settings(&folder.database());
    closed.api_key = None;
    let host = Host::open(closed).await;
    assert_eq!(
        host.call("GET", "/api/leads", "").await.status,
        StatusCode::UNAUTHORIZED,
        "no key, no way in"
    );
}

#[tokio::test]
async fn every_answer_guards_the_browser_and_large_bodies_are_refused() {
    let folder = Folder::new();
    let host = Host::on(&folder).await;
    for path in ["/health", "/api/leads", "/nothing"] {
        let headers = host.call("GET", path, "").await.headers;
        for name in
            ["content-security-policy", "x-content-type-options", "x-frame-options", "referrer-policy"]
        {
            assert!(headers.contains_key(name), "{path}: {name}");
        }
    }
    let large = "x".repeat(1024 * 1024 + 1);
    let answer = host.call("POST", "/api/capture/contact", &large).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn the_description_names_every_path() {
    let folder = Folder::new();
    let host = Host::on(&folder).await;
    let described = host.get("/api/openapi.json").await;
    assert!(described["openapi"].as_str().unwrap().starts_with("3."));
    let paths = described["paths"].as_object().unwrap();
    for path in
        ["/api/capture/{mapping}", "/api/leads", "/api/leads/{id}", "/api/roster", "/api/outbox/{effect}"]
    {
        assert!(paths.contains_key(path), "{path}: {paths:?}");
    }
    for (path, methods) in paths {
        for (method, what) in methods.as_object().unwrap() {
            assert!(what["summary"].is_string() || what["description"].is_string(), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn the_sample_is_made_by_the_front_door() {
    let folder = Folder::new();
    let host = Host::on(&folder).await;
    host.crm.demo(25).await.unwrap();
    let found = host.get("/api/leads").await;
    assert_eq!(found["total"], 25);
    let ranks: Vec<&str> =
        found["leads"].as_array().unwrap().iter().filter_map(|line| line["rank"].as_str()).collect();
    assert!(ranks.contains(&"A") && ranks.contains(&"B") && ranks.contains(&"C"), "{ranks:?}");
    assert!(!host.get("/api/assignments").await.as_array().unwrap().is_empty());
    let hottest = found["leads"][0]["id"].as_str().unwrap();
    let timeline = format!("/api/leads/{hottest}/timeline?from=2026-09-01T00:00:00Z&to=2026-11-20T01:00:00Z");
    assert!(!host.get(&timeline).await["changes"].as_array().unwrap().is_empty());
}
