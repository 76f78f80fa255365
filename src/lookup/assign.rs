//! Assign: which typed word stands for which of a member's names.
//!
//! A table over the sets of names used up so far, word by word: at most [`MOST_NAMES`] names, so a few hundred sets
//! for the worst member and typically fewer than ten.

use std::sync::Arc;

use super::candidates::{FORMER, FURTHER_GIVEN, PART_OF_NAME, WordCandidates};
use super::explain::{Class, Part};
use super::fold;
use super::index::Index;
use super::query::{MOST_WORDS, Typed};
use super::rows::Row;
use super::vocabulary::{Candidate, Spelling, TermId};

/// Words of a member's names that can be matched; whoever has more is found by these.
pub(super) const MOST_NAMES: usize = 10;

/// Two typed words for one name count a little less than each for its own, unless the name is spelled just so.
const TWO_AS_ONE: f32 = 0.99;
/// What a particle is worth that the member's name lacks.
pub(super) const LEFT_OVER: f32 = 0.85;

/// One word of a member's names, or one name of several words.
#[derive(Debug, Clone, Copy)]
struct Name<'a> {
    term: TermId,
    /// The places it uses up.
    places: u16,
    spelling: &'a Spelling,
    /// Which of the spelling's words; `None` for all of them.
    word: Option<usize>,
    worth: f32,
    former: bool,
}

/// A typed word (or two) and the name it stands for.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pick {
    /// The first typed word.
    pub(super) word: usize,
    /// Whether the next typed word belongs to it.
    pub(super) with_next: bool,
    pub(super) class: Class,
    pub(super) part: Part,
    /// The name as registered.
    pub(super) found: String,
}

#[derive(Clone, Copy)]
struct State {
    used: u16,
    total: f32,
    class: Class,
    /// For each word the name it took, plus one; zero where it was left over or belongs to the word before.
    names: [u8; MOST_WORDS],
    pairs: u16,
}

/// Assigns words to names, for one member after another.
pub(super) struct Assigner<'a> {
    index: &'a Index,
    typed: &'a Typed,
    words: &'a [Arc<WordCandidates>],
    /// Of each word with the next; empty where there is no next.
    pairs: &'a [WordCandidates],
    /// How many words must be matched.
    required: usize,
    names: Vec<Name<'a>>,
    /// After so many words, the best for each set of names used up.
    layers: Vec<Vec<State>>,
}

impl<'a> Assigner<'a> {
    pub(super) fn new(index: &'a Index, typed: &'a Typed, words: &'a [Arc<WordCandidates>], pairs: &'a [WordCandidates]) -> Self {
        let required = typed.words.iter().filter(|word| !word.optional).count();
        Self { index, typed, words, pairs, required, names: Vec::new(), layers: vec![Vec::new(); words.len() + 2] }
    }

    /// The sum of closeness over the words and the weakest class, if every word that must be matched is.
    pub(super) fn score(&mut self, row: Row<'_>) -> Option<(f32, Class)> {
        self.best(row).map(|state| (state.total, state.class))
    }

    /// What each word was taken for, in the order typed.
    pub(super) fn picks(&mut self, row: Row<'_>) -> Vec<Pick> {
        let Some(state) = self.best(row) else { return Vec::new() };
        (0..self.words.len())
            .filter_map(|word| {
                let name = self.names[usize::from(state.names[word].checked_sub(1)?)];
                let with_next = state.pairs & 1 << word != 0;
                let candidates: &WordCandidates = if with_next { &self.pairs[word] } else { &self.words[word] };
                let class = if name.former {
                    Class::FormerName
                } else {
                    candidates.get(&self.index.vocabulary, name.term, name.spelling.part)?.class
                };
                let found = match name.word {
                    Some(place) => fold::words(&name.spelling.text).nth(place)?.to_owned(),
                    None => name.spelling.text.to_string(),
                };
                Some(Pick { word, with_next, class, part: name.spelling.part, found })
            })
            .collect()
    }

    fn best(&mut self, row: Row<'_>) -> Option<State> {
        self.collect_names(row);
        // A name takes two words at most; many words and few names need no table.
        if self.required > 2 * self.names.len() {
            return None;
        }
        self.layers.iter_mut().for_each(Vec::clear);
        self.layers[0].push(State { used: 0, total: 0.0, class: Class::Number, names: [0; MOST_WORDS], pairs: 0 });
        for word in 0..self.words.len() {
            if self.layers[word..word + 2].iter().all(Vec::is_empty) {
                return None;
            }
            let states = std::mem::take(&mut self.layers[word]);
            for (place, name) in self.names.iter().enumerate() {
                let taken = |candidates: &WordCandidates| candidates.get(&self.index.vocabulary, name.term, name.spelling.part);
                take(&states, taken(&self.words[word]), (word, place, name), false, &mut self.layers[word + 1]);
                take(&states, taken(&self.pairs[word]), (word, place, name), true, &mut self.layers[word + 2]);
            }
            if self.typed.words[word].optional {
                for state in &states {
                    let left_over = State { total: state.total + LEFT_OVER, class: state.class.max(Class::Similar), ..*state };
                    keep(&mut self.layers[word + 1], left_over);
                }
            }
            self.layers[word] = states;
        }
        self.layers[self.words.len()].iter().copied().reduce(|best, state| if state.total > best.total { state } else { best })
    }

    fn collect_names(&mut self, row: Row<'_>) {
        self.names.clear();
        let surname = row.surname().map(|id| (id, 1.0, 1.0, false));
        let given = row.given().iter().enumerate();
        let given = given.map(|(place, &id)| (id, if place == 0 { 1.0 } else { FURTHER_GIVEN }, FURTHER_GIVEN, false));
        let former = row.former().iter().map(|&id| (id, FORMER, FORMER, true));
        let mut next = 0;
        let names = surname.into_iter().chain(given).chain(former);
        for (id, whole, further, former) in names {
            let spelling = self.index.vocabulary.spelling(id);
            let room = MOST_NAMES.saturating_sub(next);
            let words = spelling.terms.iter().take(room).enumerate();
            let first = if spelling.terms.len() > 1 { whole * PART_OF_NAME } else { whole };
            self.names.extend(words.map(|(word, &term)| Name {
                term,
                places: 1 << (next + word),
                spelling,
                word: Some(word),
                worth: if word == 0 { first } else { further.min(first) },
                former,
            }));
            let length = spelling.terms.len();
            if (2..=room).contains(&length) {
                self.names.push(Name {
                    term: spelling.whole,
                    places: ((1 << length) - 1) << next,
                    spelling,
                    word: None,
                    worth: whole,
                    former,
                });
            }
            next += length.min(room);
        }
    }
}

/// Enters what follows from giving the name to the word (or to it and the next).
fn take(
    states: &[State],
    candidate: Option<Candidate>,
    (word, place, name): (usize, usize, &Name<'_>),
    with_next: bool,
    layer: &mut Vec<State>,
) {
    let Some(candidate) = candidate else { return };
    for state in states.iter().filter(|state| state.used & name.places == 0) {
        let mut next = *state;
        next.used |= name.places;
        let words = match (with_next, candidate.class) {
            (false, _) => 1.0,
            (true, Class::Exact) => 2.0,
            (true, _) => 2.0 * TWO_AS_ONE,
        };
        next.total += candidate.closeness * name.worth * words;
        next.class = next.class.max(if name.former { Class::FormerName } else { candidate.class });
        next.names[word] = place as u8 + 1;
        next.pairs |= u16::from(with_next) << word;
        keep(layer, next);
    }
}

fn keep(layer: &mut Vec<State>, state: State) {
    match layer.iter_mut().find(|other| other.used == state.used) {
        Some(other) if other.total >= state.total => {}
        Some(other) => *other = state,
        None => layer.push(state),
    }
}
