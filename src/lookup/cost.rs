//! Cost: how close one name is to another, as a number from 0 to 1. The one place that blends what is known.
//!
//! | part | what it sees |
//! | --- | --- |
//! | cost of the [edits](super::edits) | Carlson is Karlsson, and Marit rather Maarit than Marita |
//! | Cologne codes agree | d/t, b/p, g/k and all vowels forgiven: related, however many letters differ |
//! | Double Metaphone codes agree | the same for names from other languages |
//! | how many bear the spelling | of two spellings equally near, the common one |
//!
//! All are natural logarithms of odds, in hundredths ([`Cost`]), so that they add up; closeness is a straight line over
//! their sum. The weights were fitted by the labelled spellings, with edit costs learned from other names than those judged.
//! Apart stand names of which only the beginning was typed ([`beginning`], [`cut_short`]): what was not typed yet says nothing.

use super::edits::Cost;
use super::sound::Keys;

/// What agreement in the Cologne code takes off a cost.
pub(super) const COLOGNE: i32 = 150;
/// What agreement in a Double Metaphone code takes off a cost.
pub(super) const METAPHONE: i32 = 80;
/// What being common takes off a cost, for each natural logarithm of the bearers.
const FREQUENCY: f32 = 25.0;
/// The logarithm of as many bearers as are told apart (about a thousand).
const MOST_FREQUENT: f32 = 7.0;

/// Closeness of a spelling that is the same but for accents and how they are written around.
pub(super) const SAME_WHEN_FOLDED: f32 = 0.99;
/// What a name is worth that belongs to the asked one by the table of nicknames: it comes last in any case.
pub(super) const NICKNAME: f32 = 0.60;
/// Closeness of a name that costs nothing and sounds the same.
const NEAREST: f32 = 0.98;
/// What a hundredth of a nat takes off closeness.
const SLOPE: f32 = 0.0004;
/// More than this no beginning is worth.
pub(super) const MOST_OF_A_BEGINNING: f32 = 0.90;
/// Names less close than this are not candidates for a typed word: a typing error is just near enough.
pub(super) const LEAST_CLOSENESS: f32 = 0.58;
/// Spellings less close than this are not offered as similar.
pub(super) const LEAST_SIMILAR: f32 = 0.62;
/// A cost less what agreement in sound takes off: the order of names, the nearest least.
pub(super) fn balance(cost: Cost, asked: Keys, found: Keys) -> i32 {
    let cologne = if asked.agree_in_cologne(found) { COLOGNE } else { 0 };
    let metaphone = if asked.agree_in_metaphone(found) { METAPHONE } else { 0 };
    i32::from(cost) - cologne - metaphone
}

/// The closeness that a balance stands for.
pub(super) fn closeness(balance: i32) -> f32 {
    NEAREST - SLOPE * (balance + COLOGNE + METAPHONE) as f32
}

/// The balance that a closeness stands for; a little more where it lies between two.
pub(super) fn balance_of(closeness: f32) -> i32 {
    ((NEAREST - closeness) / SLOPE).ceil() as i32 - COLOGNE - METAPHONE
}

/// What being borne by so many takes off a cost.
pub(super) fn weight(bearers: u32) -> Cost {
    (FREQUENCY * (bearers as f32).ln_1p().min(MOST_FREQUENT)) as Cost
}

/// Closeness and how many bear the spelling, in one number from 0 to 1: the order of similar spellings.
pub(super) fn with_frequency(closeness: f32, bearers: u32) -> f32 {
    (closeness + SLOPE * f32::from(weight(bearers))) / (1.0 + SLOPE * FREQUENCY * MOST_FREQUENT)
}

/// The score of a balance that the weight has been taken off.
pub(super) fn score(balance: i32) -> f32 {
    with_frequency(closeness(balance), 0)
}

/// What the beginning of a name is worth that is still being typed: between a name that is heard the same and one that differs in a letter or two.
pub(super) fn beginning(asked: usize, found: usize) -> f32 {
    MOST_OF_A_BEGINNING - 0.10 * (1.0 - typed_share(asked, found))
}

/// What a name is worth of which the end was not heard or left out: something if half of it was.
pub(super) fn cut_short(asked: usize, found: usize) -> Option<f32> {
    let typed = typed_share(asked, found);
    (typed >= 0.5).then_some(0.55 + 0.20 * typed)
}

fn typed_share(asked: usize, found: usize) -> f32 {
    (asked as f32 / found.max(1) as f32).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commoner_of_two_equally_near_spellings_comes_first_but_never_before_a_much_nearer_one() {
        assert!(with_frequency(0.8, 1000) > with_frequency(0.8, 10));
        assert!(with_frequency(0.95, 1) > with_frequency(0.8, 1_000_000));
        assert!((0.0..=1.0).contains(&with_frequency(SAME_WHEN_FOLDED, u32::MAX)));
    }

    #[test]
    fn a_balance_and_its_closeness_say_the_same() {
        for balance in [-230, 0, 17, 400, 769] {
            assert!((0..=1).contains(&(balance_of(closeness(balance)) - balance)), "{balance}");
        }
        assert!(closeness(-COLOGNE - METAPHONE) <= SAME_WHEN_FOLDED);
    }

    #[test]
    fn a_score_is_the_same_by_parts_and_as_a_whole() {
        assert!((score(300 - i32::from(weight(1000))) - with_frequency(closeness(300), 1000)).abs() < 1e-5);
    }
}
