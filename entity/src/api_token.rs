//! Bearer tokens of the API.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// A bearer token: only its hash is kept.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "api_token")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What it is for, in the words of whoever made it.
    pub label: String,
    /// What it may do.
    pub role: TokenRole,
    /// SHA-256 of the token, which has 256 random bits (so no salt and no slow hash is called for).
    #[sea_orm(unique)]
    #[serde(serialize_with = "crate::hex::bytes")]
    pub token_hash: Vec<u8>,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// From when it is no longer accepted.
    pub expires_at: Option<DateTimeUtc>,
    /// When it was revoked.
    pub revoked_at: Option<DateTimeUtc>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

/// The roles for which tokens exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum TokenRole {
    /// Finds callers and keeps contact details.
    Staff,
    /// Keeps periods, appointments and the organisation; imports and exports.
    Registrar,
    /// Sees protected identities and personal identity numbers.
    PrivacyOfficer,
    /// Accounts, rules, runs, settings; no member data.
    Administrator,
    /// A system that joins on: reads `changes`.
    Feed,
}
