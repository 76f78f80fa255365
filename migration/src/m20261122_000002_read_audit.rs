//! The read audit.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("read_audit")
                    .col(pk_uuid("id"))
                    .col(timestamp_with_time_zone("at"))
                    .col(text("actor_kind"))
                    .col(uuid_null("actor_id"))
                    .col(text("access"))
                    .col(text("operation"))
                    .col(uuid_null("request_id"))
                    .col(big_integer("members"))
                    .col(json_binary_null("member_ids"))
                    .to_owned(),
            )
            .await?;
        manager.create_index(Index::create().name("read_audit_at").table("read_audit").col("at").to_owned()).await
    }
    /// A restored backup gives its audit to the file where it belongs.
    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("read_audit").to_owned()).await
    }
}
