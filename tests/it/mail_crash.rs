//! Couriers that die, or sleep too long, at every point of a mail's way: nobody is left out, and nobody gets a mail twice but
//! where the relay had it and the answer was lost, and then with the same bytes.
//!
//! In builds with debug assertions only, because only they have the points.

use std::time::Duration as Time;

use entity::outbox::{MailPriority, MailState};
use jobs::fail_point::Point;
use jobs::outbox::NewMail;
use jobs::outbox::queue::{LEASE, UNCERTAIN_PAUSE, Which};

use crate::app::TestApp;
use crate::mail_faults::{courier_to, drain, row};
use crate::mails::notice;
use crate::smtp_server::SmtpServer;

/// Lets a courier die at `point` while it sends one mail.
async fn die_at(app: &TestApp, server: &SmtpServer, point: Point) {
    let courier = courier_to(app, &server.url());
    courier.fail_point.set(point);
    let dying = actix_web::rt::spawn(courier.clone().drain(Which::All));
    while !courier.fail_point.is_dead() {
        tokio::time::sleep(Time::from_millis(2)).await;
    }
    dying.abort();
    let _ = dying.await;
}

on_both_engines!(a_courier_that_dies_anywhere_loses_nothing);
async fn a_courier_that_dies_anywhere_loses_nothing(app: TestApp) {
    app.start_mailing().await;
    for priority in [MailPriority::List, MailPriority::SignIn] {
        for point in Point::ALL {
            let name = format!("{priority:?}, {point:?}");
            let server = SmtpServer::kind();
            let id = app.enqueue(NewMail { priority, ..notice(&name, "anna@example.org") }).await.id();
            let written = row(&app, id).await.message.expect("it is kept");
            die_at(&app, &server, point).await;
            // While its lease runs, nobody else begins.
            drain(&app, &server.url()).await;
            app.pass(LEASE);
            drain(&app, &server.url()).await;
            app.pass(UNCERTAIN_PAUSE);
            drain(&app, &server.url()).await;
            let code = priority == MailPriority::SignIn;
            let (state, delivered) = match point {
                Point::DotCommitted if code => (MailState::Uncertain, 0),
                Point::Answered if code => (MailState::Uncertain, 1),
                Point::Answered => (MailState::Accepted, 2),
                _ => (MailState::Accepted, 1),
            };
            assert_eq!(row(&app, id).await.state, state, "{name}");
            assert_eq!(server.accepted().len(), delivered, "{name}");
            assert!(server.received().iter().all(|received| received.raw == written), "{name}");
        }
    }
}

on_both_engines!(a_courier_that_wakes_up_too_late_changes_nothing);
async fn a_courier_that_wakes_up_too_late_changes_nothing(app: TestApp) {
    app.start_mailing().await;
    for point in [Point::Claimed, Point::Begun, Point::DataStarted, Point::ContentSent, Point::Answered] {
        let server = SmtpServer::kind();
        let id = app.enqueue(notice(&format!("{point:?}"), "anna@example.org")).await.id();
        let sleeper = courier_to(&app, &server.url());
        sleeper.fail_point.set(point);
        let sleeping = actix_web::rt::spawn(sleeper.clone().drain(Which::All));
        while !sleeper.fail_point.is_dead() {
            tokio::time::sleep(Time::from_millis(2)).await;
        }
        app.pass(LEASE);
        drain(&app, &server.url()).await;
        app.pass(UNCERTAIN_PAUSE);
        drain(&app, &server.url()).await;
        let before = row(&app, id).await;
        assert_eq!(before.state, MailState::Accepted, "{point:?}");
        sleeper.fail_point.wake();
        sleeping.await.expect("it ends").expect("it drains");
        assert_eq!(row(&app, id).await, before, "{point:?}");
        let delivered = if point == Point::Answered { 2 } else { 1 };
        assert_eq!(server.accepted().len(), delivered, "{point:?}");
    }
}
