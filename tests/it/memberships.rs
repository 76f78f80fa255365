//! Joining, going on as another type, leaving; what was checked with the member; lists over all of it.

use chrono::Duration;
use serde_json::{Value, json};

use crate::app::{Member, TestApp, new_member};
use crate::client::{Client, Request, Response};

/// Does `what` to a member of whom this is the newest copy.
async fn act(who: &Client, member: &Member, etag: &str, what: &str, body: Value) -> Response {
    let request = Request::new("POST", &format!("{}/{what}", member.path)).header("If-Match", etag);
    who.send(request.json(&body)).await
}

/// The ledger through the API: type, first day, last day, whether it goes on from the one before, and why it ended.
async fn ledger(who: &Client, member: &Member) -> Vec<Value> {
    let page = who.get(&format!("{}/membership-periods", member.path)).await.expect(200);
    assert_eq!(page.body["next"], Value::Null);
    let names = ["membership_type", "valid_from", "valid_until", "continues_previous", "leave_reason"];
    let items = page.body["items"].as_array().expect("items").iter();
    items.map(|period| Value::from(names.map(|name| period[name].clone()).to_vec())).collect()
}

on_both_engines!(a_member_joins_goes_on_as_another_type_leaves_and_comes_back);
async fn a_member_joins_goes_on_as_another_type_leaves_and_comes_back(app: TestApp) {
    let registrar = app.registrar().await;
    let anna = app.member_with("Anna Ek", json!({"membership_type": "student", "joined_on": "2020-01-31"})).await;
    let changed = json!({"membership_type": "professional", "from": "2024-07-01"});
    let changed = act(&registrar, &anna, &anna.etag, "change-type", changed).await.expect(200);
    let membership = |card: &Value| card["membership"].clone();
    assert_eq!(
        membership(&changed.body),
        json!({"membership_type": "professional", "joined_on": "2020-01-31", "left_on": null, "leave_reason": null, "current": true})
    );
    let left = json!({"left_on": "2026-06-30", "leave_reason": "changed_union"});
    let left = act(&registrar, &anna, &changed.etag(), "leave", left).await.expect(200);
    assert_eq!(
        membership(&left.body),
        json!({"membership_type": "professional", "joined_on": "2020-01-31", "left_on": "2026-06-30", "leave_reason": "changed_union", "current": false})
    );
    let back = act(&registrar, &anna, &left.etag(), "join", json!({"membership_type": "manager"})).await.expect(200);
    assert_eq!(
        membership(&back.body),
        json!({"membership_type": "manager", "joined_on": "2026-11-22", "left_on": null, "leave_reason": null, "current": true}),
        "today is the day when none is named"
    );
    assert_eq!(back.body["version"], 4);
    assert_eq!(registrar.get(&anna.path).await.expect(200).etag(), back.etag());
    assert_eq!(
        ledger(&registrar, &anna).await,
        [
            json!(["student", "2020-01-31", "2024-06-30", false, null]),
            json!(["professional", "2024-07-01", "2026-06-30", true, "changed_union"]),
            json!(["manager", "2026-11-22", null, false, null]),
        ]
    );
    let kinds: Vec<Value> = app.history_of(anna.id).await.iter().map(|row| json!(row.kind)).collect();
    assert_eq!(kinds, ["created", "type_changed", "left", "joined"]);
}

on_both_engines!(what_lies_ahead_is_entered_and_not_yet_in_force);
async fn what_lies_ahead_is_entered_and_not_yet_in_force(app: TestApp) {
    let registrar = app.registrar().await;
    let anna = app.member_with("Anna Ek", json!({"membership_type": "student", "joined_on": "2020-01-31"})).await;
    let ahead = json!({"membership_type": "professional", "from": "2026-12-01"});
    let changed = act(&registrar, &anna, &anna.etag, "change-type", ahead).await.expect(200);
    let facts = |card: &Value| {
        let membership = &card["membership"];
        ["membership_type", "joined_on", "left_on", "current"].map(|name| membership[name].clone())
    };
    assert_eq!(facts(&changed.body), [json!("student"), json!("2020-01-31"), Value::Null, json!(true)]);
    let leaving = json!({"left_on": "2027-01-31", "leave_reason": "retired"});
    act(&registrar, &anna, &changed.etag(), "leave", leaving).await.expect(200);
    app.pass(Duration::days(9));
    let card = registrar.get(&anna.path).await.expect(200).body;
    assert_eq!(facts(&card), [json!("professional"), json!("2020-01-31"), json!("2027-01-31"), json!(true)]);
    app.pass(Duration::days(61));
    let card = registrar.get(&anna.path).await.expect(200).body;
    assert_eq!(
        facts(&card),
        [json!("professional"), json!("2020-01-31"), json!("2027-01-31"), json!(true)],
        "the last day is one"
    );
    app.pass(Duration::days(1));
    let card = registrar.get(&anna.path).await.expect(200).body;
    assert_eq!(facts(&card), [json!("professional"), json!("2020-01-31"), json!("2027-01-31"), json!(false)]);
}

on_both_engines!(whoever_is_a_member_does_not_join_and_whoever_is_none_does_not_leave);
async fn whoever_is_a_member_does_not_join_and_whoever_is_none_does_not_leave(app: TestApp) {
    let registrar = app.registrar().await;
    let anna = app.member_with("Anna Ek", json!({"joined_on": "2020-01-31"})).await;
    let refused = act(&registrar, &anna, &anna.etag, "join", json!({"membership_type": "manager"})).await.expect(409);
    assert!(refused.body["detail"].as_str().is_some_and(|detail| detail.contains("change the type")), "{}", refused.text);
    let left = json!({"left_on": "2026-06-30", "leave_reason": "moved"});
    let left = act(&registrar, &anna, &anna.etag, "leave", left).await.expect(200);
    for (what, body) in [("leave", json!({"leave_reason": "moved"})), ("change-type", json!({"membership_type": "manager"}))] {
        let refused = act(&registrar, &anna, &left.etag(), what, body).await.expect(409);
        assert!(refused.body["detail"].as_str().is_some_and(|detail| detail.contains("let her join first")), "{}", refused.text);
    }
    let before_the_end = json!({"membership_type": "manager", "joined_on": "2026-06-30"});
    let refused = act(&registrar, &anna, &left.etag(), "join", before_the_end).await.expect(422);
    assert_eq!(refused.pointers(), ["/joined_on"]);
    let next_day = json!({"membership_type": "manager", "joined_on": "2026-07-01"});
    act(&registrar, &anna, &left.etag(), "join", next_day).await.expect(200);
}

on_both_engines!(what_does_not_fit_is_told_by_its_field_and_changes_nothing);
async fn what_does_not_fit_is_told_by_its_field_and_changes_nothing(app: TestApp) {
    let registrar = app.registrar().await;
    let anna = app.member_with("Anna Ek", json!({"membership_type": "student", "joined_on": "2020-01-31"})).await;
    let gone = app.member_with("Bo Ek", json!({"joined_on": "2020-01-31"})).await;
    let left = json!({"left_on": "2026-06-30", "leave_reason": "moved"});
    let left = act(&registrar, &gone, &gone.etag, "leave", left).await.expect(200);
    for (member, etag, what, body, pointers) in [
        (&anna, &anna.etag, "change-type", json!({"membership_type": "student"}), &["/membership_type"][..]),
        (&anna, &anna.etag, "change-type", json!({"membership_type": "manager", "from": "2020-01-31"}), &["/from"]),
        (&anna, &anna.etag, "change-type", json!({"membership_type": "manager", "from": "2027-11-24"}), &["/from"]),
        (&anna, &anna.etag, "change-type", json!({"membership_type": "boss", "form": 1}), &["/form", "/membership_type"]),
        (&anna, &anna.etag, "change-type", json!({}), &["/membership_type"]),
        (&anna, &anna.etag, "leave", json!({"left_on": "2020-01-30", "leave_reason": "moved"}), &["/left_on"]),
        (&anna, &anna.etag, "leave", json!({"left_on": "2027-11-24", "leave_reason": "moved"}), &["/left_on"]),
        (&anna, &anna.etag, "leave", json!({"left_on": "2026-02-30", "leave_reason": "bored"}), &["/leave_reason", "/left_on"]),
        (&anna, &anna.etag, "leave", json!({"leave_reason": null}), &["/leave_reason"]),
        (&gone, &left.etag(), "join", json!({"membership_type": "manager", "joined_on": "2027-11-24"}), &["/joined_on"]),
        (&gone, &left.etag(), "join", json!({"joined_on": "2026-07-01"}), &["/membership_type"]),
    ] {
        let refused = act(&registrar, member, etag, what, body.clone()).await.expect(422);
        assert_eq!(refused.pointers(), pointers, "{what} {body}: {}", refused.text);
    }
    assert_eq!(registrar.get(&anna.path).await.etag(), anna.etag);
    assert_eq!(registrar.get(&gone.path).await.etag(), left.etag());
    // A year and a day is accepted.
    act(&registrar, &anna, &anna.etag, "leave", json!({"left_on": "2027-11-23", "leave_reason": "moved"})).await.expect(200);
}

on_both_engines!(each_act_needs_the_newest_copy_and_the_same_request_is_done_once);
async fn each_act_needs_the_newest_copy_and_the_same_request_is_done_once(app: TestApp) {
    let registrar = app.registrar().await;
    let anna = app.member_with("Anna Ek", json!({"joined_on": "2020-01-31", "email": "anna@example.org"})).await;
    let acts = [
        ("change-type", json!({"membership_type": "manager"})),
        ("verifications", json!({"details": ["email"], "channel": "phone"})),
        ("leave", json!({"leave_reason": "moved"})),
    ];
    let mut etag = anna.etag.clone();
    for (what, body) in acts {
        let path = format!("{}/{what}", anna.path);
        registrar.post(&path, body.clone()).await.expect(428);
        act(&registrar, &anna, "\"of another copy\"", what, body.clone()).await.expect(412);
        let request = |etag: &str, body: &Value| {
            Request::new("POST", &path).header("If-Match", etag).header("Idempotency-Key", what).json(body)
        };
        let first = registrar.send(request(&etag, &body)).await.expect(200);
        let rows = app.history_of(anna.id).await.len();
        let again = registrar.send(request(&etag, &body)).await.expect(200);
        assert_eq!((again.etag(), &again.body), (first.etag(), &first.body), "{what}");
        assert_eq!(app.history_of(anna.id).await.len(), rows, "{what}");
        registrar.send(request(&first.etag(), &body)).await.expect(422);
        act(&registrar, &anna, &etag, what, body).await.expect(412);
        etag = first.etag();
    }
}

on_both_engines!(what_was_checked_with_the_member_stands_on_the_card_until_it_changes);
async fn what_was_checked_with_the_member_stands_on_the_card_until_it_changes(app: TestApp) {
    let staff = app.staff().await;
    let (house, tower) = (app.workplace("Huset").await, app.workplace("Tornet").await);
    let details =
        json!({"email": "anna@example.org", "phone": "070-174 06 05", "occupation": "lärare", "workplace_ids": [house]});
    let anna = app.member_with("Anna Ek", details).await;
    let all = json!({"details": ["workplace", "email", "phone", "occupation", "email"], "channel": "in_person"});
    let checked = act(&staff, &anna, &anna.etag, "verifications", all).await.expect(200);
    let row = |detail: &str, at: &str, channel: &str| json!({"detail": detail, "at": at, "by": "staff", "channel": channel});
    let noon = "2026-11-22T12:00:00Z";
    let all = ["email", "occupation", "phone", "workplace"].map(|detail| row(detail, noon, "in_person"));
    assert_eq!(checked.body["verified"], json!(all));
    let unrelated =
        staff.patch(&anna.path, &checked.etag(), json!({"city": "Lund", "email": "anna@example.org"})).await.expect(200);
    assert_eq!(unrelated.body["verified"], json!(all));
    app.pass(Duration::days(1));
    let phoned = json!({"details": ["phone"], "channel": "phone"});
    let again = act(&staff, &anna, &unrelated.etag(), "verifications", phoned).await.expect(200);
    assert_eq!(again.body["verified"][2], row("phone", "2026-11-23T12:00:00Z", "phone"), "the newest check counts");
    let mut etag = again.etag();
    let mut left: Vec<Value> = again.body["verified"].as_array().expect("a list").clone();
    for (change, detail) in [
        (json!({"email": "anna@example.com"}), "email"),
        (json!({"workplace_ids": [house, tower]}), "workplace"),
        (json!({"occupation": null}), "occupation"),
        (json!({"phone": "070-174 06 06"}), "phone"),
    ] {
        let changed = staff.patch(&anna.path, &etag, change).await.expect(200);
        left.retain(|row| row["detail"] != detail);
        assert_eq!(changed.body["verified"], json!(left), "{detail} is to be checked anew, and nothing else");
        etag = changed.etag();
    }
}

on_both_engines!(only_what_the_register_holds_can_be_checked);
async fn only_what_the_register_holds_can_be_checked(app: TestApp) {
    let staff = app.staff().await;
    let anna = app.member_with("Anna Ek", json!({"email": "anna@example.org"})).await;
    for (body, pointers) in [
        (json!({"details": [], "channel": "phone"}), &["/details"][..]),
        (json!({"details": ["email", "phone"], "channel": "phone"}), &["/details"]),
        (json!({"details": ["workplace"], "channel": "phone"}), &["/details"]),
        (json!({"details": ["city"], "channel": "phone"}), &["/details"]),
        (json!({"details": ["email"], "channel": "pigeon"}), &["/channel"]),
        (json!({"channel": null, "how": 1}), &["/channel", "/details", "/how"]),
    ] {
        let refused = act(&staff, &anna, &anna.etag, "verifications", body.clone()).await.expect(422);
        assert_eq!(refused.pointers(), pointers, "{body}: {}", refused.text);
    }
    assert_eq!(staff.get(&anna.path).await.expect(200).body["verified"], json!([]));
}

on_both_engines!(lists_are_narrowed_by_joining_leaving_graduating_and_type);
async fn lists_are_narrowed_by_joining_leaving_graduating_and_type(app: TestApp) {
    let registrar = app.registrar().await;
    let student =
        json!({"member_number": "1", "membership_type": "student", "joined_on": "2024-09-01", "graduation_date": "2026-06-05"});
    let anna = app.member_with("Anna Ek", student).await;
    let bo = app.member_with("Bo Ek", json!({"member_number": "2", "joined_on": "2020-01-31"})).await;
    let li =
        app.member_with("Li Ng", json!({"member_number": "3", "joined_on": "2026-11-22", "graduation_date": "2026-06-06"})).await;
    let changed = json!({"membership_type": "professional", "from": "2026-06-06"});
    act(&registrar, &anna, &anna.etag, "change-type", changed).await.expect(200);
    let left = json!({"left_on": "2026-01-31", "leave_reason": "moved"});
    let left = act(&registrar, &bo, &bo.etag, "leave", left).await.expect(200);
    act(&registrar, &bo, &left.etag(), "join", json!({"membership_type": "retired", "joined_on": "2026-10-01"}))
        .await
        .expect(200);
    let leaving = json!({"left_on": "2026-12-31", "leave_reason": "unpaid"});
    act(&registrar, &li, &li.etag, "leave", leaving).await.expect(200);
    for (query, numbers) in [
        ("joined_from=2024-09-01", vec!["1", "2", "3"]),
        ("joined_until=2024-09-01", vec!["1", "2"]),
        ("joined_from=2026-01-01&joined_until=2026-10-01", vec!["2"]),
        ("joined_from=2026-06-06&joined_until=2026-06-06", vec![]),
        ("left_from=2026-01-31&left_until=2026-01-31", vec!["2"]),
        ("left_from=2026-02-01", vec!["3"]),
        ("left_until=2026-06-05", vec!["2"]),
        ("membership_type=student", vec![]),
        ("membership_type=professional", vec!["1", "3"]),
        ("membership_type=retired", vec!["2"]),
        ("graduated_from=2026-06-06", vec!["3"]),
        ("graduated_from=2026-06-05&graduated_until=2026-06-05", vec!["1"]),
        ("graduated_until=2026-06-06&membership_type=professional&left_from=2026-01-01", vec!["3"]),
    ] {
        let page = registrar.get(&format!("/api/v1/members?{query}")).await.expect(200);
        let found: Vec<&str> =
            page.body["items"].as_array().expect("items").iter().filter_map(|one| one["member_number"].as_str()).collect();
        assert_eq!(found, numbers, "{query}");
    }
    let refused = registrar.get("/api/v1/members?joined_from=1849-12-31&left_until=2201-01-01").await.expect(422);
    assert_eq!(refused.pointers(), ["/joined_from", "/left_until"]);
}

on_both_engines!(a_prospect_becomes_a_member);
async fn a_prospect_becomes_a_member(app: TestApp) {
    let (staff, registrar) = (app.staff().await, app.registrar().await);
    let prospect = new_member("Bo Ek", json!({"membership_type": "prospect", "joined_on": "2026-09-01"}));
    let prospect = Member::from(staff.post("/api/v1/members", prospect).await.expect(201));
    let joined = json!({"membership_type": "professional"});
    let refused = act(&staff, &prospect, &prospect.etag, "change-type", joined.clone()).await.expect(403);
    assert!(refused.text.contains("members:register"), "{}", refused.text);
    act(&registrar, &prospect, &prospect.etag, "change-type", joined).await.expect(200);
    let periods = ledger(&staff, &prospect).await;
    assert_eq!(periods[0], json!(["prospect", "2026-09-01", "2026-11-21", false, null]));
    assert_eq!(periods[1], json!(["professional", "2026-11-22", null, true, null]));
}
