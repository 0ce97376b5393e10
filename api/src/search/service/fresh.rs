//! What is searched of things, as they are stored now.

use std::collections::HashMap;

use entity::{
    enums::SubjectKind,
    ids::{IncidentId, RecommendationId, ReportId, RootCauseId, TypedId},
    incident, recommendation, recommendation_label, report, report_label, root_cause,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::{
    platform::{db::Hold, error::Error, markdown, sql},
    search::model::index::{Document, Subject},
};

/// A document whose body is still in parts: plain lines, and Markdown.
struct Draft {
    document: Document,
    lines: Vec<String>,
    texts: Vec<String>,
}

impl Draft {
    fn finish(self) -> Document {
        let texts = self.texts.iter().map(|text| markdown::to_text(text));
        let parts: Vec<String> = self
            .lines
            .into_iter()
            .chain(texts)
            .filter(|part| !part.is_empty())
            .collect();
        Document {
            body: parts.join("\n\n"),
            ..self.document
        }
    }
}

/// The documents of those of these things that exist. Their rows are held: whoever is about to change one writes its document
/// after us, or has done so before.
pub async fn fresh(db: &impl ConnectionTrait, subjects: &[Subject]) -> Result<Vec<Document>, Error> {
    let (mut reports_ids, mut cause_ids, mut item_ids) = (Vec::new(), Vec::new(), Vec::new());
    for subject in subjects {
        match subject {
            Subject::Report(id) => reports_ids.push(*id),
            Subject::RootCause(id) => cause_ids.push(*id),
            Subject::Recommendation(id) => item_ids.push(*id),
        }
    }
    let mut drafts = Vec::with_capacity(subjects.len());
    if !reports_ids.is_empty() {
        reports(db, reports_ids, &mut drafts).await?;
    }
    if !cause_ids.is_empty() {
        causes(db, cause_ids, &mut drafts).await?;
    }
    if !item_ids.is_empty() {
        items(db, item_ids, &mut drafts).await?;
    }
    // Long texts take a while: not on the worker's thread.
    let finished = tokio::task::spawn_blocking(|| drafts.into_iter().map(Draft::finish).collect());
    finished.await.map_err(Error::internal)
}

async fn reports(db: &impl ConnectionTrait, ids: Vec<ReportId>, drafts: &mut Vec<Draft>) -> Result<(), Error> {
    let rows = report::Entity::find()
        .filter(report::Column::Id.is_in(ids.iter().copied()))
        .order_by_asc(report::Column::Id)
        .hold()
        .all(db)
        .await?;
    let labels = report_label::Entity::find()
        .filter(report_label::Column::ReportId.is_in(ids))
        .order_by_asc(sql::in_bytes(report_label::Column::Label, db))
        .all(db)
        .await?;
    let incidents = incident::Entity::find()
        .filter(incident::Column::Id.is_in(rows.iter().map(|row| row.incident_id)))
        .all(db)
        .await?;
    let incidents: HashMap<IncidentId, String> = incidents
        .into_iter()
        .map(|row| (row.id, format!("{} {}", row.key, row.title)))
        .collect();
    for row in rows {
        let its = labels
            .iter()
            .filter(|label| label.report_id == row.id)
            .map(|label| label.label.as_str());
        let incident = incidents.get(&row.incident_id).cloned().unwrap_or_default();
        drafts.push(Draft {
            document: Document {
                kind: SubjectKind::Report,
                id: row.id.uuid(),
                report: row.id,
                key: Some(row.key),
                title: row.title,
                body: String::new(),
            },
            lines: vec![incident, its.collect::<Vec<_>>().join(", ")],
            texts: vec![
                row.executive_summary,
                row.background,
                row.root_cause_analysis,
                row.impact_analysis,
                row.lessons_learned,
                row.conclusion,
            ],
        });
    }
    Ok(())
}

async fn causes(db: &impl ConnectionTrait, ids: Vec<RootCauseId>, drafts: &mut Vec<Draft>) -> Result<(), Error> {
    let rows = root_cause::Entity::find()
        .filter(root_cause::Column::Id.is_in(ids))
        .order_by_asc(root_cause::Column::Id)
        .hold()
        .all(db)
        .await?;
    for row in rows {
        drafts.push(Draft {
            document: Document {
                kind: SubjectKind::RootCause,
                id: row.id.uuid(),
                report: row.report_id,
                key: None,
                title: row.title,
                body: String::new(),
            },
            lines: Vec::new(),
            texts: vec![row.description, row.no_action_reason.unwrap_or_default()],
        });
    }
    Ok(())
}

async fn items(db: &impl ConnectionTrait, ids: Vec<RecommendationId>, drafts: &mut Vec<Draft>) -> Result<(), Error> {
    let rows = recommendation::Entity::find()
        .filter(recommendation::Column::Id.is_in(ids.iter().copied()))
        .order_by_asc(recommendation::Column::Id)
        .hold()
        .all(db)
        .await?;
    let labels = recommendation_label::Entity::find()
        .filter(recommendation_label::Column::RecommendationId.is_in(ids))
        .order_by_asc(sql::in_bytes(recommendation_label::Column::Label, db))
        .all(db)
        .await?;
    for row in rows {
        let its = labels
            .iter()
            .filter(|label| label.recommendation_id == row.id)
            .map(|label| label.label.as_str());
        drafts.push(Draft {
            document: Document {
                kind: SubjectKind::Recommendation,
                id: row.id.uuid(),
                report: row.report_id,
                key: Some(row.key),
                title: row.title,
                body: String::new(),
            },
            lines: vec![its.collect::<Vec<_>>().join(", ")],
            texts: vec![row.description, row.acceptance_criterion.unwrap_or_default()],
        });
    }
    Ok(())
}
