//! Entries that clash with a protected member, for the privacy officer.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Query};
use actix_web::{HttpResponse, get, post};
use entity::held_entry::Resolution;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::members::held::{self, HeldEntry};
use crate::members::list::{self, Page};
use crate::members::rules::Problems;
use crate::state::State;
use crate::web::answer::{Answer, Once, give_list};
use crate::web::extract::{Allowed, Body, Field, Id, Unknown, limit, scope};
use crate::web::problem::Result as Outcome;

/// Which entries to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct HeldQuery {
    /// Those that were resolved, too.
    resolved: Option<bool>,
    /// At most this many.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u64>,
    /// `next` of the page before.
    after: Option<String>,
}

/// Lists what others entered and what clashes with a protected member, the oldest first. Whoever entered it was answered
/// as if it had been accepted.
#[utoipa::path(tag = "protection", params(HeldQuery), security(("token" = ["members:protect"])),
    responses((status = 200, description = "A page of entries", body = Page<HeldEntry>)))]
#[get("/held-entries")]
pub(crate) async fn list_held_entries(
    caller: Allowed<scope::Protect>,
    state: Data<State>,
    query: Query<HeldQuery>,
) -> Outcome<HttpResponse> {
    let after = query.after.as_deref().map(list::read_cursor).transpose()?;
    let resolved = query.resolved.unwrap_or(false);
    let page = held::list(state.store.database(), &state.keys, resolved, after, limit(query.limit)?).await?;
    give_list(&state, &caller, "list_held_entries", page.items.iter().flat_map(members).collect(), &page).await
}

/// What is to become of a held entry.
#[derive(Debug, Deserialize, ToSchema)]
pub struct HeldResolution {
    /// `same_member` puts what was entered over the protected member's card, `other_member` registers somebody new without
    /// what clashed, `discarded` drops it. Of a personal identity number on another member's card: `other_member` leaves it
    /// there, the others take it away.
    #[serde(default)]
    #[schema(value_type = Resolution)]
    resolution: Field<Resolution>,
    #[serde(flatten)]
    #[schema(ignore)]
    unknown: Unknown,
}

/// Resolves a held entry.
#[utoipa::path(tag = "protection", params(Id, Once), request_body = HeldResolution, security(("token" = ["members:protect"])),
    responses((status = 200, description = "The entry, resolved", body = HeldEntry)))]
#[post("/held-entries/{id}/resolve")]
pub(crate) async fn resolve_held_entry(
    caller: Allowed<scope::Protect>,
    state: Data<State>,
    id: Id,
    once: Once,
    body: Body<HeldResolution>,
) -> Outcome<HttpResponse> {
    let HeldResolution { resolution, unknown } = body.value;
    let mut problems = Problems::default();
    unknown.refuse(&mut problems);
    let resolution = resolution.required("/resolution", &mut problems, Ok);
    let resolution = problems.finish(resolution)?;
    once.run(&state, &caller, "resolve_held_entry", &body.bytes, async |write| {
        held::resolve(write, &state.keys, id.0, resolution).await?;
        let entry = held::find(write.database(), &state.keys, id.0).await?;
        Ok(Answer::of(StatusCode::OK, &entry)?.showing(members(&entry)))
    })
    .await
}

fn members(entry: &HeldEntry) -> Vec<Uuid> {
    std::iter::once(&entry.member).chain(&entry.claimant).map(|member| member.id).collect()
}
