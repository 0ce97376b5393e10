//! Reads the figures: at most fourteen statements, however much there is, four of which look at the log.

mod queues;
mod reports;

use std::{collections::HashMap, sync::Arc};

use entity::{enums::ReportStatus, ids::TypedId, team};
use sea_orm::{EntityTrait, QuerySelect, prelude::Uuid};

use super::model::{Figures, NO_TEAM, Organisation, Rates};
use crate::{
    auth::Session,
    follow_through::{
        model::{cell::Cell, counts::Counts},
        queries::{cells::cells, measure::Asked, past::Moment},
    },
    platform::error::Error,
};

/// All figures as of now. `anybody` sees what everybody may see, `everything` all there is.
pub async fn figures(anybody: &Arc<Session>, everything: &Arc<Session>) -> Result<Figures, Error> {
    let at = anybody.now();
    let slugs = slugs(anybody).await?;
    let open = cells(&asked(anybody)?).await?;
    let all = cells(&asked(everything)?).await?;
    let reports = reports::reports(anybody).await?;
    Ok(Figures {
        at,
        teams: teams(&open, &slugs),
        groups: open.into_iter().map(|cell| (slug(cell.team, &slugs), cell)).collect(),
        reports,
        all: organisation(&all, reports::totals(everything).await?),
        queues: queues::queues(everything).await?,
    })
}

fn asked(session: &Arc<Session>) -> Result<Asked, Error> {
    Asked::new(session, Moment::new(session, None)?, None)
}

async fn slugs(session: &Session) -> Result<HashMap<Uuid, String>, Error> {
    let rows: Vec<(entity::ids::TeamId, String)> = team::Entity::find()
        .select_only()
        .column(team::Column::Id)
        .column(team::Column::Slug)
        .into_tuple()
        .all(&session.db)
        .await?;
    Ok(rows.into_iter().map(|(id, slug)| (id.uuid(), slug)).collect())
}

fn slug(team: Option<Uuid>, slugs: &HashMap<Uuid, String>) -> String {
    let known = team.and_then(|team| slugs.get(&team));
    known.cloned().unwrap_or_else(|| NO_TEAM.to_owned())
}

fn rates(counts: &Counts) -> Rates {
    Rates {
        on_time: counts.on_time_rate(),
        completion: counts.completion_rate(),
    }
}

fn teams(cells: &[Cell], slugs: &HashMap<Uuid, String>) -> Vec<(String, Rates)> {
    let mut teams: HashMap<String, Counts> = HashMap::new();
    for cell in cells {
        teams.entry(slug(cell.team, slugs)).or_default().add(&cell.counts);
    }
    teams.into_iter().map(|(team, counts)| (team, rates(&counts))).collect()
}

fn organisation(cells: &[Cell], reports: Vec<(ReportStatus, i64)>) -> Organisation {
    let (mut counts, mut items) = (Counts::default(), [0; Cell::STATUSES]);
    for cell in cells {
        counts.add(&cell.counts);
        for (sum, count) in items.iter_mut().zip(cell.items) {
            *sum += count;
        }
    }
    Organisation {
        by_status: Cell::named(items),
        overdue: counts.overdue,
        rates: rates(&counts),
        reports,
    }
}
