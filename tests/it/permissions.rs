//! Every operation of the API's documentation × every kind of caller.
//!
//! A new route is called by itself, with a request made from the documentation; it must be added to [`ROUTES`], which
//! says in one place who may do what.

use std::collections::BTreeSet;

use chrono::Duration;
use entity::account::AccountRole;
use entity::api_token::TokenRole;
use jobs::history::Actor;
use matrikel::access::caller::{Role, scopes};
use matrikel::access::tokens;
use serde_json::Value;

use crate::app::TestApp;
use crate::client::{Client, Request};

/// Stands for whoever has signed in with a browser, in whatever role.
const SESSION: &str = "(session)";

/// Every route and the scopes that open it, any one of them.
const ROUTES: &[(&str, &str, &[&str])] = &[
    ("GET", "/api/v1/session", &[SESSION]),
    ("DELETE", "/api/v1/session", &[SESSION]),
    ("POST", "/api/v1/session/step-up", &[SESSION]),
    ("POST", "/api/v1/session/step-up/code", &[SESSION]),
    ("POST", "/api/v1/credentials/password", &[SESSION]),
    ("POST", "/api/v1/credentials/recovery-codes", &[SESSION]),
    ("POST", "/api/v1/credentials/second-factor", &[SESSION]),
    ("POST", "/api/v1/credentials/second-factor/confirm", &[SESSION]),
    ("GET", "/api/v1/accounts", &["accounts"]),
    ("POST", "/api/v1/accounts", &["accounts"]),
    ("POST", "/api/v1/accounts/{id}/set-up-link", &["accounts"]),
    ("DELETE", "/api/v1/accounts/{id}", &["accounts"]),
    ("GET", "/api/v1/sessions", &[SESSION]),
    ("DELETE", "/api/v1/sessions/{id}", &[SESSION]),
    ("GET", "/api/v1/pledge", &[SESSION]),
    ("POST", "/api/v1/pledge", &[SESSION]),
    ("GET", "/api/v1/members", &["members:read"]),
    ("POST", "/api/v1/members", &["members:write"]),
    ("GET", "/api/v1/members/{id}", &["members:read"]),
    ("PATCH", "/api/v1/members/{id}", &["members:write", "members:protect"]),
    ("GET", "/api/v1/employers", &["members:read"]),
    ("POST", "/api/v1/employers", &["members:register"]),
    ("GET", "/api/v1/employers/{id}", &["members:read"]),
    ("PATCH", "/api/v1/employers/{id}", &["members:register"]),
    ("DELETE", "/api/v1/employers/{id}", &["members:register"]),
    ("GET", "/api/v1/workplaces", &["members:read"]),
    ("POST", "/api/v1/workplaces", &["members:register"]),
    ("GET", "/api/v1/workplaces/{id}", &["members:read"]),
    ("PATCH", "/api/v1/workplaces/{id}", &["members:register"]),
    ("DELETE", "/api/v1/workplaces/{id}", &["members:register"]),
    ("GET", "/api/v1/local-branches", &["members:read"]),
    ("POST", "/api/v1/local-branches", &["members:register"]),
    ("GET", "/api/v1/local-branches/{id}", &["members:read"]),
    ("PATCH", "/api/v1/local-branches/{id}", &["members:register"]),
    ("DELETE", "/api/v1/local-branches/{id}", &["members:register"]),
    ("GET", "/api/v1/schools", &["members:read"]),
    ("POST", "/api/v1/schools", &["members:register"]),
    ("GET", "/api/v1/schools/{id}", &["members:read"]),
    ("PATCH", "/api/v1/schools/{id}", &["members:register"]),
    ("DELETE", "/api/v1/schools/{id}", &["members:register"]),
    ("GET", "/api/v1/appointments", &["members:read"]),
    ("POST", "/api/v1/appointments", &["members:register"]),
    ("GET", "/api/v1/appointments/{id}", &["members:read"]),
    ("PATCH", "/api/v1/appointments/{id}", &["members:register"]),
    ("DELETE", "/api/v1/appointments/{id}", &["members:register"]),
    ("POST", "/api/v1/members/search", &["members:search"]),
    ("POST", "/api/v1/names/similar", &["members:search"]),
    ("GET", "/api/v1/members/{id}/likely-duplicates", &["members:read"]),
    ("GET", "/api/v1/members/{id}/membership-periods", &["members:read"]),
    ("POST", "/api/v1/members/{id}/join", &["members:register", "members:protect"]),
    ("POST", "/api/v1/members/{id}/change-type", &["members:register", "members:protect"]),
    ("POST", "/api/v1/members/{id}/leave", &["members:register", "members:protect"]),
    ("POST", "/api/v1/members/{id}/sign-in-code", &["members:write"]),
    ("POST", "/api/v1/members/{id}/verifications", &["members:write", "members:protect"]),
    ("GET", "/api/v1/members/{id}/history", &["members:write", "members:protect"]),
    ("GET", "/api/v1/members/{id}/reads", &["audit"]),
    ("GET", "/api/v1/members/{id}/appointments", &["members:read"]),
    ("GET", "/api/v1/members/{id}/personal-identity-number", &["members:identity"]),
    ("GET", "/api/v1/members/{id}/protection", &["members:protect"]),
    ("PUT", "/api/v1/members/{id}/protection", &["members:protect"]),
    ("POST", "/api/v1/members/{id}/erase", &["erase"]),
    ("GET", "/api/v1/held-entries", &["members:protect"]),
    ("GET", "/api/v1/me", &["own"]),
    ("PATCH", "/api/v1/me", &["own"]),
    ("POST", "/api/v1/me/confirm", &["own"]),
    ("POST", "/api/v1/me/changes/{id}/undo", &["own"]),
    ("POST", "/api/v1/me/email-change/confirm", &["own"]),
    ("GET", "/api/v1/me/representatives", &["own"]),
    ("GET", "/api/v1/me/history", &["own"]),
    ("GET", "/api/v1/me/reads", &["own"]),
    ("GET", "/api/v1/me/export", &["own"]),
    ("GET", "/api/v1/me/proposals", &["own"]),
    ("POST", "/api/v1/me/proposals", &["own"]),
    ("GET", "/api/v1/me/follow-ups", &["own"]),
    ("POST", "/api/v1/me/follow-ups/{id}/answer", &["own"]),
    ("POST", "/api/v1/me/erasure", &["own"]),
    ("GET", "/api/v1/proposals", &["members:register", "members:protect"]),
    ("POST", "/api/v1/proposals/{id}/accept", &["members:register", "members:protect"]),
    ("POST", "/api/v1/proposals/{id}/decline", &["members:register", "members:protect"]),
    ("POST", "/api/v1/held-entries/{id}/resolve", &["members:protect"]),
    ("GET", "/api/v1/changes", &["changes"]),
    ("POST", "/api/v1/exports", &["export"]),
    ("POST", "/api/v1/imports", &["import"]),
    ("GET", "/api/v1/imports/{id}", &["import"]),
    ("POST", "/api/v1/imports/{id}/apply", &["import"]),
    ("GET", "/api/v1/employers/{id}/mail-domains", &["members:read"]),
    ("PUT", "/api/v1/employers/{id}/mail-domains", &["members:register"]),
    ("GET", "/api/v1/lifecycle-rules", &["rules"]),
    ("POST", "/api/v1/lifecycle-rules", &["rules"]),
    ("GET", "/api/v1/lifecycle-rules/{rule}", &["rules"]),
    ("PATCH", "/api/v1/lifecycle-rules/{rule}", &["rules"]),
    ("GET", "/api/v1/lifecycle-rules/{rule}/preview", &["rules", "follow-ups"]),
    ("GET", "/api/v1/runs", &["runs"]),
    ("GET", "/api/v1/follow-ups", &["follow-ups"]),
    ("GET", "/api/v1/follow-ups/{id}", &["follow-ups"]),
    ("PATCH", "/api/v1/follow-ups/{id}", &["follow-ups"]),
    ("GET", "/api/v1/tokens", &["accounts"]),
    ("POST", "/api/v1/tokens", &["accounts"]),
    ("DELETE", "/api/v1/tokens/{id}", &["accounts"]),
    ("GET", "/api/v1/mail", &["mail"]),
    ("POST", "/api/v1/mail/start", &["mail"]),
    ("POST", "/api/v1/mail/pause", &["mail"]),
    ("POST", "/api/v1/mail/test", &["mail"]),
    ("GET", "/api/v1/outbox", &["mail"]),
    ("POST", "/api/v1/outbox/{id}/retry", &["mail"]),
    ("GET", "/api/v1/undeliverable-addresses", &["members:write"]),
    ("DELETE", "/api/v1/undeliverable-addresses/{id}", &["members:write"]),
];

/// What everybody may call: none of it holds anything of the register.
const PUBLIC: &[(&str, &str)] = &[
    ("GET", "/healthz"),
    ("GET", "/metrics"),
    ("GET", "/readyz"),
    ("POST", "/api/v1/email-change/stop"),
    ("POST", "/api/v1/sign-in"),
    ("POST", "/api/v1/sign-in/link"),
    ("POST", "/api/v1/sign-in/code"),
    ("POST", "/api/v1/sign-in/password"),
    ("POST", "/api/v1/sign-in/set-up"),
    ("POST", "/api/v1/sign-in/set-up/finish"),
];

/// The scopes of each role, as the design has them.
const ROLES: &[(TokenRole, &[&str])] = &[
    (TokenRole::Staff, &["members:search", "members:read", "members:write", "follow-ups"]),
    (
        TokenRole::Registrar,
        &["members:search", "members:read", "members:write", "members:register", "import", "export", "changes", "follow-ups"],
    ),
    (
        TokenRole::PrivacyOfficer,
        &["members:search", "members:read", "members:identity", "members:protect", "erase", "audit", "changes", "follow-ups"],
    ),
    (TokenRole::Administrator, &["accounts", "rules", "runs", "mail"]),
    (TokenRole::Feed, &["changes"]),
];

/// The same of roles that come with a session only.
const SESSION_ROLES: &[(Role, &[&str])] =
    &[(Role::Member, &["own"]), (Role::Representative, &["members:search", "members:read", "follow-ups"])];

/// One operation of the documentation.
struct Operation {
    method: String,
    path: String,
    /// None for everybody, else the scopes of which one is needed.
    scopes: Option<BTreeSet<String>>,
    media_type: Option<String>,
    headers: Vec<String>,
}

impl Operation {
    /// All that `document` has.
    fn all(document: &Value) -> Vec<Self> {
        let paths = document["paths"].as_object().expect("paths");
        let operations = paths.iter().flat_map(|(path, item)| item.as_object().into_iter().flatten().map(move |it| (path, it)));
        operations.map(|(path, (method, operation))| Self::of(path, method, operation)).collect()
    }

    fn of(path: &str, method: &str, operation: &Value) -> Self {
        let scopes = operation["security"].as_array().map(|requirements| {
            let by = |way: &str| -> BTreeSet<String> {
                let scopes = requirements.iter().filter_map(|requirement| requirement[way].as_array());
                scopes
                    .map(|scopes| match scopes.as_slice() {
                        [] => SESSION.to_owned(),
                        [scope] => scope.as_str().expect("a scope").to_owned(),
                        _ => panic!("{method} {path}: one scope in each requirement"),
                    })
                    .collect()
            };
            let (tokens, sessions) = (by("token"), by("session"));
            assert!(tokens.is_empty() || tokens == sessions, "{method} {path}: a session may what a token may");
            sessions
        });
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let headers = parameters.filter(|parameter| parameter["in"] == "header");
        Self {
            method: method.to_uppercase(),
            path: path.to_owned(),
            scopes,
            media_type: operation["requestBody"]["content"].as_object().and_then(|content| content.keys().next().cloned()),
            headers: headers.filter_map(|parameter| parameter["name"].as_str().map(str::to_owned)).collect(),
        }
    }

    fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// The path, with ids of nothing.
    fn address(&self, app: &TestApp) -> String {
        let mut parts = self.path.split('/').map(|part| if part.starts_with('{') { new_id(app) } else { part.to_owned() });
        let first = parts.next().unwrap_or_default();
        parts.fold(first, |path, part| format!("{path}/{part}"))
    }

    /// A request that could be meant: every header is there, the body is an empty one of the right type.
    fn plausible(&self, app: &TestApp) -> Request {
        let request = Request::new(&self.method, &self.address(app));
        let request = self.headers.iter().fold(request, |request, name| request.header(name, "\"x\""));
        match &self.media_type {
            Some(media_type) => request.body(media_type, "{}"),
            None => request,
        }
    }

    /// A request in which everything is wrong but its address.
    fn broken(&self, app: &TestApp) -> Request {
        let request = Request::new(&self.method, &format!("{}?no=such&limit=x", self.address(app)));
        let request = request.header("Idempotency-Key", "").header("Content-Length", usize::MAX.to_string());
        request.body("text/html", "<")
    }
}

fn new_id(app: &TestApp) -> String {
    app.store().clock().new_id().to_string()
}

on_both_engines!(every_operation_is_for_whom_its_security_names);
async fn every_operation_is_for_whom_its_security_names(app: TestApp) {
    let unknown = callers_without_rights(&app).await;
    let mut roles = Vec::new();
    for (role, _) in ROLES {
        roles.push((*role, app.role(*role).await));
    }
    for operation in Operation::all(&app.openapi().await) {
        let Some(needed) = &operation.scopes else { continue };
        for request in [operation.plausible(&app), operation.broken(&app)] {
            // Anew for each request: some of them sign out.
            for (who, roles, client) in signed_in(&app).await {
                let allowed = roles.iter().flat_map(|role| scopes(*role)).any(|scope| needed.contains(scope.name()));
                let allowed = allowed || needed.contains(SESSION);
                let answer = client.send(request.clone()).await;
                // A member by mailed link is asked for a fresh code where it is called for: she may, with it.
                let refused = answer.status == 403 && answer.body["type"] != "urn:matrikel:problem:step-up-needed";
                assert_eq!(refused, !allowed, "{} by {who}: {} for {request:?}", operation.name(), answer.status);
                assert_ne!(answer.status, 401, "{} by {who}", operation.name());
            }
            for (who, client) in &unknown {
                let status = client.send(request.clone()).await.status;
                assert_eq!(status, 401, "{} by {who}: {request:?}", operation.name());
            }
            for (role, client) in &roles {
                let allowed = scopes((*role).into()).iter().any(|scope| needed.contains(scope.name()));
                let status = client.send(request.clone()).await.status;
                assert_eq!(status == 403, !allowed, "{} by {role:?}: {status} for {request:?}", operation.name());
                assert_ne!(status, 401, "{} by {role:?}", operation.name());
            }
        }
    }
}

/// Everybody who can sign in with a browser: each with the second factor shown and the pledge given.
async fn signed_in(app: &TestApp) -> Vec<(&'static str, Vec<Role>, Client)> {
    let mut callers = Vec::new();
    for (who, role) in [
        ("staff with a session", AccountRole::Staff),
        ("a registrar with a session", AccountRole::Registrar),
        ("a privacy officer with a session", AccountRole::PrivacyOfficer),
        ("an administrator with a session", AccountRole::Administrator),
    ] {
        callers.push((who, vec![Role::from(role)], app.signed_in(&[role]).await));
    }
    let (member, representative) = app.member_and_representative().await;
    callers.push(("a member", vec![Role::Member], app.signed_in_member(member).await));
    callers.push(("a representative", vec![Role::Member, Role::Representative], app.signed_in_member(representative).await));
    callers
}

async fn callers_without_rights(app: &TestApp) -> Vec<(&'static str, Client)> {
    let store = app.store();
    let (_, expired) = app.token(TokenRole::Registrar, Some(store.clock().now() + Duration::minutes(5))).await;
    let expired = app.bearer(&expired);
    expired.get("/api/v1/members").await.expect(200);
    app.pass(Duration::minutes(5));
    let (id, revoked) = app.token(TokenRole::Registrar, None).await;
    let revoked = app.bearer(&revoked);
    revoked.get("/api/v1/members").await.expect(200);
    tokens::revoke(store, &Actor::system(), id).await.expect("the token can be revoked");
    let signed_out = app.signed_in(&[AccountRole::Registrar]).await;
    signed_out.get("/api/v1/members").await.expect(200);
    let kept = signed_out.browser().clone();
    signed_out.delete("/api/v1/session").await.expect(204);
    vec![
        ("nobody", app.nobody()),
        ("a session that has ended", app.browser(kept)),
        ("an empty token", app.bearer("")),
        ("a wrong token", app.bearer("matrikel_0000000000000000000000000000000000000000000")),
        ("an expired token", expired),
        ("a revoked token", revoked),
    ]
}

#[actix_web::test]
async fn only_a_bearer_token_signs_in() {
    let app = TestApp::sqlite().await;
    let (_, token) = app.token(TokenRole::Registrar, None).await;
    let request = || Request::new("GET", "/api/v1/members");
    for (value, status) in [
        (format!("Bearer {token}"), 200),
        (format!("bearer {token}"), 200),
        (format!("Basic {token}"), 401),
        (token.clone(), 401),
        (format!("Bearer {token}x"), 401),
        (format!("Bearer {}", token.to_uppercase()), 401),
    ] {
        app.nobody().send(request().header("Authorization", &value)).await.expect(status);
    }
    let in_the_address = format!("/api/v1/members?access_token={token}");
    app.nobody().get(&in_the_address).await.expect(401);
}

#[actix_web::test]
async fn every_route_stands_in_the_table_with_its_scopes() {
    let app = TestApp::sqlite().await;
    let mut documented = BTreeSet::new();
    let mut public = BTreeSet::new();
    for operation in Operation::all(&app.openapi().await) {
        match operation.scopes.clone() {
            Some(scopes) => documented.insert((operation.method, operation.path, scopes)),
            None => public.insert((operation.method, operation.path, BTreeSet::new())),
        };
    }
    let expected = ROUTES.iter().map(|(method, path, scopes)| {
        ((*method).to_owned(), (*path).to_owned(), scopes.iter().map(|scope| (*scope).to_owned()).collect())
    });
    same(&documented, &expected.collect());
    let expected = PUBLIC.iter().map(|(method, path)| ((*method).to_owned(), (*path).to_owned(), BTreeSet::new()));
    same(&public, &expected.collect());
}

/// Fails with what is missing and what is too much.
fn same(documented: &BTreeSet<(String, String, BTreeSet<String>)>, expected: &BTreeSet<(String, String, BTreeSet<String>)>) {
    let missing: Vec<_> = documented.difference(expected).collect();
    let extra: Vec<_> = expected.difference(documented).collect();
    assert!(missing.is_empty() && extra.is_empty(), "not in the table: {missing:#?}\nnot in the API: {extra:#?}");
}

#[test]
fn every_role_holds_the_scopes_of_the_design() {
    let roles = ROLES.iter().map(|(role, expected)| (Role::from(*role), expected));
    for (role, expected) in roles.chain(SESSION_ROLES.iter().map(|(role, expected)| (*role, expected))) {
        let held: BTreeSet<&str> = scopes(role).iter().map(|scope| scope.name()).collect();
        assert_eq!(held, expected.iter().copied().collect(), "{role:?}");
    }
}
