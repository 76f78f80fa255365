//! Bits: a set of places in a table, a bit each. Asking takes a nanosecond.

/// Some of the places 0, 1, 2, …
#[derive(Debug, Clone, Default)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    /// None yet, of so many.
    pub(super) fn among(places: usize) -> Self {
        Self(vec![0; places.div_ceil(64)])
    }

    pub(super) fn set(&mut self, place: u32, is_in: bool) {
        let (word, bit) = (place as usize / 64, 1 << (place % 64));
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        if is_in { self.0[word] |= bit } else { self.0[word] &= !bit }
    }

    /// Puts in all that the other holds.
    pub(super) fn add(&mut self, other: &Self) {
        self.0.resize(self.0.len().max(other.0.len()), 0);
        self.0.iter_mut().zip(&other.0).for_each(|(word, other)| *word |= other);
    }

    pub(super) fn holds(&self, place: u32) -> bool {
        self.0.get(place as usize / 64).is_some_and(|word| word >> (place % 64) & 1 == 1)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn those_are_in_that_were_put_in_last(changes in prop::collection::vec((0..300u32, any::<bool>()), 0..200), places in 0..300usize) {
            let mut bits = Bits::among(places);
            let mut expected = BTreeSet::new();
            for (place, is_in) in changes {
                bits.set(place, is_in);
                if is_in { expected.insert(place) } else { expected.remove(&place) };
            }
            prop_assert!((0..400).all(|place| bits.holds(place) == expected.contains(&place)));
        }
    }
}
