//! Opening the register's database: SQLite files beside each other in the data folder, or PostgreSQL.
//!
//! On SQLite there are two files, `matrikel.db` and `matrikel-audit.db`: the read audit has its own, so that reading goes
//! on while an import writes for a minute. On PostgreSQL everything is in one database.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use entity::register;
use jobs::lifecycle::rule;
use jobs::transaction::LOCK_TIMEOUT;
use jobs::{Clock, Store};
use migration::sea_orm_migration::MigratorTrait;
use sea_orm::{
    ActiveValue::Set, ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr, EntityTrait,
    TransactionTrait, sea_query::OnConflict,
};

use crate::access::keys::{KeyError, Keys};
use crate::config::Config;

/// Older versions can lose data in WAL mode with several connections.
const OLDEST_SQLITE: [u32; 3] = [3, 51, 3];
/// How long a request waits for a connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(1);
/// How long the first one to open an SQLite file after a crash may take to read the log of what was being written: a few
/// seconds when that was a large import.
const RECOVERY_TIMEOUT: Duration = Duration::from_secs(10 * 60);
/// How long one statement may run on PostgreSQL.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(30);
/// Of PostgreSQL's advisory locks, the one that is held while tables are made ("Matrikel" in ASCII).
const MIGRATION_LOCK: i64 = 0x4d61_7472_696b_656c;
/// Numbers with as many digits as unions use.
const FIRST_MEMBER_NUMBER: i64 = 100_001;

/// What a command wants of the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Answer requests for long: make or upgrade tables, and be the only one that does so on this SQLite file.
    Serve,
    /// Make or upgrade tables.
    Upgrade,
    /// Use what is there; an old schema is refused.
    Use,
}

/// An open database with what belongs to it.
#[derive(Debug)]
pub struct Opened {
    /// The register.
    pub store: Store,
    /// Where the read audit is written.
    pub audit: DatabaseConnection,
    /// The keys with which it is sealed.
    pub keys: Keys,
    /// Held as long as the process serves from this SQLite file.
    pub serving: Option<File>,
}

impl Opened {
    /// Closes the database. On SQLite the log is then folded into the file; left to the next one to open it, it would have
    /// to be read once more.
    ///
    /// # Errors
    /// When a connection cannot be closed.
    pub async fn close(self) -> Result<(), DbErr> {
        let register = self.store.database().clone();
        drop(self.store);
        register.close().await?;
        self.audit.close().await
    }
}

/// The database cannot be used; each message is one line that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// See there.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The register was sealed with another key.
    #[error("the key in {0} is not the one with which this register was made: put that one back, or set MATRIKEL_KEY_FILE")]
    WrongKey(String),
    /// Somebody else serves from the file.
    #[error("another matrikel already serves from {0}: stop it first, or use PostgreSQL for several instances")]
    AlreadyServed(String),
    /// The tables are missing or old.
    #[error("the register's tables are missing or older than this program: run `matrikel migrate` first")]
    OldSchema,
    /// A newer program has upgraded the tables.
    #[error("the register's tables are newer than this program: use the version that upgraded them, or a later one")]
    NewSchema,
    /// The SQLite library is too old.
    #[error("SQLite {0} is too old: 3.51.3 or later is needed")]
    OldSqlite(String),
    /// `sqlite::memory:` and the like.
    #[error("{0}: the register needs a file")]
    NoFile(String),
    /// A file or folder.
    #[error("{0}: {1}")]
    Io(String, #[source] io::Error),
    /// The rules that come with the program could not be written.
    #[error("the lifecycle rules could not be written: {0}")]
    Rules(String),
    /// The database.
    #[error("the database: {0}")]
    Database(#[source] DbErr),
}

impl From<DbErr> for OpenError {
    fn from(error: DbErr) -> Self {
        match &error {
            // What sea-orm-migration says of a migration that the database has and this program does not.
            DbErr::Custom(message) if message.contains("is missing, this migration has been applied") => Self::NewSchema,
            _ => Self::Database(error),
        }
    }
}

/// Opens the database that `config` names.
///
/// # Errors
/// See [`OpenError`].
pub async fn open(config: &Config, purpose: Purpose, clock: Clock) -> Result<Opened, OpenError> {
    let url = config.database_url();
    let (register, audit, serving) = match sqlite_file(&url)? {
        Some(path) => open_sqlite(&path, purpose, config.database_connections).await?,
        None => {
            let database = connect_postgres(url, config.database_connections).await?;
            if purpose == Purpose::Use {
                refuse_old::<migration::Register>(&database).await?
            } else {
                migrate_postgres(&database).await?
            }
            (database.clone(), database, None)
        }
    };
    let keys = open_keys(config, &register).await?;
    let store = Store::new(register, clock);
    if purpose != Purpose::Use {
        rule::install(&store).await.map_err(|error| OpenError::Rules(error.to_string()))?;
    }
    Ok(Opened { store, audit, keys, serving })
}

/// The file behind a `sqlite:` address; none for another database.
///
/// # Errors
/// [`OpenError::NoFile`] for a database in memory.
pub fn sqlite_file(url: &str) -> Result<Option<PathBuf>, OpenError> {
    let Some(path) = url.strip_prefix("sqlite:") else { return Ok(None) };
    let path = path.strip_prefix("//").unwrap_or(path);
    let path = path.split('?').next().unwrap_or_default();
    if path.is_empty() || path.contains(":memory:") {
        return Err(OpenError::NoFile(url.to_owned()));
    }
    Ok(Some(path.into()))
}

/// The file of the read audit, beside the register's.
pub fn audit_file(register: &Path) -> PathBuf {
    with_suffix(register, "-audit.db")
}

async fn open_sqlite(
    path: &Path,
    purpose: Purpose,
    connections: u32,
) -> Result<(DatabaseConnection, DatabaseConnection, Option<File>), OpenError> {
    if purpose == Purpose::Use && !path.exists() {
        return Err(OpenError::OldSchema);
    }
    make_folder(path)?;
    let serving = (purpose == Purpose::Serve).then(|| lock_for_serving(path)).transpose()?;
    let migrating = lock_file(path, "-migrate.lock")?;
    // On a thread of its own: whoever holds the lock may need this one to go on.
    let migrating =
        tokio::task::spawn_blocking(|| migrating.lock().map(|()| migrating)).await.map_err(io::Error::other).flatten();
    let _migrating = migrating.map_err(|error| OpenError::Io(path.display().to_string(), error))?;
    for file in [path, &audit_file(path)] {
        connect_sqlite_within(RECOVERY_TIMEOUT, file, 1).await?.close().await?;
    }
    let register = connect_sqlite(path, connections).await?;
    let audit = connect_sqlite(&audit_file(path), 2).await?;
    if purpose == Purpose::Use {
        refuse_old::<migration::Register>(&register).await?;
        refuse_old::<migration::ReadAudit>(&audit).await?;
    } else {
        migration::Register::up(&register, None).await?;
        migration::ReadAudit::up(&audit, None).await?;
    }
    Ok((register, audit, serving))
}

/// Makes the folder in which `path` is to stand; only its owner gets into it.
///
/// # Errors
/// [`OpenError::Io`].
pub fn make_folder(path: &Path) -> Result<(), OpenError> {
    let Some(folder) = path.parent() else { return Ok(()) };
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|error| OpenError::Io(folder.display().to_string(), error))
}

/// Makes an empty file that only its owner reads, unless there is one. SQLite gives what it puts beside it the same mode.
///
/// # Errors
/// [`OpenError::Io`].
pub fn make_file(path: &Path) -> Result<(), OpenError> {
    let made = OpenOptions::new().append(true).create(true).mode(0o600).open(path);
    made.map(drop).map_err(|error| OpenError::Io(path.display().to_string(), error))
}

/// Connects to one SQLite file, made if it is not there.
///
/// # Errors
/// When it cannot be opened, or the SQLite library is too old.
pub async fn connect_sqlite(path: &Path, connections: u32) -> Result<DatabaseConnection, OpenError> {
    connect_sqlite_within(ACQUIRE_TIMEOUT, path, connections).await
}

async fn connect_sqlite_within(timeout: Duration, path: &Path, connections: u32) -> Result<DatabaseConnection, OpenError> {
    make_file(path)?;
    let mut options = ConnectOptions::new(format!("sqlite://{}", path.display()));
    // A file does not go away as a server does: asking before each statement whether it answers is a second trip to the thread
    // that reads it, and trips are most of what a small statement costs.
    options.max_connections(connections).acquire_timeout(timeout).test_before_acquire(false).sqlx_logging(false);
    options.map_sqlx_sqlite_opts(|options| {
        options
            .create_if_missing(true)
            .busy_timeout(LOCK_TIMEOUT)
            .foreign_keys(true)
            .pragma("journal_mode", "WAL")
            .pragma("synchronous", "FULL")
            // What is deleted is overwritten: an erased member must not be found in the file's free pages.
            .pragma("secure_delete", "ON")
            .pragma("cache_size", "-65536")
            .pragma("temp_store", "MEMORY")
    });
    let database = Database::connect(options).await?;
    let row = database.query_one_raw(sea_orm::Statement::from_string(DbBackend::Sqlite, "SELECT sqlite_version()")).await?;
    let version: String = row.map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or_default();
    if numbers(&version) < OLDEST_SQLITE.to_vec() {
        return Err(OpenError::OldSqlite(version));
    }
    Ok(database)
}

async fn connect_postgres(url: String, connections: u32) -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_timeout(Duration::from_secs(5))
        // A connection that a firewall dropped is found by asking it, not by a request that fails.
        .test_before_acquire_if_idle_for(Duration::from_secs(1))
        .max_lifetime(Duration::from_secs(30 * 60))
        .statement_timeout(STATEMENT_TIMEOUT)
        .set_application_name("matrikel")
        .sqlx_logging(false)
        .map_sqlx_postgres_opts(|options| {
            options.options([
                // PostgreSQL waits for a contended row in two steps, first for the head of the queue, and times each alone.
                ("lock_timeout", (LOCK_TIMEOUT / 2).as_millis().to_string()),
                ("idle_in_transaction_session_timeout", "60000".to_owned()),
                ("TimeZone", "UTC".to_owned()),
            ])
        });
    Database::connect(options).await
}

/// All in one transaction under one lock: of several instances that start at once, one makes the tables and the others wait.
async fn migrate_postgres(database: &DatabaseConnection) -> Result<(), DbErr> {
    let transaction = database.begin().await?;
    transaction
        .execute_unprepared(&format!(
            "SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0; SELECT pg_advisory_xact_lock({MIGRATION_LOCK})"
        ))
        .await?;
    migration::Register::up(&transaction, None).await?;
    migration::ReadAudit::up(&transaction, None).await?;
    transaction.commit().await
}

async fn refuse_old<M: MigratorTrait>(database: &DatabaseConnection) -> Result<(), OpenError> {
    let missing = M::get_pending_migrations_read_only(database).await?;
    if missing.is_empty() { Ok(()) } else { Err(OpenError::OldSchema) }
}

/// Opens the key file and compares it with the fingerprint in the register; an empty register takes the key as its own.
async fn open_keys(config: &Config, register: &DatabaseConnection) -> Result<Keys, OpenError> {
    let path = config.key_file();
    let known = register::Entity::find_by_id(register::ID).one(register).await?;
    let keys = Keys::open(&path, known.is_none())?;
    if known.is_none() {
        let row = register::ActiveModel {
            id: Set(register::ID),
            change_number: Set(0),
            next_member_number: Set(FIRST_MEMBER_NUMBER),
            key_fingerprint: Set(keys.fingerprint().to_owned()),
            demo: Set(false),
        };
        register::Entity::insert(row)
            .on_conflict(OnConflict::column(register::Column::Id).do_nothing().to_owned())
            .exec_without_returning(register)
            .await?;
    }
    // Read again: another instance may have been first, with a key of its own.
    let row = register::Entity::find_by_id(register::ID).one(register).await?;
    if row.is_some_and(|row| row.key_fingerprint == keys.fingerprint()) {
        Ok(keys)
    } else {
        Err(OpenError::WrongKey(path.display().to_string()))
    }
}

fn lock_for_serving(path: &Path) -> Result<File, OpenError> {
    let file = lock_file(path, "-serve.lock")?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::AlreadyServed(path.display().to_string())),
        Err(TryLockError::Error(error)) => Err(OpenError::Io(path.display().to_string(), error)),
    }
}

fn lock_file(path: &Path, suffix: &str) -> Result<File, OpenError> {
    let path = with_suffix(path, suffix);
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .map_err(|error| OpenError::Io(path.display().to_string(), error))
}

/// `data/matrikel.db` and `-audit.db` give `data/matrikel-audit.db`.
fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!("{stem}{suffix}"))
}

fn numbers(version: &str) -> Vec<u32> {
    version.split('.').filter_map(|part| part.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_by_number_not_by_letter() {
        assert!(numbers("3.9.0") < OLDEST_SQLITE.to_vec());
        assert!(numbers("3.51.2") < OLDEST_SQLITE.to_vec());
        assert!(numbers("3.51.3") >= OLDEST_SQLITE.to_vec());
        assert!(numbers("3.100.0") >= OLDEST_SQLITE.to_vec());
    }

    #[test]
    fn the_file_of_an_sqlite_address_is_found() {
        let file = |url: &str| sqlite_file(url).unwrap().map(|path| path.display().to_string());
        assert_eq!(file("sqlite://data/matrikel.db").as_deref(), Some("data/matrikel.db"));
        assert_eq!(file("sqlite:///srv/register.db?mode=rwc").as_deref(), Some("/srv/register.db"));
        assert_eq!(file("postgres://localhost/matrikel"), None);
        assert!(sqlite_file("sqlite::memory:").is_err());
        assert_eq!(audit_file(Path::new("/srv/register.db")), Path::new("/srv/register-audit.db"));
    }
}
