//! Replays the demo's stories in order of time.

use std::{collections::HashMap, sync::Arc};

use chrono::{DateTime, Duration, NaiveDate, Utc};
use entity::{
    cause_category,
    enums::{ActorKind, ApprovalDecision},
    ids::{CauseCategoryId, RecommendationId, ReportId, RootCauseId, ServiceId, TeamId, UserId},
    user,
};
use sea_orm::{ConnectionTrait, EntityTrait, QueryOrder};

use super::files::{Act, Cause, INCIDENTS, PEOPLE, People, Recommendation, ReportAct, ReportStep, Step, Story};
use crate::{
    auth::{App, Session, Viewer},
    comments::service::{self as comments, Subject},
    incidents::model::{ExternalRef, Moments, NewIncident},
    people::service::{self as people, Membership, NewService, NewTeam, NewUser, UserPatch},
    platform::{clock::ManualClock, error::Error},
    recommendations::{
        model::{NewEvidence, NewRecommendation, RecommendationPatch, ReviewOutcome, StepInput},
        service as recommendations,
    },
    reports::{
        model::{
            inputs::{NewReport, NewTimelineEvent, OfIncident},
            sections::Sections,
        },
        service as reports,
    },
    root_causes::{model::NewRootCause, service as root_causes},
};

/// When the last person was changed: the replay ends with those who have left.
pub(super) async fn loaded_at(db: &impl ConnectionTrait) -> Result<Option<DateTime<Utc>>, Error> {
    let last = user::Entity::find()
        .order_by_desc(user::Column::UpdatedAt)
        .one(db)
        .await?;
    Ok(last.map(|row| row.updated_at))
}

/// One thing that somebody does at a moment.
enum Doing<'a> {
    Tell(&'a Story),
    MoveReport(&'a Story, &'a ReportStep),
    Recommend(&'a Story, &'a Recommendation),
    Move(&'a Story, &'a Recommendation, &'a Step),
}

fn fault(what: impl std::fmt::Display) -> Error {
    Error::internal(format!("the demo's data: {what}"))
}

/// Loads everything and says what that was.
pub(super) async fn replay(app: &Arc<App>, mut progress: impl FnMut()) -> Result<String, Error> {
    let today = app.clock.now().date_naive();
    let stories: Vec<Story> = INCIDENTS
        .iter()
        .map(|text| toml::from_str(text).map_err(fault))
        .collect::<Result<_, _>>()?;
    let first = stories
        .iter()
        .map(|story| story.incident.started_at.at(today))
        .min()
        .unwrap_or(app.clock.now());
    let clock = ManualClock::new(first - Duration::days(30));
    let past = App::start(app.settings.clone(), Arc::new(clock.clone()), app.databases.clone()).await?;
    let mut replay = Replay::begin(past, clock, today).await?;

    let mut doings: Vec<(DateTime<Utc>, Doing<'_>)> = Vec::new();
    for story in &stories {
        doings.push((story.report.created_at.at(today), Doing::Tell(story)));
        for step in &story.report.steps {
            doings.push((step.at.at(today), Doing::MoveReport(story, step)));
        }
        for item in &story.recommendations {
            doings.push((item.created_at.at(today), Doing::Recommend(story, item)));
            for step in &item.steps {
                doings.push((step.at.at(today), Doing::Move(story, item, step)));
            }
        }
    }
    // Stable: what stands at the same moment happens in the order of the files.
    doings.sort_by_key(|(at, _)| *at);
    for (at, doing) in doings {
        replay.clock.set(at);
        match doing {
            Doing::Tell(story) => {
                replay.tell(story).await?;
                progress();
            }
            Doing::MoveReport(story, step) => replay.move_report(story, step).await?,
            Doing::Recommend(story, item) => replay.recommend(story, item).await?,
            Doing::Move(story, item, step) => replay.move_item(story, item, step).await?,
        }
    }
    replay.clock.set(app.clock.now());
    replay.retire().await?;
    let items: usize = stories.iter().map(|story| story.recommendations.len()).sum();
    Ok(format!(
        "{} incidents with their reports and {items} recommendations",
        stories.len()
    ))
}

struct Replay {
    app: Arc<App>,
    clock: ManualClock,
    today: NaiveDate,
    viewers: HashMap<String, Viewer>,
    retired: Vec<UserId>,
    teams: HashMap<String, TeamId>,
    services: HashMap<String, ServiceId>,
    categories: HashMap<String, CauseCategoryId>,
    reports: HashMap<String, ReportId>,
    causes: HashMap<String, RootCauseId>,
    items: HashMap<String, RecommendationId>,
}

fn find<T: Copy>(map: &HashMap<String, T>, key: &str) -> Result<T, Error> {
    map.get(key)
        .copied()
        .ok_or_else(|| fault(format!("nothing is called {key}")))
}

/// A key of this file, or of another one as `file/key`.
fn full(story: &Story, key: &str) -> String {
    if key.contains('/') {
        key.to_owned()
    } else {
        format!("{}/{key}", story.key)
    }
}

impl Replay {
    /// The people and places, as an operator would have set them up.
    async fn begin(app: Arc<App>, clock: ManualClock, today: NaiveDate) -> Result<Self, Error> {
        let given: People = toml::from_str(PEOPLE).map_err(fault)?;
        let operator = app.session(Viewer::operator(ActorKind::Import)).await?;
        let mut users: HashMap<String, UserId> = HashMap::new();
        let mut retired = Vec::new();
        for user in given.users {
            let new = NewUser {
                email: user.email,
                name: user.name,
                role: user.role,
            };
            let id = people::create_user(&operator, new).await?;
            if !user.is_active {
                retired.push(id);
            }
            users.insert(user.key, id);
        }
        let mut teams = HashMap::new();
        for team in given.teams {
            let member = |key: &String| {
                Ok::<_, Error>(Membership {
                    user: find(&users, key)?,
                    is_lead: team.leads.contains(key),
                })
            };
            let members = team.members.iter().map(member).collect::<Result<_, _>>()?;
            let new = NewTeam {
                slug: team.slug.clone(),
                name: team.name,
                members,
            };
            teams.insert(team.slug, people::create_team(&operator, new).await?);
        }
        let mut services = HashMap::new();
        for service in given.services {
            let new = NewService {
                slug: service.slug.clone(),
                name: service.name,
                description: service.description,
                team: Some(find(&teams, &service.team)?),
                external_ref: None,
            };
            services.insert(service.slug, people::create_service(&operator, new).await?);
        }
        let mut viewers = HashMap::new();
        for (key, id) in users {
            let viewer = App::viewer(&operator.db, id).await?;
            viewers.insert(key, viewer.ok_or_else(|| fault("a user is gone"))?);
        }
        let categories = cause_category::Entity::find().all(&operator.db).await?;
        let categories = categories.into_iter().map(|row| (row.slug, row.id)).collect();
        Ok(Self {
            app,
            clock,
            today,
            viewers,
            retired,
            teams,
            services,
            categories,
            reports: HashMap::new(),
            causes: HashMap::new(),
            items: HashMap::new(),
        })
    }

    /// Those who have left since.
    async fn retire(&self) -> Result<(), Error> {
        let operator = self.app.session(Viewer::operator(ActorKind::Import)).await?;
        for id in &self.retired {
            let patch = UserPatch {
                is_active: Some(false),
                ..UserPatch::default()
            };
            people::update_user(&operator, *id, patch).await?;
        }
        Ok(())
    }

    async fn as_user(&self, key: &str) -> Result<Arc<Session>, Error> {
        let viewer = self
            .viewers
            .get(key)
            .cloned()
            .ok_or_else(|| fault(format!("nobody is called {key}")))?;
        self.app.session(viewer).await
    }

    fn user(&self, key: &str) -> Result<UserId, Error> {
        self.viewers
            .get(key)
            .and_then(Viewer::id)
            .ok_or_else(|| fault(format!("nobody is called {key}")))
    }

    fn maybe_user(&self, key: Option<&String>) -> Result<Option<UserId>, Error> {
        key.map(|key| self.user(key)).transpose()
    }

    /// The incident, its report, the timeline and the root causes.
    async fn tell(&mut self, story: &Story) -> Result<(), Error> {
        let session = self.as_user(&story.report.created_by).await?;
        let report = reports::create(&session, self.new_report(story)?).await?;
        self.reports.insert(story.key.clone(), report);
        for moment in &story.timeline {
            let new = NewTimelineEvent {
                occurred_at: moment.at.at(self.today),
                kind: moment.kind,
                description: moment.text.clone(),
                source_url: moment.source_url.clone(),
            };
            reports::add_timeline_event(&session, report, new).await?;
        }
        // A file may name a parent before it describes it.
        let mut waiting: Vec<&Cause> = story.causes.iter().collect();
        while !waiting.is_empty() {
            let before = waiting.len();
            let mut still = Vec::new();
            for cause in waiting {
                let ready = cause
                    .parent
                    .as_ref()
                    .is_none_or(|key| self.causes.contains_key(&full(story, key)));
                if ready {
                    self.add_cause(&session, story, report, cause).await?;
                } else {
                    still.push(cause);
                }
            }
            if still.len() == before {
                return Err(fault(format!("the causes of {} wait for each other", story.key)));
            }
            waiting = still;
        }
        Ok(())
    }

    fn new_report(&self, story: &Story) -> Result<NewReport, Error> {
        let (given, incident) = (&story.report, &story.incident);
        let team = Some(find(&self.teams, &given.team)?);
        let services = incident
            .services
            .iter()
            .map(|slug| find(&self.services, slug))
            .collect::<Result<_, _>>()?;
        let external = incident.external_refs.iter().map(|given| ExternalRef {
            system: given.system.clone(),
            id: given.id.clone(),
            url: given.url.clone(),
        });
        let at = |moment: Option<super::moment::Moment>| moment.map(|moment| moment.at(self.today));
        let incident = NewIncident {
            title: incident.title.clone(),
            severity: incident.severity,
            moments: Moments {
                started_at: incident.started_at.at(self.today),
                detected_at: at(incident.detected_at),
                mitigated_at: at(incident.mitigated_at),
                resolved_at: at(incident.resolved_at),
            },
            team: Some(find(&self.teams, &incident.team)?),
            services,
            external_refs: external.collect(),
        };
        let participants = given
            .participants
            .iter()
            .map(|part| Ok((self.user(&part.user)?, part.role)));
        let follows = format!("\n\nFollows [{}]({}).", story.follows.name, story.follows.url);
        Ok(NewReport {
            incident: OfIncident::New(Box::new(incident)),
            title: Some(given.title.clone()),
            owner: self.maybe_user(given.owner.as_ref())?,
            team,
            due_on: Some(given.due.map(|day| day.on(self.today))),
            visibility: given.visibility,
            labels: given.labels.clone(),
            sections: Sections {
                executive_summary: given.executive_summary.clone(),
                background: format!("{}{follows}", given.background.trim_end()),
                root_cause_analysis: given.root_cause_analysis.clone(),
                impact_analysis: given.impact_analysis.clone(),
                lessons_learned: given.lessons_learned.clone(),
                conclusion: given.conclusion.clone(),
            },
            impact: given.impact.clone().into(),
            participants: participants.collect::<Result<_, Error>>()?,
        })
    }

    async fn add_cause(
        &mut self,
        session: &Session,
        story: &Story,
        report: ReportId,
        cause: &Cause,
    ) -> Result<(), Error> {
        let known = |key: &String| find(&self.causes, &full(story, key));
        let new = NewRootCause {
            report,
            title: cause.title.clone(),
            description: cause.description.clone(),
            role: cause.role,
            category: Some(find(&self.categories, &cause.category)?),
            parent: cause.parent.as_ref().map(known).transpose()?,
            recurrence_of: cause.recurrence_of.as_ref().map(known).transpose()?,
        };
        let id = root_causes::add(session, new).await?;
        if let Some(reason) = &cause.no_action {
            root_causes::record_no_action(session, id, reason).await?;
        }
        self.causes.insert(full(story, &cause.key), id);
        Ok(())
    }

    async fn move_report(&self, story: &Story, step: &ReportStep) -> Result<(), Error> {
        let session = self.as_user(&step.by).await?;
        let id = find(&self.reports, &story.key)?;
        match &step.what {
            ReportAct::Submit => reports::submit(&session, id, None).await,
            ReportAct::Approve { comment } => {
                reports::review(&session, id, ApprovalDecision::Approved, comment.as_deref()).await
            }
            ReportAct::RequestChanges { comment } => {
                reports::review(&session, id, ApprovalDecision::ChangesRequested, Some(comment)).await
            }
            ReportAct::Publish => reports::publish(&session, id, reports::Publication::default()).await,
            ReportAct::Reopen { reason } => reports::reopen(&session, id, reason.as_deref(), None).await,
            ReportAct::Archive => reports::archive(&session, id, None).await,
            ReportAct::Comment { text } => comments::add(&session, Subject::Report(id), text).await.map(|_| ()),
        }
        .map_err(|error| located(&story.key, step.at.at(self.today), error))
    }

    async fn recommend(&mut self, story: &Story, item: &Recommendation) -> Result<(), Error> {
        let session = self.as_user(&item.created_by).await?;
        let causes = item.causes.iter().map(|key| find(&self.causes, &full(story, key)));
        let new = NewRecommendation {
            root_causes: causes.collect::<Result<_, _>>()?,
            title: item.title.clone(),
            description: item.description.clone(),
            kind: item.kind,
            priority: item.priority,
            strength: item.strength,
            owner: self.maybe_user(item.owner.as_ref())?,
            team: Some(find(&self.teams, &item.team)?),
            due_on: item.due.map(|day| day.on(self.today)),
            acceptance_criterion: item.acceptance_criterion.clone(),
            labels: item.labels.clone(),
        };
        let created = recommendations::create(&session, new).await;
        let id = created.map_err(|error| located(&full(story, &item.key), item.created_at.at(self.today), error))?;
        self.items.insert(full(story, &item.key), id);
        Ok(())
    }

    async fn move_item(&self, story: &Story, item: &Recommendation, step: &Step) -> Result<(), Error> {
        let session = self.as_user(&step.by).await?;
        let id = find(&self.items, &full(story, &item.key))?;
        let outcome = match &step.what {
            Act::Due { due, reason } => {
                let due = Some((due.on(self.today), reason.clone()));
                let patch = RecommendationPatch {
                    due,
                    ..RecommendationPatch::default()
                };
                recommendations::update(&session, id, &patch).await.map(|_| ())
            }
            Act::Assign { owner, team } => {
                let patch = RecommendationPatch {
                    owner: self.maybe_user(owner.as_ref())?.map(Some),
                    team: team.as_ref().map(|slug| find(&self.teams, slug)).transpose()?.map(Some),
                    ..RecommendationPatch::default()
                };
                recommendations::update(&session, id, &patch).await.map(|_| ())
            }
            Act::Review { outcome, note } => {
                let review = ReviewOutcome {
                    outcome: *outcome,
                    note: note.clone(),
                    owner: None,
                    due_on: None,
                    expected_version: None,
                };
                recommendations::review_effectiveness(&session, id, review).await
            }
            Act::Comment { text } => comments::add(&session, Subject::Recommendation(id), text)
                .await
                .map(|_| ()),
            moving => {
                let input = self
                    .step_input(moving)?
                    .ok_or_else(|| fault("a step without a meaning"))?;
                recommendations::step(&session, id, input, None).await.map(|_| ())
            }
        };
        outcome.map_err(|error| located(&full(story, &item.key), step.at.at(self.today), error))
    }

    /// The steps that move an item from status to status.
    fn step_input(&self, act: &Act) -> Result<Option<StepInput>, Error> {
        Ok(Some(match act {
            Act::Accept { owner, due } => StepInput::Accept {
                owner: self.maybe_user(owner.as_ref())?,
                due_on: due.map(|day| day.on(self.today)),
            },
            Act::Start => StepInput::Start,
            Act::Block { reason } => StepInput::Block { reason: reason.clone() },
            Act::Implement { evidence } => StepInput::Implement {
                evidence: evidence
                    .iter()
                    .map(|link| NewEvidence {
                        url: link.url.clone(),
                        note: link.note.clone(),
                    })
                    .collect(),
            },
            Act::Verify => StepInput::Verify,
            Act::Decline {
                reason,
                note,
                risk_accepted_until,
            } => StepInput::Decline {
                reason: *reason,
                note: note.clone(),
                risk_accepted_until: risk_accepted_until.map(|day| day.on(self.today)),
            },
            Act::Reopen { reason } => StepInput::Reopen {
                reason: reason.clone(),
                owner: None,
                due_on: None,
            },
            Act::Due { .. } | Act::Assign { .. } | Act::Review { .. } | Act::Comment { .. } => return Ok(None),
        }))
    }
}

/// Says which line of the demo's data an error belongs to.
fn located(what: &str, at: DateTime<Utc>, error: Error) -> Error {
    fault(format!("{what} at {}: {error}", at.format("%Y-%m-%d %H:%M")))
}
