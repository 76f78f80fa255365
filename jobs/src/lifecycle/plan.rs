//! What one run of a rule does: decided here, from what was read, without a database. [`super::run`] writes it.
//!
//! Three questions, in this order. What has become of the follow-ups that are open: did the anchor move, did she leave? Who
//! is due and has no follow-up yet? Whom does this notice tell? A run can be made again from its start: what it decides
//! depends on what it reads and on nothing else.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{Days, Months, NaiveDate};
use entity::follow_up::{self, FollowUpStatus, Office};
use entity::lifecycle_rule::{Audience, Notice};
use entity::membership_period::{LeaveReason, MembershipType};
use uuid::Uuid;

use super::rule::Rule;
use crate::responsible::{Assignment, Organisation, Person, Reroute, Responsible, covers};

/// How long a follow-up is open after its day before she who is responsible is reminded, and again as long before it goes to
/// the office.
pub const PATIENCE: Days = Days::new(14);
/// Two anchors this close are one graduation whose date was corrected; further apart, another one.
const SAME_EVENT: Months = Months::new(24);

/// What is asked of the register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occasion {
    /// Which notice.
    pub notice: Notice,
    /// The first due date that is listed or told.
    pub first: NaiveDate,
    /// The last one.
    pub last: NaiveDate,
    /// The first due date before those for which somebody entered late is taken in; none when nobody is.
    pub late_from: Option<NaiveDate>,
    /// The civil date as of which the register is looked at.
    pub on: NaiveDate,
}

/// A member, or an appointment, with its anchor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// The member's id, or the appointment's.
    pub subject: Uuid,
    /// The member.
    pub person: Person,
    /// The anchor date as it stands now.
    pub anchor: NaiveDate,
    /// The day on which she is due by it.
    pub due: NaiveDate,
    /// Whether the graduation is confirmed.
    pub confirmed: bool,
    /// Her memberships.
    pub periods: Vec<Span>,
    /// What was changed since the rule's last completed run.
    pub since: Since,
}

/// One span of membership.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Of which type.
    pub membership_type: MembershipType,
    /// First day.
    pub from: Option<NaiveDate>,
    /// Last day.
    pub until: Option<NaiveDate>,
    /// Why it ended.
    pub leave_reason: Option<LeaveReason>,
}

/// What was changed since the last completed run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Since {
    /// The anchor date was entered or changed.
    pub anchor: bool,
    /// Memberships were entered or changed.
    pub membership: bool,
}

/// What a run does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Whom the register says are due: those told and those left out.
    pub due: usize,
    /// Follow-ups to be opened, or opened again.
    pub opened: Vec<Opened>,
    /// Open follow-ups of which somebody is told.
    pub told: Vec<Told>,
    /// Open follow-ups whose anchor moved.
    pub superseded: Vec<Uuid>,
    /// Open follow-ups of members who left.
    pub closed: Vec<Uuid>,
    /// Why the others are not told.
    pub left_out: BTreeMap<LeftOut, usize>,
    /// How many of those are due before the span that the run is about.
    pub late_left_out: usize,
}

/// A follow-up to be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// Of which case.
    pub case: usize,
    /// Who is responsible; none when the rule only tells.
    pub assignment: Option<Assignment>,
    /// Whether she is due before the span that this run is about.
    pub late: bool,
    /// The row that is opened again, when the anchor went back to where it was or she came back.
    pub again: Option<Uuid>,
}

/// A follow-up of which somebody is told again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Which one.
    pub follow_up: Uuid,
    /// Of which case.
    pub case: usize,
    /// Who is responsible from now on.
    pub assignment: Assignment,
    /// Whether that is somebody else than before.
    pub reassigned: bool,
    /// Whether it goes to the office because it stayed open.
    pub escalated: bool,
}

/// Why somebody who is due is not told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LeftOut {
    /// She is a member no longer.
    Left,
    /// She has died.
    Deceased,
    /// She has been contacted; for a list, under another date of the same graduation.
    Contacted,
    /// She is on a list already.
    Listed,
}

impl LeftOut {
    /// As stored and told by the API.
    pub const fn word(self) -> &'static str {
        match self {
            LeftOut::Left => "left",
            LeftOut::Deceased => "deceased",
            LeftOut::Contacted => "contacted",
            LeftOut::Listed => "listed",
        }
    }
}

impl Plan {
    /// How many of the due are due before the span that the run is about.
    pub fn late(&self) -> usize {
        self.opened.iter().filter(|opened| opened.late).count() + self.late_left_out
    }
}

impl Case {
    /// The membership that runs on the day `on`, if she is a member then.
    fn membership(&self, on: NaiveDate) -> Option<&Span> {
        self.periods.iter().find(|span| span.membership_type != MembershipType::Prospect && covers(span.from, span.until, on))
    }

    fn was(&self, membership_type: MembershipType, on: NaiveDate) -> bool {
        self.membership(on).is_some_and(|span| span.membership_type == membership_type)
    }

    /// Whether she works already: a member of another type than student.
    pub fn is_professional(&self, on: NaiveDate) -> bool {
        self.membership(on).is_some_and(|span| span.membership_type != MembershipType::Student)
    }

    /// Whether the rule means her at all.
    fn is_meant(&self, audience: Audience, on: NaiveDate) -> bool {
        match audience {
            Audience::StudentsAtAnchor => self.was(MembershipType::Student, self.anchor),
            Audience::StillStudents => {
                self.was(MembershipType::Student, self.anchor)
                    && !self.confirmed
                    && (self.was(MembershipType::Student, on) || self.gone(on).is_some())
            }
            Audience::AppointmentHolders => true,
        }
    }

    /// Why she is no current member on the day `on`.
    fn gone(&self, on: NaiveDate) -> Option<LeftOut> {
        if self.membership(on).is_some() {
            return None;
        }
        let ended = self.periods.iter().filter(|span| span.until.is_some_and(|until| until < on));
        let last = ended.max_by_key(|span| span.until);
        let died = last.is_some_and(|span| span.leave_reason == Some(LeaveReason::Deceased));
        Some(if died { LeftOut::Deceased } else { LeftOut::Left })
    }
}

/// Decides what a run of `rule` does. `known` are the follow-ups that are open and all those of the subjects of `cases`.
pub fn plan(rule: &Rule, occasion: &Occasion, cases: &[Case], known: &[follow_up::Model], organisation: &Organisation) -> Plan {
    let mut plan = Plan::default();
    let by_subject: HashMap<Uuid, usize> = cases.iter().enumerate().map(|(at, case)| (case.subject, at)).collect();
    let mut follow_ups: HashMap<Uuid, Vec<&follow_up::Model>> = HashMap::new();
    for row in known {
        follow_ups.entry(row.subject_id).or_default().push(row);
    }
    // What has become of those that are open.
    let mut open: Vec<(&follow_up::Model, usize)> = Vec::new();
    for row in known.iter().filter(|row| matches!(row.status, FollowUpStatus::Open | FollowUpStatus::Contacted)) {
        let case = by_subject.get(&row.subject_id).copied().filter(|at| cases[*at].anchor == row.anchor_date);
        let Some(at) = case else {
            if row.status == FollowUpStatus::Open {
                plan.superseded.push(row.id);
            }
            continue;
        };
        if cases[at].gone(occasion.on).is_none() {
            open.push((row, at));
        } else if row.status == FollowUpStatus::Open {
            plan.closed.push(row.id);
        }
    }
    if occasion.notice == Notice::StillOpen {
        remind(&mut plan, occasion, cases, &open, organisation);
        return plan;
    }
    for (at, case) in cases.iter().enumerate() {
        let in_time = (occasion.first..=occasion.last).contains(&case.due);
        let late = !in_time && is_late(rule, occasion, case);
        if !(in_time || late) || !case.is_meant(rule.audience, occasion.on) {
            continue;
        }
        let hers = follow_ups.get(&case.subject).map_or(&[] as &[_], Vec::as_slice);
        let decision = decide(occasion, case, in_time, hers);
        let uncovered = rule.covered_from.is_none_or(|covered| case.due < covered);
        if occasion.notice == Notice::OnTheDay && in_time && uncovered && !matches!(decision, Decision::Tell(_)) {
            // The rule does not answer for that day: it was not switched on, and no list was made by hand.
            continue;
        }
        plan.due += 1;
        match decision {
            Decision::LeftOut(reason) => {
                *plan.left_out.entry(reason).or_default() += 1;
                plan.late_left_out += usize::from(late);
            }
            Decision::Tell(row) => {
                let (assignment, reassigned) = reassign(organisation, &case.person, row);
                plan.told.push(Told { follow_up: row.id, case: at, assignment, reassigned, escalated: false });
            }
            Decision::Open(again) => plan.opened.push(Opened {
                case: at,
                assignment: rule.is_followed_up().then(|| organisation.responsible(&case.person)),
                late,
                again,
            }),
        }
    }
    plan
}

enum Decision<'a> {
    LeftOut(LeftOut),
    Tell(&'a follow_up::Model),
    Open(Option<Uuid>),
}

fn decide<'a>(occasion: &Occasion, case: &Case, in_time: bool, hers: &[&'a follow_up::Model]) -> Decision<'a> {
    if let Some(reason) = case.gone(occasion.on) {
        return Decision::LeftOut(reason);
    }
    let same = hers.iter().find(|row| row.anchor_date == case.anchor);
    match same.map(|row| row.status) {
        Some(FollowUpStatus::Open) if occasion.notice == Notice::OnTheDay && in_time => {
            same.map_or(Decision::Open(None), |row| Decision::Tell(row))
        }
        Some(FollowUpStatus::Open | FollowUpStatus::Told) => Decision::LeftOut(LeftOut::Listed),
        Some(FollowUpStatus::Contacted | FollowUpStatus::Outcome) => Decision::LeftOut(LeftOut::Contacted),
        Some(FollowUpStatus::Superseded | FollowUpStatus::Closed) | None => {
            let contacted = |row: &&&follow_up::Model| matches!(row.status, FollowUpStatus::Contacted | FollowUpStatus::Outcome);
            if hers.iter().filter(contacted).any(|row| is_same_event(row.anchor_date, case.anchor)) {
                Decision::LeftOut(LeftOut::Contacted)
            } else {
                Decision::Open(same.map(|row| row.id))
            }
        }
    }
}

/// Whether somebody who is due before the span joins it: her date was entered or changed since the last completed run, or,
/// for days that the rule has answered for, her membership was: she came back.
fn is_late(rule: &Rule, occasion: &Occasion, case: &Case) -> bool {
    let Some(from) = occasion.late_from else { return false };
    let covered = rule.covered_from.is_some_and(|covered| covered <= case.due);
    let changed = case.since.anchor || (covered && case.since.membership);
    (from..occasion.first).contains(&case.due) && changed
}

fn is_same_event(one: NaiveDate, other: NaiveDate) -> bool {
    let (earlier, later) = if one <= other { (one, other) } else { (other, one) };
    earlier.checked_add_months(SAME_EVENT).is_none_or(|end| later <= end)
}

/// Who is responsible for `row` from now on, and whether that is somebody else.
fn reassign(organisation: &Organisation, person: &Person, row: &follow_up::Model) -> (Assignment, bool) {
    let before = match (row.responsible_member_id, row.appointment_id, row.office) {
        (Some(member), Some(appointment), _) => Some(Responsible::Representative { member, appointment }),
        (_, _, Some(office)) => Some(Responsible::Office(office)),
        // Her representative was erased from the register.
        _ => None,
    };
    let lapsed = before.map_or(Some(Reroute::TermEnded), |before| organisation.lapsed(person, before));
    match (before, lapsed) {
        (Some(to), None) => (Assignment { to, rerouted: BTreeSet::new() }, false),
        (_, reason) => {
            let mut assignment = organisation.responsible(person);
            assignment.rerouted.extend(reason);
            (assignment, true)
        }
    }
}

/// Those that have been open for too long: first a reminder, then the office.
fn remind(
    plan: &mut Plan,
    occasion: &Occasion,
    cases: &[Case],
    open: &[(&follow_up::Model, usize)],
    organisation: &Organisation,
) {
    let long_ago = occasion.on.checked_sub_days(PATIENCE).unwrap_or(occasion.on);
    for (row, at) in open {
        let person = &cases[*at].person;
        let (mut assignment, mut reassigned) = reassign(organisation, person, row);
        let escalated = match row.reminded_on {
            None if row.due_on <= long_ago => false,
            Some(reminded) if reminded <= long_ago && row.escalated_on.is_none() => {
                let Responsible::Representative { .. } = assignment.to else { continue };
                true
            }
            _ => continue,
        };
        if escalated {
            let office = if person.protected { Office::PrivacyOfficer } else { Office::Office };
            (assignment.to, reassigned) = (Responsible::Office(office), true);
        }
        plan.due += 1;
        plan.told.push(Told { follow_up: row.id, case: *at, assignment, reassigned, escalated });
    }
}
