//! The table from Japanese postal codes to prefecture and city. The host brings the rows: they change monthly, and
//! they would weigh a megabyte in a browser.

use std::collections::HashMap;

use crate::base::map::Map;

use super::place;

/// Something that knows postal codes.
pub trait PostalLookup {
    /// Prefecture and city of a code of seven digits.
    fn find(&self, code: &str) -> Option<(&str, &str)>;
}

/// Postal codes in a compact table: eight bytes a code, and each city once.
///
/// ```
/// use ikusei::{PostalLookup, PostalTable};
/// let mut table = PostalTable::new();
/// assert!(table.add("060-0000", "北海道", "札幌市中央区"));
/// let table = table.build();
/// assert_eq!(table.find("0600000"), Some(("北海道", "札幌市中央区")));
/// ```
#[derive(Debug, Clone, Default)]
pub struct PostalTable {
    /// Code and number of the city.
    codes: Vec<(u32, u32)>,
    cities: Vec<(&'static str, Box<str>)>,
    known: HashMap<(&'static str, Box<str>), u32>,
}

impl PostalTable {
    /// A table without codes.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a row of Japan Post's file: postal code, prefecture and city. False if the row makes no sense: not
    /// seven digits, or not one of the 47 prefectures. Where a code comes twice, its first row counts.
    pub fn add(&mut self, code: &str, prefecture: &str, city: &str) -> bool {
        let Some(code) = place::postal_digits(code).and_then(|digits| digits.parse::<u32>().ok()) else {
            return false;
        };
        let Some(prefecture) = place::prefecture(prefecture) else { return false };
        let key = (prefecture, Box::from(city));
        let number = match self.known.get(&key) {
            Some(number) => *number,
            None => {
                let Ok(number) = u32::try_from(self.cities.len()) else { return false };
                self.cities.push(key.clone());
                self.known.insert(key, number);
                number
            }
        };
        self.codes.push((code, number));
        true
    }

    /// The same, ready to be asked.
    #[must_use]
    pub fn build(mut self) -> Self {
        // A stable sort keeps the first row of a code first.
        self.codes.sort_by_key(|(code, _)| *code);
        self.codes.dedup_by_key(|(code, _)| *code);
        self.codes.shrink_to_fit();
        self.known = HashMap::new();
        self
    }

    /// How many codes there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.codes.len()
    }

    /// True if there is no code.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.codes.is_empty()
    }
}

impl PostalLookup for PostalTable {
    fn find(&self, code: &str) -> Option<(&str, &str)> {
        let code: u32 = code.parse().ok()?;
        let index = self.codes.binary_search_by_key(&code, |(code, _)| *code).ok()?;
        let (_, city) = self.codes.get(index)?;
        let (prefecture, city) = self.cities.get(usize::try_from(*city).ok()?)?;
        Some((prefecture, city))
    }
}

/// A few codes that the host has looked up itself: `{"1000001": ["東京都", "千代田区"]}`.
impl PostalLookup for Map<String, (String, String)> {
    fn find(&self, code: &str) -> Option<(&str, &str)> {
        let (prefecture, city) = self.get(code)?;
        Some((place::prefecture(prefecture)?, city))
    }
}
