//! A page of recommendations with the to-one relations that the selection asks for, in the same statement.
//!
//! Owner, team and incident are narrow rows and come by join. The report is not: its texts would travel once for each of its
//! items, so it is left to the loader, which reads each report once.

use std::sync::Arc;

use async_graphql::{Context, Lookahead};
use entity::{incident, recommendation, report, team, user};
use sea_orm::{
    DbErr, FromQueryResult, JoinType, QueryResult, QuerySelect, Select,
    sea_query::{Alias, Expr, ExprTrait},
};

use crate::{
    graphql::{connection::Counter, context::session, loaders::counter},
    platform::{
        error::Error,
        loaded::Loaded,
        page::{self, Order, Page, PageArgs},
        sql,
    },
    recommendations::graphql::Recommendation,
};

/// Which relations are asked for.
#[derive(Debug, Clone, Copy, Default)]
struct Wanted {
    owner: bool,
    team: bool,
    incident: bool,
}

impl Wanted {
    fn of(ctx: &Context<'_>) -> Self {
        let look: Lookahead<'_> = ctx.look_ahead();
        let asks = |field: &str| {
            look.field("nodes").field(field).exists() || look.field("edges").field("node").field(field).exists()
        };
        Self {
            owner: asks("owner"),
            team: asks("team"),
            incident: asks("incident"),
        }
    }

    fn join(self, mut select: Select<recommendation::Entity>) -> Select<recommendation::Entity> {
        let item = |column: recommendation::Column| Expr::col((recommendation::Entity, column));
        let of = |alias: &'static str, column: &'static str| Expr::col((Alias::new(alias), Alias::new(column)));
        let query = QuerySelect::query(&mut select);
        if self.owner {
            let on = item(recommendation::Column::OwnerId).eq(of("its_owner", "id"));
            query.join_as(JoinType::LeftJoin, user::Entity, Alias::new("its_owner"), on);
            sql::add_columns::<user::Entity>(query, "its_owner", "its_owner_");
        }
        if self.team {
            let on = item(recommendation::Column::TeamId).eq(of("its_team", "id"));
            query.join_as(JoinType::LeftJoin, team::Entity, Alias::new("its_team"), on);
            sql::add_columns::<team::Entity>(query, "its_team", "its_team_");
        }
        if self.incident {
            let home = item(recommendation::Column::ReportId).eq(of("home", "id"));
            query.join_as(JoinType::InnerJoin, report::Entity, Alias::new("home"), home);
            let on = of("home", "incident_id").eq(of("its_incident", "id"));
            query.join_as(JoinType::InnerJoin, incident::Entity, Alias::new("its_incident"), on);
            sql::add_columns::<incident::Entity>(query, "its_incident", "its_incident_");
        }
        select
    }

    fn read(self, row: &QueryResult) -> Result<Recommendation, DbErr> {
        fn related<M: FromQueryResult>(wanted: bool, row: &QueryResult, prefix: &str) -> Result<Loaded<M>, DbErr> {
            if !wanted {
                return Ok(Loaded::Unknown);
            }
            Ok(Loaded::Known(M::from_query_result_optional(row, prefix)?.map(Arc::new)))
        }
        Ok(Recommendation {
            row: Arc::new(recommendation::Model::from_query_result(row, "")?),
            owner: related(self.owner, row, "its_owner_")?,
            team: related(self.team, row, "its_team_")?,
            incident: related(self.incident, row, "its_incident_")?,
        })
    }
}

/// One page of a list of recommendations at the root.
pub async fn page(
    ctx: &Context<'_>,
    select: Select<recommendation::Entity>,
    order: Order<recommendation::Entity>,
    args: &PageArgs,
) -> Result<(Page<Recommendation>, Counter), Error> {
    let wanted = Wanted::of(ctx);
    let joined = wanted.join(select.clone());
    let read = |row: &QueryResult| wanted.read(row);
    let found = page::list_with(&session(ctx).db, joined, order, args, read, |item| item.row.as_ref()).await?;
    session(ctx).note_shown::<recommendation::Entity>(found.rows.iter().map(|(_, item)| item.row.as_ref()));
    Ok((found, counter(session(ctx).clone(), select)))
}
