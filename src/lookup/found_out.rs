//! Found out: what words may stand for, as far as it was asked for lately and is still true.
//!
//! Whoever types a name asks for its beginning again and again, and everybody asks for the same few thousand names. What a
//! word may stand for depends on the names of the register and on nothing else, so it holds until a name comes or goes.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use super::candidates::WordCandidates;
use super::explain::Part;
use super::vocabulary::{Reach, Similar};

/// Room for what words may stand for, counted in spellings: some forty bytes each, and twice that in all.
const WORDS: usize = 150_000;
/// Room for lists of similar spellings, counted in spellings.
const SIMILAR: usize = 150_000;

/// A typed word: as written, how far to look for it, whether it may be an initial, how many near names are wanted.
pub(super) type WordKey = (String, Reach, bool, usize);
/// A name: as written, the part of a name that it is, how many spellings are wanted, the least closeness in thousandths.
pub(super) type SimilarKey = (String, Part, usize, u16);

/// What was found out, of the names in their present state.
#[derive(Debug)]
pub(super) struct FoundOut {
    words: Mutex<Recent<WordKey, WordCandidates>>,
    similar: Mutex<Recent<SimilarKey, Similar>>,
}

impl Default for FoundOut {
    fn default() -> Self {
        Self { words: Mutex::new(Recent::with_room(WORDS)), similar: Mutex::new(Recent::with_room(SIMILAR)) }
    }
}

impl FoundOut {
    pub(super) fn word(&self, state: u64, key: WordKey, find: impl FnOnce() -> WordCandidates) -> Arc<WordCandidates> {
        recall(&self.words, state, key, WordCandidates::size, find)
    }

    pub(super) fn similar(&self, state: u64, key: SimilarKey, find: impl FnOnce() -> Similar) -> Arc<Similar> {
        recall(&self.similar, state, key, |similar| 1 + similar.candidates.len(), find)
    }

    /// Forgets what holds no longer: nothing of a name is left when the name is gone.
    pub(super) fn forget_what_is_not_true_of(&mut self, state: u64) {
        self.words.get_mut().unwrap_or_else(PoisonError::into_inner).be_in(state);
        self.similar.get_mut().unwrap_or_else(PoisonError::into_inner).be_in(state);
    }
}

/// The value as known, or found by `find`, during which nobody else has to wait.
fn recall<K: Hash + Eq + Clone, V>(
    known: &Mutex<Recent<K, V>>,
    state: u64,
    key: K,
    size: impl Fn(&V) -> usize,
    find: impl FnOnce() -> V,
) -> Arc<V> {
    let locked = || known.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(value) = locked().get(state, &key, &size) {
        return value;
    }
    let value = Arc::new(find());
    locked().put(state, key, value.clone(), size);
    value
}

/// Values by key, those asked for lately.
#[derive(Debug)]
struct Recent<K, V> {
    /// Of which state of the names they are true.
    state: u64,
    room: usize,
    taken: usize,
    young: HashMap<K, Arc<V>>,
    old: HashMap<K, Arc<V>>,
}

impl<K: Hash + Eq + Clone, V> Recent<K, V> {
    /// Room for values of that size in sum, and for as much again that was not asked for lately.
    fn with_room(room: usize) -> Self {
        Self { state: 0, room, taken: 0, young: HashMap::new(), old: HashMap::new() }
    }

    /// The value, if it is known and true of the state.
    fn get(&mut self, state: u64, key: &K, size: impl Fn(&V) -> usize) -> Option<Arc<V>> {
        self.be_in(state);
        if let Some(value) = self.young.get(key) {
            return Some(value.clone());
        }
        let value = self.old.remove(key)?;
        self.put(state, key.clone(), value.clone(), size);
        Some(value)
    }

    /// Keeps a value that is true of the state.
    fn put(&mut self, state: u64, key: K, value: Arc<V>, size: impl Fn(&V) -> usize) {
        let size = size(&value);
        if state != self.state || size > self.room {
            return;
        }
        self.taken += size;
        if self.taken > self.room {
            self.old = std::mem::take(&mut self.young);
            self.taken = size;
        }
        self.young.insert(key, value);
    }

    /// Forgets what is true of another state.
    fn be_in(&mut self, state: u64) {
        if state != self.state {
            *self = Self { state, ..Self::with_room(self.room) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_stays_what_is_not_goes_and_nothing_outlives_a_change() {
        let size = |_: &u32| 1;
        let mut recent: Recent<u32, u32> = Recent::with_room(4);
        for key in 0..100 {
            assert_eq!(recent.get(0, &key, size), None);
            recent.put(0, key, Arc::new(key), size);
            assert_eq!(recent.get(0, &0, size).as_deref(), Some(&0), "asked for all the time, at {key}");
            assert!(recent.young.len() + recent.old.len() <= 8);
        }
        assert_eq!(recent.get(0, &50, size), None);
        assert_eq!(recent.get(1, &0, size), None);
        recent.put(0, 7, Arc::new(7), size);
        assert_eq!(recent.get(1, &7, size), None, "found out before the change");
    }
}
