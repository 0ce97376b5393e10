//! Comments in the API.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entity::{
    comment,
    ids::{self, RecommendationId, ReportId, TypedId},
};

use super::{
    loaders::order,
    service::{self, Subject},
};
use crate::{
    graphql::{
        Result,
        connection::connection,
        context::session,
        direct::{Direct, Ready},
        loaders::{by_reference, required},
        plan::listed,
        scalars::{DateTime, Markdown},
    },
    people::graphql::User,
    platform::error::Error,
};

/// What somebody said about a report or a recommendation.
#[derive(Clone)]
pub struct Comment(pub Arc<comment::Model>);

/// What somebody said about a report or a recommendation.
#[Object]
impl Comment {
    /// The global id.
    pub async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }
    /// Who said it; null for a machine.
    async fn author(&self, ctx: &Context<'_>) -> Result<Option<Direct<User>>> {
        let author = by_reference(ctx, self.0.author_id).await?;
        Ok(author.map(|row| Direct(User(row))))
    }
    /// What they said.
    async fn body(&self) -> Markdown {
        (&self.0.body).into()
    }
    /// When they said it.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }
    /// Always null: a comment stays as it was said.
    async fn edited_at(&self) -> Option<DateTime> {
        self.0.edited_at.map(Into::into)
    }
}

connection!(
    Comment,
    CommentConnection,
    CommentEdge,
    "One page of comments.",
    "A comment in a list."
);

impl Ready for Comment {
    const WAITS: &'static [&'static str] = &[];
}
listed!(Comment, entity::comment::Entity);

/// A comment to add.
#[derive(InputObject)]
pub struct AddCommentInput {
    /// The report or recommendation it is on.
    subject_id: ID,
    /// What you say.
    body: Markdown,
}

/// The comment that was added.
#[derive(SimpleObject)]
pub struct AddCommentPayload {
    /// The comment.
    comment: Comment,
    /// The same in the subject's list.
    comment_edge: CommentEdge,
}

fn subject(id: &ID) -> Result<Subject, Error> {
    match ids::parse_any(id) {
        Ok((prefix, uuid)) if prefix == ReportId::PREFIX => Ok(Subject::Report(uuid.into())),
        Ok((prefix, uuid)) if prefix == RecommendationId::PREFIX => Ok(Subject::Recommendation(uuid.into())),
        Ok(_) => Err(Error::invalid(
            "subjectId",
            "WRONG_ID_TYPE",
            "Comments are on reports (rep_…) and recommendations (rec_…); give the id of one.",
        )),
        Err(_) => Err(Error::invalid(
            "subjectId",
            "MALFORMED_ID",
            "This is not an id; expected one that starts with rep_ or rec_.",
        )),
    }
}

/// Adds comments.
#[derive(Default)]
pub struct CommentMutation;

#[Object]
impl CommentMutation {
    /// Comments on a report or a recommendation that you see. Members and admins.
    async fn add_comment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done.")] input: AddCommentInput,
    ) -> Result<AddCommentPayload> {
        let id = service::add(session(ctx), subject(&input.subject_id)?, &input.body).await?;
        let comment = Comment(required(ctx, id).await?);
        let comment_edge = CommentEdge {
            cursor: order().cursor(&comment.0),
            node: comment.clone(),
        };
        Ok(AddCommentPayload { comment, comment_edge })
    }
}
