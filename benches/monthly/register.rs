//! A register for the monthly run: representatives, each with a workplace, and members who are due in one month. Used by the
//! measurement beside this file and by the tests that kill the program in the middle of a run.

use chrono::{Days, NaiveDate};
use entity::appointment::{self, AppointmentRole};
use entity::membership_period::{self, MembershipType};
use entity::{member, member_workplace, workplace};
use jobs::history::Actor;
use jobs::{Result, Store};
use uuid::Uuid;

/// How many rows are made at a time.
const AT_ONCE: usize = 10_000;

/// Who is in it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    /// All members.
    pub(crate) members: usize,
    /// Of these, how many represent a workplace: the first.
    pub(crate) representatives: usize,
    /// How many graduated in the month that is looked for: the next.
    pub(crate) due: usize,
}

impl Size {
    /// The surname of the member with this number; those who are due have the numbers from `representatives` on.
    pub(crate) fn surname(number: usize) -> String {
        format!("Karlsson{number}")
    }
}

/// Fills an empty register. Those who are due graduated on the 28 days from `graduation` on, the others in the ten years before
/// 2026, and all are students still.
pub(crate) async fn fill(store: &Store, size: Size, graduation: NaiveDate) -> Result<()> {
    let clock = store.clock().clone();
    let now = clock.now();
    let long_ago = NaiveDate::from_ymd_opt(2016, 1, 1).unwrap_or_default();
    let joined = NaiveDate::from_ymd_opt(2010, 1, 1).unwrap_or_default();
    let places: Vec<Uuid> = (0..size.representatives).map(|_| clock.new_id()).collect();
    store
        .write(&Actor::system(), async |write| {
            let rows = places.iter().enumerate().map(|(number, id)| workplace::Model {
                id: *id,
                employer_id: None,
                parent_id: None,
                name: format!("Ward {number}"),
                version: 1,
            });
            write.insert_all::<workplace::Entity>(rows.collect()).await
        })
        .await?;
    for first in (0..size.members).step_by(AT_ONCE) {
        let numbers = first..size.members.min(first + AT_ONCE);
        store
            .write(&Actor::system(), async |write| {
                let ids: Vec<Uuid> = numbers.clone().map(|_| clock.new_id()).collect();
                let people = numbers.clone().zip(&ids).map(|(number, id)| member::Model {
                    id: *id,
                    member_number: (100_001 + number).to_string(),
                    given_names: "Maarit Helena".into(),
                    surname: Size::surname(number),
                    birth_date: None,
                    identity_number: None,
                    identity_number_hash: None,
                    language: Some(["sv", "fi", "en"][number % 3].into()),
                    email: Some(format!("maarit{number}@example.org")),
                    phone: None,
                    phone_understood: false,
                    street: None,
                    postal_code: None,
                    city: None,
                    country: None,
                    occupation: None,
                    local_branch_id: None,
                    school_id: None,
                    graduation_date: Some(match number {
                        // The representatives have graduated.
                        number if number < size.representatives => long_ago,
                        number if number < size.representatives + size.due => graduation + Days::new(number as u64 % 28),
                        number => long_ago + Days::new(number as u64 % 3_650),
                    }),
                    graduation_confirmed_on: None,
                    protection: None,
                    hidden: false,
                    version: 1,
                    created_at: now,
                    updated_at: now,
                });
                write.insert_all::<member::Entity>(people.collect()).await?;
                let periods = ids.iter().map(|id| membership_period::Model {
                    id: clock.new_id(),
                    member_id: *id,
                    membership_type: MembershipType::Student,
                    valid_from: Some(joined),
                    valid_until: None,
                    continues_previous: false,
                    leave_reason: None,
                });
                write.insert_all::<membership_period::Entity>(periods.collect()).await?;
                let work = numbers.clone().zip(&ids).map(|(number, id)| member_workplace::Model {
                    member_id: *id,
                    workplace_id: places[number % size.representatives],
                });
                write.insert_all::<member_workplace::Entity>(work.collect()).await?;
                let appointed = numbers.clone().zip(&ids).filter(|(number, _)| *number < size.representatives);
                let appointed = appointed.map(|(number, id)| appointment::Model {
                    id: clock.new_id(),
                    member_id: *id,
                    role: AppointmentRole::ShopSteward,
                    workplace_id: Some(places[number]),
                    school_id: None,
                    local_branch_id: None,
                    valid_from: Some(joined),
                    valid_until: None,
                    absent_from: None,
                    absent_until: None,
                    deputy_member_id: None,
                    version: 1,
                });
                write.insert_all::<appointment::Entity>(appointed.collect()).await
            })
            .await?;
    }
    Ok(())
}
