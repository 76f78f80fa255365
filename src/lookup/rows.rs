//! Rows: sets of members as bitmaps, a bit for each place in the index.

use super::vocabulary::RowId;

/// A set of members.
#[derive(Debug, Clone)]
pub(super) struct Rows(Vec<u64>);

impl Rows {
    /// The empty set, with room for so many places.
    pub(super) fn none(places: usize) -> Self {
        Self(vec![0; places.div_ceil(64)])
    }

    pub(super) fn insert(&mut self, row: RowId) {
        self.0[row as usize / 64] |= 1 << (row % 64);
    }

    /// The rows in all of the sets and not in `seen`, which they then are. Of no sets there is nothing in all.
    pub(super) fn in_all<'a>(sets: impl Iterator<Item = &'a Self>, seen: &mut Self) -> Vec<RowId> {
        let Some(mut common) = sets.fold(None, |common: Option<Self>, set| {
            Some(match common {
                None => set.clone(),
                Some(mut common) => {
                    common.0.iter_mut().zip(&set.0).for_each(|(word, other)| *word &= other);
                    common
                }
            })
        }) else {
            return Vec::new();
        };
        common.0.iter_mut().zip(&mut seen.0).for_each(|(word, seen)| {
            *word &= !*seen;
            *seen |= *word;
        });
        (0..)
            .zip(common.0)
            .flat_map(|(place, word)| (0..64).filter(move |bit| word >> bit & 1 == 1).map(move |bit| place * 64 + bit))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(rows: &[RowId]) -> Rows {
        let mut set = Rows::none(200);
        rows.iter().for_each(|&row| set.insert(row));
        set
    }

    #[test]
    fn only_rows_in_all_sets_come_out_and_only_once() {
        let sets = [rows(&[0, 63, 64, 199]), rows(&[63, 64, 65, 199])];
        let mut seen = rows(&[64]);
        assert_eq!(Rows::in_all(sets.iter(), &mut seen), [63, 199]);
        assert_eq!(Rows::in_all(sets.iter(), &mut seen), Vec::<RowId>::new());
        assert_eq!(Rows::in_all([].iter(), &mut seen), Vec::<RowId>::new());
    }
}
