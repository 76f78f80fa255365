//! Employers, workplaces, local branches and schools.

use entity::history::{Change, Subject};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::client::{Client, Request, Response};

/// Where each kind stands, and what the history calls it.
const KINDS: [(&str, Subject); 4] = [
    ("/api/v1/employers", Subject::Employer),
    ("/api/v1/workplaces", Subject::Workplace),
    ("/api/v1/local-branches", Subject::LocalBranch),
    ("/api/v1/schools", Subject::School),
];
const EMPLOYERS: &str = KINDS[0].0;
const WORKPLACES: &str = KINDS[1].0;
const BRANCHES: &str = KINDS[2].0;
const SCHOOLS: &str = KINDS[3].0;

/// A new unit.
struct Unit {
    id: Value,
    path: String,
    etag: String,
}

/// Makes a unit.
async fn make(who: &Client, kind: &str, body: Value) -> Unit {
    let made = who.post(kind, body).await.expect(201);
    Unit { id: made.body["id"].clone(), path: made.header("Location").to_owned(), etag: made.etag() }
}

/// Removes the copy of a unit with this ETag.
async fn remove(who: &Client, path: &str, etag: &str) -> Response {
    who.send(Request::new("DELETE", path).header("If-Match", etag)).await
}

/// The names in a list.
async fn names(who: &Client, path: &str) -> Vec<String> {
    let list = who.get(path).await.expect(200);
    list.body["items"].as_array().expect("items").iter().map(|unit| unit["name"].as_str().expect("a name").to_owned()).collect()
}

on_both_engines!(units_are_made_read_renamed_and_removed);
async fn units_are_made_read_renamed_and_removed(app: TestApp) {
    let (registrar, staff) = (app.registrar().await, app.staff().await);
    for (kind, subject) in KINDS {
        let made = registrar.post(kind, json!({"name": " Umeå  sjukhus "})).await.expect(201);
        assert_eq!((&made.body["name"], &made.body["version"]), (&json!("Umeå sjukhus"), &json!(1)), "{kind}");
        let path = made.header("Location").to_owned();
        let read = staff.get(&path).await.expect(200);
        assert_eq!((&read.body, read.etag()), (&made.body, made.etag()));
        let renamed = registrar.patch(&path, &made.etag(), json!({"name": "Norrlands sjukhus"})).await.expect(200);
        assert_eq!((&renamed.body["name"], &renamed.body["version"]), (&json!("Norrlands sjukhus"), &json!(2)), "{kind}");
        let same = registrar.patch(&path, &renamed.etag(), json!({"name": "Norrlands sjukhus"})).await.expect(200);
        assert_eq!(same.etag(), renamed.etag(), "what changes nothing leaves it alone");
        assert_eq!(names(&staff, kind).await, ["Norrlands sjukhus"]);
        remove(&registrar, &path, &same.etag()).await.expect(204);
        staff.get(&path).await.expect(404);
        assert_eq!(names(&staff, kind).await, Vec::<String>::new());
        let history = app.history().await;
        let kinds: Vec<Change> = history.iter().filter(|row| row.subject_type == subject).map(|row| row.kind).collect();
        assert_eq!(kinds, [Change::Created, Change::Updated, Change::Removed], "{kind}");
        let renaming = json!({"name": {"old": "Umeå sjukhus", "new": "Norrlands sjukhus"}});
        assert_eq!(history[history.len() - 2].changes, Some(renaming));
        assert_eq!(
            history[history.len() - 1].changes.as_ref().map(|row| row["name"].clone()),
            Some(json!({"old": "Norrlands sjukhus", "new": null}))
        );
    }
}

on_both_engines!(a_unit_is_changed_and_removed_by_its_newest_copy_only);
async fn a_unit_is_changed_and_removed_by_its_newest_copy_only(app: TestApp) {
    let registrar = app.registrar().await;
    for (kind, _) in KINDS {
        let unit = make(&registrar, kind, json!({"name": "Huset"})).await;
        registrar.send(Request::new("PATCH", &unit.path).json(&json!({"name": "Tornet"}))).await.expect(428);
        registrar.send(Request::new("DELETE", &unit.path)).await.expect(428);
        let (one, other) = tokio::join!(
            registrar.patch(&unit.path, &unit.etag, json!({"name": "Tornet"})),
            registrar.patch(&unit.path, &unit.etag, json!({"name": "Kiosken"})),
        );
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 412], "{kind}");
        remove(&registrar, &unit.path, &unit.etag).await.expect(412);
        let nobody = format!("{kind}/{}", app.store().clock().new_id());
        registrar.get(&nobody).await.expect(404);
        registrar.patch(&nobody, "*", json!({"name": "Tornet"})).await.expect(404);
        remove(&registrar, &nobody, "*").await.expect(404);
    }
}

on_both_engines!(a_name_is_needed_and_given_once);
async fn a_name_is_needed_and_given_once(app: TestApp) {
    let registrar = app.registrar().await;
    for (kind, _) in KINDS {
        for body in [
            json!({}),
            json!({"name": null}),
            json!({"name": ""}),
            json!({"name": "-"}),
            json!({"name": "a".repeat(201)}),
            json!({"name": 7}),
        ] {
            let refused = registrar.post(kind, body.clone()).await.expect(422);
            assert_eq!(refused.pointers(), ["/name"], "{kind} {body}");
        }
        let refused = registrar.post(kind, json!({"name": "Huset", "colour": "red"})).await.expect(422);
        assert_eq!(refused.pointers(), ["/colour"], "{kind}");
        make(&registrar, kind, json!({"name": "Huset"})).await;
        let refused = registrar.post(kind, json!({"name": "Huset"})).await.expect(409);
        assert_eq!(refused.pointers(), ["/name"], "{kind}");
        let tower = make(&registrar, kind, json!({"name": "Tornet"})).await;
        let refused = registrar.patch(&tower.path, &tower.etag, json!({"name": "Huset"})).await.expect(409);
        assert_eq!(refused.pointers(), ["/name"], "{kind}");
        registrar.patch(&tower.path, &tower.etag, json!({"name": null})).await.expect(422);
        let once = registrar.post_once(kind, "the key of the kiosk", json!({"name": "Kiosken"})).await;
        if kind == EMPLOYERS {
            let again = registrar.post_once(kind, "the key of the kiosk", json!({"name": "Kiosken"})).await.expect(201);
            assert_eq!(once.expect(201).body, again.body);
        }
    }
}

on_both_engines!(a_workplaces_name_is_its_own_under_its_employer);
async fn a_workplaces_name_is_its_own_under_its_employer(app: TestApp) {
    let registrar = app.registrar().await;
    let skåne = make(&registrar, EMPLOYERS, json!({"name": "Region Skåne"})).await;
    let lund = make(&registrar, EMPLOYERS, json!({"name": "Lunds kommun"})).await;
    make(&registrar, WORKPLACES, json!({"name": "Huset", "employer_id": skåne.id})).await;
    make(&registrar, WORKPLACES, json!({"name": "Huset", "employer_id": lund.id})).await;
    let free = make(&registrar, WORKPLACES, json!({"name": "Huset"})).await;
    for body in [
        json!({"name": "Huset", "employer_id": skåne.id}),
        json!({"name": "Huset"}),
        json!({"name": "Huset", "employer_id": null}),
    ] {
        let refused = registrar.post(WORKPLACES, body.clone()).await.expect(409);
        assert_eq!(refused.pointers(), ["/name"], "{body}");
    }
    registrar.patch(&free.path, &free.etag, json!({"employer_id": lund.id})).await.expect(409);
    let query = |id: &Value| format!("{WORKPLACES}?employer_id={}", id.as_str().expect("an id"));
    assert_eq!(names(&registrar, &query(&skåne.id)).await, ["Huset"]);
    assert_eq!(names(&registrar, WORKPLACES).await.len(), 3);
    let unknown = json!({"name": "Tornet", "employer_id": app.store().clock().new_id()});
    assert_eq!(registrar.post(WORKPLACES, unknown).await.expect(422).pointers(), ["/employer_id"]);
}

on_both_engines!(a_tree_has_no_circles);
async fn a_tree_has_no_circles(app: TestApp) {
    let registrar = app.registrar().await;
    for kind in [WORKPLACES, BRANCHES] {
        let top = make(&registrar, kind, json!({"name": "Huset"})).await;
        let middle = make(&registrar, kind, json!({"name": "Våningen", "parent_id": top.id})).await;
        let bottom = make(&registrar, kind, json!({"name": "Rummet", "parent_id": middle.id})).await;
        for (unit, parent) in [(&top, &top), (&top, &middle), (&top, &bottom), (&middle, &bottom)] {
            let refused = registrar.patch(&unit.path, &unit.etag, json!({"parent_id": parent.id})).await.expect(422);
            assert_eq!(refused.pointers(), ["/parent_id"]);
        }
        let unknown = json!({"name": "Vinden", "parent_id": app.store().clock().new_id()});
        assert_eq!(registrar.post(kind, unknown).await.expect(422).pointers(), ["/parent_id"]);
        let below = format!("{kind}?parent_id={}", top.id.as_str().expect("an id"));
        assert_eq!(names(&registrar, &below).await, ["Våningen"]);
        let moved = registrar.patch(&bottom.path, &bottom.etag, json!({"parent_id": top.id})).await.expect(200);
        assert_eq!(names(&registrar, &below).await, ["Våningen", "Rummet"]);
        registrar.patch(&middle.path, &middle.etag, json!({"parent_id": bottom.id})).await.expect(200);
        registrar.patch(&bottom.path, &moved.etag(), json!({"parent_id": null})).await.expect(200);
        assert_eq!(names(&registrar, &below).await, Vec::<String>::new());
    }
}

on_both_engines!(two_moves_at_once_make_no_circle);
async fn two_moves_at_once_make_no_circle(app: TestApp) {
    let registrar = app.registrar().await;
    for round in 0..5 {
        let one = make(&registrar, BRANCHES, json!({"name": format!("Norr {round}")})).await;
        let other = make(&registrar, BRANCHES, json!({"name": format!("Söder {round}")})).await;
        let (first, second) = tokio::join!(
            registrar.patch(&one.path, &one.etag, json!({"parent_id": other.id})),
            registrar.patch(&other.path, &other.etag, json!({"parent_id": one.id})),
        );
        let mut statuses = [first.status, second.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 422]);
    }
}

on_both_engines!(a_workplace_stands_with_its_parent_under_one_employer);
async fn a_workplace_stands_with_its_parent_under_one_employer(app: TestApp) {
    let registrar = app.registrar().await;
    let skåne = make(&registrar, EMPLOYERS, json!({"name": "Region Skåne"})).await;
    let lund = make(&registrar, EMPLOYERS, json!({"name": "Lunds kommun"})).await;
    let house = make(&registrar, WORKPLACES, json!({"name": "Huset", "employer_id": skåne.id})).await;
    let floor = json!({"name": "Våningen", "employer_id": skåne.id, "parent_id": house.id});
    let floor = make(&registrar, WORKPLACES, floor).await;
    let room = json!({"name": "Rummet", "employer_id": skåne.id, "parent_id": floor.id});
    let room = make(&registrar, WORKPLACES, room).await;
    for body in [
        json!({"name": "Vinden", "parent_id": house.id}),
        json!({"name": "Vinden", "parent_id": house.id, "employer_id": lund.id}),
    ] {
        assert_eq!(registrar.post(WORKPLACES, body.clone()).await.expect(422).pointers(), ["/parent_id"], "{body}");
    }
    let refused = registrar.patch(&floor.path, &floor.etag, json!({"employer_id": lund.id})).await.expect(422);
    assert_eq!(refused.pointers(), ["/parent_id"]);
    // Where the one at the top goes, those below go too, unless a name is taken there.
    let taken = make(&registrar, WORKPLACES, json!({"name": "Rummet", "employer_id": lund.id})).await;
    let refused = registrar.patch(&house.path, &house.etag, json!({"employer_id": lund.id})).await.expect(409);
    assert_eq!(refused.pointers(), ["/employer_id"]);
    assert_eq!(registrar.get(&floor.path).await.etag(), floor.etag, "nothing has moved");
    remove(&registrar, &taken.path, &taken.etag).await.expect(204);
    registrar.patch(&house.path, &house.etag, json!({"employer_id": lund.id})).await.expect(200);
    for unit in [&floor, &room] {
        let read = registrar.get(&unit.path).await.expect(200);
        assert_eq!((&read.body["employer_id"], &read.body["version"]), (&lund.id, &json!(2)));
    }
}

on_both_engines!(what_is_referred_to_is_not_removed);
async fn what_is_referred_to_is_not_removed(app: TestApp) {
    let registrar = app.registrar().await;
    let employer = make(&registrar, EMPLOYERS, json!({"name": "Region Skåne"})).await;
    let house = make(&registrar, WORKPLACES, json!({"name": "Huset", "employer_id": employer.id})).await;
    let floor = json!({"name": "Våningen", "employer_id": employer.id, "parent_id": house.id});
    let floor = make(&registrar, WORKPLACES, floor).await;
    let branch = make(&registrar, BRANCHES, json!({"name": "Norr"})).await;
    let below = make(&registrar, BRANCHES, json!({"name": "Nordost", "parent_id": branch.id})).await;
    let school = make(&registrar, SCHOOLS, json!({"name": "Umeå universitet"})).await;
    let places = json!({"workplace_ids": [house.id], "local_branch_id": branch.id, "school_id": school.id});
    let anna = app.member_with("Anna Ek", places.clone()).await;
    app.member_with("Bo Ek", places).await;
    let appointment = json!({"member_id": anna.id, "role": "shop_steward", "workplace_id": house.id});
    let appointment = registrar.post("/api/v1/appointments", appointment).await.expect(201);
    for (unit, words) in [
        (&employer, "2 workplaces;"),
        (&house, "1 workplace, 2 members, 1 appointment;"),
        (&branch, "1 local branch, 2 members;"),
        (&school, "2 members;"),
    ] {
        let refused = remove(&registrar, &unit.path, &unit.etag).await.expect(409);
        assert!(refused.text.contains(words), "{words}: {}", refused.text);
    }
    let removal = Request::new("DELETE", appointment.header("Location")).header("If-Match", appointment.etag());
    registrar.send(removal).await.expect(204);
    for unit in [&floor, &below] {
        remove(&registrar, &unit.path, &unit.etag).await.expect(204);
    }
    let members = registrar.get("/api/v1/members").await.expect(200);
    for id in members.members() {
        let path = format!("/api/v1/members/{id}");
        registrar.patch(&path, "*", json!({"workplace_ids": [], "local_branch_id": null, "school_id": null})).await.expect(200);
    }
    for unit in [&house, &employer, &branch, &school] {
        remove(&registrar, &unit.path, &unit.etag).await.expect(204);
    }
}

on_both_engines!(a_renamed_unit_shows_on_the_card);
async fn a_renamed_unit_shows_on_the_card(app: TestApp) {
    let registrar = app.registrar().await;
    let employer = make(&registrar, EMPLOYERS, json!({"name": "Landstinget"})).await;
    let house = make(&registrar, WORKPLACES, json!({"name": "Huset", "employer_id": employer.id})).await;
    let branch = make(&registrar, BRANCHES, json!({"name": "Norr"})).await;
    let school = make(&registrar, SCHOOLS, json!({"name": "Högskolan"})).await;
    let places = json!({"workplace_ids": [house.id], "local_branch_id": branch.id, "school_id": school.id});
    let anna = app.member_with("Anna Ek", places).await;
    for (unit, name) in [(&employer, "Regionen"), (&house, "Sjukhuset"), (&branch, "Söder"), (&school, "Universitetet")] {
        registrar.patch(&unit.path, &unit.etag, json!({"name": name})).await.expect(200);
    }
    let card = registrar.get(&anna.path).await.expect(200);
    assert_eq!(card.body["workplaces"], json!([{"id": house.id, "name": "Sjukhuset", "employer": "Regionen"}]));
    assert_eq!(card.body["local_branch"]["name"], "Söder");
    assert_eq!(card.body["school"]["name"], "Universitetet");
    assert_eq!(registrar.get("/api/v1/members").await.expect(200).body["items"][0]["workplaces"], json!(["Sjukhuset"]));
    assert_ne!(card.etag(), anna.etag, "whoever holds the old card is to read it again");
    registrar.patch(&anna.path, &anna.etag, json!({"city": "Lund"})).await.expect(412);
}

on_both_engines!(units_are_listed_page_by_page);
async fn units_are_listed_page_by_page(app: TestApp) {
    let registrar = app.registrar().await;
    for (kind, _) in KINDS {
        for name in ["Ö", "A", "Ä", "B", "1"] {
            make(&registrar, kind, json!({"name": name})).await;
        }
        let (mut seen, mut query) = (Vec::new(), "?limit=2".to_owned());
        loop {
            let page = registrar.get(&format!("{kind}{query}")).await.expect(200);
            seen.extend(
                page.body["items"]
                    .as_array()
                    .expect("items")
                    .iter()
                    .map(|unit| unit["name"].as_str().expect("a name").to_owned()),
            );
            let Some(next) = page.body["next"].as_str() else { break };
            query = format!("?limit=2&after={next}");
        }
        assert_eq!(seen, ["Ö", "A", "Ä", "B", "1"], "in the order in which they were made");
        registrar.get(&format!("{kind}?limit=0")).await.expect(422);
        registrar.get(&format!("{kind}?after=x")).await.expect(422);
    }
}
