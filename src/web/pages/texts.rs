//! The words of the pages, in Swedish, Finnish and English: Fluent files in `src/locales/`, one folder for each language.
//!
//! A template says `{{ page.text("greeting").with("name", name) }}`. The tests hold that every language has every key, that
//! no key is left unused, that every key asked for exists, and that no template holds words of its own.

use fluent_templates::static_loader;
use jobs::texts::Language;
pub(super) use jobs::texts::Text;

static_loader! {
    static TEXTS = {
        locales: "./src/locales",
        fallback_language: "sv",
        // Invisible marks around each value would be copied along with names and numbers.
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

/// The text with this key.
pub(super) fn text(language: Language, key: &'static str) -> Text {
    Text::of(&TEXTS, language, key)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::path::{Path, PathBuf};

    use super::*;

    /// The keys of a language's files, with the names of the values that each text takes.
    fn keys(language: Language) -> BTreeMap<String, BTreeSet<String>> {
        let mut keys = BTreeMap::new();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/locales").join(language.code());
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

    fn sources() -> Vec<PathBuf> {
        let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        files(&here.join("templates"), &["html"]).into_iter().chain(files(&here.join("web/pages"), &["rs"])).collect()
    }

    #[test]
    fn every_language_has_every_text_with_the_same_values() {
        let mut swedish = keys(Language::Sv);
        assert!(swedish.len() > 50);
        // Dates are put together from other parts in each language.
        swedish.remove("date");
        for language in [Language::Fi, Language::En] {
            let mut other = keys(language);
            other.remove("date");
            assert_eq!(other, swedish, "{language:?}");
        }
    }

    #[test]
    fn every_text_is_used_and_every_text_asked_for_exists() {
        let existing: BTreeSet<String> = keys(Language::Sv).into_keys().collect();
        let mut asked = BTreeSet::new();
        for file in sources() {
            let content = std::fs::read_to_string(file).unwrap();
            for call in ["text(\"", "text(language, \""] {
                asked.extend(content.split(call).skip(1).filter_map(|rest| rest.split_once('"')).map(|(key, _)| key.to_owned()));
            }
        }
        // The splitting above finds itself, and the example at the top.
        asked.retain(|key| key.starts_with(|first: char| first.is_ascii_lowercase()) && key != "greeting");
        assert_eq!(existing, asked);
    }

    #[test]
    fn no_template_holds_words_of_its_own() {
        for file in sources().iter().filter(|file| file.extension().is_some_and(|ending| ending == "html")) {
            let mut text = std::fs::read_to_string(file).unwrap();
            for (open, close) in [("{#", "#}"), ("{%", "%}"), ("{{", "}}"), ("<", ">")] {
                while let Some(begin) = text.find(open) {
                    let end = text[begin..].find(close).unwrap() + begin + close.len();
                    text.replace_range(begin..end, " ");
                }
            }
            let words: Vec<&str> = text.split_whitespace().filter(|word| word.chars().any(char::is_alphabetic)).collect();
            // What stands on a key of the keyboard has no translation.
            let words: Vec<&str> = words.into_iter().filter(|word| !["Alt", "e"].contains(word)).collect();
            assert!(words.is_empty(), "{}: {words:?}", file.display());
        }
    }

    #[test]
    fn each_language_reads_its_own_files_and_counts_in_its_own_way() {
        for (language, one, many) in [
            (Language::Sv, "1 person", "2 personer"),
            (Language::Fi, "1 henkilö", "2 henkilöä"),
            (Language::En, "1 person", "2 people"),
        ] {
            assert_eq!(text(language, "spelling-members").with("count", 1).with("shown", 1).to_string(), one);
            assert_eq!(text(language, "spelling-members").with("count", 2).with("shown", 2).to_string(), many);
        }
    }
}
