//! Checking one part of a message when the playbook is read.

use super::expression::{Around, Parser, Use, problem};
use super::html::{Html, Place};
use super::lexer::{Piece, Stretch, Token, TokenKind, pieces};
use super::names::Names;
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::suggest::nearest;

/// Conditions and loops within each other.
const MAX_NESTING: usize = 24;
/// Loops within each other.
const MAX_LOOPS: usize = 2;
/// Problems of one part that are told at once.
const MAX_PROBLEMS: usize = 50;

/// What was found out about a part.
#[derive(Debug, Default)]
pub(super) struct Checked {
    /// The merge fields, each once, in order.
    pub(super) uses: Vec<Use>,
    /// Whether the address for unsubscribing is printed in any case.
    pub(super) unsubscribes: bool,
    pub(super) problems: Vec<Diagnostic>,
}

/// What is open.
enum Block {
    If {
        place: Stretch,
        /// How many merge fields were shown to be there outside.
        outside: usize,
        /// What is shown in the branches that follow.
        fails: Vec<String>,
        /// The place in HTML where each branch begins, and where the branches before this one ended.
        begins: Html,
        ends: Option<Html>,
        has_else: bool,
    },
    For {
        place: Stretch,
        begins: Html,
    },
}

struct Checker<'a> {
    around: Around<'a>,
    html: Option<Html>,
    blocks: Vec<Block>,
    unsubscribes: bool,
}

/// Checks a text, or HTML.
pub(super) fn check(source: &str, is_html: bool, names: Names<'_>) -> Checked {
    let around =
        Around { names, loops: Vec::new(), shown: Vec::new(), uses: Vec::new(), problems: Vec::new() };
    let html = is_html.then(Html::default);
    let mut checker = Checker { around, html, blocks: Vec::new(), unsubscribes: false };
    match pieces(source) {
        Ok(pieces) => {
            for piece in &pieces {
                match piece {
                    Piece::Literal(text) => checker.html.iter_mut().for_each(|html| html.read(text)),
                    Piece::Print(tokens, place) => checker.print(tokens, *place),
                    Piece::Tag(tokens, place) => checker.tag(tokens, *place),
                }
                if checker.around.problems.len() >= MAX_PROBLEMS {
                    break;
                }
            }
            checker.finish(source);
        }
        Err(malformed) => checker.around.problems.push(
            problem(Code::TemplateSyntax, malformed.message, malformed.place).with_help(malformed.help),
        ),
    }
    Checked {
        uses: checker.around.uses,
        unsubscribes: checker.unsubscribes,
        problems: checker.around.problems,
    }
}

impl Checker<'_> {
    fn print(&mut self, tokens: &[Token<'_>], place: Stretch) {
        let Ok(printed) = Parser::new(&mut self.around, tokens, place).printed() else { return };
        if self.blocks.is_empty() && printed.path.as_deref() == Some("unsubscribe_url") {
            self.unsubscribes = true;
        }
        let Some(html) = &mut self.html else { return };
        let unsafe_place = match html.place() {
            Place::Escaped => None,
            Place::Link if printed.is_link => None,
            Place::Link => Some(
                problem(Code::UnsafePlace, "a link that begins with a value that is not checked", place)
                    .with_help("write `| url` behind it: only addresses of the web and of mail pass"),
            ),
            Place::Never(why) => Some(
                problem(Code::UnsafePlace, format!("a merge field {why}"), place)
                    .with_help("put it into text or into an attribute with quotes, where it can be escaped"),
            ),
        };
        self.around.problems.extend(unsafe_place);
        html.merge();
    }

    fn tag(&mut self, tokens: &[Token<'_>], place: Stretch) {
        let Some((Token { kind: TokenKind::Name(name), place: at }, rest)) = tokens.split_first() else {
            self.tell(
                Code::TemplateSyntax,
                "a tag without a name",
                place,
                "write `if`, `for` or what ends them",
            );
            return;
        };
        match *name {
            "if" => self.begin_if(rest, place),
            "elif" | "else" => self.next_branch(name, rest, place),
            "for" => self.begin_for(rest, place),
            "endif" | "endfor" => self.end(name, rest, place),
            name => {
                let near = nearest(name, ["if", "elif", "else", "endif", "for", "endfor"]);
                let told = problem(Code::TemplateSyntax, format!("no tag is called `{name}`"), *at)
                    .with_help("templates have `if`, `elif`, `else`, `endif`, `for` and `endfor`")
                    .did_you_mean(near);
                self.around.problems.push(told);
            }
        }
    }

    fn begin_if(&mut self, condition: &[Token<'_>], place: Stretch) {
        let outside = self.around.shown.len();
        let shown = Parser::new(&mut self.around, condition, place).condition().unwrap_or_default();
        let begins = self.html.clone().unwrap_or_default();
        self.open(Block::If { place, outside, fails: shown.fails, begins, ends: None, has_else: false });
        self.around.shown.extend(shown.holds);
    }

    fn next_branch(&mut self, name: &str, condition: &[Token<'_>], place: Stretch) {
        let Some(Block::If { outside, fails, begins, ends, has_else, .. }) = self.blocks.last_mut() else {
            self.tell(Code::TemplateSyntax, "a branch of no `if`", place, "begin with `{% if ... %}`");
            return;
        };
        if *has_else {
            self.tell(Code::TemplateSyntax, "a branch after `else`", place, "put `else` last");
            return;
        }
        self.around.shown.truncate(*outside);
        self.around.shown.extend(fails.iter().cloned());
        let mut split = false;
        if let Some(html) = &mut self.html {
            split = ends.as_ref().is_some_and(|ends| !ends.is_at(html));
            *ends = Some(std::mem::replace(html, begins.clone()));
        }
        *has_else = name == "else";
        if split {
            self.tell_split(place);
        }
        if name == "else" {
            if let Some(token) = condition.first() {
                self.tell(Code::TemplateSyntax, "`else` with a condition", token.place, "write `elif`");
            }
            return;
        }
        let shown = Parser::new(&mut self.around, condition, place).condition().unwrap_or_default();
        if let Some(Block::If { fails, .. }) = self.blocks.last_mut() {
            fails.extend(shown.fails);
        }
        self.around.shown.extend(shown.holds);
    }

    fn begin_for(&mut self, rest: &[Token<'_>], place: Stretch) {
        let name = Parser::new(&mut self.around, rest, place).each().unwrap_or_default();
        let begins = self.html.clone().unwrap_or_default();
        self.open(Block::For { place, begins });
        self.around.loops.push(name);
        if self.around.loops.len() > MAX_LOOPS {
            self.tell(
                Code::MessageLimit,
                "loops that go too deep",
                place,
                "put no loop into a loop of a loop",
            );
        }
    }

    fn open(&mut self, block: Block) {
        let (Block::If { place, .. } | Block::For { place, .. }) = block;
        if self.blocks.len() == MAX_NESTING {
            self.tell(Code::MessageLimit, "conditions that go too deep", place, "write shorter templates");
        }
        self.blocks.push(block);
    }

    fn end(&mut self, name: &str, rest: &[Token<'_>], place: Stretch) {
        if let Some(token) = rest.first() {
            self.tell(Code::TemplateSyntax, "an end with more than its name", token.place, "take it out");
        }
        match (self.blocks.pop(), name) {
            (Some(Block::If { outside, begins, ends, has_else, .. }), "endif") => {
                self.around.shown.truncate(outside);
                let Some(html) = &self.html else { return };
                // Without `else`, one branch is to leave everything out.
                let alike = ends.is_none_or(|ends| ends.is_at(html)) && (has_else || begins.is_at(html));
                if !alike {
                    self.tell_split(place);
                }
            }
            (Some(Block::For { begins, .. }), "endfor") => {
                self.around.loops.pop();
                if self.html.as_ref().is_some_and(|html| !html.is_at(&begins)) {
                    self.tell_split(place);
                }
            }
            (block, _) => {
                self.blocks.extend(block);
                let message = format!("`{name}` ends nothing");
                self.around.problems.push(
                    problem(Code::TemplateSyntax, message, place)
                        .with_help("`endif` ends `if`, `endfor` ends `for`, the last one first"),
                );
            }
        }
    }

    fn finish(&mut self, source: &str) {
        while self.around.problems.len() < MAX_PROBLEMS
            && let Some(block) = self.blocks.pop()
        {
            let (Block::If { place, .. } | Block::For { place, .. }, end) =
                (&block, if matches!(block, Block::If { .. }) { "endif" } else { "endfor" });
            let help = format!("end it with `{{% {end} %}}`");
            let told = problem(Code::TemplateSyntax, "a tag that is not ended", *place).with_help(help);
            self.around.problems.push(told);
        }
        if self.around.problems.is_empty() && self.html.as_ref().is_some_and(Html::is_open) {
            let place = Stretch { start: source.len(), end: source.len() };
            self.tell(Code::TemplateSyntax, "HTML that ends within a tag", place, "end the tag");
        }
    }

    fn tell_split(&mut self, place: Stretch) {
        self.tell(
            Code::UnsafePlace,
            "branches that end in different places of the HTML",
            place,
            "begin and end tags, and quotes, in the same branch",
        );
    }

    fn tell(&mut self, code: Code, message: &str, place: Stretch, help: &str) {
        self.around.problems.push(problem(code, message, place).with_help(help));
    }
}
