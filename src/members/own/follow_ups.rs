//! What the union asks a member about herself, and her answer.

use chrono::NaiveDate;
use entity::follow_up::{self, FollowUpStatus, FollowUpSubject, Outcome};
use entity::proposal::Kind;
use jobs::lifecycle::follow_ups::put;
use jobs::{Error, Result, Write};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::members::proposals::{self, Proposed};

/// A follow-up, as the member whom it is about sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct OwnFollowUp {
    /// Its id.
    pub id: Uuid,
    /// By which rule.
    #[schema(example = "graduate-follow-up")]
    pub rule: String,
    /// The date from which it counts.
    pub anchor_date: NaiveDate,
    /// When somebody means to be in touch.
    pub due_on: NaiveDate,
    /// How far it has come.
    pub status: FollowUpStatus,
    /// What came of it.
    pub outcome: Option<Outcome>,
}

/// What a member answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// I have graduated.
    Graduated,
    /// I am still studying.
    StillStudying,
}

/// What concerns a member, the newest first. What was superseded is not told.
pub async fn of(database: &impl ConnectionTrait, member: Uuid) -> Result<Vec<OwnFollowUp>> {
    let rows = follow_up::Entity::find()
        .filter(follow_up::Column::MemberId.eq(member))
        .filter(follow_up::Column::SubjectType.eq(FollowUpSubject::Member))
        .filter(follow_up::Column::Status.ne(FollowUpStatus::Superseded))
        .order_by_desc(follow_up::Column::DueOn)
        .order_by_desc(follow_up::Column::Id)
        .all(database)
        .await?;
    let shown = |row: follow_up::Model| OwnFollowUp {
        id: row.id,
        rule: row.rule_key,
        anchor_date: row.anchor_date,
        due_on: row.due_on,
        status: row.status,
        outcome: row.outcome,
    };
    Ok(rows.into_iter().map(shown).collect())
}

/// Takes a member's answer: the date becomes a proposal, and the answer the outcome; but for "I have graduated" where a
/// representative is to contact her, which stays open.
///
/// # Errors
/// [`Error::NotFound`] when it is not about her; [`Error::Conflict`] when its outcome is known already.
pub async fn answer(write: &Write, member: Uuid, id: Uuid, answer: Answer, on: Option<NaiveDate>) -> Result<()> {
    let row = follow_up::Entity::find_by_id(id)
        .filter(follow_up::Column::MemberId.eq(member))
        .one(write.database())
        .await?
        .ok_or(Error::NotFound)?;
    if !matches!(row.status, FollowUpStatus::Open | FollowUpStatus::Contacted | FollowUpStatus::Told) {
        return Err(Error::conflict("", "it is settled already"));
    }
    if let Some(day) = on {
        let graduated = Some(answer == Answer::Graduated);
        let proposed = Proposed { graduation_date: Some(day), graduated, ..Proposed::default() };
        proposals::propose(write, member, Kind::Graduation, proposed).await?;
    }
    let outcome = match answer {
        Answer::StillStudying => Outcome::StillStudying,
        // Nobody but she herself was to say so.
        Answer::Graduated if row.status == FollowUpStatus::Told => Outcome::Reached,
        // Her representative is to get in touch all the same.
        Answer::Graduated => return Ok(()),
    };
    let after = follow_up::Model {
        status: FollowUpStatus::Outcome,
        outcome: Some(outcome),
        contacted_at: row.contacted_at.or(Some(write.now())),
        ..row.clone()
    };
    put(write, &row, after).await?;
    Ok(())
}
