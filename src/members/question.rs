//! Questions that a member answers from a mail, by the secret of its link and without signing in. They show nothing of the
//! register, and what she answers is proposed, not entered.

use chrono::NaiveDate;
use entity::follow_up::{self, FollowUpStatus};
use entity::question::{self, Column};
use jobs::history::Actor;
use jobs::secrets::secret_hash;
use jobs::{Error, Result, Store};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::own::follow_ups::{self, Answer};
use crate::access::caller::Role;

/// The question of this secret, while it is open.
///
/// # Errors
/// [`Error::NotFound`] when there is none, it was answered, settled in another way, or its time is over.
pub async fn open(store: &Store, secret: &str) -> Result<question::Model> {
    let row = question::Entity::find()
        .filter(Column::SecretHash.eq(secret_hash(secret)))
        .filter(Column::AnsweredAt.is_null())
        .filter(Column::ExpiresAt.gt(store.clock().now()))
        .one(store.database())
        .await?
        .ok_or(Error::NotFound)?;
    let follow_up = follow_up::Entity::find_by_id(row.follow_up_id).one(store.database()).await?;
    let asks = |status| matches!(status, FollowUpStatus::Open | FollowUpStatus::Contacted | FollowUpStatus::Told);
    if follow_up.is_some_and(|follow_up| asks(follow_up.status)) { Ok(row) } else { Err(Error::NotFound) }
}

/// Takes the answer, once: the secret is spent with it.
///
/// # Errors
/// As [`open`].
pub async fn answer(store: &Store, secret: &str, answer: Answer, on: Option<NaiveDate>) -> Result<()> {
    let asked = open(store, secret).await?;
    let actor = Actor { kind: Role::Member.word(), id: Some(asked.member_id) };
    store
        .write(&actor, async |write| {
            let spent = question::Entity::update_many()
                .col_expr(Column::AnsweredAt, write.now().into())
                .filter(Column::Id.eq(asked.id))
                .filter(Column::AnsweredAt.is_null())
                .exec(write.database())
                .await?;
            if spent.rows_affected == 0 {
                return Err(Error::NotFound);
            }
            follow_ups::answer(write, asked.member_id, asked.follow_up_id, answer, on).await
        })
        .await
}
