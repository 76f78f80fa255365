//! Mail: the outbox, addresses to which mail cannot be delivered, the switch.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("outbox")
                    .col(pk_uuid("id"))
                    .col(text_uniq("dedupe_key"))
                    .col(small_integer("priority"))
                    .col(text("kind"))
                    .col(text_null("slot"))
                    .col(uuid_null("member_id"))
                    .col(text_null("address"))
                    .col(text("language"))
                    .col(blob_null("message"))
                    .col(blob("message_hash"))
                    .col(uuid_null("appointment_id"))
                    .col(boolean("needs_membership"))
                    .col(timestamp_with_time_zone_null("expires_at"))
                    .col(text("state"))
                    .col(integer("attempts"))
                    .col(timestamp_with_time_zone_null("first_attempt_at"))
                    .col(timestamp_with_time_zone_null("next_attempt_at"))
                    .col(uuid_null("courier_id"))
                    .col(timestamp_with_time_zone_null("lease_until"))
                    .col(big_integer("epoch"))
                    .col(text_null("last_error"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone_null("finished_at"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("undeliverable_address")
                    .col(pk_uuid("id"))
                    .col(text("address"))
                    .col(uuid_null("member_id"))
                    .col(uuid("outbox_id"))
                    .col(text("reason"))
                    .col(timestamp_with_time_zone("since"))
                    .col(timestamp_with_time_zone_null("resolved_at"))
                    .foreign_key(
                        ForeignKey::create()
                            .name("undeliverable_address_member_id")
                            .from("undeliverable_address", "member_id")
                            .to("member", "id")
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("mailing")
                    .col(ColumnDef::new("id").integer().not_null().primary_key())
                    .col(text("switch"))
                    .col(timestamp_with_time_zone("changed_at"))
                    .col(text("actor_kind"))
                    .col(uuid_null("actor_id"))
                    .to_owned(),
            )
            .await?;
        // Millions of mails may have been sent: what is asked all the time looks only at those that are not done with.
        for index in [
            "CREATE INDEX outbox_waiting ON outbox (priority, next_attempt_at) WHERE next_attempt_at IS NOT NULL",
            "CREATE INDEX outbox_leased ON outbox (lease_until) WHERE lease_until IS NOT NULL",
            "CREATE INDEX outbox_open ON outbox (state, created_at) WHERE state NOT IN ('accepted', 'withdrawn')",
            "CREATE INDEX outbox_kept ON outbox (finished_at) WHERE message IS NOT NULL AND finished_at IS NOT NULL",
            "CREATE INDEX outbox_member_id ON outbox (member_id) WHERE member_id IS NOT NULL",
            "CREATE INDEX outbox_slot ON outbox (slot) WHERE slot IS NOT NULL",
            "CREATE INDEX undeliverable_address_member_id ON undeliverable_address (member_id)",
            "CREATE UNIQUE INDEX undeliverable_address_open ON undeliverable_address (address) WHERE resolved_at IS NULL",
        ] {
            manager.get_connection().execute_unprepared(index).await?;
        }
        Ok(())
    }
}
