//! Opening the register, several at once, and what goes on while it is locked.

use std::time::{Duration, Instant};

use entity::register;
use futures_util::future::join_all;
use jobs::Error;
use jobs::history::Actor;
use matrikel::database::{OpenError, Purpose};
use migration::sea_orm_migration::MigratorTrait;
use sea_orm::{ConnectionTrait, EntityTrait, PaginatorTrait};
use serde_json::json;
use tokio::sync::oneshot;

use crate::app::{Engine, Place, TestApp, new_member, write_key};

/// How long a write waits for its turn, and a margin for a busy machine.
const A_TURN: Duration = Duration::from_millis(3500);
/// What an answer takes that waits for nobody, on a busy machine.
const AT_ONCE: Duration = Duration::from_millis(1500);

property_on_both_engines!(six_instances_that_open_an_empty_database_at_once_all_come_up);
fn six_instances_that_open_an_empty_database_at_once_all_come_up(engine: Engine) {
    for round in 0..3 {
        let system = actix_web::rt::System::new();
        let place = system.block_on(Place::empty(engine));
        let barrier = std::sync::Barrier::new(6);
        let fingerprints: Vec<String> = std::thread::scope(|scope| {
            let instances: Vec<_> = (0..6)
                .map(|_| {
                    scope.spawn(|| {
                        barrier.wait();
                        let opened = actix_web::rt::System::new().block_on(place.open(Purpose::Upgrade));
                        opened.expect("each instance comes up").keys.fingerprint().to_owned()
                    })
                })
                .collect();
            instances.into_iter().map(|instance| instance.join().expect("no instance panics")).collect()
        });
        assert_eq!(fingerprints, vec![fingerprints[0].clone(); 6], "round {round}: one key");
        system.block_on(async {
            let opened = place.open(Purpose::Use).await.expect("the register is there");
            let registers = register::Entity::find().count(opened.store.database()).await.expect("the register's own row");
            assert_eq!(registers, 1, "round {round}");
        });
    }
}

on_both_engines!(six_openings_in_one_process_wait_for_each_other);
async fn six_openings_in_one_process_wait_for_each_other(app: TestApp) {
    let place = Place::empty(app.engine()).await;
    for opened in join_all((0..6).map(|_| place.open(Purpose::Upgrade))).await {
        opened.expect("each comes up");
    }
}

#[actix_web::test]
async fn a_second_service_on_the_same_file_is_refused() {
    let app = TestApp::sqlite().await;
    let refused = app.place.open(Purpose::Serve).await.expect_err("one serves already");
    assert!(matches!(refused, OpenError::AlreadyServed(_)), "{refused}");
    assert!(refused.to_string().contains("matrikel.db"), "{refused}");
    app.place.open(Purpose::Use).await.expect("other commands open the file beside it");
    app.stop().open(Purpose::Serve).await.expect("when the first has ended another may");
}

#[actix_web::test]
async fn several_services_share_a_postgres_database() {
    let app = TestApp::postgres().await;
    app.place.open(Purpose::Serve).await.expect("as many as one likes");
}

on_both_engines!(a_missing_or_old_schema_is_refused);
async fn a_missing_or_old_schema_is_refused(app: TestApp) {
    let empty = Place::empty(app.engine()).await;
    let refused = empty.open(Purpose::Use).await.expect_err("there are no tables");
    assert!(matches!(refused, OpenError::OldSchema), "{refused}");
    assert!(refused.to_string().contains("matrikel migrate"), "{refused}");
    assert_eq!(std::fs::read_dir(empty.folder()).expect("the folder").count(), 0, "and nothing is made");

    let table = migration::Register::migration_table_name().to_string();
    app.store().database().execute_unprepared(&format!("DELETE FROM {table}")).await.expect("the table of migrations");
    let refused = app.place.open(Purpose::Use).await.expect_err("a migration is missing");
    assert!(matches!(refused, OpenError::OldSchema), "{refused}");
}

on_both_engines!(a_wrong_or_missing_key_stops_the_start);
async fn a_wrong_or_missing_key_stops_the_start(app: TestApp) {
    let key = app.place.folder().join("key");
    for purpose in [Purpose::Use, Purpose::Upgrade] {
        std::fs::write(&key, "5b".repeat(32)).expect("the key can be written");
        let refused = app.place.open(purpose).await.expect_err("the key is another one");
        assert!(matches!(refused, OpenError::WrongKey(_)), "{refused}");
        std::fs::write(&key, "no key").expect("the key can be written");
        app.place.open(purpose).await.expect_err("the file holds no key");
        std::fs::remove_file(&key).expect("the key can be removed");
        let refused = app.place.open(purpose).await.expect_err("the key is missing");
        assert!(refused.to_string().contains("put back the key"), "{refused}");
        assert!(!key.exists(), "no other key is made in its place");
        write_key(app.place.folder());
        app.place.open(purpose).await.expect("with its key it opens");
    }
}

#[actix_web::test]
async fn a_database_in_memory_is_refused() {
    let mut place = Place::empty(Engine::Sqlite).await;
    for url in ["sqlite::memory:", "sqlite://"] {
        place.config.database_url = Some(url.into());
        let refused = place.open(Purpose::Upgrade).await.expect_err("a register needs a file");
        assert!(matches!(refused, OpenError::NoFile(_)), "{refused}");
    }
}

on_both_engines!(while_a_long_write_runs_others_are_busy_and_reading_goes_on);
async fn while_a_long_write_runs_others_are_busy_and_reading_goes_on(app: TestApp) {
    let anna = app.member("Anna Åkesson").await;
    let mut others = Vec::new();
    for number in 0..12 {
        others.push(app.member(&format!("Bo Ek{number}")).await);
    }
    let staff = app.staff().await;
    let before = app.history().await.len();
    let (holds, held) = oneshot::channel();
    let (release, released) = oneshot::channel::<()>();
    let (holds, released) = (std::cell::Cell::new(Some(holds)), std::cell::Cell::new(Some(released)));
    // As an import does it: the change numbers first, then a long time of writing.
    let importer = Actor::system();
    let long_write = app.store().write(&importer, async |write| {
        write.draw_change_numbers(1000).await?;
        holds.take().expect("it runs once").send(()).expect("the test waits");
        Ok(released.take().expect("it runs once").await.map_err(Error::internal))
    });
    let meanwhile = async {
        held.await.expect("the lock is held");
        let began = Instant::now();
        // The token's first use, which is noted in the register, does not wait for it.
        staff.get(&anna.path).await.expect(200);
        assert!(began.elapsed() < AT_ONCE, "reading took {:?}", began.elapsed());

        let began = Instant::now();
        // More writers than there are connections, and a reader among them.
        let writers = join_all(others.iter().map(|bo| staff.patch(&bo.path, &bo.etag, json!({"city": "Lund"}))));
        let registering = staff.post("/api/v1/members", new_member("Bo Ek", json!({"membership_type": "prospect"})));
        let reading = async {
            while began.elapsed() < Duration::from_secs(2) {
                let asked = Instant::now();
                staff.get(&anna.path).await.expect(200);
                staff.get("/api/v1/members").await.expect(200);
                assert!(asked.elapsed() < AT_ONCE, "reading took {:?}", asked.elapsed());
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        let (writers, registered, ()) = tokio::join!(writers, registering, reading);
        for answer in writers.into_iter().chain([registered]) {
            assert!(answer.expect(503).header("Retry-After").parse::<u32>().is_ok());
        }
        assert!((Duration::from_millis(900)..A_TURN).contains(&began.elapsed()), "{:?}", began.elapsed());
        release.send(()).expect("the lock is still held");
    };
    let (written, ()) = tokio::join!(long_write, meanwhile);
    written.expect("the long write commits").expect("it was released");
    assert_eq!(app.history().await.len(), before, "nothing of what was refused was done");
    staff.patch(&anna.path, &anna.etag, json!({"city": "Lund"})).await.expect(200);
}

on_both_engines!(a_process_beside_the_service_waits_for_its_turn_too);
async fn a_process_beside_the_service_waits_for_its_turn_too(app: TestApp) {
    let anna = app.member("Anna Åkesson").await;
    let staff = app.staff().await;
    let beside = app.place.open(Purpose::Use).await.expect("a second process can use the register").store;
    let written = beside
        .write(&Actor::system(), async |write| {
            write.draw_change_numbers(1).await?;
            let began = Instant::now();
            staff.patch(&anna.path, &anna.etag, json!({"city": "Lund"})).await.expect(503);
            assert!((Duration::from_millis(900)..A_TURN).contains(&began.elapsed()), "{:?}", began.elapsed());
            staff.get(&anna.path).await.expect(200);
            Ok(())
        })
        .await;
    written.expect("the process beside commits");
    staff.patch(&anna.path, &anna.etag, json!({"city": "Lund"})).await.expect(200);
}
