//! The JSON file: members whole, with their ledger of memberships, by the names of units. What export writes, import reads
//! back to the same register (but for ids, times, history, and what the reader may not see).

use chrono::NaiveDate;
use entity::member::Protection;
use entity::membership_period::{self, LeaveReason, MembershipType};
use serde::{Deserialize, Serialize};

use super::files::Problem;
use super::import::units::UnitNames;
use super::member::Member;

/// What stands before the members.
pub const HEAD: &str = "{\"format\":\"matrikel-members-1\",\"members\":[";
/// What stands after them.
pub const TAIL: &str = "\n]}\n";
const FORMAT: &str = "matrikel-members-1";

/// The file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JsonFile {
    format: String,
    /// The members, in any order.
    pub members: Vec<JsonMember>,
}

/// A member, whole. The fields are those of the API.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each is the field of its name in the API")]
pub struct JsonMember {
    pub member_number: String,
    pub given_names: String,
    pub surname: String,
    #[serde(default)]
    pub former_surnames: Vec<String>,
    pub birth_date: Option<NaiveDate>,
    pub personal_identity_number: Option<String>,
    pub language: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub street: Option<String>,
    pub postal_code: Option<String>,
    pub city: Option<String>,
    pub country: Option<String>,
    pub occupation: Option<String>,
    #[serde(default)]
    pub workplaces: Vec<JsonWorkplace>,
    pub local_branch: Option<String>,
    pub school: Option<String>,
    pub graduation_date: Option<NaiveDate>,
    pub graduation_confirmed_on: Option<NaiveDate>,
    pub protection: Option<Protection>,
    #[serde(default)]
    pub hidden: bool,
    #[serde(default)]
    pub memberships: Vec<JsonPeriod>,
}

/// A workplace by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JsonWorkplace {
    /// Its employer's name, when known.
    pub employer: Option<String>,
    /// Its name.
    pub name: String,
}

/// A membership period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each is the field of its name in the API")]
pub struct JsonPeriod {
    pub membership_type: MembershipType,
    pub valid_from: Option<NaiveDate>,
    pub valid_until: Option<NaiveDate>,
    #[serde(default)]
    pub continues_previous: bool,
    pub leave_reason: Option<LeaveReason>,
}

impl JsonFile {
    /// Reads a file.
    ///
    /// # Errors
    /// What is wrong, with the line, when it is no such file.
    pub fn read(bytes: &[u8]) -> Result<Self, Problem> {
        // serde's messages say what was found: types and names of fields, and for a bad date only that it is one.
        let file: Self = serde_json::from_slice(bytes)
            .map_err(|error| Problem::at_line(error.line(), format!("cannot be read: {}", without_place(&error.to_string()))))?;
        if file.format == FORMAT { Ok(file) } else { Err(Problem::of_file(format!("the format is not {FORMAT}"))) }
    }
}

fn without_place(message: &str) -> String {
    message.split(" at line ").next().unwrap_or(message).to_owned()
}

impl JsonMember {
    /// The member as she stands in the register.
    pub fn of(member: Member, names: &UnitNames, personal_identity_number: Option<String>) -> Self {
        let Member { row, former_surnames, workplaces, periods, .. } = member;
        Self {
            local_branch: names.local_branch(row.local_branch_id),
            school: names.school(row.school_id),
            member_number: row.member_number,
            given_names: row.given_names,
            surname: row.surname,
            former_surnames,
            birth_date: row.birth_date,
            personal_identity_number,
            language: row.language,
            email: row.email,
            phone: row.phone,
            street: row.street,
            postal_code: row.postal_code,
            city: row.city,
            country: row.country,
            occupation: row.occupation,
            workplaces: workplaces
                .into_iter()
                .map(|place| JsonWorkplace { employer: place.employer, name: place.name })
                .collect(),
            graduation_date: row.graduation_date,
            graduation_confirmed_on: row.graduation_confirmed_on,
            protection: row.protection,
            hidden: row.hidden,
            memberships: periods.into_iter().map(JsonPeriod::from).collect(),
        }
    }
}

impl From<membership_period::Model> for JsonPeriod {
    fn from(row: membership_period::Model) -> Self {
        Self {
            membership_type: row.membership_type,
            valid_from: row.valid_from,
            valid_until: row.valid_until,
            continues_previous: row.continues_previous,
            leave_reason: row.leave_reason,
        }
    }
}
