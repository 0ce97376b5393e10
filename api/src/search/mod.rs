//! Search: finds reports, root causes and recommendations by their words, and what is like them.
//!
//! One reader of words serves both databases ([`model::words`]): it folds case and accents, splits and stems, for what is
//! stored as for what is typed. The databases get words that are ready, with their places, and queries that are made of such
//! words ([`model::index`]); neither parses text. So both find the same. Hits are put in order here ([`model::rank`]), by where
//! in the title the words stand, and excerpts are cut here ([`model::excerpt`]).
//!
//! What is searched of a thing is one document ([`service::fresh`]), written anew by [`service::refresh`] in the transaction of
//! every change of its text. A document that is missing, or of an older form, is made by a job: things that were there before
//! the search was, or that a new form of words makes out of date.
//!
//! It knows tables, but none of the features that write them: they call it. A document counts for those who may see its
//! report, and for nobody else: not in hits, counts or places, nor in how rare a word is.
//!
//! Everything has a bound: how many words of a document are searched, how many hits are ranked, how many things are compared.

pub mod graphql;
pub mod jobs;
pub mod loaders;
pub mod model;
pub mod queries;
pub mod service;
