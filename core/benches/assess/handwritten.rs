//! The rules of `attribute.yaml` and `behaviour.yaml` as a programmer would write them by hand.

use std::sync::LazyLock;

use ikusei::{Lead, Value};
use regex::Regex;

/// A lead with just these fields, typed.
pub(crate) struct Row<'a> {
    prefecture: Option<&'a str>,
    industry: Option<&'a str>,
    source: Option<&'a str>,
    job_title: Option<&'a str>,
    company_name: Option<&'a str>,
    email: Option<&'a str>,
    employees: Option<i64>,
    revenue_myen: Option<f64>,
    visits_30d: Option<i64>,
    open_rate: Option<f64>,
    has_phone: bool,
    opted_out: bool,
    /// Days since 1970.
    last_contact: Option<i64>,
}

impl<'a> Row<'a> {
    pub(crate) fn read(lead: &'a Lead) -> Self {
        let text = |name: &str| match lead.fields.get(name) {
            Some(Value::Text(text)) => Some(text.as_str()),
            _ => None,
        };
        let whole = |name: &str| match lead.fields.get(name) {
            Some(Value::Int(number)) => Some(*number),
            _ => None,
        };
        let number = |name: &str| match lead.fields.get(name) {
            Some(Value::Int(number)) => Some(*number as f64),
            Some(Value::Float(number)) => Some(*number),
            _ => None,
        };
        let flag = |name: &str| matches!(lead.fields.get(name), Some(Value::Bool(true)));
        let epoch = chrono::NaiveDate::default();
        Self {
            prefecture: text("prefecture"),
            industry: text("industry"),
            source: text("source"),
            job_title: text("job_title"),
            company_name: text("company_name"),
            email: text("email"),
            employees: whole("employees"),
            revenue_myen: number("revenue_myen"),
            visits_30d: whole("visits_30d"),
            open_rate: number("open_rate"),
            has_phone: flag("has_phone"),
            opted_out: flag("opted_out"),
            last_contact: text("last_contact")
                .and_then(|date| date.parse::<chrono::NaiveDate>().ok())
                .map(|date| (date - epoch).num_days()),
        }
    }
}

macro_rules! pattern {
    ($name:ident, $pattern:literal) => {
        static $name: LazyLock<Regex> = LazyLock::new(|| Regex::new($pattern).unwrap());
    };
}
pattern!(EXECUTIVE, "(代表取締役|社長|CEO|COO|CTO|CIO|執行役員)");
pattern!(STUDENT, "(学生|インターン|アルバイト)");
pattern!(TEST, "(?i)(test|テスト|サンプル|ダミー)");
pattern!(FREE, r"@(gmail|yahoo|hotmail|outlook|icloud)\.");
pattern!(PERSONAL, r"^[a-z]+\.[a-z]+[0-9]*@");

/// 2026-04-01 and 2025-10-01 in days since 1970.
const SPRING: i64 = 20_544;
const AUTUMN: i64 = 20_362;

/// Plus, minus, total and rank.
pub(crate) fn attribute(row: &Row<'_>) -> (i64, i64, i64, char) {
    let (mut plus, mut minus) = (0, 0);
    match row.prefecture {
        Some("東京都") => plus += 8,
        Some("神奈川県" | "埼玉県" | "千葉県") => plus += 5,
        Some("大阪府" | "愛知県" | "福岡県" | "京都府" | "兵庫県") => plus += 4,
        Some("沖縄県" | "鳥取県" | "島根県") => minus -= 2,
        None => minus -= 3,
        Some(_) => {}
    }
    match row.industry {
        Some("情報通信業") => plus += 10,
        Some("製造業" | "電気機器" | "輸送用機器" | "精密機器" | "化学") => plus += 7,
        Some("金融業" | "保険業" | "証券業") => plus += 6,
        Some("官公庁" | "教育・学習支援業" | "医療・福祉" | "非営利団体") => minus -= 7,
        Some("卸売業" | "不動産業") | None => {}
        Some(_) => minus -= 2,
    }
    match row.source {
        Some("セミナー") => plus += 6,
        Some("展示会" | "紹介") => plus += 8,
        Some("名刺交換" | "購入リスト") => minus -= 4,
        _ => {}
    }
    match row.job_title {
        Some(title) => {
            plus += i64::from(title.contains("部長")) * 8;
            plus += i64::from(title.contains("課長")) * 5;
            plus += i64::from(EXECUTIVE.is_match(title)) * 12;
            plus += i64::from(title.contains("情報システム")) * 6;
            minus -= i64::from(STUDENT.is_match(title)) * 15;
        }
        None => minus -= 4,
    }
    if let Some(name) = row.company_name {
        plus += i64::from(name.contains("株式会社")) * 3;
        minus -= i64::from(name.contains("有限会社"));
        minus -= i64::from(TEST.is_match(name)) * 30;
        plus += i64::from(name.contains("ホールディングス")) * 6;
    }
    if let Some(email) = row.email {
        plus += i64::from(email.ends_with(".co.jp")) * 4;
        minus -= i64::from(FREE.is_match(email)) * 10;
        minus -= i64::from(email.starts_with("info@")) * 5;
        plus += i64::from(PERSONAL.is_match(email)) * 2;
    }
    match row.employees {
        Some(1_000..) => plus += 10,
        Some(300..) => plus += 7,
        Some(100..) => plus += 4,
        Some(..10) => minus -= 8,
        _ => {}
    }
    match row.revenue_myen {
        Some(revenue) if revenue >= 10_000.0 => plus += 8,
        Some(revenue) if revenue >= 1_000.0 => plus += 4,
        _ => {}
    }
    match row.visits_30d {
        Some(10..) => plus += 8,
        Some(3..) => plus += 4,
        _ => {}
    }
    plus += i64::from(row.open_rate.is_some_and(|rate| rate >= 0.4)) * 5;
    plus += i64::from(row.has_phone) * 3;
    minus -= i64::from(row.opted_out) * 40;
    match row.last_contact {
        Some(SPRING..) => plus += 6,
        Some(..AUTUMN) => minus -= 6,
        _ => {}
    }
    let total = plus + minus;
    (
        plus,
        minus,
        total,
        if total >= 40 {
            'A'
        } else if total >= 20 {
            'B'
        } else {
            'C'
        },
    )
}

/// What happened, typed.
pub(crate) struct Log<'a>(Vec<Event<'a>>);

struct Event<'a> {
    kind: Kind,
    /// Microseconds since 1970.
    at: i64,
    url: Option<&'a str>,
}

#[derive(Clone, Copy)]
enum Kind {
    PageView,
    EmailOpen,
    EmailClick,
    FormSubmit,
    Download,
    Seminar,
    Unsubscribe,
    Login,
}

impl<'a> Log<'a> {
    pub(crate) fn read(lead: &'a Lead) -> Self {
        let event = |activity: &'a ikusei::Activity| {
            let kind = match activity.kind.as_str() {
                "page_view" => Kind::PageView,
                "email_open" => Kind::EmailOpen,
                "email_click" => Kind::EmailClick,
                "form_submit" => Kind::FormSubmit,
                "download" => Kind::Download,
                "seminar_attend" => Kind::Seminar,
                "unsubscribe" => Kind::Unsubscribe,
                "login" => Kind::Login,
                _ => return None,
            };
            let url = match activity.properties.get("url") {
                Some(Value::Text(url)) => Some(url.as_str()),
                _ => None,
            };
            Some(Event { kind, at: activity.at.micros(), url })
        };
        Self(lead.activities().iter().filter_map(event).collect())
    }
}

const DAY: i64 = 86_400_000_000;

/// What is left after so many days of a half-life of thirty, in millionths.
pub(crate) fn weights() -> Vec<i64> {
    (0..90).map(|day| (1e6 * (-f64::from(day) / 30.0).exp2()).round() as i64).collect()
}

/// Plus, minus and total in millionths.
pub(crate) fn behaviour(log: &Log<'_>, weights: &[i64], at: i64) -> (i64, i64, i64) {
    let mut decayed = [0_i64; 9];
    let (mut pricing, mut clicks, mut logins) = (0, 0, 0);
    for event in &log.0 {
        let age = at - event.at;
        if !(0..90 * DAY).contains(&age) {
            continue;
        }
        let weight = weights[(age / DAY) as usize];
        match event.kind {
            Kind::PageView => {
                decayed[0] += (weight + 1) / 2;
                let url = event.url.unwrap_or_default();
                if url.contains("/pricing") {
                    decayed[1] += 3 * weight;
                    pricing += 1;
                }
                if url.starts_with("/cases/") {
                    decayed[2] += 2 * weight;
                }
            }
            Kind::EmailOpen => decayed[3] += (weight + 1) / 2,
            Kind::EmailClick => {
                decayed[4] += 2 * weight;
                clicks += 1;
            }
            Kind::FormSubmit if event.url.is_some_and(|url| url.contains("/contact")) => {
                decayed[5] += 20 * weight
            }
            Kind::FormSubmit => {}
            Kind::Download => decayed[6] += 6 * weight,
            Kind::Seminar => decayed[7] += 15 * weight,
            Kind::Unsubscribe => decayed[8] += 20 * weight,
            Kind::Login => logins += 1,
        }
    }
    let caps = [10, 15, 10, 5, 12, 40, 24, 30, 20];
    let mut plus = 0;
    let mut minus = 0;
    for (rule, (sum, cap)) in decayed.into_iter().zip(caps).enumerate() {
        let points = sum.min(cap * 1_000_000);
        if rule == 8 { minus -= points } else { plus += points }
    }
    plus += i64::from(pricing >= 3) * 8_000_000;
    plus += i64::from(clicks >= 4) * 5_000_000;
    plus += i64::from(logins > 0) * 10_000_000;
    (plus, minus, plus + minus)
}
