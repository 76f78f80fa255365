//! The only place that reads the time.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, NaiveDate, SubsecRound, Utc};
use chrono_tz::Tz;
use uuid::{ContextV7, Timestamp, Uuid};

/// The time, the civil date where the organisation is, and ids that hold the time.
///
/// Tests stop it ([`Clock::stopped`]) and move it ([`Clock::set`]); all clones share one time.
#[derive(Clone, Debug)]
pub struct Clock {
    zone: Tz,
    stopped_at: Option<Arc<Mutex<DateTime<Utc>>>>,
    ids: Arc<Mutex<ContextV7>>,
}

impl Clock {
    /// The system's clock, for an organisation in `zone`.
    pub fn system(zone: Tz) -> Self {
        Self { zone, stopped_at: None, ids: Arc::default() }
    }

    /// A clock that stands at `at` until it is [`set`](Self::set).
    pub fn stopped(zone: Tz, at: DateTime<Utc>) -> Self {
        Self { zone, stopped_at: Some(Arc::new(Mutex::new(at))), ids: Arc::default() }
    }

    /// Moves a stopped clock. The system's clock cannot be moved.
    pub fn set(&self, at: DateTime<Utc>) {
        if let Some(time) = &self.stopped_at {
            *time.lock().unwrap_or_else(PoisonError::into_inner) = at;
        }
    }

    /// Now, in UTC, at microseconds: PostgreSQL keeps no more, and both engines must give back what was written.
    pub fn now(&self) -> DateTime<Utc> {
        match &self.stopped_at {
            Some(time) => *time.lock().unwrap_or_else(PoisonError::into_inner),
            #[expect(clippy::disallowed_methods, reason = "this is the clock")]
            None => Utc::now(),
        }
        .trunc_subsecs(6)
    }

    /// Today's civil date where the organisation is.
    pub fn today(&self) -> NaiveDate {
        self.now().with_timezone(&self.zone).date_naive()
    }

    /// The organisation's time zone.
    pub fn zone(&self) -> Tz {
        self.zone
    }

    /// A new UUIDv7 (RFC 9562), greater than every earlier one of this clock within the same millisecond.
    pub fn new_id(&self) -> Uuid {
        let now = self.now();
        let seconds = u64::try_from(now.timestamp()).unwrap_or(0);
        let ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        Uuid::new_v7(Timestamp::from_unix(&*ids, seconds, now.timestamp_subsec_nanos()))
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    #[test]
    fn the_civil_date_is_the_organisations_not_utc() {
        let clock = Clock::stopped(chrono_tz::Europe::Stockholm, Utc.with_ymd_and_hms(2026, 11, 22, 23, 30, 0).unwrap());
        assert_eq!(clock.today().to_string(), "2026-11-23");
    }

    #[test]
    fn ids_made_in_one_instant_are_in_order() {
        let clock = Clock::stopped(chrono_tz::UTC, Utc.with_ymd_and_hms(2026, 11, 22, 12, 0, 0).unwrap());
        let ids: Vec<Uuid> = (0..1000).map(|_| clock.new_id()).collect();
        assert!(ids.is_sorted());
    }

    #[test]
    fn time_has_no_finer_parts_than_microseconds() {
        assert_eq!(Clock::system(chrono_tz::UTC).now().timestamp_subsec_nanos() % 1000, 0);
    }
}
