//! Tokens into a tree, after the grammar of CEL.

use super::ast::{Binary, Expr, ExprKind, Extent, Word};
use super::lexer::{Token, Tokens, tokens};
use super::{MAX_DEPTH, MAX_LENGTH, MAX_NODES, problem};
use crate::base::diagnostic::{Code, Diagnostic};

/// Recursions of the parser: a level of the tree takes up to two, one for itself and one for its parentheses.
const MAX_CALLS: usize = 2 * MAX_DEPTH;

/// Words that CEL keeps for its host languages.
const RESERVED: [&str; 17] = [
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
    "while",
];

/// Reads an expression; what is wrong with it, if anything.
pub(crate) fn parse(source: &str) -> Result<Expr, Vec<Diagnostic>> {
    if source.len() > MAX_LENGTH {
        let extent = Extent { start: 0, end: source.len() };
        let message =
            format!("the expression is {} bytes long, and at most {MAX_LENGTH} are read", source.len());
        return Err(vec![
            problem(Code::ExprLimit, extent, message)
                .with_help("split it into segments that refer to each other"),
        ]);
    }
    let (tokens, mut problems) = tokens(source).map_err(|diagnostic| vec![diagnostic])?;
    let mut parser = Parser { source, tokens, at: 0, calls: 0, nodes: 0 };
    match parser.whole() {
        Ok(expr) if problems.is_empty() => Ok(expr),
        Ok(_) => Err(problems),
        Err(diagnostic) => {
            problems.push(*diagnostic);
            Err(problems)
        }
    }
}

/// True for a word that may name a field: no literal, operator or reserved word.
pub(crate) fn is_name(text: &str) -> bool {
    super::lexer::is_word(text)
        && !matches!(text, "true" | "false" | "null" | "in")
        && !RESERVED.contains(&text)
}

struct Parser<'a> {
    source: &'a str,
    tokens: Tokens,
    at: usize,
    calls: usize,
    nodes: usize,
}

/// Boxed, so that the frames of a deep recursion stay small.
type Parsed<T> = Result<T, Box<Diagnostic>>;

impl Parser<'_> {
    fn whole(&mut self) -> Parsed<Expr> {
        if *self.peek() == Token::End {
            return Err(problem(Code::ExprSyntax, self.here(), "the expression is empty")
                .with_help("write a condition, such as `industry == \"製造業\"`")
                .into());
        }
        let expr = self.expr()?;
        if *self.peek() == Token::End { Ok(expr) } else { Err(self.unexpected("an operator or the end")) }
    }

    fn peek(&self) -> &Token {
        self.tokens.get(self.at).map_or(&Token::End, |(token, _)| token)
    }

    fn here(&self) -> Extent {
        let end = Extent { start: self.source.len(), end: self.source.len() };
        self.tokens.get(self.at).map_or(end, |(_, extent)| *extent)
    }

    /// Where the token before this one stands.
    fn before(&self) -> Extent {
        self.at.checked_sub(1).and_then(|at| self.tokens.get(at)).map_or(Extent::default(), |(_, e)| *e)
    }

    fn at_sign(&self, sign: &str) -> bool {
        matches!(self.peek(), Token::Sign(found) if *found == sign)
    }

    fn accept(&mut self, sign: &str) -> bool {
        let found = self.at_sign(sign);
        if found {
            self.at += 1;
        }
        found
    }

    fn expect(&mut self, sign: &str) -> Parsed<()> {
        if self.accept(sign) { Ok(()) } else { Err(self.unexpected(&format!("`{sign}`"))) }
    }

    fn unexpected(&self, expected: &str) -> Box<Diagnostic> {
        let extent = self.here();
        let found = match self.peek() {
            Token::End => "the expression ends".to_owned(),
            _ => format!("`{}` stands", self.source.get(extent.start..extent.end).unwrap_or("")),
        };
        let diagnostic = problem(Code::ExprSyntax, extent, format!("{found} where {expected} should follow"));
        Box::new(match self.peek() {
            Token::Word(word) if word.eq_ignore_ascii_case("and") => diagnostic.did_you_mean(Some("&&")),
            Token::Word(word) if word.eq_ignore_ascii_case("or") => diagnostic.did_you_mean(Some("||")),
            Token::Word(word) if word.eq_ignore_ascii_case("not") => diagnostic.did_you_mean(Some("!")),
            Token::End => diagnostic.with_help(format!("add {expected} at the end")),
            _ => diagnostic,
        })
    }

    fn too_deep(&self, extent: Extent) -> Box<Diagnostic> {
        problem(Code::ExprLimit, extent, format!("the expression is nested deeper than {MAX_DEPTH} levels"))
            .with_help("name parts of it as segments")
            .into()
    }

    /// Guards a recursion: text must not be able to exhaust the stack.
    fn deeper<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.calls >= MAX_CALLS {
            return Err(self.too_deep(self.here()));
        }
        self.calls += 1;
        let parsed = parse(self);
        self.calls -= 1;
        parsed
    }

    fn node(&mut self, kind: ExprKind, extent: Extent) -> Parsed<Expr> {
        let tallest = |parts: &[Expr]| parts.iter().map(|part| part.height).max().unwrap_or(0);
        let below = match &kind {
            ExprKind::Member(of, _) | ExprKind::Not(of) | ExprKind::Negate(of) => of.height,
            ExprKind::Index(a, b) | ExprKind::Binary(_, a, b) => a.height.max(b.height),
            ExprKind::Call(target, _, arguments) => {
                tallest(arguments).max(target.as_ref().map_or(0, |target| target.height))
            }
            ExprKind::List(parts) | ExprKind::And(parts) | ExprKind::Or(parts) => tallest(parts),
            ExprKind::Map(entries) => {
                entries.iter().map(|(key, value)| key.height.max(value.height)).max().unwrap_or(0)
            }
            ExprKind::Choose(parts) => tallest(parts.as_slice()),
            _ => 0,
        };
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(problem(
                Code::ExprLimit,
                extent,
                format!("the expression has more than {MAX_NODES} parts"),
            )
            .with_help("split it into segments that refer to each other")
            .into());
        }
        if below >= MAX_DEPTH {
            return Err(self.too_deep(extent));
        }
        Ok(Expr { kind, extent, height: below + 1 })
    }

    fn expr(&mut self) -> Parsed<Expr> {
        self.deeper(|parser| {
            let condition = parser.operators(1)?;
            if !parser.accept("?") {
                return Ok(condition);
            }
            let yes = parser.deeper(|parser| parser.operators(1))?;
            parser.expect(":")?;
            let no = parser.expr()?;
            let extent = condition.extent.to(no.extent);
            parser.node(ExprKind::Choose(Box::new([condition, yes, no])), extent)
        })
    }

    /// Operators that bind at least so tightly, each to the left; a chain of `&&` or `||` is one node.
    fn operators(&mut self, strength: u8) -> Parsed<Expr> {
        let mut left = self.unary()?;
        loop {
            let start = left.extent;
            let kind = if strength <= 1 && self.at_sign("||") {
                ExprKind::Or(self.chain(left, "||", 2)?)
            } else if strength <= 2 && self.at_sign("&&") {
                ExprKind::And(self.chain(left, "&&", 3)?)
            } else if let Some(operator) = self.operator().filter(|found| found.strength() >= strength) {
                self.at += 1;
                let right = self.deeper(|parser| parser.operators(operator.strength() + 1))?;
                ExprKind::Binary(operator, Box::new(left), Box::new(right))
            } else {
                return Ok(left);
            };
            let extent = start.to(self.before());
            left = self.node(kind, extent)?;
        }
    }

    fn chain(&mut self, first: Expr, sign: &str, strength: u8) -> Parsed<Vec<Expr>> {
        let mut parts = vec![first];
        while self.accept(sign) {
            parts.push(self.deeper(|parser| parser.operators(strength))?);
        }
        Ok(parts)
    }

    fn operator(&self) -> Option<Binary> {
        Some(match self.peek() {
            Token::Word(word) if word == "in" => Binary::In,
            Token::Sign(sign) => match *sign {
                "==" => Binary::Equal,
                "!=" => Binary::NotEqual,
                "<" => Binary::Less,
                "<=" => Binary::LessOrEqual,
                ">" => Binary::Greater,
                ">=" => Binary::GreaterOrEqual,
                "+" => Binary::Add,
                "-" => Binary::Subtract,
                "*" => Binary::Multiply,
                "/" => Binary::Divide,
                "%" => Binary::Remainder,
                _ => return None,
            },
            _ => return None,
        })
    }

    fn unary(&mut self) -> Parsed<Expr> {
        let start = self.here();
        if self.accept("!") {
            let of = self.deeper(Self::unary)?;
            let extent = start.to(of.extent);
            return self.node(ExprKind::Not(Box::new(of)), extent);
        }
        if self.accept("-") {
            // The sign belongs to a number, but not to what is asked of a number: `-5.f()` is `-(5.f())`.
            let next = self.tokens.get(self.at + 1).map(|(token, _)| token);
            if !matches!(next, Some(Token::Sign("." | "["))) {
                if let Token::Int(digits) = self.peek() {
                    let digits = format!("-{digits}");
                    return self.int(&digits, start);
                }
                if let Token::Double(value) = *self.peek() {
                    self.at += 1;
                    return self.node(ExprKind::Double(-value), start.to(self.before()));
                }
            }
            let of = self.deeper(Self::unary)?;
            let extent = start.to(of.extent);
            return self.node(ExprKind::Negate(Box::new(of)), extent);
        }
        let primary = self.primary()?;
        self.postfix(primary)
    }

    fn int(&mut self, digits: &str, start: Extent) -> Parsed<Expr> {
        self.at += 1;
        let extent = start.to(self.before());
        let value = if digits.contains('x') {
            i64::from_str_radix(&digits.replacen("0x", "", 1), 16)
        } else {
            digits.parse()
        };
        match value {
            Ok(value) => self.node(ExprKind::Int(value), extent),
            Err(_) => Err(problem(
                Code::ExprSyntax,
                extent,
                format!("`{digits}` is beyond the range of whole numbers"),
            )
            .with_help("write it with a decimal point")
            .into()),
        }
    }

    fn postfix(&mut self, mut of: Expr) -> Parsed<Expr> {
        loop {
            if self.accept(".") {
                let extent = self.here();
                let text = match self.peek() {
                    Token::Word(text) | Token::Quoted(text) => text.clone(),
                    Token::Sign("?") => return Err(self.left_out("optional access `.?`", "use `has(...)`")),
                    _ => return Err(self.unexpected("a name")),
                };
                self.at += 1;
                let name = Word { text, extent };
                let start = of.extent;
                let kind = if self.accept("(") {
                    let arguments = self.list(")")?;
                    ExprKind::Call(Some(Box::new(of)), name, arguments)
                } else {
                    ExprKind::Member(Box::new(of), name)
                };
                let extent = start.to(self.before());
                of = self.node(kind, extent)?;
            } else if self.accept("[") {
                if matches!(self.peek(), Token::Sign("?")) {
                    return Err(self.left_out("optional access `[?`", "use `has(...)`"));
                }
                let index = self.expr()?;
                self.expect("]")?;
                let extent = of.extent.to(self.before());
                of = self.node(ExprKind::Index(Box::new(of), Box::new(index)), extent)?;
            } else if matches!(self.peek(), Token::Sign("{"))
                && matches!(of.kind, ExprKind::Name(_) | ExprKind::Member(..))
            {
                return Err(self.left_out("messages `Name{...}`", "write a map as `{\"key\": value}`"));
            } else {
                return Ok(of);
            }
        }
    }

    fn left_out(&self, what: &str, help: &str) -> Box<Diagnostic> {
        problem(Code::NotInSubset, self.here(), format!("{what} are not part of the expressions here"))
            .with_help(help)
            .into()
    }

    fn primary(&mut self) -> Parsed<Expr> {
        let extent = self.here();
        let token = self.peek().clone();
        let kind = match token {
            Token::Int(digits) => return self.int(&digits, extent),
            Token::Double(value) => ExprKind::Double(value),
            Token::Text(text) => ExprKind::Text(text),
            Token::Refused => ExprKind::Null,
            Token::Word(word) => match word.as_str() {
                "true" => ExprKind::Bool(true),
                "false" => ExprKind::Bool(false),
                "null" => ExprKind::Null,
                "in" => return Err(self.unexpected("a value")),
                _ if RESERVED.contains(&word.as_str()) => {
                    return Err(problem(
                        Code::ExprSyntax,
                        extent,
                        format!("`{word}` is a reserved word and names nothing"),
                    )
                    .into());
                }
                _ => {
                    self.at += 1;
                    if !self.accept("(") {
                        return self.node(ExprKind::Name(word), extent);
                    }
                    let name = Word { text: word, extent };
                    let arguments = self.list(")")?;
                    let extent = extent.to(self.before());
                    return self.node(ExprKind::Call(None, name, arguments), extent);
                }
            },
            Token::Sign("(") => {
                self.at += 1;
                let mut inner = self.expr()?;
                self.expect(")")?;
                inner.extent = extent.to(self.before());
                return Ok(inner);
            }
            Token::Sign("[") => {
                self.at += 1;
                let items = self.list("]")?;
                let extent = extent.to(self.before());
                return self.node(ExprKind::List(items), extent);
            }
            Token::Sign("{") => {
                self.at += 1;
                return self.map(extent);
            }
            Token::Sign(".") => return Err(self.left_out("names with a leading dot", "leave out the dot")),
            _ => return Err(self.unexpected("a value")),
        };
        self.at += 1;
        self.node(kind, extent)
    }

    /// Expressions up to the closing sign; a comma may follow the last one of a list.
    fn list(&mut self, close: &'static str) -> Parsed<Vec<Expr>> {
        let mut items = Vec::new();
        loop {
            if (items.is_empty() || close == "]") && self.accept(close) {
                return Ok(items);
            }
            items.push(self.expr()?);
            if !self.accept(",") {
                self.expect(close)?;
                return Ok(items);
            }
        }
    }

    fn map(&mut self, start: Extent) -> Parsed<Expr> {
        let mut entries = Vec::new();
        loop {
            if self.accept("}") {
                break;
            }
            let key = self.expr()?;
            self.expect(":")?;
            entries.push((key, self.expr()?));
            if !self.accept(",") {
                self.expect("}")?;
                break;
            }
        }
        let extent = start.to(self.before());
        self.node(ExprKind::Map(entries), extent)
    }
}
