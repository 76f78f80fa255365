//! The name index follows the register: on its own instance, on every other, behind imports, and whoever writes.

use std::time::Duration;

use entity::import_batch::{ImportKind, ImportMode};
use entity::visibility::Viewer;
use futures_util::future::join_all;
use jobs::history::{Actor, Entry};
use matrikel::database::Purpose;
use matrikel::members::search::{Search, search};
use matrikel::state::State;
use sea_orm::{ActiveValue::Set, ActiveValue::Unchanged, EntityTrait};

use crate::app::{Engine, TestApp};
use crate::files::{apply, compare};
use crate::search::{TWO_SECONDS, find, found, searching, within};

/// The surnames that an instance finds.
async fn asked(instance: &State, text: &str) -> Vec<String> {
    let asked = Search { text: text.into(), limit: 20, ..Search::default() };
    let answer = search(&instance.store, &instance.names, &Viewer::Unprotected, asked).await.expect("an answer");
    answer.items.into_iter().map(|item| item.surname).collect()
}

/// One more instance on the same database, its index built.
async fn one_more(app: &TestApp) -> State {
    let opened = app.place.open(Purpose::Serve).await.expect("one more instance opens");
    let state = State::new(app.place.config.clone(), &opened);
    within(Duration::from_secs(30), async || state.names.is_ready()).await;
    state
}

/// A surname that is like no other number's.
fn surname(number: usize) -> String {
    let letters = "bdfgklmnprst".as_bytes();
    let mut number = number;
    let mut name = String::from("X");
    for _ in 0..4 {
        name.push(char::from(letters[number % letters.len()]));
        name.push('o');
        number /= letters.len();
    }
    name
}

#[actix_web::test]
async fn what_three_instances_write_at_the_same_time_all_of_them_find_within_two_seconds() {
    let app = TestApp::on(Engine::Postgres).await;
    searching(&app).await;
    let instances = [app.state.clone(), one_more(&app).await, one_more(&app).await];
    let mut people = Vec::new();
    for number in 0..12 {
        people.push(app.member(&format!("Anna {}", surname(number))).await);
    }
    // Each instance renames every third, all at the same time, so that change numbers are drawn side by side.
    let renamed = people.iter().enumerate().map(|(number, member)| {
        let store = &instances[number % 3].store;
        async move {
            let actor = Actor::system();
            let renamed = store.write(&actor, async |write| {
                let row = entity::member::ActiveModel {
                    id: Unchanged(member.id),
                    surname: Set(surname(1000 + number)),
                    ..Default::default()
                };
                entity::member::Entity::update(row).exec(write.database()).await?;
                write.note(Entry::member(member.id, entity::history::Change::Updated, None));
                Ok(())
            });
            renamed.await.expect("she can be renamed");
        }
    });
    join_all(renamed).await;
    for instance in &instances {
        for number in 0..people.len() {
            let new = surname(1000 + number);
            within(TWO_SECONDS, async || asked(instance, &new).await.contains(&new)).await;
            let old = surname(number);
            assert!(!asked(instance, &old).await.contains(&old), "she is no longer called {old}");
        }
    }
}

on_both_engines!(searches_go_on_while_an_import_is_followed_and_then_find_it);
async fn searches_go_on_while_an_import_is_followed_and_then_find_it(app: TestApp) {
    searching(&app).await;
    app.member("Anna Ek").await;
    let staff = app.staff().await;
    assert_eq!(found(&find(&staff, "anna ek").await), ["Anna Ek"]);
    let mut file = String::from("member_number;given_names;surname\n");
    for number in 0..6_000 {
        file += &format!("{};Bo;{}\n", 500_000 + number, surname(number));
    }
    // By another process, as a command beside the service is: it is far more than the index holds, so it is built anew.
    let other = app.place.open(Purpose::Use).await.expect("the register opens");
    let importer = matrikel::members::import::Import { store: &other.store, ..app.importer(ImportMode::Fill) };
    let compared = compare(&importer, ImportKind::Members, file).await;
    apply(&importer, &compared).await.expect("it can be applied");
    let last = surname(5_999);
    within(Duration::from_secs(20), async || {
        let answer = find(&staff, "anna ek").await;
        assert_eq!(found(&answer)[0], "Anna Ek", "whoever was found before is found meanwhile");
        found(&find(&staff, &last).await).contains(&format!("Bo {last}"))
    })
    .await;
    assert_eq!(app.state.names.read().len(), 6_001);
}

#[actix_web::test]
async fn what_a_command_changes_beside_the_service_is_found_within_two_seconds() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let app = TestApp::on(engine).await;
        searching(&app).await;
        let staff = app.staff().await;
        let file = app.place.folder().join("file.csv");
        for (file_text, text, name) in [
            ("member_number;given_names;surname\n7;Anna;Långtbortifrån\n", "långtbortifrån", "Anna Långtbortifrån"),
            ("member_number;given_names;surname\n7;Anna;Närmast\n", "närmast", "Anna Närmast"),
        ] {
            std::fs::write(&file, file_text).expect("the file can be written");
            let mut command = app.place.command(&["import", "members", "file.csv", "--mode", "overwrite"]);
            let done = tokio::task::spawn_blocking(move || command.output()).await.expect("a thread").expect("the program runs");
            assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
            within(TWO_SECONDS, async || found(&find(&staff, text).await).contains(&name.to_owned())).await;
        }
    }
}
