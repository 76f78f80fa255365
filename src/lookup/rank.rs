//! Rank: from a typed text to the best members.
//!
//! 1. Each typed word is compared with the distinct terms of the register; those close enough are its candidates. That is
//!    known already if somebody asked for the word lately ([`found_out`](super::found_out)).
//! 2. The members who bear a word's candidates are a list, those first for whom the word is worth most. A hit is in the lists of
//!    all words (numbers are lists too), so the lists are read side by side, always the one that has cost least so far;
//!    whoever comes up is looked at once with all words. Reading ends when one list does, or when nobody still to come in
//!    all lists can be better than those kept: the threshold algorithm of Fagin, Lotem and Naor (2001). "Anna k" so reads
//!    the short names with K and never all Annas, and "anna" never those called Hanna.
//! 3. Whoever comes up is dropped if there is a word that stands for none of her names, or if all words together stand for
//!    fewer names than there are words, which sets of bits tell in a few nanoseconds; then if what each word is worth at
//!    the most for her names is too little; then if the filter or the searcher's rights say so. Then the words are assigned
//!    to her names, each word to another, so that the sum of closeness is greatest (the words come in any order).
//! 4. The best are kept.
//!
//! A word that matches nothing rules the member out; only particles (von, de) may be left over. Order: pinned classes
//! first, former names and nicknames last, between them by score; ties by name and number, never by the order of insertion.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use super::assign::{Assigner, LEFT_OVER, MOST_NAMES, Pick};
use super::bits::Bits;
use super::candidates::{LEAST_EXACT, WordCandidates};
use super::explain::{Class, Tier, Why, number_reason};
use super::index::Index;
use super::query::{Answer, Hit, MOST_WORDS, Query, QueryError, Typed, Word};
use super::sight::View;
use super::trie::Ahead;
use super::vocabulary::{Asked, Candidate, Reach, RowId, Vocabulary};

/// How many of the nearest forms of a word are candidates: at first, and if nobody at all was found by them.
const MOST_NEAR: [usize; 2] = [40, 640];

impl Index {
    /// The members that a typed text may mean, best first, and how else its names are spelled.
    pub fn search(&self, query: &Query<'_>) -> Result<Answer, QueryError> {
        let typed = Typed::parse(query.text, query.today)?;
        if typed.is_empty() {
            return Ok(Answer::default());
        }
        let view = query.sight.upon(self, self.rows.current_on(query.today));
        let pairs: Vec<WordCandidates> = typed.words.iter().map(|word| self.pair_candidates(word)).collect();
        let mut answer = Answer::default();
        for most in MOST_NEAR {
            let words: Vec<Arc<WordCandidates>> =
                typed.words.iter().map(|word| self.word_candidates(word, most, &view)).collect();
            let mut search = Search {
                index: self,
                query,
                typed: &typed,
                words: &words,
                pairs: &pairs,
                cities: query.filter.city.as_deref().map(|city| self.cities_called(city)).unwrap_or_default(),
                assigner: Assigner::new(self, &typed, &words, &pairs),
                view: &view,
                wanted: query.limit.saturating_add(1),
                best: Vec::new(),
                order_to_ask: Vec::new(),
                fitting: Vec::new(),
                fitting_any: Bits::default(),
                least_names: 0,
                same_as: typed.same_words(|word| pairs[word].bearers.is_empty()),
                are_repeated: typed.are_repeated(),
                seen: Bits::default(),
            };
            search.find();
            if !search.best.is_empty() || words.iter().all(|word| !word.are_cut) || most == MOST_NEAR[1] {
                answer.more = search.best.len() > query.limit;
                let best = std::mem::take(&mut search.best);
                answer.hits = best.iter().take(query.limit).map(|ranked| search.hit(ranked)).collect();
                let picks = best.first().map(|top| search.assigner.picks(self.row(top.row)));
                answer.spellings = self.spellings_of(query, &typed, picks.as_deref(), &view);
                break;
            }
        }
        Ok(answer)
    }

    /// The candidates of a word.
    fn word_candidates(&self, word: &Word, most: usize, view: &View<'_>) -> Arc<WordCandidates> {
        let vocabulary = &self.vocabulary;
        let find = |visible: Option<&dyn Fn(RowId) -> bool>| {
            let near = vocabulary.candidates(&word.asked, word.reach, most, visible);
            let beginning = (word.reach == Reach::NearOrBeginning).then(|| word.asked.clone());
            WordCandidates::of_word(vocabulary, near, vocabulary.nicknames(&word.asked), beginning, word.initial)
        };
        let key = (word.asked.written().to_owned(), word.reach, word.initial, most);
        let candidates = self.found_out.word(vocabulary.state(), key, || find(None));
        // Names that none may see have taken the place of others.
        let visible = |row| view.sees(row);
        if candidates.are_cut && !candidates.are_borne(vocabulary, &visible) {
            return Arc::new(find(Some(&visible)));
        }
        candidates
    }

    /// The candidates of a word with the next as one name; none where there is no next.
    fn pair_candidates(&self, word: &Word) -> WordCandidates {
        let both = word.with_next.as_ref().map(|(_, both)| self.vocabulary.candidates(both, Reach::Same, usize::MAX, None));
        both.map_or_else(WordCandidates::default, |both| WordCandidates::new(&self.vocabulary, both, Vec::new()))
    }
}

/// A member among the best. The score is a whole number so that equal ones are equal.
#[derive(Debug, Clone, Copy)]
struct Ranked {
    row: RowId,
    class: Class,
    score: u32,
}

const SCORE_UNITS: f32 = 10_000.0;
/// Each of two lists but the shorter is read as if a member cost so much more; of more lists each that much more again.
const DETOUR: usize = 4;
/// How many members are taken to bear names that begin with something.
const MANY: usize = 1 << 40;

struct Search<'a> {
    index: &'a Index,
    query: &'a Query<'a>,
    typed: &'a Typed,
    words: &'a [Arc<WordCandidates>],
    pairs: &'a [WordCandidates],
    cities: Vec<u32>,
    assigner: Assigner<'a>,
    view: &'a View<'a>,
    /// One more than the hits that are asked for, to know whether there are more.
    wanted: usize,
    best: Vec<Ranked>,
    /// Words in the order in which most members are ruled out soonest.
    order_to_ask: Vec<usize>,
    /// Of each word that must be matched the spellings that it, alone or with a neighbour, may stand for.
    fitting: Vec<Cow<'a, Bits>>,
    /// All of those together.
    fitting_any: Bits,
    /// How many words a member's names must have at the least: one for each typed word, but for two that may be one name.
    least_names: usize,
    /// Of each word the first that is the same and can be told from it by nothing.
    same_as: Vec<usize>,
    /// Whether some words are the same and none may be left over.
    are_repeated: bool,
    /// Who was looked at, when words are repeated: the same members stand in their lists.
    seen: Bits,
}

/// Members in whose list every hit is, those first who are worth most.
#[derive(Default)]
struct List<'a> {
    /// The candidates of a word and of the pairs it belongs to, with how many of their bearers have been read.
    sources: Vec<(&'a WordCandidates, usize)>,
    beginning: Option<Beginning<'a>>,
    /// Members who are all worth the same, in pieces; some may be there twice.
    rows: Option<Vec<&'a [RowId]>>,
    /// For how many words or numbers its worth counts in the score; a filter's does not.
    weight: usize,
    /// How many it holds; of beginnings that is not known, and they are taken for many.
    holds: usize,
    read: usize,
}

/// Members with a name that begins with a word, the shortest names first.
struct Beginning<'a> {
    word: &'a WordCandidates,
    asked: &'a Asked,
    ahead: Ahead,
    /// Those of the next shortest, and what they are worth.
    next: Option<(f32, Vec<&'a [RowId]>)>,
}

impl<'a> Beginning<'a> {
    fn of(word: &'a WordCandidates, vocabulary: &'a Vocabulary) -> Option<Self> {
        let asked = word.beginning.as_ref()?;
        let mut beginning = Self { word, asked, ahead: vocabulary.ahead(asked), next: None };
        beginning.go_on(vocabulary);
        Some(beginning)
    }

    /// Takes the next, and goes on to those after them.
    fn go_on(&mut self, vocabulary: &'a Vocabulary) -> Option<(f32, Vec<&'a [RowId]>)> {
        let next = vocabulary.next_ahead(self.asked, &mut self.ahead).map(|(closeness, terms)| {
            let candidates = terms.map(|term| Candidate { term, closeness, class: Class::Prefix });
            let bearers = candidates.flat_map(|candidate| self.word.bearers_of_one(vocabulary, candidate));
            (closeness, bearers.map(|bearers| bearers.rows(vocabulary)).filter(|rows| !rows.is_empty()).collect())
        });
        std::mem::replace(&mut self.next, next)
    }
}

/// Where a list is read on.
#[derive(Clone, Copy)]
enum Next {
    Source(usize),
    Beginning,
    Rows,
}

impl<'a> List<'a> {
    /// What comes next, what it is worth at the most, and how many it is; `None` at the end.
    fn next(&self, vocabulary: &Vocabulary) -> Option<(Next, f32, usize)> {
        let count = |pieces: &[&[RowId]]| pieces.iter().map(|rows| rows.len()).sum();
        let listed = self.sources.iter().enumerate().filter_map(|(place, (candidates, read))| {
            let bearers = candidates.bearers.get(*read)?;
            Some((Next::Source(place), bearers.value, bearers.rows(vocabulary).len()))
        });
        let next = self.beginning.as_ref().and_then(|beginning| beginning.next.as_ref());
        let beginning = next.map(|(value, rows)| (Next::Beginning, *value, count(rows)));
        let rows = self.rows.as_ref().map(|rows| (Next::Rows, 1.0, count(rows)));
        let better = |one: &(Next, f32, usize), other: &(Next, f32, usize)| other.1.total_cmp(&one.1).then(one.2.cmp(&other.2));
        listed.chain(beginning).chain(rows).min_by(better)
    }

    fn read(&mut self, next: Next, vocabulary: &'a Vocabulary) -> Vec<&'a [RowId]> {
        let rows = match next {
            Next::Source(place) => {
                let (candidates, read) = &mut self.sources[place];
                *read += 1;
                vec![candidates.bearers[*read - 1].rows(vocabulary)]
            }
            Next::Beginning => {
                self.beginning.as_mut().and_then(|beginning| beginning.go_on(vocabulary)).map_or(Vec::new(), |next| next.1)
            }
            Next::Rows => self.rows.take().unwrap_or_default(),
        };
        self.read += rows.iter().map(|rows| rows.len()).sum::<usize>();
        rows
    }
}

impl<'a> Search<'a> {
    /// Finds the best members, one more than wanted if there are more.
    fn find(&mut self) {
        let index = self.index;
        let mut lists = self.lists();
        self.order_to_ask = (0..self.words.len()).filter(|&word| self.same_as[word] == word).collect();
        let holds: HashMap<usize, usize> = self.required_words().zip(&lists).map(|(word, list)| (word, list.holds)).collect();
        self.order_to_ask.sort_by_key(|word| holds.get(word).copied().unwrap_or(usize::MAX));
        // Of neighbouring pairs every other one, at most.
        let runs = self.pairs.split(|pair| pair.bearers.is_empty());
        let required = self.typed.words.iter().filter(|word| !word.optional).count();
        self.least_names = required.saturating_sub(runs.map(|run| run.len().div_ceil(2)).sum());
        if self.least_names > MOST_NAMES {
            return;
        }
        if self.are_repeated {
            self.seen = Bits::among(index.rows.places() as usize);
        }
        if lists.len() > 1 || self.least_names > 1 {
            let mut texts = Vec::new();
            for word in self.order_to_ask.iter().copied().filter(|&word| !self.typed.words[word].optional) {
                let fitting = self.fitting(word);
                self.fitting_any.add(&fitting);
                // Words that are repeated are asked for once, which rules out hardly fewer.
                let text = &self.typed.words[word].text;
                if !texts.contains(&text) {
                    texts.push(text);
                    self.fitting.push(fitting);
                }
            }
        }
        let shortest = (0..lists.len()).min_by_key(|&list| lists[list].holds).unwrap_or(0);
        loop {
            let next: Vec<_> = lists.iter().map_while(|list| list.next(&index.vocabulary)).collect();
            // Whoever is a hit would have come up in the list that has ended.
            if next.len() < lists.len() || self.is_settled(&lists, &next) {
                return;
            }
            // The shortest list certainly ends the search; the others may, and together are read for a part of its cost.
            let detour = DETOUR * (lists.len() - 1);
            let cost = |place: &usize| (lists[*place].read + next[*place].2) * if *place == shortest { 1 } else { detour };
            let Some(cheapest) = (0..lists.len()).min_by_key(cost) else { return };
            for &row in lists[cheapest].read(next[cheapest].0, &index.vocabulary).into_iter().flatten() {
                self.consider(row);
            }
        }
    }

    /// The words that must be matched, each once.
    fn required_words(&self) -> impl Iterator<Item = usize> + use<'_, 'a> {
        (0..self.words.len()).filter(|&word| !self.typed.words[word].optional && self.same_as[word] == word)
    }

    fn lists(&self) -> Vec<List<'a>> {
        let of_word = |word: usize| {
            let before = word.checked_sub(1).map(|before| &self.pairs[before]);
            let sources = [Some(&*self.words[word]), before, Some(&self.pairs[word])];
            let sources: Vec<_> = sources.into_iter().flatten().map(|source| (source, 0)).collect();
            let beginning = Beginning::of(&self.words[word], &self.index.vocabulary);
            let bearers = sources.iter().flat_map(|(candidates, _)| &candidates.bearers);
            let listed: usize = bearers.map(|bearers| bearers.rows(&self.index.vocabulary).len()).sum();
            let holds = listed + if beginning.is_some() { MANY } else { 0 };
            let weight = self.same_as.iter().filter(|&&same| same == word).count();
            List { sources, beginning, weight, holds, ..List::default() }
        };
        let required = self.required_words().map(of_word);
        let of_rows = |rows: Vec<&'a [RowId]>, weight| {
            let holds = rows.iter().map(|rows| rows.len()).sum();
            List { rows: Some(rows), weight, holds, ..List::default() }
        };
        let numbers = self
            .typed
            .numbers
            .iter()
            .map(|number| of_rows(number.readings.iter().flat_map(|reading| self.index.rows_read_as(reading)).collect(), 1));
        let born = self.query.filter.birth_year.map(|year| of_rows(self.index.rows_born_in(year), 0));
        required.chain(numbers).chain(born).collect()
    }

    /// Whether nobody who is still to come can be among the best.
    fn is_settled(&self, lists: &[List<'_>], next: &[(Next, f32, usize)]) -> bool {
        let Some(worst) = self.best.last().filter(|_| self.best.len() >= self.wanted) else { return false };
        let values = || lists.iter().zip(next).filter(|(list, _)| list.weight > 0).map(|(list, next)| (list.weight, next.1));
        let optional = self.typed.words.iter().filter(|word| word.optional).count();
        let most = self.units(values().map(|(weight, value)| weight as f32 * value).sum::<f32>() + optional as f32);
        let all_may_be_exact = values().all(|(_, value)| value >= LEAST_EXACT);
        match worst.class.tier() {
            Tier::Pinned => !all_may_be_exact || worst.score > most,
            Tier::ByScore => !all_may_be_exact && worst.score > most,
            Tier::Last => false,
        }
    }

    /// The score of a sum over all words and numbers.
    fn units(&self, total: f32) -> u32 {
        (total / (self.words.len() + self.typed.numbers.len()) as f32 * SCORE_UNITS).round() as u32
    }

    fn fitting(&self, word: usize) -> Cow<'a, Bits> {
        let vocabulary = &self.index.vocabulary;
        let mut fitting = Cow::Borrowed(self.words[word].fitting(vocabulary));
        let pairs = [word.checked_sub(1).map(|before| &self.pairs[before]), Some(&self.pairs[word])];
        for bearers in pairs.into_iter().flatten().flat_map(|pair| &pair.bearers) {
            fitting.to_mut().set(bearers.spelling, true);
        }
        fitting
    }

    fn consider(&mut self, row: RowId) {
        if self.are_repeated {
            if self.seen.holds(row) {
                return;
            }
            self.seen.set(row, true);
        }
        if !self.has_names_enough(row)
            || !self.index.passes(row, self.query.filter, &self.cities, &self.view.current, self.query.today)
            || !self.may_be_among_the_best(row)
            || !self.view.sees(row)
            || self.best.iter().any(|other| other.row == row)
        {
            return;
        }
        let data = self.index.row(row);
        let Some((mut total, mut class)) = self.assigner.score(data) else { return };
        for number in &self.typed.numbers {
            let Some(reason) = number_reason(data, number) else { return };
            total += reason.score;
            class = class.max(reason.why.class);
        }
        let ranked = Ranked { row, class, score: self.units(total) };
        if self.best.len() >= self.wanted && self.best.last().is_some_and(|worst| self.order(worst, &ranked) == Ordering::Less) {
            return;
        }
        let place = self.best.partition_point(|other| self.order(other, &ranked) == Ordering::Less);
        self.best.insert(place, ranked);
        self.best.truncate(self.wanted);
    }

    /// Whether each word stands for some name of the member, and all of them for as many names as it takes.
    fn has_names_enough(&self, row: RowId) -> bool {
        let rows = &self.index.rows;
        if rows.words(row) < self.least_names {
            return false;
        }
        let names = rows.names(row);
        // "Anna Anne" is nobody who has one name like it.
        let fitting = || names.iter().filter(|&&name| self.fitting_any.holds(name));
        let words = || fitting().map(|&name| self.index.vocabulary.spelling(name).terms.len()).sum::<usize>();
        (self.least_names < 2
            || fitting().count() >= self.least_names
            || rows.words(row) > names.len() && words() >= self.least_names)
            && self.fitting.iter().all(|fitting| names.iter().any(|&name| fitting.holds(name)))
    }

    /// Whether the member's names, each word taken for the one that it is worth most for, are good enough.
    fn may_be_among_the_best(&self, row: RowId) -> bool {
        let vocabulary = &self.index.vocabulary;
        let names = self.index.rows.names(row);
        let mut all_may_be_exact = true;
        // The last word may be a beginning, which takes longest to tell; the sum is made in the order typed.
        let mut most_worth = [0.0; MOST_WORDS];
        for place in self.order_to_ask.iter().copied() {
            let word = &self.typed.words[place];
            let pairs = [place.checked_sub(1).map(|before| &self.pairs[before]), Some(&self.pairs[place])];
            let of_pairs = pairs.into_iter().flatten().filter_map(|pair| pair.most_worth(vocabulary, names));
            let left_over = word.optional.then_some(LEFT_OVER);
            let Some(most) = of_pairs.chain(self.words[place].most_worth(vocabulary, names)).chain(left_over).reduce(f32::max)
            else {
                return false;
            };
            most_worth[place] = most;
            all_may_be_exact &= most >= LEAST_EXACT;
        }
        let total = (0..self.words.len()).map(|word| most_worth[self.same_as[word]]).sum();
        self.is_good_enough(row, total, all_may_be_exact)
            && (!self.are_repeated
                || self.most_by_names(row).is_some_and(|total| self.is_good_enough(row, total, all_may_be_exact)))
    }

    /// Whether a member for whom the words are worth so much, and the numbers all, would be among the best.
    fn is_good_enough(&self, row: RowId, words: f32, all_may_be_exact: bool) -> bool {
        let Some(worst) = self.best.last().filter(|_| self.best.len() >= self.wanted) else { return true };
        let most = self.units(words + self.typed.numbers.len() as f32);
        let better_tier = match worst.class.tier() {
            Tier::Pinned => false,
            Tier::ByScore => all_may_be_exact,
            Tier::Last => true,
        };
        better_tier || most > worst.score || most == worst.score && !self.stands_after(row, worst.row)
    }

    /// What all words are worth at the most if no name stands for more of them than it has words, or twice as many where it is two
    /// words as one; `None` if there are too few names. It is asked when words are repeated: "a a a" is not three times one Al.
    fn most_by_names(&self, row: RowId) -> Option<f32> {
        let vocabulary = &self.index.vocabulary;
        let names = self.index.rows.names(row);
        let are_simple = self.index.rows.words(row) == names.len();
        let mut best = [0.0; MOST_WORDS];
        let mut found = 0;
        for name in names {
            let name = std::slice::from_ref(name);
            let alone = self.order_to_ask.iter().filter_map(|&word| self.words[word].most_worth(vocabulary, name));
            let of_two = self.pairs.iter().filter_map(|pair| pair.most_worth(vocabulary, name)).reduce(f32::max);
            let Some(worth) = alone.chain(of_two).reduce(f32::max) else { continue };
            let words = if are_simple { 1 } else { vocabulary.spelling(name[0]).terms.len() };
            for _ in 0..words * (1 + usize::from(of_two.is_some())) {
                let place = best.partition_point(|&other| other >= worth);
                if place < self.words.len() {
                    best[place..self.words.len()].rotate_right(1);
                    best[place] = worth;
                }
                found += 1;
            }
        }
        (found >= self.words.len()).then(|| best[..self.words.len()].iter().sum())
    }

    /// Whether the member's surname is behind the other's.
    fn stands_after(&self, row: RowId, other: RowId) -> bool {
        let [one, other] = [row, other].map(|row| self.index.rows.names(row).first().copied());
        one.zip(other).is_some_and(|(one, other)| self.index.vocabulary.order(one, other) == Ordering::Greater)
    }

    fn order(&self, one: &Ranked, other: &Ranked) -> Ordering {
        (one.class.tier(), other.score).cmp(&(other.class.tier(), one.score)).then_with(|| {
            let vocabulary = &self.index.vocabulary;
            let [one, other] = [one.row, other.row].map(|row| self.index.row(row));
            let [surname, other_surname] = [one, other].map(|row| row.surname());
            let surnames = surname.zip(other_surname).map_or(Ordering::Equal, |(one, other)| vocabulary.order(one, other));
            let given = |row: super::rows::Row<'a>| row.given().iter().map(|&id| &vocabulary.spelling(id).text);
            surnames
                .then_with(|| given(one).cmp(given(other)))
                .then_with(|| one.member_number().cmp(other.member_number()))
                .then_with(|| one.id().cmp(&other.id()))
        })
    }

    fn hit(&mut self, ranked: &Ranked) -> Hit {
        let data = self.index.row(ranked.row);
        let names = self.assigner.picks(data).into_iter().map(|pick| self.why(pick));
        let numbers = self.typed.numbers.iter().filter_map(|number| Some(number_reason(data, number)?.why));
        let why: Vec<_> = names.chain(numbers).collect();
        Hit { id: data.id(), class: ranked.class, score: ranked.score as f32 / SCORE_UNITS, why }
    }

    fn why(&self, pick: Pick) -> Why {
        let word = &self.typed.words[pick.word];
        let asked = word.with_next.as_ref().filter(|_| pick.with_next).map_or(&word.text, |(both, _)| both);
        Why { asked: asked.clone(), found: pick.found, class: pick.class }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::super::query::Filter;
    use super::super::tests::properties::{any_register, any_text};
    use super::super::tests::{everyone, index_of, today};
    use super::*;

    proptest! {
        #[test]
        fn nobody_is_passed_over_to_whose_names_the_words_can_be_assigned(members in any_register(), text in any_text()) {
            let index = index_of(members);
            let filter = Filter { include_former_members: true, ..Filter::default() };
            let sight = everyone();
            let answer = index.search(&Query { text: &text, filter: &filter, limit: 1_000, today: today(), sight: &sight });
            let (Ok(answer), Ok(typed)) = (answer, Typed::parse(&text, today())) else { return Ok(()) };
            prop_assume!(!typed.is_empty());
            let view = sight.upon(&index, index.rows.current_on(today()));
            let words: Vec<_> = typed.words.iter().map(|word| index.word_candidates(word, MOST_NEAR[0], &view)).collect();
            let pairs: Vec<_> = typed.words.iter().map(|word| index.pair_candidates(word)).collect();
            let mut assigner = Assigner::new(&index, &typed, &words, &pairs);
            let mut fits = |row: RowId| {
                let row = index.row(row);
                assigner.score(row).is_some() && typed.numbers.iter().all(|number| number_reason(row, number).is_some())
            };
            let expected: BTreeSet<_> = (0..index.rows.places()).filter(|&row| fits(row)).map(|row| index.rows.id(row)).collect();
            prop_assert_eq!(answer.hits.iter().map(|hit| hit.id).collect::<BTreeSet<_>>(), expected);
        }
    }
}
