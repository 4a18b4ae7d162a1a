//! Versions of a template against each other: what was shown, how sure it is, and whether to stop.

use serde::Deserialize;

use super::lift::{confidence, sample_ratio};
use super::reader::Reader;
use super::rows::Rows;
use super::statistics::distribution::best_of_betas;
use super::statistics::{difference, normal_quantile, ratio, real, wilson};
use super::table::{Analysis, Cell, ColumnKind, PlotKind, Table};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::error::Error;

/// What is asked.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "VersionsRequest"))]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Rows of `version`, `sent`, and whichever of `delivered`, `opened` (by people), `clicked`, `replied`, `bounced`,
    /// `unsubscribed` are counted; `planned` where the versions should not be sent alike.
    pub versions: Rows,
    /// What decides: `clicked`, unless said otherwise.
    #[serde(default)]
    pub goal: Option<String>,
    /// The version that the others are compared with: the first, unless said otherwise.
    #[serde(default)]
    pub control: Option<String>,
    /// The smallest difference that would matter: 0.02, two points.
    #[serde(default)]
    pub matters: Option<f64>,
    /// Of confidence: 0.95.
    #[serde(default)]
    pub level: Option<f64>,
}

const METRICS: [(&str, &str, &str); 6] = [
    ("delivered", "Delivered", "到達"),
    ("opened", "Opened", "開封"),
    ("clicked", "Clicked", "クリック"),
    ("replied", "Replied", "返信"),
    ("bounced", "Bounced", "不達"),
    ("unsubscribed", "Unsubscribed", "配信停止"),
];

/// Compares versions by every count there is, and decides by one.
///
/// # Errors
/// `IK1001` for a table that cannot be read, with its row and column; `IK0601` and `IK1002` for what cannot be asked or told.
pub fn versions(request: &Request) -> Result<Analysis, Error> {
    let level = confidence(request.level)?;
    let matters = request.matters.unwrap_or(0.02);
    let goal = request.goal.as_deref().unwrap_or("clicked");
    if !(matters > 0.0 && matters < 1.0) {
        let diagnostic = Diagnostic::error(Code::BadCall, format!("a difference of {matters} that matters"));
        return Err(Error::call(
            diagnostic.at("/matters").with_help("write a number between 0 and 1, such as 0.02"),
        ));
    }
    let mut reader = Reader::new(&request.versions, "versions");
    let names = reader.names("version");
    let sent = reader.counts("sent");
    let mut counts: Vec<(&str, Vec<u64>)> = Vec::new();
    for (metric, ..) in METRICS {
        if reader.has(metric) || metric == goal {
            counts.push((metric, reader.counts(metric)));
        }
    }
    let planned =
        if reader.has("planned") { reader.numbers("planned") } else { vec![Some(1.0); names.len()] };
    reader.finish()?;
    let control =
        request.control.as_deref().or(names.first().map(String::as_str)).unwrap_or_default().to_owned();
    let Some(control) = names.iter().position(|name| *name == control) else {
        let diagnostic = Diagnostic::error(Code::BadCall, format!("no version is called `{control}`"));
        let known = crate::base::suggest::nearest(&control, names.iter().map(String::as_str));
        return Err(Error::call(
            diagnostic.at("/control").with_help("name one of the versions").did_you_mean(known),
        ));
    };
    let Some(goals) = counts.iter().find(|(metric, _)| *metric == goal).map(|(_, counts)| counts.clone())
    else {
        let diagnostic = Diagnostic::error(Code::BadCall, format!("`{goal}` is nothing that is counted"));
        let known = crate::base::suggest::nearest(goal, METRICS.map(|(metric, ..)| metric));
        return Err(Error::call(
            diagnostic.at("/goal").with_help("name one of the counts").did_you_mean(known),
        ));
    };
    // Whoever got it can act on it; a bounce is of what was sent.
    let delivered =
        counts.iter().find(|(metric, _)| *metric == "delivered").map(|(_, counts)| counts.clone());
    let base = |metric: &str| match &delivered {
        Some(delivered) if !matches!(metric, "delivered" | "bounced") => delivered.clone(),
        _ => sent.clone(),
    };
    for (metric, counts) in &counts {
        if let Some(row) = counts.iter().zip(base(metric)).position(|(count, base)| *count > base) {
            let diagnostic = Diagnostic::error(Code::BadTable, format!("more `{metric}` than could be"));
            let help = "count each recipient once: `delivered` of `sent`, the rest of `delivered`";
            return Err(Error::call(diagnostic.at(format!("/versions/{metric}/{row}")).with_help(help)));
        }
    }
    let mut analysis = Analysis::new("versions");
    let trials = base(goal);
    let verdict = decide(&mut analysis, &names, &goals, &trials, control, goal, matters, level);
    analysis.tables.push(verdict);
    analysis.tables.push(rates(&names, &counts, base, level));
    sample_ratio(&mut analysis, &sent, &planned);
    Ok(analysis)
}

fn rates(
    names: &[String],
    counts: &[(&str, Vec<u64>)],
    base: impl Fn(&str) -> Vec<u64>,
    level: f64,
) -> Table {
    let mut table = Table::new("rates", "What came of each version", "バージョン別の反応")
        .with("version", ColumnKind::Text, "Version", "バージョン")
        .with("metric", ColumnKind::Text, "Reaction", "指標")
        .with("count", ColumnKind::Whole, "Count", "件数")
        .with("of", ColumnKind::Whole, "Of", "母数")
        .with("rate", ColumnKind::Share, "Rate", "率")
        .with("low", ColumnKind::Share, "Lower end", "下限")
        .with("high", ColumnKind::Share, "Upper end", "上限")
        .drawn(PlotKind::Dots, "version", "rate", None)
        .between("low", "high")
        .beside("metric");
    for (metric, counts) in counts {
        for ((name, count), of) in names.iter().zip(counts).zip(base(metric)) {
            let rate = wilson(*count, of, level);
            let mut row =
                vec![Cell::from(name.as_str()), Cell::from(*metric), Cell::from(*count), Cell::from(of)];
            row.extend([rate.map(|i| i.value), rate.map(|i| i.low), rate.map(|i| i.high)].map(Cell::from));
            table.push(row);
        }
    }
    table
}

#[expect(clippy::too_many_arguments, reason = "one decision, and all that it rests on")]
fn decide(
    analysis: &mut Analysis,
    names: &[String],
    goals: &[u64],
    trials: &[u64],
    control: usize,
    goal: &str,
    matters: f64,
    level: f64,
) -> Table {
    let mut table = Table::new("verdict", "Which version is better", "どのバージョンが優れているか")
        .with("version", ColumnKind::Text, "Version", "バージョン")
        .with("rate", ColumnKind::Share, "Rate", "率")
        .with("low", ColumnKind::Share, "Lower end", "下限")
        .with("high", ColumnKind::Share, "Upper end", "上限")
        .with("difference", ColumnKind::Share, "Difference", "差")
        .with("difference_low", ColumnKind::Share, "Difference, lower end", "差の下限")
        .with("difference_high", ColumnKind::Share, "Difference, upper end", "差の上限")
        .with("best_chance", ColumnKind::Share, "Chance of being best", "最良である確率")
        .with(
            "always_valid_p",
            ColumnKind::Number,
            "p value, however often looked at",
            "p値（何度確認しても有効）",
        )
        .drawn(PlotKind::Dots, "version", "rate", None)
        .between("low", "high");
    let at = |counts: &[u64], index: usize| counts.get(index).copied().unwrap_or(0);
    let of = |index: usize| wilson(at(goals, index), at(trials, index), level);
    // One success and one failure are presumed of each: the even distribution.
    let betas: Vec<(f64, f64)> =
        goals.iter().zip(trials).map(|(won, all)| (1.0 + real(*won), 1.0 + real(all - won))).collect();
    let best = best_of_betas(&betas);
    let mut shown: Vec<(usize, f64)> = Vec::new();
    let against = names.len().saturating_sub(1).max(1);
    for (index, name) in names.iter().enumerate() {
        let rate = of(index);
        let apart =
            rate.zip(of(control)).filter(|_| index != control).map(|(own, base)| difference(base, own));
        let p = apart.and_then(|apart| {
            always_valid(
                apart.value,
                (at(goals, index), at(trials, index)),
                (at(goals, control), at(trials, control)),
                matters,
            )
        });
        // Several versions have several chances to look better (Bonferroni).
        let p = p.map(|p| (p * real(u64::try_from(against).unwrap_or(1))).min(1.0));
        if let (Some(apart), Some(p)) = (apart, p)
            && p < 1.0 - level
        {
            shown.push((index, apart.value));
        }
        let mut row = vec![Cell::from(name.as_str())];
        row.extend([rate.map(|i| i.value), rate.map(|i| i.low), rate.map(|i| i.high)].map(Cell::from));
        row.extend([apart.map(|i| i.value), apart.map(|i| i.low), apart.map(|i| i.high)].map(Cell::from));
        // Nine digits are what the integral is good for.
        let chance = best.get(index).map(|chance| (chance * 1e9).round() / 1e9);
        row.extend([Cell::from(chance), Cell::from(p)]);
        table.push(row);
    }
    let name = |index: usize| names.get(index).map_or("", String::as_str);
    let winner = shown.iter().copied().filter(|(_, by)| *by > 0.0).max_by(|a, b| a.1.total_cmp(&b.1));
    let worse = shown.len() == against && winner.is_none();
    let points = |part: f64| (part * 1000.0).round() / 10.0;
    if let Some((index, by)) = winner {
        analysis.figure("advice", "stop");
        analysis.figure("best", name(index));
        analysis.note(
            "advice",
            format!(
                "stop: `{}` is better than `{}` in `{goal}`, by {} points so far",
                name(index),
                name(control),
                points(by)
            ),
            format!(
                "終了して構いません：「{}」は「{}」より {goal} が {} ポイント高いです",
                name(index),
                name(control),
                points(by)
            ),
        );
    } else if worse && !names.is_empty() && names.len() > 1 {
        analysis.figure("advice", "stop");
        analysis.figure("best", name(control));
        analysis.note(
            "advice",
            format!("stop: `{}` is better than all others in `{goal}`", name(control)),
            format!("終了して構いません：「{}」がほかのすべてより {goal} で優れています", name(control)),
        );
    } else if trials.iter().all(|count| *count == 0) {
        analysis.figure("advice", "go on");
        analysis.note(
            "advice",
            "go on: nothing has been counted yet",
            "継続してください：まだ集計がありません",
        );
    } else {
        let rate =
            ratio(real(goals.iter().sum()), real(trials.iter().sum())).unwrap_or(0.0).clamp(0.001, 0.999);
        // The size of each group that shows a difference that matters in four of five trials.
        let z = normal_quantile(0.5 + level / 2.0) + normal_quantile(0.8);
        let each = (2.0 * z * z * rate * (1.0 - rate) / (matters * matters)).ceil();
        let least = trials.iter().copied().min().map_or(0.0, real);
        analysis.figure("advice", "go on");
        analysis.figure("needed_each", each);
        let (en, ja) = if least >= each {
            (
                format!(
                    "no difference of {} points is to be expected any more: choose by other reasons",
                    points(matters)
                ),
                format!("{} ポイント以上の差は見込めません。ほかの理由で選んでください", points(matters)),
            )
        } else {
            (
                format!(
                    "go on: no difference is shown yet; about {each} recipients of each version show one of {} points",
                    points(matters)
                ),
                format!(
                    "継続してください：差はまだ確認できません。{} ポイントの差の確認には各バージョン約 {each} 件が必要です",
                    points(matters)
                ),
            )
        };
        analysis.note("advice", en, ja);
    }
    table
}

/// A p value that holds however often one looks: the mixture sequential probability ratio test of Johari, Pekelis and
/// Walsh (2015), the mixture being normal with the difference that matters as its spread.
fn always_valid(difference: f64, one: (u64, u64), other: (u64, u64), matters: f64) -> Option<f64> {
    let (n, m) = (real(one.1), real(other.1));
    let pooled = ratio(real(one.0) + real(other.0), n + m)?;
    let variance = ratio(pooled * (1.0 - pooled) * (n + m), n * m)?;
    if variance <= 0.0 {
        return Some(1.0);
    }
    let mixture = matters * matters;
    let ratio = libm::sqrt(variance / (variance + mixture))
        * libm::exp(mixture * difference * difference / (2.0 * variance * (variance + mixture)));
    Some((1.0 / ratio).min(1.0))
}
