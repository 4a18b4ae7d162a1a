//! Where in HTML a merge field stands: escaping makes a value safe in text and within the quotes of an attribute, not
//! in a script, a style, a tag or where a link begins.

/// What follows the text that was read so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Html {
    state: State,
    /// The name of the tag that is open, or of the element whose text is no HTML.
    element: String,
    /// The name of the attribute.
    attribute: String,
    /// How its value begins.
    value: String,
    /// Whether a merge field stood in the value.
    merged: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum State {
    #[default]
    Text,
    /// After `<` or `</`.
    TagName,
    InTag,
    Attribute,
    AfterAttribute,
    BeforeValue,
    Quoted(char),
    Bare,
    Comment,
    /// In a script or a style.
    Raw,
}

/// A place for a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Escaping is enough.
    Escaped,
    /// A link begins here, or may still begin.
    Link,
    /// No value is safe here, and this is why.
    Never(&'static str),
}

/// Attributes that hold addresses.
const LINKS: [&str; 12] = [
    "action",
    "background",
    "cite",
    "data",
    "formaction",
    "href",
    "longdesc",
    "ping",
    "poster",
    "src",
    "srcset",
    "xlink:href",
];

/// How much of a value is remembered: enough to see its scheme.
const MAX_VALUE: usize = 64;

impl Html {
    /// Reads on.
    pub(super) fn read(&mut self, text: &str) {
        for (at, c) in text.char_indices() {
            self.step(c, text.get(at..).unwrap_or_default());
        }
    }

    fn step(&mut self, c: char, rest: &str) {
        match self.state {
            State::Text if c == '<' => {
                // What a value would follow at once is a tag: its name would be the value.
                let next = rest.chars().nth(1).unwrap_or('/');
                if rest.starts_with("<!--") {
                    self.state = State::Comment;
                    self.value.clear();
                } else if next.is_ascii_alphabetic() || matches!(next, '/' | '!' | '?') {
                    self.state = State::TagName;
                    self.element.clear();
                }
            }
            State::Text => {}
            State::TagName => match c {
                '>' => self.leave_tag(),
                c if c.is_whitespace() => self.state = State::InTag,
                '/' if !self.element.is_empty() => self.state = State::InTag,
                c => push(&mut self.element, c),
            },
            State::InTag | State::AfterAttribute => match c {
                '>' => self.leave_tag(),
                '=' if self.state == State::AfterAttribute => self.state = State::BeforeValue,
                c if c.is_whitespace() || c == '/' => {}
                c => {
                    self.state = State::Attribute;
                    self.attribute.clear();
                    push(&mut self.attribute, c);
                }
            },
            State::Attribute => match c {
                '=' => self.state = State::BeforeValue,
                '>' => self.leave_tag(),
                '/' => self.state = State::InTag,
                c if c.is_whitespace() => self.state = State::AfterAttribute,
                c => push(&mut self.attribute, c),
            },
            State::BeforeValue => {
                self.value.clear();
                self.merged = false;
                match c {
                    '"' | '\'' => self.state = State::Quoted(c),
                    '>' => self.leave_tag(),
                    c if c.is_whitespace() => {}
                    c => {
                        push(&mut self.value, c);
                        self.state = State::Bare;
                    }
                }
            }
            State::Quoted(quote) if c == quote => self.state = State::InTag,
            State::Quoted(_) => push(&mut self.value, c),
            State::Bare => match c {
                '>' => self.leave_tag(),
                c if c.is_whitespace() => self.state = State::InTag,
                c => push(&mut self.value, c),
            },
            State::Comment => {
                // `<!-->` ends as well: what stands before `-->` need not be longer than that.
                if c == '>' && self.value.ends_with("--") {
                    self.state = State::Text;
                }
                if self.value.len() > 2 {
                    self.value.remove(0);
                }
                self.value.push(if c == '-' { '-' } else { '.' });
            }
            State::Raw => {
                let tag = rest.strip_prefix("</").and_then(|rest| rest.get(..self.element.len()));
                if tag.is_some_and(|tag| tag.eq_ignore_ascii_case(&self.element)) {
                    self.state = State::TagName;
                    self.element.clear();
                }
            }
        }
    }

    fn leave_tag(&mut self) {
        let raw = ["script", "style", "xmp", "iframe", "noembed", "noframes", "plaintext"];
        self.state = if raw.contains(&self.element.as_str()) { State::Raw } else { State::Text };
        if self.state == State::Text {
            self.element.clear();
        }
        self.attribute.clear();
        self.value.clear();
        self.merged = false;
    }

    /// What a value here would have to be.
    pub(super) fn place(&self) -> Place {
        match self.state {
            State::Text => Place::Escaped,
            State::Raw => Place::Never("within a script or a style"),
            State::Comment => Place::Never("within a comment"),
            State::BeforeValue | State::Bare => Place::Never("in an attribute without quotes"),
            State::Quoted(_) => self.place_in_value(),
            State::TagName | State::InTag | State::Attribute | State::AfterAttribute => {
                Place::Never("within a tag")
            }
        }
    }

    fn place_in_value(&self) -> Place {
        let name = self.attribute.as_str();
        if name.starts_with("on") {
            return Place::Never("in an attribute that runs as a script");
        }
        if matches!(name, "style" | "srcdoc") || (self.element == "meta" && name == "content") {
            return Place::Never("in an attribute that is more than text");
        }
        if !LINKS.contains(&name) {
            return Place::Escaped;
        }
        let value = self.value.trim_start();
        let decided = value.contains([':', '/', '?', '#']);
        if ["javascript:", "data:", "vbscript:"].iter().any(|scheme| value.starts_with(scheme)) {
            return Place::Never("in a link that runs as a script");
        }
        if decided || self.merged { Place::Escaped } else { Place::Link }
    }

    /// A value was merged.
    pub(super) fn merge(&mut self) {
        self.merged = matches!(self.state, State::Quoted(_));
    }

    /// Whether what follows means the same after both.
    pub(super) fn is_at(&self, other: &Self) -> bool {
        let attribute = |html: &Self| match html.state {
            State::Attribute
            | State::AfterAttribute
            | State::BeforeValue
            | State::Quoted(_)
            | State::Bare => html.attribute.clone(),
            _ => String::new(),
        };
        self.state == other.state
            && self.element == other.element
            && attribute(self) == attribute(other)
            && self.place() == other.place()
    }

    /// Whether it ends in the middle of a tag, a script or a comment.
    pub(super) fn is_open(&self) -> bool {
        self.state != State::Text
    }
}

fn push(name: &mut String, c: char) {
    if name.len() < MAX_VALUE {
        name.push(c.to_ascii_lowercase());
    }
}
