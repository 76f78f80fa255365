//! Who has read a member's record is found by an index on PostgreSQL; SQLite has none for lists.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Postgres {
            let index = "CREATE INDEX read_audit_member_ids ON read_audit USING gin (member_ids jsonb_path_ops)";
            manager.get_connection().execute_unprepared(index).await?;
        }
        Ok(())
    }

    /// As the table's own: a restored backup gives its audit to the file where it belongs.
    async fn down(&self, _manager: &SchemaManager) -> Result<(), DbErr> {
        Ok(())
    }
}
