//! Whether history and read audit are whole: what `matrikel audit verify` says.
//!
//! Changes are numbered without gaps, so one that was taken out is missed. Rows of the read audit are not numbered: of these it is
//! looked at whether each agrees with itself, and one that was taken out is not noticed.

use entity::{history, read_audit, register};
use jobs::{Error, Result, Store};
use sea_orm::{ColumnTrait, DatabaseConnection, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::Value;
use uuid::Uuid;

/// How many rows are read at a time.
const PAGE: u64 = 5_000;
/// How far the time in a row's id may lie from the time in the row, in milliseconds: the two are taken one after the other.
const APART: i64 = 1_000;

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// How many changes were made to the register.
    pub changes: i64,
    /// How many rows the read audit has.
    pub reads: u64,
    /// What is not as it should be.
    pub faults: Vec<String>,
}

/// Looks through all of it. May run beside the service.
///
/// # Errors
/// When the databases cannot be read.
pub async fn verify(store: &Store, audit: &DatabaseConnection) -> Result<Found> {
    let row = register::Entity::find_by_id(register::ID).one(store.database()).await?;
    let changes = row.ok_or_else(|| Error::internal("the register's own row is missing"))?.change_number;
    let mut found = Found { changes, ..Found::default() };
    verify_history(store.database(), &mut found).await?;
    verify_reads(audit, &mut found).await?;
    Ok(found)
}

async fn verify_history(database: &DatabaseConnection, found: &mut Found) -> Result<()> {
    let mut last = 0;
    loop {
        let numbers: Vec<i64> = history::Entity::find()
            .select_only()
            .column(history::Column::Number)
            .filter(history::Column::Number.gt(last))
            .filter(history::Column::Number.lte(found.changes))
            .order_by_asc(history::Column::Number)
            .limit(PAGE)
            .into_tuple()
            .all(database)
            .await?;
        if numbers.is_empty() {
            break;
        }
        for number in numbers {
            note_gap(found, last, number);
            last = number;
        }
    }
    note_gap(found, last, found.changes + 1);
    Ok(())
}

/// Notes the changes between the two numbers, which are not there.
fn note_gap(found: &mut Found, last: i64, next: i64) {
    match next - last {
        1 => {}
        2 => found.faults.push(format!("change {} is missing from the history", last + 1)),
        _ => found.faults.push(format!("changes {} to {} are missing from the history", last + 1, next - 1)),
    }
}

async fn verify_reads(audit: &DatabaseConnection, found: &mut Found) -> Result<()> {
    let mut after = Uuid::nil();
    loop {
        let rows = read_audit::Entity::find()
            .filter(read_audit::Column::Id.gt(after))
            .order_by_asc(read_audit::Column::Id)
            .limit(PAGE)
            .all(audit)
            .await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.id;
        for row in rows {
            found.reads += 1;
            if let Some(fault) = fault_of(&row) {
                found.faults.push(format!("row {} of the read audit {fault}", row.id));
            }
        }
    }
}

fn fault_of(row: &read_audit::Model) -> Option<&'static str> {
    let ids = row.member_ids.as_ref().map(|ids| ids.as_array().map(Vec::as_slice));
    let made = row.id.get_timestamp().map(|at| at.to_unix());
    let made = made.and_then(|(seconds, nanos)| Some(i64::try_from(seconds).ok()? * 1_000 + i64::from(nanos / 1_000_000)));
    match ids {
        Some(None) => return Some("holds no list of members"),
        Some(Some(ids)) if !ids.iter().all(is_id) => return Some("holds what is no member's id"),
        Some(Some(ids)) if i64::try_from(ids.len()) != Ok(row.members) => {
            return Some("does not hold as many members as it says");
        }
        _ => {}
    }
    match made {
        Some(made) if (made - row.at.timestamp_millis()).abs() <= APART => None,
        _ => Some("has another time than its id"),
    }
}

fn is_id(value: &Value) -> bool {
    value.as_str().is_some_and(|text| Uuid::try_parse(text).is_ok())
}
