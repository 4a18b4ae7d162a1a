//! A template cut into what stands as it is, what is printed, and tags; the latter into tokens.

/// A stretch of a template, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) start: usize,
    pub(super) end: usize,
}

#[derive(Debug)]
pub(super) enum Piece<'s> {
    /// Stands as it is.
    Literal(&'s str),
    /// `{{ ... }}`.
    Print(Vec<Token<'s>>, Stretch),
    /// `{% ... %}`.
    Tag(Vec<Token<'s>>, Stretch),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token<'s> {
    pub(super) kind: TokenKind<'s>,
    pub(super) place: Stretch,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenKind<'s> {
    Name(&'s str),
    /// A text without its quotes, as it is written.
    Text(&'s str),
    Number(&'s str),
    /// An operator, a bracket, or something else that has no business here.
    Sign(&'s str),
}

/// What is not well-formed, and where.
#[derive(Debug)]
pub(super) struct Malformed {
    pub(super) message: &'static str,
    pub(super) help: &'static str,
    pub(super) place: Stretch,
}

/// Cuts a template; the first malformed place ends it.
pub(super) fn pieces(source: &str) -> Result<Vec<Piece<'_>>, Malformed> {
    let mut pieces = Vec::new();
    let mut at = 0;
    while let Some(open) = opening(source, at) {
        if let Some(text) = source.get(at..open).filter(|text| !text.is_empty()) {
            pieces.push(Piece::Literal(text));
        }
        let (sign, close) = match source.get(open..open + 2) {
            Some("{{") => ("{{", "}}"),
            Some("{%") => ("{%", "%}"),
            _ => {
                let Some(length) = source.get(open + 2..).and_then(|rest| rest.find("#}")) else {
                    return Err(Malformed {
                        message: "a comment that does not end",
                        help: "end it with `#}`",
                        place: Stretch { start: open, end: open + 2 },
                    });
                };
                at = open + 2 + length + 2;
                continue;
            }
        };
        let (tokens, end) = tokens(source, open, close)?;
        let place = Stretch { start: open, end };
        pieces.push(if sign == "{{" { Piece::Print(tokens, place) } else { Piece::Tag(tokens, place) });
        at = end;
    }
    if let Some(text) = source.get(at..).filter(|text| !text.is_empty()) {
        pieces.push(Piece::Literal(text));
    }
    Ok(pieces)
}

/// Where the next print, tag or comment begins.
fn opening(source: &str, from: usize) -> Option<usize> {
    let bytes = source.as_bytes().get(from..)?;
    let found = bytes.windows(2).position(|pair| matches!(pair, [b'{', b'{' | b'%' | b'#']))?;
    Some(from + found)
}

/// The tokens between the signs, and where what they make ends.
fn tokens<'s>(source: &'s str, open: usize, close: &str) -> Result<(Vec<Token<'s>>, usize), Malformed> {
    let mut tokens = Vec::new();
    let mut at = open + 2;
    // `{{-` and `{%-` take the white space before away.
    if matches!(source.as_bytes().get(at), Some(b'-' | b'+')) {
        at += 1;
    }
    loop {
        let Some(rest) = source.get(at..).filter(|rest| !rest.is_empty()) else {
            return Err(Malformed {
                message: if close == "}}" {
                    "a merge field that does not end"
                } else {
                    "a tag that does not end"
                },
                help: if close == "}}" { "end it with `}}`" } else { "end it with `%}`" },
                place: Stretch { start: open, end: open + 2 },
            });
        };
        if rest.starts_with(close) {
            return Ok((tokens, at + 2));
        }
        if let Some(after) = rest.strip_prefix(['-', '+'])
            && after.starts_with(close)
        {
            return Ok((tokens, at + 3));
        }
        let first = rest.chars().next().unwrap_or(' ');
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let (kind, length) = token(rest, first).ok_or(Malformed {
            message: "a text that does not end",
            help: "end it with the quote that it begins with",
            place: Stretch { start: at, end: at + 1 },
        })?;
        tokens.push(Token { kind, place: Stretch { start: at, end: at + length } });
        at += length;
    }
}

/// One token and its length; nothing for a text that does not end.
fn token(rest: &str, first: char) -> Option<(TokenKind<'_>, usize)> {
    let run = |more: fn(char) -> bool| rest.find(|c| !more(c)).unwrap_or(rest.len());
    if first == '_' || first.is_alphabetic() {
        let length = run(|c| c == '_' || c.is_alphanumeric());
        return Some((TokenKind::Name(rest.get(..length)?), length));
    }
    if first.is_ascii_digit() {
        let whole = run(|c| c.is_ascii_digit());
        let fraction = rest.get(whole..).and_then(|rest| rest.strip_prefix('.')).map_or(0, |rest| {
            let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            if digits > 0 { digits + 1 } else { 0 }
        });
        let length = whole + fraction;
        return Some((TokenKind::Number(rest.get(..length)?), length));
    }
    if matches!(first, '"' | '\'') {
        let mut escaped = false;
        for (at, c) in rest.char_indices().skip(1) {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                c if c == first => return Some((TokenKind::Text(rest.get(1..at)?), at + 1)),
                _ => {}
            }
        }
        return None;
    }
    let two = rest.get(..2).filter(|two| matches!(*two, "==" | "!=" | "<=" | ">="));
    let sign = two.or_else(|| rest.get(..first.len_utf8()))?;
    Some((TokenKind::Sign(sign), sign.len()))
}
