//! Companies among records, and groups of companies by the parent that records name.

use crate::base::map::Map;
use serde::Serialize;

use super::compile::Identities;
use super::likeness;
use super::policy::Likeness;
use crate::capture::cleanse::company;
use crate::capture::cleanse::compile::Cleansers;
use crate::lead::record::Lead;
use crate::lead::value::Value;

/// A company among some leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Account {
    /// What its names have in common: width, legal form, spacing and branch aside.
    pub key: String,
    /// Its name, as the first lead has it.
    pub name: String,
    /// Key of the company above it, where leads name one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// Key of the company at the top of its group; its own where nothing stands above it.
    pub group: String,
    /// Ids of its leads.
    pub leads: Vec<String>,
}

/// The companies of some leads in the order in which they come, parents that have no lead of their own last.
pub(crate) fn accounts<'l>(
    identities: &Identities,
    cleansers: &Cleansers,
    leads: impl IntoIterator<Item = &'l Lead>,
) -> Vec<Account> {
    let fields: Vec<&str> = identities
        .company
        .comparisons
        .iter()
        .filter(|comparison| comparison.by == Likeness::Company)
        .map(|comparison| comparison.field.as_str())
        .collect();
    let mut accounts: Map<String, Account> = Map::new();
    let mut parents: Vec<(String, String)> = Vec::new();
    for lead in leads {
        let named = fields.iter().find_map(|field| named(cleansers, lead.fields.get(field)?));
        let Some((key, name)) = named else { continue };
        let account = accounts.entry(key.clone()).or_insert_with(|| empty(key.clone(), name));
        account.leads.push(lead.id.clone());
        let parent = identities.parent.as_ref().and_then(|field| lead.fields.get(field));
        if let Some((above, name)) = parent.and_then(|raw| self::named(cleansers, raw))
            && above != key
        {
            account.parent.get_or_insert(above.clone());
            parents.push((above, name));
        }
    }
    for (key, name) in parents {
        accounts.entry(key.clone()).or_insert_with(|| empty(key, name));
    }
    let tops: Vec<String> = accounts.keys().map(|key| top(&accounts, key)).collect();
    accounts.into_values().zip(tops).map(|(account, group)| Account { group, ..account }).collect()
}

fn empty(key: String, name: String) -> Account {
    Account { group: key.clone(), key, name, parent: None, leads: Vec::new() }
}

/// Key and clean name of a company.
fn named(cleansers: &Cleansers, raw: &Value) -> Option<(String, String)> {
    let Value::Text(text) = raw else { return None };
    likeness::normal(cleansers, Likeness::Company, raw)?;
    let shown = cleansers.value(crate::capture::cleanse::policy::Cleaner::Company, raw);
    Some((company::key(text), shown.text()?.to_owned()))
}

/// Follows parents upwards. Companies that own each other in a circle are one group, named by its least key.
fn top(accounts: &Map<String, Account>, key: &str) -> String {
    let mut path: Vec<&str> = vec![key];
    let mut at = key;
    while let Some(above) = accounts.get(at).and_then(|account| account.parent.as_deref()) {
        if let Some(start) = path.iter().position(|seen| *seen == above) {
            return path.iter().skip(start).min().copied().unwrap_or(above).to_owned();
        }
        path.push(above);
        at = above;
    }
    at.to_owned()
}
