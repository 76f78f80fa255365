//! What is kept about a protected identity, for the privacy officer alone.

use sea_orm::entity::prelude::*;
use serde::Serialize;

/// A protected identity in force. Its kind stands in [`member`](crate::member); the row goes when the protection is lifted.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "protection")]
pub struct Model {
    /// Whose.
    #[sea_orm(primary_key, auto_increment = false)]
    pub member_id: Uuid,
    /// Since when.
    pub since: DateTimeUtc,
    /// When the privacy officer means to look at it again. Nothing happens by itself on that day.
    pub review_on: Option<Date>,
    /// From when what locates her is purged; none for a kind that purges nothing.
    pub purge_at: Option<DateTimeUtc>,
    /// When that was done.
    pub purged_at: Option<DateTimeUtc>,
    /// The one address by which a letter reaches her, sealed.
    #[serde(serialize_with = "crate::hex::optional_bytes")]
    pub forwarding_address: Option<Vec<u8>>,
    /// The one e-mail address that is kept, sealed.
    #[serde(serialize_with = "crate::hex::optional_bytes")]
    pub email: Option<Vec<u8>>,
}

impl ActiveModelBehavior for ActiveModel {}
