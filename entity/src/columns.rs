//! Which columns of a table are read.

/// Some columns of a table, by their places in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Columns(u64);

impl Columns {
    /// No column.
    pub const NONE: Self = Self(0);
    /// Every column of any table.
    pub const ALL: Self = Self(u64::MAX);

    /// The column at a place; of a table with more than 64, those at the end cannot be told apart from none.
    pub const fn at(place: usize) -> Self {
        if place < 64 { Self(1 << place) } else { Self::NONE }
    }

    /// These and those.
    #[must_use]
    pub const fn and(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// These without those.
    #[must_use]
    pub const fn without(self, others: Self) -> Self {
        Self(self.0 & !others.0)
    }

    /// Is the column at this place among them?
    pub const fn has(self, place: usize) -> bool {
        place >= 64 || self.0 & (1 << place) != 0
    }

    /// How many they are of the first `width` columns.
    pub fn count(self, width: usize) -> usize {
        (0..width).filter(|place| self.has(*place)).count()
    }
}

/// Names columns of a table: `columns!(team: Id, Slug)`.
#[macro_export]
macro_rules! columns {
    ($table:ident: $($column:ident),+ $(,)?) => {
        $crate::columns::Columns::NONE$(.and($crate::columns::Columns::at($crate::$table::Column::$column as usize)))+
    };
}

/// What stands in the place of a column that was not read. Nobody is shown it: who asks for a column is given it.
pub trait Blank {
    /// The stand-in.
    fn blank() -> Self;
}

macro_rules! blank {
    ($($type:ty),+ $(,)?) => {
        $(impl Blank for $type {
            fn blank() -> Self {
                Self::default()
            }
        })+
    };
}

blank!(
    String,
    bool,
    i32,
    i64,
    f64,
    Vec<u8>,
    sea_orm::prelude::Uuid,
    sea_orm::prelude::DateTimeUtc,
    sea_orm::prelude::Date,
    sea_orm::prelude::Json,
);

impl<T> Blank for Option<T> {
    fn blank() -> Self {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::Columns;

    #[test]
    fn columns_are_counted_within_the_width_of_their_table() {
        let some = columns!(team: Id, Name);
        assert!(some.has(0) && !some.has(1) && some.has(2));
        assert_eq!(some.count(6), 2);
        assert_eq!(Columns::ALL.count(6), 6);
        assert_eq!(Columns::ALL.without(some).count(6), 4);
        assert_eq!(Columns::NONE.count(6), 0);
    }
}
