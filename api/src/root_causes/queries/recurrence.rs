//! The occurrences of a cause, and how those that came back stood to the work already recommended against them.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::{
    enums::RecommendationStatus,
    ids::{IncidentId, RecommendationId, RootCauseId},
    incident, recommendation, recommendation_root_cause_version, recommendation_version, report, root_cause,
};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, JoinType, QueryFilter, QuerySelect, Select,
    sea_query::{Expr, ExprTrait},
};

use crate::{
    auth::{Session, scope},
    platform::error::Error,
    root_causes::model::{RecurrenceKind, recurrence_kind},
};

/// How many chains are read at a time: databases bound the number of values in a statement.
const CHAINS: usize = 500;

/// One occurrence of a cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occurrence {
    /// The cause.
    pub cause: RootCauseId,
    /// The first occurrence; none: this is the first.
    pub first: Option<RootCauseId>,
    /// In which incident.
    pub incident: IncidentId,
    /// When that began.
    pub started_at: DateTime<Utc>,
}

impl Occurrence {
    /// The chain it belongs to: its first occurrence.
    pub fn chain(&self) -> RootCauseId {
        self.first.unwrap_or(self.cause)
    }
}

/// The causes that the viewer may see, with their reports and incidents.
pub fn in_incidents(session: &Session) -> Select<root_cause::Entity> {
    let mut causes = scope::root_causes(&session.viewer);
    let of_report =
        Expr::col(root_cause::Column::ReportId.as_column_ref()).eq(Expr::col(report::Column::Id.as_column_ref()));
    let of_incident =
        Expr::col(report::Column::IncidentId.as_column_ref()).eq(Expr::col(incident::Column::Id.as_column_ref()));
    QuerySelect::query(&mut causes)
        .join(JoinType::InnerJoin, report::Entity, of_report)
        .join(JoinType::InnerJoin, incident::Entity, of_incident);
    causes
}

/// The causes that the viewer may see, as occurrences.
pub async fn occurrences(session: &Session, which: Condition) -> Result<Vec<Occurrence>, Error> {
    let select = in_incidents(session)
        .select_only()
        .column(root_cause::Column::Id)
        .column(root_cause::Column::RecurrenceOfId)
        .column(incident::Column::Id)
        .column(incident::Column::StartedAt)
        .filter(which);
    let rows: Vec<(RootCauseId, Option<RootCauseId>, IncidentId, DateTime<Utc>)> =
        select.into_tuple().all(&session.db).await?;
    let occurrence = |(cause, first, incident, started_at)| Occurrence {
        cause,
        first,
        incident,
        started_at,
    };
    Ok(rows.into_iter().map(occurrence).collect())
}

/// All occurrences in these chains.
pub async fn chains(session: &Session, firsts: &[RootCauseId]) -> Result<Vec<Occurrence>, Error> {
    let of_chains = Condition::any()
        .add(root_cause::Column::Id.is_in(firsts.iter().copied()))
        .add(root_cause::Column::RecurrenceOfId.is_in(firsts.iter().copied()));
    occurrences(session, of_chains).await
}

/// How those of these causes that are recurrences stand to the earlier work. Absent for a first occurrence, and for a recurrence
/// of what the viewer may not see.
pub async fn kinds(session: &Session, which: Condition) -> Result<HashMap<RootCauseId, RecurrenceKind>, Error> {
    let mut asked: HashMap<RootCauseId, Vec<Occurrence>> = HashMap::new();
    for occurrence in occurrences(session, which).await? {
        if let Some(first) = occurrence.first {
            asked.entry(first).or_default().push(occurrence);
        }
    }
    let firsts: Vec<RootCauseId> = asked.keys().copied().collect();
    let mut kinds = HashMap::new();
    for some in firsts.chunks(CHAINS) {
        let found = chains(session, some).await?;
        let work = Work::on(session, &found).await?;
        let mut by_chain: HashMap<RootCauseId, Vec<Occurrence>> = HashMap::new();
        for occurrence in found {
            by_chain.entry(occurrence.chain()).or_default().push(occurrence);
        }
        for (first, chain) in by_chain {
            // The first occurrence cannot be seen.
            if chain.iter().all(|occurrence| occurrence.first.is_some()) {
                continue;
            }
            for later in asked.get(&first).into_iter().flatten() {
                let then: Vec<RecommendationStatus> = chain
                    .iter()
                    .filter(|other| other.started_at < later.started_at)
                    .flat_map(|other| work.statuses(other.cause, later.started_at))
                    .collect();
                kinds.insert(later.cause, recurrence_kind(&then));
            }
        }
    }
    Ok(kinds)
}

/// The recommendations that treated some causes at some time, with their history.
struct Work {
    links: HashMap<RootCauseId, Vec<recommendation_root_cause_version::Model>>,
    versions: HashMap<RecommendationId, Vec<recommendation_version::Model>>,
}

impl Work {
    async fn on(session: &Session, occurrences: &[Occurrence]) -> Result<Self, Error> {
        use recommendation_root_cause_version::Column as Link;
        use recommendation_version::Column as Version;
        let causes = occurrences.iter().map(|occurrence| occurrence.cause);
        let rows = recommendation_root_cause_version::Entity::find()
            .filter(Link::RootCauseId.is_in(causes))
            .filter(Link::RecommendationId.in_subquery(scope::only_id(
                scope::recommendations(&session.viewer),
                recommendation::Column::Id,
            )))
            .all(&session.db)
            .await?;
        let mut items: Vec<RecommendationId> = rows.iter().map(|link| link.recommendation_id).collect();
        items.sort();
        items.dedup();
        let mut links: HashMap<_, Vec<_>> = HashMap::new();
        for link in rows {
            links.entry(link.root_cause_id).or_default().push(link);
        }
        let mut versions: HashMap<_, Vec<_>> = HashMap::new();
        for some in items.chunks(10 * CHAINS) {
            let rows = recommendation_version::Entity::find()
                .filter(Version::RecommendationId.is_in(some.iter().copied()))
                .all(&session.db)
                .await?;
            for row in rows {
                versions.entry(row.recommendation_id).or_default().push(row);
            }
        }
        Ok(Self { links, versions })
    }

    /// What the recommendations that treated `cause` at `at` were then.
    fn statuses(&self, cause: RootCauseId, at: DateTime<Utc>) -> impl Iterator<Item = RecommendationStatus> {
        let then = move |from: DateTime<Utc>, to: Option<DateTime<Utc>>| from <= at && to.is_none_or(|to| at < to);
        self.links
            .get(&cause)
            .into_iter()
            .flatten()
            .filter(move |link| then(link.valid_from, link.valid_to))
            .filter_map(|link| self.versions.get(&link.recommendation_id))
            .filter_map(move |versions| versions.iter().find(|row| then(row.valid_from, row.valid_to)))
            .map(|row| row.status)
    }
}
