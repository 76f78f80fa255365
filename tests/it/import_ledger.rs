//! Import of the member file: what a row does to the ledger of memberships.

use chrono::{Days, NaiveDate};
use entity::import_batch::ImportMode;
use entity::membership_period::{self, MembershipType};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};
use sea_orm::{EntityTrait, QueryOrder};
use serde_json::{Value, json};

use crate::app::{Engine, TestApp};
use crate::files::{counts, fields, places};
use crate::property::cases;

const HEADERS: &str = "member_number;given_names;surname;membership_type;joined_on;left_on;leave_reason\n";

/// A file of one member.
fn row(membership_type: &str, joined_on: &str, left_on: &str, leave_reason: &str) -> String {
    format!("{HEADERS}1;Anna;Ek;{membership_type};{joined_on};{left_on};{leave_reason}\n")
}

/// The ledger of the only member: type, first day, last day, whether it goes on from the one before, and why it ended.
async fn ledger(app: &TestApp) -> Vec<Value> {
    let mut periods = app.exported("1").await["memberships"].take();
    let periods = periods.as_array_mut().expect("a ledger");
    let field = |period: &mut Value, name: &str| period[name].take();
    let names = ["membership_type", "valid_from", "valid_until", "continues_previous", "leave_reason"];
    periods.iter_mut().map(|period| Value::from(names.map(|name| field(period, name)).to_vec())).collect()
}

/// Takes the file in twice: the second time nothing changes.
async fn twice(app: &TestApp, mode: ImportMode, file: &str) -> Vec<String> {
    let report = app.import(mode, file).await;
    let again = app.import(mode, file).await;
    assert_eq!((counts(&again), fields(&again)), ((0, 0, 1), vec![]), "the second time: {file}");
    fields(&report).into_iter().map(|(field, _)| field.to_owned()).collect()
}

on_both_engines!(a_row_that_ends_ends_the_membership);
async fn a_row_that_ends_ends_the_membership(app: TestApp) {
    app.import(ImportMode::Fill, row("professional", "2020-01-31", "", "")).await;
    let changed = twice(&app, ImportMode::Fill, &row("professional", "2020-01-31", "2026-06-30", "moved")).await;
    assert_eq!(changed, ["leave_reason", "left_on"]);
    assert_eq!(ledger(&app).await, [json!(["professional", "2020-01-31", "2026-06-30", false, "moved"])]);
    let registrar = app.registrar().await;
    let left = registrar.get("/api/v1/members?left_from=2026-06-30&left_until=2026-06-30").await.expect(200);
    assert_eq!(left.members().len(), 1);
    // A day that is there already is not filled but only overwritten.
    let later = row("professional", "2020-01-31", "2026-07-31", "retired");
    assert_eq!(twice(&app, ImportMode::Fill, &later).await, Vec::<String>::new());
    assert_eq!(twice(&app, ImportMode::Overwrite, &later).await, ["leave_reason", "left_on"]);
    assert_eq!(ledger(&app).await, [json!(["professional", "2020-01-31", "2026-07-31", false, "retired"])]);
}

on_both_engines!(who_leaves_without_a_reason_leaves_for_another_one);
async fn who_leaves_without_a_reason_leaves_for_another_one(app: TestApp) {
    twice(&app, ImportMode::Fill, &row("", "2020-01-31", "2026-06-30", "")).await;
    assert_eq!(ledger(&app).await, [json!(["professional", "2020-01-31", "2026-06-30", false, "other"])]);
    twice(&app, ImportMode::Overwrite, &row("", "2020-01-31", "2026-06-30", "unpaid")).await;
    assert_eq!(ledger(&app).await, [json!(["professional", "2020-01-31", "2026-06-30", false, "unpaid"])]);
}

on_both_engines!(another_type_goes_on_from_today);
async fn another_type_goes_on_from_today(app: TestApp) {
    app.import(ImportMode::Fill, row("student", "2020-01-31", "", "")).await;
    let other = row("manager", "2020-01-31", "", "");
    assert_eq!(twice(&app, ImportMode::Fill, &other).await, Vec::<String>::new(), "filling changes no type");
    assert_eq!(twice(&app, ImportMode::Overwrite, &other).await, ["membership_type"]);
    let both = [json!(["student", "2020-01-31", "2026-11-21", false, null]), json!(["manager", "2026-11-22", null, true, null])];
    assert_eq!(ledger(&app).await, both);
    let registrar = app.registrar().await;
    for (query, found) in [("joined_from=2026-01-01", 0), ("left_from=2026-01-01", 0), ("membership_type=manager", 1)] {
        let listed = registrar.get(&format!("/api/v1/members?{query}")).await.expect(200);
        assert_eq!(listed.members().len(), found, "{query}");
    }
    // On the same day it was a slip.
    twice(&app, ImportMode::Overwrite, &row("teacher", "2020-01-31", "", "")).await;
    assert_eq!(ledger(&app).await, [both[0].clone(), json!(["teacher", "2026-11-22", null, true, null])]);
}

on_both_engines!(who_joins_again_gets_a_new_membership);
async fn who_joins_again_gets_a_new_membership(app: TestApp) {
    app.import(ImportMode::Fill, row("student", "2020-01-31", "2022-06-30", "moved")).await;
    let back = row("professional", "2024-02-01", "", "");
    assert_eq!(twice(&app, ImportMode::Fill, &back).await, Vec::<String>::new(), "filling brings nobody back");
    twice(&app, ImportMode::Overwrite, &back).await;
    let first = json!(["student", "2020-01-31", "2022-06-30", false, "moved"]);
    assert_eq!(ledger(&app).await, [first.clone(), json!(["professional", "2024-02-01", null, false, null])]);
    let gone = row("professional", "2024-02-01", "2026-01-31", "retired");
    twice(&app, ImportMode::Overwrite, &gone).await;
    assert_eq!(ledger(&app).await, [first, json!(["professional", "2024-02-01", "2026-01-31", false, "retired"])]);
}

on_both_engines!(what_does_not_fit_the_ledger_is_told);
async fn what_does_not_fit_the_ledger_is_told(app: TestApp) {
    app.import(ImportMode::Fill, row("student", "2020-01-31", "2022-06-30", "moved")).await;
    app.import(ImportMode::Overwrite, row("professional", "2024-02-01", "", "")).await;
    let before = ledger(&app).await;
    for (file, column) in [
        (row("", "2022-06-30", "", ""), "joined_on"),
        (row("", "2021-01-01", "", ""), "joined_on"),
        (row("", "", "2024-01-31", ""), "left_on"),
    ] {
        let report = app.preview(ImportMode::Overwrite, file.clone()).await;
        assert_eq!(places(&report), [(2, column)], "{file}");
    }
    assert_eq!(ledger(&app).await, before);
}

on_both_engines!(a_joining_day_that_was_not_known_is_filled_in);
async fn a_joining_day_that_was_not_known_is_filled_in(app: TestApp) {
    app.import(ImportMode::Fill, row("student", "", "", "")).await;
    assert_eq!(ledger(&app).await, [json!(["student", null, null, false, null])]);
    assert_eq!(twice(&app, ImportMode::Fill, &row("student", "2020-01-31", "", "")).await, ["joined_on"]);
    assert_eq!(twice(&app, ImportMode::Fill, &row("student", "2019-01-31", "", "")).await, Vec::<String>::new());
    assert_eq!(twice(&app, ImportMode::Overwrite, &row("student", "2019-01-31", "", "")).await, ["joined_on"]);
    assert_eq!(ledger(&app).await, [json!(["student", "2019-01-31", null, false, null])]);
}

on_both_engines!(a_change_that_is_entered_ahead_survives_a_table_of_today);
async fn a_change_that_is_entered_ahead_survives_a_table_of_today(app: TestApp) {
    let member =
        app.member_with("Anna Ek", json!({"member_number": "1", "joined_on": "2020-01-31", "membership_type": "student"})).await;
    let change = crate::client::Request::new("POST", &format!("{}/change-type", member.path));
    let ahead = json!({"membership_type": "professional", "from": "2027-01-01"});
    app.registrar().await.send(change.header("If-Match", &member.etag).json(&ahead)).await.expect(200);
    let before = ledger(&app).await;
    for mode in [ImportMode::Fill, ImportMode::Overwrite] {
        assert_eq!(twice(&app, mode, &row("student", "2020-01-31", "", "")).await, Vec::<String>::new());
    }
    assert_eq!(ledger(&app).await, before);
}

property_on_both_engines!(whatever_rows_say_periods_never_overlap_and_a_second_run_changes_nothing);
fn whatever_rows_say_periods_never_overlap_and_a_second_run_changes_nothing(engine: Engine) {
    let day = || option::of((-1_500..300_i64).prop_map(day));
    let types = option::of(select(vec!["student", "professional", "manager"]));
    let step = (select(vec![ImportMode::Fill, ImportMode::Overwrite, ImportMode::Skip]), types, day(), day(), 0..400_u64);
    let config = Config { cases: cases(6, 200), failure_persistence: None, max_shrink_iters: 30, ..Config::default() };
    TestRunner::new(config)
        .run(&vec(step, 1..8), |steps| {
            actix_web::rt::System::new().block_on(async {
                let app = TestApp::on(engine).await;
                for (mode, membership_type, joined_on, left_on, later) in &steps {
                    let text = |day: &Option<NaiveDate>| day.map_or(String::new(), |day| day.to_string());
                    let file = row(membership_type.unwrap_or_default(), &text(joined_on), &text(left_on), "");
                    if app.preview(*mode, file.clone()).await.problems.is_empty() {
                        twice(&app, *mode, &file).await;
                    }
                    in_order(&app).await;
                    app.pass(chrono::Duration::days(i64::try_from(*later).expect("few days")));
                }
            });
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{error}"));
}

/// So many days after the first.
fn day(later: i64) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 22).expect("a day") + chrono::Duration::days(later)
}

/// No period lies over another, only the last may run, and what goes on follows the day before as another type.
async fn in_order(app: &TestApp) {
    let periods = membership_period::Entity::find().order_by_asc(membership_period::Column::Id);
    let mut periods = periods.all(app.store().database()).await.expect("the ledger can be read");
    periods.sort_by_key(|period| period.valid_from);
    for pair in periods.windows(2) {
        let [earlier, later] = pair else { continue };
        let (until, from) =
            (earlier.valid_until.expect("only the last runs"), later.valid_from.expect("only the first has no day"));
        assert!(until < from, "{periods:#?}");
        if later.continues_previous {
            assert_eq!(until + Days::new(1), from, "{periods:#?}");
            assert_eq!(earlier.leave_reason, None, "who goes on has not left: {periods:#?}");
        } else {
            assert!(earlier.leave_reason.is_some(), "who joins again had left: {periods:#?}");
        }
    }
    for period in &periods {
        let backwards = period.valid_from.zip(period.valid_until).is_some_and(|(from, until)| until < from);
        assert!(!backwards, "{periods:#?}");
    }
    assert!(periods.first().is_none_or(|first| !first.continues_previous), "{periods:#?}");
    assert!(periods.iter().all(|period| period.membership_type != MembershipType::Prospect));
}
