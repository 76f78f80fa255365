//! What every list of words has: the word as it is stored, sent and written in files.

use sea_orm::{ActiveEnum, Iterable};

/// An enumeration whose values are stored, sent and written in files as one `snake_case` word each.
pub trait Vocabulary: ActiveEnum<Value = String> + Iterable {
    /// The word for this value, for example `self_employed`.
    fn word(&self) -> String {
        self.to_value()
    }

    /// The value that `word` stands for, if any.
    fn from_word(word: &str) -> Option<Self> {
        Self::try_from_value(&word.to_owned()).ok()
    }

    /// All words, in the order of the glossary; for messages that say what is accepted.
    fn words() -> Vec<String> {
        Self::iter().map(|value| value.to_value()).collect()
    }
}

impl<T: ActiveEnum<Value = String> + Iterable> Vocabulary for T {}
