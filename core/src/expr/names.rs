//! Names and calls: what they stand for in a place of the playbook.

use super::ast::{Expr, ExprKind, Extent};
use super::check::Checker;
use super::functions::FUNCTIONS;
use super::node::{AccountPart, Constant, Figure, Node, NodeKind, Property, Type};
use super::problem;
use crate::base::diagnostic::Code;
use crate::base::suggest::nearest;
use crate::base::text::pointer_escape;

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
        if ROOTS.contains(&name) || self.is_payload(name) || (name == "account" && self.env.account) {
            let diagnostic = problem(Code::UnknownName, extent, format!("`{name}` needs a name after a dot"));
            let diagnostic = match self.env.model.field(name) {
                Some(_) => diagnostic.with_help(format!("the field of this name is `lead.{name}`")),
                None => diagnostic,
            };
            return self.refuse(extent, diagnostic);
        }
        self.field(name, extent)
    }

    fn field(&mut self, name: &str, extent: Extent) -> Node {
        if let Some((index, policy)) = self.env.model.field(name) {
            self.reads.fields.insert(index);
            return Node { kind: NodeKind::Field(index), ty: Self::type_of(policy.kind), extent };
        }
        if self.hyphened.is_some_and(|told| told.start <= extent.start && extent.end <= told.end) {
            return self.poison(extent);
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
            None if self.env.payload => {
                diagnostic.with_help(format!("write `payload.{name}`; a text stands in quotes"))
            }
            None => diagnostic.with_help("declare it under `fields`; a text stands in quotes"),
        };
        self.refuse(extent, diagnostic)
    }

    /// Whether a name stands for the payload that is captured.
    fn is_payload(&self, name: &str) -> bool {
        self.env.payload && name == "payload"
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
        if let (true, NodeKind::Source(key)) = (self.env.payload, &of_node.kind) {
            // A payload is looked up by paths: `payload.mail.id` is `payload["/mail/id"]`.
            let whole = if key.is_empty() || key.starts_with(['/', '.']) {
                key.to_string()
            } else {
                format!("/{}", pointer_escape(key))
            };
            return self.entry("payload", &format!("{whole}/{}", pointer_escape(name)), at, extent);
        }
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
    pub(super) fn root<'e>(&self, expr: &'e Expr) -> Option<&'e str> {
        match &expr.kind {
            ExprKind::Name(name)
                if name != "activity"
                    && (ROOTS.contains(&name.as_str())
                        || self.is_payload(name)
                        || (name == "account" && self.env.account))
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
            "source" | "payload" => {
                self.reads.source.insert(name.into());
                Node { kind: NodeKind::Source(name.into()), ty: Type::Dyn, extent }
            }
            "consent" => {
                self.reads.consent.insert(name.into());
                Node { kind: NodeKind::Consent(name.into()), ty: Type::String, extent }
            }
            "account" => self.account(name, at, extent),
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

    pub(super) fn poison(&self, extent: Extent) -> Node {
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
        if let Some(card) = hyphened {
            self.hyphened = Some(Extent { start: at.start, end: at.start + card.len() });
        }
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

    fn account(&mut self, name: &str, at: Extent, extent: Extent) -> Node {
        match AccountPart::ALL.iter().find(|(part, _)| *part == name) {
            Some((_, part)) => {
                self.reads.account.insert(*part);
                let ty = if *part == AccountPart::Customer { Type::Bool } else { Type::String };
                Node { kind: NodeKind::Account(*part), ty, extent }
            }
            None => {
                let diagnostic = problem(Code::UnknownName, at, format!("an account has no `{name}`"));
                let near = nearest(name, AccountPart::ALL.iter().map(|(part, _)| *part));
                let diagnostic = match near {
                    Some(near) => diagnostic.did_you_mean(Some(near)),
                    None => diagnostic.with_help("it has id, owner, parent and customer"),
                };
                self.refuse(extent, diagnostic)
            }
        }
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
}
