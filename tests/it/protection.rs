//! Protected identities and personal identity numbers: the privacy officer's alone.

use chrono::Duration;
use entity::api_token::TokenRole;
use entity::read_audit::Access;
use serde_json::{Value, json};

use crate::app::{Member, TestApp};
use crate::client::{Client, Request, Response};
use crate::erasure::an_hour_passes;
use crate::search::{find, found, searching};

/// Sets or lifts the protection of a member of whom this is the newest copy.
async fn protect(who: &Client, member: &Member, etag: &str, body: Value) -> Response {
    let request = Request::new("PUT", &format!("{}/protection", member.path)).header("If-Match", etag);
    who.send(request.json(&body)).await
}

on_both_engines!(the_privacy_officer_sets_and_lifts_a_protection);
async fn the_privacy_officer_sets_and_lifts_a_protection(app: TestApp) {
    let officer = app.privacy_officer().await;
    let anna = app.member("Anna Ek").await;
    let mut etag = anna.etag.clone();
    for (kind, hidden) in [
        (json!("marked"), false),
        (json!("registered_elsewhere"), true),
        (json!("turvakielto"), true),
        (json!("no_6"), false),
        (json!("no_7"), false),
        (json!("dk"), false),
        (Value::Null, true),
        (Value::Null, false),
    ] {
        let answer = protect(&officer, &anna, &etag, json!({"protection": kind, "hidden": hidden})).await.expect(200);
        assert_eq!((&answer.body["protection"], &answer.body["hidden"]), (&kind, &json!(hidden)));
        etag = answer.etag();
    }
    let kinds: Vec<Value> = app.history_of(anna.id).await.iter().map(|row| json!(row.kind)).collect();
    let updated = |times: usize| std::iter::repeat_n("updated", times);
    let expected: Vec<&str> = ["created", "withdrawn"].into_iter().chain(updated(7)).collect();
    assert_eq!(kinds, expected, "the withdrawal is the step from open to protected");
}

on_both_engines!(a_protection_is_said_in_full_and_for_the_newest_copy);
async fn a_protection_is_said_in_full_and_for_the_newest_copy(app: TestApp) {
    let officer = app.privacy_officer().await;
    let anna = app.member("Anna Ek").await;
    for (body, pointers) in [
        (json!({}), &["/hidden", "/protection"][..]),
        (json!({"protection": null}), &["/hidden"]),
        (json!({"hidden": false}), &["/protection"]),
        (json!({"protection": "secret", "hidden": null, "why": ""}), &["/hidden", "/protection", "/why"]),
    ] {
        let refused = protect(&officer, &anna, &anna.etag, body.clone()).await.expect(422);
        assert_eq!(refused.pointers(), pointers, "{body}");
    }
    let whole = json!({"protection": "marked", "hidden": false});
    let request = Request::new("PUT", &format!("{}/protection", anna.path)).json(&whole);
    officer.send(request).await.expect(428);
    protect(&officer, &anna, "\"of another copy\"", whole.clone()).await.expect(412);
    protect(&app.registrar().await, &anna, &anna.etag, whole.clone()).await.expect(403);
    assert_eq!(officer.get(&anna.path).await.etag(), anna.etag);
    protect(&officer, &anna, &anna.etag, whole).await.expect(200);
}

on_both_engines!(whoever_is_protected_is_as_good_as_absent_until_it_is_lifted);
async fn whoever_is_protected_is_as_good_as_absent_until_it_is_lifted(app: TestApp) {
    searching(&app).await;
    let (staff, registrar, officer) = (app.staff().await, app.registrar().await, app.privacy_officer().await);
    let school = app.school("Umeå universitet").await;
    let anna = app.member_with("Anna Åkesson", json!({"school_id": school})).await;
    let eva = app.member("Eva Åkesson").await;
    let role = |holder: &Member, deputy: Option<&Member>| json!({"member_id": holder.id, "deputy_member_id": deputy.map(|one| one.id), "role": "student_representative", "school_id": school});
    let hers = registrar.post("/api/v1/appointments", role(&anna, None)).await.expect(201).body["id"].clone();
    let other = registrar.post("/api/v1/appointments", role(&eva, Some(&anna))).await.expect(201).body["id"].clone();
    let hers = format!("/api/v1/appointments/{}", hers.as_str().expect("an id"));
    let other = format!("/api/v1/appointments/{}", other.as_str().expect("an id"));
    let borne_by = async |who: &Client| {
        let similar = who.post("/api/v1/names/similar", json!({"name": "Åkesson", "part": "surname"})).await.expect(200);
        let searched = find(who, "anna akesson").await;
        let alternatives = searched.body["spellings"].to_string().contains("Anna");
        (similar.body["spellings"][0]["members"].clone(), found(&searched).contains(&"Anna Åkesson".to_owned()), alternatives)
    };
    let paths = ["", "/history", "/membership-periods", "/appointments"].map(|part| format!("{}{part}", anna.path));
    let sees = async |who: &Client| {
        let mut statuses = Vec::new();
        for path in paths.iter().chain([&hers]) {
            statuses.push(who.get(path).await.status);
        }
        let members = who.get("/api/v1/members").await.expect(200).members().len();
        let at_school = who.get(&format!("/api/v1/members?school_id={school}")).await.expect(200).members().len();
        let appointments = who.get("/api/v1/appointments").await.expect(200).body["items"].as_array().map(Vec::len);
        let deputy = who.get(&other).await.expect(200).body["deputy"]["given_names"].clone();
        (statuses, members, at_school, appointments, deputy)
    };
    let all = (vec![200; 5], 2, 1, Some(2), json!("Anna"));
    assert_eq!(sees(&staff).await, all);
    assert_eq!(borne_by(&staff).await.0, 2);
    let protected = protect(&officer, &anna, &anna.etag, json!({"protection": "turvakielto", "hidden": false})).await.expect(200);
    for who in [&staff, &registrar] {
        assert_eq!(sees(who).await, (vec![404; 5], 1, 0, Some(1), Value::Null));
        assert_eq!(borne_by(who).await, (json!(1), false, false), "nor is she counted");
        who.patch(&anna.path, &protected.etag(), json!({"city": "Lund"})).await.expect(404);
    }
    for what in ["join", "leave", "change-type", "verifications"] {
        let body = match what {
            "leave" => json!({"leave_reason": "moved"}),
            "verifications" => json!({"details": ["email"], "channel": "phone"}),
            _ => json!({"membership_type": "manager"}),
        };
        let request = Request::new("POST", &format!("{}/{what}", anna.path)).header("If-Match", protected.etag());
        registrar.send(request.json(&body)).await.expect(404);
    }
    assert_eq!(sees(&officer).await, all);
    assert_eq!(borne_by(&officer).await.0, 2);
    assert_eq!(found(&find(&officer, "anna akesson").await)[0], "Anna Åkesson");
    let refused = officer.patch(&anna.path, &protected.etag(), json!({"city": "Lund"})).await.expect(422);
    assert_eq!(refused.pointers(), ["/city"], "where she lives is not noted anew");
    let registered = json!({"given_names": "Anna Maria", "birth_date": "1990-01-01"});
    let changed = officer.patch(&anna.path, &protected.etag(), registered).await.expect(200);
    protect(&officer, &anna, &changed.etag(), json!({"protection": null, "hidden": false})).await.expect(200);
    assert_eq!(sees(&staff).await, (all.0, 2, 1, Some(2), json!("Anna Maria")));
    assert_eq!(borne_by(&staff).await.0, 2);
}

on_both_engines!(a_unit_of_somebody_protected_is_not_removed_and_nothing_is_told_of_her);
async fn a_unit_of_somebody_protected_is_not_removed_and_nothing_is_told_of_her(app: TestApp) {
    let (registrar, officer) = (app.registrar().await, app.privacy_officer().await);
    let school = registrar.post("/api/v1/schools", json!({"name": "Umeå universitet"})).await.expect(201);
    let anna = app.member_with("Anna Ek", json!({"school_id": school.body["id"]})).await;
    let path = school.header("Location").to_owned();
    let remove = || Request::new("DELETE", &path).header("If-Match", school.etag());
    let refused = registrar.send(remove()).await.expect(409);
    assert!(refused.text.contains("1 member;"), "{}", refused.text);
    protect(&officer, &anna, &anna.etag, json!({"protection": "marked", "hidden": false})).await.expect(200);
    let refused = registrar.send(remove()).await.expect(409);
    assert!(!refused.text.contains("1 member"), "{}", refused.text);
    assert!(refused.text.contains("turn to the privacy officer"), "{}", refused.text);
}

on_both_engines!(a_personal_identity_number_comes_out_by_its_route_alone_and_the_audit_knows);
async fn a_personal_identity_number_comes_out_by_its_route_alone_and_the_audit_knows(app: TestApp) {
    searching(&app).await;
    let (id, token) = app.token(TokenRole::PrivacyOfficer, None).await;
    let officer = app.bearer(&token);
    let anna = app.member_with("Anna Ek", json!({"personal_identity_number": "19900101-1239"})).await;
    let bo = app.member("Bo Ek").await;
    assert_eq!(
        (&anna.card["has_personal_identity_number"], &bo.card["has_personal_identity_number"]),
        (&json!(true), &json!(false))
    );
    let path = |member: &Member| format!("{}/personal-identity-number", member.path);
    let given = officer.get(&path(&anna)).await.expect(200);
    assert_eq!(given.body, json!({"personal_identity_number": "SE:199001011239"}));
    let rows = app.audit_of(given.request_id()).await;
    let [row] = rows.as_slice() else { panic!("{} rows for one answer", rows.len()) };
    assert_eq!((row.actor_id, row.access, row.operation.as_str()), (Some(id), Access::Opened, "read_identity_number"));
    assert_eq!(row.member_ids, Some(json!([anna.id])));
    assert_eq!(officer.get(&path(&bo)).await.expect(200).body, json!({"personal_identity_number": null}));
    for who in [app.staff().await, app.registrar().await, app.administrator().await, app.feed().await] {
        let refused = who.get(&path(&anna)).await.expect(403);
        assert!(refused.text.contains("members:identity"), "{}", refused.text);
    }
    let history = format!("{}/history", anna.path);
    let periods = format!("{}/membership-periods", anna.path);
    for path in [&anna.path, "/api/v1/members", &history, &periods, "/api/v1/changes"] {
        let answer = officer.get(path).await.expect(200);
        assert!(!answer.text.contains("1239") && !answer.text.contains("identity_number\":\""), "{path}: {}", answer.text);
    }
    for text in ["anna", "1990-01-01", "19900101-1239", "199001011239"] {
        let answer = find(&officer, text).await;
        assert!(!answer.body["items"].to_string().contains("1239"), "{text}: {}", answer.text);
    }
    let registrar = app.registrar().await;
    let cleared = registrar.patch(&anna.path, &anna.etag, json!({"personal_identity_number": null})).await.expect(200);
    assert_eq!(cleared.body["has_personal_identity_number"], false);
    assert_eq!(officer.get(&path(&anna)).await.expect(200).body, json!({"personal_identity_number": null}));
}

/// Sends `body` to an operation of a member whose newest copy `who` reads first.
async fn act(who: &Client, member: &Member, what: &str, body: Value) -> Response {
    let etag = who.get(&member.path).await.expect(200).etag();
    who.send(Request::new("POST", &format!("{}/{what}", member.path)).header("If-Match", etag).json(&body)).await
}

on_both_engines!(whoever_is_protected_is_the_privacy_officers_in_everything_and_nobody_elses);
async fn whoever_is_protected_is_the_privacy_officers_in_everything_and_nobody_elses(app: TestApp) {
    let officer = app.privacy_officer().await;
    let (anna, bo) = (app.member_with("Anna Ek", json!({"email": "anna@example.org"})).await, app.member("Bo Ek").await);
    protect(&officer, &anna, &anna.etag, json!({"protection": "marked", "hidden": false})).await.expect(200);
    act(&officer, &anna, "verifications", json!({"details": ["email"], "channel": "phone"})).await.expect(200);
    act(&officer, &anna, "change-type", json!({"membership_type": "manager", "from": "2026-12-01"})).await.expect(200);
    act(&officer, &anna, "leave", json!({"leave_reason": "moved", "left_on": "2027-01-31"})).await.expect(200);
    let etag = officer.get(&anna.path).await.etag();
    let fields = json!({"surname": "Al", "personal_identity_number": "19900101-1239", "city": "Lund"});
    officer.patch(&anna.path, &etag, fields).await.expect(200);
    for what in ["verifications", "change-type", "leave", "join"] {
        let body = match what {
            "verifications" => json!({"details": ["email"], "channel": "phone"}),
            "leave" => json!({"leave_reason": "moved"}),
            _ => json!({"membership_type": "manager"}),
        };
        act(&officer, &bo, what, body).await.expect(403);
    }
    officer.patch(&bo.path, &bo.etag, json!({"surname": "Al"})).await.expect(403);
}

on_both_engines!(what_locates_a_protected_member_is_purged_after_seven_days_and_can_be_taken_back_until_then);
async fn what_locates_a_protected_member_is_purged_after_seven_days_and_can_be_taken_back_until_then(app: TestApp) {
    let (registrar, officer) = (app.registrar().await, app.privacy_officer().await);
    let (workplace, school) = (app.workplace("Umeå sjukhus").await, app.school("Umeå universitet").await);
    let branch = app.local_branch("Västerbotten").await;
    let fields = json!({"email": "anna@example.org", "phone": "070-174 06 05", "street": "Storgatan 1", "postal_code": "903 26",
        "city": "Umeå", "country": "SE", "occupation": "Barnmorska", "workplace_ids": [workplace], "school_id": school,
        "local_branch_id": branch, "birth_date": "1990-01-01", "personal_identity_number": "19900101-1239"});
    let mut members = Vec::new();
    for name in ["Anna Marked", "Anna Back", "Anna Purged"] {
        let mut fields = fields.clone();
        if name != "Anna Purged" {
            fields["personal_identity_number"] = Value::Null;
        }
        members.push(app.member_with(name, fields).await);
    }
    let [marked, back, purged] = members.as_slice() else { unreachable!("three") };
    let role = json!({"member_id": purged.id, "role": "shop_steward", "workplace_id": workplace});
    registrar.post("/api/v1/appointments", role).await.expect(201);
    let changed = registrar.patch(&purged.path, &purged.etag, json!({"city": "Lund"})).await.expect(200);
    let kept = json!({"protection": "no_6", "hidden": false, "review_on": "2026-11-25", "forwarding_address": "Box 1, 103 17 Stockholm"});
    protect(&officer, purged, &changed.etag(), kept).await.expect(200);
    protect(&officer, back, &back.etag, json!({"protection": "turvakielto", "hidden": false})).await.expect(200);
    protect(&officer, marked, &marked.etag, json!({"protection": "marked", "hidden": false})).await.expect(200);
    let protection = async |member: &Member| officer.get(&format!("{}/protection", member.path)).await.expect(200).body;
    let before = protection(purged).await;
    assert_eq!(before["purge_at"], "2026-11-29T12:00:00Z");
    assert_eq!((&before["forwarding_address"], &before["email"]), (&json!("Box 1, 103 17 Stockholm"), &Value::Null));
    assert_eq!(protection(marked).await["purge_at"], Value::Null);

    app.pass(Duration::days(6));
    assert_eq!(an_hour_passes(&app).await.purged, 0);
    let etag = officer.get(&back.path).await.etag();
    let taken_back = protect(&officer, back, &etag, json!({"protection": null, "hidden": false})).await.expect(200);
    assert_eq!((&taken_back.body["street"], &taken_back.body["workplaces"][0]["id"]), (&json!("Storgatan 1"), &json!(workplace)));
    app.pass(Duration::days(1));
    assert_eq!(an_hour_passes(&app).await.purged, 1);
    assert_eq!(an_hour_passes(&app).await.purged, 0, "once");

    let card = officer.get(&purged.path).await.expect(200).body;
    for field in ["email", "phone", "street", "postal_code", "city", "country", "occupation", "local_branch", "school"] {
        assert_eq!(card[field], Value::Null, "{field}");
    }
    assert_eq!((&card["workplaces"], &card["verified"]), (&json!([]), &json!([])));
    assert_eq!((&card["surname"], &card["birth_date"]), (&json!("Purged"), &json!("1990-01-01")), "who she is, is kept");
    let after = protection(purged).await;
    assert_eq!((&after["email"], &after["review_on"]), (&json!("anna@example.org"), &json!("2026-11-25")));
    assert!(after["purged_at"].is_string() && after["protection"] == "no_6", "no day lifts it: {after}");
    assert!(officer.get(&format!("{}/appointments", purged.path)).await.expect(200).body["items"] == json!([]));
    let history = officer.get(&format!("{}/history", purged.path)).await.expect(200).text;
    for text in
        ["Umeå", "Lund", "Storgatan", "903 26", "anna@", "+4670", "Barnmorska", &workplace.to_string(), &school.to_string()]
    {
        assert!(!history.contains(text), "{text}: {history}");
    }
    assert!(history.contains("\"surname\":{\"new\":\"Purged\"") || history.contains("Purged"), "{history}");
    let open = officer.get(&marked.path).await.expect(200).body;
    assert_eq!(open["street"], "Storgatan 1", "marked hides and purges nothing");
}

on_both_engines!(a_protection_that_came_with_a_file_purges_too);
async fn a_protection_that_came_with_a_file_purges_too(app: TestApp) {
    let officer = app.privacy_officer().await;
    let anna = app.member_with("Anna Ek", json!({"street": "Storgatan 1"})).await;
    app.protect(anna.id, Some(entity::member::Protection::RegisteredElsewhere)).await;
    assert_eq!(an_hour_passes(&app).await.purged, 0);
    app.pass(Duration::days(7));
    assert_eq!(an_hour_passes(&app).await.purged, 1);
    assert_eq!(officer.get(&anna.path).await.expect(200).body["street"], Value::Null);
    // Made milder, and severe again: what was entered in between is purged in its turn.
    let etag = officer.get(&anna.path).await.etag();
    let milder = protect(&officer, &anna, &etag, json!({"protection": "marked", "hidden": false})).await.expect(200);
    let entered = officer.patch(&anna.path, &milder.etag(), json!({"street": "Lillgatan 2"})).await.expect(200);
    protect(&officer, &anna, &entered.etag(), json!({"protection": "dk", "hidden": false})).await.expect(200);
    app.pass(Duration::days(7));
    assert_eq!(an_hour_passes(&app).await.purged, 1);
    assert_eq!(officer.get(&anna.path).await.expect(200).body["street"], Value::Null);
}
