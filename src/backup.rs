//! Backups of an SQLite register: one file with the register and the read audit, made while the service runs, checked by
//! opening it. The key is never in it. PostgreSQL has tools of its own for this.

use std::fs;
use std::path::Path;

use entity::{member, register};
use migration::sea_orm_migration::MigratorTrait;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, EntityTrait, PaginatorTrait, Statement};

use crate::config::Config;
use crate::database::{OpenError, audit_file, connect_sqlite, make_file, make_folder, sqlite_file};

/// How many change numbers and member numbers a restored register skips: more than can have been given since the backup.
const SKIPPED_CHANGES: i64 = 10_000_000;
const SKIPPED_MEMBERS: i64 = 10_000;

/// Why a backup could not be made or put back; the message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The register is on PostgreSQL.
    #[error("the register is on PostgreSQL: {0}")]
    Postgres(&'static str),
    /// The file is in the way.
    #[error("{0} exists already; choose another name or move it away")]
    Exists(String),
    /// There is nothing to copy.
    #[error("{0} is not there")]
    Missing(String),
    /// The copy is not whole.
    #[error("the file does not pass the check: {0}")]
    Broken(String),
    /// See there.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The database.
    #[error("the database: {0}")]
    Database(#[from] sea_orm::DbErr),
    /// A file.
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

/// Copies the register into the new file `to`, checks the copy and gives the number of members in it.
///
/// # Errors
/// See [`BackupError`]; there is no file then.
pub async fn backup(config: &Config, to: &Path) -> Result<u64, BackupError> {
    let register = sqlite_file(&config.database_url())?
        .ok_or(BackupError::Postgres("use `pg_dump --format=custom --file=FILE DATABASE`; docs/operate.md has the drill"))?;
    refuse_existing(to)?;
    if !register.exists() {
        return Err(BackupError::Missing(register.display().to_string()));
    }
    let outcome = copy_out(&register, to).await;
    if outcome.is_err() {
        remove(to)?;
    }
    outcome
}

async fn copy_out(register: &Path, to: &Path) -> Result<u64, BackupError> {
    copy(connect_sqlite(register, 1).await?, to).await?;
    let copied = connect_sqlite(to, 1).await?;
    let outcome = join(&copied, register).await;
    copied.close().await?;
    outcome
}

/// Puts the read audit into the copy of the register, and checks it.
async fn join(copied: &DatabaseConnection, register: &Path) -> Result<u64, BackupError> {
    migration::ReadAudit::up(copied, None).await?;
    run(copied, "ATTACH DATABASE ? AS audit", &audit_file(register)).await?;
    copied.execute_unprepared("INSERT INTO main.read_audit SELECT * FROM audit.read_audit").await?;
    copied.execute_unprepared("DETACH DATABASE audit").await?;
    // One file, with nothing beside it.
    copied.execute_unprepared("PRAGMA journal_mode = DELETE").await?;
    check(copied).await
}

/// Makes a register of the backup `from` where the settings say that one should be and none is; gives its members' number.
///
/// # Errors
/// See [`BackupError`]; nothing is left behind then.
pub async fn restore(config: &Config, from: &Path) -> Result<u64, BackupError> {
    let register =
        sqlite_file(&config.database_url())?.ok_or(BackupError::Postgres("use `pg_restore`; docs/operate.md has the drill"))?;
    if !from.exists() {
        return Err(BackupError::Missing(from.display().to_string()));
    }
    let audit = audit_file(&register);
    for path in [&register, &audit] {
        refuse_existing(path)?;
    }
    make_folder(&register)?;
    let outcome = copy_back(from, &register, &audit).await;
    if outcome.is_err() {
        remove(&register)?;
        remove(&audit)?;
    }
    outcome
}

async fn copy_back(from: &Path, register: &Path, audit: &Path) -> Result<u64, BackupError> {
    copy(connect_read_only(from).await?, register).await?;
    let restored = connect_sqlite(register, 1).await?;
    let audit_database = connect_sqlite(audit, 1).await?;
    let outcome = split(&restored, &audit_database, register).await;
    // Closed in any case, so that nothing stays beside the files.
    restored.close().await?;
    audit_database.close().await?;
    outcome
}

/// Gives the audit of a restored register to its own file, and the register numbers that were not given yet.
async fn split(restored: &DatabaseConnection, audit: &DatabaseConnection, register: &Path) -> Result<u64, BackupError> {
    let members = check(restored).await?;
    skip_numbers(restored).await?;
    migration::ReadAudit::up(audit, None).await?;
    run(audit, "ATTACH DATABASE ? AS backup", register).await?;
    audit.execute_unprepared("INSERT INTO main.read_audit SELECT * FROM backup.read_audit").await?;
    audit.execute_unprepared("DETACH DATABASE backup").await?;
    migration::ReadAudit::down(restored, None).await?;
    Ok(members)
}

/// A consistent copy of what `database` is open on, whoever writes to it meanwhile (VACUUM INTO).
async fn copy(database: DatabaseConnection, to: &Path) -> Result<(), BackupError> {
    make_file(to)?;
    run(&database, "VACUUM INTO ?", to).await?;
    database.close().await?;
    Ok(())
}

/// SQLite's own check of the file, and that it is a register.
async fn check(database: &DatabaseConnection) -> Result<u64, BackupError> {
    let row = database.query_one_raw(Statement::from_string(DbBackend::Sqlite, "PRAGMA integrity_check")).await?;
    let verdict: String = row.map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or_default();
    if verdict != "ok" {
        return Err(BackupError::Broken(verdict));
    }
    member::Entity::find().count(database).await.map_err(|_| BackupError::Broken("it holds no register".into()))
}

/// A backup is only read: it may lie on a medium that cannot be written.
async fn connect_read_only(path: &Path) -> Result<DatabaseConnection, BackupError> {
    let mut options = ConnectOptions::new(format!("sqlite://{}", path.display()));
    options.max_connections(1).sqlx_logging(false).map_sqlx_sqlite_opts(|options| options.read_only(true).immutable(true));
    Ok(Database::connect(options).await?)
}

/// What was done after the backup is lost, but its numbers were given: members got theirs, and systems that join on have
/// seen the changes'. Both go on from where they cannot have been.
async fn skip_numbers(database: &DatabaseConnection) -> Result<(), BackupError> {
    register::Entity::update_many()
        .col_expr(register::Column::ChangeNumber, Expr::col(register::Column::ChangeNumber).add(SKIPPED_CHANGES))
        .col_expr(register::Column::NextMemberNumber, Expr::col(register::Column::NextMemberNumber).add(SKIPPED_MEMBERS))
        .exec(database)
        .await?;
    Ok(())
}

async fn run(database: &DatabaseConnection, sql: &str, path: &Path) -> Result<(), BackupError> {
    let values = [path.display().to_string().into()];
    database.execute_raw(Statement::from_sql_and_values(DbBackend::Sqlite, sql, values)).await?;
    Ok(())
}

fn refuse_existing(path: &Path) -> Result<(), BackupError> {
    if path.exists() { Err(BackupError::Exists(path.display().to_string())) } else { Ok(()) }
}

fn remove(path: &Path) -> Result<(), BackupError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}
