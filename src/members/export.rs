//! Export: the members that the caller may see, as a file. XLSX and CSV carry the current state in the columns that import
//! reads; JSON is lossless and is what [`super::import`] reads back whole.
//!
//! Without `everything` an export holds no protected identity and no personal identity number. Each is written to the read
//! audit, with who and how many, before the file gets its name.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use entity::read_audit::Access;
use entity::visibility::{Viewer, VisibleTo};
use entity::{Vocabulary, member};
use jobs::{Error, Result, Store};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};

use super::card::Membership;
use super::files::{Cell, Column, Delimiter, MemberColumn, RowWriter};
use super::import::units::UnitNames;
use super::json_file::JsonMember;
use super::member::Member;
use super::protection::identity_number;
use crate::access::audit::{Reading, Recorder, Shown};
use crate::access::keys::Keys;

/// How many members are read at a time.
const PAGE: u64 = 2_000;

/// How the file is written; the ending of its name says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Typed cells.
    Xlsx,
    /// UTF-8 with a mark, commas, formulas made harmless.
    Csv,
    /// Lossless.
    Json,
}

impl Format {
    /// By the ending of `path`.
    pub fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "xlsx" => Some(Self::Xlsx),
            "csv" => Some(Self::Csv),
            "json" => Some(Self::Json),
            _ => None,
        }
    }
}

/// What is exported, and for whom.
#[derive(Debug)]
pub struct Export<'a> {
    /// The register.
    pub store: &'a Store,
    /// The keys that open personal identity numbers.
    pub keys: &'a Keys,
    /// The read audit.
    pub audit: &'a Recorder,
    /// Who asks.
    pub reading: Reading,
    /// Whose members.
    pub viewer: Viewer,
    /// With personal identity numbers.
    pub identity_numbers: bool,
}

impl Export<'_> {
    /// Writes the file `path`, which must not exist yet, and gives the number of members in it.
    ///
    /// # Errors
    /// When the file exists or cannot be written, or the register or the audit cannot be used: there is no file then.
    pub async fn to_file(&self, path: &Path, format: Format) -> Result<usize> {
        if path.exists() {
            return Err(Error::conflict("", format!("{} exists already; choose another name or remove it", path.display())));
        }
        let draft = Draft::beside(path)?;
        let members = match format {
            Format::Json => self.write_json(draft.file()?).await?,
            Format::Csv | Format::Xlsx => self.write_table(draft.file()?, format).await?,
        };
        self.audit.record(&self.reading, Access::Opened, Shown::All(members), ()).await?;
        draft.rename_to(path)?;
        Ok(members)
    }

    async fn write_table(&self, file: File, format: Format) -> Result<usize> {
        let columns: Vec<&str> = MemberColumn::ALL.iter().map(|column| column.name()).collect();
        let out = BufWriter::new(file);
        let mut writer = match format {
            Format::Xlsx => RowWriter::xlsx(out, &columns, self.count().await?),
            _ => RowWriter::csv(out, &columns, Delimiter::Comma),
        }
        .map_err(Error::internal)?;
        let names = UnitNames::load(self.store.database()).await?;
        let today = self.store.clock().today();
        let mut members = 0;
        let mut after = None;
        while let Some(page) = self.page(&mut after).await? {
            for member in page {
                let cells = self.cells(&member, &names, today)?;
                writer.write_row(&cells.iter().map(TextCell::as_cell).collect::<Vec<_>>()).map_err(Error::internal)?;
                members += 1;
            }
        }
        writer
            .finish()
            .map_err(Error::internal)?
            .into_inner()
            .map_err(|error| Error::internal(error.into_error()))?
            .sync_all()
            .map_err(Error::internal)?;
        Ok(members)
    }

    async fn write_json(&self, file: File) -> Result<usize> {
        let names = UnitNames::load(self.store.database()).await?;
        let mut out = BufWriter::new(file);
        let mut members = 0;
        let mut after = None;
        let put = |out: &mut BufWriter<File>, bytes: &[u8]| out.write_all(bytes).map_err(Error::internal);
        put(&mut out, super::json_file::HEAD.as_bytes())?;
        while let Some(page) = self.page(&mut after).await? {
            for member in page {
                let number = if self.identity_numbers { identity_number(self.keys, &member)? } else { None };
                put(&mut out, if members == 0 { b"\n" } else { b",\n" })?;
                put(&mut out, &serde_json::to_vec(&JsonMember::of(member, &names, number)).map_err(Error::internal)?)?;
                members += 1;
            }
        }
        put(&mut out, super::json_file::TAIL.as_bytes())?;
        out.into_inner().map_err(|error| Error::internal(error.into_error()))?.sync_all().map_err(Error::internal)?;
        Ok(members)
    }

    async fn count(&self) -> Result<usize> {
        let members = member::Entity::find().visible_to(&self.viewer).count(self.store.database()).await?;
        usize::try_from(members).map_err(Error::internal)
    }

    async fn page(&self, after: &mut Option<uuid::Uuid>) -> Result<Option<Vec<Member>>> {
        let mut query = member::Entity::find().visible_to(&self.viewer).order_by_asc(member::Column::Id).limit(PAGE);
        if let Some(after) = after {
            query = query.filter(member::Column::Id.gt(*after));
        }
        let rows = query.all(self.store.database()).await?;
        let Some(last) = rows.last() else { return Ok(None) };
        *after = Some(last.id);
        Ok(Some(Member::complete(self.store.database(), rows).await?))
    }

    fn cells(&self, member: &Member, names: &UnitNames, today: NaiveDate) -> Result<Vec<TextCell>> {
        let number = if self.identity_numbers { identity_number(self.keys, member)? } else { None };
        let membership = Membership::of(member, today);
        let row = &member.row;
        let text = |text: &Option<String>| TextCell::Text(text.clone().unwrap_or_default());
        let date = |day: Option<NaiveDate>| TextCell::Date(day);
        let joined = |parts: Vec<&str>| TextCell::Text(parts.join("; "));
        Ok(MemberColumn::ALL
            .iter()
            .map(|column| match column {
                MemberColumn::MemberNumber => TextCell::Text(row.member_number.clone()),
                MemberColumn::GivenNames => TextCell::Text(row.given_names.clone()),
                MemberColumn::Surname => TextCell::Text(row.surname.clone()),
                MemberColumn::FormerSurname => joined(member.former_surnames.iter().map(String::as_str).collect()),
                MemberColumn::BirthDate => date(row.birth_date),
                MemberColumn::PersonalIdentityNumber => text(&number),
                MemberColumn::Language => text(&row.language),
                MemberColumn::Email => text(&row.email),
                MemberColumn::Phone => text(&row.phone),
                MemberColumn::Street => text(&row.street),
                MemberColumn::PostalCode => text(&row.postal_code),
                MemberColumn::City => text(&row.city),
                MemberColumn::Country => text(&row.country),
                MemberColumn::MembershipType => word(membership.as_ref().map(|membership| membership.membership_type)),
                MemberColumn::Occupation => text(&row.occupation),
                MemberColumn::Employer => {
                    let employers: Vec<&str> =
                        member.workplaces.iter().map(|place| place.employer.as_deref().unwrap_or_default()).collect();
                    if employers.iter().all(|name| name.is_empty()) { TextCell::Text(String::new()) } else { joined(employers) }
                }
                MemberColumn::Workplace => joined(member.workplaces.iter().map(|place| place.name.as_str()).collect()),
                MemberColumn::LocalBranch => text(&names.local_branch(row.local_branch_id)),
                MemberColumn::School => text(&names.school(row.school_id)),
                MemberColumn::GraduationDate => date(row.graduation_date),
                MemberColumn::GraduationConfirmedOn => date(row.graduation_confirmed_on),
                MemberColumn::JoinedOn => date(membership.as_ref().and_then(|membership| membership.joined_on)),
                MemberColumn::LeftOn => date(membership.as_ref().and_then(|membership| membership.left_on)),
                MemberColumn::LeaveReason => word(membership.as_ref().and_then(|membership| membership.leave_reason)),
                MemberColumn::Protected => word(row.protection),
                MemberColumn::Hidden => TextCell::Text(if row.hidden { "1".to_owned() } else { String::new() }),
            })
            .collect())
    }
}

/// A cell that owns its text.
enum TextCell {
    Text(String),
    Date(Option<NaiveDate>),
}

impl TextCell {
    fn as_cell(&self) -> Cell<'_> {
        match self {
            TextCell::Text(text) => text.as_str().into(),
            TextCell::Date(day) => (*day).into(),
        }
    }
}

fn word<T: Vocabulary>(value: Option<T>) -> TextCell {
    TextCell::Text(value.map(|value| value.word()).unwrap_or_default())
}

/// A file that gets its name only when it is complete; only its owner reads it. Removed when it is dropped before.
struct Draft(PathBuf);

impl Draft {
    fn beside(path: &Path) -> Result<Self> {
        let name = path.file_name().ok_or_else(|| Error::invalid("", "the file needs a name"))?;
        let mut draft = name.to_os_string();
        draft.push(".part");
        Ok(Self(path.with_file_name(draft)))
    }

    fn file(&self) -> Result<File> {
        let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&self.0);
        file.map_err(|error| Error::invalid("", format!("{} cannot be written: {error}", self.0.display())))
    }

    fn rename_to(self, path: &Path) -> Result<()> {
        let renamed: io::Result<()> = fs::rename(&self.0, path);
        renamed.map_err(Error::internal)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // Renamed, it is no longer there.
        let _ = fs::remove_file(&self.0);
    }
}
