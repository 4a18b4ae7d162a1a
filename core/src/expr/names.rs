//! Names and calls: what they stand for in a place of the playbook.

use super::ast::{Expr, ExprKind, Extent, Word};
use super::check::Checker;
use super::functions::{Callee, FUNCTIONS, LEFT_OUT, signature};
use super::node::{
    Comparison, Constant, Figure, Function, Macro, MacroKind, Node, NodeKind, Pattern, Property, TimePart,
    Type,
};
use super::value::Value;
use super::{eval, problem};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::duration::Duration;
use crate::base::suggest::nearest;
use crate::base::time::{Zone, ZoneError};

/// Names with entries below them.
const ROOTS: [&str; 7] = ["activity", "scores", "score", "rank", "source", "consent", "lead"];

impl Checker<'_> {
    pub(super) fn name(&mut self, name: &str, extent: Extent) -> Node {
        if let Some(index) = self.locals.iter().rposition(|(local, _)| local == name) {
            let ty = self.locals.get(index).map_or(Type::Dyn, |(_, ty)| ty.clone());
            return Node { kind: NodeKind::Local(index), ty, extent };
        }
        if name == "now" {
            self.reads.now = true;
            return Node { kind: NodeKind::Now, ty: Type::Timestamp, extent };
        }
        if name == "activity" {
            return match self.env.activity {
                Some(kinds) => {
                    self.reads.activity = true;
                    Node { kind: NodeKind::Activity, ty: Self::activity_type(kinds), extent }
                }
                None => self.refuse(
                    extent,
                    problem(Code::UnknownName, extent, "there is no `activity` here")
                        .with_help("add `on` to the rule, or ask for the history: `seen(\"kind\")`"),
                ),
            };
        }
        if ROOTS.contains(&name) {
            let diagnostic = problem(Code::UnknownName, extent, format!("`{name}` needs a name after a dot"));
            return self.refuse(extent, diagnostic);
        }
        self.field(name, extent)
    }

    fn field(&mut self, name: &str, extent: Extent) -> Node {
        if let Some((index, policy)) = self.env.model.field(name) {
            self.reads.fields.insert(index);
            return Node { kind: NodeKind::Field(index), ty: Self::type_of(policy.kind), extent };
        }
        let locals: Vec<&str> = self.locals.iter().map(|(local, _)| local.as_str()).collect();
        let fields = self.env.model.fields().map(|(name, _)| name);
        let near = nearest(name, fields.chain(locals).chain(ROOTS).chain(["now"]));
        let diagnostic = problem(Code::UnknownName, extent, format!("unknown name `{name}`"));
        let diagnostic = match near {
            Some(near) => diagnostic.did_you_mean(Some(near)),
            None if FUNCTIONS.iter().any(|(function, ..)| *function == name) => {
                diagnostic.with_help(format!("`{name}` is a function: call it with parentheses"))
            }
            None => diagnostic.with_help("declare it under `fields`; a text stands in quotes"),
        };
        self.refuse(extent, diagnostic)
    }

    /// `of.name`, and `of["name"]` where `of` is a name with entries below it.
    pub(super) fn member(&mut self, of: &Expr, name: &str, at: Extent, extent: Extent) -> Node {
        if let Some(root) = self.root(of) {
            return self.entry(root, name, at, extent);
        }
        // `scores.<card>.total`
        if let Some((card, card_at)) = self.card_of(of) {
            return match self.card(card, card_at, "scores") {
                Some(card) => self.figure(card, name, at, extent),
                None => self.poison(extent),
            };
        }
        let of_node = self.node(of);
        match of_node.ty.clone() {
            Type::Activity(kinds) => self.property(of_node, &kinds, name, at, extent),
            Type::Map(value) => {
                Node { kind: NodeKind::Key(Box::new(of_node), name.into()), ty: *value, extent }
            }
            Type::Dyn | Type::Null => {
                Node { kind: NodeKind::Key(Box::new(of_node), name.into()), ty: Type::Dyn, extent }
            }
            other => {
                let message = format!("`{name}` is asked of {}, which has no parts", other.describe());
                let function = FUNCTIONS.iter().find(|(function, ..)| *function == name);
                let diagnostic = problem(Code::UnknownName, at, message);
                let diagnostic = match function {
                    Some((_, _, usage)) => diagnostic.with_help(format!("call the function: `{usage}`")),
                    None => diagnostic.with_help("only activities and maps have parts"),
                };
                self.refuse(extent, diagnostic)
            }
        }
    }

    pub(super) fn index(&mut self, of: &Expr, index: &Expr, extent: Extent) -> Node {
        if let ExprKind::Text(name) = &index.kind
            && (self.root(of).is_some() || self.card_of(of).is_some() || self.is_activity(of))
        {
            return self.member(of, name, index.extent, extent);
        }
        let (of, index) = (self.node(of), self.node(index));
        let (ty, wanted) = match of.ty.clone() {
            Type::List(item) => (*item, Type::Int),
            Type::Map(value) => (*value, Type::Dyn),
            Type::Dyn | Type::Null => (Type::Dyn, Type::Dyn),
            other => {
                let message =
                    format!("`[]` takes an item of a list or a map, and this is {}", other.describe());
                return self.refuse(extent, problem(Code::TypeMismatch, of.extent, message));
            }
        };
        if !index.ty.fits(&wanted) {
            let message = format!("an index is a whole number, and this is {}", index.ty.describe());
            self.report(problem(Code::TypeMismatch, index.extent, message));
        }
        Node { kind: NodeKind::Index(Box::new(of), Box::new(index)), ty, extent }
    }

    /// The name with entries below it that an expression is, unless a macro's variable hides it.
    fn root<'e>(&self, expr: &'e Expr) -> Option<&'e str> {
        match &expr.kind {
            ExprKind::Name(name)
                if name != "activity"
                    && ROOTS.contains(&name.as_str())
                    && !self.locals.iter().any(|(local, _)| local == name) =>
            {
                Some(name)
            }
            _ => None,
        }
    }

    fn is_activity(&self, expr: &Expr) -> bool {
        matches!(&expr.kind, ExprKind::Name(name) if name == "activity"
            && !self.locals.iter().any(|(local, _)| local == name))
    }

    /// The card in `scores.<card>` or `scores["<card>"]`.
    fn card_of<'e>(&self, expr: &'e Expr) -> Option<(&'e str, Extent)> {
        let (of, name, extent) = match &expr.kind {
            ExprKind::Member(of, name) => (of, name.text.as_str(), name.extent),
            ExprKind::Index(of, index) => match &index.kind {
                ExprKind::Text(name) => (of, name.as_str(), index.extent),
                _ => return None,
            },
            _ => return None,
        };
        (self.root(of) == Some("scores")).then_some((name, extent))
    }

    fn entry(&mut self, root: &str, name: &str, at: Extent, extent: Extent) -> Node {
        match root {
            "source" => {
                self.reads.source.insert(name.into());
                Node { kind: NodeKind::Source(name.into()), ty: Type::Dyn, extent }
            }
            "consent" => {
                self.reads.consent.insert(name.into());
                Node { kind: NodeKind::Consent(name.into()), ty: Type::String, extent }
            }
            "lead" if name == "id" => Node { kind: NodeKind::LeadId, ty: Type::String, extent },
            "lead" => {
                let mut node = self.field(name, at);
                node.extent = extent;
                node
            }
            "rank" if !self.env.ranks => self.refuse(
                extent,
                problem(Code::UnknownName, extent, "there is no `rank` here: ranks are decided later")
                    .with_help("ask for figures: `scores.<card>.total`"),
            ),
            "rank" => match self.card(name, at, "rank") {
                Some(card) => {
                    self.reads.ranks.insert(card);
                    Node { kind: NodeKind::Rank(card), ty: Type::String, extent }
                }
                None => self.poison(extent),
            },
            "score" => match self.env.own_card {
                Some(card) => self.figure(card, name, at, extent),
                None => self.refuse(
                    extent,
                    problem(
                        Code::UnknownName,
                        extent,
                        "there is no `score` here: only the ranks of a scorecard have one",
                    )
                    .with_help("name the scorecard: `scores.<card>.total`"),
                ),
            },
            _ => {
                // `scores.<card>` without a figure; an unknown card is the problem to tell first.
                if self.card(name, at, "scores").is_some() {
                    let message = format!("`{}` needs one of its figures", self.text(extent));
                    let diagnostic = problem(Code::UnknownName, extent, message)
                        .with_help(format!("write `{}.total`", self.text(extent)));
                    self.report(diagnostic);
                }
                self.poison(extent)
            }
        }
    }

    fn poison(&self, extent: Extent) -> Node {
        Node { kind: NodeKind::Const(Constant::Null), ty: Type::Dyn, extent }
    }

    fn card(&mut self, name: &str, at: Extent, root: &str) -> Option<usize> {
        let cards = self.env.cards;
        if let Some(index) = cards.iter().position(|card| *card == name) {
            return Some(index);
        }
        let diagnostic = problem(Code::UnknownReference, at, format!("there is no scorecard `{name}`"));
        // `scores.product-a.total` reads as a subtraction.
        let hyphened =
            cards.iter().find(|card| card.strip_prefix(name).is_some_and(|rest| rest.starts_with('-')));
        self.report(match (hyphened, nearest(name, cards.iter().copied())) {
            (Some(card), _) => {
                diagnostic.with_help(format!("a name with a hyphen stands in brackets: `{root}[\"{card}\"]`"))
            }
            (None, Some(near)) => {
                let quoted = self.text(at).starts_with(['"', '\'']);
                diagnostic.did_you_mean(Some(if quoted { format!("\"{near}\"") } else { near.to_owned() }))
            }
            (None, None) => diagnostic.with_help("declare it under `scorecards`"),
        });
        None
    }

    fn figure(&mut self, card: usize, name: &str, at: Extent, extent: Extent) -> Node {
        match Figure::ALL.iter().find(|(figure, _)| *figure == name) {
            Some((_, figure)) => {
                self.reads.cards.insert(card);
                Node { kind: NodeKind::Figure(card, *figure), ty: Type::Double, extent }
            }
            None => {
                let diagnostic = problem(Code::UnknownName, at, format!("a score has no figure `{name}`"));
                let near = nearest(name, Figure::ALL.iter().map(|(figure, _)| *figure));
                let diagnostic = match near {
                    Some(near) => diagnostic.did_you_mean(Some(near)),
                    None => diagnostic.with_help(
                        "the figures are total, fit, engagement, fit_plus, fit_minus, engagement_plus and engagement_minus",
                    ),
                };
                self.refuse(extent, diagnostic)
            }
        }
    }

    fn property(&mut self, of: Node, kinds: &[usize], name: &str, at: Extent, extent: Extent) -> Node {
        let model = self.env.model;
        let policies: Vec<_> = kinds
            .iter()
            .filter_map(|kind| model.activity_at(*kind).map(|(name, policy)| (*kind, name, policy)))
            .collect();
        let declared: Vec<_> = policies
            .iter()
            .filter_map(|(kind, _, policy)| {
                policy.properties.get_full(name).map(|(place, _, ty)| (*kind, place, Self::type_of(*ty)))
            })
            .collect();
        if let Some((_, _, ty)) = declared.first() {
            let ty = ty.clone();
            if declared.iter().any(|(_, _, other)| *other != ty) {
                let message =
                    format!("`{name}` has different types in the kinds of activities looked at here");
                let diagnostic =
                    problem(Code::TypeMismatch, at, message).with_help("write one rule per kind");
                return self.refuse(extent, diagnostic);
            }
            let places: Box<[_]> = declared.iter().map(|(kind, place, _)| (*kind, *place)).collect();
            self.reads.properties.extend(places.iter().copied());
            return Node { kind: NodeKind::Property(Box::new(of), Property::Declared(places)), ty, extent };
        }
        let (property, ty) = match name {
            "id" => (Property::Id, Type::String),
            "kind" => (Property::Kind, Type::String),
            "at" => (Property::At, Type::Timestamp),
            "campaign" => (Property::Campaign, Type::String),
            "channel" => {
                let channels = policies
                    .iter()
                    .map(|(kind, _, policy)| (*kind, policy.channel.as_deref().map(Into::into)));
                (Property::Channel(channels.collect()), Type::String)
            }
            _ => {
                let known =
                    policies.iter().flat_map(|(_, _, policy)| policy.properties.keys().map(String::as_str));
                let near = nearest(name, known.chain(["id", "kind", "at", "campaign", "channel"]));
                let kinds: Vec<String> = policies.iter().map(|(_, kind, _)| format!("`{kind}`")).collect();
                let message = format!("no property `{name}` is declared for {}", kinds.join(", "));
                let diagnostic = problem(Code::UnknownName, at, message);
                let diagnostic = match near {
                    Some(near) => diagnostic.did_you_mean(Some(near)),
                    None => diagnostic.with_help("declare it under the kind's `properties`"),
                };
                return self.refuse(extent, diagnostic);
            }
        };
        Node { kind: NodeKind::Property(Box::new(of), property), ty, extent }
    }

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
        if matches!(callee, Callee::Macro(_)) && target.is_some() && arguments.len() == 3 && !fixed.contains(&3) {
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
            match eval::call(function, Value::of_constant(constant), None, extent) {
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
            Ok(pattern) => Node { kind: NodeKind::Matches(Box::new(text), pattern), ty: Type::Bool, extent },
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
        if !of.ty.fits(&Type::Timestamp) && !(of_duration && zone.is_none() && of.ty == Type::Duration) {
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
        Ok(regex) => Ok(Pattern { source: source.into(), regex }),
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
