//! What is kept for a day goes after it, whether or not anybody asks: answers for repeated requests, and uploaded files.
//! Mailed questions go when they are asked no longer. Addresses and messages of mails that are done with go after the times that [`crate::outbox`] names.

use chrono::Duration;
use entity::{idempotency, import_batch, kept_search, question};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::history::Actor;
use crate::{Result, Store, outbox};

/// How long both are kept.
pub const KEPT: Duration = Duration::hours(24);

/// Drops what is older than its time.
///
/// # Errors
/// When the register cannot be written now; the next sweep does it.
pub async fn sweep(store: &Store) -> Result<()> {
    store
        .write(&Actor::system(), async |write| {
            let before = write.now() - KEPT;
            idempotency::Entity::delete_many().filter(idempotency::Column::CreatedAt.lte(before)).exec(write.database()).await?;
            kept_search::Entity::delete_many().filter(kept_search::Column::CreatedAt.lte(before)).exec(write.database()).await?;
            import_batch::Entity::delete_many()
                .filter(import_batch::Column::CreatedAt.lte(before))
                .exec(write.database())
                .await?;
            question::Entity::delete_many().filter(question::Column::ExpiresAt.lte(write.now())).exec(write.database()).await?;
            outbox::sweep(write).await?;
            Ok(())
        })
        .await
}
