//! A file to be imported, read: the member file as a table or as JSON, or the representatives' file.

use chrono::NaiveDate;
use entity::import_batch::ImportKind;

use super::row::Incoming;
use crate::members::files::{Headers, MemberColumn, Problem, Problems, RepresentativeColumn, Row, Table};
use crate::members::json_file::{JsonFile, JsonMember};

/// A file to be imported.
#[derive(Debug)]
pub enum ImportFile {
    /// The member file.
    Members(MemberFile),
    /// The representatives' file.
    Representatives(Table, Headers<RepresentativeColumn>),
}

/// The member file.
#[derive(Debug)]
pub enum MemberFile {
    /// CSV or XLSX.
    Table(Table, Headers<MemberColumn>),
    /// What `export` writes as JSON.
    Json(JsonFile),
}

/// A row of the member file, not yet looked into.
pub enum RawRow<'f> {
    /// Of a table.
    Cells(Row<'f>, &'f Headers<MemberColumn>),
    /// Of a JSON file, with its line as export writes it: one for each member, under one with the format.
    Json(usize, &'f JsonMember),
}

impl ImportFile {
    /// Recognises and reads a file by its content; `name` is for messages.
    ///
    /// # Errors
    /// What is wrong with it as a file.
    pub fn read(kind: ImportKind, bytes: Vec<u8>, name: &str) -> Result<Self, Vec<Problem>> {
        if kind == ImportKind::Members && bytes.trim_ascii_start().first() == Some(&b'{') {
            return Ok(Self::Members(MemberFile::Json(JsonFile::read(&bytes).map_err(|problem| vec![problem])?)));
        }
        let table = Table::read(bytes, name)?;
        Ok(match kind {
            ImportKind::Members => {
                let headers = Headers::of(&table);
                Self::Members(MemberFile::Table(table, headers))
            }
            ImportKind::Representatives => {
                let headers = Headers::of(&table);
                Self::Representatives(table, headers)
            }
        })
    }

    /// How many rows it has.
    pub fn row_count(&self) -> usize {
        match self {
            Self::Members(file) => file.row_count(),
            Self::Representatives(table, _) => table.row_count(),
        }
    }
}

impl MemberFile {
    /// How many rows it has.
    pub fn row_count(&self) -> usize {
        match self {
            Self::Table(table, _) => table.row_count(),
            Self::Json(json) => json.members.len(),
        }
    }

    /// The rows, from the first one on at each call.
    pub fn rows(&self) -> Box<dyn Iterator<Item = RawRow<'_>> + '_> {
        match self {
            Self::Table(table, headers) => Box::new(table.rows().map(move |row| RawRow::Cells(row, headers))),
            Self::Json(json) => Box::new(json.members.iter().enumerate().map(|(at, member)| RawRow::Json(at + 2, member))),
        }
    }
}

impl RawRow<'_> {
    /// Where it stands in the file.
    pub fn line(&self) -> usize {
        match self {
            Self::Cells(row, _) => row.line(),
            Self::Json(line, _) => *line,
        }
    }

    /// What it says; every problem is noted.
    pub fn read(&self, today: NaiveDate, default_country: &str, problems: &mut Problems) -> Incoming {
        match self {
            Self::Cells(row, headers) => Incoming::read(headers, row, today, default_country, problems),
            Self::Json(line, member) => Incoming::of_json(member, *line, today, default_country, problems),
        }
    }
}
