//! Counts recommendations by team, severity, priority and status at once, in one statement.

use std::collections::HashMap;

use entity::{
    enums::{Priority, RecommendationStatus, Severity},
    recommendation,
};
use sea_orm::{
    ColumnTrait, DbErr, QueryResult,
    prelude::Uuid,
    sea_query::{Alias, Expr},
};

use super::{
    measure::{Asked, KEY, TEAM, Wants, add_key},
    state::{STATE, Tally, add_counts, status_of},
};
use crate::{
    events::queries::fresh::Parts,
    follow_through::model::{cell::Cell, dimension::Dimension},
    platform::{error::Error, keys::is_postgres, results::Weigh, sql},
    recommendations::queries::is_open,
};

/// By how many days what is overdue is late, one after the other.
const LATE: &str = "late_days_of_each";

impl Weigh for Cell {
    fn weight(&self) -> usize {
        size_of::<Self>() + size_of_val(self.late_days.as_slice()) + self.counts.weight()
    }
}

/// All that is asked about, in no particular order.
pub async fn cells(asked: &Asked) -> Result<Vec<Cell>, Error> {
    use recommendation::Column as C;
    let wants = Wants {
        open_micros: true,
        ..Wants::default()
    };
    let (moment, is_postgres) = (asked.moment, is_postgres(&asked.session.db));
    let mut select = asked.items();
    add_key(asked, &mut select, Dimension::Severity);
    let late = sql::days_since(C::DueOn, moment.today, is_postgres);
    let is_late = is_open().add(C::DueOn.lt(moment.today));
    select
        .expr_as(Expr::col(C::TeamId.as_column_ref()), TEAM)
        .expr_as(Expr::col(C::Priority.as_column_ref()), "cell_priority")
        .expr_as(sql::joined(late, is_late), LATE)
        .add_group_by([KEY, TEAM, "cell_priority"].map(|name| Expr::col(Alias::new(name))));
    add_counts(&mut select, &moment, wants, is_postgres);
    let parts = asked
        .fresh
        .by_team(&moment.ask(select), |rows| read(rows, wants))
        .await?;
    let cell = |cell: &Cell| {
        let mut cell = cell.clone();
        cell.counts.at = moment.at.timestamp_micros();
        cell
    };
    Ok(parts.iter().map(cell).collect())
}

/// What has these in common.
type Key = (Option<Uuid>, Severity, Priority);

#[derive(Default)]
struct Sum {
    items: [i64; Cell::STATUSES],
    tally: Tally,
    late_days: Vec<i64>,
}

fn read(rows: &[QueryResult], wants: Wants) -> Result<Parts<Cell>, DbErr> {
    let mut sums: HashMap<Key, Sum> = HashMap::new();
    for row in rows {
        let sum = sums.entry(key(row)?).or_default();
        sum.tally.add(row, wants)?;
        let status = status_of(row.try_get("", STATE)?)?;
        let place = RecommendationStatus::ALL.iter().position(|known| *known == status);
        if let Some(items) = place.and_then(|place| sum.items.get_mut(place)) {
            *items += row.try_get::<i64>("", "items")?;
        }
        sum.late_days.extend(late_days(row)?);
    }
    let cell = |((team, severity, priority), sum): (Key, Sum)| Cell {
        team,
        severity,
        priority,
        items: sum.items,
        counts: sum.tally.counts(),
        late_days: sum.late_days,
    };
    Ok(Parts::of(sums.into_iter().map(|one| (one.0.0, cell(one)))))
}

fn key(row: &QueryResult) -> Result<Key, DbErr> {
    let severity: String = row.try_get("", KEY)?;
    let priority: String = row.try_get("", "cell_priority")?;
    Ok((
        row.try_get("", TEAM)?,
        severity.parse().map_err(DbErr::Type)?,
        priority.parse().map_err(DbErr::Type)?,
    ))
}

fn late_days(row: &QueryResult) -> Result<Vec<i64>, DbErr> {
    let joined: Option<String> = row.try_get("", LATE)?;
    let parts = joined.iter().flat_map(|joined| joined.split(','));
    parts
        .map(|part| part.parse().map_err(|_| DbErr::Type(format!("{LATE} holds {part:?}"))))
        .collect()
}
