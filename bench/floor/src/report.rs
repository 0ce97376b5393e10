//! One report with its timeline, its causes, and what was recommended against them.

use actix_web::{
    Responder,
    web::{Data, Json},
};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    database::{Ask, Database},
    shapes::{self, Named, Nodes},
};

/// Three parts in one statement, told apart by their number: the report, its timeline, its causes with their items.
pub const SQL: &str = "
    WITH this AS MATERIALIZED (
        SELECT p.id, p.title, p.status, p.executive_summary, o.name
        FROM report p LEFT JOIN \"user\" o ON o.id = p.owner_id WHERE p.key = $1
    )
    SELECT 0 AS part, id, title AS a, status AS b, executive_summary AS c, name AS d, NULL AS e, NULL AS f, NULL::timestamptz AS at, NULL::date AS due
    FROM this
    UNION ALL
    (SELECT 1, e.id, e.kind, e.description, NULL, NULL, NULL, NULL, e.occurred_at, NULL
    FROM this INNER JOIN timeline_event e ON e.report_id = this.id ORDER BY e.occurred_at, e.id LIMIT 20)
    UNION ALL
    (SELECT 2, c.id, c.title, c.role, r.key, r.title, r.status || '/' || r.priority, o.name, c.created_at, r.due_on
    FROM this
    INNER JOIN root_cause c ON c.report_id = this.id
    LEFT JOIN recommendation_root_cause l ON l.root_cause_id = c.id
    LEFT JOIN recommendation r ON r.id = l.recommendation_id
    LEFT JOIN \"user\" o ON o.id = r.owner_id
    ORDER BY c.created_at, c.id, r.due_on, r.id)";

#[derive(Deserialize)]
pub struct Question {
    key: String,
}

#[derive(Serialize)]
struct Answer {
    report: Option<Report>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    key: String,
    title: String,
    status: String,
    executive_summary: String,
    owner: Option<Named>,
    timeline: Nodes<Moment>,
    root_causes: Nodes<Cause>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Moment {
    occurred_at: DateTime<Utc>,
    kind: String,
    description: String,
}

#[derive(Serialize)]
struct Cause {
    #[serde(skip)]
    id: Uuid,
    title: String,
    role: String,
    recommendations: Nodes<Item>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    key: String,
    title: String,
    status: String,
    priority: String,
    due_on: Option<NaiveDate>,
    owner: Option<Named>,
}

pub async fn answer(database: Data<Database>, question: Json<Question>) -> actix_web::Result<impl Responder> {
    let rows = database.ask(Ask::Report, &[&question.key]).await?;
    let mut report: Option<Report> = None;
    for row in rows {
        let named = |column| row.get::<_, Option<String>>(column).map(|name| Named { name });
        match (row.get::<_, i32>(0), &mut report) {
            (0, _) => {
                report = Some(Report {
                    key: question.key.clone(),
                    title: row.get(2),
                    status: row.get(3),
                    executive_summary: row.get(4),
                    owner: named(5),
                    timeline: Nodes {
                        nodes: Vec::with_capacity(20),
                    },
                    root_causes: Nodes { nodes: Vec::new() },
                });
            }
            (1, Some(report)) => report.timeline.nodes.push(Moment {
                kind: row.get(2),
                description: row.get(3),
                occurred_at: row.get(8),
            }),
            (_, Some(report)) => {
                let causes = &mut report.root_causes.nodes;
                let id: Uuid = row.get(1);
                if causes.last().is_none_or(|last| last.id != id) {
                    causes.push(Cause {
                        id,
                        title: row.get(2),
                        role: row.get(3),
                        recommendations: Nodes { nodes: Vec::new() },
                    });
                }
                if let (Some(cause), Some(key)) = (causes.last_mut(), row.get(4)) {
                    let both: &str = row.get(6);
                    let (status, priority) = both.split_once('/').unwrap_or_default();
                    cause.recommendations.nodes.push(Item {
                        key,
                        title: row.get(5),
                        status: status.to_owned(),
                        priority: priority.to_owned(),
                        due_on: row.get(9),
                        owner: named(7),
                    });
                }
            }
            (_, None) => (),
        }
    }
    Ok(shapes::data(Answer { report }))
}
