//! The notice to the old e-mail address of a member whose address is to change, or has been changed by staff.
//!
//! It names neither the union nor the new address: others may read an old mailbox. What stands in it of the service is the
//! link by which the change is stopped, and the sender's address, without a name.

use askama::Template;

use super::{Content, Letterhead};
use crate::Result;

/// See the module.
#[derive(Clone, Debug)]
pub struct EmailNotice {
    /// The first of the member's given names.
    pub first_name: String,
    /// What has happened.
    pub news: EmailNews,
}

/// What has happened to the address.
#[derive(Clone, Debug)]
pub enum EmailNews {
    /// She asked for the change herself; whoever opens this link may stop it.
    Stoppable(String),
    /// She asked for it herself and has shown who she is: it cannot be stopped from here.
    Asked,
    /// Staff have changed it after they had checked who calls.
    ByStaff,
}

#[derive(Template)]
#[template(path = "email_notice.txt")]
struct Text<'a> {
    mail: &'a Letterhead,
    notice: &'a EmailNotice,
}

#[derive(Template)]
#[template(path = "email_notice.html")]
struct Html<'a> {
    mail: &'a Letterhead,
    notice: &'a EmailNotice,
    subject: &'a str,
}

impl EmailNotice {
    /// What rows of the outbox call it.
    pub const KIND: &'static str = "email_notice";

    /// As it goes out.
    ///
    /// # Errors
    /// [`crate::Error::Internal`] when a template cannot be rendered.
    pub fn render(&self, mail: &Letterhead) -> Result<Content> {
        let subject = mail.language.text("email-notice-subject").to_string();
        let content =
            Content::render(subject.clone(), &Text { mail, notice: self }, &Html { mail, notice: self, subject: &subject })?;
        Ok(Content { names_sender: false, ..content })
    }

    /// One to look at.
    pub fn sample() -> Self {
        let link = "https://register.example.org/email-change/stop/x0Jr3kY8m1vQ".into();
        Self { first_name: "Anna".into(), news: EmailNews::Stoppable(link) }
    }

    fn by_staff(&self) -> bool {
        matches!(self.news, EmailNews::ByStaff)
    }

    fn stop_link(&self) -> Option<&str> {
        match &self.news {
            EmailNews::Stoppable(link) => Some(link),
            EmailNews::Asked | EmailNews::ByStaff => None,
        }
    }
}
