//! The pages: who sees them, who may do what, and that what leads call themselves stays text.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use crm::Role;

use crate::common::{Answer, Folder, Host, at, hot};

pub(crate) const PASSWORD: &str = "correct horse battery";

/// Somebody with a browser.
pub(crate) struct Person<'h> {
    host: &'h Host,
    pub(crate) cookie: String,
}

impl<'h> Person<'h> {
    pub(crate) async fn enter(host: &'h Host, name: &str) -> Self {
        Self::with(host, name, PASSWORD).await
    }

    pub(crate) async fn with(host: &'h Host, name: &str, password: &str) -> Self {
        let answer = sign_in(host, name, password).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
        let cookie = answer.headers["set-cookie"].to_str().unwrap();
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
        Self { host, cookie: cookie.split(';').next().unwrap().to_owned() }
    }

    pub(crate) async fn see(&self, path: &str) -> Answer {
        let request = Request::builder().uri(path).header("cookie", &self.cookie);
        self.host.send(request.body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn csrf(&self) -> String {
        let page = self.see("/leads").await.text;
        page.split("name=\"csrf\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
    }

    pub(crate) async fn post(&self, path: &str, form: &str) -> StatusCode {
        self.post_with(path, &format!("csrf={}&{form}", self.csrf().await)).await
    }

    async fn post_with(&self, path: &str, form: &str) -> StatusCode {
        let request = Request::builder()
            .method("POST")
            .uri(path)
            .header("cookie", &self.cookie)
            .header("content-type", "application/x-www-form-urlencoded");
        self.host.send(request.body(Body::from(form.to_owned())).unwrap()).await.status
    }
}

pub(crate) async fn sign_in(host: &Host, name: &str, password: &str) -> Answer {
    let request = Request::builder()
        .method("POST")
        .uri("/login")
        .header("content-type", "application/x-www-form-urlencoded");
    host.send(request.body(Body::from(format!("name={name}&password={password}"))).unwrap()).await
}

async fn staffed(folder: &Folder) -> Host {
    let host = Host::on(folder).await;
    staff(&host).await;
    host
}

pub(crate) async fn staff(host: &Host) {
    for (name, role, member) in [
        ("hana", Role::Marketing, ""),
        ("sato", Role::Sales, "sato"),
        ("suzuki", Role::Sales, "suzuki"),
        ("root", Role::Admin, ""),
    ] {
        host.crm.put_user(name, role, member, PASSWORD).await.unwrap();
    }
}

#[tokio::test]
async fn nobody_sees_anything_without_signing_in() {
    let folder = Folder::new();
    let host = staffed(&folder).await;
    let lead = host.enquire("f-1", &hot(1)).await;
    for path in [
        "/leads",
        &format!("/leads/{lead}"),
        "/board",
        "/scenarios",
        "/scenarios/hot",
        "/dashboard",
        "/audit",
    ] {
        let answer = host.send(Request::builder().uri(path).body(Body::empty()).unwrap()).await;
        assert_eq!(
            (answer.status, answer.headers["location"].to_str().unwrap()),
            (StatusCode::SEE_OTHER, "/login"),
            "{path}"
        );
        assert!(!answer.text.contains("青木"));
    }
    let forged = Person { host: &host, cookie: "session=forged".to_owned() };
    assert_eq!(forged.see("/leads").await.status, StatusCode::SEE_OTHER);
    assert_eq!(forged.post_with(&format!("/leads/{lead}/forget"), "csrf=x").await, StatusCode::SEE_OTHER);
    assert_eq!(host.get("/api/leads").await["total"], 1);
}

#[tokio::test]
async fn passwords_are_checked_counted_and_never_stored() {
    let folder = Folder::new();
    let host = staffed(&folder).await;
    assert!(host.crm.put_user("x", Role::Admin, "", "short").await.is_err());
    assert!(host.crm.put_user("<b>", Role::Admin, "", PASSWORD).await.is_err());
    for (name, password) in [("hana", "wrong"), ("nobody", PASSWORD), ("", ""), ("hana'--", PASSWORD)] {
        assert_eq!(sign_in(&host, name, password).await.status, StatusCode::UNAUTHORIZED, "{name}");
    }
    for _ in 0..9 {
        assert_eq!(sign_in(&host, "hana", "wrong").await.status, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(
        sign_in(&host, "hana", PASSWORD).await.status,
        StatusCode::TOO_MANY_REQUESTS,
        "even the right one"
    );
    host.clock.put(at("2026-11-20T10:15:01+09:00"));
    Person::enter(&host, "hana").await;
    host.crm.close().await;
    // The database and its journal, whichever holds the row by now.
    let files = std::fs::read_dir(&folder.0).unwrap();
    let bytes: Vec<u8> =
        files.flat_map(|file| std::fs::read(file.unwrap().path()).unwrap_or_default()).collect();
    let text = String::from_utf8_lossy(&bytes);
    assert!(text.contains("$argon2id$") && !text.contains(PASSWORD));
}

#[tokio::test]
async fn sessions_end() {
    let folder = Folder::new();
    let host = staffed(&folder).await;
    let hana = Person::enter(&host, "hana").await;
    assert_eq!(hana.see("/leads").await.status, StatusCode::OK);
    assert_eq!(hana.post("/logout", "").await, StatusCode::SEE_OTHER);
    assert_eq!(
        hana.see("/leads").await.status,
        StatusCode::SEE_OTHER,
        "the cookie is worth nothing any more"
    );
    let hana = Person::enter(&host, "hana").await;
    host.clock.put(at("2026-11-20T22:00:00+09:00"));
    assert_eq!(hana.see("/leads").await.status, StatusCode::SEE_OTHER, "twelve hours");
    let hana = Person::enter(&host, "hana").await;
    host.crm.put_user("hana", Role::Sales, "", PASSWORD).await.unwrap();
    assert_eq!(hana.see("/leads").await.status, StatusCode::SEE_OTHER, "another role is another session");
}

#[tokio::test]
async fn each_role_does_its_own() {
    let folder = Folder::new();
    let host = staffed(&folder).await;
    let lead = host.enquire("f-1", &hot(1)).await;
    let board = host.get("/api/assignments").await;
    assert_eq!(board[0]["owner"], "sato");
    let accept = format!("assignment={}&answer=accept", board[0]["id"].as_str().unwrap());
    let [respond, enrol, forget] = ["respond", "enrol", "forget"].map(|what| format!("/leads/{lead}/{what}"));
    let (ok, no) = (StatusCode::SEE_OTHER, StatusCode::FORBIDDEN);
    let [hana, sato, suzuki, root] = [
        Person::enter(&host, "hana").await,
        Person::enter(&host, "sato").await,
        Person::enter(&host, "suzuki").await,
        Person::enter(&host, "root").await,
    ];
    assert_eq!(hana.post(&respond, &accept).await, no);
    assert_eq!(suzuki.post(&respond, &accept).await, no, "another's lead");
    assert_eq!(host.get("/api/assignments").await[0]["state"], "offered");
    assert_eq!(sato.post(&respond, &accept).await, ok);
    assert_eq!(host.get("/api/assignments").await[0]["state"], "accepted");
    assert_eq!(sato.post(&enrol, "scenario=warm-up").await, no);
    assert_eq!(hana.post(&enrol, "scenario=warm-up").await, ok);
    for (who, may) in [(&hana, no), (&sato, no), (&root, StatusCode::OK)] {
        assert_eq!(who.see("/audit").await.status, may);
    }
    assert_eq!(hana.post(&forget, "").await, no);
    assert_eq!(sato.post(&forget, "").await, no);
    let log = root.see("/audit").await.text;
    assert!(log.contains("sato") && log.contains("respond") && log.contains("sign in"), "{log}");
    assert_eq!(root.post(&forget, "").await, ok);
    assert_eq!(root.see(&format!("/leads/{lead}")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_form_of_another_site_is_refused() {
    let folder = Folder::new();
    let host = staffed(&folder).await;
    let lead = host.enquire("f-1", &hot(1)).await;
    let [root, hana] = [Person::enter(&host, "root").await, Person::enter(&host, "hana").await];
    let others = hana.csrf().await;
    for (path, form) in [
        (format!("/leads/{lead}/forget"), ""),
        (format!("/leads/{lead}/enrol"), "&scenario=warm-up"),
        (format!("/leads/{lead}/hand-over"), ""),
        (format!("/leads/{lead}/respond"), "&assignment=x&answer=accept"),
        ("/calls/x".to_owned(), "&status=delivered"),
        ("/logout".to_owned(), ""),
    ] {
        for proof in ["", &others, "x"] {
            let status = root.post_with(&path, &format!("csrf={proof}{form}")).await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{path} {proof}");
        }
        let without = root.post_with(&path, form.trim_start_matches('&')).await;
        assert_eq!(without, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
    }
    assert_eq!(host.get("/api/leads").await["total"], 1);
}

#[tokio::test]
async fn what_leads_call_themselves_stays_text() {
    let folder = Folder::new();
    let host = staffed(&folder).await;
    let name = "%3Cscript%3Ealert(1)%3C%2Fscript%3E";
    let evil =
        format!("&mail=evil%40b.example&name={name}&company=%22%3E%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E");
    let lead = host
        .enquire("f-1", &format!("{evil}&message={name}&industry=%E5%BB%BA%E8%A8%AD%E6%A5%AD&employees=400"))
        .await;
    let root = Person::enter(&host, "root").await;
    for path in [
        "/leads".to_owned(),
        format!("/leads/{lead}"),
        "/board".to_owned(),
        "/leads?q=%22%3E%3Cscript%3E".to_owned(),
    ] {
        let page = root.see(&path).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(!page.text.contains("<script") && !page.text.contains("<img src=x"), "{path}: {}", page.text);
        assert!(page.headers["content-security-policy"].to_str().unwrap().contains("default-src 'none'"));
    }
    assert!(root.see(&format!("/leads/{lead}")).await.text.contains("&lt;script&gt;"));
}

#[tokio::test]
async fn a_lead_shows_why() {
    let folder = Folder::new();
    let host = staffed(&folder).await;
    let lead = host.enquire("f-1", &hot(1)).await;
    let sato = Person::enter(&host, "sato").await;
    let page = sato.see(&format!("/leads/{lead}")).await.text;
    for part in [
        "青木",
        "なぜこのランクか",
        "ランクA",
        "注力業種",
        "東日本営業",
        "引き受ける",
        "お問い合わせありがとうございます",
        "推移",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let board = sato.see("/board").await.text;
    assert!(board.contains("佐藤") && board.contains("あと4時間"), "{board}");
    let list = sato.see("/leads?rank=A").await.text;
    assert!(list.contains("青木") && list.contains("width=device-width"));
    assert!(!sato.see("/leads?rank=C").await.text.contains("青木"));
    let dashboard = sato.see("/dashboard").await.text;
    assert!(dashboard.contains("お問い合わせ") && dashboard.contains("1件"), "{dashboard}");
    assert!(sato.see("/scenarios").await.text.contains("営業へ引き継ぎ"));
    let picture = sato.see("/scenarios/warm-up").await;
    assert_eq!(picture.headers["content-type"], "image/svg+xml");
    assert!(picture.text.starts_with("<svg ") && picture.text.contains("メール"));
    assert_eq!(sato.see("/scenarios/none").await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_playbook_is_checked_reviewed_and_published_once() {
    let folder = Folder::new();
    let host = staffed(&folder).await;
    let lead = host.enquire("f-1", &hot(1)).await;
    let [hana, sato] = [Person::enter(&host, "hana").await, Person::enter(&host, "sato").await];
    let text = include_str!("../../playbook.yaml");
    let form = async |person: &Person<'_>, text: &str, version: i64| {
        let text: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
        format!("csrf={}&version={version}&text={text}", person.csrf().await)
    };
    let send = async |person: &Person<'_>, path: &str, form: &str| {
        let request = Request::builder()
            .method("POST")
            .uri(path)
            .header("cookie", &person.cookie)
            .header("content-type", "application/x-www-form-urlencoded");
        host.send(request.body(Body::from(form.to_owned())).unwrap()).await
    };
    let wrong = text.replace("cap: 25", "cup: 25");
    let told = send(&hana, "/playbook/check", &form(&hana, &wrong, 1).await).await.text;
    assert!(told.contains("行") && told.contains("cup"), "{told}");
    let told = send(&hana, "/playbook/check", &form(&hana, text, 1).await).await.text;
    assert!(told.contains("問題はありません") && told.contains("担当者が1人決まります"), "{told}");
    // The bar is put higher: the hot lead would be B.
    let higher = text.replace("rank: A, at_least: 60", "rank: A, at_least: 70");
    let review = send(&hana, "/playbook/review", &form(&hana, &higher, 1).await).await.text;
    assert!(
        review.contains("at_least") && review.contains("at_least: 70") && review.contains("第2版"),
        "{review}"
    );
    assert_eq!(
        host.get(&format!("/api/leads/{lead}")).await["assessment"]["rank"],
        "A",
        "nothing is published yet"
    );

    let theirs = form(&sato, &higher, 1).await;
    for path in ["/playbook", "/playbook/check", "/playbook/review"] {
        assert_eq!(send(&sato, path, &theirs).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    let bad = form(&hana, &wrong, 1).await;
    assert_eq!(send(&hana, "/playbook", &bad).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let good = form(&hana, &higher, 1).await;
    assert_eq!(send(&hana, "/playbook", &good).await.status, StatusCode::SEE_OTHER);
    assert_eq!(
        send(&hana, "/playbook", &good).await.status,
        StatusCode::PRECONDITION_FAILED,
        "somebody was quicker"
    );
    assert_eq!(host.get(&format!("/api/leads/{lead}")).await["assessment"]["rank"], "B");
    assert_eq!(host.crm.wake().await.unwrap(), 1, "every lead is looked at again");
    assert_eq!(host.get("/api/leads?rank=B").await["leads"][0]["id"], lead);
}
