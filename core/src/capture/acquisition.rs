//! How a lead was acquired, read out of the pages that it came by.

use crate::base::map::Map;

use crate::capture::payload::form_text;
use crate::lead::value::Value;

/// Query parameters that are kept under their own name: campaigns, and the clicks of advertisements.
const KEPT: [&str; 21] = [
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "utm_term",
    "utm_content",
    "utm_id",
    "gclid",
    "gbraid",
    "wbraid",
    "dclid",
    "fbclid",
    "yclid",
    "msclkid",
    "ttclid",
    "twclid",
    "li_fat_id",
    "ldtag_cl",
    "yjr_yjad",
    "mc_eid",
    "mkt_tok",
    "_hsenc",
];

/// Search engines by a part of their host, with the parameter that holds what was searched for.
const SEARCH: [(&str, &str); 9] = [
    ("google.", "q"),
    ("bing.", "q"),
    ("yahoo.", "p"),
    ("duckduckgo.", "q"),
    ("baidu.", "wd"),
    ("yandex.", "text"),
    ("naver.", "query"),
    ("goo.ne.jp", "MT"),
    ("ecosia.", "q"),
];

/// What page and referrer tell. Values longer than a browser would send are cut.
pub(crate) fn read(page: Option<&str>, referrer: Option<&str>) -> Map<String, Value> {
    let mut source = Map::new();
    let mut keep = |name: &str, value: &str| {
        if !value.is_empty() {
            let value: String = value.chars().take(2_000).collect();
            source.entry(name.to_owned()).or_insert(Value::Text(value));
        }
    };
    if let Some(page) = page {
        keep("landing_page", page);
        for (name, value) in query(page) {
            if let Some(known) = KEPT.iter().find(|known| known.eq_ignore_ascii_case(&name)) {
                keep(known, &value);
            }
        }
    }
    if let Some(referrer) = referrer {
        keep("referrer", referrer);
        let host = host(referrer);
        let engine =
            SEARCH.iter().find(|(part, _)| host.starts_with(part) || host.contains(&format!(".{part}")));
        if let Some((_, parameter)) = engine
            && let Some((_, words)) = query(referrer).find(|(name, _)| name == parameter)
        {
            keep("search_keyword", words.trim());
        }
    }
    source
}

fn query(page: &str) -> impl Iterator<Item = (String, String)> + '_ {
    let query = page.split_once('?').map_or("", |(_, query)| query.split('#').next().unwrap_or(""));
    query.split('&').filter(|pair| !pair.is_empty()).take(200).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (form_text(name), form_text(value))
    })
}

fn host(page: &str) -> String {
    let rest = page.split_once("://").map_or(page, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or("");
    authority.rsplit('@').next().unwrap_or("").to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_tell_campaign_click_and_keyword() {
        let source = read(
            Some("https://example.jp/lp?utm_source=google&UTM_Campaign=%E6%98%A5&gclid=Cj0&other=1#top?x=1"),
            Some("https://www.google.co.jp/search?q=%E8%82%B2%E6%88%90+%E3%83%AA%E3%83%BC%E3%83%89"),
        );
        let text = |name: &str| match source.get(name) {
            Some(Value::Text(text)) => text.as_str(),
            _ => "",
        };
        assert_eq!(text("utm_source"), "google");
        assert_eq!(text("utm_campaign"), "春");
        assert_eq!(text("gclid"), "Cj0");
        assert_eq!(text("search_keyword"), "育成 リード");
        assert!(!source.contains_key("other"));
        assert!(!read(None, Some("https://notgoogle.example/?q=x")).contains_key("search_keyword"));
        assert!(
            !read(None, Some("https://google.evil.example@x.example/?q=x")).contains_key("search_keyword")
        );
    }
}
