//! The web pages: values in, HTML out. Nothing here reads, waits or knows who asks.
//!
//! `http/pages` asks the schema with the session of whoever opens the page, reads the answer into [`values`], and hands it to
//! one function here: [`overview`], one of [`lists`], one of [`documents`], or [`problem`]. So a page shows what a query shows,
//! to the same people.
//!
//! - [`frame`]: what surrounds every page: navigation, title, style sheet. All links are relative, so that the product may
//!   live below any path.
//! - [`filters`]: what stands in the address, what is wrong with it, and the filters of the schema that it becomes.
//! - [`parts`]: a status, a date, a person, as every page shows them.
//! - [`charts`] and [`map`]: the drawings. Their colours are names that the style sheet gives a value, light or dark.
//!
//! **Text of people** reaches a page through the templates, which escape it, or through [`markdown::to_part`], which
//! sanitises it; links to elsewhere through [`parts::outside`], which takes http and https only. There is no script on any page.
//!
//! [`markdown::to_part`]: crate::platform::markdown::to_part

pub mod charts;
pub mod documents;
pub mod filters;
pub mod frame;
pub mod lists;
pub mod map;
pub mod overview;
pub mod parts;
pub mod problem;
pub mod values;
