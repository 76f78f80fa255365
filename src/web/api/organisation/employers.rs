//! Employers.

use actix_web::web::{Data, Query};
use actix_web::{HttpResponse, delete, get, patch, post};
use entity::employer;
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

/// An employer, under which workplaces stand.
#[derive(Debug, Serialize, ToSchema)]
pub struct Employer {
    /// Its id.
    id: Uuid,
    /// Its name, unique.
    #[schema(example = "Region Västerbotten")]
    name: String,
    /// Grows by one with every change.
    version: i64,
}

impl From<employer::Model> for Employer {
    fn from(row: employer::Model) -> Self {
        let employer::Model { id, name, version } = row;
        Self { id, name, version }
    }
}

impl Sent for employer::Model {
    type Wire = Employer;
    type Place = Nowhere;
    const PATH: &'static str = "employers";

    fn new(id: Uuid, name: String) -> Self {
        Self { id, name, version: 1 }
    }

    fn put(&mut self, _: Nowhere, _: &mut Problems) {}
}

/// Lists employers in the order in which they were made.
#[utoipa::path(tag = "organisation", params(PageQuery), security(("token" = ["members:read"])),
    responses((status = 200, description = "A page of employers", body = Page<Employer>)))]
#[get("/employers")]
pub(crate) async fn list_employers(
    _: Allowed<scope::Read>,
    state: Data<State>,
    query: Query<PageQuery>,
) -> Outcome<HttpResponse> {
    list::<employer::Model>(&state, Filter::default(), query.after.as_deref(), query.limit).await
}

/// Creates an employer.
#[utoipa::path(tag = "organisation", params(Once), request_body = NewUnit<Nowhere>,
    security(("token" = ["members:register"])),
    responses((status = 201, description = "The new employer", body = Employer, headers(("ETag" = String), ("Location" = String)))))]
#[post("/employers")]
pub(crate) async fn create_employer(
    caller: Allowed<scope::Register>,
    state: Data<State>,
    once: Once,
    body: Body<NewUnit<Nowhere>>,
) -> Outcome<HttpResponse> {
    create::<employer::Model>(&state, &caller, "create_employer", once, body).await
}

/// Reads an employer.
#[utoipa::path(tag = "organisation", params(Id), security(("token" = ["members:read"])),
    responses((status = 200, description = "The employer", body = Employer, headers(("ETag" = String)))))]
#[get("/employers/{id}")]
pub(crate) async fn read_employer(caller: Allowed<scope::Read>, state: Data<State>, id: Id) -> Outcome<HttpResponse> {
    read::<employer::Model>(&state, &caller, "read_employer", id).await
}

/// Changes an employer.
#[utoipa::path(tag = "organisation", params(Id, IfMatch),
    request_body(content((UnitChange<Nowhere> = "application/json"), (UnitChange<Nowhere> = "application/merge-patch+json"))),
    security(("token" = ["members:register"])),
    responses((status = 200, description = "The employer as it is now", body = Employer, headers(("ETag" = String)))))]
#[patch("/employers/{id}")]
pub(crate) async fn change_employer(
    caller: Allowed<scope::Register>,
    state: Data<State>,
    id: Id,
    if_match: IfMatch,
    body: Body<UnitChange<Nowhere>>,
) -> Outcome<HttpResponse> {
    change::<employer::Model>(&state, &caller, "change_employer", id, if_match, body.value).await
}

/// Removes an employer to which nothing refers any more.
#[utoipa::path(tag = "organisation", params(Id, IfMatch), security(("token" = ["members:register"])),
    responses((status = 204, description = "It is removed")))]
#[delete("/employers/{id}")]
pub(crate) async fn remove_employer(
    caller: Allowed<scope::Register>,
    state: Data<State>,
    id: Id,
    if_match: IfMatch,
) -> Outcome<HttpResponse> {
    remove::<employer::Model>(&state, &caller, "remove_employer", id, if_match).await
}
