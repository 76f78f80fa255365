//! What was typed to sign in, until a job has seen whose it is.

use sea_orm::entity::prelude::*;
use serde::Serialize;

/// Somebody asks for a link. Written without looking anything up; the job that mails the links drops it.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "sign_in_request")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What was typed, sealed.
    #[serde(serialize_with = "crate::hex::bytes")]
    pub identifier: Vec<u8>,
    /// Keyed hash of it, by which the code is found again.
    #[serde(serialize_with = "crate::hex::bytes")]
    pub identifier_hash: Vec<u8>,
    /// SHA-256 of the browser's cookie: the link works there only.
    #[serde(serialize_with = "crate::hex::bytes")]
    pub browser_hash: Vec<u8>,
    /// Keyed hash of the network that it came from.
    #[serde(serialize_with = "crate::hex::bytes")]
    pub network_hash: Vec<u8>,
    /// From when it is answered for browsers that nobody knows yet: later than it came, when the identifier was typed
    /// often of late.
    pub not_before: DateTimeUtc,
    /// When the job looks at it next.
    #[sea_orm(indexed)]
    pub due_at: DateTimeUtc,
    /// When it came.
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
