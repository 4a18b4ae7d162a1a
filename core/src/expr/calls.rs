//! Calls: functions, methods and macros, with their arguments checked.

use std::sync::Arc;

use super::ast::{Expr, ExprKind, Extent, Word};
use super::check::Checker;
use super::functions::{Callee, FUNCTIONS, LEFT_OUT, signature};
use super::node::{
    Comparison, Constant, Function, Macro, MacroKind, Node, NodeKind, Pattern, TimePart, Type,
};
use super::operate;
use super::problem;
use super::value::Value;
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::duration::Duration;
use crate::base::suggest::nearest;
use crate::base::text::has_nfkc;
use crate::base::time::{Zone, ZoneError};

impl Checker<'_> {
    pub(super) fn call(
        &mut self,
        target: Option<&Expr>,
        name: &Word,
        arguments: &[Expr],
        extent: Extent,
    ) -> Node {
        let Some((_, callee, usage)) = FUNCTIONS.iter().find(|(function, ..)| *function == name.text) else {
            let diagnostic = unknown_function(name, target);
            return self.refuse_call(diagnostic, target, arguments, extent);
        };
        let (callee, usage) = (*callee, *usage);
        let placed = if target.is_some() { callee.takes_target() } else { callee.takes_no_target() };
        // `matches(text, pattern)` is a function as well as a method.
        let plain_matches = callee == Callee::Matches && target.is_none();
        let fixed = match callee {
            Callee::Test(_) => 1..=1,
            Callee::Matches => {
                if plain_matches {
                    2..=2
                } else {
                    1..=1
                }
            }
            Callee::Method(_) => 0..=0,
            Callee::Plain(_) => {
                if target.is_some() {
                    0..=0
                } else {
                    1..=1
                }
            }
            Callee::Part(_) => 0..=1,
            Callee::Macro(MacroKind::Map) => 2..=3,
            Callee::Macro(_) => 2..=2,
            Callee::Seen | Callee::Count => 1..=2,
            Callee::Has | Callee::Last | Callee::Activities | Callee::InSegment => 1..=1,
        };
        if matches!(callee, Callee::Macro(_))
            && target.is_some()
            && arguments.len() == 3
            && !fixed.contains(&3)
        {
            let message = format!("`{}` with two variables is not part of the expressions here", name.text);
            let diagnostic =
                problem(Code::NotInSubset, extent, message).with_help(format!("write `{usage}`"));
            return self.refuse_call(diagnostic, target, arguments, extent);
        }
        if !placed || !fixed.contains(&arguments.len()) {
            let message = if placed {
                format!("`{}` does not take {} arguments", name.text, arguments.len())
            } else {
                format!("`{}` is called in another way", name.text)
            };
            let diagnostic =
                problem(Code::WrongArguments, extent, message).with_help(format!("write `{usage}`"));
            return self.refuse_call(diagnostic, target, arguments, extent);
        }
        match (callee, target, arguments) {
            (Callee::Has, _, [of]) => self.has(of, extent),
            (Callee::Macro(kind), Some(list), arguments) => self.macro_call(kind, list, arguments, extent),
            (Callee::Plain(function) | Callee::Method(function), Some(of), _)
            | (Callee::Plain(function), None, [of]) => self.function(function, &name.text, of, extent),
            (Callee::Test(test), Some(text), [what]) => {
                let (text, what) = (self.text_operand(text, name), self.text_operand(what, name));
                Node { kind: NodeKind::Test(test, Box::new(text), Box::new(what)), ty: Type::Bool, extent }
            }
            (Callee::Matches, Some(text), [pattern]) | (Callee::Matches, None, [text, pattern]) => {
                let text = self.text_operand(text, name);
                self.matches(text, pattern, extent)
            }
            (Callee::Part(part), Some(of), zone) => self.part(part, of, zone.first(), extent),
            (Callee::InSegment, _, [segment]) => self.in_segment(segment, extent),
            (_, _, [kind, rest @ ..]) => self.history(callee, kind, rest.first(), extent),
            _ => self.poison(extent),
        }
    }

    /// Reports a call that cannot be made, and goes on to look at its operands.
    fn refuse_call(
        &mut self,
        diagnostic: Diagnostic,
        target: Option<&Expr>,
        arguments: &[Expr],
        extent: Extent,
    ) -> Node {
        // The arguments of a misspelt macro name variables that nothing declares.
        if let Some(target) = target {
            if self.root(target).is_none() {
                self.node(target);
            }
        } else {
            for argument in arguments {
                self.node(argument);
            }
        }
        self.refuse(extent, diagnostic)
    }

    fn function(&mut self, function: Function, name: &str, of: &Expr, extent: Extent) -> Node {
        if function == Function::Normalize && !has_nfkc() {
            let diagnostic =
                problem(Code::NotInThisBuild, extent, "this build leaves out the tables of `normalize`");
            let help = "use a build with the feature `nfkc`, or hand in the platform's";
            return self.refuse(extent, diagnostic.with_help(help));
        }
        let of = self.node(of);
        let Some(ty) = signature(function, &of.ty) else {
            let message = format!("`{name}` does not take {}", of.ty.describe());
            return self.refuse(extent, problem(Code::WrongArguments, of.extent, message));
        };
        if function == Function::Age {
            self.reads.now = true;
        } else if let Some(constant) = of.constant()
            && function != Function::Dyn
        {
            match operate::call(function, Value::of_constant(constant), None, extent) {
                Ok(value) => {
                    if let Some(constant) = value.to_constant() {
                        return Node { kind: NodeKind::Const(constant), ty, extent };
                    }
                }
                // A constant that is never right is told now rather than on every lead.
                Err(failure) => {
                    let message = format!("`{}` is {}", self.text(of.extent), failure.message);
                    return self.refuse(extent, problem(Code::WrongArguments, of.extent, message));
                }
            }
        }
        Node { kind: NodeKind::Call(function, Box::new([of])), ty, extent }
    }

    fn text_operand(&mut self, expr: &Expr, function: &Word) -> Node {
        let node = self.node(expr);
        if node.ty.fits(&Type::String) {
            return node;
        }
        let message = format!("`{}` tests texts, and this is {}", function.text, node.ty.describe());
        let diagnostic = problem(Code::WrongArguments, node.extent, message);
        let written = self.text(node.extent);
        let diagnostic = match &node.ty {
            Type::List(_) if function.text == "contains" => {
                diagnostic.with_help(format!("write `\"...\" in {written}`"))
            }
            Type::List(_) => diagnostic
                .with_help(format!("write `{written}.exists(item, item.{}(\"...\"))`", function.text)),
            _ => diagnostic.with_help(format!("convert it into a text: `string({written})`")),
        };
        self.refuse(node.extent, diagnostic)
    }

    fn matches(&mut self, text: Node, pattern: &Expr, extent: Extent) -> Node {
        let pattern_node = self.node(pattern);
        let Some(Constant::Text(source)) = pattern_node.constant() else {
            let diagnostic = problem(Code::NotInSubset, pattern.extent, "a pattern that is not a constant")
                .with_help("write the regular expression out as a text");
            return self.refuse(extent, diagnostic);
        };
        match compile(source) {
            Ok(pattern) => {
                let kind = NodeKind::Matches(Box::new(text), Arc::new(pattern));
                Node { kind, ty: Type::Bool, extent }
            }
            Err((code, message, help)) => {
                let diagnostic = problem(code, pattern.extent, message).with_help(help);
                self.refuse(extent, diagnostic)
            }
        }
    }

    fn part(&mut self, part: TimePart, of: &Expr, zone: Option<&Expr>, extent: Extent) -> Node {
        let of = self.node(of);
        let of_duration =
            matches!(part, TimePart::Hours | TimePart::Minutes | TimePart::Seconds | TimePart::Milliseconds);
        let fits = of.ty.fits(&Type::Timestamp) || of_duration && zone.is_none() && of.ty == Type::Duration;
        if !fits {
            let message = format!("this function takes a timestamp, and this is {}", of.ty.describe());
            return self.refuse(extent, problem(Code::WrongArguments, of.extent, message));
        }
        let zone = match zone.map(|zone| (&zone.kind, zone.extent)) {
            None => Ok(Zone::UTC),
            Some((ExprKind::Text(name), at)) => {
                // CEL writes an offset east of UTC without its sign too.
                let signed = if name.starts_with(|c: char| c.is_ascii_digit()) {
                    format!("+{name}")
                } else {
                    name.clone()
                };
                Zone::parse(&signed).map_err(|error| match error {
                    ZoneError::Unknown => {
                        problem(Code::UnknownZone, at, format!("there is no time zone `{name}`"))
                            .with_help("name one such as `Asia/Tokyo`, or an offset such as `+09:00`")
                    }
                    ZoneError::NotInThisBuild => problem(
                        Code::NotInThisBuild,
                        at,
                        format!("this build does not know the time zone `{name}`"),
                    )
                    .with_help("use a build with the feature `zones`, or an offset such as `+09:00`"),
                })
            }
            Some((_, at)) => Err(problem(Code::NotInSubset, at, "a time zone that is not a constant")
                .with_help("write the zone out as a text")),
        };
        match zone {
            Ok(zone) => Node { kind: NodeKind::Part(part, zone, Box::new(of)), ty: Type::Int, extent },
            Err(diagnostic) => self.refuse(extent, diagnostic),
        }
    }

    fn has(&mut self, of: &Expr, extent: Extent) -> Node {
        let node = self.node(of);
        let kind = match node.kind {
            NodeKind::Key(of, key) => NodeKind::HasKey(of, key),
            NodeKind::Field(_)
            | NodeKind::Property(..)
            | NodeKind::Source(_)
            | NodeKind::Consent(_)
            | NodeKind::Rank(_)
            | NodeKind::Figure(..)
            | NodeKind::LeadId => {
                let null = Node { kind: NodeKind::Const(Constant::Null), ty: Type::Null, extent };
                NodeKind::Compare(Comparison::NotEqual, Box::new(node), Box::new(null))
            }
            // Already reported.
            NodeKind::Const(Constant::Null) if node.ty == Type::Dyn => return node,
            _ => {
                let diagnostic =
                    problem(Code::WrongArguments, of.extent, "`has` asks for a field, a property or a key")
                        .with_help("write `has(field)`, or compare with null");
                return self.refuse(extent, diagnostic);
            }
        };
        Node { kind, ty: Type::Bool, extent }
    }

    fn macro_call(&mut self, kind: MacroKind, list: &Expr, arguments: &[Expr], extent: Extent) -> Node {
        let list = self.node(list);
        let item = match list.ty.clone() {
            Type::List(item) => *item,
            Type::Map(_) | Type::Dyn | Type::Null => Type::Dyn,
            other => {
                let message = format!("a list is needed here, and this is {}", other.describe());
                let help = "lists are fields of type `set`, `[...]` and `activities(\"kind\")`";
                let diagnostic = problem(Code::TypeMismatch, list.extent, message).with_help(help);
                return self.refuse(extent, diagnostic);
            }
        };
        let [variable, bodies @ ..] = arguments else { return self.poison(extent) };
        let ExprKind::Name(variable) = &variable.kind else {
            let message = "the first argument names the variable that stands for each item";
            let help = "write a name, such as `interests.exists(item, item == \"...\")`";
            let diagnostic = problem(Code::WrongArguments, variable.extent, message).with_help(help);
            return self.refuse(extent, diagnostic);
        };
        let local = self.locals.len();
        self.locals.push((variable.clone(), item.clone()));
        let node = match (kind, bodies) {
            (MacroKind::Map, [condition, body]) => {
                let condition = self.condition(condition);
                let filtered = macro_node(MacroKind::Filter, local, list, condition, item, extent);
                let body = self.node(body);
                let ty = body.ty.clone();
                macro_node(kind, local, filtered, body, ty, extent)
            }
            (MacroKind::Map, [body]) => {
                let body = self.node(body);
                let ty = body.ty.clone();
                macro_node(kind, local, list, body, ty, extent)
            }
            (_, [body, ..]) => {
                let body = self.condition(body);
                macro_node(kind, local, list, body, item, extent)
            }
            _ => self.poison(extent),
        };
        self.locals.truncate(local);
        node
    }

    fn in_segment(&mut self, segment: &Expr, extent: Extent) -> Node {
        let segments = self.env.segments;
        let Some(name) = self.constant_text(segment, "a segment") else { return self.poison(extent) };
        match segments.iter().position(|known| **known == *name) {
            Some(index) => {
                self.reads.segments.insert(index);
                Node { kind: NodeKind::InSegment(index), ty: Type::Bool, extent }
            }
            None => {
                let near = nearest(&name, segments.iter().copied());
                let diagnostic = unknown_reference(segment.extent, "segment", &name, near, "segments");
                self.refuse(extent, diagnostic)
            }
        }
    }

    /// `seen`, `count`, `last` and `activities`.
    fn history(&mut self, callee: Callee, kind: &Expr, within: Option<&Expr>, extent: Extent) -> Node {
        let within = within.map(|within| self.within(within));
        let Some(name) = self.constant_text(kind, "a kind of activity") else { return self.poison(extent) };
        let Some((index, _)) = self.env.model.activity(&name) else {
            let near = nearest(&name, self.env.model.activities().map(|(known, _)| known));
            let diagnostic = unknown_reference(kind.extent, "kind of activity", &name, near, "activities");
            return self.refuse(extent, diagnostic);
        };
        let within = match within {
            Some(None) => return self.poison(extent),
            Some(Some(within)) => Some(within),
            None => None,
        };
        self.reads.kinds.insert(index);
        self.reads.windows.extend(within);
        let (kind, ty) = match callee {
            Callee::Seen => (NodeKind::Seen(index, within), Type::Bool),
            Callee::Count => (NodeKind::Count(index, within), Type::Int),
            Callee::Last => (NodeKind::Last(index), Type::Timestamp),
            _ => (NodeKind::Activities(index), Type::List(Box::new(Self::activity_type(&[index])))),
        };
        Node { kind, ty, extent }
    }

    /// A window in microseconds: a text such as `"30d"` or a constant duration.
    fn within(&mut self, expr: &Expr) -> Option<i64> {
        let node = self.node(expr);
        let micros = match node.constant() {
            Some(Constant::Text(text)) => text.parse::<Duration>().ok().map(Duration::micros),
            Some(Constant::Duration(micros)) => Some(*micros).filter(|micros| *micros >= 0),
            _ => None,
        };
        if micros.is_none() && node.ty != Type::Dyn {
            let message = format!("`{}` is not a length of time", self.text(node.extent));
            let help =
                "write whole numbers with units, largest first, such as `\"30d\"`, `\"4h\"` or `\"1d12h\"`";
            self.report(problem(Code::WrongArguments, node.extent, message).with_help(help));
        }
        micros
    }

    fn constant_text(&mut self, expr: &Expr, what: &str) -> Option<String> {
        if let ExprKind::Text(text) = &expr.kind {
            return Some(text.clone());
        }
        let message = format!("{what} is named here by a constant text");
        let help = match &expr.kind {
            ExprKind::Name(name) => format!("put it in quotes: `\"{name}\"`"),
            _ => "write the name in quotes".to_owned(),
        };
        self.report(problem(Code::WrongArguments, expr.extent, message).with_help(help));
        None
    }
}

fn macro_node(kind: MacroKind, local: usize, list: Node, body: Node, item: Type, extent: Extent) -> Node {
    let ty = match kind {
        MacroKind::Filter | MacroKind::Map => Type::List(Box::new(item)),
        _ => Type::Bool,
    };
    Node { kind: NodeKind::Macro(Box::new(Macro { kind, local, list, body })), ty, extent }
}

fn unknown_function(name: &Word, target: Option<&Expr>) -> Diagnostic {
    if let Some((left_out, help)) = LEFT_OUT.iter().find(|(left_out, _)| *left_out == name.text) {
        let message = format!("`{left_out}` is not part of the expressions here");
        return problem(Code::NotInSubset, name.extent, message).with_help(*help);
    }
    let diagnostic =
        problem(Code::UnknownFunction, name.extent, format!("there is no function `{}`", name.text));
    let near = nearest(&name.text, FUNCTIONS.iter().map(|(function, ..)| *function));
    match (near, target) {
        (Some(near), _) => diagnostic.did_you_mean(Some(near)),
        (None, Some(_)) => {
            diagnostic.with_help("tests of texts are startsWith, endsWith, contains and matches")
        }
        (None, None) => diagnostic.with_help("the history is asked by seen, count, last and activities"),
    }
}

fn unknown_reference(
    extent: Extent,
    what: &str,
    name: &str,
    near: Option<&str>,
    section: &str,
) -> Diagnostic {
    let diagnostic = problem(Code::UnknownReference, extent, format!("there is no {what} `{name}`"));
    match near {
        Some(near) => {
            let literal = Expr { kind: ExprKind::Text(near.to_owned()), extent, height: 1 };
            diagnostic.did_you_mean(Some(literal.to_string()))
        }
        None => diagnostic.with_help(format!("declare it under `{section}`")),
    }
}

#[cfg(feature = "regex")]
fn compile(source: &str) -> Result<Pattern, (Code, String, String)> {
    /// Bytes that a compiled pattern may take.
    const SIZE: usize = 1 << 20;
    let built = regex::RegexBuilder::new(source).size_limit(SIZE).dfa_size_limit(SIZE).nest_limit(50).build();
    match built {
        Ok(regex) => Ok(Pattern { regex }),
        Err(error) => {
            // The last line says what is wrong; those before it draw the place.
            let full = error.to_string();
            let reason = full.lines().last().unwrap_or("").trim().trim_start_matches("error: ");
            let help = "patterns are those of the `regex` crate: no look-around and no back-references";
            Err((
                Code::BadRegex,
                format!("not a regular expression that can be used: {reason}"),
                help.to_owned(),
            ))
        }
    }
}

#[cfg(not(feature = "regex"))]
fn compile(_source: &str) -> Result<Pattern, (Code, String, String)> {
    let help = "use a build with the feature `regex`, or startsWith, endsWith and contains";
    Err((Code::NotInThisBuild, "this build leaves out regular expressions".to_owned(), help.to_owned()))
}
