//! The sample company's leads and what they did: invented, and the same bytes on every machine.
//!
//! No one in it exists. Mail addresses use names that are reserved for examples (RFC 2606 and `example.co.jp`).

use chrono::{Days, NaiveDate, NaiveTime, TimeDelta};

/// The instant at which the sample is scored: nothing in it happened later.
pub const AS_OF: &str = "2026-06-01T09:00:00+09:00";

const LEADS: u32 = 3_000;
const COMPANIES: u32 = 1_900;
const SEED: u64 = 20_260_601;

/// The two files of the sample, as CSV in UTF-8.
#[derive(Debug, Clone)]
pub struct Sample {
    /// `leads.csv`: one row per lead, headed by the labels of the playbook's fields.
    pub leads: Vec<u8>,
    /// `activities.csv`: one row per activity, in the order in which they were recorded.
    pub activities: Vec<u8>,
}

impl Sample {
    /// Writes the sample anew.
    ///
    /// # Errors
    /// Only if the CSV writer fails, which it does not in memory.
    ///
    /// ```
    /// let sample = pipeline::sample::Sample::generate()?;
    /// assert!(sample.leads.starts_with("id,会社名".as_bytes()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn generate() -> Result<Self, Box<dyn std::error::Error>> {
        let mut rng = Rng(SEED);
        let companies: Vec<Company> = (0..COMPANIES).map(|number| Company::draw(&mut rng, number)).collect();
        let mut leads = csv::Writer::from_writer(Vec::new());
        leads.write_record(LEAD_HEADER)?;
        let mut events = Vec::new();
        for number in 1..=LEADS {
            let at = rng.below(COMPANIES) as usize;
            let Some(company) = companies.get(at) else { continue };
            let person = Person::draw(&mut rng, number, company);
            leads.write_record(person.row(&mut rng, company))?;
            person.act(&mut rng, company, &mut events);
        }
        events.sort_by(|a, b| {
            (a.recorded.unwrap_or(a.at), &a.lead).cmp(&(b.recorded.unwrap_or(b.at), &b.lead))
        });
        let mut activities = csv::Writer::from_writer(Vec::new());
        activities.write_record(ACTIVITY_HEADER)?;
        for (number, event) in events.iter().enumerate() {
            activities.write_record(event.row(number + 1))?;
        }
        Ok(Self { leads: leads.into_inner()?, activities: activities.into_inner()? })
    }
}

/// SplitMix64 (Steele, Lea and Flood 2014): small, well mixed, and the same everywhere.
struct Rng(u64);

impl Rng {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A whole number from zero to below `limit`.
    fn below(&mut self, limit: u32) -> u32 {
        u32::try_from(((self.next() >> 32) * u64::from(limit)) >> 32).unwrap_or(0)
    }

    fn percent(&mut self, chance: u32) -> bool {
        self.below(100) < chance
    }

    fn pick<T: Copy + Default>(&mut self, items: &[T]) -> T {
        let at = self.below(u32::try_from(items.len()).unwrap_or(0));
        items.get(at as usize).copied().unwrap_or_default()
    }

    fn weighted<T: Copy + Default>(&mut self, items: &[(T, u32)]) -> T {
        let mut left = self.below(items.iter().map(|(_, weight)| weight).sum());
        for (item, weight) in items {
            if left < *weight {
                return *item;
            }
            left -= weight;
        }
        T::default()
    }
}

struct Company {
    name: String,
    domain: String,
    industry: &'static str,
    prefecture: &'static str,
    employees: u32,
    /// Its mail gateway follows every link before anyone reads the mail.
    scanner: bool,
}

impl Company {
    fn draw(rng: &mut Rng, number: u32) -> Self {
        let (industry, suffixes) = rng.weighted(INDUSTRIES);
        let stem = format!("{}{}", rng.pick(STEM_HEADS), rng.pick(STEM_TAILS));
        let body = format!("{stem}{}", rng.pick(suffixes));
        let name = match rng.below(20) {
            0 => format!("合同会社{body}"),
            1..=6 => format!("{body}株式会社"),
            _ => format!("株式会社{body}"),
        };
        let (low, high) = rng.weighted(&[
            ((3, 20), 24),
            ((20, 50), 24),
            ((50, 100), 18),
            ((100, 300), 18),
            ((300, 1_000), 11),
            ((1_000, 8_000), 5),
        ]);
        Self {
            name,
            domain: format!("c{number:04}.{}", rng.pick(&["example.co.jp", "example.jp"])),
            industry,
            prefecture: rng.weighted(PREFECTURES),
            employees: low + rng.below(high - low),
            scanner: rng.percent(6),
        }
    }
}

struct Person {
    id: String,
    name: String,
    email: String,
    title: &'static str,
    interests: &'static str,
    relation: &'static str,
    /// How far along a buyer it is, 0 to 99: what the playbook tries to find out, and never sees.
    heat: u32,
}

impl Person {
    fn draw(rng: &mut Rng, number: u32, company: &Company) -> Self {
        let (family, romaji) = rng.pick(FAMILY_NAMES);
        let relation = rng.weighted(&[("見込み客", 88), ("既存顧客", 6), ("競合", 3), ("学生・個人", 3)]);
        let title = rng.weighted(TITLES);
        let mut heat = rng.below(100).min(rng.below(100));
        if matches!(company.industry, "製造業" | "情報通信業") && company.employees >= 100 {
            heat += rng.below(30);
        }
        if relation != "見込み客" {
            heat /= 2;
        }
        let free = relation == "学生・個人" || rng.percent(7);
        let email = if free {
            format!("{romaji}{number}@freemail.example.com")
        } else {
            format!("{romaji}{number}@{}", company.domain)
        };
        Self {
            id: format!("L{number:04}"),
            name: format!("{family} {}", rng.pick(GIVEN_NAMES)),
            email,
            title,
            interests: rng.weighted(&[
                ("product-a", 38),
                ("product-b", 27),
                ("product-a;product-b", 15),
                ("", 20),
            ]),
            relation,
            heat: heat.min(99),
        }
    }

    fn row(&self, rng: &mut Rng, company: &Company) -> [String; 16] {
        // Sales fills these in when it has spoken with somebody, and not always then.
        let asked = self.heat > 30 && rng.percent(65);
        let budget = if asked && rng.percent(75) { (rng.below(self.heat + 10) + 1) * 100_000 } else { 0 };
        let warm = self.heat > 60;
        let authority = rng.weighted(&[("決裁者", 20), ("推薦者", 30), ("担当者", 40), ("情報収集", 10)]);
        let need = rng.weighted(&[("顕在", if warm { 60 } else { 15 }), ("潜在", 45), ("なし", 15)]);
        let timing = rng.weighted(&[
            ("1ヶ月以内", if warm { 25 } else { 3 }),
            ("3ヶ月以内", if warm { 35 } else { 12 }),
            ("半年以内", 25),
            ("1年以内", 20),
            ("未定", 25),
        ]);
        let source = rng.weighted(SOURCES);
        let created = AS_OF_DATE - Days::new(u64::from(181 + rng.below(500)));
        let employees = match rng.below(100) {
            0..12 => String::new(),
            // As a spreadsheet shows it.
            12..20 if company.employees >= 1_000 => {
                format!("{},{:03}", company.employees / 1_000, company.employees % 1_000)
            }
            _ => company.employees.to_string(),
        };
        let said = |text: &str| if asked { text.to_owned() } else { String::new() };
        [
            self.id.clone(),
            company.name.clone(),
            self.name.clone(),
            self.email.clone(),
            if rng.percent(8) { String::new() } else { self.title.to_owned() },
            company.prefecture.to_owned(),
            company.industry.to_owned(),
            employees,
            self.interests.to_owned(),
            self.relation.to_owned(),
            source.to_owned(),
            if budget > 0 { budget.to_string() } else { String::new() },
            said(authority),
            said(need),
            said(timing),
            created.to_string(),
        ]
    }

    fn act(&self, rng: &mut Rng, company: &Company, events: &mut Vec<Event>) {
        let count = 2 + self.heat * self.heat / 250;
        for _ in 0..count {
            let kind = rng.weighted(&[
                ("page_view", 46),
                ("email_open", 20),
                ("email_click", 9),
                ("download", 6),
                ("form_submit", 4),
                ("seminar_attended", 4),
                ("call", if self.heat > 45 { 5 } else { 1 }),
                ("visit", if self.heat > 60 { 4 } else { 0 }),
            ]);
            let event = self.event(rng, kind);
            let gateway = company.scanner && kind == "email_open";
            let clicked = Event { kind: "email_click", trust: "machine", ..event.clone() };
            events.push(event);
            if gateway {
                // Every link of the mail, seconds before it was opened.
                for seconds in 1..=2 {
                    events.push(Event { at: clicked.at - TimeDelta::seconds(seconds), ..clicked.clone() });
                }
            }
        }
    }

    fn event(&self, rng: &mut Rng, kind: &'static str) -> Event {
        let mut day = 1 + rng.below(180);
        if self.heat > 55 {
            day = day.min(1 + rng.below(180));
        }
        // The first of June 2026 is a Monday: one day before is a Sunday, two a Saturday.
        if matches!(day % 7, 1 | 2) && rng.percent(85) {
            day = (day + 2).min(182);
        }
        let time =
            NaiveTime::from_num_seconds_from_midnight_opt((8 * 60 + rng.below(690)) * 60 + rng.below(60), 0);
        let at = (AS_OF_DATE - Days::new(u64::from(day))).and_time(time.unwrap_or_default());
        let typed_late = matches!(kind, "call" | "visit" | "seminar_attended") && rng.percent(12);
        let recorded = typed_late.then(|| at + TimeDelta::hours(i64::from(20 + rng.below(100))));
        let product = match self.interests {
            "product-a" => "a",
            "product-b" => "b",
            _ => rng.pick(&["a", "b"]),
        };
        let mut event = Event {
            lead: self.id.clone(),
            kind,
            at,
            recorded,
            trust: "",
            subject: String::new(),
            product: "",
            amount: None,
        };
        match kind {
            "page_view" => {
                event.subject = match rng.below(100) {
                    0..24 => format!("/products/{product}"),
                    24..36 => format!("/products/{product}/spec"),
                    36..50 if self.heat > 35 => "/pricing".to_owned(),
                    50..64 => {
                        rng.pick(&["/cases/manufacturing", "/cases/realestate", "/cases/it"]).to_owned()
                    }
                    64..69 => "/recruit".to_owned(),
                    _ => {
                        rng.pick(&["/", "/company", "/blog/dx-guide", "/blog/checklist", "/news"]).to_owned()
                    }
                };
                event.amount = Some(5 + rng.below(40 + self.heat * 3));
            }
            "email_open" | "email_click" => {
                event.subject =
                    rng.pick(&["newsletter", "seminar-invite", "case-study", "new-release"]).to_owned();
            }
            "download" => {
                event.subject = rng.pick(&["whitepaper", "catalogue", "price-list"]).to_owned();
                event.product = product;
            }
            "form_submit" => {
                event.subject = match rng.below(100) {
                    0..30 if self.heat > 40 => "contact",
                    30..55 if self.heat > 40 => "trial",
                    _ => "newsletter",
                }
                .to_owned();
                event.product = product;
            }
            "seminar_attended" => {
                event.subject = rng.pick(&["dx-basics", "factory-tour", "product-day"]).to_owned();
                event.product = product;
                event.amount = Some(30 + rng.below(61));
            }
            _ => {
                event.product = product;
                event.amount = Some(3 + rng.below(57));
            }
        }
        event
    }
}

#[derive(Clone)]
struct Event {
    lead: String,
    kind: &'static str,
    at: chrono::NaiveDateTime,
    recorded: Option<chrono::NaiveDateTime>,
    trust: &'static str,
    subject: String,
    product: &'static str,
    amount: Option<u32>,
}

impl Event {
    fn row(&self, number: usize) -> [String; 12] {
        let tokyo = |at: chrono::NaiveDateTime| format!("{}+09:00", at.format("%Y-%m-%dT%H:%M:%S"));
        let of = |kinds: &[&str]| {
            if kinds.contains(&self.kind) { self.subject.clone() } else { String::new() }
        };
        let amount = |kinds: &[&str]| match self.amount {
            Some(amount) if kinds.contains(&self.kind) => amount.to_string(),
            _ => String::new(),
        };
        [
            format!("e{number:05}"),
            self.lead.clone(),
            self.kind.to_owned(),
            tokyo(self.at),
            self.recorded.map_or_else(String::new, tokyo),
            self.trust.to_owned(),
            of(&["page_view"]),
            amount(&["page_view"]),
            of(&["email_open", "email_click"]),
            of(&["download", "form_submit", "seminar_attended"]),
            if self.product.is_empty() { String::new() } else { format!("product-{}", self.product) },
            amount(&["seminar_attended", "call", "visit"]),
        ]
    }
}

const AS_OF_DATE: NaiveDate = match NaiveDate::from_ymd_opt(2026, 6, 1) {
    Some(date) => date,
    None => NaiveDate::MIN,
};

#[rustfmt::skip]
const LEAD_HEADER: [&str; 16] = [
    "id", "会社名", "氏名", "メールアドレス", "役職", "都道府県", "業種", "従業員数", "関心製品", "関係",
    "獲得経路", "予算", "決裁権", "ニーズ", "導入時期", "登録日",
];

#[rustfmt::skip]
const ACTIVITY_HEADER: [&str; 12] = [
    "id", "lead", "kind", "at", "recorded_at", "trust", "url", "seconds", "template", "item", "product",
    "minutes",
];

#[rustfmt::skip]
const STEM_HEADS: &[&str] = &[
    "あおの", "みずの", "そらの", "つきの", "ほしの", "はなの", "かぜの", "もりの", "ゆきの", "いわの",
    "ルミナ", "アステ", "ノーヴァ", "セレス", "オルカ", "ティエラ", "ヴェント", "リベル", "クオリ", "メルカ",
];

#[rustfmt::skip]
const STEM_TAILS: &[&str] =
    &["杜", "里", "浜", "原", "リア", "ート", "ス", "ネ", "ラ", "ナ", "波", "峰", "ミナ", "トス", "ルカ"];

const INDUSTRIES: &[((&str, &[&str]), u32)] = &[
    (("製造業", &["精機", "製作所", "工業", "電子", "化成"]), 27),
    (("情報通信業", &["システム", "ソフト", "データ", "ネットワークス"]), 20),
    (("卸売・小売業", &["商事", "商会", "トレード", "マート"]), 16),
    (("不動産業", &["不動産", "地所", "エステート"]), 9),
    (("建設業", &["建設", "設備", "工務"]), 9),
    (("運輸業", &["物流", "運輸", "ロジスティクス"]), 6),
    (("医療・福祉", &["メディカル", "ケア", "ヘルスケア"]), 6),
    (("金融業", &["キャピタル", "ファイナンス"]), 4),
    (("教育", &["学習社", "アカデミー"]), 3),
];

#[rustfmt::skip]
const PREFECTURES: &[(&str, u32)] = &[
    ("東京都", 330), ("大阪府", 125), ("愛知県", 95), ("神奈川県", 80), ("福岡県", 45), ("北海道", 38),
    ("兵庫県", 38), ("埼玉県", 36), ("千葉県", 32), ("静岡県", 28), ("京都府", 26), ("広島県", 22),
    ("宮城県", 20), ("茨城県", 12), ("新潟県", 12), ("長野県", 11), ("岡山県", 11), ("群馬県", 10),
    ("栃木県", 9), ("石川県", 9), ("熊本県", 8), ("岐阜県", 8), ("三重県", 7), ("富山県", 7), ("滋賀県", 6),
    ("鹿児島県", 6), ("沖縄県", 6), ("愛媛県", 5), ("香川県", 5), ("福島県", 5), ("長崎県", 4), ("山形県", 4),
    ("大分県", 4), ("岩手県", 3), ("青森県", 3),
];

#[rustfmt::skip]
const TITLES: &[(&str, u32)] = &[
    ("代表取締役", 6), ("取締役", 6), ("執行役員", 5), ("本部長", 5), ("部長", 14), ("課長", 20), ("係長", 10),
    ("主任", 10), ("担当", 24),
];

#[rustfmt::skip]
const SOURCES: &[(&str, u32)] = &[
    ("自然検索", 26), ("展示会", 20), ("Web広告", 16), ("セミナー", 12), ("紹介", 8), ("ホワイトペーパー", 12),
    ("名刺交換", 6),
];

#[rustfmt::skip]
const FAMILY_NAMES: &[(&str, &str)] = &[
    ("佐藤", "sato"), ("鈴木", "suzuki"), ("高橋", "takahashi"), ("田中", "tanaka"), ("伊藤", "ito"),
    ("渡辺", "watanabe"), ("山本", "yamamoto"), ("中村", "nakamura"), ("小林", "kobayashi"), ("加藤", "kato"),
    ("吉田", "yoshida"), ("山田", "yamada"), ("佐々木", "sasaki"), ("山口", "yamaguchi"), ("松本", "matsumoto"),
    ("井上", "inoue"), ("木村", "kimura"), ("林", "hayashi"), ("斎藤", "saito"), ("清水", "shimizu"),
    ("山崎", "yamazaki"), ("森", "mori"), ("池田", "ikeda"), ("橋本", "hashimoto"), ("阿部", "abe"),
    ("石川", "ishikawa"), ("前田", "maeda"), ("藤田", "fujita"), ("岡田", "okada"), ("長谷川", "hasegawa"),
];

#[rustfmt::skip]
const GIVEN_NAMES: &[&str] = &[
    "翔太", "大輔", "健太", "直樹", "拓也", "誠", "浩", "修", "隆", "和也", "陽子", "美咲", "由美", "恵", "愛",
    "久美子", "直美", "真由美", "智子", "裕子", "さくら", "葵", "蓮", "悠真", "結衣", "千尋", "薫", "明",
];
