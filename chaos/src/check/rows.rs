//! The database: is all there that was acknowledged, and does each change stand whole, once, in its row, its history and the log?

use std::{collections::HashMap, str::FromStr};

use anyhow::{Result, anyhow};
use entity::{
    comment, event,
    ids::{CommentId, RecommendationId},
    recommendation, recommendation_version as version,
};
use sea_orm::{DatabaseConnection, EntityTrait, QueryOrder};
use serde_json::{Value, json};

use super::Findings;
use crate::ledger::Done;

/// All rows that the load has to do with.
struct Rows {
    comments: Vec<comment::Model>,
    items: HashMap<RecommendationId, recommendation::Model>,
    versions: HashMap<RecommendationId, Vec<version::Model>>,
    events: Vec<event::Model>,
}

impl Rows {
    async fn read(db: &DatabaseConnection) -> Result<Self> {
        let mut versions: HashMap<_, Vec<_>> = HashMap::new();
        for row in version::Entity::find()
            .order_by_asc(version::Column::Id)
            .all(db)
            .await?
        {
            versions.entry(row.recommendation_id).or_default().push(row);
        }
        let items = recommendation::Entity::find().all(db).await?;
        Ok(Self {
            comments: comment::Entity::find().all(db).await?,
            items: items.into_iter().map(|row| (row.id, row)).collect(),
            versions,
            events: event::Entity::find()
                .order_by_asc(event::Column::Sequence)
                .all(db)
                .await?,
        })
    }

    fn versions(&self, id: RecommendationId) -> &[version::Model] {
        self.versions.get(&id).map_or(&[], Vec::as_slice)
    }

    /// The statuses that an item came to, as the log says.
    fn told_statuses(&self, id: RecommendationId) -> Vec<Value> {
        let own = self.events.iter().filter(|event| event.subject_id == id.0);
        own.flat_map(|event| event.changes.as_array().into_iter().flatten())
            .filter(|change| change["field"] == "status")
            .map(|change| change["to"].clone())
            .collect()
    }

    /// How often the log tells of a comment.
    fn told(&self, body: &str) -> usize {
        let told = |event: &&event::Model| event.event_type == "comment.added" && event.payload["body"] == body;
        self.events.iter().filter(told).count()
    }
}

/// Compares what was acknowledged with what is there, and what is there with itself.
pub async fn check(db: &DatabaseConnection, done: &[Done], findings: &mut Findings) -> Result<()> {
    let rows = Rows::read(db).await?;
    for done in done {
        acknowledged(&rows, done, findings)?;
    }
    comments_stand_whole(&rows, findings);
    items_stand_whole(&rows, findings);
    Ok(())
}

fn acknowledged(rows: &Rows, done: &Done, findings: &mut Findings) -> Result<()> {
    match done {
        Done::Comment { id, body } => {
            let id: CommentId = parsed(id)?;
            if !rows.comments.iter().any(|row| row.id == id && row.body == *body) {
                findings.lost(format!("the comment {body:?}"));
            }
        }
        Done::Created { id, title } => {
            if rows.items.get(&parsed(id)?).is_none_or(|row| row.title != *title) {
                findings.lost(format!("the recommendation {title:?}"));
            }
        }
        Done::Step { id, status, version } => {
            let id: RecommendationId = parsed(id)?;
            let is_there = rows.items.get(&id).is_some_and(|row| row.version >= *version);
            let is_past = rows.versions(id).iter().any(|row| json!(row.status) == *status);
            let is_told = rows.told_statuses(id).iter().any(|told| told == status);
            if !(is_there && is_past && is_told) {
                findings.lost(format!(
                    "{id} came to {status}: row {is_there}, history {is_past}, log {is_told}"
                ));
            }
        }
    }
    Ok(())
}

fn parsed<T: FromStr>(id: &str) -> Result<T> {
    id.parse().map_err(|_| anyhow!("no id: {id}"))
}

fn comments_stand_whole(rows: &Rows, findings: &mut Findings) {
    for row in &rows.comments {
        match rows.told(&row.body) {
            0 => findings.half(format!("the log does not tell of {:?}", row.body)),
            1 => {}
            _ => findings.twice(format!("the log tells twice of {:?}", row.body)),
        }
        if rows
            .comments
            .iter()
            .any(|other| other.body == row.body && other.id > row.id)
        {
            findings.twice(format!("the comment {:?}", row.body));
        }
    }
    for event in rows.events.iter().filter(|event| event.event_type == "comment.added") {
        if !rows
            .comments
            .iter()
            .any(|row| event.payload["body"] == row.body.as_str())
        {
            findings.half(format!(
                "the log tells of a comment that is not there: {}",
                event.payload
            ));
        }
    }
}

/// Row, history and log say the same.
fn items_stand_whole(rows: &Rows, findings: &mut Findings) {
    for (id, row) in &rows.items {
        let versions = rows.versions(*id);
        let open: Vec<_> = versions.iter().filter(|version| version.valid_to.is_none()).collect();
        let is_now = |version: &&&version::Model| {
            (version.status, version.owner_id, version.due_on) == (row.status, row.owner_id, row.due_on)
                && version.title == row.title
        };
        if open.len() != 1 || open.iter().filter(is_now).count() != 1 {
            findings.half(format!("{} is {}, and its history says {open:?}", row.key, row.status));
        }
        let past: Vec<Value> = versions
            .iter()
            .filter(|version| version.is_new_status)
            .map(|version| json!(version.status))
            .collect();
        let told = rows.told_statuses(*id);
        if past != told || told.last() != Some(&json!(row.status)) {
            findings.half(format!("{} is {}: history {past:?}, log {told:?}", row.key, row.status));
        }
        // The load takes each step of an item once.
        let again = told
            .iter()
            .enumerate()
            .filter(|(at, status)| told[..*at].contains(status));
        if again.count() > 0 {
            findings.twice(format!("{} came to the same status again: {told:?}", row.key));
        }
        let same = |other: &&recommendation::Model| other.title == row.title && other.id > row.id;
        if rows.items.values().any(|other| same(&other)) {
            findings.twice(format!("the recommendation {:?}", row.title));
        }
    }
    for event in &rows.events {
        let names_item = event.subject_kind == entity::enums::SubjectKind::Recommendation;
        if names_item && !rows.items.contains_key(&RecommendationId(event.subject_id)) {
            findings.half(format!("the log tells of an item that is not there: {}", event.payload));
        }
    }
}
