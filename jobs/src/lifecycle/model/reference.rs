//! The reference: in plain words, whom a run must open, tell, supersede and close.

use std::collections::BTreeSet;

use chrono::{Days, Months, NaiveDate};
use entity::follow_up;
use entity::lifecycle_rule::Notice;
use entity::membership_period::MembershipType;

use super::super::plan::Occasion;
use super::{MEMBERS, State, World, id};
use crate::responsible::{Responsible, covers};

impl World {
    /// The reference: whom this run must open, tell, supersede and close.
    pub(super) fn expect(&mut self, occasion: &Occasion) -> Expected {
        let mut expected = Expected::default();
        let last_list = self.last_list;
        for who in 0..MEMBERS {
            let someone = self.members[who].clone();
            let member = self.is_member(who);
            let open: Vec<NaiveDate> =
                self.reference[who].iter().filter(|(_, state)| **state == State::Open).map(|(anchor, _)| *anchor).collect();
            for anchor in open {
                if someone.anchor != Some(anchor) {
                    expected.superseded.insert((who, anchor));
                    self.reference[who].insert(anchor, State::Gone);
                } else if !member {
                    expected.closed.insert((who, anchor));
                    self.reference[who].insert(anchor, State::Gone);
                }
            }
            let Some(anchor) = someone.anchor.filter(|_| member) else { continue };
            let due = anchor + Months::new(6);
            let state = self.reference[who].get(&anchor).copied();
            if occasion.notice == Notice::StillOpen {
                let dealt = self.reminded.get(&(who, anchor)).copied();
                let for_a_representative = self.is_a_representatives(who, anchor);
                match (state, dealt) {
                    (Some(State::Open | State::Dealt), None) if due + Days::new(14) <= self.today => {
                        expected.told.insert((who, false));
                        self.reminded.insert((who, anchor), (self.today, false));
                    }
                    (Some(State::Open | State::Dealt), Some((on, false)))
                        if on + Days::new(14) <= self.today && for_a_representative =>
                    {
                        expected.told.insert((who, true));
                        self.reminded.insert((who, anchor), (on, true));
                    }
                    _ => {}
                }
                continue;
            }
            let studied = someone
                .periods
                .iter()
                .any(|span| span.membership_type == MembershipType::Student && covers(span.from, span.until, anchor));
            let list = occasion.notice == Notice::MonthAhead;
            let in_time = occasion.first <= due && due <= occasion.last;
            let entered = someone.dated > self.last_look || someone.joined > self.last_look;
            let late_for_the_day = last_list.is_none() && entered && self.begin < due && due < occasion.first;
            let late = if list && last_list.is_some() {
                last_list.is_some_and(|last| someone.dated > last || (someone.joined > last && due > self.begin))
                    && due < occasion.first
                    && self.today - Months::new(6) <= due
            } else {
                late_for_the_day
            };
            if !studied || !(in_time || late) {
                continue;
            }
            let contacted_before = self.reference[who]
                .iter()
                .any(|(other, state)| *state == State::Dealt && *other != anchor && (*other - anchor).num_days().abs() < 730);
            match state {
                Some(State::Open) if !list && in_time => {
                    expected.told.insert((who, false));
                }
                Some(State::Open | State::Dealt) => {}
                Some(State::Gone) | None if contacted_before => {}
                Some(State::Gone) | None => {
                    if list || due > self.begin {
                        expected.opened.insert((who, late));
                        self.reference[who].insert(anchor, State::Open);
                        self.reminded.remove(&(who, anchor));
                    }
                }
            }
        }
        expected
    }

    /// Whether a representative has it, or would get it now from one who has it no longer.
    fn is_a_representatives(&self, who: usize, anchor: NaiveDate) -> bool {
        let organisation = self.organisation();
        let person = self.person(who);
        let hers = |row: &&follow_up::Model| row.subject_id == id(who) && row.anchor_date == anchor;
        let Some(row) = self.rows.iter().find(hers) else { return false };
        let before = match (row.responsible_member_id, row.appointment_id) {
            (Some(member), Some(appointment)) => Responsible::Representative { member, appointment },
            _ => Responsible::Office(row.office.unwrap()),
        };
        let now = if organisation.lapsed(&person, before).is_none() { before } else { organisation.responsible(&person).to };
        matches!(now, Responsible::Representative { .. })
    }
}

/// What a run must do, by member: opened with whether late, told with whether it goes to the office, and the dates of the rest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Expected {
    pub(super) opened: BTreeSet<(usize, bool)>,
    pub(super) told: BTreeSet<(usize, bool)>,
    pub(super) superseded: BTreeSet<(usize, NaiveDate)>,
    pub(super) closed: BTreeSet<(usize, NaiveDate)>,
}
