//! Schools.

use actix_web::web::{Data, Query};
use actix_web::{HttpResponse, delete, get, patch, post};
use entity::school;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{NewUnit, Nowhere, Sent, UnitChange, change, create, list, read, remove};
use crate::members::list::Page;
use crate::members::organisation::Filter;
use crate::members::rules::Problems;
use crate::state::State;
use crate::web::answer::Once;
use crate::web::extract::{Allowed, Body, Id, IfMatch, PageQuery, scope};
use crate::web::problem::Result as Outcome;

/// A school, college or university where members study.
#[derive(Debug, Serialize, ToSchema)]
pub struct School {
    /// Its id.
    id: Uuid,
    /// Its name, unique.
    #[schema(example = "Umeå universitet")]
    name: String,
    /// Grows by one with every change.
    version: i64,
}

impl From<school::Model> for School {
    fn from(row: school::Model) -> Self {
        let school::Model { id, name, version } = row;
        Self { id, name, version }
    }
}

impl Sent for school::Model {
    type Wire = School;
    type Place = Nowhere;
    const PATH: &'static str = "schools";

    fn new(id: Uuid, name: String) -> Self {
        Self { id, name, version: 1 }
    }

    fn put(&mut self, _: Nowhere, _: &mut Problems) {}
}

/// Lists schools in the order in which they were made.
#[utoipa::path(tag = "organisation", params(PageQuery), security(("token" = ["members:read"])),
    responses((status = 200, description = "A page of schools", body = Page<School>)))]
#[get("/schools")]
pub(crate) async fn list_schools(_: Allowed<scope::Read>, state: Data<State>, query: Query<PageQuery>) -> Outcome<HttpResponse> {
    list::<school::Model>(&state, Filter::default(), query.after.as_deref(), query.limit).await
}

/// Creates a school.
#[utoipa::path(tag = "organisation", params(Once), request_body = NewUnit<Nowhere>,
    security(("token" = ["members:register"])),
    responses((status = 201, description = "The new school", body = School, headers(("ETag" = String), ("Location" = String)))))]
#[post("/schools")]
pub(crate) async fn create_school(
    caller: Allowed<scope::Register>,
    state: Data<State>,
    once: Once,
    body: Body<NewUnit<Nowhere>>,
) -> Outcome<HttpResponse> {
    create::<school::Model>(&state, &caller, "create_school", once, body).await
}

/// Reads a school.
#[utoipa::path(tag = "organisation", params(Id), security(("token" = ["members:read"])),
    responses((status = 200, description = "The school", body = School, headers(("ETag" = String)))))]
#[get("/schools/{id}")]
pub(crate) async fn read_school(caller: Allowed<scope::Read>, state: Data<State>, id: Id) -> Outcome<HttpResponse> {
    read::<school::Model>(&state, &caller, "read_school", id).await
}

/// Changes a school.
#[utoipa::path(tag = "organisation", params(Id, IfMatch),
    request_body(content((UnitChange<Nowhere> = "application/json"), (UnitChange<Nowhere> = "application/merge-patch+json"))),
    security(("token" = ["members:register"])),
    responses((status = 200, description = "The school as it is now", body = School, headers(("ETag" = String)))))]
#[patch("/schools/{id}")]
pub(crate) async fn change_school(
    caller: Allowed<scope::Register>,
    state: Data<State>,
    id: Id,
    if_match: IfMatch,
    body: Body<UnitChange<Nowhere>>,
) -> Outcome<HttpResponse> {
    change::<school::Model>(&state, &caller, "change_school", id, if_match, body.value).await
}

/// Removes a school to which nothing refers any more.
#[utoipa::path(tag = "organisation", params(Id, IfMatch), security(("token" = ["members:register"])),
    responses((status = 204, description = "It is removed")))]
#[delete("/schools/{id}")]
pub(crate) async fn remove_school(
    caller: Allowed<scope::Register>,
    state: Data<State>,
    id: Id,
    if_match: IfMatch,
) -> Outcome<HttpResponse> {
    remove::<school::Model>(&state, &caller, "remove_school", id, if_match).await
}
