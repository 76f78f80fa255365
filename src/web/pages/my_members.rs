//! A representative's own members, page by page.

use actix_web::web::{Data, Query};
use actix_web::{HttpRequest, HttpResponse, get};
use askama::Template;
use entity::read_audit::Access;
use jobs::Error;
use serde::Deserialize;
use uuid::Uuid;

use super::shell::Shell;
use super::{give_members, words};
use crate::members::list::{self, Filter, Listed};
use crate::state::State;
use crate::web::extract::{Allowed, scope};
use crate::web::problem::Result as Outcome;

/// How many stand on a page.
const ON_A_PAGE: u64 = 50;

struct Row {
    id: Uuid,
    name: String,
    workplace: String,
    membership: String,
    since: String,
}

#[derive(Template)]
#[template(path = "my_members.html")]
struct MyMembersPage {
    page: Shell,
    rows: Vec<Row>,
    next: Option<String>,
}

/// From where on.
#[derive(Debug, Deserialize)]
pub(crate) struct From {
    after: Option<String>,
}

/// Lists them.
#[get("/my-members")]
pub(crate) async fn my_members(
    caller: Allowed<scope::Read>,
    request: HttpRequest,
    state: Data<State>,
    from: Query<From>,
) -> Outcome<HttpResponse> {
    // For everybody else the list would be the whole register.
    if caller.oneself().is_none() {
        return Err(Error::NotFound.into());
    }
    let after = from.after.as_deref().map(list::read_cursor).transpose()?;
    let (database, today) = (state.store.database(), state.store.clock().today());
    let members = list::list(database, &caller.viewer(), &Filter::default(), today, after, ON_A_PAGE).await?;
    let page = Shell::of(&request, &state, Some(&caller));
    let shown = members.items.iter().map(|member| member.id).collect();
    let rows = members.items.into_iter().map(|member| Row::of(&page, member)).collect();
    let body = MyMembersPage { page, rows, next: members.next };
    give_members(&state, &caller, "my_members_page", Access::Listed, shown, &body).await
}

impl Row {
    fn of(page: &Shell, member: Listed) -> Self {
        let language = page.language;
        let membership = member.membership.as_ref();
        let kind = membership.map(|it| words::membership_type(language, it.membership_type).to_string());
        Self {
            id: member.id,
            name: format!("{} {}", member.given_names, member.surname),
            workplace: member.workplaces.join(", "),
            membership: match (kind, membership.is_some_and(|it| it.current)) {
                (Some(kind), true) => kind,
                (Some(kind), false) => page.text("was-member").with("type", kind).to_string(),
                (None, _) => page.text("periods-none").to_string(),
            },
            since: membership.and_then(|it| it.joined_on).map(|day| words::date(language, day)).unwrap_or_default(),
        }
    }
}
