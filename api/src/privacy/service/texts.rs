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
        let anew = |column: E::Column| match row.get(column) {
            Value::String(Some(text)) => former.text(&text).map(Value::from),
            Value::Json(Some(value)) => former.json(&value).map(Value::from),
            _ => None,
        };
        let changed: Vec<(E::Column, Value)> = columns
            .iter()
            .filter_map(|column| Some((*column, anew(*column)?)))
            .collect();
        if changed.is_empty() {
            continue;
        }
        if !has_room::<E>(tx, &row, &changed).await? {
            note::<E>(&table, &row, found);
            continue;
        }
        let mut update = E::update_many();
        for (column, new) in changed {
            update = update.col_expr(column, Expr::val(new));
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
