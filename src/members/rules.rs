//! What the fields of a member may hold. The same for API, import and, later, forms: each rule takes what was given and
//! gives what is stored, or says what to do.

use super::identity_number::{IdentityNumber, IdentityNumberError};
use chrono::{Datelike, Days, NaiveDate};
use jobs::error::FieldProblem;
use jobs::{Error, Result};

/// The longest name; people with more exist only in tests, and mails and lists must stay readable.
pub const NAME_LETTERS: usize = 200;
/// Years that a register deals with. Outside them is a slip of the finger, and PostgreSQL, SQLite, Excel and JSON
/// disagree on dates of five digits.
pub const YEARS: std::ops::RangeInclusive<i32> = 1850..=2200;

/// How far ahead a joining, change or leaving may be entered.
const AHEAD: Days = Days::new(366);

/// Gathers everything that is wrong, so that it is answered all at once.
#[derive(Debug, Default)]
pub struct Problems(Vec<FieldProblem>);

impl Problems {
    /// The value, or a note of what is wrong with the field at `pointer`.
    pub fn check<T>(&mut self, pointer: &str, outcome: Result<T, String>) -> Option<T> {
        outcome.map_err(|detail| self.add(pointer, detail)).ok()
    }

    /// Notes a problem.
    pub fn add(&mut self, pointer: &str, detail: impl Into<String>) {
        self.0.push(FieldProblem::new(pointer, detail));
    }

    /// Takes over what is wrong with the object at `pointer`.
    pub fn add_below(&mut self, pointer: &str, others: Self) {
        self.0.extend(others.0.into_iter().map(|other| FieldProblem::new(format!("{pointer}{}", other.pointer), other.detail)));
    }

    /// Whether something is wrong with the field at `pointer`.
    pub fn mention(&self, pointer: &str) -> bool {
        self.0.iter().any(|problem| problem.pointer == pointer)
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `value`, or [`Error::Invalid`] with all that is wrong. None must have been noted: [`check`](Self::check) does.
    pub fn finish<T>(self, value: Option<T>) -> Result<T> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => Err(Error::Invalid(self.0)),
        }
    }

    /// [`Error::Invalid`] with all that is wrong, if anything is.
    pub fn into_result(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::Invalid(self.0)) }
    }
}

/// A line of text of at most `letters` letters: white space trimmed and single, no control characters.
pub fn line(text: &str, letters: usize) -> Result<String, String> {
    if text.chars().any(char::is_control) {
        return Err("holds a control character; write it on one line".into());
    }
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.is_empty() {
        return Err("is empty; send null to clear it, or leave it out to keep it".into());
    }
    if line.chars().count() > letters {
        return Err(format!("is longer than {letters} letters"));
    }
    Ok(line)
}

/// A name of a person, workplace, school or the like: at least one letter or digit in it.
pub fn name(text: &str) -> Result<String, String> {
    let name = line(text, NAME_LETTERS)
        .map_err(|detail| if text.trim().is_empty() { "is empty; a name is needed".into() } else { detail })?;
    if name.chars().any(char::is_alphanumeric) { Ok(name) } else { Err("holds no letter".into()) }
}

/// An e-mail address: something, `@`, a host with a dot. Whether it works is found out by writing to it.
pub fn email(text: &str) -> Result<String, String> {
    let email = line(text, 254)?;
    let right = email.split_once('@').is_some_and(|(local, host)| {
        !local.is_empty()
            && local.len() <= 64
            && host.split('.').count() > 1
            && host.split('.').all(|label| {
                !label.is_empty()
                    && !label.starts_with('-')
                    && !label.ends_with('-')
                    && label.chars().all(|letter| letter.is_alphanumeric() || letter == '-')
            })
    }) && !email.contains(|letter: char| letter.is_whitespace() || "<>,;:\"()[]\\".contains(letter));
    if right { Ok(email) } else { Err("is no e-mail address; write it as anna@example.org".into()) }
}

/// A country, as two letters of ISO 3166-1.
pub fn country(text: &str) -> Result<String, String> {
    let code = line(text, 100)?.to_uppercase();
    if code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase()) {
        Ok(code)
    } else {
        Err("is no country; write two letters, for example SE, FI, NO, DK".into())
    }
}

/// A language, as two or three letters of ISO 639.
pub fn language(text: &str) -> Result<String, String> {
    let code = line(text, 100)?.to_lowercase();
    if (2..=3).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_lowercase()) {
        Ok(code)
    } else {
        Err("is no language; write two letters, for example sv, fi, en, nb, da".into())
    }
}

/// A personal identity number. Its country is the one that stands before it (`DK:0102031234`), else `country`, where the
/// member lives; a number whose form belongs to another country only is that country's.
pub fn identity_number(text: &str, country: &str, today: NaiveDate) -> Result<IdentityNumber, String> {
    if let Some((issuer, number)) = text.split_once(':')
        && issuer.trim().len() == 2
    {
        return IdentityNumber::parse(number, Some(issuer.trim()), today).map_err(|error| error.to_string());
    }
    IdentityNumber::parse(text, Some(country), today)
        .or_else(|error| match error {
            IdentityNumberError::Form { .. } | IdentityNumberError::CountryNotKnown => {
                IdentityNumber::parse(text, None, today).map_err(|_| error)
            }
            _ => Err(error),
        })
        .map_err(|error| format!("{error}; a number of another country is written with its country, as DK:0102031234"))
}

/// A civil date that a register can mean.
pub fn date(date: NaiveDate) -> Result<NaiveDate, String> {
    if YEARS.contains(&date.year()) {
        Ok(date)
    } else {
        Err(format!("lies outside the years {}–{}", YEARS.start(), YEARS.end()))
    }
}

/// A date of birth: not after today.
pub fn birth_date(birth: NaiveDate, today: NaiveDate) -> Result<NaiveDate, String> {
    if birth > today { Err("lies in the future".into()) } else { date(birth) }
}

/// The first or last day of a membership: at most a year ahead.
pub fn near_date(day: NaiveDate, today: NaiveDate) -> Result<NaiveDate, String> {
    if day > today + AHEAD { Err("lies more than a year ahead".into()) } else { date(day) }
}

/// Former surnames: sorted, each once.
pub fn former_surnames(names: &[String]) -> Result<Vec<String>, String> {
    if names.len() > 20 {
        return Err("holds more than 20 names".into());
    }
    let mut names: Vec<String> = names.iter().map(|text| name(text)).collect::<Result<_, _>>()?;
    names.sort();
    names.dedup();
    Ok(names)
}

/// A member number: letters, digits and hyphens.
pub fn member_number(text: &str) -> Result<String, String> {
    let number = line(text, 30)?;
    if number.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        Ok(number)
    } else {
        Err("is no member number; digits, letters a–z and hyphens are accepted".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_trouble_other_systems_are_names() {
        for text in ["Null", "O'Brien", "af Ekenstam", "Ng", "Å", "Müller-Lüdenscheidt", "李", &"a".repeat(200)] {
            assert_eq!(name(text).as_deref(), Ok(text));
        }
        assert_eq!(name("  Anna \u{a0} Maria ").as_deref(), Ok("Anna Maria"));
        for text in ["", "  ", "-", "a\0b", "a\nb", &"a".repeat(201)] {
            assert!(name(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn addresses_are_told_from_what_is_none() {
        for text in ["anna@example.org", "anna.åkesson+lista@exämple.se", "a@b.co"] {
            assert!(email(text).is_ok(), "{text}");
        }
        for text in
            ["anna", "anna@", "@example.org", "anna@example", "an na@example.org", "a@b..se", "a@b@c.se", "<a@b.se>", "a@-b.se"]
        {
            assert!(email(text).is_err(), "{text}");
        }
    }

    #[test]
    fn dates_of_five_digits_are_refused() {
        assert!(date(NaiveDate::from_ymd_opt(10_000, 1, 1).unwrap()).is_err());
        assert!(date(NaiveDate::from_ymd_opt(1849, 12, 31).unwrap()).is_err());
        assert!(date(NaiveDate::from_ymd_opt(1850, 1, 1).unwrap()).is_ok());
    }
}
