//! The switch of outgoing mail: at most one row.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// The one row of the table; without it nobody has started mailing yet.
pub const ID: i32 = 1;

/// The switch of outgoing mail, as it was last set.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "mailing")]
pub struct Model {
    /// Always [`ID`].
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    /// Whether mail goes out.
    pub switch: MailSwitch,
    /// When it was set.
    pub changed_at: DateTimeUtc,
    /// Who set it: a role's word, or `system`.
    pub actor_kind: String,
    /// Which token or account.
    pub actor_id: Option<Uuid>,
}

impl ActiveModelBehavior for ActiveModel {}

/// Whether mail goes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum MailSwitch {
    /// It goes out.
    Running,
    /// Nothing goes out.
    Paused,
}
