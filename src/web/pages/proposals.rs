//! What members propose and what follows from follow-ups, to be accepted or declined in one press.

use actix_web::web::{Data, Query};
use actix_web::{HttpRequest, HttpResponse, get, post};
use askama::Template;
use entity::proposal::Kind;
use entity::read_audit::Access;
use jobs::Error;
use jobs::texts::Language;
use uuid::Uuid;

use super::card::Done;
use super::shell::Shell;
use super::texts::{Text, text};
use super::{give_members, see_other, words};
use crate::access::caller::Caller;
use crate::members::proposals::{self, Proposal};
use crate::state::State;
use crate::web::extract::{Allowed, Id, scope};
use crate::web::problem::Result as Outcome;

/// How many are shown; the next come up when these are decided.
const MOST: u64 = 100;

struct Row {
    id: Uuid,
    member: Uuid,
    name: String,
    what: Text,
    at: String,
}

#[derive(Template)]
#[template(path = "proposals.html")]
struct ProposalsPage {
    page: Shell,
    rows: Vec<Row>,
}

/// Lists the proposals that wait, the oldest first.
#[get("/proposals")]
pub(crate) async fn show_proposals(
    caller: Allowed<scope::Ledger>,
    request: HttpRequest,
    state: Data<State>,
    done: Query<Done>,
) -> Outcome<HttpResponse> {
    let waiting = proposals::waiting(state.store.database(), &caller, None, MOST).await?;
    let page = Shell::of(&request, &state, Some(&caller));
    let (language, zone) = (page.language, state.config.time_zone);
    let shown = waiting.items.iter().map(|it| it.member.id).collect();
    let rows = waiting.items.into_iter().map(|it| Row {
        id: it.proposal.id,
        member: it.member.id,
        name: format!("{} {}", it.member.given_names, it.member.surname),
        what: proposed(language, &it),
        at: words::moment(language, zone, it.proposal.created_at),
    });
    let body = ProposalsPage { rows: rows.collect(), page: page.saying(done.text(language)) };
    give_members(&state, &caller, "proposals_page", Access::Listed, shown, &body).await
}

fn proposed(language: Language, it: &Proposal) -> Text {
    let proposed = &it.proposal.proposed;
    let date = |day: Option<chrono::NaiveDate>| day.map(|day| words::date(language, day)).unwrap_or_default();
    match it.proposal.kind {
        Kind::Workplace => {
            let place = |place: &entity::proposal::ProposedWorkplace| match &place.employer {
                Some(employer) => format!("{}, {employer}", place.workplace),
                None => place.workplace.clone(),
            };
            let places: Vec<String> = proposed.workplaces.iter().flatten().map(place).collect();
            text(language, "proposed-workplace").with("places", places.join("; "))
        }
        Kind::Graduation if proposed.graduated == Some(true) => {
            text(language, "proposed-graduated").with("date", date(proposed.graduation_date))
        }
        Kind::Graduation => text(language, "proposed-graduation").with("date", date(proposed.graduation_date)),
        Kind::MembershipType => {
            let kind = proposed.membership_type.map(|kind| words::membership_type(language, kind).to_string());
            text(language, "proposed-type").with("type", kind.unwrap_or_default()).with("date", date(proposed.from))
        }
        Kind::Erasure => text(language, "proposed-erasure"),
        Kind::Email => text(language, "proposed-email").with("email", proposed.email.clone().unwrap_or_default()),
    }
}

/// Accepts a proposal: it stands in the register at once.
#[post("/proposals/{id}/accept")]
pub(crate) async fn accept_proposal(caller: Allowed<scope::Ledger>, state: Data<State>, id: Id) -> Outcome<HttpResponse> {
    decide(&caller, &state, id.0, true).await?;
    // It may have been an erasure.
    state.erasures.bring_together(&state.store).await?;
    Ok(see_other("/proposals?done=saved"))
}

/// Declines a proposal.
#[post("/proposals/{id}/decline")]
pub(crate) async fn decline_proposal(caller: Allowed<scope::Ledger>, state: Data<State>, id: Id) -> Outcome<HttpResponse> {
    decide(&caller, &state, id.0, false).await?;
    Ok(see_other("/proposals?done=saved"))
}

async fn decide(caller: &Caller, state: &State, id: Uuid, accept: bool) -> jobs::Result<()> {
    let decided = async |write: &jobs::Write| proposals::decide(write, &state.keys, caller, id, accept).await;
    match state.store.write(caller.actor(), decided).await {
        // Pressed twice, or decided by somebody else: the list says what still waits.
        Err(Error::Conflict(problem)) if problem.pointer.is_empty() => Ok(()),
        other => other,
    }
}
