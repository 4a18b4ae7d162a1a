//! Reading the columns of a table, with every problem told at its place.

use std::collections::HashMap;

use rust_decimal::Decimal;

use super::rows::Rows;
use super::table::Cell;
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::error::Error;
use crate::base::suggest::nearest;
use crate::base::time::{Instant, ParseInstantError, date_micros};

/// Problems that are told of one table: thousands of rows with the same fault need not all be named.
const TOLD: usize = 20;

/// Reads the columns of one table and keeps what is wrong with them.
pub(crate) struct Reader<'f> {
    frame: &'f Rows,
    table: &'static str,
    problems: Vec<Diagnostic>,
}

/// Names as numbers: a column of texts, each text held once.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names {
    names: Vec<String>,
    // Looked up, never walked through: its order cannot matter.
    index: HashMap<String, usize>,
}

impl Names {
    pub(crate) fn code(&mut self, name: &str) -> usize {
        if let Some(code) = self.index.get(name) {
            return *code;
        }
        let code = self.names.len();
        self.names.push(name.to_owned());
        self.index.insert(name.to_owned(), code);
        code
    }

    pub(crate) fn into_names(self) -> Vec<String> {
        self.names
    }
}

impl<'f> Reader<'f> {
    pub(crate) fn new(frame: &'f Rows, table: &'static str) -> Self {
        Self { frame, table, problems: Vec::new() }
    }

    /// What was wrong, if anything was.
    pub(crate) fn finish(self) -> Result<(), Error> {
        if self.problems.is_empty() { Ok(()) } else { Err(Error::calls(self.problems)) }
    }

    pub(crate) fn has(&self, column: &str) -> bool {
        self.frame.column(column).is_some()
    }

    fn cells(&mut self, column: &str) -> &'f [Cell] {
        if let Some(cells) = self.frame.column(column) {
            return cells;
        }
        // A table without a row need not say which columns it would have.
        if self.frame.height() == 0 {
            return &[];
        }
        let message = format!("the table `{}` has no column `{column}`", self.table);
        let known = nearest(column, self.frame.names());
        let diagnostic = Diagnostic::error(Code::BadTable, message).at(format!("/{}", self.table));
        self.problems.push(diagnostic.with_help("name the column that holds it").did_you_mean(known));
        &[]
    }

    fn tell(&mut self, column: &str, row: usize, what: &str, help: &str) {
        let place = format!("/{}/{column}/{row}", self.table);
        let told = self.problems.iter().any(|problem| problem.path.as_ref() == Some(&place));
        if !told && self.problems.len() < TOLD {
            let diagnostic = Diagnostic::error(Code::BadTable, what.to_owned()).at(place);
            self.problems.push(diagnostic.with_help(help));
        }
    }

    /// Each cell read by a function, which says what is wrong with a cell and what to do about it.
    fn each<T>(
        &mut self,
        column: &str,
        read: impl Fn(&Cell) -> Result<Option<T>, (String, &'static str)>,
    ) -> Vec<Option<T>> {
        let cells = self.cells(column);
        let mut values = Vec::with_capacity(cells.len());
        for (row, cell) in cells.iter().enumerate() {
            match read(cell) {
                Ok(value) => values.push(value),
                Err((what, help)) => {
                    values.push(None);
                    self.tell(column, row, &what, help);
                }
            }
        }
        values
    }

    /// A column of which no cell may be empty.
    fn full<T>(&mut self, column: &str, cells: Vec<Option<T>>) -> Vec<T> {
        let mut values = Vec::with_capacity(cells.len());
        for (row, cell) in cells.into_iter().enumerate() {
            match cell {
                Some(value) => values.push(value),
                None => self.tell(column, row, "an empty cell", "give it a value, or leave the row out"),
            }
        }
        values
    }

    /// Texts; a number or a flag is its text, an empty text is nothing.
    pub(crate) fn texts(&mut self, column: &str) -> Vec<Option<String>> {
        self.each(column, |cell| Ok(text(cell)))
    }

    /// Texts of which none is missing.
    pub(crate) fn names(&mut self, column: &str) -> Vec<String> {
        let cells = self.texts(column);
        self.full(column, cells)
    }

    /// Instants in microseconds; a plain date is its midnight in UTC.
    pub(crate) fn instants(&mut self, column: &str) -> Vec<Option<i64>> {
        self.each(column, |cell| match cell {
            Cell::Empty => Ok(None),
            Cell::Text(text) if text.is_empty() => Ok(None),
            Cell::Text(text) => match (date_micros(text), text.parse::<Instant>()) {
                (Some(micros), _) => Ok(Some(micros)),
                (None, Ok(instant)) => Ok(Some(instant.micros())),
                (None, Err(ParseInstantError::NoZone)) => Err((
                    format!("`{text}` is an instant without a zone"),
                    "add one, such as `+09:00` or `Z`",
                )),
                (None, Err(_)) => Err((format!("`{text}` is neither a date nor an instant"), INSTANT)),
            },
            other => Err((format!("{} is neither a date nor an instant", shown(other)), INSTANT)),
        })
    }

    /// Instants of which none is missing.
    pub(crate) fn times(&mut self, column: &str) -> Vec<i64> {
        let cells = self.instants(column);
        self.full(column, cells)
    }

    /// Whether a stage was reached: a flag that is set, or any instant.
    pub(crate) fn reached(&mut self, column: &str) -> Vec<bool> {
        let cells = self.cells(column);
        if cells.iter().any(|cell| matches!(cell, Cell::Flag(_) | Cell::Whole(_) | Cell::Number(_))) {
            self.flags(column).into_iter().map(|flag| flag == Some(true)).collect()
        } else {
            self.instants(column).into_iter().map(|at| at.is_some()).collect()
        }
    }

    /// Finite numbers.
    pub(crate) fn numbers(&mut self, column: &str) -> Vec<Option<f64>> {
        self.each(column, |cell| match cell {
            Cell::Empty => Ok(None),
            Cell::Flag(flag) => Ok(Some(if *flag { 1.0 } else { 0.0 })),
            Cell::Text(text) if text.is_empty() => Ok(None),
            Cell::Text(text) => match text.parse::<f64>() {
                Ok(number) if number.is_finite() => Ok(Some(number)),
                _ => Err((format!("`{text}` is not a number"), "write a number")),
            },
            other => Ok(other.as_f64()),
        })
    }

    /// Finite numbers of which none is missing.
    pub(crate) fn figures(&mut self, column: &str) -> Vec<f64> {
        let cells = self.numbers(column);
        self.full(column, cells)
    }

    /// Whole numbers from zero up; an empty cell is none.
    pub(crate) fn counts(&mut self, column: &str) -> Vec<u64> {
        let cells = self.each(column, |cell| {
            let whole = match cell {
                Cell::Empty => Some(0),
                Cell::Flag(flag) => Some(i64::from(*flag)),
                Cell::Whole(whole) => Some(*whole),
                other => decimal(other).ok().flatten().filter(Decimal::is_integer).and_then(|whole| {
                    i64::try_from(whole.trunc().mantissa() / 10_i128.pow(whole.trunc().scale())).ok()
                }),
            };
            match whole.and_then(|whole| u64::try_from(whole).ok()) {
                Some(count) => Ok(Some(count)),
                None => {
                    Err((format!("{} is not a count", shown(cell)), "write a whole number, zero or more"))
                }
            }
        });
        cells.into_iter().map(Option::unwrap_or_default).collect()
    }

    /// Exact decimal numbers, from numbers or text.
    pub(crate) fn decimals(&mut self, column: &str) -> Vec<Option<Decimal>> {
        self.each(column, |cell| {
            decimal(cell).map_err(|()| {
                (format!("{} is not a decimal number", shown(cell)), "write a number such as `1200.50`")
            })
        })
    }

    /// Yes or no: flags, 0 and 1, `yes` and `no`; an empty cell is nothing.
    pub(crate) fn flags(&mut self, column: &str) -> Vec<Option<bool>> {
        self.each(column, |cell| match cell {
            Cell::Empty => Ok(None),
            Cell::Flag(flag) => Ok(Some(*flag)),
            Cell::Whole(0) => Ok(Some(false)),
            Cell::Whole(1) => Ok(Some(true)),
            Cell::Text(text) if text.is_empty() => Ok(None),
            Cell::Text(text) if ["yes", "true", "1"].contains(&text.as_str()) => Ok(Some(true)),
            Cell::Text(text) if ["no", "false", "0"].contains(&text.as_str()) => Ok(Some(false)),
            Cell::Number(number) if (number - 1.0).abs() < f64::EPSILON => Ok(Some(true)),
            Cell::Number(number) if number.abs() < f64::EPSILON => Ok(Some(false)),
            other => Err((format!("{} is neither yes nor no", shown(other)), "write true or false")),
        })
    }
}

const INSTANT: &str = "write a date such as `2026-05-01`, or date, time and zone";

/// The text of a cell; none where it is empty.
pub(crate) fn text(cell: &Cell) -> Option<String> {
    match cell {
        Cell::Empty => None,
        Cell::Text(text) => (!text.is_empty()).then(|| text.clone()),
        Cell::Flag(flag) => Some(flag.to_string()),
        Cell::Whole(whole) => Some(whole.to_string()),
        Cell::Number(number) => Some(number.to_string()),
        Cell::Decimal(decimal) => Some(decimal.to_string()),
    }
}

fn decimal(cell: &Cell) -> Result<Option<Decimal>, ()> {
    let parse =
        |text: &str| text.parse().or_else(|_| Decimal::from_scientific(text)).map(Some).map_err(|_| ());
    match cell {
        Cell::Empty => Ok(None),
        Cell::Text(text) if text.is_empty() => Ok(None),
        Cell::Text(text) => parse(text),
        Cell::Whole(whole) => Ok(Some(Decimal::from(*whole))),
        // The shortest text that reads back as the same number is what its writer meant.
        Cell::Number(number) => parse(&number.to_string()),
        Cell::Decimal(decimal) => Ok(Some(*decimal)),
        Cell::Flag(_) => Err(()),
    }
}

fn shown(cell: &Cell) -> String {
    text(cell).map_or_else(|| "nothing".to_owned(), |text| format!("`{text}`"))
}
