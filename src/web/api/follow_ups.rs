//! Follow-ups: whom to contact, by whom, and what came of it.

use std::collections::{BTreeSet, HashMap, HashSet};

use actix_web::http::StatusCode;
use actix_web::web::{Data, Query};
use actix_web::{HttpResponse, get, patch};
use chrono::{DateTime, NaiveDate, Utc};
use entity::follow_up::{self, FollowUpStatus, Office, Outcome as Came};
use entity::visibility::Viewer;
use jobs::dates::Month;
use jobs::lifecycle::follow_ups::{self, Change, Filter};
use jobs::{Error, Result};
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::lifecycle_rules;
use crate::members::appointments::MemberName;
use crate::members::card::etag;
use crate::members::list::{Page, read_cursor, write_cursor};
use crate::members::rules::Problems;
use crate::state::State;
use crate::web::answer::{Answer, give, give_list};
use crate::web::extract::{Allowed, Body, Field, Id, IfMatch, Unknown, limit, scope};
use crate::web::problem::Result as Outcome;

/// The longest note, in letters.
const NOTE_LETTERS: usize = 2_000;

/// Which follow-ups to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FollowUpQuery {
    /// Due in this month.
    #[param(example = "2026-12")]
    period: Option<String>,
    /// That have come so far.
    status: Option<FollowUpStatus>,
    /// Of this rule.
    #[param(example = "graduate-follow-up")]
    rule: Option<String>,
    /// For which this member is responsible.
    responsible_id: Option<Uuid>,
    /// For which this office is responsible, or to which they were handed because they stayed open.
    office: Option<Office>,
    /// About this member.
    member_id: Option<Uuid>,
    /// At most this many.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u64>,
    /// `next` of the page before.
    after: Option<String>,
}

/// A follow-up.
#[derive(Debug, Serialize, ToSchema)]
pub struct FollowUp {
    /// Its id.
    id: Uuid,
    /// By which rule.
    #[schema(example = "graduate-follow-up")]
    rule: String,
    /// Whom it is about.
    member: MemberName,
    /// The date from which it counts, as it was when it was opened.
    anchor_date: NaiveDate,
    /// The day on which she is due.
    due_on: NaiveDate,
    /// How far it has come.
    status: FollowUpStatus,
    /// Whether her date was entered too late for its own list.
    late: bool,
    /// Whether her graduation is confirmed.
    graduation_confirmed: bool,
    /// Whether she is a member of another type than student today.
    already_professional: bool,
    /// The representative who is responsible; null for an office, and for one whom you may not see.
    responsible: Option<MemberName>,
    /// The office that is responsible, or to which it was handed because it stayed open or no mail reaches the member.
    office: Option<Office>,
    /// Why nobody earlier in the chain is responsible: `deputy_stands_in`, `absent`, `herself`, `left_the_union`,
    /// `term_ended`, `hidden_membership`, `protected_identity`, `nobody_found`.
    rerouted: Vec<String>,
    /// What came of it.
    outcome: Option<Came>,
    /// In words, by whoever recorded the outcome.
    note: Option<String>,
    /// When she was contacted first.
    contacted_at: Option<DateTime<Utc>>,
    /// When whoever is responsible was reminded that it is still open.
    reminded_on: Option<NaiveDate>,
    /// When it was handed to the office because it stayed open.
    escalated_on: Option<NaiveDate>,
    /// The follow-up that took its place when the date moved.
    superseded_by: Option<Uuid>,
    /// When it was opened.
    created_at: DateTime<Utc>,
    /// Grows by one with every change.
    version: i64,
}

/// What is recorded of a follow-up. A field not sent changes nothing, null clears.
#[derive(Clone, Debug, Deserialize, ToSchema)]
pub struct FollowUpChange {
    /// `contacted` says that she was contacted and that there is no outcome yet; the other words follow by themselves.
    #[serde(default)]
    #[schema(value_type = Option<FollowUpStatus>)]
    status: Field<FollowUpStatus>,
    /// What came of it. `no_answer` leaves it as contacted, so that it comes back. `stays` proposes a student to the registrar
    /// as a professional; `wrong_details` asks the member by mail to put them right, or hands it to the office when she has
    /// no address.
    #[serde(default)]
    #[schema(value_type = Option<Came>)]
    outcome: Field<Came>,
    /// In words.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 2000)]
    note: Field<String>,
    #[serde(flatten)]
    #[schema(ignore)]
    unknown: Unknown,
}

/// Lists the follow-ups of members whom you may see, in the order in which they were opened.
#[utoipa::path(tag = "lifecycle", params(FollowUpQuery), security(("token" = ["follow-ups"])),
    responses((status = 200, description = "A page of follow-ups", body = Page<FollowUp>)))]
#[get("/follow-ups")]
pub(crate) async fn list_follow_ups(
    caller: Allowed<scope::FollowUps>,
    state: Data<State>,
    query: Query<FollowUpQuery>,
) -> Outcome<HttpResponse> {
    let query = query.into_inner();
    let period = query.period.as_deref().map(str::parse::<Month>).transpose();
    let period = period.map_err(|error| Error::invalid("/period", error.to_string()))?;
    let filter = Filter {
        from: period.map(Month::first),
        until: period.map(Month::last),
        status: query.status,
        rule: lifecycle_rules::name(query.rule)?,
        responsible: query.responsible_id,
        office: query.office,
        member: query.member_id,
    };
    let (after, limit) = (query.after.as_deref().map(read_cursor).transpose()?, limit(query.limit)?);
    let (database, viewer) = (state.store.database(), caller.viewer());
    let rows = follow_ups::list(database, &viewer, &filter, after, limit + 1).await?;
    let page = Page::cut(rows, limit, |row| write_cursor(row.id));
    let items = complete(&state, database, &viewer, page.items).await?;
    let shown = shown(&items);
    give_list(&state, &caller, "list_follow_ups", shown, &Page { items, next: page.next }).await
}

/// Opens a follow-up.
#[utoipa::path(tag = "lifecycle", params(Id), security(("token" = ["follow-ups"])),
    responses((status = 200, description = "The follow-up", body = FollowUp, headers(("ETag" = String)))))]
#[get("/follow-ups/{id}")]
pub(crate) async fn read_follow_up(caller: Allowed<scope::FollowUps>, state: Data<State>, id: Id) -> Outcome<HttpResponse> {
    let (database, viewer) = (state.store.database(), caller.viewer());
    let row = follow_ups::load(database, &viewer, id.0).await?;
    let answer = answer(one(&state, database, &viewer, row).await?)?;
    give(&state, &caller, "read_follow_up", answer).await
}

/// Records that a member was contacted, and what came of it.
#[utoipa::path(tag = "lifecycle", params(Id, IfMatch),
    request_body(content((FollowUpChange = "application/json"), (FollowUpChange = "application/merge-patch+json"))),
    security(("token" = ["follow-ups"])),
    responses((status = 200, description = "The follow-up as it is now", body = FollowUp, headers(("ETag" = String))),
        (status = 409, description = "There is nothing to follow up any more", body = crate::web::problem::ProblemDetails,
            content_type = "application/problem+json")))]
#[patch("/follow-ups/{id}")]
pub(crate) async fn change_follow_up(
    caller: Allowed<scope::FollowUps>,
    state: Data<State>,
    id: Id,
    if_match: IfMatch,
    body: Body<FollowUpChange>,
) -> Outcome<HttpResponse> {
    let viewer = caller.viewer();
    let answer = state
        .store
        .write(caller.actor(), async |write| {
            let database = write.database();
            let before = follow_ups::load(database, &viewer, id.0).await?;
            if_match.check(&etag(&one(&state, database, &viewer, before.clone()).await?)?)?;
            let change = read_change(body.value.clone())?;
            let after = follow_ups::record(write, &state.outbox, &before, &change).await?;
            answer(one(&state, database, &viewer, after).await?)
        })
        .await?;
    give(&state, &caller, "change_follow_up", answer).await
}

fn read_change(sent: FollowUpChange) -> Result<Change> {
    let mut problems = Problems::default();
    sent.unknown.refuse(&mut problems);
    let mut change = Change::default();
    let accepted = |status| match status {
        FollowUpStatus::Contacted => Ok(true),
        _ => Err("cannot be set; only contacted can, the others follow by themselves".to_owned()),
    };
    sent.status.replace("/status", &mut problems, &mut change.contacted, accepted);
    if sent.outcome.is_sent() {
        change.outcome = Some(sent.outcome.optional("/outcome", &mut problems, Ok));
    }
    if sent.note.is_sent() {
        change.note = Some(sent.note.optional("/note", &mut problems, |text| note(&text)));
    }
    problems.into_result()?;
    Ok(change)
}

/// Some lines of text.
pub(crate) fn note(note: &str) -> Result<String, String> {
    let note = note.trim();
    if note.is_empty() {
        return Err("is empty; send null to clear it, or leave it out to keep it".into());
    }
    if note.chars().any(|letter| letter.is_control() && letter != '\n') {
        return Err("holds a control character other than a new line".into());
    }
    if note.chars().count() > NOTE_LETTERS {
        return Err(format!("is longer than {NOTE_LETTERS} letters"));
    }
    Ok(note.to_owned())
}

async fn one(state: &State, database: &impl ConnectionTrait, viewer: &Viewer, row: follow_up::Model) -> Result<FollowUp> {
    complete(state, database, viewer, vec![row]).await?.pop().ok_or(Error::NotFound)
}

/// `rows` with the names that belong to them.
async fn complete(
    state: &State,
    database: &impl ConnectionTrait,
    viewer: &Viewer,
    rows: Vec<follow_up::Model>,
) -> Result<Vec<FollowUp>> {
    let people: BTreeSet<Uuid> = rows.iter().flat_map(|row| [Some(row.member_id), row.responsible_member_id]).flatten().collect();
    let names = follow_ups::members(database, viewer, people).await?;
    let today = state.store.clock().today();
    let members = rows.iter().map(|row| row.member_id);
    let professionals = follow_ups::professionals(database, members, today).await?;
    Ok(rows.into_iter().filter_map(|row| FollowUp::of(row, &names, &professionals)).collect())
}

impl FollowUp {
    /// None for a member who went out of sight since the row was read.
    fn of(row: follow_up::Model, names: &HashMap<Uuid, entity::member::Model>, professionals: &HashSet<Uuid>) -> Option<Self> {
        let member = names.get(&row.member_id)?;
        Some(Self {
            id: row.id,
            rule: row.rule_key,
            member: MemberName::of(member),
            anchor_date: row.anchor_date,
            due_on: row.due_on,
            status: row.status,
            late: row.late,
            graduation_confirmed: member.graduation_confirmed_on.is_some(),
            already_professional: professionals.contains(&row.member_id),
            responsible: row.responsible_member_id.and_then(|id| names.get(&id)).map(MemberName::of),
            office: row.office,
            rerouted: row.rerouted.iter().flat_map(|words| words.split(' ')).map(str::to_owned).collect(),
            outcome: row.outcome,
            note: row.note,
            contacted_at: row.contacted_at,
            reminded_on: row.reminded_on,
            escalated_on: row.escalated_on,
            superseded_by: row.superseded_by,
            created_at: row.created_at,
            version: row.version,
        })
    }
}

fn shown(items: &[FollowUp]) -> Vec<Uuid> {
    let people = items.iter().flat_map(|item| std::iter::once(&item.member).chain(&item.responsible));
    people.map(|person| person.id).collect::<BTreeSet<_>>().into_iter().collect()
}

fn answer(item: FollowUp) -> Result<Answer> {
    let shown = shown(std::slice::from_ref(&item));
    Ok(Answer::of(StatusCode::OK, &item)?.tagged(&item)?.showing(shown))
}
