//! Searches of the desk that are kept for a day.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("kept_search")
                    .col(pk_uuid("id"))
                    .col(uuid("actor_id"))
                    .col(blob("asked"))
                    .col(timestamp_with_time_zone("created_at"))
                    .to_owned(),
            )
            .await?;
        let by_age = Index::create().name("kept_search_created_at").table("kept_search").col("created_at").to_owned();
        manager.create_index(by_age).await
    }
}
