//! Taking back what a member has just saved: the old values of her last change are put back, if nothing of it was changed
//! since. That is a change like any other and stands in the history.

use chrono::{DateTime, Duration, Utc};
use entity::history::{self, Change, Subject};
use jobs::history::Actor;
use jobs::{Error, Result, Write};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::Value;
use uuid::Uuid;

use super::details::{self, Details, Edit};
use super::member::Member;
use super::phone::Phone;
use crate::access::keys::Keys;

/// How long a change can be taken back with a press.
const UNDOABLE: Duration = Duration::minutes(30);

/// A change that can be taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undo {
    /// Its number.
    pub number: i64,
    /// The fields that it changed.
    pub fields: Vec<String>,
}

/// The last change of `member`, if `actor` herself made it a short while before `now`.
pub async fn last(database: &impl ConnectionTrait, actor: &Actor, member: Uuid, now: DateTime<Utc>) -> Result<Option<Undo>> {
    let row = last_change(database, member).await?.filter(|row| is_undoable(row, actor, now));
    let fields = |row: &history::Model| row.changes.as_ref().and_then(Value::as_object).map(|it| it.keys().cloned().collect());
    Ok(row.and_then(|row| Some(Undo { number: row.number, fields: fields(&row)? })))
}

/// Takes the change `number` of `member` back.
///
/// # Errors
/// [`Error::Stale`] when it is not her last change, was made by somebody else, or long ago.
pub async fn undo(write: &Write, keys: &Keys, member: &Member, number: i64) -> Result<()> {
    let row = last_change(write.database(), member.row.id).await?;
    let row = row.filter(|row| row.number == number && is_undoable(row, write.actor(), write.now())).ok_or(Error::Stale)?;
    let mut edit = Edit::of(member);
    for (field, values) in row.changes.as_ref().and_then(Value::as_object).into_iter().flatten() {
        put_back(&mut edit.details, field, &values["old"]);
    }
    details::update(write, keys, member, &edit, Change::Updated, None).await
}

async fn last_change(database: &impl ConnectionTrait, member: Uuid) -> Result<Option<history::Model>> {
    let rows = history::Entity::find().filter(history::Column::MemberId.eq(member)).order_by_desc(history::Column::Number);
    Ok(rows.one(database).await?)
}

fn is_undoable(row: &history::Model, actor: &Actor, now: DateTime<Utc>) -> bool {
    let ours = row.actor_id == actor.id && row.actor_kind == actor.kind;
    ours && row.subject_type == Subject::Member && row.kind == Change::Updated && now - row.at < UNDOABLE
}

/// Puts an old value back; only of what a member changes herself.
fn put_back(details: &mut Details, field: &str, old: &Value) {
    let text = old.as_str().map(str::to_owned);
    match field {
        "phone" => {
            // It is stored as it was understood, so it is understood again.
            details.phone_understood = text.as_deref().and_then(|text| Phone::read(text, None)).is_some_and(|it| it.understood);
            details.phone = text;
        }
        "email" => details.email = text,
        "street" => details.street = text,
        "postal_code" => details.postal_code = text,
        "city" => details.city = text,
        "country" => details.country = text,
        "occupation" => details.occupation = text,
        "language" => details.language = text,
        _ => {}
    }
}
