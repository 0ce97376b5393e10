//! Relay connections: one page of a list, with `nodes` beside `edges`, and a `totalCount` that is counted only when asked.

use std::{
    future::Future,
    pin::Pin,
    sync::{Mutex, PoisonError},
};

use async_graphql::Object;
use tokio::sync::OnceCell;

use super::{direct::Ready, scalars::int};
use crate::platform::{
    error::Error,
    page::{Cursor, Page, PageArgs},
};

/// Where a page lies in its list.
pub struct PageInfo {
    has_next: bool,
    has_previous: bool,
    start: Option<Cursor>,
    end: Option<Cursor>,
}

/// Where a page lies in its list.
#[Object]
impl PageInfo {
    /// Whether there are items after this page.
    async fn has_next_page(&self) -> bool {
        self.has_next
    }
    /// Whether there are items before this page.
    async fn has_previous_page(&self) -> bool {
        self.has_previous
    }
    /// The cursor of the first item; null on an empty page.
    async fn start_cursor(&self) -> Option<String> {
        self.start.as_ref().map(Cursor::encode)
    }
    /// The cursor of the last item; null on an empty page. Send it back as `after` for the next page. Of Query.events it is never
    /// null.
    async fn end_cursor(&self) -> Option<String> {
        self.end.as_ref().map(Cursor::encode)
    }
}

impl PageInfo {
    /// Of a page of anything.
    pub fn of<T>(page: &Page<T>) -> Self {
        Self {
            has_next: page.has_next,
            has_previous: page.has_previous,
            start: page.rows.first().map(|(cursor, _)| cursor.clone()),
            end: page.rows.last().map(|(cursor, _)| cursor.clone()),
        }
    }

    /// The same, but the next page begins after this place.
    pub fn going_on_from(self, place: &Cursor) -> Self {
        Self {
            end: Some(place.clone()),
            ..self
        }
    }
}

impl Ready for PageInfo {
    const WAITS: &'static [&'static str] = &[];
}

type Counting = Pin<Box<dyn Future<Output = Result<i64, Error>> + Send>>;

/// Counts a list when it is asked to.
pub enum Counter {
    /// It is counted already.
    Known(i64),
    /// It is counted once.
    Asks(Box<Asking>),
}

/// How a list is counted, and how many there are.
pub struct Asking {
    how: Mutex<Option<Box<dyn FnOnce() -> Counting + Send>>>,
    found: OnceCell<i64>,
}

impl Counter {
    /// A counter that runs `count`.
    pub fn new<F, C>(count: F) -> Self
    where
        F: FnOnce() -> C + Send + 'static,
        C: Future<Output = Result<i64, Error>> + Send + 'static,
    {
        Self::Asks(Box::new(Asking {
            how: Mutex::new(Some(Box::new(move || Box::pin(count())))),
            found: OnceCell::new(),
        }))
    }

    /// Of a list that has been read: the whole of it, or what counts it.
    pub fn of<T>(page: &Page<T>, args: &PageArgs, otherwise: impl FnOnce() -> Self) -> Self {
        match page.whole(args) {
            Some(count) => Self::Known(count),
            None => otherwise(),
        }
    }

    /// How many there are.
    pub async fn count(&self) -> Result<i32, Error> {
        Ok(int(match self {
            Self::Known(count) => *count,
            Self::Asks(asking) => *asking.found.get_or_try_init(|| asking.ask()).await?,
        }))
    }
}

impl Asking {
    async fn ask(&self) -> Result<i64, Error> {
        let how = self.how.lock().unwrap_or_else(PoisonError::into_inner).take();
        match how {
            Some(count) => count().await,
            // Under another name it has failed already, and said why.
            None => Err(Error::internal("a list could not be counted")),
        }
    }
}

/// Makes the connection and edge types of one kind of item.
macro_rules! connection {
    ($node:ident, $connection:ident, $edge:ident, $about:literal, $about_edge:literal) => {
        #[doc = $about]
        pub struct $connection {
            edges: Vec<$edge>,
            info: $crate::graphql::connection::PageInfo,
            total: $crate::graphql::connection::Counter,
        }

        #[doc = $about_edge]
        pub struct $edge {
            /// Its place.
            pub cursor: $crate::platform::page::Cursor,
            /// The item.
            pub node: $node,
        }

        #[doc = $about_edge]
        #[async_graphql::Object]
        impl $edge {
            /// The item's place in this list; opaque. Send it back as `after` or `before`.
            async fn cursor(&self) -> String {
                self.cursor.encode()
            }
            /// The item.
            async fn node(&self) -> $crate::graphql::direct::Direct<&$node> {
                $crate::graphql::direct::Direct(&self.node)
            }
        }

        impl $crate::graphql::direct::Ready for $edge {
            const WAITS: &'static [&'static str] = &[];

            fn brought(&self, _: &str) -> bool {
                true
            }
        }

        impl $connection {
            /// Of a page and what counts the whole list.
            pub fn new(
                (page, total): (
                    $crate::platform::page::Page<$node>,
                    $crate::graphql::connection::Counter,
                ),
            ) -> Self {
                let info = $crate::graphql::connection::PageInfo::of(&page);
                let edges = page
                    .rows
                    .into_iter()
                    .map(|(cursor, node)| $edge { cursor, node })
                    .collect();
                Self { edges, info, total }
            }
        }

        impl $crate::graphql::direct::Ready for $connection {
            const WAITS: &'static [&'static str] = &["totalCount"];

            fn brought(&self, field: &str) -> bool {
                field == "pageInfo"
            }

            fn is_there(&self, field: &async_graphql::parser::types::Field) -> bool {
                self.brought(&field.name.node) || $crate::graphql::ahead::is_row_there::<$node>(field)
            }
        }

        #[doc = $about]
        #[async_graphql::Object]
        impl $connection {
            /// The items of this page with their cursors.
            async fn edges(&self) -> $crate::graphql::direct::Many<&$edge> {
                $crate::graphql::direct::Many(self.edges.iter().collect())
            }
            /// The items of this page.
            async fn nodes(&self) -> $crate::graphql::direct::Many<&$node> {
                $crate::graphql::direct::Many(self.edges.iter().map(|edge| &edge.node).collect())
            }
            /// Where this page lies in the list.
            async fn page_info(&self) -> $crate::graphql::direct::Direct<&$crate::graphql::connection::PageInfo> {
                $crate::graphql::direct::Direct(&self.info)
            }
            /// How many items the whole list has, whatever the page. Counted only when it is selected.
            async fn total_count(&self) -> $crate::graphql::Result<i32> {
                Ok(self.total.count().await?)
            }
        }
    };
}
pub(crate) use connection;
