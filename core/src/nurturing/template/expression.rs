//! Expressions of templates: merge fields, filters, conditions. Everything that the engine could do besides is refused.

use super::filters::{self, Filter, Takes};
use super::lexer::{Stretch, Token, TokenKind};
use super::names::{Kind, Names, Origin};
use crate::base::diagnostic::{Code, Diagnostic, Span};
use crate::base::suggest::nearest;

/// Brackets within brackets.
const MAX_DEPTH: usize = 24;

/// A merge field as it is used.
#[derive(Debug)]
pub(super) struct Use {
    pub(super) path: String,
    pub(super) kind: Kind,
    pub(super) origin: Origin,
    /// Whether there is no message without it here.
    pub(super) needed: bool,
}

/// What a condition shows of the merge fields that it names.
#[derive(Debug, Default)]
pub(super) struct Shown {
    /// Known to be there where it holds.
    pub(super) holds: Vec<String>,
    /// Known to be there where it does not.
    pub(super) fails: Vec<String>,
}

/// What is printed.
#[derive(Debug, Default)]
pub(super) struct Printed {
    /// The merge field, where nothing else is printed with it.
    pub(super) path: Option<String>,
    /// Whether it can stand where a link begins.
    pub(super) is_link: bool,
}

/// What is around an expression.
pub(super) struct Around<'a> {
    pub(super) names: Names<'a>,
    /// Names of the loops around it.
    pub(super) loops: Vec<String>,
    /// Merge fields that a condition around it shows to be there.
    pub(super) shown: Vec<String>,
    pub(super) uses: Vec<Use>,
    pub(super) problems: Vec<Diagnostic>,
}

/// A value with its filters.
struct Operand<'s> {
    path: Option<String>,
    /// What it is after its filters.
    kind: Kind,
    /// What the merge field holds, and where it comes from.
    field: Option<(Kind, Origin)>,
    filters: Vec<&'static Filter>,
    /// A field that is missing has a stand-in of its own.
    defaulted: bool,
    token: Option<Token<'s>>,
}

/// Reads tokens of one print or tag.
pub(super) struct Parser<'p, 'a, 's> {
    around: &'p mut Around<'a>,
    tokens: &'p [Token<'s>],
    at: usize,
    /// What is said of what is missing at its end.
    whole: Stretch,
    depth: usize,
}

/// What stopped the reading was told already.
pub(super) struct Told;

pub(super) fn problem(code: Code, message: impl Into<String>, place: Stretch) -> Diagnostic {
    Diagnostic::error(code, message).with_span(Span {
        file: None,
        start: place.start,
        end: place.end,
        line: 0,
        column: 0,
    })
}

impl<'p, 'a, 's> Parser<'p, 'a, 's> {
    pub(super) fn new(around: &'p mut Around<'a>, tokens: &'p [Token<'s>], whole: Stretch) -> Self {
        Self { around, tokens, at: 0, whole, depth: 0 }
    }

    /// What `{{ }}` prints.
    pub(super) fn printed(mut self) -> Result<Printed, Told> {
        let first = self.operand()?;
        self.needs(&first, true);
        let mut printed = Printed { is_link: first.is_link(), path: first.path };
        while self.takes_sign("~") {
            let next = self.operand()?;
            self.needs(&next, true);
            printed = Printed::default();
        }
        self.end()?;
        Ok(printed)
    }

    /// The condition of `if` and `elif`.
    pub(super) fn condition(mut self) -> Result<Shown, Told> {
        let shown = self.either()?;
        self.end()?;
        Ok(shown)
    }

    /// `NAME in LIST`; the name.
    pub(super) fn each(mut self) -> Result<String, Told> {
        let Some(Token { kind: TokenKind::Name(name), place }) = self.next() else {
            return Err(self.refuse("a loop without a name", "write `for item in lead.interests`"));
        };
        if !self.takes_name("in") {
            return Err(self.refuse("a loop without `in`", "write `for item in lead.interests`"));
        }
        if Names::is_reserved(name) {
            let told = problem(Code::TemplateSyntax, format!("`{name}` has a meaning already"), place);
            return Err(self.told(told.with_help("give what the loop goes through another name")));
        }
        let list = self.operand()?;
        self.end()?;
        if !matches!(list.kind, Kind::List | Kind::Any)
            && let Some(token) = list.token
        {
            let told = problem(Code::BadFilter, "a loop over something that is no list", token.place);
            return Err(self.told(told.with_help("name a field of type `set`")));
        }
        // A list that is empty is gone through no time.
        self.needs(&list, false);
        Ok(name.to_owned())
    }

    fn either(&mut self) -> Result<Shown, Told> {
        let mut shown = self.both()?;
        while self.takes_name("or") {
            let next = self.both()?;
            shown = Shown { holds: Vec::new(), fails: [shown.fails, next.fails].concat() };
        }
        Ok(shown)
    }

    fn both(&mut self) -> Result<Shown, Told> {
        let mut shown = self.negated()?;
        let before = self.around.shown.len();
        while self.takes_name("and") {
            self.around.shown.extend(shown.holds.iter().cloned());
            let next = self.negated();
            self.around.shown.truncate(before);
            shown = Shown { holds: [shown.holds, next?.holds].concat(), fails: Vec::new() };
        }
        Ok(shown)
    }

    fn negated(&mut self) -> Result<Shown, Told> {
        if self.takes_name("not") {
            self.deeper()?;
            let Shown { holds, fails } = self.negated()?;
            self.depth -= 1;
            return Ok(Shown { holds: fails, fails: holds });
        }
        if self.takes_sign("(") {
            self.deeper()?;
            let shown = self.either()?;
            self.depth -= 1;
            if !self.takes_sign(")") {
                return Err(self.refuse("a bracket that does not end", "end it with `)`"));
            }
            return Ok(shown);
        }
        self.comparison()
    }

    fn deeper(&mut self) -> Result<(), Told> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.refuse("brackets that go too deep", "write shorter conditions"));
        }
        Ok(())
    }

    fn comparison(&mut self) -> Result<Shown, Told> {
        let left = self.operand()?;
        let bare = left.path.clone().filter(|_| left.filters.is_empty()).into_iter().collect::<Vec<_>>();
        let there = Shown { holds: bare.clone(), fails: Vec::new() };
        if self.takes_name("is") {
            let not = self.takes_name("not");
            let place = self.peek().map_or(self.whole, |token| token.place);
            let Some(TokenKind::Name(test)) = self.next().map(|token| token.kind) else {
                return Err(self.refuse("`is` without a test", "write `is defined`"));
            };
            self.needs(&left, !left.filters.is_empty());
            let is = match test {
                "defined" => !not,
                "undefined" => not,
                _ => {
                    let told = problem(Code::UnknownMergeField, format!("no test is called `{test}`"), place);
                    let near = nearest(test, ["defined", "undefined"]);
                    let told = told.with_help("there are `defined` and `undefined`").did_you_mean(near);
                    return Err(self.told(told));
                }
            };
            return Ok(if is { there } else { Shown { holds: Vec::new(), fails: bare } });
        }
        let before = self.at;
        let not = self.takes_name("not");
        if self.takes_name("in") {
            self.needs(&left, !left.filters.is_empty());
            self.list()?;
            return Ok(Shown::default());
        }
        if not {
            self.at = before;
        }
        for sign in ["==", "!=", "<=", ">=", "<", ">"] {
            if self.takes_sign(sign) {
                // What is missing equals nothing; it has no place in an order.
                let ordered = !matches!(sign, "==" | "!=");
                self.needs(&left, ordered || !left.filters.is_empty());
                let right = self.operand()?;
                self.needs(&right, ordered || !right.filters.is_empty());
                return Ok(if sign == "==" && right.path.is_none() { there } else { Shown::default() });
            }
        }
        self.needs(&left, !left.filters.is_empty());
        Ok(there)
    }

    /// What `in` looks into: a merge field or constants in square brackets.
    fn list(&mut self) -> Result<(), Told> {
        if !self.takes_sign("[") {
            let list = self.operand()?;
            let needed = list.kind != Kind::List || !list.filters.is_empty();
            self.needs(&list, needed);
            return Ok(());
        }
        loop {
            match self.next().map(|token| token.kind) {
                Some(TokenKind::Text(_) | TokenKind::Number(_)) => {}
                _ => {
                    return Err(
                        self.refuse("a list of other things than constants", "write `[\"a\", \"b\"]`")
                    );
                }
            }
            if self.takes_sign("]") {
                return Ok(());
            }
            if !self.takes_sign(",") {
                return Err(self.refuse("a list that does not end", "end it with `]`"));
            }
        }
    }

    /// A constant or a merge field, with filters.
    fn operand(&mut self) -> Result<Operand<'s>, Told> {
        let token = self.next();
        let mut operand = Operand {
            path: None,
            kind: Kind::Any,
            field: None,
            filters: Vec::new(),
            defaulted: false,
            token,
        };
        match token.map(|token| token.kind) {
            Some(TokenKind::Text(_)) => operand.kind = Kind::Text,
            Some(TokenKind::Number(_)) => operand.kind = Kind::Number,
            Some(TokenKind::Name("true" | "false")) => operand.kind = Kind::Truth,
            Some(TokenKind::Name(name)) => self.path(name, &mut operand)?,
            Some(TokenKind::Sign(sign)) => {
                let place = token.map_or(self.whole, |token| token.place);
                let told =
                    problem(Code::TemplateSyntax, format!("`{sign}` has no place in a template"), place);
                return Err(self.told(told.with_help("name a merge field, such as `lead.company`")));
            }
            None => return Err(self.refuse("nothing to merge", "name a merge field, such as `lead.company`")),
        }
        while self.takes_sign("|") {
            self.filter(&mut operand)?;
        }
        Ok(operand)
    }

    fn path(&mut self, first: &str, operand: &mut Operand<'s>) -> Result<(), Told> {
        let mut path = first.to_owned();
        let start = operand.token.map_or(self.whole.start, |token| token.place.start);
        let mut end = operand.token.map_or(self.whole.end, |token| token.place.end);
        while self.takes_sign(".") {
            let Some(Token { kind: TokenKind::Name(name), place }) = self.next() else {
                return Err(self.refuse("a dot without a name", "name a merge field, such as `lead.company`"));
            };
            path.push('.');
            path.push_str(name);
            end = place.end;
        }
        let place = Stretch { start, end };
        if self.around.loops.contains(&path) {
            operand.kind = Kind::Text;
            return Ok(());
        }
        if !self.around.loops.is_empty() && matches!(path.as_str(), "loop.first" | "loop.last" | "loop.index")
        {
            operand.kind = if path == "loop.index" { Kind::Number } else { Kind::Truth };
            return Ok(());
        }
        if matches!(self.peek(), Some(Token { kind: TokenKind::Sign("["), .. })) {
            let told = problem(Code::TemplateSyntax, format!("`{path}` with square brackets"), place);
            return Err(self.told(told.with_help("name a field behind a dot, as `lead.company`")));
        }
        if matches!(self.peek(), Some(Token { kind: TokenKind::Sign("("), .. })) {
            let told = problem(Code::TemplateSyntax, format!("`{path}` is called"), place);
            return Err(self
                .told(told.with_help("templates have no functions; write filters, `lead.company | upper`")));
        }
        let Some((kind, origin)) = self.around.names.find(&path) else {
            let near = self.around.names.near(&path);
            let told = problem(Code::UnknownMergeField, format!("no merge field is called `{path}`"), place)
                .with_help(
                    "name a field of the lead as `lead.company`, or declare it under the template's `values`",
                );
            return Err(self.told(told.did_you_mean(near)));
        };
        operand.path = Some(path);
        (operand.kind, operand.field) = (kind, Some((kind, origin)));
        if let Some(token) = &mut operand.token {
            token.place = place;
        }
        Ok(())
    }

    fn filter(&mut self, operand: &mut Operand<'s>) -> Result<(), Told> {
        let Some(Token { kind: TokenKind::Name(name), place }) = self.next() else {
            return Err(self.refuse("`|` without a filter", "name one, such as `| upper`"));
        };
        let Some(filter) = filters::find(name) else {
            let near = nearest(name, filters::names());
            let told = problem(Code::UnknownMergeField, format!("no filter is called `{name}`"), place)
                .with_help("the documentation of templates lists them");
            return Err(self.told(told.did_you_mean(near)));
        };
        let arguments = self.arguments()?;
        let count = arguments.len();
        if count < filter.least || count > filter.most {
            let told = problem(Code::BadFilter, format!("filter `{name}` with {count} arguments"), place);
            return Err(self.told(told.with_help(filter.help)));
        }
        if name == "default" {
            operand.defaulted |= operand.filters.is_empty();
        } else if !filter.takes.fits(operand.kind) {
            let what = filters::word(operand.kind);
            let told = problem(Code::BadFilter, format!("filter `{name}` on {what}"), place);
            return Err(self.told(told.with_help(filter.help)));
        }
        if matches!(filter.takes, Takes::Moment)
            && let Some(Token { kind: TokenKind::Text(pattern), place }) = arguments.first()
            && !filters::is_argument(name, pattern)
        {
            let told =
                problem(Code::BadFilter, format!("`{pattern}` is nothing that `{name}` can write"), *place);
            return Err(self.told(told.with_help(filter.help)));
        }
        if let Some(kind) = filter.gives {
            operand.kind = kind;
        }
        operand.filters.push(filter);
        Ok(())
    }

    /// Constants, and merge fields without filters, in round brackets.
    fn arguments(&mut self) -> Result<Vec<Token<'s>>, Told> {
        let mut arguments = Vec::new();
        if !self.takes_sign("(") {
            return Ok(arguments);
        }
        while !self.takes_sign(")") {
            let Some(token) = self.peek() else {
                return Err(self.refuse("a bracket that does not end", "end it with `)`"));
            };
            match token.kind {
                TokenKind::Text(_) | TokenKind::Number(_) => self.at += 1,
                _ => {
                    let field = self.operand()?;
                    // What is missing is left out.
                    self.needs(&field, !field.filters.is_empty());
                }
            }
            arguments.push(token);
            if !self.takes_sign(",") && !matches!(self.peek(), Some(Token { kind: TokenKind::Sign(")"), .. }))
            {
                return Err(self.refuse("arguments without a comma", "separate them by `,`"));
            }
        }
        Ok(arguments)
    }

    /// Writes down that a merge field is used.
    fn needs(&mut self, operand: &Operand<'_>, needed: bool) {
        let (Some(path), Some((kind, origin))) = (&operand.path, operand.field) else { return };
        let needed = needed && !operand.defaulted && !self.around.shown.contains(path);
        match self.around.uses.iter_mut().find(|known| known.path == *path) {
            Some(known) => known.needed |= needed,
            None => self.around.uses.push(Use { path: path.clone(), kind, origin, needed }),
        }
    }

    fn peek(&self) -> Option<Token<'s>> {
        self.tokens.get(self.at).copied()
    }

    fn next(&mut self) -> Option<Token<'s>> {
        let token = self.peek();
        self.at += 1;
        token
    }

    fn takes_sign(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Some(Token { kind: TokenKind::Sign(found), .. }) if found == sign);
        self.at += usize::from(found);
        found
    }

    fn takes_name(&mut self, name: &str) -> bool {
        let found = matches!(self.peek(), Some(Token { kind: TokenKind::Name(found), .. }) if found == name);
        self.at += usize::from(found);
        found
    }

    fn end(&mut self) -> Result<(), Told> {
        let Some(token) = self.peek() else { return Ok(()) };
        let (TokenKind::Name(text) | TokenKind::Number(text) | TokenKind::Text(text) | TokenKind::Sign(text)) =
            token.kind;
        let told = problem(Code::TemplateSyntax, format!("`{text}` has no place here"), token.place);
        Err(self
            .told(told.with_help("templates have merge fields, filters, `if` and `for`, and nothing else")))
    }

    /// Tells what is wrong at the token that was read last.
    fn refuse(&mut self, message: &str, help: &str) -> Told {
        let last = self.tokens.get(self.at.saturating_sub(1).min(self.tokens.len().saturating_sub(1)));
        let place = last.map_or(self.whole, |token| token.place);
        self.told(problem(Code::TemplateSyntax, message, place).with_help(help))
    }

    fn told(&mut self, diagnostic: Diagnostic) -> Told {
        self.around.problems.push(diagnostic);
        Told
    }
}

impl Operand<'_> {
    /// Whether it can stand where a link begins: it was checked to be an address.
    fn is_link(&self) -> bool {
        match self.filters.last() {
            Some(last) => last.name == "url",
            None => self.kind == Kind::Link,
        }
    }
}
