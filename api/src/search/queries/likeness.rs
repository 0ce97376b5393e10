//! What is like root causes and reports. The same number of statements for one as for many.

use std::collections::{HashMap, HashSet};

use entity::{
    enums::SubjectKind,
    ids::{CauseCategoryId, ReportId, RootCauseId, ServiceId, TypedId},
    incident_service, report, root_cause, search_document, search_term,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, JoinType, Order, QueryFilter, QueryOrder, QuerySelect,
    prelude::Uuid,
    sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement, SimpleExpr},
};

use crate::{
    auth::{Viewer, scope},
    platform::{error::Error, keys::is_postgres},
    search::model::likeness::{
        Cause, Lexicon, LikeCause, LikeReport, Posting, similar_causes as rank_causes, similar_reports as rank_reports,
    },
};

/// A word of more things than this tells nothing of any.
const RARE: u64 = 100;
/// The most causes of one report that are compared.
const MOST_CAUSES: usize = 10;
/// The most occurrences of the chains that are looked at.
const MOST_OCCURRENCES: u64 = 5_000;

fn term(column: search_term::Column) -> SimpleExpr {
    Expr::col((search_term::Entity, column))
}

/// The words of some things, each with the visible document that is one too many for a rare word.
fn asked(viewer: &Viewer, kind: SubjectKind, subjects: &[Uuid]) -> SelectStatement {
    let numbers = Query::select()
        .column(search_document::Column::Number)
        .from(search_document::Entity)
        .and_where(search_document::Column::SubjectId.is_in(subjects.iter().copied()))
        .take();
    let terms = Query::select()
        .distinct()
        .column(search_term::Column::Term)
        .from(search_term::Entity)
        .and_where(search_term::Column::DocumentNumber.in_subquery(numbers))
        .take();
    let one_too_many = Query::select()
        .expr(term(search_term::Column::DocumentNumber))
        .from(search_term::Entity)
        .cond_where(scope::of_visible_report(viewer, search_term::Column::ReportId))
        .and_where(search_term::Column::SubjectKind.eq(kind))
        .and_where(term(search_term::Column::Term).eq(Expr::col((Alias::new("wanted"), Alias::new("term")))))
        .order_by((search_term::Entity, search_term::Column::DocumentNumber), Order::Desc)
        .limit(1)
        .offset(RARE)
        .take();
    Query::select()
        .expr(Expr::col((Alias::new("wanted"), Alias::new("term"))))
        .expr_as(
            SimpleExpr::SubQuery(None, Box::new(one_too_many.into())),
            Alias::new("one_too_many"),
        )
        .from_subquery(terms, Alias::new("wanted"))
        .take()
}

/// The rare words of some things, and all that the viewer may see that has them too.
async fn lexicon(
    db: &impl ConnectionTrait,
    viewer: &Viewer,
    kind: SubjectKind,
    subjects: &[Uuid],
) -> Result<Lexicon, Error> {
    let rare = |column: &'static str| Expr::col((Alias::new("asked"), Alias::new(column)));
    let document = |column| Expr::col((search_document::Entity, column));
    // SQLite, which knows nothing of how many rows there are, would begin with all terms; it keeps the order of this join, which
    // has no ON: the condition stands below too.
    let asked_first = if is_postgres(db) {
        JoinType::InnerJoin
    } else {
        JoinType::CrossJoin
    };
    let select = Query::select()
        .expr(term(search_term::Column::Term))
        .expr(document(search_document::Column::SubjectId))
        .expr(document(search_document::Column::ReportId))
        .from_subquery(asked(viewer, kind, subjects), Alias::new("asked"))
        .join(
            asked_first,
            search_term::Entity,
            term(search_term::Column::Term).eq(rare("term")),
        )
        .join(
            JoinType::InnerJoin,
            search_document::Entity,
            document(search_document::Column::Number).eq(term(search_term::Column::DocumentNumber)),
        )
        .cond_where(scope::of_visible_report(viewer, search_term::Column::ReportId))
        .and_where(search_term::Column::SubjectKind.eq(kind))
        .and_where(term(search_term::Column::Term).eq(rare("term")))
        .and_where(rare("one_too_many").is_null())
        .take();
    let mut postings = Vec::new();
    for row in &db.query_all(&select).await? {
        postings.push(Posting {
            term: row.try_get("", "term")?,
            subject: row.try_get("", "subject_id")?,
            report: row.try_get("", "report_id")?,
        });
    }
    Ok(Lexicon::new(postings))
}

/// What is known of the visible causes that fulfil a condition.
async fn causes(db: &impl ConnectionTrait, viewer: &Viewer, which: Condition) -> Result<Vec<Cause>, Error> {
    use root_cause::Column as C;
    type Row = (RootCauseId, ReportId, Option<RootCauseId>, Option<CauseCategoryId>);
    let rows: Vec<Row> = scope::root_causes(viewer)
        .select_only()
        .columns([C::Id, C::ReportId, C::RecurrenceOfId, C::CategoryId])
        .filter(which)
        .order_by_asc(C::Id)
        .limit(MOST_OCCURRENCES)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(id, report, first, category)| Cause {
            id,
            report,
            first,
            category,
        })
        .collect())
}

/// What is like some causes.
async fn like_causes(
    db: &impl ConnectionTrait,
    viewer: &Viewer,
    own: &[Cause],
) -> Result<HashMap<RootCauseId, Vec<LikeCause>>, Error> {
    let firsts: Vec<RootCauseId> = own.iter().map(Cause::chain).collect();
    let of_chain = Condition::any()
        .add(root_cause::Column::Id.is_in(firsts.clone()))
        .add(root_cause::Column::RecurrenceOfId.is_in(firsts));
    let chains = causes(db, viewer, of_chain).await?;
    let subjects: Vec<Uuid> = own.iter().map(|cause| cause.id.uuid()).collect();
    let lexicon = lexicon(db, viewer, SubjectKind::RootCause, &subjects).await?;
    let words = own.iter().flat_map(|cause| lexicon.like(cause.id.uuid(), cause.report));
    let words: HashSet<RootCauseId> = words.map(|(id, _, _)| RootCauseId(id)).collect();
    let words = causes(db, viewer, Condition::all().add(root_cause::Column::Id.is_in(words))).await?;
    let known = own
        .iter()
        .copied()
        .chain(chains)
        .chain(words)
        .map(|cause| (cause.id, cause))
        .collect();
    Ok(own
        .iter()
        .map(|cause| (cause.id, rank_causes(cause, &known, &lexicon)))
        .collect())
}

/// The causes of other reports that are like each of these, the most alike first.
pub async fn similar_causes(
    db: &impl ConnectionTrait,
    viewer: &Viewer,
    ids: &[RootCauseId],
) -> Result<HashMap<RootCauseId, Vec<LikeCause>>, Error> {
    let own = causes(
        db,
        viewer,
        Condition::all().add(root_cause::Column::Id.is_in(ids.iter().copied())),
    )
    .await?;
    like_causes(db, viewer, &own).await
}

/// The services that were hit, by the visible report on it.
async fn services(
    db: &impl ConnectionTrait,
    viewer: &Viewer,
    reports: impl Iterator<Item = ReportId>,
) -> Result<HashMap<ReportId, HashSet<ServiceId>>, Error> {
    let mut select = scope::reports(viewer)
        .select_only()
        .column(report::Column::Id)
        .column(incident_service::Column::ServiceId)
        .filter(report::Column::Id.is_in(reports));
    let of_incident = Expr::col((incident_service::Entity, incident_service::Column::IncidentId))
        .eq(Expr::col((report::Entity, report::Column::IncidentId)));
    QuerySelect::query(&mut select).join(JoinType::InnerJoin, incident_service::Entity, of_incident);
    let rows: Vec<(ReportId, ServiceId)> = select.into_tuple().all(db).await?;
    let mut services: HashMap<ReportId, HashSet<ServiceId>> = HashMap::new();
    for (report, service) in rows {
        services.entry(report).or_default().insert(service);
    }
    Ok(services)
}

/// The reports that are like each of these, the most alike first.
pub async fn similar_reports(
    db: &impl ConnectionTrait,
    viewer: &Viewer,
    ids: &[ReportId],
) -> Result<HashMap<ReportId, Vec<LikeReport>>, Error> {
    let of_these = Condition::all().add(root_cause::Column::ReportId.is_in(ids.iter().copied()));
    let mut compared: HashMap<ReportId, usize> = HashMap::new();
    let own: Vec<Cause> = causes(db, viewer, of_these)
        .await?
        .into_iter()
        .filter(|cause| {
            let count = compared.entry(cause.report).or_default();
            *count += 1;
            *count <= MOST_CAUSES
        })
        .collect();
    let like = like_causes(db, viewer, &own).await?;
    let subjects: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let lexicon = lexicon(db, viewer, SubjectKind::Report, &subjects).await?;
    let by_words = ids
        .iter()
        .flat_map(|id| lexicon.like(id.uuid(), *id))
        .map(|(_, report, _)| report);
    let by_cause = like.values().flatten().map(|cause| cause.report);
    let all: HashSet<ReportId> = ids.iter().copied().chain(by_words).chain(by_cause).collect();
    let services = services(db, viewer, all.into_iter()).await?;
    let ranked = |id: ReportId| {
        let its = own.iter().filter(|cause| cause.report == id);
        let causes: Vec<LikeCause> = its.filter_map(|cause| like.get(&cause.id)).flatten().copied().collect();
        rank_reports(id, &causes, &lexicon, &services)
    };
    Ok(ids.iter().map(|id| (*id, ranked(*id))).collect())
}
