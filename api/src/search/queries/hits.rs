//! The hits of a query, in order. Each database finds; the order is made here, so it is the same on both.
//!
//! A query that finds more than [`MOST_RANKED`] things is answered from the newest [`WINDOW`] things that the viewer may see, of
//! which as many hits are ranked as that, the newest first. So a word that stands everywhere costs no more than another.

use entity::search_document;
use sea_orm::{
    ColumnTrait, ConnectionTrait, JoinType, Order, QueryFilter, QueryOrder, QuerySelect, Select,
    prelude::Uuid,
    sea_query::{Alias, Expr, ExprTrait, Func, SimpleExpr},
};

use crate::{
    auth::{Viewer, scope},
    platform::{
        error::Error,
        keys::is_postgres,
        page::{Cursor, Page, PageArgs},
        secret,
    },
    search::model::{
        query::SearchQuery,
        rank::{Place, points},
    },
};

/// The most hits that are put in order.
pub const MOST_RANKED: u64 = 4_000;
/// The most hits of a list.
pub const MOST_LISTED: usize = 1_000;
/// How many of the newest things a query is answered from that finds too many.
pub const WINDOW: u64 = 20_000;

const INDEX: &str = "search_index";

/// All hits of a query, the best first.
pub struct Hits {
    places: Vec<Place>,
    order: String,
}

fn number() -> SimpleExpr {
    Expr::col(search_document::Column::Number.as_column_ref())
}

fn indexed(column: &'static str) -> SimpleExpr {
    Expr::col((Alias::new(INDEX), Alias::new(column)))
}

/// The documents of a selection that a query finds. `plainly`: read them one by one, not by the index of words.
fn matching(
    db: &impl ConnectionTrait,
    select: Select<search_document::Entity>,
    query: &SearchQuery,
    plainly: bool,
) -> Select<search_document::Entity> {
    let (row, matches) = if is_postgres(db) {
        let matches = "search_index.terms @@ CAST(CAST($1 AS text) AS tsquery)";
        // No index answers a question that is put like this.
        let matches = if plainly {
            format!("({matches}) IS TRUE")
        } else {
            matches.to_owned()
        };
        ("number", Expr::cust_with_values(matches, [query.on_postgres()]))
    } else {
        (
            "rowid",
            Expr::cust_with_values("search_index MATCH ?", [query.on_sqlite()]),
        )
    };
    let of_document = number().eq(indexed(row));
    let mut select = select.filter(matches);
    QuerySelect::query(&mut select).join(JoinType::InnerJoin, Alias::new(INDEX), of_document);
    select
}

type Row = (i64, Uuid, Option<String>, String);

async fn read(db: &impl ConnectionTrait, select: Select<search_document::Entity>) -> Result<Vec<Row>, Error> {
    use search_document::Column as C;
    let columns = [C::Number, C::SubjectId, C::Key, C::TitleWords];
    Ok(select.select_only().columns(columns).into_tuple().all(db).await?)
}

/// The number of the last document within the window, 0 when all are.
fn window(viewer: &Viewer) -> SimpleExpr {
    use sea_orm::QueryTrait;
    let last = scope::search_documents(viewer)
        .select_only()
        .column(search_document::Column::Number)
        .order_by_desc(search_document::Column::Number)
        .offset(WINDOW - 1)
        .limit(1)
        .into_query();
    Func::coalesce([SimpleExpr::SubQuery(None, Box::new(last.into())), Expr::val(0_i64)]).into()
}

/// Finds.
pub async fn hits(db: &impl ConnectionTrait, viewer: &Viewer, query: &SearchQuery) -> Result<Hits, Error> {
    let visible = || scope::search_documents(viewer);
    let mut found = read(db, matching(db, visible(), query, false).limit(MOST_RANKED + 1)).await?;
    if u64::try_from(found.len()).unwrap_or(u64::MAX) > MOST_RANKED {
        let newest = visible().filter(number().gte(window(viewer)));
        let mut newest = matching(db, newest, query, true).limit(MOST_RANKED);
        let last = if is_postgres(db) { number() } else { indexed("rowid") };
        QuerySelect::query(&mut newest).order_by_expr(last, Order::Desc);
        found = read(db, newest).await?;
    }
    let place = |(_, id, key, title): Row| Place {
        points: points(query, key.as_deref(), &title),
        id,
    };
    let mut places: Vec<Place> = found.into_iter().map(place).collect();
    places.sort_by_key(Place::order);
    places.truncate(MOST_LISTED);
    let digest = secret::digest(&query.on_postgres());
    Ok(Hits {
        places,
        order: format!("search.{}", digest.get(..16).unwrap_or_default()),
    })
}

impl Hits {
    /// How many there are, up to [`MOST_LISTED`].
    pub fn count(&self) -> i64 {
        i64::try_from(self.places.len()).unwrap_or(i64::MAX)
    }

    /// One page of places.
    pub fn page(&self, args: &PageArgs) -> Result<Page<Place>, Error> {
        let after = match &args.after {
            None => None,
            Some(cursor) => Some(self.read(cursor)?),
        };
        let start = after.map_or(0, |after| {
            self.places.partition_point(|place| place.order() <= after.order())
        });
        let rest = self.places.get(start..).unwrap_or_default();
        let limit = usize::try_from(args.limit).unwrap_or(usize::MAX);
        Ok(Page {
            rows: rest
                .iter()
                .take(limit)
                .map(|place| (self.cursor(place), *place))
                .collect(),
            has_next: rest.len() > limit,
            has_previous: args.after.is_some(),
        })
    }

    fn cursor(&self, place: &Place) -> Cursor {
        Cursor::new(&self.order, Some(place.points.to_string()), place.id)
    }

    fn read(&self, cursor: &Cursor) -> Result<Place, Error> {
        let place = cursor.of_order(&self.order).and_then(|(points, id)| {
            Some(Place {
                points: points?.parse().ok()?,
                id,
            })
        });
        place.ok_or_else(|| {
            Error::invalid(
                "after",
                "FOREIGN_CURSOR",
                "This cursor belongs to another search; start again without it.",
            )
        })
    }
}

/// The documents of these things.
pub async fn documents(
    db: &impl ConnectionTrait,
    viewer: &Viewer,
    subjects: &[Uuid],
) -> Result<Vec<search_document::Model>, Error> {
    let of_these = search_document::Column::SubjectId.is_in(subjects.iter().copied());
    Ok(scope::search_documents(viewer).filter(of_these).all(db).await?)
}
