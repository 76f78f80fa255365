//! Candidates: the names that one typed word may stand for, in the ways that a search goes through them.

use std::sync::OnceLock;

use super::bits::Bits;
use super::cost;
use super::explain::{Class, Part};
use super::vocabulary::{Asked, Candidate, Candidates, RowId, SpellingId, TermId, Vocabulary};

/// A further given name, or a further word of one, counts a little less than the first; a former surname less than the present one.
pub(super) const FURTHER_GIVEN: f32 = 0.98;
/// One word of a name of several: Karlsson before Bergström Karlsson.
pub(super) const PART_OF_NAME: f32 = 0.99;
pub(super) const FORMER: f32 = 0.95;
/// Less than this no exact match is worth.
pub(super) const LEAST_EXACT: f32 = 0.97;

/// The candidates of one typed word (or two as one).
#[derive(Debug, Default)]
pub(super) struct WordCandidates {
    /// The closest first.
    ranked: Vec<Candidate>,
    /// Given names that belong to the word as nicknames do.
    nicknames: Vec<Candidate>,
    /// Whether there are more near ones than were wanted.
    pub(super) are_cut: bool,
    /// Places in `ranked` by term.
    rank_of: Table,
    /// Members who bear a candidate, by falling worth.
    pub(super) bearers: Vec<Bearers>,
    /// The first place in `bearers` of each spelling.
    bearers_of: Table,
    /// The word, if names stand for it that begin with it; of these only the near ones are listed.
    pub(super) beginning: Option<Asked>,
    initial: bool,
    fitting: OnceLock<Fitting>,
}

/// The spellings that a word may stand for.
#[derive(Debug)]
struct Fitting {
    all: Bits,
    /// Of those that begin with the word, how many letters the shortest of their words has that does.
    letters: Table,
}

/// Members who bear one spelling in one way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bearers {
    /// What the word is worth at the most that stands for this name of theirs.
    pub(super) value: f32,
    pub(super) spelling: SpellingId,
    /// As a further given name or a former surname.
    pub(super) otherwise: bool,
}

impl Bearers {
    pub(super) fn rows(self, vocabulary: &Vocabulary) -> &[RowId] {
        let spelling = vocabulary.spelling(self.spelling);
        if self.otherwise { spelling.other_bearers() } else { spelling.bearers() }
    }
}

impl WordCandidates {
    /// Sets the candidates out. Nicknames are left out that are found for a better reason.
    pub(super) fn new(vocabulary: &Vocabulary, candidates: Candidates, nicknames: Vec<Candidate>) -> Self {
        Self::of_word(vocabulary, candidates, nicknames, None, false)
    }

    /// Of a word that may be the beginning of a name, or the initial of a given name.
    pub(super) fn of_word(
        vocabulary: &Vocabulary,
        candidates: Candidates,
        nicknames: Vec<Candidate>,
        beginning: Option<Asked>,
        initial: bool,
    ) -> Self {
        let Candidates { ranked, are_cut } = candidates;
        let rank_of = Table::of_places(ranked.iter().map(|candidate| candidate.term));
        let mut result = Self { ranked, are_cut, rank_of, beginning, initial, ..Self::default() };
        result.nicknames = nicknames;
        result.nicknames.retain(|nickname| {
            let near = result.rank_of.get(nickname.term).map(|rank| &result.ranked[rank as usize]);
            near.is_none_or(Candidate::is_merely_similar)
        });
        let candidates = result.ranked.iter().chain(&result.nicknames);
        let mut bearers: Vec<Bearers> = candidates.flat_map(|candidate| result.bearers_of_one(vocabulary, *candidate)).collect();
        bearers.sort_unstable_by(|one, other| {
            let key = |bearers: &Bearers| (bearers.spelling, bearers.otherwise);
            other.value.total_cmp(&one.value).then_with(|| key(one).cmp(&key(other)))
        });
        result.bearers_of = Table::of_places(bearers.iter().map(|bearers| bearers.spelling));
        result.bearers = bearers;
        result
    }

    /// Who bears a candidate, in every way that fits.
    pub(super) fn bearers_of_one<'a>(
        &'a self,
        vocabulary: &'a Vocabulary,
        candidate: Candidate,
    ) -> impl Iterator<Item = Bearers> + 'a {
        let spellings = vocabulary.spellings_with(candidate.term);
        let fitting = spellings.filter(move |(_, spelling)| self.fits(candidate, spelling.part));
        fitting.flat_map(move |(id, spelling)| {
            let whole = if spelling.whole == candidate.term { 1.0 } else { PART_OF_NAME };
            let otherwise = if spelling.part == Part::Given { FURTHER_GIVEN } else { FORMER };
            [(whole, false), (otherwise, true)].map(|(worth, otherwise)| Bearers {
                value: candidate.closeness * worth,
                spelling: id,
                otherwise,
            })
        })
    }

    /// The spellings that the word may stand for: of a beginning all those that begin so.
    pub(super) fn fitting(&self, vocabulary: &Vocabulary) -> &Bits {
        &self.found_fitting(vocabulary).all
    }

    fn found_fitting(&self, vocabulary: &Vocabulary) -> &Fitting {
        self.fitting.get_or_init(|| {
            let mut all = Bits::among(vocabulary.places());
            self.bearers.iter().for_each(|bearers| all.set(bearers.spelling, true));
            let mut begin = Vec::new();
            if let Some(asked) = &self.beginning {
                vocabulary.beginning_with(asked, |term| {
                    for bearers in self.bearers_of_one(vocabulary, Candidate { term, closeness: 0.0, class: Class::Prefix }) {
                        all.set(bearers.spelling, true);
                        begin.push((vocabulary.letters(term), bearers.spelling));
                    }
                });
            }
            begin.sort_unstable();
            Fitting { all, letters: Table::of(begin.into_iter().map(|(letters, spelling)| (spelling, letters))) }
        })
    }

    /// What the word is worth at the most for a member of these names; `None` if it stands for none of them.
    pub(super) fn most_worth(&self, vocabulary: &Vocabulary, names: &[SpellingId]) -> Option<f32> {
        let listed = names.iter().filter_map(|&name| self.bearers_of.get(name)).map(|place| self.bearers[place as usize].value);
        let listed = listed.reduce(f32::max);
        match &self.beginning {
            Some(asked) if listed.is_none_or(|listed| listed < cost::MOST_OF_A_BEGINNING) => {
                let begin = &self.found_fitting(vocabulary).letters;
                let letters = names.iter().filter_map(|&name| begin.get(name));
                letters.min().map(|letters| asked.as_beginning(letters)).into_iter().chain(listed).reduce(f32::max)
            }
            _ => listed,
        }
    }

    /// As what the term is taken in this part of a name.
    pub(super) fn get(&self, vocabulary: &Vocabulary, term: TermId, part: Part) -> Option<Candidate> {
        let nickname = self.nicknames.iter().find(|nickname| nickname.term == term && part == Part::Given);
        let listed = nickname.or_else(|| self.rank_of.get(term).map(|rank| &self.ranked[rank as usize])).copied();
        let beginning = || {
            let closeness = vocabulary.beginning(self.beginning.as_ref()?, term)?;
            Some(Candidate { term, closeness, class: Class::Prefix })
        };
        listed.or_else(beginning).filter(|candidate| self.fits(*candidate, part))
    }

    /// Whether the candidate may stand for this spelling: an initial and a nickname are of a given name.
    fn fits(&self, candidate: Candidate, part: Part) -> bool {
        let given_only = self.initial && candidate.class == Class::Prefix || candidate.class == Class::Nickname;
        !(given_only && part == Part::Surname)
    }

    /// Whether each near candidate is borne by somebody visible.
    pub(super) fn are_borne(&self, vocabulary: &Vocabulary, visible: &dyn Fn(RowId) -> bool) -> bool {
        let near = self.ranked.iter().filter(|candidate| candidate.class != Class::Prefix);
        near.into_iter().all(|candidate| vocabulary.is_borne(candidate.term, visible))
    }

    /// How much memory it takes, counted in spellings.
    pub(super) fn size(&self) -> usize {
        4 + self.bearers.len()
    }
}

/// The first number given for each of some ids. Open addressing: the number, plus one, stands at the id's hash or in the next
/// free slot; half of the slots stay empty.
#[derive(Debug, Default)]
struct Table(Box<[(u32, u32)]>);

impl Table {
    fn of(numbers: impl ExactSizeIterator<Item = (u32, u32)>) -> Self {
        if numbers.len() == 0 {
            return Self::default();
        }
        let mut slots = vec![(0, 0); (2 * numbers.len()).next_power_of_two()].into_boxed_slice();
        for (id, number) in numbers {
            let mut slot = hash(id) & (slots.len() - 1);
            while slots[slot].1 != 0 && slots[slot].0 != id {
                slot = (slot + 1) & (slots.len() - 1);
            }
            if slots[slot].1 == 0 {
                slots[slot] = (id, number + 1);
            }
        }
        Self(slots)
    }

    /// The place of each of the ids, the first if one is there twice.
    fn of_places(ids: impl ExactSizeIterator<Item = u32>) -> Self {
        Self::of(ids.enumerate().map(|(place, id)| (id, place as u32)))
    }

    fn get(&self, id: u32) -> Option<u32> {
        let last = self.0.len().checked_sub(1)?;
        let mut slot = hash(id) & last;
        loop {
            let (its, number) = self.0[slot];
            let number = number.checked_sub(1)?;
            if its == id {
                return Some(number);
            }
            slot = (slot + 1) & last;
        }
    }
}

/// Fibonacci hashing; the caller masks it.
fn hash(id: u32) -> usize {
    (id.wrapping_mul(0x9E37_79B9) >> 8) as usize
}

/// What a nickname is worth at the most is known without asking.
const _: () = assert!(cost::NICKNAME < LEAST_EXACT);
