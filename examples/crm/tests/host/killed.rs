//! The program itself, killed at random moments: nothing that it accepted is lost, and no effect is carried out twice
//! where the other side knows effects by their keys.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crm::Clock;
use ikusei::bucket;
use serde_json::Value;

use crate::common::{Folder, KEY};
use crate::hooks::{SECRET, by_us};

/// How many times it is killed. Each fourth time it is in the very moment in which the mail server has taken a message
/// and the program has not heard of it; otherwise at any moment.
const KILLS: u32 = 20;
/// So many people write in one life, and each of them looks at a page as well.
const PEOPLE: u32 = 10;

/// A mail server that knows messages by their ids: it carries each out once, and counts how often it was given.
#[derive(Debug)]
struct Sink {
    port: u16,
    taken: Arc<Mutex<BTreeMap<String, (String, u32)>>>,
    /// Where it is set, the next message is taken, told of here, and never answered.
    trap: Arc<Mutex<Option<Sender<()>>>>,
}

impl Sink {
    fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let sink = Self { port, taken: Arc::default(), trap: Arc::default() };
        let (taken, trap) = (Arc::clone(&sink.taken), Arc::clone(&sink.trap));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, taken, trap) = (stream.unwrap(), Arc::clone(&taken), Arc::clone(&trap));
                std::thread::spawn(move || Self::talk(stream, &taken, &trap));
            }
        });
        sink
    }

    /// Whoever calls may be killed in the middle: then there is nobody to tell.
    fn talk(
        mut stream: TcpStream,
        taken: &Mutex<BTreeMap<String, (String, u32)>>,
        trap: &Mutex<Option<Sender<()>>>,
    ) -> Option<()> {
        let mut lines = BufReader::new(stream.try_clone().ok()?).lines();
        stream.write_all(b"220 sink\r\n").ok()?;
        let (mut data, mut id, mut to) = (false, String::new(), String::new());
        while let Some(Ok(line)) = lines.next() {
            if let Some(found) = line.strip_prefix("Message-ID: ") {
                found.clone_into(&mut id);
            }
            if let Some(found) = line.strip_prefix("RCPT TO:") {
                found.clone_into(&mut to);
            }
            let reply = match (data, line.as_str()) {
                (true, ".") => {
                    data = false;
                    let (id, to) = (std::mem::take(&mut id), std::mem::take(&mut to));
                    let mut taken = taken.lock().unwrap();
                    let known = taken.entry(id).or_insert_with(|| (to.clone(), 0));
                    assert_eq!(known.0, to, "one key, two recipients");
                    known.1 += 1;
                    if let Some(trap) = trap.lock().unwrap().take() {
                        trap.send(()).ok()?;
                        drop(taken);
                        return lines.map_while(Result::ok).last().map(drop);
                    }
                    "250 taken"
                }
                (true, _) => continue,
                (false, "DATA") => {
                    data = true;
                    "354 go on"
                }
                (false, _) => "250 ok",
            };
            stream.write_all(format!("{reply}\r\n").as_bytes()).ok()?;
        }
        Some(())
    }

    fn trapped(&self) -> Receiver<()> {
        let (sender, receiver) = channel();
        *self.trap.lock().unwrap() = Some(sender);
        receiver
    }
}

struct Program {
    child: Child,
    address: String,
}

impl Program {
    fn start(folder: &Folder, sink: &Sink) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_crm"))
            .env("CRM_DATABASE", folder.database())
            .env("CRM_KEY", "a signing key for tests only")
            .env("CRM_API_KEY", KEY)
            .env("CRM_HOOK_KEY", SECRET)
            .env("CRM_LISTEN", "127.0.0.1:0")
            .env("CRM_SMTP", format!("127.0.0.1:{}", sink.port))
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let address = loop {
            let line = lines.next().expect("it ended").unwrap();
            if let Some(address) = line.strip_prefix("listening on http://") {
                break address.to_owned();
            }
        };
        // Whatever else it says must not fill the pipe.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, address }
    }

    /// The answer's first line and its body; none if the program was killed meanwhile.
    fn send(&self, method: &str, path: &str, header: &str, body: &str) -> Option<(String, String)> {
        let mut stream = TcpStream::connect(&self.address).ok()?;
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: crm\r\n{header}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(format!("{head}{body}").as_bytes()).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        Some((head.lines().next()?.to_owned(), body.to_owned()))
    }

    fn call(&self, method: &str, path: &str, body: &str) -> Option<(String, String)> {
        self.send(method, path, &format!("Authorization: Bearer {KEY}"), body)
    }

    fn get(&self, path: &str) -> Value {
        serde_json::from_str(&self.call("GET", path, "").unwrap().1).unwrap()
    }

    /// Posts a person's enquiry, or what the same person looked at: whether it was accepted.
    fn post(&self, person: u32, enquiry: bool) -> bool {
        let answer = if enquiry {
            let form = format!("submission=f-{person}&form_name=contact&mail=k{person}%40plain.example");
            self.call("POST", "/api/capture/contact", &form)
        } else {
            let body = format!(
                r#"{{"email":"k{person}@plain.example","events":[{{"id":"v-{person}","kind":"page_view","at":"2026-11-20T10:00:00+09:00","url":"/cases"}}]}}"#
            );
            let time = Clock::System.now().micros() / 1_000_000;
            let [(name, value)] = by_us(time, "tracking", &body);
            self.send("POST", "/hooks/signed/tracking", &format!("{name}: {value}"), &body)
        };
        answer.is_some_and(|(status, _)| status.contains(" 202 "))
    }

    fn kill(&mut self) {
        // The signal that no program hears.
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

#[test]
fn killed_twenty_times_it_loses_nothing_and_sends_nothing_twice() {
    let (folder, sink) = (Folder::new(), Sink::open());
    let mut accepted = BTreeSet::new();
    let (mut trapped, mut busy) = (0, 0);
    for life in 0..KILLS {
        let mut program = Program::start(&folder, &sink);
        let trap = (life % 4 == 3).then(|| sink.trapped());
        std::thread::scope(|scope| {
            let running = &program;
            let posts = scope.spawn(move || {
                let people = life * PEOPLE..(life + 1) * PEOPLE;
                let all = people.flat_map(|person| [(person, true), (person, false)]);
                all.filter(|(person, enquiry)| running.post(*person, *enquiry)).collect::<Vec<_>>()
            });
            match trap {
                Some(trap) => trapped += u32::from(trap.recv_timeout(Duration::from_secs(20)).is_ok()),
                None => std::thread::sleep(Duration::from_millis(
                    bucket(&["killed", &life.to_string()], 400).into(),
                )),
            }
            let id = program.child.id().to_string();
            assert!(Command::new("kill").args(["-9", &id]).status().unwrap().success());
            let posted = posts.join().unwrap();
            busy += u32::from(posted.len() < 2 * usize::try_from(PEOPLE).unwrap());
            accepted.extend(posted);
        });
        program.kill();
    }
    assert_eq!(trapped, KILLS / 4, "the mail server had taken a message each time");
    assert!(busy >= KILLS / 4, "killed {busy} times while events were posted: this proves little");

    let mut program = Program::start(&folder, &sink);
    let people = KILLS * PEOPLE;
    // What was accepted must be there; a claim of a worker that was killed runs out after half a minute.
    let settled =
        || program.get("/api/inbox")["waiting"] == 0 && program.get("/api/outbox") == Value::Array(vec![]);
    for _ in 0..900 {
        if settled() {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    assert!(settled(), "{} {}", program.get("/api/inbox"), program.get("/api/outbox"));
    let mut found: BTreeMap<(u32, bool), u32> = BTreeMap::new();
    let total = program.get("/api/leads")["total"].as_u64().unwrap();
    for offset in (0..total).step_by(50) {
        let page = program.get(&format!("/api/leads?offset={offset}"));
        for line in page["leads"].as_array().unwrap() {
            let one = program.get(&format!("/api/leads/{}", line["id"].as_str().unwrap()));
            for activity in one["lead"]["activities"].as_array().unwrap() {
                let (kind, person) = activity["id"].as_str().unwrap().split_once('-').unwrap();
                *found.entry((person.parse().unwrap(), kind == "f")).or_default() += 1;
            }
        }
    }
    for event in &accepted {
        assert_eq!(found.get(event), Some(&1), "accepted, and not in one history once: {event:?}");
    }
    assert!(found.values().all(|times| *times == 1), "{found:?}");

    // Senders that got no answer send again, and the others once more as well.
    for person in 0..people {
        assert!(program.post(person, true) && program.post(person, false), "{person}");
    }
    for _ in 0..300 {
        if settled() {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    assert!(settled());
    assert_eq!(program.get("/api/leads")["total"], people, "everybody once");
    program.kill();
    let taken = sink.taken.lock().unwrap();
    let recipients: BTreeSet<&str> = taken.values().map(|(to, _)| to.as_str()).collect();
    let people = usize::try_from(people).unwrap();
    assert_eq!((taken.len(), recipients.len()), (people, people), "one effect for each, under one key");
    let again = taken.values().filter(|(_, times)| *times > 1).count();
    let (least, most) = (usize::try_from(trapped).unwrap(), usize::try_from(KILLS).unwrap());
    assert!((least..=most).contains(&again), "{again} were given again, under the key that is known");
}
