//! What an account signs in with.

use sea_orm::entity::prelude::*;
use serde::Serialize;

/// Password and second factor of one account. A new set-up makes a new secret and clears the password.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "credential")]
pub struct Model {
    /// Whose.
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: Uuid,
    /// Argon2id, in PHC form; null until the account is set up.
    pub password_hash: Option<String>,
    /// The secret of the one-time codes (RFC 6238), sealed for `account_id`.
    #[serde(serialize_with = "crate::hex::bytes")]
    pub totp_secret: Vec<u8>,
    /// The last time step whose code was accepted: it and earlier ones are not accepted again.
    pub totp_last_step: i64,
    /// A secret that takes the place of `totp_secret` once a code of it was shown, sealed.
    #[serde(serialize_with = "crate::hex::optional_bytes")]
    pub totp_next_secret: Option<Vec<u8>>,
    /// SHA-256 of the secret in the set-up link; null when there is none to be used.
    #[sea_orm(unique)]
    #[serde(serialize_with = "crate::hex::optional_bytes")]
    pub set_up_hash: Option<Vec<u8>>,
    /// From when the set-up link is no longer accepted.
    pub set_up_expires_at: Option<DateTimeUtc>,
    /// When the password was last set.
    pub password_set_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
