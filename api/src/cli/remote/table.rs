//! The table for people: as wide as the terminal, with fewer columns when that is narrow.

use std::io::IsTerminal;

use comfy_table::{Attribute, Cell, Color, ColumnConstraint, ContentArrangement, Table, presets};
use unicode_width::UnicodeWidthStr;

use super::{
    item::Item,
    print::{View, harmless},
};
use crate::platform::client_settings::is_colourless;

/// What stands between two columns.
const GAP: u16 = 2;
/// A title needs so much to be read.
const TITLE: usize = 30;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Key,
    Status,
    Priority,
    Severity,
    Due,
    Late,
    Owner,
    Team,
    Title,
}

/// What goes first when there is no room.
const DISPENSABLE: [Column; 5] = [
    Column::Severity,
    Column::Priority,
    Column::Team,
    Column::Status,
    Column::Owner,
];

impl View {
    fn columns(self) -> Vec<Column> {
        use Column::{Due, Key, Late, Owner, Priority, Severity, Status, Team, Title};
        match self {
            Self::Overdue => vec![Key, Due, Late, Owner, Team, Priority, Severity, Title],
            Self::Mine => vec![Key, Due, Late, Status, Priority, Severity, Title],
            Self::Items => vec![Key, Status, Due, Late, Owner, Team, Priority, Severity, Title],
        }
    }
}

impl Column {
    fn head(self) -> &'static str {
        match self {
            Self::Key => "KEY",
            Self::Status => "STATUS",
            Self::Priority => "PRI",
            Self::Severity => "SEV",
            Self::Due => "DUE",
            Self::Late => "LATE",
            Self::Owner => "OWNER",
            Self::Team => "TEAM",
            Self::Title => "TITLE",
        }
    }

    fn text(self, item: &Item) -> String {
        let or_none = |text: &Option<String>| text.as_deref().map_or_else(|| "–".to_owned(), harmless);
        match self {
            Self::Key => harmless(&item.key),
            Self::Status => harmless(&item.status.to_lowercase().replace('_', " ")),
            Self::Priority => or_none(&item.priority),
            Self::Severity => harmless(&item.severity),
            Self::Due => item.due_on.map_or_else(|| "–".to_owned(), |day| day.to_string()),
            Self::Late if item.is_overdue => format!("{} d", item.days_overdue),
            Self::Late => String::new(),
            Self::Owner => or_none(&item.owner),
            Self::Team => or_none(&item.team),
            Self::Title => harmless(&item.title),
        }
    }

    fn widest(self, items: &[Item]) -> usize {
        let widths = items.iter().map(|item| self.text(item).width());
        widths.max().unwrap_or_default().max(self.head().len()) + usize::from(GAP)
    }
}

/// As a text without a line break at its end. `width`: how many columns the terminal has; none: nobody reads it on one, and no line
/// is broken.
pub(super) fn draw(view: View, items: &[Item], width: Option<u16>) -> String {
    let mut columns = view.columns();
    if let Some(width) = width {
        for least in DISPENSABLE {
            let others = columns.iter().filter(|column| **column != Column::Title);
            let taken: usize = others.map(|column| column.widest(items)).sum();
            if taken + TITLE <= usize::from(width) {
                break;
            }
            columns.retain(|column| *column != least);
        }
    }
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    let is_coloured = std::io::stdout().is_terminal() && !is_colourless();
    if is_coloured {
        table.enforce_styling();
    } else {
        table.force_no_tty();
    }
    match width {
        Some(width) => table
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(width),
        None => table.set_content_arrangement(ContentArrangement::Disabled),
    };
    let head = |column: &Column| Cell::new(column.head()).add_attribute(Attribute::Bold);
    table.set_header(columns.iter().map(head).collect::<Vec<_>>());
    for item in items {
        let cell = |column: &Column| {
            let cell = Cell::new(column.text(item));
            match column {
                Column::Late => cell.fg(Color::Red),
                Column::Priority if item.priority.as_deref() == Some("P0") => cell.fg(Color::Red),
                _ => cell,
            }
        };
        table.add_row(columns.iter().map(cell).collect::<Vec<_>>());
    }
    for (number, column) in columns.iter().enumerate() {
        if let Some(drawn) = table.column_mut(number) {
            drawn.set_padding((0, if *column == Column::Title { 0 } else { GAP }));
            if *column != Column::Title {
                drawn.set_constraint(ColumnConstraint::ContentWidth);
            }
        }
    }
    table.trim_fmt()
}
