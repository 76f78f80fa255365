//! Which members work where.

use sea_orm::entity::prelude::*;
use serde::Serialize;

/// A member works at a workplace; she may have several.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "member_workplace")]
pub struct Model {
    /// Who.
    #[sea_orm(primary_key, auto_increment = false)]
    pub member_id: Uuid,
    /// Where.
    #[sea_orm(primary_key, auto_increment = false)]
    pub workplace_id: Uuid,
}

/// What it is joined with.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {
    /// The workplace.
    #[sea_orm(belongs_to = "crate::workplace::Entity", from = "Column::WorkplaceId", to = "crate::workplace::Column::Id")]
    Workplace,
}

impl ActiveModelBehavior for ActiveModel {}
