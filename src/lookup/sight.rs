//! Sight: which members a searcher may see, asked once for all who are alike and remembered from search to search.
//!
//! Rights are judged by [`Circumstances`], which many members share. What was found out about them, and how many of the
//! bearers of a spelling the searcher sees, holds until the index changes. Every state of every index has a number of its
//! own, so that nothing learned from one is ever taken for another.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::NaiveDate;

use super::index::{Circumstances, Index};
use super::rows::{Current, Rows};
use super::vocabulary::{RowId, SpellingId};

/// So many counts are kept.
const MOST_COUNTS: usize = 50_000;
const UNKNOWN: u8 = 0;
const HIDDEN: u8 = 1;
const SEEN: u8 = 2;

/// A number that no state of any index has had.
pub(super) fn new_state() -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(0);
    LAST.fetch_add(1, Ordering::Relaxed) + 1
}

/// A searcher's rights. Keeping it from search to search saves asking them again; searchers with the same rights may share one.
pub struct Sight {
    may_see: Box<dyn Fn(&Circumstances) -> bool + Send + Sync>,
    learned: Mutex<Learned>,
}

#[derive(Default)]
struct Learned {
    /// The state of the circumstances, and for each of them whether it may be seen.
    state: u64,
    sees: Arc<[AtomicU8]>,
    /// Of which state of the index and which day the counts are true.
    counted: (u64, NaiveDate),
    /// By spelling, and whether those count who have left.
    counts: HashMap<(SpellingId, bool), u32>,
}

impl fmt::Debug for Sight {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Sight").finish_non_exhaustive()
    }
}

impl Sight {
    /// The sight of a searcher who may see members in these circumstances, and always answers the same.
    pub fn of(may_see: impl Fn(&Circumstances) -> bool + Send + Sync + 'static) -> Self {
        Self { may_see: Box::new(may_see), learned: Mutex::default() }
    }

    /// What is seen of the index on the day of `current`.
    pub(super) fn upon<'a>(&'a self, index: &'a Index, current: Current) -> View<'a> {
        let mut learned = self.learned.lock().unwrap_or_else(PoisonError::into_inner);
        let state = index.rows.state_of_circumstances();
        if learned.state != state {
            learned.state = state;
            learned.sees = index.rows.all_circumstances().iter().map(|_| AtomicU8::new(UNKNOWN)).collect();
        }
        if learned.counted != (index.state, current.day()) {
            learned.counted = (index.state, current.day());
            learned.counts.clear();
        }
        View { sight: self, index, sees: learned.sees.clone(), current }
    }
}

/// The part of the index that a searcher sees, for one search.
pub(super) struct View<'a> {
    sight: &'a Sight,
    index: &'a Index,
    sees: Arc<[AtomicU8]>,
    pub(super) current: Current,
}

impl View<'_> {
    pub(super) fn sees(&self, row: RowId) -> bool {
        let rows = &self.index.rows;
        let place = rows.circumstances(row);
        let known = &self.sees[place];
        match known.load(Ordering::Relaxed) {
            UNKNOWN => {
                let sees = self.judge(rows, place);
                known.store(if sees { SEEN } else { HIDDEN }, Ordering::Relaxed);
                sees
            }
            known => known == SEEN,
        }
    }

    #[cold]
    fn judge(&self, rows: &Rows, place: usize) -> bool {
        rows.all_circumstances()[place].as_deref().is_some_and(&self.sight.may_see)
    }

    /// How many that may be seen bear the spelling as first given name or as surname.
    pub(super) fn bearers(&self, spelling: SpellingId, include_former_members: bool) -> u32 {
        let learned = || self.sight.learned.lock().unwrap_or_else(PoisonError::into_inner);
        // Another search may have gone on to another index or day meanwhile.
        let is_true = |learned: &Learned| learned.counted == (self.index.state, self.current.day());
        let key = (spelling, include_former_members);
        let known = Some(learned()).filter(|learned| is_true(learned)).and_then(|learned| learned.counts.get(&key).copied());
        if let Some(count) = known {
            return count;
        }
        let counts = |row: &RowId| (include_former_members || self.current.holds(*row)) && self.sees(*row);
        let count = self.index.vocabulary.spelling(spelling).bearers().iter().filter(|row| counts(row)).count() as u32;
        let mut learned = learned();
        if is_true(&learned) {
            if learned.counts.len() >= MOST_COUNTS {
                learned.counts.clear();
            }
            learned.counts.insert(key, count);
        }
        count
    }
}
