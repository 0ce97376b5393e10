//! Every event that a test writes has the form that receivers were promised.

use std::{collections::BTreeMap, sync::LazyLock};

use entity::event;
use jsonschema::Validator;
use postmortem_api::events::model::{catalogue::CATALOGUE, schema::schema};
use sea_orm::{EntityTrait, QueryOrder};
use serde_json::{Value, json};

use crate::TestApp;

/// A check for each type and version.
static CHECKS: LazyLock<BTreeMap<(&str, i32), Validator>> = LazyLock::new(|| {
    let check = |schema: &Value| {
        let options = jsonschema::options().should_validate_formats(true);
        options.build(schema).expect("a schema that can be read")
    };
    let checks = CATALOGUE
        .iter()
        .map(|known| ((known.name, known.version), check(&schema(known))));
    checks.collect()
});

/// What is wrong with an event, by its schema.
pub fn faults(event: &event::Model) -> Vec<String> {
    let name = &event.event_type;
    let Some(check) = CHECKS.get(&(name.as_str(), event.schema_version)) else {
        return vec![format!(
            "{name} has no schema: give it a row in api/src/events/model/catalogue.rs"
        )];
    };
    let document = json!({
        "type": name,
        "schemaVersion": event.schema_version,
        "changes": event.changes,
        "payload": event.payload,
    });
    check
        .iter_errors(&document)
        .map(|fault| {
            format!(
                "{name} is not what its schema says at {}: {fault}. Correct the row in api/src/events/model/catalogue.rs; once that \
                 form is released, make a new version instead",
                fault.instance_path()
            )
        })
        .collect()
}

impl TestApp {
    /// All events, the oldest first.
    pub async fn events(&self) -> Vec<event::Model> {
        event::Entity::find()
            .order_by_asc(event::Column::Sequence)
            .all(&self.db().await)
            .await
            .expect("the events to be read")
    }

    /// Fails when an event has not the form of its schema.
    pub async fn check_events(&self) {
        let faults: Vec<String> = self.events().await.iter().flat_map(faults).collect();
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }
}
