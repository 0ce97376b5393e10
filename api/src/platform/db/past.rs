//! Keeps what rows were: each history is a table of rows that are valid during [valid_from, valid_to), without gaps and without
//! two for one moment. A row that would be valid for no time at all is not kept.

use chrono::{DateTime, Utc};
use entity::{
    ids::{IncidentId, RecommendationId, ReportId, RootCauseId, ServiceId},
    incident_service_version, incident_version, recommendation_label_version, recommendation_root_cause_version,
    report_label_version, report_version, root_cause_version,
};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, EntityTrait, QueryFilter, QuerySelect, Value,
    sea_query::{Expr, ExprTrait, SimpleExpr},
};

use super::Tx;
use crate::platform::error::Error;

/// A history.
pub trait Past: EntityTrait {
    /// Whose history: the column with its id.
    const OF: Self::Column;
    /// Valid from this instant on.
    const FROM: Self::Column;
    /// Valid before this instant; none: it is so now.
    const TO: Self::Column;
}

/// A history of the members of a set.
pub trait PastSet: Past {
    /// What has the members.
    type Owner: Into<Value> + Copy + Send + Sync;
    /// A member.
    type Member: Into<Value> + sea_orm::TryGetable + Clone + PartialEq + Send + Sync;
    /// The column with the member.
    const MEMBER: Self::Column;
    /// A row that begins.
    fn begin(owner: Self::Owner, member: Self::Member, at: DateTime<Utc>) -> Self::ActiveModel;
}

macro_rules! past {
    ($table:ident of $of:ident) => {
        impl Past for $table::Entity {
            const OF: $table::Column = $table::Column::$of;
            const FROM: $table::Column = $table::Column::ValidFrom;
            const TO: $table::Column = $table::Column::ValidTo;
        }
    };
}

macro_rules! past_set {
    ($table:ident of $of:ident($owner_field:ident: $owner:ty), $member:ident($member_field:ident: $member_type:ty)) => {
        past!($table of $of);
        impl PastSet for $table::Entity {
            type Owner = $owner;
            type Member = $member_type;
            const MEMBER: $table::Column = $table::Column::$member;
            fn begin(owner: $owner, member: $member_type, at: DateTime<Utc>) -> $table::ActiveModel {
                $table::ActiveModel {
                    $owner_field: Set(owner),
                    $member_field: Set(member),
                    valid_from: Set(at),
                    valid_to: Set(None),
                }
            }
        }
    };
}

past!(incident_version of IncidentId);
past!(report_version of ReportId);
past!(root_cause_version of RootCauseId);
past_set!(incident_service_version of IncidentId(incident_id: IncidentId), ServiceId(service_id: ServiceId));
past_set!(report_label_version of ReportId(report_id: ReportId), Label(label: String));
past_set!(recommendation_label_version of RecommendationId(recommendation_id: RecommendationId), Label(label: String));
past_set!(recommendation_root_cause_version of RecommendationId(recommendation_id: RecommendationId), RootCauseId(root_cause_id: RootCauseId));

/// Ends what is so now, for a subject or for a part of what it has.
async fn end<P: Past>(tx: &Tx, which: SimpleExpr, at: DateTime<Utc>) -> Result<(), Error> {
    P::delete_many()
        .filter(which.clone())
        .filter(P::TO.is_null())
        .filter(P::FROM.gte(at))
        .exec(&**tx)
        .await?;
    P::update_many()
        .col_expr(P::TO, Expr::value(at))
        .filter(which)
        .filter(P::TO.is_null())
        .exec(&**tx)
        .await?;
    Ok(())
}

/// Ends the history of what goes away.
pub async fn end_past<P: Past>(tx: &Tx, of: impl Into<Value>, at: DateTime<Utc>) -> Result<(), Error> {
    end::<P>(tx, P::OF.eq(of), at).await
}

/// Ends what was so of a subject, and begins with `row`, which is valid from `at` on.
pub async fn renew_past<P: Past>(
    tx: &Tx,
    of: impl Into<Value>,
    row: impl ActiveModelTrait<Entity = P>,
    at: DateTime<Utc>,
) -> Result<(), Error> {
    end::<P>(tx, P::OF.eq(of), at).await?;
    P::insert(row).exec_without_returning(&**tx).await?;
    Ok(())
}

/// Notes that an owner has these members from `at` on, and no others.
pub async fn renew_members<P: PastSet>(
    tx: &Tx,
    owner: P::Owner,
    members: &[P::Member],
    at: DateTime<Utc>,
) -> Result<(), Error> {
    let known: Vec<P::Member> = P::find()
        .select_only()
        .column(P::MEMBER)
        .filter(P::OF.eq(owner))
        .filter(P::TO.is_null())
        .into_tuple()
        .all(&**tx)
        .await?;
    for gone in known.iter().filter(|member| !members.contains(member)) {
        end::<P>(tx, P::OF.eq(owner).and(P::MEMBER.eq(gone.clone())), at).await?;
    }
    let mut new: Vec<P::Member> = Vec::new();
    for member in members {
        if !known.contains(member) && !new.contains(member) {
            new.push(member.clone());
        }
    }
    if !new.is_empty() {
        let rows = new.into_iter().map(|member| P::begin(owner, member, at));
        P::insert_many(rows).exec_without_returning(&**tx).await?;
    }
    Ok(())
}
