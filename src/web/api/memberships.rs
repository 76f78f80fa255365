//! Joining, changing type, leaving, and what was checked with the member.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpResponse, get, post};
use chrono::NaiveDate;
use entity::membership_period::{LeaveReason, MembershipType};
use entity::verification::{Channel, Detail};
use jobs::{Result, Write};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::members::{card_of, load_for_change, open};
use crate::access::caller::{Caller, Scope};
use crate::members::card::Card;
use crate::members::list::Page;
use crate::members::member::Member;
use crate::members::rules::Problems;
use crate::members::{periods, verify};
use crate::state::State;
use crate::web::answer::{Answer, Once, give};
use crate::web::extract::{Allowed, Body, Field, Id, IfMatch, Unknown, scope};
use crate::web::problem::Result as Outcome;

/// A membership period.
#[derive(Debug, Serialize, ToSchema)]
pub struct Period {
    /// Its id.
    id: Uuid,
    /// Of which type.
    membership_type: MembershipType,
    /// First day; null when it lies before the register's memory.
    valid_from: Option<NaiveDate>,
    /// Last day; null while it runs.
    valid_until: Option<NaiveDate>,
    /// Goes on from the period before it as another type.
    continues_previous: bool,
    /// Why the membership ended.
    leave_reason: Option<LeaveReason>,
}

/// Lists the membership periods of a member, the earliest first.
#[utoipa::path(tag = "memberships", params(Id), security(("token" = ["members:read"])),
    responses((status = 200, description = "All periods", body = Page<Period>)))]
#[get("/members/{id}/membership-periods")]
pub(crate) async fn list_periods(caller: Allowed<scope::Read>, state: Data<State>, id: Id) -> Outcome<HttpResponse> {
    let member = open(state.store.database(), &caller, id).await?;
    let items = member.periods.into_iter().map(|period| Period {
        id: period.id,
        membership_type: period.membership_type,
        valid_from: period.valid_from,
        valid_until: period.valid_until,
        continues_previous: period.continues_previous,
        leave_reason: period.leave_reason,
    });
    let page = Page { items: items.collect(), next: None };
    give(&state, &caller, "list_periods", Answer::of(StatusCode::OK, &page)?.showing([id.0])).await
}

/// A joining.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Joining {
    /// As what.
    #[serde(default)]
    #[schema(value_type = MembershipType)]
    membership_type: Field<MembershipType>,
    /// First day; left out, today.
    #[serde(default)]
    #[schema(value_type = Option<NaiveDate>)]
    joined_on: Field<NaiveDate>,
    #[serde(flatten)]
    #[schema(ignore)]
    unknown: Unknown,
}

/// Lets a former member or a prospect without a membership join.
#[utoipa::path(tag = "memberships", params(Id, IfMatch, Once), request_body = Joining, security(("token" = ["members:register"]), ("token" = ["members:protect"])),
    responses((status = 200, description = "The card as it is now", body = Card, headers(("ETag" = String)))))]
#[post("/members/{id}/join")]
pub(crate) async fn join_member(
    caller: Allowed<scope::Ledger>,
    state: Data<State>,
    id: Id,
    if_match: IfMatch,
    once: Once,
    body: Body<Joining>,
) -> Outcome<HttpResponse> {
    let Joining { membership_type, joined_on, unknown } = body.value;
    let today = state.store.clock().today();
    let mut problems = Problems::default();
    unknown.refuse(&mut problems);
    let membership_type = membership_type.required("/membership_type", &mut problems, Ok);
    let joined_on = joined_on.optional("/joined_on", &mut problems, Ok).unwrap_or(today);
    let membership_type = problems.finish(membership_type)?;
    once.run(&state, &caller, "join_member", &body.bytes, async |write| {
        change(write, &caller, Scope::MembersRegister, id, &if_match, async |member| {
            periods::join(write, member, membership_type, joined_on).await
        })
        .await
    })
    .await
}

/// A change of type.
#[derive(Debug, Deserialize, ToSchema)]
pub struct TypeChange {
    /// To which type.
    #[serde(default)]
    #[schema(value_type = MembershipType)]
    membership_type: Field<MembershipType>,
    /// First day as that type; left out, today.
    #[serde(default)]
    #[schema(value_type = Option<NaiveDate>)]
    from: Field<NaiveDate>,
    #[serde(flatten)]
    #[schema(ignore)]
    unknown: Unknown,
}

/// Lets the membership go on as another type.
#[utoipa::path(tag = "memberships", params(Id, IfMatch, Once), request_body = TypeChange, security(("token" = ["members:register"]), ("token" = ["members:protect"])),
    responses((status = 200, description = "The card as it is now", body = Card, headers(("ETag" = String)))))]
#[post("/members/{id}/change-type")]
pub(crate) async fn change_membership_type(
    caller: Allowed<scope::Ledger>,
    state: Data<State>,
    id: Id,
    if_match: IfMatch,
    once: Once,
    body: Body<TypeChange>,
) -> Outcome<HttpResponse> {
    let TypeChange { membership_type, from, unknown } = body.value;
    let today = state.store.clock().today();
    let mut problems = Problems::default();
    unknown.refuse(&mut problems);
    let membership_type = membership_type.required("/membership_type", &mut problems, Ok);
    let from = from.optional("/from", &mut problems, Ok).unwrap_or(today);
    let membership_type = problems.finish(membership_type)?;
    once.run(&state, &caller, "change_membership_type", &body.bytes, async |write| {
        change(write, &caller, Scope::MembersRegister, id, &if_match, async |member| {
            periods::change_type(write, member, membership_type, from).await
        })
        .await
    })
    .await
}

/// A leaving.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Leaving {
    /// Last day; left out, today.
    #[serde(default)]
    #[schema(value_type = Option<NaiveDate>)]
    left_on: Field<NaiveDate>,
    /// Why.
    #[serde(default)]
    #[schema(value_type = LeaveReason)]
    leave_reason: Field<LeaveReason>,
    #[serde(flatten)]
    #[schema(ignore)]
    unknown: Unknown,
}

/// Ends the membership. The member stays in the register as a former member.
#[utoipa::path(tag = "memberships", params(Id, IfMatch, Once), request_body = Leaving, security(("token" = ["members:register"]), ("token" = ["members:protect"])),
    responses((status = 200, description = "The card as it is now", body = Card, headers(("ETag" = String)))))]
#[post("/members/{id}/leave")]
pub(crate) async fn let_member_leave(
    caller: Allowed<scope::Ledger>,
    state: Data<State>,
    id: Id,
    if_match: IfMatch,
    once: Once,
    body: Body<Leaving>,
) -> Outcome<HttpResponse> {
    let Leaving { left_on, leave_reason, unknown } = body.value;
    let today = state.store.clock().today();
    let mut problems = Problems::default();
    unknown.refuse(&mut problems);
    let left_on = left_on.optional("/left_on", &mut problems, Ok).unwrap_or(today);
    let reason = leave_reason.required("/leave_reason", &mut problems, Ok);
    let reason = problems.finish(reason)?;
    once.run(&state, &caller, "let_member_leave", &body.bytes, async |write| {
        change(write, &caller, Scope::MembersRegister, id, &if_match, async |member| {
            periods::leave(write, member, left_on, reason).await
        })
        .await
    })
    .await
}

/// What was checked with the member.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Verification {
    /// Which details are right as they stand.
    #[serde(default)]
    #[schema(value_type = Vec<Detail>)]
    details: Field<Vec<Detail>>,
    /// How they were checked.
    #[serde(default)]
    #[schema(value_type = Channel)]
    channel: Field<Channel>,
    #[serde(flatten)]
    #[schema(ignore)]
    unknown: Unknown,
}

/// Notes that contact details were checked with the member and are right.
#[utoipa::path(tag = "members", params(Id, IfMatch, Once), request_body = Verification,
    security(("token" = ["members:write"]), ("token" = ["members:protect"])),
    responses((status = 200, description = "The card as it is now", body = Card, headers(("ETag" = String)))))]
#[post("/members/{id}/verifications")]
pub(crate) async fn verify_details(
    caller: Allowed<scope::Edit>,
    state: Data<State>,
    id: Id,
    if_match: IfMatch,
    once: Once,
    body: Body<Verification>,
) -> Outcome<HttpResponse> {
    let Verification { details, channel, unknown } = body.value;
    let mut problems = Problems::default();
    unknown.refuse(&mut problems);
    let details = details.required("/details", &mut problems, Ok);
    let channel = channel.required("/channel", &mut problems, Ok);
    let (details, channel) = problems.finish(details.zip(channel))?;
    once.run(&state, &caller, "verify_details", &body.bytes, async |write| {
        change(write, &caller, Scope::MembersWrite, id, &if_match, async |member| {
            verify::verify(write, member, &details, channel).await
        })
        .await
    })
    .await
}

/// Changes the member as `work` does, if the caller's copy is the newest, and gives the card as it is then. Needs `scope`;
/// for a protected member, of whom nobody else may know, `members:protect`.
async fn change(
    write: &Write,
    caller: &Caller,
    scope: Scope,
    id: Id,
    if_match: &IfMatch,
    work: impl AsyncFn(&Member) -> Result<()>,
) -> Result<Answer> {
    let member = load_for_change(write, caller, id, if_match).await?;
    caller.needs(if member.row.protection.is_some() { Scope::MembersProtect } else { scope })?;
    work(&member).await?;
    card_of(write, &caller.viewer(), id.0, StatusCode::OK).await
}
