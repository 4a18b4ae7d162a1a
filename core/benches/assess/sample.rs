//! Leads like those of a Japanese B2B company, from a number.

use ikusei::{Activity, Instant, Lead};

/// SplitMix64.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % end as u64) as usize
    }

    fn pick<'t>(&mut self, words: &'t str) -> &'t str {
        let words: Vec<&str> = words.split(' ').collect();
        words[self.below(words.len())]
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

const PREFECTURES: &str = "東京都 東京都 東京都 大阪府 神奈川県 愛知県 福岡県 埼玉県 千葉県 北海道 宮城県 静岡県 広島県 \
                           京都府 兵庫県 沖縄県 島根県 新潟県 長野県 熊本県";
const INDUSTRIES: &str = "情報通信業 製造業 電気機器 輸送用機器 精密機器 化学 金融業 保険業 証券業 官公庁 教育・学習支援業 \
                          医療・福祉 非営利団体 卸売業 小売業 不動産業 建設業 運輸業 宿泊業 広告業";
const SOURCES: &str =
    "セミナー 展示会 紹介 名刺交換 購入リスト 広告 自然検索 問い合わせ 資料請求 メール ウェビナー その他";
const DEPARTMENTS: &str = "営業部 営業企画部 マーケティング部 情報システム部 経営企画部 総務部 人事部 経理部 製造部 \
                           研究開発部 品質保証部 カスタマーサポート部 DX推進室 海外事業部";
const POSTS: &str = "部長 次長 課長 係長 主任 担当 リーダー マネージャー 本部長 室長";
const OTHERS: &str = "代表取締役社長 取締役 執行役員 CEO CTO 会長 学生 インターン フリーランス";
const NAMES: &str =
    "山田 佐藤 鈴木 高橋 田中 伊藤 渡辺 中村 小林 加藤 日本 東洋 関西 中央 帝国 富士 太平洋 昭和";
const TRADES: &str =
    "製作所 電機 工業 商事 システムズ テクノロジー 建設 物産 化学 通信 メディカル ホールディングス 運輸";
const GIVEN: &str = "taro hanako ichiro kenji yuki akira mika naoko hiroshi satoshi";
const FAMILY: &str = "yamada sato suzuki takahashi tanaka ito watanabe nakamura kobayashi";
const FREE: &str = "gmail.com yahoo.co.jp hotmail.com outlook.jp icloud.com";

/// A lead with the fields of `attribute.yaml`, some of them empty.
pub(crate) fn lead(number: u64) -> Lead {
    let mut random = Random(number);
    let mut lead = Lead::new(format!("lead-{number}"));
    let mut set = |name: &str, filled: bool, value: ikusei::Value| {
        if filled {
            lead.fields.insert(name.to_owned(), value);
        }
    };
    set("prefecture", random.chance(97), random.pick(PREFECTURES).into());
    set("industry", random.chance(98), random.pick(INDUSTRIES).into());
    set("source", true, random.pick(SOURCES).into());
    let title = match random.chance(86) {
        true => format!("{}{}", random.pick(DEPARTMENTS), random.pick(POSTS)),
        false => random.pick(OTHERS).to_owned(),
    };
    set("job_title", random.chance(94), title.as_str().into());
    let company = format!("{}{}{}", random.pick(NAMES), random.pick(TRADES), random.below(99_999));
    let company = match random.below(100) {
        0 => format!("テスト{company}"),
        1..45 => format!("株式会社{company}"),
        45..75 => format!("{company}株式会社"),
        75..85 => format!("有限会社{company}"),
        _ => company,
    };
    set("company_name", true, company.as_str().into());
    let (given, family) = (random.pick(GIVEN), random.pick(FAMILY));
    let local = match random.below(100) {
        0..45 => format!("{given}.{family}"),
        45..60 => format!("{given}.{family}{}", random.below(1_000)),
        60..85 => format!("{family}-{given}{}", random.below(1_000)),
        85..93 => "info".to_owned(),
        _ => format!("{family}_{}", random.below(1_000)),
    };
    let domain = match random.below(100) {
        0..15 => random.pick(FREE).to_owned(),
        15..65 => format!("{family}{}.co.jp", random.below(200_000)),
        _ => format!("{family}-corp{}.com", random.below(200_000)),
    };
    set("email", random.chance(96), format!("{local}@{domain}").as_str().into());
    let digits = 10_i64.pow(u32::try_from(random.below(4)).unwrap_or(0) + 1);
    set("employees", random.chance(92), (random.below(digits as usize) as i64 + 1).into());
    let revenue = random.below(digits as usize * 10) as f64 + 0.25;
    set("revenue_myen", random.chance(80), ikusei::Value::Float(revenue));
    set("visits_30d", true, (random.below(16) as i64).into());
    let rate = random.below(10_000) as f64 / 10_000.0 + 0.000_01;
    set("open_rate", random.chance(90), ikusei::Value::Float(rate));
    set("has_phone", true, random.chance(60).into());
    set("opted_out", true, random.chance(5).into());
    let contact = chrono::NaiveDate::from_ymd_opt(2026, 7, 1)
        .map(|day| day - chrono::Days::new(random.below(500) as u64));
    let contact = contact.map(|day| day.to_string()).unwrap_or_default();
    set("last_contact", random.chance(70), contact.as_str().into());
    lead
}

/// A lead with a hundred activities of `behaviour.yaml` in the last 120 days, some of them still to come.
pub(crate) fn history(number: u64, at: Instant) -> Lead {
    let mut random = Random(number);
    let mut lead = Lead::new(format!("lead-{number}"));
    for event in 0..100 {
        let kind = match random.below(1_000) {
            0..460 => "page_view",
            460..630 => "email_open",
            630..690 => "email_click",
            690..702 => "form_submit",
            702..732 => "download",
            732..744 => "seminar_attend",
            744..748 => "unsubscribe",
            748..798 => "login",
            798..968 => "email_send",
            _ => "chat",
        };
        let seconds = random.below(122 * 86_400) as i64 - 2 * 86_400;
        let when = Instant::from_micros(at.micros() - seconds * 1_000_000).unwrap_or(at);
        let mut activity = Activity::new(format!("evt-{event}"), kind, when);
        if matches!(kind, "page_view" | "email_click" | "form_submit" | "download") {
            let url = match random.below(100) {
                0..15 => "/".to_owned(),
                15..30 => random.pick("/pricing /pricing/enterprise /pricing/compare").to_owned(),
                30..35 => random.pick("/contact /contact/thanks").to_owned(),
                35..50 => format!("/cases/{:03}", random.below(150)),
                50..85 => format!("/blog/2026/{:04}", random.below(1_500)),
                _ => format!("/lp/campaign{}?utm_source=mail", random.below(40)),
            };
            activity = activity.with_property("url", url.as_str());
        }
        lead.record(activity).unwrap();
    }
    lead
}
