//! `matrikel jobs`: what the rules have done, and running one by hand.

use chrono::NaiveDate;
use entity::Vocabulary;
use entity::{lifecycle_rule, lifecycle_run};
use jobs::lifecycle::proof::alarms;
use jobs::lifecycle::run::Done;
use jobs::outbox::queue::Which;
use matrikel::config::Config;
use matrikel::database::Purpose;
use sea_orm::{EntityTrait, QueryOrder, QuerySelect};
use tokio::task::LocalSet;

use super::work::{automation, courier};
use super::{Failure, open};

/// How many runs are listed.
const SHOWN: u64 = 40;

/// Lists the rules, the last runs, and what is not as it should be.
pub(crate) async fn list(config: &Config) -> Result<(), Failure> {
    let opened = open(config, Purpose::Use).await?;
    let database = opened.store.database();
    for rule in lifecycle_rule::Entity::find().order_by_asc(lifecycle_rule::Column::Key).all(database).await? {
        let state = match rule.active_from {
            Some(since) if !rule.paused => {
                format!("active since {}", since.with_timezone(&config.time_zone).format("%Y-%m-%d %H:%M"))
            }
            _ => "paused".to_owned(),
        };
        out!("{}: {state}", rule.key);
    }
    let runs = lifecycle_run::Entity::find()
        .order_by_desc(lifecycle_run::Column::PlannedAt)
        .order_by_desc(lifecycle_run::Column::Id)
        .limit(SHOWN)
        .all(database)
        .await?;
    for run in &runs {
        out!("{}", told(run));
    }
    for alarm in alarms(&opened.store).await? {
        out!("ALARM {:?}: {} {}", alarm.wrong, alarm.slot, alarm.detail);
    }
    Ok(opened.close().await?)
}

/// Runs what is due for a rule, and sends its mails before it ends.
pub(crate) async fn run(config: &Config, name: &str, as_of: Option<NaiveDate>, dry_run: bool) -> Result<(), Failure> {
    let opened = open(config, Purpose::Use).await?;
    let automation = automation(config, &opened)?;
    let today = opened.store.clock().today();
    let as_of = as_of.unwrap_or(today);
    let done = match automation.run_by_hand(name, as_of, dry_run).await {
        Err(jobs::Error::NotFound) => {
            let rules =
                lifecycle_rule::Entity::find().order_by_asc(lifecycle_rule::Column::Key).all(opened.store.database()).await?;
            let known: Vec<&str> = rules.iter().map(|rule| rule.key.as_str()).collect();
            return Err(format!("there is no rule {name}; the rules are {}", known.join(", ")).into());
        }
        other => other?,
    };
    if as_of > today {
        out!("By hand, as of {as_of}, a day that is yet to come.");
    }
    let rule = lifecycle_rule::Entity::find_by_id(name).one(opened.store.database()).await?;
    let begin = rule.filter(|rule| !rule.paused).and_then(|rule| rule.active_from);
    for Done { run, now, .. } in &done {
        if begin.is_none_or(|begin| run.planned_at <= begin) && (*now || dry_run) {
            out!("An earlier slot, run by hand: the rule was not switched on when it was due.");
        }
        match (*now, dry_run) {
            (true, _) => out!("{}", told(run)),
            (false, true) => out!("would run: {}", told(run)),
            (false, false) => out!("has run before, nothing is sent again: {}", told(run)),
        }
    }
    if done.is_empty() {
        out!("Nothing is due, or somebody else is at it.");
    }
    let mails: Vec<_> = done.into_iter().flat_map(|done| done.mails).collect();
    if !mails.is_empty() {
        let courier = courier(config, &opened)?;
        let tally = LocalSet::new().run_until(courier.drain(Which::Ids(mails.clone()))).await?;
        let told: Vec<String> = tally.iter().map(|(how, count)| format!("{count} {how}")).collect();
        let told = if told.is_empty() {
            "none sent: outgoing mail is paused, or another process sends them".to_owned()
        } else {
            told.join(", ")
        };
        out!("mails: {} written; {told}", mails.len());
    }
    Ok(opened.close().await?)
}

fn told(run: &lifecycle_run::Model) -> String {
    let state = match (run.finished_at, run.by_hand, run.caught_up) {
        (None, ..) => "not finished",
        (Some(_), true, _) => "by hand",
        (Some(_), _, true) => "caught up",
        (Some(_), ..) => "in time",
    };
    let doubt = run.error.as_ref().map(|error| format!("; {error}")).unwrap_or_default();
    format!(
        "{}/{}/{} ({state}): {} due, {} listed, {} mailed, {} re-routed, left out {}, {} failed{doubt}",
        run.rule_key,
        run.notice.word(),
        run.slot,
        run.due,
        run.listed,
        run.mailed,
        run.rerouted,
        run.left_out,
        run.failed,
    )
}
