//! Entries that clash with a protected member: answered as accepted, held for the privacy officer.

use entity::member::Protection;
use entity::{held_entry, member};
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};

use crate::app::{Member, TestApp, new_member};
use crate::client::{Client, Request, Response};
use crate::search::{find, found, searching};

const NUMBER: &str = "19900101-1239";

async fn protected(app: &TestApp) -> Member {
    let fields = json!({"member_number": "200000", "personal_identity_number": NUMBER, "city": "Umeå"});
    let anna = app.member_with("Anna Hemlig", fields).await;
    app.protect(anna.id, Some(Protection::Marked)).await;
    anna
}

async fn held(who: &Client) -> Vec<Value> {
    let page = who.get("/api/v1/held-entries").await.expect(200).body;
    page["items"].as_array().cloned().unwrap_or_default()
}

async fn resolve(who: &Client, entry: &Value, resolution: &str) -> Response {
    let path = format!("/api/v1/held-entries/{}/resolve", entry["id"].as_str().expect("an id"));
    who.post(&path, json!({"resolution": resolution})).await
}

/// A card without what differs from member to member.
fn masked(mut card: Value) -> Value {
    for field in ["id", "member_number", "created_at", "updated_at"] {
        assert!(card[field].is_string(), "{field}");
        card[field] = Value::Null;
    }
    card
}

on_both_engines!(somebody_new_who_clashes_with_a_protected_member_is_answered_as_accepted_and_held);
async fn somebody_new_who_clashes_with_a_protected_member_is_answered_as_accepted_and_held(app: TestApp) {
    searching(&app).await;
    let (registrar, officer) = (app.registrar().await, app.privacy_officer().await);
    let anna = protected(&app).await;
    let workplace = app.workplace("Umeå sjukhus").await;
    let body = |fields: Value| {
        let mut body = new_member("Eva Ny", json!({"city": "Lund", "workplace_ids": [workplace]}));
        body.as_object_mut().expect("fields").extend(fields.as_object().cloned().expect("fields"));
        body
    };
    let accepted = registrar.post("/api/v1/members", body(json!({"personal_identity_number": "19900102-1238"}))).await;
    let accepted = match accepted.status {
        201 => accepted,
        // The number of nobody: whichever checks digits.
        _ => panic!("{}", accepted.text),
    };
    let before = member::Entity::find().count(app.store().database()).await.expect("the register");
    for (clash, pointer) in [
        (json!({"personal_identity_number": NUMBER}), "/personal_identity_number"),
        (json!({"personal_identity_number": "19900103-1237", "member_number": "200000"}), "/member_number"),
    ] {
        let answer = registrar.post("/api/v1/members", body(clash.clone())).await.expect(201);
        assert_eq!(masked(answer.body.clone()), masked(accepted.body.clone()), "{clash}");
        let names = |answer: &Response| answer.headers.keys().map(|name| name.as_str().to_owned()).collect::<Vec<_>>();
        assert_eq!(names(&answer), names(&accepted));
        let read = registrar.get(answer.header("Location")).await.expect(200);
        assert_eq!((read.body.clone(), read.etag()), (answer.body.clone(), answer.etag()), "and can be read back");
        app.registrar().await.get(answer.header("Location")).await.expect(404);
        let again = registrar.post("/api/v1/members", body(clash.clone())).await.expect(409);
        assert_eq!(again.pointers(), [pointer], "as if the first had been entered");
    }
    let after = member::Entity::find().count(app.store().database()).await.expect("the register");
    assert_eq!(after, before);
    assert_eq!(found(&find(&officer, "eva ny").await).len(), 1);
    for who in [&registrar, &app.staff().await] {
        who.get("/api/v1/held-entries").await.expect(403);
    }

    let entries = held(&officer).await;
    let pointers: Vec<&Value> = entries.iter().map(|entry| &entry["pointer"]).collect();
    assert_eq!(pointers, ["/personal_identity_number", "/member_number"]);
    for entry in &entries {
        assert_eq!((&entry["member"]["id"], &entry["by"]), (&json!(anna.id), &json!("registrar")));
        assert_eq!((&entry["sent"]["details"]["surname"], &entry["claimant"]), (&json!("Ny"), &Value::Null));
    }
    let rows = held_entry::Entity::find().all(app.store().database()).await.expect("the register");
    assert!(rows.iter().all(|row| !String::from_utf8_lossy(row.content.as_deref().expect("content")).contains("Lund")), "sealed");
    let resolved = resolve(&officer, &entries[0], "same_member").await.expect(200);
    assert_eq!((&resolved.body["resolution"], &resolved.body["sent"]), (&json!("same_member"), &Value::Null));
    let card = officer.get(&anna.path).await.expect(200).body;
    assert_eq!((&card["surname"], &card["city"], &card["former_surnames"]), (&json!("Ny"), &json!("Lund"), &json!([])));
    resolve(&officer, &entries[1], "other_member").await.expect(200);
    let known = found(&find(&registrar, "eva ny").await);
    assert_eq!(known.len(), 2, "she is somebody else, with a number of her own: {known:?}");
    resolve(&officer, &entries[1], "discarded").await.expect(409);
    assert_eq!(held(&officer).await, Vec::<Value>::new());
    let all = officer.get("/api/v1/held-entries?resolved=true").await.expect(200);
    assert_eq!(all.body["items"].as_array().map(Vec::len), Some(2));
}

on_both_engines!(a_personal_identity_number_of_a_protected_member_on_another_card_is_held);
async fn a_personal_identity_number_of_a_protected_member_on_another_card_is_held(app: TestApp) {
    let (registrar, officer) = (app.registrar().await, app.privacy_officer().await);
    let anna = protected(&app).await;
    let eva = app.member("Eva Ek").await;
    let number = json!({"personal_identity_number": NUMBER, "city": "Lund"});
    let answer = registrar.patch(&eva.path, &eva.etag, number.clone()).await.expect(200);
    assert_eq!((&answer.body["has_personal_identity_number"], &answer.body["city"]), (&json!(true), &json!("Lund")));
    let entries = held(&officer).await;
    assert_eq!((entries.len(), &entries[0]["claimant"]["id"], &entries[0]["member"]["id"]), (1, &json!(eva.id), &json!(anna.id)));
    assert_eq!(entries[0]["sent"]["personal_identity_number"], "SE:199001011239");
    let refused = resolve(&officer, &entries[0], "other_member").await.expect(409);
    assert_eq!(refused.pointers(), ["/personal_identity_number"], "it can be one's alone");
    resolve(&officer, &entries[0], "discarded").await.expect(200);
    let card = registrar.get(&eva.path).await.expect(200);
    assert_eq!(card.body["has_personal_identity_number"], false);

    // The protected member had it wrongly: it goes to whose it is.
    registrar.patch(&eva.path, &card.etag(), number).await.expect(200);
    let etag = officer.get(&anna.path).await.etag();
    officer.patch(&anna.path, &etag, json!({"personal_identity_number": null})).await.expect(200);
    resolve(&officer, &held(&officer).await[0], "other_member").await.expect(200);
    let given = officer.get(&format!("{}/personal-identity-number", eva.path)).await.expect(200);
    assert_eq!(given.body["personal_identity_number"], "SE:199001011239");
    let bo = app.member("Bo Ek").await;
    registrar.patch(&bo.path, &bo.etag, json!({"personal_identity_number": NUMBER})).await.expect(409);
}

on_both_engines!(a_file_that_clashes_with_a_protected_member_is_taken_as_if_she_were_not_there);
async fn a_file_that_clashes_with_a_protected_member_is_taken_as_if_she_were_not_there(app: TestApp) {
    let (registrar, officer) = (app.registrar().await, app.privacy_officer().await);
    let eva = app.member_with("Eva Ek", json!({"member_number": "200002"})).await;
    let file = "member_number,given_names,surname,personal_identity_number,city,workplace\n\
                200000,Anna,Hemlig,,Lund,Lunds lasarett\n200001,Anna,Al,19900101-1239,Ystad,\n200002,Eva,Ek,19900103-1237,,\n";
    let import = async |who: &Client| {
        let request = Request::new("POST", "/api/v1/imports?kind=members").body("text/csv", file);
        let upload = who.send(request).await.expect(201).body;
        let path = format!("/api/v1/imports/{}/apply", upload["id"].as_str().expect("an id"));
        (upload["report"].clone(), who.send(Request::new("POST", &path)).await.expect(200).body["report"].clone())
    };
    // One protected member has all three.
    let fields = json!({"member_number": "200000", "personal_identity_number": NUMBER});
    let anna = app.member_with("Anna Hemlig", fields).await;
    let bo = app.member_with("Bo Hemlig", json!({"personal_identity_number": "19900103-1237"})).await;
    for member in [&anna, &bo] {
        app.protect(member.id, Some(Protection::Marked)).await;
    }
    let (preview, applied) = import(&registrar).await;
    for report in [&preview, &applied] {
        let counts = ["new", "changed", "unchanged", "new_units"].map(|count| report[count].clone());
        assert_eq!(counts, [json!(2), json!(1), json!(0), json!(1)], "{report}");
        assert_eq!(report["problems"], json!([]));
    }
    let entries = held(&officer).await;
    let clashes: Vec<(&Value, &Value)> = entries.iter().map(|entry| (&entry["pointer"], &entry["member"]["id"])).collect();
    let (number, identity) = (json!("/member_number"), json!("/personal_identity_number"));
    let (hers, his) = (json!(anna.id), json!(bo.id));
    assert_eq!(clashes, [(&identity, &his), (&number, &hers), (&identity, &hers)]);
    assert_eq!(entries[0]["claimant"]["id"], json!(eva.id));
    assert_eq!(entries[1]["sent"]["details"]["city"], "Lund");
    assert_eq!(officer.get(&anna.path).await.expect(200).body["city"], Value::Null);
    let (again, _) = import(&registrar).await;
    let counts = ["new", "changed", "unchanged"].map(|count| again[count].clone());
    assert_eq!(counts, [json!(0), json!(0), json!(3)], "the same file again changes nothing");
    assert_eq!(held(&officer).await.len(), 3);
}
