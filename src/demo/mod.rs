//! A believable register of people who do not exist, for the demo, the benches and whoever wants to repeat a figure.
//!
//! [`write_members`] and [`write_representatives`] write the two files that [`crate::members`] imports. The same number of
//! members, seed and day give the same bytes on every machine: nothing here asks the clock, and chance is the generator's in `random.rs`.
//! Members are made one after the other, so a register of any size takes the memory of one.
//!
//! What is harmless and what is not: e-mail addresses end in domains that are set aside for examples, telephone numbers are
//! the ones that Sweden sets aside for fiction (`places.rs` says which). **Personal identity numbers are left blank
//! everywhere**: a number that validates may be a living person's, and the test numbers that some tax agencies publish are
//! too few and in use by others. Names are common ones put together by chance; some pair of them is always somebody's.
//!
//! Not for tests of single rules: a test that needs a certain member makes it.

mod names;
mod people;
mod places;
mod random;
mod representatives;
mod workplaces;

use std::io::{self, Write};

use chrono::NaiveDate;
use serde::Serialize;

pub use people::Members;
pub use representatives::{Appointment, representatives};

/// The names of [`Row`]'s fields.
const MEMBER_COLUMNS: &str = "member_number given_names surname former_surname birth_date personal_identity_number language email phone street \
    postal_code city country membership_type occupation employer workplace local_branch school graduation_date graduation_confirmed_on \
    joined_on left_on leave_reason protected hidden";

/// The names of [`Appointment`]'s fields.
const REPRESENTATIVE_COLUMNS: &str = "member_number role workplace school local_branch valid_from valid_until";

/// A member as a line of the member file; the fields are its columns, in its order.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[expect(missing_docs, reason = "each is the column of its name")]
pub struct Row {
    pub member_number: u64,
    pub given_names: String,
    pub surname: String,
    pub former_surname: &'static str,
    pub birth_date: NaiveDate,
    /// Always blank: see the module's documentation.
    pub personal_identity_number: &'static str,
    pub language: &'static str,
    pub email: String,
    pub phone: String,
    pub street: String,
    pub postal_code: &'static str,
    pub city: &'static str,
    pub country: &'static str,
    pub membership_type: &'static str,
    pub occupation: &'static str,
    /// Two are divided by `"; "`, and so are their workplaces, in the same order.
    pub employer: String,
    pub workplace: String,
    pub local_branch: &'static str,
    pub school: &'static str,
    pub graduation_date: Option<NaiveDate>,
    pub graduation_confirmed_on: Option<NaiveDate>,
    pub joined_on: NaiveDate,
    pub left_on: Option<NaiveDate>,
    pub leave_reason: &'static str,
    pub protected: &'static str,
    pub hidden: &'static str,
}

/// So many members as they stand on this day.
pub fn members(members: usize, seed: u64, today: NaiveDate) -> Members {
    Members::new(members, seed, today)
}

/// Writes the member file of a demo register as CSV.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write_members(out: impl Write, members: usize, seed: u64, today: NaiveDate) -> io::Result<()> {
    write(out, MEMBER_COLUMNS, Members::new(members, seed, today))
}

/// Writes the file of those members' representatives as CSV.
///
/// # Errors
/// When `out` cannot be written to.
pub fn write_representatives(out: impl Write, members: usize, seed: u64, today: NaiveDate) -> io::Result<()> {
    write(out, REPRESENTATIVE_COLUMNS, representatives(members, seed, today))
}

/// The header stands there even if nobody does, so that a file of no members is still a member file.
fn write(out: impl Write, columns: &str, rows: impl IntoIterator<Item = impl Serialize>) -> io::Result<()> {
    let mut file = csv::WriterBuilder::new().has_headers(false).from_writer(out);
    file.write_record(columns.split(' '))?;
    for row in rows {
        file.serialize(row)?;
    }
    file.flush()
}

#[cfg(test)]
mod tests;
