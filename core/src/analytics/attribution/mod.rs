//! Attribution: which touches share in a conversion, by simple rules, by a Markov chain and by Shapley's value.

mod journeys;
mod markov;
mod request;
mod rules;
#[cfg(test)]
mod tests;

use rust_decimal::Decimal;

pub use request::{Coded, Model, Request, Weights};

use super::share::{minor_digits, share};
use super::statistics::ratio;
use super::table::{Analysis, Cell, ColumnKind, PlotKind, Table};
use crate::base::error::Error;
use journeys::Journeys;
use request::Options;

/// What one model gives each channel, before it is rounded: conversions, and value.
struct Credit {
    model: Model,
    conversions: Vec<f64>,
    value: Vec<f64>,
}

/// Shares conversions and their value among channels, by every model asked for.
///
/// # Errors
/// `IK1001` for a table that cannot be read, with its row and column; `IK0601` and `IK1002` for what cannot be asked or told.
pub fn attribute(request: &Request) -> Result<Analysis, Error> {
    let options = Options::of(request)?;
    let journeys = Journeys::read(request, &options)?;
    let mut analysis = Analysis::new("attribution");
    let mut credits = rules::credits(&journeys, &options);
    let mut removal = None;
    if options.models.contains(&Model::Markov) {
        let effects = markov::removal(&journeys, options.order)?;
        let whole = |total: f64| effects.shares.iter().map(|share| share * total).collect();
        credits.push(Credit {
            model: Model::Markov,
            conversions: whole(journeys.total_conversions()),
            value: whole(journeys.total_value()),
        });
        removal = Some(effects);
    }
    credits.sort_by_key(|credit| options.models.iter().position(|model| *model == credit.model));
    say_figures(&mut analysis, &journeys, removal.as_ref());
    analysis.tables.push(credit_table(&journeys, &options, &credits));
    analysis.tables.push(comparison(&journeys, &credits));
    if let Some(effects) = &removal {
        analysis.tables.push(removal_table(&journeys, effects));
    }
    Ok(analysis)
}

fn say_figures(analysis: &mut Analysis, journeys: &Journeys, removal: Option<&markov::Removal>) {
    analysis.figure("journeys", journeys.journeys());
    analysis.figure("touches", journeys.touch_count());
    analysis.figure("conversions", journeys.conversions.iter().sum::<u64>());
    if journeys.valued {
        analysis.figure("revenue", journeys.revenue);
    }
    if journeys.untouched > 0 {
        analysis.figure("conversions_without_touch", journeys.untouched);
        analysis.warn(
            "without-touch",
            format!(
                "{} conversions have no touch before them and are credited to nobody",
                journeys.untouched
            ),
            format!(
                "接点のないコンバージョンが {} 件あり、どのチャネルにも配分していません",
                journeys.untouched
            ),
        );
    }
    if journeys.conversions.iter().all(|count| *count == 0) {
        analysis.warn(
            "no-conversions",
            "there are no conversions, so there is nothing to share",
            "コンバージョンがないため、配分するものがありません",
        );
    }
    if let Some(effects) = removal {
        analysis.figure("chance_of_conversion", effects.base);
    }
    for (model, en, ja) in &journeys.left_out {
        analysis.note(
            "left-out",
            format!("`{}` is left out: {en}", model.name()),
            format!("「{}」は省略しました：{ja}", model.ja()),
        );
    }
}

fn credit_table(journeys: &Journeys, options: &Options, credits: &[Credit]) -> Table {
    let mut table =
        Table::new("credits", "Conversions credited to channels", "チャネル別の貢献コンバージョン")
            .with("channel", ColumnKind::Text, "Channel", "チャネル")
            .with("model", ColumnKind::Text, "Model", "モデル")
            .with("conversions", ColumnKind::Decimal, "Conversions", "コンバージョン")
            .with("share", ColumnKind::Share, "Share", "構成比");
    if journeys.valued {
        table = table
            .with("revenue", ColumnKind::Decimal, "Revenue", "売上")
            .unit(options.currency.as_deref())
            .with("revenue_share", ColumnKind::Share, "Share of revenue", "売上構成比");
    }
    table = table.drawn(PlotKind::Bars, "channel", "conversions", Some("model"));
    let money = options.revenue_digits.unwrap_or_else(|| minor_digits(options.currency.as_deref()));
    for credit in credits {
        let total = Decimal::from(journeys.conversions.iter().sum::<u64>());
        let conversions = share(&credit.conversions, total, options.digits);
        let revenue = share(&credit.value, journeys.revenue, money);
        let (all, worth) = (credit.conversions.iter().sum::<f64>(), credit.value.iter().sum::<f64>());
        for (index, (conversions, revenue)) in conversions.into_iter().zip(revenue).enumerate() {
            let of = |amounts: &[f64], whole: f64| ratio(amounts.get(index).copied().unwrap_or(0.0), whole);
            let mut row = vec![
                Cell::from(journeys.channel(index)),
                Cell::from(credit.model.name()),
                Cell::from(conversions),
                Cell::from(of(&credit.conversions, all)),
            ];
            if journeys.valued {
                row.extend([Cell::from(revenue), Cell::from(of(&credit.value, worth))]);
            }
            table.push(row);
        }
    }
    table
}

/// Models side by side: the share that each gives, and how far they are apart.
fn comparison(journeys: &Journeys, credits: &[Credit]) -> Table {
    let mut table = Table::new("comparison", "Models side by side", "モデルの比較").with(
        "channel",
        ColumnKind::Text,
        "Channel",
        "チャネル",
    );
    for credit in credits {
        table = table.with(credit.model.name(), ColumnKind::Share, credit.model.en(), credit.model.ja());
    }
    table = table
        .with("least", ColumnKind::Share, "Least", "最小")
        .with("most", ColumnKind::Share, "Most", "最大")
        .with("spread", ColumnKind::Share, "Disagreement", "モデル間の差")
        .drawn(PlotKind::Bars, "channel", "spread", None);
    for index in 0..journeys.channels.len() {
        let shares: Vec<Option<f64>> = credits
            .iter()
            .map(|credit| {
                ratio(credit.conversions.get(index).copied().unwrap_or(0.0), credit.conversions.iter().sum())
            })
            .collect();
        let known = || shares.iter().flatten().copied();
        let (least, most) = (known().reduce(f64::min), known().reduce(f64::max));
        let mut row = vec![Cell::from(journeys.channel(index))];
        row.extend(shares.iter().copied().map(Cell::from));
        row.extend([
            Cell::from(least),
            Cell::from(most),
            Cell::from(least.zip(most).map(|(least, most)| most - least)),
        ]);
        table.push(row);
    }
    table
}

fn removal_table(journeys: &Journeys, effects: &markov::Removal) -> Table {
    let mut table = Table::new(
        "removal",
        "Conversions lost without the channel",
        "チャネルを除いた場合に失われるコンバージョン",
    )
    .with("channel", ColumnKind::Text, "Channel", "チャネル")
    .with("removal_effect", ColumnKind::Share, "Removal effect", "除去効果")
    .with("share", ColumnKind::Share, "Share", "構成比")
    .drawn(PlotKind::Bars, "channel", "removal_effect", None);
    for (index, (effect, share)) in effects.effects.iter().zip(&effects.shares).enumerate() {
        table.push(vec![Cell::from(journeys.channel(index)), Cell::from(*effect), Cell::from(*share)]);
    }
    table
}
