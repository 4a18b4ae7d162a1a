//! Mail addresses.

use super::policy::{EmailRules, LocalCase, PlusTags};
use super::{Cleansed, text};

const HELP: &str = "give an address such as `taro@example.co.jp`";

/// A mail address in the form in which it is compared; refused where no mail could arrive.
pub(crate) fn clean(raw: &str, rules: &EmailRules) -> Option<Cleansed> {
    let mut work = text::tidy(raw)?;
    let mut address = work.text().unwrap_or_default().to_owned();
    // `山田太郎 <taro@example.jp>`, `mailto:taro@example.jp`
    if let Some((_, inner)) = address.rsplit_once('<')
        && let Some((inner, _)) = inner.split_once('>')
    {
        address = inner.trim().to_owned();
        work.step("display_name", address.clone());
    }
    if let Some(rest) = address.get(..7).filter(|start| start.eq_ignore_ascii_case("mailto:")) {
        address = address.get(rest.len()..).unwrap_or_default().to_owned();
        work.step("mailto", address.clone());
    }
    address = address.split_whitespace().collect();
    work.step("spaces", address.clone());
    address =
        address.trim_matches(|c| matches!(c, ',' | ';' | '、' | '。' | '"' | '\'' | '(' | ')')).to_owned();
    if let Some(rest) = address.strip_suffix('.') {
        address = rest.to_owned();
    }
    work.step("punctuation", address.clone());

    let Some((local, domain)) = address.rsplit_once('@') else {
        return Some(work.refuse("a mail address", HELP));
    };
    let lower_domain = text::lower(domain);
    work.step("domain_case", format!("{local}@{lower_domain}"));
    let mut local = local.to_owned();
    if rules.local_case == LocalCase::Lower {
        local = text::lower(&local);
        work.step("local_case", format!("{local}@{lower_domain}"));
    }
    if rules.plus_tags == PlusTags::Drop
        && let Some((plain, _)) = local.split_once('+')
        && !plain.is_empty()
    {
        local = plain.to_owned();
        work.step("plus_tag", format!("{local}@{lower_domain}"));
    }
    if !is_local(&local, &lower_domain) || !is_domain(&lower_domain) {
        return Some(work.refuse("a mail address", HELP));
    }
    Some(work)
}

/// Local part and domain of a clean address.
pub(crate) fn split(address: &str) -> Option<(&str, &str)> {
    address.rsplit_once('@')
}

/// Carriers that gave out addresses with dots where the standard has none.
const LOOSE: [&str; 3] = ["docomo.ne.jp", "ezweb.ne.jp", "au.com"];

fn is_local(local: &str, domain: &str) -> bool {
    let dots = local.starts_with('.') || local.ends_with('.') || local.contains("..");
    !local.is_empty()
        && local.len() <= 64
        && (!dots || LOOSE.contains(&domain))
        && local.chars().all(|c| {
            c.is_alphanumeric()
                || matches!(
                    c,
                    '.' | '!'
                        | '#'
                        | '$'
                        | '%'
                        | '&'
                        | '\''
                        | '*'
                        | '+'
                        | '-'
                        | '/'
                        | '='
                        | '?'
                        | '^'
                        | '_'
                        | '`'
                        | '{'
                        | '|'
                        | '}'
                        | '~'
                )
        })
}

fn is_domain(domain: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '\u{30fc}'))
    };
    let last = domain.rsplit('.').next().unwrap_or_default();
    domain.len() <= 253
        && domain.contains('.')
        && domain.split('.').all(label)
        && last.chars().count() >= 2
        && !last.chars().all(|c| c.is_ascii_digit())
}

/// True if the mailbox belongs to a role, not to a person.
#[cfg(feature = "identity")]
pub(crate) fn is_role(local: &str) -> bool {
    const ROLES: [&str; 24] = [
        "info",
        "sales",
        "contact",
        "support",
        "admin",
        "office",
        "mail",
        "hello",
        "webmaster",
        "postmaster",
        "noreply",
        "no-reply",
        "soumu",
        "eigyo",
        "jinji",
        "keiri",
        "pr",
        "press",
        "recruit",
        "inquiry",
        "toiawase",
        "marketing",
        "honsha",
        "koho",
    ];
    ROLES.contains(&local)
}

/// True if anybody can have an address there, so that the domain tells nothing about the company.
#[cfg(feature = "identity")]
pub(crate) fn is_free(domain: &str) -> bool {
    const FREE: [&str; 26] = [
        "gmail.com",
        "googlemail.com",
        "yahoo.co.jp",
        "yahoo.com",
        "ymail.ne.jp",
        "hotmail.com",
        "hotmail.co.jp",
        "outlook.com",
        "outlook.jp",
        "live.jp",
        "live.com",
        "msn.com",
        "icloud.com",
        "me.com",
        "mac.com",
        "aol.com",
        "docomo.ne.jp",
        "ezweb.ne.jp",
        "au.com",
        "softbank.ne.jp",
        "i.softbank.jp",
        "nifty.com",
        "biglobe.ne.jp",
        "protonmail.com",
        "proton.me",
        "qq.com",
    ];
    FREE.contains(&domain)
}
