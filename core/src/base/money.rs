//! Money: an exact decimal amount in a currency.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// An amount of money, exact to the last digit.
///
/// Written as amount and ISO 4217 currency code: `3000000 JPY`, `1117.10 USD`.
///
/// ```
/// use ikusei::Money;
/// let budget: Money = "3000000 JPY".parse()?;
/// assert_eq!(budget.currency(), "JPY");
/// assert_eq!(budget.to_string(), "3000000 JPY");
/// assert!(budget.checked_add(&"1 USD".parse()?).is_none(), "currencies never mix");
/// # Ok::<(), ikusei::ParseMoneyError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    amount: Decimal,
    currency: [u8; 3],
}

/// Why a text is not money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ParseMoneyError;

impl Money {
    /// The amount.
    #[must_use]
    pub const fn amount(&self) -> Decimal {
        self.amount
    }

    /// The ISO 4217 code.
    #[must_use]
    pub fn currency(&self) -> &str {
        // INVARIANT: three ASCII capitals, checked on construction.
        std::str::from_utf8(&self.currency).unwrap_or("XXX")
    }

    /// The sum of two amounts of one currency; `None` if the currencies differ or the sum cannot be held.
    #[must_use]
    pub fn checked_add(&self, other: &Money) -> Option<Money> {
        if self.currency != other.currency {
            return None;
        }
        Some(Money { amount: self.amount.checked_add(other.amount)?, currency: self.currency })
    }
}

impl FromStr for Money {
    type Err = ParseMoneyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (amount, code) = text.trim().split_once(' ').ok_or(ParseMoneyError)?;
        let amount = Decimal::from_str_exact(amount).map_err(|_| ParseMoneyError)?;
        let currency: [u8; 3] = code.trim_start().as_bytes().try_into().map_err(|_| ParseMoneyError)?;
        if !currency.iter().all(u8::is_ascii_uppercase) {
            return Err(ParseMoneyError);
        }
        Ok(Money { amount, currency })
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount, self.currency())
    }
}

impl fmt::Display for ParseMoneyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not money: write amount and currency code, such as `3000000 JPY`")
    }
}

impl std::error::Error for ParseMoneyError {}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|_| de::Error::custom(format_args!("`{text}` is {ParseMoneyError}")))
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Money {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Money".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string", "pattern": "^-?[0-9]+(\\.[0-9]+)? +[A-Z]{3}$",
            "description": "amount and ISO 4217 currency code, such as `3000000 JPY`"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_exact_and_keeps_its_currency() {
        let sum = "0.10 USD".parse::<Money>().unwrap().checked_add(&"0.20 USD".parse().unwrap()).unwrap();
        assert_eq!(sum.to_string(), "0.30 USD");
        for bad in ["", "JPY", "100", "100 jpy", "100 YEN!", "1e3 JPY", "1,000 JPY"] {
            assert!(bad.parse::<Money>().is_err(), "{bad}");
        }
    }
}
