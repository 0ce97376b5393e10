//! Actions as a table. The titles of the columns say what they hold; what has no column of its own in the model stays
//! in the description under its title.

use chrono::NaiveDate;

use super::action_done;
use super::action_kind;
use super::action_owner::owner_in;
use super::action_state::{self, Due, GroupState};
use super::action_text::title_of;
use super::blocks::Row;
use super::document::Document;
use super::inline::{Rich, RichLine};
use super::model::{ImportWarning, ImportedRecommendation};
use super::names::normalise;
use super::pattern::Pattern;
use super::text::is_placeholder;
use super::timeline_table::{self, cell_sources};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Title,
    Kind,
    Owner,
    Due,
    Status,
    Priority,
    Number,
    Other,
}

const MISPLACED: &str =
    "The line that makes this a table is missing or stands in the wrong place; its rows were read as a table.";

static ALIGNMENT: Pattern = Pattern::new(r"^[\s:|-]*$");
/// A column that can hold nothing but actions.
static ACTION: Pattern = Pattern::new(
    r"^(?:(?:corrective |preventi?ve |preventative |follow[ -]?up |remediation )?(?:action|task)(?: ?items?| points?|\(s\)|s)?(?: description)?|follow[ -]?ups?|remediations?|aksjon(?:er|spunkt(?:er)?)?|tiltak|todo)$",
);
static NUMBER: Pattern = Pattern::new(r"^#?\d+\.?$");

/// The recommendations of a table, or `None` when no column of it can be an action. `header` is the line above the
/// table, when the author put the separator below the first row of data.
pub(super) fn read(
    rows: &[Row],
    header: Option<&Rich>,
    group: &GroupState,
    document: &Document,
    today: Option<NaiveDate>,
    warnings: &mut Vec<ImportWarning>,
) -> Option<Vec<ImportedRecommendation>> {
    let (first, rest) = rows.split_first()?;
    let line = first.line;
    let (titles, body): (Vec<String>, &[Row]) = match header.and_then(|header| header.lines.first()) {
        Some(header) => {
            warnings.push(ImportWarning::new(header.number, MISPLACED));
            (pieces(header).iter().map(Rich::text).collect(), rows)
        }
        None => (first.cells.iter().map(Rich::text).collect(), rest),
    };
    let mut columns: Vec<Column> = titles.iter().map(|title| column(title)).collect();
    if !columns.contains(&Column::Title) {
        let first_free = columns.iter().position(|column| *column == Column::Other)?;
        if let Some(column) = columns.get_mut(first_free) {
            *column = Column::Title;
        }
        let title = titles.get(first_free).map(String::as_str).unwrap_or_default();
        warnings.push(ImportWarning::new(
            line,
            format!("No column of this table is called an action, so \"{title}\" was read as the action."),
        ));
    }
    let table = Table {
        titles: &titles,
        columns: &columns,
        group,
        today,
    };
    let read = |row: &Row| {
        let sources = cell_sources(document.source.line(row.line), row.cells.len());
        table.row(row.line, &row.cells, &sources, document)
    };
    Some(body.iter().filter_map(read).collect())
}

/// Whether a table names its actions and who, when or how far they are: such a table needs no heading to be understood.
pub(super) fn is_plan(rows: &[Row]) -> bool {
    let Some((header, body)) = rows.split_first() else {
        return false;
    };
    let titles: Vec<String> = header.cells.iter().map(Rich::text).collect();
    let has = |wanted: Column| titles.iter().any(|title| column(title) == wanted);
    !body.is_empty()
        && titles.iter().any(|title| ACTION.is_match(&normalise(title)))
        && (has(Column::Owner) || has(Column::Due) || has(Column::Status))
        && !timeline_table::is_timeline(rows)
}

/// A line of column titles that stands above a table instead of in it.
pub(super) fn is_header_line(text: &Rich) -> bool {
    matches!(text.lines.as_slice(), [line] if line.text.trim_start().starts_with('|') && has_title_column(line))
}

fn has_title_column(line: &RichLine) -> bool {
    pieces(line).iter().any(|cell| column(&cell.text()) == Column::Title)
}

/// Pipes in a paragraph: a table whose separator row is missing or stands in the wrong place.
pub(super) fn is_misplaced(text: &Rich) -> bool {
    let piped = text
        .lines
        .iter()
        .filter(|line| line.text.trim_start().starts_with('|'))
        .count();
    piped >= 2 && piped == text.lines.len() && text.lines.first().is_some_and(has_title_column)
}

pub(super) fn read_misplaced(
    text: &Rich,
    group: &GroupState,
    document: &Document,
    today: Option<NaiveDate>,
    warnings: &mut Vec<ImportWarning>,
) -> Vec<ImportedRecommendation> {
    let Some((header, body)) = text.lines.split_first() else {
        return Vec::new();
    };
    warnings.push(ImportWarning::new(header.number, MISPLACED));
    let titles: Vec<String> = pieces(header).iter().map(Rich::text).collect();
    let columns: Vec<Column> = titles.iter().map(|title| column(title)).collect();
    let table = Table {
        titles: &titles,
        columns: &columns,
        group,
        today,
    };
    body.iter()
        .filter_map(|line| {
            let cells = pieces(line);
            let sources = cell_sources(document.source.line(line.number), cells.len());
            table.row(line.number, &cells, &sources, document)
        })
        .collect()
}

/// The cells of a line with pipes. A link counts for the cell that shows it, and else for the last one.
fn pieces(line: &RichLine) -> Vec<Rich> {
    let shown = line.text.trim().trim_start_matches('|').trim_end_matches('|');
    let texts: Vec<&str> = shown.split('|').map(str::trim).collect();
    let last = texts.len().saturating_sub(1);
    texts
        .iter()
        .enumerate()
        .map(|(index, text)| Rich {
            lines: vec![RichLine {
                number: line.number,
                text: (*text).to_owned(),
                strong: 0,
                links: line
                    .links
                    .iter()
                    .filter(|link| text.contains(link.as_str()) || index == last)
                    .cloned()
                    .collect(),
            }],
            ..Rich::default()
        })
        .collect()
}

struct Table<'t> {
    titles: &'t [String],
    columns: &'t [Column],
    group: &'t GroupState,
    today: Option<NaiveDate>,
}

impl Table<'_> {
    fn row(
        &self,
        line: usize,
        cells: &[Rich],
        sources: &[String],
        document: &Document,
    ) -> Option<ImportedRecommendation> {
        let texts: Vec<String> = cells.iter().map(Rich::text).collect();
        let text = |wanted: Column| {
            let index = self.columns.iter().position(|column| *column == wanted)?;
            texts
                .get(index)
                .map(String::as_str)
                .filter(|text| !text.trim().is_empty())
        };
        let title = text(Column::Title).filter(|text| !ALIGNMENT.is_match(text) && !is_placeholder(text))?;
        let due: Option<Due> = text(Column::Due)
            .and_then(|text| action_state::due_cell(text, self.today))
            .or_else(|| action_state::due_in(title, self.today))
            .or_else(|| self.group.due.clone());
        let status = text(Column::Status).and_then(action_done::in_cell);
        // Without a column of its own, the status is appended to the last cells: "Bug 42 **TODO**".
        let appended = self
            .columns
            .iter()
            .zip(&texts)
            .filter(|(column, _)| matches!(column, Column::Other | Column::Title | Column::Owner))
            .rev()
            .find_map(|(column, text)| match column {
                Column::Title | Column::Owner => action_done::in_text(text),
                _ => action_done::in_cell(text),
            });
        let mut links: Vec<String> = Vec::new();
        for link in cells
            .iter()
            .flat_map(Rich::links)
            .chain(self.group.links.iter().cloned())
        {
            if !links.contains(&link) {
                links.push(link);
            }
        }
        Some(ImportedRecommendation {
            title: title_of(title),
            kind: text(Column::Kind)
                .and_then(action_kind::by_column)
                .unwrap_or_else(|| action_kind::by_words(title)),
            priority: text(Column::Priority)
                .and_then(action_kind::priority_cell)
                .or_else(|| action_kind::priority_in(title)),
            owner: text(Column::Owner)
                .and_then(action_state::owner_cell)
                .or_else(|| owner_in(title, "", &[]))
                .or_else(|| self.group.owner.clone()),
            due_on: due.as_ref().and_then(|due| due.on),
            due_text: due.map(|due| due.text),
            done: status.or(appended).or(self.group.done),
            links,
            group: self.group.name.clone(),
            line,
            description: document.definitions.complete(self.description(title, &texts, sources)),
        })
    }

    /// The action with its markup, if it has some, and the cells the model has no field for.
    fn description(&self, title: &str, texts: &[String], sources: &[String]) -> String {
        let mut parts = Vec::new();
        for (index, text) in texts.iter().enumerate() {
            let source = sources.get(index).unwrap_or(text);
            match self.columns.get(index).copied().unwrap_or(Column::Other) {
                Column::Title if source.trim() != title || title_of(title) != title => parts.push(source.clone()),
                Column::Kind | Column::Status | Column::Priority | Column::Other if !is_placeholder(text) => {
                    match self.titles.get(index).filter(|title| !title.trim().is_empty()) {
                        Some(name) => {
                            // "Type (prevent/mitigate)": the choices are for the author.
                            let name = name.split('(').next().unwrap_or(name).trim();
                            parts.push(format!("**{name}:** {source}"));
                        }
                        None => parts.push(source.clone()),
                    }
                }
                _ => {}
            }
        }
        parts.join("\n\n")
    }
}

fn column(title: &str) -> Column {
    let name = normalise(title);
    let first = name.split([' ', '/']).next().unwrap_or("");
    match first {
        _ if name == "action owner" || name == "assigned to" => Column::Owner,
        _ if name.starts_with("due")
            || name.contains("deadline")
            || name.contains("due date")
            || name.contains("target date") =>
        {
            Column::Due
        }
        "action" | "actions" | "item" | "task" | "description" | "aksjon" | "tiltak" | "recommendation" | "todo"
        | "what" | "follow-up" | "summary" | "improvement" | "remediation" | "corrective" | "preventative"
        | "preventive" | "oppgave" | "beskrivelse" | "measure" => Column::Title,
        "type" | "kind" | "category" | "type-acton" | "type-action" | "kategori" => Column::Kind,
        "owner" | "owners" | "who" | "assignee" | "assignees" | "assigned" | "responsible" | "eier" | "ansvarlig"
        | "dri" | "lead" | "person" => Column::Owner,
        "eta" | "frist" | "date" | "when" | "target" => Column::Due,
        "status" | "state" | "done" | "progress" | "tilstand" | "complete" | "completed" => Column::Status,
        "priority" | "prio" | "prioritet" | "severity" => Column::Priority,
        "no" | "nr" | "number" | "id" | "" => Column::Number,
        _ if NUMBER.is_match(&name) => Column::Number,
        _ => Column::Other,
    }
}
