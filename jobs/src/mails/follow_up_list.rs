//! The list that a representative or the office gets: whom to contact, and why now.

use askama::Template;
use chrono::NaiveDate;
use entity::lifecycle_rule::Content as Shows;

use super::{Content, Letterhead};
use crate::Result;
use crate::dates::Month;

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FollowUpList {
    /// What it is about.
    pub heading: Heading,
    /// What it holds of each member.
    pub content: Shows,
    /// The members, in the order in which they are due.
    pub items: Vec<Item>,
    /// Whether it makes up for a list that should have come earlier.
    pub caught_up: bool,
    /// Whether somebody had it made by hand.
    pub by_hand: bool,
    /// Where they stand in the service, from its root.
    pub path: String,
}

/// What a list is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heading {
    /// Everybody who is due in this month.
    MonthAhead(Month),
    /// Those who are due on this day and have not been contacted.
    OnTheDay(NaiveDate),
    /// Those that have been open for two weeks.
    StillOpen,
    /// Those that stayed open after the reminder, for the office.
    Escalated,
    /// Whose appointments end.
    AppointmentsEnding,
}

/// A member on the list.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Item {
    /// Her name.
    pub name: String,
    /// The date from which it counts.
    pub anchor: NaiveDate,
    /// The day on which she is due.
    pub due: NaiveDate,
    /// Her e-mail address.
    pub email: Option<String>,
    /// Her telephone number.
    pub phone: Option<String>,
    /// Her date was entered too late for the list before.
    pub late: bool,
    /// Her graduation is not confirmed.
    pub unconfirmed: bool,
    /// She is a professional already.
    pub professional: bool,
    /// Nobody represents her.
    pub nobody: bool,
    /// The recipient stands in for somebody who is absent.
    pub deputy: bool,
    /// Who would be responsible, or still is.
    pub instead_of: Option<String>,
}

#[derive(Template)]
#[template(path = "follow_up_list.txt")]
struct Text<'a> {
    mail: &'a Letterhead,
    list: &'a FollowUpList,
}

#[derive(Template)]
#[template(path = "follow_up_list.html")]
struct Html<'a> {
    mail: &'a Letterhead,
    list: &'a FollowUpList,
    subject: &'a str,
}

impl FollowUpList {
    /// What rows of the outbox call it.
    pub const KIND: &'static str = "follow_up_list";

    /// As it goes out.
    ///
    /// # Errors
    /// [`crate::Error::Internal`] when a template cannot be rendered.
    pub fn render(&self, mail: &Letterhead) -> Result<Content> {
        let subject = self.subject(mail);
        Content::render(subject.clone(), &Text { mail, list: self }, &Html { mail, list: self, subject: &subject })
    }

    /// Some to look at, with what they are called beside one another: each heading, and one without names.
    pub fn samples() -> Vec<(&'static str, Self)> {
        let list = Self::sample();
        let other = |heading, path: &str| Self { heading, path: path.to_owned(), caught_up: false, ..list.clone() };
        let open = "/follow-ups?status=open";
        let day = list.items.first().map(|item| item.due).unwrap_or_default();
        let mut handed = other(Heading::Escalated, open);
        for item in &mut handed.items {
            item.instead_of = Some("Rut Ek".to_owned());
        }
        let mut ending = other(Heading::AppointmentsEnding, "/follow-ups?status=told");
        for item in &mut ending.items {
            (item.late, item.unconfirmed, item.professional) = (false, false, false);
        }
        vec![
            ("follow_up_list_link_only", Self { content: Shows::LinkOnly, ..other(list.heading, &list.path) }),
            ("follow_up_list_day", other(Heading::OnTheDay(day), open)),
            ("follow_up_list_reminder", other(Heading::StillOpen, open)),
            ("follow_up_list_office", handed),
            ("follow_up_list_appointments", ending),
            (Self::KIND, list),
        ]
    }

    fn sample() -> Self {
        let day = |text: &str| text.parse().unwrap_or_default();
        let item = |name: &str, anchor: &str, due: &str| Item {
            name: name.to_owned(),
            anchor: day(anchor),
            due: day(due),
            ..Item::default()
        };
        let month = Month::of(day("2027-01-01"));
        Self {
            heading: Heading::MonthAhead(month),
            content: Shows::Names,
            items: vec![
                Item { late: true, unconfirmed: true, ..item("Maarit Helena Karlsson", "2026-06-05", "2026-12-05") },
                item("Åke af Ekenstam", "2026-07-01", "2027-01-01"),
                Item { professional: true, ..item("Nguyễn Thị Ng O'Brien", "2026-07-15", "2027-01-15") },
            ],
            caught_up: true,
            by_hand: false,
            path: format!("/follow-ups?period={month}"),
        }
    }

    /// Counts and months, never names: a subject is seen on a locked telephone.
    fn subject(&self, mail: &Letterhead) -> String {
        let (language, count) = (mail.language, self.items.len());
        let subject = match self.heading {
            Heading::MonthAhead(month) => language.text("list-subject-month").with("month", language.month(month)),
            Heading::OnTheDay(_) => language.text("list-subject-day"),
            Heading::StillOpen => language.text("list-subject-open"),
            Heading::Escalated => language.text("list-subject-escalated"),
            Heading::AppointmentsEnding => language.text("list-subject-appointments"),
        };
        subject.with("count", count).to_string()
    }

    fn introduction(&self, mail: &Letterhead) -> String {
        let (language, count) = (mail.language, self.items.len());
        let text = match self.heading {
            Heading::MonthAhead(month) => language.text("list-intro-month").with("month", language.month(month)),
            Heading::OnTheDay(day) => language.text("list-intro-day").with("date", language.date(day)),
            Heading::StillOpen => language.text("list-intro-open"),
            Heading::Escalated => language.text("list-intro-escalated"),
            Heading::AppointmentsEnding => language.text("list-intro-appointments"),
        };
        text.with("count", count).to_string()
    }

    fn shows_names(&self) -> bool {
        self.content != Shows::LinkOnly
    }

    fn link(&self, mail: &Letterhead) -> String {
        format!("{}{}", mail.public_url, self.path)
    }

    /// What is said of a member beside her name, a line each.
    fn lines(&self, mail: &Letterhead, item: &Item) -> Vec<String> {
        let language = mail.language;
        let (anchor, due) = (language.date(item.anchor), language.date(item.due));
        let mut lines = vec![match self.heading {
            Heading::AppointmentsEnding => language.text("list-appointment-ends").with("date", anchor),
            _ => language.text("list-graduated").with("date", anchor).with("due", due),
        }];
        let marks = [
            (item.late, language.text("mark-late")),
            (item.unconfirmed, language.text("mark-unconfirmed")),
            (item.professional, language.text("mark-professional")),
            (item.nobody, language.text("mark-nobody")),
            (item.deputy, language.text("mark-deputy")),
        ];
        lines.extend(marks.into_iter().filter(|(set, _)| *set).map(|(_, text)| text));
        let mut lines: Vec<String> = lines.into_iter().map(String::from).collect();
        if let Some(name) = &item.instead_of {
            lines.push(language.text("mark-instead-of").with("name", name).to_string());
        }
        if self.content == Shows::Full {
            lines.extend(item.email.iter().chain(&item.phone).cloned());
        }
        lines
    }
}
