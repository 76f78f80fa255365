//! What a demo register promises, checked on the 2,000 members that `serve --demo` starts with.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, Months, NaiveDate};

use super::*;

const MEMBERS: usize = 2000;
const SEEDS: [u64; 4] = [1, 2, 3, 20_261_122];

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

fn today() -> NaiveDate {
    day(2026, 11, 22)
}

fn register(seed: u64) -> Vec<Row> {
    members(MEMBERS, seed, today()).collect()
}

fn bytes(members: usize, seed: u64, today: NaiveDate) -> (Vec<u8>, Vec<u8>) {
    let (mut people, mut representatives) = (Vec::new(), Vec::new());
    write_members(&mut people, members, seed, today).unwrap();
    write_representatives(&mut representatives, members, seed, today).unwrap();
    (people, representatives)
}

/// FNV-1a, to pin files without keeping them.
fn checksum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xCBF2_9CE4_8422_2325, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3))
}

#[test]
fn the_same_arguments_give_the_same_bytes_and_others_do_not() {
    let first = bytes(300, 1, today());
    assert_eq!(first, bytes(300, 1, today()));
    let second = bytes(300, 2, today());
    assert!(first.0 != second.0 && first.1 != second.1);
    assert_ne!(first.0, bytes(300, 1, day(2026, 12, 22)).0);
}

#[test]
fn the_register_is_the_one_that_the_figures_were_measured_on() {
    // Whoever changes the register on purpose writes the new sums here, says so in the changelog and measures anew.
    let (people, representatives) = bytes(MEMBERS, 1, today());
    assert_eq!((checksum(&people), checksum(&representatives)), (0x2980_1320_23DB_09E9, 0x3EB3_2DD2_A586_4001));
}

/// The columns that serde gives a row, with a value each.
fn columns(row: impl Serialize) -> String {
    let mut file = csv::Writer::from_writer(Vec::new());
    file.serialize(row).unwrap();
    let text = String::from_utf8(file.into_inner().unwrap()).unwrap();
    text.lines().next().unwrap_or_default().to_owned()
}

#[test]
fn the_files_have_the_columns_of_the_import_in_their_order() {
    assert_eq!(
        columns(register(1).remove(0)),
        "member_number,given_names,surname,former_surname,birth_date,personal_identity_number,language,email,phone,street,postal_code,\
         city,country,membership_type,occupation,employer,workplace,local_branch,school,graduation_date,graduation_confirmed_on,joined_on,\
         left_on,leave_reason,protected,hidden"
    );
    let appointment = representatives(MEMBERS, 1, today()).remove(0);
    assert_eq!(columns(appointment), "member_number,role,workplace,school,local_branch,valid_from,valid_until");
    for members in [0, 300] {
        let (people, representatives) = bytes(members, 1, today());
        let header = |file: &[u8]| String::from_utf8(file.to_vec()).unwrap().lines().next().unwrap_or_default().to_owned();
        assert_eq!(header(&people), columns(register(1).remove(0)));
        assert_eq!(header(&representatives), "member_number,role,workplace,school,local_branch,valid_from,valid_until");
    }
}

#[test]
fn every_value_is_one_that_the_import_knows() {
    for seed in SEEDS {
        for row in register(seed) {
            let number = row.member_number;
            let languages: &[&str] = match row.country {
                "SE" => &["sv"],
                "FI" => &["fi", "sv"],
                "NO" => &["nb"],
                "DK" => &["da"],
                other => panic!("{number}: {other}"),
            };
            assert!(languages.contains(&row.language), "{number}");
            let protections: &[&str] = match row.country {
                "SE" => &["", "marked", "registered_elsewhere"],
                "FI" => &["", "turvakielto"],
                "NO" => &["", "no_6", "no_7"],
                _ => &["", "dk"],
            };
            assert!(protections.contains(&row.protected) && ["", "1"].contains(&row.hidden), "{number}");
            let types = "student professional manager teacher researcher self_employed job_seeker retired supporting prospect";
            assert!(types.split(' ').any(|kind| kind == row.membership_type), "{number}");
            let reasons = ["retired", "changed_union", "dissatisfied", "moved", "deceased", "unpaid", "other"];
            assert_eq!(row.left_on.is_some(), reasons.contains(&row.leave_reason), "{number}");
            let digits = if ["SE", "FI"].contains(&row.country) { 5 } else { 4 };
            let code: String = row.postal_code.split(' ').collect();
            assert!(row.street.is_empty() == code.is_empty() && [0, digits].contains(&code.len()), "{number}");
            assert!(!row.given_names.is_empty() && !row.surname.is_empty() && row.former_surname != row.surname, "{number}");
            assert!(!row.city.is_empty() && !row.local_branch.is_empty() && row.personal_identity_number.is_empty(), "{number}");
            assert_eq!(row.employer.split("; ").count(), row.workplace.split("; ").count(), "{number}");
            assert_eq!(row.school.is_empty(), row.graduation_date.is_none(), "{number}");
            assert!(row.membership_type != "student" || (row.workplace.is_empty() && !row.school.is_empty()), "{number}");
        }
    }
}

#[test]
fn the_dates_of_a_life_follow_one_another() {
    for seed in SEEDS {
        for row in register(seed) {
            let number = row.member_number;
            let grown_up = row.birth_date.checked_add_months(Months::new(12 * 17)).unwrap();
            assert!(grown_up <= row.joined_on && row.joined_on <= today(), "{number}: {row:?}");
            assert!(row.left_on.is_none_or(|left| row.joined_on < left && left <= today()), "{number}");
            assert!(row.graduation_date.is_none_or(|graduation| grown_up < graduation), "{number}");
            let confirmed = row.graduation_confirmed_on;
            assert!(
                confirmed.is_none_or(|on| row.graduation_date.is_some_and(|graduation| graduation <= on) && on <= today()),
                "{number}"
            );
        }
    }
}

#[test]
fn students_are_due_this_month_and_next_month() {
    // The last days of months, where six months later is an earlier day, and the turn of the year are days like others.
    for today in [today(), day(2026, 8, 31), day(2027, 2, 28), day(2026, 12, 31), day(2027, 1, 1), day(2028, 2, 29)] {
        let rows: Vec<Row> = members(MEMBERS, 1, today).collect();
        let due = |months: u32, confirmed: bool| {
            let month = today.with_day(1).unwrap().checked_add_months(Months::new(months)).unwrap();
            let current =
                rows.iter().filter(|row| row.membership_type == "student" && row.left_on.is_none() && row.protected.is_empty());
            let due = current.filter(|row| row.graduation_confirmed_on.is_some() == confirmed).filter(|row| {
                let on = row.graduation_date.unwrap().checked_add_months(Months::new(6)).unwrap();
                (on.year(), on.month()) == (month.year(), month.month())
            });
            due.count()
        };
        let graduated = rows.iter().filter(|row| row.membership_type == "student");
        let long_ago = today.checked_sub_days(chrono::Days::new(100)).unwrap();
        assert!(graduated.filter(|row| row.graduation_date <= Some(long_ago)).all(|row| row.left_on.is_none()), "{today}");
        for months in [0, 1] {
            let (confirmed, unconfirmed) = (due(months, true), due(months, false));
            assert!(
                confirmed >= 5 && unconfirmed >= 5 && confirmed + unconfirmed >= 20,
                "{today} {months}: {confirmed} {unconfirmed}"
            );
        }
    }
}

#[test]
fn every_kind_of_member_is_there() {
    for seed in SEEDS {
        let rows = register(seed);
        let count = |test: &dyn Fn(&Row) -> bool| rows.iter().filter(|row| test(row)).count();
        for (country, share) in [("SE", 55), ("FI", 27), ("NO", 9), ("DK", 9)] {
            let here = count(&|row| row.country == country);
            assert!(here.abs_diff(share * MEMBERS / 100) < 80, "{seed}: {country} {here}");
            assert!(count(&|row| row.country == country && !row.protected.is_empty()) >= 1, "{seed}: {country}");
        }
        let swedish_speakers = count(&|row| row.country == "FI" && row.language == "sv");
        assert!((35..100).contains(&swedish_speakers), "{seed}: {swedish_speakers}");
        let kinds: BTreeSet<&str> = rows.iter().map(|row| row.membership_type).collect();
        assert_eq!(kinds.len(), 10, "{seed}");
        assert!((5..30).contains(&count(&|row| !row.protected.is_empty())), "{seed}");
        assert!((5..30).contains(&count(&|row| !row.hidden.is_empty())), "{seed}");
        assert!((30..120).contains(&count(&|row| row.left_on.is_some())), "{seed}");
        assert!(count(&|row| !row.former_surname.is_empty()) >= 50, "{seed}");
        assert!(count(&|row| row.workplace.contains("; ")) >= 5, "{seed}");
        assert!(count(&|row| row.email.is_empty()) >= 50 && count(&|row| row.phone.is_empty()) >= 50, "{seed}");
        assert!(count(&|row| row.surname.chars().any(|letter| "åäöæøÅÄÖÆØ".contains(letter))) >= 200, "{seed}");
        assert!(count(&|row| row.given_names.contains('-')) >= 8, "{seed}");
        assert!(count(&|row| ["Nguyen", "Ali", "Mohamed", "Ahmed", "Hassan"].contains(&row.surname.as_str())) >= 10, "{seed}");
        let mut workplaces: BTreeMap<&str, usize> = BTreeMap::new();
        for row in rows.iter().filter(|row| !row.workplace.is_empty()) {
            *workplaces.entry(&row.workplace).or_default() += 1;
        }
        let shared = workplaces.values().filter(|&&members| members >= 3).count();
        assert!(shared >= 150, "{seed}: {shared}");
    }
}

#[test]
fn couples_share_home_and_telephone_or_address() {
    for seed in SEEDS {
        let rows = register(seed);
        let couples = rows
            .windows(2)
            .filter(|pair| !pair[0].street.is_empty() && pair[0].street == pair[1].street && pair[0].city == pair[1].city);
        let couples: Vec<_> = couples.collect();
        assert!(couples.len() >= 30, "{seed}: {}", couples.len());
        let shared = |value: fn(&Row) -> &str| {
            couples.iter().filter(|pair| !value(&pair[0]).is_empty() && value(&pair[0]) == value(&pair[1])).count()
        };
        assert!(shared(|row| &row.email) >= 10 && shared(|row| &row.phone) >= 10, "{seed}");
        let took_the_name =
            couples.iter().filter(|pair| pair[0].surname == pair[1].surname && !pair[1].former_surname.is_empty()).count();
        assert!(took_the_name >= 5, "{seed}: {took_the_name}");
        // Nobody else shares an e-mail address.
        let mut once = BTreeSet::new();
        let again = rows.iter().filter(|row| !row.email.is_empty() && !once.insert(&row.email)).count();
        assert!(again <= couples.len(), "{seed}: {again}");
    }
}

#[test]
fn nobody_can_be_reached() {
    for row in members(20_000, 5, today()) {
        if !row.email.is_empty() {
            let (name, domain) = row.email.split_once('@').unwrap();
            assert!(["example.org", "example.com", "example.net"].contains(&domain), "{}", row.email);
            assert!(
                name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte)),
                "{name}"
            );
        }
        if !row.phone.is_empty() {
            let digits: String = row.phone.chars().filter(char::is_ascii_digit).collect();
            let national =
                if row.phone.starts_with('+') { digits.strip_prefix("46").unwrap() } else { digits.strip_prefix('0').unwrap() };
            let number: u64 = national.parse().unwrap();
            // The ranges of the Swedish Post and Telecom Authority (PTS), without the leading zero.
            let fiction =
                [701_740_605..=701_740_699, 313_900_600..=313_900_699, 406_280_400..=406_280_499, 846_500_400..=846_500_499];
            assert!(
                fiction.iter().any(|range| range.contains(&number)) || (980_319_200..=980_319_299).contains(&number),
                "{}",
                row.phone
            );
            assert!(row.phone.starts_with('+') || row.country == "SE", "{}", row.phone);
            assert!(
                phonenumber::parse(Some(phonenumber::country::SE), &row.phone).is_ok_and(|phone| phone.is_valid()),
                "{}",
                row.phone
            );
        }
    }
}

#[test]
fn representatives_are_members_of_the_place_that_they_stand_for() {
    for seed in SEEDS {
        let rows: BTreeMap<u64, Row> = register(seed).into_iter().map(|row| (row.member_number, row)).collect();
        let all = representatives(MEMBERS, seed, today());
        for appointment in &all {
            let row = &rows[&appointment.member_number];
            assert!(appointment.valid_until.is_none_or(|until| until >= today()) && appointment.valid_from >= row.joined_on);
            assert!((row.protected.is_empty() && row.hidden.is_empty()) || row.left_on.is_some());
            assert!(row.left_on.is_none_or(|left| appointment.valid_from <= left), "{appointment:?}");
            let fits = match appointment.role {
                "shop_steward" | "safety_representative" => {
                    row.workplace.split("; ").any(|workplace| workplace == appointment.workplace)
                }
                "student_representative" => row.school == appointment.school,
                "chief_shop_steward" => row.local_branch == appointment.local_branch,
                other => panic!("{other}"),
            };
            assert!(fits, "{appointment:?}");
        }
        let count = |test: &dyn Fn(&Appointment) -> bool| all.iter().filter(|appointment| test(appointment)).count();
        for (role, least) in
            [("shop_steward", 100), ("safety_representative", 30), ("student_representative", 10), ("chief_shop_steward", 20)]
        {
            assert!(count(&|appointment| appointment.role == role) >= least, "{seed}: {role} {}", count(&|a| a.role == role));
        }
        let soon = today().checked_add_days(chrono::Days::new(60)).unwrap();
        assert!(count(&|appointment| appointment.valid_until.is_some_and(|until| until <= soon)) >= 5, "{seed}");
        assert_eq!(count(&|appointment| rows[&appointment.member_number].left_on.is_some()), 1, "{seed}");
        let with_steward: BTreeSet<&str> = all.iter().map(|appointment| appointment.workplace.as_str()).collect();
        let without = rows
            .values()
            .filter(|row| row.left_on.is_none() && !row.workplace.is_empty() && !with_steward.contains(row.workplace.as_str()));
        assert!(without.count() >= 30, "{seed}");
    }
}

#[test]
fn a_register_may_be_empty_or_tiny() {
    for few in [0, 1, 2, 3] {
        assert_eq!(members(few, 1, today()).count(), few);
        assert_eq!(bytes(few, 1, today()).0.split(|&byte| byte == b'\n').count(), few + 2);
    }
    assert_eq!(register(1)[..7], members(7, 1, today()).collect::<Vec<_>>()[..]);
}
