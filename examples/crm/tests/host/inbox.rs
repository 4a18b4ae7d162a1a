//! The inbox: what is accepted is decided on once and in its order, whoever else is at work.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};

use crate::common::{Folder, Host, MORNING, Postgres, at, hot, settings};
use crate::hooks::{SECRET, by_us};

/// A host that listens to signed webhooks.
async fn host(database: &str) -> Host {
    let mut settings = settings(database);
    settings.hooks.shared = Some(SECRET.to_owned());
    Host::open(settings).await
}

async fn post(host: &Host, mapping: &str, body: &str) -> (StatusCode, Option<String>) {
    let [(name, value)] = by_us(at(MORNING).micros() / 1_000_000, mapping, body);
    let request =
        Request::builder().method("POST").uri(format!("/hooks/signed/{mapping}")).header(name, value);
    let answer = host.send(request.body(Body::from(body.to_owned())).unwrap()).await;
    let again = answer.headers.get("retry-after").map(|value| value.to_str().unwrap().to_owned());
    (answer.status, again)
}

fn views(mail: &str, ids: &[String]) -> String {
    let events =
        ids.iter().map(|id| json!({ "id": id, "kind": "page_view", "at": MORNING, "url": "/pricing" }));
    json!({ "email": mail, "events": events.collect::<Vec<_>>() }).to_string()
}

async fn ids(host: &Host, lead: &str) -> Vec<String> {
    let one = host.get(&format!("/api/leads/{lead}")).await;
    let activities = one["lead"]["activities"].as_array().unwrap();
    activities.iter().map(|activity| activity["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn events_of_one_person_are_one_turn_and_of_an_unknown_one_one_record() {
    let folder = Folder::new();
    let host = host(&folder.database()).await;
    let lead = host.enquire("f-1", &hot(1)).await;
    for number in 0..5 {
        for mail in ["hot1@kensetsu1.example", "new@plain.example"] {
            let body = views(mail, &[format!("{mail}-{number}")]);
            assert_eq!(post(&host, "tracking", &body).await.0, StatusCode::ACCEPTED);
        }
    }
    assert_eq!(host.crm.decide().await.unwrap(), 10);
    assert_eq!(ids(&host, &lead).await.len(), 6);
    let one = host.get(&format!("/api/leads/{lead}")).await;
    assert_eq!(one["revision"], 2, "five events, one turn");
    let found = host.get("/api/leads").await;
    assert_eq!(found["total"], 2);
    let new = found["leads"].as_array().unwrap().iter().find(|line| line["id"] != lead.as_str()).unwrap();
    let order: Vec<String> = (0..5).map(|number| format!("new@plain.example-{number}")).collect();
    assert_eq!(ids(&host, new["id"].as_str().unwrap()).await, order, "in the order of their arrival");
    assert_eq!(host.crm.decide().await.unwrap(), 0);
}

#[tokio::test]
async fn what_is_accepted_outlives_the_program() {
    let folder = Folder::new();
    let before = host(&folder.database()).await;
    assert_eq!(
        post(&before, "tracking", &views("a@b.example", &["v-1".to_owned()])).await.0,
        StatusCode::ACCEPTED
    );
    before.crm.close().await;
    let after = host(&folder.database()).await;
    assert_eq!(after.get("/api/inbox").await["waiting"], 1);
    assert_eq!(after.crm.decide().await.unwrap(), 1);
    assert_eq!(after.get("/api/leads").await["total"], 1);
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_and_what_cannot_be_decided_on_is_put_aside() {
    let folder = Folder::new();
    let host = host(&folder.database()).await;
    for (mapping, body) in [("tracking", "{"), ("nothing", "{}")] {
        assert_eq!(post(&host, mapping, body).await.0, StatusCode::UNPROCESSABLE_ENTITY, "{mapping}");
    }
    assert_eq!(
        post(&host, "tracking", &views("a@b.example", &["v-1".to_owned()])).await.0,
        StatusCode::ACCEPTED
    );
    let form = "submission=f-9&mail=c%40d.example";
    assert_eq!(post(&host, "contact", form).await.0, StatusCode::ACCEPTED);
    // Meanwhile somebody publishes a playbook without the mapping.
    let text = include_str!("../../playbook.yaml").replace("  tracking:\n", "  elsewhere:\n");
    host.crm.publish(1, &text, "test").await.unwrap();
    assert_eq!(host.crm.decide().await.unwrap(), 1, "the other one");
    assert_eq!(host.get("/api/inbox").await, json!({ "waiting": 0, "aside": 1 }));
    assert_eq!(host.get("/api/leads").await["total"], 1);
}

/// Events for forty people through two hosts, while both decide and people use the REST interface.
async fn crowd(database: &str) {
    let hosts = [host(database).await, host(database).await];
    let [one, two] = &hosts;
    for person in 0..40 {
        one.enquire(&format!("f-{person}"), &hot(person)).await;
    }
    // PostgreSQL holds no NUL: whoever sends one keeps nobody else waiting.
    for (mapping, body) in [
        ("contact", "submission=n%00&mail=n%40b.example&name=a%00b&message=%00"),
        ("tracking", "{\"email\": \"n@b.example\", \"x\": \"\\u0000\"}"),
    ] {
        assert_eq!(post(one, mapping, body).await.0, StatusCode::BAD_REQUEST, "{mapping}");
    }
    for round in 0..5 {
        for person in 0..40 {
            let body =
                views(&format!("hot{person}@kensetsu{person}.example"), &[format!("v-{person}-{round}")]);
            let host = if (person + round) % 2 == 0 { one } else { two };
            assert_eq!(post(host, "tracking", &body).await.0, StatusCode::ACCEPTED);
        }
    }
    let rest = async {
        for person in 0..40 {
            two.enquire(&format!("g-{person}"), &hot(person)).await;
        }
    };
    let (a, b, ()) = tokio::join!(one.crm.decide(), two.crm.decide(), rest);
    let waiting = || async { one.get("/api/inbox").await["waiting"].clone() };
    if waiting().await != 0 {
        one.crm.decide().await.unwrap();
    }
    assert!(a.is_ok() && b.is_ok(), "{a:?} {b:?}");
    assert_eq!(waiting().await, 0);
    let board = one.get("/api/assignments").await;
    let leads: Vec<&Value> = board.as_array().unwrap().iter().map(|row| &row["lead"]).collect();
    assert_eq!(leads.len(), 40, "each has one owner");
    for lead in leads {
        let mut ids = ids(one, lead.as_str().unwrap()).await;
        let all = ids.len();
        ids.sort();
        ids.dedup();
        assert_eq!((ids.len(), all), (7, 7), "two enquiries and five views, each once");
    }
    for host in hosts {
        host.crm.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_is_decided_on_once_on_a_file() {
    let folder = Folder::new();
    crowd(&folder.database()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_is_decided_on_once_on_postgresql() {
    let Some(postgres) = Postgres::start() else {
        assert!(std::env::var_os("CRM_TEST_NEEDS_POSTGRES").is_none(), "PostgreSQL does not start");
        println!("skipped: no PostgreSQL here; install it, or name one in CRM_TEST_POSTGRES");
        return;
    };
    postgres.ready().await;
    crowd(&postgres.url).await;
}

#[tokio::test]
async fn a_full_inbox_says_when_to_come_again() {
    let folder = Folder::new();
    let mut settings = settings(&folder.database());
    settings.hooks.shared = Some(SECRET.to_owned());
    settings.waiting = 2;
    let host = Host::open(settings).await;
    for number in 0..2 {
        let body = views("a@b.example", &[format!("v-{number}")]);
        assert_eq!(post(&host, "tracking", &body).await, (StatusCode::ACCEPTED, None));
    }
    let body = views("a@b.example", &["v-2".to_owned()]);
    let full = (StatusCode::SERVICE_UNAVAILABLE, Some("5".to_owned()));
    assert_eq!(post(&host, "tracking", &body).await, full);
    host.crm.decide().await.unwrap();
    assert_eq!(post(&host, "tracking", &body).await, (StatusCode::ACCEPTED, None));
}
