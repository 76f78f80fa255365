//! The form in which contact details are changed, at the desk and by the member herself.
//!
//! Each field goes with what it held when the form was opened. So only what was changed is stored; a field that was emptied
//! is cleared only after a question; and a field that somebody else changed meanwhile is shown beside what was typed.

use std::collections::HashMap;

use jobs::error::FieldProblem;
use jobs::texts::Language;
use serde_json::{Map, Value};

use super::texts::{Text, text};
use super::words;
use crate::members::card::Card;

/// What was sent, by name.
pub(super) type Typed = HashMap<String, String>;

/// The form with what stands in it.
#[derive(Clone, Debug)]
pub(super) struct EditForm {
    /// The ETag of the copy that was shown.
    pub(super) version: String,
    pub(super) fields: Vec<EditField>,
    /// Whether somebody else changed what was changed here.
    pub(super) is_stale: bool,
    pub(super) wrongs: Vec<Wrong>,
}

/// A line of the summary of what is wrong.
#[derive(Clone, Debug)]
pub(super) struct Wrong {
    pub(super) name: &'static str,
    pub(super) text: String,
}

/// A field with its label and all that is to be said of it.
#[derive(Clone, Debug)]
pub(super) struct EditField {
    pub(super) name: &'static str,
    pub(super) label: String,
    pub(super) hint: Option<Text>,
    pub(super) kind: &'static str,
    pub(super) autocomplete: &'static str,
    pub(super) letters: usize,
    /// What is to stand in it.
    pub(super) value: String,
    /// What the register held when the form was opened.
    pub(super) was: String,
    pub(super) wrong: Option<String>,
    pub(super) theirs: Option<String>,
    pub(super) asks_to_clear: bool,
    pub(super) is_needed: bool,
    pub(super) options: Vec<(String, String)>,
}

impl EditField {
    /// The ids of what describes the field.
    pub(super) fn described_by(&self) -> String {
        let parts = [("hint", self.hint.is_some()), ("wrong", self.wrong.is_some()), ("theirs", self.theirs.is_some())];
        let parts = parts.into_iter().filter(|(_, there)| *there).map(|(part, _)| format!("{}-{part}", self.name));
        parts.collect::<Vec<_>>().join(" ")
    }

    fn new(language: Language, name: &'static str, value: String) -> Self {
        let (kind, autocomplete, letters) = match name {
            "email" => ("email", "email", 254),
            "phone" => ("tel", "tel", 50),
            "street" => ("text", "street-address", 200),
            "postal_code" => ("text", "postal-code", 20),
            "city" => ("text", "address-level2", 100),
            "country" => ("text", "country", 2),
            "occupation" => ("text", "organization-title", 100),
            "birth_date" => ("date", "bday", 10),
            "given_names" => ("text", "given-name", 200),
            "surname" => ("text", "family-name", 200),
            _ => ("text", "off", 200),
        };
        let hint = match name {
            "phone" => Some(text(language, "hint-phone")),
            "country" => Some(text(language, "hint-country")),
            "workplace" => Some(text(language, "hint-workplace")),
            _ => None,
        };
        let options = if name == "language" { languages(language, &value) } else { Vec::new() };
        Self {
            name,
            label: words::field(language, name).map(String::from).unwrap_or_default(),
            hint,
            kind,
            autocomplete,
            letters,
            was: value.clone(),
            value,
            wrong: None,
            theirs: None,
            asks_to_clear: false,
            is_needed: matches!(name, "given_names" | "surname"),
            options,
        }
    }
}

fn languages(language: Language, value: &str) -> Vec<(String, String)> {
    let mut options = vec![(String::new(), text(language, "language-not-known").to_string())];
    options.extend(Language::ALL.map(|it| (it.code().to_owned(), words::language_name(it.code()))));
    if !options.iter().any(|(code, _)| code == value) {
        options.push((value.to_owned(), value.to_owned()));
    }
    options
}

/// What a field of the form holds on `card`.
pub(super) fn value(card: &Card, name: &str) -> String {
    let value = match name {
        "email" => &card.email,
        "phone" => &card.phone,
        "street" => &card.street,
        "postal_code" => &card.postal_code,
        "city" => &card.city,
        "country" => &card.country,
        "occupation" => &card.occupation,
        "language" => &card.language,
        "workplace" => &card.workplaces.first().map(|place| place.name.clone()),
        _ => &None,
    };
    value.clone().unwrap_or_default()
}

impl EditForm {
    /// With what `card` holds of `names`.
    pub(super) fn of(language: Language, names: &[&'static str], card: &Card, version: &str) -> Self {
        let fields = names.iter().map(|name| EditField::new(language, name, value(card, name)));
        Self { version: version.to_owned(), fields: fields.collect(), is_stale: false, wrongs: Vec::new() }
    }

    /// With nothing in it yet.
    pub(super) fn blank(language: Language, names: &[&'static str]) -> Self {
        let fields = names.iter().map(|name| EditField::new(language, name, String::new()));
        Self { version: String::new(), fields: fields.collect(), is_stale: false, wrongs: Vec::new() }
    }

    /// Takes in what was typed, against what the form holds now: from the register, as it is at this moment. Gives the
    /// fields to be changed, each with its new value or null, and an object that is empty when something has to be asked first.
    pub(super) fn take(&mut self, language: Language, typed: &Typed) -> Map<String, Value> {
        let mut changes = Map::new();
        let mut asks = false;
        for field in &mut self.fields {
            let Some(new) = typed.get(field.name).map(|text| text.trim().to_owned()) else { continue };
            let was = typed.get(&format!("was_{}", field.name)).map(|text| text.trim()).unwrap_or_default();
            let now = field.was.clone();
            if new == was || new == now {
                continue;
            }
            field.value = new.clone();
            if now != was {
                self.is_stale = true;
                asks = true;
                let shown = if now.is_empty() { text(language, "nothing").to_string() } else { now };
                field.theirs = Some(text(language, "theirs").with("value", shown).to_string());
            }
            if !new.is_empty() {
                changes.insert(field.name.to_owned(), new.into());
            } else if typed.contains_key(&format!("clear_{}", field.name)) {
                changes.insert(field.name.to_owned(), Value::Null);
            } else {
                field.asks_to_clear = true;
                let question = text(language, "clear-question").with("field", field.label.as_str()).to_string();
                self.wrongs.push(Wrong { name: field.name, text: question });
                asks = true;
            }
        }
        if asks { Map::new() } else { changes }
    }

    /// Whether the reader has to look at it again before something is stored.
    pub(super) fn asks(&self) -> bool {
        self.is_stale || !self.wrongs.is_empty() || self.fields.iter().any(|field| field.asks_to_clear)
    }

    /// Says at each field what is wrong with it, in the reader's language.
    pub(super) fn mark(&mut self, language: Language, problems: &[FieldProblem]) {
        for problem in problems {
            let name = problem.pointer.trim_start_matches('/').split('/').next().unwrap_or_default();
            let Some(field) =
                self.fields.iter_mut().find(|field| field.name == name || (field.name == "workplace" && name == "workplace_ids"))
            else {
                continue;
            };
            let wrong = match field.name {
                "email" => text(language, "wrong-email"),
                "phone" => text(language, "wrong-phone"),
                "country" => text(language, "wrong-country"),
                "workplace" => text(language, "wrong-workplace"),
                "birth_date" => text(language, "wrong-date"),
                "given_names" | "surname" => text(language, "wrong-name"),
                _ => text(language, "wrong-line").with("letters", field.letters),
            };
            let wrong = wrong.to_string();
            self.wrongs.push(Wrong { name: field.name, text: format!("{}: {wrong}", field.label) });
            field.wrong = Some(wrong);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(now: &str) -> EditForm {
        EditForm {
            version: String::new(),
            fields: vec![EditField::new(Language::En, "city", now.to_owned())],
            is_stale: false,
            wrongs: Vec::new(),
        }
    }

    fn typed(fields: &[(&str, &str)]) -> Typed {
        fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn only_what_was_changed_is_stored() {
        let mut same = form("Umeå");
        assert!(same.take(Language::En, &typed(&[("city", "Umeå"), ("was_city", "Umeå")])).is_empty());
        assert!(!same.asks());
        let changes = form("Umeå").take(Language::En, &typed(&[("city", "Luleå"), ("was_city", "Umeå")]));
        assert_eq!(Value::Object(changes), serde_json::json!({"city": "Luleå"}));
        // Somebody else's change of a field that was left alone here stays.
        assert!(form("Luleå").take(Language::En, &typed(&[("city", "Umeå"), ("was_city", "Umeå")])).is_empty());
        // A field that was not sent is not touched.
        assert!(form("Umeå").take(Language::En, &typed(&[])).is_empty());
    }

    #[test]
    fn an_emptied_field_is_cleared_only_after_a_question() {
        let mut asked = form("Umeå");
        assert!(asked.take(Language::En, &typed(&[("city", " "), ("was_city", "Umeå")])).is_empty());
        assert!(asked.asks() && asked.fields[0].asks_to_clear);
        let changes = form("Umeå").take(Language::En, &typed(&[("city", ""), ("was_city", "Umeå"), ("clear_city", "1")]));
        assert_eq!(Value::Object(changes), serde_json::json!({"city": null}));
    }

    #[test]
    fn what_somebody_else_changed_stands_beside_what_was_typed() {
        let mut stale = form("Luleå");
        assert!(stale.take(Language::En, &typed(&[("city", "Piteå"), ("was_city", "Umeå")])).is_empty());
        assert!(stale.is_stale);
        assert_eq!(stale.fields[0].value, "Piteå");
        assert!(stale.fields[0].theirs.as_ref().is_some_and(|theirs| theirs.contains("Luleå")));
        // Sent once more, now that it has been seen.
        assert_eq!(stale.fields[0].was, "Luleå");
    }
}
