//! What the columns of a table are.

use csv::StringRecord;

use super::{Options, Row, checked, days, words};

/// What a column can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// What is to be done, in a line.
    Title,
    /// In more words.
    Description,
    /// Whose it is.
    Owner,
    /// By when.
    DueDate,
    /// Where it stands.
    Status,
    /// When it was done.
    DoneDate,
    /// How urgent.
    Priority,
    /// What it is meant to do.
    Kind,
    /// How it is checked.
    AcceptanceCriterion,
    /// Free labels. Any number of columns.
    Labels,
    /// Links. Any number of columns.
    Link,
    /// What the tool calls it.
    Reference,
    /// The report it belongs to.
    Report,
}

/// Every field: its name, and the titles by which it is known, best first. Only letters and digits of a title count.
const FIELDS: &[(Field, &str, &[&str])] = &[
    (
        Field::Title,
        "title",
        &[
            "title",
            "summary",
            "actionitem",
            "action",
            "task",
            "name",
            "item",
            "subject",
            "whattodo",
            "recommendation",
            "todo",
        ],
    ),
    (
        Field::Description,
        "description",
        &["description", "details", "body", "notes", "note", "comment", "text"],
    ),
    (
        Field::Owner,
        "owner",
        &[
            "owner",
            "assignee",
            "assignees",
            "assignedto",
            "responsible",
            "dri",
            "who",
            "person",
        ],
    ),
    (
        Field::DueDate,
        "dueDate",
        &[
            "due",
            "duedate",
            "dueon",
            "dueby",
            "deadline",
            "targetdate",
            "target",
            "bywhen",
            "eta",
            "enddate",
            "when",
        ],
    ),
    (Field::Status, "status", &["status", "state", "progress", "done"]),
    (
        Field::DoneDate,
        "doneDate",
        &[
            "resolved",
            "resolutiondate",
            "completedon",
            "completedat",
            "completed",
            "closedat",
            "closed",
            "doneon",
            "donedate",
            "datecompleted",
        ],
    ),
    (
        Field::Priority,
        "priority",
        &["priority", "prio", "importance", "urgency"],
    ),
    (
        Field::Kind,
        "kind",
        &["kind", "type", "actiontype", "category", "issuetype"],
    ),
    (
        Field::AcceptanceCriterion,
        "acceptanceCriterion",
        &[
            "acceptancecriterion",
            "acceptancecriteria",
            "definitionofdone",
            "donewhen",
            "successcriteria",
            "verification",
        ],
    ),
    (Field::Labels, "labels", &["labels", "label", "tags", "tag"]),
    (
        Field::Link,
        "link",
        &["link", "links", "url", "ticket", "ticketurl", "issueurl", "bug"],
    ),
    (
        Field::Reference,
        "reference",
        &["reference", "issuekey", "key", "id", "issueid", "ticketid", "number"],
    ),
    (
        Field::Report,
        "report",
        &[
            "report",
            "reportkey",
            "postmortem",
            "postmortemkey",
            "incident",
            "incidentkey",
            "retrospective",
        ],
    ),
];

impl Field {
    /// The field of a name.
    pub fn named(name: &str) -> Option<Self> {
        let found = FIELDS
            .iter()
            .find(|(_, known, _)| known.eq_ignore_ascii_case(name.trim()));
        found.map(|(field, ..)| *field)
    }

    /// The names of all fields.
    pub fn names() -> String {
        FIELDS.iter().map(|(_, name, _)| *name).collect::<Vec<_>>().join(", ")
    }

    fn takes_many(self) -> bool {
        matches!(self, Self::Labels | Self::Link)
    }
}

/// What somebody says a column is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    /// The title of the column.
    pub title: String,
    /// What it is; none: to be left out.
    pub field: Option<Field>,
}

impl std::str::FromStr for Mapping {
    type Err = String;

    /// `Title of the column=field`, or `Title=-` to leave it out.
    fn from_str(text: &str) -> Result<Self, String> {
        let expected = || {
            format!(
                "expected \"Title of a column=FIELD\", where FIELD is - or one of {}",
                Field::names()
            )
        };
        let (title, name) = text.rsplit_once('=').ok_or_else(expected)?;
        let field = match name.trim() {
            "-" => None,
            name => Some(Field::named(name).ok_or_else(expected)?),
        };
        Ok(Self {
            title: title.trim().to_owned(),
            field,
        })
    }
}

/// Where the fields stand.
pub(super) struct Columns {
    places: Vec<(Field, usize)>,
    pub left_out: Vec<String>,
}

/// `Custom field (Acceptance Criteria)` as acceptancecriteria.
fn plain(title: &str) -> String {
    let lower = title.trim().to_lowercase();
    let inner = lower
        .strip_prefix("custom field (")
        .and_then(|rest| rest.strip_suffix(')'));
    inner
        .unwrap_or(&lower)
        .chars()
        .filter(|c| c.is_alphanumeric())
        .collect()
}

impl Columns {
    pub(super) fn of<'t>(titles: impl Iterator<Item = &'t str>, mappings: &[Mapping]) -> Result<Self, String> {
        let titles: Vec<&str> = titles.collect();
        let mut places: Vec<(Field, usize)> = Vec::new();
        let mut settled: Vec<usize> = Vec::new();
        for mapping in mappings {
            let same = |title: &&str| title.trim().eq_ignore_ascii_case(&mapping.title);
            let found: Vec<usize> = (0..titles.len())
                .filter(|at| titles.get(*at).is_some_and(same))
                .collect();
            if found.is_empty() {
                return Err(format!(
                    "There is no column {:?}; the columns are {}.",
                    mapping.title,
                    titles.join(", ")
                ));
            }
            settled.extend(&found);
            places.extend(
                mapping
                    .field
                    .into_iter()
                    .flat_map(|field| found.iter().map(move |at| (field, *at))),
            );
        }
        for (field, _, known) in FIELDS {
            if places.iter().any(|(taken, _)| taken == field) {
                continue;
            }
            for name in *known {
                let named: Vec<usize> = (0..titles.len())
                    .filter(|at| !settled.contains(at) && titles.get(*at).is_some_and(|title| plain(title) == *name))
                    .collect();
                let count = if field.takes_many() {
                    named.len()
                } else {
                    named.len().min(1)
                };
                settled.extend(named.iter().take(count));
                places.extend(named.into_iter().take(count).map(|at| (*field, at)));
                if !field.takes_many() && places.iter().any(|(taken, _)| taken == field) {
                    break;
                }
            }
        }
        if !places.iter().any(|(field, _)| *field == Field::Title) {
            return Err(format!(
                "No column is known to hold what is to be done; name it with --map \"Column=title\". The columns are {}.",
                titles.join(", ")
            ));
        }
        let left_out = titles
            .iter()
            .enumerate()
            .filter(|(at, title)| !settled.contains(at) && !title.trim().is_empty());
        let left_out = left_out.map(|(_, title)| (*title).to_owned()).collect();
        Ok(Self { places, left_out })
    }

    fn cells<'r>(&self, field: Field, record: &'r StringRecord) -> impl Iterator<Item = &'r str> {
        let places: Vec<usize> = self
            .places
            .iter()
            .filter(|(one, _)| *one == field)
            .map(|(_, at)| *at)
            .collect();
        places
            .into_iter()
            .filter_map(|at| record.get(at))
            .map(str::trim)
            .filter(|cell| !words::is_nothing(cell))
    }

    pub(super) fn row(&self, row: usize, record: &StringRecord, options: &Options) -> Result<Row, String> {
        let first = |field| self.cells(field, record).next();
        let day = |field| match first(field) {
            None => Ok(None),
            Some(cell) => days::read(cell, options.date_format.as_ref()).map(Some),
        };
        let mut said = Vec::new();
        let mut kept = |name: &str, cell: &str| said.push(format!("{name} in the table: {cell}"));
        let standing = first(Field::Status).map_or(words::Standing::Proposed, |cell| {
            words::standing(cell).unwrap_or_else(|| {
                kept("Status", cell);
                words::Standing::Proposed
            })
        });
        let priority = first(Field::Priority).and_then(|cell| {
            let priority = words::priority(cell);
            if priority.is_none() {
                kept("Priority", cell);
            }
            priority
        });
        let kind = first(Field::Kind).and_then(|cell| {
            let kind = words::kind(cell);
            if kind.is_none() {
                kept("Type", cell);
            }
            kind
        });
        let links = self.cells(Field::Link, record).flat_map(str::split_whitespace);
        let (links, no_links): (Vec<&str>, Vec<&str>) =
            links.partition(|link| crate::platform::text::url("", link).is_ok());
        if !no_links.is_empty() {
            kept("Link", &no_links.join(" "));
        }
        let reference = first(Field::Reference);
        if let Some(reference) = reference {
            kept("Key", reference);
        }
        let description: Vec<String> = first(Field::Description)
            .map(str::to_owned)
            .into_iter()
            .chain(said)
            .collect();
        let line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        checked(Row {
            row,
            title: first(Field::Title).map(line).unwrap_or_default(),
            description: description.join("\n\n"),
            owner: first(Field::Owner).map(line),
            due_on: day(Field::DueDate)?,
            standing,
            done_on: day(Field::DoneDate)?,
            priority,
            kind,
            criterion: first(Field::AcceptanceCriterion).map(str::to_owned),
            labels: self
                .cells(Field::Labels, record)
                .flat_map(|cell| cell.split([',', ';', '\n']))
                .map(line)
                .filter(|label| !label.is_empty())
                .map(|label| label.chars().take(60).collect())
                .collect(),
            links: links.into_iter().map(str::to_owned).collect(),
            reference: reference.map(line),
            report: first(Field::Report).map(line),
        })
    }
}
