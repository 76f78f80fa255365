//! Taking back what a member changed herself, for a day. Her e-mail address is not among it: whoever has taken over her
//! mailbox must not get the old address back.

use chrono::{DateTime, Duration, Utc};
use entity::history::{self, Change, Subject};
use jobs::{Error, Result, Write};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::Value;
use uuid::Uuid;

use crate::access::keys::Keys;
use crate::members::details::{self, Details, Edit};
use crate::members::member::Member;

/// How long a change can be taken back.
pub const UNDO: Duration = Duration::hours(24);
/// How long her page offers it with a press.
const OFFERED: Duration = Duration::minutes(30);
/// What can be.
pub const FIELDS: [&str; 7] = ["language", "phone", "street", "postal_code", "city", "country", "occupation"];

/// A change that her page offers to take back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undo {
    /// Its number.
    pub number: i64,
    /// The fields that are put back.
    pub fields: Vec<String>,
}

/// The last change of `member`, if she made it herself a short while before `now` and something of it can be taken back.
pub async fn last(database: &impl ConnectionTrait, member: Uuid, now: DateTime<Utc>) -> Result<Option<Undo>> {
    let rows = history::Entity::find().filter(history::Column::MemberId.eq(member)).order_by_desc(history::Column::Number);
    let Some(row) = rows.one(database).await?.filter(|row| is_hers(row, member) && now - row.at < OFFERED) else {
        return Ok(None);
    };
    let changes = row.changes.as_ref().and_then(Value::as_object);
    let fields: Vec<String> =
        changes.into_iter().flat_map(|it| it.keys()).filter(|field| FIELDS.contains(&field.as_str())).cloned().collect();
    Ok((!fields.is_empty()).then_some(Undo { number: row.number, fields }))
}

/// Whether the member changed details of hers with it.
fn is_hers(row: &history::Model, member: Uuid) -> bool {
    row.actor_id == Some(member) && row.subject_type == Subject::Member && row.kind == Change::Updated
}

/// Takes back the change number `number`, which the member made herself.
///
/// # Errors
/// [`Error::NotFound`] when it is none of hers; [`Error::Conflict`] when it is more than a day old, holds nothing that can be
/// taken back, or the register holds something else meanwhile.
pub async fn undo(write: &Write, keys: &Keys, member: &Member, number: i64) -> Result<()> {
    let row = history::Entity::find_by_id(number)
        .filter(history::Column::MemberId.eq(member.row.id))
        .one(write.database())
        .await?
        .filter(|row| is_hers(row, member.row.id))
        .ok_or(Error::NotFound)?;
    if write.now() - row.at >= UNDO {
        return Err(Error::conflict("", "it is more than a day old; change it anew instead"));
    }
    let before = Details::of(member);
    let mut details = serde_json::to_value(&before).map_err(Error::internal)?;
    let changes = row.changes.as_ref().and_then(Value::as_object);
    let mut any = false;
    for (field, change) in changes.into_iter().flatten().filter(|(field, _)| FIELDS.contains(&field.as_str())) {
        if details[field] != change["new"] {
            return Err(Error::conflict(format!("/{field}"), "was changed again since; change it anew instead"));
        }
        details[field] = change["old"].clone();
        any = true;
    }
    if !any {
        return Err(Error::conflict("", "holds nothing that can be taken back here"));
    }
    let mut details: Details = serde_json::from_value(details).map_err(Error::internal)?;
    details.read_phone("");
    let edit = Edit { details, ..Edit::of(member) };
    details::update(write, keys, member, &edit, Change::Updated, None).await
}
