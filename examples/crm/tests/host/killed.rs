//! The program itself, killed at any moment: nothing that it accepted is lost, nothing goes out under two keys.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::common::{Folder, KEY};

/// How many times it is killed.
const KILLS: u32 = 4;
const LEADS_A_LIFE: u32 = 12;

/// A mail server that counts messages by their ids.
struct Sink {
    port: u16,
    ids: Arc<Mutex<BTreeMap<String, u32>>>,
}

impl Sink {
    fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let ids = Arc::new(Mutex::new(BTreeMap::new()));
        let known = Arc::clone(&ids);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, known) = (stream.unwrap(), Arc::clone(&known));
                std::thread::spawn(move || Self::talk(stream, &known));
            }
        });
        Self { port, ids }
    }

    /// Whoever calls may be killed in the middle: then there is nobody to tell.
    fn talk(mut stream: TcpStream, known: &Mutex<BTreeMap<String, u32>>) -> Option<()> {
        let mut lines = BufReader::new(stream.try_clone().ok()?).lines();
        stream.write_all(b"220 sink\r\n").ok()?;
        let (mut data, mut id) = (false, String::new());
        while let Some(Ok(line)) = lines.next() {
            if let Some(found) = line.strip_prefix("Message-ID: ") {
                found.clone_into(&mut id);
            }
            let reply = match (data, line.as_str()) {
                (true, ".") => {
                    data = false;
                    *known.lock().unwrap().entry(std::mem::take(&mut id)).or_default() += 1;
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
    fn call(&self, method: &str, path: &str, body: &str) -> Option<(String, String)> {
        let mut stream = TcpStream::connect(&self.address).ok()?;
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: crm\r\nAuthorization: Bearer {KEY}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(format!("{head}{body}").as_bytes()).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        Some((head.lines().next()?.to_owned(), body.to_owned()))
    }

    fn enquire(&self, number: u32) -> bool {
        let form = format!("submission=f-{number}&form_name=contact&mail=k{number}%40plain.example");
        let answer = self.call("POST", "/api/capture/contact", &form);
        answer.is_some_and(|(status, _)| status.contains(" 202 "))
    }

    fn waiting(&self) -> String {
        self.call("GET", "/api/outbox", "").unwrap().1
    }
}

#[test]
fn killed_again_and_again_it_loses_nothing() {
    let (folder, sink) = (Folder::new(), Sink::open());
    let mut accepted = Vec::new();
    for life in 0..KILLS {
        let mut program = Program::start(&folder, &sink);
        let killer = Duration::from_millis(u64::from(17 + life * 31));
        std::thread::scope(|scope| {
            let program = &program;
            let posts = scope.spawn(move || {
                let numbers = life * LEADS_A_LIFE..(life + 1) * LEADS_A_LIFE;
                numbers.filter(|number| program.enquire(*number)).collect::<Vec<_>>()
            });
            std::thread::sleep(killer);
            let status = Command::new("kill").args(["-9", &program.child.id().to_string()]).status();
            assert!(status.unwrap().success());
            accepted.extend(posts.join().unwrap());
        });
        program.child.wait().unwrap();
    }

    let mut program = Program::start(&folder, &sink);
    // Senders that got no answer send again, and those that got one once more as well.
    for number in 0..KILLS * LEADS_A_LIFE {
        assert!(program.enquire(number), "{number}");
    }
    // A claim of a worker that was killed runs out after half a minute.
    for _ in 0..900 {
        if program.waiting() == "[]" {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(program.waiting(), "[]");
    let leads: serde_json::Value =
        serde_json::from_str(&program.call("GET", "/api/leads", "").unwrap().1).unwrap();
    assert_eq!(
        leads["total"],
        KILLS * LEADS_A_LIFE,
        "every enquiry once; accepted before a kill: {accepted:?}"
    );
    program.child.kill().unwrap();
    program.child.wait().unwrap();
    let ids = sink.ids.lock().unwrap();
    assert_eq!(ids.len(), usize::try_from(KILLS * LEADS_A_LIFE).unwrap(), "one key for each message");
    let twice = ids.values().filter(|number| **number > 1).count();
    assert!(
        twice <= usize::try_from(KILLS).unwrap(),
        "at most the one that a killed worker had in hand: {ids:?}"
    );
}
