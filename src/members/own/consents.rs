//! Consents: given or not, with the history saying when and by whom.

use entity::consent::{self, Purpose};
use entity::history::Change;
use jobs::history::{Changes, Entry};
use jobs::{Result, Write};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// What a member has agreed to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Consents {
    /// To get the newsletter.
    pub newsletter: bool,
    /// To get text messages.
    pub sms: bool,
}

/// The consents of a member.
pub async fn of(database: &impl ConnectionTrait, member: Uuid) -> Result<Consents> {
    let rows = consent::Entity::find().filter(consent::Column::MemberId.eq(member)).all(database).await?;
    let given = |purpose: Purpose| rows.iter().any(|row| row.purpose == purpose);
    Ok(Consents { newsletter: given(Purpose::Newsletter), sms: given(Purpose::Sms) })
}

/// Makes the consents of a member `wanted`; a change stands in her history.
pub async fn put(write: &Write, member: Uuid, wanted: Consents) -> Result<()> {
    let now = of(write.database(), member).await?;
    let mut changes = Changes::default();
    changes.note("newsletter", &now.newsletter, &wanted.newsletter);
    changes.note("sms", &now.sms, &wanted.sms);
    if changes.is_empty() {
        return Ok(());
    }
    for (purpose, was, is) in [(Purpose::Newsletter, now.newsletter, wanted.newsletter), (Purpose::Sms, now.sms, wanted.sms)] {
        if is && !was {
            let (actor_kind, actor_id) = (write.actor().kind.clone(), write.actor().id);
            let row = consent::Model { member_id: member, purpose, given_at: write.now(), actor_kind, actor_id };
            consent::Entity::insert(row.into_active_model()).exec_without_returning(write.database()).await?;
        } else if was && !is {
            consent::Entity::delete_by_id((member, purpose)).exec(write.database()).await?;
        }
    }
    write.note(Entry::member(member, Change::Updated, Some(changes.into_json())));
    Ok(())
}
