//! Documents that requests name instead of writing them out.
//!
//! **Automatic persisted queries.** A client sends the SHA-256 of its document. When this process does not know it, it says so
//! (`PersistedQueryNotFound`), and the client sends the text along, once. The text is kept when it has been executed, so that
//! nobody can fill the memory without being let in, nor with what is no query; and only so much of it is kept, the least used
//! goes first.
//!
//! **Trusted documents.** The operator names those that may run, in a manifest or a directory ([`Trusted`]). Then nothing else
//! runs, on any transport, be it introspection.
//!
//! A document is found before it is read and measured; whatever came by name is held to the same limits as what is written out.

mod known;
mod persisted;
mod reference;
mod trusted;

use std::sync::Arc;

use async_graphql::{Request, ServerError};

pub use self::known::Known;
use self::known::KnownDocuments;
use self::persisted::Persisted;
pub(super) use self::reference::Reference;
pub use self::trusted::Trusted;
use super::errors::{self, code};
use crate::platform::secret::digest;

/// A request as it came: its document is written out, or named, or both.
#[derive(Debug)]
pub struct Incoming {
    /// What it says; its query is empty when the document is only named.
    pub(super) request: Request,
    /// What it calls its document.
    pub(super) reference: Option<Reference>,
}

impl Incoming {
    /// A parameter of the request that is none of GraphQL's.
    pub fn extension(&self, name: &str) -> Option<&async_graphql::Value> {
        self.request.extensions.get(name)
    }
}

/// A request with its document.
#[derive(Debug)]
pub struct Resolved {
    /// The request. Its document has not been read yet.
    pub request: Request,
    /// What to keep of it once it has been executed; [`Documents::keep`] does so.
    pub fresh: Option<Fresh>,
}

/// A document that a client wishes to send only once.
#[derive(Debug)]
pub struct Fresh {
    hash: String,
    text: Arc<str>,
}

/// The documents that a process knows.
pub struct Documents {
    persisted: Option<Persisted>,
    trusted: Option<Trusted>,
    known: KnownDocuments,
}

impl Documents {
    /// `persisted_bytes` is what automatic persisted queries may take of the memory; 0: there are none. With trusted documents
    /// there are none either.
    pub fn new(persisted_bytes: usize, trusted: Option<Trusted>) -> Self {
        Self {
            persisted: (persisted_bytes > 0).then(|| Persisted::new(persisted_bytes)),
            trusted,
            known: KnownDocuments::new(),
        }
    }

    /// The document of a text, which `read` makes of it when it is new.
    pub(super) fn known<E>(&self, text: &str, read: impl FnOnce() -> Result<Known, E>) -> Result<Arc<Known>, E> {
        self.known.find(text, read)
    }

    /// Finds the document of a request, or says why there is none. Every transport calls this before it reads the document.
    pub fn resolve(&self, incoming: Incoming) -> Result<Resolved, ServerError> {
        let Incoming { mut request, reference } = incoming;
        if reference.is_none() && self.trusted.is_none() {
            // The usual request, whose text nobody compares with anything.
            return Ok(Resolved { request, fresh: None });
        }
        let written = (!request.query.is_empty()).then(|| digest(&request.query));
        if let (Some(Reference::Hash(hash)), Some(written)) = (&reference, &written)
            && reference::is_sha256(hash)
            && hash != written
        {
            let message =
                "The sha256Hash is not that of the query; send the SHA-256 of exactly this text in hexadecimal.";
            return Err(errors::coded(code::VALIDATION_FAILED, message, None));
        }
        if let Some(trusted) = &self.trusted {
            let found = match (&written, &reference) {
                (Some(hash), _) => trusted.by_hash(hash),
                (None, Some(reference)) => trusted.by_reference(reference),
                (None, None) => None,
            };
            request.query = found.ok_or_else(not_trusted)?.to_owned();
            return Ok(Resolved { request, fresh: None });
        }
        let fresh = match (reference, written) {
            (None, _) | (Some(Reference::Id(_)), Some(_)) => None,
            (Some(Reference::Id(_)), None) => return Err(unknown_id()),
            (Some(Reference::Hash(hash)), written) => self.persisted(&mut request, hash, written.is_some())?,
        };
        Ok(Resolved { request, fresh })
    }

    fn persisted(&self, request: &mut Request, hash: String, is_written: bool) -> Result<Option<Fresh>, ServerError> {
        let Some(persisted) = &self.persisted else {
            let message = "PersistedQueryNotSupported";
            let unsupported = || errors::coded(code::PERSISTED_QUERY_NOT_SUPPORTED, message, None);
            return if is_written { Ok(None) } else { Err(unsupported()) };
        };
        if !reference::is_sha256(&hash) {
            let message = "The sha256Hash must be a SHA-256 in hexadecimal.";
            return Err(errors::coded(code::VALIDATION_FAILED, message, None));
        }
        if is_written {
            let text = Arc::from(request.query.as_str());
            return Ok(Some(Fresh { hash, text }));
        }
        // This is what client libraries look for; then they send the text.
        let not_found = || errors::coded(code::PERSISTED_QUERY_NOT_FOUND, "PersistedQueryNotFound", None);
        request.query = persisted.find(&hash).ok_or_else(not_found)?.as_ref().to_owned();
        Ok(None)
    }

    /// Keeps a document whose request has been executed.
    pub fn keep(&self, fresh: Option<Fresh>) {
        if let (Some(persisted), Some(Fresh { hash, text })) = (&self.persisted, fresh) {
            persisted.keep(hash, text);
        }
    }
}

fn not_trusted() -> ServerError {
    let message = "This service runs trusted documents only, and this is none of them; send the documentId of one, or have the \
                   operator add yours.";
    errors::coded(code::DOCUMENT_NOT_TRUSTED, message, None)
}

fn unknown_id() -> ServerError {
    let message = "There is no document with this documentId here; send the text of your operation in \"query\".";
    errors::coded(code::PERSISTED_QUERY_NOT_FOUND, message, None)
}
