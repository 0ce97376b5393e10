//! Sends an export while it is read.
//!
//! A task reads page after page and hands each over when there is room for it, so no more than a few pages are in memory. It ends with
//! a word of its own: a body that ends without it ends the connection instead, which the client can tell from the end of the export.

use std::{sync::Arc, time::Duration};

use actix_web::{
    body::{BodyStream, BoxBody, MessageBody},
    web::Bytes,
};
use futures_util::stream::unfold;
use tokio::{
    sync::{OwnedSemaphorePermit, mpsc},
    time::timeout,
};

use super::{cells::Format, lists::List};
use crate::{
    access::service::audit,
    auth::Session,
    platform::{
        background::{self, Bound},
        db::Snapshot,
        error::{Error, chain},
    },
};

/// A client that takes nothing for so long is gone, or as good as gone.
const WRITE_TIME: Duration = Duration::from_secs(20);
/// How many pages may wait for a client.
const WAITING: usize = 2;

/// What the task hands over.
enum Part {
    Page(Vec<u8>),
    End,
}

/// Why an export ends before its end. For the connection only; what happened is in the log.
#[derive(Debug, thiserror::Error)]
#[error("the export was cut off")]
struct CutOff;

/// An export whose first page has been read: until then a failure can still be told by a status.
pub(super) struct Begun {
    session: Arc<Session>,
    snapshot: Snapshot,
    list: List,
    format: Format,
    columns: Vec<&'static str>,
    text: Vec<u8>,
    is_last: bool,
}

impl Begun {
    /// Reads the first page.
    pub(super) async fn new(session: Arc<Session>, list: List, format: Format) -> Result<Self, Error> {
        let columns = list.columns();
        let mut begun = Self {
            snapshot: session.app.databases.snapshot().await?,
            text: format.head(&columns)?,
            session,
            list,
            format,
            columns,
            is_last: false,
        };
        begun.read().await?;
        Ok(begun)
    }

    /// Reads a page, and adds it to the text.
    async fn read(&mut self) -> Result<(), Error> {
        let page = self.list.next_page(&self.snapshot, &self.session).await?;
        self.is_last = page.is_last;
        self.text.extend(self.format.rows(&self.columns, page.rows)?);
        // What could not be written down does not leave.
        audit::restricted_reads(&self.session).await
    }

    async fn send(mut self, parts: &mpsc::Sender<Part>) -> Result<(), Error> {
        loop {
            hand_over(parts, Part::Page(std::mem::take(&mut self.text))).await?;
            if self.is_last {
                return hand_over(parts, Part::End).await;
            }
            let app = self.session.app.clone();
            app.databases.in_time(self.read()).await?;
        }
    }

    /// The body of the export. The seat is free again when it has been sent, or when nobody takes it any more.
    pub(super) fn body(self, seat: OwnedSemaphorePermit) -> BoxBody {
        let (parts, waiting) = mpsc::channel(WAITING);
        let task = background::spawn_here(async move {
            let _seat = seat;
            match self.send(&parts).await {
                Ok(()) => {}
                Err(error @ Error::Internal(_)) => {
                    tracing::error!(error = %chain(&error), "an export was cut off");
                }
                Err(error) => tracing::warn!(%error, "an export was cut off"),
            }
        });
        let state = Some((waiting, Bound::from(task)));
        let stream = unfold(state, |state| async {
            let (mut waiting, task) = state?;
            match waiting.recv().await {
                Some(Part::Page(bytes)) => Some((Ok(Bytes::from(bytes)), Some((waiting, task)))),
                Some(Part::End) => None,
                None => Some((Err(CutOff), None)),
            }
        });
        BodyStream::new(Box::pin(stream)).boxed()
    }
}

async fn hand_over(parts: &mpsc::Sender<Part>, part: Part) -> Result<(), Error> {
    match timeout(WRITE_TIME, parts.send(part)).await {
        Ok(Ok(())) => Ok(()),
        // Whoever asked has gone, and this task is about to be ended.
        Ok(Err(_)) => Err(Error::NotFound("The client went away.".to_owned())),
        Err(_) => Err(Error::TooComplex(format!(
            "The client took nothing for {} s.",
            WRITE_TIME.as_secs()
        ))),
    }
}
