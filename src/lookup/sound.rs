//! Sound: which names could be the same when only heard.
//!
//! The codes of Cologne phonetics (Postel 1969) and Double Metaphone (Philips 2000), on [`super::fold::plain`] letters a–z only,
//! because six of `rphonetic`'s encoders slice by byte and panic on å, ä, ö; a name in another script has no keys and agrees
//! with none. Both leave out the vowels, so agreement is much evidence that two names are *related* and little that they are the
//! same: Mäkinen and Mikkonen share every code. They lead to candidates and add to closeness; they never rank alone.
//!
//! Codes are packed into integers, four or five bits a symbol. [`heard`] respells a name so that letters that sound alike are the
//! same letters, vowels kept: for comparing two names without a table of costs.

use rphonetic::{Cologne, DoubleMetaphone, Encoder};

use super::fold;

/// Symbols of Double Metaphone that are kept; its default of four throws whole families of -sson together.
const METAPHONE_SYMBOLS: usize = 8;
const COLOGNE_SYMBOLS: usize = 15;

/// The phonetic codes of a name. Zero stands for "no code" and agrees with nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Keys {
    cologne: u64,
    metaphone: u64,
    /// Double Metaphone's second opinion, for names that come from another language.
    alternate: u64,
}

impl Keys {
    /// The keys of folded letters.
    pub(super) fn of(letters: &str) -> Self {
        let plain = fold::plain(letters);
        if plain.is_empty() || !plain.bytes().all(|byte| byte.is_ascii_lowercase()) {
            return Self::default();
        }
        let metaphone = DoubleMetaphone::new(Some(METAPHONE_SYMBOLS)).double_metaphone(&plain);
        Self {
            cologne: pack(&Cologne.encode(&plain), COLOGNE_SYMBOLS, 4, b'0'),
            metaphone: pack(&metaphone.primary(), METAPHONE_SYMBOLS, 5, b'@'),
            alternate: pack(&metaphone.alternate(), METAPHONE_SYMBOLS, 5, b'@'),
        }
    }

    /// Each code, told apart from codes of the other kind: names that agree have one in common.
    pub(super) fn codes(self) -> impl Iterator<Item = u64> {
        const KIND: u64 = 1 << 63;
        let alternate = if self.alternate == self.metaphone { 0 } else { self.alternate };
        [(self.cologne, KIND), (self.metaphone, 0), (alternate, 0)]
            .into_iter()
            .filter(|(code, _)| *code != 0)
            .map(|(code, kind)| code | kind)
    }

    /// Whether the Cologne codes agree.
    pub(super) fn agree_in_cologne(self, other: Self) -> bool {
        self.cologne != 0 && self.cologne == other.cologne
    }

    /// Whether any of the two Double Metaphone codes agree.
    pub(super) fn agree_in_metaphone(self, other: Self) -> bool {
        [self.metaphone, self.alternate].into_iter().any(|code| code != 0 && (code == other.metaphone || code == other.alternate))
    }

    /// Whether any code agrees.
    pub(super) fn agree(self, other: Self) -> bool {
        self.agree_in_cologne(other) || self.agree_in_metaphone(other)
    }
}

/// The code's symbols as one number, the first symbol highest; a leading one keeps "0" apart from nothing.
fn pack(code: &str, symbols: usize, bits: u32, zero: u8) -> u64 {
    if code.is_empty() {
        return 0;
    }
    code.bytes().take(symbols).fold(1, |packed, byte| packed << bits | u64::from(byte.saturating_sub(zero)) & ((1 << bits) - 1))
}

/// Letter groups and how they are heard. The longest that fits wins; `^` binds to the beginning.
const RESPELLINGS: &[(&str, &str)] = &[
    ("sch", "sj"),
    ("skj", "sj"),
    ("stj", "sj"),
    ("sh", "sj"),
    ("ch", "k"),
    ("ck", "k"),
    ("cc", "k"),
    ("ce", "se"),
    ("ci", "si"),
    ("cy", "si"),
    ("c", "k"),
    ("ph", "f"),
    ("th", "t"),
    ("dh", "d"),
    ("gh", "g"),
    ("kh", "k"),
    ("dt", "t"),
    ("hv", "v"),
    ("qv", "kv"),
    ("qu", "kv"),
    ("qw", "kv"),
    ("q", "k"),
    ("fv", "v"),
    ("fw", "v"),
    ("w", "v"),
    ("z", "s"),
    ("x", "ks"),
    ("^hj", "i"),
    ("^lj", "i"),
    ("^gj", "i"),
    ("^dj", "i"),
    ("kj", "ti"),
    ("ou", "u"),
    ("ae", "e"),
    ("oe", "o"),
    ("ue", "u"),
    ("aa", "a"),
    ("ij", "i"),
    ("yi", "i"),
    ("y", "i"),
    ("j", "i"),
];

/// The name as it is heard, in letters a–z: the base of a distance that does not mind spelling conventions.
pub(super) fn heard(letters: &str) -> String {
    let letters: String = letters.replace('ä', "e");
    let plain = fold::plain(&letters);
    if !plain.is_ascii() {
        return plain;
    }
    let mut result = String::with_capacity(plain.len());
    let mut rest = plain.as_str();
    while let Some(first) = rest.chars().next() {
        let beginning = rest.len() == plain.len();
        let rule = RESPELLINGS
            .iter()
            .filter(|(group, _)| match group.strip_prefix('^') {
                Some(group) => beginning && rest.starts_with(group),
                None => rest.starts_with(group),
            })
            .max_by_key(|(group, _)| group.trim_start_matches('^').len());
        let before = result.chars().next_back();
        let after = rest[1..].chars().next();
        let (sound, length) = match rule {
            Some((group, sound)) => (*sound, group.trim_start_matches('^').len()),
            // A mute h: Dahl, Öhman, Pehr, Deborah.
            None if first == 'h' && before.is_some_and(is_vowel) && !after.is_some_and(is_vowel) => ("", 1),
            None => (&rest[..1], 1),
        };
        for letter in sound.chars() {
            // A soft f: Gustaf, Löfgren, Stephan.
            let soft = letter == 'f' && before.is_some_and(is_vowel);
            push_once(&mut result, if soft { 'v' } else { letter });
        }
        rest = &rest[length..];
    }
    result
}

fn push_once(result: &mut String, letter: char) {
    if !result.ends_with(letter) {
        result.push(letter);
    }
}

fn is_vowel(letter: char) -> bool {
    matches!(letter, 'a' | 'e' | 'i' | 'o' | 'u' | 'y')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn keys(name: &str) -> Keys {
        Keys::of(&fold::letters(name))
    }

    fn as_heard(name: &str) -> String {
        heard(&fold::letters(name))
    }

    #[test]
    fn spellings_of_one_sound_are_heard_the_same() {
        for (one, other) in [
            ("Carlson", "Karlsson"),
            ("Marit", "Maarit"),
            ("Kristina", "Christina"),
            ("Wikström", "Vickström"),
            ("Dahl", "Dal"),
            ("Lindqvist", "Lindkvist"),
            ("Gustaf", "Gustav"),
            ("Stephan", "Stefan"),
            ("Åkesson", "Aakesson"),
            ("Hjalmar", "Jalmar"),
            ("Schöld", "Skjöld"),
            ("Zackarias", "Sakarias"),
            ("Marcela", "Marsela"),
            ("Alexandra", "Aleksandra"),
        ] {
            assert_eq!(as_heard(one), as_heard(other), "{one} {other}");
        }
    }

    #[test]
    fn vowels_and_consonants_are_not_heard_as_others() {
        for (one, other) in [("Karin", "Karen"), ("Mäkinen", "Mikkonen"), ("Berg", "Bert"), ("Hans", "Ans")] {
            assert_ne!(as_heard(one), as_heard(other), "{one} {other}");
        }
    }

    #[test]
    fn a_code_agrees_for_names_that_are_related() {
        for (one, other) in [
            ("Carlsson", "Karlson"),
            ("Sjöström", "Sjostrom"),
            ("Mohammed", "Muhammad"),
            ("Yousef", "Jusuf"),
            ("Mäkinen", "Mikkonen"),
        ] {
            assert!(keys(one).agree(keys(other)), "{one} {other}");
        }
        for (one, other) in [("Carlsson", "Christina"), ("Marit", "Mohammed"), ("Юлия", "Юлия"), ("", ""), ("👩", "👩")]
        {
            assert!(!keys(one).agree(keys(other)), "{one} {other}");
        }
    }

    proptest! {
        #[test]
        fn every_encoder_takes_whatever_comes_out_of_the_fold(text in any::<String>()) {
            let letters = fold::letters(&text);
            Keys::of(&letters);
            heard(&letters);
        }

        #[test]
        fn agreement_is_mutual_and_of_codes_that_exist(one in "[a-zåäö]{0,6}|\\PC{0,3}", other in "[hwaeiouy]{0,3}|\\PC{0,3}") {
            let (one, other) = (keys(&one), keys(&other));
            prop_assert_eq!(one.agree(other), other.agree(one));
            prop_assert!(!one.agree(Keys::default()));
        }

        #[test]
        fn every_encoder_takes_names_of_our_alphabets(text in "[a-zåäöæøüéèðþßłőşğıñ' .-]{0,16}|[A-ZÅÄÖÆØÜ]{0,9}") {
            let letters = fold::letters(&text);
            let keys = Keys::of(&letters);
            prop_assert_eq!(keys, Keys::of(&fold::plain(&letters)));
            prop_assert!(heard(&letters).is_ascii());
        }
    }
}
