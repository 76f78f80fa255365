//! A file that was uploaded: kept sealed between preview and apply, for a day at the most.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::import_batch::{self, ImportKind, ImportMode};
use jobs::housekeeping::KEPT;
use jobs::{Error, Result, Store, Write};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Import, ImportFile, Report};
use crate::access::caller::Caller;
use crate::access::keys::Keys;

/// What an upload is sealed for.
const PURPOSE: &str = "import";

/// An upload: what it says, and whether it was applied.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Upload {
    /// Its id; the history of what it makes names it.
    pub id: Uuid,
    /// What the file holds.
    pub kind: ImportKind,
    /// How members that the register has are treated.
    pub mode: ImportMode,
    /// What it says and would change; once applied, what it changed.
    pub report: Report,
    /// Until when it can be applied; null when something is wrong with it, or once it was.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was applied.
    pub applied_at: Option<DateTime<Utc>>,
}

/// What is needed to compare and apply uploads.
#[derive(Clone, Debug)]
pub struct Uploads {
    /// The register.
    pub store: Store,
    /// The keys that seal.
    pub keys: Keys,
    /// By which telephone numbers of members without a country are read.
    pub default_country: String,
}

impl Uploads {
    /// What `file` would change, in the name of `caller`.
    pub async fn compare(&self, caller: &Caller, id: Uuid, kind: ImportKind, mode: ImportMode, file: Vec<u8>) -> Result<Report> {
        match ImportFile::read(kind, file, "the upload") {
            Err(problems) => Ok(Report::unreadable(problems)),
            Ok(file) => Ok(self.import(caller, id, mode).compare(&file, &|_, _| {}).await?.0),
        }
    }

    /// Keeps an upload that was compared; the file only if it can be applied.
    pub async fn keep(
        &self,
        write: &Write,
        id: Uuid,
        kind: ImportKind,
        mode: ImportMode,
        file: &[u8],
        report: Report,
    ) -> Result<Upload> {
        let content = if report.problems.is_empty() { Some(self.keys.seal(PURPOSE, id, file)?) } else { None };
        let row = import_batch::Model {
            id,
            kind,
            mode,
            content,
            report: serde_json::to_value(&report).map_err(Error::internal)?,
            created_by: write.actor().id,
            created_at: write.now(),
            applied_at: None,
        };
        import_batch::Entity::insert(row.clone().into_active_model()).exec_without_returning(write.database()).await?;
        Upload::of(row)
    }

    /// An upload of the caller's.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none, when it is somebody else's, or when its day is over.
    pub async fn find(&self, caller: &Caller, id: Uuid) -> Result<import_batch::Model> {
        let now = self.store.clock().now();
        import_batch::Entity::find_by_id(id)
            .one(self.store.database())
            .await?
            .filter(|row| row.created_by == caller.actor().id && now - row.created_at < KEPT)
            .ok_or(Error::NotFound)
    }

    /// Applies an upload; one that was applied is given as it was.
    ///
    /// # Errors
    /// [`Error::Conflict`] when something is wrong with the file, or has become so since it was uploaded.
    pub async fn apply(&self, caller: &Caller, id: Uuid) -> Result<Upload> {
        let row = self.find(caller, id).await?;
        if row.applied_at.is_some() {
            return Upload::of(row);
        }
        let wrong = || {
            Error::conflict("", "something is wrong with the file: see `problems` in the report, put it right, upload it again")
        };
        let content = self.keys.open_sealed(PURPOSE, id, row.content.as_deref().ok_or_else(wrong)?)?;
        let file = Arc::new(ImportFile::read(row.kind, content, "the upload").map_err(|_| wrong())?);
        let import = self.import(caller, id, row.mode);
        let (report, plan) = import.compare(&file, &|_, _| {}).await?;
        import.apply(&file, &plan.ok_or_else(wrong)?, &|_, _| {}).await?;
        // Were this to fail, applying again would find nothing left to change.
        let row = self
            .store
            .write(caller.actor(), async |write| {
                let mut row = row.clone().into_active_model();
                row.content = Set(None);
                row.report = Set(serde_json::to_value(&report).map_err(Error::internal)?);
                row.applied_at = Set(Some(write.now()));
                Ok(row.update(write.database()).await?)
            })
            .await?;
        Upload::of(row)
    }

    fn import(&self, caller: &Caller, id: Uuid, mode: ImportMode) -> Import<'_> {
        Import {
            store: &self.store,
            keys: &self.keys,
            default_country: &self.default_country,
            viewer: caller.viewer(),
            actor: caller.actor().clone(),
            mode,
            id,
        }
    }
}

impl Upload {
    /// As it is kept.
    pub fn of(row: import_batch::Model) -> Result<Self> {
        Ok(Self {
            id: row.id,
            kind: row.kind,
            mode: row.mode,
            report: serde_json::from_value(row.report).map_err(Error::internal)?,
            expires_at: row.content.is_some().then(|| row.created_at + KEPT),
            applied_at: row.applied_at,
        })
    }
}
