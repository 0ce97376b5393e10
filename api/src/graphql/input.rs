//! Reads inputs: absent keeps, null clears.

use async_graphql::{ID, MaybeUndefined};
use entity::ids::{IdError, TypedId};

use crate::platform::{error::Error, ids::parse};

/// Outer none: keep. Inner none: clear.
pub fn clearable<T>(value: MaybeUndefined<T>) -> Option<Option<T>> {
    match value {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(None),
        MaybeUndefined::Value(value) => Some(Some(value)),
    }
}

/// For what is never none: null makes it empty. What may not be empty is then refused by name.
pub fn emptied<T: Default>(value: MaybeUndefined<T>) -> Option<T> {
    match value {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(T::default()),
        MaybeUndefined::Value(value) => Some(value),
    }
}

/// Outer none: keep. Inner none: clear. For a reference.
pub fn clearable_id<I>(path: &str, value: MaybeUndefined<ID>) -> Result<Option<Option<I>>, Error>
where
    I: TypedId + std::str::FromStr<Err = IdError>,
{
    match clearable(value) {
        None => Ok(None),
        Some(None) => Ok(Some(None)),
        Some(Some(id)) => Ok(Some(Some(parse(path, &id)?))),
    }
}

/// A reference that may be absent.
pub fn optional_id<I>(path: &str, value: Option<&ID>) -> Result<Option<I>, Error>
where
    I: TypedId + std::str::FromStr<Err = IdError>,
{
    value.map(|id| parse(path, id)).transpose()
}

/// References, each checked.
pub fn ids<I>(path: &str, values: &[ID]) -> Result<Vec<I>, Error>
where
    I: TypedId + std::str::FromStr<Err = IdError>,
{
    values
        .iter()
        .enumerate()
        .map(|(position, id)| parse(&format!("{path}.{position}"), id))
        .collect()
}
