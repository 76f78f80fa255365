//! Employers.

use actix_web::web::{Data, Query};
use actix_web::{HttpResponse, delete, get, patch, post, put};
use entity::history::{Change, Subject};
use entity::{employer, employer_domain};
use jobs::Error;
use jobs::history::Entry;
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeSet;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{NewUnit, Nowhere, Sent, UnitChange, change, create, list, read, remove};
use crate::members::list::Page;
use crate::members::organisation::Filter;
use crate::members::record;
use crate::members::rules::{self, Problems};
use crate::state::State;
use crate::web::answer::{Once, give_plain};
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

/// The domains to which mail goes that an employer may read.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MailDomains {
    /// In lower case. Mail to an address at one of them, or below it, never names a member.
    #[schema(example = json!(["region.example.org"]))]
    domains: Vec<String>,
}

/// Lists the mail domains of an employer.
#[utoipa::path(tag = "organisation", params(Id), security(("token" = ["members:read"])),
    responses((status = 200, description = "The domains", body = MailDomains)))]
#[get("/employers/{id}/mail-domains")]
pub(crate) async fn list_mail_domains(_: Allowed<scope::Read>, state: Data<State>, id: Id) -> Outcome<HttpResponse> {
    let database = state.store.database();
    record::load::<employer::Model>(database, id.0).await?;
    let domains = employer_domain::Entity::find()
        .filter(employer_domain::Column::EmployerId.eq(id.0))
        .order_by_asc(employer_domain::Column::Domain)
        .all(database)
        .await
        .map_err(Error::from)?;
    give_plain(&MailDomains { domains: domains.into_iter().map(|row| row.domain).collect() })
}

/// Sets the mail domains of an employer: follow-up lists to addresses there hold no names, only a link.
#[utoipa::path(tag = "organisation", params(Id), request_body = MailDomains, security(("token" = ["members:register"])),
    responses((status = 200, description = "The domains as they are now", body = MailDomains),
        (status = 409, description = "Another employer has one of them", body = crate::web::problem::ProblemDetails,
            content_type = "application/problem+json")))]
#[put("/employers/{id}/mail-domains")]
pub(crate) async fn set_mail_domains(
    caller: Allowed<scope::Register>,
    state: Data<State>,
    id: Id,
    body: Body<MailDomains>,
) -> Outcome<HttpResponse> {
    let mut problems = Problems::default();
    let mut domains = BTreeSet::new();
    for (at, domain) in body.value.domains.iter().enumerate() {
        let domain = domain.trim().to_lowercase();
        match rules::email(&format!("x@{domain}")) {
            Ok(_) => {
                domains.insert(domain);
            }
            Err(_) => problems.add(&format!("/domains/{at}"), "is no mail domain; write it as region.example.org"),
        }
    }
    problems.into_result()?;
    state
        .store
        .write(caller.actor(), async |write| {
            let database = write.database();
            record::load::<employer::Model>(database, id.0).await?;
            employer_domain::Entity::delete_many().filter(employer_domain::Column::EmployerId.eq(id.0)).exec(database).await?;
            for domain in &domains {
                let row = employer_domain::Model { domain: domain.clone(), employer_id: id.0 };
                let inserted = employer_domain::Entity::insert(row.into_active_model()).exec_without_returning(database).await;
                inserted.map_err(|error| match Error::from(error) {
                    Error::Conflict(_) => {
                        Error::conflict("/domains", format!("another employer has {domain}; take it away there first"))
                    }
                    other => other,
                })?;
            }
            write.note(Entry {
                subject: Subject::Employer,
                subject_id: id.0,
                member_id: None,
                change: Change::Updated,
                changes: Some(json!({"mail_domains": {"new": domains}})),
            });
            Ok(())
        })
        .await?;
    give_plain(&MailDomains { domains: domains.into_iter().collect() })
}
