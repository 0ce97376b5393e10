//! Incidents in the API.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, SimpleObject};
use chrono::Utc;
use entity::{
    ids::{IncidentId, TypedId},
    incident,
};
use sea_orm::QueryFilter;

use super::{
    loaders::{ExternalRefs, RequiresReport, ServicesOfIncident},
    model,
    queries::{IncidentFilter, IncidentOrder, by_key, order},
};
use crate::{
    auth::scope,
    events::loaders::kept,
    graphql::{
        Result,
        ahead::lists,
        connection::connection,
        context::{loaders, session},
        cost,
        direct::{Direct, Ready},
        enums,
        filters::FilterEnv,
        input::{clearable, clearable_id, emptied, ids, optional_id},
        loaders::{by_id, by_reference, children, required, root_counted, short_list},
        plan::listed,
        scalars::{DateTime, Url},
    },
    people::graphql::{Service, ServiceConnection, Team},
    platform::{error::Error, ids::parse, page::PageArgs},
    reports::{
        graphql::{Report, ReportConnection},
        loaders::ReportsOfIncident,
        service,
    },
};

/// The thing that happened. Reports analyse it.
#[derive(Clone)]
pub struct Incident(pub Arc<incident::Model>);

/// Whole seconds from one moment to another; none when the later one is not known.
fn seconds(from: chrono::DateTime<Utc>, to: Option<chrono::DateTime<Utc>>) -> Option<i32> {
    to.map(|to| i32::try_from((to - from).num_seconds()).unwrap_or(i32::MAX))
}

/// The thing that happened. Reports analyse it.
#[Object]
impl Incident {
    /// The global id.
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }
    /// The short, unique key that people say aloud, such as INC-7.
    async fn key(&self) -> &str {
        &self.0.key
    }
    /// What happened, in a line.
    async fn title(&self) -> &str {
        &self.0.title
    }
    /// How bad it was.
    async fn severity(&self) -> enums::Severity {
        self.0.severity.into()
    }
    /// The team it belongs to; null when none has taken it.
    async fn team(&self, ctx: &Context<'_>) -> Result<Option<Direct<Team>>> {
        let team = by_reference(ctx, self.0.team_id).await?;
        Ok(team.map(|row| Direct(Team(row))))
    }
    /// The services it hit, by short name.
    #[graphql(complexity = "cost::page(first, last, child_complexity)")]
    async fn services(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Take this many from the start: 0 to 100; 20 when neither first nor last is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "Take this many from the end: 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<ServiceConnection> {
        let page = PageArgs::new(first, after.as_deref(), last, before.as_deref())?;
        let found = children(ctx, self.0.id.uuid(), ServicesOfIncident, page).await?;
        Ok(ServiceConnection::new(found))
    }
    /// When it began.
    async fn started_at(&self) -> DateTime {
        self.0.started_at.into()
    }
    /// When it was noticed; null when that is not known.
    async fn detected_at(&self) -> Option<DateTime> {
        self.0.detected_at.map(Into::into)
    }
    /// When its impact was ended or lessened; null when that is not known.
    async fn mitigated_at(&self) -> Option<DateTime> {
        self.0.mitigated_at.map(Into::into)
    }
    /// When it was over; null when that is not known.
    async fn resolved_at(&self) -> Option<DateTime> {
        self.0.resolved_at.map(Into::into)
    }
    /// Seconds from startedAt to detectedAt; null without the latter.
    async fn time_to_detect_seconds(&self) -> Option<i32> {
        seconds(self.0.started_at, self.0.detected_at)
    }
    /// Seconds from startedAt to mitigatedAt; null without the latter.
    async fn time_to_mitigate_seconds(&self) -> Option<i32> {
        seconds(self.0.started_at, self.0.mitigated_at)
    }
    /// Seconds from startedAt to resolvedAt; null without the latter.
    async fn time_to_resolve_seconds(&self) -> Option<i32> {
        seconds(self.0.started_at, self.0.resolved_at)
    }
    /// The same incident in other systems.
    #[graphql(complexity = "cost::list(child_complexity)")]
    async fn external_refs(&self, ctx: &Context<'_>) -> Result<Vec<ExternalRef>> {
        let refs = short_list::<ExternalRefs>(ctx, self.0.id.uuid()).await?;
        Ok(refs
            .into_iter()
            .map(|row| ExternalRef {
                system: row.system,
                id: row.external_id,
                url: row.url.map(Url),
            })
            .collect())
    }
    /// Whether the due policies in force require a report on it.
    async fn requires_report(&self, ctx: &Context<'_>) -> Result<bool> {
        let required = loaders(ctx).load_one(RequiresReport(self.0.id)).await?;
        Ok(required.unwrap_or(false))
    }
    /// The reports on it that you may see, the latest first.
    #[graphql(complexity = "cost::page(first, last, child_complexity)")]
    async fn reports(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Take this many from the start: 0 to 100; 20 when neither first nor last is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "Take this many from the end: 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<ReportConnection> {
        let page = PageArgs::new(first, after.as_deref(), last, before.as_deref())?;
        Ok(ReportConnection::new(
            children(ctx, self.0.id.uuid(), ReportsOfIncident, page).await?,
        ))
    }
    /// When it was recorded.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }
    /// When it was last changed.
    async fn updated_at(&self) -> DateTime {
        self.0.updated_at.into()
    }
    /// Counts updates; send it back as expectedVersion.
    async fn version(&self) -> i64 {
        self.0.version
    }
    /// Where people can see it.
    async fn url(&self, ctx: &Context<'_>) -> Url {
        Url(format!(
            "{}/incidents/{}",
            session(ctx).app.settings.public_url,
            self.0.key
        ))
    }
}

/// What another system calls an incident.
#[derive(SimpleObject)]
pub struct ExternalRef {
    /// The system, in lower case, such as pagerduty.
    system: String,
    /// The incident's id there.
    id: String,
    /// Where it can be seen; null when nobody has said.
    url: Option<Url>,
}

connection!(
    Incident,
    IncidentConnection,
    IncidentEdge,
    "One page of incidents.",
    "An incident in a list."
);

impl Ready for Incident {
    const WAITS: &'static [&'static str] = &["requiresReport"];

    lists!(|this| this.0.id.uuid(); {
        "services": ServicesOfIncident => Service,
        "reports": ReportsOfIncident => Report,
    });
}
listed!(Incident, entity::incident::Entity, incident[Id] {
    "id": [Id],
    "key": [Key],
    "title": [Title],
    "severity": [Severity],
    "team": [TeamId],
    "services": [Id],
    "startedAt": [StartedAt],
    "detectedAt": [DetectedAt],
    "mitigatedAt": [MitigatedAt],
    "resolvedAt": [ResolvedAt],
    "timeToDetectSeconds": [StartedAt, DetectedAt],
    "timeToMitigateSeconds": [StartedAt, MitigatedAt],
    "timeToResolveSeconds": [StartedAt, ResolvedAt],
    "externalRefs": [Id],
    "reports": [Id],
    "createdAt": [CreatedAt],
    "updatedAt": [UpdatedAt],
    "version": [Version],
    "url": [Key],
});

/// Reads incidents.
#[derive(Default)]
pub struct IncidentQuery;

#[Object]
impl IncidentQuery {
    /// One incident by id or key; null when there is none.
    async fn incident(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The global id. Give either this or key.")] id: Option<ID>,
        #[graphql(desc = "The short key, such as INC-7.")] key: Option<String>,
    ) -> Result<Option<Incident>> {
        Ok(match one_of(id, key)? {
            Handle::Id(id) => by_id(ctx, parse::<IncidentId>("id", &id)?).await?.map(Incident),
            Handle::Key(key) => {
                let found = by_key(&session(ctx).viewer, &key)
                    .one(&session(ctx).db)
                    .await
                    .map_err(Error::from)?;
                found.map(|row| Incident(Arc::new(row)))
            }
        })
    }

    /// Incidents, the latest first unless ordered otherwise.
    #[graphql(complexity = "cost::page(first, last, child_complexity)")]
    async fn incidents(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which incidents; all when left out.")] filter: Option<IncidentFilter>,
        #[graphql(desc = "In which order; the latest start first when left out.")] order_by: Option<IncidentOrder>,
        #[graphql(desc = "Take this many from the start: 0 to 100; 20 when neither first nor last is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "Take this many from the end: 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<IncidentConnection> {
        let page = PageArgs::new(first, after.as_deref(), last, before.as_deref())?;
        let condition = FilterEnv::new(session(ctx)).all_of(filter.as_ref())?;
        let select = scope::incidents(&session(ctx).viewer).filter(condition);
        Ok(IncidentConnection::new(
            root_counted(ctx, select, order(order_by), page, kept(None)).await?,
        ))
    }
}

/// How an object is named in a query.
pub enum Handle {
    /// By global id.
    Id(ID),
    /// By short key.
    Key(String),
}

/// Exactly one of id and key.
pub fn one_of(id: Option<ID>, key: Option<String>) -> Result<Handle, Error> {
    match (id, key) {
        (Some(id), None) => Ok(Handle::Id(id)),
        (None, Some(key)) => Ok(Handle::Key(key)),
        _ => Err(Error::invalid(
            "id",
            "ID_OR_KEY",
            "Give either id or key, and only one of them.",
        )),
    }
}

/// What another system calls an incident, as given.
#[derive(InputObject)]
pub struct ExternalRefInput {
    /// The system, such as pagerduty.
    system: String,
    /// The incident's id there.
    id: String,
    /// Where it can be seen.
    url: Option<Url>,
}

/// An incident to record.
#[derive(InputObject)]
pub struct CreateIncidentInput {
    /// What happened, in a line.
    title: String,
    /// How bad it was.
    severity: enums::Severity,
    /// When it began.
    started_at: DateTime,
    /// When it was noticed.
    detected_at: Option<DateTime>,
    /// When its impact was ended or lessened.
    mitigated_at: Option<DateTime>,
    /// When it was over.
    resolved_at: Option<DateTime>,
    /// The team it belongs to.
    team_id: Option<ID>,
    /// The services it hit.
    service_ids: Option<Vec<ID>>,
    /// The same incident in other systems. One that is already known leads to the incident that has it.
    external_refs: Option<Vec<ExternalRefInput>>,
}

impl CreateIncidentInput {
    /// Decodes ids.
    pub fn decode(self) -> Result<model::NewIncident, Error> {
        Ok(model::NewIncident {
            title: self.title,
            severity: self.severity.into(),
            moments: model::Moments {
                started_at: self.started_at.0,
                detected_at: self.detected_at.map(|at| at.0),
                mitigated_at: self.mitigated_at.map(|at| at.0),
                resolved_at: self.resolved_at.map(|at| at.0),
            },
            team: optional_id("teamId", self.team_id.as_ref())?,
            services: ids("serviceIds", &self.service_ids.unwrap_or_default())?,
            external_refs: self
                .external_refs
                .unwrap_or_default()
                .into_iter()
                .map(decode_ref)
                .collect(),
        })
    }
}

fn decode_ref(given: ExternalRefInput) -> model::ExternalRef {
    model::ExternalRef {
        system: given.system,
        id: given.id,
        url: given.url.map(|url| url.0),
    }
}

/// What to change of an incident. What is left out stays; null clears.
#[derive(InputObject)]
pub struct UpdateIncidentInput {
    /// Which incident.
    id: ID,
    /// The version this was decided on; when it is no longer current, the answer is CONFLICT.
    expected_version: Option<i64>,
    /// A new title.
    title: MaybeUndefined<String>,
    /// A new severity.
    severity: Option<enums::Severity>,
    /// When it really began.
    started_at: Option<DateTime>,
    /// When it was noticed; null: not known.
    detected_at: MaybeUndefined<DateTime>,
    /// When its impact was ended or lessened; null: not known.
    mitigated_at: MaybeUndefined<DateTime>,
    /// When it was over; null: not known.
    resolved_at: MaybeUndefined<DateTime>,
    /// Another team; null: none.
    team_id: MaybeUndefined<ID>,
    /// The whole new set of services.
    service_ids: MaybeUndefined<Vec<ID>>,
    /// The whole new set of references.
    external_refs: MaybeUndefined<Vec<ExternalRefInput>>,
}

/// The incident that was recorded or found.
#[derive(SimpleObject)]
pub struct CreateIncidentPayload {
    /// The incident.
    incident: Incident,
    /// The same in the list of incidents.
    incident_edge: IncidentEdge,
    /// False when one of the external references was already known; then nothing was changed.
    created: bool,
}

/// The incident as it is now.
#[derive(SimpleObject)]
pub struct UpdateIncidentPayload {
    /// The incident.
    incident: Incident,
}

/// Changes incidents.
#[derive(Default)]
pub struct IncidentMutation;

#[Object]
impl IncidentMutation {
    /// Records an incident, and with it the DRAFT of its report when a due policy requires one. Members, admins and tokens that
    /// bring incidents in.
    async fn create_incident(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done.")] input: CreateIncidentInput,
    ) -> Result<CreateIncidentPayload> {
        let recorded = service::create_incident(session(ctx), input.decode()?).await?;
        let incident = Incident(required(ctx, recorded.id).await?);
        let incident_edge = IncidentEdge {
            cursor: order(None).cursor(&incident.0),
            node: incident.clone(),
        };
        Ok(CreateIncidentPayload {
            incident,
            incident_edge,
            created: recorded.created,
        })
    }

    /// Changes an incident: its creator, members of its team, admins. When it has no report and its new severity or team require
    /// one, the DRAFT is made with it.
    async fn update_incident(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done.")] input: UpdateIncidentInput,
    ) -> Result<UpdateIncidentPayload> {
        let id = parse::<IncidentId>("id", &input.id)?;
        let instant = |value: MaybeUndefined<DateTime>| clearable(value).map(|at| at.map(|at| at.0));
        let patch = model::IncidentPatch {
            title: emptied(input.title),
            severity: input.severity.map(Into::into),
            started_at: input.started_at.map(|at| at.0),
            detected_at: instant(input.detected_at),
            mitigated_at: instant(input.mitigated_at),
            resolved_at: instant(input.resolved_at),
            team: clearable_id("teamId", input.team_id)?,
            services: emptied(input.service_ids)
                .as_deref()
                .map(|given| ids("serviceIds", given))
                .transpose()?,
            external_refs: emptied(input.external_refs).map(|refs| refs.into_iter().map(decode_ref).collect()),
            expected_version: input.expected_version,
        };
        service::update_incident(session(ctx), id, patch).await?;
        Ok(UpdateIncidentPayload {
            incident: Incident(required(ctx, id).await?),
        })
    }
}
