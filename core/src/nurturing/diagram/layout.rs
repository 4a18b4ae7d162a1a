//! Where boxes, arrows and words lie: one column for what comes one after another, columns side by side for ways.
//!
//! Everything is in whole pixels, so that the picture is the same to the byte everywhere.

use super::plan::{Plan, Step, falls_through};

/// Width of a box.
pub(super) const BOX: i64 = 240;
pub(super) const PADDING: i64 = 14;
/// Heights of a head, of a line below it, and of the numbers.
pub(super) const HEAD: i64 = 20;
pub(super) const LINE: i64 = 18;
pub(super) const TALLY: i64 = 24;
/// Height of a line of words on an arrow.
pub(super) const LABEL: i64 = 16;
const MARGIN: i64 = 24;
/// From box to box.
const GAP: i64 = 28;
/// From a box to where its ways part, and from their ends to where they meet.
const PART: i64 = 14;
/// From the words on a way to its first box.
const LEAD: i64 = 22;
/// Between neighbouring ways.
const BESIDE: i64 = 28;
/// From the first box to what ends a passage at any time.
const ASIDE: i64 = 56;
const LEAST_WIDTH: i64 = 420;
/// Units of text (half of a kanji) that fit into a box and onto an arrow.
const BOX_UNITS: usize = 32;
const LABEL_UNITS: usize = 26;
const UNIT: i64 = 7;

/// The picture, every part at its place.
pub(super) struct Scene<'a> {
    pub(super) width: i64,
    pub(super) height: i64,
    /// The first line of text, and those below it.
    pub(super) title: Vec<String>,
    /// How many of its lines are the title itself.
    pub(super) heads: usize,
    pub(super) boxes: Vec<Placed<'a>>,
    pub(super) lines: Vec<Line>,
    pub(super) labels: Vec<Label>,
}

pub(super) struct Placed<'a> {
    pub(super) step: &'a Step,
    pub(super) x: i64,
    pub(super) y: i64,
    pub(super) height: i64,
    pub(super) head: String,
    pub(super) body: Vec<String>,
}

pub(super) struct Line {
    pub(super) points: Vec<(i64, i64)>,
    pub(super) arrow: bool,
    pub(super) dashed: bool,
}

/// Words in the middle of `x`, from `y` down.
pub(super) struct Label {
    pub(super) x: i64,
    pub(super) y: i64,
    pub(super) lines: Vec<String>,
}

impl<'a> Scene<'a> {
    pub(super) fn of(plan: &'a Plan) -> Self {
        let half = size(&plan.steps).0.max(BOX) / 2;
        let right = if plan.leaves.is_empty() { half } else { half.max(BOX / 2 + ASIDE + BOX) };
        let width = (MARGIN + half + right + MARGIN).max(LEAST_WIDTH);
        let middle = MARGIN + half;
        let units = usize::try_from((width - 2 * MARGIN) / 9).unwrap_or(usize::MAX);
        let mut title = wrap(&plan.title, units, 2);
        let heads = title.len();
        title.extend(plan.below.iter().flat_map(|line| wrap(line, units * 9 / 7, 3)));
        let rows = |count: usize| i64::try_from(count).unwrap_or(0);
        let mut y = MARGIN + 26 * rows(heads) + LINE * rows(title.len() - heads) + PART;
        let mut scene =
            Self { width, height: 0, title, heads, boxes: Vec::new(), lines: Vec::new(), labels: Vec::new() };

        let top = y;
        let start = scene.put(&plan.start, middle, y);
        let aside = middle + BOX / 2 + ASIDE;
        for leave in &plan.leaves {
            let end = scene.put(leave, aside + BOX / 2, y);
            let (from, to) = (top + PART, y + (end - y) / 2);
            let turn = aside - ASIDE / 2;
            let edge = middle + BOX / 2;
            scene.line(vec![(edge, from), (turn, from), (turn, to), (aside, to)], true, true);
            y = end + PART;
        }
        // What lies beside the first box must not meet the ways below it.
        let mut end = if size(&plan.steps).0 > BOX { start.max(y - PART) } else { start };
        scene.line(vec![(middle, start), (middle, end + GAP)], !plan.steps.is_empty(), false);
        end = scene.block(&plan.steps, middle, end + GAP);
        if falls_through(&plan.steps) {
            if plan.steps.is_empty() {
                scene.lines.pop();
                scene.line(vec![(middle, start), (middle, end)], true, false);
            } else {
                scene.line(vec![(middle, end), (middle, end + GAP)], true, false);
                end += GAP;
            }
            end = scene.put(&plan.end, middle, end);
        }
        scene.height = end.max(y) + MARGIN;
        scene
    }

    fn line(&mut self, points: Vec<(i64, i64)>, arrow: bool, dashed: bool) {
        self.lines.push(Line { points, arrow, dashed });
    }

    /// A box below a place; where it ends.
    fn put(&mut self, step: &'a Step, middle: i64, y: i64) -> i64 {
        let (head, body) = words(step);
        let height = box_height(step, body.len());
        self.boxes.push(Placed { step, x: middle - BOX / 2, y, height, head, body });
        y + height
    }

    /// Steps one below the other; where they end.
    fn block(&mut self, steps: &'a [Step], middle: i64, mut y: i64) -> i64 {
        for (index, step) in steps.iter().enumerate() {
            if index > 0 {
                self.line(vec![(middle, y), (middle, y + GAP)], true, false);
                y += GAP;
            }
            y = self.step(step, middle, y);
        }
        y
    }

    fn step(&mut self, step: &'a Step, middle: i64, y: i64) -> i64 {
        let bottom = self.put(step, middle, y);
        if step.ways.is_empty() {
            return bottom;
        }
        let part = bottom + PART;
        self.line(vec![(middle, bottom), (middle, part)], false, false);
        let labels = label_height(step);
        let first = part + PART / 2 + labels + LEAD;
        let tallest = step.ways.iter().map(|way| size(&way.steps).1).max().unwrap_or(0);
        let end = first + tallest;
        let meet = end + PART;
        let mut left = middle - ways_width(step) / 2;
        for way in &step.ways {
            let width = way_width(&way.steps, &way.label);
            let x = left + width / 2;
            left += width + BESIDE;
            let lines = label(&way.label);
            self.labels.push(Label { x, y: part + PART / 2, lines });
            if way.steps.is_empty() {
                self.line(vec![(middle, part), (x, part), (x, meet), (middle, meet)], false, false);
                continue;
            }
            self.line(vec![(middle, part), (x, part), (x, first)], true, false);
            let own = self.block(&way.steps, x, first);
            if falls_through(&way.steps) {
                self.line(vec![(x, own), (x, meet), (middle, meet)], false, false);
            }
        }
        if step.falls_through() { meet } else { end }
    }
}

/// Width and height of steps one below the other.
fn size(steps: &[Step]) -> (i64, i64) {
    let mut whole = (0, 0);
    for (index, step) in steps.iter().enumerate() {
        let mut own = (BOX, box_height(step, words(step).1.len()));
        if !step.ways.is_empty() {
            let tallest = step.ways.iter().map(|way| size(&way.steps).1).max().unwrap_or(0);
            own.0 = own.0.max(ways_width(step));
            own.1 += PART + PART / 2 + label_height(step) + LEAD + tallest;
            own.1 += if step.falls_through() { PART } else { 0 };
        }
        whole.0 = whole.0.max(own.0);
        whole.1 += own.1 + if index > 0 { GAP } else { 0 };
    }
    whole
}

fn ways_width(step: &Step) -> i64 {
    let widths = step.ways.iter().map(|way| way_width(&way.steps, &way.label) + BESIDE);
    widths.sum::<i64>() - BESIDE
}

fn way_width(steps: &[Step], text: &str) -> i64 {
    let units = label(text).iter().map(|line| units(line)).max().unwrap_or(0);
    size(steps).0.max(i64::try_from(units).unwrap_or(0) * UNIT)
}

fn label_height(step: &Step) -> i64 {
    let lines = step.ways.iter().map(|way| label(&way.label).len()).max().unwrap_or(0);
    i64::try_from(lines).unwrap_or(0) * LABEL
}

fn box_height(step: &Step, lines: usize) -> i64 {
    let tally = if step.tally.is_some() { TALLY } else { 0 };
    10 + HEAD + i64::try_from(lines).unwrap_or(0) * LINE + tally + 8
}

fn label(text: &str) -> Vec<String> {
    wrap(text, LABEL_UNITS, 3)
}

/// The head and the lines below it as they fit into a box.
fn words(step: &Step) -> (String, Vec<String>) {
    let head = wrap(&step.head, BOX_UNITS, 1).pop().unwrap_or_default();
    let mut body: Vec<String> = step.body.iter().flat_map(|line| wrap(line, BOX_UNITS, 3)).collect();
    if body.len() > 8 {
        body.truncate(8);
        if let Some(last) = body.last_mut() {
            last.push('…');
        }
    }
    (head, body)
}

/// How wide a text is: kanji, kana and full-width forms count two.
pub(super) fn units(text: &str) -> usize {
    text.chars().map(unit).sum()
}

const fn unit(c: char) -> usize {
    match c {
        '\u{300}'..='\u{36F}' | '\u{200B}'..='\u{200F}' => 0,
        '\u{1100}'..='\u{115F}' | '\u{2E80}'..='\u{A4CF}' | '\u{AC00}'..='\u{D7A3}' => 2,
        '\u{F900}'..='\u{FAFF}' | '\u{FE30}'..='\u{FE6F}' | '\u{FF00}'..='\u{FF60}' => 2,
        '\u{1F000}'..='\u{1FAFF}' | '\u{20000}'..='\u{3FFFD}' => 2,
        _ => 1,
    }
}

/// A text in lines: broken at spaces, between wide letters, and within what is too long by itself.
pub(super) fn wrap(text: &str, width: usize, most: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in pieces(text) {
        let own = units(word);
        if used > 0 && used + own > width {
            lines.push(String::new());
            used = 0;
        }
        let word = if used == 0 { word.trim_start() } else { word };
        for c in word.chars() {
            if used > 0 && used + unit(c) > width {
                lines.push(String::new());
                used = 0;
            }
            if let Some(line) = lines.last_mut() {
                line.push(c);
                used += unit(c);
            }
        }
    }
    if lines.len() > most {
        lines.truncate(most);
        if let Some(last) = lines.last_mut() {
            while units(last) + 1 > width && last.pop().is_some() {}
            last.push('…');
        }
    }
    lines.iter_mut().for_each(|line| line.truncate(line.trim_end().len()));
    lines.retain(|line| !line.is_empty());
    lines
}

/// Words with the space before them, and wide letters one by one.
fn pieces(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut before = ' ';
    for (index, c) in text.char_indices() {
        let breaks = (c.is_whitespace() && !before.is_whitespace()) || unit(c) == 2 || unit(before) == 2;
        // What closes stays with what it closes.
        if index > start && breaks && !matches!(c, '、' | '。' | '）' | '」' | 'ー' | '・' | ')' | ',')
        {
            found.extend(text.get(start..index));
            start = index;
        }
        before = c;
    }
    found.extend(text.get(start..));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_break_where_a_reader_would() {
        assert_eq!(
            wrap("employees >= 300 && seen(\"page\")", 18, 3),
            ["employees >= 300", "&& seen(\"page\")"]
        );
        assert_eq!(wrap("製品A導入のご相談", 8, 3), ["製品A導", "入のご相", "談"]);
        assert_eq!(wrap("abcdefghij", 4, 2), ["abcd", "efg…"]);
        assert_eq!(wrap("  ", 4, 2), Vec::<String>::new());
        assert_eq!(units("ﾃｽﾄテスト"), 9);
    }
}
