//! Who may do what, route by route, and what attackers try: see `SECURITY.md`.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode};
use crm::{HookKeys, Rate};
use serde_json::json;

use crate::common::{Answer, Folder, Host, KEY, MORNING, at, hot, settings};
use crate::hooks::{SECRET, by_us};
use crate::pages::{PASSWORD, Person, sign_in, staff};

/// A host with users and without a limit, and a lead that is sato's: its id and its hand-over's.
async fn host(folder: &Folder) -> (Host, String, String) {
    let mut settings = settings(&folder.database());
    settings.rate = Rate { burst: 10_000, per_second: 1 };
    settings.hooks = HookKeys { shared: Some(SECRET.to_owned()), ..HookKeys::default() };
    let host = Host::open(settings).await;
    staff(&host).await;
    let lead = host.enquire("f-1", &hot(1)).await;
    let board = host.get("/api/assignments").await;
    assert_eq!(board[0]["owner"], "sato");
    (host, lead, board[0]["id"].as_str().unwrap().to_owned())
}

async fn ask(host: &Host, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let form = "application/x-www-form-urlencoded";
    let mut request = Request::builder().method(method).uri(path).header("content-type", form);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    host.send(request.body(Body::from(body.to_owned())).unwrap()).await
}

/// What a route says to who has not signed in, to marketing, to the owner, to another salesperson, and to an admin.
type Row = (&'static str, &'static str, &'static str, [u16; 5]);

/// Every page. `LEAD`, `HANDOVER` and `NONE` stand for ids; what changes something is asked for with the session's proof,
/// and with values that the route refuses last, so that every row starts from the same.
const PAGES: [Row; 27] = [
    ("GET", "/", "", [303; 5]),
    ("GET", "/login", "", [200; 5]),
    ("GET", "/style.css", "", [200; 5]),
    ("GET", "/editor.js", "", [200; 5]),
    ("GET", "/leads", "", [303, 200, 200, 200, 200]),
    ("GET", "/leads/LEAD", "", [303, 200, 200, 200, 200]),
    ("GET", "/board", "", [303, 200, 200, 200, 200]),
    ("GET", "/scenarios", "", [303, 200, 200, 200, 200]),
    ("GET", "/scenarios/hot", "", [303, 200, 200, 200, 200]),
    ("GET", "/dashboard", "", [303, 200, 200, 200, 200]),
    ("GET", "/playbook", "", [303, 200, 200, 200, 200]),
    ("GET", "/password", "", [303, 200, 200, 200, 200]),
    ("GET", "/audit", "", [303, 403, 403, 403, 200]),
    ("GET", "/unsubscribe/LEAD/x", "", [404; 5]),
    ("POST", "/unsubscribe/LEAD/x", "", [404; 5]),
    ("POST", "/leads/LEAD/respond", "assignment=HANDOVER&answer=none", [303, 403, 400, 403, 400]),
    ("POST", "/leads/LEAD/respond", "assignment=NONE&answer=accept", [303, 403, 403, 403, 403]),
    ("POST", "/leads/NONE/hand-over", "", [303, 404, 404, 404, 404]),
    ("POST", "/leads/NONE/enrol", "scenario=warm-up", [303, 404, 403, 403, 404]),
    ("POST", "/leads/NONE/forget", "", [303, 403, 403, 403, 404]),
    ("POST", "/calls/NONE", "status=delivered", [303, 404, 404, 404, 404]),
    ("POST", "/playbook", "version=1&text=x", [303, 422, 403, 403, 422]),
    ("POST", "/playbook/check", "version=1&text=x", [303, 200, 403, 403, 200]),
    ("POST", "/playbook/review", "version=1&text=x", [303, 200, 403, 403, 200]),
    ("POST", "/password", "old=wrong&new=x", [303, 401, 401, 401, 401]),
    ("POST", "/login", "name=nobody&password=x", [401; 5]),
    ("POST", "/logout", "", [303; 5]),
];

#[tokio::test]
async fn every_page_lets_in_whom_it_should() {
    let folder = Folder::new();
    let (host, lead, assignment) = host(&folder).await;
    let source = include_str!("../../src/web/mod.rs");
    let routed = source.split(".route(\"").skip(1).map(|rest| rest.split('"').next().unwrap());
    let shape = |path: &str| -> Vec<String> {
        path.split('/').map(|part| part.replace("{effect}", "NONE").replace("{name}", "hot")).collect()
    };
    for route in routed {
        let known = PAGES.iter().any(|(_, path, ..)| {
            let (a, b) = (shape(route), shape(path));
            a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| a == b || a.starts_with('{'))
        });
        assert!(known, "nobody says who may see {route}");
    }
    let mut people = vec![None];
    for name in ["hana", "sato", "suzuki", "root"] {
        people.push(Some((name, Person::enter(&host, name).await)));
    }
    for (method, path, form, wanted) in PAGES {
        let [path, form] =
            [path, form].map(|text| text.replace("LEAD", &lead).replace("HANDOVER", &assignment));
        for (who, wanted) in people.iter().zip(wanted) {
            let (name, cookie, proof) = match who {
                Some((name, person)) => (*name, person.cookie.as_str(), person.csrf().await),
                None => ("nobody", "", "x".to_owned()),
            };
            let body = format!("csrf={proof}&{form}");
            // What changes something takes the proof of this session; what signs in has none yet.
            if method == "POST" && who.is_some() && path != "/login" && !path.starts_with("/unsubscribe") {
                let forged = format!("csrf=x&{form}");
                let forged = ask(&host, method, &path, &[("cookie", cookie)], &forged).await;
                assert_eq!(forged.status, StatusCode::FORBIDDEN, "{path}");
                let other = ask(&host, "PUT", &path, &[("cookie", cookie)], &body).await;
                assert_eq!(other.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
            }
            let answer = ask(&host, method, &path, &[("cookie", cookie)], &body).await;
            assert_eq!(answer.status.as_u16(), wanted, "{method} {path} by {name}: {}", answer.text);
            if wanted == 303 && who.is_none() && path != "/" {
                assert_eq!(answer.headers["location"], "/login", "{path}");
            }
        }
    }
    assert_eq!(host.get("/api/leads").await["total"], 1);
    assert_eq!(host.get("/api/assignments").await[0]["state"], "offered", "nothing was changed by it");
}

#[tokio::test]
async fn a_session_opens_no_interface_of_programs_and_a_key_no_page() {
    let folder = Folder::new();
    let (host, lead, _) = host(&folder).await;
    let root = Person::enter(&host, "root").await;
    let described = host.get("/api/openapi.json").await;
    let mut seen = 0;
    for (path, methods) in described["paths"].as_object().unwrap() {
        let path = path.replace("{id}", &lead).replace(['{', '}'], "");
        for method in methods.as_object().unwrap().keys().map(|method| method.to_uppercase()) {
            for headers in [&[][..], &[("cookie", root.cookie.as_str())], &[("authorization", "Bearer x")]] {
                let answer = ask(&host, &method, &path, headers, "{}").await;
                assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{method} {path}");
                seen += 1;
            }
        }
    }
    assert!(seen >= 3 * 14, "{seen}");
    let bearer = format!("Bearer {KEY}");
    let page = ask(&host, "GET", "/leads", &[("authorization", &bearer)], "").await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_session_is_new_with_each_sign_in_and_nobody_can_give_one() {
    let folder = Folder::new();
    let (host, ..) = host(&folder).await;
    let given = ("cookie", "session=chosen-by-somebody-else");
    let form = format!("name=hana&password={PASSWORD}");
    let entered = ask(&host, "POST", "/login", &[given], &form).await;
    let cookie = entered.headers["set-cookie"].to_str().unwrap();
    assert!(!cookie.contains("chosen"), "{cookie}");
    assert_eq!(ask(&host, "GET", "/leads", &[given], "").await.status, StatusCode::SEE_OTHER);
    let [first, second] = [Person::enter(&host, "hana").await, Person::enter(&host, "hana").await];
    assert_ne!(first.cookie, second.cookie);
    let cross = [("sec-fetch-site", "cross-site")];
    assert_eq!(ask(&host, "POST", "/login", &cross, &form).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn behind_encryption_cookies_stay_there() {
    let folder = Folder::new();
    let mut settings = settings(&folder.database());
    settings.base = "https://crm.example".to_owned();
    let host = Host::open(settings).await;
    staff(&host).await;
    let entered = sign_in(&host, "hana", PASSWORD).await;
    let cookie = entered.headers["set-cookie"].to_str().unwrap();
    assert!(
        cookie.starts_with("__Host-session=") && cookie.ends_with("; Secure") && cookie.contains("Path=/;"),
        "{cookie}"
    );
    assert_eq!(entered.headers["strict-transport-security"], "max-age=31536000");
    let person = Person::enter(&host, "hana").await;
    assert_eq!(person.see("/leads").await.status, StatusCode::OK);
    let plain = person.cookie.replace("__Host-", "");
    assert_eq!(ask(&host, "GET", "/leads", &[("cookie", &plain)], "").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn people_change_their_password_and_sign_in_anew() {
    let folder = Folder::new();
    let (host, ..) = host(&folder).await;
    let [here, there] = [Person::enter(&host, "sato").await, Person::enter(&host, "sato").await];
    let new = "a%20new%20and%20longer%20one%20%E8%82%B2%E6%88%90";
    assert_eq!(here.post("/password", &format!("old=wrong&new={new}")).await, StatusCode::UNAUTHORIZED);
    let old = PASSWORD.replace(' ', "%20");
    for bad in ["short", &"x".repeat(129)] {
        assert_eq!(here.post("/password", &format!("old={old}&new={bad}")).await, StatusCode::BAD_REQUEST);
    }
    assert_eq!(here.post("/password", &format!("old={old}&new={new}")).await, StatusCode::SEE_OTHER);
    for person in [&here, &there] {
        assert_eq!(person.see("/leads").await.status, StatusCode::SEE_OTHER, "every session is over");
    }
    assert_eq!(sign_in(&host, "sato", PASSWORD).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(sign_in(&host, "sato", new).await.status, StatusCode::SEE_OTHER);
    let again = Person::with(&host, "sato", new).await;
    assert!(again.see("/leads").await.text.contains("営業"), "the role stays");
}

#[tokio::test]
async fn who_asks_too_often_waits_and_who_signs_does_not() {
    let folder = Folder::new();
    let mut settings = settings(&folder.database());
    settings.rate = Rate { burst: 20, per_second: 2 };
    settings.hooks.shared = Some(SECRET.to_owned());
    let host = Host::open(settings).await;
    staff(&host).await;
    let from = |address: &str, request: axum::http::request::Builder, body: &str| {
        let peer: SocketAddr = format!("{address}:1000").parse().unwrap();
        let mut request = request.body(Body::from(body.to_owned())).unwrap();
        request.extensions_mut().insert(ConnectInfo(peer));
        host.send(request)
    };
    let body = json!({ "email": "a@b.example", "events": [] }).to_string();
    let hook = || Request::builder().method("POST").uri("/hooks/signed/tracking");
    let [(name, value)] = by_us(at(MORNING).micros() / 1_000_000, "tracking", &body);
    for _ in 0..100 {
        let answer = from("10.0.0.1", hook().header(name, value.as_str()), &body).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "signed: {}", answer.text);
    }
    for (path, refused) in [("/hooks/signed/tracking", 401), ("/api/leads", 401), ("/login", 200)] {
        let address = format!("10.0.1.{}", path.len());
        let method = if path.starts_with("/hooks") { "POST" } else { "GET" };
        let ask = || from(&address, Request::builder().method(method).uri(path), "{}");
        for _ in 0..20 {
            assert_eq!(ask().await.status.as_u16(), refused, "{path}");
        }
        let stopped = ask().await;
        assert_eq!(stopped.status, StatusCode::TOO_MANY_REQUESTS, "{path}");
        assert_eq!(stopped.headers["retry-after"], "1");
        assert!(stopped.headers.contains_key("content-security-policy"));
    }
    let elsewhere = from("10.0.2.1", Request::builder().uri("/login"), "").await;
    assert_eq!(elsewhere.status, StatusCode::OK, "others are not stopped");
    // One session from address to address is still one.
    let hana = Person::enter(&host, "hana").await;
    let mut stopped = 0;
    for number in 0..30 {
        let request = Request::builder().uri("/leads").header("cookie", &hana.cookie);
        let answer = from(&format!("10.0.3.{number}"), request, "").await;
        stopped += u32::from(answer.status == StatusCode::TOO_MANY_REQUESTS);
    }
    assert_eq!(stopped, 10);
    host.clock.put(at("2026-11-20T10:00:10+09:00"));
    assert_eq!(hana.see("/leads").await.status, StatusCode::OK, "ten seconds later there is room again");
}

#[tokio::test]
async fn no_value_is_taken_for_a_statement() {
    let folder = Folder::new();
    let (host, lead, _) = host(&folder).await;
    let before = host.get(&format!("/api/leads/{lead}")).await;
    let root = Person::enter(&host, "root").await;
    for text in [
        "' OR '1'='1",
        "'; DROP TABLE leads; --",
        "\" UNION SELECT hash FROM users --",
        "$1",
        "%' ESCAPE '!",
        "\\",
    ] {
        let text: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
        for name in ["q", "rank", "segment", "owner", "campaign"] {
            let found = host.get(&format!("/api/leads?{name}={text}")).await;
            assert_eq!(found["total"], 0, "{name}={text}");
            assert_eq!(root.see(&format!("/leads?{name}={text}")).await.status, StatusCode::OK);
        }
        assert_eq!(
            ask(&host, "GET", &format!("/leads?offset={text}"), &[("cookie", &root.cookie)], "").await.status,
            StatusCode::BAD_REQUEST
        );
        assert_eq!(host.call("GET", &format!("/api/leads/{text}"), "").await.status, StatusCode::NOT_FOUND);
        assert_eq!(sign_in(&host, &text, PASSWORD).await.status, StatusCode::UNAUTHORIZED);
        let form =
            format!("submission=s-{text}&form_name=contact&mail=x%40y.example&name={text}&company={text}");
        assert_eq!(host.call("POST", "/api/capture/contact", &form).await.status, StatusCode::ACCEPTED);
        assert_eq!(
            host.get("/api/assignments?owner=".to_owned().as_str()).await.as_array().unwrap().len(),
            1
        );
        assert_eq!(host.get(&format!("/api/assignments?owner={text}")).await, json!([]));
        assert_eq!(host.get(&format!("/api/outbox?all=true&lead={text}")).await, json!([]));
    }
    assert_eq!(host.get("/api/leads").await["total"], 2);
    assert_eq!(host.get(&format!("/api/leads/{lead}")).await, before);
}

#[tokio::test]
async fn bodies_end_everywhere() {
    let folder = Folder::new();
    let (host, lead, _) = host(&folder).await;
    let root = Person::enter(&host, "root").await;
    let large = format!("csrf=x&text={}", "x".repeat(1024 * 1024));
    let [(name, value)] = by_us(at(MORNING).micros() / 1_000_000, "tracking", &large);
    let bearer = format!("Bearer {KEY}");
    let headers =
        [("cookie", root.cookie.as_str()), (name, value.as_str()), ("authorization", bearer.as_str())];
    let respond = format!("/leads/{lead}/respond");
    for path in
        ["/login", "/playbook/check", "/password", &respond, "/api/capture/contact", "/hooks/signed/tracking"]
    {
        let answer = ask(&host, "POST", path, &headers, &large).await;
        assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE, "{path}");
    }
    assert_eq!(host.get("/api/inbox").await["waiting"], 0);
}

#[tokio::test]
async fn what_a_playbook_says_stays_text() {
    let folder = Folder::new();
    let (host, lead, _) = host(&folder).await;
    let evil = "<script>alert(1)</script>";
    let text = include_str!("../../playbook.yaml")
        .replace("label: 育成メール", &format!("label: '{evil}'"))
        .replace("label: ホット", &format!("label: '{evil}'"))
        .replace("label: お問い合わせ,", &format!("label: '{evil}',"))
        .replace("script: 事例メールのご感想をうかがう", &format!("script: '{evil}'"))
        .replace("subject: お問い合わせありがとうございます", &format!("subject: '{evil}'"));
    assert!(text.matches(evil).count() >= 5);
    host.crm.publish(1, &text, "test").await.unwrap();
    host.enquire("f-2", &format!("{}&message=x", hot(1))).await;
    let root = Person::enter(&host, "root").await;
    for path in [
        &format!("/leads/{lead}"),
        "/leads",
        "/board",
        "/scenarios",
        "/scenarios/warm-up",
        "/dashboard",
        "/playbook",
        "/audit",
    ] {
        let page = root.see(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert!(!page.text.contains(evil), "{path}: {}", page.text);
    }
    assert!(root.see("/scenarios/warm-up").await.text.contains("&lt;script&gt;"));
}

#[tokio::test]
async fn errors_say_nothing_of_the_inside() {
    let folder = Folder::new();
    let (host, lead, _) = host(&folder).await;
    let root = Person::enter(&host, "root").await;
    host.crm.close().await;
    let seen = [
        host.call("GET", &format!("/api/leads/{lead}"), "").await,
        root.see("/leads").await,
        sign_in(&host, "hana", PASSWORD).await,
    ];
    let words: BTreeSet<&str> = ["pool", "sqlx", "sqlite", "database", "crm.db", "panicked"].into();
    for answer in seen {
        assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
        let text = answer.text.to_lowercase();
        assert!(words.iter().all(|word| !text.contains(word)), "{text}");
    }
}
