//! The history: every change has its row, in the same transaction, under a number that a follower can trust.

use std::collections::HashMap;

use entity::history::{self, Change, Subject};
use futures_util::future::join_all;
use jobs::history::{Actor, Entry};
use jobs::{Error, Store};
use matrikel::database::Purpose;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use serde_json::json;

use crate::app::TestApp;

on_both_engines!(every_change_writes_who_when_old_and_new);
async fn every_change_writes_who_when_old_and_new(app: TestApp) {
    let (token, text) = app.token(entity::api_token::TokenRole::Registrar, None).await;
    let registrar = app.bearer(&text);
    let anna = app.member_with("Anna Åkesson", json!({"email": "anna@example.org", "city": "Lund"})).await;
    app.pass(chrono::Duration::minutes(1));
    let changes = json!({"surname": "Ek", "email": null, "city": "Lund", "street": "Storgatan 1"});
    registrar.patch(&anna.path, &anna.etag, changes).await.expect(200);
    let rows = app.history_of(anna.id).await;
    let [created, updated] = rows.as_slice() else { panic!("{} rows", rows.len()) };
    assert_eq!((created.kind, created.subject_type, created.subject_id), (Change::Created, Subject::Member, anna.id));
    let old_and_new = json!({
        "given_names": {"old": "", "new": "Anna"}, "surname": {"old": "", "new": "Åkesson"},
        "email": {"old": null, "new": "anna@example.org"}, "city": {"old": null, "new": "Lund"},
    });
    assert_eq!(created.changes, Some(old_and_new));
    let expected = history::Model {
        number: created.number + 1,
        at: app.store().clock().now(),
        actor_kind: "registrar".into(),
        actor_id: Some(token),
        subject_type: Subject::Member,
        subject_id: anna.id,
        member_id: Some(anna.id),
        kind: Change::Updated,
        changes: Some(json!({
            "surname": {"old": "Åkesson", "new": "Ek"}, "former_surnames": {"old": [], "new": ["Åkesson"]},
            "email": {"old": "anna@example.org", "new": null}, "street": {"old": null, "new": "Storgatan 1"},
        })),
    };
    assert_eq!(*updated, expected);
}

on_both_engines!(a_refused_change_leaves_no_history);
async fn a_refused_change_leaves_no_history(app: TestApp) {
    let anna = app.member_with("Anna Åkesson", json!({"member_number": "7"})).await;
    let before = app.history().await;
    let registrar = app.registrar().await;
    registrar.patch(&anna.path, "\"old\"", json!({"city": "Lund"})).await.expect(412);
    registrar.patch(&anna.path, &anna.etag, json!({"city": ""})).await.expect(422);
    registrar.patch(&anna.path, &anna.etag, json!({"school_id": anna.id})).await.expect(422);
    let taken = crate::app::new_member("Bo Ek", json!({"member_number": "7"}));
    registrar.post("/api/v1/members", taken).await.expect(409);
    assert_eq!(app.history().await, before);
}

on_both_engines!(a_failed_transaction_leaves_neither_the_change_nor_its_history);
async fn a_failed_transaction_leaves_neither_the_change_nor_its_history(app: TestApp) {
    let anna = app.member("Anna Åkesson").await;
    let before = app.history().await;
    let failed = app
        .store()
        .write(&Actor::system(), async |write| {
            entity::member::Entity::delete_by_id(anna.id).exec(write.database()).await?;
            write.note(Entry::member(anna.id, Change::Removed, None));
            write.draw_change_numbers(5).await?;
            Err::<(), _>(Error::internal("the work fails after its changes"))
        })
        .await;
    assert!(matches!(failed, Err(Error::Internal(_))), "{failed:?}");
    // The history cannot be written: its number is taken.
    let last = before.last().expect("a row").number;
    app.insert::<history::Entity>(history::Model { number: last + 1, ..before[0].clone() }).await;
    let failed = app
        .store()
        .write(&Actor::system(), async |write| {
            entity::member::Entity::delete_by_id(anna.id).exec(write.database()).await?;
            write.note(Entry::member(anna.id, Change::Removed, None));
            Ok(())
        })
        .await;
    assert!(failed.is_err());
    app.staff().await.get(&anna.path).await.expect(200);
    history::Entity::delete_by_id(last + 1).exec(app.store().database()).await.expect("the row can be removed");
    let bo = app.member("Bo Ek").await;
    assert_eq!(app.history_of(bo.id).await[0].number, last + 1, "no number is lost");
}

on_both_engines!(a_follower_misses_nothing_of_concurrent_writers);
async fn a_follower_misses_nothing_of_concurrent_writers(app: TestApp) {
    const WRITERS: usize = 20;
    const CHANGES: usize = 5;
    let mut members = Vec::new();
    for number in 0..WRITERS {
        members.push(app.member(&format!("Anna Ek{number}")).await.id);
    }
    let started = app.history().await.len() as i64;
    // A second process with the same register; the writers use one and the other.
    let second = app.place.open(Purpose::Use).await.expect("a second process can use the register").store;
    let writers = members.iter().enumerate().map(|(number, member)| {
        let store = if number % 2 == 0 { app.store() } else { &second };
        async move {
            for change in 0..CHANGES {
                while let Err(error) = add_two_rows(store, *member, change).await {
                    assert!(matches!(error, Error::Busy(_)), "{error:?}");
                }
            }
        }
    });
    let expected = started + (2 * WRITERS * CHANGES) as i64;
    let follower = async {
        let mut seen = Vec::new();
        let mut last = started;
        while last < expected {
            let rows = history::Entity::find()
                .filter(history::Column::Number.gt(last))
                .order_by_asc(history::Column::Number)
                .all(app.store().database())
                .await
                .expect("the history can be read");
            last = rows.last().map_or(last, |row| row.number);
            seen.extend(rows.into_iter().map(|row| row.number));
        }
        seen
    };
    let (_, seen) = tokio::join!(join_all(writers), follower);
    let all: Vec<i64> = app.history().await.into_iter().map(|row| row.number).filter(|number| *number > started).collect();
    assert_eq!(seen, all, "what the follower saw, in the order in which she saw it, is all there is");
    assert_eq!(all, (started + 1..=expected).collect::<Vec<_>>(), "the numbers have no holes");
    let mut last_change = HashMap::new();
    for row in app.history().await.into_iter().filter(|row| row.number > started) {
        let change = row.changes.and_then(|changes| changes["change"].as_i64()).expect("the change");
        let before = last_change.insert((row.member_id, row.kind), change);
        assert!(before < Some(change) || before.is_none(), "each writer's changes are in her order");
    }
}

/// A change with two rows, the work of which takes a moment before its numbers are drawn.
async fn add_two_rows(store: &Store, member: uuid::Uuid, change: usize) -> jobs::Result<()> {
    store
        .write(&Actor::system(), async |write| {
            for kind in [Change::Updated, Change::Verified] {
                write.note(Entry::member(member, kind, Some(json!({"change": change}))));
            }
            entity::member::Entity::find().count(write.database()).await?;
            tokio::task::yield_now().await;
            Ok(())
        })
        .await
}

on_both_engines!(whoever_waits_for_changes_is_told_the_last_number);
async fn whoever_waits_for_changes_is_told_the_last_number(app: TestApp) {
    let mut waiting = app.store().last_change();
    let anna = app.member("Anna Åkesson").await;
    waiting.changed().await.expect("the store is there");
    assert_eq!(*waiting.borrow_and_update(), app.history_of(anna.id).await[0].number);
    app.staff().await.patch(&anna.path, &anna.etag, json!({})).await.expect(200);
    assert!(!waiting.has_changed().expect("the store is there"), "nothing changed");
}

on_both_engines!(identity_numbers_never_stand_in_the_history);
async fn identity_numbers_never_stand_in_the_history(app: TestApp) {
    let anna = app.member_with("Anna Åkesson", json!({"personal_identity_number": "640823-3234"})).await;
    let registrar = app.registrar().await;
    let cleared = registrar.patch(&anna.path, &anna.etag, json!({"personal_identity_number": null})).await.expect(200);
    assert_eq!(cleared.body["has_personal_identity_number"], false);
    let set = json!({"personal_identity_number": "19640823-3234", "city": "Lund"});
    let set = registrar.patch(&anna.path, &cleared.etag(), set).await.expect(200);
    assert_eq!(set.body["has_personal_identity_number"], true);
    let rows = app.history_of(anna.id).await;
    assert_eq!(rows.len(), 3);
    for row in &rows {
        let text = serde_json::to_string(row).expect("a row is JSON");
        for part in ["640823", "3234"] {
            assert!(!row.changes.as_ref().is_some_and(|changes| changes.to_string().contains(part)), "{text}");
        }
    }
    for row in &rows[1..] {
        let noted = row.changes.as_ref().map(|changes| changes["personal_identity_number"].clone());
        assert_eq!(noted, Some(json!({"old": null, "new": null})), "that it changed is noted");
    }
}
