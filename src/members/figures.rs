//! Key figures, computed from the ledger of memberships: members by type over time, who joined and who left and why,
//! graduates who stayed, workplaces that somebody represents. Protected identities are counted nowhere; prospects are no
//! members.

use std::collections::{BTreeMap, HashMap};

use chrono::{Datelike, Months, NaiveDate};
use entity::membership_period::{self, LeaveReason, MembershipType};
use entity::visibility::Viewer;
use entity::{employer, member, member_workplace, workplace};
use jobs::Result;
use jobs::responsible::{Organisation, Person, covers, is_current};
use sea_orm::sea_query::{Condition, Query, SelectStatement};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

/// How many years are told, the running one included.
const YEARS: i32 = 6;

/// The figures as of a day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Members by type on the last day of each year, and today.
    pub members: Vec<OnDay>,
    /// What happened in each year.
    pub years: Vec<Year>,
    /// Graduates by the year of their graduation.
    pub graduates: Vec<Graduates>,
}

/// How many members there were on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnDay {
    /// The day.
    pub day: NaiveDate,
    /// By type.
    pub by_type: BTreeMap<MembershipType, u64>,
}

/// Who joined and who left in a year. A change of type is neither.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Year {
    /// The year.
    pub year: i32,
    /// How many joined.
    pub joined: u64,
    /// How many left, by reason.
    pub left: Vec<(LeaveReason, u64)>,
}

/// Students who graduated in a year, and those of them who were members still.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Graduates {
    /// The year.
    pub year: i32,
    /// Of how many six months have passed, and how many of these had stayed.
    pub after_6: (u64, u64),
    /// The same after twelve months.
    pub after_12: (u64, u64),
}

/// The figures on the day `today`.
///
/// # Errors
/// When the ledger cannot be read.
pub async fn figures(database: &impl ConnectionTrait, today: NaiveDate) -> Result<Figures> {
    let first = today.year() - YEARS + 1;
    let starts = starts(database).await?;
    let ends = ends(database).await?;
    let last_days = (first..today.year()).filter_map(|year| NaiveDate::from_ymd_opt(year, 12, 31));
    let members = last_days.chain([today]).map(|day| OnDay { day, by_type: by_type(&starts, &ends, day) });
    let years = (first..=today.year()).map(|year| Year {
        year,
        joined: starts
            .iter()
            .filter(|it| it.joins && it.day.is_some_and(|day| day.year() == year && day <= today))
            .map(|it| it.count)
            .sum(),
        left: left(&ends, year, today),
    });
    Ok(Figures { members: members.collect(), years: years.collect(), graduates: graduates(database, first, today).await? })
}

struct Starts {
    kind: MembershipType,
    day: Option<NaiveDate>,
    joins: bool,
    count: u64,
}

struct Ends {
    kind: MembershipType,
    day: NaiveDate,
    reason: Option<LeaveReason>,
    count: u64,
}

/// Counted by day: few rows however many members, and months and years are then a matter of adding up.
async fn starts(database: &impl ConnectionTrait) -> Result<Vec<Starts>> {
    use membership_period::Column::{ContinuesPrevious, Id, MembershipType as Kind, ValidFrom};
    let rows: Vec<(MembershipType, Option<NaiveDate>, bool, i64)> = counted()
        .column(Kind)
        .column(ValidFrom)
        .column(ContinuesPrevious)
        .column_as(Id.count(), "count")
        .group_by(Kind)
        .group_by(ValidFrom)
        .group_by(ContinuesPrevious)
        .into_tuple()
        .all(database)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(kind, day, continues, count)| Starts { kind, day, joins: !continues, count: positive(count) })
        .collect())
}

async fn ends(database: &impl ConnectionTrait) -> Result<Vec<Ends>> {
    use membership_period::Column::{Id, LeaveReason as Reason, MembershipType as Kind, ValidUntil};
    let rows: Vec<(MembershipType, NaiveDate, Option<LeaveReason>, i64)> = counted()
        .column(Kind)
        .column(ValidUntil)
        .column(Reason)
        .column_as(Id.count(), "count")
        .filter(ValidUntil.is_not_null())
        .group_by(Kind)
        .group_by(ValidUntil)
        .group_by(Reason)
        .into_tuple()
        .all(database)
        .await?;
    Ok(rows.into_iter().map(|(kind, day, reason, count)| Ends { kind, day, reason, count: positive(count) }).collect())
}

fn counted() -> sea_orm::Select<membership_period::Entity> {
    membership_period::Entity::find()
        .select_only()
        .filter(membership_period::Column::MembershipType.ne(MembershipType::Prospect))
        .filter(membership_period::Column::MemberId.in_subquery(Viewer::Unprotected.member_ids()))
}

fn positive(count: i64) -> u64 {
    u64::try_from(count).unwrap_or_default()
}

/// Who had begun by `day`, less who had ended before it.
fn by_type(starts: &[Starts], ends: &[Ends], day: NaiveDate) -> BTreeMap<MembershipType, u64> {
    let mut counts: BTreeMap<MembershipType, u64> = BTreeMap::new();
    for it in starts.iter().filter(|it| it.day.is_none_or(|from| from <= day)) {
        *counts.entry(it.kind).or_default() += it.count;
    }
    for it in ends.iter().filter(|it| it.day < day) {
        let count = counts.entry(it.kind).or_default();
        *count = count.saturating_sub(it.count);
    }
    counts.retain(|_, count| *count > 0);
    counts
}

fn left(ends: &[Ends], year: i32, today: NaiveDate) -> Vec<(LeaveReason, u64)> {
    let mut left: Vec<(LeaveReason, u64)> = Vec::new();
    for it in ends.iter().filter(|it| it.day.year() == year && it.day <= today) {
        let Some(reason) = it.reason else { continue };
        match left.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, count)) => *count += it.count,
            None => left.push((reason, it.count)),
        }
    }
    left.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    left
}

async fn graduates(database: &impl ConnectionTrait, first: i32, today: NaiveDate) -> Result<Vec<Graduates>> {
    let Some(from) = NaiveDate::from_ymd_opt(first, 1, 1) else { return Ok(Vec::new()) };
    let graduated = Condition::all()
        .add(member::Column::GraduationDate.gte(from))
        .add(member::Column::GraduationDate.lte(today))
        .add(Viewer::Unprotected.members());
    let dates: Vec<(Uuid, NaiveDate)> = member::Entity::find()
        .select_only()
        .column(member::Column::Id)
        .column(member::Column::GraduationDate)
        .filter(graduated.clone())
        .into_tuple()
        .all(database)
        .await?;
    let ids = Query::select().column(member::Column::Id).from(member::Entity).cond_where(graduated).to_owned();
    let mut periods: HashMap<Uuid, Vec<membership_period::Model>> = HashMap::new();
    for row in periods_of(database, ids).await? {
        periods.entry(row.member_id).or_default().push(row);
    }
    let mut years: BTreeMap<i32, Graduates> = BTreeMap::new();
    for (id, day) in dates {
        let Some(ledger) = periods.get(&id) else { continue };
        let holds = |on: NaiveDate, student: bool| {
            let fits = |row: &&membership_period::Model| {
                covers(row.valid_from, row.valid_until, on) && (!student || row.membership_type == MembershipType::Student)
            };
            ledger.iter().any(|row| fits(&row))
        };
        if !holds(day, true) {
            continue;
        }
        let cohort = years.entry(day.year()).or_insert(Graduates { year: day.year(), ..Graduates::default() });
        for (months, (all, stayed)) in [(6, &mut cohort.after_6), (12, &mut cohort.after_12)] {
            let Some(then) = day.checked_add_months(Months::new(months)).filter(|then| *then <= today) else { continue };
            *all += 1;
            *stayed += u64::from(holds(then, false));
        }
    }
    Ok(years.into_values().collect())
}

async fn periods_of(database: &impl ConnectionTrait, ids: SelectStatement) -> Result<Vec<membership_period::Model>> {
    Ok(membership_period::Entity::find()
        .filter(membership_period::Column::MemberId.in_subquery(ids))
        .filter(membership_period::Column::MembershipType.ne(MembershipType::Prospect))
        .all(database)
        .await?)
}

/// Workplaces at which members work, by whether anybody represents these.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// How many have a representative, and how many members work there.
    pub covered: (u64, u64),
    /// The others, those with the most members first.
    pub uncovered: Vec<Uncovered>,
}

/// A workplace that nobody represents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uncovered {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Its employer's.
    pub employer: Option<String>,
    /// How many members work there.
    pub members: u64,
}

/// Which workplaces are represented on the day `today`: by whom a member there would be told to turn to for her workplace.
///
/// # Errors
/// When the register cannot be read.
pub async fn coverage(database: &impl ConnectionTrait, today: NaiveDate) -> Result<Coverage> {
    let current = Query::select()
        .column(membership_period::Column::MemberId)
        .from(membership_period::Entity)
        .cond_where(is_current(today))
        .to_owned();
    let there: Vec<(Uuid, i64)> = member_workplace::Entity::find()
        .select_only()
        .column(member_workplace::Column::WorkplaceId)
        .column_as(member_workplace::Column::MemberId.count(), "count")
        .filter(member_workplace::Column::MemberId.in_subquery(current))
        .filter(member_workplace::Column::MemberId.in_subquery(Viewer::Unprotected.member_ids()))
        .group_by(member_workplace::Column::WorkplaceId)
        .into_tuple()
        .all(database)
        .await?;
    let organisation = Organisation::load(database, today).await?;
    let mut coverage = Coverage::default();
    let mut open: HashMap<Uuid, u64> = HashMap::new();
    for (id, count) in there {
        let somebody =
            Person { id: Uuid::nil(), protected: false, hidden: false, workplaces: vec![id], school: None, local_branch: None };
        if organisation.representatives(&somebody).is_empty() {
            open.insert(id, positive(count));
        } else {
            coverage.covered = (coverage.covered.0 + 1, coverage.covered.1 + positive(count));
        }
    }
    let names: HashMap<Uuid, workplace::Model> =
        workplace::Entity::find().all(database).await?.into_iter().map(|row| (row.id, row)).collect();
    let employers: HashMap<Uuid, String> =
        employer::Entity::find().all(database).await?.into_iter().map(|row| (row.id, row.name)).collect();
    coverage.uncovered = open
        .into_iter()
        .filter_map(|(id, members)| {
            let row = names.get(&id)?;
            let employer = row.employer_id.and_then(|id| employers.get(&id).cloned());
            Some(Uncovered { id, name: row.name.clone(), employer, members })
        })
        .collect();
    coverage.uncovered.sort_by(|one, other| {
        other.members.cmp(&one.members).then_with(|| one.name.cmp(&other.name)).then(one.id.cmp(&other.id))
    });
    Ok(coverage)
}
