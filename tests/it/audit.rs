//! The read audit: no member data without a row that says who saw whom.
//!
//! That an answer with members has exactly one row with exactly their ids is checked with every answer of every test
//! (`client::Client::check_audit`); here is what the rows say, and what happens when they cannot be written.

use std::collections::BTreeSet;

use entity::api_token::TokenRole;
use entity::history;
use entity::read_audit::{self, Access};
use futures_util::future::join_all;
use matrikel::access::verify::verify;
use sea_orm::{ActiveValue::Set, ConnectionTrait, DbBackend, EntityTrait, IntoActiveModel, PaginatorTrait, Statement};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::app::{Engine, TestApp, new_member};

on_both_engines!(an_answer_with_member_data_has_one_row_that_says_who_saw_whom);
async fn an_answer_with_member_data_has_one_row_that_says_who_saw_whom(app: TestApp) {
    let (id, token) = app.token(TokenRole::Registrar, None).await;
    let registrar = app.bearer(&token);
    let made = registrar.post_once("/api/v1/members", "key", new_member("Anna Åkesson", json!({}))).await.expect(201);
    let anna: Uuid = made.body["id"].as_str().and_then(|id| id.parse().ok()).expect("an id");
    let path = made.header("Location").to_owned();
    let bo = app.member("Bo Ek").await.id;
    let answers = [
        (made, "create_member", Access::Opened, vec![anna]),
        (
            registrar.post_once("/api/v1/members", "key", new_member("Anna Åkesson", json!({}))).await,
            "create_member",
            Access::Opened,
            vec![anna],
        ),
        (registrar.get(&path).await, "read_member", Access::Opened, vec![anna]),
        (registrar.get("/api/v1/members").await, "list_members", Access::Listed, vec![anna, bo]),
        (registrar.get("/api/v1/members?limit=1").await, "list_members", Access::Listed, vec![anna]),
        (registrar.patch(&path, "*", json!({"city": "Lund"})).await, "change_member", Access::Opened, vec![anna]),
    ];
    for (answer, operation, access, members) in answers {
        let rows = app.audit_of(answer.request_id()).await;
        let [row] = rows.as_slice() else { panic!("{operation}: {} rows", rows.len()) };
        assert_eq!((row.operation.as_str(), row.access), (operation, access));
        assert_eq!((row.actor_kind.as_str(), row.actor_id), ("registrar", Some(id)), "{operation}");
        assert_eq!((row.members, row.member_ids.clone()), (members.len() as i64, Some(json!(members))), "{operation}");
        assert_eq!(row.at, app.store().clock().now());
    }
}

on_both_engines!(an_answer_without_member_data_has_no_row);
async fn an_answer_without_member_data_has_no_row(app: TestApp) {
    let staff = app.staff().await;
    staff.get("/api/v1/members").await.expect(200);
    staff.get(&format!("/api/v1/members/{}", app.store().clock().new_id())).await.expect(404);
    staff.post("/api/v1/members", json!({})).await.expect(422);
    app.nobody().get("/api/v1/members").await.expect(401);
    app.nobody().get("/readyz").await.expect(200);
    assert_eq!(read_audit::Entity::find().count(&app.state.audit_database).await.expect("a count"), 0);
}

on_both_engines!(without_the_audit_no_member_data_is_given);
async fn without_the_audit_no_member_data_is_given(app: TestApp) {
    let anna = app.member("Anna Hemligsson").await;
    let registrar = app.registrar().await;
    let rename = async |from: &str, to: &str| {
        let sql = format!("ALTER TABLE {from} RENAME TO {to}");
        app.state.audit_database.execute_unprepared(&sql).await.expect("the table can be renamed");
    };
    rename("read_audit", "read_audit_away").await;
    let answers = [
        registrar.get(&anna.path).await,
        registrar.get("/api/v1/members").await,
        registrar.post_once("/api/v1/members", "key", new_member("Bo Hemligsson", json!({}))).await,
        registrar.patch(&anna.path, &anna.etag, json!({"surname": "Hemligson"})).await,
    ];
    for answer in answers {
        let answer = answer.expect(503);
        assert!(!answer.text.contains("Hemlig") && !answer.text.contains(&anna.id.to_string()), "{}", answer.text);
        assert!(!answer.headers.contains_key("ETag") && !answer.headers.contains_key("Location"));
    }
    rename("read_audit_away", "read_audit").await;
    let again = registrar.post_once("/api/v1/members", "key", new_member("Bo Hemligsson", json!({}))).await.expect(201);
    assert_eq!(registrar.get("/api/v1/members").await.expect(200).members().len(), 2, "the key did it once");
    registrar.get(again.header("Location")).await.expect(200);
}

on_both_engines!(concurrent_reads_share_commits);
async fn concurrent_reads_share_commits(app: TestApp) {
    const READS: usize = 60;
    let anna = app.member("Anna Åkesson").await;
    let staff = app.staff().await;
    staff.get(&anna.path).await.expect(200);
    let before = commits(&app).await;
    for answer in join_all((0..READS).map(|_| staff.get(&anna.path))).await {
        answer.expect(200);
    }
    let during = commits(&app).await - before;
    assert!((1..=READS / 2).contains(&during), "{READS} reads made {during} commits");
    for _ in 0..3 {
        staff.get(&anna.path).await.expect(200);
    }
    assert_eq!(commits(&app).await - before - during, 3, "one after the other each has its own: the count counts");
}

/// How many transactions have written to the read audit.
async fn commits(app: &TestApp) -> usize {
    match app.engine() {
        // Each row knows the transaction that wrote it.
        Engine::Postgres => {
            let sql = "SELECT count(DISTINCT xmin::text) FROM read_audit";
            let row = app.state.audit_database.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await;
            let count: i64 = row.ok().flatten().and_then(|row| row.try_get_by_index(0).ok()).expect("a count");
            usize::try_from(count).expect("a count")
        }
        // In the write-ahead log the last page of each transaction carries the database's size, the others a zero.
        Engine::Sqlite => {
            const HEADER: usize = 32;
            const FRAME_HEADER: usize = 24;
            let log = std::fs::read(app.place.folder().join("matrikel-audit.db-wal")).expect("the audit's write-ahead log");
            let number = |at: usize| u32::from_be_bytes(log[at..at + 4].try_into().expect("four bytes"));
            let frame = FRAME_HEADER + number(8) as usize;
            (HEADER..log.len()).step_by(frame).filter(|at| number(at + 4) != 0).count()
        }
    }
}

on_both_engines!(rows_of_shared_commits_are_those_of_their_own_requests);
async fn rows_of_shared_commits_are_those_of_their_own_requests(app: TestApp) {
    let mut members = Vec::new();
    for number in 0..10 {
        members.push(app.member(&format!("Anna Ek{number}")).await);
    }
    let staff = app.staff().await;
    let answers = join_all(members.iter().map(|member| staff.get(&member.path))).await;
    let mut seen = BTreeSet::new();
    for (answer, member) in answers.into_iter().zip(&members) {
        let rows = app.audit_of(answer.request_id()).await;
        assert_eq!(rows.iter().map(|row| row.member_ids.clone()).collect::<Vec<Option<Value>>>(), [Some(json!([member.id]))]);
        seen.insert(rows[0].id);
    }
    assert_eq!(seen.len(), members.len());
}

on_both_engines!(what_is_missing_from_the_history_or_changed_in_the_audit_is_found);
async fn what_is_missing_from_the_history_or_changed_in_the_audit_is_found(app: TestApp) {
    for name in ["Anna Ek", "Bo Ek", "Eva Ek", "Siv Ek", "Ulf Ek"] {
        app.member(name).await;
    }
    app.staff().await.get("/api/v1/members").await.expect(200);
    let found = async || verify(app.store(), &app.state.audit_database).await.expect("it can be looked through");
    let whole = found().await;
    assert_eq!((whole.changes, whole.faults.len()), (5, 0), "{:?}", whole.faults);
    assert!(whole.reads > 5);
    let rows = read_audit::Entity::find().all(&app.state.audit_database).await.expect("the audit can be read");
    let listed = rows.into_iter().find(|row| row.members == 5).expect("the list");
    let changed = read_audit::ActiveModel { members: Set(4), ..listed.clone().into_active_model() };
    read_audit::Entity::update(changed).exec(&app.state.audit_database).await.expect("somebody changes it");
    for number in [2, 3, 5] {
        history::Entity::delete_by_id(number).exec(app.store().database()).await.expect("somebody takes it out");
    }
    let expected = [
        "changes 2 to 3 are missing from the history".to_owned(),
        "change 5 is missing from the history".to_owned(),
        format!("row {} of the read audit does not hold as many members as it says", listed.id),
    ];
    assert_eq!(found().await.faults, expected);
}
