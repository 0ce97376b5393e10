//! Documents that have been read and measured: the most used ones, up to so many bytes of text. Programs send the same few
//! again and again, and to parse and check one costs as much as a small answer.

use std::{
    any::TypeId,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use async_graphql::{
    Request,
    parser::types::{ExecutableDocument, OperationType},
};
use lru::LruCache;

/// Of the texts together; read, they take about twenty times as much.
const BYTES: usize = 256 * 1024;

/// A document, and what is known of it.
#[derive(Debug)]
pub struct Known {
    /// What was parsed.
    pub document: ExecutableDocument,
    /// How often it uses variables.
    pub variables: usize,
    is_valid: AtomicBool,
}

impl Known {
    /// One that has just been parsed.
    pub fn new(document: ExecutableDocument, variables: usize) -> Self {
        Self {
            document,
            variables,
            is_valid: AtomicBool::new(false),
        }
    }

    /// What is known of a request's document.
    pub fn of(request: &Request) -> Option<&Arc<Self>> {
        request.data.get(&TypeId::of::<Arc<Self>>())?.downcast_ref()
    }

    /// The same request once more.
    pub fn repeat(self: &Arc<Self>, request: &Request) -> Request {
        let mut again = Request::new(request.query.clone()).variables(request.variables.clone());
        again.operation_name.clone_from(&request.operation_name);
        again.set_parsed_query(self.document.clone());
        again.data.insert(self.clone());
        again
    }

    /// Does it only read?
    pub fn is_query(&self) -> bool {
        let mut operations = self.document.operations.iter();
        operations.all(|(_, operation)| operation.node.ty == OperationType::Query)
    }

    /// Has the schema once found nothing against it?
    pub fn is_valid(&self) -> bool {
        self.is_valid.load(Ordering::Relaxed)
    }

    /// The schema has found nothing against it.
    pub fn found_valid(&self) {
        self.is_valid.store(true, Ordering::Relaxed);
    }
}

/// What is known, by text.
pub(super) struct KnownDocuments(Mutex<Held>);

struct Held {
    documents: LruCache<Arc<str>, Arc<Known>>,
    bytes: usize,
}

impl KnownDocuments {
    pub(super) fn new() -> Self {
        Self(Mutex::new(Held {
            documents: LruCache::unbounded(),
            bytes: 0,
        }))
    }

    /// The document of a text, which `read` makes of it when it is new.
    pub(super) fn find<E>(&self, text: &str, read: impl FnOnce() -> Result<Known, E>) -> Result<Arc<Known>, E> {
        let held = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = held().documents.get(text) {
            return Ok(known.clone());
        }
        let known = Arc::new(read()?);
        if text.len() <= BYTES / 8 {
            held().keep(text, known.clone());
        }
        Ok(known)
    }
}

impl Held {
    fn keep(&mut self, text: &str, known: Arc<Known>) {
        self.bytes += text.len();
        if self.documents.put(Arc::from(text), known).is_some() {
            self.bytes -= text.len();
        }
        while self.bytes > BYTES {
            match self.documents.pop_lru() {
                Some((gone, _)) => self.bytes -= gone.len(),
                None => return,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(text: &str) -> Result<Known, async_graphql::parser::Error> {
        Ok(Known::new(async_graphql::parser::parse_query(text)?, 0))
    }

    #[test]
    fn reads_a_text_once_and_keeps_so_many() {
        let documents = KnownDocuments::new();
        let first = documents.find("{ a }", || known("{ a }")).ok();
        first.iter().for_each(|first| first.found_valid());
        let again = documents.find("{ a }", || Err::<Known, _>("read twice"));
        assert!(again.is_ok_and(|again| again.is_valid()));
        assert!(documents.find("{", || known("{")).is_err());
        let filler = |number: usize| format!("{{ a{number} }}{}", " ".repeat(BYTES / 10));
        for number in 0..10 {
            assert!(documents.find(&filler(number), || known("{ a }")).is_ok());
        }
        assert_eq!(documents.find("{ a }", || Err::<Known, _>("gone")).err(), Some("gone"));
        let held = documents.0.lock().unwrap_or_else(PoisonError::into_inner);
        assert!(
            held.bytes <= BYTES && held.documents.len() == 9,
            "{} in {}",
            held.bytes,
            held.documents.len()
        );
    }
}
