//! What goes in and out as documents: the import of postmortems written in Markdown, and the export of reports.
//!
//! [`import`] reads a document into a proposal, without a database and without failing; [`service`] makes records of it, in
//! one transaction, once for each text.

pub mod graphql;
pub mod import;
pub mod model;
pub mod queries;
pub mod service;
