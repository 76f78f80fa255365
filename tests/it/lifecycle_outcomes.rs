//! What comes of a follow-up: who may see and record it, and the change that its outcome implies.

use std::collections::BTreeSet;

use chrono::Duration;
use entity::appointment::{self, AppointmentRole};
use entity::follow_up::{FollowUpStatus, Office, Outcome};
use entity::member::Protection;
use entity::outbox::MailState;
use entity::verification;
use sea_orm::{ActiveModelTrait, ActiveValue, EntityTrait, PaginatorTrait};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::client::{Client, Request};
use crate::erasure::{erase, leaves};
use crate::lifecycle::{FOLLOW_UPS, RULE, Union, day};

/// A workplace with one student on the list of January.
async fn listed(app: TestApp) -> (Union, crate::app::Member) {
    let union = Union::new(app).await;
    let anna = union.student("Anna Åkesson", "2026-07-15").await;
    union.at("2026-12-20T06:00:00Z").await;
    (union, anna)
}

async fn proposals(client: &Client) -> Vec<Value> {
    client.get("/api/v1/proposals").await.expect(200).body["items"].as_array().expect("a list").clone()
}

async fn press(client: &Client, proposal: &Value, what: &str) -> crate::client::Response {
    client.post(&format!("/api/v1/proposals/{}/{what}", proposal["id"].as_str().expect("an id")), json!({})).await
}

on_both_engines!(who_stays_as_a_professional_is_proposed_to_the_registrar);
async fn who_stays_as_a_professional_is_proposed_to_the_registrar(app: TestApp) {
    let (union, anna) = listed(app).await;
    let registrar = union.app.registrar().await;
    union.record(&anna, json!({"outcome": "stays"})).await;
    let [proposal] = &proposals(&registrar).await[..] else { panic!("one proposal") };
    assert_eq!((&proposal["kind"], &proposal["member"]["surname"]), (&json!("membership_type"), &json!("Åkesson")));
    let follow_up = union.one(&anna).await.id;
    let proposed = json!({"membership_type": "professional", "from": "2026-12-20", "follow_up_id": follow_up});
    assert_eq!(proposal["proposed"], proposed);
    // A slip is taken back before anybody has decided.
    union.record(&anna, json!({"outcome": "reached"})).await;
    assert!(proposals(&registrar).await.is_empty());
    union.record(&anna, json!({"outcome": "stays"})).await;
    let again = proposals(&registrar).await.remove(0);
    assert_ne!(again["id"], proposal["id"]);
    press(&registrar, &again, "accept").await.expect(204);
    let card = registrar.get(&anna.path).await.expect(200).body;
    assert_eq!(card["membership"]["membership_type"], "professional");
    press(&registrar, &again, "decline").await.expect(409);
    // What is decided stays decided.
    union.record(&anna, json!({"outcome": null})).await;
    union.record(&anna, json!({"outcome": "stays"})).await;
    assert!(proposals(&registrar).await.is_empty(), "she is a professional already");
    let me = union.app.signed_in_member(anna.id).await;
    let hers = me.get("/api/v1/me/proposals").await.expect(200).body;
    let decisions: Vec<&Value> = hers["items"].as_array().into_iter().flatten().map(|item| &item["decision"]).collect();
    assert_eq!(decisions, ["accepted", "withdrawn"]);
}

on_both_engines!(a_proposal_that_came_too_late_is_refused_and_changes_nothing);
async fn a_proposal_that_came_too_late_is_refused_and_changes_nothing(app: TestApp) {
    let (union, anna) = listed(app).await;
    union.record(&anna, json!({"outcome": "stays"})).await;
    let registrar = union.app.registrar().await;
    let proposal = proposals(&registrar).await.remove(0);
    union.leave(&anna, "moved").await;
    press(&registrar, &proposal, "accept").await.expect(409);
    press(&registrar, &proposal, "decline").await.expect(204);
    // Of a protected member the privacy officer decides.
    let bo = union.student("Bo Berg", "2026-08-15").await;
    union.at("2027-01-20T06:00:00Z").await;
    union.record(&bo, json!({"outcome": "stays"})).await;
    union.app.protect(bo.id, Some(Protection::Marked)).await;
    assert!(proposals(&registrar).await.is_empty());
    let officer = union.app.privacy_officer().await;
    let proposal = proposals(&officer).await.remove(0);
    press(&registrar, &proposal, "accept").await.expect(404);
    press(&officer, &proposal, "accept").await.expect(204);
}

on_both_engines!(whose_details_are_wrong_is_asked_to_put_them_right);
async fn whose_details_are_wrong_is_asked_to_put_them_right(app: TestApp) {
    let (union, anna) = listed(app).await;
    let checked = Request::new("POST", &format!("{}/verifications", anna.path)).header("If-Match", "*");
    let body = json!({"details": ["email", "phone", "workplace"], "channel": "phone"});
    union.app.staff().await.send(checked.json(&body)).await.expect(200);
    for outcome in ["wrong_details", "no_answer", "wrong_details"] {
        union.record(&anna, json!({"outcome": outcome})).await;
    }
    let mails = union.app.mails().await;
    let asked: Vec<_> = mails.iter().filter(|mail| mail.to.1 == "anna@example.org").collect();
    let [mail] = asked[..] else { panic!("asked once: {asked:?}") };
    assert_eq!(mail.subject, "Stämmer dina kontaktuppgifter?");
    assert!(mail.text.contains("/me") && !mail.text.contains("+4670"), "{}", mail.text);
    let left = verification::Entity::find().count(union.app.store().database()).await.expect("it is there");
    assert_eq!(left, 1, "what was checked holds no more, but for the workplace");
    let row = union.one(&anna).await;
    assert_eq!((row.outcome, row.office), (Some(Outcome::WrongDetails), None));
}

on_both_engines!(whom_no_mail_reaches_goes_to_the_office);
async fn whom_no_mail_reaches_goes_to_the_office(app: TestApp) {
    let union = Union::new(app).await;
    let anna = union.student_with("Anna Åkesson", json!({"graduation_date": "2026-07-15", "email": null})).await;
    let bo = union.student("Bo Berg", "2026-07-15").await;
    union.at("2026-12-20T06:00:00Z").await;
    let refused = entity::undeliverable_address::Model {
        id: union.app.store().clock().new_id(),
        address: "bo@example.org".into(),
        member_id: Some(bo.id),
        outbox_id: union.app.store().clock().new_id(),
        reason: "RCPT: 550 5.1.1".into(),
        since: union.app.store().clock().now(),
        resolved_at: None,
    };
    union.app.insert::<entity::undeliverable_address::Entity>(refused).await;
    let before = union.app.outbox().await.len();
    for member in [&anna, &bo] {
        let answer = union.record(member, json!({"outcome": "wrong_details"})).await;
        assert_eq!(answer["office"], "office");
    }
    assert_eq!(union.app.outbox().await.len(), before);
    let offices = union.app.staff().await.get(&format!("{FOLLOW_UPS}?office=office")).await.expect(200).members();
    assert_eq!(offices, BTreeSet::from([anna.id, bo.id, union.rut.id]));
    assert_eq!(union.one(&anna).await.office, Some(Office::Office));
}

on_both_engines!(a_representative_sees_and_records_the_follow_ups_of_her_own_members_only);
async fn a_representative_sees_and_records_the_follow_ups_of_her_own_members_only(app: TestApp) {
    let union = Union::new(app).await;
    let elsewhere = union.app.workplace("Lunds lasarett").await;
    let other = json!({"graduation_date": "2026-07-15", "workplace_ids": [elsewhere]});
    let (anna, bo) = (union.student("Anna Åkesson", "2026-07-15").await, union.student_with("Bo Berg", other).await);
    let protected = union.student("Siv Skyddad", "2026-07-15").await;
    union.app.protect(protected.id, Some(Protection::Marked)).await;
    union.at("2026-12-20T06:00:00Z").await;
    let rut = union.app.signed_in_member(union.rut.id).await;
    let period = format!("{FOLLOW_UPS}?period=2027-01");
    let seen = rut.get(&period).await.expect(200);
    assert_eq!(seen.body["items"].as_array().map(Vec::len), Some(1));
    assert!(seen.members().contains(&anna.id) && !seen.members().contains(&bo.id));
    assert_eq!(union.app.audit_of(seen.request_id()).await.len(), 1, "it is a reading");
    let path = format!("{FOLLOW_UPS}/{}", union.one(&anna).await.id);
    let etag = rut.get(&path).await.expect(200).etag();
    rut.patch(&path, &etag, json!({"status": "contacted", "note": "Ringde."})).await.expect(200);
    let history = union.app.history_of(anna.id).await;
    let last = history.last().expect("it is there");
    assert_eq!((last.actor_kind.as_str(), last.actor_id), ("representative", Some(union.rut.id)));
    for hers in [&bo, &protected] {
        let path = format!("{FOLLOW_UPS}/{}", union.one(hers).await.id);
        rut.get(&path).await.expect(404);
        rut.patch(&path, "*", json!({"outcome": "reached"})).await.expect(404);
        assert_eq!(union.one(hers).await.status, FollowUpStatus::Open);
    }
    // A member who represents nobody, and whoever keeps the accounts.
    union.app.signed_in_member(bo.id).await.get(&period).await.expect(403);
    union.app.administrator().await.get(&period).await.expect(403);
    // With the term the right ends.
    union.appointment(|row| row.valid_until = ActiveValue::Set(Some(day("2026-12-19")))).await;
    rut.get(&period).await.expect(403);
    rut.patch(&path, "*", json!({"outcome": "reached"})).await.expect(403);
}

on_both_engines!(a_representative_with_several_appointments_gets_one_mail_with_all_her_people);
async fn a_representative_with_several_appointments_gets_one_mail_with_all_her_people(app: TestApp) {
    let union = Union::new(app).await;
    let (branch, school) = (union.app.local_branch("Umeå").await, union.app.school("Umeå universitet").await);
    let role = AppointmentRole::StudentRepresentative;
    union.app.appoint_as(union.rut.id, role, |row| row.school_id = Some(school)).await;
    union.app.appoint_as(union.rut.id, AppointmentRole::ShopSteward, |row| row.local_branch_id = Some(branch)).await;
    let anna = union.student("Anna Åkesson", "2026-07-15").await;
    let at = |fields: Value| {
        let mut all = json!({"graduation_date": "2026-07-15", "workplace_ids": []});
        all.as_object_mut().expect("fields").extend(fields.as_object().expect("fields").clone());
        all
    };
    let bo = union.student_with("Bo Berg", at(json!({"school_id": school}))).await;
    let cia = union.student_with("Cia Dahl", at(json!({"local_branch_id": branch}))).await;
    union.at("2026-12-20T06:00:00Z").await;
    let mails = union.mails(RULE).await;
    let [mail] = &mails[..] else { panic!("one mail: {mails:?}") };
    assert_eq!((mail.to.1.as_str(), mail.subject.as_str()), ("rut@example.org", "Att kontakta i januari 2027: 3 medlemmar"));
    assert!(["Anna Åkesson", "Bo Berg", "Cia Dahl"].iter().all(|name| mail.text.contains(name)), "{}", mail.text);
    let through: BTreeSet<_> =
        [union.one(&anna).await, union.one(&bo).await, union.one(&cia).await].map(|row| row.appointment_id).into();
    assert_eq!(through.len(), 3, "each through the appointment for her place");
}

on_both_engines!(whoever_lost_one_of_her_appointments_does_not_get_the_list_of_all);
async fn whoever_lost_one_of_her_appointments_does_not_get_the_list_of_all(app: TestApp) {
    for lost in 0..2 {
        let union = Union::new(TestApp::on(app.engine()).await).await;
        let branch = union.app.local_branch("Umeå").await;
        let other =
            union.app.appoint_as(union.rut.id, AppointmentRole::ShopSteward, |row| row.local_branch_id = Some(branch)).await;
        union.student("Anna Åkesson", "2026-07-15").await;
        let elsewhere = json!({"graduation_date": "2026-07-15", "workplace_ids": [], "local_branch_id": branch});
        union.student_with("Bo Berg", elsewhere).await;
        union.at("2026-12-20T06:00:00Z").await;
        let over = appointment::ActiveModel {
            id: ActiveValue::Unchanged([union.appointment, other][lost]),
            valid_until: ActiveValue::Set(Some(day("2026-12-19"))),
            ..Default::default()
        };
        over.update(union.app.store().database()).await.expect("it can be changed");
        assert!(union.mails(RULE).await.is_empty(), "it names somebody who is hers no longer");
        // On the day each goes to whoever is responsible now.
        union.live_until("2027-01-15").await;
        let mails = union.mails("graduate-follow-up/on_the_day").await;
        let to: BTreeSet<&str> = mails.iter().map(|mail| mail.to.1.as_str()).collect();
        assert_eq!(to, BTreeSet::from(["matrikel@localhost", "rut@example.org"]));
    }
}

on_both_engines!(nobody_who_became_protected_is_named_by_a_mail_that_waits);
async fn nobody_who_became_protected_is_named_by_a_mail_that_waits(app: TestApp) {
    let (union, anna) = listed(app).await;
    union.app.protect(anna.id, Some(Protection::Marked)).await;
    assert!(union.mails(RULE).await.is_empty());
    let row = union.app.outbox().await.remove(0);
    assert_eq!(
        (row.state, row.last_error.as_deref()),
        (MailState::Withdrawn, Some("somebody named in it is not to be named any more"))
    );
    assert_eq!((row.message, row.named_members), (None, None), "and what it said goes with it");
}

on_both_engines!(nobody_who_was_erased_is_named_by_a_mail_that_was_sent);
async fn nobody_who_was_erased_is_named_by_a_mail_that_was_sent(app: TestApp) {
    let (union, anna) = listed(app).await;
    assert_eq!(union.mails(RULE).await.len(), 1);
    assert!(union.app.outbox().await[0].message.is_some(), "it is kept, so that it can be asked what it said");
    leaves(&union.app.registrar().await, &anna, "moved", None).await;
    union.app.pass(Duration::days(1));
    erase(&union.app.privacy_officer().await, &anna).await.expect(204);
    let row = union.app.outbox().await.remove(0);
    assert_eq!((row.state, row.message, row.named_members), (MailState::Accepted, None, None));
}
