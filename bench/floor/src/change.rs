//! The bare UPDATE of a status: no rule, no history, no event.

use actix_web::{
    Responder,
    error::ErrorNotFound,
    web::{Data, Json},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    database::{Ask, Database},
    shapes,
};

pub const SQL: &str = "
    UPDATE recommendation
    SET status = $2, blocked_reason = CASE WHEN $2 = 'BLOCKED' THEN 'Waits for hosts.' END, updated_at = now(), version = version + 1
    WHERE id = $1 RETURNING key, status";

#[derive(Deserialize)]
pub struct Question {
    id: Uuid,
    status: String,
}

#[derive(Serialize)]
struct Answer {
    change: Changed,
}

#[derive(Serialize)]
struct Changed {
    recommendation: Item,
}

#[derive(Serialize)]
struct Item {
    key: String,
    status: String,
}

pub async fn answer(database: Data<Database>, question: Json<Question>) -> actix_web::Result<impl Responder> {
    let rows = database.ask(Ask::Change, &[&question.id, &question.status]).await?;
    let row = rows.first().ok_or_else(|| ErrorNotFound("no such recommendation"))?;
    Ok(shapes::data(Answer {
        change: Changed {
            recommendation: Item {
                key: row.get(0),
                status: row.get(1),
            },
        },
    }))
}
