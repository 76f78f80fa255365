//! What comes out of protected members, by every operation there is: canaries in every field of theirs, and a register with one beside
//! one without. Who sees whom stands in `matrix`.
//!
//! The operations come from the API's documentation. One that changes something needs a body in [`BODIES`]; without it these
//! tests fail.

use entity::account::AccountRole;
use entity::api_token::TokenRole;
use entity::outbox;
use entity::session::Method;
use entity::visibility::Viewer;
use jobs::history::Actor;
use matrikel::access::audit::Reading;
use matrikel::access::sessions::Subject;
use matrikel::members::export::{Export, Format};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::app::{Engine, TestApp};
use crate::client::{Client, Request};
use crate::erasure::an_hour_passes;
use crate::search::searching;

/// Makes two tests of an `async fn name(engine: Engine)` that runs more than one register.
macro_rules! registers_on_both_engines {
    ($name:ident) => {
        mod $name {
            #[actix_web::test]
            async fn on_sqlite() {
                super::$name($crate::app::Engine::Sqlite).await;
            }

            #[actix_web::test]
            async fn on_postgres() {
                super::$name($crate::app::Engine::Postgres).await;
            }
        }
    };
}

/// What every canary holds, whatever the field.
const CANARY: &str = "zqxkanarie";

/// A body that each operation accepts, or refuses for what the register holds and for nothing else.
const BODIES: &[(&str, &str, &str)] = &[
    ("POST", "/api/v1/members", r#"{"given_names": "Eva", "surname": "Ek", "membership_type": "prospect"}"#),
    ("PATCH", "/api/v1/members/{id}", r#"{"language": "fi"}"#),
    ("POST", "/api/v1/members/search", r#"{"q": "anna zqxk"}"#),
    ("POST", "/api/v1/names/similar", r#"{"name": "Zqxkanarisson", "part": "surname"}"#),
    ("POST", "/api/v1/members/{id}/join", r#"{"membership_type": "manager"}"#),
    ("POST", "/api/v1/members/{id}/change-type", r#"{"membership_type": "manager"}"#),
    ("POST", "/api/v1/members/{id}/leave", r#"{"leave_reason": "moved"}"#),
    ("POST", "/api/v1/members/{id}/sign-in-code", r#"{"email": "eva@example.org", "channel": "phone"}"#),
    ("POST", "/api/v1/members/{id}/verifications", r#"{"details": ["email"], "channel": "phone"}"#),
    ("PUT", "/api/v1/members/{id}/protection", r#"{"protection": "marked", "hidden": false}"#),
    ("POST", "/api/v1/held-entries/{id}/resolve", r#"{"resolution": "discarded"}"#),
    ("POST", "/api/v1/employers", r#"{"name": "Region Skåne"}"#),
    ("PATCH", "/api/v1/employers/{id}", r#"{"name": "Region Skåne"}"#),
    ("POST", "/api/v1/workplaces", r#"{"name": "Lunds lasarett"}"#),
    ("PATCH", "/api/v1/workplaces/{id}", r#"{"name": "Lunds lasarett"}"#),
    ("POST", "/api/v1/local-branches", r#"{"name": "Skåne"}"#),
    ("PATCH", "/api/v1/local-branches/{id}", r#"{"name": "Skåne"}"#),
    ("POST", "/api/v1/schools", r#"{"name": "Lunds universitet"}"#),
    ("PATCH", "/api/v1/schools/{id}", r#"{"name": "Lunds universitet"}"#),
    ("POST", "/api/v1/appointments", "{}"),
    ("PATCH", "/api/v1/appointments/{id}", r#"{"valid_until": "2027-12-31"}"#),
    ("POST", "/api/v1/mail/test", r#"{"to": "anna@example.org"}"#),
    ("POST", "/api/v1/sign-in", r#"{"identifier": "anna@example.org"}"#),
    ("POST", "/api/v1/sign-in/link", r#"{"secret": "none"}"#),
    ("POST", "/api/v1/sign-in/code", r#"{"code": "123456", "identifier": "anna@example.org"}"#),
    ("POST", "/api/v1/sign-in/password", "{}"),
    ("POST", "/api/v1/sign-in/set-up", "{}"),
    ("POST", "/api/v1/sign-in/set-up/finish", "{}"),
    ("POST", "/api/v1/session/step-up", "{}"),
    ("POST", "/api/v1/accounts", "{}"),
    ("POST", "/api/v1/credentials/password", "{}"),
    ("POST", "/api/v1/credentials/second-factor/confirm", "{}"),
    ("POST", "/api/v1/pledge", r#"{"version": "2026-11"}"#),
    ("PATCH", "/api/v1/follow-ups/{id}", r#"{"outcome": "no_answer"}"#),
    ("POST", "/api/v1/lifecycle-rules", "{}"),
    ("PATCH", "/api/v1/lifecycle-rules/{rule}", r#"{"paused": true}"#),
    ("PUT", "/api/v1/employers/{id}/mail-domains", "{}"),
    ("PATCH", "/api/v1/me", r#"{"language": "fi"}"#),
    ("POST", "/api/v1/me/email-change/confirm", r#"{"code": "123456"}"#),
    ("POST", "/api/v1/email-change/stop", r#"{"secret": "none"}"#),
    ("POST", "/api/v1/me/confirm", r#"{"details": ["email"]}"#),
    ("POST", "/api/v1/me/proposals", r#"{"graduation_date": "2027-06-01"}"#),
    ("POST", "/api/v1/me/follow-ups/{id}/answer", r#"{"answer": "still_studying"}"#),
    ("POST", "/api/v1/tokens", r#"{"role": "staff", "label": "test"}"#),
    ("POST", "/api/v1/exports", r#"{"format": "csv"}"#),
    ("POST", "/api/v1/imports", "member_number,given_names,surname\n300001,Eva,Al\n"),
];

/// One operation of the documentation.
pub(crate) struct Operation {
    /// GET, POST, …
    pub(crate) method: String,
    /// As the documentation has it.
    pub(crate) path: String,
    /// Any one of these opens it; none for everybody, and for whoever has signed in.
    pub(crate) scopes: Vec<String>,
    media_type: Option<String>,
}

impl Operation {
    /// All that there are.
    pub(crate) async fn all(app: &TestApp) -> Vec<Self> {
        let document = app.openapi().await;
        let paths = document["paths"].as_object().expect("paths");
        let mut operations = Vec::new();
        for (path, item) in paths.iter().filter(|(path, _)| path.starts_with("/api/v1/")) {
            for (method, operation) in item.as_object().expect("operations") {
                let requirements = operation["security"].as_array().into_iter().flatten();
                let scopes = requirements.flat_map(|requirement| requirement.as_object().into_iter().flat_map(Map::values));
                let scopes = scopes.flat_map(|scopes| scopes.as_array().into_iter().flatten());
                let content = operation["requestBody"]["content"].as_object();
                operations.push(Self {
                    method: method.to_uppercase(),
                    path: path.clone(),
                    scopes: scopes.filter_map(|scope| scope.as_str().map(str::to_owned)).collect(),
                    media_type: content.and_then(|content| content.keys().next().cloned()),
                });
            }
        }
        operations
    }

    fn is_of_a_member(&self) -> bool {
        self.path.starts_with("/api/v1/members/{id}")
    }

    /// Whether it changes something of a member that nobody but the privacy officer changes while she is protected.
    pub(crate) fn changes_the_card(&self) -> bool {
        self.is_of_a_member()
            && (self.method == "PATCH"
                || ["join", "leave", "change-type", "verifications"].iter().any(|end| self.path.ends_with(end)))
    }

    /// A request that could be meant, with this id in its path.
    pub(crate) fn request(&self, id: Uuid) -> Request {
        let path = self.path.replace("{id}", &id.to_string());
        let path = if path.ends_with("/imports") { format!("{path}?kind=members") } else { path };
        let request = Request::new(&self.method, &path).header("If-Match", "*");
        let Some(media_type) = &self.media_type else { return request };
        let body = BODIES.iter().find(|(method, path, _)| (*method, *path) == (&self.method, &self.path));
        let (.., body) = body.unwrap_or_else(|| panic!("{} {} is missing from BODIES", self.method, self.path));
        let media_type = if self.path.ends_with("/imports") { "text/csv" } else { media_type };
        request.body(media_type, *body)
    }
}

/// Everybody who may know nothing of protected members: with a token, with a session, and nobody. The last is a representative of
/// `workplace`.
async fn others(app: &TestApp, workplace: Uuid) -> Vec<(String, Client)> {
    let mut callers = vec![("nobody".to_owned(), app.nobody())];
    for role in [TokenRole::Staff, TokenRole::Registrar, TokenRole::Administrator, TokenRole::Feed] {
        callers.push((format!("{role:?}"), app.role(role).await));
    }
    for role in [AccountRole::Staff, AccountRole::Registrar, AccountRole::Administrator] {
        callers.push((format!("{role:?} with a session"), app.signed_in(&[role]).await));
    }
    let colleague = app.member_with("Eva Lund", json!({"workplace_ids": [workplace]})).await;
    callers.push(("a member".to_owned(), app.session(Subject::Member(colleague.id), Method::Password).await));
    let representative = app.member_with("Rut Al", json!({"workplace_ids": [workplace]})).await;
    app.appoint(representative.id, |row| row.workplace_id = Some(workplace)).await;
    callers.push(("a representative".to_owned(), app.signed_in_member(representative.id).await));
    callers
}

/// Fields with a canary in each, of the protected member `number`.
fn canaries(number: usize, school: Uuid, branch: Uuid, workplace: Uuid) -> Value {
    let canary = |field: &str| format!("{CANARY}{field}{number}");
    json!({
        "former_surnames": [canary("f")], "email": format!("{}@example.org", canary("e")), "phone": canary("t"),
        "street": canary("s"), "postal_code": format!("{CANARY}p"), "city": canary("c"), "occupation": canary("o"),
        "school_id": school, "local_branch_id": branch, "workplace_ids": [workplace], "joined_on": "2001-01-01",
        "member_number": format!("{CANARY}{number}"),
    })
}

on_both_engines!(of_a_protected_member_no_canary_comes_out_by_any_operation_and_after_the_purge_none_is_kept);
async fn of_a_protected_member_no_canary_comes_out_by_any_operation_and_after_the_purge_none_is_kept(app: TestApp) {
    searching(&app).await;
    let (officer, registrar) = (app.privacy_officer().await, app.registrar().await);
    let (school, branch, workplace) =
        (app.school("Umeå universitet").await, app.local_branch("Västerbotten").await, app.workplace("Umeå sjukhus").await);
    let bo =
        app.member_with("Anna Berg", json!({"school_id": school, "local_branch_id": branch, "workplace_ids": [workplace]})).await;
    let kinds = ["marked", "registered_elsewhere", "turvakielto", "no_6", "no_7", "dk"];
    let mut protected = Vec::new();
    for number in 0..20 {
        let name = format!("Anna{CANARY} {CANARY}sson{number}");
        let member = app.member_with(&name, canaries(number, school, branch, workplace)).await;
        let me = app.session(Subject::Member(member.id), Method::Link).await;
        let place = json!({"workplaces": [{"workplace": format!("{CANARY}w{number}")}]});
        me.post("/api/v1/me/proposals", place).await.expect(201);
        let etag = me.get("/api/v1/me").await.expect(200).etag();
        me.patch("/api/v1/me", &etag, json!({"email": format!("{CANARY}n{number}@example.org")})).await.expect(200);
        let mut role = json!({"role": "student_representative", "school_id": school, "member_id": member.id});
        if number % 2 == 0 {
            // Somebody else's deputy.
            role["member_id"] = json!(bo.id);
            role["deputy_member_id"] = json!(member.id);
        }
        registrar.post("/api/v1/appointments", role).await.expect(201);
        let body = json!({"protection": kinds[number % kinds.len()], "hidden": number % 3 == 0,
            "forwarding_address": format!("{CANARY}a{number}"), "email": format!("{CANARY}k{number}@example.org")});
        let request = Request::new("PUT", &format!("{}/protection", member.path)).header("If-Match", &member.etag);
        officer.send(request.json(&body)).await.expect(200);
        protected.push(member);
    }
    // Whatever there is that has an id: they stand for the ids in the paths.
    let mut ids: Vec<Uuid> = protected.iter().map(|member| member.id).collect();
    ids.extend([bo.id, school, branch, workplace]);
    for list in ["/api/v1/appointments?limit=200", "/api/v1/members?limit=200"] {
        let items = registrar.get(list).await.expect(200).body["items"].clone();
        ids.extend(items.as_array().into_iter().flatten().filter_map(|item| item["id"].as_str()?.parse::<Uuid>().ok()));
    }
    let callers = others(&app, workplace).await;
    let (mut asked, mut answered) = (0, 0);
    for operation in Operation::all(&app).await {
        // Signing out ends the walk of whoever does it.
        let destroys = operation.method == "DELETE" && !operation.path.contains("{id}");
        let ids = if operation.path.contains("{id}") { ids.as_slice() } else { &ids[..1] };
        for (at, (who, client)) in callers.iter().enumerate().filter(|_| !destroys) {
            // Each caller a third of them, so that each is asked for by several callers of each right.
            for id in ids.iter().skip(at % 3).step_by(3).chain(ids.first()) {
                let answer = client.send(operation.request(*id)).await;
                asked += 1;
                answered += usize::from(answer.status < 300);
                let headers = format!("{:?}", answer.headers);
                let told = format!("{headers}{}", answer.text).to_lowercase();
                assert!(!told.contains(CANARY), "{} {} by {who}: {}", operation.method, operation.path, answer.text);
            }
        }
    }
    assert!(asked > 1000 && answered > 50, "{answered} of {asked} were answered");
    for query in ["zqxk", "zqxkanari", "anna", "zqxkanari@example.org"] {
        for (_, client) in &callers {
            let ask = json!({"q": query, "filter": {"include_former_members": true}});
            let answer = client.post("/api/v1/members/search", ask).await;
            assert!(matches!(answer.status, 200 | 401 | 403), "{query}: {}", answer.text);
            assert!(!answer.text.to_lowercase().contains(CANARY), "{query}: {}", answer.text);
        }
    }
    for format in [Format::Json, Format::Csv] {
        let file = app.place.folder().join(format!("export-{format:?}"));
        let reading = Reading { actor: Actor::system(), operation: "export_members", request_id: None };
        let (store, keys, audit) = (&app.state.store, &app.state.keys, &app.state.audit);
        let export = Export { store, keys, audit, reading, viewer: Viewer::Unprotected, identity_numbers: false };
        export.to_file(&file, format).await.expect("an export");
        let text = String::from_utf8_lossy(&std::fs::read(&file).expect("the export")).to_lowercase();
        assert!(text.contains("anna") && !text.contains(CANARY), "{text}");
        std::fs::remove_file(&file).expect("the export");
    }
    let to_others = outbox::Entity::find().filter(outbox::Column::MemberId.is_not_in(ids[..20].to_vec()));
    for mail in to_others.all(app.store().database()).await.expect("the outbox") {
        let text = String::from_utf8_lossy(&mail.message.unwrap_or_default()).to_lowercase();
        assert!(!text.contains(CANARY), "{}: {text}", mail.kind);
    }
    let log = crate::log::text().to_lowercase();
    let line = log.lines().find(|line| line.contains(CANARY));
    assert_eq!(line, None, "nothing of a member is logged");

    app.pass(chrono::Duration::days(7));
    let purging = (0..20).filter(|number| number % kinds.len() != 0).count();
    assert_eq!(an_hour_passes(&app).await.purged, purging);
    if app.engine() == Engine::Sqlite {
        let mut bytes = Vec::new();
        for entry in std::fs::read_dir(app.place.folder()).expect("the folder") {
            bytes.extend(std::fs::read(entry.expect("a file").path()).expect("a file"));
        }
        let text = String::from_utf8_lossy(&bytes).to_lowercase();
        for number in 0..20 {
            for field in ["e", "t", "s", "c", "o", "a", "k", "w", "n"] {
                let there = text.contains(&format!("{CANARY}{field}{number}@"))
                    || contains_whole(&text, &format!("{CANARY}{field}{number}"));
                let sealed = field == "a" || field == "k";
                let kept = number % kinds.len() == 0 && !sealed;
                // A change of an address that nobody has confirmed is over after a day, the mail that went there in its own time.
                if kept && field == "n" {
                    continue;
                }
                assert_eq!(there, kept, "{field} of the protected member {number} ({})", kinds[number % kinds.len()]);
            }
        }
    }
}

/// Whether `text` holds `part` and no further digit behind it.
fn contains_whole(text: &str, part: &str) -> bool {
    text.match_indices(part).any(|(at, _)| !text[at + part.len()..].starts_with(|next: char| next.is_ascii_digit()))
}

/// A register of a few people, with a protected one among them or without.
async fn register(engine: Engine, with: bool) -> TestApp {
    let app = TestApp::on(engine).await;
    searching(&app).await;
    let mut file = "member_number;given_names;surname;city;workplace;school;local_branch;joined_on;left_on;protected\n\
                    1;Anna;Ek;Lund;Lunds lasarett;Lunds universitet;Skåne;2001-01-01;;\n\
                    2;Bo;Ek;Lund;Lunds lasarett;;Skåne;2001-01-01;;\n3;Eva;Al;Malmö;;;;2001-01-01;2020-01-31;\n"
        .to_owned();
    if with {
        file.push_str("4;Anna;Ekman;Lund;Lunds lasarett;Lunds universitet;Skåne;2001-01-01;;no_6\n");
    }
    app.import(entity::import_batch::ImportMode::Fill, file).await;
    app
}

registers_on_both_engines!(a_register_reads_the_same_with_a_protected_member_in_it_and_without);
async fn a_register_reads_the_same_with_a_protected_member_in_it_and_without(engine: Engine) {
    let (with, without) = (register(engine, true).await, register(engine, false).await);
    let mut compared = 0;
    let operations = Operation::all(&with).await;
    let mut callers = vec![("a representative".to_owned(), representative(&with).await, representative(&without).await)];
    for role in [TokenRole::Staff, TokenRole::Registrar, TokenRole::Administrator, TokenRole::Feed] {
        callers.push((format!("{role:?}"), with.role(role).await, without.role(role).await));
    }
    for (who, one, other) in &callers {
        for operation in &operations {
            let reads = operation.method == "GET" || operation.path.ends_with("/search") || operation.path.ends_with("/similar");
            if !reads {
                continue;
            }
            for at in 0..3 {
                let (Some(here), Some(there)) = (nth_id(&with, operation, at).await, nth_id(&without, operation, at).await)
                else {
                    continue;
                };
                let (one, other) = (one.send(operation.request(here)).await, other.send(operation.request(there)).await);
                let what = format!("{} {} by {who}", operation.method, operation.path);
                assert_eq!(one.status, other.status, "{what}");
                assert_eq!(masked(one.body), masked(other.body), "{what}");
                compared += 1;
            }
        }
        for query in ["anna ek", "ek", "ekman", "4", "lund"] {
            let ask = json!({"q": query, "filter": {"include_former_members": true}});
            let (one, other) =
                (one.post("/api/v1/members/search", ask.clone()).await, other.post("/api/v1/members/search", ask).await);
            let finds = !["Administrator", "Feed"].contains(&who.as_str());
            assert_eq!((one.status, other.status), if finds { (200, 200) } else { (403, 403) }, "{query} by {who}");
            assert_eq!(masked(one.body), masked(other.body), "{query} by {who}");
        }
    }
    assert!(compared > 100, "{compared} answers were compared");
}

/// Who represents those at Lund's hospital, the second of the file, signed in.
async fn representative(app: &TestApp) -> Client {
    let registrar = app.registrar().await;
    let first = async |list: &str, field: &str, value: &str| -> Uuid {
        let page = registrar.get(list).await.expect(200).body;
        let item = page["items"].as_array().into_iter().flatten().find(|item| item[field] == value).cloned();
        item.and_then(|item| item["id"].as_str()?.parse().ok()).expect("it is there")
    };
    let bo = first("/api/v1/members", "member_number", "2").await;
    let workplace = first("/api/v1/workplaces", "name", "Lunds lasarett").await;
    app.appoint(bo, |row| row.workplace_id = Some(workplace)).await;
    app.signed_in_member(bo).await
}

/// An id for the path of `operation`: that of the thing at this place of its list, as a registrar sees it.
async fn nth_id(app: &TestApp, operation: &Operation, at: usize) -> Option<Uuid> {
    let Some((list, _)) = operation.path.split_once("/{id}") else { return (at == 0).then(Uuid::nil) };
    let page = app.registrar().await.get(list).await;
    let items = page.body["items"].as_array().cloned().unwrap_or_default();
    match items.get(at) {
        Some(item) => item["id"].as_str()?.parse().ok(),
        None => (at == 0).then(Uuid::nil),
    }
}

/// Without ids, numbers of changes, versions, cursors, tokens and times.
fn masked(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let mask = |name: &str| {
                name == "id"
                    || name.ends_with("_id")
                    || name.ends_with("_at")
                    || ["at", "number", "next", "version", "csrf_token"].contains(&name)
            };
            let field = |(name, value): (String, Value)| {
                let value =
                    if name == "last_used_at" || (mask(&name) && !value.is_null()) { json!("…") } else { masked(value) };
                (name, value)
            };
            Value::Object(fields.into_iter().map(field).collect())
        }
        Value::Array(values) => Value::Array(values.into_iter().map(masked).collect()),
        Value::String(text) if Uuid::try_parse(&text).is_ok() => json!("…"),
        value => value,
    }
}
