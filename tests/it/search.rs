//! Finding members and spellings, however the name is spelled, for whoever asks.

use std::time::{Duration, Instant};

use entity::history::Change;
use entity::member;
use entity::visibility::Viewer;
use jobs::Store;
use jobs::history::{Actor, Entry};
use matrikel::database::Purpose;
use matrikel::members::search::{Search, search};
use matrikel::state::State;
use sea_orm::EntityTrait;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::app::{Engine, Member, TestApp};
use crate::client::{Client, Response};

/// Within this time a change is to reach every running index.
pub(crate) const TWO_SECONDS: Duration = Duration::from_secs(2);

/// Waits until the index of a service that has just started is built.
pub(crate) async fn searching(app: &TestApp) {
    within(Duration::from_secs(30), async || app.state.names.is_ready()).await;
}

/// Waits until `holds`, at most so long.
pub(crate) async fn within(time: Duration, holds: impl AsyncFn() -> bool) {
    let began = Instant::now();
    while !holds().await {
        assert!(began.elapsed() < time, "it was not so within {time:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Searches for members.
pub(crate) async fn find(who: &Client, text: &str) -> Response {
    who.post("/api/v1/members/search", json!({"q": text})).await.expect(200)
}

/// The names of those who were found, in their order.
pub(crate) fn found(answer: &Response) -> Vec<String> {
    let name =
        |item: &Value| format!("{} {}", item["given_names"].as_str().unwrap_or("?"), item["surname"].as_str().unwrap_or("?"));
    answer.body["items"].as_array().expect("items").iter().map(name).collect()
}

/// A register of names that are like each other.
async fn register(app: &TestApp) -> Member {
    searching(app).await;
    let maarit = json!({
        "member_number": "104711", "birth_date": "1984-02-01", "city": "Umeå", "phone": "070-174 06 05", "email": "maarit@example.org",
        "workplace_ids": [app.workplace("Umeå sjukhus").await],
    });
    let maarit = app.member_with("Maarit Helena Karlsson", maarit).await;
    let file = "member_number;given_names;surname;former_surname;birth_date;city;left_on;membership_type\n\
                1;Anna;Karlsson;;1984-05-05;Lund;;\n2;Marianne;Carlsten;;;;;\n3;Mari;Karlberg;;;;;\n4;Bo;Ek;;;;;student\n\
                5;Marit;Öberg;Karlsson;;;;\n6;Margit;Larsson;;;;;\n7;Li;Ng;;;;;\n8;Göte;Åkesson;;;;;\n9;Marita;Karlzon;;;;2025-12-31;\n";
    app.import(entity::import_batch::ImportMode::Fill, file).await;
    maarit
}

on_both_engines!(marit_carlson_finds_maarit_karlsson_and_says_why);
async fn marit_carlson_finds_maarit_karlsson_and_says_why(app: TestApp) {
    let maarit = register(&app).await;
    let answer = find(&app.staff().await, "marit carlson").await;
    let first = answer.body["items"].as_array().expect("items").iter().take(3).find(|item| item["id"] == json!(maarit.id));
    let first = first.unwrap_or_else(|| panic!("not among the first: {}", answer.text));
    assert_eq!(
        (&first["member_number"], &first["birth_date"], &first["city"]),
        (&json!("104711"), &json!("1984-02-01"), &json!("Umeå"))
    );
    assert_eq!((&first["workplace"], &first["membership_type"]), (&json!("Umeå sjukhus"), &json!("professional")));
    let why: Vec<(&str, &str)> = first["match"]["why"]
        .as_array()
        .expect("reasons")
        .iter()
        .map(|why| (why["asked"].as_str().unwrap_or("?"), why["found"].as_str().unwrap_or("?")))
        .collect();
    assert_eq!(why, [("marit", "Maarit"), ("carlson", "Karlsson")]);
    assert_eq!(first["match"]["class"], "sounds_like");
    let score = first["match"]["score"].as_f64().expect("a score");
    assert!((0.5..1.0).contains(&score), "{score}");
    let spellings = answer.body["spellings"].as_array().expect("spellings");
    let carlson = spellings.iter().find(|word| word["asked"] == "carlson").expect("the word is named");
    let karlsson = carlson["alternatives"].as_array().expect("alternatives").iter().find(|one| one["spelling"] == "Karlsson");
    assert_eq!((&carlson["part"], &karlsson.expect("it is offered")["members"]), (&json!("surname"), &json!(2)));
}

on_both_engines!(what_is_spelled_right_stands_first_and_a_former_name_last);
async fn what_is_spelled_right_stands_first_and_a_former_name_last(app: TestApp) {
    register(&app).await;
    let staff = app.staff().await;
    let answer = find(&staff, "karlsson").await;
    assert_eq!(found(&answer)[..2], ["Anna Karlsson", "Maarit Helena Karlsson"]);
    let of_former =
        answer.body["items"].as_array().expect("items").iter().find(|item| item["surname"] == "Öberg").expect("she was one");
    assert_eq!(of_former["match"]["class"], "former_name");
    assert_eq!(found(&answer).last().map(String::as_str), Some("Marit Öberg"));
    for (text, name) in [
        ("KARLSSON maarit", "Maarit Helena Karlsson"),
        ("helena karls", "Maarit Helena Karlsson"),
        ("akesson", "Göte Åkesson"),
        ("ng", "Li Ng"),
        ("ek b", "Bo Ek"),
        ("gote aakesson", "Göte Åkesson"),
    ] {
        assert_eq!(found(&find(&staff, text).await).first().map(String::as_str), Some(name), "{text}");
    }
    let similar =
        staff.post("/api/v1/names/similar", json!({"name": "Carlsson", "part": "surname", "limit": 3})).await.expect(200);
    let spellings = similar.body["spellings"].as_array().expect("spellings");
    assert_eq!((&spellings[0]["spelling"], &spellings[0]["members"]), (&json!("Karlsson"), &json!(2)));
    assert!(spellings.len() <= 3);
    let given = staff.post("/api/v1/names/similar", json!({"name": "marit", "part": "given"})).await.expect(200);
    let names: Vec<&Value> = given.body["spellings"].as_array().expect("spellings").iter().map(|one| &one["spelling"]).collect();
    assert!(names.contains(&&json!("Maarit")) && names[0] == "Marit", "{names:?}");
}

on_both_engines!(numbers_addresses_and_birth_dates_go_into_the_same_box);
async fn numbers_addresses_and_birth_dates_go_into_the_same_box(app: TestApp) {
    register(&app).await;
    let staff = app.staff().await;
    for text in [
        "104711",
        "070-174 06 05",
        "+46 70 174 06 05",
        "0701740605",
        "maarit@example.org",
        "MAARIT@example.org",
        "1984-02-01",
        "840201",
        "karlsson 1984-02-01",
        "1.2.1984",
    ] {
        let answer = find(&staff, text).await;
        assert_eq!(found(&answer).first().map(String::as_str), Some("Maarit Helena Karlsson"), "{text}");
    }
    let number = find(&staff, "104711").await;
    assert_eq!(number.body["items"][0]["match"]["class"], "number");
    assert_eq!(found(&find(&staff, "karlsson 1984").await).len(), 2);
    assert_eq!(found(&find(&staff, "karlsson 1985").await), Vec::<String>::new());
}

on_both_engines!(a_filter_narrows_before_anything_is_ranked);
async fn a_filter_narrows_before_anything_is_ranked(app: TestApp) {
    register(&app).await;
    let staff = app.staff().await;
    let workplace = staff.get("/api/v1/workplaces").await.expect(200).body["items"][0]["id"].clone();
    let asked = async |text: &str, filter: Value| {
        found(&staff.post("/api/v1/members/search", json!({"q": text, "limit": 1, "filter": filter})).await.expect(200))
    };
    for filter in [json!({"city": "umea"}), json!({"workplace_id": workplace}), json!({"city": "Umeå", "birth_year": 1984})] {
        assert_eq!(asked("karlsson", filter.clone()).await, ["Maarit Helena Karlsson"], "{filter}");
    }
    assert_eq!(asked("karlsson", json!({"city": "Lund"})).await, ["Anna Karlsson"]);
    assert_eq!(asked("ek", json!({"membership_type": "student"})).await, ["Bo Ek"]);
    assert_eq!(asked("ek", json!({"membership_type": "manager"})).await, Vec::<String>::new());
    assert_eq!(asked("karlzon", json!({})).await.first().filter(|name| name.contains("Karlzon")), None, "she has left");
    assert_eq!(asked("karlzon", json!({"include_former_members": true})).await, ["Marita Karlzon"]);
    let spellings = async |former: bool| {
        let body = json!({"name": "karlzon", "part": "surname", "include_former_members": former});
        staff.post("/api/v1/names/similar", body).await.expect(200).text.contains("Karlzon")
    };
    assert_eq!((spellings(false).await, spellings(true).await), (false, true));
    let more = staff.post("/api/v1/members/search", json!({"q": "karlsson", "limit": 1})).await.expect(200);
    assert_eq!((found(&more).len(), &more.body["more"]), (1, &json!(true)));
}

on_both_engines!(the_searchers_rights_are_part_of_the_question);
async fn the_searchers_rights_are_part_of_the_question(app: TestApp) {
    let maarit = register(&app).await;
    let file = "member_number;given_names;surname;protected\n20;Maarit;Karlssonius;1\n21;Maarit;Karlsson;marked\n";
    app.import(entity::import_batch::ImportMode::Fill, file).await;
    let (staff, officer) = (app.staff().await, app.privacy_officer().await);
    let asked = async |who: &Client, text: &str| {
        let answer = find(who, text).await;
        (found(&answer), answer.body["spellings"].clone(), answer.body["more"].clone())
    };
    let similar = async |who: &Client| {
        let answer = who.post("/api/v1/names/similar", json!({"name": "karlsson", "part": "surname"})).await.expect(200);
        answer.body["spellings"].clone()
    };
    let before = (asked(&staff, "maarit karlsson").await, similar(&staff).await);
    let everything = (asked(&officer, "maarit karlsson").await, similar(&officer).await);
    assert!(!json!([before.0.0, before.0.1, before.1]).to_string().contains("Karlssonius"));
    assert!(everything.0.0.contains(&"Maarit Karlssonius".to_owned()));
    assert_eq!((before.1[0]["members"].clone(), everything.1[0]["members"].clone()), (json!(2), json!(3)));
    // The answer is the very one that a register without them gives.
    for number in ["20", "21"] {
        let id = find(&officer, number).await.body["items"][0]["id"].as_str().expect("an id").parse().expect("an id");
        erase(app.store(), id).await;
    }
    assert_eq!((asked(&staff, "maarit karlsson").await, similar(&staff).await), before);
    assert_eq!(asked(&officer, "maarit karlsson").await, before.0);
    app.protect(maarit.id, Some(member::Protection::No6)).await;
    // The harness wrote no history, so the index does not know yet: what is shown is asked of the register.
    assert!(!found(&find(&staff, "104711").await).contains(&"Maarit Helena Karlsson".to_owned()));
}

/// Takes a member out of the register, as erasing will: her row, with a history row that says so.
async fn erase(store: &Store, id: Uuid) {
    let actor = Actor::system();
    let erased = store.write(&actor, async |write| {
        member::Entity::delete_by_id(id).exec(write.database()).await?;
        write.note(Entry::member(id, Change::Removed, None));
        Ok(())
    });
    erased.await.expect("she can be erased");
}

on_both_engines!(whoever_is_erased_is_forgotten_with_her_name);
async fn whoever_is_erased_is_forgotten_with_her_name(app: TestApp) {
    searching(&app).await;
    let staff = app.staff().await;
    let anna = app.member_with("Anna Unikström", json!({"former_surnames": ["Sällsynt"]})).await;
    app.member("Eva Ek").await;
    assert_eq!(found(&find(&staff, "unikström").await), ["Anna Unikström"]);
    erase(app.store(), anna.id).await;
    for text in ["unikström", "sällsynt", "unikstrom anna", anna.card["member_number"].as_str().expect("a number")] {
        let answer = find(&staff, text).await;
        assert!(!answer.text.contains("Unikström") && !answer.text.contains("Sällsynt"), "{text}: {}", answer.text);
    }
    let similar = staff.post("/api/v1/names/similar", json!({"name": "Unikström", "part": "surname"})).await.expect(200);
    assert!(!similar.text.contains("Unikström"), "{}", similar.text);
}

on_both_engines!(an_instance_finds_what_it_has_just_been_told);
async fn an_instance_finds_what_it_has_just_been_told(app: TestApp) {
    searching(&app).await;
    let staff = app.staff().await;
    for round in 0..10 {
        let surname = format!("Nyström{}", "abcdefghij".chars().nth(round).expect("a letter"));
        let anna = app.member(&format!("Anna {surname}")).await;
        assert_eq!(found(&find(&staff, &surname).await)[0], format!("Anna {surname}"));
        app.registrar().await.patch(&anna.path, &anna.etag, json!({"surname": "Gift", "former_surnames": []})).await.expect(200);
        let answer = find(&staff, &surname).await;
        assert!(!found(&answer).contains(&format!("Anna {surname}")), "{}", answer.text);
        assert!(found(&find(&staff, "gift").await).len() == round + 1);
    }
}

on_both_engines!(what_another_process_writes_is_found_within_two_seconds);
async fn what_another_process_writes_is_found_within_two_seconds(app: TestApp) {
    searching(&app).await;
    let staff = app.staff().await;
    let anna = app.member("Anna Ek").await;
    find(&staff, "anna").await;
    // On SQLite a command beside the service, on PostgreSQL one more instance.
    let other = app.place.open(Purpose::Use).await.expect("the register opens");
    let actor = Actor::system();
    let renamed = other.store.write(&actor, async |write| {
        let row = member::ActiveModel {
            id: sea_orm::ActiveValue::Unchanged(anna.id),
            surname: sea_orm::ActiveValue::Set("Långtbortifrån".into()),
            ..Default::default()
        };
        member::Entity::update(row).exec(write.database()).await?;
        write.note(Entry::member(anna.id, Change::Updated, None));
        Ok(())
    });
    renamed.await.expect("she can be renamed");
    within(TWO_SECONDS, async || found(&find(&staff, "långtbortifrån").await) == ["Anna Långtbortifrån"]).await;
    erase(&other.store, anna.id).await;
    within(TWO_SECONDS, async || !find(&staff, "långtbortifrån").await.text.contains("Långtbortifrån")).await;
}

#[actix_web::test]
async fn a_second_instance_finds_within_two_seconds_what_the_first_is_told() {
    let app = TestApp::on(Engine::Postgres).await;
    let opened = app.place.open(Purpose::Serve).await.expect("a second instance opens");
    let second = State::new(app.place.config.clone(), &opened);
    within(Duration::from_secs(30), async || second.names.is_ready()).await;
    let asked = async |text: &str| {
        let asked = Search { text: text.into(), limit: 20, ..Search::default() };
        let answer = search(&second.store, &second.names, &Viewer::Unprotected, asked).await.expect("an answer");
        answer.items.into_iter().map(|item| item.surname).collect::<Vec<_>>()
    };
    assert_eq!(asked("åkesson").await, Vec::<String>::new());
    let anna = app.member("Anna Åkesson").await;
    within(TWO_SECONDS, async || asked("åkesson").await == ["Åkesson"]).await;
    let body = json!({"protection": "marked", "hidden": false});
    let request = crate::client::Request::new("PUT", &format!("{}/protection", anna.path)).header("If-Match", &anna.etag);
    app.privacy_officer().await.send(request.json(&body)).await.expect(200);
    assert_eq!(asked("åkesson").await, Vec::<String>::new(), "at once: what is shown is asked of the register");
}

on_both_engines!(nobody_types_two_hundred_letters_or_a_dozen_names);
async fn nobody_types_two_hundred_letters_or_a_dozen_names(app: TestApp) {
    searching(&app).await;
    let staff = app.staff().await;
    let refused = staff.post("/api/v1/members/search", json!({"q": "å".repeat(201)})).await.expect(400);
    assert!(refused.text.contains("201 characters; at most 200"), "{}", refused.text);
    let refused = staff.post("/api/v1/members/search", json!({"q": "a b c d e f g h i j k l m"})).await.expect(400);
    assert!(refused.text.contains("13 words; at most 12"), "{}", refused.text);
    let refused = staff.post("/api/v1/names/similar", json!({"name": "a".repeat(201), "part": "given"})).await.expect(400);
    assert!(refused.text.contains("201 characters"), "{}", refused.text);
    find(&staff, &"å".repeat(200)).await;
    find(&staff, "a b c d e f g h i j k l").await;
    for (body, pointers) in [
        (json!({}), &["/q"][..]),
        (json!({"q": 7, "limit": 0, "who": 1}), &["/limit", "/q", "/who"]),
        (json!({"q": "a", "limit": 201}), &["/limit"]),
        (json!({"q": "a", "filter": {"town": "Lund", "birth_year": "x"}}), &["/filter/birth_year", "/filter/town"]),
        (json!({"q": "a", "filter": {"membership_type": "boss"}}), &["/filter/membership_type"]),
    ] {
        let refused = staff.post("/api/v1/members/search", body.clone()).await.expect(422);
        assert_eq!(refused.pointers(), pointers, "{body}");
    }
    let refused = staff.post("/api/v1/names/similar", json!({"part": "middle"})).await.expect(422);
    assert_eq!(refused.pointers(), ["/name", "/part"]);
}

on_both_engines!(signs_and_strange_letters_are_characters_like_any_other);
async fn signs_and_strange_letters_are_characters_like_any_other(app: TestApp) {
    searching(&app).await;
    let staff = app.staff().await;
    for name in ["Anna 100%ek", "Bo محمد", "李 王", "Eva 👩ek", "Ida Ek"] {
        app.member(name).await;
    }
    for text in [
        "",
        " ",
        "%",
        "*",
        "_",
        "\0",
        "'",
        "\"",
        "\\",
        "👩\u{200d}🚀",
        "\u{202e}annA",
        "a\u{301}\u{301}\u{301}",
        "ek%",
        "%ek%",
        "'; DROP TABLE member; --",
        "\u{ffff}",
        "anna\0ek",
    ] {
        let answer = find(&staff, text).await;
        assert!(found(&answer).len() < 5, "{text:?} is no wildcard: {}", answer.text);
        staff.post("/api/v1/names/similar", json!({"name": text, "part": "surname"})).await.expect(200);
    }
    assert_eq!(found(&find(&staff, "%").await), Vec::<String>::new());
    assert_eq!(found(&find(&staff, "*").await), Vec::<String>::new());
    assert_eq!(found(&find(&staff, "محمد").await), ["Bo محمد"]);
    assert_eq!(found(&find(&staff, "王").await), ["李 王"]);
}
