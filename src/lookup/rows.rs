//! Rows: the members as lookup holds them, column by column.
//!
//! A search looks at one or two facts of tens of thousands of members, so each fact stands by itself, side by side for all
//! members; what has several values (names, texts, times) stands in [`Lists`]. What rights are judged by is shared: many
//! members have the same [`Circumstances`]. A million members take some 120 MB, most of it texts and ids.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::NaiveDate;
use entity::membership_period::MembershipType;
use uuid::Uuid;

use super::bits::Bits;
use super::index::{Circumstances, Span};
use super::sight::new_state;
use super::vocabulary::{Bearing, RowId, SpellingId};

const NO_CITY: u32 = u32::MAX;
/// Longer texts than the register takes are cut.
const MOST_OF_A_TEXT: usize = 1_000;

/// All members.
#[derive(Debug)]
pub(super) struct Rows {
    ids: Vec<Uuid>,
    /// The surname, the given names, the former surnames.
    names: Lists<SpellingId>,
    given: Vec<u16>,
    /// How many words all her names have together, each at least one: as many as names if each is of one word.
    words: Vec<u8>,
    /// Member number, phone and e-mail, each but the last followed by NUL, which no database text holds.
    texts: Lists<u8>,
    birth_dates: Vec<Option<NaiveDate>>,
    cities: Vec<u32>,
    circumstances: Vec<u32>,
    spans: Lists<Span>,
    known: Shared,
    free: Vec<RowId>,
    current: Mutex<Option<Current>>,
}

/// What is entered of a member.
pub(super) struct NewRow<'a> {
    pub(super) id: Uuid,
    pub(super) surname: SpellingId,
    pub(super) given: &'a [SpellingId],
    pub(super) former: &'a [SpellingId],
    /// How many words these names have together, each at least one.
    pub(super) words: usize,
    pub(super) texts: [&'a str; 3],
    pub(super) birth_date: Option<NaiveDate>,
    pub(super) city: Option<u32>,
    pub(super) circumstances: Circumstances,
    pub(super) spans: &'a [Span],
}

/// One member.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    rows: &'a Rows,
    at: RowId,
}

/// Who is a member on a day.
#[derive(Debug, Clone)]
pub(super) struct Current {
    day: NaiveDate,
    rows: Arc<Bits>,
}

impl Default for Rows {
    fn default() -> Self {
        Self {
            ids: Vec::new(),
            names: Lists::of(0),
            given: Vec::new(),
            words: Vec::new(),
            texts: Lists::of(0),
            birth_dates: Vec::new(),
            cities: Vec::new(),
            circumstances: Vec::new(),
            spans: Lists::of(Span { membership_type: MembershipType::Prospect, from: None, until: None }),
            known: Shared::default(),
            free: Vec::new(),
            current: Mutex::default(),
        }
    }
}

impl Rows {
    /// A place for one more member.
    pub(super) fn place(&mut self) -> RowId {
        self.free.pop().unwrap_or_else(|| {
            let place = u32::try_from(self.ids.len()).expect("fewer than four thousand million members");
            self.ids.push(Uuid::nil());
            self.names.add();
            self.given.push(0);
            self.words.push(0);
            self.texts.add();
            self.birth_dates.push(None);
            self.cities.push(NO_CITY);
            self.circumstances.push(0);
            self.spans.add();
            place
        })
    }

    /// Enters a member at a place that [`Rows::place`] gave.
    pub(super) fn enter(&mut self, at: RowId, new: NewRow<'_>) {
        let place = at as usize;
        self.ids[place] = new.id;
        let names: Vec<SpellingId> = [&[new.surname], new.given, new.former].concat();
        self.names.set(place, &names);
        self.given[place] = new.given.len().min(usize::from(u16::MAX)) as u16;
        self.words[place] = u8::try_from(new.words).unwrap_or(u8::MAX);
        let cut = |text: &str| text.chars().filter(|&character| character != '\0').take(MOST_OF_A_TEXT).collect::<String>();
        self.texts.set(place, new.texts.map(cut).join("\0").as_bytes());
        self.birth_dates[place] = new.birth_date;
        self.cities[place] = new.city.unwrap_or(NO_CITY);
        self.circumstances[place] = self.known.take(new.circumstances);
        self.spans.set(place, new.spans);
        self.note_current(place);
    }

    /// Forgets the member at the place.
    pub(super) fn remove(&mut self, at: RowId) {
        let place = at as usize;
        self.ids[place] = Uuid::nil();
        self.names.set(place, &[]);
        self.given[place] = 0;
        self.words[place] = 0;
        self.texts.set(place, &[]);
        self.birth_dates[place] = None;
        self.cities[place] = NO_CITY;
        self.known.give_back(self.circumstances[place]);
        self.spans.set(place, &[]);
        self.note_current(place);
        self.free.push(at);
    }

    /// Gives back memory that was taken for growing.
    pub(super) fn shrink(&mut self) {
        self.ids.shrink_to_fit();
        self.names.shrink();
        self.given.shrink_to_fit();
        self.words.shrink_to_fit();
        self.texts.shrink();
        self.birth_dates.shrink_to_fit();
        self.cities.shrink_to_fit();
        self.circumstances.shrink_to_fit();
        self.spans.shrink();
    }

    /// How many places there are, free ones included.
    pub(super) fn places(&self) -> RowId {
        self.ids.len() as RowId
    }

    /// How many members there are.
    pub(super) fn len(&self) -> usize {
        self.ids.len() - self.free.len()
    }

    /// The member at a place that is in use.
    pub(super) fn row(&self, at: RowId) -> Row<'_> {
        Row { rows: self, at }
    }

    pub(super) fn id(&self, at: RowId) -> Uuid {
        self.ids[at as usize]
    }

    /// The surname, the given names, the former surnames.
    pub(super) fn names(&self, at: RowId) -> &[SpellingId] {
        self.names.get(at as usize)
    }

    /// How many words all her names have together; 255 stands for more, too.
    pub(super) fn words(&self, at: RowId) -> usize {
        self.words[at as usize].into()
    }

    pub(super) fn spans(&self, at: RowId) -> &[Span] {
        self.spans.get(at as usize)
    }

    /// Which of [`Rows::all_circumstances`] are the member's.
    pub(super) fn circumstances(&self, at: RowId) -> usize {
        self.circumstances[at as usize] as usize
    }

    /// Another number whenever a place has come to stand for other circumstances.
    pub(super) fn state_of_circumstances(&self) -> u64 {
        self.known.state
    }

    pub(super) fn all_circumstances(&self) -> &[Option<Arc<Circumstances>>] {
        &self.known.all
    }

    /// Who is a member on the day. Counted once a day, then kept up.
    pub(super) fn current_on(&self, day: NaiveDate) -> Current {
        let mut kept = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        match &*kept {
            Some(current) if current.day == day => current.clone(),
            _ => {
                let mut rows = Bits::among(self.ids.len());
                for row in 0..self.places() {
                    rows.set(row, self.spans(row).iter().any(|span| span.covers(day)));
                }
                kept.insert(Current { day, rows: Arc::new(rows) }).clone()
            }
        }
    }

    fn note_current(&mut self, place: usize) {
        let kept = self.current.get_mut().unwrap_or_else(PoisonError::into_inner);
        let Some(current) = kept else { return };
        let is_current = self.spans.get(place).iter().any(|span| span.covers(current.day));
        Arc::make_mut(&mut current.rows).set(place as RowId, is_current);
    }
}

impl Current {
    pub(super) fn day(&self) -> NaiveDate {
        self.day
    }

    pub(super) fn holds(&self, at: RowId) -> bool {
        self.rows.holds(at)
    }
}

impl<'a> Row<'a> {
    pub(super) fn id(self) -> Uuid {
        self.rows.id(self.at)
    }

    pub(super) fn surname(self) -> Option<SpellingId> {
        self.rows.names(self.at).first().copied()
    }

    pub(super) fn given(self) -> &'a [SpellingId] {
        self.rows.names(self.at).get(1..=self.given_names()).unwrap_or(&[])
    }

    pub(super) fn former(self) -> &'a [SpellingId] {
        self.rows.names(self.at).get(1 + self.given_names()..).unwrap_or(&[])
    }

    /// Each of her names, and how she bears it.
    pub(super) fn borne(self) -> impl Iterator<Item = (SpellingId, Bearing)> + 'a {
        let given = self.given_names();
        let borne = self.rows.names(self.at).iter().enumerate();
        borne.map(move |(place, &id)| {
            (id, if place == 0 || (place == 1 && given > 0) { Bearing::First } else { Bearing::Otherwise })
        })
    }

    fn given_names(self) -> usize {
        usize::from(self.rows.given[self.at as usize])
    }

    pub(super) fn birth_date(self) -> Option<NaiveDate> {
        self.rows.birth_dates[self.at as usize]
    }

    pub(super) fn city(self) -> Option<u32> {
        Some(self.rows.cities[self.at as usize]).filter(|&city| city != NO_CITY)
    }

    pub(super) fn circumstances(self) -> Option<&'a Circumstances> {
        self.rows.known.all[self.rows.circumstances(self.at)].as_deref()
    }

    pub(super) fn member_number(self) -> &'a str {
        self.text(0)
    }

    pub(super) fn phone(self) -> &'a str {
        self.text(1)
    }

    pub(super) fn email(self) -> &'a str {
        self.text(2)
    }

    fn text(self, place: usize) -> &'a str {
        let texts = self.rows.texts.get(self.at as usize).split(|&byte| byte == 0);
        texts.into_iter().nth(place).and_then(|text| std::str::from_utf8(text).ok()).unwrap_or("")
    }
}

/// Circumstances, each once.
#[derive(Debug, Default)]
struct Shared {
    of: HashMap<Arc<Circumstances>, u32>,
    all: Vec<Option<Arc<Circumstances>>>,
    shared_by: Vec<u32>,
    free: Vec<u32>,
    state: u64,
}

impl Shared {
    fn take(&mut self, circumstances: Circumstances) -> u32 {
        let place = match self.of.get(&circumstances) {
            Some(&place) => place,
            None => {
                let circumstances = Arc::new(circumstances);
                let place = super::vocabulary::place(&mut self.free, &mut self.all);
                self.shared_by.resize(self.all.len(), 0);
                self.all[place as usize] = Some(circumstances.clone());
                self.of.insert(circumstances, place);
                self.state = new_state();
                place
            }
        };
        self.shared_by[place as usize] += 1;
        place
    }

    fn give_back(&mut self, place: u32) {
        let shared_by = &mut self.shared_by[place as usize];
        *shared_by -= 1;
        if *shared_by == 0
            && let Some(circumstances) = self.all[place as usize].take()
        {
            self.of.remove(&circumstances);
            self.free.push(place);
        }
    }
}

/// A list for each place, one after the other in one piece of memory. What is taken out is overwritten at once, and its room
/// is won back when half of all is empty.
#[derive(Debug)]
struct Lists<T> {
    /// What stands where nothing is.
    blank: T,
    items: Vec<T>,
    /// Where each begins.
    starts: Vec<u32>,
    lengths: Vec<u16>,
    empty: usize,
}

impl<T: Copy> Lists<T> {
    fn of(blank: T) -> Self {
        Self { blank, items: Vec::new(), starts: Vec::new(), lengths: Vec::new(), empty: 0 }
    }

    fn add(&mut self) {
        self.starts.push(0);
        self.lengths.push(0);
    }

    fn get(&self, place: usize) -> &[T] {
        &self.items[self.starts[place] as usize..][..usize::from(self.lengths[place])]
    }

    /// Puts a list in place of the one that is there.
    fn set(&mut self, place: usize, list: &[T]) {
        let list = &list[..list.len().min(usize::from(u16::MAX))];
        let (start, length) = (self.starts[place], self.lengths[place]);
        self.items[start as usize..][..usize::from(length)].fill(self.blank);
        self.empty += usize::from(length);
        let start = u32::try_from(self.items.len()).expect("fewer than four thousand million of anything");
        (self.starts[place], self.lengths[place]) = (start, list.len() as u16);
        self.items.extend_from_slice(list);
        // While a register is entered at first nothing is empty.
        if self.empty > self.items.len() / 2 + 1_024 {
            self.shrink();
        }
    }

    fn shrink(&mut self) {
        let mut items = Vec::with_capacity(self.items.len() - self.empty);
        for place in 0..self.starts.len() {
            let start = items.len() as u32;
            items.extend_from_slice(self.get(place));
            self.starts[place] = start;
        }
        (self.items, self.empty) = (items, 0);
        self.starts.shrink_to_fit();
        self.lengths.shrink_to_fit();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_stay_apart_whatever_is_put_in_and_taken_out() {
        let mut lists = Lists::of(0);
        for place in 0..50u32 {
            lists.add();
            lists.set(place as usize, &vec![place; place as usize % 4]);
        }
        for _ in 0..100 {
            for place in (0..50u32).step_by(3) {
                lists.set(place as usize, &[place; 40]);
                lists.set(place as usize, &[place]);
            }
        }
        for place in 0..50u32 {
            let expected = if place % 3 == 0 { 1 } else { place as usize % 4 };
            assert_eq!(lists.get(place as usize), vec![place; expected]);
        }
        assert!(lists.items.len() < 3_000, "room is won back");
    }
}
