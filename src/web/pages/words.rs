//! Words for what the register holds as values: types, roles, reasons, fields; and dates in the reader's form.

use chrono::{DateTime, Datelike, NaiveDate, Timelike, Utc};
use chrono_tz::Tz;
use entity::appointment::AppointmentRole;
use entity::follow_up::Outcome;
use entity::history::{Change, Subject};
use entity::membership_period::{LeaveReason, MembershipType};
use entity::verification::{Channel, Detail};
use jobs::texts::Language;

use super::texts::{Text, text};

/// Every membership type.
pub(super) const TYPES: [MembershipType; 10] = [
    MembershipType::Student,
    MembershipType::Professional,
    MembershipType::Manager,
    MembershipType::Teacher,
    MembershipType::Researcher,
    MembershipType::SelfEmployed,
    MembershipType::JobSeeker,
    MembershipType::Retired,
    MembershipType::Supporting,
    MembershipType::Prospect,
];

/// A membership type.
pub(super) fn membership_type(language: Language, value: MembershipType) -> Text {
    match value {
        MembershipType::Student => text(language, "type-student"),
        MembershipType::Professional => text(language, "type-professional"),
        MembershipType::Manager => text(language, "type-manager"),
        MembershipType::Teacher => text(language, "type-teacher"),
        MembershipType::Researcher => text(language, "type-researcher"),
        MembershipType::SelfEmployed => text(language, "type-self-employed"),
        MembershipType::JobSeeker => text(language, "type-job-seeker"),
        MembershipType::Retired => text(language, "type-retired"),
        MembershipType::Supporting => text(language, "type-supporting"),
        MembershipType::Prospect => text(language, "type-prospect"),
    }
}

/// Why a membership ended.
pub(super) fn leave_reason(language: Language, value: LeaveReason) -> Text {
    match value {
        LeaveReason::Retired => text(language, "left-retired"),
        LeaveReason::ChangedUnion => text(language, "left-changed-union"),
        LeaveReason::Dissatisfied => text(language, "left-dissatisfied"),
        LeaveReason::Moved => text(language, "left-moved"),
        LeaveReason::Deceased => text(language, "left-deceased"),
        LeaveReason::Unpaid => text(language, "left-unpaid"),
        LeaveReason::Other => text(language, "left-other"),
    }
}

/// What somebody represents the others as.
pub(super) fn appointment_role(language: Language, value: AppointmentRole) -> Text {
    match value {
        AppointmentRole::ShopSteward => text(language, "shop-steward"),
        AppointmentRole::ChiefShopSteward => text(language, "chief-shop-steward"),
        AppointmentRole::SafetyRepresentative => text(language, "safety-representative"),
        AppointmentRole::StudentRepresentative => text(language, "student-representative"),
    }
}

/// Who did something: a role's word of history or audit.
pub(super) fn actor(language: Language, word: &str) -> Text {
    match word {
        "member" => text(language, "by-member"),
        "representative" => text(language, "by-representative"),
        "staff" => text(language, "by-staff"),
        "registrar" => text(language, "by-registrar"),
        "privacy_officer" => text(language, "by-privacy-officer"),
        "administrator" => text(language, "by-administrator"),
        _ => text(language, "by-system"),
    }
}

/// How a detail was checked.
pub(super) fn channel(language: Language, value: Channel) -> Text {
    match value {
        Channel::Phone => text(language, "channel-phone"),
        Channel::Email => text(language, "channel-email"),
        Channel::InPerson => text(language, "channel-in-person"),
        Channel::SelfService => text(language, "channel-self-service"),
    }
}

/// What happened.
pub(super) fn change(language: Language, subject: Subject, value: Change) -> Text {
    if subject == Subject::Appointment {
        return text(language, "change-appointment");
    }
    match value {
        Change::Created => text(language, "change-created"),
        Change::Imported => text(language, "change-imported"),
        Change::Joined => text(language, "change-joined"),
        Change::TypeChanged => text(language, "change-type"),
        Change::Left => text(language, "change-left"),
        Change::Verified => text(language, "change-verified"),
        Change::Withdrawn => text(language, "change-protected"),
        _ => text(language, "change-updated"),
    }
}

/// A field by its name in API and history; none for what has no name that a reader would know.
pub(super) fn field(language: Language, name: &str) -> Option<Text> {
    Some(match name {
        "given_names" => text(language, "field-given-names"),
        "surname" => text(language, "field-surname"),
        "former_surnames" => text(language, "field-former-surnames"),
        "birth_date" => text(language, "field-birth-date"),
        "personal_identity_number" => text(language, "field-identity-number"),
        "language" => text(language, "field-language"),
        "email" => text(language, "field-email"),
        "phone" => text(language, "field-phone"),
        "street" => text(language, "field-street"),
        "postal_code" => text(language, "field-postal-code"),
        "city" => text(language, "field-city"),
        "country" => text(language, "field-country"),
        "occupation" => text(language, "field-occupation"),
        "workplace" | "workplace_ids" => text(language, "workplace"),
        "local_branch_id" => text(language, "local-branch"),
        "school_id" => text(language, "school"),
        "graduation_date" => text(language, "graduation-date"),
        "graduation_confirmed_on" => text(language, "graduation-confirmed"),
        "membership_type" => text(language, "membership-type"),
        "joined_on" => text(language, "joined-on"),
        "left_on" => text(language, "left-on"),
        "leave_reason" => text(language, "leave-reason"),
        _ => return None,
    })
}

/// A detail that is checked with the member.
pub(super) fn detail(language: Language, value: Detail) -> Text {
    match value {
        Detail::Email => text(language, "field-email"),
        Detail::Phone => text(language, "field-phone"),
        Detail::Occupation => text(language, "field-occupation"),
        Detail::Workplace => text(language, "workplace"),
    }
}

/// A language's own name, as the member's language; a language without pages by its code.
pub(super) fn language_name(code: &str) -> String {
    let known = Language::ALL.into_iter().find(|language| language.code() == code);
    known.map_or_else(|| code.to_owned(), |language| text(language, "own-name").to_string())
}

/// A date in the reader's form.
pub(super) fn date(language: Language, day: NaiveDate) -> String {
    text(language, "date")
        .with("day", day.day())
        .with("month", day.month())
        .with_shown("dd", format_args!("{:02}", day.day()))
        .with_shown("mm", format_args!("{:02}", day.month()))
        .with_shown("year", day.year())
        .to_string()
}

/// A month and its year.
pub(super) fn month(language: Language, first: NaiveDate) -> String {
    text(language, "month-of").with("month", first.month()).with_shown("year", first.year()).to_string()
}

/// What came of a follow-up.
pub(super) fn outcome(language: Language, value: Outcome) -> Text {
    match value {
        Outcome::Reached => text(language, "outcome-reached"),
        Outcome::NoAnswer => text(language, "outcome-no-answer"),
        Outcome::Stays => text(language, "outcome-stays"),
        Outcome::StillStudying => text(language, "outcome-still-studying"),
        Outcome::Leaves => text(language, "outcome-leaves"),
        Outcome::MovedAbroad => text(language, "outcome-moved-abroad"),
        Outcome::WrongDetails => text(language, "outcome-wrong-details"),
    }
}

/// A date and a time of day where the organisation is, in the reader's form.
pub(super) fn moment(language: Language, zone: Tz, at: DateTime<Utc>) -> String {
    let local = at.with_timezone(&zone);
    text(language, "moment")
        .with("date", date(language, local.date_naive()))
        .with_shown("hour", format_args!("{:02}", local.hour()))
        .with_shown("minute", format_args!("{:02}", local.minute()))
        .to_string()
}

/// Where the languages write a separator of thousands, in theirs.
pub(super) fn number(language: Language, value: u64) -> String {
    let digits = value.to_string();
    let separator = if language == Language::En { ',' } else { '\u{a0}' };
    let mut written = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            written.push(separator);
        }
        written.push(digit);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_times_and_numbers_have_the_readers_form() {
        let day = NaiveDate::from_ymd_opt(2026, 2, 1).unwrap();
        let at = "2026-07-01T12:05:00Z".parse().unwrap();
        let zone = chrono_tz::Europe::Helsinki;
        for (language, shown, when, thousands) in [
            (Language::Sv, "2026-02-01", "2026-07-01 kl. 15.05", "1\u{a0}234\u{a0}567"),
            (Language::Fi, "1.2.2026", "1.7.2026 klo 15.05", "1\u{a0}234\u{a0}567"),
            (Language::En, "1 February 2026", "1 July 2026 at 15:05", "1,234,567"),
        ] {
            assert_eq!(date(language, day), shown);
            assert_eq!(moment(language, zone, at), when);
            assert_eq!(number(language, 1_234_567), thousands);
        }
        assert_eq!(number(Language::Sv, 999), "999");
    }
}
