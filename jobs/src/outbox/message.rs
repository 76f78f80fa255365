//! A mail as it goes over the wire (RFC 5322), made once and kept: every attempt sends the same bytes.

use chrono::{DateTime, Utc};
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::{Address, Message};
use uuid::Uuid;

use super::Sender;
use crate::mails::Content;
use crate::{Error, Result};

/// How many characters of a name or subject stand in a header.
const LONGEST: usize = 200;

/// What a message is made of, beside its content.
pub(super) struct Envelope<'a> {
    pub(super) id: Uuid,
    pub(super) at: DateTime<Utc>,
    pub(super) to: Address,
    pub(super) name: Option<&'a str>,
    pub(super) language: &'static str,
    pub(super) slot: Option<&'a str>,
}

/// The message's bytes. List-Unsubscribe is absent: nobody can unsubscribe from what the rules of the union ask of her.
pub(super) fn build(sender: &Sender, envelope: Envelope<'_>, content: Content) -> Result<Vec<u8>> {
    let name = envelope.name.map(printable).filter(|name| !name.is_empty());
    let mut message = Message::builder()
        .from(Mailbox::new(sender.mailbox.name.clone().filter(|_| content.names_sender), sender.mailbox.email.clone()))
        .to(Mailbox::new(name, envelope.to))
        .subject(printable(&content.subject))
        .date(envelope.at.into())
        .message_id(Some(format!("<{}@{}>", envelope.id, sender.mailbox.email.domain())))
        .raw_header(header("Auto-Submitted", "auto-generated"))
        // Exchange sends absence notes to what only the line above tells apart.
        .raw_header(header("X-Auto-Response-Suppress", "OOF, AutoReply"))
        .raw_header(header("Content-Language", envelope.language));
    if let Some(slot) = envelope.slot {
        message = message.raw_header(header("X-Matrikel-Slot", &printable(slot)));
    }
    let parts = MultiPart::alternative()
        // Not random, so that the same mail is the same bytes; with letters that quoted-printable would write otherwise.
        .boundary(format!("=_{}", envelope.id.simple()))
        .singlepart(SinglePart::plain(content.text))
        .singlepart(SinglePart::html(content.html));
    Ok(message.multipart(parts).map_err(Error::internal)?.formatted())
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

/// On one line, without control characters and without the marks that turn the direction of what follows: a name must not
/// look like another header, nor hide what stands after it, nor be decoded into something else.
fn printable(text: &str) -> String {
    let visible: String = text
        .chars()
        .filter(
            |letter| !matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}'),
        )
        .map(|letter| if letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}') { ' ' } else { letter })
        .collect();
    let line = visible.split_whitespace().collect::<Vec<_>>().join(" ").replace("=?", "= ?");
    line.chars().take(LONGEST).collect()
}
