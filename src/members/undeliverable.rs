//! Members to whom mail cannot be delivered: a task for staff, who ask them for another address.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::member;
use entity::undeliverable_address::{Column, Entity};
use entity::visibility::Viewer;
use jobs::{Error, Result, Write};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::list::{Page, write_cursor};

/// An address of a member to which mail cannot be delivered.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Undeliverable {
    /// Its id.
    pub id: Uuid,
    /// Whose it is.
    pub member_id: Uuid,
    /// The address, in lower case.
    #[schema(example = "anna@example.org")]
    pub address: String,
    /// Whether it still stands on her card; else the task is done.
    pub on_card: bool,
    /// The mail server's codes.
    #[schema(example = "RCPT: 550 5.1.1")]
    pub reason: String,
    /// Since when.
    pub since: DateTime<Utc>,
}

/// A page of those of the members whom `viewer` may see.
///
/// # Errors
/// When the database does not answer.
pub async fn list(
    database: &impl ConnectionTrait,
    viewer: &Viewer,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Page<Undeliverable>> {
    let mut open = visible(viewer).order_by_asc(Column::Id).limit(limit + 1);
    if let Some(after) = after {
        open = open.filter(Column::Id.gt(after));
    }
    let rows = open.all(database).await?;
    let emails: HashMap<Uuid, Option<String>> = member::Entity::find()
        .select_only()
        .columns([member::Column::Id, member::Column::Email])
        .filter(member::Column::Id.is_in(rows.iter().filter_map(|row| row.member_id)))
        .into_tuple::<(Uuid, Option<String>)>()
        .all(database)
        .await?
        .into_iter()
        .collect();
    let items = rows.into_iter().filter_map(|row| {
        let member_id = row.member_id?;
        let email = emails.get(&member_id)?;
        let on_card = email.as_ref().is_some_and(|email| email.to_lowercase() == row.address);
        Some(Undeliverable { id: row.id, member_id, address: row.address, on_card, reason: row.reason, since: row.since })
    });
    Ok(Page::cut(items.collect(), limit, |item| write_cursor(item.id)))
}

/// Says that an address is right after all.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or its member is not for `viewer` to see.
pub async fn resolve(write: &Write, viewer: &Viewer, id: Uuid) -> Result<()> {
    let row = visible(viewer).filter(Column::Id.eq(id)).one(write.database()).await?.ok_or(Error::NotFound)?;
    jobs::outbox::resolve_address(write, &row.address).await
}

fn visible(viewer: &Viewer) -> sea_orm::Select<Entity> {
    Entity::find().filter(Column::ResolvedAt.is_null()).filter(Column::MemberId.in_subquery(viewer.member_ids()))
}
