//! What members do with their own record: proposals that somebody decides on, consents.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("proposal")
                    .col(pk_uuid("id"))
                    .col(uuid("member_id"))
                    .col(text("kind"))
                    .col(json_binary("content"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone_null("decided_at"))
                    .col(text_null("decision"))
                    .col(text_null("decided_by_kind"))
                    .col(uuid_null("decided_by_id"))
                    .foreign_key(&mut of_member("proposal"))
                    .to_owned(),
            )
            .await?;
        let connection = manager.get_connection();
        connection.execute_unprepared("CREATE INDEX proposal_member_id ON proposal (member_id)").await?;
        // One of a kind waits at a time: a newer one takes the place of an older one.
        connection
            .execute_unprepared("CREATE UNIQUE INDEX proposal_open ON proposal (member_id, kind) WHERE decided_at IS NULL")
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("consent")
                    .col(uuid("member_id"))
                    .col(text("purpose"))
                    .col(timestamp_with_time_zone("given_at"))
                    .col(text("actor_kind"))
                    .col(uuid_null("actor_id"))
                    .primary_key(Index::create().col("member_id").col("purpose"))
                    .foreign_key(&mut of_member("consent"))
                    .to_owned(),
            )
            .await
    }
}

fn of_member(table: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .name(format!("{table}_member_id"))
        .from(Alias::new(table), Alias::new("member_id"))
        .to("member", "id")
        .on_delete(ForeignKeyAction::Cascade)
        .to_owned()
}
