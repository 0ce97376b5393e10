//! Takes a key for a run, and keeps what became of it.

use std::{sync::Arc, time::Duration};

use entity::idempotency_key::{ActiveModel, Column, Entity};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, EntityTrait, QueryFilter, QueryTrait,
    sea_query::{Expr, ExprTrait, OnConflict},
};
use uuid::Uuid;

use super::model::{Answer, Unanswered, unanswered};
use crate::{
    auth::Session,
    platform::{
        db::Witness,
        error::Error,
        seal::Sealer,
        secret::{Secret, digest},
    },
};

/// A row that changes between being refused and being read is looked at again so often.
const LOOKS: usize = 3;

/// A mutation with its key.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The user or token that sends it.
    pub principal: Uuid,
    /// The key.
    pub key: &'a str,
    /// SHA-256 of what is asked.
    pub request_hash: &'a str,
}

/// What becomes of it.
pub enum Standing {
    /// It is to be run. Say what became of it with [`keep`] or [`let_go`].
    Yours(Claim),
    /// It was run, and this was the answer.
    Answered(Answer),
    /// The key was used for something else.
    OtherRequest,
    /// It is being run.
    Running,
    /// It was run and has saved something, but the answer is lost.
    AnswerLost,
}

/// A run that holds a key.
pub struct Claim {
    session: Arc<Session>,
    principal: Uuid,
    key: Secret,
    key_hash: String,
    holder: Uuid,
}

/// The same key of somebody else is another one.
fn purpose(principal: Uuid, key_hash: &str) -> String {
    format!("idempotency_key.sealed_answer {principal} {key_hash}")
}

/// Takes the key for a run of at most `lease`, or says why not. Every transaction of the session is then counted under it.
pub async fn claim(session: &Arc<Session>, asked: Asked<'_>, lease: Duration) -> Result<Standing, Error> {
    let claim = Claim {
        session: session.clone(),
        principal: asked.principal,
        key: Secret::new(asked.key.to_owned()),
        key_hash: digest(asked.key),
        holder: session.app.ids.mint(),
    };
    for _ in 0..LOOKS {
        if take(&claim, asked.request_hash, lease).await? {
            session.testify(claim.witness());
            return Ok(Standing::Yours(claim));
        }
        if let Some(standing) = look(&claim, asked.request_hash).await? {
            return Ok(standing);
        }
    }
    Ok(Standing::Running)
}

/// Makes the row, or takes over one that is over, or whose run is dead and has committed nothing.
async fn take(claim: &Claim, request_hash: &str, lease: Duration) -> Result<bool, Error> {
    let session = &claim.session;
    let now = session.now();
    let kept = chrono::Duration::hours(session.app.settings.idempotency_hours.into());
    let row = ActiveModel {
        principal_id: Set(claim.principal),
        key_hash: Set(claim.key_hash.clone()),
        request_hash: Set(request_hash.to_owned()),
        holder: Set(claim.holder),
        held_until: Set(now + lease),
        commits: Set(0),
        status_code: Set(None),
        sealed_answer: Set(None),
        expires_at: Set(now + kept),
    };
    let column = |column: Column| Expr::col(column.as_column_ref());
    let is_over = column(Column::ExpiresAt).lte(now);
    let is_free = column(Column::RequestHash)
        .eq(request_hash)
        .and(column(Column::SealedAnswer).is_null())
        .and(column(Column::Commits).eq(0))
        .and(column(Column::HeldUntil).lte(now));
    let tx = session.begin_aside().await?;
    let taken = Entity::insert(row)
        .on_conflict(
            OnConflict::columns([Column::PrincipalId, Column::KeyHash])
                .update_columns([
                    Column::RequestHash,
                    Column::Holder,
                    Column::HeldUntil,
                    Column::Commits,
                    Column::StatusCode,
                    Column::SealedAnswer,
                    Column::ExpiresAt,
                ])
                .action_and_where(is_over.or(is_free))
                .to_owned(),
        )
        .exec_without_returning(&*tx)
        .await?;
    tx.commit().await?;
    Ok(taken > 0)
}

/// What a row that cannot be taken says; nothing if it has changed since.
async fn look(claim: &Claim, request_hash: &str) -> Result<Option<Standing>, Error> {
    let session = &claim.session;
    let row = Entity::find_by_id((claim.principal, claim.key_hash.clone()))
        .one(&session.db)
        .await?;
    let Some(row) = row else { return Ok(None) };
    if row.request_hash != request_hash {
        return Ok(Some(Standing::OtherRequest));
    }
    if let (Some(status), Some(sealed)) = (row.status_code, &row.sealed_answer) {
        let opened = Sealer::of_sender(claim.key.reveal()).open(&claim.purpose(), sealed)?;
        return Ok(Some(Standing::Answered(Answer {
            status: u16::try_from(status).map_err(Error::internal)?,
            body: opened.reveal().to_owned(),
        })));
    }
    Ok(match unanswered(row.held_until, row.commits, session.now()) {
        Unanswered::Running => Some(Standing::Running),
        Unanswered::Lost => Some(Standing::AnswerLost),
        Unanswered::Free => None,
    })
}

impl Claim {
    fn purpose(&self) -> String {
        purpose(self.principal, &self.key_hash)
    }

    /// The row, as long as this run holds it.
    fn mine(&self) -> Condition {
        Condition::all()
            .add(Column::PrincipalId.eq(self.principal))
            .add(Column::KeyHash.eq(&self.key_hash))
            .add(Column::Holder.eq(self.holder))
    }

    fn witness(&self) -> Witness {
        let change = Entity::update_many()
            .col_expr(Column::Commits, Expr::col(Column::Commits).add(1))
            .filter(self.mine());
        Witness::new(change.into_query())
    }
}

/// Keeps the answer of a run, unless it is longer than what is kept.
pub async fn keep(claim: &Claim, answer: &Answer) -> Result<(), Error> {
    if answer.body.len() > claim.session.app.settings.idempotency_answer_bytes {
        return let_go(claim).await;
    }
    let sealed = Sealer::of_sender(claim.key.reveal()).seal(&claim.purpose(), &Secret::new(answer.body.clone()))?;
    let tx = claim.session.begin_aside().await?;
    Entity::update_many()
        .col_expr(Column::StatusCode, Expr::value(i32::from(answer.status)))
        .col_expr(Column::SealedAnswer, Expr::value(sealed))
        .filter(claim.mine())
        .exec(&*tx)
        .await?;
    tx.commit().await
}

/// Ends a run without an answer. The key is free again, unless something was committed under it.
pub async fn let_go(claim: &Claim) -> Result<(), Error> {
    let tx = claim.session.begin_aside().await?;
    let freed = Entity::delete_many()
        .filter(claim.mine())
        .filter(Column::Commits.eq(0))
        .exec(&*tx)
        .await?;
    if freed.rows_affected == 0 {
        Entity::update_many()
            .col_expr(Column::HeldUntil, Expr::value(claim.session.now()))
            .filter(claim.mine())
            .exec(&*tx)
            .await?;
    }
    tx.commit().await
}
