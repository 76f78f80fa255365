//! Changes of the e-mail address that members ask for themselves.

use sea_orm::entity::prelude::*;
use serde::Serialize;

/// An address that is to take the place of another one, once it has shown that mail to it is read. At most one waits for
/// each member.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "email_change")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose.
    #[sea_orm(indexed)]
    pub member_id: Uuid,
    /// The new address.
    pub email: String,
    /// The address that stood in the register when it was asked for.
    pub replaces: Option<String>,
    /// SHA-256 of the secret of the link that went to the new address.
    #[sea_orm(unique)]
    #[serde(serialize_with = "crate::hex::bytes")]
    pub link_hash: Vec<u8>,
    /// Keyed hash of the six digits that went there, for this row.
    #[serde(serialize_with = "crate::hex::bytes")]
    pub code_hash: Vec<u8>,
    /// SHA-256 of the secret by which the old address can stop it; null when it cannot.
    #[sea_orm(unique)]
    #[serde(serialize_with = "crate::hex::optional_bytes")]
    pub stop_hash: Option<Vec<u8>>,
    /// Wrong codes typed.
    pub wrong_codes: i32,
    /// When it was asked for.
    pub created_at: DateTimeUtc,
    /// From when it can no longer be confirmed.
    pub expires_at: DateTimeUtc,
    /// When it was confirmed: since then the address stands in the register.
    pub confirmed_at: Option<DateTimeUtc>,
    /// Until when it is stopped, when it was.
    pub stopped_until: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
