//! The register: members and what hangs on them, the organisation, appointments, history, tokens.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        self.organisation(manager).await?;
        self.members(manager).await?;
        self.appointments(manager).await?;
        self.records(manager).await
    }
}

impl Migration {
    async fn organisation(&self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("employer")
                    .col(pk_uuid("id"))
                    .col(text_uniq("name"))
                    .col(big_integer("version"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("workplace")
                    .col(pk_uuid("id"))
                    .col(uuid_null("employer_id"))
                    .col(uuid_null("parent_id"))
                    .col(text("name"))
                    .col(big_integer("version"))
                    .foreign_key(&mut reference("workplace", "employer_id", "employer"))
                    .foreign_key(&mut reference("workplace", "parent_id", "workplace"))
                    .to_owned(),
            )
            .await?;
        index(manager, "workplace", "parent_id").await?;
        manager
            .create_index(
                Index::create()
                    .unique()
                    .name("workplace_employer_id_name")
                    .table("workplace")
                    .col("employer_id")
                    .col("name")
                    .to_owned(),
            )
            .await?;
        // A unique index takes nulls for different from each other: without this, a name whose employer is unknown could stand twice.
        manager
            .get_connection()
            .execute_unprepared(
                "CREATE UNIQUE INDEX workplace_name_without_employer ON workplace (name) WHERE employer_id IS NULL",
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("local_branch")
                    .col(pk_uuid("id"))
                    .col(uuid_null("parent_id"))
                    .col(text_uniq("name"))
                    .col(big_integer("version"))
                    .foreign_key(&mut reference("local_branch", "parent_id", "local_branch"))
                    .to_owned(),
            )
            .await?;
        index(manager, "local_branch", "parent_id").await?;
        manager
            .create_table(
                Table::create().table("school").col(pk_uuid("id")).col(text_uniq("name")).col(big_integer("version")).to_owned(),
            )
            .await
    }

    async fn members(&self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("member")
                    .col(pk_uuid("id"))
                    .col(text_uniq("member_number"))
                    .col(text("given_names"))
                    .col(text("surname"))
                    .col(date_null("birth_date"))
                    .col(blob_null("identity_number"))
                    .col(blob_null("identity_number_hash").unique_key())
                    .col(text_null("language"))
                    .col(text_null("email"))
                    .col(text_null("phone"))
                    .col(boolean("phone_understood"))
                    .col(text_null("street"))
                    .col(text_null("postal_code"))
                    .col(text_null("city"))
                    .col(text_null("country"))
                    .col(text_null("occupation"))
                    .col(uuid_null("local_branch_id"))
                    .col(uuid_null("school_id"))
                    .col(date_null("graduation_date"))
                    .col(date_null("graduation_confirmed_on"))
                    .col(text_null("protection"))
                    .col(boolean("hidden"))
                    .col(big_integer("version"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone("updated_at"))
                    .foreign_key(&mut reference("member", "local_branch_id", "local_branch"))
                    .foreign_key(&mut reference("member", "school_id", "school"))
                    .to_owned(),
            )
            .await?;
        for column in ["local_branch_id", "school_id", "graduation_date"] {
            index(manager, "member", column).await?;
        }
        manager
            .create_table(
                Table::create()
                    .table("membership_period")
                    .col(pk_uuid("id"))
                    .col(uuid("member_id"))
                    .col(text("membership_type"))
                    .col(date_null("valid_from"))
                    .col(date_null("valid_until"))
                    .col(boolean("continues_previous"))
                    .col(text_null("leave_reason"))
                    .foreign_key(&mut belongs_to_member("membership_period"))
                    .to_owned(),
            )
            .await?;
        index(manager, "membership_period", "member_id").await?;
        // At most one membership runs at a time, whatever two requests do at once.
        manager
            .get_connection()
            .execute_unprepared(
                "CREATE UNIQUE INDEX membership_period_open ON membership_period (member_id) WHERE valid_until IS NULL",
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("former_name")
                    .col(pk_uuid("id"))
                    .col(uuid("member_id"))
                    .col(text("surname"))
                    .foreign_key(&mut belongs_to_member("former_name"))
                    .to_owned(),
            )
            .await?;
        index(manager, "former_name", "member_id").await?;
        manager
            .create_table(
                Table::create()
                    .table("member_workplace")
                    .col(uuid("member_id"))
                    .col(uuid("workplace_id"))
                    .primary_key(Index::create().col("member_id").col("workplace_id"))
                    .foreign_key(&mut belongs_to_member("member_workplace"))
                    .foreign_key(&mut reference("member_workplace", "workplace_id", "workplace"))
                    .to_owned(),
            )
            .await?;
        index(manager, "member_workplace", "workplace_id").await?;
        manager
            .create_table(
                Table::create()
                    .table("verification")
                    .col(uuid("member_id"))
                    .col(text("detail"))
                    .col(timestamp_with_time_zone("verified_at"))
                    .col(text("actor_kind"))
                    .col(uuid_null("actor_id"))
                    .col(text("channel"))
                    .primary_key(Index::create().col("member_id").col("detail"))
                    .foreign_key(&mut belongs_to_member("verification"))
                    .to_owned(),
            )
            .await
    }

    async fn appointments(&self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("appointment")
                    .col(pk_uuid("id"))
                    .col(uuid("member_id"))
                    .col(text("role"))
                    .col(uuid_null("workplace_id"))
                    .col(uuid_null("school_id"))
                    .col(uuid_null("local_branch_id"))
                    .col(date_null("valid_from"))
                    .col(date_null("valid_until"))
                    .col(date_null("absent_from"))
                    .col(date_null("absent_until"))
                    .col(uuid_null("deputy_member_id"))
                    .col(big_integer("version"))
                    .foreign_key(&mut belongs_to_member("appointment"))
                    .foreign_key(&mut reference("appointment", "workplace_id", "workplace"))
                    .foreign_key(&mut reference("appointment", "school_id", "school"))
                    .foreign_key(&mut reference("appointment", "local_branch_id", "local_branch"))
                    .foreign_key(&mut reference("appointment", "deputy_member_id", "member"))
                    .to_owned(),
            )
            .await?;
        for column in ["member_id", "workplace_id", "school_id", "local_branch_id", "deputy_member_id"] {
            index(manager, "appointment", column).await?;
        }
        Ok(())
    }

    async fn records(&self, manager: &SchemaManager<'_>) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("history")
                    .col(ColumnDef::new("number").big_integer().not_null().primary_key())
                    .col(timestamp_with_time_zone("at"))
                    .col(text("actor_kind"))
                    .col(uuid_null("actor_id"))
                    .col(text("subject_type"))
                    .col(uuid("subject_id"))
                    .col(uuid_null("member_id"))
                    .col(text("kind"))
                    .col(json_binary_null("changes"))
                    .to_owned(),
            )
            .await?;
        index(manager, "history", "member_id").await?;
        manager
            .create_table(
                Table::create()
                    .table("register")
                    .col(ColumnDef::new("id").integer().not_null().primary_key())
                    .col(big_integer("change_number"))
                    .col(big_integer("next_member_number"))
                    .col(text("key_fingerprint"))
                    .col(boolean("demo"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("api_token")
                    .col(pk_uuid("id"))
                    .col(text("label"))
                    .col(text("role"))
                    .col(blob("token_hash").unique_key())
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone_null("expires_at"))
                    .col(timestamp_with_time_zone_null("revoked_at"))
                    .col(timestamp_with_time_zone_null("last_used_at"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("idempotency")
                    .col(uuid("actor_id"))
                    .col(blob("key_hash"))
                    .col(blob("request_hash"))
                    .col(blob("answer"))
                    .col(timestamp_with_time_zone("created_at"))
                    .primary_key(Index::create().col("actor_id").col("key_hash"))
                    .to_owned(),
            )
            .await?;
        index(manager, "idempotency", "created_at").await?;
        manager
            .create_table(
                Table::create()
                    .table("import_batch")
                    .col(pk_uuid("id"))
                    .col(text("kind"))
                    .col(text("mode"))
                    .col(blob_null("content"))
                    .col(json_binary("report"))
                    .col(uuid_null("created_by"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone_null("applied_at"))
                    .to_owned(),
            )
            .await?;
        index(manager, "import_batch", "created_at").await
    }
}

fn reference(table: &str, column: &str, to: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create().name(format!("{table}_{column}")).from(Alias::new(table), Alias::new(column)).to(to, "id").to_owned()
}

/// What belongs to a member goes when the member is erased.
fn belongs_to_member(table: &str) -> ForeignKeyCreateStatement {
    reference(table, "member_id", "member").on_delete(ForeignKeyAction::Cascade).to_owned()
}

async fn index(manager: &SchemaManager<'_>, table: &'static str, column: &'static str) -> Result<(), DbErr> {
    manager.create_index(Index::create().name(format!("{table}_{column}")).table(table).col(column).to_owned()).await
}
