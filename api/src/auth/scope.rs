//! Which reports a viewer may know of, as part of every statement that could reveal one.
//!
//! A RESTRICTED report, and everything under it, exists only for its participants, its owner and admins. The rule is one
//! sub-select of hidden reports; every other table is tied to it by its `report_id`. Recommendations have who may see their report
//! beside them, and ask the other way round: [`of_visible_item`]. Whoever alters the rule alters both. Filters that look into a related
//! table go through here too, so that a filter cannot be used to ask about what cannot be seen.

use entity::{
    api_token, calendar_feed, due_policy, enums::SubjectKind, event, incident, recommendation,
    recommendation_root_cause, report, report_participant, root_cause, search_document, timeline_event,
    tracker_connection, tracker_link, webhook_attempt, webhook_delivery, webhook_endpoint,
};
use sea_orm::{
    ColumnTrait, Condition, EntityName, EntityTrait, QueryFilter, Select,
    sea_query::{Expr, ExprTrait, Query, SelectStatement, SimpleExpr, UnionType},
};

use super::Viewer;

/// Reports as they are now, with what decides who may see them. A view: a question about the past puts other rows in the place
/// of `report`, and what may be seen is a matter of the present.
const ACCESS: &str = "report_access";

/// As a literal: the index on hidden reports is of no use to a statement that might ask for others.
const RESTRICTED: &str = "'RESTRICTED'";

/// Who may see an item's report, beside the item. The database keeps it in step with the report.
pub const REPORT_VISIBILITY: &str = "report_visibility";

fn access(column: &'static str) -> Expr {
    Expr::col((ACCESS, column))
}

/// That this column names a report which must not exist for this viewer; nothing when none is hidden.
///
/// It asks for each row, and not for all that is hidden first: a page has few rows, and an organisation many secrets.
fn is_hidden<C: ColumnTrait>(viewer: &Viewer, column: C) -> Option<Expr> {
    if viewer.is_admin() {
        return None;
    }
    let mut hidden = Query::select()
        .expr(Expr::val(1))
        .from(ACCESS)
        .and_where(access("id").eq(Expr::col(column.as_column_ref())))
        .and_where(access("visibility").eq(Expr::cust(RESTRICTED)))
        .take();
    if let Some(me) = viewer.id() {
        use report_participant::Column as P;
        let taking_part = Query::select()
            .expr(Expr::val(1))
            .from(report_participant::Entity)
            .and_where(Expr::col(P::ReportId.as_column_ref()).eq(access("id")))
            .and_where(P::UserId.eq(me))
            .take();
        let is_others = Condition::any()
            .add(access("owner_id").is_null())
            .add(access("owner_id").ne(me));
        hidden.cond_where(is_others).and_where(Expr::exists(taking_part).not());
    }
    Some(Expr::exists(hidden))
}

/// The rows whose column names a report that the viewer may see. A row without a report is seen by all.
pub fn of_visible_report<C: ColumnTrait>(viewer: &Viewer, column: C) -> Condition {
    if !viewer.may_read() {
        return nothing();
    }
    match is_hidden(viewer, column) {
        None => Condition::all(),
        Some(is_hidden) => Condition::all().add(is_hidden.not()),
    }
}

/// Who may see the report that this column names, as it is now.
pub fn report_visibility<C: ColumnTrait>(column: C) -> SimpleExpr {
    let now = Query::select()
        .expr(access("visibility"))
        .from(ACCESS)
        .and_where(access("id").eq(Expr::col(column.as_column_ref())))
        .take();
    SimpleExpr::SubQuery(None, Box::new(now.into()))
}

/// The recommendations that the viewer may see: what is not RESTRICTED, and what stands under reports that are theirs. The latter are
/// read once, where something RESTRICTED is met; unlike what is hidden, they are few.
pub fn of_visible_item(viewer: &Viewer) -> Condition {
    use recommendation::{Column, Entity};
    if !viewer.may_read() {
        return nothing();
    }
    if viewer.is_admin() {
        return Condition::all();
    }
    let is_open = Expr::col((Entity.table_name(), REPORT_VISIBILITY)).ne(Expr::cust(RESTRICTED));
    let Some(me) = viewer.id() else {
        return Condition::all().add(is_open);
    };
    let owned = Query::select()
        .expr(access("id"))
        .from(ACCESS)
        .and_where(access("visibility").eq(Expr::cust(RESTRICTED)))
        .and_where(access("owner_id").eq(me))
        .take();
    let mine = Query::select()
        .column(report_participant::Column::ReportId.as_column_ref())
        .from(report_participant::Entity)
        .and_where(report_participant::Column::UserId.eq(me))
        .union(UnionType::All, owned)
        .take();
    Condition::any().add(is_open).add(Column::ReportId.in_subquery(mine))
}

/// Matches no row.
fn nothing() -> Condition {
    Condition::all().add(Expr::val(1).eq(0))
}

/// What everybody sees who may read at all.
pub fn open(viewer: &Viewer) -> Condition {
    if viewer.may_read() { Condition::all() } else { nothing() }
}

/// Tokens for machines: admins only.
pub fn api_tokens(viewer: &Viewer) -> Select<api_token::Entity> {
    api_token::Entity::find().filter(admins(viewer))
}

/// Calendar feeds: each one's own, and all of them for admins, who may revoke them.
pub fn calendar_feeds(viewer: &Viewer) -> Select<calendar_feed::Entity> {
    let all = calendar_feed::Entity::find().filter(open(viewer));
    if viewer.is_admin() {
        return all;
    }
    all.filter(calendar_feed::Column::OwnerId.is_in(viewer.id()))
}

fn admins(viewer: &Viewer) -> Condition {
    if viewer.is_admin() { Condition::all() } else { nothing() }
}

/// Where events are sent: admins only.
pub fn webhook_endpoints(viewer: &Viewer) -> Select<webhook_endpoint::Entity> {
    webhook_endpoint::Entity::find().filter(admins(viewer))
}

/// What was sent there: admins only.
pub fn webhook_deliveries(viewer: &Viewer) -> Select<webhook_delivery::Entity> {
    webhook_delivery::Entity::find().filter(admins(viewer))
}

/// How it went: admins only.
pub fn webhook_attempts(viewer: &Viewer) -> Select<webhook_attempt::Entity> {
    webhook_attempt::Entity::find().filter(admins(viewer))
}

/// Projects of issue trackers: whoever may link a recommendation must find them.
pub fn tracker_connections(viewer: &Viewer) -> Select<tracker_connection::Entity> {
    tracker_connection::Entity::find().filter(open(viewer))
}

/// Issues that recommendations are linked to.
pub fn tracker_links(viewer: &Viewer) -> Select<tracker_link::Entity> {
    tracker_link::Entity::find().filter(of_visible_report(viewer, tracker_link::Column::ReportId))
}

/// Reports.
pub fn reports(viewer: &Viewer) -> Select<report::Entity> {
    report::Entity::find().filter(of_visible_report(viewer, report::Column::Id))
}

/// Root causes.
pub fn root_causes(viewer: &Viewer) -> Select<root_cause::Entity> {
    root_cause::Entity::find().filter(of_visible_report(viewer, root_cause::Column::ReportId))
}

/// Recommendations.
pub fn recommendations(viewer: &Viewer) -> Select<recommendation::Entity> {
    recommendation::Entity::find().filter(of_visible_item(viewer))
}

/// What can be found by its words.
pub fn search_documents(viewer: &Viewer) -> Select<search_document::Entity> {
    search_document::Entity::find().filter(of_visible_report(viewer, search_document::Column::ReportId))
}

/// Timeline entries.
pub fn timeline_events(viewer: &Viewer) -> Select<timeline_event::Entity> {
    timeline_event::Entity::find().filter(of_visible_report(viewer, timeline_event::Column::ReportId))
}

/// Entries of the event log. What happened to users, to tokens for machines, to calendar feeds, to webhooks and to trackers is for admins only: it tells who signs
/// in where, and who is told what.
pub fn events(viewer: &Viewer) -> Select<event::Entity> {
    let all = event::Entity::find()
        .filter(of_visible_report(viewer, event::Column::ReportId))
        .filter(of_visible_report(viewer, event::Column::OtherReportId));
    if viewer.is_admin() {
        return all;
    }
    all.filter(event::Column::SubjectKind.is_not_in([
        SubjectKind::ApiToken,
        SubjectKind::CalendarFeed,
        SubjectKind::User,
        SubjectKind::WebhookEndpoint,
        SubjectKind::TrackerConnection,
    ]))
}

/// Due policies, also those of earlier lists.
pub fn due_policies(viewer: &Viewer) -> Select<due_policy::Entity> {
    due_policy::Entity::find().filter(open(viewer))
}

/// Incidents: everybody sees all of them. So does a token that may only bring them in: it is told which one it made.
pub fn incidents(_: &Viewer) -> Select<incident::Entity> {
    incident::Entity::find()
}

/// Links between recommendations and root causes, of which the viewer may see both ends.
pub fn treatments(viewer: &Viewer) -> Condition {
    if viewer.is_admin() {
        return Condition::all();
    }
    let causes = only_id(root_causes(viewer), root_cause::Column::Id);
    let items = only_id(recommendations(viewer), recommendation::Column::Id);
    Condition::all()
        .add(recommendation_root_cause::Column::RootCauseId.in_subquery(causes))
        .add(recommendation_root_cause::Column::RecommendationId.in_subquery(items))
}

/// The sub-select of one column of a scoped selection.
pub fn only_id<E: EntityTrait>(select: Select<E>, column: E::Column) -> SelectStatement {
    use sea_orm::{QuerySelect, QueryTrait};
    select.select_only().column(column).into_query()
}
