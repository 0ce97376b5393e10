//! What goes in and out as documents: the import of postmortems written in Markdown, and the export of reports.
//!
//! [`import`] reads a document into a proposal, without a database and without failing; [`service`] makes records of it, in
//! one transaction, once for each text.
//!
//! A report leaves in the [`forms`] of this service, whole or as an edition for everybody, and what left whole comes back as the
//! same records.

pub mod forms;
pub mod graphql;
pub mod import;
pub mod model;
pub mod policy;
pub mod queries;
pub mod service;
