//! A page of one team's items of one priority that are due within some days, and how many there are.

use actix_web::{
    Responder,
    web::{Data, Json},
};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    database::{Ask, Database},
    shapes::{self, Named, PageInfo, Team},
};

/// All that match are found once, counted, and cut to a page.
pub const SQL: &str = "
    WITH matching AS MATERIALIZED (
        SELECT r.id, r.due_on FROM recommendation r
        WHERE r.team_id = (SELECT id FROM team WHERE slug = $1) AND r.priority = $2 AND r.due_on >= $3 AND r.due_on < $4
    ), page AS (
        SELECT id, due_on FROM matching ORDER BY due_on, id LIMIT 21
    )
    SELECT (SELECT count(*) FROM matching), r.id, r.key, r.title, r.status, r.priority, r.due_on, o.name, t.slug
    FROM page
    INNER JOIN recommendation r ON r.id = page.id
    LEFT JOIN \"user\" o ON o.id = r.owner_id
    LEFT JOIN team t ON t.id = r.team_id
    ORDER BY page.due_on, page.id";

#[derive(Deserialize)]
pub struct Question {
    team: String,
    priority: String,
    from: NaiveDate,
    to: NaiveDate,
}

#[derive(Serialize)]
struct Answer {
    recommendations: Page,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    total_count: i64,
    nodes: Vec<Item>,
    page_info: PageInfo,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    #[serde(skip)]
    id: Uuid,
    key: String,
    title: String,
    status: String,
    priority: String,
    due_on: NaiveDate,
    owner: Option<Named>,
    team: Option<Team>,
}

pub async fn answer(database: Data<Database>, question: Json<Question>) -> actix_web::Result<impl Responder> {
    let rows = database
        .ask(
            Ask::Filtered,
            &[&question.team, &question.priority, &question.from, &question.to],
        )
        .await?;
    let total_count = rows.first().map_or(0, |row| row.get(0));
    let nodes: Vec<Item> = rows
        .iter()
        .take(20)
        .map(|row| Item {
            id: row.get(1),
            key: row.get(2),
            title: row.get(3),
            status: row.get(4),
            priority: row.get(5),
            due_on: row.get(6),
            owner: row.get::<_, Option<String>>(7).map(|name| Named { name }),
            team: row.get::<_, Option<String>>(8).map(|slug| Team { slug }),
        })
        .collect();
    let end_cursor = nodes.last().map(|last| shapes::cursor(last.due_on, last.id));
    Ok(shapes::data(Answer {
        recommendations: Page {
            total_count,
            nodes,
            page_info: PageInfo {
                has_next_page: rows.len() > 20,
                end_cursor,
            },
        },
    }))
}
