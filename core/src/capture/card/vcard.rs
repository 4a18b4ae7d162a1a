//! vCard 2.1, 3.0 and 4.0, with what mail programs and telephones make of them.

use super::{Card, CardField};

/// More cards in one text are no business cards.
const MAX_CARDS: usize = 10_000;

pub(super) fn read(text: &str) -> Vec<Card> {
    let mut cards = Vec::new();
    let mut open: Option<Draft> = None;
    for line in lines(text) {
        let Some(property) = Property::parse(&line) else { continue };
        match (property.name.as_str(), &mut open) {
            ("BEGIN", _) if property.value.trim().eq_ignore_ascii_case("vcard") => {
                // A card that is never closed still counts.
                cards.extend(open.take().map(Draft::finish));
                open = Some(Draft::default());
            }
            ("END", _) => cards.extend(open.take().map(Draft::finish)),
            (_, Some(draft)) => draft.take(&property),
            _ => {}
        }
        if cards.len() >= MAX_CARDS {
            return cards;
        }
    }
    cards.extend(open.map(Draft::finish));
    cards
}

/// Lines with their continuations: a leading blank (any version), or a trailing `=` of a quoted-printable value.
fn lines(text: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut quoted = false;
    for line in text.trim_start_matches('\u{feff}').split('\n') {
        let line = line.strip_suffix('\r').unwrap_or(line);
        if let Some(last) = out.last_mut() {
            if quoted && last.ends_with('=') {
                last.pop();
                last.push_str(line);
                continue;
            }
            if let Some(rest) = line.strip_prefix([' ', '\t']) {
                // In quoted-printable the blank is a soft line break of its own; elsewhere it folds.
                last.push_str(rest);
                continue;
            }
        }
        quoted = line
            .split_once(':')
            .is_some_and(|(head, _)| head.to_ascii_uppercase().contains("QUOTED-PRINTABLE"));
        out.push(line.to_owned());
    }
    out
}

/// One line: name, parameters, value.
struct Property {
    name: String,
    /// Types and the values of `TYPE`, in capitals.
    types: Vec<String>,
    value: String,
}

impl Property {
    fn parse(line: &str) -> Option<Self> {
        let colon = value_colon(line)?;
        let (head, value) = line.split_at_checked(colon)?;
        let value = value.strip_prefix(':')?;
        let mut parts = split_outside(head, ';', '"').into_iter();
        let name = parts.next()?.trim().to_ascii_uppercase();
        // `item1.TEL` groups lines that belong together.
        let name = name.rsplit('.').next().unwrap_or(&name).to_owned();
        let (mut types, mut quoted, mut charset) = (Vec::new(), false, None);
        for part in parts {
            let (key, value) = part.split_once('=').unwrap_or(("TYPE", &part));
            let values = value.replace('"', "").to_ascii_uppercase();
            match key.trim().to_ascii_uppercase().as_str() {
                "ENCODING" => quoted |= values == "QUOTED-PRINTABLE",
                "CHARSET" => charset = Some(values),
                "TYPE" | "PREF" if key.eq_ignore_ascii_case("pref") => types.push("PREF".to_owned()),
                "TYPE" => {
                    quoted |= values == "QUOTED-PRINTABLE";
                    types.extend(values.split(',').map(|word| word.trim().to_owned()));
                }
                _ => {}
            }
        }
        let value = if quoted { quoted_printable(value, charset.as_deref()) } else { value.to_owned() };
        Some(Self { name, types, value })
    }

    fn is(&self, word: &str) -> bool {
        self.types.iter().any(|known| known == word)
    }

    /// The parts of a structured value, without escapes.
    fn parts(&self) -> Vec<String> {
        split_outside(&self.value, ';', '\\').iter().map(|part| plain(part)).collect()
    }

    fn text(&self) -> String {
        plain(&self.value)
    }
}

/// The colon before the value: one inside quotes belongs to a parameter.
fn value_colon(line: &str) -> Option<usize> {
    let mut inside = false;
    line.char_indices().find_map(|(at, c)| {
        inside ^= c == '"';
        (c == ':' && !inside).then_some(at)
    })
}

/// Splits where the separator is not quoted (`"`) or escaped (`\`).
fn split_outside(text: &str, separator: char, guard: char) -> Vec<String> {
    let mut parts = vec![String::new()];
    let (mut inside, mut escaped) = (false, false);
    for c in text.chars() {
        let apart = c == separator && !inside && !escaped;
        match guard {
            '\\' => escaped = c == '\\' && !escaped,
            _ => inside ^= c == guard,
        }
        if apart {
            parts.push(String::new());
        } else if let Some(last) = parts.last_mut() {
            last.push(c);
        }
    }
    parts
}

/// A value without escapes, on one line.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n' | 'N') => out.push(' '),
                Some(other) => out.push(other),
                None => out.push('\\'),
            },
            '\r' | '\n' => out.push(' '),
            other => out.push(other),
        }
    }
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn quoted_printable(text: &str, charset: Option<&str>) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let mut ahead = rest.clone();
        let digit = |byte: Option<u8>| {
            byte.and_then(|byte| char::from(byte).to_digit(16)).and_then(|digit| u8::try_from(digit).ok())
        };
        match (byte, digit(ahead.next()), digit(ahead.next())) {
            (b'=', Some(high), Some(low)) => {
                bytes.push(high << 4 | low);
                rest = ahead;
            }
            _ => bytes.push(byte),
        }
    }
    // Without a name of the character set it is UTF-8 where that fits, and else what Japanese telephones wrote.
    let named = charset.and_then(|name| encoding_rs::Encoding::for_label(name.as_bytes()));
    let encoding = match named {
        Some(encoding) => encoding,
        None if std::str::from_utf8(&bytes).is_ok() => encoding_rs::UTF_8,
        None => encoding_rs::SHIFT_JIS,
    };
    encoding.decode_without_bom_handling(&bytes).0.into_owned()
}

/// A card while its lines come in.
#[derive(Default)]
struct Draft {
    card: Card,
    name: Option<String>,
    parts: Vec<String>,
    kana: [String; 2],
}

/// Certain: the file says so.
const SURE: u32 = 1_000_000;
/// Of the same kind, but not the first choice: a private number, a second address.
const LESS: u32 = 900_000;
/// The file does not say which kind it is.
const GUESS: u32 = 800_000;

impl Draft {
    fn take(&mut self, property: &Property) {
        let private = property.is("HOME") && !property.is("WORK");
        let sure = if private { LESS } else { SURE };
        match property.name.as_str() {
            "FN" => self.name = Some(property.text()),
            "N" => self.parts = property.parts(),
            "X-PHONETIC-LAST-NAME" => self.kana[0] = property.text(),
            "X-PHONETIC-FIRST-NAME" => self.kana[1] = property.text(),
            "SOUND" if property.is("X-IRMC-N") => {
                for (slot, part) in self.kana.iter_mut().zip(property.parts()) {
                    *slot = part;
                }
            }
            "ORG" => {
                let parts = property.parts();
                let mut parts = parts.iter();
                self.card.add(CardField::Company, parts.next().map_or("", String::as_str), sure);
                let department =
                    parts.map(String::as_str).filter(|part| !part.is_empty()).collect::<Vec<_>>();
                self.card.add(CardField::Department, &department.join(" "), sure);
            }
            "TITLE" => self.card.add(CardField::Title, &property.text(), sure),
            "ROLE" => self.card.add(CardField::Title, &property.text(), GUESS),
            "EMAIL" => {
                let address = property.text();
                let address = address.strip_prefix("mailto:").unwrap_or(&address);
                if address.contains('@') {
                    let first = property.is("PREF") || property.is("WORK");
                    self.card.add(CardField::Email, address, if first { SURE } else { LESS });
                }
            }
            "TEL" => {
                let number = property.text();
                let number = number.strip_prefix("tel:").unwrap_or(&number).replace(";ext=", " ext. ");
                let (field, sure) = match () {
                    () if property.is("PAGER") => return,
                    () if property.is("FAX") => (CardField::Fax, sure),
                    () if property.is("CELL") => (CardField::Mobile, SURE),
                    () if property.is("WORK") || property.is("HOME") => (CardField::Phone, sure),
                    () => (CardField::Phone, GUESS),
                };
                self.card.add(field, &number, sure);
            }
            "URL" => self.card.add(CardField::Url, &property.text(), sure),
            "ADR" => {
                let parts = property.parts();
                let part = |index: usize| parts.get(index).map_or("", String::as_str);
                // Post office box, extended address, street, city, region, postal code, country.
                self.card.add(CardField::PostalCode, part(5), sure);
                self.card.add(CardField::Country, part(6), sure);
                self.card.add(CardField::Region, part(4), sure);
                self.card.add(CardField::City, part(3), sure);
                let japanese = part(4).ends_with(['都', '道', '府', '県']);
                let order: [usize; 5] = if japanese { [4, 3, 2, 1, 0] } else { [0, 1, 2, 3, 4] };
                let address: Vec<&str> =
                    order.iter().map(|index| part(*index)).filter(|part| !part.is_empty()).collect();
                self.card.add(CardField::Address, &address.join(if japanese { "" } else { ", " }), sure);
            }
            _ => {}
        }
    }

    fn finish(mut self) -> Card {
        let part = |index: usize| self.parts.get(index).map_or("", String::as_str);
        let (last, first) = (part(0).to_owned(), part(1).to_owned());
        let cjk = last.chars().chain(first.chars()).any(|c| u32::from(c) >= 0x3040);
        let whole = match &self.name {
            Some(name) if !name.is_empty() => name.clone(),
            _ if cjk => format!("{last} {first}"),
            _ => format!("{first} {last}"),
        };
        let mut entries = std::mem::take(&mut self.card.entries);
        self.card.add(CardField::Name, &whole, SURE);
        self.card.add(CardField::LastName, &last, SURE);
        self.card.add(CardField::FirstName, &first, SURE);
        self.card.add(CardField::NameKana, &self.kana.join(" "), SURE);
        self.card.entries.append(&mut entries);
        self.card
    }
}
