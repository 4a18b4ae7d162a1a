//! The picture as SVG: it needs no font, style sheet or script from outside, and says in words what it shows.

use std::fmt::Write;

use super::graph::colours;
use super::layout::{BOX, HEAD, LABEL, LINE, PADDING, Placed, Scene, TALLY, units};
use super::plan::{Plan, Role, Step};
use crate::base::hash::stable_hash;

/// Fonts that have Japanese letters, wherever the picture is looked at.
const FONT: &str = "'Noto Sans JP','Noto Sans CJK JP','Hiragino Sans','Yu Gothic',Meiryo,sans-serif";
const INK: &str = "#1a1a1a";

pub(super) fn svg(plan: &Plan) -> String {
    let scene = Scene::of(plan);
    let outline = outline(plan);
    // Several pictures on one page: names of their own, and the same for the same picture.
    let id = format!("ikusei-{:016x}", stable_hash(&[&plan.name, &outline]));
    let (width, height) = (scene.width, scene.height);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"img\" aria-labelledby=\"{id}-t {id}-d\" font-family=\"{FONT}\" style=\"max-width:100%;height:auto\">"
    );
    let _ = write!(
        out,
        "<title id=\"{id}-t\">{}</title><desc id=\"{id}-d\">{}</desc>",
        text(&plan.title),
        text(&outline)
    );
    let _ = write!(out, "<rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>");
    titles(&mut out, &scene);
    for line in &scene.lines {
        let points: Vec<String> = line.points.iter().map(|(x, y)| format!("{x},{y}")).collect();
        let dashed = if line.dashed { " stroke-dasharray=\"5 4\"" } else { "" };
        let _ = write!(
            out,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"#555555\" stroke-width=\"1.5\"{dashed}/>",
            points.join(" ")
        );
        if line.arrow {
            arrow(&mut out, &line.points);
        }
    }
    for label in &scene.labels {
        let widest = label.lines.iter().map(|line| units(line)).max().unwrap_or(0);
        let width = i64::try_from(widest).unwrap_or(0) * 7 + 8;
        let height = i64::try_from(label.lines.len()).unwrap_or(0) * LABEL + 4;
        let (left, top) = (label.x - width / 2, label.y - 2);
        let _ = write!(
            out,
            "<rect x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>"
        );
        for (row, line) in (0_i64..).zip(&label.lines) {
            let y = label.y + row * LABEL + 12;
            let _ = write!(
                out,
                "<text x=\"{}\" y=\"{y}\" font-size=\"12\" text-anchor=\"middle\" fill=\"{INK}\">{}</text>",
                label.x,
                text(line)
            );
        }
    }
    for placed in &scene.boxes {
        draw(&mut out, placed);
    }
    out.push_str("</svg>");
    out
}

fn titles(out: &mut String, scene: &Scene<'_>) {
    let mut y = 24;
    for (row, line) in scene.title.iter().enumerate() {
        let (size, weight, step) = if row < scene.heads { (18, "bold", 26) } else { (13, "normal", LINE) };
        y += step;
        let _ = write!(
            out,
            "<text x=\"24\" y=\"{}\" font-size=\"{size}\" font-weight=\"{weight}\" fill=\"{INK}\">{}</text>",
            y - 6,
            text(line)
        );
    }
}

/// The head of an arrow at the last of its points.
fn arrow(out: &mut String, points: &[(i64, i64)]) {
    let [.., (from_x, from_y), (x, y)] = points else { return };
    let points = if from_y == y && x > from_x {
        format!("{x},{y} {},{} {},{}", x - 9, y - 5, x - 9, y + 5)
    } else {
        format!("{x},{y} {},{} {},{}", x - 5, y - 9, x + 5, y - 9)
    };
    let _ = write!(out, "<polygon points=\"{points}\" fill=\"#555555\"/>");
}

fn draw(out: &mut String, placed: &Placed<'_>) {
    let Placed { step, x, y, height, head, body } = placed;
    let (x, y, height) = (*x, *y, *height);
    let (fill, line) = colours(step.role);
    let _ = write!(out, "<g><title>{}</title>", text(&step.text()));
    let paint = format!("fill=\"{fill}\" stroke=\"{line}\" stroke-width=\"1.5\"");
    let (right, bottom) = (x + BOX, y + height);
    let _ = match step.role {
        Role::Choice => write!(
            out,
            "<polygon points=\"{},{y} {},{y} {right},{} {},{bottom} {},{bottom} {x},{}\" {paint}/>",
            x + 12,
            right - 12,
            y + height / 2,
            right - 12,
            x + 12,
            y + height / 2
        ),
        Role::Inside => write!(
            out,
            "<polygon points=\"{x},{y} {},{y} {right},{} {right},{bottom} {x},{bottom}\" {paint}/><polyline points=\"{},{y} {},{} {right},{}\" fill=\"none\" stroke=\"{line}\"/>",
            right - 14,
            y + 14,
            right - 14,
            right - 14,
            y + 14,
            y + 14
        ),
        _ => {
            let round = match step.role {
                Role::Terminal => 20,
                Role::Wait => 14,
                _ => 3,
            };
            write!(
                out,
                "<rect x=\"{x}\" y=\"{y}\" width=\"{BOX}\" height=\"{height}\" rx=\"{round}\" {paint}/>"
            )
        }
    };
    let _ = match step.role {
        Role::Touch => write!(
            out,
            "<rect x=\"{x}\" y=\"{y}\" width=\"6\" height=\"{height}\" rx=\"3\" fill=\"{line}\"/>"
        ),
        Role::Leave => {
            write!(out, "<path d=\"M{} {y}V{bottom}M{} {y}V{bottom}\" stroke=\"{line}\"/>", x + 6, right - 6)
        }
        _ => Ok(()),
    };
    let left = x + PADDING + 4;
    let _ = write!(
        out,
        "<text x=\"{left}\" y=\"{}\" font-size=\"13\" font-weight=\"bold\" fill=\"{INK}\">{}</text>",
        y + 10 + 14,
        text(head)
    );
    for (row, words) in (0_i64..).zip(body) {
        let _ = write!(
            out,
            "<text x=\"{left}\" y=\"{}\" font-size=\"13\" fill=\"{INK}\">{}</text>",
            y + 10 + HEAD + row * LINE + 13,
            text(words)
        );
    }
    if let Some(tally) = &step.tally {
        let top = bottom - 8 - TALLY;
        let _ = write!(
            out,
            "<text x=\"{left}\" y=\"{}\" font-size=\"12\" fill=\"{INK}\">{}</text>",
            top + 15,
            text(tally)
        );
        if let Some(share) = step.share {
            bar(out, step, left, bottom - 10, i64::try_from(share).unwrap_or(0).min(1_000));
        }
    }
    out.push_str("</g>");
}

/// How many of all came by, as a bar.
fn bar(out: &mut String, step: &Step, left: i64, y: i64, share: i64) {
    let whole = BOX - 2 * (PADDING + 4);
    let part = whole * share / 1_000;
    let (_, colour) = colours(step.role);
    let _ = write!(
        out,
        "<rect x=\"{left}\" y=\"{y}\" width=\"{whole}\" height=\"5\" fill=\"#ffffff\" stroke=\"{colour}\" stroke-width=\"0.5\"/><rect x=\"{left}\" y=\"{y}\" width=\"{part}\" height=\"5\" fill=\"{colour}\"/>"
    );
}

/// The whole scenario in words, indented as its steps are.
fn outline(plan: &Plan) -> String {
    fn steps(out: &mut String, list: &[Step], depth: usize) {
        for step in list {
            let _ = writeln!(out, "{}- {}", "  ".repeat(depth), step.text());
            for way in &step.ways {
                let _ = writeln!(out, "{}* {}", "  ".repeat(depth + 1), way.label);
                steps(out, &way.steps, depth + 2);
            }
        }
    }

    let mut out = String::new();
    for line in &plan.below {
        let _ = writeln!(out, "{line}");
    }
    steps(&mut out, std::slice::from_ref(&plan.start), 0);
    steps(&mut out, &plan.leaves, 0);
    steps(&mut out, &plan.steps, 0);
    steps(&mut out, std::slice::from_ref(&plan.end), 0);
    out
}

/// Text between tags and in attributes.
fn text(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    for c in raw.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push('\n'),
            c if c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}') => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
