//! Boxes and arrows as text for Mermaid and Graphviz.

use std::fmt::Write;

use super::plan::{Plan, Role, Step, falls_through};

/// A box with its number, and an arrow with its words.
struct Graph<'a> {
    boxes: Vec<&'a Step>,
    /// From, to, words.
    arrows: Vec<(usize, usize, &'a str)>,
}

/// Ends that wait for the next box, with the words on their arrows.
type Loose<'a> = Vec<(usize, &'a str)>;

impl<'a> Graph<'a> {
    fn of(plan: &'a Plan) -> Self {
        let mut graph = Self { boxes: vec![&plan.start], arrows: Vec::new() };
        let loose = graph.block(&plan.steps, vec![(0, "")]);
        if falls_through(&plan.steps) {
            graph.put(&plan.end, loose);
        }
        for leave in &plan.leaves {
            graph.boxes.push(leave);
        }
        graph
    }

    fn put(&mut self, step: &'a Step, loose: Loose<'a>) -> usize {
        let own = self.boxes.len();
        self.boxes.push(step);
        self.arrows.extend(loose.into_iter().map(|(from, words)| (from, own, words)));
        own
    }

    /// Adds steps after loose ends; gives the ends that they leave.
    fn block(&mut self, steps: &'a [Step], mut loose: Loose<'a>) -> Loose<'a> {
        for step in steps {
            let own = self.put(step, loose);
            loose = match step.role {
                Role::Leave => Vec::new(),
                _ if step.ways.is_empty() => vec![(own, "")],
                _ => {
                    let ways = step.ways.iter();
                    ways.flat_map(|way| self.block(&way.steps, vec![(own, &way.label)])).collect()
                }
            };
        }
        loose
    }
}

/// Lines of a box: what it does in the first, then details and numbers.
fn lines(step: &Step) -> Vec<String> {
    std::iter::once(&step.head).chain(&step.body).chain(&step.tally).cloned().collect()
}

pub(super) fn mermaid(plan: &Plan) -> String {
    let graph = Graph::of(plan);
    let mut out = String::from("flowchart TD\n");
    let line = |text: &str| {
        text.split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .replace([';', '{', '}', '#', '<', '>', '"'], " ")
    };
    let _ = writeln!(out, "  accTitle: {}", line(&plan.title));
    let _ = writeln!(out, "  accDescr: {}", line(&plan.below.join(", ")));
    for (number, step) in graph.boxes.iter().enumerate() {
        let words = lines(step).iter().map(|line| in_mermaid(line)).collect::<Vec<_>>().join("<br/>");
        let (open, close) = match step.role {
            Role::Terminal => ("([", "])"),
            Role::Leave => ("[[", "]]"),
            Role::Wait => ("(", ")"),
            Role::Choice => ("{{", "}}"),
            Role::Touch | Role::Facts | Role::Inside => ("[", "]"),
        };
        let _ = writeln!(out, "  n{number}{open}\"{words}\"{close}:::{}", class(step.role));
    }
    for (from, to, words) in &graph.arrows {
        let words = if words.is_empty() { String::new() } else { format!("|\"{}\"|", in_mermaid(words)) };
        let _ = writeln!(out, "  n{from} -->{words} n{to}");
    }
    let count = graph.boxes.len();
    for number in count.saturating_sub(plan.leaves.len())..count {
        let _ = writeln!(out, "  n0 -.-> n{number}");
    }
    for role in
        [Role::Terminal, Role::Touch, Role::Wait, Role::Choice, Role::Facts, Role::Inside, Role::Leave]
    {
        let (fill, line) = colours(role);
        let _ = writeln!(out, "  classDef {} fill:{fill},stroke:{line},color:#1a1a1a", class(role));
    }
    out
}

/// Mermaid's own escapes: entities with `#` in the place of `&`.
fn in_mermaid(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' => out.push_str("#quot;"),
            '&' => out.push_str("#amp;"),
            '<' => out.push_str("#lt;"),
            '>' => out.push_str("#gt;"),
            '#' => out.push_str("#35;"),
            ';' => out.push_str("#59;"),
            '`' => out.push_str("#96;"),
            '*' => out.push_str("#42;"),
            '_' => out.push_str("#95;"),
            '\\' => out.push_str("#92;"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

pub(super) fn graphviz(plan: &Plan) -> String {
    let graph = Graph::of(plan);
    let mut out = String::new();
    let title = std::iter::once(&plan.title)
        .chain(&plan.below)
        .map(|line| in_dot(line))
        .collect::<Vec<_>>()
        .join("\\n");
    let _ = writeln!(out, "digraph \"{}\" {{", in_dot(&plan.name));
    let _ = writeln!(
        out,
        "  graph [charset=\"UTF-8\", rankdir=TB, labelloc=t, label=\"{title}\", fontname=\"Noto Sans CJK JP\"];"
    );
    out.push_str(
        "  node [style=\"filled\", fontname=\"Noto Sans CJK JP\", fontsize=11, fontcolor=\"#1a1a1a\"];\n",
    );
    out.push_str(
        "  edge [fontname=\"Noto Sans CJK JP\", fontsize=10, color=\"#555555\", fontcolor=\"#1a1a1a\"];\n",
    );
    for (number, step) in graph.boxes.iter().enumerate() {
        let words = lines(step).iter().map(|line| in_dot(line)).collect::<Vec<_>>().join("\\n");
        let (shape, style) = match step.role {
            Role::Terminal | Role::Wait => ("box", "filled,rounded"),
            Role::Choice => ("hexagon", "filled"),
            Role::Leave => ("box", "filled,diagonals"),
            Role::Touch | Role::Facts => ("box", "filled"),
            Role::Inside => ("note", "filled"),
        };
        let (fill, line) = colours(step.role);
        let _ = writeln!(
            out,
            "  n{number} [label=\"{words}\", shape={shape}, style=\"{style}\", fillcolor=\"{fill}\", color=\"{line}\"];"
        );
    }
    for (from, to, words) in &graph.arrows {
        let words = if words.is_empty() { String::new() } else { format!(" [label=\"{}\"]", in_dot(words)) };
        let _ = writeln!(out, "  n{from} -> n{to}{words};");
    }
    let count = graph.boxes.len();
    for number in count.saturating_sub(plan.leaves.len())..count {
        let _ = writeln!(out, "  n0 -> n{number} [style=dashed];");
    }
    out.push_str("}\n");
    out
}

fn in_dot(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

const fn class(role: Role) -> &'static str {
    match role {
        Role::Terminal => "terminal",
        Role::Touch => "touch",
        Role::Wait => "wait",
        Role::Choice => "choice",
        Role::Facts => "facts",
        Role::Inside => "inside",
        Role::Leave => "leave",
    }
}

/// Fill and line: the colours of Okabe and Ito, which people with any kind of colour vision tell apart, over pale fills
/// on which dark text can be read.
pub(super) const fn colours(role: Role) -> (&'static str, &'static str) {
    match role {
        Role::Terminal => ("#ffffff", "#333333"),
        Role::Touch => ("#e5f1f8", "#0072b2"),
        Role::Wait => ("#fdf3df", "#b87700"),
        Role::Choice => ("#f9eff5", "#a8497f"),
        Role::Facts => ("#f2f2f2", "#666666"),
        Role::Inside => ("#e3f4ee", "#00795a"),
        Role::Leave => ("#fae9df", "#b34700"),
    }
}
