//! Follow-through: did we do what we said, and did it help? Answers over all incidents, as of now or of any past moment.
//!
//! [`queries::measure`] counts recommendations, as a whole and in groups; [`queries::trend`] counts what flowed and what stood
//! at the end of each day, week or month; [`queries::recurrence`] finds the causes that came back; [`queries::funnel`] follows
//! incidents to their published reports. Each metric is defined in docs/metrics.md, and tests compute all of them a second time
//! from the event log.
//!
//! The past is not another code path: [`queries::past`] puts what the tables were at a moment in the place of the tables, and the
//! same statement is asked. So a filter means of the past exactly what it means of now. Who may see what is a matter of now.
//!
//! Nothing is stored of it: what is counted is the history that the other features keep. Tools that read the database read the
//! views of docs/sql-views.md, which say the same; [`jobs`] tells those what day it is.

pub mod graphql;
pub mod jobs;
pub mod loaders;
pub mod model;
pub mod queries;
