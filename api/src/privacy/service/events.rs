//! The log of events: the one part of it that is ever altered.

use std::collections::BTreeSet;

use entity::{enums::SubjectKind, event, ids::TypedId, ids::UserId};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use serde_json::{Value, json};

use super::texts::holding;
use crate::{
    events::service::{Rewritten, rewrite},
    platform::{db::Tx, error::Error},
    privacy::model::Former,
};

/// Names and addresses that the log knows of a user.
pub(super) async fn names_of(
    db: &impl ConnectionTrait,
    id: UserId,
) -> Result<(BTreeSet<String>, BTreeSet<String>), Error> {
    let acted: Vec<String> = event::Entity::find()
        .select_only()
        .column(event::Column::ActorName)
        .filter(event::Column::ActorUserId.eq(id))
        .distinct()
        .into_tuple()
        .all(db)
        .await?;
    let (mut names, mut emails) = (BTreeSet::from_iter(acted), BTreeSet::new());
    let told = event::Entity::find().filter(about(id)).all(db).await?;
    for change in told.iter().filter_map(|event| event.changes.as_array()).flatten() {
        let known = match change["field"].as_str() {
            Some("name") => &mut names,
            Some("email") => &mut emails,
            _ => continue,
        };
        let ends = [&change["from"], &change["to"]];
        known.extend(ends.into_iter().filter_map(Value::as_str).map(str::to_owned));
    }
    Ok((names, emails))
}

fn about(id: UserId) -> Condition {
    Condition::all()
        .add(event::Column::SubjectKind.eq(SubjectKind::User))
        .add(event::Column::SubjectId.eq(id.uuid()))
}

/// Takes them out of it: where they acted, what tells of them, and texts that name them.
pub(super) async fn erase(tx: &Tx, id: UserId, former: &Former) -> Result<(), Error> {
    let named = holding::<event::Entity>(
        former,
        &[event::Column::ActorName, event::Column::Changes, event::Column::Payload],
    );
    let mapped = Condition::all().add(event::Column::SubjectKind.eq(SubjectKind::TrackerConnection));
    let which = Condition::any()
        .add(event::Column::ActorUserId.eq(id))
        .add(about(id))
        .add(mapped)
        .add(named);
    let events = event::Entity::find().filter(which).all(&**tx).await?;
    for event in events {
        let is_about = event.subject_kind == SubjectKind::User && event.subject_id == id.uuid();
        let mut after = Rewritten {
            // A token may be called after whoever made it.
            actor_name: former
                .text(&event.actor_name)
                .unwrap_or_else(|| event.actor_name.clone()),
            changes: former.json(&event.changes).unwrap_or_else(|| event.changes.clone()),
            payload: former.json(&event.payload).unwrap_or_else(|| event.payload.clone()),
        };
        if event.actor_user_id == Some(id) {
            after.actor_name.clone_from(&former.name);
        }
        if is_about {
            told(&mut after, former);
        }
        let me = Value::String(id.to_string());
        mapped_to(&mut after.changes, &me, &former.name);
        let is_same =
            after.actor_name == event.actor_name && after.changes == event.changes && after.payload == event.payload;
        if !is_same {
            rewrite(tx, event.sequence, after).await?;
        }
    }
    Ok(())
}

/// An event about the user: each value that is a name, an address or what an issuer calls them.
fn told(event: &mut Rewritten, former: &Former) {
    let changes = event.changes.as_array_mut().into_iter().flatten();
    for change in changes {
        let field = change["field"].as_str().unwrap_or_default().to_owned();
        for end in ["from", "to"] {
            let Some(value) = change.get_mut(end).filter(|value| !value.is_null()) else {
                continue;
            };
            match field.as_str() {
                "name" => *value = json!(former.name),
                "email" => *value = json!(former.email),
                "identity" => value["subject"] = json!(former.name),
                _ => {}
            }
        }
    }
    if let Some(subject) = event.payload.get_mut("subject") {
        *subject = json!(former.name);
    }
}

/// What a tracker calls the user, in the changes of a connection: `{external, userId}`, however deep.
fn mapped_to(value: &mut Value, me: &Value, name: &str) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(|value| mapped_to(value, me, name)),
        Value::Object(fields) => {
            if fields.get("userId") == Some(me) && fields.contains_key("external") {
                fields.insert("external".to_owned(), json!(name));
            }
            fields.values_mut().for_each(|value| mapped_to(value, me, name));
        }
        _ => {}
    }
}
