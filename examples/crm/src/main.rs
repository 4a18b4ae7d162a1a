//! `crm`: see `README.md` beside it.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, Subcommand};
use crm::{Clock, Crm, HookKeys, Mail, Problem, Role, Settings};
use tokio::net::TcpListener;

/// A small CRM around ikusei.
#[derive(Debug, Parser)]
struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    /// Serve a database of its own with invented leads, until the program ends.
    #[arg(long)]
    demo: bool,
    /// How many leads the demonstration has.
    #[arg(long, default_value_t = 150)]
    leads: usize,
    /// `sqlite://crm.db?mode=rwc`, or `postgres://user@host/crm`.
    #[arg(long, env = "CRM_DATABASE", default_value = "sqlite://crm.db?mode=rwc", hide_env_values = true)]
    database: String,
    /// Where to listen.
    #[arg(long, env = "CRM_LISTEN", default_value = "127.0.0.1:3000")]
    listen: String,
    /// The address under which it is reached from outside, for links in messages and for Twilio's signatures.
    #[arg(long, env = "CRM_BASE", default_value = "http://127.0.0.1:3000")]
    base: String,
    /// The playbook of a new database; the example's if absent.
    #[arg(long, env = "CRM_PLAYBOOK")]
    playbook: Option<PathBuf>,
    /// The roster of a new database; the example's if absent.
    #[arg(long, env = "CRM_ROSTER")]
    roster: Option<PathBuf>,
    /// Whether a proxy of our own stands before it, whose `X-Forwarded-For` says where requests come from.
    #[arg(long, env = "CRM_PROXY")]
    proxy: bool,
    /// What links are signed with: long, random, the same on every host.
    #[arg(long, env = "CRM_KEY", hide_env_values = true)]
    key: Option<String>,
    /// What programs prove themselves with to the REST interface.
    #[arg(long, env = "CRM_API_KEY", hide_env_values = true)]
    api_key: Option<String>,
    /// SendGrid's public key of the Event Webhook.
    #[arg(long, env = "CRM_SENDGRID_KEY", hide_env_values = true)]
    sendgrid_key: Option<String>,
    /// Twilio's auth token.
    #[arg(long, env = "CRM_TWILIO_TOKEN", hide_env_values = true)]
    twilio_token: Option<String>,
    /// The secret of other webhooks.
    #[arg(long, env = "CRM_HOOK_KEY", hide_env_values = true)]
    hook_key: Option<String>,
    /// A mail server, `host:port`, that passes mail on; without one messages become files.
    #[arg(long, env = "CRM_SMTP")]
    smtp: Option<String>,
    /// Where the files go that messages become.
    #[arg(long, env = "CRM_OUTGOING", default_value = "outgoing")]
    outgoing: PathBuf,
    /// The address that messages come from.
    #[arg(long, env = "CRM_FROM", default_value = "info@ikusei.invalid")]
    from: String,
    /// The domain of the members' own mailboxes.
    #[arg(long, env = "CRM_STAFF", default_value = "sales.invalid")]
    staff: String,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Adds a user, or changes one. The password is the first line of the standard input.
    User {
        /// Letters, digits and `.-_@`.
        name: String,
        /// `marketing`, `sales` or `admin`.
        #[arg(long)]
        role: String,
        /// Who that is in the roster.
        #[arg(long, default_value = "")]
        member: String,
    },
    /// Writes a copy of the SQLite database, whole and consistent, while it is in use.
    Backup {
        /// A file that there is not yet.
        file: PathBuf,
    },
}

fn main() -> ExitCode {
    let args = Args::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error.to_string()),
    };
    match runtime.block_on(run(args)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => failed(&problem.to_string()),
    }
}

fn failed(why: &str) -> ExitCode {
    say(&format!("error: {why}"));
    ExitCode::FAILURE
}

fn say(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

async fn run(mut args: Args) -> Result<(), Problem> {
    if !args.demo {
        let crm = Crm::open(settings(&args)?, Clock::System).await?;
        let done = command(&crm, &args).await;
        crm.close().await;
        return done;
    }
    let folder = std::env::temp_dir().join(format!("ikusei-crm-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    args.database = format!("sqlite://{}?mode=rwc", folder.join("demo.db").display());
    args.outgoing = folder.join("outgoing");
    args.smtp = None;
    args.key = Some(crm::random_key()?);
    args.api_key = Some(crm::random_key()?);
    let done = demo(&args).await;
    std::fs::remove_dir_all(&folder)?;
    done
}

fn settings(args: &Args) -> Result<Settings, Problem> {
    let key = args.key.clone().filter(|key| key.len() >= 16);
    let key = key.ok_or_else(|| {
        Problem::Bad(
            "set CRM_KEY to a random text of at least 16 characters, the same on every host".to_owned(),
        )
    })?;
    let mut settings = Settings::new(args.database.clone(), key);
    settings.throwaway = args.demo;
    settings.base.clone_from(&args.base);
    settings.proxy = args.proxy;
    settings.api_key.clone_from(&args.api_key);
    settings.hooks = HookKeys {
        sendgrid: args.sendgrid_key.clone(),
        twilio: args.twilio_token.clone(),
        shared: args.hook_key.clone(),
    };
    settings.from.clone_from(&args.from);
    settings.staff.clone_from(&args.staff);
    settings.mail = match &args.smtp {
        None => Mail::Folder(args.outgoing.clone()),
        Some(server) => {
            let parts = server.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse().ok()?)));
            let (host, port) =
                parts.ok_or_else(|| Problem::Bad("name the mail server as `host:port`".to_owned()))?;
            Mail::Smtp { host: host.to_owned(), port }
        }
    };
    if let Some(path) = &args.playbook {
        settings.playbook = std::fs::read_to_string(path)?;
    }
    if let Some(path) = &args.roster {
        settings.roster = std::fs::read_to_string(path)?;
    }
    Ok(settings)
}

async fn command(crm: &Arc<Crm>, args: &Args) -> Result<(), Problem> {
    match &args.command {
        None => serve(crm, args).await,
        Some(Command::Backup { file }) => crm.backup(file).await,
        Some(Command::User { name, role, member }) => {
            let role = Role::of(role)
                .ok_or_else(|| Problem::Bad("a role is `marketing`, `sales` or `admin`".to_owned()))?;
            let mut password = String::new();
            std::io::stdin().read_line(&mut password)?;
            crm.put_user(name, role, member, password.trim_end_matches(['\r', '\n'])).await
        }
    }
}

async fn demo(args: &Args) -> Result<(), Problem> {
    let crm = Crm::open(settings(args)?, Clock::System).await?;
    say(&format!("making {} leads and their last two months ...", args.leads));
    crm.demo(args.leads).await?;
    let password = crm::random_key()?;
    for (name, role, member) in
        [("marketing", Role::Marketing, ""), ("sato", Role::Sales, "sato"), ("admin", Role::Admin, "")]
    {
        crm.put_user(name, role, member, &password).await?;
    }
    say(&format!("sign in as `marketing`, `sato` or `admin` with the password {password}"));
    if let Some(key) = &args.api_key {
        say(&format!("REST: curl -H 'Authorization: Bearer {key}' {}/api/leads", args.base));
    }
    let done = serve(&crm, args).await;
    crm.close().await;
    done
}

async fn serve(crm: &Arc<Crm>, args: &Args) -> Result<(), Problem> {
    let listener = TcpListener::bind(&args.listen).await?;
    say(&format!("listening on http://{}", listener.local_addr()?));
    crm.serve(listener, stopped()).await
}

/// Until somebody presses Ctrl-C, or the machine wants it to end.
async fn stopped() {
    #[cfg(unix)]
    if let Ok(mut terminated) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        tokio::select! {
            _ = terminated.recv() => return,
            pressed = tokio::signal::ctrl_c() => if pressed.is_ok() { return },
        }
    }
    if tokio::signal::ctrl_c().await.is_err() {
        say("cannot listen for Ctrl-C");
        std::future::pending::<()>().await;
    }
}
