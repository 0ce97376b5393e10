//! Search and likeness in the API.

use std::{collections::HashMap, sync::Arc};

use async_graphql::{Context, Object, SimpleObject};
use entity::{
    ids::{ReportId, RootCauseId},
    search_document,
};

use super::{
    loaders::{CausesLike, ReportsLike},
    model::{
        excerpt::{Piece, excerpt, line},
        query::{SearchQuery as Sought, parse},
    },
    queries::hits::{documents, hits},
};
use crate::{
    graphql::{
        Result,
        connection::{Counter, connection},
        context::{loaders, session},
        cost,
        direct::Ready,
        loaders::{ById, required},
    },
    platform::{
        error::Error,
        page::{Page, PageArgs},
    },
    reports::graphql::Report,
    root_causes::graphql::RootCause,
    schema::node::{Node, node_of_event},
};

/// How many similar things are given when nobody says.
const SIMILAR: i32 = 5;

/// A piece of a text that was found.
#[derive(SimpleObject)]
pub struct TextPart {
    /// The piece: plain text, not HTML.
    text: String,
    /// Whether it is what was searched for.
    is_match: bool,
}

fn parts(pieces: Vec<Piece>) -> Vec<TextPart> {
    let part = |piece: Piece| TextPart {
        text: piece.text,
        is_match: piece.is_match,
    };
    pieces.into_iter().map(part).collect()
}

/// Something that was found.
pub struct SearchResult {
    row: search_document::Model,
    points: i64,
    query: Arc<Sought>,
}

#[allow(clippy::cast_precision_loss, reason = "at most a thousand")]
fn share(points: i64) -> f64 {
    points as f64 / 1_000.0
}

/// Something that was found.
#[Object]
impl SearchResult {
    /// What was found: a report, a root cause or a recommendation.
    async fn subject(&self, ctx: &Context<'_>) -> Result<Node> {
        let found = node_of_event(ctx, self.row.subject_kind, self.row.subject_id).await?;
        Ok(found.ok_or_else(|| Error::internal("what was found is gone"))?)
    }
    /// Its key, such as PM-12; null for a root cause.
    async fn key(&self) -> Option<&str> {
        self.row.key.as_deref()
    }
    /// Its title.
    async fn title(&self) -> &str {
        &self.row.title
    }
    /// Its title in parts, of which those that were searched for are marked.
    async fn title_parts(&self) -> Vec<TextPart> {
        parts(line(&self.query, &self.row.title))
    }
    /// The part of its text that shows best why it was found, about 240 characters as plain text; else how it begins. "" when
    /// there is no text besides the title.
    async fn snippet(&self) -> String {
        excerpt(&self.query, &self.row.body)
            .into_iter()
            .map(|piece| piece.text)
            .collect()
    }
    /// The snippet in parts, of which those that were searched for are marked.
    async fn snippet_parts(&self) -> Vec<TextPart> {
        parts(excerpt(&self.query, &self.row.body))
    }
    /// How good a hit it is, from 0 to 1: 1 when it was called by its key, more than 0.1 when words stand in its title.
    async fn score(&self) -> f64 {
        share(self.points)
    }
}

connection!(
    SearchResult,
    SearchConnection,
    SearchEdge,
    "One page of what was found. The list has the best 1000 at most.",
    "Something that was found, in a list."
);

impl Ready for SearchResult {
    const WAITS: &'static [&'static str] = &[];
}

/// Finds things by their words.
#[derive(Default)]
pub struct SearchQuery;

#[Object]
impl SearchQuery {
    /// Finds reports, root causes and recommendations by their words, the best first; of equally good ones the latest first.
    /// A list ends after 1000, and so does totalCount.
    #[graphql(complexity = "cost::page(first, None, child_complexity)")]
    async fn search(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "What to look for, at most 500 characters. All words must be there, in any form of theirs; \"words in quotes\" \
                    side by side; -word not. The last word may be unfinished. Case and accents do not matter. A key, such as \
                    REC-40, finds what has it first."
        )]
        query: String,
        #[graphql(desc = "Take this many from the start: 0 to 100; 20 when left out.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
    ) -> Result<SearchConnection> {
        let page = PageArgs::new(first, after.as_deref(), None, None)?;
        let query = Arc::new(parse(&query)?);
        let session = session(ctx);
        let hits = hits(&session.db, &session.viewer, &query).await?;
        let places = hits.page(&page)?;
        let subjects: Vec<_> = places.rows.iter().map(|(_, place)| place.id).collect();
        let rows = documents(&session.db, &session.viewer, &subjects).await?;
        session.note_shown::<search_document::Entity>(rows.iter());
        let mut rows: HashMap<_, _> = rows.into_iter().map(|row| (row.subject_id, row)).collect();
        let found = places.rows.into_iter().filter_map(|(cursor, place)| {
            let (row, points, query) = (rows.remove(&place.id)?, place.points, query.clone());
            Some((cursor, SearchResult { row, points, query }))
        });
        let found = Page {
            rows: found.collect(),
            has_next: places.has_next,
            has_previous: places.has_previous,
        };
        let count = hits.count();
        Ok(SearchConnection::new((found, Counter::Known(count))))
    }
}

/// A report that is like another.
pub struct SimilarReport {
    id: ReportId,
    points: i64,
    shared: Vec<RootCauseId>,
}

/// A report that is like another.
#[Object]
impl SimilarReport {
    /// The report.
    async fn report(&self, ctx: &Context<'_>) -> Result<Report> {
        Ok(Report::from(required(ctx, self.id).await?))
    }
    /// How alike they are, from 0 to 1: half of it for their most similar causes, three tenths for their words, two for the
    /// services that were hit.
    async fn score(&self) -> f64 {
        share(self.points)
    }
    /// The causes of this report that the other one has too: occurrences of the same cause, and causes that say nearly the same.
    #[graphql(complexity = "cost::list(child_complexity)")]
    async fn shared_causes(&self, ctx: &Context<'_>) -> Result<Vec<RootCause>> {
        Ok(causes(ctx, self.shared.iter().copied()).await?)
    }
}

async fn causes(ctx: &Context<'_>, ids: impl Iterator<Item = RootCauseId> + Clone) -> Result<Vec<RootCause>, Error> {
    let mut rows = loaders(ctx).load_many(ids.clone().map(ById)).await?;
    Ok(ids.filter_map(|id| rows.remove(&ById(id))).map(RootCause).collect())
}

fn most(first: Option<i32>) -> Result<usize, Error> {
    let page = PageArgs::new(first.or(Some(SIMILAR)), None, None, None)?;
    Ok(usize::try_from(page.limit).unwrap_or(usize::MAX))
}

/// What similar things cost: that many of them.
pub fn cost_of_similar(first: Option<i32>, child: usize) -> usize {
    cost::page(first.or(Some(SIMILAR)), None, child)
}

/// The causes of other reports that are most like one.
pub async fn causes_like(ctx: &Context<'_>, id: RootCauseId, first: Option<i32>) -> Result<Vec<RootCause>> {
    let most = most(first)?;
    let like = loaders(ctx).load_one(CausesLike(id)).await?.unwrap_or_default();
    Ok(causes(ctx, like.iter().take(most).map(|cause| cause.id)).await?)
}

/// The reports that are most like one.
pub async fn reports_like(ctx: &Context<'_>, id: ReportId, first: Option<i32>) -> Result<Vec<SimilarReport>> {
    let most = most(first)?;
    let like = loaders(ctx).load_one(ReportsLike(id)).await?.unwrap_or_default();
    let like = like.iter().take(most).map(|like| SimilarReport {
        id: like.id,
        points: like.points,
        shared: like.shared.clone(),
    });
    Ok(like.collect())
}
