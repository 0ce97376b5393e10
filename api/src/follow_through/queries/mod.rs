//! Counts recommendations, causes and reports, as of now or of any past moment.

pub mod causes;
pub mod cells;
pub mod funnel;
pub mod measure;
pub mod past;
pub mod recurrence;
pub mod review;
mod state;
pub mod trend;
