//! The outbox: mails are written once with their cause, stand there as they will be sent, and go to whom they may.

use std::os::unix::fs::PermissionsExt as _;

use chrono::{Duration, NaiveDate};
use entity::appointment::{self, AppointmentRole};
use entity::outbox::{MailPriority, MailState};
use jobs::Error;
use jobs::history::Actor;
use jobs::mails::{Content, TestMail};
use jobs::outbox::{self, Enqueued, Needs, NewMail, Recipient};
use jobs::texts::Language;
use serde_json::json;

use crate::app::TestApp;
use crate::client::Request;
use crate::mails::notice;

on_both_engines!(a_mail_goes_out_as_it_was_written);
async fn a_mail_goes_out_as_it_was_written(app: TestApp) {
    let letterhead = app.state.outbox.letterhead(Language::Fi);
    let content = TestMail { asked_on: app.store().clock().today() }.render(&letterhead).expect("it renders");
    let mail = NewMail {
        slot: Some("graduate-follow-up/month-ahead/2026-12".into()),
        to: Recipient { member_id: None, name: Some("Åsa Öberg".into()), address: "asa@example.org".into() },
        language: Language::Fi,
        content,
        ..notice("one", "")
    };
    let Enqueued::New(id) = app.enqueue(mail).await else { panic!("it is new") };
    let written = app.outbox().await.remove(0).message.expect("it is kept");
    let mails = app.mails().await;
    let [mail] = mails.as_slice() else { panic!("one mail: {mails:?}") };
    assert_eq!(mail.raw, written);
    assert_eq!(mail.to, ("Åsa Öberg".into(), "asa@example.org".into()));
    assert_eq!(mail.subject, "Koeviesti jäsenrekisteristä");
    assert!(mail.text.contains("22. marraskuuta 2026") && mail.html.contains("22. marraskuuta 2026"), "{}", mail.text);
    assert!(mail.html.contains("lang=\"fi\""));
    assert_eq!(mail.header("Message-ID"), Some(format!("<{id}@localhost>").as_str()));
    assert_eq!(mail.header("X-Matrikel-Slot"), Some("graduate-follow-up/month-ahead/2026-12"));
    assert_eq!(mail.header("Auto-Submitted"), Some("auto-generated"));
    assert_eq!(mail.header("List-Unsubscribe"), None);
    assert_eq!(app.mail_state(id).await, MailState::Accepted);
    let mode = |path: std::path::PathBuf| std::fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    let folder = app.place.folder().join("mail");
    assert_eq!((mode(folder.clone()), mode(folder.join(format!("{id}.eml")))), (0o700, 0o600));
}

on_both_engines!(the_same_key_makes_one_mail);
async fn the_same_key_makes_one_mail(app: TestApp) {
    let first = app.enqueue(notice("list/2026-12", "anna@example.org")).await;
    let second = app.enqueue(notice("list/2026-12", "bo@example.org")).await;
    assert_eq!(second, Enqueued::Known(first.id()));
    let mails = app.mails().await;
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].to.1, "anna@example.org");
    // Also when it is long gone.
    assert_eq!(app.enqueue(notice("list/2026-12", "bo@example.org")).await, Enqueued::Known(first.id()));
    assert_eq!(app.mails().await.len(), 1);
}

on_both_engines!(a_mail_whose_cause_is_undone_is_none);
async fn a_mail_whose_cause_is_undone_is_none(app: TestApp) {
    let outbox = &app.state.outbox;
    let undone: jobs::Result<()> = app
        .store()
        .write(&Actor::system(), async |write| {
            outbox.enqueue(write, notice("undone", "anna@example.org")).await?;
            Err(Error::NotFound)
        })
        .await;
    assert!(undone.is_err());
    assert!(app.outbox().await.is_empty() && app.mails().await.is_empty());
}

#[actix_web::test]
async fn no_name_makes_a_header() {
    let app = TestApp::sqlite().await;
    let long = "Wolfeschlegelsteinhausenbergerdorff ".repeat(8);
    let names = [
        "Anna\r\nBcc: all@example.org",
        "Anna\nSubject: other",
        "\"Anna\" <evil@example.org>",
        "Anna, Bo <bo@example.org>",
        "=?utf-8?q?Anna=0D=0ABcc=3A_all=40example.org?=",
        "\u{202e}annA\u{202c} \u{2066}x\u{2069}",
        "Anna 🎉👩‍👩‍👧",
        "مريم العلي",
        "O'Brien; (comment) \\ \"",
        "\u{0}\u{1b}[31mAnna\u{2028}Bo",
        long.as_str(),
    ];
    for (number, name) in names.iter().enumerate() {
        let content = Content {
            subject: (*name).into(),
            text: format!("{name}\n.\n.{name}\n"),
            html: "<p>x</p>".into(),
            names_sender: true,
        };
        let to = Recipient { member_id: None, name: Some((*name).into()), address: "anna@example.org".into() };
        app.enqueue(NewMail { to, content, slot: Some((*name).into()), ..notice(&number.to_string(), "") }).await;
    }
    let mails = app.mails().await;
    assert_eq!(mails.len(), names.len());
    for (mail, name) in mails.iter().zip(names) {
        let headers: Vec<&str> = mail.headers.iter().map(|(name, _)| name.as_str()).collect();
        let expected = [
            "From",
            "To",
            "Subject",
            "Date",
            "Message-ID",
            "Auto-Submitted",
            "X-Auto-Response-Suppress",
            "Content-Language",
            "X-Matrikel-Slot",
            "MIME-Version",
            "Content-Type",
        ];
        let mut sorted = (headers, expected.to_vec());
        sorted.0.sort_unstable();
        sorted.1.sort_unstable();
        assert_eq!(sorted.0, sorted.1, "{name:?}");
        assert_eq!(mail.to.1, "anna@example.org", "{name:?}");
        assert!(mail.raw.split(|byte| *byte == b'\n').all(|line| line.len() <= 998), "{name:?}: a line is too long");
        assert!(mail.raw.is_ascii(), "{name:?}");
        for shown in [&mail.to.0, &mail.subject] {
            assert!(
                !shown.contains(|letter: char| letter.is_control() || ('\u{202a}'..='\u{202e}').contains(&letter)),
                "{shown:?}"
            );
            assert!(shown.chars().count() <= 200, "{shown:?}");
        }
    }
    assert_eq!(mails[6].to.0, names[6]);
    assert_eq!(mails[7].subject, names[7]);
    assert_eq!(mails[0].to.0, "Anna Bcc: all@example.org");
}

on_both_engines!(whoever_lost_the_appointment_gets_nothing);
async fn whoever_lost_the_appointment_gets_nothing(app: TestApp) {
    let holder = app.member("Anna Åkesson").await;
    let deputy = app.member("Bo Ek").await;
    let workplace = app.workplace("Skolan").await;
    let day = |text: &str| Some(text.parse::<NaiveDate>().expect("a day"));
    let mut keys = Vec::new();
    for (key, valid_from, valid_until, member, arrives) in [
        ("open", None, None, &holder, true),
        ("last day", None, day("2026-11-22"), &holder, true),
        ("first day", day("2026-11-22"), None, &holder, true),
        ("over", None, day("2026-11-21"), &holder, false),
        ("to come", day("2026-11-23"), None, &holder, false),
        ("deputy", None, None, &deputy, true),
    ] {
        let id = app.store().clock().new_id();
        app.insert::<appointment::Entity>(appointment::Model {
            id,
            member_id: holder.id,
            role: AppointmentRole::ShopSteward,
            workplace_id: Some(workplace),
            school_id: None,
            local_branch_id: None,
            valid_from,
            valid_until,
            absent_from: None,
            absent_until: None,
            deputy_member_id: Some(deputy.id),
            version: 1,
        })
        .await;
        let to = Recipient { member_id: Some(member.id), name: None, address: format!("{}@example.org", keys.len()) };
        let needs = Needs { appointments: vec![id], membership: true, ..Needs::default() };
        keys.push((app.enqueue(NewMail { to, needs, ..notice(key, "") }).await.id(), key, arrives));
    }
    let stranger = Recipient { member_id: Some(app.member("Cecilia Dal").await.id), name: None, address: "c@example.org".into() };
    let first = app.outbox().await[0].appointment_id;
    let needs = Needs { appointments: first.into_iter().collect(), ..Needs::default() };
    keys.push((app.enqueue(NewMail { to: stranger, needs, ..notice("a stranger", "") }).await.id(), "a stranger", false));
    let mails = app.mails().await;
    assert_eq!(mails.len(), keys.iter().filter(|(.., arrives)| *arrives).count());
    for (id, key, arrives) in keys {
        let state = app.mail_state(id).await;
        assert_eq!(state, if arrives { MailState::Accepted } else { MailState::Withdrawn }, "{key}");
    }
}

on_both_engines!(who_has_left_or_waited_too_long_gets_nothing);
async fn who_has_left_or_waited_too_long_gets_nothing(app: TestApp) {
    let member = app.member_with("Anna Åkesson", json!({"joined_on": "2020-01-01"})).await;
    let to = Recipient { member_id: Some(member.id), name: None, address: "anna@example.org".into() };
    let needs = Needs { membership: true, ..Needs::default() };
    let needing = app.enqueue(NewMail { to: to.clone(), needs, ..notice("needs membership", "") }).await.id();
    let receipt = app.enqueue(NewMail { to: to.clone(), ..notice("receipt", "") }).await.id();
    let until = Some(app.store().clock().now() + Duration::minutes(15));
    let code = NewMail { priority: MailPriority::SignIn, needs: Needs { until, ..Needs::default() }, to, ..notice("code", "") };
    let code = app.enqueue(code).await.id();
    let leave = Request::new("POST", &format!("{}/leave", member.path)).header("If-Match", &member.etag);
    app.registrar().await.send(leave.json(&json!({"left_on": "2026-11-20", "leave_reason": "other"}))).await.expect(200);
    app.pass(Duration::minutes(15));
    assert_eq!(app.mails().await.len(), 1);
    assert_eq!(app.mail_state(needing).await, MailState::Withdrawn);
    assert_eq!(app.mail_state(receipt).await, MailState::Accepted);
    assert_eq!(app.mail_state(code).await, MailState::Withdrawn);
}

on_both_engines!(addresses_that_are_none_are_told_and_stop_nothing);
async fn addresses_that_are_none_are_told_and_stop_nothing(app: TestApp) {
    for (number, address) in ["anna", "anna@", "@example.org", "an na@example.org", "a@b@c d", ""].iter().enumerate() {
        let outcome = app.enqueue(notice(&number.to_string(), address)).await;
        assert!(matches!(outcome, Enqueued::Unusable(_)), "{address}");
        assert_eq!(app.mail_state(outcome.id()).await, MailState::Failed);
    }
    app.enqueue(notice("idn", "anna@räksmörgås.example")).await;
    let mails = app.mails().await;
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].to.1, "anna@xn--rksmrgs-5wao1o.example");
}

on_both_engines!(sign_in_mail_overtakes_notices_and_these_overtake_lists);
async fn sign_in_mail_overtakes_notices_and_these_overtake_lists(app: TestApp) {
    use jobs::outbox::queue::{Which, claim};
    for (key, priority) in [
        ("list", MailPriority::List),
        ("notice", MailPriority::Notice),
        ("code", MailPriority::SignIn),
        ("late", MailPriority::SignIn),
    ] {
        app.enqueue(NewMail { priority, ..notice(key, "anna@example.org") }).await;
    }
    let courier = app.store().clock().new_id();
    let mut order = Vec::new();
    while let Some(row) = claim(app.store(), courier, &Which::All, 1, false).await.expect("a claim").expect("it runs").pop() {
        order.push(row.dedupe_key);
    }
    assert_eq!(order, ["code", "late", "notice", "list"]);
}

on_both_engines!(what_is_kept_of_a_mail_goes_after_its_time);
async fn what_is_kept_of_a_mail_goes_after_its_time(app: TestApp) {
    app.enqueue(notice("notice", "anna@example.org")).await;
    app.enqueue(NewMail { priority: MailPriority::SignIn, ..notice("code", "bo@example.org") }).await;
    app.mails().await;
    let rows = app.outbox().await;
    assert!(rows[0].message.is_some() && rows[0].address.is_some());
    assert!(rows[1].message.is_none() && rows[1].address.is_none(), "a code is of no use to anybody any more");
    let sweep = async || app.store().write(&Actor::system(), async |write| outbox::sweep(write).await).await.expect("it sweeps");
    app.pass(outbox::KEPT - Duration::seconds(1));
    assert_eq!(sweep().await, 0);
    app.pass(Duration::seconds(1));
    assert_eq!(sweep().await, 1);
    let rows = app.outbox().await;
    assert!(rows[0].message.is_none() && rows[0].address.is_none());
    assert_eq!(rows[0].message_hash.len(), 32);
}
