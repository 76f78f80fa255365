//! What people do with follow-ups: list those they may see, note that a member was contacted, record an outcome.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use entity::follow_up::{self, FollowUpStatus, FollowUpSubject, Office, Outcome};
use entity::history::{Change as HistoryChange, Subject};
use entity::visibility::{Viewer, VisibleTo};
use entity::{appointment, member, membership_period};
use sea_orm::sea_query::{Condition, Expr, ExprTrait as _, Query};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::outcomes;
use crate::history::{Changes, Entry};
use crate::outbox::Outbox;
use crate::responsible::is_current;
use crate::{Error, Result, Write};

/// Which follow-ups.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Due from this day.
    pub from: Option<NaiveDate>,
    /// Due until this day.
    pub until: Option<NaiveDate>,
    /// That have come so far.
    pub status: Option<FollowUpStatus>,
    /// Of this rule.
    pub rule: Option<String>,
    /// For which this member is responsible.
    pub responsible: Option<Uuid>,
    /// For which this office is, or to which they were escalated.
    pub office: Option<Office>,
    /// About this member.
    pub member: Option<Uuid>,
}

/// A change: what is none stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// She has been contacted.
    pub contacted: bool,
    /// What came of it; taken back when the inner is none.
    pub outcome: Option<Option<Outcome>>,
    /// In words; taken back when the inner is none.
    pub note: Option<Option<String>>,
}

/// The follow-ups that `filter` asks for and whose member `viewer` may see, in the order in which they were opened.
///
/// # Errors
/// When they cannot be read.
pub async fn list(
    database: &impl ConnectionTrait,
    viewer: &Viewer,
    filter: &Filter,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<follow_up::Model>> {
    use follow_up::Column::{DueOn, Id, MemberId, Office, ResponsibleMemberId, RuleKey, Status};
    let condition = Condition::all()
        .add(MemberId.in_subquery(viewer.member_ids()))
        .add_option(filter.from.map(|day| DueOn.gte(day)))
        .add_option(filter.until.map(|day| DueOn.lte(day)))
        .add_option(filter.status.map(|status| Status.eq(status)))
        .add_option(filter.rule.as_deref().map(|rule| RuleKey.eq(rule)))
        .add_option(filter.responsible.map(|member| ResponsibleMemberId.eq(member)))
        .add_option(filter.office.map(|office| Office.eq(office)))
        .add_option(filter.member.map(|member| MemberId.eq(member)))
        .add_option(after.map(|id| Id.gt(id)));
    Ok(follow_up::Entity::find().filter(condition).order_by_asc(Id).limit(limit).all(database).await?)
}

/// What was told of appointments that are still to end on the day that was told, the first to end first; of holders whom
/// `viewer` may see.
///
/// # Errors
/// When they cannot be read.
pub async fn ending(
    database: &impl ConnectionTrait,
    viewer: &Viewer,
    today: NaiveDate,
    limit: u64,
) -> Result<Vec<follow_up::Model>> {
    use follow_up::Column::{AnchorDate, Id, MemberId, Status, SubjectId, SubjectType};
    let ends_then = Query::select()
        .expr(Expr::value(1))
        .from(appointment::Entity)
        .and_where(Expr::col(appointment::Column::Id.as_column_ref()).equals(SubjectId.as_column_ref()))
        .and_where(Expr::col(appointment::Column::ValidUntil.as_column_ref()).equals(AnchorDate.as_column_ref()))
        .to_owned();
    let rows = follow_up::Entity::find()
        .filter(MemberId.in_subquery(viewer.member_ids()))
        .filter(SubjectType.eq(FollowUpSubject::Appointment))
        .filter(Status.eq(FollowUpStatus::Told))
        .filter(AnchorDate.gte(today))
        .filter(Expr::exists(ends_then));
    Ok(rows.order_by_asc(AnchorDate).order_by_asc(Id).limit(limit).all(database).await?)
}

/// The follow-up `id`, if `viewer` may see its member.
///
/// # Errors
/// [`Error::NotFound`] for one that does not exist and for one that is not to be seen alike.
pub async fn load(database: &impl ConnectionTrait, viewer: &Viewer, id: Uuid) -> Result<follow_up::Model> {
    let visible = follow_up::Column::MemberId.in_subquery(viewer.member_ids());
    follow_up::Entity::find_by_id(id).filter(visible).one(database).await?.ok_or(Error::NotFound)
}

/// Records what somebody says of `before`, and does what follows from its outcome.
///
/// # Errors
/// [`Error::Conflict`] when there is nothing to follow up any more; [`Error::Stale`] when it was changed since it was read.
pub async fn record(write: &Write, outbox: &Outbox, before: &follow_up::Model, change: &Change) -> Result<follow_up::Model> {
    match before.status {
        FollowUpStatus::Open | FollowUpStatus::Contacted | FollowUpStatus::Outcome => {}
        FollowUpStatus::Told => {
            return Err(Error::conflict("", "nobody has to follow this up: whom it concerns was told by mail"));
        }
        FollowUpStatus::Superseded => {
            return Err(Error::conflict("", "the date moved, and another follow-up stands in its place; see superseded_by"));
        }
        FollowUpStatus::Closed => {
            return Err(Error::conflict("", "the member is no member any more; there is nothing to follow up"));
        }
    }
    let mut after = before.clone();
    if let Some(outcome) = change.outcome {
        after.outcome = outcome;
    }
    if let Some(note) = &change.note {
        after.note.clone_from(note);
    }
    after.status = match after.outcome {
        // It comes back.
        Some(Outcome::NoAnswer) => FollowUpStatus::Contacted,
        Some(_) => FollowUpStatus::Outcome,
        None if change.contacted || before.contacted_at.is_some() => FollowUpStatus::Contacted,
        None => FollowUpStatus::Open,
    };
    if after.status != FollowUpStatus::Open && after.contacted_at.is_none() {
        after.contacted_at = Some(write.now());
    }
    if after.outcome != before.outcome
        && let Some(office) = outcomes::follow(write, outbox, before, after.outcome).await?
    {
        after.office = Some(office);
    }
    put(write, before, after).await
}

/// Writes `after` in place of `before`, with its history.
///
/// # Errors
/// [`Error::Stale`] when it was changed since it was read.
pub async fn put(write: &Write, before: &follow_up::Model, mut after: follow_up::Model) -> Result<follow_up::Model> {
    if after == *before {
        return Ok(after);
    }
    after.version += 1;
    after.updated_at = write.now();
    let replaced = follow_up::Entity::update_many()
        .set(after.clone().into_active_model().reset_all())
        .filter(follow_up::Column::Id.eq(before.id))
        .filter(follow_up::Column::Version.eq(before.version))
        .exec(write.database())
        .await?;
    if replaced.rows_affected == 0 {
        return Err(Error::Stale);
    }
    let mut changes = Changes::default();
    changes.note("status", &before.status, &after.status);
    changes.note("outcome", &before.outcome, &after.outcome);
    changes.note("office", &before.office, &after.office);
    if before.note != after.note {
        // What somebody wrote of a member stands in one place only.
        changes.note_unsaid("note");
    }
    write.note(Entry {
        subject: Subject::FollowUp,
        subject_id: before.id,
        member_id: Some(before.member_id),
        change: HistoryChange::Updated,
        changes: Some(changes.into_json()),
    });
    Ok(after)
}

/// Of these members, those who work already: current members of another type than student.
///
/// # Errors
/// When they cannot be read.
pub async fn professionals(
    database: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = Uuid>,
    on: NaiveDate,
) -> Result<HashSet<Uuid>> {
    let rows: Vec<Uuid> = membership_period::Entity::find()
        .select_only()
        .column(membership_period::Column::MemberId)
        .filter(is_current(on))
        .filter(membership_period::Column::MembershipType.ne(membership_period::MembershipType::Student))
        .filter(membership_period::Column::MemberId.is_in(ids))
        .into_tuple()
        .all(database)
        .await?;
    Ok(rows.into_iter().collect())
}

/// The rows of these members that `viewer` may see.
///
/// # Errors
/// When they cannot be read.
pub async fn members(
    database: &impl ConnectionTrait,
    viewer: &Viewer,
    ids: impl IntoIterator<Item = Uuid>,
) -> Result<HashMap<Uuid, member::Model>> {
    let rows = member::Entity::find().visible_to(viewer).filter(member::Column::Id.is_in(ids)).all(database).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}
