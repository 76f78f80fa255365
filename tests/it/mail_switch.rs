//! The switch of outgoing mail, what administrators see of it, and how soon a mail goes out.

use std::time::{Duration as Time, Instant};

use entity::outbox::MailState;
use jobs::outbox::queue::Which;
use matrikel::database::Purpose;
use serde_json::json;
use tokio::sync::oneshot;

use crate::app::TestApp;
use crate::mail_faults::courier_to;
use crate::mails::notice;
use crate::smtp_server::SmtpServer;

on_both_engines!(nothing_goes_to_a_relay_before_an_administrator_starts_it);
async fn nothing_goes_to_a_relay_before_an_administrator_starts_it(app: TestApp) {
    let server = SmtpServer::kind();
    let drain = async || courier_to(&app, &server.url()).drain(Which::All).await.expect("it drains");
    let administrator = app.administrator().await;
    app.enqueue(notice("one", "anna@example.org")).await;
    drain().await;
    assert!(server.commands().is_empty());
    let started = administrator.post("/api/v1/mail/start", json!({})).await.expect(200);
    assert_eq!(started.body["switch"], "running");
    drain().await;
    assert_eq!(server.accepted().len(), 1);
    administrator.post("/api/v1/mail/pause", json!({})).await.expect(200);
    app.enqueue(notice("two", "anna@example.org")).await;
    drain().await;
    assert_eq!(server.accepted().len(), 1);
    let standing = administrator.get("/api/v1/mail").await.expect(200).body;
    assert_eq!((&standing["switch"], &standing["mails"]["queued"]), (&json!("paused"), &json!(1)));
    let ready = app.nobody().get("/readyz").await.expect(200).body;
    assert_eq!(ready["mail"], json!({"switch": "paused", "waiting": 1, "failed": 0, "uncertain": 0, "oldest_seconds": 0}));
    administrator.post("/api/v1/mail/start", json!({})).await.expect(200);
    drain().await;
    assert_eq!(server.accepted().len(), 2);
}

on_both_engines!(the_switch_stops_files_too);
async fn the_switch_stops_files_too(app: TestApp) {
    app.administrator().await.post("/api/v1/mail/pause", json!({})).await.expect(200);
    app.enqueue(notice("one", "anna@example.org")).await;
    assert!(app.mails().await.is_empty());
}

on_both_engines!(an_administrator_sees_mails_without_contents_and_addresses);
async fn an_administrator_sees_mails_without_contents_and_addresses(app: TestApp) {
    let administrator = app.administrator().await;
    let asked = administrator.post("/api/v1/mail/test", json!({"to": "anna@example.org", "language": "fi"})).await.expect(202);
    let mails = app.mails().await;
    assert_eq!(mails[0].subject, "Koeviesti jäsenrekisteristä");
    for number in 0..3 {
        app.enqueue(notice(&number.to_string(), "bo@example.org")).await;
    }
    let first = administrator.get("/api/v1/outbox?limit=2").await.expect(200);
    assert_eq!(first.body["items"][0]["id"], asked.body["id"]);
    assert_eq!(first.body["items"][0]["state"], "accepted");
    let next = first.body["next"].as_str().expect("there is more").to_owned();
    let second = administrator.get(&format!("/api/v1/outbox?limit=2&after={next}")).await.expect(200);
    assert_eq!((second.body["items"].as_array().map(Vec::len), &second.body["next"]), (Some(2), &json!(null)));
    let queued = administrator.get("/api/v1/outbox?state=queued").await.expect(200);
    assert_eq!(queued.body["items"].as_array().map(Vec::len), Some(3));
    for answer in [first, second, queued] {
        assert!(!answer.text.contains("example.org") && !answer.text.contains("Ämne"), "{}", answer.text);
    }
    for (body, pointer) in [
        (json!({"to": "anna"}), "/to"),
        (json!({}), "/to"),
        (json!({"to": "anna@example.org", "language": "de"}), "/language"),
        (json!({"to": "anna@example.org", "cc": "bo@example.org"}), "/cc"),
    ] {
        let refused = administrator.post("/api/v1/mail/test", body.clone()).await.expect(422);
        assert_eq!(refused.pointers(), [pointer], "{body}");
    }
}

on_both_engines!(a_new_mail_goes_out_within_two_seconds);
async fn a_new_mail_goes_out_within_two_seconds(app: TestApp) {
    app.start_mailing().await;
    let server = SmtpServer::kind();
    let (stop, stopped) = oneshot::channel::<()>();
    let running = actix_web::rt::spawn(courier_to(&app, &server.url()).run(async {
        let _ = stopped.await;
    }));
    // It has looked, and found nothing.
    tokio::time::sleep(Time::from_millis(300)).await;
    let other = app.place.open(Purpose::Use).await.expect("another process");
    for (store, number) in [(app.store(), 1), (&other.store, 2)] {
        let outbox = &app.state.outbox;
        let actor = jobs::history::Actor::system();
        let mail = notice(&number.to_string(), "anna@example.org");
        store.write(&actor, async |write| outbox.enqueue(write, mail.clone()).await).await.expect("it is written");
        let written = Instant::now();
        while server.accepted().len() < number {
            assert!(written.elapsed() < Time::from_secs(2), "mail {number} is late");
            tokio::time::sleep(Time::from_millis(10)).await;
        }
    }
    stop.send(()).expect("it runs");
    running.await.expect("it ends");
    assert!(app.outbox().await.iter().all(|row| row.state == MailState::Accepted && row.lease_until.is_none()));
}
