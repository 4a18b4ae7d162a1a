//! A page as plain text, as Markdown and as HTML. What comes from outside is one line each, and cannot become markup.

use super::sections::Page;
use crate::explain::Language;

pub(super) fn text(page: &Page) -> String {
    let mut out = format!("{}\n{}\n", one_line(&page.title), one_line(&page.as_of));
    for section in &page.sections {
        out.push_str(&format!("\n{}\n", section.title));
        for (label, value) in &section.lines {
            let value = one_line(value);
            match label {
                Some(label) => out.push_str(&format!("  {}: {value}\n", one_line(label))),
                None => out.push_str(&format!("  {value}\n")),
            }
        }
    }
    out
}

pub(super) fn markdown(page: &Page) -> String {
    let mut out = format!("# {}\n\n{}\n", plain(&page.title), plain(&page.as_of));
    for section in &page.sections {
        out.push_str(&format!("\n## {}\n\n", section.title));
        for (label, value) in &section.lines {
            let value = plain(value);
            match label {
                Some(label) => out.push_str(&format!("- **{}**: {value}\n", plain(label))),
                None => out.push_str(&format!("- {value}\n")),
            }
        }
    }
    out
}

pub(super) fn html(page: &Page) -> String {
    let language = match page.language {
        Language::English => "en",
        Language::Japanese => "ja",
    };
    let (title, as_of) = (escaped(&page.title), escaped(&page.as_of));
    let mut out =
        format!("<article class=\"ikusei-brief\" lang=\"{language}\">\n<h1>{title}</h1>\n<p>{as_of}</p>\n");
    for section in &page.sections {
        out.push_str(&format!("<section>\n<h2>{}</h2>\n<ul>\n", escaped(section.title)));
        for (label, value) in &section.lines {
            let value = escaped(value);
            match label {
                Some(label) => out.push_str(&format!("<li><b>{}</b>: {value}</li>\n", escaped(label))),
                None => out.push_str(&format!("<li>{value}</li>\n")),
            }
        }
        out.push_str("</ul>\n</section>\n");
    }
    out.push_str("</article>\n");
    out
}

/// Without line breaks and control characters, which would forge lines of their own.
fn one_line(text: &str) -> String {
    let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    text.chars().map(|c| if breaks(c) { ' ' } else { c }).collect()
}

fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in one_line(text).chars() {
        if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '&' | '!') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in one_line(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::sections::Section;
    use super::*;

    #[test]
    fn nothing_from_outside_becomes_markup() {
        let evil = "<script>alert('x')</script>\n## *bold* [a](javascript:b) & \"q\"";
        let page = Page {
            language: Language::English,
            title: evil.to_owned(),
            as_of: "now".to_owned(),
            sections: vec![Section { title: "Who", lines: vec![(Some(evil.to_owned()), evil.to_owned())] }],
        };
        let html = html(&page);
        assert!(!html.contains("<script") && !html.contains("alert('"), "{html}");
        assert!(html.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; ## *bold*"), "{html}");
        let markdown = markdown(&page);
        assert_eq!(markdown.lines().filter(|line| line.starts_with("##")).count(), 1, "{markdown}");
        assert!(markdown.contains(r"\<script\>") && markdown.contains(r"\*bold\* \[a\](javascript:b)"));
        assert_eq!(text(&page).lines().count(), 5);
    }
}
