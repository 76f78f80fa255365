//! What members propose about their own record, for somebody else to decide.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// A proposal. At most one of a kind waits for each member.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "proposal")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose.
    #[sea_orm(indexed)]
    pub member_id: Uuid,
    /// What it is about.
    pub kind: Kind,
    /// What is proposed; see `members::proposals`.
    pub content: Json,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it was decided.
    pub decided_at: Option<DateTimeUtc>,
    /// How.
    pub decision: Option<Decision>,
    /// By what kind of caller.
    pub decided_by_kind: Option<String>,
    /// By which one.
    pub decided_by_id: Option<Uuid>,
}

impl ActiveModelBehavior for ActiveModel {}

/// What a proposal is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Kind {
    /// Where she works.
    Workplace,
    /// When she graduated, or expects to.
    Graduation,
    /// That she be erased.
    Erasure,
}

/// What became of a proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Decision {
    /// It stands in the register.
    Accepted,
    /// It does not.
    Declined,
    /// A newer one took its place.
    Replaced,
}
