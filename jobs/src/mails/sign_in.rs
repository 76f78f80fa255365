//! The mail that signs a member in: a code, and a link when a browser asked for one.
//!
//! It names neither the union nor a membership beyond what the sender's address does, and nothing of the record but a first
//! name, by which people who share an address tell their mails apart.

use askama::Template;

use super::{Content, Letterhead};
use crate::Result;

/// See the module.
#[derive(Clone, Debug)]
pub struct SignInMail {
    /// The first of the member's given names.
    pub first_name: String,
    /// The link, when there is one.
    pub link: Option<String>,
    /// The six digits.
    pub code: String,
}

#[derive(Template)]
#[template(path = "sign_in.txt")]
struct Text<'a> {
    mail: &'a Letterhead,
    sign_in: &'a SignInMail,
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct Html<'a> {
    mail: &'a Letterhead,
    sign_in: &'a SignInMail,
    subject: &'a str,
}

impl SignInMail {
    /// What rows of the outbox call it.
    pub const KIND: &'static str = "sign_in";

    /// As it goes out. The code is not in the subject, which a locked telephone shows.
    ///
    /// # Errors
    /// [`crate::Error::Internal`] when a template cannot be rendered.
    pub fn render(&self, mail: &Letterhead) -> Result<Content> {
        let subject = mail.language.text("sign-in-subject").to_string();
        Content::render(subject.clone(), &Text { mail, sign_in: self }, &Html { mail, sign_in: self, subject: &subject })
    }

    /// One to look at.
    pub fn sample() -> Self {
        Self {
            first_name: "Anna".into(),
            link: Some("https://register.example.org/sign-in/link/x0Jr3kY8m1vQ".into()),
            code: "048213".into(),
        }
    }
}
