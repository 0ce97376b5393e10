//! Counts recommendations, as a whole or in groups, in one statement each.

use std::{collections::HashMap, sync::Arc};

use entity::{incident, incident_service, recommendation, recommendation_root_cause, report, root_cause};
use sea_orm::{
    ColumnTrait, Condition, DbErr, QueryFilter, QueryResult, QuerySelect,
    prelude::Uuid,
    sea_query::{Alias, Expr, ExprTrait, Func, JoinType, Query, SelectStatement, SimpleExpr},
};

use super::{
    causes,
    past::Moment,
    state::{Tally, add_counts},
};
use crate::{
    auth::{Session, scope},
    events::queries::fresh::{Fresh, Parts},
    follow_through::model::{counts::Counts, dimension::Dimension},
    graphql::filters::FilterEnv,
    platform::{error::Error, keys::is_postgres, results::Weigh},
    recommendations::queries::RecommendationFilter,
};

pub(super) const KEY: &str = "group_key";
/// The team of the recommendations, beside the key of their group.
pub(super) const TEAM: &str = "its_team";

/// What is asked: about which recommendations, as of when.
#[derive(Clone)]
pub struct Asked {
    /// Who asks.
    pub session: Arc<Session>,
    /// As of when.
    pub moment: Moment,
    /// Which recommendations.
    pub which: Condition,
    /// Are these all that there are?
    pub is_all: bool,
    /// How it is asked.
    pub(super) fresh: Fresh,
}

impl Asked {
    /// By a filter, as in lists.
    pub fn new(session: &Arc<Session>, moment: Moment, filter: Option<&RecommendationFilter>) -> Result<Self, Error> {
        let env = FilterEnv::on(session, moment.today);
        Ok(Self {
            session: session.clone(),
            moment,
            which: env.all_of(filter)?,
            is_all: filter.is_none_or(|filter| *filter == RecommendationFilter::default()),
            fresh: Fresh::new(session),
        })
    }

    /// Only those among them for which this holds too.
    pub fn only(mut self, which: SimpleExpr) -> Self {
        self.which = self.which.add(which);
        self.is_all = false;
        self
    }

    /// And keeps nothing of the answer.
    pub fn in_passing(self) -> Self {
        let fresh = self.fresh.in_passing();
        Self { fresh, ..self }
    }

    /// Is the answer kept in the parts of the teams? What teams had in the past is kept as one: that an item is elsewhere now says
    /// nothing of it.
    pub(super) fn is_by_team(&self) -> bool {
        self.fresh.keeps() && !self.moment.is_past
    }

    /// Adds the team, when it is.
    pub(super) fn add_team(&self, select: &mut SelectStatement) {
        if self.is_by_team() {
            let team = recommendation::Column::TeamId;
            select
                .expr_as(Expr::col(team.as_column_ref()), TEAM)
                .add_group_by([Expr::col(Alias::new(TEAM))]);
        }
    }

    /// The team of a row, when it has it.
    pub(super) fn read_team(&self, row: &QueryResult) -> Result<Option<Uuid>, DbErr> {
        if self.is_by_team() {
            row.try_get("", TEAM)
        } else {
            Ok(None)
        }
    }

    /// The recommendations that are asked about, with nothing selected yet.
    pub(super) fn items(&self) -> SelectStatement {
        let mut items = scope::recommendations(&self.session.viewer)
            .filter(self.which.clone())
            .select_only();
        QuerySelect::query(&mut items).to_owned()
    }
}

/// What of the counts is asked for, beyond the plain ones: each costs something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Wants {
    /// `ageing()`.
    pub ageing: bool,
    /// `overdue_days`.
    pub overdue_days: bool,
    /// `implement_micros`.
    pub implement_micros: bool,
    /// `open_micros()`.
    pub open_micros: bool,
    /// `causes_total`, `causes_covered`.
    pub causes: bool,
}

impl Wants {
    /// When what is open was accepted.
    pub(super) fn open_since(self) -> bool {
        self.ageing || self.open_micros
    }

    /// What either asks for.
    fn and(self, other: Self) -> Self {
        Self {
            ageing: self.ageing || other.ageing,
            overdue_days: self.overdue_days || other.overdue_days,
            implement_micros: self.implement_micros || other.implement_micros,
            open_micros: self.open_micros || other.open_micros,
            causes: self.causes || other.causes,
        }
    }
}

/// What the members of a group have in common.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum GroupKey {
    /// Nothing: they have no team, owner, …
    None,
    /// A thing.
    Thing(Uuid),
    /// A status, month, …
    Text(String),
}

/// Adds the column by which it is grouped, under [`KEY`], and what must be joined for it.
pub(super) fn add_key(asked: &Asked, select: &mut SelectStatement, by: Dimension) {
    use recommendation::Column as C;
    let own = |column: C| SimpleExpr::from(Expr::col(column.as_column_ref()));
    let home = || Expr::col(report::Column::Id.as_column_ref()).eq(own(C::ReportId));
    let month = |column: C| {
        let text = own(column).cast_as("text");
        Func::cust("substr").args([text, Expr::val(1), Expr::val(7)]).into()
    };
    let key: SimpleExpr = match by {
        Dimension::Team => own(C::TeamId),
        Dimension::Owner => own(C::OwnerId),
        Dimension::Priority => own(C::Priority),
        Dimension::Kind => own(C::Kind),
        Dimension::Status => own(C::Status),
        Dimension::Report => own(C::ReportId),
        Dimension::MonthAccepted => month(C::AcceptedOn),
        Dimension::MonthDue => month(C::DueOn),
        Dimension::Severity => {
            let on = Expr::col(incident::Column::Id.as_column_ref())
                .eq(Expr::col(report::Column::IncidentId.as_column_ref()));
            select.join(JoinType::InnerJoin, report::Entity, home());
            select.join(JoinType::InnerJoin, incident::Entity, on);
            Expr::col(incident::Column::Severity.as_column_ref())
        }
        Dimension::Service => {
            use incident_service::Column as Hit;
            let on =
                Expr::col(Hit::IncidentId.as_column_ref()).eq(Expr::col(report::Column::IncidentId.as_column_ref()));
            select.join(JoinType::InnerJoin, report::Entity, home());
            select.join(JoinType::LeftJoin, incident_service::Entity, on);
            Expr::col(Hit::ServiceId.as_column_ref())
        }
        Dimension::CauseCategory => {
            let on = Expr::col((Alias::new("kinds"), Alias::new("recommendation_id"))).eq(own(C::Id));
            select.join_subquery(JoinType::LeftJoin, kinds_of_causes(asked), Alias::new("kinds"), on);
            Expr::col((Alias::new("kinds"), Alias::new("category_id")))
        }
    };
    select.expr_as(key, KEY);
}

/// The categories of the causes of each recommendation, each once.
fn kinds_of_causes(asked: &Asked) -> SelectStatement {
    use recommendation_root_cause::Column as Link;
    let on = Expr::col(root_cause::Column::Id.as_column_ref()).eq(Expr::col(Link::RootCauseId.as_column_ref()));
    Query::select()
        .distinct()
        .column(Link::RecommendationId.as_column_ref())
        .column(root_cause::Column::CategoryId.as_column_ref())
        .from(recommendation_root_cause::Entity)
        .join(JoinType::InnerJoin, root_cause::Entity, on)
        .cond_where(scope::of_visible_report(
            &asked.session.viewer,
            root_cause::Column::ReportId,
        ))
        .take()
}

pub(super) fn read_key(row: &QueryResult, by: Dimension) -> Result<GroupKey, DbErr> {
    let key = if by.is_thing() {
        row.try_get::<Option<Uuid>>("", KEY)?.map(GroupKey::Thing)
    } else {
        row.try_get::<Option<String>>("", KEY)?.map(GroupKey::Text)
    };
    Ok(key.unwrap_or(GroupKey::None))
}

/// What was counted of a group, of one team.
struct Group(GroupKey, Counts);

impl Weigh for Group {
    fn weight(&self) -> usize {
        let text = if let GroupKey::Text(text) = &self.0 {
            text.len()
        } else {
            0
        };
        size_of::<GroupKey>() + text + self.1.weight()
    }
}

/// Counts by a key, or all as one group.
async fn counted(asked: &Asked, by: Option<Dimension>, wants: Wants) -> Result<HashMap<GroupKey, Counts>, Error> {
    let mut select = asked.items();
    if let Some(by) = by {
        add_key(asked, &mut select, by);
        select.add_group_by([Expr::col(Alias::new(KEY))]);
    }
    asked.add_team(&mut select);
    add_counts(&mut select, &asked.moment, wants, is_postgres(&asked.session.db));
    let read = |rows: &[QueryResult]| -> Result<Parts<Group>, DbErr> {
        let mut groups: HashMap<(Option<Uuid>, GroupKey), Tally> = HashMap::new();
        for row in rows {
            let key = by.map_or(Ok(GroupKey::None), |by| read_key(row, by))?;
            let tally = groups.entry((asked.read_team(row)?, key)).or_default();
            tally.add(row, wants)?;
        }
        let groups = groups.into_iter();
        Ok(Parts::of(
            groups.map(|((team, key), tally)| (team, Group(key, tally.counts()))),
        ))
    };
    let parts = asked.fresh.by_team(&asked.moment.ask(select), read).await?;
    let mut groups: HashMap<GroupKey, Counts> = HashMap::new();
    for Group(key, counts) in parts.iter() {
        match groups.get_mut(key) {
            Some(known) => known.add(counts),
            None => {
                groups.insert(key.clone(), counts.clone());
            }
        }
    }
    for counts in groups.values_mut() {
        counts.at = asked.moment.at.timestamp_micros();
    }
    Ok(groups)
}

/// Counts all that is asked about as one.
pub async fn overall(asked: &Asked, wants: Wants) -> Result<Counts, Error> {
    let (groups, causes) = tokio::try_join!(counted(asked, None, wants), causes_of_all(asked, wants))?;
    let mut counts = groups.into_values().next().unwrap_or_default();
    (counts.causes_total, counts.causes_covered) = causes;
    Ok(counts)
}

async fn causes_of_all(asked: &Asked, wants: Wants) -> Result<(i64, i64), Error> {
    if wants.causes {
        causes::overall(asked).await
    } else {
        Ok((0, 0))
    }
}

/// Counts what is asked about in groups, in no particular order. What has several services or categories counts in each.
pub async fn groups(asked: &Asked, by: Dimension, wants: Wants) -> Result<Vec<(GroupKey, Counts)>, Error> {
    let causes = async {
        if wants.causes {
            causes::groups(asked, by).await
        } else {
            Ok(Arc::default())
        }
    };
    let (mut groups, causes) = tokio::try_join!(counted(asked, Some(by), wants), causes)?;
    for (key, pair) in &causes.0 {
        if let Some(counts) = groups.get_mut(key) {
            (counts.causes_total, counts.causes_covered) = *pair;
        }
    }
    Ok(groups.into_iter().collect())
}

/// Both at once. Where every item is in one group, the whole is the sum of the groups, and is counted with them.
pub async fn both(
    asked: &Asked,
    by: Dimension,
    of_all: Wants,
    of_groups: Wants,
) -> Result<(Counts, Vec<(GroupKey, Counts)>), Error> {
    if by.is_manifold() {
        return tokio::try_join!(overall(asked, of_all), groups(asked, by, of_groups));
    }
    let wants = Wants {
        causes: of_groups.causes,
        ..of_all.and(of_groups)
    };
    let (causes, groups) = tokio::try_join!(causes_of_all(asked, of_all), groups(asked, by, wants))?;
    let mut all = Counts::default();
    for (_, counts) in &groups {
        all.add(counts);
    }
    (all.causes_total, all.causes_covered) = causes;
    Ok((all, groups))
}
