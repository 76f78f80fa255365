//! A member keeps her own record.

use chrono::Duration;
use entity::follow_up::{self, FollowUpStatus, FollowUpSubject};
use entity::lifecycle_rule::{self, Anchor, Audience, Content, Notice, Notices, Recipient, Recipients, Template};
use entity::member::Protection;
use entity::session::Method;
use matrikel::access::sessions::Subject;
use sea_orm::EntityTrait;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::app::{Member, TestApp};
use crate::client::{Client, Request, Response};

/// Herself, signed in by a mailed link, and with a strong sign-in.
async fn signed_in(app: &TestApp, member: &Member) -> (Client, Client) {
    let strong = app.session(Subject::Member(member.id), Method::Password).await;
    (app.session(Subject::Member(member.id), Method::Link).await, strong)
}

async fn change(who: &Client, body: Value) -> Response {
    let etag = who.get("/api/v1/me").await.expect(200).etag();
    who.patch("/api/v1/me", &etag, body).await
}

async fn post(who: &Client, path: &str, body: Value) -> Response {
    let etag = who.get("/api/v1/me").await.expect(200).etag();
    who.send(Request::new("POST", path).header("If-Match", etag).json(&body)).await
}

on_both_engines!(a_member_keeps_her_contact_details_and_takes_back_a_slip);
async fn a_member_keeps_her_contact_details_and_takes_back_a_slip(app: TestApp) {
    let anna =
        app.member_with("Anna Åkesson", json!({"email": "anna@example.org", "phone": "070-174 06 05", "country": "SE"})).await;
    let (me, strong) = signed_in(&app, &anna).await;
    let card = me.get("/api/v1/me").await.expect(200);
    assert_eq!((&card.body["email"], &card.body["shows"]), (&json!("anna@example.org"), &json!("contact")));
    assert_eq!(card.body["consents"], json!({"newsletter": false, "sms": false}));
    let wanted = json!({"phone": "070-174 06 06", "street": "Storgatan 1", "newsletter": true, "occupation": "Barnmorska"});
    let changed = me.patch("/api/v1/me", &card.etag(), wanted).await.expect(200);
    assert_eq!((&changed.body["phone"], &changed.body["consents"]["newsletter"]), (&json!("+46701740606"), &json!(true)));
    me.patch("/api/v1/me", &card.etag(), json!({"city": "Umeå"})).await.expect(412);
    me.send(Request::new("PATCH", "/api/v1/me").json(&json!({"city": "Umeå"}))).await.expect(428);
    let refused = change(&me, json!({"workplace_ids": [], "surname": "Ek", "street": "", "sms": null, "email": "b"})).await;
    assert_eq!(refused.expect(422).pointers(), ["/email", "/sms", "/street", "/surname", "/workplace_ids"]);
    let history = strong.get("/api/v1/me/history").await.expect(200).body;
    let row = history["items"].as_array().into_iter().flatten().find(|row| row["changes"]["phone"].is_object());
    let number = row.expect("the change")["number"].clone();
    let undo = format!("/api/v1/me/changes/{number}/undo");
    let undone = me.post(&undo, json!({})).await;
    assert_eq!((undone.status, &undone.body["phone"], &undone.body["street"]), (200, &json!("+46701740605"), &Value::Null));
    me.post(&undo, json!({})).await.expect(409);
    let staffs = app.history_of(anna.id).await[0].number;
    me.post(&format!("/api/v1/me/changes/{staffs}/undo"), json!({})).await.expect(404);
    let last = change(&me, json!({"city": "Umeå"})).await.expect(200);
    assert_eq!(last.body["city"], "Umeå");
    let number = app.history_of(anna.id).await.last().expect("a change").number;
    app.pass(Duration::hours(24));
    let (me, _) = signed_in(&app, &anna).await;
    me.post(&format!("/api/v1/me/changes/{number}/undo"), json!({})).await.expect(409);
}

on_both_engines!(a_member_says_that_her_details_are_right);
async fn a_member_says_that_her_details_are_right(app: TestApp) {
    let anna = app.member_with("Anna Åkesson", json!({"email": "anna@example.org", "phone": "070-174 06 05"})).await;
    let (me, _) = signed_in(&app, &anna).await;
    let confirmed = post(&me, "/api/v1/me/confirm", json!({"details": ["email", "phone"]})).await.expect(200);
    let said: Vec<_> = confirmed.body["verified"].as_array().into_iter().flatten().collect();
    assert!(said.len() == 2 && said.iter().all(|one| one["by"] == "member" && one["channel"] == "self_service"), "{said:?}");
    post(&me, "/api/v1/me/confirm", json!({"details": ["occupation"]})).await.expect(422);
    let changed = change(&me, json!({"phone": "070-174 06 06"})).await.expect(200);
    assert_eq!(changed.body["verified"].as_array().map(Vec::len), Some(1), "what changed is to be confirmed anew");
}

on_both_engines!(what_a_member_proposes_a_registrar_accepts_with_one_press);
async fn what_a_member_proposes_a_registrar_accepts_with_one_press(app: TestApp) {
    let registrar = app.registrar().await;
    let known = app.workplace("Umeå sjukhus").await;
    let anna = app.member("Anna Åkesson").await;
    let (me, _) = signed_in(&app, &anna).await;
    let propose = async |body: Value| me.post("/api/v1/me/proposals", body).await;
    propose(json!({"workplaces": [{"workplace": "Lunds lasarett"}]})).await.expect(201);
    let places =
        json!({"workplaces": [{"workplace": "Umeå sjukhus"}, {"employer": "Region Skåne", "workplace": "Lunds lasarett"}]});
    let workplaces = propose(places).await.expect(201).body["id"].clone();
    let graduation = propose(json!({"graduation_date": "2026-06-05", "graduated": true})).await.expect(201).body["id"].clone();
    for body in [
        json!({}),
        json!({"graduation_date": "2027-06-05", "graduated": true}),
        json!({"workplaces": [{"workplace": ""}]}),
        json!({"workplaces": [], "graduation_date": "2026-06-05"}),
    ] {
        propose(body.clone()).await.expect(422);
    }
    assert_eq!(me.get("/api/v1/me").await.expect(200).body["workplaces"], json!([]), "nothing of it stands there yet");
    let waiting = registrar.get("/api/v1/proposals").await.expect(200).body;
    let ids: Vec<&Value> = waiting["items"].as_array().into_iter().flatten().map(|item| &item["id"]).collect();
    assert_eq!(ids, [&workplaces, &graduation], "a newer one took the place of the older one");
    assert_eq!(waiting["items"][0]["member"]["surname"], "Åkesson");
    let press = |id: &Value, what: &str| format!("/api/v1/proposals/{}/{what}", id.as_str().expect("an id"));
    registrar.post(&press(&workplaces, "accept"), json!({})).await.expect(204);
    registrar.post(&press(&workplaces, "decline"), json!({})).await.expect(409);
    registrar.post(&press(&graduation, "decline"), json!({})).await.expect(204);
    let card = registrar.get(&anna.path).await.expect(200).body;
    let places: Vec<&Value> = card["workplaces"].as_array().into_iter().flatten().map(|place| &place["name"]).collect();
    assert_eq!((places, &card["workplaces"][1]["id"]), (vec![&json!("Lunds lasarett"), &json!("Umeå sjukhus")], &json!(known)));
    assert_eq!(card["graduation_date"], Value::Null, "what is declined does not stand there");
    let again = propose(json!({"graduation_date": "2026-06-05", "graduated": true})).await.expect(201).body["id"].clone();
    registrar.post(&press(&again, "accept"), json!({})).await.expect(204);
    let card = registrar.get(&anna.path).await.expect(200).body;
    assert_eq!((&card["graduation_date"], &card["graduation_confirmed_on"]), (&json!("2026-06-05"), &json!("2026-11-22")));
    let decisions = me.get("/api/v1/me/proposals").await.expect(200).body;
    let decisions: Vec<&Value> = decisions["items"].as_array().into_iter().flatten().map(|item| &item["decision"]).collect();
    assert_eq!(decisions, ["accepted", "declined", "accepted", "replaced"]);
    app.protect(anna.id, Some(Protection::Marked)).await;
    let (me, _) = signed_in(&app, &anna).await;
    let hers = me.post("/api/v1/me/proposals", json!({"graduation_date": "2027-06-05"})).await.expect(201).body["id"].clone();
    assert_eq!(registrar.get("/api/v1/proposals").await.expect(200).body["items"], json!([]));
    registrar.post(&press(&hers, "accept"), json!({})).await.expect(404);
    app.privacy_officer().await.post(&press(&hers, "accept"), json!({})).await.expect(204);
}

on_both_engines!(what_a_mailed_link_does_not_show_a_strong_session_does);
async fn what_a_mailed_link_does_not_show_a_strong_session_does(app: TestApp) {
    let anna = app.member_with("Anna Åkesson", json!({"email": "anna@example.org", "birth_date": "1990-01-01"})).await;
    let (me, strong) = signed_in(&app, &anna).await;
    assert_eq!(me.get("/api/v1/me").await.expect(200).body["birth_date"], Value::Null);
    assert_eq!(strong.get("/api/v1/me").await.expect(200).body["birth_date"], "1990-01-01");
    for path in ["/api/v1/me/history", "/api/v1/me/reads", "/api/v1/me/export"] {
        let refused = me.get(path).await.expect(403);
        assert_eq!(refused.body["type"], "urn:matrikel:problem:step-up-needed", "{path}");
        strong.get(path).await.expect(200);
    }
    me.post("/api/v1/me/erasure", json!({})).await.expect(403);
    app.protect(anna.id, Some(Protection::Marked)).await;
    let card = me.get("/api/v1/me").await.expect(200);
    assert_eq!(
        (&card.body["shows"], &card.body["email"], &card.body["surname"]),
        (&json!("masked"), &json!("•••"), &json!("•••"))
    );
    for path in ["/api/v1/me/representatives", "/api/v1/me/follow-ups", "/api/v1/me/proposals"] {
        me.get(path).await.expect(403);
    }
    post(&me, "/api/v1/me/confirm", json!({"details": ["email"]})).await.expect(403);
    assert_eq!(strong.get("/api/v1/me").await.expect(200).body["email"], "anna@example.org");
}

on_both_engines!(a_member_sees_who_has_read_her_record_and_takes_all_of_it_along);
async fn a_member_sees_who_has_read_her_record_and_takes_all_of_it_along(app: TestApp) {
    let anna = app.member_with("Anna Åkesson", json!({"personal_identity_number": "19900101-1239", "city": "Umeå"})).await;
    let (_, me) = signed_in(&app, &anna).await;
    let staff = app.staff().await;
    staff.get(&anna.path).await.expect(200);
    for _ in 0..3 {
        staff.get("/api/v1/members").await.expect(200);
    }
    app.member("Bo Ek").await;
    let reads = me.get("/api/v1/me/reads").await.expect(200).body;
    let opened: Vec<(&Value, &Value, &Value)> = reads["opened"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|read| (&read["by"], &read["operation"], &read["oneself"]))
        .collect();
    assert!(opened.contains(&(&json!("staff"), &json!("read_member"), &json!(false))), "{reads}");
    assert_eq!(reads["listed"], json!([{"month": "2026-11", "times": 3}]));
    assert!(reads["opened"].as_array().into_iter().flatten().all(|read| read.get("by_id").is_none()), "{reads}");
    // The privacy officer is told whose token it was.
    let officer = app.privacy_officer().await;
    let told = officer.get(&format!("{}/reads", anna.path)).await.expect(200).body;
    let by_staff = told["opened"].as_array().into_iter().flatten().find(|read| read["by"] == "staff");
    assert!(by_staff.is_some_and(|read| read["by_id"].is_string()), "{told}");
    let export = me.get("/api/v1/me/export").await.expect(200);
    for part in ["card", "member", "consents", "proposals", "follow_ups", "history", "reads"] {
        assert!(!export.body[part].is_null(), "{part}");
    }
    assert_eq!(export.body["member"]["memberships"].as_array().map(Vec::len), Some(1));
    assert!(!export.text.contains("1239"), "no personal identity number");
}

on_both_engines!(a_member_sees_whom_to_turn_to_in_order);
async fn a_member_sees_whom_to_turn_to_in_order(app: TestApp) {
    let ward = app.workplace("Avdelning 3").await;
    let anna = app.member_with("Anna Åkesson", json!({"workplace_ids": [ward]})).await;
    let safety = app.member_with("Cilla Ek", json!({"phone": "070-174 06 05"})).await;
    let steward = app.member_with("Bo Ek", json!({"email": "bo@example.org"})).await;
    let absent = app.member("Dan Ek").await;
    let gone = app.member("Eva Ek").await;
    use entity::appointment::AppointmentRole::{ChiefShopSteward, SafetyRepresentative};
    app.appoint(safety.id, |row| (row.workplace_id, row.role) = (Some(ward), SafetyRepresentative)).await;
    app.appoint(steward.id, |row| row.workplace_id = Some(ward)).await;
    app.appoint(absent.id, |row| {
        (row.workplace_id, row.role) = (Some(ward), ChiefShopSteward);
        (row.absent_from, row.deputy_member_id) = ("2026-11-01".parse().ok(), Some(safety.id));
    })
    .await;
    app.appoint(gone.id, |row| (row.workplace_id, row.valid_until) = (Some(ward), "2026-11-21".parse().ok())).await;
    let (me, _) = signed_in(&app, &anna).await;
    let listed = me.get("/api/v1/me/representatives").await.expect(200).body;
    assert_eq!(listed["office"], json!({"email": "matrikel@localhost"}), "the office comes last");
    let order: Vec<(&Value, &Value, &Value)> =
        listed["items"].as_array().into_iter().flatten().map(|one| (&one["role"], &one["name"], &one["deputy"])).collect();
    let (bo, cilla) = (json!("Bo Ek"), json!("Cilla Ek"));
    assert_eq!(
        order,
        [
            (&json!("shop_steward"), &bo, &json!(false)),
            (&json!("chief_shop_steward"), &cilla, &json!(true)),
            (&json!("safety_representative"), &cilla, &json!(false)),
        ]
    );
    assert_eq!((&listed["items"][0]["email"], &listed["items"][2]["phone"]), (&json!("bo@example.org"), &json!("+46701740605")));
    app.protect(steward.id, Some(Protection::Marked)).await;
    let listed = me.get("/api/v1/me/representatives").await.expect(200);
    assert!(!listed.text.contains("Bo Ek"), "whoever is protected is told to nobody");
}

on_both_engines!(whoever_asks_to_be_erased_is_erased_by_the_privacy_officer);
async fn whoever_asks_to_be_erased_is_erased_by_the_privacy_officer(app: TestApp) {
    let (registrar, officer) = (app.registrar().await, app.privacy_officer().await);
    let anna = app.member_with("Anna Åkesson", json!({"joined_on": "2001-01-01"})).await;
    let (_, me) = signed_in(&app, &anna).await;
    let asked = me.post("/api/v1/me/erasure", json!({})).await.expect(201).body["id"].clone();
    let accept = format!("/api/v1/proposals/{}/accept", asked.as_str().expect("an id"));
    assert_eq!(registrar.get("/api/v1/proposals").await.expect(200).body["items"], json!([]));
    registrar.post(&accept, json!({})).await.expect(403);
    assert_eq!(officer.get("/api/v1/proposals").await.expect(200).body["items"][0]["id"], asked);
    officer.post(&accept, json!({})).await.expect(409);
    let leave = Request::new("POST", &format!("{}/leave", anna.path)).header("If-Match", "*");
    registrar.send(leave.json(&json!({"leave_reason": "other", "left_on": "2026-11-20"}))).await.expect(200);
    officer.post(&accept, json!({})).await.expect(204);
    officer.get(&anna.path).await.expect(404);
    me.get("/api/v1/me").await.expect(401);
}

on_both_engines!(a_member_answers_what_she_is_asked);
async fn a_member_answers_what_she_is_asked(app: TestApp) {
    let (anna, bo) = (app.member("Anna Åkesson").await, app.member("Bo Ek").await);
    let hers = follow_up_of(&app, anna.id).await;
    let his = follow_up_of(&app, bo.id).await;
    let (me, _) = signed_in(&app, &anna).await;
    let asked = me.get("/api/v1/me/follow-ups").await.expect(200).body;
    assert_eq!((&asked["items"][0]["id"], &asked["items"][1]), (&json!(hers), &Value::Null));
    let answer = async |id: Uuid, body: Value| me.post(&format!("/api/v1/me/follow-ups/{id}/answer"), body).await;
    answer(his, json!({"answer": "still_studying"})).await.expect(404);
    let refused = answer(hers, json!({"answer": "graduated"})).await.expect(422);
    assert_eq!(refused.pointers(), ["/graduation_date"]);
    answer(hers, json!({"answer": "graduated", "graduation_date": "2026-06-05"})).await.expect(200);
    let proposed = me.get("/api/v1/me/proposals").await.expect(200).body["items"][0].clone();
    assert_eq!(proposed["proposed"], json!({"graduation_date": "2026-06-05", "graduated": true}));
    let told = answer(hers, json!({"answer": "still_studying"})).await.expect(200).body;
    assert_eq!((&told["items"][0]["status"], &told["items"][0]["outcome"]), (&json!("outcome"), &json!("still_studying")));
    answer(hers, json!({"answer": "still_studying"})).await.expect(409);
}

/// An open follow-up of the built-in rule about `member`.
pub(crate) async fn follow_up_of(app: &TestApp, member: Uuid) -> Uuid {
    let rule = lifecycle_rule::Entity::find_by_id("graduate-follow-up".to_owned()).one(app.store().database()).await;
    let (run_id, at) = (app.store().clock().new_id(), app.store().clock().now());
    if rule.expect("the register").is_none() {
        app.insert::<lifecycle_rule::Entity>(lifecycle_rule::Model {
            key: "graduate-follow-up".into(),
            title: "Graduates".into(),
            anchor: Anchor::GraduationDate,
            offset: "P6M".into(),
            audience: Audience::StudentsAtAnchor,
            recipients: Recipients(vec![Recipient::Responsible]),
            notices: Notices(vec![Notice::MonthAhead]),
            template: Template::Graduates,
            look_back: "P6M".into(),
            content: Content::Names,
            paused: false,
            active_from: None,
            covered_from: None,
            built_in: true,
            version: 1,
            created_at: at,
            updated_at: at,
        })
        .await;
    }
    let (id, now) = (app.store().clock().new_id(), app.store().clock().now());
    app.insert::<follow_up::Entity>(follow_up::Model {
        id,
        rule_key: "graduate-follow-up".into(),
        subject_type: FollowUpSubject::Member,
        subject_id: member,
        member_id: member,
        anchor_date: "2026-06-05".parse().expect("a date"),
        due_on: "2026-12-05".parse().expect("a date"),
        run_id,
        late: false,
        status: FollowUpStatus::Open,
        responsible_member_id: None,
        appointment_id: None,
        office: None,
        rerouted: None,
        outcome: None,
        note: None,
        contacted_at: None,
        reminded_on: None,
        escalated_on: None,
        superseded_by: None,
        version: 1,
        created_at: now,
        updated_at: now,
    })
    .await;
    id
}
