//! A slot of a rule happens once: beside other instances, across crashes, and with clocks that differ.

use chrono::{DateTime, Duration, Months, Utc};
use entity::lifecycle_rule::Notice;
use entity::membership_period::{self, MembershipType};
use entity::{lifecycle_rule, lifecycle_run};
use jobs::lifecycle::Automation;
use jobs::lifecycle::proof::alarms;
use jobs::lifecycle::run::{Claimed, How};
use jobs::mails::alarm::Wrong;
use jobs::timetable::Slot;
use jobs::{Clock, Error, Store};
use matrikel::database::Purpose;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;

use crate::app::TestApp;
use crate::lifecycle::{RULE, Union};
use crate::property::cases;

fn moment(text: &str) -> DateTime<Utc> {
    text.parse().expect("it is there")
}

/// As another instance has it, with a clock of its own.
fn beside(app: &TestApp, store: Store) -> Automation {
    Automation { store, ..app.state.automation() }
}

async fn all_runs(app: &TestApp) -> Vec<lifecycle_run::Model> {
    let rows = lifecycle_run::Entity::find().order_by_asc(lifecycle_run::Column::Id).all(app.store().database()).await;
    rows.expect("it is there")
}

#[actix_web::test]
async fn three_instances_with_clocks_that_differ_run_a_slot_once() {
    let union = Union::new(TestApp::postgres().await).await;
    let mut instances = Vec::new();
    for _ in 0..3 {
        let opened = union.app.place.open(Purpose::Use).await.expect("another instance");
        instances.push(opened);
    }
    let zone = union.app.state.config.time_zone;
    let rounds = cases(20, 200);
    for round in 0..rounds {
        // Each round is a month of its own, in which one member is due.
        let month = moment("2026-12-21T00:00:00Z").checked_add_months(Months::new(round)).expect("a month");
        let slot = Slot::last(Notice::MonthAhead, zone, month).expect("a list");
        let graduated = slot.month_ahead().first() - Months::new(6);
        union.student(&format!("Anna{round} Åkesson"), &graduated.to_string()).await;
        let automations: Vec<Automation> = [-90, 0, 90]
            .into_iter()
            .zip(&instances)
            .map(|(skew, opened)| {
                let clock = Clock::stopped(zone, slot.at + Duration::seconds(100 + skew));
                beside(&union.app, Store::new(opened.store.database().clone(), clock))
            })
            .collect();
        let (one, two, three) = tokio::join!(automations[0].tick(), automations[1].tick(), automations[2].tick());
        // Whoever came second may have been told to come back.
        let ran: usize = [one, two, three]
            .into_iter()
            .map(|done| done.unwrap_or_default().iter().filter(|done| done.run.slot == slot.name).count())
            .sum();
        if ran == 0 {
            automations[1].tick().await.expect("nobody is in the way now");
        }
        let runs = all_runs(&union.app).await;
        let of_slot: Vec<_> = runs.iter().filter(|run| run.slot == slot.name).collect();
        assert_eq!(of_slot.len(), 1, "round {round}");
        assert!(of_slot[0].finished_at.is_some() && ran <= 1, "round {round}: {of_slot:?}");
        assert_eq!((of_slot[0].listed, of_slot[0].mailed), (1, 1), "round {round}: {of_slot:?}");
        let name = format!("{RULE}/month_ahead/{}", slot.name);
        let lists = union.app.outbox().await.iter().filter(|mail| mail.slot.as_ref() == Some(&name)).count();
        assert_eq!(lists, 1, "round {round}: one mail");
    }
    let rows = entity::follow_up::Entity::find().all(union.app.store().database()).await.expect("it is there");
    assert_eq!(rows.len(), rounds as usize, "each once");
}

on_both_engines!(a_leader_that_slept_through_its_lease_writes_nothing);
async fn a_leader_that_slept_through_its_lease_writes_nothing(app: TestApp) {
    let union = Union::new(app).await;
    union.student("Anna Åkesson", "2026-07-15").await;
    let clock = union.app.store().clock().clone();
    clock.set(moment("2026-12-20T06:00:00Z"));
    let leader = union.app.state.automation();
    let rule = lifecycle_rule::Entity::find_by_id(RULE)
        .one(union.app.store().database())
        .await
        .expect("it is there")
        .expect("it is there");
    let slot = Slot::last(Notice::MonthAhead, clock.zone(), clock.now()).expect("it is there");
    let how = How { on: clock.today(), by_hand: false, caught_up: false };
    let Claimed::Ours(claim) = leader.claim(&rule, &slot, &how).await.expect("it is there") else { panic!("it is free") };
    // While the lease runs nobody else is at it.
    assert!(!union.at("2026-12-20T06:05:00Z").await.iter().any(|done| done.run.slot == "2027-01"));
    let done = union.at("2026-12-20T06:11:00Z").await;
    assert!(done.iter().any(|done| done.run.slot == "2027-01" && done.run.epoch == 2));
    let (runs, mails) = (all_runs(&union.app).await, union.app.outbox().await.len());
    let woken = leader.finish(&rule, &slot, &how, &claim).await;
    assert!(matches!(woken, Err(Error::Stale)), "{woken:?}");
    assert_eq!(all_runs(&union.app).await, runs);
    assert_eq!(union.app.outbox().await.len(), mails);
}

/// How many follow-ups there are, and how many lists of January.
async fn written(app: &TestApp) -> (usize, usize) {
    let outbox = app.outbox().await;
    let rows = entity::follow_up::Entity::find().all(app.store().database()).await.expect("it is there");
    (rows.len(), outbox.iter().filter(|mail| mail.slot.as_deref() == Some("graduate-follow-up/month_ahead/2027-01")).count())
}

on_both_engines!(a_run_that_is_cut_off_anywhere_is_made_whole_by_the_next);
async fn a_run_that_is_cut_off_anywhere_is_made_whole_by_the_next(app: TestApp) {
    let union = Union::new(app).await;
    for number in 0..40 {
        union.student(&format!("Anna{number} Åkesson"), "2026-07-15").await;
    }
    union.app.store().clock().set(moment("2026-12-20T06:00:00Z"));
    let automation = union.app.state.automation();
    let mut cut = 0;
    // Longer and longer, until it gets through: dropped at an await, a run is where a killed process left it.
    for attempt in 1..400_u64 {
        match tokio::time::timeout(std::time::Duration::from_micros(attempt * attempt * 20), automation.tick()).await {
            Err(_) => cut += 1,
            Ok(done) => {
                done.expect("the rules can be followed");
                let listed = all_runs(&union.app).await.into_iter().any(|run| run.slot == "2027-01" && run.finished_at.is_some());
                if listed {
                    break;
                }
            }
        }
        let mut written = written(&union.app).await;
        if written != (0, 0) && written != (40, 1) {
            // A commit that was under way when the run was dropped may fall between the two questions.
            actix_web::rt::time::sleep(std::time::Duration::from_millis(100)).await;
            written = self::written(&union.app).await;
        }
        assert!(written == (0, 0) || written == (40, 1), "all or nothing: {written:?}");
        union.app.pass(Duration::minutes(11));
    }
    assert!(cut > 3, "it was cut off {cut} times");
    assert_eq!(union.mails("graduate-follow-up/month_ahead/2027-01").await.len(), 1);
    assert_eq!(entity::follow_up::Entity::find().all(union.app.store().database()).await.expect("it is there").len(), 40);
}

on_both_engines!(a_change_between_reading_and_writing_is_seen);
async fn a_change_between_reading_and_writing_is_seen(app: TestApp) {
    let union = Union::new(app).await;
    let anna = union.student("Anna Åkesson", "2026-07-15").await;
    let clock = union.app.store().clock().clone();
    clock.set(moment("2026-12-20T06:00:00Z"));
    let automation = union.app.state.automation();
    let registrar = union.app.registrar().await;
    // Both at once, over and over: whoever is first, the list is of the register as it stood when it was written.
    let changes = async {
        for number in 0..15 {
            let date = if number % 2 == 0 { "2026-09-15" } else { "2026-07-15" };
            registrar.patch(&anna.path, "*", json!({"graduation_date": date})).await;
        }
    };
    let (done, ()) = tokio::join!(automation.tick(), changes);
    done.expect("the rules can be followed");
    let run = all_runs(&union.app).await.into_iter().find(|run| run.slot == "2027-01").expect("the list");
    let history = union.app.history().await;
    let known = history.iter().filter(|row| row.number <= run.change_number && row.member_id == Some(anna.id));
    let mut dates = known.filter_map(|row| row.changes.as_ref()?.get("graduation_date")?.get("new")?.as_str().map(str::to_owned));
    let july = dates.next_back().as_deref() == Some("2026-07-15");
    assert_eq!(run.listed, i64::from(july), "{run:?}");
}

on_both_engines!(a_run_that_is_missing_raises_an_alarm_and_tells_the_administrator_once);
async fn a_run_that_is_missing_raises_an_alarm_and_tells_the_administrator_once(app: TestApp) {
    let union = Union::new(app).await;
    let automation = union.app.state.automation();
    assert!(alarms(union.app.store()).await.expect("it is there").is_empty());
    union.app.store().clock().set(moment("2026-12-20T06:59:00Z"));
    let wrong = |alarms: Vec<jobs::lifecycle::proof::Alarm>, slot: &str| {
        alarms.into_iter().find(|alarm| alarm.slot == slot).map(|alarm| alarm.wrong)
    };
    let list = "graduate-follow-up/month_ahead/2027-01";
    assert_eq!(wrong(alarms(union.app.store()).await.expect("it is there"), list), None, "not late yet");
    union.app.store().clock().set(moment("2026-12-20T07:01:00Z"));
    assert_eq!(wrong(alarms(union.app.store()).await.expect("it is there"), list), Some(Wrong::Missing));
    let ready = union.app.nobody().get("/readyz").await.expect(200).body;
    assert!(ready["alarms"].as_array().expect("it is there").contains(&json!(list)), "{ready}");
    for _ in 0..2 {
        automation.raise_alarms().await.expect("they can be told");
    }
    let mails = union.app.mails().await;
    assert_eq!(mails.iter().filter(|mail| mail.text.contains(list)).count(), 1, "{mails:?}");
    automation.tick().await.expect("it is made up for");
    assert!(alarms(union.app.store()).await.expect("it is there").is_empty());
    assert_eq!(union.app.nobody().get("/readyz").await.expect(200).body["alarms"], json!([]));
}

on_both_engines!(a_run_that_found_nobody_where_people_were_due_raises_an_alarm);
async fn a_run_that_found_nobody_where_people_were_due_raises_an_alarm(app: TestApp) {
    let union = Union::new(app).await;
    union.student("Anna Åkesson", "2026-07-15").await;
    union.at("2026-12-20T06:00:00Z").await;
    assert!(alarms(union.app.store()).await.expect("it is there").is_empty());
    // A broken register: by it she was two things at once, and the run takes her for the wrong one.
    let bo = union.student("Bo Berg", "2026-08-15").await;
    let studied = membership_period::Entity::find().filter(membership_period::Column::MemberId.eq(bo.id));
    let studied = studied.one(union.app.store().database()).await.expect("it is there").expect("her period");
    membership_period::Entity::delete_by_id(studied.id).exec(union.app.store().database()).await.expect("it can go");
    let end = chrono::NaiveDate::from_ymd_opt(2028, 12, 31);
    for (membership_type, valid_until) in [(MembershipType::Professional, end), (MembershipType::Student, None)] {
        let id = union.app.store().clock().new_id();
        let row = membership_period::Model { id, membership_type, valid_until, ..studied.clone() };
        union.app.insert::<membership_period::Entity>(row).await;
    }
    let done = union.at("2027-01-20T06:00:00Z").await;
    let list = done.iter().find(|done| done.run.slot == "2027-02").expect("the list");
    assert_eq!((list.run.due, list.run.error.as_deref()), (0, Some("found 0 where the register says 1 are due")));
    let raised = alarms(union.app.store()).await.expect("it is there");
    let raised: Vec<_> = raised.iter().map(|alarm| (alarm.slot.as_str(), alarm.wrong)).collect();
    assert_eq!(raised, [("graduate-follow-up/month_ahead/2027-02", Wrong::Doubtful)]);
    union.app.state.automation().raise_alarms().await.expect("it can be told");
    let mails = union.app.mails().await;
    let told: Vec<_> = mails.iter().filter(|mail| mail.text.contains("found 0 where the register says 1 are due")).collect();
    assert_eq!(told.iter().map(|mail| mail.to.1.as_str()).collect::<Vec<_>>(), ["matrikel@localhost"]);
    let ready = union.app.nobody().get("/readyz").await.expect(200).body;
    assert_eq!(ready["alarms"], json!(["graduate-follow-up/month_ahead/2027-02"]));
}

on_both_engines!(a_run_that_was_begun_and_not_ended_raises_an_alarm);
async fn a_run_that_was_begun_and_not_ended_raises_an_alarm(app: TestApp) {
    let union = Union::new(app).await;
    let clock = union.app.store().clock().clone();
    clock.set(moment("2026-12-20T06:00:00Z"));
    let rule = lifecycle_rule::Entity::find_by_id(RULE).one(union.app.store().database()).await.expect("it is there");
    let slot = Slot::last(Notice::MonthAhead, clock.zone(), clock.now()).expect("a list");
    let how = How { on: clock.today(), by_hand: false, caught_up: false };
    let claimed = union.app.state.automation().claim(&rule.expect("the rule"), &slot, &how).await;
    assert!(matches!(claimed, Ok(Claimed::Ours(_))), "{claimed:?}");
    clock.set(moment("2026-12-20T07:00:01Z"));
    let raised = alarms(union.app.store()).await.expect("it is there");
    let list = raised.iter().find(|alarm| alarm.slot == "graduate-follow-up/month_ahead/2027-01").expect("an alarm");
    assert_eq!(list.wrong, Wrong::Unfinished);
}

on_both_engines!(the_command_line_runs_a_rule_and_sends_its_mails);
async fn the_command_line_runs_a_rule_and_sends_its_mails(app: TestApp) {
    let union = Union::new(app).await;
    union.student("Anna Åkesson", "2026-06-15").await;
    let run = |arguments: &[&str]| {
        let output = union.app.place.command(&[&["jobs"], arguments].concat()).output().expect("the program runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    };
    let said = run(&["run", RULE, "--as-of", "2026-11-20", "--dry-run"]);
    assert!(said.contains("would run: graduate-follow-up/month_ahead/2026-12") && said.contains("1 listed"), "{said}");
    assert!(!union.app.place.folder().join("mail").exists());
    let said = run(&["run", RULE, "--as-of", "2026-11-20"]);
    assert!(said.contains("An earlier slot, run by hand") && said.contains("1 accepted"), "{said}");
    let mails = std::fs::read_dir(union.app.place.folder().join("mail")).expect("the folder").count();
    assert_eq!(mails, 1);
    let said = run(&["run", RULE, "--as-of", "2026-11-20"]);
    assert!(said.contains("has run before, nothing is sent again"), "{said}");
    let said = run(&["list"]);
    assert!(said.contains("graduate-follow-up/month_ahead/2026-12 (by hand): 1 due, 1 listed, 1 mailed"), "{said}");
    let refused = union.app.place.command(&["jobs", "run", "no-such"]).output().expect("the program runs");
    assert!(!refused.status.success() && String::from_utf8_lossy(&refused.stderr).contains("the rules are"));
}
