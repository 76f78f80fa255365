//! Folding: what two spellings have in common before any sound or distance is asked.
//!
//! Two forms of a name, the second coarser:
//!
//! | form | "Åsa-Märta" | "D’Arc" | "Þór" | what for |
//! | --- | --- | --- | --- | --- |
//! | [`written`] | åsa-märta | d'arc | þór | equal means *exact* |
//! | [`letters`] | åsamärta | darc | thor | what distances are measured on: å ä ö ü are letters of their own, other marks are decoration |
//!
//! [`same`] and [`begins`] then compare two `letters` in one direction: what was *asked* may have lost
//! the accents of what is *found* (o finds ö), and ö may be written oe either way, but a typed å is
//! never taken for an a. [`plain`] is the form without any accents, which alone may reach an encoder.
//!
//! Everything here takes any Unicode string: scripts without case or accents pass through unchanged.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The name as written, less what nobody means by it: case, kinds of apostrophe and hyphen, spaces around.
pub(super) fn written(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    // Composed again after the case: H̱ is two characters, ẖ is one.
    for character in text.nfc().flat_map(char::to_lowercase).nfc().map(unify) {
        if character.is_whitespace() || character.is_control() {
            if !result.is_empty() && !result.ends_with(' ') {
                result.push(' ');
            }
        } else {
            result.push(character);
        }
    }
    result.truncate(result.trim_end().len());
    result
}

/// The words of a text: runs of letters, digits and apostrophes. Hyphens, dots and all else stand between words.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character| !belongs_to_word(character)).filter(|word| word.chars().any(char::is_alphanumeric))
}

/// Whether the character belongs to a word rather than between two.
pub(super) fn belongs_to_word(character: char) -> bool {
    belongs_to_letters(character) || unify(character) == '\''
}

/// The letters that carry the name, lower case, without anything between them.
///
/// å, ä (also for æ), ö (also for ø and ő) and ü stay; ð becomes d, þ th, ß ss; every other mark is dropped.
pub fn letters(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    // What is dropped goes before the marks are put in order: between two marks it would keep them out of it.
    let kept = text
        .nfkd()
        .flat_map(char::to_lowercase)
        .filter(|&character| belongs_to_letters(character) && (!is_decoration(character) || makes_a_letter(character)));
    for character in kept.nfkd() {
        match character {
            _ if makes_a_letter(character) => decorate_last(&mut result, character),
            'æ' => result.push('ä'),
            'ø' => result.push('ö'),
            'œ' => result.push_str("oe"),
            'ß' => result.push_str("ss"),
            'þ' => result.push_str("th"),
            'ð' | 'đ' => result.push('d'),
            'ł' => result.push('l'),
            'ħ' => result.push('h'),
            'ŋ' => result.push('n'),
            'ŧ' => result.push('t'),
            'ı' => result.push('i'),
            'ə' => result.push('e'),
            _ => result.push(character),
        }
    }
    result
}

/// [`letters`] with the last accents gone, as typed on a keyboard without them.
pub(super) fn plain(letters: &str) -> String {
    letters.chars().map(bare).collect()
}

/// Whether the asked letters are those found, allowing for lost accents and å/aa, ä/ae, ö/oe, ü/ue/y.
pub(super) fn same(asked: &str, found: &str) -> bool {
    asked == found || read(asked, found).is_some_and(|beginnings| beginnings.whole)
}

/// Whether what is found begins with the asked letters, with the same allowances as [`same`].
pub(super) fn begins(asked: &str, found: &str) -> bool {
    found.starts_with(asked) || read(asked, found).is_some()
}

struct Beginnings {
    whole: bool,
}

/// Reads the asked letters along the found ones; `None` when they part somewhere.
///
/// A table of reachable positions instead of backtracking: 200 letters å against 200 letters a stay cheap.
fn read(asked: &str, found: &str) -> Option<Beginnings> {
    let asked: Vec<char> = asked.chars().collect();
    let found: Vec<char> = found.chars().collect();
    let width = found.len() + 1;
    let mut reachable = vec![false; (asked.len() + 1) * width];
    reachable[0] = true;
    for i in 0..asked.len() {
        for j in 0..found.len() {
            if !reachable[i * width + j] {
                continue;
            }
            let lost_accent = bare(found[j]) == asked[i] || (found[j] == 'ü' && asked[i] == 'y');
            let other_accent = asked[i] == 'ü' && found[j] == 'y';
            if asked[i] == found[j] || lost_accent || other_accent {
                reachable[(i + 1) * width + j + 1] = true;
            }
            if i + 1 < asked.len() && pair(found[j]) == Some((asked[i], asked[i + 1])) {
                reachable[(i + 2) * width + j + 1] = true;
            }
            if j + 1 < found.len() && pair(asked[i]) == Some((found[j], found[j + 1])) {
                reachable[(i + 1) * width + j + 2] = true;
            }
        }
    }
    let last = &reachable[asked.len() * width..];
    last.contains(&true).then(|| Beginnings { whole: last[found.len()] })
}

fn belongs_to_letters(character: char) -> bool {
    character.is_alphanumeric() || is_combining_mark(character)
}

/// The letter without its accent.
pub(super) fn bare(letter: char) -> char {
    match letter {
        'å' | 'ä' => 'a',
        'ö' => 'o',
        'ü' => 'u',
        _ => letter,
    }
}

/// How an accented letter is written where the keyboard lacks it.
pub(super) fn pair(letter: char) -> Option<(char, char)> {
    match letter {
        'å' => Some(('a', 'a')),
        'ä' => Some(('a', 'e')),
        'ö' => Some(('o', 'e')),
        'ü' => Some(('u', 'e')),
        _ => None,
    }
}

fn decorate_last(result: &mut String, mark: char) {
    // The letter may have marks of another script already, which stand before this one when put in order.
    let Some((place, letter)) = result.char_indices().rfind(|&(_, character)| !is_combining_mark(character)) else { return };
    let accented = match (letter, mark) {
        ('a', '\u{30a}') => "å",
        ('a', '\u{308}') => "ä",
        ('o', '\u{308}' | '\u{30b}') => "ö",
        ('u', '\u{308}' | '\u{30b}') => "ü",
        _ => return,
    };
    result.replace_range(place..place + letter.len_utf8(), accented);
}

/// The marks of å, ä, ö and ü.
fn makes_a_letter(character: char) -> bool {
    matches!(character, '\u{308}' | '\u{30a}' | '\u{30b}')
}

/// Marks that ornament a letter, in the scripts where names are found without them too. Elsewhere marks are vowels.
fn is_decoration(character: char) -> bool {
    matches!(character,
        '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5bd}' | '\u{5bf}' | '\u{5c1}'..='\u{5c2}' | '\u{64b}'..='\u{65f}' | '\u{670}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

fn unify(character: char) -> char {
    match character {
        '’' | '‘' | '‛' | 'ʼ' | 'ʹ' | '′' | '´' | '`' | '＇' => '\'',
        '‐' | '‑' | '–' | '—' | '−' => '-',
        _ => character,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_plain_letter_finds_its_accented_form_and_not_the_other_way_round() {
        for (asked, found) in [
            ("sjostrom", "Sjöström"),
            ("sjöstrom", "Sjöström"),
            ("akesson", "Åkesson"),
            ("kjaer", "Kjær"),
            ("muller", "Müller"),
            ("thor", "Þór"),
            ("maenpaa", "Mäenpää"),
        ] {
            assert!(same(asked, &letters(found)), "{asked} {found}");
        }
        assert!(!same(&letters("Åkesson"), "akesson"));
        assert!(!same(&letters("Söderström"), "soderstrom"));
    }

    #[test]
    fn a_letter_and_the_way_it_is_written_around_are_the_same_both_ways() {
        for (one, other) in [
            ("Åkesson", "Aakesson"),
            ("Bäck", "Baeck"),
            ("Bäck", "Bæck"),
            ("Sørensen", "Sörensen"),
            ("Soerensen", "Sørensen"),
            ("Müller", "Myller"),
            ("Müller", "Mueller"),
            ("Mäenpää", "Maeenpaeae"),
            ("André", "Andre"),
        ] {
            let (one, other) = (letters(one), letters(other));
            assert!(same(&one, &other) && same(&other, &one), "{one} {other}");
        }
    }

    #[test]
    fn a_long_vowel_is_not_the_short_one() {
        assert!(!same("marit", "maarit"));
        assert!(!same("maarit", "marit"));
        assert!(!same("joel", "jol"));
    }

    #[test]
    fn a_beginning_is_known_through_lost_accents() {
        assert!(begins("sjos", &letters("Sjöström")));
        assert!(begins(&letters("Åk"), "aakesson"));
        assert!(begins("aa", &letters("Åkesson")));
        assert!(!begins(&letters("Åk"), "akesson"));
        assert!(!begins("sjostrom", &letters("Sjö")));
    }

    #[test]
    fn words_stand_between_hyphens_and_spaces_and_keep_apostrophes() {
        assert_eq!(
            words("Anna-Maria  O’Brien, von\tPlaten %*\u{0}\"'").collect::<Vec<_>>(),
            ["Anna", "Maria", "O’Brien", "von", "Platen"]
        );
        assert_eq!(letters("O’Brien"), "obrien");
        assert_eq!(written("  O’BRIEN \n"), "o'brien");
    }

    #[test]
    fn other_scripts_keep_their_letters() {
        assert_eq!(letters("Юлия"), "юлия");
        assert_eq!(letters("مُحَمَّد"), "محمد");
        assert_eq!(letters("नीता"), letters("नीता"));
        assert_ne!(letters("नीता"), letters("नता"), "vowel signs are not decoration");
        assert_eq!(letters("👩‍⚕️"), "");
        assert_eq!(letters("ö\u{11c3f}"), "ö\u{11c3f}", "a mark of another script does not part the dots from their letter");
        assert_eq!(written("H\u{331}"), "\u{1e96}");
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in any::<String>()) {
            let once = letters(&text);
            prop_assert_eq!(letters(&once), once.clone());
            prop_assert_eq!(written(&written(&text)), written(&text));
            prop_assert_eq!(plain(&plain(&once)), plain(&once));
        }

        #[test]
        fn every_name_is_the_same_as_itself_without_accents(text in "[a-zåäöæøüéA-ZÅÄÖ' -]{0,12}") {
            let found = letters(&text);
            prop_assert!(same(&found, &found));
            prop_assert!(same(&plain(&found), &found));
        }

        #[test]
        fn letters_stay_letters_in_words(text in any::<String>()) {
            for word in words(&text) {
                prop_assert!(!word.is_empty());
            }
        }
    }
}
