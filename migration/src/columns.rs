//! The few column shapes that every table is made of.

use sea_orm_migration::{
    prelude::*,
    sea_orm::sea_query::{self, ForeignKeyCreateStatement, TableCreateStatement},
};

/// A table to fill with columns.
pub(crate) fn table(name: &'static str) -> TableCreateStatement {
    Table::create().table(name).to_owned()
}

pub(crate) fn uuid(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).uuid().not_null().take()
}

pub(crate) fn uuid_null(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).uuid().null().take()
}

pub(crate) fn id() -> ColumnDef {
    ColumnDef::new("id").uuid().not_null().primary_key().take()
}

pub(crate) fn text(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).text().not_null().take()
}

pub(crate) fn text_null(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).text().null().take()
}

pub(crate) fn flag(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).boolean().not_null().take()
}

pub(crate) fn instant(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).timestamp_with_time_zone().not_null().take()
}

pub(crate) fn instant_null(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).timestamp_with_time_zone().null().take()
}

pub(crate) fn date(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).date().not_null().take()
}

pub(crate) fn date_null(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).date().null().take()
}

pub(crate) fn big(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).big_integer().not_null().take()
}

/// A count that cannot be negative.
pub(crate) fn count_null(name: &'static str) -> ColumnDef {
    ColumnDef::new(name)
        .big_integer()
        .null()
        .check(Expr::col(name).gte(0))
        .take()
}

pub(crate) fn json(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).json_binary().not_null().take()
}

/// Text out of a closed set. A CHECK rather than a native enum: it can be widened in one statement on both databases.
pub(crate) fn one_of(name: &'static str, values: &[&'static str]) -> ColumnDef {
    ColumnDef::new(name)
        .text()
        .not_null()
        .check(Expr::col(name).is_in(values.iter().copied()))
        .take()
}

pub(crate) fn one_of_null(name: &'static str, values: &[&'static str]) -> ColumnDef {
    ColumnDef::new(name)
        .text()
        .null()
        .check(Expr::col(name).is_in(values.iter().copied()))
        .take()
}

/// A reference whose target may not disappear while it is referred to.
pub(crate) fn references(from: &'static str, column: &'static str, to: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create().from(from, column).to(to, "id").to_owned()
}

/// A reference of a part to its whole: the part goes with it.
pub(crate) fn part_of(from: &'static str, column: &'static str, to: &'static str) -> ForeignKeyCreateStatement {
    references(from, column, to)
        .on_delete(sea_query::ForeignKeyAction::Cascade)
        .to_owned()
}

/// Runs statements that read the same on both databases.
pub(crate) async fn run(manager: &SchemaManager<'_>, statements: &[&str]) -> Result<(), DbErr> {
    for statement in statements {
        manager.get_connection().execute_unprepared(statement).await?;
    }
    Ok(())
}

/// Drops tables, the last made first.
pub(crate) async fn drop(manager: &SchemaManager<'_>, tables: &[&'static str]) -> Result<(), DbErr> {
    for name in tables {
        manager.drop_table(Table::drop().table(*name).to_owned()).await?;
    }
    Ok(())
}
