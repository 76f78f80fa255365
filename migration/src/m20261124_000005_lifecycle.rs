//! Lifecycle automation: rules, runs, follow-ups, and the mail domains of employers.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("lifecycle_rule")
                    .col(text("key").primary_key())
                    .col(text("title"))
                    .col(text("anchor"))
                    .col(text("due_after"))
                    .col(text("audience"))
                    .col(json_binary("recipients"))
                    .col(json_binary("notices"))
                    .col(text("template"))
                    .col(text("look_back"))
                    .col(text("content"))
                    .col(boolean("paused"))
                    .col(timestamp_with_time_zone_null("active_from"))
                    .col(date_null("covered_from"))
                    .col(boolean("built_in"))
                    .col(big_integer("version"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone("updated_at"))
                    .to_owned(),
            )
            .await?;
        self.runs(manager).await?;
        self.follow_ups(manager).await?;
        manager
            .create_table(
                Table::create()
                    .table("employer_domain")
                    .col(text("domain").primary_key())
                    .col(uuid("employer_id"))
                    .foreign_key(
                        ForeignKey::create()
                            .name("employer_domain_employer_id")
                            .from("employer_domain", "employer_id")
                            .to("employer", "id")
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .to_owned(),
            )
            .await?;
        index(manager, "employer_domain", &["employer_id"]).await?;
        // Whose terms end on a day: the rule of appointments asks every day.
        index(manager, "appointment", &["valid_until"]).await
    }
}

impl Migration {
    async fn runs(&self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("lifecycle_run")
                    .col(pk_uuid("id"))
                    .col(text("rule_key"))
                    .col(text("notice"))
                    .col(text("slot"))
                    .col(timestamp_with_time_zone("planned_at"))
                    .col(date("as_of"))
                    .col(boolean("by_hand"))
                    .col(boolean("caught_up"))
                    .col(timestamp_with_time_zone("started_at"))
                    .col(timestamp_with_time_zone_null("finished_at"))
                    .col(timestamp_with_time_zone("lease_until"))
                    .col(big_integer("epoch"))
                    .col(big_integer("change_number"))
                    .col(big_integer("due"))
                    .col(big_integer("listed"))
                    .col(big_integer("mailed"))
                    .col(big_integer("rerouted"))
                    .col(json_binary("left_out"))
                    .col(big_integer("failed"))
                    .col(big_integer("expected_mails"))
                    .col(text_null("error"))
                    .foreign_key(&mut rule_of("lifecycle_run"))
                    .to_owned(),
            )
            .await?;
        unique(manager, "lifecycle_run", &["rule_key", "notice", "slot"]).await
    }

    async fn follow_ups(&self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("follow_up")
                    .col(pk_uuid("id"))
                    .col(text("rule_key"))
                    .col(text("subject_type"))
                    .col(uuid("subject_id"))
                    .col(uuid("member_id"))
                    .col(date("anchor_date"))
                    .col(date("due_on"))
                    .col(uuid("run_id"))
                    .col(boolean("late"))
                    .col(text("status"))
                    .col(uuid_null("responsible_member_id"))
                    .col(uuid_null("appointment_id"))
                    .col(text_null("office"))
                    .col(text_null("rerouted"))
                    .col(text_null("outcome"))
                    .col(text_null("note"))
                    .col(timestamp_with_time_zone_null("contacted_at"))
                    .col(date_null("reminded_on"))
                    .col(date_null("escalated_on"))
                    .col(uuid_null("superseded_by"))
                    .col(big_integer("version"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone("updated_at"))
                    .foreign_key(&mut rule_of("follow_up"))
                    .foreign_key(
                        ForeignKey::create()
                            .name("follow_up_member_id")
                            .from("follow_up", "member_id")
                            .to("member", "id")
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    // An erased representative leaves the follow-up to be given to somebody else.
                    .foreign_key(
                        ForeignKey::create()
                            .name("follow_up_responsible_member_id")
                            .from("follow_up", "responsible_member_id")
                            .to("member", "id")
                            .on_delete(ForeignKeyAction::SetNull),
                    )
                    .to_owned(),
            )
            .await?;
        unique(manager, "follow_up", &["rule_key", "subject_type", "subject_id", "anchor_date"]).await?;
        for columns in
            [&["rule_key", "status", "due_on"] as &[_], &["due_on"], &["member_id"], &["responsible_member_id"], &["run_id"]]
        {
            index(manager, "follow_up", columns).await?;
        }
        Ok(())
    }
}

fn rule_of(table: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create().name(format!("{table}_rule_key")).from(table, "rule_key").to("lifecycle_rule", "key").to_owned()
}

async fn index(manager: &SchemaManager<'_>, table: &'static str, columns: &[&'static str]) -> Result<(), DbErr> {
    let mut index = Index::create().name(format!("{table}_{}", columns.join("_"))).table(table).to_owned();
    for column in columns {
        index.col(*column);
    }
    manager.create_index(index).await
}

async fn unique(manager: &SchemaManager<'_>, table: &'static str, columns: &[&'static str]) -> Result<(), DbErr> {
    let mut index = Index::create().unique().name(format!("{table}_{}", columns.join("_"))).table(table).to_owned();
    for column in columns {
        index.col(*column);
    }
    manager.create_index(index).await
}
