//! What protects members: protected identities with what is kept apart, entries held for the privacy officer, erasures.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("protection")
                    .col(pk_uuid("member_id"))
                    .col(timestamp_with_time_zone("since"))
                    .col(date_null("review_on"))
                    .col(timestamp_with_time_zone_null("purge_at"))
                    .col(timestamp_with_time_zone_null("purged_at"))
                    .col(blob_null("forwarding_address"))
                    .col(blob_null("email"))
                    .foreign_key(&mut of_member("protection", "member_id"))
                    .to_owned(),
            )
            .await?;
        // Few have one, and they are looked for every hour.
        manager
            .get_connection()
            .execute_unprepared("CREATE INDEX member_protection ON member (protection) WHERE protection IS NOT NULL")
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("held_entry")
                    .col(pk_uuid("id"))
                    .col(uuid("member_id"))
                    .col(uuid_null("claimant_id"))
                    .col(text("pointer"))
                    .col(blob_null("content"))
                    .col(blob("content_hash"))
                    .col(text("actor_kind"))
                    .col(uuid_null("actor_id"))
                    .col(uuid_null("import_id"))
                    .col(timestamp_with_time_zone("received_at"))
                    .col(timestamp_with_time_zone_null("resolved_at"))
                    .col(text_null("resolution"))
                    .foreign_key(&mut of_member("held_entry", "member_id"))
                    .foreign_key(&mut of_member("held_entry", "claimant_id"))
                    .to_owned(),
            )
            .await?;
        for column in ["member_id", "claimant_id", "content_hash"] {
            let index = Index::create().name(format!("held_entry_{column}")).table("held_entry").col(column).to_owned();
            manager.create_index(index).await?;
        }
        manager
            .create_table(
                Table::create()
                    .table("erasure")
                    .col(pk_uuid("member_id"))
                    .col(timestamp_with_time_zone("at"))
                    .col(text("reason"))
                    .col(text("actor_kind"))
                    .col(uuid_null("actor_id"))
                    .to_owned(),
            )
            .await
    }
}

fn of_member(table: &'static str, column: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .name(format!("{table}_{column}"))
        .from(Alias::new(table), Alias::new(column))
        .to("member", "id")
        .on_delete(ForeignKeyAction::Cascade)
        .to_owned()
}
