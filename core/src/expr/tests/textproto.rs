//! As much of the text format of protocol buffers as the conformance cases use.

#[derive(Debug, Default)]
pub(super) struct Message {
    pub(super) fields: Vec<(String, Field)>,
}

#[derive(Debug)]
pub(super) enum Field {
    Scalar(String),
    Message(Message),
}

impl Message {
    pub(super) fn bool_value(value: bool) -> Self {
        Self { fields: vec![("bool_value".to_owned(), Field::Scalar(value.to_string()))] }
    }

    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Message> {
        self.fields.iter().filter_map(move |(key, field)| match field {
            Field::Message(message) if key == name => Some(message),
            _ => None,
        })
    }

    pub(super) fn message(&self, name: &str) -> Option<&Message> {
        self.fields.iter().find_map(|(key, field)| match field {
            Field::Message(message) if key == name => Some(message),
            _ => None,
        })
    }

    /// A scalar as text; empty if absent.
    pub(super) fn text(&self, name: &str) -> String {
        self.fields
            .iter()
            .find_map(|(key, field)| match field {
                Field::Scalar(text) if key == name => Some(text.clone()),
                _ => None,
            })
            .unwrap_or_default()
    }
}

pub(super) fn read(text: &str) -> Message {
    let mut reader = Reader { text: text.as_bytes(), at: 0 };
    let message = reader.message(None);
    assert_eq!(reader.at, text.len(), "the whole file is read");
    message
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn peek(&mut self) -> Option<u8> {
        loop {
            match self.text.get(self.at)? {
                b'#' => {
                    while self.text.get(self.at).is_some_and(|byte| *byte != b'\n') {
                        self.at += 1;
                    }
                }
                byte if byte.is_ascii_whitespace() => self.at += 1,
                byte => return Some(*byte),
            }
        }
    }

    fn accept(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        if found {
            self.at += 1;
        }
        found
    }

    fn message(&mut self, close: Option<u8>) -> Message {
        let mut message = Message::default();
        loop {
            match self.peek() {
                None => {
                    assert_eq!(close, None, "a message that does not end");
                    return message;
                }
                found if found == close => {
                    self.at += 1;
                    return message;
                }
                _ => {}
            }
            let name = if self.accept(b'[') {
                let name = self.word(|byte| byte != b']');
                self.at += 1;
                name
            } else {
                self.word(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            };
            assert!(!name.is_empty(), "a field without a name at {}", self.at);
            self.accept(b':');
            if self.accept(b'[') {
                while !self.accept(b']') {
                    let field = self.field();
                    message.fields.push((name.clone(), field));
                    self.accept(b',');
                }
            } else {
                let field = self.field();
                message.fields.push((name, field));
            }
            if !self.accept(b',') {
                self.accept(b';');
            }
        }
    }

    fn word(&mut self, accept: impl Fn(u8) -> bool) -> String {
        self.peek();
        let start = self.at;
        while self.text.get(self.at).is_some_and(|byte| accept(*byte)) {
            self.at += 1;
        }
        String::from_utf8(self.text[start..self.at].to_vec()).unwrap()
    }

    fn field(&mut self) -> Field {
        match self.peek().unwrap() {
            b'{' => {
                self.at += 1;
                Field::Message(self.message(Some(b'}')))
            }
            b'<' => {
                self.at += 1;
                Field::Message(self.message(Some(b'>')))
            }
            b'"' | b'\'' => {
                let mut bytes = Vec::new();
                while let Some(quote @ (b'"' | b'\'')) = self.peek() {
                    self.at += 1;
                    self.string(quote, &mut bytes);
                }
                Field::Scalar(String::from_utf8_lossy(&bytes).into_owned())
            }
            _ => Field::Scalar(
                self.word(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-' | b'+')),
            ),
        }
    }

    fn string(&mut self, quote: u8, bytes: &mut Vec<u8>) {
        loop {
            let byte = self.text[self.at];
            self.at += 1;
            if byte == quote {
                return;
            }
            if byte != b'\\' {
                bytes.push(byte);
                continue;
            }
            let escape = self.text[self.at];
            self.at += 1;
            match escape {
                b'n' => bytes.push(b'\n'),
                b't' => bytes.push(b'\t'),
                b'r' => bytes.push(b'\r'),
                b'a' => bytes.push(7),
                b'b' => bytes.push(8),
                b'f' => bytes.push(12),
                b'v' => bytes.push(11),
                b'x' => bytes.push(u8::try_from(self.digits(16, 2)).unwrap()),
                b'0'..=b'7' => {
                    self.at -= 1;
                    bytes.push(u8::try_from(self.digits(8, 3)).unwrap());
                }
                b'u' | b'U' => {
                    let code = self.digits(16, if escape == b'u' { 4 } else { 8 });
                    let c = char::from_u32(code).unwrap();
                    bytes.extend(c.to_string().into_bytes());
                }
                other => bytes.push(other),
            }
        }
    }

    fn digits(&mut self, radix: u32, most: usize) -> u32 {
        let start = self.at;
        while self.at < start + most && char::from(self.text[self.at]).is_digit(radix) {
            self.at += 1;
        }
        u32::from_str_radix(std::str::from_utf8(&self.text[start..self.at]).unwrap(), radix).unwrap()
    }
}
