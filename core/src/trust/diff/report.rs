//! Counts of leads as tables that draw themselves.

use rust_decimal::Decimal;

use crate::analytics::{Analysis, Cell, ColumnKind, PlotKind, Table, decimal};
use crate::trust::diff::tally::{CardTally, Plan, Tally};

pub(super) fn report(plan: &Plan<'_>, tally: &Tally) -> Analysis {
    let mut analysis = Analysis::new("diff");
    analysis.figure("leads", tally.leads);
    analysis.figure("moved", tally.moved);
    let left_out: u64 = tally.left_out.values().sum();
    if left_out > 0 {
        let codes: Vec<&str> = tally.left_out.keys().copied().collect();
        let codes = codes.join(", ");
        analysis.warn(
            "left_out",
            format!("{left_out} leads are left out: their records do not fit one of the playbooks ({codes})"),
            format!(
                "{left_out}件のリードは記録がいずれかのプレイブックに合わないため除外しました（{codes}）"
            ),
        );
    }
    let [before, after] = plan.engines;
    for (engine, side, en, ja) in
        [(before, 0, "no more", "変更後にはありません"), (after, 1, "not yet before", "変更前にはありません")]
    {
        for (number, card) in engine.compiled.cards.iter().enumerate() {
            if !plan.cards.iter().any(|pair| pair.number(side) == Some(number)) {
                let name = &card.name;
                analysis.note(
                    "one_side",
                    format!("scorecard `{name}` is there {en}: its leads have nothing to be compared with"),
                    format!("スコアカード「{name}」は{ja}。比較の対象外です"),
                );
            }
        }
    }
    analysis.tables =
        vec![ranks(plan, tally), scores(plan, tally), segments(plan, tally), drivers(plan, tally)];
    analysis.tables.push(movers(plan, tally));
    analysis.tables.push(changers(plan, tally));
    #[cfg(feature = "routing")]
    if let Some(load) = &tally.load {
        let [before, after] = load.unowned;
        if before + after > 0 {
            analysis.warn(
                "unowned",
                format!("nobody would be accountable for {before} leads before and {after} after"),
                format!("担当者が決まらないリードは変更前{before}件、変更後{after}件です"),
            );
        }
        let members = Table::new("members", "Load on members", "担当者別の件数").with(
            "member",
            ColumnKind::Text,
            "Member",
            "担当者",
        );
        analysis.tables.push(sides(members, load.members.iter().map(|(name, counts)| (vec![name], *counts))));
        let teams = Table::new("teams", "Load on teams", "チーム別の件数").with(
            "team",
            ColumnKind::Text,
            "Team",
            "チーム",
        );
        analysis.tables.push(sides(teams, load.teams.iter().map(|(name, counts)| (vec![name], *counts))));
    }
    #[cfg(feature = "simulation")]
    if !tally.messages.is_empty() {
        let messages = Table::new("messages", "What is sent, by week", "週別の配信・作業件数")
            .with("week", ColumnKind::Time, "Week from", "週（月曜）")
            .with("what", ColumnKind::Text, "What", "種類")
            .with("channel", ColumnKind::Text, "Channel", "チャネル");
        let count = |number: i64| u64::try_from(number).unwrap_or(0);
        let rows = tally.messages.iter().map(|(key, counts)| (key.iter().collect(), counts.map(count)));
        analysis.tables.push(sides(messages, rows).drawn(PlotKind::Line, "week", "after", Some("what")));
    }
    analysis
}

/// A table with what is counted on both sides.
#[cfg(any(feature = "routing", feature = "simulation"))]
fn sides<'t>(table: Table, rows: impl Iterator<Item = (Vec<&'t String>, [u64; 2])>) -> Table {
    let first = table.columns.first().map(|column| column.name.clone()).unwrap_or_default();
    let mut table = table
        .with("before", ColumnKind::Whole, "Before", "変更前")
        .with("after", ColumnKind::Whole, "After", "変更後")
        .with("change", ColumnKind::Whole, "Change", "差")
        .drawn(PlotKind::Bars, &first, "after", None);
    for (names, [before, after]) in rows {
        let mut row: Vec<Cell> = names
            .into_iter()
            .map(|name| if name.is_empty() { Cell::Empty } else { Cell::from(name.as_str()) })
            .collect();
        row.extend([Cell::from(before), Cell::from(after), change(before, after)]);
        table.push(row);
    }
    table
}

fn change(before: u64, after: u64) -> Cell {
    let whole = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    Cell::from(whole(after).saturating_sub(whole(before)))
}

/// How many leads go from which rank to which, for each scorecard.
fn ranks(plan: &Plan<'_>, tally: &Tally) -> Table {
    let mut table = Table::new("ranks", "Ranks before and after", "ランクの移動")
        .with("scorecard", ColumnKind::Text, "Scorecard", "スコアカード")
        .with("before", ColumnKind::Text, "Before", "変更前")
        .with("after", ColumnKind::Text, "After", "変更後")
        .with("leads", ColumnKind::Whole, "Leads", "リード数")
        .drawn(PlotKind::Heat, "after", "before", Some("leads"))
        .beside("scorecard");
    for (pair, card) in plan.cards.iter().zip(&tally.cards) {
        let [froms, tos] = &pair.ranks;
        for (from, old) in froms.iter().enumerate() {
            for (to, new) in tos.iter().enumerate() {
                let count = card.migration.get(&(from, to)).copied().unwrap_or(0);
                // Having no rank is told where somebody has none.
                if count > 0 || (old.is_some() && new.is_some()) {
                    table.push(vec![
                        Cell::from(pair.name.as_str()),
                        Cell::from(old.as_deref()),
                        Cell::from(new.as_deref()),
                        Cell::from(count),
                    ]);
                }
            }
        }
    }
    table
}

fn scores(plan: &Plan<'_>, tally: &Tally) -> Table {
    let mut table = Table::new("scores", "Scores before and after", "スコアの変化")
        .with("scorecard", ColumnKind::Text, "Scorecard", "スコアカード")
        .with("changed", ColumnKind::Whole, "Leads with another score", "スコアが変わるリード")
        .with("before", ColumnKind::Decimal, "Mean before", "平均（変更前）")
        .with("after", ColumnKind::Decimal, "Mean after", "平均（変更後）")
        .with("hot_before", ColumnKind::Whole, "Hot before", "ホット（変更前）")
        .with("hot_after", ColumnKind::Whole, "Hot after", "ホット（変更後）");
    for (pair, card) in plan.cards.iter().zip(&tally.cards) {
        let CardTally { other, sums, hot: [hot_before, hot_after], .. } = card;
        let [before, after] = sums.map(|sum| mean(sum, tally.leads));
        table.push(vec![
            Cell::from(pair.name.as_str()),
            Cell::from(*other),
            before,
            after,
            Cell::from(*hot_before),
            Cell::from(*hot_after),
        ]);
    }
    table
}

/// A sum of millionths by a count, to two digits, half away from zero.
fn mean(sum: i128, leads: u64) -> Cell {
    if leads == 0 {
        return Cell::Empty;
    }
    let hundredths = crate::base::points::divide_rounded(sum, i128::from(leads).saturating_mul(10_000));
    Cell::from(Decimal::try_from_i128_with_scale(hundredths, 2).unwrap_or_default().normalize())
}

fn segments(plan: &Plan<'_>, tally: &Tally) -> Table {
    let mut table = Table::new("segments", "Sizes of segments", "セグメントの件数")
        .with("segment", ColumnKind::Text, "Segment", "セグメント")
        .with("before", ColumnKind::Whole, "Before", "変更前")
        .with("after", ColumnKind::Whole, "After", "変更後")
        .with("change", ColumnKind::Whole, "Change", "差")
        .with("entered", ColumnKind::Whole, "Come in", "新たに入る")
        .with("left", ColumnKind::Whole, "Leave", "外れる")
        .drawn(PlotKind::Bars, "segment", "after", None);
    for (pair, [before, after, entered, left]) in plan.segments.iter().zip(&tally.segments) {
        let [own, other] = pair.numbers.map(|number| number.is_some());
        let side = |there: bool, count: u64| if there { Cell::from(count) } else { Cell::Empty };
        table.push(vec![
            Cell::from(pair.name.as_str()),
            side(own, *before),
            side(other, *after),
            if own && other { change(*before, *after) } else { Cell::Empty },
            side(own && other, *entered),
            side(own && other, *left),
        ]);
    }
    table
}

/// The rules that make the difference for the leads that move.
fn drivers(plan: &Plan<'_>, tally: &Tally) -> Table {
    let mut table = Table::new("rules", "What makes leads move", "移動の要因となったルール")
        .with("scorecard", ColumnKind::Text, "Scorecard", "スコアカード")
        .with("rule", ColumnKind::Text, "Rule", "ルール")
        .with("leads", ColumnKind::Whole, "Leads that move", "移動したリード")
        .with("up", ColumnKind::Decimal, "Points more", "増えたポイント")
        .with("down", ColumnKind::Decimal, "Points less", "減ったポイント")
        .drawn(PlotKind::Bars, "rule", "leads", None);
    let mut rows: Vec<_> = tally.drivers.iter().collect();
    rows.sort_by(|(a, one), (b, two)| {
        a.0.cmp(&b.0).then(two.leads.cmp(&one.leads)).then_with(|| a.1.cmp(&b.1))
    });
    for ((card, rule), driver) in rows {
        table.push(vec![
            Cell::from(plan.cards.get(*card).map(|card| card.name.as_str())),
            // With equal points it is the ranks themselves that differ.
            Cell::from(if rule.is_empty() { "ranks" } else { rule.as_str() }),
            Cell::from(driver.leads),
            Cell::from(decimal(driver.up)),
            Cell::from(decimal(driver.down)),
        ]);
    }
    table
}

fn movers(plan: &Plan<'_>, tally: &Tally) -> Table {
    let mut table = Table::new("movers", "Leads that move", "ランクが変わるリード")
        .with("lead", ColumnKind::Text, "Lead", "リード")
        .with("scorecard", ColumnKind::Text, "Scorecard", "スコアカード")
        .with("before", ColumnKind::Text, "Before", "変更前")
        .with("after", ColumnKind::Text, "After", "変更後")
        .with("score_before", ColumnKind::Decimal, "Score before", "変更前スコア")
        .with("score_after", ColumnKind::Decimal, "Score after", "変更後スコア")
        .with("why", ColumnKind::Text, "What makes the difference", "差の要因");
    for ((_, lead, card), mover) in &tally.movers {
        let [before, after] = mover.totals;
        let [old, new] = &mover.ranks;
        table.push(vec![
            Cell::from(lead.as_str()),
            Cell::from(plan.cards.get(*card).map(|card| card.name.as_str())),
            Cell::from(old.as_deref()),
            Cell::from(new.as_deref()),
            Cell::from(decimal(before)),
            Cell::from(decimal(after)),
            Cell::from(if mover.why.is_empty() { "ranks" } else { mover.why.as_str() }),
        ]);
    }
    table
}

fn changers(plan: &Plan<'_>, tally: &Tally) -> Table {
    let mut table = Table::new("segment_movers", "Leads that come and go", "セグメントを出入りするリード")
        .with("lead", ColumnKind::Text, "Lead", "リード")
        .with("segment", ColumnKind::Text, "Segment", "セグメント")
        .with("enters", ColumnKind::Flag, "Comes in", "新たに入る")
        .with("why", ColumnKind::Text, "What makes the difference", "差の要因");
    for ((lead, segment), changer) in &tally.changers {
        table.push(vec![
            Cell::from(lead.as_str()),
            Cell::from(plan.segments.get(*segment).map(|segment| segment.name.as_str())),
            Cell::from(changer.enters),
            Cell::from(changer.why.as_str()),
        ]);
    }
    table
}
