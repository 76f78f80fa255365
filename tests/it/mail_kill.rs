//! The program itself is killed at random moments while it sends mails. The server's journal is the oracle: nobody is left
//! out, and whoever got a mail twice got it when the program died between the message's end and the answer, with the same bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration as Time;

use entity::mailing::MailSwitch;
use entity::outbox::{self as row, MailState};
use jobs::Clock;
use jobs::history::Actor;
use jobs::outbox::{Outbox, switch};
use jobs::texts::Language;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::app::Engine;
use crate::mails::notice;
use crate::program::Installation;
use crate::property::cases;
use crate::smtp_server::{Act, SmtpServer, Step};

/// How many mails are written in each round.
const MAILS: usize = 40;

async fn write_mails(place: &Installation, round: usize) {
    let opened = place.open().await;
    let outbox = Outbox::new("Union <union@example.org>", "http://localhost".into(), Language::Sv).expect("an address");
    let written = opened
        .store
        .write(&Actor::system(), async |write| {
            switch::set(write, MailSwitch::Running).await?;
            for number in 0..MAILS {
                let name = format!("{round}-{number}");
                outbox.enqueue(write, notice(&name, &format!("anna{name}@example.org"))).await?;
            }
            Ok(())
        })
        .await;
    written.expect("mails can be written");
    opened.close().await.expect("it closes");
}

/// Lets a minute, and of uncertain mails a quarter of an hour, pass for what the killed program left; gives what it had sent up to the end.
async fn let_time_pass(place: &Installation) -> BTreeSet<Uuid> {
    let opened = place.open().await;
    let database = opened.store.database();
    let past = opened.store.clock().now() - chrono::Duration::hours(1);
    let sent = row::Entity::find().filter(row::Column::State.is_in([MailState::DotSent, MailState::Uncertain]));
    let sent = sent.all(database).await.expect("the outbox can be read").into_iter().map(|row| row.id).collect();
    for column in [row::Column::LeaseUntil, row::Column::NextAttemptAt] {
        let earlier = row::Entity::update_many().col_expr(column, Expr::value(past)).filter(column.is_not_null());
        earlier.exec(database).await.expect("the outbox can be changed");
    }
    opened.close().await.expect("it closes");
    sent
}

async fn states(place: &Installation) -> BTreeMap<Uuid, row::Model> {
    let opened = place.open().await;
    let rows = row::Entity::find().all(opened.store.database()).await.expect("the outbox can be read");
    opened.close().await.expect("it closes");
    rows.into_iter().map(|row| (row.id, row)).collect()
}

async fn killed_at_random(engine: Engine) {
    let place = Installation::empty(engine).await;
    place.done(&["migrate"]);
    // A little slower than it could, so that there is something to be interrupted.
    let server = SmtpServer::start(|step, _| if step == Step::Dot { Act::Late(Time::from_millis(8)) } else { Act::Usual });
    let chance = Clock::system(chrono_tz::UTC);
    let mut sent_to_the_end = BTreeSet::new();
    let rounds = cases(10, 200) as usize;
    let mut interrupted = 0;
    for round in 0..rounds {
        write_mails(&place, round).await;
        let before = server.received().len();
        let service = place.serve_with_mail(&server.url());
        // Wherever the first mails are.
        while server.received().len() == before {
            tokio::time::sleep(Time::from_millis(1)).await;
        }
        let random = u64::from(chance.new_id().as_bytes()[15]);
        tokio::time::sleep(Time::from_millis(random)).await;
        service.kill();
        interrupted += usize::from(states(&place).await.values().any(|row| row.state != MailState::Accepted));
        sent_to_the_end.extend(let_time_pass(&place).await);
    }
    assert!(interrupted > 0, "it was always done before it was killed: this shows nothing");
    // The last one is left alone, and has to take over what the others left.
    let service = place.serve_with_mail(&server.url());
    let mut patience = 0;
    while states(&place).await.values().any(|row| row.state != MailState::Accepted) {
        sent_to_the_end.extend(let_time_pass_for_uncertain(&place).await);
        patience += 1;
        assert!(patience < 600, "it does not come to an end");
        tokio::time::sleep(Time::from_millis(100)).await;
    }
    service.stop();
    let rows = states(&place).await;
    assert_eq!(rows.len(), rounds * MAILS);
    let mut accepted: BTreeMap<String, Vec<Vec<u8>>> = BTreeMap::new();
    for received in server.accepted() {
        accepted.entry(received.message_id()).or_default().push(received.raw);
    }
    for row in rows.values() {
        let copies = accepted.remove(&format!("<{}@example.org>", row.id)).unwrap_or_default();
        assert!(!copies.is_empty(), "{} never arrived", row.dedupe_key);
        assert!(copies.iter().all(|copy| Some(copy) == row.message.as_ref()), "{}: other bytes", row.dedupe_key);
        let twice = copies.len() > 1;
        assert!(!twice || sent_to_the_end.contains(&row.id), "{} arrived {} times", row.dedupe_key, copies.len());
    }
    assert!(accepted.is_empty(), "mails of which the outbox knows nothing");
}

/// Mails that became uncertain only when the last program took them over.
async fn let_time_pass_for_uncertain(place: &Installation) -> BTreeSet<Uuid> {
    let opened = place.open().await;
    let database = opened.store.database();
    let past = opened.store.clock().now() - chrono::Duration::hours(1);
    let uncertain = row::Column::State.eq(MailState::Uncertain);
    let rows = row::Entity::find().filter(uncertain.clone()).all(database).await.expect("the outbox can be read");
    let earlier = row::Entity::update_many().col_expr(row::Column::NextAttemptAt, Expr::value(past)).filter(uncertain);
    // The service may be writing; it is tried again.
    let _ = earlier.exec(database).await;
    opened.close().await.expect("it closes");
    rows.into_iter().map(|row| row.id).collect()
}

#[actix_web::test]
async fn a_program_that_is_killed_at_random_loses_no_mail_on_sqlite() {
    killed_at_random(Engine::Sqlite).await;
}

#[actix_web::test]
async fn a_program_that_is_killed_at_random_loses_no_mail_on_postgres() {
    killed_at_random(Engine::Postgres).await;
}

#[actix_web::test]
async fn a_program_that_is_stopped_after_a_messages_end_leaves_it_uncertain() {
    let place = Installation::empty(Engine::Sqlite).await;
    place.done(&["migrate"]);
    write_mails(&place, 0).await;
    let server = SmtpServer::start(|step, _| if step == Step::Dot { Act::Stall } else { Act::Usual });
    let service = place.serve_with_mail(&server.url());
    while server.received().is_empty() {
        tokio::time::sleep(Time::from_millis(10)).await;
    }
    service.stop();
    let rows = states(&place).await;
    let ends: BTreeSet<String> = server.received().iter().map(|received| received.message_id()).collect();
    for row in rows.values() {
        let state = if ends.contains(&format!("<{}@example.org>", row.id)) { MailState::Uncertain } else { MailState::Queued };
        assert_eq!(row.state, state);
        assert!(row.lease_until.is_none() && row.next_attempt_at.is_some());
    }
}

#[actix_web::test]
async fn what_runs_by_itself_runs_once_on_sqlite_and_apart_from_the_service_on_postgres() {
    let place = Installation::empty(Engine::Sqlite).await;
    let service = place.serve(&[]);
    // It answers, so it also listens for signals.
    assert_eq!(service.get("/healthz", "").0, 200);
    let refused = place.run(&["work"]).refused();
    assert!(refused.contains("another matrikel already serves"), "{refused}");
    service.stop();
    let refused = place.run(&["serve", "--no-jobs"]).refused();
    assert!(refused.contains("--no-jobs is for PostgreSQL"), "{refused}");
}
