//! A change in a sentence, in English and Japanese.

use serde_json::Value;

use crate::explain::Language;
use crate::trust::change::Sentences;
use crate::trust::diff::changes::Found;
use crate::trust::diff::items::Item;
use crate::trust::diff::model::{ChangedPart as P, DiffKind};

/// A sentence tells so many properties of a thing that is added or removed.
const MOST_TOLD: usize = 4;
/// A value has so many characters in a sentence.
const MOST_CHARACTERS: usize = 80;

pub(super) fn words(found: &Found<'_>) -> Sentences {
    let say = |language| Speaker { japanese: language == Language::Japanese }.change(found);
    Sentences { en: say(Language::English), ja: say(Language::Japanese) }
}

struct Speaker {
    japanese: bool,
}

impl Speaker {
    fn change(&self, found: &Found<'_>) -> String {
        match found.kind {
            DiffKind::Changed => self.changed(found),
            DiffKind::Added | DiffKind::Removed => self.whole(found),
            DiffKind::Renamed => {
                let subject = self.subject(found);
                let name = found.now.as_ref().map(value).unwrap_or_default();
                self.pick(format!("{subject} is now called {name}"), format!("{subject}の名前を{name}に変更"))
            }
            DiffKind::Moved => {
                let (_, _, plural, ja) = part(found.part);
                let all = self.pick(plural.to_owned(), ja.to_owned());
                let subject = self.inside(&found.within, all);
                let list = |names: &Option<Value>| match names {
                    Some(Value::Array(names)) => {
                        let names: Vec<String> = names.iter().map(value).collect();
                        names.join(self.comma())
                    }
                    _ => String::new(),
                };
                let (was, now) = (list(&found.was), list(&found.now));
                self.pick(
                    format!("{subject} stand in the order {now} instead of {was}"),
                    format!("{subject}の順序を{was}から{now}に変更"),
                )
            }
        }
    }

    fn changed(&self, found: &Found<'_>) -> String {
        let subject = self.subject(found);
        let property = self.property(found.property.as_deref().unwrap_or_default());
        if let (Some(Value::Array(was)), Some(Value::Array(now))) = (&found.was, &found.now) {
            return self.list(&subject, &property, was, now);
        }
        match (&found.was, &found.now) {
            (Some(was), Some(now)) => {
                let (was, now) = (value(was), value(now));
                self.pick(
                    format!("{subject}: {property} {now} instead of {was}"),
                    format!("{subject}：{property}を{was}から{now}に変更"),
                )
            }
            (None, Some(now)) => {
                let now = value(now);
                self.pick(
                    format!("{subject}: {property} {now}, where there was none"),
                    format!("{subject}：{property}を{now}に設定"),
                )
            }
            (was, None) => {
                let was = was.as_ref().map(value).unwrap_or_default();
                self.pick(
                    format!("{subject}: no {property} any more, {was} before"),
                    format!("{subject}：{property}（{was}）を削除"),
                )
            }
        }
    }

    /// A list: what comes to it, and what goes.
    fn list(&self, subject: &str, property: &str, was: &[Value], now: &[Value]) -> String {
        let beyond = |of: &[Value], other: &[Value]| {
            let names: Vec<String> = of.iter().filter(|item| !other.contains(item)).map(value).collect();
            (!names.is_empty()).then(|| clip(&names.join(self.comma())))
        };
        match (beyond(now, was), beyond(was, now)) {
            (None, None) => {
                let [was, now] = [was, now].map(|items| value(&Value::Array(items.to_vec())));
                self.pick(
                    format!("{subject}: {property} in the order {now} instead of {was}"),
                    format!("{subject}：{property}の順序を{was}から{now}に変更"),
                )
            }
            (more, less) => {
                let more = more
                    .map(|more| self.pick(format!("now also {more}"), format!("{property}に{more}を追加")));
                let less = less.map(|less| {
                    self.pick(format!("no longer {less}"), format!("{property}から{less}を削除"))
                });
                let parts: Vec<String> = more.into_iter().chain(less).collect();
                let parts = parts.join(self.comma());
                self.pick(format!("{subject}: {property} {parts}"), format!("{subject}：{parts}"))
            }
        }
    }

    fn whole(&self, found: &Found<'_>) -> String {
        let subject = self.subject(found);
        let told = found.item.map(|item| self.summary(item)).filter(|told| !told.is_empty());
        let added = found.kind == DiffKind::Added;
        match told {
            Some(told) => self.pick(
                format!("{subject} is {}: {told}", if added { "new" } else { "gone" }),
                format!("{subject}を{}（{told}）", if added { "追加" } else { "削除" }),
            ),
            None => self.pick(
                format!("{subject} is {}", if added { "new" } else { "gone" }),
                format!("{subject}を{}", if added { "追加" } else { "削除" }),
            ),
        }
    }

    fn summary(&self, item: &Item) -> String {
        let tellable = |(key, _): &(&String, &Value)| !matches!(key.as_str(), "step" | "version");
        let own = item.own.iter().filter(tellable);
        let mut parts: Vec<String> = own
            .take(MOST_TOLD)
            .map(|(key, given)| {
                let given = match given {
                    Value::Array(items) => {
                        let names: Vec<String> = items.iter().map(value).collect();
                        clip(&names.join(self.comma()))
                    }
                    other => value(other),
                };
                format!("{} {given}", self.property(key))
            })
            .collect();
        for group in item.groups.iter().filter(|group| !group.items.is_empty()) {
            let count = group.items.len();
            let (_, one, several, ja) = part(group.part);
            let english = format!("{count} {}", if count == 1 { one } else { several });
            parts.push(self.pick(english, format!("{ja}{count}件")));
        }
        parts.join(self.comma())
    }

    fn subject(&self, found: &Found<'_>) -> String {
        let (_, en, _, ja) = part(found.part);
        let step = found.item.and_then(|item| item.own.get("step")).and_then(Value::as_str);
        let own = match (found.name.is_empty(), step) {
            (true, _) => self.pick(format!("the {en}"), ja.to_owned()),
            (false, None) => self.pick(format!("{en} `{}`", found.name), format!("{ja}「{}」", found.name)),
            (false, Some(word)) => self
                .pick(format!("{en} `{}` ({word})", found.name), format!("{ja}「{}」（{word}）", found.name)),
        };
        self.inside(&found.within, own)
    }

    /// A thing with what it belongs to: a step's arms and branches say little, so the scenario alone is named.
    fn inside(&self, within: &[(P, String)], own: String) -> String {
        let outer = within.iter().rev().find(|(part, _)| !matches!(part, P::Step | P::Arm));
        match outer {
            Some((around, name)) => {
                let (_, en, _, ja) = part(*around);
                self.pick(format!("{own} of {en} `{name}`"), format!("{ja}「{name}」の{own}"))
            }
            None => own,
        }
    }

    fn property(&self, path: &str) -> String {
        let steps: Vec<String> = path
            .split('/')
            .map(|key| {
                let key = key.replace("~1", "/").replace("~0", "~");
                match PROPERTIES.iter().find(|known| known.0 == key) {
                    Some((_, en, ja)) => self.pick((*en).to_owned(), (*ja).to_owned()),
                    None => format!("`{key}`"),
                }
            })
            .collect();
        steps.join(self.pick(" ", "の"))
    }

    fn comma(&self) -> &'static str {
        self.pick(", ", "、")
    }

    fn pick<T>(&self, english: T, japanese: T) -> T {
        if self.japanese { japanese } else { english }
    }
}

/// A value as people read it: numbers bare, texts in backticks, anything else as JSON.
pub(super) fn value(given: &Value) -> String {
    match given {
        Value::Number(number) => number.to_string(),
        Value::String(text) => format!("`{}`", clip(text)),
        other => format!("`{}`", clip(&other.to_string())),
    }
}

/// One line, not too long.
fn clip(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MOST_CHARACTERS) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or(&line)),
        None => line,
    }
}

/// What a kind of thing is called: one and several in English, and in Japanese.
pub(super) fn part(part: P) -> (P, &'static str, &'static str, &'static str) {
    let (one, several, ja) = match part {
        P::Playbook => ("playbook", "playbooks", "プレイブック"),
        P::Field => ("field", "fields", "項目"),
        P::Activity => ("activity", "activities", "行動"),
        P::Scorecard => ("scorecard", "scorecards", "スコアカード"),
        P::Group => ("group", "groups", "グループ"),
        P::Rule => ("rule", "rules", "ルール"),
        P::Disqualification => ("disqualification", "disqualifications", "対象外条件"),
        P::Rank => ("rank", "ranks", "ランク"),
        P::Segment => ("segment", "segments", "セグメント"),
        P::Cleansing => ("cleansing", "cleansing", "クレンジング"),
        P::Identity => ("identity resolution", "identity resolution", "名寄せ"),
        P::Capture => ("capture", "captures", "取り込み"),
        P::Trust => ("trust in activities", "trust in activities", "機械アクセスの判定"),
        P::ContactPolicy => ("contact policy", "contact policy", "接触ポリシー"),
        P::Template => ("template", "templates", "テンプレート"),
        P::Version => ("version", "versions", "バージョン"),
        P::Campaign => ("campaign", "campaigns", "キャンペーン"),
        P::Goal => ("goal", "goals", "ゴール"),
        P::Scenario => ("scenario", "scenarios", "シナリオ"),
        P::Step => ("step", "steps", "ステップ"),
        P::Arm => ("arm", "arms", "分岐"),
        P::Routing => ("routing", "routing", "ルーティング"),
        P::Team => ("team", "teams", "チーム"),
        P::Policy => ("policy", "policies", "ルーティングポリシー"),
        P::RoutingRule => ("routing rule", "routing rules", "ルーティングルール"),
        P::Recycle => ("recycling", "recycling", "差し戻し"),
    };
    (part, one, several, ja)
}

const PROPERTIES: &[(&str, &str, &str)] = &[
    ("accept", "time to accept", "受諾期限"),
    ("accounts", "accounts", "担当企業"),
    ("again", "coming again", "再登録"),
    ("alerts", "alerts", "アラート"),
    ("assign", "assignment", "割り当て"),
    ("at_least", "threshold", "しきい値"),
    ("at_most", "limits", "上限"),
    ("audience", "audience", "対象セグメント"),
    ("bands", "band from", "区間"),
    ("budget", "budget", "予算"),
    ("by", "by", "基準"),
    ("cap", "cap", "上限"),
    ("channel", "channel", "チャネル"),
    ("channels", "channels", "チャネル"),
    ("class", "class", "区分"),
    ("covers", "condition", "担当条件"),
    ("cut", "cut", "区分軸"),
    ("deadline", "deadline", "期限"),
    ("decay", "decay", "減衰"),
    ("default", "otherwise", "その他"),
    ("enrol", "enrolment", "登録条件"),
    ("exclude", "exclude list", "除外リスト"),
    ("exit", "exit", "離脱条件"),
    ("first_touch", "time to first touch", "初回接触期限"),
    ("for", "length", "期間"),
    ("goal", "goal", "ゴール"),
    ("group", "group", "グループ"),
    ("half_life", "half-life", "半減期"),
    ("handling", "handling", "対応方法"),
    ("holidays", "holidays", "休日"),
    ("hot", "hot ranks", "ホットランク"),
    ("html", "HTML", "HTML本文"),
    ("include", "include list", "追加リスト"),
    ("informed", "informed", "通知先"),
    ("keep", "keeping", "維持"),
    ("label", "label", "表示名"),
    ("limit", "limit", "件数上限"),
    ("linear", "linear", "線形"),
    ("margin", "margin", "余裕"),
    ("max", "maximum", "最大値"),
    ("min", "minimum", "最小値"),
    ("name", "name", "名前"),
    ("on", "activity", "対象行動"),
    ("order", "order", "並び順"),
    ("parent", "parent", "上位"),
    ("per", "limit per", "回数制限"),
    ("period", "period", "期間"),
    ("points", "points", "ポイント"),
    ("policy", "policy", "ポリシー"),
    ("priority", "priority", "優先度"),
    ("properties", "property", "属性"),
    ("queue", "queue", "キュー"),
    ("quiet", "quiet hours", "静止時間帯"),
    ("share", "share", "割合"),
    ("sla", "deadlines", "対応期限"),
    ("step", "kind", "種類"),
    ("subject", "subject", "件名"),
    ("table", "value", "値"),
    ("template", "template", "テンプレート"),
    ("text", "text", "本文"),
    ("then", "what then", "その後"),
    ("times", "per unit", "単価"),
    ("timezone", "time zone", "タイムゾーン"),
    ("to", "target", "担当先"),
    ("type", "type", "型"),
    ("until", "until", "終了条件"),
    ("values", "values", "値の候補"),
    ("version", "version", "バージョン"),
    ("when", "condition", "条件"),
    ("window", "window", "時間帯"),
    ("within", "window", "有効期間"),
];
