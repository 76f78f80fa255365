//! What a member proposes, what she is asked, and that she be erased.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpResponse, get, post};
use chrono::NaiveDate;
use entity::proposal::Kind;
use jobs::Error;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{oneself, own};
use crate::access::assurance::Shows;
use crate::members::list::Page;
use crate::members::own::follow_ups::{self, OwnFollowUp};
use crate::members::proposals::{self, OwnProposal, Proposed, ProposedWorkplace};
use crate::members::rules::{self, Problems};
use crate::state::State;
use crate::web::answer::{Answer, Once, give};
use crate::web::extract::{Allowed, Body, Field, Id, Unknown, scope};
use crate::web::problem::Result as Outcome;

/// Lists what one has proposed, the newest first.
#[utoipa::path(tag = "me", security(("session" = ["own"])),
    responses((status = 200, description = "All of it", body = Page<OwnProposal>)))]
#[get("/me/proposals")]
pub(crate) async fn my_proposals(caller: Allowed<scope::Own>, state: Data<State>) -> Outcome<HttpResponse> {
    let member = own(&state, &caller, Shows::Contact).await?;
    let items = proposals::of_member(state.store.database(), member.row.id).await?;
    let answer = Answer::of(StatusCode::OK, &Page { items, next: None })?.showing([member.row.id]);
    give(&state, &caller, "my_proposals", answer).await
}

/// What a member proposes: where she works, or when she graduated. One of the two.
#[derive(Debug, Deserialize, ToSchema)]
pub struct NewProposal {
    /// Where she works, all of it; empty for nowhere.
    #[serde(default)]
    #[schema(value_type = Option<Vec<ProposedWorkplace>>, max_items = 20)]
    workplaces: Field<Vec<ProposedWorkplace>>,
    /// When she graduated, or expects to.
    #[serde(default)]
    #[schema(value_type = Option<NaiveDate>)]
    graduation_date: Field<NaiveDate>,
    /// Whether she has graduated; left out, she expects to.
    #[serde(default)]
    #[schema(value_type = Option<bool>)]
    graduated: Field<bool>,
    #[serde(flatten)]
    #[schema(ignore)]
    unknown: Unknown,
}

/// Proposes where one works or when one graduated. A registrar accepts it; a newer proposal takes the place of an older one.
#[utoipa::path(tag = "me", params(Once), request_body = NewProposal, security(("session" = ["own"])),
    responses((status = 201, description = "It waits for a registrar", body = OwnProposal)))]
#[post("/me/proposals")]
pub(crate) async fn propose(
    caller: Allowed<scope::Own>,
    state: Data<State>,
    once: Once,
    body: Body<NewProposal>,
) -> Outcome<HttpResponse> {
    let NewProposal { workplaces, graduation_date, graduated, unknown } = body.value;
    let today = state.store.clock().today();
    let mut problems = Problems::default();
    unknown.refuse(&mut problems);
    let workplaces = workplaces.optional("/workplaces", &mut problems, places);
    let graduated = graduated.optional("/graduated", &mut problems, Ok);
    let graduation_date = graduation_date.optional("/graduation_date", &mut problems, |day| match graduated {
        Some(true) if day > today => Err("lies in the future; say that it is expected with \"graduated\": false".into()),
        _ => rules::date(day),
    });
    let kind = match (&workplaces, graduation_date) {
        (Some(_), None) => Some(Kind::Workplace),
        (None, Some(_)) => Some(Kind::Graduation),
        _ => {
            if problems.is_empty() {
                problems.add("", "propose workplaces or a graduation_date, one of the two");
            }
            None
        }
    };
    let kind = problems.finish(kind)?;
    let proposed = Proposed {
        workplaces,
        graduation_date,
        graduated: graduated.filter(|_| kind == Kind::Graduation),
        ..Proposed::default()
    };
    once.run(&state, &caller, "propose", &body.bytes, async |write| {
        let id = oneself(&caller)?;
        let proposal = proposals::propose(write, id, kind, proposed.clone()).await?;
        Ok(Answer::of(StatusCode::CREATED, &proposal)?.showing([id]))
    })
    .await
}

fn places(places: Vec<ProposedWorkplace>) -> Result<Vec<ProposedWorkplace>, String> {
    if places.len() > 20 {
        return Err("holds more than 20 workplaces".into());
    }
    let place = |place: ProposedWorkplace| {
        let employer = place.employer.map(|name| rules::name(&name)).transpose()?;
        Ok(ProposedWorkplace { employer, workplace: rules::name(&place.workplace)? })
    };
    places.into_iter().map(place).collect()
}

/// Lists what one is asked, the newest first.
#[utoipa::path(tag = "me", security(("session" = ["own"])),
    responses((status = 200, description = "All of it", body = Page<OwnFollowUp>)))]
#[get("/me/follow-ups")]
pub(crate) async fn my_follow_ups(caller: Allowed<scope::Own>, state: Data<State>) -> Outcome<HttpResponse> {
    let member = own(&state, &caller, Shows::Contact).await?;
    let items = follow_ups::of(state.store.database(), member.row.id).await?;
    let answer = Answer::of(StatusCode::OK, &Page { items, next: None })?.showing([member.row.id]);
    give(&state, &caller, "my_follow_ups", answer).await
}

/// An answer to a follow-up.
#[derive(Debug, Deserialize, ToSchema)]
pub struct FollowUpAnswer {
    /// "I have graduated", or "I am still studying".
    #[serde(default)]
    #[schema(value_type = follow_ups::Answer)]
    answer: Field<follow_ups::Answer>,
    /// When she graduated, which is needed then; or when she expects to.
    #[serde(default)]
    #[schema(value_type = Option<NaiveDate>)]
    graduation_date: Field<NaiveDate>,
    #[serde(flatten)]
    #[schema(ignore)]
    unknown: Unknown,
}

/// Answers a follow-up about oneself: "I have graduated on …", or "I am still studying". A date becomes a proposal.
#[utoipa::path(tag = "me", params(Id, Once), request_body = FollowUpAnswer, security(("session" = ["own"])),
    responses((status = 200, description = "What one is asked now", body = Page<OwnFollowUp>)))]
#[post("/me/follow-ups/{id}/answer")]
pub(crate) async fn answer_follow_up(
    caller: Allowed<scope::Own>,
    state: Data<State>,
    id: Id,
    once: Once,
    body: Body<FollowUpAnswer>,
) -> Outcome<HttpResponse> {
    let FollowUpAnswer { answer, graduation_date, unknown } = body.value;
    let today = state.store.clock().today();
    let mut problems = Problems::default();
    unknown.refuse(&mut problems);
    let answer = answer.required("/answer", &mut problems, Ok);
    let graduated = answer == Some(follow_ups::Answer::Graduated);
    let on = graduation_date.optional("/graduation_date", &mut problems, |day| {
        if graduated && day > today { Err("lies in the future".into()) } else { rules::date(day) }
    });
    if graduated && on.is_none() && !problems.mention("/graduation_date") {
        problems.add("/graduation_date", "is needed: when did you graduate?");
    }
    let answer = problems.finish(answer)?;
    once.run(&state, &caller, "answer_follow_up", &body.bytes, async |write| {
        let member = oneself(&caller)?;
        follow_ups::answer(write, member, id.0, answer, on).await?;
        let items = follow_ups::of(write.database(), member).await?;
        Ok(Answer::of(StatusCode::OK, &Page { items, next: None })?.showing([member]))
    })
    .await
}

/// Asks to be erased. The privacy officer decides; a membership has to end first. After a fresh code or with a strong session.
#[utoipa::path(tag = "me", params(Once), security(("session" = ["own"])),
    responses((status = 201, description = "It waits for the privacy officer", body = OwnProposal)))]
#[post("/me/erasure")]
pub(crate) async fn ask_for_erasure(caller: Allowed<scope::Own>, state: Data<State>, once: Once) -> Outcome<HttpResponse> {
    let id = match own(&state, &caller, Shows::Full).await {
        Ok(member) => member.row.id,
        // Who is protected shows a fresh code and no more: asking to be erased tells nobody anything.
        Err(Error::StepUpNeeded) => {
            caller.needs_fresh()?;
            oneself(&caller)?
        }
        Err(error) => return Err(error.into()),
    };
    once.run(&state, &caller, "ask_for_erasure", &[], async |write| {
        let proposal = proposals::propose(write, id, Kind::Erasure, Proposed::default()).await?;
        Ok(Answer::of(StatusCode::CREATED, &proposal)?.showing([id]))
    })
    .await
}
