//! Tells a representative that her appointment ends.

use askama::Template;
use chrono::NaiveDate;

use super::{Content, Letterhead};
use crate::Result;

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppointmentEnding {
    /// The last day of the term.
    pub ends_on: NaiveDate,
}

#[derive(Template)]
#[template(path = "appointment_ending.txt")]
struct Text<'a> {
    mail: &'a Letterhead,
    ending: &'a AppointmentEnding,
}

#[derive(Template)]
#[template(path = "appointment_ending.html")]
struct Html<'a> {
    mail: &'a Letterhead,
    ending: &'a AppointmentEnding,
    subject: &'a str,
}

impl AppointmentEnding {
    /// What rows of the outbox call it.
    pub const KIND: &'static str = "appointment_ending";

    /// As it goes out.
    ///
    /// # Errors
    /// [`crate::Error::Internal`] when a template cannot be rendered.
    pub fn render(&self, mail: &Letterhead) -> Result<Content> {
        let subject = mail.language.text("ending-subject").with("date", self.date(mail)).to_string();
        Content::render(subject.clone(), &Text { mail, ending: self }, &Html { mail, ending: self, subject: &subject })
    }

    /// One to look at.
    pub fn sample() -> Self {
        Self { ends_on: NaiveDate::from_ymd_opt(2027, 1, 23).unwrap_or_default() }
    }

    fn date(&self, mail: &Letterhead) -> String {
        mail.language.date(self.ends_on)
    }
}
