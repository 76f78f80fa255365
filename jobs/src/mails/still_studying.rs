//! Asks a student who is past her expected graduation date whether she has graduated, and when.

use askama::Template;
use chrono::NaiveDate;

use super::{Content, Letterhead};
use crate::Result;

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StillStudying {
    /// The date that the register has.
    pub expected_on: NaiveDate,
    /// By which it is answered.
    pub secret: String,
}

#[derive(Template)]
#[template(path = "still_studying.txt")]
struct Text<'a> {
    mail: &'a Letterhead,
    question: &'a StillStudying,
}

#[derive(Template)]
#[template(path = "still_studying.html")]
struct Html<'a> {
    mail: &'a Letterhead,
    question: &'a StillStudying,
    subject: &'a str,
}

impl StillStudying {
    /// What rows of the outbox call it.
    pub const KIND: &'static str = "still_studying";

    /// As it goes out.
    ///
    /// # Errors
    /// [`crate::Error::Internal`] when a template cannot be rendered.
    pub fn render(&self, mail: &Letterhead) -> Result<Content> {
        let subject = mail.language.text("studying-subject").to_string();
        Content::render(subject.clone(), &Text { mail, question: self }, &Html { mail, question: self, subject: &subject })
    }

    /// One to look at.
    pub fn sample() -> Self {
        Self { expected_on: NaiveDate::from_ymd_opt(2026, 10, 31).unwrap_or_default(), secret: "x0Jr3kY8m1vQ".into() }
    }

    fn link(&self, mail: &Letterhead) -> String {
        format!("{}/questions/{}", mail.public_url, self.secret)
    }

    fn date(&self, mail: &Letterhead) -> String {
        mail.language.date(self.expected_on)
    }
}
