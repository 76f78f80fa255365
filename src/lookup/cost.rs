//! Cost: how close one name is to another, as a number from 0 to 1.
//!
//! Closeness is a blend of `strsim` measures and phonetic agreement, with fixed weights:
//!
//! | part | weight | what it sees |
//! | --- | --- | --- |
//! | edit distance (optimal string alignment) as [heard](super::sound::heard) | 0.70 | Carlson is Karlsson |
//! | the same of the names as spelled | 0.10 | among equal sounds the nearer spelling first |
//! | Jaro-Winkler of the names as spelled | 0.05 | beginnings are remembered better than ends |
//! | Cologne codes agree | 0.12 | d/t, b/p, g/k and all vowels forgiven |
//! | Double Metaphone codes agree | 0.03 | the same for names from other languages |
//!
//! The weights were fitted on labelled spelling variants (one half of the names, checked on the other, where recall
//! moved by less than a point) and rounded. A distance is divided by the longer name's length. Apart from the blend
//! stand names of which only the beginning was typed ([`beginning`], [`cut_short`]) and, for the order of spellings,
//! how common each is ([`with_frequency`]): a member is as likely to call whether the name is common or not.
//!
//! [`Shape`] holds what a comparison needs and is computed once for each distinct name. [`Outline`] is its small,
//! densely packed side, from which [`Outline::closeness_at_most`] tells without reading a letter that a name cannot be near enough:
//! an edit distance is at least the difference in length and at least the letters that only one side has.
//! The bound is never below the closeness, so the scan over the distinct names that uses it loses nothing.

use super::fold;
use super::sound::{self, Keys};

const HEARD: f32 = 0.70;
const SPELLED: f32 = 0.10;
const BEGINNING: f32 = 0.05;
const COLOGNE: f32 = 0.12;
const METAPHONE: f32 = 0.03;

/// What the spelling's frequency adds, per natural logarithm of its bearers: with two equally near spellings, the common one.
const FREQUENCY: f32 = 0.006;
/// The logarithm of as many bearers as are told apart (about a million).
const MOST_FREQUENT: f32 = 14.0;

/// Closeness of a spelling that is the same but for accents and how they are written around.
pub(super) const SAME_WHEN_FOLDED: f32 = 0.99;

/// What a name is worth that belongs to the asked one by the table of nicknames: it comes last in any case.
pub(super) const NICKNAME: f32 = 0.60;

/// What comparing a name needs, computed once.
#[derive(Debug, Clone)]
pub(super) struct Shape {
    letters: Box<str>,
    /// Only where it differs from the letters.
    plain: Option<Box<str>>,
    /// Only where it differs from the plain letters.
    heard: Option<Box<str>>,
}

/// What rules a name out before its letters are read.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Outline {
    keys: Keys,
    /// Which letters occur in the name as heard, two bits each: once, and more often.
    /// Six pairs of bits are shared by all letters beyond a–z.
    bag: u64,
    /// Letters of the name as heard.
    length: u16,
    /// The first letters of the skeleton, zero-filled, so that a beginning is a masked comparison.
    start: [u8; 8],
}

impl Shape {
    /// The shape of a name or of one word of it.
    pub(super) fn of(name: &str) -> Self {
        let letters = fold::letters(name);
        let plain = fold::plain(&letters);
        let heard = sound::heard(&letters);
        Self {
            heard: (heard != plain).then(|| heard.into()),
            plain: (plain != letters).then(|| plain.into()),
            letters: letters.into(),
        }
    }

    /// The folded letters.
    pub(super) fn letters(&self) -> &str {
        &self.letters
    }

    fn plain(&self) -> &str {
        self.plain.as_deref().unwrap_or(&self.letters)
    }

    fn heard(&self) -> &str {
        self.heard.as_deref().unwrap_or_else(|| self.plain())
    }

    /// The found letters as the asker would have typed them: someone who types no accents cannot miss any.
    fn seen_by<'a>(&'a self, asked: &Self) -> &'a str {
        if asked.plain.is_none() { self.plain() } else { &self.letters }
    }
}

impl Outline {
    /// The outline of a shape.
    pub(super) fn of(shape: &Shape) -> Self {
        let heard = shape.heard();
        let mut start = [0; 8];
        for (place, byte) in start.iter_mut().zip(fold::skeleton(&shape.letters).bytes()) {
            *place = byte;
        }
        Self {
            keys: Keys::of(&shape.letters),
            bag: heard.chars().fold(0, |bag, letter| {
                let once =
                    1 << (2 * if letter.is_ascii_lowercase() { letter as u32 - 'a' as u32 } else { 26 + letter as u32 % 6 });
                if bag & once == 0 { bag | once } else { bag | once << 1 }
            }),
            length: u16::try_from(heard.chars().count()).unwrap_or(u16::MAX),
            start,
        }
    }

    /// The phonetic codes.
    pub(super) fn keys(&self) -> Keys {
        self.keys
    }

    /// Whether a name of this outline may begin with the asked one.
    pub(super) fn may_begin_with(&self, asked: &Self) -> bool {
        self.start.iter().zip(asked.start).all(|(found, asked)| asked == 0 || *found == asked)
    }

    /// Whether the names may be the same when folded.
    pub(super) fn may_be_same(&self, asked: &Self) -> bool {
        self.start == asked.start
    }

    /// A closeness that the two names do not exceed.
    pub(super) fn closeness_at_most(&self, asked: &Self) -> f32 {
        let difference = (self.bag & !asked.bag).count_ones().max((asked.bag & !self.bag).count_ones());
        let edits = difference.max(u32::from(self.length.abs_diff(asked.length)));
        let longer = self.length.max(asked.length).max(1);
        HEARD * (1.0 - edits as f32 / f32::from(longer)).max(0.0) + SPELLED + BEGINNING + agreement(self.keys, asked.keys)
    }
}

/// How close what is found is to what was asked, if it is at least `least`. Not symmetric: only the asker may leave accents out.
pub(super) fn closeness(asked: (&Shape, Keys), found: (&Shape, Keys), least: f32) -> Option<f32> {
    let ((asked, asked_keys), (found, found_keys)) = (asked, found);
    let heard = HEARD * nearness(asked.heard(), found.heard()) + agreement(asked_keys, found_keys);
    // Most names that come so far are ruled out here, before the rest is measured.
    if heard + SPELLED + BEGINNING < least {
        return None;
    }
    let seen = found.seen_by(asked);
    let blend = heard + SPELLED * nearness(&asked.letters, seen) + BEGINNING * strsim::jaro_winkler(&asked.letters, seen) as f32;
    (blend >= least).then_some(blend.min(SAME_WHEN_FOLDED))
}

/// Closeness and how many bear the spelling, in one number from 0 to 1: the order of similar spellings.
pub(super) fn with_frequency(closeness: f32, bearers: u32) -> f32 {
    let room = FREQUENCY * MOST_FREQUENT;
    (closeness * (1.0 - room) + FREQUENCY * (bearers as f32).ln_1p().min(MOST_FREQUENT)).min(1.0)
}

/// What the beginning of a name is worth that is still being typed: between a name that is heard the same and one that differs in a letter or two.
pub(super) fn beginning(asked: &Shape, found: &Shape) -> f32 {
    0.80 + 0.10 * typed_share(asked, found)
}

/// What a name is worth of which the end was not heard or left out: something if half of it was.
pub(super) fn cut_short(asked: &Shape, found: &Shape) -> Option<f32> {
    let typed = typed_share(asked, found);
    (typed >= 0.5).then_some(0.55 + 0.20 * typed)
}

fn typed_share(asked: &Shape, found: &Shape) -> f32 {
    (asked.letters.chars().count() as f32 / found.letters.chars().count().max(1) as f32).min(1.0)
}

fn agreement(one: Keys, other: Keys) -> f32 {
    let cologne = if one.agree_in_cologne(other) { COLOGNE } else { 0.0 };
    cologne + if one.agree_in_metaphone(other) { METAPHONE } else { 0.0 }
}

fn nearness(one: &str, other: &str) -> f32 {
    let longer = one.chars().count().max(other.chars().count());
    if longer == 0 { 1.0 } else { 1.0 - strsim::osa_distance(one, other) as f32 / longer as f32 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn close(asked: &str, found: &str) -> f32 {
        let (asked, found) = (Shape::of(asked), Shape::of(found));
        closeness((&asked, Outline::of(&asked).keys), (&found, Outline::of(&found).keys), 0.0).unwrap()
    }

    #[test]
    fn names_that_sound_alike_are_closer_than_names_that_look_alike() {
        for (asked, near, far) in [
            ("Carlson", "Karlsson", "Carlén"),
            ("Marit", "Maarit", "Marie"),
            ("Wikström", "Vikström", "Nyström"),
            ("Kristina", "Christina", "Kristiina Maria"),
        ] {
            assert!(close(asked, near) > close(asked, far), "{asked}: {near} before {far}");
        }
    }

    #[test]
    fn a_lost_accent_costs_nothing_and_a_typed_one_counts() {
        assert!(close("sjostrom", "Sjöström") > close("sjöström", "Sjostrom"));
        assert!(close("sjostrm", "Sjöström") > close("sjöstrm", "Sjostrom"));
    }

    #[test]
    fn the_commoner_of_two_equally_near_spellings_comes_first_but_never_before_a_nearer_one() {
        assert!(with_frequency(0.8, 1000) > with_frequency(0.8, 10));
        assert!(with_frequency(0.95, 1) > with_frequency(0.8, 1_000_000));
    }

    proptest! {
        #[test]
        fn closeness_lies_between_nothing_and_one_and_under_its_bound(asked in "[a-eåäöst' -]{0,9}|[a-zåäöéøæ]{0,12}|\\PC{0,8}", found in "[a-eåäöst' -]{0,9}|[a-zåäöéøæ]{0,12}|\\PC{0,8}") {
            let (asked, found) = (Shape::of(&asked), Shape::of(&found));
            let (asked_outline, found_outline) = (Outline::of(&asked), Outline::of(&found));
            let measured = |least| closeness((&asked, asked_outline.keys), (&found, found_outline.keys), least);
            let exact = measured(0.0);
            prop_assert!(exact.is_some_and(|exact| (0.0..=1.0).contains(&exact) && exact <= found_outline.closeness_at_most(&asked_outline) + 1e-6));
            prop_assert_eq!(exact.and_then(measured), exact, "what is just near enough is not given up early");
            prop_assert_eq!(exact.and_then(|exact| measured(exact + 0.01)), None);
            prop_assert!(found_outline.may_be_same(&asked_outline) || !fold::same(&asked.letters, &found.letters));
        }

        #[test]
        fn an_outline_never_rules_out_a_beginning(found in "[aeouyåäöüst]{0,12}", length in 0usize..12) {
            let asked: String = found.chars().take(length).collect();
            prop_assert!(Outline::of(&Shape::of(&found)).may_begin_with(&Outline::of(&Shape::of(&asked))));
        }
    }
}
