//! Noting that contact details were checked with the member, as is done at every meeting with her.

use entity::history::Change;
use entity::verification::{self, Channel, Detail};
use jobs::history::Entry;
use jobs::{Error, Result, Write};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;

use super::details::replace_row;
use super::member::Member;

/// Notes that `details` are right as they stand in the register.
///
/// # Errors
/// [`Error::Invalid`] when none is named, or one of them is blank in the register.
pub async fn verify(write: &Write, member: &Member, details: &[Detail], channel: Channel) -> Result<()> {
    if details.is_empty() {
        return Err(Error::invalid("/details", "names nothing; name email, phone, occupation or workplace"));
    }
    if let Some(blank) = details.iter().find(|detail| is_blank(member, **detail)) {
        return Err(Error::invalid("/details", format!("{} is blank in the register; enter it first", json!(blank))));
    }
    let mut details = details.to_vec();
    details.sort();
    details.dedup();
    verification::Entity::delete_many()
        .filter(verification::Column::MemberId.eq(member.row.id))
        .filter(verification::Column::Detail.is_in(details.iter().copied()))
        .exec(write.database())
        .await?;
    let rows = details.iter().map(|detail| verification::Model {
        member_id: member.row.id,
        detail: *detail,
        verified_at: write.now(),
        actor_kind: write.actor().kind.clone(),
        actor_id: write.actor().id,
        channel,
    });
    write.insert_all::<verification::Entity>(rows.collect()).await?;
    replace_row(write, member, member.row.clone()).await?;
    write.note(Entry::member(member.row.id, Change::Verified, Some(json!({"details": details, "channel": channel}))));
    Ok(())
}

fn is_blank(member: &Member, detail: Detail) -> bool {
    match detail {
        Detail::Email => member.row.email.is_none(),
        Detail::Phone => member.row.phone.is_none(),
        Detail::Occupation => member.row.occupation.is_none(),
        Detail::Workplace => member.workplaces.is_empty(),
    }
}
