//! What the monthly list costs, from the run's beginning until every mail is in the outbox and until a mail server on this
//! machine has them: over registers of growing size, of which always 5,000 are due and 500 representatives are told.
//!
//! ```text
//! cargo run --release --example monthly                  # 10,000, 100,000 and 1,000,000 members, on SQLite
//! cargo run --release --example monthly -- 100000        # of this size
//! MATRIKEL_DATABASE_URL=postgres://… cargo run --release --example monthly -- 1000000    # an empty PostgreSQL database
//! ```

use std::time::Instant;

use chrono::NaiveDate;
use entity::mailing::MailSwitch;
use jobs::Clock;
use jobs::courier::Courier;
use jobs::history::Actor;
use jobs::lifecycle::Automation;
use jobs::lifecycle::rule::GRADUATE_FOLLOW_UP;
use jobs::outbox::queue::Which;
use jobs::outbox::switch;
use matrikel::config::Config;
use matrikel::database::{self, Purpose};
use tokio::task::LocalSet;

mod register;
mod sink;

use register::{Size, fill};
use sink::Sink;

/// The list of December 2026, and who is on it.
const AS_OF: &str = "2026-11-20";
const GRADUATION: &str = "2026-06-01";
const REPRESENTATIVES: usize = 500;
const DUE: usize = 5_000;

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
    let sink = Sink::start()?;
    let config = Config {
        data_dir: folder.path().into(),
        database_url: Config::load()?.database_url,
        smtp_url: Some(format!("smtp://{}", sink.address)),
        ..Config::default()
    };
    let opened = database::open(&config, Purpose::Upgrade, Clock::system(config.time_zone)).await?;
    let began = Instant::now();
    let graduation: NaiveDate = GRADUATION.parse()?;
    fill(&opened.store, Size { members, representatives: REPRESENTATIVES, due: DUE }, graduation).await?;
    opened.store.write(&Actor::system(), async |write| switch::set(write, MailSwitch::Running).await).await?;
    let filled = began.elapsed();
    let automation = Automation::new(opened.store.clone(), opened.audit.clone(), config.outbox()?, config.offices());
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
    courier.drain(Which::Ids(mails)).await?;
    let sent = began.elapsed();
    if sink.taken() != REPRESENTATIVES {
        return Err(format!("the server has {} mails", sink.taken()).into());
    }
    println!(
        "{members} members (filled in {:.1} s): {DUE} due, {REPRESENTATIVES} mails in the outbox after {:.2} s, taken by a server \
         on this machine after {:.2} s more",
        filled.as_secs_f64(),
        written.as_secs_f64(),
        sent.as_secs_f64(),
    );
    Ok(())
}
