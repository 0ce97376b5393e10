//! Reads rows by the place of their columns. By name, each column of each row costs a look-up, and a joined table a new name
//! for each as well: on a page of fifty rows that is a tenth of the whole request.

use sea_orm::{DbErr, QueryResult};

/// A row whose columns lie side by side, in the order of its fields.
pub trait ReadAt: Sized {
    /// How many columns it has.
    const WIDTH: usize;

    /// Reads one whose first column is at `place`.
    fn read_at(row: &QueryResult, place: usize) -> Result<Self, DbErr>;
}

/// Lists the fields of a table's `Model`, in order: a compiler finds one that is missing, and a test one out of order.
macro_rules! read_at {
    ($($field:ident),+ $(,)?) => {
        impl $crate::read_at::ReadAt for Model {
            const WIDTH: usize = [$(stringify!($field)),+].len();

            fn read_at(row: &sea_orm::QueryResult, place: usize) -> Result<Self, sea_orm::DbErr> {
                let mut places = place..;
                let mut next = || places.next().unwrap_or_default();
                Ok(Self {
                    $($field: row.try_get_by_index(next())?),+
                })
            }
        }

        #[cfg(test)]
        mod read_at {
            use sea_orm::{IdenStatic, Iterable};

            #[test]
            fn lists_the_columns_in_order() {
                let columns: Vec<_> = super::Column::iter().map(|column| column.as_str()).collect();
                assert_eq!(columns, [$(stringify!($field)),+]);
            }
        }
    };
}
pub(crate) use read_at;
