//! Conditions that filters are made of. Every one is two-valued: a NULL column makes it false, never unknown, so that
//! `not` of a filter is exactly the rest of the list on both databases.

use chrono::{DateTime, Duration, NaiveDate, Utc};
use entity::columns::Columns;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoSimpleExpr, Iterable, QuerySelect, Select, Statement,
    prelude::Uuid,
    sea_query::{BinOper, Expr, ExprTrait, Func, FunctionCall, LikeExpr, SelectStatement, SimpleExpr},
};

use super::keys::is_postgres;

/// How far the clocks of processes may be apart, or be set back, without anybody taking a time of another for a mistake.
pub const CLOCKS: Duration = Duration::minutes(5);

/// A time that is set `longest` ahead at most has come. One that is further away was set by a clock that was ahead and has been set
/// back since: waiting for it would take as long as that clock was wrong.
pub fn reached<C: ColumnTrait>(column: C, now: DateTime<Utc>, longest: Duration) -> Condition {
    Condition::any()
        .add(column.lte(now))
        .add(column.gt(now + longest + CLOCKS))
}

/// `column <op> value`, false where the column is NULL.
pub fn known<C: ColumnTrait>(column: C, comparison: SimpleExpr) -> SimpleExpr {
    if column.def().is_null() {
        column.is_not_null().and(comparison)
    } else {
        comparison
    }
}

/// A value is one of these ids. PostgreSQL gets them as one parameter: a statement with a place for each would be prepared and
/// planned anew for each number of ids.
pub fn one_of(value: SimpleExpr, ids: &[Uuid], is_postgres: bool) -> SimpleExpr {
    match ids {
        [only] => value.eq(*only),
        _ if is_postgres => {
            let mut text = String::with_capacity(37 * ids.len());
            for id in ids {
                if !text.is_empty() {
                    text.push(',');
                }
                text.push_str(id.as_hyphenated().encode_lower(&mut Uuid::encode_buffer()));
            }
            Expr::cust_with_exprs(
                "$1 = ANY(CAST(string_to_array($2, ',') AS uuid[]))",
                [value, Expr::val(text)],
            )
        }
        _ => value.is_in(ids.iter().copied()),
    }
}

/// A column holds one of these words of our own, as literals: an index on the rows that hold them is of no use to a statement that
/// might ask for others.
pub fn one_of_words<C: ColumnTrait>(column: C, words: &[&'static str]) -> SimpleExpr {
    let literals = words.iter().map(|word| Expr::cust(format!("'{word}'")));
    column.into_simple_expr().is_in(literals)
}

/// A statement that returns so many rows at most. The number is part of the text: of a parameter a planner knows nothing, and
/// prepares for a tenth of the table.
pub fn at_most(select: &SelectStatement, rows: u64, db: &impl ConnectionTrait) -> Statement {
    let mut statement = db.get_database_backend().build(select);
    statement.sql.push_str(&format!(" LIMIT {rows}"));
    statement
}

/// The column's value is one of those that the sub-select yields.
pub fn among<C: ColumnTrait>(column: C, subselect: SelectStatement) -> SimpleExpr {
    known(column, column.in_subquery(subselect))
}

/// The same of a sub-select that yields one value at most. A planner that knows that there is one reads an index on the column in its
/// order, and stops at the end of a page.
pub fn the_one<C: ColumnTrait>(column: C, subselect: SelectStatement) -> SimpleExpr {
    let is_there = Expr::exists(subselect.clone());
    let one = SimpleExpr::SubQuery(None, Box::new(subselect.into()));
    known(column, column.into_simple_expr().eq(one).and(is_there))
}

/// The days from a date to a later day; a negative number when it is not later.
pub fn days_since<C: ColumnTrait>(column: C, day: NaiveDate, is_postgres: bool) -> SimpleExpr {
    let date = Expr::col(column.as_column_ref());
    if is_postgres {
        return Expr::val(day).cast_as("date").sub(date);
    }
    let number = |value: SimpleExpr| SimpleExpr::from(Func::cust("julianday").arg(value));
    number(Expr::val(day)).sub(number(date)).cast_as("integer")
}

/// The day after a date.
pub fn day_after(date: SimpleExpr, is_postgres: bool) -> SimpleExpr {
    if is_postgres {
        return date.add(1);
    }
    Func::cust("date").args([date, Expr::val("+1 day")]).into()
}

/// An instant, as text that [`read_micros`] reads.
pub fn micros(instant: SimpleExpr, is_postgres: bool) -> SimpleExpr {
    if is_postgres {
        // Exact: the seconds are a decimal number with six digits after the point.
        return Expr::cust_with_exprs("extract(epoch FROM $1) * 1000000", [instant]).cast_as("bigint");
    }
    instant
}

/// One text after the other.
pub fn beside(one: SimpleExpr, other: SimpleExpr) -> SimpleExpr {
    one.binary(BinOper::Custom("||"), other)
}

/// Many values in one text: both databases have it, and it is the quickest way for many numbers to travel.
pub fn joined(value: SimpleExpr, which: Condition) -> FunctionCall {
    Func::cust("string_agg")
        .args([value.cast_as("text"), Expr::val(",")])
        .filter(which)
}

/// Microseconds: since 1970 when it is an instant.
pub fn read_micros(text: &str) -> Option<i64> {
    text.parse()
        .ok()
        .or_else(|| DateTime::parse_from_rfc3339(text).ok().map(|at| at.timestamp_micros()))
}

/// Always false.
pub fn nothing() -> Condition {
    Condition::all().add(Expr::cust("1 = 0"))
}

/// Text in the order of its bytes, as SQLite has it, and not as words of a language: that order differs between servers, and for rare
/// letters it takes some of them milliseconds to compare two texts.
pub fn in_bytes(text: impl IntoSimpleExpr, db: &impl ConnectionTrait) -> SimpleExpr {
    let text = text.into_simple_expr();
    if is_postgres(db) {
        return Expr::cust_with_expr(r#"$1 COLLATE "C""#, text);
    }
    text
}

/// Case-insensitive LIKE; what the user typed is taken literally. SQLite knows the case of ASCII letters only: it finds others
/// as they were typed, or in small letters.
pub fn like<C: ColumnTrait>(column: C, before: &str, typed: &str, after: &str) -> SimpleExpr {
    let lower = || Expr::expr(Func::lower(Expr::col(column.as_column_ref())));
    let pattern = |text: &str| format!("{before}{}{after}", literally(text));
    let ascii = typed.to_ascii_lowercase();
    let found = lower().like(LikeExpr::new(pattern(&ascii)).escape('\\'));
    if ascii.is_ascii() {
        return known(column, found);
    }
    // What is a small letter to PostgreSQL depends on the server: one for each, or those of a language, which ends a Greek word with ς.
    let folded = |text: SimpleExpr| {
        let lower = SimpleExpr::from(Func::lower(text));
        SimpleExpr::from(Func::cust("replace").args([lower, Expr::val("ς"), Expr::val("σ")]))
    };
    let wanted = folded(Expr::val(pattern(typed))).binary(BinOper::Escape, SimpleExpr::Constant('\\'.into()));
    let here = folded(Expr::col(column.as_column_ref())).binary(BinOper::Like, wanted);
    let small = pattern(&typed.to_lowercase());
    known(
        column,
        found.or(here).or(lower().like(LikeExpr::new(small).escape('\\'))),
    )
}

fn literally(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}

/// The rows with these columns only, to be read by [`entity::read_at::ReadAt::read_some`].
pub fn narrowed<E: EntityTrait>(select: Select<E>, columns: Columns) -> Select<E> {
    let all = E::Column::iter().enumerate();
    let read = all.filter(|(place, _)| columns.has(*place)).map(|(_, column)| column);
    select.select_only().columns(read)
}
