//! The history of a member, and the feed of changes.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Query};
use actix_web::{HttpResponse, get};
use jobs::{Error, Result};
use serde::Deserialize;
use utoipa::IntoParams;

use super::members;
use crate::members::changes::{self, FeedItem, MemberHistory};
use crate::members::list::Page;
use crate::members::reads::{self, Reads, Told};
use crate::state::State;
use crate::web::answer::{Answer, give, give_plain};
use crate::web::extract::{Allowed, Id, PageQuery, limit, scope};
use crate::web::problem::Result as Outcome;

/// What was changed about a member, by whom and when, the newest first. Not for representatives: it holds what is no
/// longer so.
#[utoipa::path(tag = "members", params(Id, PageQuery), security(("token" = ["members:write"]), ("token" = ["members:protect"])),
    responses((status = 200, description = "A page of the history", body = Page<MemberHistory>)))]
#[get("/members/{id}/history")]
pub(crate) async fn list_history(
    caller: Allowed<scope::Edit>,
    state: Data<State>,
    id: Id,
    query: Query<PageQuery>,
) -> Outcome<HttpResponse> {
    let database = state.store.database();
    members::open(database, &caller, id).await?;
    let before = query.after.as_deref().map(number).transpose()?;
    let page = changes::of_member(database, id.0, before, limit(query.limit)?).await?;
    give(&state, &caller, "list_history", Answer::of(StatusCode::OK, &page)?.showing([id.0])).await
}

/// Who has opened the record of a member in the last twelve months, with whose id, in which role and for what, and how often
/// it was listed, by month.
#[utoipa::path(tag = "members", params(Id), security(("token" = ["audit"])),
    responses((status = 200, description = "Who has read it", body = Reads)))]
#[get("/members/{id}/reads")]
pub(crate) async fn list_reads(caller: Allowed<scope::Audit>, state: Data<State>, id: Id) -> Outcome<HttpResponse> {
    let (store, audit) = (&state.store, &state.audit_database);
    let member = members::open(store.database(), &caller, id).await?.row;
    let reads = reads::of(store.database(), audit, store.clock(), member.id, member.created_at, Told::Ids).await?;
    give(&state, &caller, "list_reads", Answer::of(StatusCode::OK, &reads)?.showing([member.id])).await
}

/// From where in the feed, and how much.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FeedQuery {
    /// The last number that you have seen; left out, from the beginning.
    #[param(minimum = 0)]
    after: Option<i64>,
    /// At most this many.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u64>,
}

/// The feed of changes for systems that join on: ids and kinds, no values. Numbers grow in commit order, so whoever asks
/// for what comes after the last number seen misses nothing.
#[utoipa::path(tag = "changes", params(FeedQuery), security(("token" = ["changes"])),
    responses((status = 200, description = "A page of the feed; `next` is null when there is no more yet", body = Page<FeedItem>)))]
#[get("/changes")]
pub(crate) async fn list_changes(
    caller: Allowed<scope::Changes>,
    state: Data<State>,
    query: Query<FeedQuery>,
) -> Outcome<HttpResponse> {
    let after = query.after.unwrap_or(0);
    if after < 0 {
        return Err(Error::invalid("/after", "is the number of a change, from 0 on").into());
    }
    let page = changes::feed(state.store.database(), &caller.viewer(), after, limit(query.limit)?).await?;
    give_plain(&page)
}

pub(super) fn number(cursor: &str) -> Result<i64> {
    cursor.parse().map_err(|_| Error::invalid("/after", "is no cursor; send the value of `next` from the page before, unchanged"))
}
