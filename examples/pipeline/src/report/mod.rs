//! One HTML page that holds everything it needs: figures, charts, the hottest leads with reasons.

pub mod charts;

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::summary::{Summary, percent, rank_name, thousands};
use crate::words::{Language, Words};

/// The whole page. Every text from the data is escaped; the page itself allows no script and no connection.
#[must_use]
pub fn html(summary: &Summary, language: Language) -> String {
    let words = language.words();
    let mut page = format!(
        r#"<!doctype html><html lang="{}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"><title>{} · {}</title><style>{}</style></head><body><main><header><h1>{} · {}</h1><p>{} {}</p></header>"#,
        words.code,
        words.title,
        escape(&summary.playbook),
        include_str!("style.css"),
        words.title,
        escape(&summary.playbook),
        words.as_of,
        escape(&summary.as_of),
    );
    tiles(&mut page, summary, words);
    page.push_str(r#"<div class="grid">"#);
    if let Some(card) = summary.cards.first() {
        let title = format!("{} · {}", words.rank_chart, card.label);
        figure(&mut page, &title, "", &charts::ranks(card, summary.leads, words));
        if summary.cards.len() > 1 {
            figure(&mut page, words.card_chart, "", &charts::cards(&summary.cards, words));
        }
        let chart = charts::histogram(&summary.points, card, words);
        figure(&mut page, &format!("{} · {}", words.histogram, card.label), words.histogram_note, &chart);
        let chart = charts::map(&summary.points, card, words);
        figure(&mut page, &format!("{} · {}", words.map, card.label), words.map_note, &chart);
    }
    rank_table(&mut page, summary, words);
    segments(&mut page, summary, words);
    hottest(&mut page, summary, words);
    if !summary.notes.is_empty() {
        let _ = write!(page, r#"<section class="card wide"><h2>{}</h2><ul>"#, words.notes);
        for note in &summary.notes {
            let _ = write!(page, "<li>{}</li>", escape(&note.text(language)));
        }
        page.push_str("</ul></section>");
    }
    let _ = write!(page, "</div><footer>{}</footer></main></body></html>", words.footer);
    page.push('\n');
    page
}

/// A text that is nothing but text in HTML, in elements and in quoted attributes.
///
/// ```
/// assert_eq!(pipeline::report::escape("<b title='x'>&\""), "&lt;b title=&#39;x&#39;&gt;&amp;&quot;");
/// ```
#[must_use]
pub fn escape(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>', '"', '\'', '\0']) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\0' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

fn tiles(page: &mut String, summary: &Summary, words: &Words) {
    page.push_str(r#"<div class="tiles">"#);
    let main = summary.cards.first();
    let hot = main.map_or(0, |card| card.ranks.values().map(|tally| tally.hot).sum());
    let mut figures = vec![
        (words.leads, thousands(summary.leads)),
        (words.hot, thousands(hot)),
        (words.activities, thousands(summary.activities)),
        (words.rejected, thousands(summary.rejected)),
    ];
    if let (Some(_), Some(card)) = (&summary.outcome, main) {
        let converted = card.ranks.values().map(|tally| tally.converted).sum();
        figures.push((words.conversion, percent(converted, summary.leads)));
    }
    for (word, figure) in figures {
        let _ = write!(page, r#"<div class="tile"><span>{word}</span><b>{figure}</b></div>"#);
    }
    page.push_str("</div>");
}

fn figure(page: &mut String, title: &str, note: &str, chart: &str) {
    let _ = write!(page, r#"<section class="card"><h2>{}</h2>"#, escape(title));
    if !note.is_empty() {
        let _ = write!(page, r#"<p class="note">{note}</p>"#);
    }
    let _ = write!(page, "{chart}</section>");
}

fn rank_table(page: &mut String, summary: &Summary, words: &Words) {
    let Some(card) = summary.cards.first() else { return };
    let _ = write!(
        page,
        r#"<section class="card"><h2>{} · {}</h2><div class="scroll"><table><tr><th>{}</th><th>{}</th><th>{}</th><th>{}</th>"#,
        words.rank,
        escape(&card.label),
        words.rank,
        words.leads,
        words.share,
        words.hot,
    );
    if summary.outcome.is_some() {
        let _ = write!(page, "<th>{}</th><th>{}</th>", words.converted, words.conversion);
    }
    page.push_str("</tr>");
    for (index, (name, tally)) in card.ranks.iter().enumerate() {
        let _ = write!(
            page,
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td>",
            badge(index, name, words),
            thousands(tally.leads),
            percent(tally.leads, summary.leads),
            thousands(tally.hot),
        );
        if summary.outcome.is_some() {
            let _ = write!(
                page,
                "<td>{}</td><td>{}</td>",
                thousands(tally.converted),
                percent(tally.converted, tally.leads)
            );
        }
        page.push_str("</tr>");
    }
    page.push_str("</table></div>");
    if let Some(outcome) = &summary.outcome {
        let _ = write!(page, r#"<p class="note">{}: {}</p>"#, words.converted, escape(outcome));
    }
    page.push_str("</section>");
}

fn segments(page: &mut String, summary: &Summary, words: &Words) {
    if summary.segments.is_empty() {
        return;
    }
    let _ = write!(
        page,
        r#"<section class="card"><h2>{}</h2><div class="scroll"><table><tr><th>{}</th><th>{}</th><th>{}</th></tr>"#,
        words.segments, words.segment, words.leads, words.share,
    );
    for (name, members) in &summary.segments {
        let _ = write!(
            page,
            "<tr><td>{}</td><td>{}</td><td>{}</td></tr>",
            escape(name),
            thousands(*members),
            percent(*members, summary.leads),
        );
    }
    page.push_str("</table></div></section>");
}

fn hottest(page: &mut String, summary: &Summary, words: &Words) {
    let _ = write!(page, r#"<section class="card wide"><h2>{}</h2>"#, words.hottest);
    if summary.hottest.is_empty() {
        let _ = write!(page, r#"<p class="note">{}</p></section>"#, words.nobody);
        return;
    }
    page.push_str(r#"<ol class="hot">"#);
    let card = summary.cards.first();
    for lead in &summary.hottest {
        let index = card.and_then(|card| card.ranks.get_index_of(&lead.rank)).unwrap_or(usize::MAX);
        let name = if lead.name.is_empty() { &lead.id } else { &lead.name };
        let _ = write!(
            page,
            r#"<li><h3>{} <span>{}</span> <small>{}</small><b>{}</b></h3><pre>{}</pre></li>"#,
            badge(index, &lead.rank, words),
            escape(name),
            if lead.name.is_empty() { Cow::Borrowed("") } else { escape(&lead.id) },
            escape(&lead.total),
            reasons(&lead.reasons),
        );
    }
    page.push_str("</ol></section>");
}

/// The reasons line by line; those that are not indented head a scorecard.
fn reasons(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let escaped = escape(line);
        if line.starts_with(' ') { escaped.into_owned() } else { format!("<b>{escaped}</b>") }
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn badge(index: usize, name: &str, words: &Words) -> String {
    format!(
        r#"<span class="badge b{}">{}</span>"#,
        charts::colour(index, name),
        escape(rank_name(name, words))
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::note::Note;
    use crate::summary::{Card, Hottest, Point, Tally};

    #[test]
    fn hostile_text_stays_text() {
        let hostile = "</pre><script>alert('x')</script>\"&";
        let tally = Tally { leads: 1, hot: 1, converted: 0 };
        let card = Card {
            label: hostile.to_owned(),
            ranks: [(hostile.to_owned(), tally), (String::new(), tally)].into(),
        };
        let summary = Summary {
            playbook: hostile.to_owned(),
            as_of: hostile.to_owned(),
            leads: 2,
            cards: vec![card.clone(), card],
            points: vec![Point { fit: 1.0, engagement: 2.0, total: 3.0, rank: 0 }],
            segments: vec![(hostile.to_owned(), 1)],
            hottest: vec![Hottest {
                id: hostile.to_owned(),
                name: hostile.to_owned(),
                rank: hostile.to_owned(),
                total: "3".to_owned(),
                reasons: hostile.to_owned(),
            }],
            outcome: Some(hostile.to_owned()),
            notes: vec![Note::Undeclared(hostile.to_owned(), 1)],
            ..Summary::default()
        };
        for language in [Language::En, Language::Ja] {
            let page = html(&summary, language);
            assert!(!page.contains("<script"), "escaped everywhere");
            assert!(page.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot;&amp;"));
            for outside in ["http:", "https:", "url(", "@import", "src=", "href="] {
                assert!(!page.contains(outside), "self-contained: {outside}");
            }
        }
    }

    #[test]
    fn nothing_at_all_still_makes_a_page() {
        let page = html(&Summary::default(), Language::En);
        assert!(page.contains("No lead has a rank."));
        assert!(!page.contains("NaN") && !page.contains("inf"));
    }
}
