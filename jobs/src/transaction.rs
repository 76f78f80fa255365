//! The one way to change the register.
//!
//! [`Store::write`] opens a transaction (`BEGIN IMMEDIATE` on SQLite), runs the work, writes the history of what the work
//! [noted](Write::note), and commits. A transaction that lost a race on PostgreSQL is run again from its start; a lock
//! that is not had in time is [`Error::Busy`].
//!
//! History rows are numbered from the one row of the table `register`. The row is updated last and stays locked until the
//! commit, so change numbers become visible in their own order: a reader that has seen N can ask for what is greater than
//! N and misses nothing. That is why no database sequence is used.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use entity::{history, register};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, EntityTrait,
    IntoActiveModel, Iterable, QueryFilter, SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};
use serde::Serialize;
use tokio::sync::{Notify, Semaphore, watch};
use tokio::time::timeout;
use uuid::Uuid;

use crate::history::{Actor, Entry};
use crate::{Clock, Error, Result};

/// How long a change waits for its turn before it is [`Error::Busy`]; also set as SQLite's busy timeout and, halved, as
/// PostgreSQL's lock timeout when the database is opened.
pub const LOCK_TIMEOUT: Duration = Duration::from_secs(2);
/// How long a change waits on PostgreSQL before it may wait for locks: as long as for a connection.
const TURN_TIMEOUT: Duration = Duration::from_secs(1);
/// How often a transaction that lost a race is run.
const ATTEMPTS: usize = 5;
/// How many values SQLite takes in one statement.
const SQLITE_PARAMETERS: usize = 32_766;
/// How many rows go into one statement: more gain nothing and cost memory.
const ROWS_AT_ONCE: usize = 1_000;

/// The register's database, and the clock by which it is written.
#[derive(Clone, Debug)]
pub struct Store {
    database: DatabaseConnection,
    clock: Clock,
    last_change: watch::Sender<i64>,
    mail_waits: Arc<Notify>,
    // SQLite lets one writer in at a time and makes the others poll; in this process they queue here instead, in order.
    // On PostgreSQL writers that wait for a lock hold a connection each: half of them are kept for reading.
    turns: Arc<Semaphore>,
}

impl Store {
    /// Over an open, migrated database.
    pub fn new(database: DatabaseConnection, clock: Clock) -> Self {
        let writers = match database.get_database_backend() {
            DbBackend::Postgres => database.get_postgres_connection_pool().options().get_max_connections() / 2,
            _ => 1,
        };
        let turns = Arc::new(Semaphore::new(Ord::max(writers, 1) as usize));
        Self { database, clock, last_change: watch::Sender::new(0), mail_waits: Arc::default(), turns }
    }

    /// For reading.
    pub fn database(&self) -> &DatabaseConnection {
        &self.database
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The number of the last change that this process committed; whoever follows the register waits on it.
    pub fn last_change(&self) -> watch::Receiver<i64> {
        self.last_change.subscribe()
    }

    /// Waits until a mail was written, or mailing started, in this process.
    pub async fn mail_waits(&self) {
        self.mail_waits.notified().await;
    }

    /// Runs `work` in a transaction and commits it together with its history.
    ///
    /// # Errors
    /// What `work` gives, with nothing written; [`Error::Busy`] when the database cannot take a write now.
    pub async fn write<T>(&self, actor: &Actor, work: impl AsyncFn(&Write) -> Result<T>) -> Result<T> {
        let mut attempt = 1;
        loop {
            match self.attempt(actor, &work).await {
                Err(error) if error.lost_a_race() && attempt < ATTEMPTS => attempt += 1,
                outcome => return outcome,
            }
        }
    }

    /// Sees to it that what was deleted is nowhere in SQLite's files: it is overwritten in the database (`secure_delete`),
    /// and the log, which still holds it, is written into the database and emptied. Gives whether that could be done;
    /// somebody who reads or writes for long stands in the way. PostgreSQL does so in its own time (autovacuum).
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn empty_log(&self) -> Result<bool> {
        if self.database.get_database_backend() != DbBackend::Sqlite {
            return Ok(false);
        }
        let statement = Statement::from_string(DbBackend::Sqlite, "PRAGMA wal_checkpoint(TRUNCATE)");
        let row = self.database.query_one_raw(statement).await?;
        let busy: i64 = row.map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or(1);
        Ok(busy == 0)
    }

    async fn attempt<T>(&self, actor: &Actor, work: &impl AsyncFn(&Write) -> Result<T>) -> Result<T> {
        let patience = match self.database.get_database_backend() {
            DbBackend::Sqlite => LOCK_TIMEOUT,
            _ => TURN_TIMEOUT,
        };
        let turn = timeout(patience, self.turns.acquire()).await.map_err(|_| Error::Busy(None))?;
        let _turn = turn.map_err(Error::internal)?;
        let options =
            TransactionOptions { sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate), ..Default::default() };
        let transaction = self.database.begin_with_options(options).await?;
        let write = Write {
            transaction,
            actor: actor.clone(),
            clock: self.clock.clone(),
            now: self.clock.now(),
            entries: Mutex::default(),
            last_change: AtomicI64::new(0),
            wakes_courier: AtomicBool::new(false),
        };
        let value = work(&write).await?;
        let wakes_courier = write.wakes_courier.load(Ordering::Relaxed);
        let number = write.commit().await?;
        if wakes_courier {
            self.mail_waits.notify_one();
        }
        self.last_change.send_if_modified(|last| {
            let later = number > *last;
            if later {
                *last = number;
            }
            later
        });
        Ok(value)
    }
}

/// A running transaction. Dropped without commit, it is rolled back.
#[derive(Debug)]
pub struct Write {
    transaction: DatabaseTransaction,
    actor: Actor,
    clock: Clock,
    now: DateTime<Utc>,
    entries: Mutex<Vec<Entry>>,
    last_change: AtomicI64,
    wakes_courier: AtomicBool,
}

impl Write {
    /// What queries and changes run on.
    pub fn database(&self) -> &DatabaseTransaction {
        &self.transaction
    }

    /// Who changes the register.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// When: one instant for the whole transaction.
    pub fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// The clock, for dates and new ids.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// A new id.
    pub fn new_id(&self) -> Uuid {
        self.clock.new_id()
    }

    /// Notes a change for the history.
    pub fn note(&self, entry: Entry) {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).push(entry);
    }

    /// Lets this process's courier look at the outbox at once when the transaction is committed.
    pub fn wake_courier(&self) {
        self.wakes_courier.store(true, Ordering::Relaxed);
    }

    /// Draws `count` change numbers and gives the first. The register's row stays locked until the end of the
    /// transaction: other writers wait, and are [`Error::Busy`] after the lock timeout. [`Write`] itself does this last;
    /// an import does it first, because it numbers its rows as it goes.
    pub async fn draw_change_numbers(&self, count: usize) -> Result<i64> {
        let count = i64::try_from(count).map_err(Error::internal)?;
        let row = register::Entity::update_many()
            .col_expr(register::Column::ChangeNumber, Expr::col(register::Column::ChangeNumber).add(count))
            .filter(register::Column::Id.eq(register::ID))
            .exec_with_returning(&self.transaction)
            .await?
            .pop()
            .ok_or_else(|| DbErr::RecordNotFound("the register's own row".into()))?;
        self.last_change.store(row.change_number, Ordering::Relaxed);
        Ok(row.change_number - count + 1)
    }

    /// Inserts `rows`, many at a time. SQLite gets lists of values; PostgreSQL one JSON document for each thousand rows,
    /// which it unpacks about ten times as fast as it parses the same number of parameters.
    pub async fn insert_all<E>(&self, rows: Vec<E::Model>) -> Result<()>
    where
        E: EntityTrait,
        E::Model: Serialize + IntoActiveModel<E::ActiveModel>,
        E::ActiveModel: ActiveModelTrait<Entity = E> + Send,
    {
        match self.transaction.get_database_backend() {
            DbBackend::Postgres => {
                let table = E::default().table_name();
                for rows in rows.chunks(ROWS_AT_ONCE) {
                    let sql = format!(
                        "INSERT INTO \"{table}\" SELECT * FROM json_populate_recordset(NULL::\"{table}\", $1::text::json)"
                    );
                    let document = serde_json::to_string(rows).map_err(Error::internal)?;
                    self.transaction
                        .execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, sql, [document.into()]))
                        .await?;
                }
            }
            _ => {
                let at_once = ROWS_AT_ONCE.min(SQLITE_PARAMETERS / E::Column::iter().count());
                let mut rows = rows.into_iter().map(IntoActiveModel::into_active_model).peekable();
                while rows.peek().is_some() {
                    E::insert_many(rows.by_ref().take(at_once)).exec_without_returning(&self.transaction).await?;
                }
            }
        }
        Ok(())
    }

    /// A history row for `entry`, numbered `number`.
    pub fn history_row(&self, number: i64, entry: Entry) -> history::Model {
        history::Model {
            number,
            at: self.now,
            actor_kind: self.actor.kind.clone(),
            actor_id: self.actor.id,
            subject_type: entry.subject,
            subject_id: entry.subject_id,
            member_id: entry.member_id,
            kind: entry.change,
            changes: entry.changes,
        }
    }

    /// Writes the history and commits; gives the last change number drawn, or 0.
    async fn commit(self) -> Result<i64> {
        let entries = std::mem::take(&mut *self.entries.lock().unwrap_or_else(PoisonError::into_inner));
        if !entries.is_empty() {
            let first = self.draw_change_numbers(entries.len()).await?;
            let rows = (first..).zip(entries).map(|(number, entry)| self.history_row(number, entry)).collect();
            self.insert_all::<history::Entity>(rows).await?;
        }
        self.transaction.commit().await?;
        Ok(self.last_change.into_inner())
    }
}
