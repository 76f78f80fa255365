//! Appointments: listed, created, read, changed, removed.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Query};
use actix_web::{HttpResponse, delete, get, patch, post};
use chrono::NaiveDate;
use entity::appointment::{self, AppointmentRole};
use entity::visibility::Viewer;
use jobs::{Error, Result};
use sea_orm::ConnectionTrait;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::members;
use crate::access::caller::Caller;
use crate::members::appointments::{self, Appointment, Filter};
use crate::members::card::etag;
use crate::members::list::{Page, read_cursor};
use crate::members::rules::{self, Problems};
use crate::state::State;
use crate::web::answer::{Answer, Once, give, give_list};
use crate::web::extract::{Allowed, Body, Field, Id, IfMatch, PageQuery, Unknown, limit, scope};
use crate::web::problem::Result as Outcome;

/// Which appointments to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AppointmentQuery {
    /// Held by this member.
    member_id: Option<Uuid>,
    /// For this very workplace.
    workplace_id: Option<Uuid>,
    /// For this school.
    school_id: Option<Uuid>,
    /// For this very local branch.
    local_branch_id: Option<Uuid>,
    /// In this role.
    role: Option<AppointmentRole>,
    /// In term on this day; left out, whenever.
    on: Option<NaiveDate>,
    /// At most this many.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u64>,
    /// `next` of the page before.
    after: Option<String>,
}

/// Lists appointments in the order in which they were entered.
#[utoipa::path(tag = "appointments", params(AppointmentQuery), security(("token" = ["members:read"])),
    responses((status = 200, description = "A page of appointments", body = Page<Appointment>)))]
#[get("/appointments")]
pub(crate) async fn list_appointments(
    caller: Allowed<scope::Read>,
    state: Data<State>,
    query: Query<AppointmentQuery>,
) -> Outcome<HttpResponse> {
    let query = query.into_inner();
    let mut problems = Problems::default();
    let filter = Filter {
        member_id: query.member_id,
        workplace_id: query.workplace_id,
        school_id: query.school_id,
        local_branch_id: query.local_branch_id,
        role: query.role,
        on: query.on.and_then(|day| problems.check("/on", rules::date(day))),
        ends: None,
    };
    problems.into_result()?;
    list(&state, &caller, "list_appointments", &filter, query.after.as_deref(), query.limit).await
}

/// Lists the appointments that a member holds or has held, in the order in which they were entered.
#[utoipa::path(tag = "appointments", params(Id, PageQuery), security(("token" = ["members:read"])),
    responses((status = 200, description = "A page of appointments", body = Page<Appointment>)))]
#[get("/members/{id}/appointments")]
pub(crate) async fn list_member_appointments(
    caller: Allowed<scope::Read>,
    state: Data<State>,
    id: Id,
    query: Query<PageQuery>,
) -> Outcome<HttpResponse> {
    members::open(state.store.database(), &caller, id).await?;
    let filter = Filter { member_id: Some(id.0), ..Filter::default() };
    list(&state, &caller, "list_member_appointments", &filter, query.after.as_deref(), query.limit).await
}

async fn list(
    state: &State,
    caller: &Caller,
    operation: &'static str,
    filter: &Filter,
    after: Option<&str>,
    asked: Option<u64>,
) -> Outcome<HttpResponse> {
    let after = after.map(read_cursor).transpose()?;
    let page = appointments::list(state.store.database(), &caller.viewer(), filter, after, limit(asked)?).await?;
    give_list(state, caller, operation, Appointment::shown(&page.items), &page).await
}

/// Opens an appointment.
#[utoipa::path(tag = "appointments", params(Id), security(("token" = ["members:read"])),
    responses((status = 200, description = "The appointment", body = Appointment, headers(("ETag" = String)))))]
#[get("/appointments/{id}")]
pub(crate) async fn read_appointment(caller: Allowed<scope::Read>, state: Data<State>, id: Id) -> Outcome<HttpResponse> {
    let database = state.store.database();
    let row = appointments::load(database, &caller.viewer(), id.0).await?;
    let appointment = named(database, &caller.viewer(), row).await?;
    give(&state, &caller, "read_appointment", answer(StatusCode::OK, appointment)?).await
}

/// What may be sent of an appointment beside its holder and its role.
#[derive(Clone, Debug, Deserialize, ToSchema)]
pub struct AppointmentFields {
    /// For this workplace and those below it. Exactly one of workplace, school and local branch is set: a workplace or a
    /// local branch for shop stewards and chief shop stewards, a workplace for safety representatives, a school for student
    /// representatives.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    workplace_id: Field<Uuid>,
    /// For this school.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    school_id: Field<Uuid>,
    /// For this local branch and those below it.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    local_branch_id: Field<Uuid>,
    /// First day of the term; null when it is not known.
    #[serde(default)]
    #[schema(value_type = Option<NaiveDate>, example = "2026-01-01")]
    valid_from: Field<NaiveDate>,
    /// Last day of the term; null while it is open.
    #[serde(default)]
    #[schema(value_type = Option<NaiveDate>, example = "2027-12-31")]
    valid_until: Field<NaiveDate>,
    /// First day of an absence, inside the term.
    #[serde(default)]
    #[schema(value_type = Option<NaiveDate>)]
    absent_from: Field<NaiveDate>,
    /// Last day of the absence; null while it is open.
    #[serde(default)]
    #[schema(value_type = Option<NaiveDate>)]
    absent_until: Field<NaiveDate>,
    /// Who stands in during the absence.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    deputy_member_id: Field<Uuid>,
}

impl AppointmentFields {
    fn put(self, row: &mut appointment::Model, problems: &mut Problems) {
        self.workplace_id.set("/workplace_id", problems, &mut row.workplace_id, Ok);
        self.school_id.set("/school_id", problems, &mut row.school_id, Ok);
        self.local_branch_id.set("/local_branch_id", problems, &mut row.local_branch_id, Ok);
        self.valid_from.set("/valid_from", problems, &mut row.valid_from, rules::date);
        self.valid_until.set("/valid_until", problems, &mut row.valid_until, rules::date);
        self.absent_from.set("/absent_from", problems, &mut row.absent_from, rules::date);
        self.absent_until.set("/absent_until", problems, &mut row.absent_until, rules::date);
        self.deputy_member_id.set("/deputy_member_id", problems, &mut row.deputy_member_id, Ok);
    }
}

/// A new appointment.
#[derive(Debug, Deserialize, ToSchema)]
pub struct NewAppointment {
    /// Who holds it.
    #[serde(default)]
    #[schema(value_type = Uuid, required = true)]
    member_id: Field<Uuid>,
    /// As what.
    #[serde(default)]
    #[schema(value_type = AppointmentRole, required = true)]
    role: Field<AppointmentRole>,
    #[serde(flatten)]
    #[schema(inline)]
    fields: AppointmentFields,
    #[serde(flatten)]
    #[schema(ignore)]
    unknown: Unknown,
}

/// Appoints a member.
#[utoipa::path(tag = "appointments", params(Once), request_body = NewAppointment, security(("token" = ["members:register"])),
    responses((status = 201, description = "The new appointment", body = Appointment,
        headers(("ETag" = String), ("Location" = String)))))]
#[post("/appointments")]
pub(crate) async fn create_appointment(
    caller: Allowed<scope::Register>,
    state: Data<State>,
    once: Once,
    body: Body<NewAppointment>,
) -> Outcome<HttpResponse> {
    let NewAppointment { member_id, role, fields, unknown } = body.value;
    let mut problems = Problems::default();
    unknown.refuse(&mut problems);
    // What is missing has a stand-in only until every problem has been found.
    let mut row = appointment::Model {
        id: state.store.clock().new_id(),
        member_id: member_id.required("/member_id", &mut problems, Ok).unwrap_or_default(),
        role: role.required("/role", &mut problems, Ok).unwrap_or(AppointmentRole::ShopSteward),
        workplace_id: None,
        school_id: None,
        local_branch_id: None,
        valid_from: None,
        valid_until: None,
        absent_from: None,
        absent_until: None,
        deputy_member_id: None,
        version: 1,
    };
    fields.put(&mut row, &mut problems);
    problems.into_result()?;
    once.run(&state, &caller, "create_appointment", &body.bytes, async |write| {
        let row = appointments::create(write, &caller.viewer(), row.clone()).await?;
        let location = format!("/api/v1/appointments/{}", row.id);
        let appointment = named(write.database(), &caller.viewer(), row).await?;
        Ok(answer(StatusCode::CREATED, appointment)?.at(location))
    })
    .await
}

/// A change to an appointment. A field not sent changes nothing, null clears. The holder stays: when somebody else takes
/// over, this term ends and a new appointment begins.
#[derive(Clone, Debug, Deserialize, ToSchema)]
pub struct AppointmentChange {
    /// As what.
    #[serde(default)]
    #[schema(value_type = Option<AppointmentRole>)]
    role: Field<AppointmentRole>,
    #[serde(flatten)]
    #[schema(inline)]
    fields: AppointmentFields,
    #[serde(flatten)]
    #[schema(ignore)]
    unknown: Unknown,
}

/// Changes an appointment: its term, an absence, the deputy.
#[utoipa::path(tag = "appointments", params(Id, IfMatch),
    request_body(content((AppointmentChange = "application/json"), (AppointmentChange = "application/merge-patch+json"))),
    security(("token" = ["members:register"])),
    responses((status = 200, description = "The appointment as it is now", body = Appointment, headers(("ETag" = String)))))]
#[patch("/appointments/{id}")]
pub(crate) async fn change_appointment(
    caller: Allowed<scope::Register>,
    state: Data<State>,
    id: Id,
    if_match: IfMatch,
    body: Body<AppointmentChange>,
) -> Outcome<HttpResponse> {
    let viewer = caller.viewer();
    let answer = state
        .store
        .write(caller.actor(), async |write| {
            let database = write.database();
            let before = appointments::load(database, &viewer, id.0).await?;
            if_match.check(&etag(&named(database, &viewer, before.clone()).await?)?)?;
            let AppointmentChange { role, fields, unknown } = body.value.clone();
            let mut problems = Problems::default();
            unknown.refuse(&mut problems);
            let mut after = before.clone();
            role.replace("/role", &mut problems, &mut after.role, Ok);
            fields.put(&mut after, &mut problems);
            problems.into_result()?;
            let after = appointments::change(write, &viewer, &before, after).await?;
            answer(StatusCode::OK, named(database, &viewer, after).await?)
        })
        .await?;
    give(&state, &caller, "change_appointment", answer).await
}

/// Removes an appointment that was entered by mistake. One that ends is given its last day, `valid_until`, instead.
#[utoipa::path(tag = "appointments", params(Id, IfMatch), security(("token" = ["members:register"])),
    responses((status = 204, description = "It is removed")))]
#[delete("/appointments/{id}")]
pub(crate) async fn remove_appointment(
    caller: Allowed<scope::Register>,
    state: Data<State>,
    id: Id,
    if_match: IfMatch,
) -> Outcome<HttpResponse> {
    let viewer = caller.viewer();
    state
        .store
        .write(caller.actor(), async |write| {
            let row = appointments::load(write.database(), &viewer, id.0).await?;
            if_match.check(&etag(&named(write.database(), &viewer, row.clone()).await?)?)?;
            appointments::remove(write, &row).await
        })
        .await?;
    give(&state, &caller, "remove_appointment", Answer::nothing()).await
}

async fn named(database: &impl ConnectionTrait, viewer: &Viewer, row: appointment::Model) -> Result<Appointment> {
    Appointment::complete(database, viewer, vec![row]).await?.pop().ok_or(Error::NotFound)
}

fn answer(status: StatusCode, appointment: Appointment) -> Result<Answer> {
    let shown = Appointment::shown(std::slice::from_ref(&appointment));
    Ok(Answer::of(status, &appointment)?.tagged(&appointment)?.showing(shown))
}
