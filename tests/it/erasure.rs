//! Erasure and retention: what is left of somebody, who is erased when, and what a restored backup forgets again.

use std::collections::BTreeSet;
use std::time::Instant;

use chrono::{Duration, Months};
use entity::erasure::{self, Reason};
use entity::history::Change;
use entity::{history, member, protection};
use matrikel::members::erase::{Keeps, TABLES, erase_due};
use matrikel::members::retention::Retention;
use matrikel::members::upkeep::{Done, Upkeep};
use matrikel::state::State;
use sea_orm::{ConnectionTrait, EntityTrait, PaginatorTrait, Statement};
use serde_json::json;
use uuid::Uuid;

use crate::app::{Engine, Member, TestApp};
use crate::client::{Client, Request, Response};
use crate::program::{GRACE, Installation, said};
use crate::search::{find, found, searching};

/// Everything that is done every hour.
pub(crate) async fn an_hour_passes(app: &TestApp) -> Done {
    app.pass(Duration::hours(1));
    let State { store, keys, config, erasures, .. } = app.state.clone();
    let done = Upkeep { store, keys, retention: config.retention, erasures }.run().await;
    done.expect("what is not to be kept is dropped")
}

/// Lets a member leave, on `day` or today.
pub(crate) async fn leaves(who: &Client, member: &Member, reason: &str, day: Option<&str>) -> Response {
    let etag = who.get(&member.path).await.expect(200).etag();
    let request = Request::new("POST", &format!("{}/leave", member.path)).header("If-Match", etag);
    who.send(request.json(&json!({"leave_reason": reason, "left_on": day}))).await.expect(200)
}

/// Somebody who has been a member for long.
async fn old_member(app: &TestApp, name: &str) -> Member {
    app.member_with(name, json!({"joined_on": "2001-01-01"})).await
}

pub(crate) async fn erase(who: &Client, member: &Member) -> Response {
    let etag = who.get(&member.path).await.expect(200).etag();
    who.send(Request::new("POST", &format!("{}/erase", member.path)).header("If-Match", etag)).await
}

async fn is_there(app: &TestApp, id: Uuid) -> bool {
    member::Entity::find_by_id(id).one(app.store().database()).await.expect("the register").is_some()
}

on_both_engines!(who_is_erased_leaves_her_id_and_nothing_else);
async fn who_is_erased_leaves_her_id_and_nothing_else(app: TestApp) {
    searching(&app).await;
    let (registrar, officer) = (app.registrar().await, app.privacy_officer().await);
    let school = app.school("Umeå universitet").await;
    let fields = json!({"email": "kanariefagel@example.org", "city": "Kanarieby", "former_surnames": ["Kanariesson"],
        "personal_identity_number": "19900101-1239", "school_id": school});
    let anna = app.member_with("Anna Kanariefågel", fields).await;
    let eva = app.member("Eva Ek").await;
    let role = json!({"member_id": eva.id, "deputy_member_id": anna.id, "role": "student_representative", "school_id": school});
    let appointment = registrar.post("/api/v1/appointments", role).await.expect(201);
    let hers = json!({"member_id": anna.id, "role": "student_representative", "school_id": school});
    registrar.post("/api/v1/appointments", hers).await.expect(201);
    leaves(&registrar, &anna, "moved", None).await;
    app.pass(Duration::days(1));
    erase(&officer, &anna).await.expect(204);

    officer.get(&anna.path).await.expect(404);
    assert_eq!(found(&find(&officer, "anna kanariefågel").await), Vec::<String>::new());
    let appointment = officer.get(appointment.header("Location")).await.expect(200);
    assert_eq!(appointment.body["deputy"], json!(null), "nobody is named in her place");
    let rows = app.history_of(anna.id).await;
    assert!(rows.len() >= 4 && rows.iter().all(|row| row.changes.is_none()), "the history keeps its numbers and no values");
    let last = rows.last().expect("the erasure").kind;
    assert_eq!(last, Change::Erased);
    let all = history::Entity::find().all(app.store().database()).await.expect("the history");
    assert!(!format!("{all:?}").to_lowercase().contains("kanarie"));
    let feed = registrar.get("/api/v1/changes").await.expect(200).body;
    let told: Vec<_> =
        feed["items"].as_array().into_iter().flatten().filter(|item| item["member_id"] == json!(anna.id)).collect();
    assert_eq!(
        told.iter().map(|item| &item["kind"]).collect::<Vec<_>>(),
        ["erased"],
        "and systems that join on are told that alone"
    );
    let row = erasure::Entity::find_by_id(anna.id).one(app.store().database()).await.expect("the register").expect("a row");
    assert_eq!((row.reason, row.actor_kind.as_str()), (Reason::Decision, "privacy_officer"));
}

on_both_engines!(a_member_is_not_erased_while_her_membership_runs_and_only_by_the_privacy_officer);
async fn a_member_is_not_erased_while_her_membership_runs_and_only_by_the_privacy_officer(app: TestApp) {
    let (registrar, officer) = (app.registrar().await, app.privacy_officer().await);
    let anna = old_member(&app, "Anna Ek").await;
    let refused = erase(&officer, &anna).await.expect(409);
    assert!(refused.text.contains("let her leave first"), "{}", refused.text);
    leaves(&registrar, &anna, "other", Some("2026-11-20")).await;
    for who in [&registrar, &app.staff().await] {
        erase(who, &anna).await.expect(403);
    }
    officer.send(Request::new("POST", &format!("{}/erase", anna.path))).await.expect(428);
    let stale = Request::new("POST", &format!("{}/erase", anna.path)).header("If-Match", &anna.etag);
    officer.send(stale).await.expect(412);
    assert!(is_there(&app, anna.id).await);
    erase(&officer, &anna).await.expect(204);
    let bo = app.member_with("Bo Ek", json!({"membership_type": "prospect"})).await;
    erase(&officer, &bo).await.expect(204);
}

on_both_engines!(leavers_are_erased_when_the_time_of_their_class_is_over_and_not_a_day_before);
async fn leavers_are_erased_when_the_time_of_their_class_is_over_and_not_a_day_before(app: TestApp) {
    let registrar = app.registrar().await;
    let left = old_member(&app, "Anna Ek").await;
    let deceased = old_member(&app, "Bo Ek").await;
    let back = old_member(&app, "Cilla Ek").await;
    let stays = old_member(&app, "David Ek").await;
    let prospect = app.member_with("Eva Ek", json!({"membership_type": "prospect", "joined_on": "2026-11-21"})).await;
    leaves(&registrar, &left, "moved", Some("2026-11-21")).await;
    leaves(&registrar, &deceased, "deceased", Some("2026-11-21")).await;
    let gone = leaves(&registrar, &back, "moved", Some("2026-11-21")).await;
    app.pass(Duration::days(1));
    let join = Request::new("POST", &format!("{}/join", back.path)).header("If-Match", gone.etag());
    registrar.send(join.json(&json!({"membership_type": "manager"}))).await.expect(200);
    let retention = Retention::default();
    let there = async || {
        let mut there = Vec::new();
        for member in [&left, &deceased, &back, &stays, &prospect] {
            there.push(is_there(&app, member.id).await);
        }
        there
    };
    let at = |day: &str| app.store().clock().set(format!("{day}T12:00:00Z").parse().expect("a time"));
    for (day, erased, left) in [
        ("2027-11-21", 0, [true, true, true, true, true]),
        ("2027-11-22", 2, [true, false, true, true, false]),
        ("2028-11-21", 0, [true, false, true, true, false]),
        ("2028-11-22", 1, [false, false, true, true, false]),
        ("2058-11-22", 0, [false, false, true, true, false]),
    ] {
        at(day);
        assert_eq!(erase_due(app.store(), &retention).await.expect("erasing"), erased, "{day}");
        assert_eq!(there().await, left, "{day}");
    }
    let rows = erasure::Entity::find().all(app.store().database()).await.expect("the register");
    assert!(rows.len() == 3 && rows.iter().all(|row| row.reason == Reason::Retention && row.actor_kind == "system"));
}

on_both_engines!(whom_the_organisation_keeps_for_ever_is_kept);
async fn whom_the_organisation_keeps_for_ever_is_kept(app: TestApp) {
    let registrar = app.registrar().await;
    let anna = old_member(&app, "Anna Ek").await;
    leaves(&registrar, &anna, "moved", Some("2026-11-21")).await;
    app.store().clock().set("2126-11-22T12:00:00Z".parse().expect("a time"));
    let never: Retention = "left=never,deceased=never,prospect=never".parse().expect("a retention");
    assert_eq!(erase_due(app.store(), &never).await.expect("erasing"), 0);
    let others = Retention { left: None, ..Retention::default() };
    assert_eq!(erase_due(app.store(), &others).await.expect("erasing"), 0);
    let hers = Retention { left: Some(Months::new(1)), deceased: None, prospect: None };
    assert_eq!(erase_due(app.store(), &hers).await.expect("erasing"), 1);
}

on_both_engines!(of_every_table_it_is_said_what_it_keeps_of_whom_is_erased);
async fn of_every_table_it_is_said_what_it_keeps_of_whom_is_erased(app: TestApp) {
    let sql = match app.engine() {
        Engine::Sqlite => "SELECT name FROM sqlite_master WHERE type = 'table'",
        Engine::Postgres => "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public'",
    };
    let mut tables = BTreeSet::new();
    for database in [app.store().database(), &app.state.audit_database] {
        let backend = database.get_database_backend();
        for row in database.query_all_raw(Statement::from_string(backend, sql)).await.expect("the tables") {
            tables.insert(row.try_get_by_index::<String>(0).expect("a name"));
        }
    }
    tables.retain(|name| !name.starts_with("seaql_") && !name.starts_with("sqlite_"));
    let named: BTreeSet<String> = TABLES.iter().map(|(name, ..)| (*name).to_owned()).collect();
    let missing: Vec<_> = tables.difference(&named).collect();
    assert!(missing.is_empty(), "say in members::erase what these keep of an erased member: {missing:?}");
    let unexplained = |(_, keeps, why): &&(&str, Keeps, &str)| *keeps != Keeps::Nothing && why.is_empty();
    assert_eq!(TABLES.iter().find(unexplained), None, "whatever is kept has a reason");
}

on_both_engines!(the_list_of_erasures_makes_a_register_forget_again);
async fn the_list_of_erasures_makes_a_register_forget_again(app: TestApp) {
    let (registrar, officer) = (app.registrar().await, app.privacy_officer().await);
    let anna = old_member(&app, "Anna Ek").await;
    leaves(&registrar, &anna, "moved", Some("2026-11-20")).await;
    erase(&officer, &anna).await.expect(204);
    let list = std::fs::read_to_string(app.place.folder().join("erasures")).expect("the list");
    assert_eq!(list, format!("{}\n", anna.id), "the id and nothing else");
    // As after a restore: she is back, and the register does not know that she was erased.
    let bo = old_member(&app, "Bo Ek").await;
    std::fs::write(app.place.folder().join("erasures"), format!("{}\n{}\n", anna.id, bo.id)).expect("the list");
    assert_eq!(app.state.erasures.bring_together(app.store()).await.expect("the list"), 1);
    assert!(!is_there(&app, bo.id).await);
    assert_eq!(app.state.erasures.bring_together(app.store()).await.expect("the list"), 0);
    // Another instance of the register, which has no list yet, gets one.
    std::fs::remove_file(app.place.folder().join("erasures")).expect("the list");
    app.state.erasures.bring_together(app.store()).await.expect("the list");
    let list = std::fs::read_to_string(app.place.folder().join("erasures")).expect("the list");
    assert_eq!(
        list.lines().collect::<BTreeSet<_>>(),
        [anna.id.to_string(), bo.id.to_string()].iter().map(String::as_str).collect()
    );
    std::fs::write(app.place.folder().join("erasures"), "no id\n").expect("the list");
    app.state.erasures.bring_together(app.store()).await.expect_err("a list that is broken is not ignored");
}

#[actix_web::test]
async fn a_restored_backup_forgets_again_who_was_erased_since() {
    let installed = Installation::empty(Engine::Sqlite).await;
    installed.file("members.csv", "member_number,given_names,surname,joined_on,left_on,leave_reason\n1,Anna,Ek,2001-01-01,2010-01-01,moved\n2,Bo,Ek,2001-01-01,,\n");
    installed.done(&["import", "members", "members.csv"]);
    installed.done(&["backup", "backup.db"]);
    let place = installed.data().to_owned();
    // The service does it by itself, soon after its start.
    let service = installed.serve(&[]);
    let asked = Instant::now();
    while !place.join("erasures").exists() {
        assert!(asked.elapsed() < GRACE, "nobody is erased");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    service.ask_to_end();
    let ids = std::fs::read_to_string(place.join("erasures")).expect("the list");
    let folder = installed.path("restored");
    std::fs::create_dir(&folder).expect("a folder");
    std::fs::copy(place.join("key"), folder.join("key")).expect("the key");
    std::fs::write(folder.join("erasures"), &ids).expect("the list");
    let told = said(installed.command(&["restore", "backup.db"]).env("MATRIKEL_DATA_DIR", &folder)).done();
    assert!(told.contains("Erased again, because they were erased after the backup was made: 1."), "{told}");
    let mut export = installed.command(&["export", "members", "after.json", "--everything"]);
    said(export.env("MATRIKEL_DATA_DIR", &folder)).done();
    let after = String::from_utf8(installed.read("after.json")).expect("JSON");
    assert!(after.contains("\"Bo\"") && !after.contains("\"Anna\""), "{after}");
    let folder = installed.path("without-list");
    std::fs::create_dir(&folder).expect("a folder");
    std::fs::copy(place.join("key"), folder.join("key")).expect("the key");
    let told = said(installed.command(&["restore", "backup.db"]).env("MATRIKEL_DATA_DIR", &folder)).done();
    assert!(told.contains("Nobody was erased again"), "{told}");
}

#[actix_web::test]
async fn on_sqlite_who_is_erased_or_purged_is_in_no_byte_of_the_files() {
    let app = TestApp::sqlite().await;
    let (registrar, officer) = (app.registrar().await, app.privacy_officer().await);
    let (mut erased, mut purged) = (Vec::new(), Vec::new());
    let canary = |kind: &str, number: usize, field: &str| format!("Kanarie{kind}{number}{field}");
    for number in 0..150 {
        let kind = if number % 2 == 0 { "e" } else { "p" };
        let fields = json!({
            "joined_on": "2001-01-01", "street": canary(kind, number, "gatan"), "city": canary(kind, number, "by"), "postal_code": canary(kind, number, "x"),
            "occupation": canary(kind, number, "yrke"), "email": format!("{}@example.org", canary(kind, number, "post")),
        });
        let name = format!("Anna {}", if kind == "e" { canary(kind, number, "son") } else { "Ek".to_owned() });
        let member = app.member_with(&name, fields).await;
        // Rows that grow, so that pages are split and cells are moved about.
        let longer = json!({"street": canary(kind, number, "gatan").repeat(8), "city": canary(kind, number, "stad")});
        registrar.patch(&member.path, &member.etag, longer).await.expect(200);
        if kind == "e" { &mut erased } else { &mut purged }.push(member);
    }
    for member in &erased {
        leaves(&registrar, member, "moved", Some("2026-11-20")).await;
        erase(&officer, member).await.expect(204);
    }
    for member in &purged {
        let etag = officer.get(&member.path).await.etag();
        let request = Request::new("PUT", &format!("{}/protection", member.path)).header("If-Match", etag);
        officer.send(request.json(&json!({"protection": "no_6", "hidden": false}))).await.expect(200);
    }
    let bytes = || {
        let mut bytes = Vec::new();
        for entry in std::fs::read_dir(app.place.folder()).expect("the folder") {
            bytes.extend(std::fs::read(entry.expect("a file").path()).expect("a file"));
        }
        bytes
    };
    let holds = |bytes: &[u8], text: &str| bytes.windows(text.len()).filter(|window| *window == text.as_bytes()).count();
    assert!(holds(&bytes(), "Kanariep") > 0, "until the purge it can be taken back");
    app.pass(Duration::days(7));
    let done = an_hour_passes(&app).await;
    assert_eq!((done.purged, done.gone_from_files), (75, true));
    let bytes = bytes();
    assert_eq!((holds(&bytes, "Kanariee"), holds(&bytes, "Kanariep")), (0, 0), "in some byte of the files");
    let rows = protection::Entity::find().count(app.store().database()).await.expect("the register");
    assert_eq!(rows, 75);
}
