//! The follow-ups of a run, as rows: those that were there and change, and those that it opens.

use std::collections::BTreeMap;

use chrono::{Duration, NaiveDate};
use entity::follow_up::{self, FollowUpStatus, FollowUpSubject};
use entity::lifecycle_rule::{Anchor, Notice};
use entity::question;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::plan;
use super::run::{Claim, Prepared};
use crate::responsible::{Assignment, Responsible};
use crate::{Result, Write};

/// How long a mailed question can be answered.
const ASKED_FOR: Duration = Duration::days(60);

/// Changes the follow-ups that were there; gives, by subject, those in whose place others may come.
pub(super) async fn change_follow_ups(write: &Write, claim: &Claim, prepared: &Prepared) -> Result<BTreeMap<Uuid, Uuid>> {
    use follow_up::Column;
    let Prepared { occasion, reading, plan, .. } = prepared;
    set(write, &plan.superseded, |update| update.col_expr(Column::Status, FollowUpStatus::Superseded.into())).await?;
    set(write, &plan.closed, |update| update.col_expr(Column::Status, FollowUpStatus::Closed.into())).await?;
    for told in &plan.told {
        let reassigned = told.reassigned || told.escalated;
        let reminds = occasion.notice == Notice::StillOpen;
        if !(reassigned || reminds) {
            continue;
        }
        let (member, appointment, office) = columns(Some(&told.assignment));
        set(write, &[told.follow_up], |mut update| {
            if reminds && told.escalated {
                update = update.col_expr(Column::EscalatedOn, occasion.on.into());
            } else if reminds {
                update = update.col_expr(Column::RemindedOn, occasion.on.into());
            }
            if told.escalated {
                // She stays responsible; the office sees to it that something happens.
                update = update.col_expr(Column::Office, office.into());
            } else if told.reassigned {
                update = update
                    .col_expr(Column::ResponsibleMemberId, member.into())
                    .col_expr(Column::AppointmentId, appointment.into())
                    .col_expr(Column::Office, office.into())
                    .col_expr(Column::Rerouted, words(&told.assignment).into());
            }
            update
        })
        .await?;
    }
    for opened in &plan.opened {
        let Some(again) = opened.again else { continue };
        let (member, appointment, office) = columns(opened.assignment.as_ref());
        let status = status_of(opened.assignment.as_ref());
        follow_up::Entity::update_many()
            .col_expr(Column::Status, status.into())
            .col_expr(Column::ResponsibleMemberId, member.into())
            .col_expr(Column::AppointmentId, appointment.into())
            .col_expr(Column::Office, office.into())
            .col_expr(Column::Rerouted, opened.assignment.as_ref().and_then(words).into())
            .col_expr(Column::SupersededBy, Option::<Uuid>::None.into())
            .col_expr(Column::RemindedOn, Option::<NaiveDate>::None.into())
            .col_expr(Column::EscalatedOn, Option::<NaiveDate>::None.into())
            .col_expr(Column::Late, opened.late.into())
            .col_expr(Column::RunId, claim.run.id.into())
            .col_expr(Column::Version, Expr::col(Column::Version).add(1))
            .col_expr(Column::UpdatedAt, write.now().into())
            .filter(Column::Id.eq(again))
            .filter(Column::Status.is_in([FollowUpStatus::Superseded, FollowUpStatus::Closed]))
            .exec(write.database())
            .await?;
    }
    let replaced = reading.known.iter().filter(|row| {
        row.superseded_by.is_none() && (row.status == FollowUpStatus::Superseded || plan.superseded.contains(&row.id))
    });
    Ok(replaced.map(|row| (row.subject_id, row.id)).collect())
}

/// Changes open follow-ups; one that somebody has dealt with meanwhile stays as it is.
pub(super) async fn set(
    write: &Write,
    ids: &[Uuid],
    what: impl Fn(sea_orm::UpdateMany<follow_up::Entity>) -> sea_orm::UpdateMany<follow_up::Entity>,
) -> Result<()> {
    for ids in ids.chunks(1_000) {
        what(follow_up::Entity::update_many())
            .col_expr(follow_up::Column::Version, Expr::col(follow_up::Column::Version).add(1))
            .col_expr(follow_up::Column::UpdatedAt, write.now().into())
            .filter(follow_up::Column::Id.is_in(ids.iter().copied()))
            .filter(follow_up::Column::Status.is_in([
                FollowUpStatus::Open,
                FollowUpStatus::Contacted,
                FollowUpStatus::Superseded,
            ]))
            .exec(write.database())
            .await?;
    }
    Ok(())
}

/// A follow-up that the run opens.
pub(super) fn follow_up_of(write: &Write, claim: &Claim, prepared: &Prepared, opened: &plan::Opened) -> follow_up::Model {
    let case = &prepared.reading.cases[opened.case];
    let (responsible_member_id, appointment_id, office) = columns(opened.assignment.as_ref());
    follow_up::Model {
        id: write.new_id(),
        rule_key: prepared.rule.key.clone(),
        subject_type: match prepared.rule.anchor {
            Anchor::GraduationDate => FollowUpSubject::Member,
            Anchor::AppointmentEnd => FollowUpSubject::Appointment,
        },
        subject_id: case.subject,
        member_id: case.person.id,
        anchor_date: case.anchor,
        due_on: case.due,
        run_id: claim.run.id,
        late: opened.late,
        status: status_of(opened.assignment.as_ref()),
        responsible_member_id,
        appointment_id,
        office,
        rerouted: opened.assignment.as_ref().and_then(words),
        outcome: None,
        note: None,
        contacted_at: None,
        reminded_on: None,
        escalated_on: None,
        superseded_by: None,
        version: 1,
        created_at: write.now(),
        updated_at: write.now(),
    }
}

/// What the mails of the run ask, by the follow-ups that it opens: `new`, and those that are opened again.
pub(super) fn questions(write: &Write, prepared: &Prepared, new: &[follow_up::Model]) -> Vec<question::Model> {
    let asked = prepared.letters.iter().filter_map(|letter| letter.question.as_ref());
    let row = |(case, secret_hash): &(usize, Vec<u8>)| {
        let subject = prepared.reading.cases[*case].subject;
        let opened = new.iter().find(|row| row.subject_id == subject).map(|row| row.id);
        let again = prepared.plan.opened.iter().find(|opened| opened.case == *case).and_then(|opened| opened.again);
        Some(question::Model {
            id: write.new_id(),
            follow_up_id: opened.or(again)?,
            member_id: prepared.reading.cases[*case].person.id,
            secret_hash: secret_hash.clone(),
            expires_at: write.now() + ASKED_FOR,
            answered_at: None,
        })
    };
    asked.filter_map(row).collect()
}

fn status_of(assignment: Option<&Assignment>) -> FollowUpStatus {
    if assignment.is_some() { FollowUpStatus::Open } else { FollowUpStatus::Told }
}

fn columns(assignment: Option<&Assignment>) -> (Option<Uuid>, Option<Uuid>, Option<follow_up::Office>) {
    match assignment.map(|assignment| assignment.to) {
        Some(Responsible::Representative { member, appointment }) => (Some(member), Some(appointment), None),
        Some(Responsible::Office(office)) => (None, None, Some(office)),
        None => (None, None, None),
    }
}

fn words(assignment: &Assignment) -> Option<String> {
    let words: Vec<&str> = assignment.rerouted.iter().map(|reason| reason.word()).collect();
    (!words.is_empty()).then(|| words.join(" "))
}
