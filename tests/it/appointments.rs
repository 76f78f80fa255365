//! Appointments: who represents the others, as what, where, for how long, and who stands in.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::app::{Member, TestApp};
use crate::client::{Client, Request, Response};

const APPOINTMENTS: &str = "/api/v1/appointments";

/// One unit of each kind that a role is for.
struct Places {
    workplace: Uuid,
    school: Uuid,
    branch: Uuid,
}

impl Places {
    async fn of(app: &TestApp) -> Self {
        Self {
            workplace: app.workplace_of("Region Skåne", "Lunds sjukhus").await,
            school: app.school("Lunds universitet").await,
            branch: app.local_branch("Skåne").await,
        }
    }
}

/// A shop steward of this member at the workplace, with `fields` beside it.
fn steward(member: &Member, places: &Places, fields: Value) -> Value {
    let mut body = json!({"member_id": member.id, "role": "shop_steward", "workplace_id": places.workplace});
    if let (Value::Object(body), Value::Object(fields)) = (&mut body, fields) {
        body.extend(fields);
    }
    body
}

/// The numbers of the holders in a list.
async fn holders(who: &Client, query: &str) -> Vec<String> {
    let list = who.get(&format!("{APPOINTMENTS}{query}")).await.expect(200);
    let items = list.body["items"].as_array().expect("items").iter();
    items.map(|row| row["member"]["given_names"].as_str().expect("a name").to_owned()).collect()
}

/// Changes the newest copy.
async fn patch(who: &Client, appointment: &Response, body: Value) -> Response {
    let id = appointment.body["id"].as_str().expect("an id");
    who.patch(&format!("{APPOINTMENTS}/{id}"), &appointment.etag(), body).await
}

on_both_engines!(a_member_is_appointed_changed_and_removed);
async fn a_member_is_appointed_changed_and_removed(app: TestApp) {
    let (registrar, staff, places) = (app.registrar().await, app.staff().await, Places::of(&app).await);
    let anna = app.member_with("Anna Ek", json!({"member_number": "7"})).await;
    let sent = steward(&anna, &places, json!({"valid_from": "2026-01-01"}));
    let made = registrar.post(APPOINTMENTS, sent.clone()).await.expect(201);
    let expected = json!({
        "id": made.body["id"], "member": {"id": anna.id, "member_number": "7", "given_names": "Anna", "surname": "Ek"},
        "role": "shop_steward", "workplace": {"id": places.workplace, "name": "Lunds sjukhus", "employer": "Region Skåne"},
        "school": null, "local_branch": null, "valid_from": "2026-01-01", "valid_until": null, "absent_from": null,
        "absent_until": null, "deputy": null, "version": 1,
    });
    assert_eq!(made.body, expected);
    let path = made.header("Location").to_owned();
    let read = staff.get(&path).await.expect(200);
    assert_eq!((&read.body, read.etag()), (&made.body, made.etag()));
    let of_member = staff.get(&format!("{}/appointments", anna.path)).await.expect(200);
    assert_eq!(of_member.body, json!({"items": [made.body], "next": null}));
    let moved = json!({"role": "chief_shop_steward", "workplace_id": null, "local_branch_id": places.branch, "valid_until": "2027-12-31"});
    let moved = patch(&registrar, &made, moved).await.expect(200);
    assert_eq!((&moved.body["role"], &moved.body["workplace"]), (&json!("chief_shop_steward"), &Value::Null));
    assert_eq!((&moved.body["local_branch"]["name"], &moved.body["version"]), (&json!("Skåne"), &json!(2)));
    let nothing = patch(&registrar, &moved, json!({"valid_until": "2027-12-31"})).await.expect(200);
    assert_eq!(nothing.etag(), moved.etag());
    registrar.send(Request::new("DELETE", &path).header("If-Match", moved.etag())).await.expect(204);
    staff.get(&path).await.expect(404);
    let history = staff.get(&format!("{}/history", anna.path)).await.expect(200);
    let items = history.body["items"].as_array().expect("items");
    let kinds: Vec<_> = items.iter().map(|row| (row["subject_type"].clone(), row["kind"].clone())).collect();
    let appointment = |kind: &str| (json!("appointment"), json!(kind));
    assert_eq!(kinds[..3], [appointment("removed"), appointment("updated"), appointment("created")]);
    assert_eq!(items[1]["changes"]["valid_until"], json!({"old": null, "new": "2027-12-31"}));
}

on_both_engines!(an_appointment_is_changed_by_its_newest_copy_only);
async fn an_appointment_is_changed_by_its_newest_copy_only(app: TestApp) {
    let (registrar, places) = (app.registrar().await, Places::of(&app).await);
    let anna = app.member("Anna Ek").await;
    let made = registrar.post_once(APPOINTMENTS, "once", steward(&anna, &places, json!({}))).await.expect(201);
    let again = registrar.post_once(APPOINTMENTS, "once", steward(&anna, &places, json!({}))).await.expect(201);
    assert_eq!(again.body, made.body);
    assert_eq!(holders(&registrar, "").await.len(), 1);
    let path = made.header("Location").to_owned();
    registrar.send(Request::new("PATCH", &path).json(&json!({"valid_until": null}))).await.expect(428);
    registrar.send(Request::new("DELETE", &path)).await.expect(428);
    let change = json!({"valid_until": "2027-12-31"});
    let (one, other) =
        tokio::join!(patch(&registrar, &made, change.clone()), patch(&registrar, &made, json!({"valid_from": "2026-01-01"})));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412]);
    registrar.send(Request::new("DELETE", &path).header("If-Match", made.etag())).await.expect(412);
    let nobody = format!("{APPOINTMENTS}/{}", app.store().clock().new_id());
    registrar.get(&nobody).await.expect(404);
    registrar.patch(&nobody, "*", change).await.expect(404);
}

on_both_engines!(each_role_is_for_its_kind_of_place);
async fn each_role_is_for_its_kind_of_place(app: TestApp) {
    let (registrar, places) = (app.registrar().await, Places::of(&app).await);
    let anna = app.member("Anna Ek").await;
    let kinds = [("workplace_id", places.workplace), ("school_id", places.school), ("local_branch_id", places.branch)];
    for (role, accepted) in [
        ("shop_steward", &["workplace_id", "local_branch_id"][..]),
        ("chief_shop_steward", &["workplace_id", "local_branch_id"]),
        ("safety_representative", &["workplace_id"]),
        ("student_representative", &["school_id"]),
    ] {
        for (field, id) in kinds {
            let answer = registrar.post(APPOINTMENTS, json!({"member_id": anna.id, "role": role, field: id})).await;
            if accepted.contains(&field) {
                answer.expect(201);
            } else {
                assert_eq!(answer.expect(422).pointers(), [format!("/{field}")], "{role}");
            }
        }
        let nowhere = registrar.post(APPOINTMENTS, json!({"member_id": anna.id, "role": role})).await.expect(422);
        assert_eq!(nowhere.pointers(), [format!("/{}", accepted[0])], "{role}");
    }
    let twice = steward(&anna, &places, json!({"local_branch_id": places.branch}));
    let refused = registrar.post(APPOINTMENTS, twice).await.expect(422);
    assert_eq!(refused.pointers(), ["/local_branch_id"]);
    let made = registrar.post(APPOINTMENTS, steward(&anna, &places, json!({}))).await.expect(201);
    let refused = patch(&registrar, &made, json!({"role": "student_representative"})).await.expect(422);
    assert_eq!(refused.pointers(), ["/workplace_id"]);
}

on_both_engines!(what_is_wrong_with_an_appointment_is_told_by_its_field);
async fn what_is_wrong_with_an_appointment_is_told_by_its_field(app: TestApp) {
    let (registrar, places) = (app.registrar().await, Places::of(&app).await);
    let anna = app.member("Anna Ek").await;
    let nobody = app.store().clock().new_id();
    for (fields, pointers) in [
        (json!({"member_id": nobody}), &["/member_id"][..]),
        (json!({"member_id": null, "role": "boss", "colour": 1}), &["/colour", "/member_id", "/role"]),
        (json!({"workplace_id": nobody}), &["/workplace_id"]),
        (json!({"deputy_member_id": nobody}), &["/deputy_member_id"]),
        (json!({"deputy_member_id": anna.id}), &["/deputy_member_id"]),
        (json!({"valid_from": "2026-02-30", "valid_until": "2201-01-01"}), &["/valid_from", "/valid_until"]),
        (json!({"valid_from": "2026-02-01", "valid_until": "2026-01-31"}), &["/valid_until"]),
        (json!({"absent_until": "2026-01-31"}), &["/absent_from"]),
        (json!({"absent_from": "2026-02-01", "absent_until": "2026-01-31"}), &["/absent_until"]),
        (json!({"valid_from": "2026-01-01", "absent_from": "2025-12-31"}), &["/absent_from"]),
        (
            json!({"valid_from": "2026-01-01", "valid_until": "2026-06-30", "absent_from": "2026-07-01", "absent_until": "2026-08-01"}),
            &["/absent_from", "/absent_until"],
        ),
    ] {
        let refused = registrar.post(APPOINTMENTS, steward(&anna, &places, fields.clone())).await.expect(422);
        assert_eq!(refused.pointers(), pointers, "{fields}: {}", refused.text);
    }
    let made = registrar.post(APPOINTMENTS, steward(&anna, &places, json!({"valid_from": "2026-01-01"}))).await.expect(201);
    for (change, pointers) in [
        (json!({"valid_until": "2025-12-31"}), &["/valid_until"][..]),
        (json!({"role": null}), &["/role"]),
        (json!({"member_id": anna.id}), &["/member_id"]),
        (json!({"absent_until": "2026-12-31"}), &["/absent_from"]),
    ] {
        let refused = patch(&registrar, &made, change.clone()).await.expect(422);
        assert_eq!(refused.pointers(), pointers, "{change}: {}", refused.text);
    }
    assert_eq!(registrar.get(made.header("Location")).await.etag(), made.etag());
    assert_eq!(holders(&registrar, "").await.len(), 1);
}

on_both_engines!(a_deputy_stands_in_during_an_absence);
async fn a_deputy_stands_in_during_an_absence(app: TestApp) {
    let (registrar, officer, places) = (app.registrar().await, app.privacy_officer().await, Places::of(&app).await);
    let (anna, bo) = (app.member("Anna Ek").await, app.member("Bo Ek").await);
    let made = registrar.post(APPOINTMENTS, steward(&anna, &places, json!({}))).await.expect(201);
    let away = json!({"absent_from": "2026-12-01", "absent_until": "2027-01-31", "deputy_member_id": bo.id});
    let away = patch(&registrar, &made, away).await.expect(200);
    assert_eq!(away.body["deputy"]["given_names"], "Bo");
    assert_eq!(away.body["absent_until"], "2027-01-31");
    // Who may not be seen is not shown as a deputy, and stays one.
    app.protect(bo.id, Some(entity::member::Protection::Marked)).await;
    let path = made.header("Location");
    let seen = registrar.get(path).await.expect(200);
    assert_eq!(seen.body["deputy"], Value::Null);
    patch(&registrar, &away, json!({"absent_until": "2027-02-28"})).await.expect(412);
    let longer = patch(&registrar, &seen, json!({"absent_until": "2027-02-28"})).await.expect(200);
    assert_eq!(longer.body["deputy"], Value::Null);
    assert_eq!(officer.get(path).await.expect(200).body["deputy"]["given_names"], "Bo");
    let history = registrar.get(&format!("{}/history", anna.path)).await.expect(200);
    assert!(history.body["items"][0]["changes"].get("deputy_member_id").is_none(), "{}", history.text);
    let back = json!({"absent_from": null, "absent_until": null, "deputy_member_id": null});
    let back = patch(&registrar, &longer, back).await.expect(200);
    assert_eq!(back.body["absent_from"], Value::Null);
    assert_eq!(officer.get(path).await.expect(200).body["deputy"], Value::Null);
}

on_both_engines!(nobody_who_may_not_be_seen_is_appointed);
async fn nobody_who_may_not_be_seen_is_appointed(app: TestApp) {
    let (registrar, places) = (app.registrar().await, Places::of(&app).await);
    let (anna, bo) = (app.member("Anna Ek").await, app.member("Bo Ek").await);
    app.protect(bo.id, Some(entity::member::Protection::Marked)).await;
    let refused = registrar.post(APPOINTMENTS, steward(&bo, &places, json!({}))).await.expect(422);
    let unknown = json!({"member_id": app.store().clock().new_id()});
    let unknown = registrar.post(APPOINTMENTS, steward(&bo, &places, unknown)).await.expect(422);
    assert_eq!(refused.body["errors"], unknown.body["errors"], "she is as good as absent");
    let deputy = json!({"deputy_member_id": bo.id});
    let refused = registrar.post(APPOINTMENTS, steward(&anna, &places, deputy)).await.expect(422);
    assert_eq!(refused.pointers(), ["/deputy_member_id"]);
}

on_both_engines!(appointments_are_listed_by_place_role_and_day);
async fn appointments_are_listed_by_place_role_and_day(app: TestApp) {
    let (registrar, staff, places) = (app.registrar().await, app.staff().await, Places::of(&app).await);
    let (anna, bo, eva) = (app.member("Anna Ek").await, app.member("Bo Ek").await, app.member("Eva Ek").await);
    let terms = json!({"valid_from": "2025-01-01", "valid_until": "2025-12-31"});
    for body in [
        steward(&anna, &places, terms),
        steward(&bo, &places, json!({"valid_from": "2026-01-01"})),
        json!({"member_id": eva.id, "role": "student_representative", "school_id": places.school}),
        json!({"member_id": bo.id, "role": "chief_shop_steward", "local_branch_id": places.branch, "valid_until": "2025-06-30"}),
    ] {
        registrar.post(APPOINTMENTS, body).await.expect(201);
    }
    for (query, expected) in [
        (String::new(), vec!["Anna", "Bo", "Eva", "Bo"]),
        (format!("?workplace_id={}", places.workplace), vec!["Anna", "Bo"]),
        (format!("?school_id={}", places.school), vec!["Eva"]),
        (format!("?local_branch_id={}", places.branch), vec!["Bo"]),
        (format!("?member_id={}", bo.id), vec!["Bo", "Bo"]),
        ("?role=shop_steward".to_owned(), vec!["Anna", "Bo"]),
        ("?on=2025-12-31".to_owned(), vec!["Anna", "Eva"]),
        ("?on=2026-01-01&role=shop_steward".to_owned(), vec!["Bo"]),
        ("?on=2025-06-30".to_owned(), vec!["Anna", "Eva", "Bo"]),
    ] {
        assert_eq!(holders(&staff, &query).await, expected, "{query}");
    }
    let (mut seen, mut query) = (Vec::new(), "?limit=1".to_owned());
    loop {
        let page = staff.get(&format!("{APPOINTMENTS}{query}")).await.expect(200);
        seen.extend(page.body["items"].as_array().expect("items").clone());
        let Some(next) = page.body["next"].as_str() else { break };
        query = format!("?limit=1&after={next}");
    }
    assert_eq!(json!(seen), staff.get(APPOINTMENTS).await.expect(200).body["items"]);
    staff.get(&format!("{APPOINTMENTS}?on=1849-12-31")).await.expect(422);
    staff.get(&format!("{}/{}/appointments", "/api/v1/members", app.store().clock().new_id())).await.expect(404);
}
