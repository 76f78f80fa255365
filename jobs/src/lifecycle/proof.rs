//! Whether every run has run and found whom it should. What is not as it should be is an alarm: a metric, a line in
//! `/readyz`, and one mail to the administrator.

use chrono::Duration;
use entity::lifecycle_rule::{self, Notice};
use entity::lifecycle_run;
use entity::outbox::MailPriority;
use metrics::gauge;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::letters::notice_word;
use super::{Automation, IN_TIME};
use crate::history::Actor;
use crate::mails::alarm::{Alarm as Mail, Wrong};
use crate::outbox::{Needs, NewMail, Recipient};
use crate::timetable::Slot;
use crate::{Result, Store};

/// How long a run that ended with doubts is told of.
const TOLD_FOR: Duration = Duration::days(35);

/// A run that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// Rule, notice and slot: `graduate-follow-up/month_ahead/2027-01`.
    pub slot: String,
    /// What is wrong.
    pub wrong: Wrong,
    /// What the run itself says.
    pub detail: String,
}

/// Looks at the runs that should have ended by now.
///
/// # Errors
/// When the register cannot be read.
pub async fn alarms(store: &Store) -> Result<Vec<Alarm>> {
    let (now, zone) = (store.clock().now(), store.clock().zone());
    let rules = lifecycle_rule::Entity::find()
        .filter(lifecycle_rule::Column::Paused.eq(false))
        .order_by_asc(lifecycle_rule::Column::Key)
        .all(store.database())
        .await?;
    let mut alarms = Vec::new();
    for rule in rules {
        let Some(active_from) = rule.active_from else { continue };
        let runs = lifecycle_run::Entity::find()
            .filter(lifecycle_run::Column::RuleKey.eq(&rule.key))
            .filter(lifecycle_run::Column::PlannedAt.gt(active_from - Duration::days(400)))
            .all(store.database())
            .await?;
        for notice in &rule.notices.0 {
            let mut slots = Slot::due(*notice, zone, active_from, now - IN_TIME);
            if *notice != Notice::MonthAhead {
                // The last one takes in the days before it.
                slots.drain(..slots.len().saturating_sub(1));
            }
            for slot in slots {
                let made = |run: &&lifecycle_run::Model| {
                    let later = *notice != Notice::MonthAhead && run.planned_at > slot.at && run.finished_at.is_some();
                    run.notice == *notice && (run.slot == slot.name || later)
                };
                let run = runs.iter().filter(made).max_by_key(|run| run.finished_at);
                let wrong = match run {
                    None => Wrong::Missing,
                    Some(run) if run.finished_at.is_none() => Wrong::Unfinished,
                    Some(_) => continue,
                };
                let detail = run.and_then(|run| run.error.clone()).unwrap_or_default();
                alarms.push(Alarm { slot: named(&rule.key, *notice, &slot.name), wrong, detail });
            }
        }
        let doubtful = runs.iter().filter(|run| run.finished_at.is_some_and(|end| now - end < TOLD_FOR));
        alarms.extend(doubtful.filter_map(|run| {
            let detail = run.error.clone()?;
            Some(Alarm { slot: named(&rule.key, run.notice, &run.slot), wrong: Wrong::Doubtful, detail })
        }));
    }
    Ok(alarms)
}

impl Automation {
    /// Looks at the runs, sets the metrics, and mails each alarm to the administrator, once.
    ///
    /// # Errors
    /// When the register cannot be read or written now.
    pub async fn raise_alarms(&self) -> Result<Vec<Alarm>> {
        let alarms = alarms(&self.store).await?;
        gauge!("matrikel_lifecycle_alarms").set(f64::from(u32::try_from(alarms.len()).unwrap_or(u32::MAX)));
        if alarms.is_empty() {
            return Ok(alarms);
        }
        self.store
            .write(&Actor::system(), async |write| {
                for alarm in &alarms {
                    let language = self.outbox.language(None);
                    let mail = Mail { slot: alarm.slot.clone(), wrong: alarm.wrong, detail: alarm.detail.clone() };
                    let to = Recipient { member_id: None, name: None, address: self.offices.administrator.clone() };
                    self.outbox
                        .enqueue(
                            write,
                            NewMail {
                                dedupe_key: format!("alarm/{:?}/{}", alarm.wrong, alarm.slot).to_lowercase(),
                                priority: MailPriority::Notice,
                                kind: Mail::KIND,
                                slot: None,
                                to,
                                language,
                                content: mail.render(&self.outbox.letterhead(language))?,
                                needs: Needs::default(),
                            },
                        )
                        .await?;
                }
                Ok(())
            })
            .await?;
        for alarm in &alarms {
            tracing::error!(slot = alarm.slot, wrong = ?alarm.wrong, detail = alarm.detail, "A run is not as it should be");
        }
        Ok(alarms)
    }
}

fn named(rule: &str, notice: Notice, slot: &str) -> String {
    format!("{rule}/{}/{slot}", notice_word(notice))
}
