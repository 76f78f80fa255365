//! Bearer tokens: made, recognised, listed, revoked. Only a hash is stored.

use std::sync::Arc;

use chrono::{DateTime, Duration, SubsecRound, Utc};
use entity::api_token::{self, TokenRole};
use jobs::history::Actor;
use jobs::{Error, Result, Store, Write};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::caller::Caller;
use super::keys::{new_secret, secret_hash};

/// What every token begins with, so that a token found where it should not be is recognised.
const PREFIX: &str = "matrikel_";
/// `last_used_at` is kept to this precision, so that reading does not write with every request.
const LAST_USED_PRECISION: Duration = Duration::minutes(1);

/// Makes a token and gives its row and its text: the only time that the text is known.
///
/// # Errors
/// When the register cannot be written.
pub async fn create(
    write: &Write,
    role: TokenRole,
    label: &str,
    expires_at: Option<DateTime<Utc>>,
) -> Result<(api_token::Model, String)> {
    let text = format!("{PREFIX}{}", new_secret()?);
    let row = api_token::Model {
        id: write.new_id(),
        label: label.to_owned(),
        role,
        token_hash: secret_hash(&text),
        created_at: write.now(),
        expires_at: expires_at.map(|end| end.trunc_subsecs(6)),
        revoked_at: None,
        last_used_at: None,
    };
    api_token::Entity::insert(row.clone().into_active_model()).exec_without_returning(write.database()).await?;
    Ok((row, text))
}

/// Who bears `text`. Its use is noted by whoever gets hold of `noting`.
///
/// # Errors
/// [`Error::NotSignedIn`] for a token that is unknown, expired or revoked; the three are not told apart.
pub async fn recognise(store: &Store, noting: &Arc<Semaphore>, text: &str) -> Result<Caller> {
    let now = store.clock().now();
    let token = api_token::Entity::find()
        .filter(api_token::Column::TokenHash.eq(secret_hash(text)))
        .one(store.database())
        .await?
        .filter(|token| token.revoked_at.is_none() && token.expires_at.is_none_or(|end| now < end))
        .ok_or(Error::NotSignedIn)?;
    if token.last_used_at.is_none_or(|used| now - used >= LAST_USED_PRECISION)
        && let Ok(turn) = noting.clone().try_acquire_owned()
    {
        let store = store.clone();
        // Beside the request, and one at a time: while a long write runs this waits, and reading must not.
        tokio::spawn(async move {
            note_use(&store, token.id, now).await;
            drop(turn);
        });
    }
    Ok(Caller::token(token.role, token.id))
}

/// When the register is busy the use goes unnoted: it is there to find tokens that nobody uses, and the next one notes it.
/// One statement is a transaction of its own; it is no change to the register and has no history.
async fn note_use(store: &Store, id: Uuid, now: DateTime<Utc>) {
    let noted = api_token::Entity::update_many()
        .col_expr(api_token::Column::LastUsedAt, now.into())
        .filter(api_token::Column::Id.eq(id))
        .exec(store.database())
        .await;
    if let Err(error) = noted {
        tracing::debug!(token = %id, %error, "The use of a token was not noted");
    }
}

/// All tokens, the newest first.
pub async fn list(store: &Store) -> Result<Vec<api_token::Model>> {
    Ok(api_token::Entity::find().order_by_desc(api_token::Column::Id).all(store.database()).await?)
}

/// Revokes a token; one that is already revoked stays as it is.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn revoke(store: &Store, actor: &Actor, id: Uuid) -> Result<api_token::Model> {
    store
        .write(actor, async |write| {
            let token = api_token::Entity::find_by_id(id).one(write.database()).await?.ok_or(Error::NotFound)?;
            if token.revoked_at.is_some() {
                return Ok(token);
            }
            let mut token: api_token::ActiveModel = token.into();
            token.revoked_at = Set(Some(write.now()));
            Ok(token.update(write.database()).await?)
        })
        .await
}
