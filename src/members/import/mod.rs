//! Import: a file handed over becomes members or appointments, all of them or none.
//!
//! In two steps. [`Import::compare`] reads every row, finds every problem and what the file would change, without any
//! lock. [`Import::apply`] reads the rows once more and writes them in one transaction; other changes are turned away
//! meanwhile, reading goes on. What changed between the two steps is found by the transaction: it works on what the
//! register holds then.
//!
//! | file | for |
//! | --- | --- |
//! | [`mod@file`] | the file, read |
//! | [`batch`] | files uploaded over HTTP |
//! | [`row`] | what one row of the member file says |
//! | [`units`] | employers, workplaces, branches and schools by the names that the file uses |
//! | [`merge`] | what a row means for a member whom the register has, by mode |
//! | [`members`] | the member file: compare and write |
//! | [`representatives`] | the representatives' file |
//!
//! Rows are matched by member number. A row that clashes with a member whom the importer may not see is counted as if she
//! did not exist, and held for the privacy officer ([`held`](super::held)).

pub mod batch;
pub mod file;
pub mod members;
pub mod merge;
pub mod representatives;
pub mod row;
pub mod units;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use entity::import_batch::ImportMode;
use entity::visibility::Viewer;
use jobs::history::Actor;
use jobs::{Result, Store};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::duplicates::in_file::LikelyDuplicateRow;
use super::files::{Headers, Problem};
use crate::access::keys::Keys;
pub use file::ImportFile;

/// How many problems are listed; the rest is counted.
const PROBLEMS_LISTED: usize = 200;

/// A file on its way into the register.
#[derive(Debug)]
pub struct Import<'a> {
    /// The register.
    pub store: &'a Store,
    /// The keys that seal personal identity numbers.
    pub keys: &'a Keys,
    /// By which telephone and identity numbers of members without a country are read.
    pub default_country: &'a str,
    /// Whose members may be changed.
    pub viewer: Viewer,
    /// Who imports.
    pub actor: Actor,
    /// How members that the register has are treated.
    pub mode: ImportMode,
    /// Names the import in the history.
    pub id: Uuid,
}

/// What a file says and what it would change, or changed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Report {
    /// Rows in the file.
    pub rows: usize,
    /// Members or appointments that the register does not have yet.
    pub new: usize,
    /// Those that it has and that change.
    pub changed: usize,
    /// Those that stay as they are.
    pub unchanged: usize,
    /// For each field, how many of the changed change in it.
    pub fields: BTreeMap<String, usize>,
    /// Employers, workplaces, branches and schools that the register does not have yet.
    pub new_units: usize,
    /// How each header was understood.
    pub columns: Vec<ColumnUse>,
    /// Headers that were not understood; their columns are not imported.
    pub unknown_columns: Vec<String>,
    /// New rows that are likely somebody whom the register has, or another row: at most 200, in the order of the file. Nothing
    /// is merged: who is the same is put right by hand.
    #[serde(default)]
    pub likely_duplicates: Vec<LikelyDuplicateRow>,
    /// How many such rows there are.
    #[serde(default)]
    pub likely_duplicate_count: usize,
    /// New members without a membership type, who get the usual one.
    #[serde(default)]
    pub without_membership_type: usize,
    /// Telephone numbers that cannot be understood and are kept as given.
    #[serde(default)]
    pub phones_as_given: usize,
    /// Appointments of people who are no members today: imported, but never responsible.
    #[serde(default)]
    pub appointments_of_leavers: usize,
    /// What is worth knowing and no problem, in words.
    pub notes: Vec<String>,
    /// What stands in the way. The file can be applied when this is empty.
    pub problems: Vec<FileProblem>,
}

/// How a header was understood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ColumnUse {
    /// As it stands in the file.
    #[schema(example = "Efternamn")]
    pub header: String,
    /// As which column it was understood.
    #[schema(example = "surname")]
    pub column: String,
}

/// What is wrong with a file, where, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FileProblem {
    /// Line of the file or row of the sheet; 0 for the file as a whole.
    #[schema(example = 17)]
    pub line: usize,
    /// The column.
    #[schema(example = "birth_date")]
    pub column: Option<String>,
    /// What is wrong and what to do.
    pub message: String,
}

impl From<Problem> for FileProblem {
    fn from(problem: Problem) -> Self {
        Self { line: problem.line, column: problem.column, message: problem.message }
    }
}

/// What an import is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Reading the rows and comparing them with the register.
    Comparing,
    /// Writing.
    Writing,
}

/// Told of progress: the phase, and how many rows of the file are done.
pub type Progress<'a> = &'a (dyn Fn(Phase, usize) + Sync);

/// What [`Import::compare`] found, as [`Import::apply`] needs it.
#[derive(Debug)]
pub enum Plan {
    /// For the member file.
    Members(Box<members::Plan>),
    /// For the representatives' file.
    Representatives(representatives::Plan),
}

impl Import<'_> {
    /// Reads the whole file and says what it would change. Without problems there is a plan to apply.
    ///
    /// # Errors
    /// When the register cannot be read. What is wrong with the file stands in the report.
    pub async fn compare(&self, file: &ImportFile, progress: Progress<'_>) -> Result<(Report, Option<Plan>)> {
        match file {
            ImportFile::Members(file) => {
                let (report, plan) = members::compare(self, file, progress).await?;
                Ok((report, plan.map(|plan| Plan::Members(Box::new(plan)))))
            }
            ImportFile::Representatives(table, headers) => {
                let (report, plan) = representatives::compare(self, table, headers).await?;
                Ok((report, plan.map(Plan::Representatives)))
            }
        }
    }

    /// Writes what the plan says, all of it or nothing.
    ///
    /// # Errors
    /// [`jobs::Error::Conflict`] when the register changed so much since the comparison that the plan no longer fits;
    /// [`jobs::Error::Busy`] when it cannot be written now. Nothing is written then.
    pub async fn apply(&self, file: &Arc<ImportFile>, plan: &Plan, progress: Progress<'_>) -> Result<()> {
        match plan {
            Plan::Members(plan) => members::apply(self, file, plan, progress).await,
            Plan::Representatives(plan) => representatives::apply(self, plan).await,
        }
    }
}

impl Report {
    /// The members of the register whom it shows.
    pub fn members_shown(&self) -> Vec<Uuid> {
        let members: BTreeSet<Uuid> = self.likely_duplicates.iter().filter_map(|row| Some(row.member.as_ref()?.id)).collect();
        members.into_iter().collect()
    }

    /// Of a file that cannot be read at all.
    pub fn unreadable(problems: Vec<Problem>) -> Self {
        Self { problems: problems.into_iter().map(FileProblem::from).collect(), ..Self::default() }
    }

    fn of<C: super::files::Column>(rows: usize, headers: &Headers<C>) -> Self {
        Self {
            rows,
            columns: headers
                .matched
                .iter()
                .map(|matched| ColumnUse { header: matched.header.clone(), column: matched.column.name().to_owned() })
                .collect(),
            unknown_columns: headers.unknown.clone(),
            problems: headers.problems.iter().cloned().map(FileProblem::from).collect(),
            ..Self::default()
        }
    }
}
