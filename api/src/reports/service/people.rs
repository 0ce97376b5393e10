//! Who takes part in a report.

use entity::{
    enums::{ParticipantRole, Visibility},
    ids::{ReportId, UserId},
    report, report_participant,
};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

use super::{event, hold, review::forget_own_approvals};
use crate::{
    auth::{Session, Viewer},
    events::service::record,
    people::queries::active_user,
    platform::{
        changes::Changes,
        db::Tx,
        error::{Error, check_version},
    },
    reports::policy,
};

/// Sets the whole new set of participants. New ones must be active.
pub async fn set_participants(
    session: &Session,
    id: ReportId,
    participants: Vec<(UserId, ParticipantRole)>,
    expected_version: Option<i64>,
) -> Result<(), Error> {
    let tx = session.begin().await?;
    let held = hold(session, &tx, id).await?;
    policy::may_edit(&session.viewer, &held.row, &held.participants)?;
    check_version(expected_version, held.row.version)?;
    let users: Vec<UserId> = participants.iter().map(|(user, _)| *user).collect();
    stays_visible(&session.viewer, held.row.visibility, held.row.owner_id, &users)?;

    let was = |user: UserId| held.participants.iter().any(|row| row.user_id == user);
    for (position, (user, _)) in participants.iter().enumerate() {
        if !was(*user) {
            active_user(&*tx, &format!("participants.{position}.userId"), *user).await?;
        }
    }
    let before: Vec<_> = held.participants.iter().map(|row| (row.user_id, row.role)).collect();
    let changes = Changes::new().field("participants", &described(&before), &described(&participants));
    if changes.is_empty() {
        return Ok(());
    }
    report_participant::Entity::delete_many()
        .filter(report_participant::Column::ReportId.eq(id))
        .exec(&*tx)
        .await?;
    insert_participants(&tx, id, &participants).await?;
    let authors = participants.iter().filter(|(_, role)| *role == ParticipantRole::Author);
    forget_own_approvals(&tx, id, authors.map(|(user, _)| *user)).await?;
    let update = report::ActiveModel {
        updated_at: Set(session.now_after(held.row.updated_at)),
        version: Set(held.row.version + 1),
        ..held.row.clone().into()
    };
    update.update(&*tx).await?;
    record(session, &tx, vec![event("report.updated", &held.row, changes)]).await?;
    tx.commit().await
}

fn described(participants: &[(UserId, ParticipantRole)]) -> Vec<String> {
    let mut described: Vec<String> = participants
        .iter()
        .map(|(user, role)| format!("{user} {role}"))
        .collect();
    described.sort();
    described.dedup();
    described
}

pub(super) async fn insert_participants(
    tx: &Tx,
    id: ReportId,
    participants: &[(UserId, ParticipantRole)],
) -> Result<(), Error> {
    let mut once = participants.to_vec();
    once.sort();
    once.dedup();
    for (position, (user, _)) in participants.iter().enumerate() {
        let known = entity::user::Entity::find_by_id(*user).one(&**tx).await?;
        if known.is_none() {
            let path = format!("participants.{position}.userId");
            return Err(Error::invalid(
                path,
                "UNKNOWN_USER",
                "There is no such user; look the id up under users.",
            ));
        }
    }
    if once.is_empty() {
        return Ok(());
    }
    let rows = once.into_iter().map(|(user, role)| report_participant::ActiveModel {
        report_id: Set(id),
        user_id: Set(user),
        role: Set(role),
    });
    report_participant::Entity::insert_many(rows)
        .exec_without_returning(&**tx)
        .await?;
    Ok(())
}

/// Nobody hides a report from themselves by accident.
pub(super) fn stays_visible(
    viewer: &Viewer,
    visibility: Visibility,
    owner: Option<UserId>,
    participants: &[UserId],
) -> Result<(), Error> {
    let sees = visibility == Visibility::Organization
        || viewer.is_admin()
        || viewer.is(owner)
        || participants.iter().any(|user| viewer.is(Some(*user)));
    if sees {
        return Ok(());
    }
    Err(Error::invalid(
        "visibility",
        "WOULD_HIDE_FROM_YOU",
        "You would no longer see this report; make yourself its owner or a participant in the same change, or before it.",
    ))
}
