//! What members have agreed to.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// A consent that is given. The row goes when it is withdrawn; the history says when either happened.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "consent")]
pub struct Model {
    /// Whose.
    #[sea_orm(primary_key, auto_increment = false)]
    pub member_id: Uuid,
    /// To what.
    #[sea_orm(primary_key, auto_increment = false)]
    pub purpose: Purpose,
    /// When it was given.
    pub given_at: DateTimeUtc,
    /// By what kind of caller.
    pub actor_kind: String,
    /// By which one.
    pub actor_id: Option<Uuid>,
}

impl ActiveModelBehavior for ActiveModel {}

/// What a consent is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Purpose {
    /// The newsletter.
    Newsletter,
    /// Text messages.
    Sms,
}
