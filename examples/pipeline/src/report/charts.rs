//! The charts of the report, as inline SVG: labelled, and legible without telling colours apart.
//!
//! Every chart is drawn 400 units wide, so that its letters stay readable on a telephone.

use std::fmt::Write as _;

use super::escape;
use crate::summary::{Card, Point, Tally, percent, rank_name, thousands};
use crate::words::Words;

const WIDTH: f64 = 400.0;

/// The class of a rank's colour: six that stay apart in every common form of colour blindness (Okabe and Ito),
/// hot to cold, and grey for no rank and for the seventh onwards.
#[must_use]
pub fn colour(index: usize, name: &str) -> String {
    if name.is_empty() || index > 5 { "n".to_owned() } else { index.to_string() }
}

/// Leads per rank of one scorecard, as bars.
#[must_use]
pub fn ranks(card: &Card, leads: u64, words: &Words) -> String {
    let most = card.ranks.values().map(|tally| tally.leads).max().unwrap_or(0).max(1);
    let label_width =
        card.ranks.keys().map(|name| text_width(rank_name(name, words))).fold(14.0, f64::max).min(110.0);
    let (left, right, row) = (label_width + 10.0, 98.0, 34.0);
    let height = row * count(card.ranks.len()) + 4.0;
    let mut svg = open(height, words.rank_chart);
    for (index, (name, tally)) in card.ranks.iter().enumerate() {
        let y = row * count(index) + 4.0;
        let width = (WIDTH - left - right) * ratio(tally.leads, most);
        let (label, share) = (escape(rank_name(name, words)), percent(tally.leads, leads));
        let class = colour(index, name);
        let _ = write!(
            svg,
            r#"<g><title>{label}: {n} ({share})</title><text class="end" x="{tx:.1}" y="{ty:.1}">{label}</text><rect class="k{class}" x="{left:.1}" y="{y:.1}" width="{width:.1}" height="24" rx="4"/><text x="{vx:.1}" y="{ty:.1}">{n} <tspan class="dim">({share})</tspan></text></g>"#,
            n = thousands(tally.leads),
            tx = left - 8.0,
            ty = y + 16.0,
            width = width.max(1.0),
            vx = left + width.max(1.0) + 7.0,
        );
    }
    svg + "</svg>"
}

/// Every scorecard as one bar of its ranks' shares.
#[must_use]
pub fn cards(cards: &[Card], words: &Words) -> String {
    let row = 48.0;
    let mut svg = open(row * count(cards.len()), words.card_chart);
    for (at, card) in cards.iter().enumerate() {
        let y = row * count(at);
        let all: u64 = card.ranks.values().map(|tally| tally.leads).sum();
        let _ = write!(svg, r#"<text x="0" y="{:.1}">{}</text>"#, y + 12.0, escape(&card.label));
        let mut x = 0.0;
        for (index, (name, tally)) in card.ranks.iter().enumerate() {
            let width = WIDTH * ratio(tally.leads, all.max(1));
            let (label, class) = (escape(rank_name(name, words)), colour(index, name));
            let _ = write!(
                svg,
                r#"<g><title>{label}: {} ({})</title><rect class="k{class} ring" x="{x:.1}" y="{:.1}" width="{width:.1}" height="22"/>"#,
                thousands(tally.leads),
                percent(tally.leads, all),
                y + 18.0,
            );
            if width > text_width(rank_name(name, words)) + 6.0 {
                let _ = write!(
                    svg,
                    r#"<text class="in k{class}" x="{:.1}" y="{:.1}">{label}</text>"#,
                    x + width / 2.0,
                    y + 33.0
                );
            }
            svg.push_str("</g>");
            x += width;
        }
    }
    svg + "</svg>"
}

/// How many leads have how many points in total, coloured by rank.
#[must_use]
pub fn histogram(points: &[Point], card: &Card, words: &Words) -> String {
    let scale = Scale::over(points.iter().map(|point| point.total), 24);
    let ranks = card.ranks.len();
    let mut bins = vec![vec![0_u64; ranks]; scale.bins];
    for point in points {
        let slot = bins.get_mut(scale.bin(point.total)).and_then(|bin| bin.get_mut(point.rank));
        if let Some(slot) = slot {
            *slot += 1;
        }
    }
    let most = bins.iter().map(|bin| bin.iter().sum::<u64>()).max().unwrap_or(0).max(1);
    let (left, top, plot_width, plot_height) = (34.0, 8.0, WIDTH - 40.0, 236.0);
    let mut svg = open(top + plot_height + 58.0, words.histogram);
    let base = top + plot_height;
    let step = nice_step(most, 4);
    let mut tick = 0;
    while tick <= most {
        let y = base - plot_height * ratio(tick, most);
        let _ = write!(
            svg,
            r#"<line x1="{left}" x2="{:.1}" y1="{y:.1}" y2="{y:.1}"/><text class="dim end" x="{:.1}" y="{:.1}">{}</text>"#,
            left + plot_width,
            left - 5.0,
            y + 3.5,
            thousands(tick),
        );
        tick += step;
    }
    let bin_width = plot_width / count(scale.bins);
    for (index, bin) in bins.iter().enumerate() {
        let mut y = base;
        let x = left + bin_width * count(index);
        // The lowest rank stands at the bottom, so that the colours keep the order of the legend.
        for (rank, tally) in bin.iter().enumerate().rev().filter(|(_, tally)| **tally > 0) {
            let name = card.ranks.get_index(rank).map_or("", |(name, _)| name.as_str());
            let height = plot_height * ratio(*tally, most);
            y -= height;
            let _ = write!(
                svg,
                r#"<rect class="k{}" x="{:.1}" y="{y:.1}" width="{:.1}" height="{height:.1}"><title>{} – {}: {} {}</title></rect>"#,
                colour(rank, name),
                x + 0.6,
                (bin_width - 1.2).max(0.5),
                scale.edge(index),
                scale.edge(index + 1),
                escape(rank_name(name, words)),
                thousands(*tally),
            );
        }
    }
    axis_x(&mut svg, &scale, left, plot_width, base);
    let _ = write!(
        svg,
        r#"<text class="dim mid" x="{:.1}" y="{:.1}">{}</text>"#,
        left + plot_width / 2.0,
        base + 31.0,
        words.total
    );
    legend(&mut svg, card, words, left, base + 50.0);
    svg + "</svg>"
}

/// Where leads lie between what they are and what they do, in bins: one circle for those near each other.
#[must_use]
pub fn map(points: &[Point], card: &Card, words: &Words) -> String {
    let across = Scale::over(points.iter().map(|point| point.engagement), 18);
    let up = Scale::over(points.iter().map(|point| point.fit), 13);
    let ranks = card.ranks.len();
    let mut bins = vec![vec![0_u64; ranks]; across.bins * up.bins];
    for point in points {
        let bin = up.bin(point.fit) * across.bins + across.bin(point.engagement);
        if let Some(slot) = bins.get_mut(bin).and_then(|bin| bin.get_mut(point.rank)) {
            *slot += 1;
        }
    }
    let most = bins.iter().map(|bin| bin.iter().sum::<u64>()).max().unwrap_or(0).max(1);
    let (left, top, plot_width) = (40.0, 6.0, WIDTH - 46.0);
    let cell = plot_width / count(across.bins);
    let cell_height = cell.clamp(14.0, 24.0);
    let plot_height = cell_height * count(up.bins);
    let base = top + plot_height;
    let mut svg = open(base + 58.0, words.map);
    for tick in up.ticks(6) {
        let y = base - plot_height * up.place(tick);
        let _ = write!(
            svg,
            r#"<line x1="{left}" x2="{:.1}" y1="{y:.1}" y2="{y:.1}"/><text class="dim end" x="{:.1}" y="{:.1}">{tick}</text>"#,
            left + plot_width,
            left - 5.0,
            y + 3.5,
        );
    }
    axis_x(&mut svg, &across, left, plot_width, base);
    let full = cell.min(cell_height) * 0.6;
    for (index, bin) in bins.iter().enumerate() {
        let all: u64 = bin.iter().sum();
        // Of equally common ranks the higher one stands for the circle.
        let commonest =
            bin.iter().enumerate().max_by_key(|(rank, tally)| (**tally, std::cmp::Reverse(*rank)));
        let Some((rank, _)) = commonest.filter(|_| all > 0) else { continue };
        let name = card.ranks.get_index(rank).map_or("", |(name, _)| name.as_str());
        let (column, row) = (index % across.bins, index / across.bins);
        let x = left + cell * (count(column) + 0.5);
        let y = base - cell_height * (count(row) + 0.5);
        // The fourth root: beside one crowd, the few that matter most would be dots too small to see.
        let radius = (full * ratio(all, most).sqrt().sqrt()).max(2.2);
        let class = colour(rank, name);
        let _ = write!(
            svg,
            r#"<g><title>{} {} – {}, {} {} – {}: {}, {} {}</title><circle class="k{class} ring" cx="{x:.1}" cy="{y:.1}" r="{radius:.1}"/>"#,
            words.fit,
            up.edge(row),
            up.edge(row + 1),
            words.engagement,
            across.edge(column),
            across.edge(column + 1),
            thousands(all),
            words.rank,
            escape(rank_name(name, words)),
        );
        if radius >= 6.0 && name.chars().count() == 1 {
            let _ = write!(
                svg,
                r#"<text class="in k{class}" x="{x:.1}" y="{:.1}">{}</text>"#,
                y + 3.6,
                escape(name)
            );
        }
        svg.push_str("</g>");
    }
    let _ = write!(
        svg,
        r#"<text class="dim mid" x="{:.1}" y="{:.1}">{} →</text><text class="dim mid" transform="translate(9 {:.1}) rotate(-90)">{} →</text>"#,
        left + plot_width / 2.0,
        base + 31.0,
        words.engagement,
        top + plot_height / 2.0,
        words.fit,
    );
    legend(&mut svg, card, words, left, base + 50.0);
    svg + "</svg>"
}

/// Equal bins over the values, with edges at round numbers.
struct Scale {
    low: i64,
    step: i64,
    bins: usize,
}

impl Scale {
    fn over(values: impl Iterator<Item = f64>, wanted: u64) -> Self {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values {
            low = low.min(value);
            high = high.max(value);
        }
        if low > high {
            (low, high) = (0.0, 1.0);
        }
        let (low, high) = (whole(low.floor()), whole(high.floor()) + 1);
        let step = i64::try_from(nice_step(low.abs_diff(high), wanted)).unwrap_or(i64::MAX).max(1);
        let low = low.div_euclid(step) * step;
        let bins = usize::try_from((high - low + step - 1) / step).unwrap_or(1).max(1);
        Self { low, step, bins }
    }

    fn bin(&self, value: f64) -> usize {
        let bin = (whole(value.floor()) - self.low).div_euclid(self.step);
        usize::try_from(bin).unwrap_or(0).min(self.bins - 1)
    }

    fn edge(&self, bin: usize) -> i64 {
        self.low + self.step * i64::try_from(bin).unwrap_or(0)
    }

    /// Where a value lies between the first edge and the last, from zero to one.
    fn place(&self, value: i64) -> f64 {
        ratio(value.abs_diff(self.low), self.edge(self.bins).abs_diff(self.low).max(1))
    }

    fn ticks(&self, wanted: u64) -> impl Iterator<Item = i64> {
        let (low, high) = (self.low, self.edge(self.bins));
        let step = i64::try_from(nice_step(low.abs_diff(high), wanted)).unwrap_or(i64::MAX).max(1);
        let first = (low + step - 1).div_euclid(step) * step;
        (0..).map(move |n| first + step * n).take_while(move |tick| *tick <= high)
    }
}

/// 1, 2 or 5 times a power of ten: the least that divides the span into at most about as many parts as wanted.
fn nice_step(span: u64, wanted: u64) -> u64 {
    let mut unit = 1_u64;
    loop {
        for factor in [1, 2, 5] {
            let step = unit.saturating_mul(factor);
            if span / step <= wanted || step == u64::MAX {
                return step;
            }
        }
        unit = unit.saturating_mul(10);
    }
}

fn axis_x(svg: &mut String, scale: &Scale, left: f64, width: f64, base: f64) {
    let _ = write!(
        svg,
        r#"<line class="axis" x1="{left}" x2="{:.1}" y1="{base:.1}" y2="{base:.1}"/>"#,
        left + width
    );
    for tick in scale.ticks(8) {
        let x = left + width * scale.place(tick);
        let _ = write!(
            svg,
            r#"<line class="axis" x1="{x:.1}" x2="{x:.1}" y1="{base:.1}" y2="{:.1}"/><text class="dim mid" x="{x:.1}" y="{:.1}">{tick}</text>"#,
            base + 4.0,
            base + 15.0,
        );
    }
}

fn legend(svg: &mut String, card: &Card, words: &Words, left: f64, y: f64) {
    let mut x = left;
    let entries = card.ranks.iter().enumerate().filter(|(_, (_, Tally { leads, .. }))| *leads > 0);
    for (index, (name, _)) in entries {
        let label = rank_name(name, words);
        let _ = write!(
            svg,
            r#"<rect class="k{}" x="{x:.1}" y="{:.1}" width="11" height="11" rx="2.5"/><text class="dim" x="{:.1}" y="{y:.1}">{}</text>"#,
            colour(index, name),
            y - 9.5,
            x + 15.0,
            escape(label),
        );
        x += 15.0 + text_width(label) + 16.0;
    }
}

fn open(height: f64, title: &str) -> String {
    format!(r#"<svg viewBox="0 0 {WIDTH} {height:.0}" role="img" aria-label="{}">"#, escape(title))
}

/// Width of a text in the charts' letters, roughly: a wide letter is as wide as it is high.
fn text_width(text: &str) -> f64 {
    text.chars().map(|c| if c.is_ascii() { 6.8 } else { 12.0 }).sum()
}

#[expect(clippy::cast_precision_loss, reason = "pixels")]
fn ratio(part: u64, whole: u64) -> f64 {
    part as f64 / whole as f64
}

#[expect(clippy::cast_precision_loss, reason = "pixels")]
fn count(number: usize) -> f64 {
    number as f64
}

#[expect(clippy::cast_possible_truncation, reason = "points lie within plus or minus nine thousand million")]
fn whole(value: f64) -> i64 {
    value as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_falls_between_the_edges_of_its_bin() {
        for values in
            [vec![-17.5, 0.0, 3.0, 139.9, 140.0], vec![5.0], vec![], vec![-3.0, -2.5], vec![0.0, 8e9]]
        {
            let scale = Scale::over(values.iter().copied(), 24);
            assert!((1..=27).contains(&scale.bins), "{values:?}: {}", scale.bins);
            for value in values {
                let bin = scale.bin(value);
                assert!(
                    whole(value.floor()) >= scale.edge(bin) && whole(value.floor()) < scale.edge(bin + 1),
                    "{value}"
                );
            }
        }
        assert_eq!(
            [nice_step(100, 4), nice_step(9, 4), nice_step(0, 4), nice_step(1_000, 24)],
            [50, 2, 1, 50]
        );
    }
}
