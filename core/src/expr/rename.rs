//! One spelling for every expression that means the same, with other names put in: for comparing playbooks.

use super::ast::{Expr, ExprKind, Word};
use super::parser;

/// What a name in an expression stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Named {
    Field,
    Activity,
    Scorecard,
    Segment,
}

/// The expression as it prints, each name replaced by what `called` says of it; `None` for what is no expression.
pub(crate) fn respelt(source: &str, called: &dyn Fn(Named, &str) -> Option<String>) -> Option<String> {
    let mut expr = parser::parse(source).ok()?;
    rename(&mut expr, called);
    Some(expr.to_string())
}

fn rename(expr: &mut Expr, called: &dyn Fn(Named, &str) -> Option<String>) {
    let put = |text: &mut String, named: Named| {
        if let Some(new) = called(named, text) {
            *text = new;
        }
    };
    match &mut expr.kind {
        ExprKind::Name(name) => put(name, Named::Field),
        ExprKind::Member(of, Word { text, .. }) => {
            if is_scores(of) {
                put(text, Named::Scorecard);
            } else {
                rename(of, called);
            }
        }
        ExprKind::Index(of, index) => {
            if let (true, ExprKind::Text(text)) = (is_scores(of), &mut index.kind) {
                put(text, Named::Scorecard);
            } else {
                rename(of, called);
                rename(index, called);
            }
        }
        ExprKind::Call(target, word, arguments) => {
            let first = match (&target, word.text.as_str()) {
                (None, "seen" | "count" | "last") => Some(Named::Activity),
                (None, "in_segment") => Some(Named::Segment),
                _ => None,
            };
            if let (Some(named), Some(ExprKind::Text(text))) =
                (first, arguments.first_mut().map(|argument| &mut argument.kind))
            {
                put(text, named);
            }
            target.iter_mut().for_each(|target| rename(target, called));
            arguments.iter_mut().for_each(|argument| rename(argument, called));
        }
        ExprKind::List(items) | ExprKind::And(items) | ExprKind::Or(items) => {
            items.iter_mut().for_each(|item| rename(item, called));
        }
        ExprKind::Map(entries) => {
            for (key, value) in entries {
                rename(key, called);
                rename(value, called);
            }
        }
        ExprKind::Not(of) | ExprKind::Negate(of) => rename(of, called),
        ExprKind::Binary(_, left, right) => {
            rename(left, called);
            rename(right, called);
        }
        ExprKind::Choose(parts) => parts.iter_mut().for_each(|part| rename(part, called)),
        ExprKind::Null | ExprKind::Bool(_) | ExprKind::Int(_) | ExprKind::Double(_) | ExprKind::Text(_) => {}
    }
}

fn is_scores(expr: &Expr) -> bool {
    matches!(&expr.kind, ExprKind::Name(name) if name == "scores" || name == "rank")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_is_one_and_names_are_replaced() {
        let called = |named: Named, name: &str| {
            let known = match (named, name) {
                (Named::Field, "size") => "employees",
                (Named::Activity, "visit") => "page_view",
                (Named::Scorecard, "main") => "overall",
                (Named::Segment, "hot") => "ready",
                _ => return None,
            };
            Some(known.to_owned())
        };
        for (from, to) in [
            ("size>=300", "employees >= 300"),
            ("((size >= 300))", "employees >= 300"),
            ("seen('visit', \"90d\") && 'size' in tags", "seen(\"page_view\", \"90d\") && \"size\" in tags"),
            (
                "rank.main == 'A' || scores.main.total > 1",
                "rank.overall == \"A\" || scores.overall.total > 1",
            ),
            ("in_segment('hot')", "in_segment(\"ready\")"),
            ("activity.size > size", "activity.size > employees"),
        ] {
            assert_eq!(respelt(from, &called).as_deref(), Some(to));
        }
        assert_eq!(respelt("size >", &called), None);
    }
}
