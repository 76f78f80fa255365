//! Directory: members in the order of something by which they are looked up: id, number, date of birth.
//!
//! Only places are held, four bytes a member; what they are ordered by is asked of the rows. They stand in pieces of some
//! hundred, so that one more or less moves few. Finding is two binary searches.

use super::vocabulary::RowId;

/// A piece that has more is cut in two.
const MOST_IN_A_PIECE: usize = 1_024;

/// Members in an order.
#[derive(Debug, Default)]
pub(super) struct Directory(Vec<Vec<RowId>>);

impl Directory {
    /// Of members that are in order already.
    pub(super) fn of(sorted: &[RowId]) -> Self {
        Self(sorted.chunks(MOST_IN_A_PIECE).map(<[RowId]>::to_vec).collect())
    }

    /// Enters a member, whose key no other member has.
    pub(super) fn insert<K: Ord>(&mut self, row: RowId, key: impl Fn(RowId) -> K) {
        let wanted = key(row);
        let piece = self.0.partition_point(|piece| key(piece[0]) <= wanted).saturating_sub(1);
        match self.0.get_mut(piece) {
            None => self.0.push(vec![row]),
            Some(rows) => {
                rows.insert(rows.partition_point(|&other| key(other) < wanted), row);
                if rows.len() > MOST_IN_A_PIECE {
                    let second = rows.split_off(MOST_IN_A_PIECE / 2);
                    self.0.insert(piece + 1, second);
                }
            }
        }
    }

    /// Takes a member out, who still has the key she was entered under.
    pub(super) fn remove<K: Ord>(&mut self, row: RowId, key: impl Fn(RowId) -> K) {
        let wanted = key(row);
        let piece = self.0.partition_point(|piece| key(piece[0]) <= wanted).saturating_sub(1);
        let Some(rows) = self.0.get_mut(piece) else { return };
        if let Some(place) = rows.iter().position(|&other| other == row) {
            rows.remove(place);
        }
        if rows.is_empty() {
            self.0.remove(piece);
        }
    }

    /// The members whose keys lie between two, both included, in order and in pieces.
    pub(super) fn between<K: Ord>(&self, from: &K, to: &K, key: impl Fn(RowId) -> K) -> Vec<&[RowId]> {
        let first = self.0.partition_point(|piece| key(piece[0]) < *from).saturating_sub(1);
        let end = self.0.partition_point(|piece| key(piece[0]) <= *to);
        let pieces = self.0.get(first..end).unwrap_or(&[]).iter().map(|piece| {
            let before = if key(piece[0]) < *from { piece.partition_point(|&row| key(row) < *from) } else { 0 };
            let last_is_within = piece.last().is_some_and(|&row| key(row) <= *to);
            let within = if last_is_within { piece.len() } else { piece.partition_point(|&row| key(row) <= *to) };
            &piece[before..within.max(before)]
        });
        pieces.filter(|piece| !piece.is_empty()).collect()
    }

    /// The member with this key.
    pub(super) fn get<K: Ord>(&self, wanted: &K, key: impl Fn(RowId) -> K) -> Option<RowId> {
        self.between(wanted, wanted, key).first()?.first().copied()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_entered_and_not_taken_out_comes_in_order(
            numbers in prop::collection::vec(0..5_000u32, 0..3_000),
            ends in [0..5_000u32, 0..5_000u32],
        ) {
            // The key of a row is another number than its place.
            let key = |row: RowId| row.reverse_bits();
            let mut directory = Directory::default();
            let mut expected = BTreeSet::new();
            for number in numbers {
                if expected.insert(key(number)) {
                    directory.insert(number, key);
                } else {
                    expected.remove(&key(number));
                    directory.remove(number, key);
                }
            }
            let [from, to] = ends.map(key);
            let found: Vec<u32> = directory.between(&from, &to, key).concat().into_iter().map(key).collect();
            prop_assert_eq!(found, expected.iter().copied().filter(|key| (from..=to).contains(key)).collect::<Vec<_>>());
            prop_assert_eq!(directory.get(&from, key).map(key), expected.get(&from).copied());
        }
    }
}
