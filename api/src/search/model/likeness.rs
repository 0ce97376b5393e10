//! How alike two things are, in thousandths.
//!
//! Words that two things share count the more the rarer they are among what the viewer may see; words of very many things do
//! not reach this place at all. Of the words of the one, weighed so, the share that the other has too is their likeness in words.

use std::{
    cmp::Reverse,
    collections::{HashMap, HashSet},
};

use entity::ids::{CauseCategoryId, ReportId, RootCauseId, ServiceId, TypedId};
use uuid::Uuid;

/// As alike as can be.
pub const SAME: i64 = 1_000;
/// From here a cause is listed as similar.
const SIMILAR: i64 = 150;
/// From here a cause of another report counts as shared.
pub const SHARED: i64 = 600;
/// What the same category adds to causes that share words.
const SAME_CATEGORY: i64 = 150;
/// From here a report is listed as similar.
const SIMILAR_REPORT: i64 = 100;
/// The most things that are alike to one.
pub const MOST: usize = 100;

/// A word of a thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    /// The stem.
    pub term: String,
    /// The thing.
    pub subject: Uuid,
    /// The report it falls under.
    pub report: ReportId,
}

/// Words, by things and the other way round.
pub struct Lexicon {
    terms: HashMap<Uuid, Vec<String>>,
    things: HashMap<String, Vec<(Uuid, ReportId)>>,
}

impl Lexicon {
    /// Of the words of all that is compared.
    pub fn new(postings: Vec<Posting>) -> Self {
        let (mut terms, mut things) = (HashMap::<_, Vec<_>>::new(), HashMap::<_, Vec<_>>::new());
        for Posting { term, subject, report } in postings {
            terms.entry(subject).or_default().push(term.clone());
            things.entry(term).or_default().push((subject, report));
        }
        for terms in terms.values_mut() {
            // Sums are then the same, to the last digit, in whatever order a database answers.
            terms.sort();
        }
        Self { terms, things }
    }

    fn weight(&self, term: &str) -> f64 {
        let count = self.things.get(term).map_or(1, Vec::len);
        1.0 / (1.0 + f64::from(u32::try_from(count.max(2)).unwrap_or(u32::MAX)).ln())
    }

    /// The things of other reports that share words with one, the most alike first.
    pub fn like(&self, subject: Uuid, report: ReportId) -> Vec<(Uuid, ReportId, i64)> {
        let terms = self.terms.get(&subject).map_or(&[][..], Vec::as_slice);
        let whole: f64 = terms.iter().map(|term| self.weight(term)).sum();
        let mut shared: HashMap<(Uuid, ReportId), f64> = HashMap::new();
        for term in terms {
            for other in self
                .things
                .get(term)
                .into_iter()
                .flatten()
                .filter(|other| other.1 != report)
            {
                *shared.entry(*other).or_default() += self.weight(term);
            }
        }
        let mut like: Vec<_> = shared
            .into_iter()
            .map(|((other, report), part)| (other, report, thousandths(part / whole)))
            .collect();
        like.sort_by_key(|(other, _, points)| (Reverse(*points), Reverse(*other)));
        like.truncate(MOST);
        like
    }
}

/// Whole thousandths: what is equal to that many places is equal.
#[allow(clippy::cast_possible_truncation, reason = "a share is between 0 and 1")]
fn thousandths(share: f64) -> i64 {
    (share * 1_000.0).round().clamp(0.0, 1_000.0) as i64
}

/// What is known of a cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cause {
    /// Which.
    pub id: RootCauseId,
    /// The report it stands in.
    pub report: ReportId,
    /// The first occurrence, if it is a recurrence.
    pub first: Option<RootCauseId>,
    /// What kind of cause.
    pub category: Option<CauseCategoryId>,
}

impl Cause {
    /// The first occurrence, which is itself unless it is a recurrence.
    pub fn chain(&self) -> RootCauseId {
        self.first.unwrap_or(self.id)
    }
}

/// A cause that is like another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LikeCause {
    /// Which.
    pub id: RootCauseId,
    /// The report it stands in.
    pub report: ReportId,
    /// How alike.
    pub points: i64,
}

/// The causes of other reports that are like `one`: those of its chain, then those that share words. `known` are the causes that
/// the viewer sees; a chain counts only when its first occurrence is among them.
pub fn similar_causes(one: &Cause, known: &HashMap<RootCauseId, Cause>, lexicon: &Lexicon) -> Vec<LikeCause> {
    let words = lexicon.like(one.id.uuid(), one.report);
    let mut like: HashMap<RootCauseId, LikeCause> = words
        .into_iter()
        .filter_map(|(id, report, points)| {
            let other = known.get(&RootCauseId(id))?;
            let of_kind = one.category.is_some() && other.category == one.category;
            let points = (points + if of_kind { SAME_CATEGORY } else { 0 }).min(SAME - 1);
            Some((
                other.id,
                LikeCause {
                    id: other.id,
                    report,
                    points,
                },
            ))
        })
        .collect();
    if known.contains_key(&one.chain()) {
        let chain = known
            .values()
            .filter(|other| other.chain() == one.chain() && other.report != one.report);
        like.extend(chain.map(|other| {
            (
                other.id,
                LikeCause {
                    id: other.id,
                    report: other.report,
                    points: SAME,
                },
            )
        }));
    }
    let mut like: Vec<_> = like.into_values().filter(|other| other.points >= SIMILAR).collect();
    like.sort_by_key(|other| (Reverse(other.points), Reverse(other.id)));
    like.truncate(MOST);
    like
}

/// A report that is like another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LikeReport {
    /// Which.
    pub id: ReportId,
    /// How alike.
    pub points: i64,
    /// Its causes that the other report has too.
    pub shared: Vec<RootCauseId>,
}

/// The reports that are like `one`: by their most alike causes, by their words, and by the services that were hit.
pub fn similar_reports(
    one: ReportId,
    causes: &[LikeCause],
    lexicon: &Lexicon,
    services: &HashMap<ReportId, HashSet<ServiceId>>,
) -> Vec<LikeReport> {
    let words: HashMap<ReportId, i64> = lexicon
        .like(one.uuid(), one)
        .into_iter()
        .map(|(_, report, points)| (report, points))
        .collect();
    let others: HashSet<ReportId> = causes
        .iter()
        .map(|cause| cause.report)
        .chain(words.keys().copied())
        .collect();
    let none = HashSet::new();
    let own = services.get(&one).unwrap_or(&none);
    let mut like: Vec<LikeReport> = others
        .into_iter()
        .filter(|other| *other != one)
        .map(|other| {
            let its: Vec<&LikeCause> = causes.iter().filter(|cause| cause.report == other).collect();
            let by_cause = its.iter().map(|cause| cause.points).max().unwrap_or(0);
            let by_words = words.get(&other).copied().unwrap_or(0);
            let hit = services.get(&other).unwrap_or(&none).intersection(own).count();
            let by_services = share(hit, own.len());
            let mut shared: Vec<RootCauseId> = its
                .iter()
                .filter(|cause| cause.points >= SHARED)
                .map(|cause| cause.id)
                .collect();
            shared.sort();
            shared.dedup();
            let points = (5 * by_cause + 3 * by_words + 2 * by_services) / 10;
            LikeReport {
                id: other,
                points,
                shared,
            }
        })
        .filter(|other| other.points >= SIMILAR_REPORT)
        .collect();
    like.sort_by_key(|other| (Reverse(other.points), Reverse(other.id)));
    like.truncate(MOST);
    like
}

fn share(part: usize, whole: usize) -> i64 {
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX / 1_000);
    if whole == 0 {
        0
    } else {
        1_000 * number(part) / number(whole)
    }
}
