//! Related: what a reader would say of two names that stand side by side.
//!
//! For comparing two people, not for finding one among many: no register is asked, nothing is ranked.

use super::explain::Class;
use super::{fold, nickname, sound};

/// So many of the letters, as heard, must agree: a code alone would make Mikkonen a Mäkinen.
const LEAST_ALIKE: f64 = 0.75;

/// How two names are related, in whichever order; `None` when they are not.
///
/// Names of several words are compared as one. Cost: two folds, and the edit distance of the longer name.
pub fn related(one: &str, other: &str) -> Option<Class> {
    let (one_letters, other_letters) = (fold::letters(one), fold::letters(other));
    if one_letters.is_empty() || other_letters.is_empty() {
        return None;
    }
    if fold::written(one) == fold::written(other) {
        return Some(Class::Exact);
    }
    if fold::same(&one_letters, &other_letters) || fold::same(&other_letters, &one_letters) {
        return Some(Class::SameWhenFolded);
    }
    if nickname::of(&one_letters).contains(&fold::written(other)) || nickname::of(&other_letters).contains(&fold::written(one)) {
        return Some(Class::Nickname);
    }
    if strsim::normalized_levenshtein(&sound::heard(&one_letters), &sound::heard(&other_letters)) < LEAST_ALIKE {
        return None;
    }
    let sounding = sound::Keys::of(&one_letters).agree(sound::Keys::of(&other_letters));
    Some(if sounding { Class::SoundsLike } else { Class::Similar })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn two_names_are_told_to_be_the_same_or_alike_or_related_or_not() {
        for (one, other, expected) in [
            ("Anna-Maria", "anna-maria", Some(Class::Exact)),
            ("Sjöström", "Sjostrom", Some(Class::SameWhenFolded)),
            ("Karlsson", "Carlson", Some(Class::SoundsLike)),
            ("Marit", "Maarit", Some(Class::SoundsLike)),
            ("Kalle", "Karl", Some(Class::Nickname)),
            ("Lindström", "Lindstrand", None),
            ("Hallberg", "Dallberg", Some(Class::Similar)),
            ("Mäkinen", "Mikkonen", None),
            ("Anna", "Eva", None),
            ("", "", None),
        ] {
            assert_eq!(related(one, other), expected, "{one} and {other}");
        }
    }

    proptest! {
        #[test]
        fn any_two_texts_are_compared_and_in_either_order_alike(one in "\\PC{0,12}|[a-zåäö]{0,8}", other in "\\PC{0,12}|[a-zåäö]{0,8}") {
            prop_assert_eq!(related(&one, &other), related(&other, &one));
        }
    }
}
