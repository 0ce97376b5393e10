//! Counts recommendations by team, severity, priority and status at once, in one statement.

use std::collections::HashMap;

use entity::{
    enums::{Priority, RecommendationStatus, Severity},
    recommendation,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, QueryResult,
    prelude::Uuid,
    sea_query::{Alias, Expr},
};

use super::measure::{Asked, KEY, STATE, Wants, add_counts, add_key, add_row, list, status_of};
use crate::{
    follow_through::model::{cell::Cell, counts::Counts, dimension::Dimension},
    platform::{error::Error, keys::is_postgres, sql},
    recommendations::queries::is_open,
};

/// By how many days what is overdue is late, one after the other.
const LATE: &str = "late_days_of_each";

/// All that is asked about, in no particular order. `of_each`: also `late_days` and `open_micros`, which have a number for each
/// recommendation.
pub async fn cells(asked: &Asked, of_each: bool) -> Result<Vec<Cell>, Error> {
    use recommendation::Column as C;
    let wants = Wants {
        open_micros: of_each,
        ..Wants::default()
    };
    let (moment, is_postgres) = (asked.moment, is_postgres(&asked.session.db));
    let mut select = asked.items();
    add_key(asked, &mut select, Dimension::Severity);
    select
        .expr_as(Expr::col(C::TeamId.as_column_ref()), "cell_team")
        .expr_as(Expr::col(C::Priority.as_column_ref()), "cell_priority")
        .add_group_by([KEY, "cell_team", "cell_priority"].map(|name| Expr::col(Alias::new(name))));
    if of_each {
        let late = sql::days_since(C::DueOn, moment.today, is_postgres);
        let is_late = is_open().add(C::DueOn.lt(moment.today));
        select.expr_as(sql::joined(late, is_late), LATE);
    }
    add_counts(&mut select, &moment, wants, is_postgres);
    let mut cells: HashMap<(Option<Uuid>, String, String), Cell> = HashMap::new();
    for row in &asked.session.db.query_all(&moment.ask(select)).await? {
        let key = key(row)?;
        let cell = match cells.entry(key) {
            std::collections::hash_map::Entry::Occupied(cell) => cell.into_mut(),
            std::collections::hash_map::Entry::Vacant(place) => {
                let (team, severity, priority) = place.key().clone();
                place.insert(Cell {
                    team,
                    severity: severity.parse::<Severity>().map_err(DbErr::Type)?,
                    priority: priority.parse::<Priority>().map_err(DbErr::Type)?,
                    items: [0; Cell::STATUSES],
                    counts: Counts::default(),
                    late_days: Vec::new(),
                })
            }
        };
        add_row(&mut cell.counts, row, &moment, wants)?;
        let status = status_of(row.try_get("", STATE)?)?;
        let place = RecommendationStatus::ALL.iter().position(|known| *known == status);
        if let Some(items) = place.and_then(|place| cell.items.get_mut(place)) {
            *items += row.try_get::<i64>("", "items")?;
        }
        if of_each {
            cell.late_days.extend(list(row, LATE)?);
        }
    }
    Ok(cells.into_values().collect())
}

fn key(row: &QueryResult) -> Result<(Option<Uuid>, String, String), DbErr> {
    Ok((
        row.try_get("", "cell_team")?,
        row.try_get("", KEY)?,
        row.try_get("", "cell_priority")?,
    ))
}
