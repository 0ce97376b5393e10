//! What people read of it.

use std::{fmt::Write, fs, path::Path, time::Duration};

use anyhow::{Context, Result};
use comfy_table::{Table, presets::ASCII_MARKDOWN};

use crate::run::Row;

const BEGIN: &str = "<!-- results of make chaos -->";
const END: &str = "<!-- end of results -->";

/// How many things that were found are named.
const MOST: usize = 10;

fn seconds(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64())
}

fn or_never(time: Option<Duration>) -> String {
    time.map_or("never".to_owned(), seconds)
}

/// The table, in Markdown.
pub fn text(rows: &[Row]) -> String {
    let mut table = Table::new();
    table.load_style(ASCII_MARKDOWN);
    table.set_header([
        "fault",
        "database",
        "operations",
        "acknowledged",
        "lost",
        "half-written",
        "duplicated",
        "sent again",
        "not ready for (s)",
        "recovered after (s)",
        "all told after (s)",
    ]);
    for row in rows {
        let name = match row.how.as_str() {
            "" => row.fault.to_owned(),
            how => format!("{} ({how})", row.fault),
        };
        let mut cells = vec![name, row.engine.to_owned()];
        if row.was_run {
            let found = &row.findings;
            let counts = [
                row.operations,
                row.acknowledged,
                found.lost,
                found.half,
                found.twice,
                found.sent_again,
            ];
            cells.extend(counts.map(|count| count.to_string()));
            cells.extend([seconds(row.red), or_never(row.recovered), or_never(row.settled)]);
        } else {
            cells.extend(std::iter::repeat_n("-".to_owned(), 9));
        }
        table.add_row(cells);
    }
    table.to_string()
}

/// All that is wrong with a row, for whoever looks for the reason.
pub fn complaints(row: &Row) -> String {
    let mut text = String::new();
    if row.is_good() {
        return text;
    }
    let _ = writeln!(text, "\n{} on {}:", row.fault, row.engine);
    let notes = &row.findings.notes;
    for note in row.complaints.iter().chain(notes.iter().take(MOST)) {
        let _ = writeln!(text, "  {note}");
    }
    if notes.len() > MOST {
        let _ = writeln!(text, "  and {} more", notes.len() - MOST);
    }
    for (problem, times) in &row.problems {
        let _ = writeln!(text, "  {times} times: {problem}");
    }
    text
}

/// Puts the table into the documentation.
pub fn write(text: &str) -> Result<()> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/faults.md");
    let known = fs::read_to_string(&file).with_context(|| format!("could not read {}", file.display()))?;
    let (before, rest) = known
        .split_once(BEGIN)
        .context("docs/faults.md has no place for results")?;
    let (_, after) = rest
        .split_once(END)
        .context("the results in docs/faults.md have no end")?;
    Ok(fs::write(file, format!("{before}{BEGIN}\n\n{text}\n\n{END}{after}"))?)
}
