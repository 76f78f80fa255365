//! Mails as a test reads them: what the courier wrote into the folder `mail`.

use std::rc::Rc;

use entity::mailing::MailSwitch;
use entity::outbox::{self, MailPriority, MailState};
use entity::undeliverable_address;
use jobs::courier::Courier;
use jobs::history::Actor;
use jobs::mails::{Content, TestMail};
use jobs::outbox::queue::Which;
use jobs::outbox::{Enqueued, Needs, NewMail, Recipient, switch};
use jobs::texts::Language;
use mail_parser::{HeaderName, HeaderValue, MessageParser};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::app::TestApp;

/// A mail, read as a mail program reads it.
#[derive(Clone, Debug)]
pub(crate) struct Mail {
    /// Byte by byte.
    pub(crate) raw: Vec<u8>,
    /// The name and the address to which it goes.
    pub(crate) to: (String, String),
    /// Its subject.
    pub(crate) subject: String,
    /// The plain text.
    pub(crate) text: String,
    /// The HTML.
    pub(crate) html: String,
    /// All its headers, decoded: names and values.
    pub(crate) headers: Vec<(String, String)>,
}

impl Mail {
    /// Reads a message.
    pub(crate) fn read(raw: Vec<u8>) -> Self {
        let message = MessageParser::default().parse(&raw).expect("a message");
        let to = message.to().and_then(|to| to.first()).expect("a recipient");
        let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
        let headers = message.headers_raw().map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect();
        assert!(matches!(message.header(HeaderName::To), Some(HeaderValue::Address(_))));
        Self {
            to: (text(to.name()), text(to.address())),
            subject: text(message.subject()),
            text: message.body_text(0).expect("a text").into_owned(),
            html: message.body_html(0).expect("HTML").into_owned(),
            headers,
            raw,
        }
    }

    /// The value of a header that stands once.
    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values =
            self.headers.iter().filter(|(header, _)| header.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str());
        let first = values.next();
        assert_eq!(values.next(), None, "{name} stands twice");
        first
    }
}

impl TestApp {
    /// A courier that writes mails into the folder `mail`.
    pub(crate) fn courier(&self) -> Rc<Courier> {
        let transport = self.state.config.transport().expect("the settings are right");
        Courier::new(self.store().clone(), self.state.outbox.clone(), transport)
    }

    /// Sends what waits, and gives all mails sent so far, in the order in which they were written.
    pub(crate) async fn mails(&self) -> Vec<Mail> {
        self.courier().drain(Which::All).await.expect("mails can be sent");
        let folder = self.place.folder().join("mail");
        let mut files: Vec<_> = match std::fs::read_dir(folder) {
            Ok(entries) => entries.map(|entry| entry.expect("an entry").path()).collect(),
            Err(_) => Vec::new(),
        };
        files.sort();
        files.into_iter().map(|path| Mail::read(std::fs::read(path).expect("a mail"))).collect()
    }

    /// Writes a mail.
    pub(crate) async fn enqueue(&self, mail: NewMail) -> Enqueued {
        let outbox = &self.state.outbox;
        let written = self.store().write(&Actor::system(), async |write| outbox.enqueue(write, mail.clone()).await).await;
        written.expect("a mail can be written")
    }

    /// The rows of the outbox, in the order in which they were written.
    pub(crate) async fn outbox(&self) -> Vec<outbox::Model> {
        let rows = outbox::Entity::find().order_by_asc(outbox::Column::Id).all(self.store().database()).await;
        rows.expect("the outbox can be read")
    }

    /// Starts outgoing mail, as an administrator does.
    pub(crate) async fn start_mailing(&self) {
        let started = self.store().write(&Actor::system(), async |write| switch::set(write, MailSwitch::Running).await).await;
        started.expect("mailing can be started");
    }

    /// The addresses to which nothing is sent.
    pub(crate) async fn undeliverable(&self) -> Vec<undeliverable_address::Model> {
        let open = undeliverable_address::Entity::find().filter(undeliverable_address::Column::ResolvedAt.is_null());
        open.all(self.store().database()).await.expect("they can be read")
    }

    /// How far a mail is.
    pub(crate) async fn mail_state(&self, id: Uuid) -> MailState {
        jobs::outbox::find(self.store(), id).await.expect("the mail is there").state
    }
}

/// A notice to somebody who is no member, with what can go wrong left out.
pub(crate) fn notice(key: &str, address: &str) -> NewMail {
    let content = Content { subject: "Ämne".into(), text: "Hej å\n".into(), html: "<p>Hej å</p>".into(), names_sender: true };
    NewMail {
        dedupe_key: key.into(),
        priority: MailPriority::Notice,
        kind: TestMail::KIND,
        slot: None,
        to: Recipient { member_id: None, name: None, address: address.into() },
        language: Language::Sv,
        content,
        needs: Needs::default(),
    }
}
