//! Import: what happens beside it, between comparing and writing and while it writes.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use entity::import_batch::{ImportKind, ImportMode};
use entity::visibility::Viewer;
use entity::{former_name, member, member_workplace, membership_period};
use jobs::history::Actor;
use matrikel::database::Purpose;
use matrikel::members::import::{Import, ImportFile, Phase};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;

use crate::app::{Place, TestApp, new_member};
use crate::files::{apply, compare, counts};

/// How long anything here may take at the most.
const PATIENCE: Duration = Duration::from_secs(60);

/// What holds for a conflict with what happened meanwhile: nothing of the file is written, and it says what to do.
async fn refused(app: &TestApp, import: &Import<'_>, compared: &crate::files::Compared) {
    let (before, history) = (app.everything().await, app.history().await.len());
    let error = apply(import, compared).await.expect_err("the register has moved on");
    assert!(matches!(error, jobs::Error::Conflict(_)), "{error:?}");
    assert_eq!((app.everything().await, app.history().await.len()), (before, history));
}

on_both_engines!(a_change_between_comparing_and_writing_is_merged);
async fn a_change_between_comparing_and_writing_is_merged(app: TestApp) {
    let anna = app.member_with("Anna Ek", json!({"member_number": "1", "email": "old@example.org"})).await;
    let bo = app.member_with("Bo Ek", json!({"member_number": "2", "city": "Lund"})).await;
    let import = app.importer(ImportMode::Overwrite);
    let file = "member_number;given_names;surname;email;city\n1;Anna;Ek;file@example.org;\n2;Bo;Ek;;Lund\n";
    let compared = compare(&import, ImportKind::Members, file).await;
    assert_eq!(counts(&compared.report), (0, 1, 1));
    let staff = app.staff().await;
    staff.patch(&anna.path, &anna.etag, json!({"city": "Ystad", "phone": "070-174 06 05"})).await.expect(200);
    staff.patch(&bo.path, &bo.etag, json!({"city": "Malmö"})).await.expect(200);
    apply(&import, &compared).await.expect("the changes do not touch each other");
    let anna = app.exported("1").await;
    assert_eq!([&anna["email"], &anna["city"], &anna["phone"]], ["file@example.org", "Ystad", "+46701740605"]);
    assert_eq!(app.exported("2").await["city"], "Malmö", "what the file did not mean to change stays");
}

on_both_engines!(filling_after_a_change_fills_only_what_is_still_blank);
async fn filling_after_a_change_fills_only_what_is_still_blank(app: TestApp) {
    let anna = app.member_with("Anna Ek", json!({"member_number": "1"})).await;
    let import = app.importer(ImportMode::Fill);
    let file = "member_number;given_names;surname;email;city\n1;Anna;Ek;file@example.org;Lund\n";
    let compared = compare(&import, ImportKind::Members, file).await;
    app.staff().await.patch(&anna.path, &anna.etag, json!({"email": "staff@example.org"})).await.expect(200);
    apply(&import, &compared).await.expect("the file can be applied");
    let anna = app.exported("1").await;
    assert_eq!([&anna["email"], &anna["city"]], ["staff@example.org", "Lund"]);
}

on_both_engines!(a_number_given_away_meanwhile_is_a_conflict);
async fn a_number_given_away_meanwhile_is_a_conflict(app: TestApp) {
    let import = app.importer(ImportMode::Fill);
    let file = "member_number;given_names;surname;former_surname\n1;Anna;Zz;Zz\n100001;Bo;Zz;\n";
    let compared = compare(&import, ImportKind::Members, file).await;
    assert_eq!(app.member("Li Ng").await.card["member_number"], "100001");
    refused(&app, &import, &compared).await;
}

on_both_engines!(an_identity_number_entered_meanwhile_is_a_conflict);
async fn an_identity_number_entered_meanwhile_is_a_conflict(app: TestApp) {
    let import = app.importer(ImportMode::Fill);
    let file = "member_number;given_names;surname;personal_identity_number\n1;Anna;Zz;19900101-1239\n";
    let compared = compare(&import, ImportKind::Members, file).await;
    app.member_with("Li Ng", json!({"personal_identity_number": "900101-1239"})).await;
    refused(&app, &import, &compared).await;
}

on_both_engines!(a_unit_made_meanwhile_is_a_conflict);
async fn a_unit_made_meanwhile_is_a_conflict(app: TestApp) {
    let import = app.importer(ImportMode::Fill);
    let file = "member_number;given_names;surname;school\n1;Anna;Zz;Umeå universitet\n";
    let compared = compare(&import, ImportKind::Members, file).await;
    app.school("Umeå universitet").await;
    refused(&app, &import, &compared).await;
    app.import(ImportMode::Fill, file).await;
    assert_eq!(app.exported("1").await["school"], "Umeå universitet", "the second time it is found");
}

on_both_engines!(a_unit_that_is_needed_only_now_is_a_conflict);
async fn a_unit_that_is_needed_only_now_is_a_conflict(app: TestApp) {
    let school = app.school("Lunds universitet").await;
    let anna = app.member_with("Anna Ek", json!({"member_number": "1", "school_id": school})).await;
    let import = app.importer(ImportMode::Fill);
    let file = "member_number;given_names;surname;school;city\n1;Anna;Ek;Umeå universitet;Lund\n2;Bo;Zz;;\n";
    let compared = compare(&import, ImportKind::Members, file).await;
    assert_eq!(compared.report.new_units, 0);
    app.registrar().await.patch(&anna.path, &anna.etag, json!({"school_id": null})).await.expect(200);
    refused(&app, &import, &compared).await;
}

on_both_engines!(somebody_erased_meanwhile_is_a_conflict);
async fn somebody_erased_meanwhile_is_a_conflict(app: TestApp) {
    let anna = app.member_with("Anna Ek", json!({"member_number": "1"})).await;
    let import = app.importer(ImportMode::Overwrite);
    let file = "member_number;given_names;surname;city\n1;Anna;Ek;Lund\n2;Bo;Zz;\n";
    let compared = compare(&import, ImportKind::Members, file).await;
    member::Entity::delete_by_id(anna.id).exec(app.store().database()).await.expect("she can be erased");
    refused(&app, &import, &compared).await;
}

on_both_engines!(a_membership_ended_meanwhile_that_the_file_cannot_mean_is_a_conflict);
async fn a_membership_ended_meanwhile_that_the_file_cannot_mean_is_a_conflict(app: TestApp) {
    let anna = app.member_with("Anna Ek", json!({"member_number": "1", "joined_on": "2020-01-31"})).await;
    let import = app.importer(ImportMode::Overwrite);
    let file = "member_number;given_names;surname;left_on\n1;Anna;Ek;2024-01-31\n2;Bo;Zz;\n";
    let compared = compare(&import, ImportKind::Members, file).await;
    let change = crate::client::Request::new("POST", &format!("{}/change-type", anna.path)).header("If-Match", &anna.etag);
    let change = change.json(&json!({"membership_type": "manager", "from": "2025-01-01"}));
    app.registrar().await.send(change).await.expect(200);
    refused(&app, &import, &compared).await;
}

on_both_engines!(the_rows_of_a_large_file_are_all_written);
async fn the_rows_of_a_large_file_are_all_written(app: TestApp) {
    let rows: String = (1..=4_500).map(|at| format!("{at};Anna;Ek {};Ek;Huset {};Lund\n", at % 90, at % 7)).collect();
    let file = format!("member_number;given_names;surname;former_surname;workplace;city\n{rows}");
    let report = app.import(ImportMode::Fill, file.clone()).await;
    assert_eq!((counts(&report), report.new_units), ((4_500, 0, 0), 7));
    let database = app.store().database();
    assert_eq!(member::Entity::find().count(database).await.expect("a number"), 4_500);
    assert_eq!(membership_period::Entity::find().count(database).await.expect("a number"), 4_500);
    assert_eq!(former_name::Entity::find().count(database).await.expect("a number"), 4_500);
    assert_eq!(member_workplace::Entity::find().count(database).await.expect("a number"), 4_500);
    let numbers: Vec<i64> = app.history().await.iter().map(|row| row.number).collect();
    assert_eq!(numbers, (1..=4_507).collect::<Vec<i64>>());
    let report = app.import(ImportMode::Overwrite, file.replace("Lund", "Ystad")).await;
    assert_eq!((counts(&report), report.fields["city"]), ((0, 4_500, 0), 4_500));
    let there = member::Entity::find().filter(member::Column::City.eq("Ystad")).count(database).await;
    assert_eq!(there.expect("a number"), 4_500);
}

/// An import as the command line makes it, in a process of its own, held while it writes.
struct Held {
    go_on: mpsc::Sender<()>,
    import: thread::JoinHandle<()>,
}

impl Held {
    /// Starts to import 2,500 members and stops after the first 2,000 are written.
    async fn begin(place: &Place) -> Self {
        let (go_on, held) = mpsc::channel::<()>();
        let (reached, middle) = tokio::sync::oneshot::channel();
        let config = place.config.clone();
        let import = thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let opened = matrikel::database::open(&config, Purpose::Use, jobs::Clock::system(config.time_zone)).await;
                let opened = opened.expect("the register opens");
                let import = Import {
                    store: &opened.store,
                    keys: &opened.keys,
                    default_country: "SE",
                    viewer: Viewer::Everyone,
                    actor: Actor::system(),
                    mode: ImportMode::Fill,
                    id: opened.store.clock().new_id(),
                };
                let rows: String = (1..=2_500).map(|at| format!("{at};Anna;Ek\n")).collect();
                let file = format!("member_number;given_names;surname\n{rows}").into_bytes();
                let file = std::sync::Arc::new(ImportFile::read(ImportKind::Members, file, "file").expect("a file"));
                let (_, plan) = import.compare(&file, &|_, _| {}).await.expect("it can be compared");
                let once = std::sync::Mutex::new(Some((reached, held)));
                let progress = |phase: Phase, done: usize| {
                    if phase == Phase::Writing
                        && done < 2_500
                        && let Some((reached, held)) = once.lock().expect("one at a time").take()
                    {
                        reached.send(()).expect("the test waits");
                        held.recv_timeout(PATIENCE).expect("the test lets go");
                    }
                };
                import.apply(&file, &plan.expect("nothing is wrong"), &progress).await.expect("it can be written");
            });
        });
        tokio::time::timeout(PATIENCE, middle).await.expect("it gets to the middle").expect("the import runs");
        Self { go_on, import }
    }

    /// Lets the import go on to its end.
    fn end(self) {
        self.go_on.send(()).expect("the import waits");
        self.import.join().expect("the import ends well");
    }
}

on_both_engines!(while_an_import_writes_reading_goes_on_and_other_changes_are_told_to_come_back);
async fn while_an_import_writes_reading_goes_on_and_other_changes_are_told_to_come_back(app: TestApp) {
    let anna = app.member_with("Anna Åkesson", json!({"member_number": "9001"})).await;
    let (staff, registrar) = (app.staff().await, app.registrar().await);
    // Once before, so that the index is built and the use of the tokens is noted.
    staff.post("/api/v1/members/search", json!({"q": "anna"})).await;
    let held = Held::begin(&app.place).await;
    for path in [anna.path.clone(), "/api/v1/members".to_owned(), format!("{}/history", anna.path), "/readyz".to_owned()] {
        staff.get(&path).await.expect(200);
    }
    let listed = staff.get("/api/v1/members").await.expect(200);
    assert_eq!(listed.members().len(), 1, "nothing of the import is seen before its end");
    let found = staff.post("/api/v1/members/search", json!({"q": "åkesson"})).await.expect(200);
    assert_eq!(found.members().len(), 1);
    let (patched, posted, made) = tokio::join!(
        staff.patch(&anna.path, &anna.etag, json!({"city": "Lund"})),
        registrar.post("/api/v1/members", new_member("Bo Ek", json!({}))),
        registrar.post_once("/api/v1/schools", "the same key", json!({"name": "Umeå universitet"})),
    );
    for turned_away in [patched, posted, made] {
        assert!(turned_away.expect(503).header("Retry-After").parse::<u32>().is_ok_and(|seconds| seconds > 0));
    }
    staff.get(&anna.path).await.expect(200);
    held.end();
    let patched = staff.patch(&anna.path, &anna.etag, json!({"city": "Lund"})).await.expect(200);
    assert_eq!(patched.body["city"], "Lund");
    registrar.post_once("/api/v1/schools", "the same key", json!({"name": "Umeå universitet"})).await.expect(201);
    let members = member::Entity::find().count(app.store().database()).await.expect("a number");
    assert_eq!(members, 2_501);
}
