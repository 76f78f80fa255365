//! Rules, read from their rows, and those that come with the program.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use entity::Vocabulary;
use entity::lifecycle_rule::{self, Anchor, Audience, Content, Notice, Notices, Recipient, Recipients, Template};
use sea_orm::sea_query::OnConflict;
use sea_orm::{EntityTrait, IntoActiveModel, PaginatorTrait};

use crate::dates::Offset;
use crate::error::FieldProblem;
use crate::history::Actor;
use crate::timetable::Slot;
use crate::{Error, Result, Store};

/// The rule that is switched on from the first start.
pub const GRADUATE_FOLLOW_UP: &str = "graduate-follow-up";

/// A rule, ready to be followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its short name.
    pub key: String,
    /// From what it counts.
    pub anchor: Anchor,
    /// To the day on which somebody is due.
    pub offset: Offset,
    /// Whom it concerns.
    pub audience: Audience,
    /// Who is told.
    pub recipients: Vec<Recipient>,
    /// When they are told.
    pub notices: Vec<Notice>,
    /// What the mails say.
    pub template: Template,
    /// How long after the due date somebody still joins a list.
    pub look_back: Offset,
    /// What the mails hold of a member.
    pub content: Content,
    /// Since when it is switched on; none while it rests.
    pub active_from: Option<DateTime<Utc>>,
    /// The first due date that it answers for.
    pub covered_from: Option<NaiveDate>,
}

impl Rule {
    /// What `row` says.
    ///
    /// # Errors
    /// [`Error::Internal`] when an offset in it cannot be read: rows are checked before they are written.
    pub fn of(row: &lifecycle_rule::Model) -> Result<Self> {
        Ok(Self {
            key: row.key.clone(),
            anchor: row.anchor,
            offset: row.offset.parse().map_err(Error::internal)?,
            audience: row.audience,
            recipients: row.recipients.0.clone(),
            notices: row.notices.0.clone(),
            template: row.template,
            look_back: row.look_back.parse().map_err(Error::internal)?,
            content: row.content,
            active_from: row.active_from.filter(|_| !row.paused),
            covered_from: row.covered_from,
        })
    }

    /// Whether somebody is responsible for those whom it finds, and records an outcome.
    pub fn is_followed_up(&self) -> bool {
        self.recipients.contains(&Recipient::Responsible)
    }

    /// Whether this notice makes the rule answer for what it opens when somebody runs it by hand: the list, or, for a rule
    /// without one, the daily notice.
    pub fn opens_by_hand(&self, notice: Notice) -> bool {
        match notice {
            Notice::MonthAhead => true,
            Notice::OnTheDay => !self.notices.contains(&Notice::MonthAhead),
            Notice::StillOpen => false,
        }
    }
}

/// Whether `key` can be the name of a rule.
pub fn is_name(key: &str) -> bool {
    let part = |part: &str| !part.is_empty() && part.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit());
    key.len() <= 60 && key.split('-').all(part)
}

/// What is wrong with a rule, if anything: every field of it at once.
pub fn check(row: &lifecycle_rule::Model) -> Vec<FieldProblem> {
    let mut problems = Vec::new();
    let mut wrong = |pointer: &str, detail: String| problems.push(FieldProblem::new(pointer, detail));
    if !is_name(&row.key) {
        wrong("/key", "is no name for a rule; write lower-case letters, digits and single hyphens, 60 at the most".into());
    }
    if let Err(error) = row.offset.parse::<Offset>() {
        wrong("/offset", error.to_string());
    }
    match row.look_back.parse::<Offset>() {
        Err(error) => wrong("/look_back", error.to_string()),
        Ok(look_back) if look_back.to_string().starts_with('-') => {
            wrong("/look_back", "is a span without a sign; write P6M".into())
        }
        Ok(_) => {}
    }
    let takes = |words: &[&str]| format!("does not fit the template {}; it takes {}", row.template.word(), words.join(", "));
    let (anchor, audiences, recipients): (_, &[Audience], &[Recipient]) = match row.template {
        Template::Graduates => (Anchor::GraduationDate, &[Audience::StudentsAtAnchor], &[Recipient::Responsible]),
        Template::StillStudying => {
            (Anchor::GraduationDate, &[Audience::StillStudents, Audience::StudentsAtAnchor], &[Recipient::Member])
        }
        Template::AppointmentEnding => (
            Anchor::AppointmentEnd,
            &[Audience::AppointmentHolders],
            &[Recipient::Member, Recipient::ChiefShopSteward, Recipient::Office],
        ),
    };
    let words = |list: Vec<String>| list.join(", ");
    if row.anchor != anchor {
        wrong("/anchor", takes(&[&anchor.word()]));
    }
    if !audiences.contains(&row.audience) {
        wrong("/audience", takes(&[&words(audiences.iter().map(Vocabulary::word).collect())]));
    }
    let given = &row.recipients.0;
    if given.is_empty() || given.iter().any(|recipient| !recipients.contains(recipient)) {
        wrong("/recipients", takes(&[&words(recipients.iter().map(Vocabulary::word).collect())]));
    } else if given.iter().enumerate().any(|(at, recipient)| given[..at].contains(recipient)) {
        wrong("/recipients", "names somebody twice".into());
    }
    let notices = &row.notices.0;
    if !notices.iter().any(|notice| matches!(notice, Notice::MonthAhead | Notice::OnTheDay)) {
        wrong("/notices", "needs month_ahead or on_the_day".into());
    } else if notices.iter().enumerate().any(|(at, notice)| notices[..at].contains(notice)) {
        wrong("/notices", "names a notice twice".into());
    } else if notices.contains(&Notice::StillOpen) && !given.contains(&Recipient::Responsible) {
        wrong("/notices", "still_open is for rules with somebody who is responsible".into());
    }
    problems
}

/// The first day for which a rule answers that is switched on now: the first whose daily notice is to come.
pub fn first_covered(zone: Tz, now: DateTime<Utc>) -> NaiveDate {
    let today = now.with_timezone(&zone).date_naive();
    match Slot::last(Notice::OnTheDay, zone, now) {
        Some(slot) if slot.day == today => today.succ_opt().unwrap_or(today),
        _ => today,
    }
}

/// The rules that come with the program, as they are on the first start.
fn built_in(now: DateTime<Utc>, covered_from: NaiveDate) -> Vec<lifecycle_rule::Model> {
    let row = |key: &str, title: &str| lifecycle_rule::Model {
        key: key.to_owned(),
        title: title.to_owned(),
        anchor: Anchor::GraduationDate,
        offset: "P6M".to_owned(),
        audience: Audience::StudentsAtAnchor,
        recipients: Recipients(vec![Recipient::Responsible]),
        notices: Notices(vec![Notice::MonthAhead, Notice::OnTheDay, Notice::StillOpen]),
        template: Template::Graduates,
        look_back: "P6M".to_owned(),
        content: Content::Names,
        paused: true,
        active_from: None,
        covered_from: None,
        built_in: true,
        version: 1,
        created_at: now,
        updated_at: now,
    };
    vec![
        lifecycle_rule::Model {
            paused: false,
            active_from: Some(now),
            covered_from: Some(covered_from),
            ..row(GRADUATE_FOLLOW_UP, "Contact those who graduated six months ago")
        },
        lifecycle_rule::Model {
            anchor: Anchor::AppointmentEnd,
            offset: "-P60D".to_owned(),
            audience: Audience::AppointmentHolders,
            recipients: Recipients(vec![Recipient::Member, Recipient::ChiefShopSteward, Recipient::Office]),
            notices: Notices(vec![Notice::OnTheDay]),
            template: Template::AppointmentEnding,
            look_back: "P60D".to_owned(),
            ..row("appointment-ending", "Tell whose appointment ends within 60 days")
        },
        lifecycle_rule::Model {
            offset: "P1D".to_owned(),
            audience: Audience::StillStudents,
            recipients: Recipients(vec![Recipient::Member]),
            notices: Notices(vec![Notice::OnTheDay]),
            template: Template::StillStudying,
            look_back: "P2M".to_owned(),
            ..row("student-still-studying", "Ask students past their expected graduation date")
        },
    ]
}

/// Writes the rules that come with the program, where they are missing. Those that somebody has changed stay.
///
/// # Errors
/// When the register cannot be written.
pub async fn install(store: &Store) -> Result<()> {
    let now = store.clock().now();
    let rules = built_in(now, first_covered(store.clock().zone(), now));
    if lifecycle_rule::Entity::find().count(store.database()).await? >= rules.len() as u64 {
        return Ok(());
    }
    store
        .write(&Actor::system(), async |write| {
            lifecycle_rule::Entity::insert_many(rules.iter().cloned().map(IntoActiveModel::into_active_model))
                .on_conflict(OnConflict::column(lifecycle_rule::Column::Key).do_nothing().to_owned())
                .exec_without_returning(write.database())
                .await?;
            Ok(())
        })
        .await
}
