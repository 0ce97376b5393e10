//! What has no document yet, or one of an older form.

use entity::{recommendation, report, root_cause, search_document};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    prelude::Uuid,
    sea_query::{Expr, ExprTrait, Query},
};

use crate::{
    platform::error::Error,
    search::model::{index::Subject, words::FORM},
};

/// How many are indexed at a time.
const BATCH: u64 = 100;

macro_rules! next_of {
    ($db:expr, $table:ident, $subject:ident, $after:expr) => {{
        let done = Query::select()
            .expr(Expr::val(1))
            .from(search_document::Entity)
            .and_where(
                Expr::col((search_document::Entity, search_document::Column::SubjectId))
                    .eq(Expr::col(($table::Entity, $table::Column::Id))),
            )
            .and_where(search_document::Column::Form.gte(FORM))
            .take();
        let ids: Vec<Uuid> = $table::Entity::find()
            .select_only()
            .column($table::Column::Id)
            .filter($table::Column::Id.gt($after))
            .filter(Expr::exists(done).not())
            .order_by_asc($table::Column::Id)
            .limit(BATCH)
            .into_tuple()
            .all($db)
            .await?;
        Ok(ids.into_iter().map(|id| Subject::$subject(id.into())).collect())
    }};
}

/// The kinds of things that are searched.
pub const KINDS: [Kind; 3] = [Kind::Report, Kind::RootCause, Kind::Recommendation];

/// A kind of thing that is searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Reports.
    Report,
    /// Root causes.
    RootCause,
    /// Recommendations.
    Recommendation,
}

/// The next of a kind, in order of their ids.
pub async fn next(db: &impl ConnectionTrait, kind: Kind, after: Uuid) -> Result<Vec<Subject>, Error> {
    match kind {
        Kind::Report => next_of!(db, report, Report, after),
        Kind::RootCause => next_of!(db, root_cause, RootCause, after),
        Kind::Recommendation => next_of!(db, recommendation, Recommendation, after),
    }
}
