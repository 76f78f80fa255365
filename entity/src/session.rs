//! Sessions: who is signed in, by what.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// A session of an account or of a member, exactly one of the two. When it ends by itself follows from the roles of its
/// holder (`access::sessions`) and is not kept.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "session")]
pub struct Model {
    /// UUIDv7. Stays while the secret changes.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// SHA-256 of the cookie, which has 256 random bits.
    #[sea_orm(unique)]
    #[serde(serialize_with = "crate::hex::bytes")]
    pub secret_hash: Vec<u8>,
    /// Whose, when she works with the register.
    #[sea_orm(indexed)]
    pub account_id: Option<Uuid>,
    /// Whose, when she is a member who looks after her own record and, appointed, after others'.
    #[sea_orm(indexed)]
    pub member_id: Option<Uuid>,
    /// How she signed in.
    pub method: Method,
    /// How sure that is.
    pub assurance: Assurance,
    /// When she signed in.
    pub created_at: DateTimeUtc,
    /// When she was last there, to the minute.
    pub last_seen_at: DateTimeUtc,
    /// Until when the second factor that she last showed counts as fresh.
    pub fresh_until: Option<DateTimeUtc>,
    /// When it was ended.
    pub revoked_at: Option<DateTimeUtc>,
    /// Browser and system in a few words, so that she knows it again.
    pub browser: String,
}

impl ActiveModelBehavior for ActiveModel {}

/// How somebody signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Method {
    /// The link of a mail.
    Link,
    /// The six digits of a mail.
    Code,
    /// Password and one-time code.
    Password,
    /// Password and recovery code.
    RecoveryCode,
}

/// How sure it is that somebody is who she says, from the least on.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Assurance {
    /// She reads the mail of the address that the register holds.
    Mailed,
    /// Two factors, or an identity service that vouches for her.
    Strong,
}
