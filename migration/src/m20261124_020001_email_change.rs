//! Changes of the e-mail address that members ask for themselves, until they are confirmed.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut of_member = ForeignKey::create()
            .name("email_change_member_id")
            .from("email_change", "member_id")
            .to("member", "id")
            .on_delete(ForeignKeyAction::Cascade)
            .to_owned();
        manager
            .create_table(
                Table::create()
                    .table("email_change")
                    .col(pk_uuid("id"))
                    .col(uuid("member_id"))
                    .col(text("email"))
                    .col(text_null("replaces"))
                    .col(blob("link_hash").unique_key())
                    .col(blob("code_hash"))
                    .col(blob_null("stop_hash").unique_key())
                    .col(integer("wrong_codes"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone("expires_at"))
                    .col(timestamp_with_time_zone_null("confirmed_at"))
                    .col(timestamp_with_time_zone_null("stopped_until"))
                    .foreign_key(&mut of_member)
                    .to_owned(),
            )
            .await?;
        let by_member = Index::create().name("email_change_of_member").table("email_change").col("member_id").to_owned();
        manager.create_index(by_member).await?;
        // One waits at a time: a newer one takes the place of an older one.
        let connection = manager.get_connection();
        let once = "CREATE UNIQUE INDEX email_change_waits ON email_change (member_id) WHERE confirmed_at IS NULL";
        connection.execute_unprepared(once).await?;
        Ok(())
    }
}
