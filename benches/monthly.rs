//! What the monthly list costs, from the run's beginning until every mail is in the outbox and until they are sent: over
//! registers of growing size, of which always 5,000 are due and 500 representatives are told.
//!
//! ```text
//! cargo run --release --example monthly                  # 10,000, 100,000 and 1,000,000 members, on SQLite
//! cargo run --release --example monthly -- 100000        # of this size
//! MATRIKEL_DATABASE_URL=postgres://… cargo run --release --example monthly -- 100000    # an empty PostgreSQL database
//! ```
//!
//! Mails are sent as files into the temporary folder in which the register stands.

use std::time::Instant;

use chrono::{Days, NaiveDate};
use entity::appointment::{self, AppointmentRole};
use entity::membership_period::{self, MembershipType};
use entity::{member, member_workplace, workplace};
use jobs::Clock;
use jobs::courier::Courier;
use jobs::history::Actor;
use jobs::lifecycle::Automation;
use jobs::lifecycle::rule::GRADUATE_FOLLOW_UP;
use jobs::outbox::queue::Which;
use matrikel::config::Config;
use matrikel::database::{self, Opened, Purpose};
use tokio::task::LocalSet;
use uuid::Uuid;

/// How many are due in the month.
const DUE: usize = 5_000;
/// How many representatives they have.
const REPRESENTATIVES: usize = 500;
/// How many rows are made at a time.
const AT_ONCE: usize = 10_000;
/// The list of December 2026.
const AS_OF: &str = "2026-11-20";

type Failure = Box<dyn std::error::Error>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let sizes: Vec<usize> = std::env::args().skip(1).map(|size| size.parse()).collect::<Result<_, _>>()?;
    let sizes = if sizes.is_empty() { vec![10_000, 100_000, 1_000_000] } else { sizes };
    for size in sizes {
        LocalSet::new().run_until(measure(size)).await?;
    }
    Ok(())
}

async fn measure(members: usize) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let config = Config { data_dir: folder.path().into(), database_url: Config::load()?.database_url, ..Config::default() };
    let opened = database::open(&config, Purpose::Upgrade, Clock::system(config.time_zone)).await?;
    let began = Instant::now();
    fill(&opened, members).await?;
    let filled = began.elapsed();
    let automation = Automation {
        store: opened.store.clone(),
        audit: opened.audit.clone(),
        outbox: config.outbox()?,
        offices: config.offices(),
    };
    let began = Instant::now();
    let done = automation.run_by_hand(GRADUATE_FOLLOW_UP, AS_OF.parse()?, false).await?;
    let written = began.elapsed();
    let list = done.iter().find(|done| done.run.slot == "2026-12").ok_or("there is no list")?;
    let run = &list.run;
    if (run.due, run.listed, run.mailed, run.error.as_deref()) != (5_000, 5_000, 500, None) {
        return Err(format!("not what was to be measured: {run:?}").into());
    }
    let mails = done.iter().flat_map(|done| done.mails.clone()).collect();
    let courier = Courier::new(opened.store.clone(), config.outbox()?, config.transport()?);
    let began = Instant::now();
    let tally = courier.drain(Which::Ids(mails)).await?;
    println!(
        "{members} members (filled in {:.1} s): {DUE} due, {REPRESENTATIVES} mails in the outbox after {:.2} s, sent as files after {:.2} s more: {tally:?}",
        filled.as_secs_f64(),
        written.as_secs_f64(),
        began.elapsed().as_secs_f64(),
    );
    Ok(())
}

/// One workplace for each representative. Of its members as many graduated in June 2026 as make 5,000 over all; the others
/// graduated in the years before, month after month.
async fn fill(opened: &Opened, members: usize) -> Result<(), Failure> {
    let clock = opened.store.clock().clone();
    let now = clock.now();
    let day = |text: &str| text.parse::<NaiveDate>();
    let (june, long_ago, joined) = (day("2026-06-01")?, day("2016-01-01")?, day("2010-01-01")?);
    let places: Vec<Uuid> = (0..REPRESENTATIVES).map(|_| clock.new_id()).collect();
    opened
        .store
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
    for first in (0..members).step_by(AT_ONCE) {
        let numbers = first..members.min(first + AT_ONCE);
        opened
            .store
            .write(&Actor::system(), async |write| {
                let ids: Vec<Uuid> = numbers.clone().map(|_| clock.new_id()).collect();
                let people = numbers.clone().zip(&ids).map(|(number, id)| member::Model {
                    id: *id,
                    member_number: (100_001 + number).to_string(),
                    given_names: "Maarit Helena".into(),
                    surname: format!("Karlsson{number}"),
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
                        // The representatives stand first and have graduated.
                        number if number < REPRESENTATIVES => long_ago,
                        number if number < REPRESENTATIVES + DUE => june + Days::new(number as u64 % 30),
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
                    workplace_id: places[number % REPRESENTATIVES],
                });
                write.insert_all::<member_workplace::Entity>(work.collect()).await?;
                let appointed = numbers.clone().zip(&ids).filter(|(number, _)| *number < REPRESENTATIVES);
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
