//! What one row of the member file says. A blank cell says nothing.

use chrono::NaiveDate;
use entity::Vocabulary;
use entity::member::Protection;
use entity::membership_period::{LeaveReason, MembershipType};

use crate::access::keys::Keys;
use crate::members::duplicates::Person;
use crate::members::files::{Column, Headers, MemberColumn, Problem, Problems, Row, quoted, values};
use crate::members::identity_number::IdentityNumber;
use crate::members::json_file::{JsonMember, JsonPeriod};
use crate::members::phone::Phone;
use crate::members::rules;

/// What stands between several workplaces, employers or former surnames in one cell.
pub const SEPARATOR: &str = ";";

/// What one row says.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(missing_docs, reason = "each is what the column of its name says; see DESIGN, Files handed over")]
pub struct Incoming {
    pub member_number: String,
    pub given_names: Option<String>,
    pub surname: Option<String>,
    pub former_surnames: Option<Vec<String>>,
    pub birth_date: Option<NaiveDate>,
    pub identity_number: Option<IdentityNumber>,
    pub language: Option<String>,
    pub email: Option<String>,
    pub phone: Option<Phone>,
    pub street: Option<String>,
    pub postal_code: Option<String>,
    pub city: Option<String>,
    pub country: Option<String>,
    pub occupation: Option<String>,
    /// Employer, if named, and workplace.
    pub workplaces: Option<Vec<(Option<String>, String)>>,
    pub local_branch: Option<String>,
    pub school: Option<String>,
    pub membership_type: Option<MembershipType>,
    pub graduation_date: Option<NaiveDate>,
    pub graduation_confirmed_on: Option<NaiveDate>,
    pub joined_on: Option<NaiveDate>,
    pub left_on: Option<NaiveDate>,
    pub leave_reason: Option<LeaveReason>,
    pub protection: Option<Protection>,
    pub hidden: Option<bool>,
    /// The whole ledger, which only the JSON file has.
    pub periods: Option<Vec<JsonPeriod>>,
    /// Of the JSON file, where a workplace without an employer is one that has none.
    pub whole: bool,
}

/// Reads the cells of one row and notes what is wrong with them.
struct Reader<'r, 't, 'p> {
    headers: &'r Headers<MemberColumn>,
    row: &'r Row<'t>,
    problems: &'p mut Problems,
}

impl Incoming {
    /// What `row` says; every problem is noted.
    pub fn read(
        headers: &Headers<MemberColumn>,
        row: &Row<'_>,
        today: NaiveDate,
        default_country: &str,
        problems: &mut Problems,
    ) -> Self {
        use MemberColumn as C;
        let mut cells = Reader { headers, row, problems };
        let line = |letters: usize| move |text: &str| rules::line(text, letters);
        // The country first: identity numbers and telephone numbers are read by it.
        let country = cells.value(C::Country, values::country).map(str::to_owned);
        let incoming = Self {
            member_number: cells.needed(C::MemberNumber, rules::member_number),
            given_names: Some(cells.needed(C::GivenNames, rules::name)),
            surname: Some(cells.needed(C::Surname, rules::name)),
            former_surnames: cells
                .text(C::FormerSurname, |text| rules::former_surnames(&parts(text)))
                .filter(|names| !names.is_empty()),
            birth_date: cells.date(C::BirthDate, |day| rules::birth_date(day, today)),
            identity_number: cells.text(C::PersonalIdentityNumber, |text| {
                rules::identity_number(text, country.as_deref().unwrap_or(default_country), today)
            }),
            language: cells.value(C::Language, values::language),
            email: cells.text(C::Email, rules::email),
            phone: cells
                .text(C::Phone, |text| rules::line(text, 50))
                .and_then(|text| Phone::read(&text, Some(country.as_deref().unwrap_or(default_country)))),
            street: cells.text(C::Street, line(200)),
            postal_code: cells.text(C::PostalCode, line(20)),
            city: cells.text(C::City, line(100)),
            occupation: cells.text(C::Occupation, line(100)),
            workplaces: cells.workplaces(),
            local_branch: cells.text(C::LocalBranch, rules::name),
            school: cells.text(C::School, rules::name),
            membership_type: cells.word(C::MembershipType, values::membership_type),
            graduation_date: cells.date(C::GraduationDate, rules::date),
            graduation_confirmed_on: cells.date(C::GraduationConfirmedOn, rules::date),
            joined_on: cells.date(C::JoinedOn, |day| rules::near_date(day, today)),
            left_on: cells.date(C::LeftOn, |day| rules::near_date(day, today)),
            leave_reason: cells.word(C::LeaveReason, values::leave_reason),
            protection: cells.word(C::Protected, values::protection_kind),
            hidden: cells.value(C::Hidden, values::flag),
            periods: None,
            whole: false,
            country,
        };
        incoming.check_dates(&mut cells);
        incoming
    }

    /// What a member of the JSON file says; `line` is her place in it.
    pub fn of_json(member: &JsonMember, line: usize, today: NaiveDate, default_country: &str, problems: &mut Problems) -> Self {
        use MemberColumn as C;
        let mut json = JsonReader { line, problems };
        let country = json.text(C::Country, &member.country, rules::country);
        let phone = json.text(C::Phone, &member.phone, |text| rules::line(text, 50));
        let last = member.memberships.last();
        let former = (!member.former_surnames.is_empty()).then(|| rules::former_surnames(&member.former_surnames));
        let workplaces: Result<Vec<_>, String> = member
            .workplaces
            .iter()
            .map(|place| Ok((place.employer.as_deref().map(rules::name).transpose()?, rules::name(&place.name)?)))
            .collect();
        Self {
            member_number: json.take(C::MemberNumber, rules::member_number(&member.member_number)).unwrap_or_default(),
            given_names: json.take(C::GivenNames, rules::name(&member.given_names)),
            surname: json.take(C::Surname, rules::name(&member.surname)),
            former_surnames: former.and_then(|names| json.take(C::FormerSurname, names)),
            birth_date: json.date(C::BirthDate, member.birth_date, |day| rules::birth_date(day, today)),
            identity_number: json.text(C::PersonalIdentityNumber, &member.personal_identity_number, |text| {
                rules::identity_number(text, country.as_deref().unwrap_or(default_country), today)
            }),
            language: json.text(C::Language, &member.language, rules::language),
            email: json.text(C::Email, &member.email, rules::email),
            phone: phone.and_then(|text| Phone::read(&text, Some(country.as_deref().unwrap_or(default_country)))),
            street: json.text(C::Street, &member.street, |text| rules::line(text, 200)),
            postal_code: json.text(C::PostalCode, &member.postal_code, |text| rules::line(text, 20)),
            city: json.text(C::City, &member.city, |text| rules::line(text, 100)),
            occupation: json.text(C::Occupation, &member.occupation, |text| rules::line(text, 100)),
            workplaces: json.take(C::Workplace, workplaces).filter(|places| !places.is_empty()),
            local_branch: json.text(C::LocalBranch, &member.local_branch, rules::name),
            school: json.text(C::School, &member.school, rules::name),
            membership_type: last.map(|period| period.membership_type),
            graduation_date: json.date(C::GraduationDate, member.graduation_date, rules::date),
            graduation_confirmed_on: json.date(C::GraduationConfirmedOn, member.graduation_confirmed_on, rules::date),
            joined_on: first_of_last(&member.memberships).and_then(|period| period.valid_from),
            left_on: last.and_then(|period| period.valid_until),
            leave_reason: last.and_then(|period| period.leave_reason),
            protection: member.protection,
            hidden: Some(member.hidden),
            periods: json.take(C::JoinedOn, check_ledger(&member.memberships, today)),
            whole: true,
            country,
        }
    }

    /// The person, as far as she is compared with others.
    pub fn person(&self, keys: &Keys) -> Person {
        Person {
            given_names: self.given_names.clone().unwrap_or_default(),
            surname: self.surname.clone().unwrap_or_default(),
            former_surnames: self.former_surnames.clone().unwrap_or_default(),
            birth_date: self.birth_date,
            street: self.street.clone(),
            postal_code: self.postal_code.clone(),
            phone: self.phone.as_ref().map(|phone| phone.number.clone()),
            email: self.email.clone(),
            identity_number_hash: self.identity_number.as_ref().map(|number| keys.identity_number_hash(&number.with_country())),
        }
    }

    fn check_dates(&self, cells: &mut Reader<'_, '_, '_>) {
        if let (Some(joined), Some(left)) = (self.joined_on, self.left_on)
            && left < joined
        {
            cells.problem(MemberColumn::LeftOn, format!("lies before joined_on ({joined}); put one of them right"));
        }
        if self.leave_reason.is_some() && self.left_on.is_none() {
            cells.problem(
                MemberColumn::LeaveReason,
                "is given without left_on; write the last day, or clear the reason".to_owned(),
            );
        }
    }
}

impl Reader<'_, '_, '_> {
    fn cell(&self, column: MemberColumn) -> &str {
        self.headers.cell(self.row, column)
    }

    fn problem(&mut self, column: MemberColumn, message: String) {
        self.problems.push(Problem::at_cell(self.row.line(), column.name(), message));
    }

    fn take<T>(&mut self, column: MemberColumn, outcome: Result<T, String>) -> Option<T> {
        outcome.map_err(|message| self.problem(column, message)).ok()
    }

    /// A cell that must hold something.
    fn needed(&mut self, column: MemberColumn, rule: impl Fn(&str) -> Result<String, String>) -> String {
        let cell = self.cell(column);
        let outcome = if cell.is_empty() { Err("is empty; it is needed".to_owned()) } else { told(cell, rule(cell)) };
        self.take(column, outcome).unwrap_or_default()
    }

    /// A cell read by a rule of the register.
    fn text<T>(&mut self, column: MemberColumn, rule: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        let cell = self.cell(column);
        if cell.is_empty() {
            return None;
        }
        let outcome = told(cell, rule(cell));
        self.take(column, outcome)
    }

    /// A cell read by [`values`], whose messages hold the value.
    fn value<T>(&mut self, column: MemberColumn, read: impl Fn(&str) -> Result<Option<T>, String>) -> Option<T> {
        let outcome = read(self.cell(column));
        self.take(column, outcome).flatten()
    }

    fn word<T: Vocabulary>(
        &mut self,
        column: MemberColumn,
        read: impl Fn(&str) -> Result<Option<&'static str>, String>,
    ) -> Option<T> {
        self.value(column, read).and_then(T::from_word)
    }

    fn date(&mut self, column: MemberColumn, rule: impl Fn(NaiveDate) -> Result<NaiveDate, String>) -> Option<NaiveDate> {
        let day = self.value(column, values::date)?;
        let outcome = told(self.cell(column), rule(day));
        self.take(column, outcome)
    }

    /// Employers and workplaces stand side by side: the first with the first, a blank for none. One employer serves for all
    /// workplaces.
    fn workplaces(&mut self) -> Option<Vec<(Option<String>, String)>> {
        let names = self.text(MemberColumn::Workplace, |text| {
            parts(text).iter().map(|part| rules::name(part)).collect::<Result<Vec<_>, _>>()
        });
        let employers = self.text(MemberColumn::Employer, |text| {
            let parts = text.split(SEPARATOR).map(str::trim);
            parts.map(|part| (!part.is_empty()).then(|| rules::name(part)).transpose()).collect::<Result<Vec<_>, _>>()
        });
        let mut employers = employers.unwrap_or_default();
        let names = match names {
            Some(names) => names,
            // Only the employer is known: the employer stands for its workplace.
            None if self.cell(MemberColumn::Workplace).is_empty() => employers.iter().flatten().cloned().collect(),
            None => return None,
        };
        if names.is_empty() {
            return None;
        }
        if employers.len() != names.len() {
            employers.retain(Option::is_some);
        }
        if employers.len() > 1 && employers.len() != names.len() {
            let message = format!("names {} employers for {} workplaces; name one for each", employers.len(), names.len());
            self.problem(MemberColumn::Employer, message);
            return None;
        }
        let employer = |at: usize| if employers.len() == 1 { employers.first() } else { employers.get(at) };
        Some(names.into_iter().enumerate().map(|(at, name)| (employer(at).cloned().flatten(), name)).collect())
    }
}

/// Notes what is wrong with a member of the JSON file.
struct JsonReader<'p> {
    line: usize,
    problems: &'p mut Problems,
}

impl JsonReader<'_> {
    fn take<T>(&mut self, column: MemberColumn, outcome: Result<T, String>) -> Option<T> {
        outcome.map_err(|message| self.problems.push(Problem::at_cell(self.line, column.name(), message))).ok()
    }

    fn text<T>(&mut self, column: MemberColumn, given: &Option<String>, rule: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        let text = given.as_deref()?;
        self.take(column, told(text, rule(text)))
    }

    fn date(
        &mut self,
        column: MemberColumn,
        given: Option<NaiveDate>,
        rule: impl Fn(NaiveDate) -> Result<NaiveDate, String>,
    ) -> Option<NaiveDate> {
        let day = given?;
        self.take(column, rule(day))
    }
}

fn first_of_last(periods: &[JsonPeriod]) -> Option<&JsonPeriod> {
    periods.iter().rfind(|period| !period.continues_previous).or(periods.first())
}

/// The rules of a ledger: in order, none over another, only the last one open.
fn check_ledger(periods: &[JsonPeriod], today: NaiveDate) -> Result<Vec<JsonPeriod>, String> {
    for day in periods.iter().flat_map(|period| [period.valid_from, period.valid_until]).flatten() {
        rules::near_date(day, today)?;
    }
    if periods.iter().any(|period| period.valid_from.zip(period.valid_until).is_some_and(|(from, until)| until < from)) {
        return Err("memberships: a period ends before it begins".into());
    }
    let in_order = periods.windows(2).all(|pair| match (pair[0].valid_until, pair[1].valid_from) {
        (Some(until), Some(from)) => until < from,
        _ => false,
    });
    if in_order {
        Ok(periods.to_vec())
    } else {
        Err("memberships: the periods are not in order, or one lies over another".into())
    }
}

fn parts(cell: &str) -> Vec<String> {
    cell.split(SEPARATOR).map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// The rules of the register say what is wrong; in a file the value belongs to it.
fn told<T>(cell: &str, outcome: Result<T, String>) -> Result<T, String> {
    outcome.map_err(|message| format!("{} {message}", quoted(cell)))
}
