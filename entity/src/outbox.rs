//! Mails to be sent, being sent and sent: one row for each message to one recipient.

use sea_orm::FromJsonQueryResult;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize, Serializer};

/// A mail: written in the transaction of its cause, complete as it goes over the wire, so that every attempt sends the
/// same bytes. What `jobs::outbox` does with it is the only way to change it.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "outbox")]
pub struct Model {
    /// UUIDv7; also the left part of its Message-ID.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What makes it happen once: a second mail with the same key is none.
    #[sea_orm(unique)]
    pub dedupe_key: String,
    /// What goes first.
    pub priority: MailPriority,
    /// What it is, for example `test_mail`.
    pub kind: String,
    /// `rule/notice/period`, for mails of lifecycle rules.
    pub slot: Option<String>,
    /// The member to whom it goes; null for other addresses.
    pub member_id: Option<Uuid>,
    /// The address to which it goes; dropped with the message.
    pub address: Option<String>,
    /// ISO 639-1 code of its language.
    pub language: String,
    /// The message (RFC 5322), byte by byte; dropped some time after it is done with.
    #[serde(serialize_with = "crate::hex::optional_bytes")]
    pub message: Option<Vec<u8>>,
    /// SHA-256 of the message, which stays.
    #[serde(serialize_with = "crate::hex::bytes")]
    pub message_hash: Vec<u8>,
    /// Goes out only while this appointment is in term and its holder or deputy is the recipient.
    pub appointment_id: Option<Uuid>,
    /// The same holds for these.
    pub more_appointments: Option<Ids>,
    /// Whom it names; goes out only while none of them has a protected identity. Dropped with the message.
    pub named_members: Option<Ids>,
    /// Goes out only while the recipient is a current member.
    pub needs_membership: bool,
    /// From then on it is of no use and does not go out.
    pub expires_at: Option<DateTimeUtc>,
    /// How far it is.
    pub state: MailState,
    /// How often sending it was begun.
    pub attempts: i32,
    /// When sending it was first begun.
    pub first_attempt_at: Option<DateTimeUtc>,
    /// When it is to be sent; null while somebody sends it and when it is done with.
    pub next_attempt_at: Option<DateTimeUtc>,
    /// Who sends it: one running courier.
    pub courier_id: Option<Uuid>,
    /// Until when the courier holds it.
    pub lease_until: Option<DateTimeUtc>,
    /// Grows with every claim. A courier that was overtaken changes nothing, because its epoch is over.
    pub epoch: i64,
    /// Why the last attempt did not succeed, without anything personal.
    pub last_error: Option<String>,
    /// When it was written.
    pub created_at: DateTimeUtc,
    /// When it was accepted, failed or withdrawn.
    pub finished_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

/// Some ids.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Ids(pub Vec<Uuid>);

/// How far a mail is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum MailState {
    /// Waits for its first attempt, or for another one after a crash before anything was sent.
    Queued,
    /// A courier has it.
    Claimed,
    /// The relay has been told that the message follows.
    DataStarted,
    /// The message is sent up to its end: from here on it may have been accepted.
    DotSent,
    /// The relay has taken it.
    Accepted,
    /// The relay could not take it now; waits for the next attempt.
    Retry,
    /// It cannot be delivered.
    Failed,
    /// The connection or the courier was lost after the message's end, before the answer. Lists and notices are sent once
    /// more with the same Message-ID, sign-in mail never.
    Uncertain,
    /// It was not to go out any more: the appointment, the membership or its time was over.
    Withdrawn,
}

/// What goes first: sign-in mail overtakes notices, and these overtake lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "i16", db_type = "SmallInteger")]
pub enum MailPriority {
    /// Somebody waits for it in front of the screen.
    #[sea_orm(num_value = 0)]
    SignIn,
    /// To one person about her own matter.
    #[sea_orm(num_value = 1)]
    Notice,
    /// Lists to representatives, by the hundred.
    #[sea_orm(num_value = 2)]
    List,
}

impl Serialize for MailPriority {
    /// As it is stored: rows are serialised for the database only.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_value().serialize(serializer)
    }
}
