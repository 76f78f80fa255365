//! The feed of changes and the history of a member, as the API gives them.

use entity::import_batch::ImportMode;
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::client::{Client, Request};

/// The whole feed after `after`, read in pages of `limit`, and that nothing is repeated or out of order.
async fn feed(who: &Client, after: i64, limit: usize) -> Vec<Value> {
    let (mut items, mut last): (Vec<Value>, i64) = (Vec::new(), after);
    loop {
        let page = who.get(&format!("/api/v1/changes?after={last}&limit={limit}")).await.expect(200);
        let new = page.body["items"].as_array().expect("items").clone();
        assert!(new.len() <= limit);
        for item in &new {
            let number = item["number"].as_i64().expect("a number");
            assert!(number > last, "{number} after {last}");
            last = number;
        }
        items.extend(new);
        match &page.body["next"] {
            Value::Null => return items,
            next => assert_eq!(next, &json!(last.to_string()), "next is the last number seen"),
        }
    }
}

/// What happened to what of whom, without times and numbers.
fn told(items: &[Value]) -> Vec<(&str, &str, &str)> {
    fn word<'i>(item: &'i Value, field: &str) -> &'i str {
        item[field].as_str().unwrap_or("-")
    }
    items.iter().map(|item| (word(item, "kind"), word(item, "subject_type"), word(item, "member_id"))).collect()
}

on_both_engines!(the_feed_tells_what_changed_in_its_order_and_no_values);
async fn the_feed_tells_what_changed_in_its_order_and_no_values(app: TestApp) {
    let registrar = app.registrar().await;
    let school = registrar.post("/api/v1/schools", json!({"name": "Hemliga skolan"})).await.expect(201);
    let anna = app.member_with("Anna Hemlig", json!({"email": "hemlig@example.org"})).await;
    let patched = registrar.patch(&anna.path, &anna.etag, json!({"city": "Hemlighult"})).await.expect(200);
    let verified = Request::new("POST", &format!("{}/verifications", anna.path)).header("If-Match", patched.etag());
    registrar.send(verified.json(&json!({"details": ["email"], "channel": "phone"}))).await.expect(200);
    let steward = json!({"member_id": anna.id, "role": "student_representative", "school_id": school.body["id"]});
    registrar.post("/api/v1/appointments", steward).await.expect(201);
    let follower = app.feed().await;
    let items = feed(&follower, 0, 200).await;
    let id = anna.id.to_string();
    assert_eq!(
        told(&items),
        [
            ("created", "school", "-"),
            ("created", "member", id.as_str()),
            ("updated", "member", id.as_str()),
            ("verified", "member", id.as_str()),
            ("created", "appointment", id.as_str()),
        ]
    );
    let fields: Vec<&String> = items[2].as_object().expect("an object").keys().collect();
    assert_eq!(fields, ["at", "kind", "member_id", "number", "subject_id", "subject_type"]);
    assert!(!json!(items).to_string().to_lowercase().contains("hemlig"));
    for limit in [1, 2, 3] {
        assert_eq!(feed(&follower, 0, limit).await, items, "pages of {limit}");
    }
    let from = items[2]["number"].as_i64().expect("a number");
    assert_eq!(feed(&follower, from, 2).await, items[3..], "after a number comes what is greater");
    let last = items[4]["number"].as_i64().expect("a number");
    assert_eq!(feed(&follower, last, 2).await, Vec::<Value>::new());
    for query in ["limit=0", "limit=201"] {
        follower.get(&format!("/api/v1/changes?{query}")).await.expect(422);
    }
}

on_both_engines!(of_somebody_protected_the_feed_tells_only_the_withdrawal);
async fn of_somebody_protected_the_feed_tells_only_the_withdrawal(app: TestApp) {
    let (follower, officer) = (app.feed().await, app.privacy_officer().await);
    let (anna, bo) = (app.member("Anna Ek").await, app.member("Bo Ek").await);
    let (anna_id, bo_id) = (anna.id.to_string(), bo.id.to_string());
    let protect = |etag: String, protection: Value| {
        let request = Request::new("PUT", &format!("{}/protection", anna.path)).header("If-Match", etag);
        request.json(&json!({"protection": protection, "hidden": false}))
    };
    let protected = officer.send(protect(anna.etag.clone(), json!("marked"))).await.expect(200);
    let changed = officer.patch(&anna.path, &protected.etag(), json!({"city": "Lund"})).await.expect(200);
    let seen = feed(&follower, 0, 1).await;
    assert_eq!(told(&seen), [("created", "member", bo_id.as_str()), ("withdrawn", "member", anna_id.as_str())]);
    let of_officer = feed(&officer, 0, 200).await;
    assert_eq!(of_officer.len(), 4, "the privacy officer sees all");
    // Another kind of protection is no second withdrawal.
    let other = officer.send(protect(changed.etag(), json!("turvakielto"))).await.expect(200);
    assert_eq!(feed(&follower, 0, 200).await, seen);
    officer.send(protect(other.etag(), Value::Null)).await.expect(200);
    let after = seen[1]["number"].as_i64().expect("a number");
    let later = feed(&follower, after, 200).await;
    assert_eq!(told(&later).last(), Some(&("updated", "member", anna_id.as_str())), "whoever follows learns that she is back");
}

on_both_engines!(who_comes_protected_never_stands_in_the_feed_and_who_is_protected_by_a_file_is_withdrawn);
async fn who_comes_protected_never_stands_in_the_feed_and_who_is_protected_by_a_file_is_withdrawn(app: TestApp) {
    let follower = app.feed().await;
    app.import(ImportMode::Fill, "member_number;given_names;surname;protected\n1;Anna;Ek;1\n2;Bo;Ek;\n").await;
    let items = feed(&follower, 0, 200).await;
    assert_eq!(items.len(), 1);
    let bo = items[0]["member_id"].as_str().expect("Bo").to_owned();
    app.import(ImportMode::Fill, "member_number;given_names;surname;protected\n1;Anna;Ek;1\n2;Bo;Ek;1\n").await;
    let items = feed(&follower, 0, 200).await;
    assert_eq!(told(&items), [("withdrawn", "member", bo.as_str())]);
}

on_both_engines!(paging_while_others_write_misses_nothing);
async fn paging_while_others_write_misses_nothing(app: TestApp) {
    let (registrar, staff, follower) = (app.registrar().await, app.staff().await, app.feed().await);
    let anna = app.member("Anna Ek").await;
    let writer = async |who: &Client, name: &str| {
        for at in 0..15 {
            let body = json!({"given_names": name, "surname": format!("Ek {at}"), "membership_type": "prospect"});
            who.post("/api/v1/members", body).await.expect(201);
        }
    };
    let done = std::cell::Cell::new(false);
    let following = async {
        let (mut seen, mut after) = (Vec::new(), 0);
        loop {
            let last_round = done.get();
            let page = follower.get(&format!("/api/v1/changes?after={after}&limit=3")).await.expect(200);
            let items = page.body["items"].as_array().expect("items").clone();
            after = items.last().and_then(|item| item["number"].as_i64()).unwrap_or(after);
            let none = items.is_empty();
            seen.extend(items);
            if last_round && none {
                return seen;
            }
        }
    };
    let writing = async {
        tokio::join!(writer(&registrar, "Bo"), writer(&staff, "Li"), writer(&registrar, "Eva"));
        done.set(true);
    };
    let (seen, ()) = tokio::join!(following, writing);
    let numbers: Vec<i64> = seen.iter().filter_map(|item| item["number"].as_i64()).collect();
    let all: Vec<i64> = app.history().await.iter().map(|row| row.number).collect();
    assert_eq!(numbers, all);
    assert_eq!((all.len(), seen[0]["member_id"].as_str()), (46, Some(anna.id.to_string().as_str())));
}

on_both_engines!(the_history_of_a_member_is_read_from_the_newest_back);
async fn the_history_of_a_member_is_read_from_the_newest_back(app: TestApp) {
    let registrar = app.registrar().await;
    let anna = app.member("Anna Ek").await;
    app.member("Bo Ek").await;
    let mut etag = anna.etag.clone();
    for city in ["Lund", "Malmö", "Ystad"] {
        etag = registrar.patch(&anna.path, &etag, json!({"city": city})).await.expect(200).etag();
    }
    let path = format!("{}/history", anna.path);
    let whole = registrar.get(&path).await.expect(200);
    let cities: Vec<&Value> =
        whole.body["items"].as_array().expect("items").iter().map(|row| &row["changes"]["city"]["new"]).collect();
    assert_eq!(cities, [&json!("Ystad"), &json!("Malmö"), &json!("Lund"), &Value::Null]);
    let (mut items, mut query) = (Vec::new(), "?limit=1".to_owned());
    loop {
        let page = registrar.get(&format!("{path}{query}")).await.expect(200);
        items.extend(page.body["items"].as_array().expect("items").clone());
        let Some(next) = page.body["next"].as_str() else { break };
        query = format!("?limit=1&after={next}");
    }
    assert_eq!(json!(items), whole.body["items"]);
    assert_eq!(registrar.get(&format!("{path}?after=x")).await.expect(422).pointers(), ["/after"]);
    app.protect(anna.id, Some(entity::member::Protection::Marked)).await;
    registrar.get(&path).await.expect(404);
    app.privacy_officer().await.get(&path).await.expect(200);
}
