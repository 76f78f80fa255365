//! The words of mails, in Swedish, Finnish and English: Fluent files in `jobs/locales/`, one folder for each language. Pages have
//! files of their own and share [`Text`].
//!
//! A template says `{{ mail.language.text("date").with("day", day) }}`. The tests hold that every language has every key, that no key
//! is left unused, and that every key asked for exists.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use chrono::{Datelike, NaiveDate};
use fluent_templates::fluent_bundle::FluentValue;
use fluent_templates::{LanguageIdentifier, Loader, StaticLoader, static_loader};
use serde::{Deserialize, Serialize};

use crate::dates::Month;

static_loader! {
    static TEXTS = {
        locales: "./locales",
        fallback_language: "sv",
        // Invisible marks around each value would stand in mails.
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

/// A language of mails and pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Swedish.
    #[default]
    Sv,
    /// Finnish.
    Fi,
    /// English.
    En,
}

impl Language {
    /// All of them.
    pub const ALL: [Language; 3] = [Language::Sv, Language::Fi, Language::En];

    /// The language for somebody whose own language has this ISO 639-1 code: Norwegians and Danes get Swedish, which they
    /// read; who speaks another language, or does not say which, gets `default`.
    pub fn of(code: Option<&str>, default: Language) -> Self {
        match code {
            Some("sv" | "nb" | "nn" | "no" | "da") => Language::Sv,
            Some("fi") => Language::Fi,
            Some("en") => Language::En,
            _ => default,
        }
    }

    /// Its ISO 639-1 code.
    pub const fn code(self) -> &'static str {
        match self {
            Language::Sv => "sv",
            Language::Fi => "fi",
            Language::En => "en",
        }
    }

    /// The text with this key.
    pub fn text(self, key: &'static str) -> Text {
        Text::of(&TEXTS, self, key)
    }

    /// A date in words: 24 november 2026.
    pub fn date(self, date: NaiveDate) -> String {
        let text = self.text("date").with("day", date.day()).with("month", date.month());
        text.with("year", date.year().to_string()).to_string()
    }

    /// A month in words, as in "contact in January 2027".
    pub fn month(self, month: Month) -> String {
        let first = month.first();
        self.text("month").with("month", first.month()).with("year", first.year().to_string()).to_string()
    }

    fn identifier(self) -> LanguageIdentifier {
        // The codes above are identifiers; what were none would show the fallback language.
        self.code().parse().unwrap_or_default()
    }
}

/// A text, with what is to be put into it.
#[derive(Clone)]
pub struct Text {
    texts: &'static StaticLoader,
    language: Language,
    key: &'static str,
    values: HashMap<Cow<'static, str>, FluentValue<'static>>,
}

impl Text {
    /// The text with this key of `texts`: the Fluent files of mails, or those of pages.
    pub fn of(texts: &'static StaticLoader, language: Language, key: &'static str) -> Self {
        Self { texts, language, key, values: HashMap::new() }
    }

    /// Puts `value` where the text says `{ $name }`. A number chooses the plural form, and is written without a separator of
    /// thousands.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.values.insert(name.into(), value.into().0);
        self
    }

    /// The same for what has a text of its own.
    #[must_use]
    pub fn with_shown(self, name: &'static str, value: impl fmt::Display) -> Self {
        self.with(name, value.to_string())
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Text({:?}, {}, {:?})", self.language, self.key, self.values)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.texts.lookup_complete(&self.language.identifier(), self.key, Some(&self.values)))
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        text.to_string()
    }
}

/// What is put into a text.
#[derive(Clone, Debug)]
pub struct Value(FluentValue<'static>);

impl From<String> for Value {
    fn from(value: String) -> Self {
        Value(value.into())
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Value(value.to_owned().into())
    }
}

impl From<&String> for Value {
    fn from(value: &String) -> Self {
        Value(value.clone().into())
    }
}

impl From<&&String> for Value {
    fn from(value: &&String) -> Self {
        Value((*value).clone().into())
    }
}

impl From<Text> for Value {
    fn from(value: Text) -> Self {
        Value(value.to_string().into())
    }
}

macro_rules! numbers {
    ($($number:ty)*) => {$(
        impl From<$number> for Value {
            fn from(value: $number) -> Self {
                Value(value.into())
            }
        }
        impl From<&$number> for Value {
            fn from(value: &$number) -> Self {
                Value((*value).into())
            }
        }
    )*};
}

numbers!(i32 u32 i64 u64 usize);

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::path::{Path, PathBuf};

    use super::*;

    /// The keys of each language's files, with the names of the values that each text takes.
    fn keys(language: Language) -> BTreeMap<String, BTreeSet<String>> {
        let mut keys = BTreeMap::new();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("locales").join(language.code());
        for file in files(&folder, &["ftl"]) {
            let mut key = String::new();
            for line in std::fs::read_to_string(&file).unwrap().lines() {
                if line.starts_with(|first: char| first.is_ascii_lowercase()) {
                    key = line.split(" =").next().unwrap().to_owned();
                    assert!(keys.insert(key.clone(), BTreeSet::new()).is_none(), "{key} stands twice in {}", folder.display());
                }
                let values = line.split('$').skip(1).map(|rest| {
                    rest.chars().take_while(|letter| letter.is_ascii_alphanumeric() || *letter == '_').collect::<String>()
                });
                if let Some(taken) = keys.get_mut(&key) {
                    taken.extend(values);
                }
            }
        }
        keys
    }

    fn files(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                found.extend(files(&path, endings));
            } else if path.extension().is_some_and(|ending| endings.iter().any(|known| ending == *known)) {
                found.push(path);
            }
        }
        found
    }

    /// Keys that templates and code ask for: `text("…")`.
    fn asked() -> BTreeSet<String> {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut asked = BTreeSet::new();
        for folder in ["templates", "src"] {
            for file in files(&here.join(folder), &["html", "txt", "rs"]) {
                let content = std::fs::read_to_string(file).unwrap();
                asked.extend(
                    content.split("text(\"").skip(1).filter_map(|rest| rest.split_once('"')).map(|(key, _)| key.to_owned()),
                );
            }
        }
        asked
    }

    #[test]
    fn every_language_has_every_text_with_the_same_values() {
        let swedish = keys(Language::Sv);
        assert!(swedish.len() > 5);
        for language in [Language::Fi, Language::En] {
            assert_eq!(keys(language), swedish, "{language:?}");
        }
    }

    #[test]
    fn every_text_is_used_and_every_text_asked_for_exists() {
        let existing: BTreeSet<String> = keys(Language::Sv).into_keys().collect();
        let mut asked = asked();
        // The splitting above finds itself.
        asked.retain(|key| key.starts_with(|first: char| first.is_ascii_lowercase()));
        assert_eq!(existing, asked);
    }

    #[test]
    fn each_language_reads_its_own_files() {
        let day = NaiveDate::from_ymd_opt(2026, 2, 1).unwrap();
        assert_eq!(Language::Sv.date(day), "1 februari 2026");
        assert_eq!(Language::Fi.date(day), "1. helmikuuta 2026");
        assert_eq!(Language::En.date(day), "1 February 2026");
    }

    #[test]
    fn norwegians_and_danes_get_swedish_and_strangers_the_default() {
        for (code, language) in [
            (Some("sv"), Language::Sv),
            (Some("nb"), Language::Sv),
            (Some("da"), Language::Sv),
            (Some("fi"), Language::Fi),
            (Some("en"), Language::En),
            (Some("ar"), Language::Fi),
            (None, Language::Fi),
        ] {
            assert_eq!(Language::of(code, Language::Fi), language, "{code:?}");
        }
    }
}
