//! Who gets which mail of a run, and what stands in it. One mail for each recipient, whatever she is told of.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use entity::follow_up::Office;
use entity::lifecycle_rule::{Content, Notice, Recipient as Told, Template};
use entity::outbox::MailPriority;
use entity::{appointment, employer_domain, member};
use sea_orm::{ConnectionTrait, EntityTrait, QuerySelect};
use uuid::Uuid;

use super::Automation;
use super::plan::{Occasion, Plan};
use super::read::{self, Reading};
use super::rule::Rule;
use super::run::How;
use crate::Result;
use crate::mails::follow_up_list::{FollowUpList, Heading, Item};
use crate::mails::{AppointmentEnding, StillStudying};
use crate::outbox::{Needs, NewMail, Recipient};
use crate::responsible::{Reroute, Responsible};
use crate::secrets::{new_secret, secret_hash};
use crate::timetable::Slot;

/// A mail, and the members whom it names.
#[derive(Clone, Debug)]
pub struct Letter {
    /// The mail.
    pub mail: NewMail,
    /// Whom it names; empty for a mere link, and for a mail about the recipient herself.
    pub names: Vec<Uuid>,
    /// What the read audit calls the recipient.
    pub reader: &'static str,
    /// Of a mail that asks something: the case, and the hash of the secret by which it is answered.
    pub question: Option<(usize, Vec<u8>)>,
}

/// To whom a mail goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Addressee {
    Representative(Uuid),
    Office(Office),
    /// The member herself, about this case.
    Herself(Uuid, usize),
}

/// One member on somebody's list.
struct Entry {
    case: usize,
    late: bool,
    appointment: Option<Uuid>,
    /// Who would have got it, were it not for the reason beside.
    instead_of: Option<(Uuid, &'static str)>,
    rerouted: Option<Reroute>,
}

/// The mails of a run, and how many recipients have no address and nobody in their place.
///
/// # Errors
/// When the register cannot be read.
#[expect(clippy::too_many_arguments, reason = "a mail says something of each")]
pub(super) async fn write(
    automation: &Automation,
    database: &impl ConnectionTrait,
    rule: &Rule,
    slot: &Slot,
    how: &How,
    occasion: &Occasion,
    reading: &Reading,
    plan: &Plan,
) -> Result<(Vec<Letter>, usize)> {
    let entries = entries(rule, reading, plan);
    let representatives: BTreeSet<Uuid> = entries
        .iter()
        .flat_map(|(to, entry)| {
            let named = entry.instead_of.map(|(member, _)| member);
            let to = match to {
                Addressee::Representative(member) => Some(*member),
                _ => None,
            };
            to.into_iter().chain(named)
        })
        .collect();
    let known: HashMap<Uuid, member::Model> =
        read::members(database, &representatives).await?.into_iter().map(|row| (row.id, row)).collect();
    let domains: HashSet<String> = employer_domain::Entity::find()
        .select_only()
        .column(employer_domain::Column::Domain)
        .into_tuple::<String>()
        .all(database)
        .await?
        .into_iter()
        .collect();
    let mut sorted: BTreeMap<Addressee, Vec<Entry>> = BTreeMap::new();
    for (to, mut entry) in entries {
        let to = match to {
            // Her list goes to the office, and says whose it is.
            Addressee::Representative(member) if known.get(&member).is_none_or(|row| row.email.is_none()) => {
                entry.instead_of = Some((member, "no_address"));
                entry.appointment = None;
                Addressee::Office(Office::Office)
            }
            other => other,
        };
        sorted.entry(to).or_default().push(entry);
    }
    let desk = Desk { automation, rule, slot, how, occasion, reading, known: &known, domains: &domains };
    let (mut letters, mut without_address) = (Vec::new(), 0);
    for (to, entries) in sorted {
        match desk.letter(to, &entries)? {
            Some(letter) => letters.push(letter),
            None => without_address += 1,
        }
    }
    Ok((letters, without_address))
}

/// How many mails `rows` (member, responsible, office) need: one for each recipient who can be written to.
pub(super) async fn count_recipients(
    database: &impl ConnectionTrait,
    rule: &Rule,
    rows: &[(Uuid, Option<Uuid>, Option<Office>)],
) -> Result<i64> {
    let people: BTreeSet<Uuid> =
        rows.iter().flat_map(|(member, responsible, _)| [Some(*member), *responsible]).flatten().collect();
    let with_address: HashSet<Uuid> =
        read::members(database, &people).await?.into_iter().filter(|row| row.email.is_some()).map(|row| row.id).collect();
    let mut mails = 0;
    if rule.is_followed_up() {
        let to = rows.iter().map(|(_, responsible, office)| match (responsible, office) {
            (_, Some(office)) => Ok(*office),
            (Some(member), None) if with_address.contains(member) => Err(*member),
            _ => Ok(Office::Office),
        });
        mails += to.collect::<BTreeSet<_>>().len();
    }
    if rule.recipients.contains(&Told::Member) {
        mails += rows.iter().filter(|(member, ..)| with_address.contains(member)).count();
    }
    Ok(super::run::count(mails))
}

/// Everybody who is told of somebody.
fn entries(rule: &Rule, reading: &Reading, plan: &Plan) -> Vec<(Addressee, Entry)> {
    let mut entries = Vec::new();
    let to = |responsible: Responsible| match responsible {
        Responsible::Representative { member, appointment } => (Addressee::Representative(member), Some(appointment)),
        Responsible::Office(office) => (Addressee::Office(office), None),
    };
    for opened in &plan.opened {
        let (case, late) = (opened.case, opened.late);
        if let Some(assignment) = &opened.assignment {
            let (to, appointment) = to(assignment.to);
            let rerouted = assignment.rerouted.last().copied();
            entries.push((to, Entry { case, late, appointment, instead_of: None, rerouted }));
        }
        let person = &reading.cases[case].person;
        for told in &rule.recipients {
            let (to, appointment) = match told {
                Told::Responsible => continue,
                Told::Member => (Addressee::Herself(person.id, case), None),
                Told::ChiefShopSteward => match reading.organisation.chief_shop_steward(person).to {
                    // The office is told anyway, or is not to be.
                    Responsible::Office(_) => continue,
                    chief => to(chief),
                },
                Told::Office if person.protected => (Addressee::Office(Office::PrivacyOfficer), None),
                Told::Office => (Addressee::Office(Office::Office), None),
            };
            entries.push((to, Entry { case, late, appointment, instead_of: None, rerouted: None }));
        }
    }
    for told in &plan.told {
        let (to, appointment) = to(told.assignment.to);
        let before = reading.known.iter().find(|row| row.id == told.follow_up).and_then(|row| row.responsible_member_id);
        entries.push((
            to,
            Entry {
                case: told.case,
                late: false,
                appointment,
                instead_of: before.filter(|_| told.escalated).map(|member| (member, "open")),
                rerouted: told.assignment.rerouted.last().copied(),
            },
        ));
    }
    entries
}

struct Desk<'a> {
    automation: &'a Automation,
    rule: &'a Rule,
    slot: &'a Slot,
    how: &'a How,
    occasion: &'a Occasion,
    reading: &'a Reading,
    known: &'a HashMap<Uuid, member::Model>,
    domains: &'a HashSet<String>,
}

impl Desk<'_> {
    /// The mail to `to`; none when there is no address to write to.
    fn letter(&self, to: Addressee, entries: &[Entry]) -> Result<Option<Letter>> {
        let outbox = &self.automation.outbox;
        let (recipient, language, reader) = match to {
            Addressee::Representative(member) => {
                let Some((recipient, language)) = self.known.get(&member).and_then(|row| self.addressed(row)) else {
                    return Ok(None);
                };
                (recipient, language, "representative")
            }
            Addressee::Herself(member, _) => {
                let Some((recipient, language)) = self.reading.members.get(&member).and_then(|row| self.addressed(row)) else {
                    return Ok(None);
                };
                (recipient, language, "member")
            }
            Addressee::Office(office) => {
                let offices = &self.automation.offices;
                let address = match office {
                    Office::Office => offices.office.clone(),
                    Office::PrivacyOfficer => offices.privacy_officer.clone(),
                };
                (Recipient { member_id: None, name: None, address }, outbox.language(None), "office")
            }
        };
        let letterhead = outbox.letterhead(language);
        let slot = format!("{}/{}/{}", self.rule.key, notice_word(self.slot.notice), self.slot.name);
        let key = match to {
            Addressee::Representative(member) => format!("{slot}/{member}"),
            Addressee::Herself(_, case) => format!("{slot}/to/{}", self.reading.cases[case].subject),
            Addressee::Office(Office::Office) => format!("{slot}/office"),
            Addressee::Office(Office::PrivacyOfficer) => format!("{slot}/privacy_officer"),
        };
        let mut question = None;
        let (kind, content, names) = match (to, self.rule.template) {
            (Addressee::Herself(_, case), Template::AppointmentEnding) => {
                let Some(end) = self.appointment(case).and_then(|row| row.valid_until) else { return Ok(None) };
                (AppointmentEnding::KIND, AppointmentEnding { ends_on: end }.render(&letterhead)?, Vec::new())
            }
            (Addressee::Herself(_, case), _) => {
                let secret = new_secret()?;
                question = Some((case, secret_hash(&secret)));
                let mail = StillStudying { expected_on: self.reading.cases[case].anchor, secret };
                (StillStudying::KIND, mail.render(&letterhead)?, Vec::new())
            }
            _ => {
                let content = if to == Addressee::Office(Office::PrivacyOfficer) || self.is_employers(&recipient.address) {
                    Content::LinkOnly
                } else {
                    self.rule.content
                };
                let names = if content == Content::LinkOnly { Vec::new() } else { self.named(entries) };
                (FollowUpList::KIND, self.list(entries, content).render(&letterhead)?, names)
            }
        };
        let appointments: BTreeSet<Uuid> = entries.iter().filter_map(|entry| entry.appointment).collect();
        let needs = Needs {
            appointments: appointments.into_iter().collect(),
            unprotected: names.clone(),
            membership: recipient.member_id.is_some(),
            until: None,
        };
        let priority = if self.slot.notice == Notice::MonthAhead { MailPriority::List } else { MailPriority::Notice };
        let mail = NewMail { dedupe_key: key, priority, kind, slot: Some(slot), to: recipient, language, content, needs };
        Ok(Some(Letter { mail, names, reader, question }))
    }

    fn addressed(&self, row: &member::Model) -> Option<(Recipient, crate::texts::Language)> {
        let name = format!("{} {}", row.given_names, row.surname);
        let recipient = Recipient { member_id: Some(row.id), name: Some(name), address: row.email.clone()? };
        Some((recipient, self.automation.outbox.language(row.language.as_deref())))
    }

    fn list(&self, entries: &[Entry], content: Content) -> FollowUpList {
        let heading = match (self.rule.template, self.slot.notice) {
            (Template::AppointmentEnding, _) => Heading::AppointmentsEnding,
            (_, Notice::MonthAhead) => Heading::MonthAhead(self.slot.month_ahead()),
            (_, Notice::OnTheDay) => Heading::OnTheDay(self.slot.day),
            (_, Notice::StillOpen) if entries.iter().any(|entry| entry.instead_of.is_some()) => Heading::Escalated,
            (_, Notice::StillOpen) => Heading::StillOpen,
        };
        let mut items: Vec<Item> = entries.iter().map(|entry| self.item(entry)).collect();
        items.sort_by(|one, other| (one.due, &one.name).cmp(&(other.due, &other.name)));
        let path = match heading {
            Heading::MonthAhead(month) => format!("/follow-ups?period={month}"),
            Heading::AppointmentsEnding => "/follow-ups?status=told".to_owned(),
            _ => "/follow-ups?status=open".to_owned(),
        };
        FollowUpList {
            heading,
            content,
            items,
            caught_up: self.how.caught_up,
            by_hand: self.how.by_hand && !self.how.caught_up,
            path,
        }
    }

    fn item(&self, entry: &Entry) -> Item {
        let case = &self.reading.cases[entry.case];
        let member = self.reading.members.get(&case.person.id);
        Item {
            name: member.map(|row| format!("{} {}", row.given_names, row.surname)).unwrap_or_default(),
            anchor: case.anchor,
            due: case.due,
            email: member.and_then(|row| row.email.clone()),
            phone: member.and_then(|row| row.phone.clone()),
            late: entry.late,
            unconfirmed: self.is_about_graduation() && !case.confirmed,
            professional: self.is_about_graduation() && case.is_professional(self.occasion.on),
            nobody: entry.rerouted == Some(Reroute::NobodyFound),
            deputy: entry.rerouted == Some(Reroute::DeputyStandsIn),
            instead_of: entry
                .instead_of
                .and_then(|(member, _)| self.known.get(&member).map(|row| format!("{} {}", row.given_names, row.surname))),
        }
    }

    fn is_about_graduation(&self) -> bool {
        self.rule.template != Template::AppointmentEnding
    }

    fn named(&self, entries: &[Entry]) -> Vec<Uuid> {
        let ids = entries.iter().flat_map(|entry| {
            let named = entry.instead_of.map(|(member, _)| member);
            std::iter::once(self.reading.cases[entry.case].person.id).chain(named)
        });
        ids.collect::<BTreeSet<_>>().into_iter().collect()
    }

    fn appointment(&self, case: usize) -> Option<&appointment::Model> {
        self.reading.appointments.get(&self.reading.cases[case].subject)
    }

    /// Whether mail to `address` may be read by an employer: its domain, or one above it, is registered.
    fn is_employers(&self, address: &str) -> bool {
        let Some((_, domain)) = address.rsplit_once('@') else { return false };
        let domain = domain.to_lowercase();
        let mut rest = domain.as_str();
        loop {
            if self.domains.contains(rest) {
                return true;
            }
            match rest.split_once('.') {
                Some((_, above)) => rest = above,
                None => return false,
            }
        }
    }
}

/// As it stands in the slot of a mail.
pub(super) const fn notice_word(notice: Notice) -> &'static str {
    match notice {
        Notice::MonthAhead => "month_ahead",
        Notice::OnTheDay => "on_the_day",
        Notice::StillOpen => "still_open",
    }
}
