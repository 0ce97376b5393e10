//! Changes reports.

use async_graphql::{Context, Object};
use entity::ids::{ReportId, TimelineEventId};

use super::{inputs::*, *};
use crate::{
    graphql::Result,
    platform::ids::parse,
    reports::{
        loaders::timeline_order,
        queries::filter::order,
        service::{self, Publication},
    },
};

/// Changes reports.
#[derive(Default)]
pub struct ReportMutation;

#[Object]
impl ReportMutation {
    /// Creates a DRAFT on an incident, which may be recorded with it. Members and admins.
    async fn create_report(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done.")] input: CreateReportInput,
    ) -> Result<CreateReportPayload> {
        let id = service::create(session(ctx), input.decode()?).await?;
        let report = report_now(ctx, id).await?;
        let report_edge = ReportEdge {
            cursor: order(None).cursor(&report.row),
            node: report.clone(),
        };
        Ok(CreateReportPayload { report, report_edge })
    }

    /// Changes text and fields: the owner, whoever created it, authors, members of its team, admins. The text only in DRAFT and IN_REVIEW.
    async fn update_report(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done.")] input: UpdateReportInput,
    ) -> Result<UpdateReportPayload> {
        let (id, patch) = input.decode()?;
        service::update(session(ctx), id, patch).await?;
        Ok(UpdateReportPayload {
            report: report_now(ctx, id).await?,
        })
    }

    /// DRAFT → IN_REVIEW.
    async fn submit_report(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done.")] input: SubmitReportInput,
    ) -> Result<SubmitReportPayload> {
        let id = parse::<ReportId>("id", &input.id)?;
        service::submit(session(ctx), id, input.expected_version).await?;
        Ok(SubmitReportPayload {
            report: report_now(ctx, id).await?,
        })
    }

    /// Approves a report under review, or asks for changes: reviewers, approvers, stakeholders and admins, never its owner or
    /// authors. Your earlier decision gives way to this one.
    async fn review_report(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done.")] input: ReviewReportInput,
    ) -> Result<ReviewReportPayload> {
        let id = parse::<ReportId>("id", &input.id)?;
        service::review(session(ctx), id, input.decision.into(), input.comment.as_deref()).await?;
        Ok(ReviewReportPayload {
            report: report_now(ctx, id).await?,
        })
    }

    /// IN_REVIEW → PUBLISHED. Refused while an ERROR finding stands, unless an admin overrides with a reason.
    async fn publish_report(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done.")] input: PublishReportInput,
    ) -> Result<PublishReportPayload> {
        let id = parse::<ReportId>("id", &input.id)?;
        let publication = Publication {
            override_reason: input.override_reason,
            expected_version: input.expected_version,
        };
        service::publish(session(ctx), id, publication).await?;
        Ok(PublishReportPayload {
            report: report_now(ctx, id).await?,
        })
    }

    /// IN_REVIEW, PUBLISHED or ARCHIVED → DRAFT. Clears the approvals.
    async fn reopen_report(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done.")] input: ReopenReportInput,
    ) -> Result<ReopenReportPayload> {
        let id = parse::<ReportId>("id", &input.id)?;
        service::reopen(session(ctx), id, input.reason.as_deref(), input.expected_version).await?;
        Ok(ReopenReportPayload {
            report: report_now(ctx, id).await?,
        })
    }

    /// Puts a report away: it leaves default lists.
    async fn archive_report(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done.")] input: ArchiveReportInput,
    ) -> Result<ArchiveReportPayload> {
        let id = parse::<ReportId>("id", &input.id)?;
        service::archive(session(ctx), id, input.expected_version).await?;
        Ok(ArchiveReportPayload {
            report: report_now(ctx, id).await?,
        })
    }

    /// Sets who takes part, and as what.
    async fn set_participants(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done.")] input: SetParticipantsInput,
    ) -> Result<SetParticipantsPayload> {
        let id = parse::<ReportId>("id", &input.id)?;
        let participants = participants(&input.participants)?;
        service::set_participants(session(ctx), id, participants, input.expected_version).await?;
        Ok(SetParticipantsPayload {
            report: report_now(ctx, id).await?,
        })
    }

    /// Adds a moment to the timeline.
    async fn add_timeline_event(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done.")] input: AddTimelineEventInput,
    ) -> Result<AddTimelineEventPayload> {
        let report = parse::<ReportId>("reportId", &input.report_id)?;
        let id = service::add_timeline_event(session(ctx), report, input.decode()).await?;
        let timeline_event = TimelineEvent(required(ctx, id).await?);
        let cursor = timeline_order().cursor(&timeline_event.0);
        let timeline_event_edge = TimelineEventEdge {
            cursor,
            node: timeline_event.clone(),
        };
        Ok(AddTimelineEventPayload {
            timeline_event,
            timeline_event_edge,
        })
    }

    /// Changes a moment of the timeline.
    async fn update_timeline_event(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done.")] input: UpdateTimelineEventInput,
    ) -> Result<UpdateTimelineEventPayload> {
        let id = parse::<TimelineEventId>("id", &input.id)?;
        service::update_timeline_event(session(ctx), id, input.decode()).await?;
        Ok(UpdateTimelineEventPayload {
            timeline_event: TimelineEvent(required(ctx, id).await?),
        })
    }

    /// Removes a moment from the timeline. Its text stays in the revisions and the history.
    async fn remove_timeline_event(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done.")] input: RemoveTimelineEventInput,
    ) -> Result<RemoveTimelineEventPayload> {
        let id = parse::<TimelineEventId>("id", &input.id)?;
        let report = service::remove_timeline_event(session(ctx), id).await?;
        Ok(RemoveTimelineEventPayload {
            removed_id: input.id,
            report: report_now(ctx, report).await?,
        })
    }
}
