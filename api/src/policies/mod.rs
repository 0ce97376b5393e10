//! Due policies: by when reports and recommendations are due when nobody says.
//!
//! A list of rules, in order; the first that matches counts. A rule is about reports or about recommendations, and may ask for
//! severities, priorities, kinds and teams. Its days are calendar days, or business days between weekends and the holidays of
//! the settings. Its reminders and escalations are kept with it.
//!
//! A rule is never changed. Setting the list closes the rules in force and makes new ones with the next version, in one
//! transaction; so a due date that remembers its rule remembers the version too. Setting the same list again changes nothing.
//! Lists are set by admins and read by everybody.
//!
//! This feature stands low and knows neither incidents nor reports nor recommendations: it is told what a thing is like and
//! answers with a day. Whoever gives a date asks it: `reports::service` and `recommendations::service`.

pub mod graphql;
pub mod loaders;
pub mod model;
pub mod queries;
pub mod service;
