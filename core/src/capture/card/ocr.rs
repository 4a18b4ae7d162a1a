//! The lines of a card, from top to bottom: what marks itself first (addresses, numbers), then what words tell,
//! then the name among what is left.

use super::words::{DEPARTMENTS, ENGLISH_TITLES, FAX_LABELS, MOBILE_LABELS, PHONE_LABELS, STREETS, TITLES};
use super::{Card, CardField};
use crate::capture::cleanse::{company, place, text};

/// No card has more lines, and no line more characters.
const MAX_LINES: usize = 200;
const MAX_CHARS: usize = 300;

pub(super) fn read<'a>(lines: impl IntoIterator<Item = &'a str>) -> Card {
    let mut card = Card::default();
    let mut open: Vec<String> = Vec::new();
    let mut after_address = false;
    for line in lines.into_iter().take(MAX_LINES) {
        let line: String = line.chars().take(MAX_CHARS).collect();
        let line = text::spaces(&text::width(&line));
        let rest = marked(&line, &mut card);
        let rest = rest
            .trim_matches(|c: char| c.is_whitespace() || matches!(c, '/' | '|' | ',' | ':' | '・'))
            .to_owned();
        if rest.is_empty() {
            after_address = false;
            continue;
        }
        if is_address(&rest) {
            address(&rest, &mut card);
            after_address = true;
        } else if after_address && is_building(&rest) {
            if let Some(entry) = card.entries.iter_mut().rev().find(|entry| entry.field == CardField::Address)
            {
                entry.value = format!("{} {rest}", entry.value);
            }
        } else {
            after_address = false;
            if !company_of(&rest, &mut card) {
                open.push(rest);
            }
        }
    }
    let open: Vec<String> = open.iter().filter_map(|line| roles(line, &mut card)).collect();
    names(open, &mut card);
    card
}

/// Takes mail addresses, web addresses, numbers and postal codes out of a line; returns what is left.
fn marked(line: &str, card: &mut Card) -> String {
    let mut left: Vec<&str> = Vec::new();
    for word in line.split(' ') {
        let bare = strip_label(word);
        if let Some(address) = mail(bare) {
            card.add(CardField::Email, address, 980_000);
        } else if let Some(address) = web(bare) {
            card.add(CardField::Url, address, 970_000);
        } else {
            left.push(word);
        }
    }
    let found_word = left.len() < line.split(' ').count();
    let left = left.join(" ");
    let left = postal(&left, card);
    let left = numbers(&left, card);
    // A label whose value was taken says nothing more.
    let lower = left.to_lowercase();
    let label = lower.trim_matches(|c: char| !c.is_alphanumeric());
    let labels = [
        "e-mail",
        "email",
        "mail",
        "メール",
        "url",
        "web",
        "hp",
        "website",
        "homepage",
        "tel",
        "fax",
        "電話",
        "携帯",
        "mobile",
    ];
    if labels.contains(&label) && (found_word || label.len() < line.len()) { String::new() } else { left }
}

fn strip_label(word: &str) -> &str {
    let lower = word.to_ascii_lowercase();
    for label in ["e-mail:", "email:", "mail:", "url:", "web:", "hp:", "e:", "メール:"] {
        if lower.starts_with(label) {
            return word.get(label.len()..).unwrap_or(word);
        }
    }
    word
}

fn mail(word: &str) -> Option<&str> {
    let word = word.trim_matches(|c: char| matches!(c, '<' | '>' | '(' | ')' | ',' | ';' | '"'));
    let (local, domain) = word.split_once('@')?;
    let fine = |part: &str| !part.is_empty() && part.is_ascii() && !part.contains(['@', ' ', ':', '/']);
    let dotted = domain.split('.').count() > 1 && domain.split('.').all(|label| !label.is_empty());
    (fine(local) && fine(domain) && dotted).then_some(word)
}

fn web(word: &str) -> Option<&str> {
    let word = word.trim_matches(|c: char| matches!(c, '<' | '>' | '(' | ')' | ',' | ';' | '"'));
    let lower = word.to_ascii_lowercase();
    let marked = ["http://", "https://", "www."].iter().any(|start| lower.starts_with(start));
    (marked && lower.contains('.') && word.is_ascii()).then_some(word)
}

/// `〒100-0001`, or `100-0001` before an address.
fn postal(line: &str, card: &mut Card) -> String {
    let (start, marked) = match line.find('〒') {
        Some(at) => (at, true),
        None => (0, false),
    };
    let (before, tail) = line.split_at_checked(start).unwrap_or((line, ""));
    let tail = tail.trim_start_matches(['〒', ' ']);
    let length = tail
        .char_indices()
        .find(|(_, c)| !(c.is_ascii_digit() || text::is_dash(*c)))
        .map_or(tail.len(), |(at, _)| at);
    let (code, rest) = tail.split_at_checked(length).unwrap_or((tail, ""));
    let Some(digits) = place::postal_digits(code) else { return line.to_owned() };
    let spelled = code.chars().any(text::is_dash);
    if !(marked || spelled && is_address(rest.trim_start_matches([',', ' ']))) {
        return line.to_owned();
    }
    let (area, local) = digits.split_at_checked(3).unwrap_or((&digits, ""));
    card.add(CardField::PostalCode, &format!("{area}-{local}"), if marked { 990_000 } else { 930_000 });
    format!("{before}{rest}").trim().to_owned()
}

/// Takes telephone numbers out of a line.
fn numbers(line: &str, card: &mut Card) -> String {
    let chars: Vec<char> = line.chars().collect();
    let mut left = String::new();
    let mut at = 0;
    while let Some(c) = chars.get(at) {
        let starts = matches!(c, '0'..='9' | '+' | '(');
        let inside_word = at > 0 && chars.get(at - 1).is_some_and(|before| before.is_ascii_alphanumeric());
        if !starts || inside_word {
            left.push(*c);
            at += 1;
            continue;
        }
        let run: String = chars
            .get(at..)
            .unwrap_or(&[])
            .iter()
            .take_while(|c| {
                c.is_ascii_digit() || matches!(c, '+' | '(' | ')' | ' ' | '.' | '/') || text::is_dash(**c)
            })
            .collect();
        // Two numbers may be told apart by a slash only.
        let run = run.split('/').next().unwrap_or(&run).trim_end_matches([' ', '(', '.']).to_owned();
        let digits = run.chars().filter(char::is_ascii_digit).count();
        let dialled = run.starts_with(['+', '0', '(']) || digits >= 10;
        if (9..=15).contains(&digits) && dialled {
            number(&run, &left, card);
            left = without_label(&left);
        } else {
            left.push_str(&run);
        }
        at += run.chars().count().max(1);
    }
    left.trim().to_owned()
}

fn number(run: &str, before: &str, card: &mut Card) {
    let before = before.trim_end().to_lowercase();
    let before = before.trim_end_matches([':', '.', ' ', '(', ')', '/', '：']);
    let ends = |labels: &[&str]| labels.iter().any(|label| before.ends_with(label.trim_end_matches(':')));
    let digits: String = run.chars().filter(char::is_ascii_digit).collect();
    let local =
        digits.strip_prefix("81").map_or(digits.clone(), |rest| format!("0{}", rest.trim_start_matches('0')));
    let cell = ["070", "080", "090"].iter().any(|start| local.starts_with(start)) && local.len() == 11;
    let (field, sure) = match () {
        () if ends(&FAX_LABELS) || before == "f" => (CardField::Fax, 970_000),
        () if ends(&MOBILE_LABELS) || before == "m" => (CardField::Mobile, 970_000),
        () if cell => (CardField::Mobile, 930_000),
        () if ends(&PHONE_LABELS) || before == "t" => (CardField::Phone, 970_000),
        () => (CardField::Phone, 850_000),
    };
    card.add(field, run, sure);
}

/// What stands before a number without the label of it.
fn without_label(before: &str) -> String {
    let trimmed = before.trim_end_matches([':', '.', ' ', '/', '(', ')', '：']);
    let lower = trimmed.to_lowercase();
    for label in FAX_LABELS.iter().chain(&MOBILE_LABELS).chain(&PHONE_LABELS) {
        let label = label.trim_end_matches(':');
        if let Some(rest) = lower.strip_suffix(label) {
            let kept = trimmed.chars().take(rest.chars().count()).collect::<String>();
            if label.chars().count() > 1 || rest.is_empty() || rest.ends_with(' ') {
                return kept.trim_end_matches([' ', ':', '.', '/']).to_owned();
            }
        }
    }
    if matches!(lower.as_str(), "f" | "m" | "t" | "p") { String::new() } else { before.to_owned() }
}

fn is_address(line: &str) -> bool {
    let place = place::locate(line);
    if place.prefecture.is_some() && (place.city.is_some() || place.rest.chars().any(|c| c.is_ascii_digit()))
    {
        return true;
    }
    let lower = line.to_lowercase();
    let words: Vec<&str> = lower.split([' ', ',']).collect();
    let digit = lower.chars().any(|c| c.is_ascii_digit());
    digit && line.is_ascii() && words.iter().any(|word| STREETS.contains(word))
        || digit
            && line.is_ascii()
            && words
                .iter()
                .any(|word| word.ends_with("-ku") || word.ends_with("-shi") || word.ends_with("-cho"))
}

fn is_building(line: &str) -> bool {
    let ends = ["階", "F", "号室", "号", "ビル", "タワー", "ビルディング"];
    line.chars().count() <= 40 && ends.iter().any(|end| line.ends_with(end))
        || line
            .to_lowercase()
            .split(' ')
            .any(|word| matches!(word, "floor" | "suite" | "bldg." | "bldg" | "fl."))
}

fn address(line: &str, card: &mut Card) {
    let place = place::locate(line);
    let sure = if place.prefecture.is_some() && !place.inferred { 960_000 } else { 850_000 };
    card.add(CardField::Address, line, sure);
    if let Some(prefecture) = place.prefecture {
        card.add(CardField::Region, prefecture, if place.inferred { 900_000 } else { 980_000 });
    }
    if let Some(city) = place.city {
        card.add(CardField::City, &city, 940_000);
    }
    if line.is_ascii() {
        in_latin(line, card);
    }
}

/// A Japanese address as abroad: `1-2-3 Marunouchi, Chiyoda-ku, Tokyo 100-0005`. A city stays as it is spelled.
fn in_latin(line: &str, card: &mut Card) {
    let words: Vec<&str> = line.split([' ', ',']).filter(|word| !word.is_empty()).collect();
    let ends = |word: &str, ends: &[&str]| {
        let lower = word.to_ascii_lowercase();
        ends.iter().any(|end| lower.ends_with(end))
    };
    let mut city: Vec<&str> = words.iter().copied().filter(|word| ends(word, &["-shi", "-ku"])).collect();
    if city.is_empty() {
        city.extend(words.iter().copied().find(|word| ends(word, &["-cho", "-machi", "-mura", "-son"])));
    }
    let code = |word: &&&str| word.len() == 8 && word.as_bytes().get(3) == Some(&b'-');
    let code = words.iter().find(code).and_then(|word| place::postal_digits(word));
    // Nara Street is anywhere.
    if city.is_empty() && code.is_none() && !words.iter().any(|word| ends(word, &["japan"])) {
        return;
    }
    // The prefecture comes after a city of its name.
    if let Some(prefecture) = words.iter().rev().find_map(|word| place::prefecture(word)) {
        card.add(CardField::Region, prefecture, 950_000);
    }
    card.add(CardField::City, &city.join(", "), 900_000);
    if let Some((area, local)) = code.as_deref().and_then(|digits| digits.split_at_checked(3)) {
        card.add(CardField::PostalCode, &format!("{area}-{local}"), 930_000);
    }
}

fn company_of(line: &str, card: &mut Card) -> bool {
    let read = company::read(line);
    if read.form.is_none() || read.name.is_empty() {
        return false;
    }
    card.add(CardField::Company, line, 960_000);
    true
}

/// Takes departments and titles out of a line; what is left may be a name.
fn roles(line: &str, card: &mut Card) -> Option<String> {
    if line.is_ascii() {
        let lower = line.to_lowercase();
        let words: Vec<&str> = lower.split([' ', ',', '/', '&']).filter(|word| !word.is_empty()).collect();
        if words.iter().any(|word| ENGLISH_TITLES.contains(word)) {
            // `Manager, Sales Department`
            let (mut titles, mut departments) = (Vec::new(), Vec::new());
            for part in line.split(',').map(str::trim) {
                let last = part.rsplit(' ').next().unwrap_or("").to_lowercase();
                if DEPARTMENTS.contains(&last.as_str()) { departments.push(part) } else { titles.push(part) }
            }
            card.add(CardField::Department, &departments.join(", "), 900_000);
            card.add(CardField::Title, &titles.join(", "), 900_000);
            return None;
        }
        if words.last().is_some_and(|last| DEPARTMENTS.contains(last)) {
            card.add(CardField::Department, line, 900_000);
            return None;
        }
        return Some(line.to_owned());
    }
    let (mut left, mut departments) = (Vec::new(), Vec::new());
    for word in line.split(' ') {
        if TITLES.iter().any(|title| word.ends_with(title)) {
            // `営業部長`: the department is in the title; `営業部部長`: it stands before it.
            match TITLES.iter().find_map(|title| word.strip_suffix(title)) {
                Some(before) if is_department(before) => {
                    departments.push(before);
                    card.add(CardField::Title, word.strip_prefix(before).unwrap_or(word), 930_000);
                }
                _ => card.add(CardField::Title, word, 950_000),
            }
        } else if is_department(word) {
            departments.push(word);
        } else {
            left.push(word);
        }
    }
    card.add(CardField::Department, &departments.join(" "), 930_000);
    let left = left.join(" ");
    (!left.is_empty()).then_some(left)
}

fn is_department(word: &str) -> bool {
    word.chars().count() >= 2 && DEPARTMENTS.iter().any(|end| word.ends_with(end) && word != *end)
}

/// The name among the lines that are left, and how it is read.
fn names(open: Vec<String>, card: &mut Card) {
    let kana = |line: &str| {
        line.chars().all(|c| matches!(c, '\u{3041}'..='\u{30ff}' | ' '))
            && (2..=24).contains(&line.chars().count())
    };
    let mut best: Option<(u32, usize)> = None;
    for (index, line) in open.iter().enumerate() {
        if let Some(sure) = name_likeness(line)
            && best.is_none_or(|(known, _)| sure > known)
        {
            best = Some((sure, index));
        }
    }
    for (index, line) in open.into_iter().enumerate() {
        match best {
            Some((sure, at)) if at == index => card.add(CardField::Name, &line, sure),
            _ if kana(&line) => card.add(CardField::NameKana, &line, 900_000),
            _ => card.rest.push(line),
        }
    }
}

/// How likely a line is a person's name, in millionths.
fn name_likeness(line: &str) -> Option<u32> {
    let count = line.chars().filter(|c| *c != ' ').count();
    let words: Vec<&str> = line.split(' ').collect();
    if line.is_ascii() {
        let capital = |word: &&str| {
            word.starts_with(|c: char| c.is_ascii_uppercase())
                && word.chars().all(|c| c.is_ascii_alphabetic() || matches!(c, '.' | '-' | '\''))
        };
        return ((2..=4).contains(&words.len()) && words.iter().all(capital)).then_some(750_000);
    }
    let japanese = line
        .chars()
        .all(|c| matches!(c, ' ' | '々' | 'ヶ' | '\u{3041}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}'));
    let kanji = line.chars().any(|c| matches!(c, '\u{4e00}'..='\u{9fff}'));
    match (japanese, kanji, count, words.len()) {
        (true, true, 2..=8, 2) => Some(900_000),
        // Letters set apart: 山 田 太 郎.
        (true, true, 3..=6, 3..=6) if words.iter().all(|word| word.chars().count() == 1) => Some(850_000),
        (true, true, 2..=6, 1) => Some(800_000),
        (true, false, 3..=10, 2) => Some(600_000),
        _ => None,
    }
}
