//! Workplaces.

use actix_web::web::{Data, Query};
use actix_web::{HttpResponse, delete, get, patch, post};
use entity::workplace;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{NewUnit, Sent, UnitChange, change, create, list, read, remove};
use crate::members::list::Page;
use crate::members::organisation::Filter;
use crate::members::rules::Problems;
use crate::state::State;
use crate::web::answer::Once;
use crate::web::extract::{Allowed, Body, Field, Id, IfMatch, scope};
use crate::web::problem::Result as Outcome;

/// A workplace. Workplaces form a tree under an employer.
#[derive(Debug, Serialize, ToSchema)]
pub struct Workplace {
    /// Its id.
    id: Uuid,
    /// Its employer, when known.
    employer_id: Option<Uuid>,
    /// The workplace above.
    parent_id: Option<Uuid>,
    /// Its name, unique under its employer.
    #[schema(example = "Norrlands universitetssjukhus")]
    name: String,
    /// Grows by one with every change.
    version: i64,
}

impl From<workplace::Model> for Workplace {
    fn from(row: workplace::Model) -> Self {
        let workplace::Model { id, employer_id, parent_id, name, version } = row;
        Self { id, employer_id, parent_id, name, version }
    }
}

/// Where a workplace stands.
#[derive(Clone, Debug, Deserialize, ToSchema)]
pub struct WorkplacePlace {
    /// Its employer. Where the workplace goes to another employer, those below it go with it.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    employer_id: Field<Uuid>,
    /// The workplace above, of the same employer.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    parent_id: Field<Uuid>,
}

impl Sent for workplace::Model {
    type Wire = Workplace;
    type Place = WorkplacePlace;
    const PATH: &'static str = "workplaces";

    fn new(id: Uuid, name: String) -> Self {
        Self { id, employer_id: None, parent_id: None, name, version: 1 }
    }

    fn put(&mut self, place: WorkplacePlace, problems: &mut Problems) {
        place.employer_id.set("/employer_id", problems, &mut self.employer_id, Ok);
        place.parent_id.set("/parent_id", problems, &mut self.parent_id, Ok);
    }
}

/// Which workplaces to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WorkplaceQuery {
    /// Of this employer.
    employer_id: Option<Uuid>,
    /// Directly below this workplace.
    parent_id: Option<Uuid>,
    /// At most this many.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u64>,
    /// `next` of the page before.
    after: Option<String>,
}

/// Lists workplaces in the order in which they were made.
#[utoipa::path(tag = "organisation", params(WorkplaceQuery), security(("token" = ["members:read"])),
    responses((status = 200, description = "A page of workplaces", body = Page<Workplace>)))]
#[get("/workplaces")]
pub(crate) async fn list_workplaces(
    _: Allowed<scope::Read>,
    state: Data<State>,
    query: Query<WorkplaceQuery>,
) -> Outcome<HttpResponse> {
    let filter = Filter { employer_id: query.employer_id, parent_id: query.parent_id };
    list::<workplace::Model>(&state, filter, query.after.as_deref(), query.limit).await
}

/// Creates a workplace.
#[utoipa::path(tag = "organisation", params(Once), request_body = NewUnit<WorkplacePlace>,
    security(("token" = ["members:register"])),
    responses((status = 201, description = "The new workplace", body = Workplace, headers(("ETag" = String), ("Location" = String)))))]
#[post("/workplaces")]
pub(crate) async fn create_workplace(
    caller: Allowed<scope::Register>,
    state: Data<State>,
    once: Once,
    body: Body<NewUnit<WorkplacePlace>>,
) -> Outcome<HttpResponse> {
    create::<workplace::Model>(&state, &caller, "create_workplace", once, body).await
}

/// Reads a workplace.
#[utoipa::path(tag = "organisation", params(Id), security(("token" = ["members:read"])),
    responses((status = 200, description = "The workplace", body = Workplace, headers(("ETag" = String)))))]
#[get("/workplaces/{id}")]
pub(crate) async fn read_workplace(caller: Allowed<scope::Read>, state: Data<State>, id: Id) -> Outcome<HttpResponse> {
    read::<workplace::Model>(&state, &caller, "read_workplace", id).await
}

/// Changes a workplace. One that goes to another employer takes those below it along.
#[utoipa::path(tag = "organisation", params(Id, IfMatch),
    request_body(content((UnitChange<WorkplacePlace> = "application/json"), (UnitChange<WorkplacePlace> = "application/merge-patch+json"))),
    security(("token" = ["members:register"])),
    responses((status = 200, description = "The workplace as it is now", body = Workplace, headers(("ETag" = String)))))]
#[patch("/workplaces/{id}")]
pub(crate) async fn change_workplace(
    caller: Allowed<scope::Register>,
    state: Data<State>,
    id: Id,
    if_match: IfMatch,
    body: Body<UnitChange<WorkplacePlace>>,
) -> Outcome<HttpResponse> {
    change::<workplace::Model>(&state, &caller, "change_workplace", id, if_match, body.value).await
}

/// Removes a workplace to which nothing refers any more.
#[utoipa::path(tag = "organisation", params(Id, IfMatch), security(("token" = ["members:register"])),
    responses((status = 204, description = "It is removed")))]
#[delete("/workplaces/{id}")]
pub(crate) async fn remove_workplace(
    caller: Allowed<scope::Register>,
    state: Data<State>,
    id: Id,
    if_match: IfMatch,
) -> Outcome<HttpResponse> {
    remove::<workplace::Model>(&state, &caller, "remove_workplace", id, if_match).await
}
