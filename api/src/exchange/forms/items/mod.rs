//! A table of action items, as spreadsheets, Jira and GitHub's projects export it.
//!
//! Columns are known by their titles, in the words that those tools use. Every row is read by itself: one that cannot be read is
//! told by its number and keeps no other.

mod columns;
mod days;
mod words;

use chrono::NaiveDate;
use entity::enums::{Priority, RecommendationKind};

use self::columns::Columns;
pub use self::{
    columns::{Field, Mapping},
    days::DateFormat,
    words::Standing,
};
use crate::platform::{
    error::Error,
    text::{LABELS, MARKDOWN_CHARS, TITLE_CHARS},
};

/// The most rows of one table.
const ROWS: usize = 20_000;
/// The most columns.
const COLUMNS: usize = 1_000;

/// How a table is to be read, where it does not say so itself.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// What columns are, by their titles.
    pub mappings: Vec<Mapping>,
    /// How days are written.
    pub date_format: Option<DateFormat>,
}

/// A table, read.
#[derive(Debug, Default)]
pub struct Table {
    /// What could be read.
    pub rows: Vec<Row>,
    /// What could not.
    pub bad: Vec<BadRow>,
    /// Titles of columns of which nothing was taken.
    pub left_out: Vec<String>,
}

/// A row that cannot be imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadRow {
    /// Its number; that of the titles is 1, as in a spreadsheet.
    pub row: usize,
    /// Why, in a sentence.
    pub message: String,
}

/// An action item.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    /// Its number; that of the titles is 1, as in a spreadsheet.
    pub row: usize,
    /// What is to be done, in a line.
    pub title: String,
    /// In more words. What no field can hold stands there too.
    pub description: String,
    /// Whose it is.
    pub owner: Option<String>,
    /// By when.
    pub due_on: Option<NaiveDate>,
    /// Where it stands.
    pub standing: Standing,
    /// When it was done.
    pub done_on: Option<NaiveDate>,
    /// How urgent; none: not said.
    pub priority: Option<Priority>,
    /// What it is meant to do; none: not said.
    pub kind: Option<RecommendationKind>,
    /// How it is checked.
    pub criterion: Option<String>,
    /// Free labels.
    pub labels: Vec<String>,
    /// Links.
    pub links: Vec<String>,
    /// What the tool calls it: by that it is known again.
    pub reference: Option<String>,
    /// The report it belongs to: a key, or a name.
    pub report: Option<String>,
}

fn refused(message: impl Into<String>) -> Error {
    Error::invalid("table", "MALFORMED_TABLE", message)
}

/// Reads a table.
pub fn read(text: &str, options: &Options) -> Result<Table, Error> {
    let text = text.trim_start_matches('\u{feff}');
    let (delimiter, text) = delimiter(text);
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .has_headers(false)
        .from_reader(text.as_bytes());
    let mut records = reader.records();
    let titles = match records.next() {
        Some(Ok(titles)) => titles,
        Some(Err(problem)) => return Err(refused(format!("The titles of the columns cannot be read: {problem}."))),
        None => {
            return Err(refused(
                "This table is empty; its first row must have the titles of the columns.",
            ));
        }
    };
    if titles.len() > COLUMNS {
        return Err(refused(format!(
            "This table has {} columns; at most {COLUMNS} can be read.",
            titles.len()
        )));
    }
    let columns = Columns::of(titles.iter(), &options.mappings).map_err(refused)?;
    let mut table = Table {
        left_out: columns.left_out.clone(),
        ..Table::default()
    };
    for (index, record) in records.enumerate() {
        let row = index + 2;
        if row > ROWS + 1 {
            return Err(refused(format!("This table has more than {ROWS} rows; split it.")));
        }
        let read = match record {
            Ok(record) if record.iter().all(|cell| cell.trim().is_empty()) => continue,
            Ok(record) => columns.row(row, &record, options),
            Err(problem) => Err(format!("it cannot be read: {problem}")),
        };
        match read {
            Ok(read) => table.rows.push(read),
            Err(message) => table.bad.push(BadRow { row, message }),
        }
    }
    Ok(table)
}

/// What stands between cells: the sign that the first line has most of, outside of quotes. Some programs say it in a line before.
fn delimiter(text: &str) -> (u8, &str) {
    if let Some(rest) = text.strip_prefix("sep=")
        && let Some(sign) = rest.bytes().next().filter(u8::is_ascii)
    {
        let after = rest.split_once('\n').map_or("", |(_, after)| after);
        return (sign, after);
    }
    let mut counts = [(b',', 0_usize), (b';', 0), (b'\t', 0), (b'|', 0)];
    let mut is_quoted = false;
    for byte in text.bytes() {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b'\n' if !is_quoted => break,
            _ if is_quoted => {}
            _ => {
                if let Some((_, count)) = counts.iter_mut().find(|(sign, _)| *sign == byte) {
                    *count += 1;
                }
            }
        }
    }
    // The first of those that are equal: of all, the comma.
    let best = counts.iter().rev().max_by_key(|(_, count)| *count);
    (best.map_or(b',', |(sign, _)| *sign), text)
}

/// What must hold for a row to become a recommendation.
fn checked(row: Row) -> Result<Row, String> {
    if row.title.is_empty() {
        return Err("it has no title; fill that cell, or name the column with --map \"Column=title\"".to_owned());
    }
    if row.title.chars().count() > TITLE_CHARS {
        return Err(format!(
            "its title has more than {TITLE_CHARS} characters; move some of it to the description"
        ));
    }
    if row.description.chars().count() > MARKDOWN_CHARS || row.description.contains('\0') {
        return Err(format!(
            "its text has a NUL character or more than {MARKDOWN_CHARS} characters; shorten it"
        ));
    }
    if row.labels.len() > LABELS {
        return Err(format!("it has more than {LABELS} labels; leave some out"));
    }
    Ok(row)
}
