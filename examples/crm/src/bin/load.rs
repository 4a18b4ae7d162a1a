//! Posts signed events at a fixed rate to a server of its own, says how long each answer took, and then counts whether
//! every event that was accepted is in its lead's history once.
//!
//! The next event does not wait for the answers to the last ones: what a slow answer delays counts as slow as well.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use clap::Parser;
use crm::{Clock, Crm, HookKeys, Settings};
use hmac::{Hmac, Mac as _};
use p256::PublicKey;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use p256::pkcs8::EncodePublicKey as _;
use serde_json::{Value, json};
use tokio::net::TcpListener;

const API: &str = "the key of the load";
const SECRET: &str = "what others sign with";

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Measures how many events of webhooks the CRM takes.
#[derive(Debug, Clone, Parser)]
struct Args {
    /// How long events are posted.
    #[arg(long, default_value_t = 60)]
    seconds: u32,
    /// Events a second.
    #[arg(long, default_value_t = 1000)]
    rate: u32,
    /// How many leads there are.
    #[arg(long, default_value_t = 1000)]
    leads: u32,
    /// How many connections events go over.
    #[arg(long, default_value_t = 64)]
    connections: u32,
    /// An empty database; a SQLite file of its own if absent.
    #[arg(long)]
    database: Option<String>,
    /// How long the slowest of a hundred answers may take, in milliseconds; more is a failure.
    #[arg(long)]
    p99: Option<u64>,
    /// Be the server.
    #[arg(long, hide = true)]
    serve: bool,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let done = if args.serve { serve(args) } else { measure(&args) };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            say(&format!("error: {failure}"));
            ExitCode::FAILURE
        }
    }
}

fn say(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

fn serve(args: Args) -> Result<(), Failure> {
    let mut settings = Settings::new(args.database.unwrap_or_default(), "a signing key of the load");
    settings.api_key = Some(API.to_owned());
    let public = PublicKey::from(key()?.verifying_key()).to_public_key_der()?;
    let (sendgrid, shared) = (Some(STANDARD.encode(public.as_bytes())), Some(SECRET.to_owned()));
    settings.hooks = HookKeys { sendgrid, shared, twilio: None };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let crm = Crm::open(settings, Clock::System).await?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        say(&format!("listening on {}", listener.local_addr()?));
        Ok(crm.serve(listener, std::future::pending()).await?)
    })
}

fn measure(args: &Args) -> Result<(), Failure> {
    let folder = std::env::temp_dir().join(format!("crm-load-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let own = format!("sqlite://{}?mode=rwc", folder.join("load.db").display());
    let server = Server::start(args.database.as_deref().unwrap_or(&own), folder)?;
    let leads = each(args.connections, args.leads, |line, number| server.lead(line, number))?;
    say(&format!("{} leads; {} events a second for {} seconds ...", leads.len(), args.rate, args.seconds));

    let key = key()?;
    let begin = now() + Duration::from_millis(200);
    let posted = each(args.connections, args.rate * args.seconds, |line, number| {
        let due = begin + Duration::from_secs(1) * number / args.rate;
        thread::sleep(due.saturating_duration_since(now()));
        let (path, head, body) = event(&key, number, number % args.leads)?;
        let status = server.post(line, path, &head, &body)?.0;
        Ok((number, status, due.elapsed()))
    })?;
    let end = now();
    let mut times: Vec<Duration> = posted.iter().map(|(_, _, time)| *time).collect();
    times.sort_unstable();
    let at =
        |part: usize| times.get((times.len() * part / 100).min(times.len() - 1)).copied().unwrap_or_default();
    let accepted: Vec<u32> = posted.iter().filter(|one| one.1 == 202).map(|one| one.0).collect();
    let refused = posted.len() - accepted.len();
    say(&format!(
        "{} accepted, {refused} refused, {:.0} a second; answered after: half {:.1?}, 99 of 100 {:.1?}, the slowest {:.1?}",
        accepted.len(),
        accepted.len() as f64 / (end - begin).as_secs_f64(),
        at(50),
        at(99),
        at(100),
    ));

    server.drained()?;
    say(&format!("decided on {:.1?} after the last one", end.elapsed()));
    let histories = each(args.connections, args.leads, |line, number| {
        let lead = leads.get(usize::try_from(number)?).ok_or("no such lead")?;
        server.history(line, lead)
    })?;
    let mut found: HashMap<String, u32> = HashMap::new();
    for id in histories.into_iter().flatten() {
        *found.entry(id).or_default() += 1;
    }
    let other = accepted.iter().filter(|number| found.get(&id(**number)) != Some(&1)).count();
    if other > 0 {
        return Err(format!("{other} events that were accepted are not in one history once").into());
    }
    say("each of them is in one lead's history, once");
    let worst = at(99).as_millis();
    match args.p99 {
        Some(most) if worst > u128::from(most) => Err(format!("{worst} ms are more than {most}").into()),
        _ => Ok(()),
    }
}

/// Does something with each number, over so many connections; what comes of it, by number.
fn each<T: Send>(
    connections: u32,
    numbers: u32,
    one: impl Fn(&mut Option<Line>, u32) -> Result<T, Failure> + Sync,
) -> Result<Vec<T>, Failure> {
    let (next, done) = (AtomicU32::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        let work = || -> Result<(), Failure> {
            let (mut line, mut mine) = (None, Vec::new());
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= numbers {
                    done.lock().map_err(|_| "another one failed")?.append(&mut mine);
                    return Ok(());
                }
                mine.push((number, one(&mut line, number)?));
            }
        };
        let threads: Vec<_> = (0..connections).map(|_| scope.spawn(work)).collect();
        threads.into_iter().try_for_each(|thread| thread.join().map_err(|_| "a thread failed")?)
    })?;
    let mut done = done.into_inner().map_err(|_| "a thread failed")?;
    done.sort_by_key(|(number, _)| *number);
    Ok(done.into_iter().map(|(_, value)| value).collect())
}

/// An event of a lead, signed: one half as SendGrid's, one half as anybody's.
fn event(key: &SigningKey, number: u32, lead: u32) -> Result<(&'static str, String, String), Failure> {
    let (email, at) = (mail(lead), Clock::System.now());
    let time = at.micros() / 1_000_000;
    Ok(if number.is_multiple_of(2) {
        let body = json!([{ "email": email, "event": "click", "sg_event_id": id(number), "sg_message_id": "m",
            "timestamp": time, "url": "https://sample.example/cases", "useragent": "Mozilla/5.0 (Windows NT 10.0)" }]);
        let signature: Signature = key.sign(format!("{time}{body}").as_bytes());
        let signature = STANDARD.encode(signature.to_der());
        let head = format!(
            "X-Twilio-Email-Event-Webhook-Timestamp: {time}\r\nX-Twilio-Email-Event-Webhook-Signature: {signature}\r\n"
        );
        ("/hooks/sendgrid", head, body.to_string())
    } else {
        let body = json!({ "email": email, "events": [
            { "id": id(number), "kind": "page_view", "at": at, "url": "https://sample.example/cases" } ] });
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(SECRET.as_bytes())?;
        mac.update(format!("{time}.tracking.{body}").as_bytes());
        let signature = URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
        ("/hooks/signed/tracking", format!("X-Signature: t={time},v1={signature}\r\n"), body.to_string())
    })
}

fn id(event: u32) -> String {
    format!("load-{event}")
}

fn mail(lead: u32) -> String {
    format!("lead{lead}@load{lead}.example")
}

fn key() -> Result<SigningKey, Failure> {
    Ok(SigningKey::from_slice(&[7; 32])?)
}

/// A connection that stays open.
type Line = BufReader<TcpStream>;

/// The program under load.
struct Server {
    child: Child,
    address: String,
    folder: PathBuf,
}

impl Server {
    fn start(database: &str, folder: PathBuf) -> Result<Self, Failure> {
        let program = std::env::current_exe()?;
        let mut child = Command::new(program)
            .current_dir(&folder)
            .args(["--serve", "--database", database])
            .stderr(Stdio::piped())
            .spawn()?;
        let mut lines = BufReader::new(child.stderr.take().ok_or("no pipe")?).lines();
        let address = loop {
            let line = lines.next().ok_or("the server does not start")??;
            match line.strip_prefix("listening on ") {
                Some(address) => break address.to_owned(),
                None => say(&line),
            }
        };
        thread::spawn(move || lines.map_while(Result::ok).for_each(|line| say(&line)));
        Ok(Self { child, address, folder })
    }

    fn send(
        &self,
        line: &mut Option<Line>,
        method: &str,
        path: &str,
        head: &str,
        body: &str,
    ) -> Result<(u16, String), Failure> {
        let line = match line {
            Some(line) => line,
            None => {
                let stream = TcpStream::connect(&self.address)?;
                stream.set_nodelay(true)?;
                line.insert(BufReader::new(stream))
            }
        };
        let head =
            format!("{method} {path} HTTP/1.1\r\nHost: crm\r\nContent-Length: {}\r\n{head}\r\n", body.len());
        line.get_mut().write_all(format!("{head}{body}").as_bytes())?;
        let (mut status, mut length, mut text) = (0, 0, String::new());
        loop {
            text.clear();
            line.read_line(&mut text)?;
            let lower = text.trim_end().to_ascii_lowercase();
            if let Some(rest) = lower.strip_prefix("http/1.1 ") {
                status = rest.get(..3).unwrap_or_default().parse()?;
            } else if let Some(rest) = lower.strip_prefix("content-length: ") {
                length = rest.parse()?;
            } else if lower.is_empty() {
                break;
            }
        }
        let mut bytes = vec![0; length];
        line.read_exact(&mut bytes)?;
        Ok((status, String::from_utf8(bytes)?))
    }

    fn post(
        &self,
        line: &mut Option<Line>,
        path: &str,
        head: &str,
        body: &str,
    ) -> Result<(u16, String), Failure> {
        self.send(line, "POST", path, head, body)
    }

    /// A call of the REST interface.
    fn call(&self, line: &mut Option<Line>, method: &str, path: &str, body: &str) -> Result<Value, Failure> {
        let (status, text) =
            self.send(line, method, path, &format!("Authorization: Bearer {API}\r\n"), body)?;
        if status >= 300 {
            Err(format!("{path}: {status} {text}").into())
        } else {
            Ok(serde_json::from_str(&text)?)
        }
    }

    /// Makes a lead, and gives its id.
    fn lead(&self, line: &mut Option<Line>, number: u32) -> Result<String, Failure> {
        let form =
            format!("submission=form-{number}&form_name=contact&mail={}", mail(number).replace('@', "%40"));
        let received = self.call(line, "POST", "/api/capture/contact", &form)?;
        Ok(received.pointer("/people/0/lead").and_then(Value::as_str).ok_or("no lead")?.to_owned())
    }

    fn history(&self, line: &mut Option<Line>, lead: &str) -> Result<Vec<String>, Failure> {
        let one = self.call(line, "GET", &format!("/api/leads/{lead}"), "")?;
        let activities = one.pointer("/lead/activities").and_then(Value::as_array).ok_or("no activities")?;
        Ok(activities.iter().filter_map(|activity| Some(activity.get("id")?.as_str()?.to_owned())).collect())
    }

    /// Waits until everything is decided on.
    fn drained(&self) -> Result<(), Failure> {
        let mut line = None;
        loop {
            let inbox = self.call(&mut line, "GET", "/api/inbox", "")?;
            let number = |name: &str| inbox.get(name).and_then(Value::as_u64).ok_or("no number");
            match (number("waiting")?, number("aside")?) {
                (_, 1..) => return Err(format!("events could not be decided on: {inbox}").into()),
                (0, 0) => return Ok(()),
                _ => {}
            }
            thread::sleep(Duration::from_millis(100));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

#[expect(clippy::disallowed_methods, reason = "a measurement takes time")]
fn now() -> Instant {
    Instant::now()
}
