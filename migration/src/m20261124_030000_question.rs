//! Questions that are answered from a mail; what else must hold when a mail about members is sent.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("question")
                    .col(pk_uuid("id"))
                    .col(uuid("follow_up_id"))
                    .col(uuid("member_id"))
                    .col(blob("secret_hash").unique_key())
                    .col(timestamp_with_time_zone("expires_at"))
                    .col(timestamp_with_time_zone_null("answered_at"))
                    .foreign_key(&mut belongs_to("follow_up"))
                    .foreign_key(&mut belongs_to("member"))
                    .to_owned(),
            )
            .await?;
        for column in ["follow_up_id", "member_id", "expires_at"] {
            let index = Index::create().name(format!("question_{column}")).table("question").col(column).to_owned();
            manager.create_index(index).await?;
        }
        for column in ["more_appointments", "named_members"] {
            let table = Table::alter().table("outbox").add_column(json_binary_null(column)).to_owned();
            manager.alter_table(table).await?;
        }
        Ok(())
    }
}

fn belongs_to(owner: &'static str) -> ForeignKeyCreateStatement {
    let column = format!("{owner}_id");
    ForeignKey::create()
        .name(format!("question_{column}"))
        .from(Alias::new("question"), Alias::new(column))
        .to(owner, "id")
        .on_delete(ForeignKeyAction::Cascade)
        .to_owned()
}
