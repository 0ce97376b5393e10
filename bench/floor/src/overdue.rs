//! A page of what is overdue, each with its owner, team, causes and report.

use actix_web::{
    Responder,
    web::{Data, Json},
};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    database::{Ask, Database},
    shapes::{self, Named, Nodes, PageInfo, Team, Titled},
};

/// One row for each cause of each item; one more item than the page has tells whether there is a next page.
pub const SQL: &str = "
    WITH page AS MATERIALIZED (
        SELECT r.id, r.key, r.title, r.status, r.priority, r.due_on, o.name AS owner, t.slug AS team,
            p.key AS report_key, p.title AS report_title
        FROM recommendation r
        INNER JOIN report p ON p.id = r.report_id
        LEFT JOIN \"user\" o ON o.id = r.owner_id
        LEFT JOIN team t ON t.id = r.team_id
        WHERE r.status IN ('ACCEPTED', 'IN_PROGRESS', 'BLOCKED') AND r.due_on < $1 AND (r.due_on, r.id) > ($2, $3)
        ORDER BY r.due_on, r.id LIMIT 51
    )
    SELECT page.*, c.title AS cause
    FROM page
    LEFT JOIN recommendation_root_cause l ON l.recommendation_id = page.id
    LEFT JOIN root_cause c ON c.id = l.root_cause_id
    ORDER BY page.due_on, page.id, c.id";

#[derive(Deserialize)]
pub struct Question {
    today: NaiveDate,
    after: Option<String>,
}

#[derive(Serialize)]
struct Answer {
    recommendations: Page,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Page {
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
    root_causes: Nodes<Titled>,
    report: Report,
}

#[derive(Serialize)]
struct Report {
    key: String,
    title: String,
}

pub async fn answer(database: Data<Database>, question: Json<Question>) -> actix_web::Result<impl Responder> {
    let (due_on, id) = shapes::after(question.after.as_deref());
    let rows = database.ask(Ask::Overdue, &[&question.today, &due_on, &id]).await?;
    let mut nodes: Vec<Item> = Vec::with_capacity(51);
    for row in rows {
        let id: Uuid = row.get(0);
        if nodes.last().is_none_or(|last| last.id != id) {
            nodes.push(Item {
                id,
                key: row.get(1),
                title: row.get(2),
                status: row.get(3),
                priority: row.get(4),
                due_on: row.get(5),
                owner: row.get::<_, Option<String>>(6).map(|name| Named { name }),
                team: row.get::<_, Option<String>>(7).map(|slug| Team { slug }),
                root_causes: Nodes { nodes: Vec::new() },
                report: Report {
                    key: row.get(8),
                    title: row.get(9),
                },
            });
        }
        if let (Some(item), Some(title)) = (nodes.last_mut(), row.get(10)) {
            item.root_causes.nodes.push(Titled { title });
        }
    }
    let has_next_page = nodes.len() > 50;
    nodes.truncate(50);
    let end_cursor = nodes.last().map(|last| shapes::cursor(last.due_on, last.id));
    Ok(shapes::data(Answer {
        recommendations: Page {
            nodes,
            page_info: PageInfo {
                has_next_page,
                end_cursor,
            },
        },
    }))
}
