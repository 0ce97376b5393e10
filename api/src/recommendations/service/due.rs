//! By when, when nobody says.

use entity::{incident, recommendation, report};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Query};
use serde_json::{Value, json};

use crate::{
    auth::Session,
    platform::{db::Tx, error::Error},
    policies::{
        self,
        model::{Case, Due},
    },
};

/// Gives an item without a due date that of the first policy that matches it and the incident of its report, from today.
pub(super) async fn by_policy(
    session: &Session,
    tx: &Tx,
    item: &mut recommendation::Model,
) -> Result<Option<Due>, Error> {
    if item.due_on.is_some() {
        return Ok(None);
    }
    let of_its_report = Query::select()
        .column(report::Column::IncidentId)
        .from(report::Entity)
        .and_where(report::Column::Id.eq(item.report_id))
        .take();
    let incident = incident::Entity::find()
        .filter(incident::Column::Id.in_subquery(of_its_report))
        .one(&**tx)
        .await?;
    let case = Case::Recommendation {
        severity: incident
            .ok_or_else(|| Error::internal("a recommendation without an incident"))?
            .severity,
        priority: item.priority,
        kind: item.kind,
        team: item.team_id,
    };
    let due = policies::queries::due(session, &**tx, &case).await?;
    if let Some(due) = &due {
        item.due_on = Some(due.on);
        item.due_policy_id = Some(due.id);
    }
    Ok(due)
}

/// What an event says of it besides; nothing when a person gave the date.
pub(super) fn named(due: Option<Due>, mut payload: Value) -> Value {
    if let Some(due) = due {
        payload["duePolicy"] = json!(due);
    }
    payload
}
