//! The matrix: every operation × every kind of caller × her own record, another's, a protected one, a hidden one, and one of
//! somebody who has left.
//!
//! The operations come from the API's documentation. Each stands in [`MATRIX`] with what it has to do with a member; one that
//! does not fails the test. What must come of a call is worked out here from the scopes of the documentation and from who
//! sees whom, not asked of the code that decides it.

use std::collections::BTreeSet;

use entity::account::AccountRole;
use entity::api_token::TokenRole;
use entity::session::Method;
use entity::undeliverable_address;
use matrikel::access::caller::{Role, scopes};
use matrikel::access::sessions::Subject;
use serde_json::json;
use uuid::Uuid;

use crate::app::TestApp;
use crate::canary::Operation;
use crate::client::{Client, Request};
use crate::me::follow_up_of;
use crate::search::{searching, within};

/// What an operation has to do with a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Concerns {
    /// She stands in its path.
    Her,
    /// Something of hers stands in its path.
    Hers(Thing),
    /// It lists what there is: she, or something of hers, is among it or not.
    Lists,
    /// It gives all in a file: nobody who is protected, whoever asks.
    Exports,
    /// It lists spellings: hers is among them or not.
    Spells,
    /// The caller's own record, whoever else there is.
    Oneself,
    /// No member at all.
    Nobody,
}

/// Something of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Thing {
    Appointment,
    FollowUp,
    Proposal,
    UndeliverableAddress,
}

use Concerns::{Exports, Her, Hers, Lists, Nobody, Oneself, Spells};

const MATRIX: &[(&str, &str, Concerns)] = &[
    ("GET", "/api/v1/members", Lists),
    ("POST", "/api/v1/members", Nobody),
    ("GET", "/api/v1/members/{id}", Her),
    ("PATCH", "/api/v1/members/{id}", Her),
    ("GET", "/api/v1/members/{id}/likely-duplicates", Her),
    ("GET", "/api/v1/members/{id}/membership-periods", Her),
    ("POST", "/api/v1/members/{id}/join", Her),
    ("POST", "/api/v1/members/{id}/change-type", Her),
    ("POST", "/api/v1/members/{id}/leave", Her),
    ("POST", "/api/v1/members/{id}/verifications", Her),
    ("POST", "/api/v1/members/{id}/sign-in-code", Her),
    ("GET", "/api/v1/members/{id}/history", Her),
    ("GET", "/api/v1/members/{id}/reads", Her),
    ("GET", "/api/v1/members/{id}/appointments", Her),
    ("GET", "/api/v1/members/{id}/personal-identity-number", Her),
    ("GET", "/api/v1/members/{id}/protection", Her),
    ("PUT", "/api/v1/members/{id}/protection", Her),
    ("POST", "/api/v1/members/{id}/erase", Her),
    ("POST", "/api/v1/members/search", Lists),
    ("POST", "/api/v1/names/similar", Spells),
    ("GET", "/api/v1/appointments", Lists),
    ("POST", "/api/v1/appointments", Nobody),
    ("GET", "/api/v1/appointments/{id}", Hers(Thing::Appointment)),
    ("PATCH", "/api/v1/appointments/{id}", Hers(Thing::Appointment)),
    ("DELETE", "/api/v1/appointments/{id}", Hers(Thing::Appointment)),
    ("GET", "/api/v1/follow-ups", Lists),
    ("GET", "/api/v1/follow-ups/{id}", Hers(Thing::FollowUp)),
    ("PATCH", "/api/v1/follow-ups/{id}", Hers(Thing::FollowUp)),
    ("GET", "/api/v1/proposals", Lists),
    ("POST", "/api/v1/proposals/{id}/accept", Hers(Thing::Proposal)),
    ("POST", "/api/v1/proposals/{id}/decline", Hers(Thing::Proposal)),
    ("GET", "/api/v1/undeliverable-addresses", Lists),
    ("DELETE", "/api/v1/undeliverable-addresses/{id}", Hers(Thing::UndeliverableAddress)),
    ("GET", "/api/v1/changes", Lists),
    ("GET", "/api/v1/me", Oneself),
    ("PATCH", "/api/v1/me", Oneself),
    ("POST", "/api/v1/me/confirm", Oneself),
    ("POST", "/api/v1/me/changes/{id}/undo", Oneself),
    ("POST", "/api/v1/me/email-change/confirm", Oneself),
    ("GET", "/api/v1/me/representatives", Oneself),
    ("GET", "/api/v1/me/history", Oneself),
    ("GET", "/api/v1/me/reads", Oneself),
    ("GET", "/api/v1/me/export", Oneself),
    ("GET", "/api/v1/me/proposals", Oneself),
    ("POST", "/api/v1/me/proposals", Oneself),
    ("GET", "/api/v1/me/follow-ups", Oneself),
    ("POST", "/api/v1/me/follow-ups/{id}/answer", Oneself),
    ("POST", "/api/v1/me/erasure", Oneself),
    ("GET", "/api/v1/held-entries", Nobody),
    ("POST", "/api/v1/held-entries/{id}/resolve", Nobody),
    ("POST", "/api/v1/exports", Exports),
    ("POST", "/api/v1/imports", Nobody),
    ("GET", "/api/v1/imports/{id}", Nobody),
    ("POST", "/api/v1/imports/{id}/apply", Nobody),
    ("GET", "/api/v1/employers", Nobody),
    ("POST", "/api/v1/employers", Nobody),
    ("GET", "/api/v1/employers/{id}", Nobody),
    ("PATCH", "/api/v1/employers/{id}", Nobody),
    ("DELETE", "/api/v1/employers/{id}", Nobody),
    ("GET", "/api/v1/employers/{id}/mail-domains", Nobody),
    ("PUT", "/api/v1/employers/{id}/mail-domains", Nobody),
    ("GET", "/api/v1/workplaces", Nobody),
    ("POST", "/api/v1/workplaces", Nobody),
    ("GET", "/api/v1/workplaces/{id}", Nobody),
    ("PATCH", "/api/v1/workplaces/{id}", Nobody),
    ("DELETE", "/api/v1/workplaces/{id}", Nobody),
    ("GET", "/api/v1/local-branches", Nobody),
    ("POST", "/api/v1/local-branches", Nobody),
    ("GET", "/api/v1/local-branches/{id}", Nobody),
    ("PATCH", "/api/v1/local-branches/{id}", Nobody),
    ("DELETE", "/api/v1/local-branches/{id}", Nobody),
    ("GET", "/api/v1/schools", Nobody),
    ("POST", "/api/v1/schools", Nobody),
    ("GET", "/api/v1/schools/{id}", Nobody),
    ("PATCH", "/api/v1/schools/{id}", Nobody),
    ("DELETE", "/api/v1/schools/{id}", Nobody),
    ("GET", "/api/v1/lifecycle-rules", Nobody),
    ("POST", "/api/v1/lifecycle-rules", Nobody),
    ("GET", "/api/v1/lifecycle-rules/{rule}", Nobody),
    ("PATCH", "/api/v1/lifecycle-rules/{rule}", Nobody),
    ("GET", "/api/v1/lifecycle-rules/{rule}/preview", Nobody),
    ("GET", "/api/v1/runs", Nobody),
    ("GET", "/api/v1/tokens", Nobody),
    ("POST", "/api/v1/tokens", Nobody),
    ("DELETE", "/api/v1/tokens/{id}", Nobody),
    ("GET", "/api/v1/accounts", Nobody),
    ("POST", "/api/v1/accounts", Nobody),
    ("POST", "/api/v1/accounts/{id}/set-up-link", Nobody),
    ("DELETE", "/api/v1/accounts/{id}", Nobody),
    ("GET", "/api/v1/mail", Nobody),
    ("POST", "/api/v1/mail/start", Nobody),
    ("POST", "/api/v1/mail/pause", Nobody),
    ("POST", "/api/v1/mail/test", Nobody),
    ("GET", "/api/v1/outbox", Nobody),
    ("POST", "/api/v1/outbox/{id}/retry", Nobody),
    ("POST", "/api/v1/email-change/stop", Nobody),
    ("POST", "/api/v1/sign-in", Nobody),
    ("POST", "/api/v1/sign-in/link", Nobody),
    ("POST", "/api/v1/sign-in/code", Nobody),
    ("POST", "/api/v1/sign-in/password", Nobody),
    ("POST", "/api/v1/sign-in/set-up", Nobody),
    ("POST", "/api/v1/sign-in/set-up/finish", Nobody),
    ("GET", "/api/v1/session", Nobody),
    ("DELETE", "/api/v1/session", Nobody),
    ("POST", "/api/v1/session/step-up", Nobody),
    ("POST", "/api/v1/session/step-up/code", Nobody),
    ("GET", "/api/v1/sessions", Nobody),
    ("DELETE", "/api/v1/sessions/{id}", Nobody),
    ("POST", "/api/v1/credentials/password", Nobody),
    ("POST", "/api/v1/credentials/recovery-codes", Nobody),
    ("POST", "/api/v1/credentials/second-factor", Nobody),
    ("POST", "/api/v1/credentials/second-factor/confirm", Nobody),
    ("GET", "/api/v1/pledge", Nobody),
    ("POST", "/api/v1/pledge", Nobody),
];

/// What the member is to the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Own,
    Other,
    Protected,
    Hidden,
    Left,
}

/// Somebody who calls.
struct Caller {
    who: String,
    client: Client,
    roles: Vec<Role>,
    /// Whether she represents those who work where the members of this test do.
    represents: bool,
}

impl Caller {
    fn holds(&self, operation: &Operation) -> bool {
        self.roles.iter().flat_map(|role| scopes(*role)).any(|held| operation.scopes.iter().any(|scope| scope == held.name()))
    }

    fn is(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// As the design has it.
    fn sees(&self, kind: Kind) -> bool {
        if self.is(Role::PrivacyOfficer) {
            true
        } else if self.is(Role::Staff) || self.is(Role::Registrar) || self.is(Role::Feed) {
            kind != Kind::Protected
        } else {
            self.represents && matches!(kind, Kind::Own | Kind::Other | Kind::Left)
        }
    }
}

/// Everybody there is: by token, by account, members and representatives.
async fn callers(app: &TestApp, workplace: Uuid) -> Vec<Caller> {
    let mut callers = Vec::new();
    let mut add = |who: &str, roles: &[Role], represents: bool, client: Client| {
        callers.push(Caller { who: who.to_owned(), client, roles: roles.to_vec(), represents });
    };
    for role in [TokenRole::Staff, TokenRole::Registrar, TokenRole::PrivacyOfficer, TokenRole::Administrator, TokenRole::Feed] {
        add(&format!("a token of {role:?}"), &[role.into()], false, app.role(role).await);
    }
    for role in [AccountRole::Staff, AccountRole::Registrar, AccountRole::PrivacyOfficer, AccountRole::Administrator] {
        add(&format!("an account of {role:?}"), &[role.into()], false, app.signed_in(&[role]).await);
    }
    let member = app.member("Bo Berg").await;
    add("another member", &[Role::Member], false, app.session(Subject::Member(member.id), Method::Password).await);
    let both = [Role::Member, Role::Representative];
    for (who, place, represents) in
        [("her representative", workplace, true), ("a representative elsewhere", app.workplace("Elsewhere").await, false)]
    {
        let representative = app.member("Rut Al").await;
        app.appoint(representative.id, |row| row.workplace_id = Some(place)).await;
        add(who, &both, represents, app.signed_in_member(representative.id).await);
    }
    callers
}

/// A member with something of everything.
struct Signe {
    id: Uuid,
    appointment: Uuid,
    follow_up: Uuid,
    proposal: Uuid,
    undeliverable: Uuid,
}

impl Signe {
    /// A new one of this kind, who works at `workplace`; `surname` is hers alone.
    async fn new(app: &TestApp, kind: Kind, workplace: Uuid, surname: &str) -> Self {
        let fields = json!({"email": format!("{surname}@example.org"), "joined_on": "2001-01-01", "workplace_ids": [workplace]});
        let member = app.member_with(&format!("Signe {surname}"), fields).await;
        let id = member.id;
        let me = app.session(Subject::Member(id), Method::Link).await;
        let proposed = me.post("/api/v1/me/proposals", json!({"graduation_date": "2020-06-01"})).await.expect(201);
        let undeliverable = app.store().clock().new_id();
        app.insert::<undeliverable_address::Entity>(undeliverable_address::Model {
            id: undeliverable,
            address: format!("{undeliverable}@example.org"),
            member_id: Some(id),
            outbox_id: Uuid::nil(),
            reason: "550 5.1.1".into(),
            since: app.store().clock().now(),
            resolved_at: None,
        })
        .await;
        let her = Self {
            id,
            appointment: app.appoint(id, |row| row.workplace_id = Some(workplace)).await,
            follow_up: follow_up_of(app, id).await,
            proposal: proposed.body["id"].as_str().and_then(|id| id.parse().ok()).expect("an id"),
            undeliverable,
        };
        match kind {
            Kind::Own | Kind::Other => {}
            Kind::Protected | Kind::Hidden => {
                let hidden = kind == Kind::Hidden;
                let body = json!({"protection": if hidden { None } else { Some("marked") }, "hidden": hidden});
                let request = Request::new("PUT", &format!("{}/protection", member.path)).header("If-Match", "*");
                app.privacy_officer().await.send(request.json(&body)).await.expect(200);
            }
            Kind::Left => {
                let leave = Request::new("POST", &format!("{}/leave", member.path)).header("If-Match", "*");
                let body = json!({"leave_reason": "moved", "left_on": "2026-10-31"});
                app.registrar().await.send(leave.json(&body)).await.expect(200);
            }
        }
        her
    }

    /// What stands in the path of an operation that concerns her so.
    fn in_path(&self, concerns: Concerns) -> Uuid {
        match concerns {
            Hers(Thing::Appointment) => self.appointment,
            Hers(Thing::FollowUp) => self.follow_up,
            Hers(Thing::Proposal) => self.proposal,
            Hers(Thing::UndeliverableAddress) => self.undeliverable,
            _ => self.id,
        }
    }
}

/// All operations with what they concern, those that end the caller's session last.
async fn operations(app: &TestApp) -> Vec<(Operation, Concerns)> {
    let documented = Operation::all(app).await;
    let named: BTreeSet<(&str, &str)> = MATRIX.iter().map(|(method, path, _)| (*method, *path)).collect();
    let there: BTreeSet<(&str, &str)> =
        documented.iter().map(|operation| (operation.method.as_str(), operation.path.as_str())).collect();
    assert_eq!(there.difference(&named).collect::<Vec<_>>(), Vec::<&(&str, &str)>::new(), "missing from the matrix");
    assert_eq!(named.difference(&there).collect::<Vec<_>>(), Vec::<&(&str, &str)>::new(), "in the matrix and not in the API");
    let concerns = |operation: &Operation| {
        let row = MATRIX.iter().find(|(method, path, _)| (*method, *path) == (&operation.method, &operation.path));
        row.expect("it was compared above").2
    };
    let mut operations: Vec<_> = documented.into_iter().map(|operation| (concerns(&operation), operation)).collect();
    operations.sort_by_key(|(_, operation)| operation.path.ends_with("/session") && operation.method == "DELETE");
    operations.into_iter().map(|(concerns, operation)| (operation, concerns)).collect()
}

on_both_engines!(every_operation_gives_each_caller_the_members_that_are_hers_to_see);
async fn every_operation_gives_each_caller_the_members_that_are_hers_to_see(app: TestApp) {
    searching(&app).await;
    let workplace = app.workplace("Lasarettet").await;
    let (operations, callers) = (operations(&app).await, callers(&app, workplace).await);
    let mut seen = 0;
    for (operation, concerns) in operations.iter().filter(|(_, concerns)| matches!(concerns, Her | Hers(_))) {
        for kind in [Kind::Other, Kind::Protected, Kind::Hidden, Kind::Left] {
            let mut her = None;
            for caller in &callers {
                let target = match her.take() {
                    Some(her) => her,
                    None => Signe::new(&app, kind, workplace, "Fors").await,
                };
                let status = caller.client.send(operation.request(target.in_path(*concerns))).await.status;
                let what = format!("{} {} ({kind:?}) by {}: {status}", operation.method, operation.path, caller.who);
                // Whoever is protected is the privacy officer's in everything, and nobody else is.
                let officers = operation.changes_the_card() || *concerns == Hers(Thing::Proposal);
                let hers = !officers || (kind == Kind::Protected) == caller.is(Role::PrivacyOfficer);
                match (caller.holds(operation), caller.sees(kind), hers) {
                    (false, ..) | (true, true, false) => assert_eq!(status, 403, "{what}"),
                    (true, false, _) => assert_eq!(status, 404, "{what}"),
                    (true, true, true) => {
                        assert!(matches!(status, 200 | 201 | 204 | 409 | 422), "{what}");
                        seen += 1;
                    }
                }
                // Anew when she may have been changed.
                her = (status >= 400 || operation.method == "GET").then_some(target);
            }
        }
    }
    assert!(seen > 250, "the matrix has {seen} places where something is seen");
}

on_both_engines!(every_list_holds_for_each_caller_the_members_that_are_hers_to_see);
async fn every_list_holds_for_each_caller_the_members_that_are_hers_to_see(app: TestApp) {
    searching(&app).await;
    let workplace = app.workplace("Lasarettet").await;
    let callers = callers(&app, workplace).await;
    let mut members = Vec::new();
    for (kind, surname) in
        [(Kind::Other, "Andfors"), (Kind::Protected, "Bodfors"), (Kind::Hidden, "Cedfors"), (Kind::Left, "Dagfors")]
    {
        members.push((kind, surname, Signe::new(&app, kind, workplace, surname).await));
    }
    // The index knows of all of it, the last change included.
    let (officer, staff) = (app.privacy_officer().await, app.staff().await);
    let spelled = |name: &str| json!({"name": name, "part": "surname", "include_former_members": true});
    within(std::time::Duration::from_secs(60), async || {
        let mut known = true;
        for (kind, surname, _) in &members {
            let holds =
                async |who: &Client| who.post("/api/v1/names/similar", spelled(surname)).await.expect(200).text.contains(surname);
            known &= holds(&officer).await && holds(&staff).await == (*kind != Kind::Protected);
        }
        known
    })
    .await;
    let find = json!({"q": "signe", "limit": 50, "filter": {"include_former_members": true}});
    let mut held = 0;
    for (operation, concerns) in operations(&app).await.iter().filter(|(operation, _)| operation.method != "DELETE") {
        if matches!(concerns, Her | Hers(_)) {
            continue;
        }
        for caller in &callers {
            let mut requests = vec![operation.request(Uuid::nil())];
            if operation.path.ends_with("/search") {
                requests = vec![Request::new("POST", &operation.path).json(&find)];
            } else if *concerns == Spells {
                requests =
                    members.iter().map(|(_, name, _)| Request::new("POST", &operation.path).json(&spelled(name))).collect();
            } else if *concerns == Lists {
                requests = vec![Request::new("GET", &format!("{}?limit=200", operation.path))];
            }
            let mut told = String::new();
            for request in requests {
                told.push_str(&caller.client.send(request).await.text);
            }
            for (kind, surname, her) in &members {
                let there = match concerns {
                    Spells | Exports => told.contains(surname),
                    _ => told.contains(&her.id.to_string()) || told.contains(surname),
                };
                let lists = matches!(concerns, Lists | Spells | Exports) && caller.holds(operation) && caller.sees(*kind);
                let expected = match operation.path.as_str() {
                    // Of whoever is protected everything is the privacy officer's to decide, and nothing else.
                    "/api/v1/proposals" => lists && (*kind == Kind::Protected) == caller.is(Role::PrivacyOfficer),
                    // Who follows the changes is told to forget whoever becomes protected, and nothing after that.
                    "/api/v1/changes" => caller.holds(operation),
                    _ => lists,
                };
                let what = format!("{} {}: {surname} ({kind:?}) by {}", operation.method, operation.path, caller.who);
                assert_eq!(there, expected, "{what}: {told}");
                held += usize::from(there);
            }
        }
    }
    assert!(held > 100, "the lists hold somebody in {held} places");
}

on_both_engines!(ones_own_record_is_for_members_and_holds_nobody_else);
async fn ones_own_record_is_for_members_and_holds_nobody_else(app: TestApp) {
    searching(&app).await;
    let workplace = app.workplace("Lasarettet").await;
    let callers = callers(&app, workplace).await;
    let operations = operations(&app).await;
    for kind in [Kind::Own, Kind::Protected, Kind::Hidden, Kind::Left] {
        let her = Signe::new(&app, kind, workplace, "Fors").await;
        app.give_pledge(Subject::Member(her.id)).await;
        let herself = app.session(Subject::Member(her.id), Method::Password).await;
        for (operation, concerns) in &operations {
            let request = operation.request(her.follow_up);
            match concerns {
                Oneself => {
                    let answer = herself.send(request.clone()).await;
                    assert_ne!(answer.status, 401, "{} {} ({kind:?})", operation.method, operation.path);
                    let refused = answer.status == 403 && answer.body["type"] != "urn:matrikel:problem:email-change-wrong";
                    assert!(!refused, "{} {} ({kind:?}): {}", operation.method, operation.path, answer.text);
                    for caller in &callers {
                        let answer = caller.client.send(request.clone()).await;
                        let what = format!("{} {} by {}", operation.method, operation.path, caller.who);
                        assert!(!answer.text.contains(&her.id.to_string()) && !answer.text.contains("Fors"), "{what}");
                        if !caller.is(Role::Member) {
                            assert_eq!(answer.status, 403, "{what}: {}", answer.text);
                        } else if operation.path.contains("/follow-ups/") {
                            assert_eq!(answer.status, 404, "{what}: {}", answer.text);
                        }
                    }
                }
                // By what is for others she does not get at her own record either, unless she represents where she works.
                Her => {
                    let status = herself.send(operation.request(her.id)).await.status;
                    let represents = kind == Kind::Own;
                    let reads = operation.scopes.iter().any(|scope| scope == "members:read");
                    let expected = if represents && reads { vec![200] } else { vec![403, 404] };
                    assert!(expected.contains(&status), "{} {} ({kind:?}): {status}", operation.method, operation.path);
                }
                _ => {}
            }
        }
    }
}
