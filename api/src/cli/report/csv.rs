//! The review as one table for spreadsheets: a line for each figure and for each thing that needs attention.

use csv::Writer;

use super::{HEADLINES, Review};
use crate::platform::text::no_formula;

const HEAD: [&str; 9] = [
    "section", "key", "title", "team", "owner", "date", "days", "value", "previous",
];

pub(super) fn document(review: &Review) -> Result<String, String> {
    let mut out = Writer::from_writer(Vec::new());
    let mut write = |cells: [String; 9]| out.write_record(cells).map_err(|problem| problem.to_string());
    write(HEAD.map(str::to_owned))?;
    let none = String::new;
    let name = |name: &Option<String>| name.as_deref().map(no_formula).unwrap_or_default();
    let value = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
    for (figure, title, _, get) in HEADLINES {
        let (now, then) = (value(get(&review.now)), value(get(&review.then)));
        let (figure, title) = ((*figure).to_owned(), (*title).to_owned());
        write([
            "figure".to_owned(),
            figure,
            title,
            none(),
            none(),
            none(),
            none(),
            now,
            then,
        ])?;
    }
    for (section, late) in [
        ("overdue recommendation", &review.overdue),
        ("overdue report", &review.reports_overdue),
    ] {
        for one in late {
            write([
                section.to_owned(),
                one.key.clone(),
                no_formula(&one.title),
                name(&one.team),
                name(&one.owner),
                one.due_on.to_string(),
                one.days_overdue.to_string(),
                none(),
                none(),
            ])?;
        }
    }
    for one in &review.came_back {
        let (section, key, title) = (
            "recurring cause".to_owned(),
            one.incident.clone(),
            no_formula(&one.title),
        );
        write([
            section,
            key,
            title,
            none(),
            none(),
            none(),
            none(),
            one.kind.to_owned(),
            one.first_report.clone(),
        ])?;
    }
    for one in &review.risks_expired {
        let (section, on) = ("expired risk acceptance".to_owned(), one.on.to_string());
        write([
            section,
            one.key.clone(),
            no_formula(&one.title),
            none(),
            none(),
            on,
            none(),
            none(),
            none(),
        ])?;
    }
    for one in &review.unreported {
        let (section, severity) = ("incident without report".to_owned(), one.severity.to_string());
        write([
            section,
            one.key.clone(),
            no_formula(&one.title),
            name(&one.team),
            none(),
            none(),
            none(),
            severity,
            none(),
        ])?;
    }
    let bytes = out.into_inner().map_err(|problem| problem.to_string())?;
    String::from_utf8(bytes).map_err(|problem| problem.to_string())
}
