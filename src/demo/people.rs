//! One made-up member after the other, each a believable whole: age, names, work, studies, address, couples.
//!
//! What must not be left to chance in a small register (students whose six months are up, protected and hidden members) goes
//! by turns, the rest by the throw of [`Random`].

use chrono::{Datelike, Days, Months, NaiveDate};

use super::Row;
use super::names::{Names, Sex, Surname};
use super::places::{CITIES, City, Country};
use super::random::{Random, Weighted};
use super::workplaces::{School, draw_school, job, school_near};

const YEAR: i64 = 365;

/// Of so many students one finished so long ago that its six months are up this month, and one next month.
const STUDENTS_PER_DUE: u32 = 8;
/// Of so many members of a country one has a protected identity.
const MEMBERS_PER_PROTECTED: u64 = 150;
/// Of so many members with a workplace one hides the membership from it.
const WORKERS_PER_HIDDEN: u64 = 130;

/// The members of a demo register, in the order of their numbers; see [`super::members`].
#[derive(Debug)]
pub struct Members {
    random: Random,
    names: Names,
    /// The cities of each country and language.
    cities: Vec<((Country, &'static str), Weighted<&'static City>)>,
    today: NaiveDate,
    count: usize,
    made: usize,
    /// Students since the turns last began anew.
    students: u32,
    workers: u64,
    by_country: [u64; 4],
    /// The half of a couple that was made last: the next member is the other half.
    waiting: Option<Home>,
}

/// What the two of a couple have in common.
#[derive(Debug)]
struct Home {
    country: Country,
    language: &'static str,
    city: &'static City,
    surname: Surname,
    sex: Sex,
    age: i64,
    street: String,
    postal_code: &'static str,
    phone: String,
    email: String,
}

/// Graduation, and whether the school or the member confirmed it.
struct Studies {
    school: &'static School,
    graduation: NaiveDate,
    confirmed: Option<NaiveDate>,
}

impl Members {
    pub(super) fn new(count: usize, seed: u64, today: NaiveDate) -> Self {
        let spoken =
            Country::ALL.into_iter().flat_map(|country| country.languages().iter().map(move |&language| (country, language)));
        let cities = spoken.map(|(country, language)| {
            let cities = CITIES.iter().filter(|city| city.country == country);
            ((country, language), Weighted::new(cities.map(|city| (city, city.weight(language)))))
        });
        Self {
            random: Random::new(seed),
            names: Names::load(),
            cities: cities.collect(),
            today,
            count,
            made: 0,
            students: 0,
            workers: 0,
            by_country: [0; 4],
            waiting: None,
        }
    }

    fn member(&mut self, index: usize) -> Row {
        let other = self.waiting.take();
        let (country, language) = match &other {
            Some(home) => (home.country, home.language),
            None => self.draw_country(),
        };
        // The half of a couple is grown up and works, so that the two are of an age.
        let kind = if other.is_some() { "professional" } else { draw_type(&mut self.random) };
        let turn = if kind == "student" { self.next_student() } else { 0 };
        let studies = (kind == "student").then(|| self.student_studies((country, language), turn));
        let due = kind == "student" && (1..=2).contains(&turn);
        let age = self.draw_age(kind, studies.as_ref(), other.as_ref());
        let birth_date = self.days_ago(age);
        let studies = studies.or_else(|| self.past_studies((country, language), kind, age));
        let joined_on = self.draw_joined(kind, age, studies.as_ref());

        let sex = match &other {
            // Nine couples of ten are a woman and a man; of the others, two women or two men.
            Some(home) if self.random.chance(900) => {
                if home.sex == Sex::Female {
                    Sex::Male
                } else {
                    Sex::Female
                }
            }
            Some(home) => home.sex,
            None if self.random.chance(820) => Sex::Female,
            None => Sex::Male,
        };
        let born_as = self.names.surname(country, language, &mut self.random);
        let surname = match &other {
            Some(home) if self.random.chance(600) => home.surname,
            _ if self.random.chance(if sex == Sex::Female && age > 28 * YEAR { 90 } else { 10 }) => {
                self.names.surname(country, language, &mut self.random)
            }
            _ => born_as,
        };
        let given_names = self.names.given((country, language), born_as, sex, birth_date.year(), &mut self.random);

        let mut row = Row {
            member_number: 100_000 + index as u64,
            surname: surname.name.to_owned(),
            former_surname: if surname.name == born_as.name { "" } else { born_as.name },
            given_names,
            birth_date,
            language,
            country: country.code(),
            membership_type: kind,
            joined_on,
            ..Row::default()
        };
        let city = self.settle(&mut row, (country, language), index, studies.as_ref(), other.as_ref());
        self.employ(&mut row, city);
        if let Some(Studies { school, graduation, confirmed }) = studies {
            row.school = school.name;
            row.graduation_date = Some(graduation);
            row.graduation_confirmed_on = confirmed;
        }
        if !due && other.is_none() {
            self.maybe_leave(&mut row, age);
        }
        self.protect(&mut row, country);
        let grown_up = (28 * YEAR..64 * YEAR).contains(&age) && !row.street.is_empty();
        if other.is_none()
            && row.left_on.is_none()
            && row.protected.is_empty()
            && grown_up
            && index + 1 < self.count
            && self.random.chance(60)
        {
            let (street, phone, email) = (row.street.clone(), row.phone.clone(), row.email.clone());
            let home = Home { country, language, city, surname, sex, age, street, postal_code: row.postal_code, phone, email };
            self.waiting = Some(home);
        }
        row
    }

    fn draw_country(&mut self) -> (Country, &'static str) {
        let country = Country::draw(&mut self.random);
        let swedish_speaker = country == Country::Finland && self.random.chance(120);
        (country, if swedish_speaker { "sv" } else { country.languages()[0] })
    }

    fn draw_city(&mut self, country: Country, language: &'static str) -> &'static City {
        let of_country = self.cities.iter().find(|(key, _)| *key == (country, language));
        of_country.map_or(&CITIES[0], |(_, cities)| cities.draw(&mut self.random))
    }

    /// The turn of this student: 1 and 2 are those whose six months are up.
    fn next_student(&mut self) -> u32 {
        self.students = (self.students + 1) % STUDENTS_PER_DUE;
        self.students
    }

    /// Age in days.
    fn draw_age(&mut self, kind: &str, studies: Option<&Studies>, other: Option<&Home>) -> i64 {
        let random = &mut self.random;
        match (kind, studies, other) {
            (_, _, Some(home)) => (home.age + random.between(-5 * YEAR, 5 * YEAR)).clamp(24 * YEAR, 66 * YEAR),
            // Most are in their twenties when they graduate, the younger of two throws.
            (_, Some(studies), _) => {
                let at_graduation = random.between(8000, 34 * YEAR).min(random.between(8000, 34 * YEAR));
                at_graduation - (studies.graduation - self.today).num_days()
            }
            ("retired", ..) => random.between(64 * YEAR, 88 * YEAR).min(random.between(64 * YEAR, 92 * YEAR)),
            ("manager" | "teacher" | "researcher" | "self_employed", ..) => random.between(33 * YEAR, 66 * YEAR),
            _ => random.between(23 * YEAR, 66 * YEAR),
        }
    }

    /// Students graduate within the next two and a half years, or did lately.
    fn student_studies(&mut self, (country, language): (Country, &'static str), turn: u32) -> Studies {
        let random = &mut self.random;
        let school = draw_school(country, language, random);
        let graduation = match turn {
            1 | 2 => {
                // Six months before the month in question, at its end sometimes: 31 August and six months is 28 February.
                let first = months_before(self.today, 7 - turn);
                let last = i64::from(first.num_days_in_month()) - 1;
                after(first, if random.chance(200) { last } else { random.between(0, last) })
            }
            _ => after(self.today, random.between(-70, 900)),
        };
        let confirmed =
            (graduation < self.today && random.chance(600)).then(|| after(graduation, random.between(0, 30)).min(self.today));
        Studies { school, graduation, confirmed }
    }

    /// Of the young who work, most stand with their school and the day they graduated.
    fn past_studies(&mut self, (country, language): (Country, &'static str), kind: &str, age: i64) -> Option<Studies> {
        let random = &mut self.random;
        if kind != "professional" || age > 35 * YEAR || !random.chance(600) {
            return None;
        }
        let school = draw_school(country, language, random);
        let graduation = after(self.today, -random.between(240, age - 22 * YEAR));
        let confirmed = random.chance(900).then(|| after(graduation, random.between(0, 60)));
        Some(Studies { school, graduation, confirmed })
    }

    fn draw_joined(&mut self, kind: &str, age: i64, studies: Option<&Studies>) -> NaiveDate {
        let random = &mut self.random;
        let days = match (kind, studies) {
            // Students join while they study: three and a half years at most.
            ("student", Some(studies)) => {
                let began = (self.today - studies.graduation).num_days() + 3 * YEAR + 180;
                let ended = (self.today - studies.graduation).num_days().max(1);
                random.between(ended, began)
            }
            ("prospect", _) => random.between(1, 120),
            ("retired", _) => random.between(15 * YEAR, age - 22 * YEAR),
            _ => random.between(30, (age - 20 * YEAR).min(38 * YEAR)),
        };
        self.days_ago(days)
    }

    /// Address, telephone and e-mail, in part shared by couples.
    fn settle(
        &mut self,
        row: &mut Row,
        (country, language): (Country, &'static str),
        index: usize,
        studies: Option<&Studies>,
        other: Option<&Home>,
    ) -> &'static City {
        let random = &mut self.random;
        let school_city =
            studies.filter(|_| row.membership_type == "student" && random.chance(800)).map(|studies| studies.school.city);
        let city = match (other, school_city) {
            (Some(home), _) => home.city,
            (None, Some(name)) => CITIES.iter().find(|city| city.name == name).unwrap_or(&CITIES[0]),
            (None, None) => self.draw_city(country, language),
        };
        let random = &mut self.random;
        row.city = city.name_in(language);
        row.local_branch = city.branch;
        row.phone = city.phone(random);
        row.email = if random.chance(80) { String::new() } else { email(&row.given_names, &row.surname, index, random) };
        if let Some(home) = other {
            (row.street, row.postal_code) = (home.street.clone(), home.postal_code);
            let share = random.below(3);
            if share != 0 && !home.phone.is_empty() {
                row.phone.clone_from(&home.phone);
            }
            if (share != 1 || home.phone.is_empty()) && !home.email.is_empty() {
                row.email.clone_from(&home.email);
            }
        } else if !random.chance(20) {
            (row.street, row.postal_code) = (city.street(language, random), city.postal_code(random));
        }
        city
    }

    /// Occupation, employers and workplaces.
    fn employ(&mut self, row: &mut Row, city: &City) {
        let random = &mut self.random;
        if row.membership_type == "student" || row.membership_type == "supporting" {
            return;
        }
        let work = job(city, self.count, random);
        row.occupation = match row.membership_type {
            "manager" => "head_nurse",
            "teacher" => "nursing_teacher",
            "researcher" => "researcher",
            _ => work.occupation,
        };
        match row.membership_type {
            "teacher" | "researcher" => {
                let school = school_near(city, row.language, random);
                (row.employer, row.workplace) = (school.name.to_owned(), school.department());
            }
            "self_employed" | "job_seeker" | "retired" => {}
            _ => {
                (row.employer, row.workplace) = (work.employer.to_owned(), work.workplace);
                let second = random.chance(20).then(|| job(city, self.count, random));
                if let Some(second) = second.filter(|second| second.workplace != row.workplace) {
                    row.employer = format!("{}; {}", row.employer, second.employer);
                    row.workplace = format!("{}; {}", row.workplace, second.workplace);
                }
            }
        }
        if !row.workplace.is_empty() {
            self.workers += 1;
            row.hidden = if self.workers % WORKERS_PER_HIDDEN == WORKERS_PER_HIDDEN / 2 { "1" } else { "" };
        }
    }

    /// One in twenty-five has left, within the last eleven months: who left long ago is erased.
    fn maybe_leave(&mut self, row: &mut Row, age: i64) {
        let random = &mut self.random;
        let longest = (self.today - row.joined_on).num_days() - 1;
        if longest < 30 || row.membership_type == "prospect" || !random.chance(40) {
            return;
        }
        let reasons: &[&str] = match age / YEAR {
            75.. => &["deceased", "deceased", "other", "unpaid"],
            62.. => &["retired", "retired", "retired", "deceased", "moved", "unpaid"],
            _ => &["changed_union", "changed_union", "dissatisfied", "moved", "moved", "unpaid", "unpaid", "other", "deceased"],
        };
        row.leave_reason = random.pick(reasons);
        row.left_on = Some(after(self.today, -random.between(1, longest.min(330))));
    }

    fn protect(&mut self, row: &mut Row, country: Country) {
        let before = &mut self.by_country[country as usize];
        *before += 1;
        if *before % MEMBERS_PER_PROTECTED == MEMBERS_PER_PROTECTED / 3 {
            let kinds = country.protections();
            row.protected = kinds[(*before / MEMBERS_PER_PROTECTED) as usize % kinds.len()];
        }
    }

    fn days_ago(&self, days: i64) -> NaiveDate {
        after(self.today, -days)
    }
}

impl Iterator for Members {
    type Item = Row;

    fn next(&mut self) -> Option<Row> {
        if self.made == self.count {
            return None;
        }
        self.made += 1;
        Some(self.member(self.made - 1))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.count - self.made, Some(self.count - self.made))
    }
}

/// How a union of health-care staff is made up.
fn draw_type(random: &mut Random) -> &'static str {
    match random.below(1000) {
        0..130 => "student",
        130..200 => "manager",
        200..225 => "teacher",
        225..240 => "researcher",
        240..260 => "self_employed",
        260..285 => "job_seeker",
        285..375 => "retired",
        375..385 => "supporting",
        385..395 => "prospect",
        _ => "professional",
    }
}

/// An address that no mail reaches: example.org, .com and .net are set aside by RFC 2606. The number keeps it this member's own.
fn email(given_names: &str, surname: &str, index: usize, random: &mut Random) -> String {
    let first = given_names.split(' ').next().unwrap_or_default();
    let domain = random.pick(&["example.org", "example.org", "example.com", "example.net"]);
    format!("{}.{}{index}@{domain}", plain(first), plain(surname))
}

/// The letters a–z and hyphens that people make of their name where no other letters go.
fn plain(name: &str) -> String {
    let letters = name.chars().flat_map(char::to_lowercase).filter_map(|letter| match letter {
        'å' | 'ä' | 'æ' | 'á' => Some('a'),
        'ö' | 'ø' => Some('o'),
        'é' => Some('e'),
        'ü' => Some('u'),
        'a'..='z' | '-' => Some(letter),
        _ => None,
    });
    letters.collect()
}

/// The first of the month so many months ago.
fn months_before(day: NaiveDate, months: u32) -> NaiveDate {
    let first = day.with_day(1).unwrap_or(day);
    first.checked_sub_months(Months::new(months)).unwrap_or(first)
}

/// So many days later, or earlier; the day itself at the end of the calendar's range.
fn after(day: NaiveDate, days: i64) -> NaiveDate {
    let moved = if days < 0 {
        day.checked_sub_days(Days::new(days.unsigned_abs()))
    } else {
        day.checked_add_days(Days::new(days.unsigned_abs()))
    };
    moved.unwrap_or(day)
}
