//! Members: registered, read, changed, listed.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use entity::membership_period::{self, LeaveReason, MembershipType};
use futures_util::future::join_all;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::app::{TestApp, new_member};
use crate::client::Client;

on_both_engines!(a_member_is_registered_and_read_back_as_she_was_sent);
async fn a_member_is_registered_and_read_back_as_she_was_sent(app: TestApp) {
    let hospital = app.workplace_of("Region Västerbotten", "Umeå sjukhus").await;
    let branch = app.local_branch("Västerbotten").await;
    let school = app.school("Umeå universitet").await;
    let sent = json!({
        "former_surnames": ["Öberg", "Ek"], "birth_date": "1984-02-29", "language": "sv", "email": "maarit@example.org",
        "street": "Storgatan 1 B", "postal_code": "903 26", "city": "Umeå", "country": "SE", "occupation": "sjuksköterska",
        "workplace_ids": [hospital], "local_branch_id": branch, "school_id": school,
        "graduation_date": "2010-06-05", "graduation_confirmed_on": "2010-06-30",
        "member_number": "104711", "joined_on": "2020-01-31",
    });
    let maarit = app.member_with("Maarit Helena Karlsson", sent.clone()).await;
    assert_eq!(maarit.card["given_names"], "Maarit Helena");
    assert_eq!(maarit.card["former_surnames"], json!(["Ek", "Öberg"]));
    assert_eq!(maarit.card["workplaces"], json!([{"id": hospital, "name": "Umeå sjukhus", "employer": "Region Västerbotten"}]));
    assert_eq!(maarit.card["local_branch"], json!({"id": branch, "name": "Västerbotten"}));
    assert_eq!(maarit.card["school"], json!({"id": school, "name": "Umeå universitet"}));
    let membership = json!({"membership_type": "professional", "joined_on": "2020-01-31", "left_on": null, "leave_reason": null, "current": true});
    assert_eq!(maarit.card["membership"], membership);
    assert_eq!(maarit.card["created_at"], "2026-11-22T12:00:00Z");
    let same = [
        "birth_date",
        "language",
        "email",
        "street",
        "postal_code",
        "city",
        "country",
        "occupation",
        "graduation_date",
        "graduation_confirmed_on",
        "member_number",
    ];
    for field in same {
        assert_eq!(maarit.card[field], sent[field], "{field}");
    }
    for who in [app.staff().await, app.registrar().await, app.privacy_officer().await] {
        let read = who.get(&maarit.path).await.expect(200);
        assert_eq!(read.body, maarit.card);
        assert_eq!(read.etag(), maarit.etag);
    }
}

on_both_engines!(the_answer_to_a_new_member_says_where_she_is);
async fn the_answer_to_a_new_member_says_where_she_is(app: TestApp) {
    let registrar = app.registrar().await;
    let made = registrar.post("/api/v1/members", new_member("Bo Ek", json!({}))).await.expect(201);
    let there = registrar.get(made.header("Location")).await.expect(200);
    assert_eq!(there.body, made.body);
    assert_eq!(there.etag(), made.etag());
}

on_both_engines!(staff_may_register_prospects_only);
async fn staff_may_register_prospects_only(app: TestApp) {
    let staff = app.staff().await;
    let refused = staff.post("/api/v1/members", new_member("Bo Ek", json!({}))).await.expect(403);
    assert!(refused.text.contains("members:register"), "{}", refused.text);
    let prospect = new_member("Bo Ek", json!({"membership_type": "prospect"}));
    staff.post("/api/v1/members", prospect).await.expect(201);
}

on_both_engines!(staff_change_contact_details_only);
async fn staff_change_contact_details_only(app: TestApp) {
    let anna = app.member("Anna Åkesson").await;
    let staff = app.staff().await;
    for (field, value) in [("surname", json!("Ek")), ("birth_date", Value::Null), ("school_id", Value::Null)] {
        staff.patch(&anna.path, &anna.etag, json!({field: value, "city": "Lund"})).await.expect(403);
    }
    let changed = staff.patch(&anna.path, &anna.etag, json!({"city": "Lund"})).await.expect(200);
    assert_eq!(changed.body["city"], "Lund");
}

on_both_engines!(member_numbers_are_given_once);
async fn member_numbers_are_given_once(app: TestApp) {
    let registrar = app.registrar().await;
    let number = async |fields: Value| {
        let made = registrar.post("/api/v1/members", new_member("Bo Ek", fields)).await;
        (made.status, made.body["member_number"].as_str().map(str::to_owned))
    };
    let given = |number: &str| (201, Some(number.to_owned()));
    assert_eq!(number(json!({})).await, given("100001"));
    assert_eq!(number(json!({"member_number": "100003"})).await, given("100003"));
    assert_eq!(number(json!({})).await, given("100004"));
    assert_eq!(number(json!({"member_number": "100002"})).await, given("100002"));
    assert_eq!(number(json!({"member_number": "100003"})).await.0, 409);
    assert_eq!(number(json!({})).await, given("100005"));
    assert_eq!(number(json!({"member_number": "A-7"})).await, given("A-7"));
    assert_eq!(number(json!({})).await, given("100006"));
}

on_both_engines!(a_huge_member_number_from_elsewhere_leaves_numbers_to_give);
async fn a_huge_member_number_from_elsewhere_leaves_numbers_to_give(app: TestApp) {
    for number in ["9223372036854775806", "9223372036854775807", "9223372036854775808", "999999999999999999999999999999"] {
        app.member_with("Bo Ek", json!({"member_number": number})).await;
        app.member("Li Ng").await;
    }
}

on_both_engines!(a_taken_member_number_is_named_by_its_field);
async fn a_taken_member_number_is_named_by_its_field(app: TestApp) {
    app.member_with("Bo Ek", json!({"member_number": "7"})).await;
    let registrar = app.registrar().await;
    let refused = registrar.post("/api/v1/members", new_member("Li Ng", json!({"member_number": "7"}))).await.expect(409);
    assert_eq!(refused.pointers(), ["/member_number"]);
    let items = registrar.get("/api/v1/members").await.expect(200).body["items"].clone();
    assert_eq!(items.as_array().map(Vec::len), Some(1), "nothing of the second is kept");
}

on_both_engines!(a_change_needs_the_newest_etag);
async fn a_change_needs_the_newest_etag(app: TestApp) {
    let anna = app.member("Anna Åkesson").await;
    let staff = app.staff().await;
    let request = crate::client::Request::new("PATCH", &anna.path).json(&json!({"city": "Lund"}));
    staff.send(request).await.expect(428);
    staff.patch(&anna.path, "\"of another copy\"", json!({"city": "Lund"})).await.expect(412);
    let weak = format!("W/{}", anna.etag);
    staff.patch(&anna.path, &weak, json!({"city": "Lund"})).await.expect(412);
    let changed = staff.patch(&anna.path, &anna.etag, json!({"city": "Lund"})).await.expect(200);
    assert_ne!(changed.etag(), anna.etag);
    staff.patch(&anna.path, &anna.etag, json!({"city": "Malmö"})).await.expect(412);
    let among_others = format!("\"another\", {}", changed.etag());
    let changed = staff.patch(&anna.path, &among_others, json!({"city": "Malmö"})).await.expect(200);
    assert_eq!(staff.get(&anna.path).await.etag(), changed.etag());
    let whichever = staff.patch(&anna.path, "*", json!({"city": "Ystad"})).await.expect(200);
    assert_eq!(whichever.body["version"], 4);
}

on_both_engines!(of_two_concurrent_editors_exactly_one_wins);
async fn of_two_concurrent_editors_exactly_one_wins(app: TestApp) {
    let (one, other) = (app.staff().await, app.registrar().await);
    for round in 0..10 {
        let anna = app.member("Anna Åkesson").await;
        let (lund, malmö) = tokio::join!(
            one.patch(&anna.path, &anna.etag, json!({"city": "Lund"})),
            other.patch(&anna.path, &anna.etag, json!({"city": "Malmö"})),
        );
        let mut statuses = [lund.status, malmö.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 412], "round {round}");
        let city = one.get(&anna.path).await.body["city"].clone();
        assert_eq!(city, if lund.status == 200 { "Lund" } else { "Malmö" });
        assert_eq!(app.history_of(anna.id).await.len(), 2);
    }
}

on_both_engines!(a_change_that_changes_nothing_leaves_the_card_alone);
async fn a_change_that_changes_nothing_leaves_the_card_alone(app: TestApp) {
    let anna = app.member_with("Anna Åkesson", json!({"city": "Lund"})).await;
    app.pass(chrono::Duration::hours(1));
    for same in [json!({}), json!({"city": "Lund"}), json!({"city": " Lund ", "email": null})] {
        let answer = app.staff().await.patch(&anna.path, &anna.etag, same).await.expect(200);
        assert_eq!(answer.body, anna.card);
    }
    assert_eq!(app.history_of(anna.id).await.len(), 1);
}

on_both_engines!(the_same_key_with_the_same_body_registers_once);
async fn the_same_key_with_the_same_body_registers_once(app: TestApp) {
    let registrar = app.registrar().await;
    let body = || new_member("Anna Åkesson", json!({"city": "Lund"}));
    let first = registrar.post_once("/api/v1/members", "a key", body()).await.expect(201);
    app.pass(chrono::Duration::hours(23));
    let again = registrar.post_once("/api/v1/members", "a key", body()).await.expect(201);
    assert_eq!(again.text, first.text);
    assert_eq!(again.etag(), first.etag());
    assert_eq!(again.header("Location"), first.header("Location"));
    assert_eq!(count(&app).await, 1);

    let other = new_member("Anna Åkesson", json!({"city": "Malmö"}));
    let refused = registrar.post_once("/api/v1/members", "a key", other).await.expect(422);
    assert!(refused.text.contains("Idempotency-Key"), "{}", refused.text);
    registrar.post_once("/api/v1/members", "another key", body()).await.expect(201);
    app.registrar().await.post_once("/api/v1/members", "a key", body()).await.expect(201);
    assert_eq!(count(&app).await, 3, "another key and somebody else's key are other requests");

    app.pass(chrono::Duration::hours(1));
    registrar.post_once("/api/v1/members", "a key", body()).await.expect(201);
    assert_eq!(count(&app).await, 4, "a key is kept for a day");
}

on_both_engines!(a_key_whose_request_failed_may_be_used_again);
async fn a_key_whose_request_failed_may_be_used_again(app: TestApp) {
    let registrar = app.registrar().await;
    let taken = app.member_with("Bo Ek", json!({"member_number": "7"})).await;
    let refused = new_member("Anna Åkesson", json!({"member_number": taken.card["member_number"]}));
    registrar.post_once("/api/v1/members", "a key", refused).await.expect(409);
    registrar.post_once("/api/v1/members", "a key", new_member("Anna Åkesson", json!({}))).await.expect(201);
}

on_both_engines!(the_same_key_at_the_same_time_makes_one_member);
async fn the_same_key_at_the_same_time_makes_one_member(app: TestApp) {
    let registrar = app.registrar().await;
    for round in 1..=5 {
        let key = format!("key {round}");
        let body = || new_member("Anna Åkesson", json!({"member_number": format!("A-{round}")}));
        let answers = join_all((0..4).map(|_| registrar.post_once("/api/v1/members", &key, body()))).await;
        let ids: BTreeSet<String> = answers.into_iter().map(|answer| answer.expect(201).body["id"].to_string()).collect();
        assert_eq!(ids.len(), 1, "round {round}");
        assert_eq!(count(&app).await, round);
    }
}

on_both_engines!(an_idempotency_key_has_a_length);
async fn an_idempotency_key_has_a_length(app: TestApp) {
    let registrar = app.registrar().await;
    let post = async |key: &str| registrar.post_once("/api/v1/members", key, new_member("Bo Ek", json!({}))).await.status;
    assert_eq!(post("").await, 422);
    assert_eq!(post(&"k".repeat(201)).await, 422);
    assert_eq!(post(&"k".repeat(200)).await, 201);
}

on_both_engines!(everything_that_is_wrong_is_said_at_once);
async fn everything_that_is_wrong_is_said_at_once(app: TestApp) {
    let registrar = app.registrar().await;
    let nowhere = app.store().clock().new_id();
    let wrong = json!({
        "given_names": "", "surname": 5, "membership_type": "friend", "email": "anna", "country": "Sweden", "language": "swedish",
        "birth_date": "2027-01-01", "joined_on": "2030-01-01", "graduation_date": "2026-02-30", "member_number": "7/8",
        "former_surnames": ["Ek", ""], "workplace_ids": "none", "school_id": "none", "street": "a\nb", "city": "x".repeat(101),
        "shoe_size": 42, "a/b~c": null,
    });
    let refused = registrar.post("/api/v1/members", wrong).await.expect(422);
    let expected = [
        "/a~1b~0c",
        "/birth_date",
        "/city",
        "/country",
        "/email",
        "/former_surnames",
        "/given_names",
        "/graduation_date",
        "/joined_on",
        "/language",
        "/member_number",
        "/membership_type",
        "/school_id",
        "/shoe_size",
        "/street",
        "/surname",
        "/workplace_ids",
    ];
    assert_eq!(refused.pointers(), expected, "{}", refused.text);

    let empty = registrar.post("/api/v1/members", json!({})).await.expect(422);
    assert_eq!(empty.pointers(), ["/given_names", "/membership_type", "/surname"]);

    let unknown = json!({"workplace_ids": [nowhere], "local_branch_id": nowhere, "school_id": nowhere});
    let refused = registrar.post("/api/v1/members", new_member("Bo Ek", unknown)).await.expect(422);
    assert_eq!(refused.pointers(), ["/local_branch_id", "/school_id", "/workplace_ids"]);
    assert_eq!(count(&app).await, 0);
}

on_both_engines!(an_unknown_field_is_refused);
async fn an_unknown_field_is_refused(app: TestApp) {
    let anna = app.member("Anna Åkesson").await;
    let registrar = app.registrar().await;
    // Among them what only creates and what only the service sets.
    for field in ["e_mail", "Email", "id", "version", "member_number", "membership_type", "joined_on", "protection", "hidden"] {
        let refused = registrar.patch(&anna.path, &anna.etag, json!({field: "x", "city": "Lund"})).await.expect(422);
        assert_eq!(refused.pointers(), [format!("/{field}")]);
    }
    assert_eq!(registrar.get(&anna.path).await.etag(), anna.etag);
}

on_both_engines!(null_clears_and_what_is_not_sent_stays);
async fn null_clears_and_what_is_not_sent_stays(app: TestApp) {
    let school = app.school("Umeå universitet").await;
    let hospital = app.workplace("Umeå sjukhus").await;
    let filled = json!({
        "email": "anna@example.org", "street": "Storgatan 1", "postal_code": "90326", "city": "Umeå", "country": "SE",
        "language": "sv", "occupation": "läkare", "birth_date": "1980-01-01", "school_id": school, "workplace_ids": [hospital],
        "graduation_date": "2010-06-05", "graduation_confirmed_on": "2010-06-30", "former_surnames": ["Ek"],
    });
    let anna = app.member_with("Anna Åkesson", filled.clone()).await;
    let registrar = app.registrar().await;
    let (mut card, mut etag) = (anna.card, anna.etag);
    for field in filled.as_object().expect("fields").keys() {
        let changed = registrar.patch(&anna.path, &etag, json!({field: null})).await.expect(200);
        let shown = match field.as_str() {
            "school_id" => "school",
            "workplace_ids" => "workplaces",
            other => other,
        };
        let lists = ["workplaces", "former_surnames"];
        card[shown] = if lists.contains(&shown) { json!([]) } else { Value::Null };
        card["version"] = changed.body["version"].clone();
        assert_eq!(changed.body, card, "{field} is cleared, the rest stays");
        etag = changed.etag();
    }
    for field in ["given_names", "surname"] {
        let refused = registrar.patch(&anna.path, &etag, json!({field: null})).await.expect(422);
        assert_eq!(refused.pointers(), [format!("/{field}")]);
    }
}

on_both_engines!(an_empty_string_is_refused);
async fn an_empty_string_is_refused(app: TestApp) {
    let anna = app.member("Anna Åkesson").await;
    let registrar = app.registrar().await;
    let texts = [
        "given_names",
        "surname",
        "email",
        "phone",
        "street",
        "postal_code",
        "city",
        "country",
        "language",
        "occupation",
        "school_id",
    ];
    for field in texts {
        for empty in ["", "  ", "\u{a0}"] {
            let refused = registrar.patch(&anna.path, &anna.etag, json!({field: empty})).await.expect(422);
            assert_eq!(refused.pointers(), [format!("/{field}")], "{empty:?}");
        }
    }
}

on_both_engines!(a_new_surname_keeps_the_former_one);
async fn a_new_surname_keeps_the_former_one(app: TestApp) {
    let anna = app.member("Anna Åkesson").await;
    let registrar = app.registrar().await;
    let change = async |etag: String, fields: Value| {
        let changed = registrar.patch(&anna.path, &etag, fields).await.expect(200);
        (changed.etag(), changed.body["former_surnames"].clone())
    };
    let (etag, former) = change(anna.etag.clone(), json!({"surname": "Öberg"})).await;
    assert_eq!(former, json!(["Åkesson"]));
    let (etag, former) = change(etag, json!({"surname": "Ek", "given_names": "Anna Maria"})).await;
    assert_eq!(former, json!(["Åkesson", "Öberg"]));
    let (etag, former) = change(etag, json!({"given_names": "Anna"})).await;
    assert_eq!(former, json!(["Åkesson", "Öberg"]));
    let (_, former) = change(etag, json!({"surname": "Lind", "former_surnames": []})).await;
    assert_eq!(former, json!([]), "what is sent stands");
}

on_both_engines!(names_that_trouble_other_systems_come_back_whole);
async fn names_that_trouble_other_systems_come_back_whole(app: TestApp) {
    let long = format!("Anna {}", "å".repeat(200));
    for name in [
        "Anna Null",
        "Sean O'Brien",
        "Li Ng",
        "Olle \u{1F600}a",
        "李 小龍",
        "Jürgen Müller-Lüdenscheidt",
        "Robert'); DROP\u{a0}TABLE",
        "A%_ \\%B",
        &long,
    ] {
        let (given_names, surname) = name.rsplit_once(' ').expect("two names");
        let made = app.member(name).await;
        let read = app.staff().await.get(&made.path).await.expect(200).body;
        let spaces_made_plain = |text: &str| text.replace('\u{a0}', " ");
        assert_eq!(read["given_names"], spaces_made_plain(given_names));
        assert_eq!(read["surname"], spaces_made_plain(surname));
    }
}

on_both_engines!(an_id_of_nobody_is_not_found);
async fn an_id_of_nobody_is_not_found(app: TestApp) {
    let registrar = app.registrar().await;
    for id in [app.store().clock().new_id().to_string(), "0".into(), "%00".into(), "%ff".into(), "..%2f".into(), "x".repeat(2000)]
    {
        let path = format!("/api/v1/members/{id}");
        registrar.get(&path).await.expect(404);
        registrar.patch(&path, "*", json!({})).await.expect(404);
    }
}

on_both_engines!(a_list_is_read_page_by_page);
async fn a_list_is_read_page_by_page(app: TestApp) {
    let mut all = Vec::new();
    for number in 0..7 {
        all.push(app.member(&format!("Anna Ek{number}")).await.id);
    }
    let staff = app.staff().await;
    for limit in [1, 2, 3, 6, 7, 8, 200] {
        assert_eq!(all_pages(&staff, "", limit).await, all, "{limit} on a page");
    }
    let first = staff.get("/api/v1/members?limit=3").await.expect(200).body;
    app.member("Bo Ek").await;
    let rest = format!("/api/v1/members?limit=200&after={}", first["next"].as_str().expect("more follow"));
    assert_eq!(staff.get(&rest).await.expect(200).members().len(), 5, "who is registered meanwhile is not missed");
    let default = staff.get("/api/v1/members").await.expect(200).body;
    assert_eq!(default["items"].as_array().map(Vec::len), Some(8));
    assert_eq!(default["next"], Value::Null);
}

on_both_engines!(a_list_is_narrowed_by_each_filter);
async fn a_list_is_narrowed_by_each_filter(app: TestApp) {
    let (here, there) = (app.workplace("Here").await, app.workplace("There").await);
    let (branch, school) = (app.local_branch("Branch").await, app.school("School").await);
    let anna = app.member_with("Anna A", json!({"workplace_ids": [here], "joined_on": "2020-01-01"})).await.id;
    let bo = app.member_with("Bo B", json!({"workplace_ids": [here, there], "local_branch_id": branch})).await.id;
    let cilla = app.member_with("Cilla C", json!({"membership_type": "student", "graduation_date": "2026-06-05", "school_id": school, "joined_on": "2024-09-01"})).await.id;
    let dag = app.member_with("Dag D", json!({"joined_on": "2019-12-31", "graduation_date": "2026-06-06"})).await.id;
    let eva = app.member_with("Eva E", json!({"membership_type": "prospect", "joined_on": "2027-01-01"})).await.id;
    leave(&app, dag, "2026-03-31").await;
    change_type(&app, anna, "2026-05-01").await;

    let staff = app.staff().await;
    let nowhere = app.store().clock().new_id();
    for (filter, expected) in [
        (format!("workplace_id={here}"), vec![anna, bo]),
        (format!("workplace_id={there}"), vec![bo]),
        (format!("workplace_id={nowhere}"), vec![]),
        (format!("local_branch_id={branch}"), vec![bo]),
        (format!("school_id={school}"), vec![cilla]),
        ("membership_type=professional".into(), vec![bo]),
        ("membership_type=manager".into(), vec![anna]),
        ("membership_type=student".into(), vec![cilla]),
        // Begins next year: not today.
        ("membership_type=prospect".into(), vec![]),
        ("graduated_from=2026-06-05&graduated_until=2026-06-05".into(), vec![cilla]),
        ("graduated_from=2026-06-06".into(), vec![dag]),
        ("graduated_until=2026-06-06".into(), vec![cilla, dag]),
        ("joined_from=2020-01-01&joined_until=2024-09-01".into(), vec![anna, cilla]),
        ("joined_until=2019-12-31".into(), vec![dag]),
        ("joined_from=2026-11-22".into(), vec![bo, eva]),
        ("left_from=2026-03-31&left_until=2026-03-31".into(), vec![dag]),
        // A change of type is no joining and no leaving.
        ("left_from=2000-01-01".into(), vec![dag]),
        ("joined_from=2026-01-01&joined_until=2026-06-30".into(), vec![]),
        (format!("workplace_id={here}&membership_type=manager"), vec![anna]),
        (format!("school_id={school}&workplace_id={here}"), vec![]),
    ] {
        for limit in [1, 200] {
            assert_eq!(all_pages(&staff, &format!("&{filter}"), limit).await, expected, "{filter}");
        }
    }
    for wrong in
        ["joined_from=2201-01-01", "left_until=1000-01-01", "limit=0", "limit=201", "after=x", "limit=9223372036854775808"]
    {
        staff.get(&format!("/api/v1/members?{wrong}")).await.expect(422);
    }
}

/// Ids of all members of a list, in its order, read `limit` at a time.
async fn all_pages(client: &Client, filter: &str, limit: usize) -> Vec<Uuid> {
    let (mut ids, mut after) = (Vec::new(), String::new());
    loop {
        let page = client.get(&format!("/api/v1/members?limit={limit}{filter}{after}")).await.expect(200).body;
        let items = page["items"].as_array().expect("items");
        assert!(items.len() <= limit);
        assert!(!items.is_empty() || after.is_empty(), "no page but the first is empty");
        for item in items {
            let id = item["id"].as_str().and_then(|id| id.parse::<Uuid>().ok()).expect("an id");
            assert!(!ids.contains(&id), "nobody is there twice");
            ids.push(id);
        }
        let Some(next) = page["next"].as_str() else { return ids };
        assert_eq!(items.len(), limit, "a page that is not the last is full");
        after = format!("&after={next}");
    }
}

async fn count(app: &TestApp) -> u64 {
    entity::member::Entity::find().count(app.store().database()).await.expect("members can be counted")
}

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

/// Ends the membership on `last`.
async fn leave(app: &TestApp, member: Uuid, last: &str) {
    end_period(app, member, last, Some(LeaveReason::Moved)).await;
}

/// The membership goes on as a manager's from `first`.
async fn change_type(app: &TestApp, member: Uuid, first: &str) {
    end_period(app, member, &day(first).pred_opt().expect("a day before").to_string(), None).await;
    app.insert::<membership_period::Entity>(membership_period::Model {
        id: app.store().clock().new_id(),
        member_id: member,
        membership_type: MembershipType::Manager,
        valid_from: Some(day(first)),
        valid_until: None,
        continues_previous: true,
        leave_reason: None,
    })
    .await;
}

async fn end_period(app: &TestApp, member: Uuid, last: &str, reason: Option<LeaveReason>) {
    let ended = membership_period::Entity::update_many()
        .col_expr(membership_period::Column::ValidUntil, Expr::value(day(last)))
        .col_expr(membership_period::Column::LeaveReason, Expr::value(reason))
        .filter(membership_period::Column::MemberId.eq(member))
        .exec(app.store().database())
        .await;
    assert_eq!(ended.expect("the period can be ended").rows_affected, 1);
}
