//! Asks a member who could not be reached to look whether her contact details are right.

use askama::Template;

use super::{Content, Letterhead};
use crate::Result;

/// See the module. It says nothing of what the register holds: it may be read by somebody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConfirmDetails;

#[derive(Template)]
#[template(path = "confirm_details.txt")]
struct Text<'a> {
    mail: &'a Letterhead,
}

#[derive(Template)]
#[template(path = "confirm_details.html")]
struct Html<'a> {
    mail: &'a Letterhead,
    subject: &'a str,
}

impl ConfirmDetails {
    /// What rows of the outbox call it.
    pub const KIND: &'static str = "confirm_details";

    /// As it goes out.
    ///
    /// # Errors
    /// [`crate::Error::Internal`] when a template cannot be rendered.
    pub fn render(self, mail: &Letterhead) -> Result<Content> {
        let subject = mail.language.text("confirm-subject").to_string();
        Content::render(subject.clone(), &Text { mail }, &Html { mail, subject: &subject })
    }
}
