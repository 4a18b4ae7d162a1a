//! The outbox: every effect goes out once.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::thread::JoinHandle;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use crm::Mail;
use serde_json::Value;

use crate::common::{Folder, Host, at, hot, settings};

async fn host(folder: &Folder) -> Host {
    let mut settings = settings(&folder.database());
    settings.mail = Mail::Folder(folder.0.join("outgoing"));
    Host::open(settings).await
}

fn sent(folder: &Path) -> Vec<String> {
    let files = std::fs::read_dir(folder.join("outgoing")).unwrap();
    files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap()).collect()
}

async fn rows(host: &Host) -> Vec<Value> {
    host.get("/api/outbox?all=true").await.as_array().unwrap().clone()
}

#[tokio::test]
async fn what_waits_is_sent_once_and_answered() {
    let folder = Folder::new();
    let host = host(&folder).await;
    let lead = host.enquire("f-1", &hot(1)).await;
    assert_eq!(host.crm.deliver().await.unwrap(), 2, "a mail, and a notice to the owner");
    assert_eq!(host.crm.deliver().await.unwrap(), 0);
    let mails = sent(&folder.0);
    assert_eq!(mails.len(), 2);
    let thanks = mails.iter().find(|mail| mail.contains("To: hot1@kensetsu1.example")).unwrap();
    assert!(thanks.contains("List-Unsubscribe: <http://127.0.0.1:3000/unsubscribe/"), "{thanks}");
    assert!(mails.iter().any(|mail| mail.contains("To: sato@sales.invalid")));
    assert!(rows(&host).await.iter().all(|row| row["answer"] == "delivered"));
    let one = host.get(&format!("/api/leads/{lead}")).await;
    assert_eq!(one["lead"]["touches"][0]["status"], "delivered");
}

#[tokio::test]
async fn a_worker_that_dies_loses_its_claim_and_no_message_goes_out_twice() {
    let folder = Folder::new();
    let host = host(&folder).await;
    host.enquire("f-1", &hot(1)).await;
    // Two workers at once share the rows.
    let (one, two) = tokio::join!(host.crm.deliver(), host.crm.deliver());
    assert_eq!(one.unwrap() + two.unwrap(), 2);
    assert_eq!(sent(&folder.0).len(), 2);
    // A folder that cannot be written: the worker stops between claim and answer.
    host.enquire("f-2", &hot(2)).await;
    let outgoing = folder.0.join("outgoing");
    std::fs::rename(&outgoing, folder.0.join("aside")).unwrap();
    std::fs::write(&outgoing, "in the way").unwrap();
    assert!(host.crm.deliver().await.is_err());
    std::fs::remove_file(&outgoing).unwrap();
    std::fs::rename(folder.0.join("aside"), &outgoing).unwrap();
    host.crm.deliver().await.unwrap();
    assert!(rows(&host).await.iter().any(|row| row["answer"] == ""), "the claim is still the dead worker's");
    host.clock.put(at("2026-11-20T10:01:01+09:00"));
    host.crm.deliver().await.unwrap();
    assert!(rows(&host).await.iter().all(|row| row["answer"] == "delivered"));
    assert_eq!(sent(&folder.0).len(), 4, "two for each lead");
}

#[tokio::test]
async fn after_the_gates_leave_nothing_goes_out() {
    let folder = Folder::new();
    let host = host(&folder).await;
    // Rank B: a marketing mail, which quiet hours end at 20:00.
    host.enquire("f-1", "&mail=b%40plain.example&industry=%E8%A3%BD%E9%80%A0%E6%A5%AD&agree=on").await;
    host.clock.put(at("2026-11-20T20:01:00+09:00"));
    host.crm.deliver().await.unwrap();
    let rows = rows(&host).await;
    let marketing = rows.iter().find(|row| row["subject"].as_str().unwrap().contains("導入事例")).unwrap();
    assert_eq!(marketing["answer"], "failed");
    assert_eq!(sent(&folder.0).len(), 1, "thanks, which may come at any time; no marketing at night");
}

#[tokio::test]
async fn unsubscribing_takes_a_click_on_the_page_and_stops_marketing() {
    let folder = Folder::new();
    let host = host(&folder).await;
    let lead = host.enquire("f-1", &hot(1)).await;
    host.crm.deliver().await.unwrap();
    let mails = sent(&folder.0);
    let mail = mails.iter().find(|mail| mail.contains("List-Unsubscribe: <")).unwrap().replace("\r\n ", "");
    let url =
        mail.split("List-Unsubscribe: <http://127.0.0.1:3000").nth(1).unwrap().split('>').next().unwrap();
    let visit = async |method: &str, path: &str| {
        host.send(Request::builder().method(method).uri(path).body(Body::empty()).unwrap()).await.status
    };
    let consent =
        async || host.get(&format!("/api/leads/{lead}")).await["lead"]["consent"]["email"]["status"].clone();
    assert_eq!(visit("GET", url).await, StatusCode::OK);
    assert_eq!(consent().await, "granted", "a scanner that opens the link changes nothing");
    let mut forged = url.to_owned();
    forged.replace_range(forged.len() - 4.., "AAAA");
    assert_eq!(visit("POST", &forged).await, StatusCode::NOT_FOUND);
    assert_eq!(consent().await, "granted");
    assert_eq!(visit("POST", url).await, StatusCode::OK);
    assert_eq!(consent().await, "denied");
}

/// A mail server that answers the message with this line, and gives what it was sent.
fn server(answer: &'static str) -> (u16, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let thread = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
        stream.write_all(b"220 sink\r\n").unwrap();
        let (mut told, mut data) = (String::new(), false);
        while let Some(Ok(line)) = lines.next() {
            told += &line;
            told.push('\n');
            let reply = match (data, line.as_str()) {
                (true, ".") => {
                    data = false;
                    answer
                }
                (true, _) => continue,
                (false, "DATA") => {
                    data = true;
                    "354 go on"
                }
                (false, "QUIT") => break,
                (false, _) => "250 ok",
            };
            stream.write_all(format!("{reply}\r\n").as_bytes()).unwrap();
        }
        told
    });
    (port, thread)
}

async fn through(answer: &'static str) -> (Folder, Host, String) {
    let folder = Folder::new();
    let (port, thread) = server(answer);
    let mut settings = settings(&folder.database());
    settings.mail = Mail::Smtp { host: "127.0.0.1".to_owned(), port };
    let host = Host::open(settings).await;
    // Nobody agreed, and the lead is cold: nothing but thanks.
    host.enquire("f-1", "&mail=c%40plain.example").await;
    assert_eq!(host.crm.deliver().await.unwrap(), 1);
    let told = tokio::task::spawn_blocking(move || thread.join().unwrap()).await.unwrap();
    (folder, host, told)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_server_takes_the_message_with_its_key() {
    let (_folder, host, told) = through("250 taken").await;
    let row = rows(&host).await[0].clone();
    assert_eq!(row["answer"], "delivered");
    let id = format!("Message-ID: <{}@ikusei.invalid>", row["effect"].as_str().unwrap());
    assert!(told.contains(&id) && told.contains("RCPT TO:<c@plain.example>"), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mailbox_that_is_none_bounces_and_a_busy_server_is_tried_again() {
    let (_folder, host, _) = through("550 no such mailbox").await;
    assert_eq!(rows(&host).await[0]["answer"], "bounced");
    let (_folder, host, _) = through("451 later").await;
    let row = rows(&host).await[0].clone();
    assert_eq!((row["answer"].as_str(), row["tries"].as_i64()), (Some(""), Some(1)));
    assert!(row["trouble"].as_str().unwrap().contains("later"), "{row}");
    assert_eq!(host.crm.deliver().await.unwrap(), 0, "not at once");
    // Nobody listens any more: half a minute later it is tried, and waits again.
    host.clock.put(at("2026-11-20T10:00:31+09:00"));
    assert_eq!(host.crm.deliver().await.unwrap(), 1);
    assert_eq!(rows(&host).await[0]["tries"], 2);
}
