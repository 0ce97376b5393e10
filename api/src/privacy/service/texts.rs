//! Every text of every table, whichever they are.

use std::str::FromStr;

use entity::{
    idempotency_key,
    ids::{IncidentId, RecommendationId, ReportId},
    recommendation, report, report_revision, webhook_attempt,
};
use futures_util::future::BoxFuture;
use sea_orm::{
    ColumnTrait, ColumnType, Condition, EntityTrait, IdenStatic, Iterable, ModelTrait, PrimaryKeyToColumn, QueryFilter,
    QuerySelect, Value,
    prelude::Uuid,
    sea_query::{Expr, ExprTrait, Func, SimpleExpr},
};

use crate::{
    auth::Session,
    platform::{
        db::{Hold, Tx},
        error::Error,
    },
    privacy::model::Former,
    search::{
        model::index::Subject,
        service::{keep_report, refresh, refresh_reports_on},
    },
};

/// Tables that are treated in another way: by [`super::events`], by the user's own row, by the index of what is searched; or that
/// hold nothing that anybody wrote.
const OTHERWISE: [&str; 8] = [
    "event",
    "login_attempt",
    "oidc_provider",
    "search_document",
    "search_term",
    "signing_key",
    "user",
    "user_identity",
];

/// Columns that are not rewritten: addresses of machines, which would lead nowhere, and what [`super::links`] treats.
const KEPT: [(&str, &str); 5] = [
    ("tracker_connection", "base_url"),
    ("tracker_connection", "project"),
    ("tracker_link", "base"),
    ("tracker_link", "settled"),
    ("webhook_endpoint", "url"),
];

/// Where a text is found by its words.
#[derive(Clone, Copy)]
enum Searched {
    /// With a thing.
    With(Subject),
    /// With all reports on an incident.
    On(IncidentId),
}

/// Takes somebody out of all of them. Each row is a transaction of its own, which holds it and what it stands under as every change
/// does: so nobody waits for us for whom we wait. Done again after an interruption, it goes on with what is left.
pub(super) async fn erase(session: &Session, former: &Former) -> Result<(), Error> {
    if former.patterns().is_empty() {
        return Ok(());
    }
    macro_rules! each {
        ($($table:ident),+ $(,)?) => {$(
            if !OTHERWISE.contains(&stringify!($table)) {
                in_table::<entity::$table::Entity>(session, former).await?;
            }
        )+};
    }
    entity::for_each_entity!(each);
    Ok(())
}

/// The same once more where what other tables say is written down: from rows that still had the name, perhaps, while we were at them.
pub(super) async fn erase_copies(session: &Session, former: &Former) -> Result<(), Error> {
    if former.patterns().is_empty() {
        return Ok(());
    }
    in_table::<report_revision::Entity>(session, former).await?;
    in_table::<idempotency_key::Entity>(session, former).await?;
    in_table::<webhook_attempt::Entity>(session, former).await
}

/// Rows of which one of these columns may hold a name or an address.
pub(super) fn holding<E: EntityTrait>(former: &Former, columns: &[E::Column]) -> Condition {
    let mut any = Condition::any();
    for column in columns {
        for pattern in former.patterns() {
            let text: SimpleExpr = Expr::col(column.as_column_ref()).cast_as("text");
            any = any.add(SimpleExpr::from(Func::lower(text)).like(pattern.as_str()));
        }
    }
    any
}

/// On the heap: an unoptimised build would keep those of all tables on one stack.
fn in_table<'a, E: EntityTrait<Model: Sync>>(
    session: &'a Session,
    former: &'a Former,
) -> BoxFuture<'a, Result<(), Error>> {
    Box::pin(every_row::<E>(session, former))
}

async fn every_row<E: EntityTrait<Model: Sync>>(session: &Session, former: &Former) -> Result<(), Error> {
    let table = E::default().table_name().to_owned();
    let is_text = |column: &E::Column| {
        let kind = column.def();
        let kind = kind.get_column_type();
        matches!(
            kind,
            ColumnType::Text | ColumnType::String(_) | ColumnType::Json | ColumnType::JsonBinary
        ) && !KEPT.contains(&(table.as_str(), column.as_str()))
    };
    let columns: Vec<E::Column> = E::Column::iter().filter(is_text).collect();
    if columns.is_empty() {
        return Ok(());
    }
    let rows = E::find()
        .filter(holding::<E>(former, &columns))
        .all(&session.db)
        .await?;
    for row in rows {
        if !changed::<E>(former, &columns, &row).is_empty() {
            in_row::<E>(session, former, &columns, &row).await?;
        }
    }
    Ok(())
}

/// Takes somebody out of one row, as it is by now.
async fn in_row<E: EntityTrait<Model: Sync>>(
    session: &Session,
    former: &Former,
    columns: &[E::Column],
    row: &E::Model,
) -> Result<(), Error> {
    let searched = searched::<E>(row);
    let tx = session.begin().await?;
    if let Some(Searched::With(subject)) = searched {
        hold(&tx, subject).await?;
    }
    let Some(row) = E::find().filter(is_row::<E>(row)).hold().one(&*tx).await? else {
        return Ok(());
    };
    let changed = changed::<E>(former, columns, &row);
    if changed.is_empty() {
        return Ok(());
    }
    if has_room::<E>(&tx, &row, &changed).await? {
        let mut update = E::update_many().filter(is_row::<E>(&row));
        for (column, new) in changed {
            update = update.col_expr(column, Expr::val(new));
        }
        // Whoever has the old text before them and is about to save it must look again.
        if let Ok(version) = E::Column::from_str("version") {
            update = update.col_expr(version, Expr::col(version).add(1));
        }
        update.exec(&*tx).await?;
    }
    match searched {
        Some(Searched::With(subject)) => refresh(&tx, &[subject]).await?,
        Some(Searched::On(incident)) => refresh_reports_on(&tx, incident).await?,
        None => {}
    }
    tx.commit().await
}

/// Holds a thing before any of its rows, and before an item or a cause keeps its report, to which what is searched refers.
async fn hold(tx: &Tx, subject: Subject) -> Result<(), Error> {
    keep_report(tx, subject).await?;
    match subject {
        Subject::Report(id) => {
            let it = report::Entity::find_by_id(id).select_only().column(report::Column::Id);
            it.hold().into_tuple::<ReportId>().one(&**tx).await?;
        }
        // It is the row itself that is held next.
        Subject::RootCause(_) => {}
        Subject::Recommendation(id) => {
            let it = recommendation::Entity::find_by_id(id)
                .select_only()
                .column(recommendation::Column::Id);
            it.hold().into_tuple::<RecommendationId>().one(&**tx).await?;
        }
    }
    Ok(())
}

/// What a row says without them, where that is something else.
fn changed<E: EntityTrait>(former: &Former, columns: &[E::Column], row: &E::Model) -> Vec<(E::Column, Value)> {
    let anew = |column: E::Column| match row.get(column) {
        Value::String(Some(text)) => former.text(&text).map(Value::from),
        Value::Json(Some(value)) => former.json(&value).map(Value::from),
        _ => None,
    };
    columns
        .iter()
        .filter_map(|column| Some((*column, anew(*column)?)))
        .collect()
}

fn is_row<E: EntityTrait>(row: &E::Model) -> Condition {
    let mut is_row = Condition::all();
    for key in E::PrimaryKey::iter().map(PrimaryKeyToColumn::into_column) {
        is_row = is_row.add(key.eq(row.get(key)));
    }
    is_row
}

/// Makes room for what a row is to say, which may be its key, as labels are: two labels with names of the same person become one. False:
/// the row has gone itself, because the other one lasts as long.
async fn has_room<E: EntityTrait>(tx: &Tx, row: &E::Model, changed: &[(E::Column, Value)]) -> Result<bool, Error> {
    let keys: Vec<E::Column> = E::PrimaryKey::iter().map(PrimaryKeyToColumn::into_column).collect();
    let is = |one: E::Column, other: E::Column| one.as_str() == other.as_str();
    if !changed
        .iter()
        .any(|(column, _)| keys.iter().any(|key| is(*key, *column)))
    {
        return Ok(true);
    }
    let (mut same, mut mine) = (Condition::all(), Condition::all());
    for key in keys {
        let own = row.get(key);
        let new = changed.iter().find(|(column, _)| is(*column, key));
        same = same.add(key.eq(new.map_or_else(|| own.clone(), |(_, new)| new.clone())));
        mine = mine.add(key.eq(own));
    }
    let Some(other) = E::find().filter(same.clone()).one(&**tx).await? else {
        return Ok(true);
    };
    let stays = lasts_longer::<E>(row, &other);
    E::delete_many()
        .filter(if stays { same } else { mine })
        .exec(&**tx)
        .await?;
    Ok(stays)
}

/// Whether a row of a history ends after another one, or never.
fn lasts_longer<E: EntityTrait>(row: &E::Model, other: &E::Model) -> bool {
    let Ok(column) = E::Column::from_str("valid_to") else {
        return false;
    };
    match (row.get(column), other.get(column)) {
        (Value::ChronoDateTimeUtc(row), Value::ChronoDateTimeUtc(other)) => match (row, other) {
            (None, Some(_)) => true,
            (Some(row), Some(other)) => row > other,
            (_, None) => false,
        },
        _ => false,
    }
}

/// Where the text of a row is found.
fn searched<E: EntityTrait>(row: &E::Model) -> Option<Searched> {
    let id = |name: &str| -> Option<Uuid> {
        match row.get(E::Column::from_str(name).ok()?) {
            Value::Uuid(id) => id,
            _ => None,
        }
    };
    let subject = match E::default().table_name() {
        "report" => Subject::Report(id("id")?.into()),
        "report_label" => Subject::Report(id("report_id")?.into()),
        "root_cause" => Subject::RootCause(id("id")?.into()),
        "recommendation" => Subject::Recommendation(id("id")?.into()),
        "recommendation_label" => Subject::Recommendation(id("recommendation_id")?.into()),
        "incident" => return Some(Searched::On(id("id")?.into())),
        _ => return None,
    };
    Some(Searched::With(subject))
}
