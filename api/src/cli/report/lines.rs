//! The review for people, as plain text or as Markdown.

use super::{HEADLINES, Review, Unit, title};
use crate::{
    follow_through::queries::review::Late,
    platform::text::{escape, words},
};

/// How it looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// For terminals and mails.
    Text,
    /// For wikis and pull requests.
    Markdown,
}

struct Page {
    style: Style,
    out: String,
}

impl Page {
    fn line(&mut self, line: &str) {
        self.out.push_str(line.trim_end());
        self.out.push('\n');
    }

    fn heading(&mut self, level: usize, heading: &str) {
        if !self.out.is_empty() {
            self.line("");
        }
        match self.style {
            Style::Markdown => self.line(&format!("{} {}", "#".repeat(level), escape(heading))),
            Style::Text if level > 2 => self.line(heading),
            Style::Text => {
                self.line(heading);
                let mark = if level == 1 { "=" } else { "-" };
                self.line(&mark.repeat(heading.chars().count()));
            }
        }
        if self.style == Style::Markdown {
            self.line("");
        }
    }

    fn item(&mut self, item: &str) {
        match self.style {
            Style::Markdown => self.line(&format!("- {}", escape(item))),
            Style::Text => self.line(&format!("  {item}")),
        }
    }

    fn paragraph(&mut self, text: &str) {
        match self.style {
            Style::Markdown => self.line(&escape(text)),
            Style::Text => self.line(text),
        }
    }

    /// The first column is text, the others are numbers.
    fn table(&mut self, rows: &[[String; 4]]) {
        let width = |column: usize| {
            rows.iter()
                .map(|row| row[column].chars().count())
                .max()
                .unwrap_or_default()
        };
        let widths = [0, 1, 2, 3].map(width);
        for (number, row) in rows.iter().enumerate() {
            let name = format!("{:<1$}", row[0], widths[0]);
            let numbers = [1, 2, 3].map(|column| format!("{:>1$}", row[column], widths[column]));
            match self.style {
                Style::Text => self.line(&format!("  {name}  {}", numbers.join("  "))),
                Style::Markdown => self.line(&format!("| {name} | {} |", numbers.join(" | "))),
            }
            if number == 0 && self.style == Style::Markdown {
                self.line("|---|---:|---:|---:|");
            }
        }
    }
}

fn shown(unit: Unit, value: Option<f64>) -> String {
    match (unit, value) {
        (_, None) => "–".to_owned(),
        (Unit::Count, Some(count)) => format!("{count:.0}"),
        (Unit::Share, Some(share)) => format!("{:.0} %", share * 100.0),
        (Unit::Days, Some(days)) => format!("{days:.0} d"),
    }
}

/// What there is more or less of, by what is shown: nobody wonders at 33 % and 33 % with a difference.
fn difference(unit: Unit, now: Option<f64>, then: Option<f64>) -> String {
    let (Some(now), Some(then)) = (now, then) else {
        return "–".to_owned();
    };
    let scale = if unit == Unit::Share { 100.0 } else { 1.0 };
    let difference = (now * scale).round() - (then * scale).round();
    if difference == 0.0 {
        return "=".to_owned();
    }
    let sign = if difference > 0.0 { '+' } else { '−' };
    let name = match unit {
        Unit::Count => "",
        Unit::Share => " points",
        Unit::Days => " d",
    };
    format!("{sign}{:.0}{name}", difference.abs())
}

fn days(count: i64) -> String {
    if count == 1 {
        "1 day".to_owned()
    } else {
        format!("{count} days")
    }
}

fn late(one: &Late) -> String {
    let owner = one.owner.as_deref().unwrap_or("nobody");
    format!(
        "{} {} ({owner}, due {}, {} late)",
        one.key,
        one.title,
        one.due_on,
        days(one.days_overdue)
    )
}

pub(super) fn document(review: &Review, style: Style) -> String {
    let mut page = Page {
        style,
        out: String::new(),
    };
    page.heading(1, &title(review));
    page.paragraph(&format!(
        "Beside the time before, {} to {}.",
        review.before.from, review.before.to
    ));
    page.line("");
    let mut rows = vec![["Figure", "Now", "Before", "Change"].map(str::to_owned)];
    for (_, name, unit, get) in HEADLINES {
        let (now, then) = (get(&review.now), get(&review.then));
        rows.push([
            (*name).to_owned(),
            shown(*unit, now),
            shown(*unit, then),
            difference(*unit, now, then),
        ]);
    }
    page.table(&rows);

    page.heading(2, &format!("Overdue recommendations: {}", review.overdue.len()));
    if review.overdue.is_empty() {
        page.paragraph("None.");
    }
    for of_team in review.overdue.chunk_by(|one, next| one.team == next.team) {
        let team = of_team.first().and_then(|one| one.team.as_deref()).unwrap_or("No team");
        page.heading(3, &format!("{team}: {}", of_team.len()));
        for one in of_team {
            page.item(&late(one));
        }
    }

    let mut section = |heading: &str, items: Vec<String>| {
        page.heading(2, &format!("{heading}: {}", items.len()));
        if items.is_empty() {
            page.paragraph("None.");
        }
        for item in items {
            page.item(&item);
        }
    };
    let came_back = review.came_back.iter().map(|one| {
        let kind = words(one.kind).to_lowercase();
        format!(
            "{} ({} in {}, first in {}; {kind})",
            one.title, one.incident, one.report, one.first_report
        )
    });
    section("Causes that came back", came_back.collect());
    let expired = review
        .risks_expired
        .iter()
        .map(|one| format!("{} {} (on {})", one.key, one.title, one.on));
    section("Accepted risks that ran out", expired.collect());
    section("Overdue reports", review.reports_overdue.iter().map(late).collect());
    let unreported = review.unreported.iter().map(|one| {
        let team = one.team.as_deref().unwrap_or("no team");
        format!("{} {} ({}, {team})", one.key, one.title, one.severity)
    });
    section("Incidents without the report that they require", unreported.collect());
    page.out
}
