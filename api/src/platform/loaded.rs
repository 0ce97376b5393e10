//! A relation of an object: either it came with the row, or a loader has to be asked.

use std::sync::Arc;

/// What is known of a to-one relation.
#[derive(Debug, Default)]
pub enum Loaded<T> {
    /// The statement that brought the row did not look ahead for it.
    #[default]
    Unknown,
    /// It came with the row. `None`: there is none.
    Known(Option<Arc<T>>),
}

impl<T> Loaded<T> {
    /// Did it come with the row?
    pub fn is_known(&self) -> bool {
        matches!(self, Self::Known(_))
    }
}

impl<T> Clone for Loaded<T> {
    fn clone(&self) -> Self {
        match self {
            Self::Unknown => Self::Unknown,
            Self::Known(value) => Self::Known(value.clone()),
        }
    }
}
