//! How far each team has come.

use actix_web::{
    Responder,
    web::{Data, Json},
};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::{
    database::{Ask, Database},
    shapes,
};

/// Counts everything anew for every call; a database can do no better without keeping figures beside the rows.
pub const SQL: &str = "
    SELECT t.slug, proposed, open, overdue, implemented, verified
    FROM (
        SELECT team_id, count(*) FILTER (WHERE status = 'PROPOSED') AS proposed,
            count(*) FILTER (WHERE status IN ('ACCEPTED', 'IN_PROGRESS', 'BLOCKED')) AS open,
            count(*) FILTER (WHERE status IN ('ACCEPTED', 'IN_PROGRESS', 'BLOCKED') AND due_on < $1) AS overdue,
            count(*) FILTER (WHERE status = 'IMPLEMENTED') AS implemented,
            count(*) FILTER (WHERE status = 'VERIFIED') AS verified
        FROM recommendation GROUP BY team_id
    ) AS counted
    INNER JOIN team t ON t.id = counted.team_id ORDER BY t.slug";

#[derive(Deserialize)]
pub struct Question {
    today: NaiveDate,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    follow_through: Groups,
}

#[derive(Serialize)]
struct Groups {
    groups: Vec<Group>,
}

#[derive(Serialize)]
struct Group {
    key: String,
    metrics: Metrics,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Metrics {
    proposed: i64,
    open: i64,
    overdue: i64,
    implemented: i64,
    verified: i64,
    completion_rate: Option<f64>,
}

pub async fn answer(database: Data<Database>, question: Json<Question>) -> actix_web::Result<impl Responder> {
    let rows = database.ask(Ask::FollowThrough, &[&question.today]).await?;
    let groups = rows.iter().map(|row| {
        let (open, implemented, verified): (i64, i64, i64) = (row.get(2), row.get(4), row.get(5));
        let (done, rated) = (implemented + verified, open + implemented + verified);
        Group {
            key: row.get(0),
            metrics: Metrics {
                proposed: row.get(1),
                open,
                overdue: row.get(3),
                implemented,
                verified,
                completion_rate: (rated > 0).then(|| done as f64 / rated as f64),
            },
        }
    });
    Ok(shapes::data(Answer {
        follow_through: Groups {
            groups: groups.collect(),
        },
    }))
}
