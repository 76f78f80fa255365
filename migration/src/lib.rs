//! The tables, step by step. Knows sea-orm-migration and nothing of the other crates.
//!
//! Two migrators: [`Register`] for the register itself and [`ReadAudit`] for the read audit, which on SQLite lives in a
//! file of its own. They take no lock; `matrikel::database` does that around them.

pub use sea_orm_migration;
use sea_orm_migration::prelude::*;

mod m20261122_000001_register;
mod m20261122_000002_read_audit;
mod m20261124_000003_outbox;
mod m20261124_000005_lifecycle;
mod m20261124_000007_sign_in;
mod m20261124_000009_proposals;
mod m20261124_000010_privacy;
mod m20261124_000020_kept_search;
mod m20261124_020001_email_change;
mod m20261124_020002_read_audit_members;
mod m20261124_030000_question;

/// The register's tables.
#[derive(Debug)]
pub struct Register;

#[async_trait::async_trait]
impl MigratorTrait for Register {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261122_000001_register::Migration),
            Box::new(m20261124_000003_outbox::Migration),
            Box::new(m20261124_000005_lifecycle::Migration),
            Box::new(m20261124_000007_sign_in::Migration),
            Box::new(m20261124_000009_proposals::Migration),
            Box::new(m20261124_000010_privacy::Migration),
            Box::new(m20261124_000020_kept_search::Migration),
            Box::new(m20261124_020001_email_change::Migration),
            Box::new(m20261124_030000_question::Migration),
        ]
    }
}

/// The read audit's table.
#[derive(Debug)]
pub struct ReadAudit;

#[async_trait::async_trait]
impl MigratorTrait for ReadAudit {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(m20261122_000002_read_audit::Migration), Box::new(m20261124_020002_read_audit_members::Migration)]
    }

    // On PostgreSQL both migrators work in one database.
    fn migration_table_name() -> DynIden {
        "seaql_migrations_read_audit".into_iden()
    }
}
