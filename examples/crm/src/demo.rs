//! Invented leads and their last two months, put in the way everything comes in: through captures.

use ikusei::{AckStatus, Instant, Response, bucket};

use crate::clock::later;
use crate::desk::Desk;
use crate::problem::Problem;

const DAY: i64 = 86_400;
const DAYS: u32 = 60;

const COMPANIES: [(&str, &str, &str); 8] = [
    ("大島精機株式会社", "oshima-seiki.example", "製造業"),
    ("株式会社北浜製作所", "kitahama.example", "製造業"),
    ("みなと建設株式会社", "minato-kensetsu.example", "建設業"),
    ("東雲電子工業株式会社", "shinonome.example", "製造業"),
    ("株式会社青葉商事", "aoba-shoji.example", "卸売業"),
    ("さくら情報システム株式会社", "sakura-js.example", "情報通信業"),
    ("株式会社山手組", "yamate.example", "建設業"),
    ("瀬戸内化学株式会社", "setouchi-chem.example", "製造業"),
];
const FAMILIES: [&str; 10] = ["青木", "石川", "上田", "遠藤", "小野", "川口", "木村", "斎藤", "竹内", "中島"];
const GIVEN: [&str; 10] = ["彩", "健", "直子", "亮", "真由美", "大輔", "美咲", "誠", "優子", "拓也"];
const PLACES: [&str; 7] = ["東京都", "神奈川県", "大阪府", "愛知県", "北海道", "福岡県", "石川県"];
const SIZES: [u32; 5] = [20, 80, 150, 320, 900];
const PAGES: [&str; 4] = ["/pricing", "/products/hinshitsu", "/cases", "/company"];

/// Something that comes in.
struct Event {
    at: Instant,
    mapping: &'static str,
    text: String,
}

pub(crate) async fn fill(desk: &Desk, leads: usize, now: Instant) -> Result<(), Problem> {
    let begin = later(now, -i64::from(DAYS) * DAY);
    let mut events: Vec<Event> = (0..leads).flat_map(|number| life(number, begin, now)).collect();
    events.sort_by_key(|event| event.at);
    for event in events {
        catch_up(desk, event.at).await?;
        desk.capture(event.mapping, &event.text, event.at, "demo").await?;
    }
    catch_up(desk, now).await
}

/// What came due by then: leads wake, messages arrive, and most owners do their work.
async fn catch_up(desk: &Desk, at: Instant) -> Result<(), Problem> {
    while let Some(due) = desk.store.next_wakeup().await?.filter(|due| *due <= at) {
        desk.wake(due).await?;
        owners(desk, due).await?;
    }
    owners(desk, at).await?;
    while let Some(row) = desk.store.claim(at, later(at, 60)).await? {
        desk.answer(&row.effect, AckStatus::Delivered, at, "demo").await?;
    }
    Ok(())
}

/// Three of four call within the hour after they were told, or after they were told again; in two weeks all is done.
async fn owners(desk: &Desk, at: Instant) -> Result<(), Problem> {
    for known in desk.store.board("").await? {
        let waited = at.micros().saturating_sub(known.since.micros()) / 1_000_000;
        let prompt = bucket(&["demo", &known.id, "prompt"], 4) > 0;
        let done = Response::Close { reason: None };
        let response = match known.state.as_str() {
            "touched" if waited > 14 * DAY => &done,
            "offered" | "accepted" if waited > if prompt { 3600 } else { DAY } => &Response::Touch,
            _ => continue,
        };
        desk.respond(&known.lead, &known.id, response, at, &known.owner).await?;
    }
    Ok(())
}

/// What one lead does.
fn life(number: usize, begin: Instant, now: Instant) -> Vec<Event> {
    let key = number.to_string();
    let pick = |what: &str, of: u32| bucket(&["demo", &key, what], of);
    let choose =
        |what: &str, of: usize| usize::try_from(pick(what, u32::try_from(of).unwrap_or(1))).unwrap_or(0);
    let (company, domain, industry) =
        COMPANIES.get(choose("company", COMPANIES.len())).copied().unwrap_or_default();
    let [family, given, place] = [("family", &FAMILIES[..]), ("given", &GIVEN[..]), ("place", &PLACES[..])]
        .map(|(what, list)| list.get(choose(what, list.len())).copied().unwrap_or_default());
    let size = SIZES.get(choose("size", SIZES.len())).copied().unwrap_or_default();
    let mail = format!("lead{number}@{domain}");
    let first =
        later(begin, i64::from(pick("first", DAYS - 2)) * DAY + 3600 + i64::from(pick("hour", 28_000)));
    let agreed = if pick("agree", 4) == 0 { "" } else { "on" };
    let (submission, name, employees) =
        (format!("form-{number}"), format!("{family} {given}"), size.to_string());
    let interest = if pick("interest", 2) == 0 { "hinshitsu" } else { "genka" };
    let came = if pick("source", 2) == 0 { "?utm_source=google&utm_medium=cpc" } else { "" };
    let page = format!("https://sample.example/{came}");
    let form = form_urlencoded::Serializer::new(String::new())
        .extend_pairs([
            ("submission", submission.as_str()),
            ("mail", &mail),
            ("name", &name),
            ("company", company),
            ("industry", industry),
            ("prefecture", place),
            ("employees", &employees),
            ("interests", interest),
            ("message", "資料と見積もりをお願いします。"),
            ("form_name", "contact"),
            ("page", &page),
            ("agree", agreed),
        ])
        .finish();
    let mut events = Vec::new();
    let inquires = pick("inquires", 3) > 0;
    let mut seen = first;
    for visit in 0..pick("visits", 6) {
        let visit = visit.to_string();
        let pick = |what: &str, of: u32| bucket(&["demo", &key, &visit, what], of);
        seen = later(seen, 1800 + i64::from(pick("after", 8)) * DAY + i64::from(pick("second", 20_000)));
        let (kind, content) = match pick("kind", 6) {
            0 => ("download", "導入事例集"),
            1 => ("seminar_attended", "現場改善セミナー"),
            _ => ("page_view", ""),
        };
        let url = PAGES.get(usize::try_from(pick("page", 4)).unwrap_or(0)).copied().unwrap_or_default();
        let text = serde_json::json!({ "email": mail, "events": [
            { "id": format!("web-{number}-{visit}"), "kind": kind, "at": seen, "url": url, "content": content },
        ] });
        events.push(Event { at: seen, mapping: "tracking", text: text.to_string() });
    }
    events.retain(|event| event.at < now);
    if inquires || events.is_empty() {
        events.push(Event { at: first, mapping: "contact", text: form });
    }
    events
}
