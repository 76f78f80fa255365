//! Which contact details were checked with the member, when, by whom and how.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// A detail was right when it was last checked with the member. The row goes when the detail changes.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "verification")]
pub struct Model {
    /// Whose.
    #[sea_orm(primary_key, auto_increment = false)]
    pub member_id: Uuid,
    /// Which detail.
    #[sea_orm(primary_key, auto_increment = false)]
    pub detail: Detail,
    /// When.
    pub verified_at: DateTimeUtc,
    /// By what kind of caller.
    pub actor_kind: String,
    /// By which one.
    pub actor_id: Option<Uuid>,
    /// How it was checked.
    pub channel: Channel,
}

impl ActiveModelBehavior for ActiveModel {}

/// The details that are checked at every meeting with a member (JHL's service promise).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, EnumIter, DeriveActiveEnum, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Detail {
    /// E-mail address.
    Email,
    /// Telephone number.
    Phone,
    /// Occupation.
    Occupation,
    /// Workplaces.
    Workplace,
}

/// How details were checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Channel {
    /// On the telephone.
    Phone,
    /// By mail.
    Email,
    /// Face to face.
    InPerson,
    /// By the member herself.
    SelfService,
}
