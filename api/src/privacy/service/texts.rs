//! Every text of every table, whichever they are.

use std::str::FromStr;

use entity::ids::IncidentId;
use sea_orm::{
    ColumnTrait, ColumnType, Condition, EntityTrait, IdenStatic, Iterable, ModelTrait, PrimaryKeyToColumn, QueryFilter,
    Value,
    prelude::Uuid,
    sea_query::{Expr, ExprTrait, Func, SimpleExpr},
};

use crate::{
    platform::{db::Tx, error::Error},
    privacy::model::Former,
    search::model::index::Subject,
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

/// What is searched, and has changed.
#[derive(Default)]
pub(super) struct Found {
    pub subjects: Vec<Subject>,
    pub incidents: Vec<IncidentId>,
}

/// Takes somebody out of all of them.
pub(super) async fn erase(tx: &Tx, former: &Former) -> Result<Found, Error> {
    let mut found = Found::default();
    if former.patterns().is_empty() {
        return Ok(found);
    }
    macro_rules! each {
        ($($table:ident),+ $(,)?) => {$(
            if !OTHERWISE.contains(&stringify!($table)) {
                in_table::<entity::$table::Entity>(tx, former, &mut found).await?;
            }
        )+};
    }
    entity::for_each_entity!(each);
    Ok(found)
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

async fn in_table<E: EntityTrait>(tx: &Tx, former: &Former, found: &mut Found) -> Result<(), Error> {
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
    // Whoever has the old text before them and is about to save it must look again.
    let version = E::Column::from_str("version").ok();
    let rows = E::find().filter(holding::<E>(former, &columns)).all(&**tx).await?;
    for row in rows {
        let mut update = E::update_many();
        let mut is_changed = false;
        for column in &columns {
            let new = match row.get(*column) {
                Value::String(Some(text)) => former.text(&text).map(Expr::val),
                Value::Json(Some(value)) => former.json(&value).map(Expr::val),
                _ => None,
            };
            if let Some(new) = new {
                is_changed = true;
                update = update.col_expr(*column, new);
            }
        }
        if !is_changed {
            continue;
        }
        if let Some(version) = version {
            update = update.col_expr(version, Expr::col(version).add(1));
        }
        for key in E::PrimaryKey::iter().map(PrimaryKeyToColumn::into_column) {
            update = update.filter(key.eq(row.get(key)));
        }
        update.exec(&**tx).await?;
        note::<E>(&table, &row, found);
    }
    Ok(())
}

/// Notes what is searched.
fn note<E: EntityTrait>(table: &str, row: &E::Model, found: &mut Found) {
    let id = |name: &str| -> Option<Uuid> {
        match row.get(E::Column::from_str(name).ok()?) {
            Value::Uuid(id) => id,
            _ => None,
        }
    };
    let subject = match table {
        "report" => id("id").map(|id| Subject::Report(id.into())),
        "report_label" => id("report_id").map(|id| Subject::Report(id.into())),
        "root_cause" => id("id").map(|id| Subject::RootCause(id.into())),
        "recommendation" => id("id").map(|id| Subject::Recommendation(id.into())),
        "recommendation_label" => id("recommendation_id").map(|id| Subject::Recommendation(id.into())),
        "incident" => {
            found.incidents.extend(id("id").map(IncidentId::from));
            None
        }
        _ => None,
    };
    found.subjects.extend(subject);
}
