//! When each notice of a rule is due, in the organisation's local time. Pure but for the ticker at its end.
//!
//! A [`Slot`] is one moment at which one notice is due, with a name by which the run table knows it: that table, not this
//! file, makes a slot happen once. Local times are worked out anew at every question, so a change of summer time moves
//! nothing: 07:00 is 07:00 on the wall. tokio-cron-scheduler only wakes us each minute, in UTC, because it takes a zone
//! for a fixed distance from UTC.

use std::sync::{Arc, LazyLock};

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use croner::Cron;
use entity::lifecycle_rule::Notice;
use tokio::sync::Notify;
use tokio_cron_scheduler::{Job, JobScheduler, JobSchedulerError};

use crate::dates::Month;

/// How many missed slots are made up for at the most.
pub const MOST_MISSED: usize = 12;

/// On the 20th at seven: early enough before the month, and read in the morning.
static MONTHLY: LazyLock<Cron> = LazyLock::new(|| cron("0 7 20 * *"));
static DAILY: LazyLock<Cron> = LazyLock::new(|| cron("0 7 * * *"));
static MONDAYS: LazyLock<Cron> = LazyLock::new(|| cron("0 7 * * 1"));

#[expect(clippy::expect_used, reason = "the patterns stand above")]
fn cron(pattern: &str) -> Cron {
    pattern.parse().expect("a cron pattern")
}

/// One moment at which one notice is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Of which notice.
    pub notice: Notice,
    /// What the run table knows it by: the month listed (`2027-01`), or the day (`2027-01-15`).
    pub name: String,
    /// When it is due.
    pub at: DateTime<Utc>,
    /// The local day on which it is due.
    pub day: NaiveDate,
}

impl Slot {
    fn at(notice: Notice, at: DateTime<Tz>) -> Self {
        let day = at.date_naive();
        let name = match notice {
            Notice::MonthAhead => Month::of(day).next().to_string(),
            Notice::OnTheDay | Notice::StillOpen => day.to_string(),
        };
        Self { notice, name, at: at.to_utc(), day }
    }

    /// The month that is listed ahead on this slot's day.
    pub fn month_ahead(&self) -> Month {
        Month::of(self.day).next()
    }

    /// The last slot of `notice` that is due at `now`; none before the calendar.
    pub fn last(notice: Notice, zone: Tz, now: DateTime<Utc>) -> Option<Self> {
        last(pattern(notice), zone, now).map(|at| Self::at(notice, at))
    }

    /// The slots of `notice` after `after` that are due at `now`, oldest first: the last [`MOST_MISSED`] of them.
    pub fn due(notice: Notice, zone: Tz, after: DateTime<Utc>, now: DateTime<Utc>) -> Vec<Self> {
        let mut slots: Vec<Self> = Vec::new();
        let mut until = now;
        while slots.len() < MOST_MISSED {
            let Some(slot) = Self::last(notice, zone, until).filter(|slot| slot.at > after) else { break };
            until = slot.at - chrono::Duration::seconds(1);
            slots.push(slot);
        }
        slots.reverse();
        slots
    }
}

fn pattern(notice: Notice) -> &'static Cron {
    match notice {
        Notice::MonthAhead => &MONTHLY,
        Notice::OnTheDay => &DAILY,
        Notice::StillOpen => &MONDAYS,
    }
}

fn last(pattern: &Cron, zone: Tz, now: DateTime<Utc>) -> Option<DateTime<Tz>> {
    pattern.find_previous_occurrence(&now.with_timezone(&zone), true).ok()
}

/// Wakes `minute` at the beginning of every minute, until it is dropped.
///
/// # Errors
/// When the scheduler cannot be started.
pub async fn tick(minute: Arc<Notify>) -> Result<Ticker, JobSchedulerError> {
    let scheduler = JobScheduler::new().await?;
    let job = Job::new_async("0 * * * * *", move |_, _| {
        let minute = minute.clone();
        Box::pin(async move { minute.notify_one() })
    })?;
    scheduler.add(job).await?;
    scheduler.start().await?;
    Ok(Ticker(scheduler))
}

/// The running scheduler.
pub struct Ticker(JobScheduler);

impl Ticker {
    /// Ends it.
    pub async fn stop(mut self) {
        if let Err(error) = self.0.shutdown().await {
            tracing::warn!(%error, "The ticker did not stop");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use chrono::{Datelike, Duration, TimeZone, Timelike};
    use chrono_tz::{Atlantic, Europe};

    use super::*;

    const ZONES: [Tz; 5] = [Europe::Stockholm, Europe::Helsinki, Europe::Oslo, Europe::Copenhagen, Atlantic::Reykjavik];

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn names(slots: &[Slot]) -> Vec<&str> {
        slots.iter().map(|slot| slot.name.as_str()).collect()
    }

    #[test]
    fn a_list_is_due_on_the_20th_at_seven_on_the_wall_for_the_month_after() {
        for (now, name, at) in [
            ("2026-11-24T12:00:00Z", "2026-12", "2026-11-20T06:00:00Z"),
            ("2026-11-20T05:59:59Z", "2026-11", "2026-10-20T05:00:00Z"),
            ("2026-11-20T06:00:00Z", "2026-12", "2026-11-20T06:00:00Z"),
            ("2026-12-31T23:30:00Z", "2027-01", "2026-12-20T06:00:00Z"),
        ] {
            let slot = Slot::last(Notice::MonthAhead, Europe::Stockholm, utc(now)).unwrap();
            assert_eq!((slot.name.as_str(), slot.at), (name, utc(at)), "{now}");
            assert_eq!(slot.month_ahead().to_string(), name);
        }
    }

    #[test]
    fn missed_slots_come_oldest_first_and_no_more_than_twelve() {
        let due = |notice, after, now| Slot::due(notice, Europe::Stockholm, utc(after), utc(now));
        let slots = due(Notice::MonthAhead, "2026-11-24T12:00:00Z", "2027-03-01T00:00:00Z");
        assert_eq!(names(&slots), ["2027-01", "2027-02", "2027-03"]);
        assert!(due(Notice::MonthAhead, "2026-11-20T06:00:00Z", "2026-12-20T05:59:00Z").is_empty(), "not the one at the start");
        let slots = due(Notice::MonthAhead, "2020-01-01T00:00:00Z", "2027-03-01T00:00:00Z");
        assert_eq!((slots.len(), names(&slots)[0], names(&slots)[11]), (12, "2026-04", "2027-03"));
        let slots = due(Notice::StillOpen, "2026-11-20T12:00:00Z", "2026-12-01T12:00:00Z");
        assert_eq!(names(&slots), ["2026-11-23", "2026-11-30"]);
    }

    /// Both changes of the clocks over ten years, minute by minute, as the ticker goes through them.
    #[test]
    fn every_slot_happens_once_across_the_changes_of_summer_time() {
        // The slots' own time, and one that spring has not and autumn has twice.
        let patterns = ["0 7 * * *", "30 2 * * *"].map(cron);
        for zone in ZONES {
            for year in 2026..2036 {
                for (month, days) in [(3, 25..=31), (10, 25..=31)] {
                    let sunday = days.map(|day| NaiveDate::from_ymd_opt(year, month, day).unwrap());
                    let sunday = sunday.into_iter().find(|day| day.weekday() == chrono::Weekday::Sun).unwrap();
                    // From the evening before to the morning after: the change is at 01:00 UTC.
                    let begin = Utc.from_utc_datetime(&(sunday.pred_opt().unwrap().and_hms_opt(20, 0, 0).unwrap()));
                    for (at, pattern) in patterns.iter().enumerate() {
                        let mut happened = BTreeSet::new();
                        let mut known = last(pattern, zone, begin).unwrap();
                        for minute in 1..=12 * 60 {
                            let now = begin + Duration::minutes(minute);
                            let latest = last(pattern, zone, now).unwrap();
                            if latest != known {
                                assert!(happened.insert(latest.date_naive()), "twice: {pattern} {latest}");
                                assert_eq!(latest.to_utc(), now, "in its own minute: {pattern} {latest}");
                                known = latest;
                            }
                        }
                        assert_eq!(happened, BTreeSet::from([sunday]), "{pattern} {zone}");
                        if at == 0 {
                            assert_eq!((known.hour(), known.minute()), (7, 0));
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn every_local_day_and_month_has_its_slot_in_every_zone() {
        for zone in ZONES {
            let mut day = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap();
            let (mut months, mut mondays) = (Vec::new(), 0);
            while day.year() < 2029 {
                let end = zone.from_local_datetime(&day.and_hms_opt(23, 59, 0).unwrap()).unwrap().to_utc();
                let daily = Slot::last(Notice::OnTheDay, zone, end).unwrap();
                assert_eq!((daily.day, daily.name), (day, day.to_string()));
                assert_eq!(daily.at.with_timezone(&zone).hour(), 7);
                let monthly = Slot::last(Notice::MonthAhead, zone, end).unwrap();
                if monthly.day == day {
                    assert_eq!(day.day(), 20);
                    months.push(monthly.month_ahead());
                }
                mondays += usize::from(Slot::last(Notice::StillOpen, zone, end).unwrap().day == day);
                day = day.succ_opt().unwrap();
            }
            assert_eq!((months.len(), mondays), (36, 156));
            assert!(months.windows(2).all(|pair| pair[0].next() == pair[1]), "each month after the other, none twice");
        }
    }
}
