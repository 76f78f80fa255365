//! One spelling for the names of columns and of values, however they are typed: "E-post", "e post" and "EPOST" are one.

use std::collections::HashMap;
use std::sync::OnceLock;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Lower case without accents, blanks and punctuation; å and ä become a, ö and ø o.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.nfkd().filter(|&c| !is_combining_mark(c)).flat_map(char::to_lowercase) {
        match letter {
            'ø' => plain.push('o'),
            'æ' => plain.push_str("ae"),
            'ð' | 'đ' => plain.push('d'),
            'þ' => plain.push_str("th"),
            'ß' => plain.push_str("ss"),
            'ł' => plain.push('l'),
            _ if letter.is_alphanumeric() => plain.push(letter),
            _ => {}
        }
    }
    plain
}

/// Canonical names, each with the terms that mean it, in any spelling and with commas between them.
pub(super) struct Vocabulary {
    words: &'static [(&'static str, &'static str)],
    /// By [`plain`] spelling; made once, because a file asks for every row.
    known: OnceLock<HashMap<String, &'static str>>,
}

impl Vocabulary {
    pub(super) const fn new(words: &'static [(&'static str, &'static str)]) -> Self {
        Self { words, known: OnceLock::new() }
    }

    /// The canonical names.
    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.words.iter().map(|(name, _)| *name)
    }

    /// The canonical name that `text` means.
    pub(super) fn meaning(&self, text: &str) -> Option<&'static str> {
        // Most cells hold the canonical name itself.
        if let Some(name) = self.names().find(|name| *name == text) {
            return Some(name);
        }
        let known = self.known.get_or_init(|| self.terms().map(|(term, name)| (plain(term), name)).collect());
        known.get(&plain(text)).copied()
    }

    /// Every term with the canonical name it means, the names themselves included.
    fn terms(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.words.iter().flat_map(|(name, terms)| terms.split(", ").chain([*name]).map(move |term| (term, *name)))
    }

    /// That no term means two things.
    #[cfg(test)]
    pub(super) fn is_sound(&self) {
        let mut owner = HashMap::new();
        for (term, name) in self.terms() {
            let other = owner.insert(plain(term), name);
            assert!(other.is_none_or(|other| other == name), "{term} means {other:?} and {name}");
            assert_eq!(self.meaning(term), Some(name), "{term}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn case_accents_and_punctuation_do_not_count() {
        for (given, expected) in [
            ("E-post", "epost"),
            ("Förnamn*", "fornamn"),
            ("FÖRNAMN", "fornamn"),
            ("Fo\u{308}rnamn", "fornamn"),
            ("Syntymäaika:", "syntymaaika"),
            ("  given_names ", "givennames"),
            ("Fødselsdato", "fodselsdato"),
            ("Landsmålsbyrå", "landsmalsbyra"),
            ("Ægteskab", "aegteskab"),
            ("İ", "i"),
            ("—", ""),
        ] {
            assert_eq!(plain(given), expected, "{given}");
        }
    }
}
