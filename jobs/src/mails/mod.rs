//! What mails say: one file for each kind, over two templates (text and HTML) in `jobs/templates/` that share a layout.
//!
//! A kind has its `KIND`, a `render` that takes a [`Letterhead`], and a line in [`samples`], by which the tests render it in every
//! language and `matrikel mails` shows it. Not for sending: [`crate::outbox`].

use askama::Template;

pub mod account_notice;
pub mod alarm;
pub mod appointment_ending;
pub mod confirm_details;
pub mod email_confirmation;
pub mod email_notice;
pub mod follow_up_list;
pub mod sign_in;
pub mod still_studying;
pub mod test_mail;

pub use account_notice::AccountNotice;
pub use alarm::Alarm;
pub use appointment_ending::AppointmentEnding;
pub use confirm_details::ConfirmDetails;
pub use email_confirmation::EmailConfirmation;
pub use email_notice::EmailNotice;
pub use follow_up_list::FollowUpList;
pub use sign_in::SignInMail;
pub use still_studying::StillStudying;
pub use test_mail::TestMail;

use crate::texts::Language;
use crate::{Error, Result};

/// What the templates of every mail know.
#[derive(Clone, Debug)]
pub struct Letterhead {
    /// The recipient's language.
    pub language: Language,
    /// How the service is reached, without a slash at the end.
    pub public_url: String,
    /// The host in it, as it is shown to people.
    pub host: String,
}

/// What a mail says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// The subject; what is no printable character in it is left out.
    pub subject: String,
    /// The body as plain text.
    pub text: String,
    /// The same as HTML.
    pub html: String,
    /// Whether the sender is named beside her address: not where her name says whose member the recipient is.
    pub names_sender: bool,
}

impl Content {
    /// Renders a mail's two templates.
    ///
    /// # Errors
    /// [`Error::Internal`] when a template cannot be rendered.
    pub fn render(subject: String, text: &impl Template, html: &impl Template) -> Result<Self> {
        let text = text.render().map_err(Error::internal)?;
        let html = html.render().map_err(Error::internal)?;
        Ok(Self { subject, text, html, names_sender: true })
    }
}

/// Every kind of mail with what it may say: for looking at them and for the tests.
///
/// # Errors
/// [`Error::Internal`] when a template cannot be rendered.
pub fn samples(letterhead: &Letterhead) -> Result<Vec<(&'static str, Content)>> {
    let mut samples = vec![
        (SignInMail::KIND, SignInMail::sample().render(letterhead)?),
        (EmailConfirmation::KIND, EmailConfirmation::sample().render(letterhead)?),
        (AccountNotice::KIND, AccountNotice::sample().render(letterhead)?),
        (EmailNotice::KIND, EmailNotice::sample().render(letterhead)?),
        (TestMail::KIND, TestMail::sample().render(letterhead)?),
        (AppointmentEnding::KIND, AppointmentEnding::sample().render(letterhead)?),
        (ConfirmDetails::KIND, ConfirmDetails.render(letterhead)?),
        (StillStudying::KIND, StillStudying::sample().render(letterhead)?),
        (Alarm::KIND, Alarm::sample().render(letterhead)?),
    ];
    for (name, list) in FollowUpList::samples() {
        samples.push((name, list.render(letterhead)?));
    }
    Ok(samples)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    fn letterhead(language: Language) -> Letterhead {
        Letterhead { language, public_url: "https://register.example.org".into(), host: "register.example.org".into() }
    }

    #[test]
    fn every_mail_renders_in_every_language_as_text_and_html() {
        for language in Language::ALL {
            for (kind, content) in samples(&letterhead(language)).unwrap() {
                for text in [&content.subject, &content.text, &content.html] {
                    assert!(!text.trim().is_empty(), "{kind} in {language:?}");
                    assert!(!text.contains("Unknown localization key"), "{kind} in {language:?}: {text}");
                    assert!(!text.contains(['\u{2068}', '\u{2069}']), "{kind} in {language:?}: invisible marks");
                }
                assert!(!content.subject.contains('\n'), "{kind} in {language:?}");
                assert!(!content.text.contains("&#"), "{kind} in {language:?}: HTML in the text");
                assert!(!content.text.contains("\n\n\n"), "{kind} in {language:?}: gaps in the text\n{}", content.text);
                assert!(!content.html.contains("<img") && !content.html.contains("http-equiv"), "{kind} in {language:?}");
            }
        }
    }

    #[test]
    fn every_template_belongs_to_a_sample() {
        let kinds: BTreeSet<&str> =
            samples(&letterhead(Language::Sv)).unwrap().into_iter().map(|(kind, _)| kind).chain(["layout"]).collect();
        for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("templates")).unwrap() {
            let path = entry.unwrap().path();
            let stem = path.file_stem().unwrap().to_str().unwrap();
            assert!(kinds.contains(stem) || stem.starts_with('_'), "{} is of no sample", path.display());
        }
    }
}
