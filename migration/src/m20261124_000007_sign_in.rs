//! Signing in: accounts and what they sign in with, sessions, mailed links, limits on attempts, pledges.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        accounts(manager).await?;
        sessions(manager).await?;
        mailed_links(manager).await?;
        // By these a job finds the member who asks to sign in.
        let connection = manager.get_connection();
        connection.execute_unprepared("CREATE INDEX member_email_lower ON member (lower(email))").await?;
        connection.execute_unprepared("CREATE INDEX member_phone_to_sign_in ON member (phone)").await?;
        Ok(())
    }
}

async fn accounts(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("account")
                .col(pk_uuid("id"))
                .col(text("email"))
                .col(text("name"))
                .col(json_binary("roles"))
                .col(text_null("language"))
                .col(timestamp_with_time_zone("created_at"))
                .col(timestamp_with_time_zone_null("ended_at"))
                .to_owned(),
        )
        .await?;
    manager
        .get_connection()
        .execute_unprepared("CREATE UNIQUE INDEX account_email_open ON account (email) WHERE ended_at IS NULL")
        .await?;
    manager
        .create_table(
            Table::create()
                .table("credential")
                .col(pk_uuid("account_id"))
                .col(text_null("password_hash"))
                .col(blob("totp_secret"))
                .col(big_integer("totp_last_step"))
                .col(blob_null("totp_next_secret"))
                .col(blob_null("set_up_hash").unique_key())
                .col(timestamp_with_time_zone_null("set_up_expires_at"))
                .col(timestamp_with_time_zone_null("password_set_at"))
                .foreign_key(&mut belongs_to("credential", "account"))
                .to_owned(),
        )
        .await?;
    manager
        .create_table(
            Table::create()
                .table("recovery_code")
                .col(uuid("account_id"))
                .col(blob("code_hash"))
                .primary_key(Index::create().col("account_id").col("code_hash"))
                .foreign_key(&mut belongs_to("recovery_code", "account"))
                .to_owned(),
        )
        .await
}

async fn sessions(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("session")
                .col(pk_uuid("id"))
                .col(blob("secret_hash").unique_key())
                .col(uuid_null("account_id"))
                .col(uuid_null("member_id"))
                .col(text("method"))
                .col(text("assurance"))
                .col(timestamp_with_time_zone("created_at"))
                .col(timestamp_with_time_zone("last_seen_at"))
                .col(timestamp_with_time_zone_null("fresh_until"))
                .col(timestamp_with_time_zone_null("revoked_at"))
                .col(text("browser"))
                .foreign_key(&mut belongs_to("session", "account"))
                .foreign_key(&mut belongs_to("session", "member"))
                .to_owned(),
        )
        .await?;
    for column in ["account_id", "member_id", "created_at"] {
        index(manager, "session", column).await?;
    }
    manager
        .create_table(
            Table::create()
                .table("pledge")
                .col(pk_uuid("id"))
                .col(uuid_null("account_id"))
                .col(uuid_null("member_id"))
                .col(text("version"))
                .col(timestamp_with_time_zone("accepted_at"))
                .foreign_key(&mut belongs_to("pledge", "account"))
                .foreign_key(&mut belongs_to("pledge", "member"))
                .to_owned(),
        )
        .await?;
    for owner in ["account_id", "member_id"] {
        let once = Index::create().name(format!("pledge_{owner}")).table("pledge").col(owner).col("version").unique().to_owned();
        manager.create_index(once).await?;
    }
    Ok(())
}

async fn mailed_links(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("sign_in_request")
                .col(pk_uuid("id"))
                .col(blob("identifier"))
                .col(blob("identifier_hash"))
                .col(blob("browser_hash"))
                .col(blob("network_hash"))
                .col(timestamp_with_time_zone("not_before"))
                .col(timestamp_with_time_zone("due_at"))
                .col(timestamp_with_time_zone("created_at"))
                .to_owned(),
        )
        .await?;
    index(manager, "sign_in_request", "due_at").await?;
    manager
        .create_table(
            Table::create()
                .table("sign_in_link")
                .col(pk_uuid("id"))
                .col(text("purpose"))
                .col(uuid_null("member_id"))
                .col(uuid_null("request_id"))
                .col(blob_null("link_hash").unique_key())
                .col(blob("code_hash"))
                .col(blob_null("identifier_hash"))
                .col(blob_null("browser_hash"))
                .col(uuid_null("session_id"))
                .col(integer("wrong_here"))
                .col(integer("wrong_elsewhere"))
                .col(timestamp_with_time_zone("created_at"))
                .col(timestamp_with_time_zone("expires_at"))
                .col(timestamp_with_time_zone_null("spent_at"))
                .foreign_key(&mut belongs_to("sign_in_link", "member"))
                .foreign_key(&mut belongs_to("sign_in_link", "session"))
                .to_owned(),
        )
        .await?;
    for column in ["member_id", "identifier_hash", "browser_hash", "expires_at"] {
        index(manager, "sign_in_link", column).await?;
    }
    // One link of each member for one request, however often the job looks at it.
    let once =
        Index::create().name("sign_in_link_once").table("sign_in_link").col("request_id").col("member_id").unique().to_owned();
    manager.create_index(once).await?;
    manager
        .create_table(
            Table::create()
                .table("known_browser")
                .col(uuid("member_id"))
                .col(blob("browser_hash"))
                .col(timestamp_with_time_zone("signed_in_at"))
                .primary_key(Index::create().col("member_id").col("browser_hash"))
                .foreign_key(&mut belongs_to("known_browser", "member"))
                .to_owned(),
        )
        .await?;
    index(manager, "known_browser", "signed_in_at").await?;
    manager
        .create_table(
            Table::create()
                .table("attempt_limit")
                .col(ColumnDef::new("key_hash").blob().not_null().primary_key())
                .col(big_integer("counts_until"))
                .to_owned(),
        )
        .await?;
    index(manager, "attempt_limit", "counts_until").await
}

/// What belongs to an account, a member or a session goes with it.
fn belongs_to(table: &str, owner: &'static str) -> ForeignKeyCreateStatement {
    let column = format!("{owner}_id");
    ForeignKey::create()
        .name(format!("{table}_{column}"))
        .from(Alias::new(table), Alias::new(column))
        .to(owner, "id")
        .on_delete(ForeignKeyAction::Cascade)
        .to_owned()
}

async fn index(manager: &SchemaManager<'_>, table: &'static str, column: &'static str) -> Result<(), DbErr> {
    manager.create_index(Index::create().name(format!("{table}_{column}")).table(table).col(column).to_owned()).await
}
