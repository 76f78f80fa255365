//! Local branches.

use actix_web::web::{Data, Query};
use actix_web::{HttpResponse, delete, get, patch, post};
use entity::local_branch;
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

/// A local branch: one of the union's organisational units, which form a tree.
#[derive(Debug, Serialize, ToSchema)]
pub struct LocalBranch {
    /// Its id.
    id: Uuid,
    /// The local branch above.
    parent_id: Option<Uuid>,
    /// Its name, unique.
    #[schema(example = "Avdelning Västerbotten")]
    name: String,
    /// Grows by one with every change.
    version: i64,
}

impl From<local_branch::Model> for LocalBranch {
    fn from(row: local_branch::Model) -> Self {
        let local_branch::Model { id, parent_id, name, version } = row;
        Self { id, parent_id, name, version }
    }
}

/// Where a local branch stands.
#[derive(Clone, Debug, Deserialize, ToSchema)]
pub struct LocalBranchPlace {
    /// The local branch above.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    parent_id: Field<Uuid>,
}

impl Sent for local_branch::Model {
    type Wire = LocalBranch;
    type Place = LocalBranchPlace;
    const PATH: &'static str = "local-branches";

    fn new(id: Uuid, name: String) -> Self {
        Self { id, parent_id: None, name, version: 1 }
    }

    fn put(&mut self, place: LocalBranchPlace, problems: &mut Problems) {
        place.parent_id.set("/parent_id", problems, &mut self.parent_id, Ok);
    }
}

/// Which local branches to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LocalBranchQuery {
    /// Directly below this local branch.
    parent_id: Option<Uuid>,
    /// At most this many.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u64>,
    /// `next` of the page before.
    after: Option<String>,
}

/// Lists local branches in the order in which they were made.
#[utoipa::path(tag = "organisation", params(LocalBranchQuery), security(("token" = ["members:read"])),
    responses((status = 200, description = "A page of local branches", body = Page<LocalBranch>)))]
#[get("/local-branches")]
pub(crate) async fn list_local_branches(
    _: Allowed<scope::Read>,
    state: Data<State>,
    query: Query<LocalBranchQuery>,
) -> Outcome<HttpResponse> {
    let filter = Filter { parent_id: query.parent_id, ..Filter::default() };
    list::<local_branch::Model>(&state, filter, query.after.as_deref(), query.limit).await
}

/// Creates a local branch.
#[utoipa::path(tag = "organisation", params(Once), request_body = NewUnit<LocalBranchPlace>,
    security(("token" = ["members:register"])),
    responses((status = 201, description = "The new local branch", body = LocalBranch, headers(("ETag" = String), ("Location" = String)))))]
#[post("/local-branches")]
pub(crate) async fn create_local_branch(
    caller: Allowed<scope::Register>,
    state: Data<State>,
    once: Once,
    body: Body<NewUnit<LocalBranchPlace>>,
) -> Outcome<HttpResponse> {
    create::<local_branch::Model>(&state, &caller, "create_local_branch", once, body).await
}

/// Reads a local branch.
#[utoipa::path(tag = "organisation", params(Id), security(("token" = ["members:read"])),
    responses((status = 200, description = "The local branch", body = LocalBranch, headers(("ETag" = String)))))]
#[get("/local-branches/{id}")]
pub(crate) async fn read_local_branch(caller: Allowed<scope::Read>, state: Data<State>, id: Id) -> Outcome<HttpResponse> {
    read::<local_branch::Model>(&state, &caller, "read_local_branch", id).await
}

/// Changes a local branch.
#[utoipa::path(tag = "organisation", params(Id, IfMatch),
    request_body(content((UnitChange<LocalBranchPlace> = "application/json"), (UnitChange<LocalBranchPlace> = "application/merge-patch+json"))),
    security(("token" = ["members:register"])),
    responses((status = 200, description = "The local branch as it is now", body = LocalBranch, headers(("ETag" = String)))))]
#[patch("/local-branches/{id}")]
pub(crate) async fn change_local_branch(
    caller: Allowed<scope::Register>,
    state: Data<State>,
    id: Id,
    if_match: IfMatch,
    body: Body<UnitChange<LocalBranchPlace>>,
) -> Outcome<HttpResponse> {
    change::<local_branch::Model>(&state, &caller, "change_local_branch", id, if_match, body.value).await
}

/// Removes a local branch to which nothing refers any more.
#[utoipa::path(tag = "organisation", params(Id, IfMatch), security(("token" = ["members:register"])),
    responses((status = 204, description = "It is removed")))]
#[delete("/local-branches/{id}")]
pub(crate) async fn remove_local_branch(
    caller: Allowed<scope::Register>,
    state: Data<State>,
    id: Id,
    if_match: IfMatch,
) -> Outcome<HttpResponse> {
    remove::<local_branch::Model>(&state, &caller, "remove_local_branch", id, if_match).await
}
