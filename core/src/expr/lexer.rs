//! Text into tokens, after the lexical rules of CEL.

use super::ast::Extent;
use super::problem;
use crate::base::diagnostic::{Code, Diagnostic};

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// A name, or a word such as `true` or `in`.
    Word(String),
    /// A name in backticks, which only a dot may precede.
    Quoted(String),
    Int(String),
    Double(f64),
    Text(String),
    /// A literal that the subset leaves out; already reported.
    Refused,
    /// An operator or a bracket.
    Sign(&'static str),
    End,
}

/// Tokens and where they stand.
pub(super) type Tokens = Vec<(Token, Extent)>;

/// Longer signs before their beginnings.
const SIGNS: [&str; 25] = [
    "&&", "||", "==", "!=", "<=", ">=", "<", ">", "!", "?", ":", "+", "-", "*", "/", "%", "(", ")", "[", "]",
    "{", "}", ",", ".", ";",
];

/// True for what may stand as a name: a letter or `_`, then letters, digits and `_`, of any script.
pub(crate) fn is_word(text: &str) -> bool {
    text.chars().next().is_some_and(starts_word) && text.chars().all(continues_word)
}

fn starts_word(c: char) -> bool {
    c == '_' || c.is_alphabetic()
}

fn continues_word(c: char) -> bool {
    // The long-vowel mark and combining marks of Japanese words count as letters already.
    c == '_' || c.is_alphanumeric()
}

/// All tokens, the last one `End`. Literals outside the subset are reported and replaced, so that reading goes on.
pub(super) fn tokens(source: &str) -> Result<(Tokens, Vec<Diagnostic>), Diagnostic> {
    let mut lexer = Lexer { source, at: 0, refused: Vec::new() };
    let mut tokens = Vec::new();
    loop {
        lexer.skip_space();
        let start = lexer.at;
        let token = lexer.token()?;
        let done = token == Token::End;
        tokens.push((token, Extent { start, end: lexer.at }));
        if done {
            return Ok((tokens, lexer.refused));
        }
    }
}

struct Lexer<'a> {
    source: &'a str,
    at: usize,
    refused: Vec<Diagnostic>,
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        self.source.get(self.at..).unwrap_or("")
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn bump(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn take_while(&mut self, accept: impl Fn(char) -> bool) -> String {
        let taken: String = self.rest().chars().take_while(|c| accept(*c)).collect();
        self.at += taken.len();
        taken
    }

    fn skip_space(&mut self) {
        loop {
            // U+3000, the ideographic space, is what a Japanese keyboard gives.
            self.take_while(|c| c.is_ascii_whitespace() || c == '\u{3000}');
            if !self.rest().starts_with("//") {
                return;
            }
            self.take_while(|c| c != '\n');
        }
    }

    fn syntax(&self, start: usize, message: impl Into<String>) -> Diagnostic {
        problem(Code::ExprSyntax, Extent { start, end: self.at.max(start) }, message)
    }

    fn token(&mut self) -> Result<Token, Diagnostic> {
        let start = self.at;
        let Some(c) = self.peek() else { return Ok(Token::End) };
        let next = self.rest().chars().nth(1);
        if c.is_ascii_digit() || (c == '.' && next.is_some_and(|c| c.is_ascii_digit())) {
            return self.number();
        }
        if c == '"' || c == '\'' {
            return self.text(false).map(Token::Text);
        }
        if let Some(prefix) = self.text_prefix() {
            self.at += prefix.len();
            let raw = prefix.contains(['r', 'R']);
            let text = self.text(raw)?;
            if prefix.contains(['b', 'B']) {
                let extent = Extent { start, end: self.at };
                self.refused.push(
                    problem(Code::NotInSubset, extent, "byte strings are not part of the expressions here")
                        .with_help("write a text without the `b` prefix"),
                );
                return Ok(Token::Refused);
            }
            return Ok(Token::Text(text));
        }
        if starts_word(c) {
            return Ok(Token::Word(self.take_while(continues_word)));
        }
        if c == '`' {
            self.bump();
            let name = self.take_while(|c| c.is_alphanumeric() || "_.-/ ".contains(c));
            return match self.bump() {
                Some('`') if !name.is_empty() => Ok(Token::Quoted(name)),
                _ => Err(self.syntax(start, "a name in backticks that does not end")),
            };
        }
        if let Some(sign) = SIGNS.iter().find(|sign| self.rest().starts_with(**sign)) {
            self.at += sign.len();
            return Ok(Token::Sign(sign));
        }
        self.bump();
        let diagnostic = self.syntax(start, format!("`{c}` has no meaning here"));
        Err(match c {
            '=' => diagnostic.did_you_mean(Some("==")),
            '&' => diagnostic.did_you_mean(Some("&&")),
            '|' => diagnostic.did_you_mean(Some("||")),
            '“' | '”' | '„' | '「' | '」' | '‘' | '’' => {
                diagnostic.with_help("texts stand in plain quotes: \"...\" or '...'")
            }
            _ => diagnostic,
        })
    }

    /// `r`, `b`, `rb` and so on, directly before a quote.
    fn text_prefix(&self) -> Option<&'static str> {
        let lower: String = self.rest().chars().take(3).collect::<String>().to_ascii_lowercase();
        ["rb", "br", "r", "b"]
            .into_iter()
            .find(|prefix| lower.strip_prefix(prefix).is_some_and(|rest| rest.starts_with(['"', '\''])))
    }

    fn number(&mut self) -> Result<Token, Diagnostic> {
        let start = self.at;
        let hex = self.rest().get(..2).is_some_and(|two| two.eq_ignore_ascii_case("0x"));
        let mut digits;
        let mut double = false;
        if hex {
            self.at += 2;
            digits = format!("0x{}", self.take_while(|c| c.is_ascii_hexdigit()));
        } else {
            digits = self.take_while(|c| c.is_ascii_digit());
            let mut ahead = self.rest().chars();
            if ahead.next() == Some('.') && ahead.next().is_some_and(|c| c.is_ascii_digit()) {
                self.bump();
                double = true;
                digits.push('.');
                digits.push_str(&self.take_while(|c| c.is_ascii_digit()));
            }
            let exponent = self.rest().strip_prefix(['e', 'E']).map(|rest| {
                let sign = if rest.starts_with(['+', '-']) { 1 } else { 0 };
                (sign, rest.get(sign..).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit())))
            });
            if let Some((sign, true)) = exponent {
                double = true;
                digits.push_str(self.rest().get(..=sign).unwrap_or(""));
                self.at += 1 + sign;
                digits.push_str(&self.take_while(|c| c.is_ascii_digit()));
            }
        }
        if !double && self.rest().starts_with(['u', 'U']) {
            self.bump();
            let extent = Extent { start, end: self.at };
            self.refused.push(
                problem(Code::NotInSubset, extent, "unsigned numbers are not part of the expressions here")
                    .with_help("leave out the `u`: whole numbers are signed"),
            );
            return Ok(Token::Refused);
        }
        if self.peek().is_some_and(continues_word) || digits == "0x" {
            self.take_while(continues_word);
            let text = self.source.get(start..self.at).unwrap_or("");
            return Err(self.syntax(start, format!("`{text}` is neither a number nor a name")));
        }
        if !double {
            // Whether it fits is known only together with the sign before it.
            return Ok(Token::Int(digits));
        }
        match digits.parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(Token::Double(value)),
            _ => Err(self.syntax(start, format!("`{digits}` is beyond the range of numbers"))),
        }
    }

    fn text(&mut self, raw: bool) -> Result<String, Diagnostic> {
        let start = self.at;
        let quote = self.bump().unwrap_or('"');
        let pair: String = [quote, quote].iter().collect();
        let long = self.rest().starts_with(&pair);
        if long {
            self.at += 2;
        }
        let close: String = if long { [quote; 3].iter().collect() } else { quote.to_string() };
        let mut text = String::new();
        loop {
            if self.rest().starts_with(&close) {
                self.at += close.len();
                return Ok(text);
            }
            match self.bump() {
                None => return Err(self.syntax(start, "a text that does not end")),
                Some('\n' | '\r') if !long => {
                    return Err(self.syntax(start, "a text that does not end on its line"));
                }
                Some('\\') if raw => {
                    text.push('\\');
                    if let Some(c) = self.bump() {
                        text.push(c);
                    }
                }
                Some('\\') => text.push(self.escape()?),
                Some(c) => text.push(c),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Diagnostic> {
        let start = self.at.saturating_sub(1);
        let c = self.bump();
        let (digits, radix) = match c {
            Some('n') => return Ok('\n'),
            Some('t') => return Ok('\t'),
            Some('r') => return Ok('\r'),
            Some('a') => return Ok('\u{7}'),
            Some('b') => return Ok('\u{8}'),
            Some('f') => return Ok('\u{c}'),
            Some('v') => return Ok('\u{b}'),
            Some(c @ ('\\' | '"' | '\'' | '`' | '?')) => return Ok(c),
            Some('x' | 'X') => (2, 16),
            Some('u') => (4, 16),
            Some('U') => (8, 16),
            Some('0'..='3') => {
                self.at -= 1;
                (3, 8)
            }
            _ => {
                return Err(self
                    .syntax(start, "an escape that does not exist")
                    .with_help("a backslash itself is written `\\\\`, or the text as r\"...\""));
            }
        };
        let code: String = self.rest().chars().take(digits).take_while(|c| c.is_digit(radix)).collect();
        self.at += code.len();
        let value = u32::from_str_radix(&code, radix).ok().and_then(char::from_u32);
        match value {
            Some(value) if code.len() == digits => Ok(value),
            _ => Err(self.syntax(start, "an escape that is not a character")),
        }
    }
}
