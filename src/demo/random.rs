//! Chance that repeats itself: the same seed gives the same numbers on every platform and in every release.
//!
//! SplitMix64 (Steele, Lea & Flood 2014) written out, because it is ten lines: a crate would have to be pinned to the exact
//! release to promise the same stream, and its ways of drawing from a range change more often than its generators.
//! Only integers are used, so that no rounding differs between machines. Not for secrets.

/// A stream of numbers from a seed.
#[derive(Debug, Clone)]
pub(super) struct Random(u64);

impl Random {
    /// The stream of this seed.
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`, 0 if there is none.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        // The high half of the product: unbiased enough for bounds far below 2^64, and without a loop of unknown length.
        let product = u128::from(self.next()) * u128::from(bound);
        (product >> 64) as u64
    }

    /// A number from `low` to `high`, both included; `low` when they are the wrong way round.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        let width = u64::try_from(high.saturating_sub(low).saturating_add(1)).unwrap_or(1);
        low + i64::try_from(self.below(width)).unwrap_or(0)
    }

    /// True in so many cases of a thousand.
    pub(super) fn chance(&mut self, in_a_thousand: u64) -> bool {
        self.below(1000) < in_a_thousand
    }

    /// One of them, each as often; an empty list has none to pick.
    pub(super) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize]
    }
}

/// Things of which some are drawn more often than others.
#[derive(Debug)]
pub(super) struct Weighted<T> {
    items: Vec<T>,
    /// The weight of each item and all before it, so that a draw is one binary search.
    sums: Vec<u64>,
}

impl<T> Weighted<T> {
    /// Items with their weights; there must be one with a weight above zero before anything is drawn.
    pub(super) fn new(items: impl IntoIterator<Item = (T, u64)>) -> Self {
        let mut total = 0;
        let (items, sums) = items
            .into_iter()
            .map(|(item, weight)| {
                total += weight;
                (item, total)
            })
            .unzip();
        Self { items, sums }
    }

    /// One of the items, as often as its weight says.
    pub(super) fn draw(&self, random: &mut Random) -> &T {
        let mark = random.below(self.sums.last().copied().unwrap_or(0));
        &self.items[self.sums.partition_point(|&sum| sum <= mark)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_is_the_published_one() {
        // The first numbers of the reference implementation for seed 1234567.
        let mut random = Random::new(1_234_567);
        assert_eq!([random.next(), random.next()], [6_457_827_717_110_365_317, 3_203_168_211_198_807_973]);
    }

    #[test]
    fn draws_stay_within_their_bounds() {
        let mut random = Random::new(1);
        let drawn: Vec<i64> = (0..1000).map(|_| random.between(-2, 2)).collect();
        assert_eq!((drawn.iter().min(), drawn.iter().max()), (Some(&-2), Some(&2)));
        assert_eq!(random.between(5, 4), 5);
        assert!((0..1000).all(|_| !random.chance(0)) && (0..1000).all(|_| random.chance(1000)));
    }

    #[test]
    fn a_weight_says_how_often() {
        let coins = Weighted::new([("never", 0), ("seldom", 1), ("often", 9)]);
        let mut random = Random::new(7);
        let drawn: Vec<&str> = (0..10_000).map(|_| *coins.draw(&mut random)).collect();
        let seldom = drawn.iter().filter(|&&coin| coin == "seldom").count();
        assert!(!drawn.contains(&"never") && (850..1150).contains(&seldom), "{seldom}");
    }
}
