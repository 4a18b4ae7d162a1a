//! Counts as tables that draw themselves.

use std::collections::BTreeMap;

use crate::analytics::{Analysis, Cell, ColumnKind, PlotKind, Table};
use crate::base::time::Instant;
use crate::nurturing::calendar::DAY;
use crate::simulation::request::{Simulation, SimulationPeriod};
use crate::simulation::tally::{Board, Tally};

pub(super) fn report(tally: &Tally<'_>, simulation: &Simulation) -> Analysis {
    let mut analysis = Analysis::new("simulation");
    let sum = |board, place: usize, word: &str| {
        let counts = tally.of(board).into_iter();
        counts.filter(|count| count.names.get(place) == Some(&word)).map(|count| count.count).sum::<u64>()
    };
    analysis.figure("leads", tally.leads);
    analysis.figure("calls_of_process", tally.calls);
    for (name, what) in [
        ("messages", "send"),
        ("calls", "call"),
        ("invitations", "invite"),
        ("notifications", "notify"),
        ("handed_over", "hand_over"),
    ] {
        analysis.figure(name, sum(Board::Effects, 0, what));
    }
    analysis.figure("enrolled", sum(Board::Passages, 1, "enrolled"));
    analysis.figure("goals", sum(Board::Passages, 1, "goal"));
    notes(&mut analysis, tally, simulation);
    let per = simulation.per;
    analysis.tables = vec![
        periods(tally, per),
        passages_by_period(tally, per),
        work(tally, per),
        workers(tally, per),
        scenarios(tally),
        steps(tally),
        channels(tally),
        templates(tally),
        seats(tally),
        gate(tally),
        ranks(tally),
    ];
    analysis
}

fn notes(analysis: &mut Analysis, tally: &Tally<'_>, simulation: &Simulation) {
    if simulation.model.is_none() {
        analysis.note(
            "no_model",
            "nobody answers: there is no response model, so whatever waits for an answer runs into its time-out",
            "反応モデルがないため誰も反応せず、反応待ちの手順はすべて時間切れになります",
        );
    }
    let left_out: u64 = tally.left_out.values().sum();
    if left_out > 0 {
        let mut codes: Vec<&str> = tally.left_out.keys().copied().collect();
        codes.sort_unstable();
        let codes = codes.join(", ");
        analysis.warn(
            "left_out",
            format!("{left_out} leads are left out: their records do not fit the playbook ({codes})"),
            format!("{left_out}件のリードは記録がプレイブックに合わないため除外しました（{codes}）"),
        );
    }
    if tally.warnings > 0 {
        let count = tally.warnings;
        analysis.warn(
            "conditions",
            format!("conditions failed {count} times and did not hold: simulate one lead to see which"),
            format!(
                "条件の評価が{count}回失敗し、成立しないものとしました。1件のシミュレーションで確認できます"
            ),
        );
    }
}

fn table(name: &str, en: &str, ja: &str) -> Table {
    Table::new(name, en, ja)
}

/// A table whose first column is the period.
fn by_period(per: SimulationPeriod, name: &str, en: &str, ja: &str) -> Table {
    let (label, label_ja) = match per {
        SimulationPeriod::Day => ("Day", "日"),
        SimulationPeriod::Week => ("Week from", "週（月曜）"),
        SimulationPeriod::Month => ("Month", "月"),
    };
    table(name, en, ja).with("period", ColumnKind::Time, label, label_ja)
}

fn label(day: i64, per: SimulationPeriod) -> Cell {
    let date = Instant::from_micros(day.saturating_mul(DAY)).unwrap_or(Instant::EPOCH).to_datetime();
    let format = if per == SimulationPeriod::Month { "%Y-%m" } else { "%Y-%m-%d" };
    Cell::from(date.format(format).to_string())
}

fn periods(tally: &Tally<'_>, per: SimulationPeriod) -> Table {
    let mut table = by_period(per, "periods", "What is to be done", "実行予定件数")
        .with("what", ColumnKind::Text, "What", "種類")
        .with("channel", ColumnKind::Text, "Channel", "チャネル")
        .with("count", ColumnKind::Whole, "Count", "件数")
        .drawn(PlotKind::Line, "period", "count", Some("what"));
    for count in tally.of(Board::Effects) {
        let [what, channel, _] = count.names;
        table.push(vec![label(count.day, per), what.into(), some(channel), count.count.into()]);
    }
    table
}

fn passages_by_period(tally: &Tally<'_>, per: SimulationPeriod) -> Table {
    let mut table = by_period(per, "passages", "Who enters and leaves scenarios", "シナリオの登録と終了")
        .with("scenario", ColumnKind::Text, "Scenario", "シナリオ")
        .with("outcome", ColumnKind::Text, "Outcome", "結果")
        .with("count", ColumnKind::Whole, "Leads", "件数")
        .drawn(PlotKind::Line, "period", "count", Some("outcome"))
        .beside("scenario");
    for count in tally.of(Board::Passages) {
        let [scenario, outcome, _] = count.names;
        table.push(vec![label(count.day, per), scenario.into(), outcome.into(), count.count.into()]);
    }
    table
}

fn work(tally: &Tally<'_>, per: SimulationPeriod) -> Table {
    let mut table = by_period(per, "work", "Work for people", "人の作業")
        .with("who", ColumnKind::Text, "Who", "担当")
        .with("what", ColumnKind::Text, "What", "種類")
        .with("count", ColumnKind::Whole, "Count", "件数")
        .drawn(PlotKind::Line, "period", "count", Some("who"))
        .beside("what");
    for count in tally.of(Board::Work) {
        let [who, what, _] = count.names;
        table.push(vec![label(count.day, per), who.into(), what.into(), count.count.into()]);
    }
    table
}

fn workers(tally: &Tally<'_>, per: SimulationPeriod) -> Table {
    let mut table = table("workers", "Work for people, altogether", "担当別の合計")
        .with("who", ColumnKind::Text, "Who", "担当")
        .with("what", ColumnKind::Text, "What", "種類")
        .with("count", ColumnKind::Whole, "Count", "件数")
        .with("most", ColumnKind::Whole, "Most in one period", "最多期間の件数")
        .with("busiest", ColumnKind::Time, "Busiest period", "最多の期間")
        .drawn(PlotKind::Bars, "who", "count", Some("what"));
    let mut sums: BTreeMap<(&str, &str), (u64, u64, i64)> = BTreeMap::new();
    for count in tally.of(Board::Work) {
        let [who, what, _] = count.names;
        let (sum, most, busiest) = sums.entry((who, what)).or_default();
        *sum += count.count;
        // The first of equally busy ones: periods come in order.
        if count.count > *most {
            (*most, *busiest) = (count.count, count.day);
        }
    }
    for ((who, what), (sum, most, busiest)) in sums {
        table.push(vec![who.into(), what.into(), sum.into(), most.into(), label(busiest, per)]);
    }
    table
}

fn scenarios(tally: &Tally<'_>) -> Table {
    let mut table = table("scenarios", "Passages through scenarios", "シナリオの通過")
        .with("scenario", ColumnKind::Text, "Scenario", "シナリオ")
        .with("before", ColumnKind::Whole, "Under way before", "開始時に進行中")
        .with("enrolled", ColumnKind::Whole, "Enrolled", "登録")
        .with("active", ColumnKind::Whole, "Still under way", "終了時に進行中")
        .with("done", ColumnKind::Whole, "Done", "完了")
        .with("goal", ColumnKind::Whole, "Goal reached", "ゴール到達")
        .with("exited", ColumnKind::Whole, "Left", "離脱")
        .with("moved", ColumnKind::Whole, "Moved on", "移動")
        .with("held_out", ColumnKind::Whole, "Held out", "対照群")
        .with("displaced", ColumnKind::Whole, "Displaced", "入替")
        .drawn(PlotKind::Bars, "scenario", "enrolled", None);
    let mut known: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    let (before, passages) = (tally.of(Board::Before), tally.of(Board::Passages));
    for count in &before {
        let [scenario, ..] = count.names;
        *known.entry((scenario, "before")).or_default() += count.count;
    }
    for count in &passages {
        let [scenario, outcome, _] = count.names;
        *known.entry((scenario, outcome)).or_default() += count.count;
    }
    for scenario in tally.steps.keys() {
        let number = |what: &str| known.get(&(scenario.as_str(), what)).copied().unwrap_or(0);
        let over = ["done", "goal", "exited", "moved", "held_out", "displaced"].map(number);
        let (before, enrolled) = (number("before"), number("enrolled"));
        let active = (before + enrolled).saturating_sub(over.iter().sum());
        let mut row: Vec<Cell> =
            vec![scenario.as_str().into(), before.into(), enrolled.into(), active.into()];
        row.extend(over.map(Cell::from));
        table.push(row);
    }
    table
}

fn steps(tally: &Tally<'_>) -> Table {
    let mut table = table("steps", "Passages by step", "手順別の通過")
        .with("scenario", ColumnKind::Text, "Scenario", "シナリオ")
        .with("step", ColumnKind::Text, "Step", "手順")
        .with("entered", ColumnKind::Whole, "Came to it", "到達")
        .with("waiting", ColumnKind::Whole, "Still there", "待機中")
        .with("left", ColumnKind::Whole, "Left it", "通過")
        .with("ended", ColumnKind::Whole, "Left the scenario there", "ここで終了")
        .with("touches", ColumnKind::Whole, "Touches", "接触")
        .drawn(PlotKind::Steps, "step", "entered", None)
        .beside("scenario");
    let touches = tally.of(Board::Touches);
    for (scenario, counts) in &tally.steps {
        for (step, count) in &counts.steps {
            let own = touches.iter().find(|touch| touch.names == [scenario.as_str(), step.as_str(), ""]);
            table.push(vec![
                scenario.as_str().into(),
                step.as_str().into(),
                count.entered.into(),
                count.waiting.into(),
                count.left.into(),
                count.ended.into(),
                own.map_or(0, |touch| touch.count).into(),
            ]);
        }
    }
    table
}

const ANSWERS: [&str; 4] = ["delivered", "failed", "bounced", "refused"];

fn channels(tally: &Tally<'_>) -> Table {
    let mut table = table("channels", "Touches by channel", "チャネル別の接触")
        .with("channel", ColumnKind::Text, "Channel", "チャネル")
        .with("made", ColumnKind::Whole, "Made", "実行")
        .with("delivered", ColumnKind::Whole, "Delivered", "到達")
        .with("failed", ColumnKind::Whole, "Failed", "失敗")
        .with("bounced", ColumnKind::Whole, "Bounced", "不達")
        .with("refused", ColumnKind::Whole, "Refused", "拒否")
        .drawn(PlotKind::Bars, "channel", "made", None);
    let counts = tally.of(Board::Channels);
    let number = |channel: &str, what: &str| {
        counts.iter().find(|count| count.names == [channel, what, ""]).map_or(0, |count| count.count)
    };
    for made in counts.iter().filter(|count| count.names.get(1) == Some(&"made")) {
        let [channel, ..] = made.names;
        let mut row: Vec<Cell> = vec![channel.into(), made.count.into()];
        row.extend(ANSWERS.map(|what| Cell::from(number(channel, what))));
        table.push(row);
    }
    table
}

fn templates(tally: &Tally<'_>) -> Table {
    let mut table = table("templates", "What became of messages", "テンプレート別の結果")
        .with("template", ColumnKind::Text, "Template", "テンプレート")
        .with("version", ColumnKind::Text, "Version", "版")
        .with("what", ColumnKind::Text, "What", "結果")
        .with("count", ColumnKind::Whole, "Count", "件数")
        .drawn(PlotKind::Bars, "what", "count", Some("version"))
        .beside("template");
    for count in tally.of(Board::Templates) {
        let [template, version, what] = count.names;
        table.push(vec![template.into(), some(version), what.into(), count.count.into()]);
    }
    table
}

fn seats(tally: &Tally<'_>) -> Table {
    let mut table = table("seats", "Seats", "座席")
        .with("event", ColumnKind::Text, "Seminar", "セミナー")
        .with("invited", ColumnKind::Whole, "Invited", "招待")
        .with("refused", ColumnKind::Whole, "Refused", "拒否")
        .with("wanted", ColumnKind::Whole, "Seats wanted", "必要席数")
        .with("capacity", ColumnKind::Whole, "Seats", "定員")
        .with("beyond", ColumnKind::Whole, "Beyond", "超過")
        .drawn(PlotKind::Bars, "event", "wanted", None);
    let counts = tally.of(Board::Seats);
    for invited in counts.iter().filter(|count| count.names.get(1) == Some(&"invited")) {
        let [event, ..] = invited.names;
        let refused = counts.iter().find(|count| count.names == [event, "refused", ""]);
        let refused = refused.map_or(0, |count| count.count);
        let wanted = invited.count.saturating_sub(refused);
        let capacity = tally.capacity(event);
        let beyond = capacity.map_or(Cell::Empty, |seats| wanted.saturating_sub(seats).into());
        let capacity = capacity.map_or(Cell::Empty, Cell::from);
        table.push(vec![event.into(), invited.count.into(), refused.into(), wanted.into(), capacity, beyond]);
    }
    table
}

fn gate(tally: &Tally<'_>) -> Table {
    let mut table = table("gate", "What the gate held, refused and dropped", "ゲートの判定")
        .with("answer", ColumnKind::Text, "Answer", "判定")
        .with("because", ColumnKind::Text, "Because of", "理由")
        .with("count", ColumnKind::Whole, "Times", "回数")
        .drawn(PlotKind::Bars, "because", "count", Some("answer"));
    for count in tally.of(Board::Gate) {
        let [answer, because, _] = count.names;
        table.push(vec![answer.into(), because.into(), count.count.into()]);
    }
    table
}

fn ranks(tally: &Tally<'_>) -> Table {
    let mut table = table("ranks", "Ranks at the end", "終了時のランク")
        .with("card", ColumnKind::Text, "Scorecard", "スコアカード")
        .with("rank", ColumnKind::Text, "Rank", "ランク")
        .with("count", ColumnKind::Whole, "Leads", "件数")
        .drawn(PlotKind::Steps, "rank", "count", None)
        .beside("card");
    for count in tally.of(Board::Ranks) {
        let [card, rank, _] = count.names;
        table.push(vec![card.into(), some(rank), count.count.into()]);
    }
    table
}

fn some(name: &str) -> Cell {
    if name.is_empty() { Cell::Empty } else { name.into() }
}
