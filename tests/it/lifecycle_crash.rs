//! Runs that die, or sleep too long, between any two of their steps: they have written all or nothing, and the next one makes
//! them whole.
//!
//! In builds with debug assertions only, because only they have the points.

use std::rc::Rc;
use std::time::Duration as Time;

use chrono::{Datelike as _, Days, Months, NaiveDate, Weekday};
use entity::lifecycle_rule::{self, Notice};
use entity::{follow_up, lifecycle_run};
use jobs::Error;
use jobs::fail_point::{FailPoint, RunPoint};
use jobs::lifecycle::Automation;
use jobs::lifecycle::run::{Done, How, LEASE};
use jobs::timetable::Slot;
use sea_orm::{EntityTrait, QueryOrder};
use serde_json::Value;
use tokio::task::JoinHandle;

use crate::app::TestApp;
use crate::lifecycle::{RULE, Union, day};

/// What the database holds of runs: follow-ups, the keys of mails, and the runs that have ended.
#[derive(Clone, Debug, PartialEq)]
struct Written {
    follow_ups: Vec<follow_up::Model>,
    mails: Vec<String>,
    runs: Vec<lifecycle_run::Model>,
}

async fn written(app: &TestApp) -> Written {
    let database = app.store().database();
    let follow_ups = follow_up::Entity::find().order_by_asc(follow_up::Column::Id).all(database).await.expect("they can be read");
    let mut runs =
        lifecycle_run::Entity::find().order_by_asc(lifecycle_run::Column::Id).all(database).await.expect("they can be read");
    runs.retain(|run| run.finished_at.is_some());
    Written { follow_ups, mails: app.outbox().await.into_iter().map(|mail| mail.dedupe_key).collect(), runs }
}

/// One slot of the rule, to be run when the clock stands at it.
struct Due {
    rule: lifecycle_rule::Model,
    slot: Slot,
    how: How,
}

/// Puts the clock to seven o'clock of `on` and gives what is due then.
async fn due(app: &TestApp, notice: Notice, on: NaiveDate) -> Due {
    let zone = app.store().clock().zone();
    let seven = on.and_hms_opt(7, 0, 0).expect("a time").and_local_timezone(zone).single().expect("there is a seven o'clock");
    app.store().clock().set(seven.to_utc());
    let slot = Slot::last(notice, zone, seven.to_utc()).expect("a slot");
    assert_eq!(slot.day, on);
    let rule = lifecycle_rule::Entity::find_by_id(RULE).one(app.store().database()).await.expect("it can be read");
    Due { rule: rule.expect("the rule"), slot, how: How { on, by_hand: false, caught_up: false } }
}

/// Begins a run that stops at `point`, and waits until it is there.
async fn stop_at(
    app: &TestApp,
    due: &Rc<Due>,
    point: RunPoint,
) -> (Rc<FailPoint<RunPoint>>, JoinHandle<jobs::Result<Option<Done>>>) {
    let automation = app.state.automation();
    let fail_point = automation.fail_point.clone();
    fail_point.set(point);
    let due = due.clone();
    let running = actix_web::rt::spawn(async move { automation.run(&due.rule, &due.slot, &due.how).await });
    while !fail_point.is_dead() {
        assert!(!running.is_finished(), "it never came to {point:?}");
        tokio::time::sleep(Time::from_millis(2)).await;
    }
    (fail_point, running)
}

/// As another instance runs it; a writer that has just died may be in the way for a moment.
async fn run_again(app: &TestApp, due: &Due) -> Option<Done> {
    let automation: Automation = app.state.automation();
    for _ in 0..100 {
        match automation.run(&due.rule, &due.slot, &due.how).await {
            Err(Error::Busy(_)) => tokio::time::sleep(Time::from_millis(50)).await,
            other => return other.expect("it can be run"),
        }
    }
    panic!("the register stays busy");
}

on_both_engines!(a_run_that_dies_between_any_two_steps_is_made_whole_by_the_next);
async fn a_run_that_dies_between_any_two_steps_is_made_whole_by_the_next(app: TestApp) {
    let union = Union::new(app).await;
    let app = &union.app;
    let mut month = day("2027-01-01");
    for point in RunPoint::ALL {
        let graduated = (month - Months::new(6)).to_string();
        for name in ["Anna", "Bo", "Cia"] {
            union.student(&format!("{name} {point:?}"), &graduated).await;
        }
        let twentieth = (month - Days::new(1)).with_day(20).expect("a day");
        let fifteenth = month.with_day(15).expect("a day");
        let monday = fifteenth.iter_days().find(|day| day.weekday() == Weekday::Mon).expect("a Monday");
        for (notice, on) in [(Notice::MonthAhead, twentieth), (Notice::OnTheDay, month), (Notice::StillOpen, monday)] {
            let name = format!("{notice:?}, {point:?}");
            let due = Rc::new(due(app, notice, on).await);
            let before = written(app).await;
            let (_, dying) = stop_at(app, &due, point).await;
            dying.abort();
            let _ = dying.await;
            if point == RunPoint::Committed {
                assert!(written(app).await.runs.len() > before.runs.len(), "{name}");
                assert!(run_again(app, &due).await.is_none(), "{name}: it has run");
            } else {
                // While its lease runs, nobody else begins.
                let early = run_again(app, &due).await;
                assert!(early.is_none() && written(app).await == before, "{name}: nothing of it is written");
                app.pass(LEASE);
                let done = run_again(app, &due).await.expect("it is taken over");
                assert_eq!((done.run.epoch, done.mails.len() as i64), (2, done.run.mailed), "{name}");
            }
            let after = written(app).await;
            let run = after.runs.iter().find(|run| run.notice == notice && run.slot == due.slot.name).expect("the run");
            let of_slot = after.mails.iter().filter(|key| key.contains(&format!("/{}/", due.slot.name))).count();
            assert!(run.mailed >= 1 && run.error.is_none() && run.failed == 0, "{name}: {run:?}");
            assert_eq!((of_slot as i64, run.expected_mails), (run.mailed, run.mailed), "{name}");
            assert_eq!(
                run.due,
                run.listed + run.left_out.as_object().map_or(0, |why| why.values().filter_map(Value::as_i64).sum())
            );
            let opened = after.follow_ups.iter().filter(|row| row.run_id == run.id).count();
            assert_eq!(opened, if notice == Notice::MonthAhead { 3 } else { 0 }, "{name}");
        }
        month = month + Months::new(1);
    }
}

on_both_engines!(a_run_that_sleeps_through_its_lease_writes_nothing_when_it_wakes);
async fn a_run_that_sleeps_through_its_lease_writes_nothing_when_it_wakes(app: TestApp) {
    let union = Union::new(app).await;
    let app = &union.app;
    for (point, on, graduated) in
        [(RunPoint::Claimed, "2026-12-20", "2026-07-15"), (RunPoint::Planned, "2027-01-20", "2026-08-15")]
    {
        union.student(&format!("Anna {point:?}"), graduated).await;
        let due = Rc::new(due(app, Notice::MonthAhead, day(on)).await);
        let (fail_point, sleeping) = stop_at(app, &due, point).await;
        app.pass(LEASE);
        let done = run_again(app, &due).await.expect("it is taken over");
        assert_eq!((done.run.epoch, done.run.listed), (2, 1), "{point:?}");
        let before = written(app).await;
        fail_point.wake();
        let woken = sleeping.await.expect("it ends");
        assert!(matches!(woken, Err(Error::Stale)), "{point:?}: {woken:?}");
        assert_eq!(written(app).await, before, "{point:?}");
    }
}

on_both_engines!(a_run_that_sleeps_in_its_transaction_is_not_overtaken);
async fn a_run_that_sleeps_in_its_transaction_is_not_overtaken(app: TestApp) {
    let union = Union::new(app).await;
    let app = &union.app;
    union.student("Anna Åkesson", "2026-07-15").await;
    let due = Rc::new(due(app, Notice::MonthAhead, day("2026-12-20")).await);
    let (fail_point, sleeping) = stop_at(app, &due, RunPoint::MailsWritten).await;
    app.pass(LEASE);
    let refused = app.state.automation().run(&due.rule, &due.slot, &due.how).await;
    assert!(matches!(refused, Err(Error::Busy(_))), "{refused:?}");
    fail_point.wake();
    let done = sleeping.await.expect("it ends").expect("it is written").expect("it is its own");
    assert_eq!((done.run.epoch, done.run.listed, done.mails.len()), (1, 1, 1));
    assert!(run_again(app, &due).await.is_none(), "it has run");
    assert_eq!(app.outbox().await.len(), 1);
}
