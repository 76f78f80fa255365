//! Representatives: what their appointments let them see, and for how long.

use std::collections::BTreeSet;

use chrono::{Duration, NaiveDate};
use entity::appointment;
use entity::session::Method;
use entity::workplace;
use matrikel::access::sessions::Subject;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::app::{Member, TestApp};
use crate::client::{Client, Request};

/// A hospital with two wards, somebody at each and somebody elsewhere, and Rut, who works at the first ward.
struct Hospital {
    hospital: Uuid,
    ward: Uuid,
    next_ward: Uuid,
    elsewhere: Uuid,
    anna: Member,
    bo: Member,
    rut: Member,
}

impl Hospital {
    async fn of(app: &TestApp) -> Self {
        let hospital = app.workplace("Lasarettet").await;
        let (ward, next_ward) = (app.store().clock().new_id(), app.store().clock().new_id());
        for (id, name) in [(ward, "Avdelning 1"), (next_ward, "Avdelning 2")] {
            let row = workplace::Model { id, employer_id: None, parent_id: Some(hospital), name: name.into(), version: 1 };
            app.insert::<workplace::Entity>(row).await;
        }
        let elsewhere = app.workplace("Vårdcentralen").await;
        let at = |place: Uuid| json!({"workplace_ids": [place]});
        let anna = app.member_with("Anna Åkesson", at(ward)).await;
        let bo = app.member_with("Bo Ek", at(next_ward)).await;
        app.member_with("Cecilia Dahl", at(elsewhere)).await;
        let rut = app.member_with("Rut Ek", at(ward)).await;
        Self { hospital, ward, next_ward, elsewhere, anna, bo, rut }
    }
}

async fn seen_by(client: &Client) -> BTreeSet<Uuid> {
    client.get("/api/v1/members?limit=200").await.expect(200).members()
}

on_both_engines!(a_representative_sees_the_members_of_her_place_and_below);
async fn a_representative_sees_the_members_of_her_place_and_below(app: TestApp) {
    let Hospital { hospital, ward, next_ward, anna, bo, rut, .. } = Hospital::of(&app).await;
    let client = app.signed_in_member(rut.id).await;
    client.get("/api/v1/members").await.expect(403);
    for (place, expected) in [(next_ward, vec![bo.id]), (ward, vec![anna.id, rut.id]), (hospital, vec![anna.id, bo.id, rut.id])] {
        let appointment = app.appoint(rut.id, |row| row.workplace_id = Some(place)).await;
        assert_eq!(seen_by(&client).await, expected.iter().copied().collect(), "at {place}");
        let found = client.post("/api/v1/members/search", json!({"q": "ek"})).await.expect(200).members();
        assert_eq!(found, [bo.id, rut.id].into_iter().filter(|id| expected.contains(id)).collect(), "searching at {place}");
        for member in [&anna, &bo] {
            client.get(&member.path).await.expect(if expected.contains(&member.id) { 200 } else { 404 });
        }
        appointment::Entity::delete_by_id(appointment).exec(app.store().database()).await.expect("it can be removed");
    }
}

on_both_engines!(a_representative_changes_nothing_and_sees_no_identity_number);
async fn a_representative_changes_nothing_and_sees_no_identity_number(app: TestApp) {
    let Hospital { ward, anna, rut, .. } = Hospital::of(&app).await;
    app.appoint(rut.id, |row| row.workplace_id = Some(ward)).await;
    let client = app.signed_in_member(rut.id).await;
    client.get(&anna.path).await.expect(200);
    client.patch(&anna.path, "*", json!({"city": "Malmö"})).await.expect(403);
    client.get(&format!("{}/personal-identity-number", anna.path)).await.expect(403);
    client.get(&format!("{}/history", anna.path)).await.expect(403);
}

on_both_engines!(hidden_memberships_of_her_whole_workplace_are_hidden_from_a_representative);
async fn hidden_memberships_of_her_whole_workplace_are_hidden_from_a_representative(app: TestApp) {
    let Hospital { hospital, elsewhere, anna, bo, rut, .. } = Hospital::of(&app).await;
    let branch = app.local_branch("Avdelning Nord").await;
    let registrar = app.registrar().await;
    let officer = app.privacy_officer().await;
    let hidden = app.member_with("Disa Dold", json!({"workplace_ids": [elsewhere], "local_branch_id": branch})).await;
    for member in [&anna, &bo, &hidden] {
        registrar.patch(&member.path, "*", json!({"local_branch_id": branch})).await;
        officer.send(protection(&member.path, json!({"protection": null, "hidden": true}))).await.expect(200);
    }
    let client = app.signed_in_member(rut.id).await;
    let place = app.appoint(rut.id, |row| row.workplace_id = Some(hospital)).await;
    assert_eq!(seen_by(&client).await, BTreeSet::from([rut.id]));
    // By the branch she would see all three; two of them work where she does.
    app.appoint(rut.id, |row| row.local_branch_id = Some(branch)).await;
    appointment::Entity::delete_by_id(place).exec(app.store().database()).await.expect("it can be removed");
    assert_eq!(seen_by(&client).await, BTreeSet::from([hidden.id]));
}

fn protection(path: &str, body: Value) -> Request {
    Request::new("PUT", &format!("{path}/protection")).header("If-Match", "*").json(&body)
}

on_both_engines!(an_appointment_is_worth_nothing_before_its_first_and_after_its_last_day);
async fn an_appointment_is_worth_nothing_before_its_first_and_after_its_last_day(app: TestApp) {
    let Hospital { ward, rut, .. } = Hospital::of(&app).await;
    let day = |text: &str| Some(text.parse::<NaiveDate>().expect("a day"));
    app.appoint(rut.id, |row| {
        row.workplace_id = Some(ward);
        (row.valid_from, row.valid_until) = (day("2026-11-23"), day("2026-11-24"));
    })
    .await;
    // A test begins on the 22nd at one o'clock. Each day she signs in anew.
    for (hours, status) in [(0, 403), (11, 200), (36, 200), (11, 200), (1, 403)] {
        app.pass(Duration::hours(hours));
        let client = app.signed_in_member(rut.id).await;
        let answer = client.get("/api/v1/members").await.expect(status);
        if status == 403 {
            assert_eq!(answer.body["type"], "urn:matrikel:problem:not-allowed");
            client.get("/api/v1/session").await.expect(200);
        }
    }
}

on_both_engines!(a_term_that_ended_a_minute_ago_ends_the_rights_of_a_running_session);
async fn a_term_that_ended_a_minute_ago_ends_the_rights_of_a_running_session(app: TestApp) {
    let Hospital { ward, anna, rut, .. } = Hospital::of(&app).await;
    app.appoint(rut.id, |row| {
        row.workplace_id = Some(ward);
        row.valid_until = "2026-11-22".parse().ok();
    })
    .await;
    // One minute before midnight in Stockholm.
    app.pass(Duration::hours(10) + Duration::minutes(59));
    let client = app.signed_in_member(rut.id).await;
    client.get(&anna.path).await.expect(200);
    app.pass(Duration::minutes(2));
    client.get(&anna.path).await.expect(403);
    let session = client.get("/api/v1/session").await.expect(200);
    assert_eq!(session.body["roles"], json!(["member"]), "her own record she still has");
}

on_both_engines!(a_deputy_stands_in_while_the_holder_is_absent);
async fn a_deputy_stands_in_while_the_holder_is_absent(app: TestApp) {
    let Hospital { ward, anna, bo, rut, .. } = Hospital::of(&app).await;
    app.appoint(rut.id, |row| {
        row.workplace_id = Some(ward);
        row.deputy_member_id = Some(bo.id);
        (row.absent_from, row.absent_until) = ("2026-11-23".parse().ok(), "2026-11-23".parse().ok());
    })
    .await;
    for (hours, status) in [(0, 403), (12, 200), (24, 403)] {
        app.pass(Duration::hours(hours));
        app.signed_in_member(bo.id).await.get(&anna.path).await.expect(status);
        app.signed_in_member(rut.id).await.get(&anna.path).await.expect(200);
    }
}

on_both_engines!(who_has_left_represents_nobody_and_neither_does_her_deputy);
async fn who_has_left_represents_nobody_and_neither_does_her_deputy(app: TestApp) {
    let Hospital { ward, anna, bo, rut, .. } = Hospital::of(&app).await;
    app.appoint(rut.id, |row| {
        row.workplace_id = Some(ward);
        row.deputy_member_id = Some(bo.id);
        row.absent_from = "2026-11-20".parse().ok();
    })
    .await;
    app.signed_in_member(bo.id).await.get(&anna.path).await.expect(200);
    let leave = json!({"left_on": "2026-11-22", "leave_reason": "retired"});
    let request = Request::new("POST", &format!("{}/leave", rut.path)).header("If-Match", "*").json(&leave);
    app.registrar().await.send(request).await.expect(200);
    app.pass(Duration::hours(12));
    app.signed_in_member(bo.id).await.get(&anna.path).await.expect(403);
    app.signed_in_member(rut.id).await.get(&anna.path).await.expect(403);
}

on_both_engines!(a_representative_accepts_the_pledge_before_she_is_shown_anybody);
async fn a_representative_accepts_the_pledge_before_she_is_shown_anybody(app: TestApp) {
    let (anna, rut) = app.member_and_representative().await;
    let path = format!("/api/v1/members/{anna}");
    let client = app.session(Subject::Member(rut), Method::Link).await;
    let refused = client.get(&path).await.expect(403);
    assert_eq!(refused.body["type"], "urn:matrikel:problem:pledge-needed");
    assert_eq!(client.get("/api/v1/session").await.expect(200).body["pledge_needed"], true);
    let pledge = client.get("/api/v1/pledge").await.expect(200).body;
    assert_eq!(pledge["accepted"], false);
    assert!(pledge["text"]["sv"].as_str().is_some_and(|text| text.contains("lovar")));
    client.post("/api/v1/pledge", json!({"version": "2020-01"})).await.expect(422);
    client.get(&path).await.expect(403);
    for _ in 0..2 {
        client.post("/api/v1/pledge", json!({"version": pledge["version"]})).await.expect(204);
    }
    client.get(&path).await.expect(200);
    assert_eq!(client.get("/api/v1/session").await.expect(200).body["pledge_needed"], false);
}

on_both_engines!(the_audit_says_that_a_representative_looked);
async fn the_audit_says_that_a_representative_looked(app: TestApp) {
    let (anna, rut) = app.member_and_representative().await;
    let client = app.signed_in_member(rut).await;
    let answer = client.get(&format!("/api/v1/members/{anna}")).await.expect(200);
    let rows = app.audit_of(answer.request_id()).await;
    assert_eq!((rows[0].actor_kind.as_str(), rows[0].actor_id), ("representative", Some(rut)));
}

on_both_engines!(a_circle_of_workplaces_ends_nobodys_day);
async fn a_circle_of_workplaces_ends_nobodys_day(app: TestApp) {
    let Hospital { hospital, ward, anna, bo, rut, .. } = Hospital::of(&app).await;
    let mut row: workplace::ActiveModel =
        workplace::Entity::find_by_id(hospital).one(app.store().database()).await.expect("a row").expect("it is there").into();
    row.parent_id = Set(Some(ward));
    row.update(app.store().database()).await.expect("the tables cannot forbid it");
    app.appoint(rut.id, |row| row.workplace_id = Some(ward)).await;
    let client = app.signed_in_member(rut.id).await;
    assert_eq!(seen_by(&client).await, BTreeSet::from([anna.id, bo.id, rut.id]));
}
