//! Who has promised to keep to herself what she sees here.

use sea_orm::entity::prelude::*;
use serde::Serialize;

/// The acceptance of one version of the confidentiality pledge by an account or a member, exactly one of the two.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "pledge")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Who, when she works with the register.
    pub account_id: Option<Uuid>,
    /// Who, when she is a representative.
    pub member_id: Option<Uuid>,
    /// Which text.
    pub version: String,
    /// When.
    pub accepted_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
