//! Which of many processes does the work: whoever holds the one row, until it runs out.
//!
//! The lease keeps processes from doing the same twice over. That nothing is done twice does not depend on it: every job locks what
//! it changes and looks again. So clocks of processes may differ, and a process that slept past its lease does no harm.

use std::time::Duration;

use entity::scheduler_lease;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, EntityTrait, QueryFilter,
    sea_query::{Expr, ExprTrait, OnConflict},
};

use crate::{
    auth::Session,
    platform::{error::Error, sql::CLOCKS},
};

/// The name of the one lease there is.
const JOBS: &str = "jobs";

/// How long it lasts. A process that ends without saying so is followed by another after this time.
pub(super) const LASTS: Duration = Duration::from_secs(180);

/// Takes the lease, or keeps it. False while another process holds it.
pub(super) async fn take(session: &Session) -> Result<bool, Error> {
    let now = session.now();
    let me = session.app.process;
    let row = scheduler_lease::ActiveModel {
        name: Set(JOBS.to_owned()),
        holder: Set(me),
        until: Set(now + LASTS),
    };
    let column = |column: scheduler_lease::Column| Expr::col(column.as_column_ref());
    let free = column(scheduler_lease::Column::Holder)
        .eq(me)
        .or(column(scheduler_lease::Column::Until).lte(now))
        // As `sql::reached`: a clock that was ahead has been set back.
        .or(column(scheduler_lease::Column::Until).gt(now + LASTS + CLOCKS));
    let taken = scheduler_lease::Entity::insert(row)
        .on_conflict(
            OnConflict::column(scheduler_lease::Column::Name)
                .update_columns([scheduler_lease::Column::Holder, scheduler_lease::Column::Until])
                .action_and_where(free)
                .to_owned(),
        )
        .exec_without_returning(&session.db)
        .await?;
    Ok(taken > 0)
}

/// Gives it back, so that another process need not wait.
pub(super) async fn release(session: &Session) -> Result<(), Error> {
    scheduler_lease::Entity::delete_many()
        .filter(scheduler_lease::Column::Name.eq(JOBS))
        .filter(scheduler_lease::Column::Holder.eq(session.app.process))
        .exec(&session.db)
        .await?;
    Ok(())
}
