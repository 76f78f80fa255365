//! The test mail, by which an administrator sees that mail arrives.

use askama::Template;
use chrono::NaiveDate;

use super::{Content, Letterhead};
use crate::Result;

/// See the module.
#[derive(Clone, Debug)]
pub struct TestMail {
    /// The day on which it was asked for.
    pub asked_on: NaiveDate,
}

#[derive(Template)]
#[template(path = "test_mail.txt")]
struct Text<'a> {
    mail: &'a Letterhead,
    test: &'a TestMail,
}

#[derive(Template)]
#[template(path = "test_mail.html")]
struct Html<'a> {
    mail: &'a Letterhead,
    test: &'a TestMail,
    subject: &'a str,
}

impl TestMail {
    /// What rows of the outbox call it.
    pub const KIND: &'static str = "test_mail";

    /// As it goes out.
    ///
    /// # Errors
    /// [`crate::Error::Internal`] when a template cannot be rendered.
    pub fn render(&self, mail: &Letterhead) -> Result<Content> {
        let subject = mail.language.text("test-mail-subject").to_string();
        Content::render(subject.clone(), &Text { mail, test: self }, &Html { mail, test: self, subject: &subject })
    }

    /// One to look at.
    pub fn sample() -> Self {
        Self { asked_on: NaiveDate::from_ymd_opt(2026, 11, 24).unwrap_or_default() }
    }

    fn date(&self, mail: &Letterhead) -> String {
        mail.language.date(self.asked_on)
    }
}
