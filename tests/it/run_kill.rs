//! The program itself is killed (SIGKILL), over and over and at random moments, while it makes the monthly list of 5,000 members
//! for 500 representatives and sends it. The mail server's journal is the oracle: every representative gets her list and every
//! member stands in exactly one; whoever got a list twice got it when the program died between the message's end and the
//! answer, byte by byte the same.

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Child, Stdio};
use std::time::{Duration as Time, Instant};

use chrono::{Duration, Months};
use entity::lifecycle_rule::{self, Notice, Notices};
use entity::lifecycle_run;
use entity::mailing::MailSwitch;
use entity::outbox::{self, MailState};
use jobs::history::Actor;
use jobs::lifecycle::rule::GRADUATE_FOLLOW_UP;
use jobs::outbox::switch;
use jobs::timetable::Slot;
use jobs::{Clock, Store};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use uuid::Uuid;

use crate::app::Engine;
use crate::monthly_register::{Size, fill};
use crate::program::Installation;
use crate::property::cases;
use crate::smtp_server::{Received, SmtpServer};

const SIZE: Size = Size { members: 5_500, representatives: 500, due: 5_000 };
/// How often the program is killed before one list is left to be finished: first while it is made, then while it is sent.
const WHILE_MADE: usize = 2;
const WHILE_SENT: usize = 3;
/// Longer than a list takes on the slowest machine.
const PATIENCE: Time = Time::from_secs(600);

/// A register in which the list is due right now, and mail goes out.
async fn prepared(engine: Engine) -> Installation {
    let place = Installation::empty(engine).await;
    prepare(&place, SIZE).await;
    place
}

/// Fills a register, and lets the list of its rule be due now; other notices of the rule are switched off.
pub(crate) async fn prepare(place: &Installation, size: Size) {
    let opened = place.open().await;
    let store = &opened.store;
    let slot = Slot::last(Notice::MonthAhead, store.clock().zone(), store.clock().now()).expect("a list");
    fill(store, size, slot.month_ahead().first() - Months::new(6)).await.expect("it can be filled");
    let written = store
        .write(&Actor::system(), async |write| {
            lifecycle_rule::Entity::update_many()
                .col_expr(lifecycle_rule::Column::ActiveFrom, (slot.at - Duration::hours(1)).into())
                .col_expr(lifecycle_rule::Column::Notices, Expr::value(Notices(vec![Notice::MonthAhead])))
                .filter(lifecycle_rule::Column::Key.eq(GRADUATE_FOLLOW_UP))
                .exec(write.database())
                .await?;
            switch::set(write, MailSwitch::Running).await
        })
        .await;
    written.expect("it can be written");
    opened.close().await.expect("it closes");
}

/// The program at work, killed when it is dropped.
struct Working(Child);

impl Working {
    fn begin(place: &Installation, server: &SmtpServer) -> Self {
        let mut command = place.command(&["work"]);
        command.env("MATRIKEL_SMTP_URL", server.url()).env("MATRIKEL_MAIL_FROM", "Union <union@example.org>");
        Self(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program starts"))
    }

    /// Waits until `server` has read the end of one more mail, or there is none to send for now.
    async fn until_it_sends(&mut self, server: &SmtpServer, store: &Store) {
        let (before, began) = (server.received().len(), Instant::now());
        while server.received().len() == before && !is_sent(store).await {
            assert!(self.0.try_wait().expect("a child").is_none(), "it ended by itself");
            assert!(began.elapsed() < PATIENCE, "it sends nothing");
            tokio::time::sleep(Time::from_millis(1)).await;
        }
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Lets the leases of a killed program be over and the pause of uncertain mails pass. Gives the mails that were sent up to their
/// end and of which nobody knows more.
async fn let_time_pass(store: &Store) -> BTreeSet<Uuid> {
    let (database, past) = (store.database(), store.clock().now() - Duration::hours(1));
    let unknown = outbox::Column::State.is_in([MailState::DotSent, MailState::Uncertain]);
    let sent = outbox::Entity::find().filter(unknown).all(database).await.expect("the outbox can be read");
    for _ in 0..100 {
        let outcome = store
            .write(&Actor::system(), async |write| {
                for column in [outbox::Column::LeaseUntil, outbox::Column::NextAttemptAt] {
                    let earlier = outbox::Entity::update_many().col_expr(column, Expr::value(past));
                    earlier.filter(column.is_not_null()).exec(write.database()).await?;
                }
                lifecycle_run::Entity::update_many()
                    .col_expr(lifecycle_run::Column::LeaseUntil, past.into())
                    .filter(lifecycle_run::Column::FinishedAt.is_null())
                    .exec(write.database())
                    .await?;
                Ok(())
            })
            .await;
        match outcome {
            Ok(()) => return sent.into_iter().map(|row| row.id).collect(),
            // What the killed program had begun is rolled back in a moment.
            Err(_) => tokio::time::sleep(Time::from_millis(50)).await,
        }
    }
    panic!("the register stays busy");
}

async fn outbox_of(store: &Store) -> BTreeMap<Uuid, outbox::Model> {
    let rows = outbox::Entity::find().all(store.database()).await.expect("the outbox can be read");
    rows.into_iter().map(|row| (row.id, row)).collect()
}

/// Whether the list is made and nothing of it is left to be sent but what waits because it is uncertain.
async fn is_sent(store: &Store) -> bool {
    let waits = outbox::Column::State.is_not_in([MailState::Accepted, MailState::Uncertain]);
    let all = outbox::Entity::find().count(store.database()).await.expect("the outbox can be read");
    let waiting = outbox::Entity::find().filter(waits).count(store.database()).await.expect("the outbox can be read");
    all == SIZE.representatives as u64 && waiting == 0
}

/// Waits at random, at most so long.
async fn a_while(chance: &Clock, most: Time) {
    let random = u32::from(u16::from_be_bytes([chance.new_id().as_bytes()[14], chance.new_id().as_bytes()[15]]));
    tokio::time::sleep(most * random / u32::from(u16::MAX)).await;
}

/// How often the program was killed before anything of the list was written, and while it was being sent.
#[derive(Debug, Default)]
struct Killed {
    all: usize,
    before: usize,
    between: usize,
}

async fn killed_at_random(engine: Engine) {
    let kills = cases(10, 200) as usize;
    let template = prepared(engine).await;
    let chance = Clock::system(chrono_tz::UTC);
    let mut killed = Killed::default();
    // From the start to the first mail; known after the first time.
    let mut making = Time::from_millis(1_500);
    while killed.all < kills {
        let place = template.copy().await;
        let server = SmtpServer::kind();
        let mut sent_to_the_end = BTreeSet::new();
        let opened = place.open().await;
        for number in 0..WHILE_MADE + WHILE_SENT {
            // A fast machine is done before; then the next list is killed.
            if is_sent(&opened.store).await {
                break;
            }
            let mut program = Working::begin(&place, &server);
            if number < WHILE_MADE {
                a_while(&chance, making).await;
            } else {
                let began = Instant::now();
                program.until_it_sends(&server, &opened.store).await;
                making = if number == WHILE_MADE { began.elapsed() } else { making };
                a_while(&chance, Time::from_millis(1_200)).await;
            }
            drop(program);
            let rows = outbox_of(&opened.store).await;
            assert!(rows.is_empty() || rows.len() == SIZE.representatives, "all or nothing: {}", rows.len());
            killed.all += 1;
            killed.before += usize::from(rows.is_empty());
            killed.between += usize::from(rows.values().any(|row| row.state != MailState::Accepted));
            sent_to_the_end.extend(let_time_pass(&opened.store).await);
        }
        // The last one is left alone, and has to take over what the others left.
        let program = Working::begin(&place, &server);
        let began = Instant::now();
        loop {
            let rows = outbox_of(&opened.store).await;
            if rows.len() == SIZE.representatives && rows.values().all(|row| row.state == MailState::Accepted) {
                break;
            }
            assert!(began.elapsed() < PATIENCE, "it does not come to an end");
            tokio::time::sleep(Time::from_millis(200)).await;
            if rows.values().any(|row| row.state == MailState::Uncertain) {
                sent_to_the_end.extend(let_uncertain_pass(&opened.store).await);
            }
        }
        drop(program);
        check(&opened.store, &server.accepted(), &sent_to_the_end).await;
        opened.close().await.expect("it closes");
    }
    println!("{engine:?}: {killed:?}");
    assert!(killed.between > 0, "it was always done before it was killed: this shows nothing");
}

/// Lets the quarter of an hour pass after which uncertain mails are sent once more; gives them.
async fn let_uncertain_pass(store: &Store) -> BTreeSet<Uuid> {
    let uncertain = outbox::Column::State.eq(MailState::Uncertain);
    let rows = outbox::Entity::find().filter(uncertain.clone()).all(store.database()).await.expect("the outbox can be read");
    let past = store.clock().now() - Duration::hours(1);
    // The program may be writing; it is tried again.
    let _ = store
        .write(&Actor::system(), async |write| {
            let earlier = outbox::Entity::update_many().col_expr(outbox::Column::NextAttemptAt, Expr::value(past));
            Ok(earlier.filter(uncertain.clone()).exec(write.database()).await?)
        })
        .await;
    rows.into_iter().map(|row| row.id).collect()
}

async fn check(store: &Store, accepted: &[Received], sent_to_the_end: &BTreeSet<Uuid>) {
    let runs = lifecycle_run::Entity::find().all(store.database()).await.expect("the runs can be read");
    // Another list may have become due meanwhile; nobody is on it.
    let run = runs.iter().find(|run| run.due > 0).expect("the run");
    assert_eq!((run.due, run.listed, run.mailed, run.expected_mails, run.failed), (5_000, 5_000, 500, 500, 0));
    assert_eq!(run.error, None);
    let mut copies: BTreeMap<String, Vec<&Received>> = BTreeMap::new();
    for received in accepted {
        copies.entry(received.message_id()).or_default().push(received);
    }
    let (mut recipients, mut named) = (BTreeSet::new(), BTreeSet::new());
    for row in outbox_of(store).await.values() {
        let copies = copies.remove(&format!("<{}@example.org>", row.id)).unwrap_or_default();
        assert!(!copies.is_empty(), "{} never arrived", row.dedupe_key);
        assert!(copies.iter().all(|copy| Some(&copy.raw) == row.message.as_ref()), "{}: other bytes", row.dedupe_key);
        assert!(copies.len() == 1 || sent_to_the_end.contains(&row.id), "{} arrived {} times", row.dedupe_key, copies.len());
        let mail = copies[0].mail();
        assert!(recipients.insert(mail.to.1.clone()), "{} got two lists", mail.to.1);
        for name in mail.text.split_whitespace().filter(|word| word.starts_with("Karlsson")) {
            assert!(named.insert(name.to_owned()), "{name} stands on two lists");
        }
    }
    assert!(copies.is_empty(), "mails of which the outbox knows nothing");
    let due = SIZE.representatives..SIZE.representatives + SIZE.due;
    assert_eq!(named, due.map(Size::surname).collect(), "everybody who is due stands on a list");
}

#[actix_web::test]
async fn a_monthly_run_that_is_killed_at_random_reaches_everybody_once_on_sqlite() {
    killed_at_random(Engine::Sqlite).await;
}

#[actix_web::test]
async fn a_monthly_run_that_is_killed_at_random_reaches_everybody_once_on_postgres() {
    killed_at_random(Engine::Postgres).await;
}

#[actix_web::test]
async fn on_postgres_the_service_and_the_work_may_be_two_programs() {
    let place = Installation::empty(Engine::Postgres).await;
    prepare(&place, Size { members: 40, representatives: 3, due: 30 }).await;
    let token = place.token("administrator");
    let service = place.serve(&["--no-jobs"]);
    let runs = || service.get("/api/v1/runs", &token).1["items"].as_array().expect("a list").clone();
    let mails = || crate::program::names(&place.data().join("mail")).len();
    // Long enough for a service that does them to begin.
    tokio::time::sleep(Time::from_secs(2)).await;
    assert!(runs().is_empty() && mails() == 0, "it does no jobs");
    let mut work = place.command(&["work"]);
    let work = Working(work.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program starts"));
    let began = Instant::now();
    while mails() < 3 {
        assert!(began.elapsed() < PATIENCE, "no mails come");
        tokio::time::sleep(Time::from_millis(50)).await;
    }
    let run = runs().into_iter().find(|run| run["due"] != 0).expect("the run");
    assert_eq!((&run["due"], &run["listed"], &run["mailed"]), (&30.into(), &30.into(), &3.into()));
    assert_eq!(service.get("/readyz", "").1["alarms"], serde_json::json!([]));
    drop(work);
    service.stop();
    assert_eq!(mails(), 3);
}
