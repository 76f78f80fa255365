//! Tells the administrator that a run is missing or is not as it should be.

use askama::Template;

use super::{Content, Letterhead};
use crate::Result;

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// Rule, notice and slot: `graduate-follow-up/month_ahead/2027-01`.
    pub slot: String,
    /// What is wrong.
    pub wrong: Wrong,
    /// What the run itself says, in English; empty when there is none.
    pub detail: String,
}

/// What can be wrong with a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Wrong {
    /// It has not begun an hour after it was due.
    Missing,
    /// It began and has not ended an hour after it was due.
    Unfinished,
    /// It ended and did not find, or did not write, what it should.
    Doubtful,
}

#[derive(Template)]
#[template(path = "alarm.txt")]
struct Text<'a> {
    mail: &'a Letterhead,
    alarm: &'a Alarm,
}

#[derive(Template)]
#[template(path = "alarm.html")]
struct Html<'a> {
    mail: &'a Letterhead,
    alarm: &'a Alarm,
    subject: &'a str,
}

impl Alarm {
    /// What rows of the outbox call it.
    pub const KIND: &'static str = "alarm";

    /// As it goes out.
    ///
    /// # Errors
    /// [`crate::Error::Internal`] when a template cannot be rendered.
    pub fn render(&self, mail: &Letterhead) -> Result<Content> {
        let subject = mail.language.text("alarm-subject").with("slot", &self.slot).to_string();
        Content::render(subject.clone(), &Text { mail, alarm: self }, &Html { mail, alarm: self, subject: &subject })
    }

    /// One to look at.
    pub fn sample() -> Self {
        Self { slot: "graduate-follow-up/month_ahead/2027-01".into(), wrong: Wrong::Missing, detail: String::new() }
    }

    fn what(&self, mail: &Letterhead) -> String {
        let language = mail.language;
        let text = match self.wrong {
            Wrong::Missing => language.text("alarm-missing"),
            Wrong::Unfinished => language.text("alarm-unfinished"),
            Wrong::Doubtful => language.text("alarm-doubtful"),
        };
        text.to_string()
    }
}
