//! The mail to a new e-mail address: a link and a code, by which the member shows that she reads it.
//!
//! It may reach a stranger, because addresses are mistyped: it names nobody, and neither link nor code is of any use
//! outside the member's own session.

use askama::Template;

use super::{Content, Letterhead};
use crate::Result;

/// See the module.
#[derive(Clone, Debug)]
pub struct EmailConfirmation {
    /// The link.
    pub link: String,
    /// The six digits.
    pub code: String,
}

#[derive(Template)]
#[template(path = "email_confirmation.txt")]
struct Text<'a> {
    mail: &'a Letterhead,
    change: &'a EmailConfirmation,
}

#[derive(Template)]
#[template(path = "email_confirmation.html")]
struct Html<'a> {
    mail: &'a Letterhead,
    change: &'a EmailConfirmation,
    subject: &'a str,
}

impl EmailConfirmation {
    /// What rows of the outbox call it.
    pub const KIND: &'static str = "email_confirmation";

    /// As it goes out.
    ///
    /// # Errors
    /// [`crate::Error::Internal`] when a template cannot be rendered.
    pub fn render(&self, mail: &Letterhead) -> Result<Content> {
        let subject = mail.language.text("email-confirm-subject").to_string();
        Content::render(subject.clone(), &Text { mail, change: self }, &Html { mail, change: self, subject: &subject })
    }

    /// One to look at.
    pub fn sample() -> Self {
        Self { link: "https://register.example.org/me/email/x0Jr3kY8m1vQ".into(), code: "048213".into() }
    }
}
