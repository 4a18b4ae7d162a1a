//! The tree as written into the typed tree: names, types and constants, with every problem reported.

use std::sync::Arc;

use super::ast::{Binary, Expr, ExprKind, Extent};
use super::node::{Arithmetic, Comparison, Constant, Constants, Node, NodeKind, Reads, Type};
use super::value::Value;
use super::{Env, Expected, operate, problem};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::suggest::nearest;
use crate::lead::model::FieldType;

/// Checks an expression; the typed tree and what it reads, or all problems.
pub(super) fn check(
    source: &str,
    expr: &Expr,
    env: &Env<'_>,
    expected: Expected,
) -> Result<(Node, Reads), Vec<Diagnostic>> {
    let mut checker = Checker {
        source,
        env,
        locals: Vec::new(),
        reads: Reads::default(),
        hyphened: None,
        problems: Vec::new(),
    };
    let root = checker.node(expr);
    let wanted = match expected {
        Expected::Bool => &[Type::Bool][..],
        Expected::Number => &[Type::Int, Type::Double],
        Expected::Any => &[Type::Dyn],
    };
    if !wanted.iter().any(|wanted| root.ty.fits(wanted)) {
        let (what, help) = match expected {
            Expected::Bool => ("a condition", "compare it with something, such as `field == \"value\"`"),
            Expected::Number => ("a number", "convert it by `int(...)` or `double(...)`, or choose by `? :`"),
            Expected::Any => ("a value", "write an expression"),
        };
        let message = format!("{what} is needed here, and this is {}", root.ty.describe());
        checker.report(problem(Code::TypeMismatch, root.extent, message).with_help(help));
    }
    if checker.problems.is_empty() {
        Ok((root, checker.reads))
    } else {
        checker.problems.sort_by_key(|problem| problem.span.as_ref().map(|span| (span.start, span.end)));
        Err(checker.problems)
    }
}

pub(super) struct Checker<'a> {
    pub(super) source: &'a str,
    pub(super) env: &'a Env<'a>,
    /// Variables of the macros around, outermost first.
    pub(super) locals: Vec<(String, Type)>,
    pub(super) reads: Reads,
    /// Where a name with a hyphen was told to stand in brackets: what follows the hyphen is no name of its own.
    pub(super) hyphened: Option<Extent>,
    problems: Vec<Diagnostic>,
}

impl Checker<'_> {
    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        self.problems.push(diagnostic);
    }

    /// Reports, and goes on with something that fits everywhere, so that one problem is told once.
    pub(super) fn refuse(&mut self, extent: Extent, diagnostic: Diagnostic) -> Node {
        self.report(diagnostic);
        Node { kind: NodeKind::Const(Constant::Null), ty: Type::Dyn, extent }
    }

    pub(super) fn text(&self, extent: Extent) -> &str {
        self.source.get(extent.start..extent.end).unwrap_or("")
    }

    pub(super) fn node(&mut self, expr: &Expr) -> Node {
        let extent = expr.extent;
        let (kind, ty) = match &expr.kind {
            ExprKind::Null => (NodeKind::Const(Constant::Null), Type::Null),
            ExprKind::Bool(value) => (NodeKind::Const(Constant::Bool(*value)), Type::Bool),
            ExprKind::Int(value) => (NodeKind::Const(Constant::Int(*value)), Type::Int),
            ExprKind::Double(value) => (NodeKind::Const(Constant::Double(*value)), Type::Double),
            ExprKind::Text(text) => (NodeKind::Const(Constant::Text(text.as_str().into())), Type::String),
            ExprKind::Name(name) => return self.name(name, extent),
            ExprKind::Member(of, name) => return self.member(of, &name.text, name.extent, extent),
            ExprKind::Index(of, index) => return self.index(of, index, extent),
            ExprKind::Call(target, name, arguments) => {
                return self.call(target.as_deref(), name, arguments, extent);
            }
            ExprKind::List(items) => return self.list(items, extent),
            ExprKind::Map(entries) => {
                let mut ty = Type::Null;
                let mut nodes = Vec::with_capacity(entries.len());
                for (key, value) in entries {
                    let (key, value) = (self.node(key), self.node(value));
                    if ![Type::String, Type::Int, Type::Bool].iter().any(|wanted| key.ty.fits(wanted)) {
                        let message = format!(
                            "a key is a text, a whole number or a boolean, and this is {}",
                            key.ty.describe()
                        );
                        self.report(problem(Code::TypeMismatch, key.extent, message));
                    }
                    ty = ty.join(value.ty.clone());
                    nodes.push((key, value));
                }
                let ty = if nodes.is_empty() { Type::Dyn } else { ty };
                (NodeKind::Map(nodes.into()), Type::Map(Box::new(ty)))
            }
            ExprKind::Not(of) => (NodeKind::Not(Box::new(self.condition(of))), Type::Bool),
            ExprKind::And(parts) => (NodeKind::All(self.conditions(parts)), Type::Bool),
            ExprKind::Or(parts) => (NodeKind::Any(self.conditions(parts)), Type::Bool),
            ExprKind::Negate(of) => return self.negate(of, extent),
            ExprKind::Choose(parts) => {
                let [condition, yes, no] = parts.as_ref();
                let condition = self.condition(condition);
                let (yes, no) = (self.node(yes), self.node(no));
                if !yes.ty.comparable(&no.ty)
                    || (yes.ty == Type::Int) != (no.ty == Type::Int) && numeric(&yes, &no)
                {
                    let message = format!(
                        "both outcomes of `? :` have one type, and these are {} and {}",
                        yes.ty.describe(),
                        no.ty.describe()
                    );
                    self.report(problem(Code::TypeMismatch, extent, message));
                }
                let ty = yes.ty.clone().join(no.ty.clone());
                (NodeKind::Choose(Box::new([condition, yes, no])), ty)
            }
            ExprKind::Binary(Binary::In, item, list) => return self.membership(item, list, extent),
            ExprKind::Binary(operator, left, right) => {
                let (left, right) = (self.node(left), self.node(right));
                return match operator {
                    Binary::Equal => self.comparison(Comparison::Equal, left, right, extent),
                    Binary::NotEqual => self.comparison(Comparison::NotEqual, left, right, extent),
                    Binary::Less => self.comparison(Comparison::Less, left, right, extent),
                    Binary::LessOrEqual => self.comparison(Comparison::LessOrEqual, left, right, extent),
                    Binary::Greater => self.comparison(Comparison::Greater, left, right, extent),
                    Binary::GreaterOrEqual => {
                        self.comparison(Comparison::GreaterOrEqual, left, right, extent)
                    }
                    Binary::Add => self.arithmetic(Arithmetic::Add, left, right, extent),
                    Binary::Subtract => self.arithmetic(Arithmetic::Subtract, left, right, extent),
                    Binary::Multiply => self.arithmetic(Arithmetic::Multiply, left, right, extent),
                    Binary::Divide => self.arithmetic(Arithmetic::Divide, left, right, extent),
                    _ => self.arithmetic(Arithmetic::Remainder, left, right, extent),
                };
            }
        };
        Node { kind, ty, extent }
    }

    fn conditions(&mut self, parts: &[Expr]) -> Box<[Node]> {
        parts.iter().map(|part| self.condition(part)).collect()
    }

    pub(super) fn condition(&mut self, expr: &Expr) -> Node {
        let node = self.node(expr);
        if !node.ty.fits(&Type::Bool) {
            let message = format!("a condition is needed here, and this is {}", node.ty.describe());
            let help = "compare it with something, such as `field == \"value\"`, or ask `has(field)`";
            self.report(problem(Code::TypeMismatch, node.extent, message).with_help(help));
        }
        node
    }

    fn list(&mut self, items: &[Expr], extent: Extent) -> Node {
        let nodes: Vec<Node> = items.iter().map(|item| self.node(item)).collect();
        let mut ty = nodes.iter().map(|node| node.ty.clone()).reduce(Type::join).unwrap_or(Type::Dyn);
        if ty == Type::Null {
            ty = Type::Dyn;
        }
        let constants: Option<Box<[Constant]>> = nodes.iter().map(|node| node.constant().cloned()).collect();
        let kind = match constants {
            Some(constants) => NodeKind::Const(Constant::List(constants)),
            None => NodeKind::List(nodes.into()),
        };
        Node { kind, ty: Type::List(Box::new(ty)), extent }
    }

    fn negate(&mut self, of: &Expr, extent: Extent) -> Node {
        let of = self.node(of);
        if ![Type::Int, Type::Double, Type::Duration].iter().any(|wanted| of.ty.fits(wanted)) {
            let message = format!("`-` takes a number, and this is {}", of.ty.describe());
            return self.refuse(extent, problem(Code::TypeMismatch, of.extent, message));
        }
        let folded = match of.constant() {
            Some(Constant::Int(value)) => value.checked_neg().map(Constant::Int),
            Some(Constant::Double(value)) => Some(Constant::Double(-value)),
            Some(Constant::Duration(value)) => Some(Constant::Duration(-value)),
            _ => None,
        };
        let ty = of.ty.clone();
        Node { kind: folded.map_or_else(|| NodeKind::Negate(Box::new(of)), NodeKind::Const), ty, extent }
    }

    fn comparison(&mut self, sign: Comparison, left: Node, right: Node, extent: Extent) -> Node {
        let (sign, left, right) = match (left.constant(), right.constant()) {
            (Some(_), None) => (sign.turned(), right, left),
            _ => (sign, left, right),
        };
        let equality = matches!(sign, Comparison::Equal | Comparison::NotEqual);
        let ordered = |ty: &Type| !matches!(ty, Type::List(_) | Type::Map(_) | Type::Activity(_));
        let order = equality || ordered(&left.ty) && ordered(&right.ty);
        if !(order && left.ty.comparable(&right.ty)) {
            let diagnostic = self.incomparable(&left, &right, extent);
            return self.refuse(extent, diagnostic);
        }
        if equality && let Some(Constant::Text(text)) = right.constant() {
            let text = text.clone();
            self.check_value(&left, &text, right.extent);
        }
        Node { kind: NodeKind::Compare(sign, Box::new(left), Box::new(right)), ty: Type::Bool, extent }
    }

    fn incomparable(&self, left: &Node, right: &Node, extent: Extent) -> Diagnostic {
        let message = format!("{} cannot be compared with {} here", left.ty.describe(), right.ty.describe());
        let diagnostic = problem(Code::TypeMismatch, extent, message);
        let as_written = self.text(right.extent);
        match (&left.ty, &right.ty) {
            (Type::Timestamp, Type::String) if right.constant().is_some() => {
                let help =
                    format!("write `date({as_written})` for a day, or `timestamp(...)` with time and zone");
                diagnostic.with_help(help)
            }
            (Type::Duration, Type::String) if right.constant().is_some() => {
                diagnostic.with_help(format!("write `duration({as_written})`"))
            }
            (Type::List(_), Type::String) => {
                let help = format!("write `{as_written} in {}`", self.text(left.extent));
                diagnostic.with_help(help)
            }
            (Type::Int | Type::Double, Type::String) => {
                diagnostic.with_help("leave out the quotes of the number")
            }
            (Type::String, Type::Int | Type::Double) => {
                diagnostic.with_help(format!("write the number as text: `\"{as_written}\"`"))
            }
            _ => diagnostic.with_help("compare values of one type"),
        }
    }

    /// A constant beside a field that declares its values has to be one of them.
    fn check_value(&mut self, node: &Node, text: &str, extent: Extent) {
        let NodeKind::Field(index) = node.kind else { return };
        let Some((name, policy)) = self.env.model.field_at(index) else { return };
        if policy.values.is_empty() || policy.values.iter().any(|value| value == text) {
            return;
        }
        let message = format!("`{text}` is not among the values of the field `{name}`");
        let near = nearest(text, policy.values.iter().map(String::as_str));
        let diagnostic = problem(Code::ValueNotDeclared, extent, message);
        self.report(match near {
            Some(near) => diagnostic.did_you_mean_text(near),
            None => diagnostic.with_help("add it to the field's `values`, or name one of them"),
        });
    }

    fn membership(&mut self, item: &Expr, list: &Expr, extent: Extent) -> Node {
        let item_node = self.node(item);
        let list_node = self.node(list);
        let fits = match &list_node.ty {
            Type::List(inner) => item_node.ty.comparable(inner),
            Type::Map(_) | Type::Dyn | Type::Null => true,
            _ => false,
        };
        if !fits {
            let message =
                format!("`in` does not find {} in {}", item_node.ty.describe(), list_node.ty.describe());
            let diagnostic = problem(Code::TypeMismatch, extent, message);
            let help = match (&item_node.ty, &list_node.ty) {
                (Type::String, Type::String) => {
                    format!(
                        "write `{}.contains({})`",
                        self.text(list_node.extent),
                        self.text(item_node.extent)
                    )
                }
                _ => "write a list on the right, such as `[1, 2]`, with items of the type on the left"
                    .to_owned(),
            };
            return self.refuse(extent, diagnostic.with_help(help));
        }
        if let (ExprKind::List(written), Some(Constant::List(items))) = (&list.kind, list_node.constant()) {
            for (written, item) in written.iter().zip(items) {
                if let Constant::Text(text) = item {
                    self.check_value(&item_node, text, written.extent);
                }
            }
        }
        if let Some(Constant::Text(text)) = item_node.constant() {
            let text = text.clone();
            self.check_value(&list_node, &text, item_node.extent);
        }
        let kind = match list_node.kind {
            NodeKind::Const(Constant::List(items)) => {
                NodeKind::InConstants(Box::new(item_node), Arc::new(Constants::new(items)))
            }
            _ => NodeKind::In(Box::new(item_node), Box::new(list_node)),
        };
        Node { kind, ty: Type::Bool, extent }
    }

    fn arithmetic(&mut self, operator: Arithmetic, left: Node, right: Node, extent: Extent) -> Node {
        use Arithmetic::{Add, Remainder, Subtract};
        let ty = match (operator, &left.ty, &right.ty) {
            (Remainder, Type::Double, _) | (Remainder, _, Type::Double) => None,
            (_, Type::Int, Type::Int) => Some(Type::Int),
            (_, Type::Double, Type::Double) => Some(Type::Double),
            (Add, Type::String, Type::String) => Some(Type::String),
            (Add, Type::List(a), Type::List(b)) => {
                Some(Type::List(Box::new(a.as_ref().clone().join(b.as_ref().clone()))))
            }
            (Add | Subtract, Type::Timestamp, Type::Duration) | (Add, Type::Duration, Type::Timestamp) => {
                Some(Type::Timestamp)
            }
            (Subtract, Type::Timestamp, Type::Timestamp)
            | (Add | Subtract, Type::Duration, Type::Duration) => Some(Type::Duration),
            (_, Type::Dyn | Type::Null, _) | (_, _, Type::Dyn | Type::Null) => Some(Type::Dyn),
            _ => None,
        };
        let Some(ty) = ty else {
            let diagnostic = self.no_arithmetic(operator, &left, &right, extent);
            return self.refuse(extent, diagnostic);
        };
        let folded = match (left.constant(), right.constant()) {
            (Some(a), Some(b)) => {
                operate::arithmetic(operator, &Value::of_constant(a), &Value::of_constant(b), extent)
                    .ok()
                    .and_then(|value| value.to_constant())
            }
            _ => None,
        };
        let kind = match folded {
            Some(constant) => NodeKind::Const(constant),
            None => NodeKind::Arithmetic(operator, Box::new(left), Box::new(right)),
        };
        Node { kind, ty, extent }
    }

    fn no_arithmetic(&self, operator: Arithmetic, left: &Node, right: &Node, extent: Extent) -> Diagnostic {
        let sign = match operator {
            Arithmetic::Add => "+",
            Arithmetic::Subtract => "-",
            Arithmetic::Multiply => "*",
            Arithmetic::Divide => "/",
            Arithmetic::Remainder => "%",
        };
        let message = format!("`{sign}` does not take {} and {}", left.ty.describe(), right.ty.describe());
        let diagnostic = problem(Code::TypeMismatch, extent, message);
        match (&left.ty, &right.ty) {
            (Type::Int, Type::Double) if operator != Arithmetic::Remainder => diagnostic
                .with_help(format!("convert the whole number: `double({})`", self.text(left.extent))),
            (Type::Double, Type::Int) if operator != Arithmetic::Remainder => diagnostic
                .with_help(format!("convert the whole number: `double({})`", self.text(right.extent))),
            (Type::Timestamp | Type::Duration, Type::String) => {
                diagnostic.with_help(format!("write `duration({})`", self.text(right.extent)))
            }
            (Type::String, _) | (_, Type::String) => {
                diagnostic.with_help("convert the other side into a text: `string(...)`")
            }
            _ => diagnostic.with_help("use values of one type"),
        }
    }

    /// The type that a field or property has in expressions.
    pub(super) fn type_of(kind: FieldType) -> Type {
        match kind {
            FieldType::Text | FieldType::Email | FieldType::Phone | FieldType::Url => Type::String,
            FieldType::Integer => Type::Int,
            FieldType::Number => Type::Double,
            FieldType::Boolean => Type::Bool,
            FieldType::Date | FieldType::Timestamp => Type::Timestamp,
            FieldType::Set => Type::List(Box::new(Type::String)),
        }
    }

    pub(super) fn activity_type(kinds: &[usize]) -> Type {
        Type::Activity(Arc::from(kinds))
    }
}

/// Whether both are numbers, of whatever kind.
fn numeric(a: &Node, b: &Node) -> bool {
    let number = |ty: &Type| matches!(ty, Type::Int | Type::Double);
    number(&a.ty) && number(&b.ty)
}

trait DidYouMeanText {
    fn did_you_mean_text(self, text: &str) -> Self;
}

impl DidYouMeanText for Diagnostic {
    /// Suggests a text, which stands in quotes where it is put in.
    fn did_you_mean_text(self, text: &str) -> Self {
        let literal = Expr { kind: ExprKind::Text(text.to_owned()), extent: Extent::default(), height: 1 };
        self.did_you_mean(Some(literal.to_string()))
    }
}
