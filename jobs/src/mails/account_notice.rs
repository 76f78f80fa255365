//! Tells whoever works with the register that what she signs in with is another now.

use askama::Template;

use super::{Content, Letterhead};
use crate::Result;

/// See the module.
#[derive(Clone, Debug)]
pub struct AccountNotice {
    /// Her name.
    pub name: String,
    /// What is another now.
    pub news: AccountNews,
}

/// What is another now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountNews {
    /// An administrator has made a new set-up link: password and second factor are over.
    Reset,
    /// The password.
    Password,
    /// The second factor.
    SecondFactor,
}

#[derive(Template)]
#[template(path = "account_notice.txt")]
struct Text<'a> {
    mail: &'a Letterhead,
    notice: &'a AccountNotice,
}

#[derive(Template)]
#[template(path = "account_notice.html")]
struct Html<'a> {
    mail: &'a Letterhead,
    notice: &'a AccountNotice,
    subject: &'a str,
}

impl AccountNotice {
    /// What rows of the outbox call it.
    pub const KIND: &'static str = "account_notice";

    /// As it goes out.
    ///
    /// # Errors
    /// [`crate::Error::Internal`] when a template cannot be rendered.
    pub fn render(&self, mail: &Letterhead) -> Result<Content> {
        let subject = mail.language.text("account-notice-subject").to_string();
        Content::render(subject.clone(), &Text { mail, notice: self }, &Html { mail, notice: self, subject: &subject })
    }

    /// One to look at.
    pub fn sample() -> Self {
        Self { name: "Berit Ekstrand".into(), news: AccountNews::Reset }
    }

    fn said(&self, mail: &Letterhead) -> String {
        let text = match self.news {
            AccountNews::Reset => mail.language.text("account-notice-reset"),
            AccountNews::Password => mail.language.text("account-notice-password"),
            AccountNews::SecondFactor => mail.language.text("account-notice-second-factor"),
        };
        text.to_string()
    }
}
