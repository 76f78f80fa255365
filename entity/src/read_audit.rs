//! Who has seen which members.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// One answer that held member data. Written before the answer is given; on SQLite in a file of its own, so that a long
/// write to the register does not stop reading.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "read_audit")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// When.
    #[sea_orm(indexed)]
    pub at: DateTimeUtc,
    /// What kind of caller: a role, or `system` for the command line.
    pub actor_kind: String,
    /// Which one; null for the command line.
    pub actor_id: Option<Uuid>,
    /// Listed among hits, or opened.
    pub access: Access,
    /// By which operation, for example `search_members` or `export`.
    pub operation: String,
    /// The request's id, as in the log; null outside a request.
    pub request_id: Option<Uuid>,
    /// How many members the answer held.
    pub members: i64,
    /// The ids of the members, as a JSON array; null when the answer held the whole register (an export).
    pub member_ids: Option<Json>,
}

impl ActiveModelBehavior for ActiveModel {}

/// How a member was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Access {
    /// Among the hits of a list or a search.
    Listed,
    /// As a card, in an export or a mail.
    Opened,
}
