//! Changes recommendations.

use std::collections::HashMap;

use async_graphql::{Context, Object};
use entity::ids::RecommendationId;

use super::{inputs::*, *};
use crate::{
    graphql::{
        Result,
        input::{ids, optional_id},
    },
    platform::ids::parse,
    recommendations::{
        model::{RecommendationPatch, ReviewOutcome, StepInput},
        queries::order,
        service,
    },
};

async fn take_step(
    ctx: &Context<'_>,
    id: &ID,
    expected_version: Option<i64>,
    input: StepInput,
) -> Result<Recommendation> {
    let id = parse::<RecommendationId>("id", id)?;
    let row = service::step(session(ctx), id, input, expected_version).await?;
    Ok(Recommendation::from(Arc::new(row)))
}

async fn change(ctx: &Context<'_>, id: &ID, patch: RecommendationPatch) -> Result<Recommendation> {
    let id = parse::<RecommendationId>("id", id)?;
    let row = service::update(session(ctx), id, &patch).await?;
    Ok(Recommendation::from(Arc::new(row)))
}

/// Changes recommendations.
#[derive(Default)]
pub struct RecommendationMutation;

#[Object]
impl RecommendationMutation {
    /// Recommends something against one or more root causes: a new item, PROPOSED. Members and admins.
    async fn create_recommendation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done.")] input: CreateRecommendationInput,
    ) -> Result<CreateRecommendationPayload> {
        let id = service::create(session(ctx), input.decode()?).await?;
        let recommendation = recommendation_now(ctx, id).await?;
        let cursor = order(None).cursor(&recommendation.row);
        let recommendation_edge = RecommendationEdge {
            cursor,
            node: recommendation.clone(),
        };
        Ok(CreateRecommendationPayload {
            recommendation,
            recommendation_edge,
        })
    }

    /// Changes text, kind, strength, priority, labels and criterion: the owner, whoever recommended it, the team, and whoever may edit the report.
    async fn update_recommendation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done.")] input: UpdateRecommendationInput,
    ) -> Result<UpdateRecommendationPayload> {
        let id = input.id.clone();
        Ok(UpdateRecommendationPayload {
            recommendation: change(ctx, &id, input.decode()).await?,
        })
    }

    /// Sets which root causes an item treats, in any report that you may see.
    async fn address_root_causes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done.")] input: AddressRootCausesInput,
    ) -> Result<AddressRootCausesPayload> {
        let id = parse::<RecommendationId>("id", &input.id)?;
        let causes = ids("rootCauseIds", &input.root_cause_ids)?;
        service::address_root_causes(session(ctx), id, &causes, input.expected_version).await?;
        Ok(AddressRootCausesPayload {
            recommendation: recommendation_now(ctx, id).await?,
        })
    }

    /// Sets whose an item is: the owner, whoever recommended it, the team, and whoever may edit the report.
    async fn assign_recommendation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done.")] input: AssignRecommendationInput,
    ) -> Result<AssignRecommendationPayload> {
        let id = input.id.clone();
        Ok(AssignRecommendationPayload {
            recommendation: change(ctx, &id, input.decode()?).await?,
        })
    }

    /// Moves the due date of unfinished work, with a reason. originalDueOn keeps the first.
    async fn change_due_date(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done.")] input: ChangeDueDateInput,
    ) -> Result<ChangeDueDatePayload> {
        let patch = RecommendationPatch {
            due: Some((input.due_on.0, input.reason)),
            expected_version: input.expected_version,
            ..RecommendationPatch::default()
        };
        Ok(ChangeDueDatePayload {
            recommendation: change(ctx, &input.id, patch).await?,
        })
    }

    /// PROPOSED → ACCEPTED: a lead of the item's team, the report's owner, an admin. Needs an owner and a due date.
    async fn accept_recommendation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done.")] input: AcceptRecommendationInput,
    ) -> Result<AcceptRecommendationPayload> {
        let owner = optional_id("ownerId", input.owner_id.as_ref())?;
        let step = StepInput::Accept {
            owner,
            due_on: input.due_on.map(|day| day.0),
        };
        let recommendation = take_step(ctx, &input.id, input.expected_version, step).await?;
        Ok(AcceptRecommendationPayload { recommendation })
    }

    /// ACCEPTED or BLOCKED → IN_PROGRESS: the owner and members of the item's team.
    async fn start_recommendation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done.")] input: StartRecommendationInput,
    ) -> Result<StartRecommendationPayload> {
        let recommendation = take_step(ctx, &input.id, input.expected_version, StepInput::Start).await?;
        Ok(StartRecommendationPayload { recommendation })
    }

    /// ACCEPTED or IN_PROGRESS → BLOCKED: the owner and members of the item's team. Needs a reason.
    async fn block_recommendation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done.")] input: BlockRecommendationInput,
    ) -> Result<BlockRecommendationPayload> {
        let step = StepInput::Block { reason: input.reason };
        let recommendation = take_step(ctx, &input.id, input.expected_version, step).await?;
        Ok(BlockRecommendationPayload { recommendation })
    }

    /// ACCEPTED, IN_PROGRESS or BLOCKED → IMPLEMENTED: the owner and members of the item's team. P0 and P1 need evidence.
    async fn implement_recommendation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done.")] input: ImplementRecommendationInput,
    ) -> Result<ImplementRecommendationPayload> {
        let step = StepInput::Implement {
            evidence: input.evidence.unwrap_or_default().into_iter().map(Into::into).collect(),
        };
        let recommendation = take_step(ctx, &input.id, input.expected_version, step).await?;
        Ok(ImplementRecommendationPayload { recommendation })
    }

    /// IMPLEMENTED → VERIFIED: whoever may edit the item, except its owner and who owned it while it was open; not a token for machines. Plans effectiveness reviews.
    async fn verify_recommendation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done.")] input: VerifyRecommendationInput,
    ) -> Result<VerifyRecommendationPayload> {
        let recommendation = take_step(ctx, &input.id, input.expected_version, StepInput::Verify).await?;
        Ok(VerifyRecommendationPayload { recommendation })
    }

    /// PROPOSED, ACCEPTED, IN_PROGRESS or BLOCKED → DECLINED: a lead of the item's team, the report's owner, an admin.
    async fn decline_recommendation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done.")] input: DeclineRecommendationInput,
    ) -> Result<DeclineRecommendationPayload> {
        let step = StepInput::Decline {
            reason: input.reason.into(),
            note: input.note,
            risk_accepted_until: input.risk_accepted_until.map(|day| day.0),
        };
        let recommendation = take_step(ctx, &input.id, input.expected_version, step).await?;
        Ok(DeclineRecommendationPayload { recommendation })
    }

    /// IMPLEMENTED, VERIFIED or DECLINED → ACCEPTED: a lead of the item's team, the report's owner, an admin. Needs a reason.
    async fn reopen_recommendation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done.")] input: ReopenRecommendationInput,
    ) -> Result<ReopenRecommendationPayload> {
        let owner = optional_id("ownerId", input.owner_id.as_ref())?;
        let step = StepInput::Reopen {
            reason: input.reason,
            owner,
            due_on: input.due_on.map(|day| day.0),
        };
        let recommendation = take_step(ctx, &input.id, input.expected_version, step).await?;
        Ok(ReopenRecommendationPayload { recommendation })
    }

    /// Records whether verified work helped. INEFFECTIVE reopens it.
    async fn review_effectiveness(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done.")] input: ReviewEffectivenessInput,
    ) -> Result<ReviewEffectivenessPayload> {
        let id = parse::<RecommendationId>("id", &input.id)?;
        let outcome = ReviewOutcome {
            outcome: input.outcome.into(),
            note: input.note,
            owner: optional_id("ownerId", input.owner_id.as_ref())?,
            due_on: input.due_on.map(|day| day.0),
            expected_version: input.expected_version,
        };
        service::review_effectiveness(session(ctx), id, outcome).await?;
        Ok(ReviewEffectivenessPayload {
            recommendation: recommendation_now(ctx, id).await?,
        })
    }

    /// Makes the same change to up to 200 items, all or nothing.
    #[graphql(complexity = "200 + child_complexity")]
    async fn bulk_update_recommendations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done.")] input: BulkUpdateRecommendationsInput,
    ) -> Result<BulkUpdateRecommendationsPayload> {
        let wanted: Vec<RecommendationId> = ids("ids", &input.ids)?;
        let changed = service::bulk_update(session(ctx), &wanted, &input.patch.decode()?).await?;
        let mut rows: HashMap<RecommendationId, _> = changed.into_iter().map(|row| (row.id, row)).collect();
        let recommendations = wanted
            .iter()
            .filter_map(|id| rows.remove(id))
            .map(|row| Recommendation::from(Arc::new(row)));
        Ok(BulkUpdateRecommendationsPayload {
            recommendations: recommendations.collect(),
        })
    }
}
