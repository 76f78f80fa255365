//! What a run reads of the register: whoever is due, what is open, and who is responsible for whom.
//!
//! The anchors that fall due in a span are a span, so an index finds them; everything else is read for these alone. What is
//! read grows with the due and the open, not with the register.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;
use entity::follow_up::FollowUpStatus;
use entity::history::{Change, Subject};
use entity::lifecycle_rule::{Anchor, Notice};
use entity::{appointment, follow_up, history, member, member_workplace, membership_period, register};
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::Value;
use uuid::Uuid;

use super::plan::{Case, Occasion, Since, Span};
use super::rule::Rule;
use crate::responsible::{Organisation, Person};
use crate::{Error, Result};

/// How many ids stand in one statement.
const AT_ONCE: usize = 1_000;
/// Follow-ups that are open for longer are left to the office, which has them.
const OPEN_FOR: chrono::Months = chrono::Months::new(12);

/// What was read.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// The number of the last change before it was read.
    pub number: i64,
    /// Members or appointments with their anchors, in the order in which they were registered.
    pub cases: Vec<Case>,
    /// Follow-ups that are open, and all those of the cases.
    pub known: Vec<follow_up::Model>,
    /// Who represents whom.
    pub organisation: Organisation,
    /// The members of the cases, and whoever is responsible for them.
    pub members: HashMap<Uuid, member::Model>,
    /// The appointments, where these are the cases.
    pub appointments: HashMap<Uuid, appointment::Model>,
}

/// Reads for `rule` what `occasion` asks. `since` is the number of the last change that the rule's last run has seen.
///
/// # Errors
/// When it cannot be read.
pub async fn read(database: &impl ConnectionTrait, rule: &Rule, occasion: &Occasion, since: Option<i64>) -> Result<Reading> {
    let number = change_number(database).await?;
    let organisation = Organisation::load(database, occasion.on).await?;
    let mut reading = Reading { number, organisation, ..Reading::default() };
    reading.known = follow_up::Entity::find()
        .filter(follow_up::Column::RuleKey.eq(&rule.key))
        .filter(follow_up::Column::Status.is_in([FollowUpStatus::Open, FollowUpStatus::Contacted]))
        .filter(follow_up::Column::DueOn.gte(occasion.on.checked_sub_months(OPEN_FOR).unwrap_or(occasion.on)))
        .all(database)
        .await?;
    let mut wanted: BTreeSet<Uuid> = reading.known.iter().map(|row| row.subject_id).collect();
    if occasion.notice != Notice::StillOpen {
        wanted.extend(in_time(database, rule, occasion).await?);
        if let Some(since) = since {
            wanted.extend(late(database, rule, occasion, since).await?);
        }
    }
    let open: BTreeSet<Uuid> = reading.known.iter().map(|row| row.id).collect();
    let all = in_chunks(&wanted, async |ids| {
        let rows = follow_up::Entity::find()
            .filter(follow_up::Column::RuleKey.eq(&rule.key))
            .filter(follow_up::Column::SubjectId.is_in(ids));
        Ok(rows.all(database).await?)
    });
    reading.known.extend(all.await?.into_iter().filter(|row| !open.contains(&row.id)));
    reading.fill(database, rule, &wanted, since).await?;
    Ok(reading)
}

/// The members with these ids; those who are not in the register are missing.
///
/// # Errors
/// When they cannot be read.
pub async fn members(database: &impl ConnectionTrait, ids: &BTreeSet<Uuid>) -> Result<Vec<member::Model>> {
    in_chunks(ids, async |ids| Ok(member::Entity::find().filter(member::Column::Id.is_in(ids)).all(database).await?)).await
}

/// How many the register says are due in the span, counted by one query and not through [`super::plan`]: what a run is
/// compared with. Those who left and those who were contacted before are among them.
///
/// # Errors
/// When it cannot be read.
pub async fn count_due(database: &impl ConnectionTrait, rule: &Rule, first: NaiveDate, last: NaiveDate) -> Result<i64> {
    use entity::lifecycle_rule::Audience;
    let Some((from, until)) = rule.offset.anchors_due(first, last) else { return Ok(0) };
    let query = match (rule.anchor, rule.audience) {
        (Anchor::AppointmentEnd, _) => Query::select()
            .expr(Expr::cust("COUNT(*)"))
            .from(appointment::Entity)
            .and_where(appointment::Column::ValidUntil.between(from, until))
            .to_owned(),
        (Anchor::GraduationDate, audience) => {
            let own = Expr::col((membership_period::Entity, membership_period::Column::MemberId))
                .equals((member::Entity, member::Column::Id));
            let anchor = || Expr::col((member::Entity, member::Column::GraduationDate));
            let period = |column: membership_period::Column| Expr::col((membership_period::Entity, column));
            let studied = Query::select()
                .expr(Expr::val(1))
                .from(membership_period::Entity)
                .and_where(own)
                .and_where(membership_period::Column::MembershipType.eq(membership_period::MembershipType::Student))
                .cond_where(
                    Condition::all()
                        .add(
                            period(membership_period::Column::ValidFrom)
                                .is_null()
                                .or(period(membership_period::Column::ValidFrom).lte(anchor())),
                        )
                        .add(
                            period(membership_period::Column::ValidUntil)
                                .is_null()
                                .or(period(membership_period::Column::ValidUntil).gte(anchor())),
                        ),
                )
                .to_owned();
            let mut query = Query::select()
                .expr(Expr::cust("COUNT(*)"))
                .from(member::Entity)
                .and_where(member::Column::GraduationDate.between(from, until))
                .and_where(Expr::exists(studied))
                .to_owned();
            if audience == Audience::StillStudents {
                query.and_where(member::Column::GraduationConfirmedOn.is_null());
            }
            query
        }
    };
    let row = database.query_one(&query).await?;
    Ok(row.map_or(Ok(0), |row| row.try_get_by_index(0))?)
}

impl Reading {
    /// Reads the cases of `wanted` as they stand now.
    async fn fill(
        &mut self,
        database: &impl ConnectionTrait,
        rule: &Rule,
        wanted: &BTreeSet<Uuid>,
        since: Option<i64>,
    ) -> Result<()> {
        // By subject: its member and its anchor.
        let mut anchors: BTreeMap<Uuid, (Uuid, NaiveDate)> = BTreeMap::new();
        let people: BTreeSet<Uuid> = match rule.anchor {
            Anchor::GraduationDate => wanted.clone(),
            Anchor::AppointmentEnd => {
                let rows = in_chunks(wanted, async |ids| {
                    Ok(appointment::Entity::find().filter(appointment::Column::Id.is_in(ids)).all(database).await?)
                });
                for row in rows.await? {
                    if let Some(end) = row.valid_until {
                        anchors.insert(row.id, (row.member_id, end));
                    }
                    self.appointments.insert(row.id, row);
                }
                anchors.values().map(|(member, _)| *member).collect()
            }
        };
        for row in members(database, &people).await? {
            if let (Anchor::GraduationDate, Some(date)) = (rule.anchor, row.graduation_date) {
                anchors.insert(row.id, (row.id, date));
            }
            self.members.insert(row.id, row);
        }
        let mut workplaces: HashMap<Uuid, Vec<Uuid>> = HashMap::new();
        let rows = in_chunks(&people, async |ids| {
            let rows = member_workplace::Entity::find().filter(member_workplace::Column::MemberId.is_in(ids));
            Ok(rows.all(database).await?)
        });
        for row in rows.await? {
            workplaces.entry(row.member_id).or_default().push(row.workplace_id);
        }
        let mut periods: HashMap<Uuid, Vec<Span>> = HashMap::new();
        let rows = in_chunks(&people, async |ids| {
            let rows = membership_period::Entity::find().filter(membership_period::Column::MemberId.is_in(ids));
            Ok(rows.all(database).await?)
        });
        for row in rows.await? {
            periods.entry(row.member_id).or_default().push(Span {
                membership_type: row.membership_type,
                from: row.valid_from,
                until: row.valid_until,
                leave_reason: row.leave_reason,
            });
        }
        let changed = match since {
            Some(since) => changed(database, rule.anchor, wanted, since).await?,
            None => HashMap::new(),
        };
        for (subject, (member, anchor)) in anchors {
            let (Some(row), Some(due)) = (self.members.get(&member), rule.offset.due(anchor)) else { continue };
            self.cases.push(Case {
                subject,
                person: Person::of(row, workplaces.get(&member).cloned().unwrap_or_default()),
                anchor,
                due,
                confirmed: row.graduation_confirmed_on.is_some(),
                periods: periods.get(&member).cloned().unwrap_or_default(),
                since: changed.get(&subject).copied().unwrap_or_default(),
            });
        }
        Ok(())
    }
}

/// The number of the last change that is committed.
pub(super) async fn change_number(database: &impl ConnectionTrait) -> Result<i64> {
    let row = register::Entity::find_by_id(register::ID).one(database).await?;
    Ok(row.map_or(0, |row| row.change_number))
}

/// The subjects whose due date lies in the span.
async fn in_time(database: &impl ConnectionTrait, rule: &Rule, occasion: &Occasion) -> Result<Vec<Uuid>> {
    let Some((from, until)) = rule.offset.anchors_due(occasion.first, occasion.last) else { return Ok(Vec::new()) };
    subjects(database, rule.anchor, from, until, None).await
}

/// The subjects due before the span for which something was changed since.
async fn late(database: &impl ConnectionTrait, rule: &Rule, occasion: &Occasion, since: i64) -> Result<Vec<Uuid>> {
    let span = occasion.late_from.zip(occasion.first.pred_opt());
    let Some((from, until)) = span.and_then(|(first, last)| rule.offset.anchors_due(first, last)) else { return Ok(Vec::new()) };
    subjects(database, rule.anchor, from, until, Some(since)).await
}

async fn subjects(
    database: &impl ConnectionTrait,
    anchor: Anchor,
    from: NaiveDate,
    until: NaiveDate,
    since: Option<i64>,
) -> Result<Vec<Uuid>> {
    // Both kinds are asked alike; the history names a member by `member_id` and an appointment by `subject_id`.
    let changed = |subject: Expr, column: history::Column| {
        since.map(|since| {
            Expr::exists(
                Query::select()
                    .expr(Expr::val(1))
                    .from(history::Entity)
                    .and_where(Expr::col((history::Entity, column)).eq(subject))
                    .and_where(history::Column::Number.gt(since))
                    .to_owned(),
            )
        })
    };
    Ok(match anchor {
        Anchor::GraduationDate => {
            member::Entity::find()
                .select_only()
                .column(member::Column::Id)
                .filter(member::Column::GraduationDate.between(from, until))
                .filter(
                    Condition::all()
                        .add_option(changed(Expr::col((member::Entity, member::Column::Id)), history::Column::MemberId)),
                )
                .into_tuple()
                .all(database)
                .await?
        }
        Anchor::AppointmentEnd => {
            appointment::Entity::find()
                .select_only()
                .column(appointment::Column::Id)
                .filter(appointment::Column::ValidUntil.between(from, until))
                .filter(Condition::all().add_option(changed(
                    Expr::col((appointment::Entity, appointment::Column::MemberId)),
                    history::Column::MemberId,
                )))
                .into_tuple()
                .all(database)
                .await?
        }
    })
}

/// What the history says was changed of each subject after the change `since`.
async fn changed(
    database: &impl ConnectionTrait,
    anchor: Anchor,
    subjects: &BTreeSet<Uuid>,
    since: i64,
) -> Result<HashMap<Uuid, Since>> {
    let (kind, field) = match anchor {
        Anchor::GraduationDate => (Subject::Member, "graduation_date"),
        Anchor::AppointmentEnd => (Subject::Appointment, "valid_until"),
    };
    let rows = in_chunks(subjects, async |ids| {
        let mut rows = history::Entity::find()
            .filter(history::Column::Number.gt(since))
            .filter(history::Column::SubjectType.eq(kind))
            .order_by_asc(history::Column::Number);
        rows = match kind {
            // There is an index on the member of a change.
            Subject::Member => rows.filter(history::Column::MemberId.is_in(ids)),
            _ => rows.filter(history::Column::SubjectId.is_in(ids)),
        };
        Ok(rows.all(database).await?)
    });
    let mut changed: HashMap<Uuid, Since> = HashMap::new();
    for row in rows.await? {
        let touches = |field: &str| row.changes.as_ref().is_some_and(|changes| changes.get(field).is_some());
        let since = changed.entry(row.subject_id).or_default();
        // Whoever an import registers has a row that names the import and no fields.
        let only_import =
            row.changes.as_ref().and_then(Value::as_object).is_none_or(|fields| fields.keys().all(|key| key == "import"));
        since.anchor |= touches(field) || row.kind == Change::Created || (row.kind == Change::Imported && only_import);
        since.membership |= matches!(row.kind, Change::Joined | Change::TypeChanged | Change::Left)
            || ["membership_type", "joined_on", "left_on"].into_iter().any(touches);
    }
    Ok(changed)
}

/// What `read` gives for all `ids`, asked so many at a time that a database takes it.
async fn in_chunks<T>(ids: &BTreeSet<Uuid>, read: impl AsyncFn(Vec<Uuid>) -> Result<Vec<T>, Error>) -> Result<Vec<T>> {
    let ids: Vec<Uuid> = ids.iter().copied().collect();
    let mut all = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(AT_ONCE) {
        all.extend(read(chunk.to_vec()).await?);
    }
    Ok(all)
}
