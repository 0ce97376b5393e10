//! Reads rows by the place of their columns. By name, each column of each row costs a look-up, and a joined table a new name
//! for each as well: on a page of fifty rows that is a tenth of the whole request.

use sea_orm::{DbErr, QueryResult, TryGetable};

use crate::columns::{Blank, Columns};

/// A row whose columns lie side by side, in the order of its fields.
pub trait ReadAt: Sized {
    /// How many columns it has.
    const WIDTH: usize;

    /// Reads one of which only these columns were selected; the first of them is at `place`. Blanks stand for the others.
    fn read_some(row: &QueryResult, place: usize, columns: Columns) -> Result<Self, DbErr>;

    /// Reads one whose first column is at `place`.
    fn read_at(row: &QueryResult, place: usize) -> Result<Self, DbErr> {
        Self::read_some(row, place, Columns::ALL)
    }
}

/// Goes from column to column.
pub(crate) struct Places {
    columns: Columns,
    /// In the table.
    column: usize,
    /// In the row.
    place: usize,
}

impl Places {
    pub(crate) fn of(columns: Columns, place: usize) -> Self {
        Self {
            columns,
            column: 0,
            place,
        }
    }

    /// The next column's value, or a blank when it was not selected.
    pub(crate) fn read<T: TryGetable + Blank>(&mut self, row: &QueryResult) -> Result<T, DbErr> {
        let is_here = self.columns.has(self.column);
        self.column += 1;
        if !is_here {
            return Ok(T::blank());
        }
        let place = self.place;
        self.place += 1;
        row.try_get_by_index(place)
    }
}

/// Lists the fields of a table's `Model`, in order: a compiler finds one that is missing, and a test one out of order.
macro_rules! read_at {
    ($($field:ident),+ $(,)?) => {
        impl $crate::read_at::ReadAt for Model {
            const WIDTH: usize = [$(stringify!($field)),+].len();

            fn read_some(
                row: &sea_orm::QueryResult,
                place: usize,
                columns: $crate::columns::Columns,
            ) -> Result<Self, sea_orm::DbErr> {
                let mut places = $crate::read_at::Places::of(columns, place);
                Ok(Self {
                    $($field: places.read(row)?),+
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
