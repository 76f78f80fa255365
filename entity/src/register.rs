//! What the register knows of itself: one row.

use sea_orm::entity::prelude::*;
use serde::Serialize;

/// The one row of the table.
pub const ID: i32 = 1;

/// What the register knows of itself.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "register")]
pub struct Model {
    /// Always [`ID`].
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    /// The number of the last change; see [`history`](crate::history).
    pub change_number: i64,
    /// The next member number to give. Never goes back, so a number is never reused.
    pub next_member_number: i64,
    /// Fingerprint of the key with which secrets are sealed.
    pub key_fingerprint: String,
    /// Whether the members are invented.
    pub demo: bool,
}

impl ActiveModelBehavior for ActiveModel {}
