//! Prints what was read, harmless wherever it lands.

use std::io::IsTerminal;

use super::{args::Format, item::Item, table};
use crate::platform::text::no_formula;

/// Which command it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum View {
    Overdue,
    Mine,
    Items,
}

impl View {
    fn nothing(self) -> &'static str {
        match self {
            Self::Overdue => "Nothing is overdue.",
            Self::Mine => "You owe nothing.",
            Self::Items => "No recommendation matches.",
        }
    }
}

/// Could this character do something to a terminal, or make a reader see another text than there is?
fn is_harmful(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

/// A text of others as one line that commands nothing.
pub(super) fn harmless(text: &str) -> String {
    let letter = |letter: char| match letter {
        '\t' | '\n' | '\r' => ' ',
        letter if is_harmful(letter) => char::REPLACEMENT_CHARACTER,
        letter => letter,
    };
    text.chars().map(letter).collect()
}

/// JSON keeps every character, those that are harmful as escapes.
fn json(item: &Item) -> Result<String, String> {
    let text = serde_json::to_string(item).map_err(|problem| problem.to_string())?;
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        if is_harmful(letter) {
            for unit in letter.encode_utf16(&mut [0; 2]) {
                safe.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            safe.push(letter);
        }
    }
    Ok(safe)
}

const COLUMNS: [&str; 15] = [
    "key",
    "type",
    "title",
    "status",
    "priority",
    "severity",
    "due_on",
    "is_overdue",
    "days_overdue",
    "owner",
    "owner_email",
    "team",
    "report",
    "incident",
    "url",
];

fn cells(item: &Item) -> [String; 15] {
    let text = |text: &str| no_formula(&harmless(text));
    let maybe = |value: &Option<String>| value.as_deref().map(text).unwrap_or_default();
    [
        text(&item.key),
        text(&item.kind),
        text(&item.title),
        text(&item.status),
        maybe(&item.priority),
        text(&item.severity),
        item.due_on.map(|day| day.to_string()).unwrap_or_default(),
        item.is_overdue.to_string(),
        item.days_overdue.to_string(),
        maybe(&item.owner),
        maybe(&item.owner_email),
        maybe(&item.team),
        maybe(&item.report),
        text(&item.incident),
        text(&item.url),
    ]
}

fn line(cells: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Result<(), String> {
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record(cells).map_err(|problem| problem.to_string())?;
    let bytes = out.into_inner().map_err(|problem| problem.to_string())?;
    outln!("{}", String::from_utf8_lossy(&bytes).trim_end());
    Ok(())
}

/// Prints page after page.
pub(super) struct Printer {
    format: Format,
    view: View,
    count: usize,
    /// Of a table, which is printed at the end.
    kept: Vec<Item>,
    /// Of an array: the last object, which has a comma after it once there is another.
    pending: Option<String>,
}

impl Printer {
    pub(super) fn new(format: Format, view: View) -> Self {
        Self {
            format,
            view,
            count: 0,
            kept: Vec::new(),
            pending: None,
        }
    }

    pub(super) fn take(&mut self, items: Vec<Item>) -> Result<(), String> {
        if self.format == Format::Csv && self.count == 0 && !items.is_empty() {
            line(COLUMNS)?;
        }
        for item in &items {
            match self.format {
                Format::Table => {}
                Format::Json => match self.pending.replace(json(item)?) {
                    Some(before) => outln!("{before},"),
                    None => outln!("["),
                },
                Format::Ndjson => outln!("{}", json(item)?),
                Format::Csv => line(cells(item))?,
            }
            self.count += 1;
        }
        if self.format == Format::Table {
            self.kept.extend(items);
        }
        Ok(())
    }

    pub(super) fn finish(self) -> Result<(), String> {
        let is_empty = self.count == 0;
        match self.format {
            Format::Table if is_empty => outln!("{}", self.view.nothing()),
            Format::Table => {
                let terminal = std::io::stdout().is_terminal().then(terminal_size::terminal_size);
                let width = terminal.flatten().map(|(width, _)| width.0);
                outln!("{}", table::draw(self.view, &self.kept, width));
            }
            Format::Json => match self.pending {
                Some(last) => outln!("{last}\n]"),
                None => outln!("[]"),
            },
            Format::Csv if is_empty => line(COLUMNS)?,
            Format::Csv | Format::Ndjson => {}
        }
        Ok(())
    }
}
