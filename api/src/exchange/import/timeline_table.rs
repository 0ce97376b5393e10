//! A timeline as a table: `Time | Event`, or the weekday, the date and the time in columns of their own.

use super::blocks::Row;
use super::calendar::Calendar;
use super::document::Document;
use super::inline::Rich;
use super::model::ImportedTimelineEvent;
use super::pattern::Pattern;
use super::stamp::{self, Stamp};
use super::text::is_placeholder;
use super::timeline_kind;
use super::{names, zone};

static TIME_COLUMN: Pattern = Pattern::new(
    r"^(?:date|time|day|when|timestamp|date ?/ ?time|date and time|date & time|time ?/ ?date|start|end|klokkeslett|tidspunkt|dato|tid|når)\b",
);
static YEAR: Pattern = Pattern::new(r"\b((?:19|20)\d{2})\b");
static ALIGNMENT: Pattern = Pattern::new(r"^[\s:|-]*$");

pub(super) fn is_timeline(rows: &[Row]) -> bool {
    !time_columns(rows).is_empty()
}

/// The entries, or `None` when the table is not a timeline.
pub(super) fn read(rows: &[Row], calendar: &mut Calendar, document: &Document) -> Option<Vec<ImportedTimelineEvent>> {
    let columns = time_columns(rows);
    if columns.is_empty() {
        return None;
    }
    let (header, body) = match rows.split_first() {
        Some((first, rest)) if is_header(first) => (Some(first), rest),
        _ => (None, rows),
    };
    let titles: Vec<String> = header
        .map(|row| row.cells.iter().map(Rich::text).collect())
        .unwrap_or_default();
    for title in columns.iter().filter_map(|column| titles.get(*column)) {
        if let Some(zone) = zone::within(title) {
            calendar.zone = Some(zone);
        }
        if let Some(year) = YEAR.group(title).and_then(|year| year.parse().ok()) {
            calendar.year = Some(year);
        }
    }
    let events = body
        .iter()
        .filter_map(|row| entry(row, &columns, &titles, calendar, document))
        .collect();
    Some(events)
}

fn entry(
    row: &Row,
    columns: &[usize],
    titles: &[String],
    calendar: &mut Calendar,
    document: &Document,
) -> Option<ImportedTimelineEvent> {
    let cell = |column: usize| row.cells.get(column).map(Rich::text).unwrap_or_default();
    if row.cells.iter().all(|cell| ALIGNMENT.is_match(&cell.text())) {
        return None;
    }
    let written = columns.iter().map(|column| cell(*column)).collect::<Vec<_>>().join(" ");
    let written = written.trim();
    let others: Vec<usize> = (0..row.cells.len())
        .filter(|column| !columns.contains(column) && !is_placeholder(&cell(*column)))
        .collect();
    let sources = cell_sources(document.source.line(row.line), row.cells.len());
    let description = others
        .iter()
        .map(|column| {
            let text = sources.get(*column).cloned().unwrap_or_else(|| cell(*column));
            match titles.get(*column) {
                Some(title) if others.len() > 1 && !title.is_empty() => format!("**{title}:** {text}"),
                _ => text,
            }
        })
        .collect::<Vec<_>>()
        .join("\n\n");
    let stamp = stamp::leading(written).unwrap_or_else(|| Stamp {
        is_vague: true,
        ..Stamp::default()
    });
    let placed = calendar.place(&stamp);
    Some(ImportedTimelineEvent {
        at: placed.at,
        time_text: written.to_owned(),
        // Words beside the time say more than the instant does.
        is_exact: placed.is_exact && written.get(stamp.length..).is_none_or(|rest| rest.trim().is_empty()),
        kind: timeline_kind::guess(&description),
        description: document.definitions.complete(description),
        source_url: row.cells.iter().flat_map(|cell| cell.links()).next(),
        line: row.line,
    })
}

/// The columns that say when, by their titles or, in a table without titles, by what stands in them.
fn time_columns(rows: &[Row]) -> Vec<usize> {
    let Some((header, body)) = rows.split_first() else {
        return Vec::new();
    };
    let titled: Vec<usize> = header
        .cells
        .iter()
        .enumerate()
        .filter(|(_, cell)| TIME_COLUMN.is_match(&names::normalise(&cell.text())))
        .map(|(column, _)| column)
        .collect();
    if !titled.is_empty() && titled.len() < header.cells.len() {
        return titled;
    }
    let timed = body
        .iter()
        .filter(|row| {
            row.cells
                .first()
                .is_some_and(|cell| stamp::leading(&cell.text()).is_some())
        })
        .count();
    if timed > 0 && timed * 2 >= body.len() {
        vec![0]
    } else {
        Vec::new()
    }
}

fn is_header(row: &Row) -> bool {
    row.cells
        .first()
        .is_none_or(|cell| stamp::leading(&cell.text()).is_none())
}

/// The Markdown of the cells of a row; empty when the row cannot be cut up for certain.
pub(super) fn cell_sources(line: &str, cells: usize) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut is_escaped = false;
    for c in line
        .trim()
        .trim_start_matches(['>', ' '])
        .trim_start_matches('|')
        .chars()
    {
        match c {
            '|' if !is_escaped => parts.push(String::new()),
            _ => {
                if let Some(part) = parts.last_mut() {
                    part.push(c);
                }
            }
        }
        is_escaped = c == '\\' && !is_escaped;
    }
    if parts.last().is_some_and(|part| part.trim().is_empty()) && parts.len() > cells {
        parts.pop();
    }
    if parts.len() > cells {
        return Vec::new();
    }
    parts.into_iter().map(|part| part.trim().replace("\\|", "|")).collect()
}
