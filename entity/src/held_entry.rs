//! What somebody entered that clashes with a protected member, held for the privacy officer.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// An entry that was answered as accepted, because a refusal would have said that the protected member exists.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "held_entry")]
pub struct Model {
    /// UUIDv7; the id that was given to whoever entered a new member.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The protected member with whom it clashes.
    #[sea_orm(indexed)]
    pub member_id: Uuid,
    /// The member on whose card the number was entered; none when somebody new was entered.
    #[sea_orm(indexed)]
    pub claimant_id: Option<Uuid>,
    /// In which field it clashes, as a JSON pointer.
    pub pointer: String,
    /// What was entered, sealed; gone once it is resolved.
    #[serde(serialize_with = "crate::hex::optional_bytes")]
    pub content: Option<Vec<u8>>,
    /// Keyed hash of what was entered: the same entry is held once.
    #[sea_orm(indexed)]
    #[serde(serialize_with = "crate::hex::bytes")]
    pub content_hash: Vec<u8>,
    /// By what kind of caller.
    pub actor_kind: String,
    /// By which one.
    pub actor_id: Option<Uuid>,
    /// With which import.
    pub import_id: Option<Uuid>,
    /// When.
    pub received_at: DateTimeUtc,
    /// When the privacy officer resolved it.
    pub resolved_at: Option<DateTimeUtc>,
    /// How.
    pub resolution: Option<Resolution>,
}

impl ActiveModelBehavior for ActiveModel {}

/// What became of a held entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Resolution {
    /// It was about the protected member: what was entered stands on her card now.
    SameMember,
    /// It was about somebody else, who stands in the register now, without what clashed.
    OtherMember,
    /// It was a mistake and is gone.
    Discarded,
}
