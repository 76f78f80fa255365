//! The read audit: every answer with member data is written down before it is given, or it is not given.
//!
//! Answers that wait at the same time share a commit: while one is being written the next gather, so a lone caller waits
//! for one commit and a crowd waits for two at the most. [`Audited`] holds member data that may be given out; only the
//! [`Recorder`] makes one, so a handler that forgets the audit does not compile.

use std::time::Duration;

use entity::read_audit::{self, Access};
use jobs::history::Actor;
use jobs::{Clock, Error, Result};
use sea_orm::{DatabaseConnection, EntityTrait, IntoActiveModel};
use serde_json::json;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;
use uuid::Uuid;

/// How many rows share a commit at the most.
const ROWS_IN_A_COMMIT: usize = 256;
/// How many rows may wait; beyond that the service is overloaded and says so.
const WAITING: usize = 4096;
/// How long an answer waits for its row.
const PATIENCE: Duration = Duration::from_secs(5);

/// Member data whose giving-out has been written down.
#[derive(Debug)]
pub struct Audited<T>(T);

impl<T> Audited<T> {
    /// The data, to be given to whom the audit names.
    pub fn into_inner(self) -> T {
        self.0
    }

    /// What is made of the data is as much accounted for as the data.
    pub fn map<U>(self, make: impl FnOnce(T) -> U) -> Audited<U> {
        Audited(make(self.0))
    }
}

/// Which members an answer holds.
#[derive(Clone, Debug)]
pub enum Shown {
    /// These.
    Members(Vec<Uuid>),
    /// So many, the whole of what the caller may see.
    All(usize),
}

/// Who is shown what, by which operation.
#[derive(Clone, Debug)]
pub struct Reading {
    /// To whom.
    pub actor: Actor,
    /// By which operation.
    pub operation: &'static str,
    /// In which request.
    pub request_id: Option<Uuid>,
}

/// Writes the audit.
#[derive(Clone, Debug)]
pub struct Recorder {
    rows: mpsc::Sender<(read_audit::Model, oneshot::Sender<bool>)>,
    clock: Clock,
}

impl Recorder {
    /// Starts writing to `database`, in a task of its own that ends when the last recorder is dropped.
    pub fn start(database: DatabaseConnection, clock: Clock) -> Self {
        let (rows, waiting) = mpsc::channel(WAITING);
        tokio::spawn(write_all(database, waiting));
        Self { rows, clock }
    }

    /// Writes down that `reading` shows these members, and gives back the data to be shown.
    ///
    /// # Errors
    /// [`Error::Busy`] when it could not be written: the data is then not given.
    pub async fn record<T>(&self, reading: &Reading, access: Access, shown: Shown, data: T) -> Result<Audited<T>> {
        let (members, member_ids) = match shown {
            Shown::Members(ids) => (ids.len(), Some(json!(ids))),
            Shown::All(members) => (members, None),
        };
        if members == 0 {
            return Ok(Audited(data));
        }
        let row = read_audit::Model {
            id: self.clock.new_id(),
            at: self.clock.now(),
            actor_kind: reading.actor.kind.clone(),
            actor_id: reading.actor.id,
            access,
            operation: reading.operation.to_owned(),
            request_id: reading.request_id,
            members: i64::try_from(members).map_err(Error::internal)?,
            member_ids,
        };
        let (done, written) = oneshot::channel();
        self.rows.try_send((row, done)).map_err(|_| Error::Busy(None))?;
        match timeout(PATIENCE, written).await {
            Ok(Ok(true)) => Ok(Audited(data)),
            _ => Err(Error::Busy(None)),
        }
    }
}

async fn write_all(database: DatabaseConnection, mut waiting: mpsc::Receiver<(read_audit::Model, oneshot::Sender<bool>)>) {
    let mut batch = Vec::with_capacity(ROWS_IN_A_COMMIT);
    while waiting.recv_many(&mut batch, ROWS_IN_A_COMMIT).await > 0 {
        let (rows, done): (Vec<_>, Vec<_>) = batch.drain(..).unzip();
        let written = write(&database, rows).await;
        if let Err(error) = &written {
            tracing::error!(%error, source = ?std::error::Error::source(error), "The read audit could not be written: member data is withheld");
        }
        for done in done {
            // Whoever no longer waits has been told that the register is busy.
            let _ = done.send(written.is_ok());
        }
    }
}

/// One statement, which is a transaction of its own.
async fn write(database: &DatabaseConnection, rows: Vec<read_audit::Model>) -> Result<()> {
    let rows = rows.into_iter().map(IntoActiveModel::into_active_model);
    read_audit::Entity::insert_many(rows).exec_without_returning(database).await?;
    Ok(())
}
