//! What a relay can do to a mail: the table of its answers, silences and broken connections, with what becomes of the mail.
//!
//! The server is scripted, its journal says what was delivered. Times are scaled: ten minutes are three seconds here.

use std::rc::Rc;
use std::time::Duration as Time;

use chrono::Duration;
use entity::outbox::{MailPriority, MailState};
use jobs::courier::Courier;
use jobs::outbox::queue::{PERSISTENCE, UNCERTAIN_PAUSE, Which};
use jobs::outbox::{NewMail, Recipient};
use jobs::transport::{Relay, Timeouts, Transport};
use uuid::Uuid;

use crate::app::TestApp;
use crate::mails::notice;
use crate::smtp_server::{Act, SmtpServer, Step};

/// How long the steps may take here; of the last one a minute is 300 milliseconds.
const TIMEOUTS: Timeouts = Timeouts {
    connect: Time::from_millis(1_500),
    command: Time::from_millis(1_500),
    content: Time::from_millis(1_500),
    dot: Time::from_millis(3_000),
};

/// A courier to the relay at `address`.
pub(crate) fn courier_to(app: &TestApp, address: &str) -> Rc<Courier> {
    let mut relay = Relay::new(address, "register.example.org", None).expect("an address");
    relay.timeouts = TIMEOUTS;
    Courier::new(app.store().clone(), app.state.outbox.clone(), Transport::Relay(Box::new(relay)))
}

/// Sends what waits to the relay at `address`.
pub(crate) async fn drain(app: &TestApp, address: &str) {
    courier_to(app, address).drain(Which::All).await.expect("it drains");
}

/// The mail with this id.
pub(crate) async fn row(app: &TestApp, id: Uuid) -> entity::outbox::Model {
    jobs::outbox::find(app.store(), id).await.expect("the mail is there")
}

/// At a step the relay does something once; then the mail is so far, for this reason. In the end it is delivered, unless it
/// failed, and so often.
struct Case {
    step: Step,
    act: Act,
    state: MailState,
    reason: &'static str,
    delivered: usize,
}

fn case(step: Step, act: Act, state: MailState, reason: &'static str, delivered: usize) -> Case {
    Case { step, act, state, reason, delivered }
}

async fn hold(app: &TestApp, cases: Vec<Case>) {
    app.start_mailing().await;
    for (number, case) in cases.into_iter().enumerate() {
        let name = format!("{:?}, {:?}", case.step, case.act);
        let server = SmtpServer::once(case.step, case.act);
        let address = format!("smtp://union:hemligt@{}", server.address);
        let mail = NewMail { priority: MailPriority::List, ..notice(&name, &format!("anna{number}@example.org")) };
        let id = app.enqueue(mail).await.id();
        let written = row(app, id).await.message.expect("it is kept");
        drain(app, &address).await;
        let after = row(app, id).await;
        assert_eq!((after.state, after.last_error.as_deref()), (case.state, Some(case.reason)), "{name}");
        // Not a moment too early.
        let early = if case.state == MailState::Uncertain { UNCERTAIN_PAUSE } else { Duration::seconds(45) };
        app.pass(early - Duration::seconds(1));
        drain(app, &address).await;
        assert_eq!(row(app, id).await.state, case.state, "{name}");
        app.pass(Duration::minutes(2));
        drain(app, &address).await;
        let end = if case.state == MailState::Failed { MailState::Failed } else { MailState::Accepted };
        assert_eq!(row(app, id).await.state, end, "{name}");
        assert_eq!(server.accepted().len(), case.delivered, "{name}");
        for received in server.received() {
            assert_eq!(received.raw, written, "{name}: the same bytes each time");
        }
    }
}

on_both_engines!(what_a_relay_answers_decides_what_becomes_of_a_mail);
async fn what_a_relay_answers_decides_what_becomes_of_a_mail(app: TestApp) {
    use MailState::{Failed, Retry};
    use Step::{Auth, Data, Dot, Ehlo, Greeting, Mail, Rcpt};
    let say = Act::Say;
    let cases = vec![
        case(Greeting, say("421 4.3.2 closing"), Retry, "greeting: 421 4.3.2", 1),
        case(Greeting, say("554 no service"), Retry, "greeting: 554", 1),
        case(Greeting, say("hello"), Retry, "greeting: no readable answer", 1),
        case(Ehlo, say("502 what?"), Retry, "EHLO: 502", 1),
        case(Auth, say("535 5.7.8 wrong password for union"), Retry, "AUTH: 535 5.7.8", 1),
        case(Mail, say("421 4.7.0 too many"), Retry, "MAIL: 421 4.7.0", 1),
        case(Mail, say("550 5.7.1 not from you"), Retry, "MAIL: 550 5.7.1", 1),
        case(Rcpt, say("421 closing"), Retry, "RCPT: 421", 1),
        case(Rcpt, say("450 4.2.1 mailbox busy"), Retry, "RCPT: 450 4.2.1", 1),
        case(Rcpt, say("451 4.7.1 greylisted, come back"), Retry, "RCPT: 451 4.7.1", 1),
        case(Rcpt, say("550 5.1.1 <anna@example.org>: no such user"), Failed, "RCPT: 550 5.1.1", 0),
        case(Rcpt, say("554 5.7.1 relay access denied"), Failed, "RCPT: 554 5.7.1", 0),
        case(Data, say("451 4.3.0 later"), Retry, "DATA: 451 4.3.0", 1),
        case(Data, say("554 5.5.1 no valid recipients"), Failed, "DATA: 554 5.5.1", 0),
        case(Dot, say("421 closing"), Retry, "dot: 421", 1),
        case(Dot, say("451 4.3.1 disk full"), Retry, "dot: 451 4.3.1", 1),
        case(Dot, say("552 5.2.2 mailbox full"), Failed, "dot: 552 5.2.2", 0),
        case(Dot, say("550 5.7.1 looks like spam"), Failed, "dot: 550 5.7.1", 0),
    ];
    hold(&app, cases).await;
    let open = app.undeliverable().await;
    let mut reasons: Vec<&str> = open.iter().map(|row| row.reason.as_str()).collect();
    reasons.sort_unstable();
    assert_eq!(reasons, ["RCPT: 550 5.1.1", "dot: 552 5.2.2"], "the address is blamed for nothing else");
}

on_both_engines!(a_relay_that_falls_silent_delays_a_mail_and_loses_none);
async fn a_relay_that_falls_silent_delays_a_mail_and_loses_none(app: TestApp) {
    use MailState::{Retry, Uncertain};
    let cases = vec![
        case(Step::Greeting, Act::Stall, Retry, "greeting: no answer in time", 1),
        case(Step::Ehlo, Act::Stall, Retry, "EHLO: no answer in time", 1),
        case(Step::Auth, Act::Stall, Retry, "AUTH: no answer in time", 1),
        case(Step::Mail, Act::Stall, Retry, "MAIL: no answer in time", 1),
        case(Step::Rcpt, Act::Stall, Retry, "RCPT: no answer in time", 1),
        case(Step::Data, Act::Stall, Retry, "DATA: no answer in time", 1),
        // It is not seen that nobody reads: a message fits into the machines' buffers.
        case(Step::Content, Act::Stall, Uncertain, "dot: no answer in time", 1),
        case(Step::Dot, Act::Stall, Uncertain, "dot: no answer in time", 1),
    ];
    hold(&app, cases).await;
}

on_both_engines!(a_connection_that_breaks_delays_a_mail_and_loses_none);
async fn a_connection_that_breaks_delays_a_mail_and_loses_none(app: TestApp) {
    use MailState::{Retry, Uncertain};
    let cases = vec![
        case(Step::Greeting, Act::Reset, Retry, "greeting: unexpected end of file", 1),
        case(Step::Ehlo, Act::Reset, Retry, "EHLO: unexpected end of file", 1),
        case(Step::Auth, Act::Reset, Retry, "AUTH: unexpected end of file", 1),
        case(Step::Mail, Act::Reset, Retry, "MAIL: unexpected end of file", 1),
        case(Step::Rcpt, Act::Reset, Retry, "RCPT: unexpected end of file", 1),
        case(Step::Data, Act::Reset, Retry, "DATA: unexpected end of file", 1),
        case(Step::Dot, Act::Reset, Uncertain, "dot: unexpected end of file", 1),
        // The answer was lost, not the message: the one case in which somebody gets a mail twice, with one Message-ID.
        case(Step::Dot, Act::TakeAndReset, Uncertain, "dot: unexpected end of file", 2),
    ];
    hold(&app, cases).await;
}

on_both_engines!(a_connection_that_breaks_in_the_message_loses_none);
async fn a_connection_that_breaks_in_the_message_loses_none(app: TestApp) {
    app.start_mailing().await;
    let server = SmtpServer::once(Step::Content, Act::Reset);
    let id = app.enqueue(notice("one", "anna@example.org")).await.id();
    drain(&app, &server.url()).await;
    // Whether it is seen before the message's end depends on the machines.
    assert!([MailState::Retry, MailState::Uncertain].contains(&row(&app, id).await.state));
    app.pass(UNCERTAIN_PAUSE);
    drain(&app, &server.url()).await;
    assert_eq!(row(&app, id).await.state, MailState::Accepted);
    assert_eq!(server.received().len(), 1);
}

on_both_engines!(a_code_of_which_nobody_knows_is_never_sent_again);
async fn a_code_of_which_nobody_knows_is_never_sent_again(app: TestApp) {
    app.start_mailing().await;
    for (number, act) in [Act::Stall, Act::Reset, Act::TakeAndReset].into_iter().enumerate() {
        let server = SmtpServer::once(Step::Dot, act);
        let code = NewMail { priority: MailPriority::SignIn, ..notice(&number.to_string(), "anna@example.org") };
        let id = app.enqueue(code).await.id();
        for _ in 0..3 {
            drain(&app, &server.url()).await;
            app.pass(Duration::days(1));
        }
        let row = row(&app, id).await;
        assert_eq!((row.state, row.attempts), (MailState::Uncertain, 1), "{act:?}");
        assert!(row.message.is_none() && row.address.is_none(), "{act:?}: nothing of it is kept");
        assert_eq!(server.received().len(), 1, "{act:?}");
    }
}

on_both_engines!(nothing_is_said_to_a_relay_that_hides_its_encryption);
async fn nothing_is_said_to_a_relay_that_hides_its_encryption(app: TestApp) {
    app.start_mailing().await;
    let server = SmtpServer::kind();
    let id = app.enqueue(notice("one", "anna@example.org")).await.id();
    drain(&app, &format!("smtp://union:hemligt@{}?tls=required", server.address)).await;
    let row = row(&app, id).await;
    assert_eq!(row.state, MailState::Retry);
    assert!(row.last_error.is_some_and(|reason| reason.contains("STARTTLS")));
    assert_eq!(server.commands(), ["EHLO register.example.org"]);
}

on_both_engines!(an_answer_after_nine_minutes_is_an_answer);
async fn an_answer_after_nine_minutes_is_an_answer(app: TestApp) {
    app.start_mailing().await;
    let server = SmtpServer::once(Step::Dot, Act::Late(TIMEOUTS.dot * 9 / 10));
    let id = app.enqueue(notice("one", "anna@example.org")).await.id();
    drain(&app, &server.url()).await;
    assert_eq!(row(&app, id).await.state, MailState::Accepted);
    assert_eq!(server.accepted().len(), 1);
}

on_both_engines!(a_relay_that_is_away_for_three_days_is_given_up_and_not_before);
async fn a_relay_that_is_away_for_three_days_is_given_up_and_not_before(app: TestApp) {
    app.start_mailing().await;
    let address = {
        let server = SmtpServer::kind();
        server.url()
    };
    let began = app.store().clock().now();
    let id = app.enqueue(notice("one", "anna@example.org")).await.id();
    let mut pauses = Vec::new();
    let row = loop {
        drain(&app, &address).await;
        let row = row(&app, id).await;
        let Some(next) = row.next_attempt_at else { break row };
        assert_eq!(row.state, MailState::Retry);
        pauses.push(next - app.store().clock().now());
        app.pass(*pauses.last().expect("a pause"));
    };
    let away = app.store().clock().now() - began;
    assert_eq!(row.state, MailState::Failed);
    assert!(away >= PERSISTENCE && away < PERSISTENCE + Duration::minutes(73), "{away}");
    assert!(row.last_error.is_some_and(|reason| reason.starts_with("given up after 72 hours: connect: ")));
    assert!(pauses[0] < Duration::seconds(73) && pauses[1] > pauses[0] && pauses[3] > pauses[2], "{pauses:?}");
    assert!(pauses.iter().all(|pause| *pause <= Duration::minutes(72)), "{pauses:?}");
    // An administrator may have it sent yet.
    let administrator = app.administrator().await;
    administrator.post(&format!("/api/v1/outbox/{id}/retry"), serde_json::json!({})).await.expect(200);
    let server = SmtpServer::kind();
    drain(&app, &server.url()).await;
    assert_eq!(server.accepted()[0].message_id(), format!("<{id}@localhost>"));
    administrator.post(&format!("/api/v1/outbox/{id}/retry"), serde_json::json!({})).await.expect(409);
}

on_both_engines!(an_address_that_is_refused_becomes_a_task_for_staff);
async fn an_address_that_is_refused_becomes_a_task_for_staff(app: TestApp) {
    app.start_mailing().await;
    let member = app.member_with("Anna Åkesson", serde_json::json!({"email": "Anna@example.org"})).await;
    let to = Recipient { member_id: Some(member.id), name: None, address: "Anna@example.org".into() };
    let refused = SmtpServer::once(Step::Rcpt, Act::Say("550 5.1.1 unknown"));
    app.enqueue(NewMail { to: to.clone(), ..notice("first", "") }).await;
    drain(&app, &refused.url()).await;
    // The next one is not even tried.
    let kind = SmtpServer::kind();
    let second = app.enqueue(NewMail { to: to.clone(), ..notice("second", "") }).await.id();
    drain(&app, &kind.url()).await;
    assert_eq!(row(&app, second).await.state, MailState::Failed);
    assert!(kind.commands().is_empty());
    let staff = app.staff().await;
    let tasks = staff.get("/api/v1/undeliverable-addresses").await.expect(200);
    assert_eq!(tasks.body["items"][0]["member_id"], member.id.to_string());
    assert_eq!(tasks.body["items"][0]["reason"], "RCPT: 550 5.1.1");
    assert_eq!(tasks.body["items"][0]["on_card"], true);
    assert_eq!(app.audit_of(tasks.request_id()).await.len(), 1);
    // Not of members whom she may not see.
    app.protect(member.id, Some(entity::member::Protection::Marked)).await;
    let hidden = staff.get("/api/v1/undeliverable-addresses").await.expect(200);
    assert_eq!(hidden.body["items"].as_array().map(Vec::len), Some(0));
    let task = format!("/api/v1/undeliverable-addresses/{}", tasks.body["items"][0]["id"].as_str().expect("an id"));
    staff.send(crate::client::Request::new("DELETE", &task)).await.expect(404);
    app.protect(member.id, None).await;
    staff.send(crate::client::Request::new("DELETE", &task)).await.expect(204);
    app.enqueue(NewMail { to, ..notice("third", "") }).await;
    drain(&app, &kind.url()).await;
    assert_eq!(kind.accepted().len(), 1);
}

on_both_engines!(a_sign_in_mail_goes_to_a_refused_address_too);
async fn a_sign_in_mail_goes_to_a_refused_address_too(app: TestApp) {
    app.start_mailing().await;
    let server = SmtpServer::once(Step::Rcpt, Act::Say("552 5.2.2 mailbox full"));
    app.enqueue(notice("first", "anna@example.org")).await;
    drain(&app, &server.url()).await;
    let code = NewMail { priority: MailPriority::SignIn, ..notice("code", "anna@example.org") };
    app.enqueue(code).await;
    drain(&app, &server.url()).await;
    assert_eq!(server.accepted().len(), 1);
    assert!(app.undeliverable().await.is_empty(), "it works again");
}

on_both_engines!(couriers_side_by_side_send_each_mail_once);
async fn couriers_side_by_side_send_each_mail_once(app: TestApp) {
    app.start_mailing().await;
    let server = SmtpServer::kind();
    for number in 0..60 {
        app.enqueue(notice(&number.to_string(), &format!("anna{number}@example.org"))).await;
    }
    let address = server.url();
    futures_util::future::join_all((0..3).map(|_| drain(&app, &address))).await;
    let mut to: Vec<String> = server.accepted().into_iter().map(|received| received.to).collect();
    to.sort();
    to.dedup();
    assert_eq!((to.len(), server.received().len()), (60, 60));
    assert!(app.outbox().await.iter().all(|row| row.state == MailState::Accepted && row.attempts == 1));
}

/// The figure of the README: `cargo test --release --test it five_hundred -- --nocapture`.
#[actix_web::test]
async fn five_hundred_mails_are_sent_on_a_few_connections() {
    let app = TestApp::sqlite().await;
    app.start_mailing().await;
    let server = SmtpServer::kind();
    for number in 0..500 {
        app.enqueue(notice(&number.to_string(), &format!("anna{number}@example.org"))).await;
    }
    let began = std::time::Instant::now();
    drain(&app, &server.url()).await;
    println!("500 mails to a server on this machine: {:.1} s", began.elapsed().as_secs_f64());
    assert_eq!(server.accepted().len(), 500);
    assert!(server.commands().iter().filter(|command| command.starts_with("EHLO")).count() <= 6);
}
