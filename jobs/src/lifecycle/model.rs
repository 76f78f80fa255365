//! The rule of graduates, lived through day by day: what [`plan`] decides against a small reference model, on random lives.
//!
//! The world is a handful of members, two representatives and a calendar. Things happen to them; every day the notices that
//! are due are run, unless the program is down, and what was missed is made up for. The reference says in plain words whom each
//! run must open, tell, supersede and close.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{Datelike, Days, Months, NaiveDate, Weekday};
use entity::appointment::{self, AppointmentRole};
use entity::follow_up::{self, FollowUpStatus, FollowUpSubject, Office};
use entity::lifecycle_rule::{Anchor, Audience, Content, Notice, Recipient, Template};
use entity::membership_period::{LeaveReason, MembershipType};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use uuid::Uuid;

use super::plan::{Case, Occasion, Plan, Since, Span, plan};
use super::rule::Rule;
use crate::dates::Month;
use crate::responsible::{Organisation, Person, Responsible, covers};

mod reference;

use reference::Expected;

const MEMBERS: usize = 4;
const WORKPLACE: Uuid = Uuid::from_u128(0x100);

/// What happens.
#[derive(Clone, Debug)]
enum Event {
    Date(usize, Option<i64>),
    Confirmed(usize),
    Professional(usize),
    Leaves(usize, bool),
    Returns(usize),
    Protected(usize, bool),
    Hidden(usize, bool),
    Contacted(usize),
    Outcome(usize),
    TermEnds(usize),
    Absent(usize, bool),
    /// So many days pass; the program is down on them or not.
    Days(u64, bool),
}

fn event() -> impl Strategy<Value = Event> {
    let who = 0..MEMBERS;
    prop_oneof![
        // Graduations from eight months before the beginning to four after it.
        6 => (who.clone(), prop::option::weighted(0.9, -240_i64..120)).prop_map(|(who, day)| Event::Date(who, day)),
        1 => who.clone().prop_map(Event::Confirmed),
        2 => who.clone().prop_map(Event::Professional),
        2 => (who.clone(), any::<bool>()).prop_map(|(who, died)| Event::Leaves(who, died)),
        1 => who.clone().prop_map(Event::Returns),
        1 => (who.clone(), any::<bool>()).prop_map(|(who, is)| Event::Protected(who, is)),
        1 => (who.clone(), any::<bool>()).prop_map(|(who, is)| Event::Hidden(who, is)),
        2 => who.clone().prop_map(Event::Contacted),
        2 => who.clone().prop_map(Event::Outcome),
        1 => (0_usize..2).prop_map(Event::TermEnds),
        1 => (0_usize..2, any::<bool>()).prop_map(|(who, is)| Event::Absent(who, is)),
        5 => (1_u64..40, prop::bool::weighted(0.2)).prop_map(|(days, down)| Event::Days(days, down)),
    ]
}

#[derive(Clone, Debug)]
struct Someone {
    anchor: Option<NaiveDate>,
    /// By the count of events: when the date and the memberships were last changed.
    dated: i64,
    joined: i64,
    dated_on: NaiveDate,
    confirmed: bool,
    protected: bool,
    hidden: bool,
    periods: Vec<Span>,
}

/// What the reference knows of a follow-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Open,
    Dealt,
    Gone,
}

struct World {
    begin: NaiveDate,
    today: NaiveDate,
    events: i64,
    members: Vec<Someone>,
    representatives: Vec<appointment::Model>,
    rows: Vec<follow_up::Model>,
    reference: Vec<BTreeMap<NaiveDate, State>>,
    reminded: BTreeMap<(usize, NaiveDate), (NaiveDate, bool)>,
    last_list: Option<i64>,
    listed: Month,
    last_day: NaiveDate,
    /// The count of events at the last daily notice.
    last_look: i64,
    missed_monday: bool,
}

fn id(number: usize) -> Uuid {
    Uuid::from_u128(number as u128 + 1)
}

fn rule(begin: NaiveDate) -> Rule {
    Rule {
        key: "graduate-follow-up".into(),
        anchor: Anchor::GraduationDate,
        offset: "P6M".parse().unwrap(),
        audience: Audience::StudentsAtAnchor,
        recipients: vec![Recipient::Responsible],
        notices: vec![Notice::MonthAhead, Notice::OnTheDay, Notice::StillOpen],
        template: Template::Graduates,
        look_back: "P6M".parse().unwrap(),
        content: Content::Names,
        active_from: None,
        // From the day after it was switched on.
        covered_from: begin.succ_opt(),
    }
}

impl World {
    fn new() -> Self {
        let begin = NaiveDate::from_ymd_opt(2026, 11, 24).unwrap();
        let student = Span { membership_type: MembershipType::Student, from: None, until: None, leave_reason: None };
        let someone = Someone {
            anchor: None,
            dated: 0,
            joined: 0,
            dated_on: begin,
            confirmed: false,
            protected: false,
            hidden: false,
            periods: vec![student],
        };
        let representative = |number: usize, workplace, branch| appointment::Model {
            id: id(0x200 + number),
            // The first member represents her own workplace.
            member_id: id(if number == 0 { 0 } else { 0x300 }),
            role: AppointmentRole::ShopSteward,
            workplace_id: workplace,
            school_id: None,
            local_branch_id: branch,
            valid_from: None,
            valid_until: None,
            absent_from: None,
            absent_until: None,
            deputy_member_id: (number == 0).then_some(id(1)),
            version: 1,
        };
        Self {
            begin,
            today: begin,
            events: 0,
            members: vec![someone; MEMBERS],
            representatives: vec![representative(0, Some(WORKPLACE), None), representative(1, None, Some(id(0x400)))],
            rows: Vec::new(),
            reference: vec![BTreeMap::new(); MEMBERS],
            reminded: BTreeMap::new(),
            last_list: None,
            listed: Month::of(begin).next(),
            last_day: begin,
            last_look: 0,
            missed_monday: false,
        }
    }

    fn happens(&mut self, event: &Event) -> Result<(), TestCaseError> {
        self.events += 1;
        let today = self.today;
        match *event {
            Event::Date(who, day) => {
                let anchor = day.map(|day| self.begin + chrono::Duration::days(day));
                let someone = &mut self.members[who];
                if someone.anchor != anchor {
                    (someone.anchor, someone.dated, someone.confirmed) = (anchor, self.events, false);
                    someone.dated_on = today;
                }
            }
            Event::Confirmed(who) => self.members[who].confirmed = true,
            Event::Professional(who) => {
                let someone = &mut self.members[who];
                if let Some(last) = someone.periods.last_mut().filter(|last| last.until.is_none() && last.from < Some(today)) {
                    last.until = today.pred_opt();
                    let membership_type = MembershipType::Professional;
                    someone.periods.push(Span { membership_type, from: Some(today), until: None, leave_reason: None });
                    someone.joined = self.events;
                }
            }
            Event::Leaves(who, died) => {
                let someone = &mut self.members[who];
                if let Some(last) = someone.periods.last_mut().filter(|last| last.until.is_none() && last.from < Some(today)) {
                    last.until = today.pred_opt();
                    last.leave_reason = Some(if died { LeaveReason::Deceased } else { LeaveReason::Moved });
                    someone.joined = self.events;
                }
            }
            Event::Returns(who) => {
                let someone = &mut self.members[who];
                if someone.periods.last().is_some_and(|last| last.until.is_some()) {
                    let membership_type = MembershipType::Student;
                    someone.periods.push(Span { membership_type, from: Some(today), until: None, leave_reason: None });
                    someone.joined = self.events;
                }
            }
            Event::Protected(who, is) => self.members[who].protected = is,
            Event::Hidden(who, is) => self.members[who].hidden = is,
            Event::Contacted(who) => self.deal(who, FollowUpStatus::Contacted),
            Event::Outcome(who) => self.deal(who, FollowUpStatus::Outcome),
            Event::TermEnds(who) => self.representatives[who].valid_until = today.pred_opt(),
            Event::Absent(who, is) => self.representatives[who].absent_from = is.then_some(today),
            Event::Days(days, down) => {
                for _ in 0..days {
                    self.today = self.today + Days::new(1);
                    self.missed_monday |= self.today.weekday() == Weekday::Mon;
                    if !down {
                        self.run_what_is_due()?;
                    }
                }
            }
        }
        Ok(())
    }

    fn deal(&mut self, who: usize, status: FollowUpStatus) {
        let dealt = |row: &&mut follow_up::Model| {
            row.subject_id == id(who) && matches!(row.status, FollowUpStatus::Open | FollowUpStatus::Contacted)
        };
        for row in self.rows.iter_mut().filter(dealt) {
            row.status = status;
            self.reference[who].insert(row.anchor_date, State::Dealt);
            if status == FollowUpStatus::Outcome {
                self.reminded.insert((who, row.anchor_date), (NaiveDate::MAX, true));
            }
        }
    }

    /// The lists that are due, oldest first, then the day, then Monday's reminder.
    fn run_what_is_due(&mut self) -> Result<(), TestCaseError> {
        loop {
            // The list of a month is made from the 20th of the month before.
            let due_on = (self.listed.first() - Days::new(1)).with_day(20).unwrap();
            // The one before the beginning belongs to the time before it.
            if due_on <= self.begin {
                self.listed = self.listed.next();
                continue;
            }
            if due_on > self.today {
                break;
            }
            let month = self.listed;
            // The first list takes in what was entered since the last day's notice, for days that the rule answers for.
            let late_from = self.last_list.map_or(self.begin.succ_opt(), |_| Some(self.today - Months::new(6)));
            self.run(Notice::MonthAhead, month.first(), month.last(), late_from)?;
            self.last_list = Some(self.events);
            self.listed = month.next();
        }
        let first = (self.last_day + Days::new(1)).max(self.today - Months::new(6));
        let late_from = if self.last_list.is_none() { self.begin.succ_opt() } else { None };
        self.run(Notice::OnTheDay, first, self.today, late_from)?;
        (self.last_day, self.last_look) = (self.today, self.events);
        if self.missed_monday {
            self.missed_monday = false;
            self.run(Notice::StillOpen, self.today, self.today, None)?;
        }
        Ok(())
    }

    fn run(
        &mut self,
        notice: Notice,
        first: NaiveDate,
        last: NaiveDate,
        late_from: Option<NaiveDate>,
    ) -> Result<(), TestCaseError> {
        let occasion = Occasion { notice, first, last, late_from, on: self.today };
        let since = if notice == Notice::MonthAhead { self.last_list.unwrap_or(self.last_look) } else { self.last_look };
        let cases = self.cases(since);
        let organisation = self.organisation();
        let plan = plan(&rule(self.begin), &occasion, &cases, &self.rows, &organisation);
        let expected = self.expect(&occasion);
        let who = |case: usize| cases[case].subject.as_u128() as usize - 1;
        let rows: HashMap<Uuid, (usize, NaiveDate)> =
            self.rows.iter().map(|row| (row.id, (row.subject_id.as_u128() as usize - 1, row.anchor_date))).collect();
        let decided = Expected {
            opened: plan.opened.iter().map(|opened| (who(opened.case), opened.late)).collect(),
            told: plan.told.iter().map(|told| (who(told.case), told.escalated)).collect(),
            superseded: plan.superseded.iter().map(|row| rows[row]).collect(),
            closed: plan.closed.iter().map(|row| rows[row]).collect(),
        };
        prop_assert_eq!(&decided, &expected, "{:?} of {:?}", &occasion, &self.members);
        prop_assert_eq!(plan.due, plan.opened.len() + plan.told.len() + plan.left_out.values().sum::<usize>());
        self.check_assignments(&plan, &cases, &organisation)?;
        self.put(&plan, &cases, &occasion);
        let mut keys = BTreeSet::new();
        for row in &self.rows {
            prop_assert!(keys.insert((row.subject_id, row.anchor_date)), "the unique key holds");
        }
        for who in 0..MEMBERS {
            let open = self.rows.iter().filter(|row| row.subject_id == id(who) && row.status == FollowUpStatus::Open);
            prop_assert!(open.count() <= 1, "one open follow-up of a member at the most");
        }
        Ok(())
    }

    fn cases(&self, since: i64) -> Vec<Case> {
        let case = |(who, someone): (usize, &Someone)| {
            let anchor = someone.anchor?;
            Some(Case {
                subject: id(who),
                person: self.person(who),
                anchor,
                due: anchor + Months::new(6),
                confirmed: someone.confirmed,
                periods: someone.periods.clone(),
                since: Since { anchor: someone.dated > since, membership: someone.joined > since },
            })
        };
        self.members.iter().enumerate().filter_map(case).collect()
    }

    fn person(&self, who: usize) -> Person {
        let someone = &self.members[who];
        Person {
            id: id(who),
            protected: someone.protected,
            hidden: someone.hidden,
            workplaces: vec![WORKPLACE],
            school: None,
            local_branch: Some(id(0x400)),
        }
    }

    fn organisation(&self) -> Organisation {
        let current = (0..MEMBERS).filter(|who| self.is_member(*who)).map(id).chain([id(0x300)]).collect();
        let works_at = (0..MEMBERS).map(|who| (id(who), vec![WORKPLACE])).collect();
        let mut organisation = Organisation { current, works_at, ..Organisation::default() };
        organisation.appoint(self.representatives.clone(), self.today);
        organisation
    }

    fn is_member(&self, who: usize) -> bool {
        self.members[who].periods.iter().any(|span| covers(span.from, span.until, self.today))
    }

    /// Whoever is told is in term, current, not she herself, and not at her hidden member's workplace.
    fn check_assignments(&self, plan: &Plan, cases: &[Case], organisation: &Organisation) -> Result<(), TestCaseError> {
        let opened = plan.opened.iter().filter_map(|opened| Some((opened.case, opened.assignment.as_ref()?)));
        for (case, assignment) in opened.chain(plan.told.iter().map(|told| (told.case, &told.assignment))) {
            let person = &cases[case].person;
            match assignment.to {
                Responsible::Office(office) => {
                    prop_assert_eq!(office == Office::PrivacyOfficer, person.protected);
                }
                Responsible::Representative { member, appointment } => {
                    let term = self.representatives.iter().find(|row| row.id == appointment).unwrap();
                    prop_assert!(covers(term.valid_from, term.valid_until, self.today));
                    prop_assert!(member != person.id && !person.protected && organisation.current.contains(&member));
                    prop_assert!(!(person.hidden && term.workplace_id.is_some()));
                    let absent = term.absent_from.is_some_and(|from| from <= self.today);
                    prop_assert_eq!(Some(member), if absent { term.deputy_member_id } else { Some(term.member_id) });
                }
            }
        }
        Ok(())
    }

    /// What `run` writes, in memory.
    fn put(&mut self, plan: &Plan, cases: &[Case], occasion: &Occasion) {
        let responsible = |row: &mut follow_up::Model, to: Responsible| {
            (row.responsible_member_id, row.appointment_id, row.office) = match to {
                Responsible::Representative { member, appointment } => (Some(member), Some(appointment), None),
                Responsible::Office(office) => (None, None, Some(office)),
            };
        };
        for row in &mut self.rows {
            if plan.superseded.contains(&row.id) {
                row.status = FollowUpStatus::Superseded;
            }
            if plan.closed.contains(&row.id) {
                row.status = FollowUpStatus::Closed;
            }
            if let Some(told) = plan.told.iter().find(|told| told.follow_up == row.id) {
                if told.escalated {
                    row.escalated_on = Some(occasion.on);
                } else {
                    responsible(row, told.assignment.to);
                    if occasion.notice == Notice::StillOpen {
                        row.reminded_on = Some(occasion.on);
                    }
                }
            }
            if let Some(opened) = plan.opened.iter().find(|opened| opened.again == Some(row.id)) {
                (row.status, row.reminded_on, row.escalated_on) = (FollowUpStatus::Open, None, None);
                responsible(row, opened.assignment.as_ref().unwrap().to);
            }
        }
        for opened in plan.opened.iter().filter(|opened| opened.again.is_none()) {
            let case = &cases[opened.case];
            let at = chrono::DateTime::UNIX_EPOCH;
            let mut row = follow_up::Model {
                id: id(0x1000 + self.rows.len()),
                rule_key: String::new(),
                subject_type: FollowUpSubject::Member,
                subject_id: case.subject,
                member_id: case.person.id,
                anchor_date: case.anchor,
                due_on: case.due,
                run_id: Uuid::nil(),
                late: opened.late,
                status: FollowUpStatus::Open,
                responsible_member_id: None,
                appointment_id: None,
                office: None,
                rerouted: None,
                outcome: None,
                note: None,
                contacted_at: None,
                reminded_on: None,
                escalated_on: None,
                superseded_by: None,
                version: 1,
                created_at: at,
                updated_at: at,
            };
            responsible(&mut row, opened.assignment.as_ref().unwrap().to);
            self.rows.push(row);
        }
    }
}

#[test]
fn what_a_run_decides_is_what_the_reference_says() {
    #[expect(clippy::disallowed_methods, reason = "what only tests need is no setting of the service")]
    let long = std::env::var_os("MATRIKEL_TEST_LONG").is_some_and(|value| !value.is_empty() && value != "0");
    let config = Config { cases: if long { 100_000 } else { 5_000 }, failure_persistence: None, ..Config::default() };
    let outcome = TestRunner::new(config).run(&vec(event(), 1..14), |events| {
        let mut world = World::new();
        for event in &events {
            world.happens(event)?;
        }
        // Then nothing happens any more: nobody whose day comes is lost.
        world.happens(&Event::Days(45, false))?;
        for (who, someone) in world.members.iter().enumerate() {
            let Some(anchor) = someone.anchor.filter(|_| world.is_member(who)) else { continue };
            let due = anchor + Months::new(6);
            let studied = someone
                .periods
                .iter()
                .any(|span| span.membership_type == MembershipType::Student && covers(span.from, span.until, anchor));
            let in_reach = world.begin < due && due <= world.today;
            // Nobody looks back further than six months, and the next list may be a month away.
            let came_back = someone.periods.iter().filter_map(|span| span.from).max();
            let in_time = came_back.max(Some(someone.dated_on)) <= Some(due + Months::new(5));
            if studied && in_reach && in_time {
                prop_assert!(
                    world.rows.iter().any(|row| row.subject_id == id(who)),
                    "{who} was due on {due} and nobody was told: {events:?}"
                );
            }
        }
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}
