//! Business cards: vCard files and the lines that an OCR reads become payloads like any other.

mod ocr;
mod vcard;
mod words;

#[cfg(test)]
mod tests;

use crate::base::map::Map;
use serde::Serialize;

use crate::capture::payload::Payload;
use crate::lead::value::Value;

/// A business card, read.
///
/// ```
/// use ikusei::{Card, CardField};
/// let card = Card::of_lines(["株式会社アクメ", "営業部 部長", "山田 太郎", "〒100-0001 東京都千代田区千代田1-1", "TEL 03-1234-5678"]);
/// assert_eq!(card.best(CardField::Name), Some("山田 太郎"));
/// assert_eq!(card.best(CardField::Title), Some("部長"));
/// let cards = Card::of_vcards("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Taro Yamada\r\nORG:Acme;Sales\r\nEND:VCARD\r\n");
/// assert_eq!(cards[0].best(CardField::Department), Some("Sales"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Card {
    /// What was found, in the order of the card; a field may come several times.
    pub entries: Vec<CardEntry>,
    /// Lines that nothing was found in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rest: Vec<String>,
}

/// One thing that a card says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct CardEntry {
    /// What it is.
    pub field: CardField,
    /// As it stands on the card, in plain width.
    pub value: String,
    /// How sure that is, in millionths.
    pub confidence: u32,
}

/// What a card says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CardField {
    /// The person's name.
    Name,
    /// How it is read.
    NameKana,
    /// The family name, where the card tells it apart.
    LastName,
    /// The given name, where the card tells it apart.
    FirstName,
    /// The company.
    Company,
    /// The department.
    Department,
    /// The title.
    Title,
    /// The postal code.
    PostalCode,
    /// The address, as one text.
    Address,
    /// The prefecture or state.
    Region,
    /// The city, ward or town.
    City,
    /// The country.
    Country,
    /// A telephone.
    Phone,
    /// A mobile telephone.
    Mobile,
    /// A fax.
    Fax,
    /// A mail address.
    Email,
    /// A web address.
    Url,
}

impl CardField {
    /// The word that payloads use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::NameKana => "name_kana",
            Self::LastName => "last_name",
            Self::FirstName => "first_name",
            Self::Company => "company",
            Self::Department => "department",
            Self::Title => "title",
            Self::PostalCode => "postal_code",
            Self::Address => "address",
            Self::Region => "region",
            Self::City => "city",
            Self::Country => "country",
            Self::Phone => "phone",
            Self::Mobile => "mobile",
            Self::Fax => "fax",
            Self::Email => "email",
            Self::Url => "url",
        }
    }
}

impl Card {
    /// Reads a vCard file of version 2.1, 3.0 or 4.0: every card in it. What is malformed is left out.
    #[must_use]
    pub fn of_vcards(text: &str) -> Vec<Self> {
        vcard::read(text)
    }

    /// Reads the lines that an OCR found on a card, Japanese or English, from top to bottom.
    #[must_use]
    pub fn of_lines<'a>(lines: impl IntoIterator<Item = &'a str>) -> Self {
        ocr::read(lines)
    }

    /// What it most surely says of a field; of equals, the first.
    #[must_use]
    pub fn best(&self, field: CardField) -> Option<&str> {
        let mut best: Option<&CardEntry> = None;
        for entry in self.entries.iter().filter(|entry| entry.field == field) {
            if best.is_none_or(|best| entry.confidence > best.confidence) {
                best = Some(entry);
            }
        }
        best.map(|entry| entry.value.as_str())
    }

    /// As a payload for a mapping: the best of every field, and `confidence` in millionths by field.
    #[must_use]
    pub fn payload(&self) -> Payload {
        let mut object: Map<String, Value> = Map::new();
        let mut confidence: Map<String, Value> = Map::new();
        for entry in &self.entries {
            let name = entry.field.as_str();
            if !object.contains_key(name)
                && let Some(best) = self.best(entry.field)
            {
                let sure = self.entries.iter().filter(|entry| entry.field.as_str() == name);
                let sure = sure.map(|entry| entry.confidence).max().unwrap_or_default();
                object.insert(name.to_owned(), Value::from(best));
                confidence.insert(name.to_owned(), Value::Int(i64::from(sure)));
            }
        }
        object.insert("confidence".to_owned(), Value::Object(confidence));
        Payload::from(Value::Object(object))
    }

    fn add(&mut self, field: CardField, value: &str, confidence: u32) {
        let value = value.trim();
        if !value.is_empty() && !self.entries.iter().any(|known| known.field == field && known.value == value)
        {
            self.entries.push(CardEntry { field, value: value.to_owned(), confidence });
        }
    }
}
