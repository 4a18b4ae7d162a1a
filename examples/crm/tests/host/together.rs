//! Several hosts on one database: nobody gets two owners, everybody's turn is counted once.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::common::{Folder, Host, Postgres, hot, settings};

const LEADS: usize = 60;

/// Two hosts take hot leads at once, each the whole of them: every lead comes to both.
async fn race(database: &str) -> (Host, u64) {
    let hosts = [Host::open(settings(database)).await, Host::open(settings(database)).await].map(Arc::new);
    let mut tasks = Vec::new();
    for number in 0..LEADS {
        for (which, host) in hosts.iter().enumerate() {
            let host = Arc::clone(host);
            // Another submission of the same person through each host.
            tasks.push(tokio::spawn(async move {
                host.enquire(&format!("f-{number}-{which}"), &hot(number)).await
            }));
        }
    }
    let mut leads = Vec::new();
    for task in tasks {
        leads.push(task.await.unwrap());
    }
    for pair in leads.chunks(2) {
        assert_eq!(pair[0], pair[1], "one person, one record, whichever host was first");
    }
    let lost = hosts.iter().map(|host| host.crm.lost()).sum();
    let [host, other] = hosts;
    other.crm.close().await;
    (Arc::into_inner(host).unwrap(), lost)
}

async fn fair(host: &Host, lost: u64) {
    assert!(lost > 0, "the hosts never met: this proves nothing");
    let roster = host.get("/api/roster").await;
    assert_eq!(roster["revision"], 1 + LEADS, "each hand-over changed the roster once");
    let mut owners: BTreeMap<String, usize> = BTreeMap::new();
    let mut activities = 0;
    for offset in [0, 50] {
        let page = host.get(&format!("/api/leads?offset={offset}")).await;
        for line in page["leads"].as_array().unwrap() {
            let one = host.get(&format!("/api/leads/{}", line["id"].as_str().unwrap())).await;
            let assignments = one["lead"]["assignments"].as_array().unwrap();
            assert_eq!(assignments.len(), 1, "{}", one["lead"]);
            assert_eq!(assignments[0]["owner"], line["owner"]);
            *owners.entry(assignments[0]["owner"].as_str().unwrap().to_owned()).or_default() += 1;
            activities += one["lead"]["activities"].as_array().unwrap().len();
        }
    }
    assert_eq!(activities, 2 * LEADS, "no accepted enquiry is lost");
    let half = LEADS / 2;
    assert_eq!(owners, BTreeMap::from([("sato".to_owned(), half), ("suzuki".to_owned(), half)]));
    for (member, number) in &owners {
        assert_eq!(roster["load"][member]["open"], *number, "the roster knows what the records say");
    }
    let outbox = host.get("/api/outbox?all=true").await;
    let told: Vec<&Value> = outbox.as_array().unwrap().iter().filter(|row| row["kind"] == "notice").collect();
    assert_eq!(told.len(), LEADS, "each owner is told once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_hosts_share_a_file() {
    let folder = Folder::new();
    let (host, lost) = race(&folder.database()).await;
    fair(&host, lost).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_hosts_share_postgresql() {
    let Some(postgres) = Postgres::start() else {
        assert!(std::env::var_os("CRM_TEST_NEEDS_POSTGRES").is_none(), "PostgreSQL does not start");
        println!("skipped: no PostgreSQL here; install it, or name one in CRM_TEST_POSTGRES");
        return;
    };
    postgres.ready().await;
    let (host, lost) = race(&postgres.url).await;
    fair(&host, lost).await;
    host.crm.close().await;
}
