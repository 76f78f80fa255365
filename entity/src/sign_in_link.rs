//! Links and codes that were mailed, each to be used once.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// A link with its code, for one member; or for nobody: then no link and no code fits, and who tries finds no difference.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "sign_in_link")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// For what.
    pub purpose: Purpose,
    /// Whom it signs in.
    #[sea_orm(indexed)]
    pub member_id: Option<Uuid>,
    /// The request that it answers.
    pub request_id: Option<Uuid>,
    /// SHA-256 of the link's secret, which has 256 random bits; null when only a code was mailed.
    #[sea_orm(unique)]
    #[serde(serialize_with = "crate::hex::optional_bytes")]
    pub link_hash: Option<Vec<u8>>,
    /// Keyed hash of the six digits, for this row.
    #[serde(serialize_with = "crate::hex::bytes")]
    pub code_hash: Vec<u8>,
    /// Keyed hash of what was typed to ask for it; null when nothing was.
    #[sea_orm(indexed)]
    #[serde(serialize_with = "crate::hex::optional_bytes")]
    pub identifier_hash: Option<Vec<u8>>,
    /// SHA-256 of the cookie of the browser that asked.
    #[sea_orm(indexed)]
    #[serde(serialize_with = "crate::hex::optional_bytes")]
    pub browser_hash: Option<Vec<u8>>,
    /// For a step-up: the session that asked.
    pub session_id: Option<Uuid>,
    /// Wrong codes typed in the browser that asked.
    pub wrong_here: i32,
    /// Wrong codes typed in other browsers.
    pub wrong_elsewhere: i32,
    /// When it was mailed.
    pub created_at: DateTimeUtc,
    /// From when it is no longer accepted.
    #[sea_orm(indexed)]
    pub expires_at: DateTimeUtc,
    /// When it was used.
    pub spent_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

/// What a mailed link or code is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Purpose {
    /// To sign in.
    SignIn,
    /// To show once more, in a running session, that the mail is hers.
    StepUp,
}
