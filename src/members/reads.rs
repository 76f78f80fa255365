//! Who has opened a member's record, and how often it was among the hits of a list or a search.
//!
//! The read audit holds the ids of each answer as a list. PostgreSQL finds a member in it by an index (`read_audit_member_ids`).
//! SQLite has none for lists: it looks through the texts of the rows since she came, of a year at most, in the order of `at`.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Months, Utc};
use entity::read_audit::{self, Access};
use entity::{appointment, local_branch, school, workplace};
use jobs::{Clock, Result};
use sea_orm::sea_query::{Condition, Expr, SimpleExpr};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseConnection, DbBackend, EntityTrait, QueryFilter, QueryOrder};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// How far back it is told.
const TOLD: Months = Months::new(12);

/// Who has read a record in the last twelve months.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Reads {
    /// Each time that it was opened, the newest first.
    pub opened: Vec<Opened>,
    /// How often it was among the hits of a list or a search, by month, the newest first.
    pub listed: Vec<ListedInMonth>,
}

/// Somebody has opened the record, or it was part of an export.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Opened {
    /// When.
    pub at: DateTime<Utc>,
    /// Whose account, token or record as a member it was; told to the privacy officer alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_id: Option<Uuid>,
    /// In which role.
    #[schema(example = "staff")]
    pub by: String,
    /// For which unit, when it was a representative.
    pub unit: Option<String>,
    /// For what: the operation.
    #[schema(example = "read_member")]
    pub operation: String,
    /// Whether it was she herself.
    pub oneself: bool,
}

/// How often the record was listed in a month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ListedInMonth {
    /// The month.
    #[schema(example = "2026-11")]
    pub month: String,
    /// How often.
    pub times: u64,
}

/// What is told of those who have read a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// In which role: to the member.
    Roles,
    /// Their ids too: to the privacy officer.
    Ids,
}

/// Who has read the record of `member`, who came into the register at `since`.
pub async fn of(
    register: &impl ConnectionTrait,
    audit: &DatabaseConnection,
    clock: &Clock,
    member: Uuid,
    since: DateTime<Utc>,
    told: Told,
) -> Result<Reads> {
    let from = clock.now().checked_sub_months(TOLD).unwrap_or(since).max(since);
    let rows = read_audit::Entity::find()
        .filter(read_audit::Column::At.gte(from))
        // An export names nobody, because it holds everybody.
        .filter(Condition::any().add(holds(audit.get_database_backend(), member)).add(read_audit::Column::MemberIds.is_null()))
        .order_by_desc(read_audit::Column::Id)
        .all(audit)
        .await?;
    let mut units: HashMap<Uuid, Option<String>> = HashMap::new();
    let mut reads = Reads::default();
    let mut months: BTreeMap<String, u64> = BTreeMap::new();
    for row in rows {
        if row.access == Access::Listed {
            *months.entry(row.at.with_timezone(&clock.zone()).format("%Y-%m").to_string()).or_default() += 1;
            continue;
        }
        let mut unit = None;
        if let ("representative", Some(id)) = (row.actor_kind.as_str(), row.actor_id) {
            unit = match units.entry(id) {
                Entry::Occupied(known) => known.get().clone(),
                Entry::Vacant(place) => place.insert(unit_of(register, id).await?).clone(),
            };
        }
        let oneself = row.actor_id == Some(member);
        let by_id = row.actor_id.filter(|_| told == Told::Ids);
        reads.opened.push(Opened { at: row.at, by_id, by: row.actor_kind, unit, operation: row.operation, oneself });
    }
    reads.listed = months.into_iter().rev().map(|(month, times)| ListedInMonth { month, times }).collect();
    Ok(reads)
}

fn holds(backend: DbBackend, member: Uuid) -> SimpleExpr {
    match backend {
        // The list holds nothing but ids, each in quotation marks: to look for the text is the same, and much less work than to
        // take each list apart.
        DbBackend::Sqlite => Expr::cust_with_values("instr(member_ids, ?) > 0", [format!("\"{member}\"")]),
        _ => Expr::cust_with_values("member_ids @> $1::text::jsonb", [format!("[\"{member}\"]")]),
    }
}

/// The unit that a representative represents; of several the first that she was appointed for.
async fn unit_of(database: &impl ConnectionTrait, representative: Uuid) -> Result<Option<String>> {
    let appointment = appointment::Entity::find()
        .filter(appointment::Column::MemberId.eq(representative))
        .order_by_asc(appointment::Column::Id)
        .one(database)
        .await?;
    let Some(row) = appointment else { return Ok(None) };
    if let Some(id) = row.workplace_id {
        return Ok(workplace::Entity::find_by_id(id).one(database).await?.map(|row| row.name));
    }
    if let Some(id) = row.school_id {
        return Ok(school::Entity::find_by_id(id).one(database).await?.map(|row| row.name));
    }
    match row.local_branch_id {
        Some(id) => Ok(local_branch::Entity::find_by_id(id).one(database).await?.map(|row| row.name)),
        None => Ok(None),
    }
}
