//! The forms in which documents come and go, without a database: a report with all that is recorded of it ([`record`]) as JSON,
//! Markdown and HTML, its edition for everybody ([`public`]), issues of GitHub ([`github`]) and tables of action items ([`items`]).
//!
//! JSON and Markdown are read back ([`read`]) and lose nothing. HTML is for reading only.

mod check;
pub mod github;
mod html;
pub mod items;
mod markdown;
pub mod public;
pub mod read;
pub mod record;
mod yaml;
