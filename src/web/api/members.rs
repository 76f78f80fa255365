//! Members: created, listed, read, changed.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Query};
use actix_web::{HttpResponse, get, patch, post};
use chrono::NaiveDate;
use entity::history::Change;
use entity::membership_period::MembershipType;
use entity::visibility::Viewer;
use jobs::{Error, Result, Write};
use sea_orm::ConnectionTrait;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::access::caller::{Caller, Scope};
use crate::members::card::{Card, etag};
use crate::members::details::{self, Details, Edit, IdentityNumberChange, Newcomer};
use crate::members::held;
use crate::members::list::{self, Filter, Listed, Page};
use crate::members::member::Member;
use crate::members::rules::{self, Problems};
use crate::state::State;
use crate::web::answer::{Answer, Once, give, give_list};
use crate::web::extract::{Allowed, Body, Field, Id, IfMatch, Unknown, limit, scope};
use crate::web::problem::Result as Outcome;

/// Which members to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// Members of this type today.
    membership_type: Option<MembershipType>,
    /// At this workplace.
    workplace_id: Option<Uuid>,
    /// In this local branch.
    local_branch_id: Option<Uuid>,
    /// At this school.
    school_id: Option<Uuid>,
    /// Graduation date on or after.
    graduated_from: Option<NaiveDate>,
    /// Graduation date on or before.
    graduated_until: Option<NaiveDate>,
    /// Joined on or after; a change of type is no joining.
    joined_from: Option<NaiveDate>,
    /// Joined on or before.
    joined_until: Option<NaiveDate>,
    /// Left on or after.
    left_from: Option<NaiveDate>,
    /// Left on or before.
    left_until: Option<NaiveDate>,
    /// At most this many.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u64>,
    /// `next` of the page before.
    after: Option<String>,
}

/// Lists members in the order in which they were registered.
#[utoipa::path(tag = "members", params(ListQuery), security(("token" = ["members:read"])),
    responses((status = 200, description = "A page of members", body = Page<Listed>)))]
#[get("/members")]
pub(crate) async fn list_members(
    caller: Allowed<scope::Read>,
    state: Data<State>,
    query: Query<ListQuery>,
) -> Outcome<HttpResponse> {
    let query = query.into_inner();
    let mut problems = Problems::default();
    let mut date = |pointer: &str, day: Option<NaiveDate>| day.and_then(|day| problems.check(pointer, rules::date(day)));
    let filter = Filter {
        membership_type: query.membership_type,
        workplace_id: query.workplace_id,
        local_branch_id: query.local_branch_id,
        school_id: query.school_id,
        graduated: (date("/graduated_from", query.graduated_from), date("/graduated_until", query.graduated_until)),
        joined: (date("/joined_from", query.joined_from), date("/joined_until", query.joined_until)),
        left: (date("/left_from", query.left_from), date("/left_until", query.left_until)),
    };
    problems.into_result()?;
    let after = query.after.as_deref().map(list::read_cursor).transpose()?;
    let today = state.store.clock().today();
    let page = list::list(state.store.database(), &caller.viewer(), &filter, today, after, limit(query.limit)?).await?;
    let shown = page.items.iter().map(|member| member.id).collect();
    give_list(&state, &caller, "list_members", shown, &page).await
}

/// Opens a member's card.
#[utoipa::path(tag = "members", params(Id), security(("token" = ["members:read"])),
    responses((status = 200, description = "The card", body = Card, headers(("ETag" = String)))))]
#[get("/members/{id}")]
pub(crate) async fn read_member(caller: Allowed<scope::Read>, state: Data<State>, id: Id) -> Outcome<HttpResponse> {
    let database = state.store.database();
    let member = match open(database, &caller, id).await {
        // Whoever entered somebody who is held for the privacy officer must not learn it here.
        Err(Error::NotFound) => {
            let card = held::card(database, &state.keys, caller.actor(), id.0).await?.ok_or(Error::NotFound)?;
            return give(&state, &caller, "read_member", Answer::written(StatusCode::OK, card).showing([id.0])).await;
        }
        member => member?,
    };
    let card = Card::of(database, member, state.store.clock().today()).await?;
    give(&state, &caller, "read_member", card_answer(StatusCode::OK, &card)?).await
}

/// What a member's card may be changed to. A field not sent changes nothing, null clears.
///
/// Contact details (language, e-mail, phone, address, occupation, workplaces) need `members:write`, the rest needs
/// `members:register`; for members with a protected identity everything needs `members:protect`.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
pub struct MemberFields {
    /// All given names.
    #[serde(default)]
    #[schema(value_type = String, max_length = 200, example = "Maarit Helena")]
    given_names: Field<String>,
    /// The surname. When it changes, the old one is kept as a former surname, unless `former_surnames` is sent too.
    #[serde(default)]
    #[schema(value_type = String, max_length = 200, example = "Karlsson")]
    surname: Field<String>,
    /// All former surnames.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>, max_items = 20)]
    former_surnames: Field<Vec<String>>,
    /// Date of birth.
    #[serde(default)]
    #[schema(value_type = Option<NaiveDate>)]
    birth_date: Field<NaiveDate>,
    /// Swedish, Finnish, Norwegian or Danish personal identity number; of another country than the member's with that
    /// country before it, as `DK:0102031234`.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 30)]
    personal_identity_number: Field<String>,
    /// Language for mails and pages (ISO 639).
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = "^[A-Za-z]{2,3}$", example = "sv")]
    language: Field<String>,
    /// E-mail address.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Email, max_length = 254, example = "maarit@example.org")]
    email: Field<String>,
    /// Telephone number in any notation.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 50, example = "070-174 06 05")]
    phone: Field<String>,
    /// Street and number.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 200)]
    street: Field<String>,
    /// Postal code.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 20)]
    postal_code: Field<String>,
    /// Postal town.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 100)]
    city: Field<String>,
    /// Country (ISO 3166-1 alpha-2).
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = "^[A-Za-z]{2}$", example = "SE")]
    country: Field<String>,
    /// Occupation.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 100)]
    occupation: Field<String>,
    /// All workplaces.
    #[serde(default)]
    #[schema(value_type = Option<Vec<Uuid>>)]
    workplace_ids: Field<Vec<Uuid>>,
    /// Local branch.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    local_branch_id: Field<Uuid>,
    /// School.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    school_id: Field<Uuid>,
    /// Graduation date.
    #[serde(default)]
    #[schema(value_type = Option<NaiveDate>)]
    graduation_date: Field<NaiveDate>,
    /// When the graduation was confirmed.
    #[serde(default)]
    #[schema(value_type = Option<NaiveDate>)]
    graduation_confirmed_on: Field<NaiveDate>,
}

/// A change to a member's card.
#[derive(Debug, Deserialize, ToSchema)]
pub struct MemberChange {
    #[serde(flatten)]
    #[schema(inline)]
    fields: MemberFields,
    #[serde(flatten)]
    #[schema(ignore)]
    unknown: Unknown,
}

/// Changes a member's card.
#[utoipa::path(tag = "members", params(Id, IfMatch),
    request_body(content((MemberChange = "application/json"), (MemberChange = "application/merge-patch+json"))),
    security(("token" = ["members:write"]), ("token" = ["members:protect"])),
    responses((status = 200, description = "The card as it is now", body = Card, headers(("ETag" = String)))))]
#[patch("/members/{id}")]
pub(crate) async fn change_member(
    caller: Allowed<scope::Edit>,
    state: Data<State>,
    id: Id,
    if_match: IfMatch,
    body: Body<MemberChange>,
) -> Outcome<HttpResponse> {
    let MemberChange { fields, unknown } = body.value;
    let answer = state
        .store
        .write(caller.actor(), async |write| {
            let today = write.clock().today();
            let before = load_for_change(write, &caller, id, &if_match).await?;
            fields.check_scopes(&caller, &before)?;
            let mut problems = Problems::default();
            unknown.refuse(&mut problems);
            let mut edit = Edit::of(&before);
            edit.identity_number = fields.clone().apply(&mut edit.details, &mut problems, today, &state.config.default_country);
            problems.into_result()?;
            if let IdentityNumberChange::Set(number) = &edit.identity_number
                && let Some(clash) = held::clash(write.database(), &state.keys, &caller.viewer(), None, Some(number)).await?
            {
                let number = number.clone();
                held::hold_claim(write, &state.keys, &clash, id.0, &number, None).await?;
                edit.identity_number = IdentityNumberChange::Claim(number);
            }
            details::update(write, &state.keys, &before, &edit, Change::Updated, None).await?;
            card_of(write, &caller.viewer(), id.0, StatusCode::OK).await
        })
        .await?;
    give(&state, &caller, "change_member", answer).await
}

/// Somebody who joins, or a prospect.
#[derive(Debug, Deserialize, ToSchema)]
pub struct NewMember {
    /// A number from elsewhere; left out, the next free one is given.
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = "^[A-Za-z0-9-]{1,30}$")]
    member_number: Field<String>,
    /// As what she joins.
    #[serde(default)]
    #[schema(value_type = MembershipType, required = true)]
    membership_type: Field<MembershipType>,
    /// From when; left out, from today.
    #[serde(default)]
    #[schema(value_type = Option<NaiveDate>)]
    joined_on: Field<NaiveDate>,
    #[serde(flatten)]
    #[schema(inline)]
    fields: MemberFields,
    #[serde(flatten)]
    #[schema(inline, value_type = Names)]
    unknown: Unknown,
}

/// For the documentation: what a change may leave out and a newcomer may not.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is read by the documentation only")]
struct Names {
    /// All given names.
    #[schema(max_length = 200, example = "Maarit Helena")]
    given_names: String,
    /// The surname.
    #[schema(max_length = 200, example = "Karlsson")]
    surname: String,
}

/// Registers a member, or a prospect. Staff may register prospects; anybody else needs `members:register`.
#[utoipa::path(tag = "members", params(Once),
    request_body = NewMember, security(("token" = ["members:write"])),
    responses((status = 201, description = "The new member's card", body = Card, headers(("ETag" = String), ("Location" = String)))))]
#[post("/members")]
pub(crate) async fn create_member(
    caller: Allowed<scope::Contact>,
    state: Data<State>,
    once: Once,
    body: Body<NewMember>,
) -> Outcome<HttpResponse> {
    let today = state.store.clock().today();
    let NewMember { member_number, membership_type, joined_on, fields, unknown } = body.value;
    let mut problems = Problems::default();
    unknown.refuse(&mut problems);
    let mut details = Details::default();
    let identity_number = match fields.apply(&mut details, &mut problems, today, &state.config.default_country) {
        IdentityNumberChange::Set(number) => Some(number),
        _ => None,
    };
    for (pointer, name) in [("/given_names", &details.given_names), ("/surname", &details.surname)] {
        if name.is_empty() && !problems.mention(pointer) {
            problems.add(pointer, "is needed");
        }
    }
    let member_number = member_number.optional("/member_number", &mut problems, |number| rules::member_number(&number));
    let membership_type = membership_type.required("/membership_type", &mut problems, Ok);
    let joined_on = joined_on.optional("/joined_on", &mut problems, |day| rules::near_date(day, today)).unwrap_or(today);
    let membership_type = problems.finish(membership_type)?;
    if membership_type != MembershipType::Prospect {
        caller.needs(Scope::MembersRegister)?;
    }
    let newcomer = Newcomer { member_number, details, identity_number, membership_type, joined_on };
    once.run(&state, &caller, "create_member", &body.bytes, async |write| {
        let (number, identity_number) = (newcomer.member_number.as_deref(), newcomer.identity_number.as_ref());
        let clash = held::clash(write.database(), &state.keys, &caller.viewer(), number, identity_number).await?;
        let card = match clash {
            Some(clash) => held::hold_newcomer(write, &state.keys, &newcomer, &clash).await?,
            None => {
                let id = details::register(write, &state.keys, &newcomer).await?;
                let member = Member::load(write.database(), &Viewer::Oneself(id), id).await?;
                Card::of(write.database(), member, today).await?
            }
        };
        Ok(card_answer(StatusCode::CREATED, &card)?.at(format!("/api/v1/members/{}", card.id)))
    })
    .await
}

/// The member, if the caller sees her. Somebody who has signed in and opens a protected identity has shown a second factor
/// just now.
///
/// # Errors
/// [`Error::NotFound`], [`Error::StepUpNeeded`].
pub(super) async fn open(database: &impl ConnectionTrait, caller: &Caller, id: Id) -> Result<Member> {
    let member = Member::load(database, &caller.viewer(), id.0).await?;
    if member.row.protection.is_some() {
        caller.needs_fresh()?;
    }
    Ok(member)
}

/// The member, if the caller sees her and changes the newest copy of her card.
pub(super) async fn load_for_change(write: &Write, caller: &Caller, id: Id, if_match: &IfMatch) -> Result<Member> {
    let member = open(write.database(), caller, id).await?;
    let card = Card::of(write.database(), member.clone(), write.clock().today()).await?;
    if_match.check(&etag(&card)?)?;
    Ok(member)
}

/// The card as an answer, after a change.
pub(super) async fn card_of(write: &Write, viewer: &Viewer, id: Uuid, status: StatusCode) -> Result<Answer> {
    let member = Member::load(write.database(), viewer, id).await?;
    card_answer(status, &Card::of(write.database(), member, write.clock().today()).await?)
}

fn card_answer(status: StatusCode, card: &Card) -> Result<Answer> {
    Ok(Answer::of(status, card)?.tagged(card)?.showing([card.id]))
}

impl MemberFields {
    /// Puts what was sent into `details`.
    pub(in crate::web) fn apply(
        self,
        details: &mut Details,
        problems: &mut Problems,
        today: NaiveDate,
        default_country: &str,
    ) -> IdentityNumberChange {
        let text = |letters: usize| move |text: String| rules::line(&text, letters);
        let date = |day: NaiveDate| rules::date(day);
        let old_surname = details.surname.clone();
        self.given_names.replace("/given_names", problems, &mut details.given_names, |name| rules::name(&name));
        self.surname.replace("/surname", problems, &mut details.surname, |name| rules::name(&name));
        if self.former_surnames.is_sent() {
            let mut names = Some(details.former_surnames.clone());
            self.former_surnames.set("/former_surnames", problems, &mut names, |names| rules::former_surnames(&names));
            details.former_surnames = names.unwrap_or_default();
        } else if details.surname != old_surname && !old_surname.is_empty() {
            details.former_surnames.push(old_surname);
            details.former_surnames.sort();
            details.former_surnames.dedup();
        }
        self.birth_date.set("/birth_date", problems, &mut details.birth_date, |day| rules::birth_date(day, today));
        self.language.set("/language", problems, &mut details.language, |code| rules::language(&code));
        self.email.set("/email", problems, &mut details.email, |email| rules::email(&email));
        self.street.set("/street", problems, &mut details.street, text(200));
        self.postal_code.set("/postal_code", problems, &mut details.postal_code, text(20));
        self.city.set("/city", problems, &mut details.city, text(100));
        self.country.set("/country", problems, &mut details.country, |code| rules::country(&code));
        self.occupation.set("/occupation", problems, &mut details.occupation, text(100));
        if self.workplace_ids.is_sent() {
            let mut ids = Some(Vec::new());
            self.workplace_ids.set("/workplace_ids", problems, &mut ids, Ok);
            details.workplace_ids = ids.unwrap_or_default();
            details.workplace_ids.sort();
            details.workplace_ids.dedup();
        }
        self.local_branch_id.set("/local_branch_id", problems, &mut details.local_branch_id, Ok);
        self.school_id.set("/school_id", problems, &mut details.school_id, Ok);
        self.graduation_date.set("/graduation_date", problems, &mut details.graduation_date, date);
        self.graduation_confirmed_on.set("/graduation_confirmed_on", problems, &mut details.graduation_confirmed_on, date);
        if self.phone.is_sent() {
            // After the country, by which the number is read.
            self.phone.set("/phone", problems, &mut details.phone, text(50));
            details.read_phone(default_country);
        }
        let mut number = None;
        let cleared = self.personal_identity_number == Field::Null;
        let country = details.country.as_deref().unwrap_or(default_country);
        self.personal_identity_number
            .set("/personal_identity_number", problems, &mut number, |text| rules::identity_number(&text, country, today));
        match number {
            Some(number) => IdentityNumberChange::Set(number),
            None if cleared => IdentityNumberChange::Clear,
            None => IdentityNumberChange::Keep,
        }
    }

    /// Contact details are staff's to change, the rest is a registrar's; whoever is protected is the privacy officer's in
    /// everything, for nobody else may know of her.
    pub(in crate::web) fn check_scopes(&self, caller: &Caller, before: &Member) -> Result<()> {
        let registers = [
            self.given_names.is_sent(),
            self.surname.is_sent(),
            self.former_surnames.is_sent(),
            self.birth_date.is_sent(),
            self.personal_identity_number.is_sent(),
            self.local_branch_id.is_sent(),
            self.school_id.is_sent(),
            self.graduation_date.is_sent(),
            self.graduation_confirmed_on.is_sent(),
        ];
        if before.row.protection.is_some() {
            return caller.needs(Scope::MembersProtect);
        }
        if registers.contains(&true) {
            caller.needs(Scope::MembersRegister)?;
        }
        caller.needs(Scope::MembersWrite)
    }
}
