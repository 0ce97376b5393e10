//! The metrics of many teams or reports at once.

use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use entity::{
    ids::{ReportId, TeamId, TypedId},
    recommendation,
};
use sea_orm::ColumnTrait;

use super::{
    model::{counts::Counts, dimension::Dimension},
    queries::{
        causes,
        measure::{self, Asked, GroupKey, Wants},
        past::Moment,
    },
};
use crate::{auth::Reads, platform::error::Error, recommendations::queries::RecommendationFilter};

/// Asks for the metrics of a team.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OfTeam {
    /// Which team.
    pub team: TeamId,
    /// Which of its recommendations.
    pub filter: Option<RecommendationFilter>,
    /// What is to be counted.
    pub wants: Wants,
}

/// Asks for the metrics of a report.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OfReport {
    /// Which report.
    pub report: ReportId,
    /// What is to be counted.
    pub wants: Wants,
}

impl Loader<OfTeam> for Reads {
    type Value = Counts;
    type Error = Error;

    async fn load(&self, keys: &[OfTeam]) -> Result<HashMap<OfTeam, Counts>, Error> {
        let mut alike: HashMap<_, Vec<&OfTeam>> = HashMap::new();
        for key in keys {
            alike.entry((&key.filter, key.wants)).or_default().push(key);
        }
        let mut loaded = HashMap::with_capacity(keys.len());
        for ((filter, wants), keys) in alike {
            let teams = keys.iter().map(|key| key.team);
            let asked = Asked::new(&self.0, Moment::new(&self.0, None)?, filter.as_ref())?
                .only(recommendation::Column::TeamId.is_in(teams));
            let groups = measure::groups(&asked, Dimension::Team, wants).await?;
            let mut groups: HashMap<GroupKey, Counts> = groups.into_iter().collect();
            for key in keys {
                let counts = groups.remove(&GroupKey::Thing(key.team.uuid())).unwrap_or_default();
                loaded.insert(key.clone(), counts);
            }
        }
        Ok(loaded)
    }
}

impl Loader<OfReport> for Reads {
    type Value = Counts;
    type Error = Error;

    async fn load(&self, keys: &[OfReport]) -> Result<HashMap<OfReport, Counts>, Error> {
        let mut alike: HashMap<Wants, Vec<&OfReport>> = HashMap::new();
        for key in keys {
            alike.entry(key.wants).or_default().push(key);
        }
        let mut loaded = HashMap::with_capacity(keys.len());
        for (wants, keys) in alike {
            let reports: Vec<ReportId> = keys.iter().map(|key| key.report).collect();
            let asked = Asked::new(&self.0, Moment::new(&self.0, None)?, None)?
                .only(recommendation::Column::ReportId.is_in(reports.iter().copied()))
                .in_passing();
            // Its causes are its own, whether anything is recommended against them or not.
            let plain = Wants { causes: false, ..wants };
            let groups = measure::groups(&asked, Dimension::Report, plain).await?;
            let mut causes = match wants.causes {
                true => causes::of_reports(&self.0, &reports).await?,
                false => HashMap::new(),
            };
            let mut groups: HashMap<GroupKey, Counts> = groups.into_iter().collect();
            for key in keys {
                let mut counts = groups.remove(&GroupKey::Thing(key.report.uuid())).unwrap_or_default();
                (counts.causes_total, counts.causes_covered) = causes.remove(&key.report).unwrap_or_default();
                loaded.insert(key.clone(), counts);
            }
        }
        Ok(loaded)
    }
}
