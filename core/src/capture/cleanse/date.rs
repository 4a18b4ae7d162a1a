//! Dates and times as people and systems write them: `2026/4/8`, `令和8年4月8日`, `15 Apr, 2021 00:03:00`.

use chrono::{NaiveDate, NaiveTime};

use super::policy::DateOrder;
use super::text;
use crate::base::time::{Instant, Zone};

/// A date, with the time of day and the offset where the text has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    pub(crate) date: NaiveDate,
    pub(crate) time: Option<NaiveTime>,
    /// Seconds east of UTC.
    pub(crate) offset: Option<i32>,
}

impl Moment {
    /// `2026-04-08`.
    pub(crate) fn date_text(self) -> String {
        self.date.to_string()
    }

    /// The instant; midnight where there is no time of day, in `zone` where there is no offset.
    pub(crate) fn instant(self, zone: Zone) -> Option<Instant> {
        let local = self.date.and_time(self.time.unwrap_or(NaiveTime::MIN)).and_utc().timestamp_micros();
        let micros = match self.offset {
            Some(seconds) => local.checked_sub(i64::from(seconds) * 1_000_000)?,
            None => {
                // What the zone's clock shows at a guess tells how far the guess is off; twice, since the offset
                // may change in between.
                let mut guess = local;
                for _ in 0..2 {
                    guess = guess.checked_add(local.checked_sub(zone.local_micros(guess))?)?;
                }
                guess
            }
        };
        Instant::from_micros(micros)
    }
}

/// The moment that a text names. `order` decides `04/05/2026`, which is refused without it.
pub(crate) fn moment(raw: &str, order: Option<DateOrder>) -> Option<Moment> {
    if raw.len() > 80 {
        return None;
    }
    let tokens = lex(&text::word(raw))?;
    let mut cursor = Cursor { tokens: &tokens, at: 0 };
    let date = cursor.date(order)?;
    let (time, offset) = cursor.time()?;
    cursor.end().then_some(Moment { date, time, offset })
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    /// The number and how many digits it was written with.
    Number(u32, usize),
    Word(String),
    Sign(char),
}

fn lex(word: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = word;
    while let Some(c) = rest.chars().next() {
        let class = class(c);
        let end = if class == Class::Sign {
            c.len_utf8()
        } else {
            rest.char_indices()
                .find(|(_, other)| self::class(*other) != class)
                .map_or(rest.len(), |(at, _)| at)
        };
        let (head, tail) = rest.split_at_checked(end)?;
        match class {
            Class::Digit => {
                tokens.push(Token::Number(head.get(..head.len().min(9))?.parse().ok()?, head.len()))
            }
            Class::Word => tokens.push(Token::Word(head.to_owned())),
            Class::Sign if c == ' ' => {}
            Class::Sign => tokens.push(Token::Sign(c)),
        }
        rest = tail;
    }
    Some(tokens)
}

#[derive(PartialEq, Clone, Copy)]
enum Class {
    Digit,
    Word,
    Sign,
}

fn class(c: char) -> Class {
    match c {
        '0'..='9' => Class::Digit,
        // Each of these is a word of its own, whatever stands beside it.
        '元' | '年' | '月' | '日' | '時' | '分' | '秒' => Class::Sign,
        _ if c.is_alphabetic() => Class::Word,
        _ => Class::Sign,
    }
}

struct Cursor<'t> {
    tokens: &'t [Token],
    at: usize,
}

impl Cursor<'_> {
    fn end(&self) -> bool {
        self.at >= self.tokens.len()
    }

    fn number(&mut self) -> Option<(u32, usize)> {
        let Token::Number(number, digits) = self.tokens.get(self.at)? else { return None };
        self.at += 1;
        Some((*number, *digits))
    }

    fn peek_word(&self) -> Option<&str> {
        match self.tokens.get(self.at)? {
            Token::Word(word) => Some(word),
            _ => None,
        }
    }

    /// Takes one of these signs, if it comes next.
    fn sign(&mut self, signs: &[char]) -> Option<char> {
        let Token::Sign(sign) = self.tokens.get(self.at)? else { return None };
        let sign = *sign;
        signs.contains(&sign).then(|| {
            self.at += 1;
            sign
        })
    }

    fn word(&mut self, words: &[&str]) -> bool {
        let found = self.peek_word().is_some_and(|word| words.contains(&word));
        self.at += usize::from(found);
        found
    }

    fn date(&mut self, order: Option<DateOrder>) -> Option<NaiveDate> {
        self.weekday();
        self.sign(&[',']);
        if let Some(word) = self.peek_word() {
            if let Some(month) = month(word) {
                self.at += 1;
                self.sign(&['.']);
                let (day, _) = self.number()?;
                self.word(&["st", "nd", "rd", "th"]);
                self.sign(&[',']);
                let (year, 4) = self.number()? else { return None };
                return date(year, month, day);
            }
            let (start, longest) = era(word)?;
            self.at += 1;
            self.sign(&['.']);
            let year = if self.sign(&['元']).is_some() { 1 } else { self.number()?.0 };
            let (month, day) = self.month_and_day()?;
            return (1..=longest).contains(&year).then(|| date(start + year, month, day))?;
        }
        let (first, digits) = self.number()?;
        if digits == 8 && !matches!(self.tokens.get(self.at), Some(Token::Number(..))) {
            return date(first / 10_000, first / 100 % 100, first % 100);
        }
        if digits == 4 {
            let (month, day) = self.month_and_day()?;
            return date(first, month, day);
        }
        if digits > 2 {
            return None;
        }
        self.word(&["st", "nd", "rd", "th"]);
        self.sign(&['-', '.']);
        if let Some(month) = self.peek_word().and_then(month) {
            self.at += 1;
            self.sign(&['.']);
            self.sign(&[',', '-']);
            let (year, 4) = self.number()? else { return None };
            return date(year, month, first);
        }
        // `31/12/2026`, `12.31.2026`; a dash or a point was taken above.
        self.sign(&['/']);
        let (second, _) = self.number()?;
        self.sign(&['/', '-', '.'])?;
        let (year, 4) = self.number()? else { return None };
        match (first > 12, second > 12, order) {
            (true, false, _) | (false, false, Some(DateOrder::DayFirst)) => date(year, second, first),
            (false, true, _) | (false, false, Some(DateOrder::MonthFirst)) => date(year, first, second),
            _ if first == second => date(year, first, second),
            _ => None,
        }
    }

    /// `年4月8日`, `/4/8`, `-04-08`, `.4.8`, and the weekday in brackets that may follow.
    fn month_and_day(&mut self) -> Option<(u32, u32)> {
        let separator = self.sign(&['年', '/', '-', '.'])?;
        let (month, _) = self.number().filter(|(_, digits)| *digits <= 2)?;
        self.sign(if separator == '年' { &['月'] } else { &['/', '-', '.'] })?;
        let (day, _) = self.number().filter(|(_, digits)| *digits <= 2)?;
        if separator == '年' {
            self.sign(&['日'])?;
        }
        if self.sign(&['(']).is_some() {
            // `(水)`, `(日)`: 日 and 月 are signs of their own here.
            if !self.weekday() {
                self.sign(&['日', '月'])?;
            }
            self.sign(&[')'])?;
        }
        Some((month, day))
    }

    fn weekday(&mut self) -> bool {
        const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
        let known = |word: &str| {
            ["火", "水", "木", "金", "土", "火曜", "水曜", "木曜", "金曜", "土曜"].contains(&word)
                || (DAYS.iter().any(|day| word.starts_with(day))
                    && (word.len() == 3 || word.ends_with("day")))
        };
        let found = self.peek_word().is_some_and(known);
        self.at += usize::from(found);
        found
    }

    /// Nothing, or a time of day with or without an offset; `None` if what follows is neither.
    fn time(&mut self) -> Option<(Option<NaiveTime>, Option<i32>)> {
        if self.end() {
            return Some((None, None));
        }
        self.sign(&[',']);
        self.word(&["t", "at"]);
        let mut half = self.half();
        let (mut hour, digits) = self.number()?;
        if digits > 2 {
            return None;
        }
        let (mut minute, mut second, mut micro) = (0, 0, 0);
        match self.sign(&[':', '時']) {
            Some(':') => {
                minute = self.number().filter(|(_, digits)| *digits == 2)?.0;
                if self.sign(&[':']).is_some() {
                    second = self.number().filter(|(_, digits)| *digits == 2)?.0;
                    if self.sign(&['.', ',']).is_some() {
                        let (fraction, digits) = self.number()?;
                        let power = u32::try_from(digits.min(9)).ok()?;
                        micro = u32::try_from(u64::from(fraction) * 1_000_000 / 10_u64.pow(power)).ok()?;
                    }
                }
            }
            Some(_) => {
                if let Some((number, _)) = self.number() {
                    minute = number;
                    self.sign(&['分'])?;
                }
                if let Some((number, _)) = self.number() {
                    second = number;
                    self.sign(&['秒'])?;
                }
            }
            // `3 PM`
            None if half.is_none() && matches!(self.peek_word(), Some("am" | "pm")) => {}
            None => return None,
        }
        if half.is_none() {
            half = self.half();
        }
        if let Some(afternoon) = half {
            if hour > 12 {
                return None;
            }
            hour = hour % 12 + if afternoon { 12 } else { 0 };
        }
        let time = NaiveTime::from_hms_micro_opt(hour, minute, second, micro)?;
        let offset = self.offset()?;
        Some((Some(time), offset))
    }

    /// Whether a half of the day was named, and if so whether it is the second.
    fn half(&mut self) -> Option<bool> {
        if self.word(&["am", "午前"]) {
            Some(false)
        } else if self.word(&["pm", "午後"]) {
            Some(true)
        } else {
            None
        }
    }

    fn offset(&mut self) -> Option<Option<i32>> {
        let named = self.word(&["z", "utc", "gmt"]);
        if named && self.end() {
            return Some(Some(0));
        }
        if !named && self.word(&["jst"]) {
            return Some(Some(9 * 3_600));
        }
        let Some(sign) = self.sign(&['+', '-']) else { return Some(named.then_some(0)) };
        let (number, digits) = self.number()?;
        let (hours, minutes) = match digits {
            4 => (number / 100, number % 100),
            1 | 2 if self.sign(&[':']).is_some() => (number, self.number()?.0),
            1 | 2 => (number, 0),
            _ => return None,
        };
        let seconds = i32::try_from(hours * 3_600 + minutes * 60).ok()?;
        (hours <= 14 && minutes < 60).then_some(Some(if sign == '-' { -seconds } else { seconds }))
    }
}

fn date(year: u32, month: u32, day: u32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(i32::try_from(year).ok().filter(|year| (1..=9999).contains(year))?, month, day)
}

fn month(word: &str) -> Option<u32> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let index = MONTHS.iter().position(|month| {
        word == *month || month.get(..3) == Some(word) || (word == "sept" && *month == "september")
    })?;
    u32::try_from(index + 1).ok()
}

/// The year before the era's first, and its longest number in use.
fn era(word: &str) -> Option<(u32, u32)> {
    Some(match word {
        "令和" | "令" | "r" => (2018, 99),
        "平成" | "平" | "h" => (1988, 35),
        "昭和" | "昭" | "s" => (1925, 64),
        "大正" | "大" | "t" => (1911, 15),
        "明治" | "明" | "m" => (1867, 45),
        _ => return None,
    })
}
