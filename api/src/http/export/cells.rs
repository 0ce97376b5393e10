//! Rows of cells as CSV (RFC 4180) and as lines of JSON.

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use csv::{Terminator, WriterBuilder};
use serde_json::{Value, json};

use crate::platform::{error::Error, text::no_formula};

/// How texts of a list stand in one cell of CSV.
const BETWEEN: &str = "; ";

/// One value of one row.
pub(super) enum Cell {
    /// Text that somebody wrote.
    Text(String),
    /// A word or a key of ours.
    Word(String),
    /// Texts that somebody wrote.
    Texts(Vec<String>),
    Number(i64),
    Flag(bool),
    Day(NaiveDate),
    Instant(DateTime<Utc>),
    Nothing,
}

impl Cell {
    /// Text that may be missing.
    pub(super) fn text(text: Option<String>) -> Self {
        text.map_or(Self::Nothing, Self::Text)
    }

    /// An enum's value, or a key.
    pub(super) fn word(word: impl ToString) -> Self {
        Self::Word(word.to_string())
    }

    pub(super) fn number(number: Option<i64>) -> Self {
        number.map_or(Self::Nothing, Self::Number)
    }

    pub(super) fn day(day: Option<NaiveDate>) -> Self {
        day.map_or(Self::Nothing, Self::Day)
    }

    pub(super) fn instant(at: Option<DateTime<Utc>>) -> Self {
        at.map_or(Self::Nothing, Self::Instant)
    }

    /// As a cell of CSV. What people wrote cannot be a formula there.
    fn into_csv(self) -> String {
        match self {
            Self::Text(text) => no_formula(&text),
            Self::Texts(texts) => no_formula(&texts.join(BETWEEN)),
            Self::Word(word) => word,
            Self::Number(number) => number.to_string(),
            Self::Flag(flag) => flag.to_string(),
            Self::Day(day) => day.to_string(),
            Self::Instant(at) => instant(at),
            Self::Nothing => String::new(),
        }
    }

    fn into_json(self) -> Value {
        match self {
            Self::Text(text) | Self::Word(text) => json!(text),
            Self::Texts(texts) => json!(texts),
            Self::Number(number) => json!(number),
            Self::Flag(flag) => json!(flag),
            Self::Day(day) => json!(day.to_string()),
            Self::Instant(at) => json!(instant(at)),
            Self::Nothing => Value::Null,
        }
    }
}

/// As in GraphQL.
fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// A form of exports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Csv,
    Ndjson,
}

impl Format {
    pub(super) fn named(name: &str) -> Option<Self> {
        [Self::Csv, Self::Ndjson]
            .into_iter()
            .find(|format| format.name() == name)
    }

    /// How its files end.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
        }
    }

    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Ndjson => "application/x-ndjson; charset=utf-8",
        }
    }

    /// What stands before the first row.
    pub(super) fn head(self, columns: &[&str]) -> Result<Vec<u8>, Error> {
        match self {
            Self::Csv => lines([columns.iter().map(|name| (*name).to_owned()).collect()].into_iter()),
            Self::Ndjson => Ok(Vec::new()),
        }
    }

    /// Rows, each with a cell for each column.
    pub(super) fn rows(self, columns: &[&str], rows: Vec<Vec<Cell>>) -> Result<Vec<u8>, Error> {
        match self {
            Self::Csv => lines(
                rows.into_iter()
                    .map(|row| row.into_iter().map(Cell::into_csv).collect()),
            ),
            Self::Ndjson => {
                let mut text = String::new();
                for row in rows {
                    // Written field by field: a map would put them in another order than the columns.
                    for (place, (name, cell)) in columns.iter().zip(row).enumerate() {
                        text.push(if place == 0 { '{' } else { ',' });
                        text.push_str(&format!("\"{name}\":{}", cell.into_json()));
                    }
                    text.push_str("}\n");
                }
                Ok(text.into_bytes())
            }
        }
    }
}

fn lines(rows: impl Iterator<Item = Vec<String>>) -> Result<Vec<u8>, Error> {
    let mut writer = WriterBuilder::new()
        .terminator(Terminator::CRLF)
        .from_writer(Vec::new());
    for row in rows {
        writer.write_record(row).map_err(Error::internal)?;
    }
    writer
        .into_inner()
        .map_err(|problem| Error::internal(problem.to_string()))
}

#[cfg(test)]
mod tests {
    use super::{Cell, Format};

    fn csv(text: &str) -> String {
        let rows = Format::Csv
            .rows(&["it"], vec![vec![Cell::Text(text.to_owned())]])
            .unwrap();
        String::from_utf8(rows).unwrap()
    }

    #[test]
    fn what_people_wrote_is_text() {
        assert_eq!(csv("Limit retries"), "Limit retries\r\n");
        assert_eq!(csv("=1+1"), "'=1+1\r\n");
        assert_eq!(csv("@SUM(A1)"), "'@SUM(A1)\r\n");
        assert_eq!(csv("\tx"), "'\tx\r\n");
        assert_eq!(csv("-2, \"or\"\nmore"), "\"'-2, \"\"or\"\"\nmore\"\r\n");
    }
}
