//! Many numbers in order, held in lists that are shared instead of copied: what medians are taken of.

use std::sync::Arc;

/// Numbers in ascending order, as one or more lists.
#[derive(Debug, Clone, Default)]
pub struct Sorted(Vec<Arc<[i64]>>);

impl Sorted {
    /// Of numbers in any order.
    pub fn of(mut numbers: Vec<i64>) -> Self {
        if numbers.is_empty() {
            return Self::default();
        }
        numbers.sort_unstable();
        Self(vec![numbers.into()])
    }

    /// Takes others in.
    pub fn add(&mut self, others: &Self) {
        self.0.extend(others.0.iter().cloned());
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.iter().map(|list| list.len()).sum()
    }

    /// How many are no greater than this.
    pub fn up_to(&self, most: i64) -> usize {
        self.0
            .iter()
            .map(|list| list.partition_point(|number| *number <= most))
            .sum()
    }

    /// All of them, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = i64> {
        self.0.iter().flat_map(|list| list.iter().copied())
    }

    /// The one at a place in the order, 0 is the smallest. The lists are not merged: the number is looked for between the smallest and
    /// the greatest of all, by halves.
    pub fn at(&self, place: usize) -> Option<i64> {
        if let [list] = self.0.as_slice() {
            return list.get(place).copied();
        }
        if place >= self.count() {
            return None;
        }
        let mut low = self.0.iter().filter_map(|list| list.first()).min().copied()?;
        let mut high = self.0.iter().filter_map(|list| list.last()).max().copied()?;
        while low < high {
            let middle = low.wrapping_add((high.abs_diff(low) / 2).cast_signed());
            if self.up_to(middle) > place {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        Some(low)
    }

    /// How much memory its lists take, in bytes.
    pub fn weight(&self) -> usize {
        self.0.iter().map(|list| 48 + size_of_val(&**list)).sum()
    }
}

/// The number below which a share of some lies, interpolated linearly between the two next to it. `at` is the one at a place.
pub fn percentile(count: usize, share: f64, at: impl Fn(usize) -> Option<i64>) -> Option<f64> {
    let last = count.checked_sub(1)?;
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a place in a list, and spans of centuries in microseconds, are far below 2⁵²"
    )]
    {
        let place = share * last as f64;
        let (below, above) = (place.floor() as usize, place.ceil() as usize);
        let (low, high) = (at(below)? as f64, at(above)? as f64);
        Some(low + (high - low) * (place - below as f64))
    }
}

#[cfg(test)]
mod tests {
    use super::{Sorted, percentile};

    fn of(lists: &[&[i64]]) -> Sorted {
        let mut all = Sorted::default();
        for list in lists {
            all.add(&Sorted::of(list.to_vec()));
        }
        all
    }

    #[test]
    fn percentiles_are_interpolated() {
        let percentile = |lists: &[&[i64]], share| {
            let all = of(lists);
            percentile(all.count(), share, |place| all.at(place))
        };
        assert_eq!(percentile(&[], 0.5), None);
        assert_eq!(percentile(&[&[7]], 0.9), Some(7.0));
        assert_eq!(percentile(&[&[4, 1], &[3, 2]], 0.5), Some(2.5));
        assert_eq!(percentile(&[&[10, 20, 30]], 0.5), Some(20.0));
        assert_eq!(percentile(&[&[0], &[], &[10]], 0.9), Some(9.0));
    }

    #[test]
    fn lists_are_one_order() {
        let mut seed = 7_i64;
        let mut random = |below: i64| {
            seed = (seed * 1_103_515_245 + 12_345) % (1 << 31);
            (seed >> 8) % below
        };
        for _ in 0..200 {
            let lists: Vec<Vec<i64>> = (0..random(6))
                .map(|_| (0..random(9)).map(|_| random(10) - 5).collect())
                .collect();
            let all = of(&lists.iter().map(Vec::as_slice).collect::<Vec<_>>());
            let mut flat = lists.concat();
            flat.sort_unstable();
            assert_eq!(all.count(), flat.len());
            for (place, number) in flat.iter().enumerate() {
                assert_eq!(all.at(place), Some(*number), "{lists:?}");
                assert_eq!(all.up_to(*number), flat.iter().filter(|other| *other <= number).count());
            }
            assert_eq!(all.at(flat.len()), None);
        }
    }
}
