//! Rank: from a typed text to the best members.
//!
//! 1. Each typed word is compared with the distinct terms of the register; those close enough are its candidates.
//! 2. The bearers of a word's candidates are marked in a bitmap over the members; the bitmaps of all words and numbers are intersected.
//! 3. Each member left passes the filter and the searcher's rights or not; then the words are assigned to the member's
//!    names, each word to another, so that the sum of closeness is greatest (the words come in any order).
//! 4. The best are kept.
//!
//! Steps 2 to 4 run in rounds of falling closeness and end as soon as no member still unmarked can be better than
//! those kept: the threshold algorithm of Fagin, Lotem and Naor (2001). "Anna" so never looks at those called Hanna.
//!
//! A word that matches nothing rules the member out; only particles (von, de) may be left over. Order: pinned classes
//! first, former names and nicknames last, between them by score; ties by name and number, never by the order of insertion.

use std::cmp::Ordering;
use std::rc::Rc;

use super::assign::{Assigner, Pick, WordCandidates};
use super::cost;
use super::explain::{Class, Part, Tier, Why, number_reason};
use super::index::{Index, Row, counts};
use super::query::{Answer, Hit, Query, QueryError, Spelling, SpellingQuery, Spellings, Typed, Word, check_size};
use super::rows::Rows;
use super::vocabulary::{Asked, Candidate, Reach, RowId};

/// The closeness at which rounds end: narrow where the beginnings of names lie, of which one letter has thousands.
/// The last round takes every candidate.
const ROUNDS: [f32; 11] = [0.95, 0.9, 0.85, 0.83, 0.82, 0.81, 0.8, 0.75, 0.7, 0.65, 0.0];

/// How many of the nearest forms of a word are candidates: at first, and if nobody at all was found by them.
const MOST_NEAR: [usize; 2] = [40, 2_000];

/// How many other spellings a search offers for each word.
const ALTERNATIVES: usize = 6;
/// Spellings further away are not offered beside hits.
const LEAST_ALTERNATIVE: f32 = 0.65;

impl Index {
    /// The members that a typed text may mean, best first, and how else its names are spelled.
    pub fn search(&self, query: &Query<'_>) -> Result<Answer, QueryError> {
        let typed = Typed::parse(query.text, query.today)?;
        if typed.is_empty() {
            return Ok(Answer::default());
        }
        let mut best = Vec::new();
        let mut picks = Vec::new();
        let mut hits = Vec::new();
        for most in MOST_NEAR {
            let words = self.word_candidates(&typed, most, query);
            let complete_to = words.iter().map(|word| word.complete_to).fold(0.0, f32::max);
            let pairs = self.pair_candidates(&typed);
            let mut search = Search {
                index: self,
                query,
                typed: &typed,
                words: &words,
                pairs: &pairs,
                cities: query.filter.city.as_deref().map(|city| self.cities_called(city)).unwrap_or_default(),
                assigner: Assigner::new(self, &typed, &words, &pairs),
            };
            let done = search.best(complete_to, &mut best);
            if done || complete_to == 0.0 || !best.is_empty() || most == MOST_NEAR[1] {
                hits = best.iter().take(query.limit).filter_map(|ranked| search.hit(ranked)).collect();
                picks =
                    best.first().and_then(|top| self.row(top.row)).map(|row| search.assigner.picks(row)).into_iter().collect();
                break;
            }
        }
        let spellings = self.spellings(query, &typed, picks.first().map(Vec::as_slice));
        Ok(Answer { hits, spellings, more: best.len() > query.limit })
    }

    /// The candidates of each word; a word typed twice is looked for once.
    fn word_candidates(&self, typed: &Typed, most: usize, query: &Query<'_>) -> Vec<Rc<WordCandidates>> {
        let visible = |row| self.row(row).is_some_and(|row| (query.may_see)(&row.member()));
        let mut words: Vec<Rc<WordCandidates>> = Vec::new();
        for (place, word) in typed.words.iter().enumerate() {
            let same = |before: &Word| (&before.text, before.reach, before.initial) == (&word.text, word.reach, word.initial);
            let before = typed.words[..place].iter().position(same);
            words.push(match before {
                Some(before) => words[before].clone(),
                None => {
                    let near = self.vocabulary.candidates(&word.asked, word.reach, most, &visible);
                    let near = WordCandidates::new(near, word.initial);
                    Rc::new(near.with_nicknames(self.vocabulary.nicknames(&word.asked)))
                }
            });
        }
        words
    }

    /// The candidates of each word with the next as one name; none where there is no next.
    fn pair_candidates(&self, typed: &Typed) -> Vec<WordCandidates> {
        let of = |word: &Word| {
            word.with_next.as_ref().map(|(_, both)| self.vocabulary.candidates(both, Reach::Same, usize::MAX, &|_| true))
        };
        typed.words.iter().map(|word| WordCandidates::new(of(word).unwrap_or_default(), false)).collect()
    }

    /// The spellings in the register that are near to a name, the name's own included, best first.
    pub fn similar(&self, query: &SpellingQuery<'_>) -> Result<Vec<Spelling>, QueryError> {
        check_size(query.name)?;
        Ok(self.similar_or_nickname(&Asked::of(query.name), query, cost::LEAST_SIMILAR))
    }

    /// Near spellings and, in the last places, given names that belong to the asked one as nicknames do.
    fn similar_or_nickname(&self, asked: &Asked, query: &SpellingQuery<'_>, least: f32) -> Vec<Spelling> {
        let nicknames = if query.part == Part::Given { self.vocabulary.nicknames(asked) } else { Vec::new() };
        let mut best = self.similar_to(asked, &nicknames, query, least);
        let mut last = self.similar_among(&nicknames, query);
        // In a large register there is always something spelled a little alike: a tenth of the places is kept for nicknames.
        last.truncate((query.limit - best.len()).max(query.limit.saturating_add(4) / 10));
        best.truncate(query.limit - last.len());
        best.append(&mut last);
        best
    }

    fn similar_to(&self, asked: &Asked, nicknames: &[Candidate], query: &SpellingQuery<'_>, least: f32) -> Vec<Spelling> {
        let mut most = query.limit.saturating_add(2 + nicknames.len());
        loop {
            let (mut candidates, rest) = self.vocabulary.similar(asked, query.part, most, least);
            candidates.retain(|candidate| nicknames.iter().all(|nickname| nickname.term != candidate.term));
            let best = self.similar_among(&candidates, query);
            // Names that none may see, or few, may have taken the place of others.
            if rest == 0.0 || best.len() >= query.limit && best.last().is_none_or(|worst| worst.score > rest) {
                return best;
            }
            most = most.saturating_mul(8);
        }
    }

    fn similar_among(&self, candidates: &[Candidate], query: &SpellingQuery<'_>) -> Vec<Spelling> {
        let mut best: Vec<Spelling> = Vec::new();
        for candidate in candidates {
            // Candidates come the closest first; being common cannot lift the rest over what is already there.
            let full = best.len() >= query.limit;
            if full && best.last().is_none_or(|worst| worst.score >= cost::with_frequency(candidate.closeness, u32::MAX)) {
                break;
            }
            for (_, spelling) in self
                .vocabulary
                .spellings_with(candidate.term)
                .filter(|(_, spelling)| spelling.part == query.part && spelling.whole == candidate.term)
            {
                let members = spelling.bearers().iter().filter(|&&row| self.counts_for(row, query)).count() as u32;
                if members == 0 {
                    continue;
                }
                let score =
                    if candidate.class == Class::Exact { 1.0 } else { cost::with_frequency(candidate.closeness, members) };
                let found = Spelling { spelling: spelling.text.to_string(), members, class: candidate.class, score };
                let place = best.partition_point(|other| spelling_order(other, &found) == Ordering::Less);
                best.insert(place, found);
                best.truncate(query.limit);
            }
        }
        best
    }

    /// For each word, how else the part of the name is spelled that the best hit takes it for.
    fn spellings(&self, query: &Query<'_>, typed: &Typed, picks: Option<&[Pick]>) -> Vec<Spellings> {
        typed
            .words
            .iter()
            .enumerate()
            .filter(|(_, word)| word.asked.length() > 1 && !word.optional)
            .filter_map(|(place, word)| {
                let part = match picks {
                    Some(picks) => Some(picks.iter().find(|pick| pick.word == place && !pick.with_next)?.part),
                    None => None,
                };
                let offers = [Part::Surname, Part::Given]
                    .into_iter()
                    .filter(|&offered| part.is_none_or(|part| part == offered))
                    .map(|part| (part, self.alternatives(query, &word.asked, part)));
                let (part, alternatives) =
                    offers.reduce(|one, other| if best_score(&other.1) > best_score(&one.1) { other } else { one })?;
                (!alternatives.is_empty()).then(|| Spellings { asked: word.text.clone(), part, alternatives })
            })
            .collect()
    }

    fn alternatives(&self, query: &Query<'_>, asked: &Asked, part: Part) -> Vec<Spelling> {
        let Query { filter, today, may_see, .. } = *query;
        let query = SpellingQuery {
            name: "",
            part,
            limit: ALTERNATIVES + 1,
            include_former_members: filter.include_former_members,
            today,
            may_see,
        };
        let mut spellings = self.similar_or_nickname(asked, &query, LEAST_ALTERNATIVE);
        spellings.retain(|spelling| spelling.class != Class::Exact);
        spellings.truncate(ALTERNATIVES);
        spellings
    }

    fn counts_for(&self, row: RowId, query: &SpellingQuery<'_>) -> bool {
        self.row(row).map(Row::member).is_some_and(|member| {
            counts(member.memberships, None, query.include_former_members, query.today) && (query.may_see)(&member)
        })
    }
}

fn spelling_order(one: &Spelling, other: &Spelling) -> Ordering {
    one.class
        .tier()
        .cmp(&other.class.tier())
        .then_with(|| other.score.total_cmp(&one.score))
        .then_with(|| one.spelling.cmp(&other.spelling))
}

/// A member among the best. The score is a whole number so that equal ones are equal.
#[derive(Debug, Clone, Copy)]
struct Ranked {
    row: RowId,
    class: Class,
    score: u32,
}

const SCORE_UNITS: f32 = 10_000.0;

struct Search<'a> {
    index: &'a Index,
    query: &'a Query<'a>,
    typed: &'a Typed,
    words: &'a [Rc<WordCandidates>],
    pairs: &'a [WordCandidates],
    cities: Vec<u32>,
    assigner: Assigner<'a>,
}

impl Search<'_> {
    /// Finds the best members, one more than wanted if there are more, among those who bear candidates; and says whether
    /// nobody else can be better, given that candidates closer than `complete_to` are all known.
    fn best(&mut self, complete_to: f32, best: &mut Vec<Ranked>) -> bool {
        best.clear();
        let wanted = self.query.limit.saturating_add(1);
        let numbers = self.numbers();
        let mut seen = Rows::none(self.index.places());
        let mut marked: Vec<Marked> = self
            .words
            .iter()
            .map(|_| Marked { rows: Rows::none(self.index.places()), word: 0, pair_before: 0, pair: 0 })
            .collect();
        for floor in ROUNDS {
            for (word, marked) in marked.iter_mut().enumerate() {
                self.mark(word, floor, marked);
            }
            let required =
                marked.iter().zip(&self.typed.words).filter(|(_, word)| !word.optional).map(|(marked, _)| &marked.rows);
            let unseen = Rows::in_all(required.chain(&numbers), &mut seen);
            for row in unseen {
                self.consider(row, wanted, best);
            }
            // Numbers alone are all found in the first round.
            let unknown = floor.max(complete_to);
            let done = best.len() >= wanted
                && best.last().is_some_and(|worst: &Ranked| match worst.class.tier() {
                    Tier::Pinned => true,
                    Tier::ByScore => worst.score >= self.at_most(unknown),
                    Tier::Last => false,
                });
            if self.words.is_empty() || done {
                return true;
            }
        }
        false
    }

    /// The score that a member cannot exceed who is not in a round that ends at the floor.
    fn at_most(&self, floor: f32) -> u32 {
        let items = (self.words.len() + self.typed.numbers.len()) as f32;
        ((items - 1.0 + floor) / items * SCORE_UNITS).ceil() as u32
    }

    /// The members who match each number in some reading.
    fn numbers(&self) -> Vec<Rows> {
        self.typed
            .numbers
            .iter()
            .map(|number| {
                let mut rows = Rows::none(self.index.places());
                number.readings.iter().flat_map(|reading| self.index.rows_read_as(reading)).for_each(|row| rows.insert(row));
                rows
            })
            .collect()
    }

    /// Marks the members who bear candidates of the word down to the floor, those of its pairs included.
    fn mark(&self, word: usize, floor: f32, marked: &mut Marked) {
        let before = word.checked_sub(1).map(|before| &self.pairs[before]);
        let sources = [
            (Some(&*self.words[word]), &mut marked.word),
            (before, &mut marked.pair_before),
            (Some(&self.pairs[word]), &mut marked.pair),
        ];
        for (candidates, done) in sources {
            let Some(candidates) = candidates else { continue };
            while let Some(candidate) = candidates.ranked.get(*done).filter(|candidate| candidate.closeness >= floor) {
                candidates.bearers(candidate, &self.index.vocabulary).for_each(|row| marked.rows.insert(row));
                *done += 1;
            }
            if floor <= cost::NICKNAME {
                let nicknames = candidates.nicknames.iter();
                nicknames
                    .flat_map(|nickname| candidates.bearers(nickname, &self.index.vocabulary))
                    .for_each(|row| marked.rows.insert(row));
            }
        }
    }

    fn consider(&mut self, row: RowId, wanted: usize, best: &mut Vec<Ranked>) {
        let Some(data) = self.index.row(row) else { return };
        let allowed =
            self.index.passes(data, self.query.filter, &self.cities, self.query.today) && (self.query.may_see)(&data.member());
        if !allowed {
            return;
        }
        let Some((mut total, mut class)) = self.assigner.score(data) else { return };
        for number in &self.typed.numbers {
            let Some(reason) = number_reason(data, number) else { return };
            total += reason.score;
            class = class.max(reason.why.class);
        }
        let mean = total / (self.words.len() + self.typed.numbers.len()) as f32;
        let ranked = Ranked { row, class, score: (mean * SCORE_UNITS) as u32 };
        if best.len() >= wanted && best.last().is_some_and(|worst| self.order(worst, &ranked) == Ordering::Less) {
            return;
        }
        let place = best.partition_point(|other| self.order(other, &ranked) == Ordering::Less);
        best.insert(place, ranked);
        best.truncate(wanted);
    }

    fn order(&self, one: &Ranked, other: &Ranked) -> Ordering {
        (one.class.tier(), other.score).cmp(&(other.class.tier(), one.score)).then_with(|| {
            let names = |row| {
                self.index.row(row).map(|row| {
                    let vocabulary = &self.index.vocabulary;
                    let given = row.given.iter().map(|&id| &vocabulary.spelling(id).text);
                    (&vocabulary.spelling(row.surname).text, given, row.member_number(), &row.id)
                })
            };
            match (names(one.row), names(other.row)) {
                (Some((surname, given, number, id)), Some((other_surname, other_given, other_number, other_id))) => surname
                    .cmp(other_surname)
                    .then_with(|| given.cmp(other_given))
                    .then_with(|| number.cmp(other_number))
                    .then_with(|| id.cmp(other_id)),
                _ => Ordering::Equal,
            }
        })
    }

    fn hit(&mut self, ranked: &Ranked) -> Option<Hit> {
        let data = self.index.row(ranked.row)?;
        let names = self.assigner.picks(data).into_iter().map(|pick| self.why(pick));
        let numbers = self.typed.numbers.iter().filter_map(|number| Some(number_reason(data, number)?.why));
        let why: Vec<_> = names.chain(numbers).collect();
        Some(Hit { id: data.id, class: ranked.class, score: ranked.score as f32 / SCORE_UNITS, why })
    }

    fn why(&self, pick: Pick) -> Why {
        let word = &self.typed.words[pick.word];
        let asked = word.with_next.as_ref().filter(|_| pick.with_next).map_or(&word.text, |(both, _)| both);
        Why { asked: asked.clone(), found: pick.found, class: pick.class }
    }
}

fn best_score(spellings: &[Spelling]) -> f32 {
    spellings.first().map_or(0.0, |spelling| spelling.score)
}

/// The members who bear candidates of a word, and how many of the candidates they are taken from.
struct Marked {
    rows: Rows,
    word: usize,
    pair_before: usize,
    pair: usize,
}
