//! Addresses to which mail cannot be delivered: nothing more is sent to them, and staff ask for a better one.

use sea_orm::entity::prelude::*;
use serde::Serialize;

/// An address that a mail server refused for good.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "undeliverable_address")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The address, in lower case. At most one open row has it.
    pub address: String,
    /// The member to whom the refused mail went.
    #[sea_orm(indexed)]
    pub member_id: Option<Uuid>,
    /// The mail that was refused.
    pub outbox_id: Uuid,
    /// What the mail server said, as codes only: `550 5.1.1`.
    pub reason: String,
    /// Since when.
    pub since: DateTimeUtc,
    /// When staff said that the address is right again, or mail to it was accepted.
    pub resolved_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
