//! Another e-mail address: a member's own change waits until it is confirmed at the new one and can be stopped from the old one;
//! what staff change is not pending, and at the desk they send a code.

use chrono::Duration;
use entity::account::AccountRole;
use entity::import_batch::ImportMode;
use entity::member::Protection;
use entity::session::Method;
use matrikel::access::sessions::Subject;
use serde_json::{Value, json};

use crate::app::{Member, TestApp};
use crate::client::{Client, Request, Response};
use crate::mails::Mail;

const CONFIRM: &str = "/api/v1/me/email-change/confirm";
const STOP: &str = "/api/v1/email-change/stop";
const OLD: &str = "anna@example.org";
const NEW: &str = "anna.new@example.net";

/// Anna, in a session that began with a mailed link.
async fn anna(app: &TestApp) -> (Member, Client) {
    let anna = app.member_with("Anna Åkesson", json!({"email": OLD, "language": "sv"})).await;
    let me = app.session(Subject::Member(anna.id), Method::Link).await;
    (anna, me)
}

async fn change(who: &Client, body: Value) -> Response {
    let etag = who.get("/api/v1/me").await.expect(200).etag();
    who.patch("/api/v1/me", &etag, body).await
}

/// Asks for the new address, and gives the mails to the new and the old one.
async fn asked(app: &TestApp, who: &Client) -> (Mail, Mail) {
    change(who, json!({"email": NEW})).await.expect(200);
    let mails = app.sign_in_mails().await;
    let to = |address: &str| mails.iter().find(|mail| mail.to.1 == address).cloned().expect("a mail");
    assert_eq!(mails.len(), 2);
    (to(NEW), to(OLD))
}

fn last_of_link(mail: &Mail, path: &str) -> String {
    let link = mail.text.split_whitespace().find(|word| word.contains(path)).expect("a link");
    assert!(link.starts_with("http://127.0.0.1:8080/"), "{link}");
    link.rsplit('/').next().expect("its last part").to_owned()
}

fn wrong(code: &str) -> &'static str {
    if code == "000000" { "000001" } else { "000000" }
}

#[track_caller]
fn refused(answer: Response, kind: &str) {
    assert_eq!(answer.status, 403, "{}", answer.text);
    assert_eq!(answer.body["type"], format!("urn:matrikel:problem:{kind}"));
}

async fn sign_in_mails_for(app: &TestApp, address: &str) -> Vec<Mail> {
    app.new_browser().post("/api/v1/sign-in", json!({"identifier": address})).await.expect(202);
    app.sign_in_mails().await
}

on_both_engines!(a_new_address_waits_until_it_is_confirmed_and_then_the_old_one_opens_nothing);
async fn a_new_address_waits_until_it_is_confirmed_and_then_the_old_one_opens_nothing(app: TestApp) {
    let (anna, me) = anna(&app).await;
    let other = app.session(Subject::Member(anna.id), Method::Code).await;
    let strong = app.session(Subject::Member(anna.id), Method::Password).await;
    let to_old = sign_in_mails_for(&app, OLD).await.pop().expect("a mail");
    let changed = change(&me, json!({"email": NEW, "city": "Umeå"})).await.expect(200).body;
    assert_eq!((&changed["email"], &changed["city"]), (&json!(OLD), &json!("Umeå")), "the rest takes effect at once");
    assert_eq!((&changed["email_change"]["email"], &changed["email_change"]["stopped_until"]), (&json!(NEW), &Value::Null));
    let mails = app.sign_in_mails().await;
    assert_eq!(mails.iter().map(|mail| mail.to.1.as_str()).collect::<Vec<_>>(), [NEW, OLD]);
    assert!(!mails[0].text.contains("Anna"), "a mistyped address may be a stranger's");
    assert!(sign_in_mails_for(&app, NEW).await.is_empty(), "nobody signs in by it yet");
    let code = mails[0].code();
    refused(me.post(CONFIRM, json!({"code": wrong(&code)})).await, "email-change-wrong");
    let before = me.browser().clone();
    let session = me.post(CONFIRM, json!({"code": code})).await.expect(200).body;
    assert_eq!((&session["method"], &session["fresh"]), (&json!("code"), &json!(false)), "no way round the fresh code");
    let card = me.get("/api/v1/me").await.expect(200).body;
    assert_eq!((&card["email"], &card["email_change"]), (&json!(NEW), &Value::Null));
    assert_eq!((&card["verified"][0]["detail"], &card["verified"][0]["channel"]), (&json!("email"), &json!("email")));
    refused(me.post(CONFIRM, json!({"code": code})).await, "email-change-wrong");
    for ended in [&other, &app.browser(before)] {
        ended.get("/api/v1/me").await.expect(401);
    }
    strong.get("/api/v1/me").await.expect(200);
    let typed = json!({"code": to_old.code(), "identifier": OLD});
    refused(app.new_browser().post("/api/v1/sign-in/code", typed).await, "code-wrong");
    assert!(sign_in_mails_for(&app, OLD).await.is_empty());
    assert_eq!(sign_in_mails_for(&app, NEW).await.len(), 1);
    let history = app.history_of(anna.id).await;
    let row =
        history.iter().find(|row| row.changes.as_ref().is_some_and(|it| it["email"]["new"] == NEW && it["email"]["old"] == OLD));
    assert_eq!(row.map(|row| row.actor_kind.as_str()), Some("member"));
}

on_both_engines!(the_link_of_the_mail_confirms_in_her_own_session_only_and_once);
async fn the_link_of_the_mail_confirms_in_her_own_session_only_and_once(app: TestApp) {
    let (_, me) = anna(&app).await;
    // Of one household, with one address.
    let bo = app.member_with("Bo Ek", json!({"email": OLD})).await;
    let his = app.session(Subject::Member(bo.id), Method::Link).await;
    let (to_new, _) = asked(&app, &me).await;
    let secret = last_of_link(&to_new, "/me/email/");
    app.new_browser().post(CONFIRM, json!({"secret": secret})).await.expect(401);
    refused(his.post(CONFIRM, json!({"secret": secret})).await, "email-change-wrong");
    refused(his.post(CONFIRM, json!({"code": to_new.code()})).await, "email-change-wrong");
    refused(me.post(CONFIRM, json!({"secret": format!("{secret}x")})).await, "email-change-wrong");
    for body in [json!({}), json!({"code": "1", "secret": "x"}), json!({"code": ""}), json!({"code": "1", "x": 1})] {
        me.post(CONFIRM, body).await.expect(422);
    }
    me.post(CONFIRM, json!({"secret": secret})).await.expect(200);
    refused(me.post(CONFIRM, json!({"secret": secret})).await, "email-change-wrong");
    assert_eq!(me.get("/api/v1/me").await.expect(200).body["email"], NEW);
}

on_both_engines!(of_fifty_who_confirm_a_change_at_once_one_succeeds);
async fn of_fifty_who_confirm_a_change_at_once_one_succeeds(app: TestApp) {
    let (_, me) = anna(&app).await;
    let (to_new, _) = asked(&app, &me).await;
    let (secret, kept) = (last_of_link(&to_new, "/me/email/"), me.browser().clone());
    let all = (0..50).map(|_| {
        let (client, body) = (app.browser(kept.clone()), json!({"secret": secret}));
        async move { client.post(CONFIRM, body).await.status }
    });
    let statuses = futures_util::future::join_all(all).await;
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    // The session of the others ended with the change.
    assert!(statuses.iter().all(|status| [200, 401, 403, 503].contains(status)), "{statuses:?}");
}

on_both_engines!(a_change_that_is_old_withdrawn_guessed_at_or_overtaken_confirms_nothing);
async fn a_change_that_is_old_withdrawn_guessed_at_or_overtaken_confirms_nothing(app: TestApp) {
    let (anna, me) = anna(&app).await;
    let (first, _) = asked(&app, &me).await;
    let (second, _) = asked(&app, &me).await;
    refused(me.post(CONFIRM, json!({"secret": last_of_link(&first, "/me/email/")})).await, "email-change-wrong");
    for _ in 0..5 {
        refused(me.post(CONFIRM, json!({"code": wrong(&second.code())})).await, "email-change-wrong");
    }
    refused(me.post(CONFIRM, json!({"code": second.code()})).await, "email-change-wrong");
    let withdrawn = change(&me, json!({"email": OLD})).await.expect(200).body;
    assert_eq!(withdrawn["email_change"], Value::Null);
    assert!(app.sign_in_mails().await.is_empty(), "nobody is told of a change to what stands already");
    refused(me.post(CONFIRM, json!({"secret": last_of_link(&second, "/me/email/")})).await, "email-change-wrong");
    let (third, _) = asked(&app, &me).await;
    app.pass(Duration::hours(24));
    let again = app.session(Subject::Member(anna.id), Method::Link).await;
    refused(again.post(CONFIRM, json!({"code": third.code()})).await, "email-change-wrong");
    let (fourth, _) = asked(&app, &again).await;
    let etag = app.registrar().await.get(&anna.path).await.expect(200).etag();
    app.staff().await.patch(&anna.path, &etag, json!({"email": "desk@example.org"})).await.expect(200);
    again.get("/api/v1/me").await.expect(401);
    let later = app.session(Subject::Member(anna.id), Method::Link).await;
    let card = later.get("/api/v1/me").await.expect(200).body;
    assert_eq!((&card["email"], &card["email_change"]), (&json!("desk@example.org"), &Value::Null), "staff's word holds at once");
    refused(later.post(CONFIRM, json!({"code": fourth.code()})).await, "email-change-wrong");
}

on_both_engines!(bad_addresses_are_refused_and_changes_are_not_asked_for_without_end);
async fn bad_addresses_are_refused_and_changes_are_not_asked_for_without_end(app: TestApp) {
    let (anna, me) = anna(&app).await;
    for email in [json!(null), json!(""), json!("anna"), json!(4)] {
        assert_eq!(change(&me, json!({"email": email})).await.expect(422).pointers(), ["/email"]);
    }
    for _ in 0..4 {
        asked(&app, &me).await;
    }
    change(&me, json!({"email": NEW})).await.expect(429);
    assert!(app.sign_in_mails().await.is_empty());
    app.pass(Duration::hours(1));
    asked(&app, &me).await;
    app.protect(anna.id, Some(Protection::Marked)).await;
    let refused = change(&me, json!({"email": "x@example.org"})).await.expect(409);
    assert_eq!(refused.pointers(), ["/email"]);
}

on_both_engines!(the_notice_names_neither_the_union_nor_the_new_address);
async fn the_notice_names_neither_the_union_nor_the_new_address(app: TestApp) {
    let (_, me) = anna(&app).await;
    let (to_new, to_old) = asked(&app, &me).await;
    let raw = String::from_utf8_lossy(&to_old.raw).into_owned();
    let said = format!("{}{}{}{raw}", to_old.subject, to_old.text, to_old.html).to_lowercase();
    for name in ["matrikel <", "\"matrikel\"", NEW, "example.net", "förbund", "medlem", "register vid", "kansli"] {
        assert!(!said.contains(name), "{name} in {said}");
    }
    assert_eq!(to_old.header("From"), Some("matrikel@localhost"));
    assert_eq!(to_new.header("From"), Some("Matrikel <matrikel@localhost>"), "other mails do name the sender");
    assert!(to_old.text.contains("/email-change/stop/") && to_old.html.contains("/email-change/stop/"));
}

on_both_engines!(a_change_that_waits_is_stopped_from_the_old_address_and_staff_decide);
async fn a_change_that_waits_is_stopped_from_the_old_address_and_staff_decide(app: TestApp) {
    let (anna, me) = anna(&app).await;
    let registrar = app.registrar().await;
    let (to_new, to_old) = asked(&app, &me).await;
    let secret = last_of_link(&to_old, "/email-change/stop/");
    for _ in 0..3 {
        app.new_browser().get(&format!("/email-change/stop/{secret}")).await;
    }
    assert_eq!(
        me.get("/api/v1/me").await.expect(200).body["email_change"]["stopped_until"],
        Value::Null,
        "looking stops nothing"
    );
    refused(app.nobody().post(STOP, json!({"secret": format!("{secret}x")})).await, "link-unknown");
    app.nobody().post(STOP, json!({"secret": secret})).await.expect(204);
    refused(app.nobody().post(STOP, json!({"secret": secret})).await, "link-spent");
    assert_eq!(me.get("/api/v1/me").await.expect(200).body["email_change"]["stopped_until"], "2026-11-25T12:00:00Z");
    me.post(CONFIRM, json!({"code": to_new.code()})).await.expect(409);
    assert_eq!(change(&me, json!({"email": "third@example.org"})).await.expect(409).pointers(), ["/email"]);
    assert_eq!(change(&me, json!({"email": OLD})).await.expect(200).body["email_change"]["email"], NEW, "it stays with staff");
    let waiting = registrar.get("/api/v1/proposals").await.expect(200).body["items"].clone();
    let only = &waiting[0];
    assert_eq!((waiting.as_array().map(Vec::len), &only["kind"]), (Some(1), &json!("email")));
    assert_eq!((&only["proposed"], &only["member"]["id"]), (&json!({"email": NEW}), &json!(anna.id)));
    let accept = format!("/api/v1/proposals/{}/accept", only["id"].as_str().expect("an id"));
    registrar.post(&accept, json!({})).await.expect(204);
    me.get("/api/v1/me").await.expect(401);
    let later = app.session(Subject::Member(anna.id), Method::Link).await;
    let card = later.get("/api/v1/me").await.expect(200).body;
    assert_eq!((&card["email"], &card["email_change"]), (&json!(NEW), &Value::Null));
}

on_both_engines!(a_change_that_was_confirmed_keeps_its_address_when_it_is_stopped_and_nobody_signs_in_by_it);
async fn a_change_that_was_confirmed_keeps_its_address_when_it_is_stopped_and_nobody_signs_in_by_it(app: TestApp) {
    let (anna, me) = anna(&app).await;
    let (to_new, to_old) = asked(&app, &me).await;
    me.post(CONFIRM, json!({"code": to_new.code()})).await.expect(200);
    let secret = last_of_link(&to_old, "/email-change/stop/");
    app.nobody().post(STOP, json!({"secret": secret})).await.expect(204);
    me.get("/api/v1/me").await.expect(401);
    assert_eq!(app.registrar().await.get(&anna.path).await.expect(200).body["email"], NEW, "never reverted");
    for address in [OLD, NEW] {
        assert!(sign_in_mails_for(&app, address).await.is_empty(), "{address}");
    }
    app.pass(Duration::hours(72));
    assert_eq!(sign_in_mails_for(&app, NEW).await.len(), 1, "the stop is over by itself");
    let item = app.registrar().await.get("/api/v1/proposals").await.expect(200).body["items"][0].clone();
    let decline = format!("/api/v1/proposals/{}/decline", item["id"].as_str().expect("an id"));
    app.registrar().await.post(&decline, json!({})).await.expect(204);
    assert_eq!(app.registrar().await.get(&anna.path).await.expect(200).body["email"], Value::Null, "and not the old one");
}

on_both_engines!(who_has_shown_a_fresh_code_or_signed_in_strongly_is_not_stopped);
async fn who_has_shown_a_fresh_code_or_signed_in_strongly_is_not_stopped(app: TestApp) {
    let (anna, me) = anna(&app).await;
    let strong = app.session(Subject::Member(anna.id), Method::Password).await;
    me.post("/api/v1/session/step-up/code", json!({})).await.expect(202);
    let code = app.sign_in_mails().await.pop().expect("a mail").code();
    me.post("/api/v1/session/step-up", json!({"code": code})).await.expect(200);
    for who in [&me, &strong] {
        let (_, to_old) = asked(&app, who).await;
        assert!(!to_old.text.contains("/email-change/") && !to_old.html.contains("/email-change/"), "{}", to_old.text);
    }
}

on_both_engines!(the_notice_is_good_for_a_week);
async fn the_notice_is_good_for_a_week(app: TestApp) {
    let (_, me) = anna(&app).await;
    let (to_new, to_old) = asked(&app, &me).await;
    me.post(CONFIRM, json!({"code": to_new.code()})).await.expect(200);
    app.pass(Duration::days(7));
    let secret = last_of_link(&to_old, "/email-change/stop/");
    refused(app.nobody().post(STOP, json!({"secret": secret})).await, "link-expired");
    app.nobody().post(STOP, json!({})).await.expect(422);
    app.pass(Duration::minutes(1));
    crate::erasure::an_hour_passes(&app).await;
    refused(app.nobody().post(STOP, json!({"secret": secret})).await, "link-unknown");
}

on_both_engines!(an_import_changes_an_address_at_once_and_ends_what_rested_on_the_old_one);
async fn an_import_changes_an_address_at_once_and_ends_what_rested_on_the_old_one(app: TestApp) {
    let (anna, me) = anna(&app).await;
    let number = anna.card["member_number"].as_str().expect("a number");
    app.import(ImportMode::Overwrite, format!("member_number;given_names;surname;email\n{number};Anna;Åkesson;{NEW}\n")).await;
    me.get("/api/v1/me").await.expect(401);
    assert_eq!(app.registrar().await.get(&anna.path).await.expect(200).body["email"], NEW);
}

async fn send_code(who: &Client, member: &Member, body: Value) -> Response {
    who.send(Request::new("POST", &format!("{}/sign-in-code", member.path)).header("If-Match", "*").json(&body)).await
}

on_both_engines!(at_the_desk_staff_set_an_address_and_send_a_code_there);
async fn at_the_desk_staff_set_an_address_and_send_a_code_there(app: TestApp) {
    let (anna, me) = anna(&app).await;
    let staff = app.staff().await;
    let request = Request::new("POST", &format!("{}/sign-in-code", anna.path));
    staff.send(request.json(&json!({"email": NEW, "channel": "phone"}))).await.expect(428);
    for (body, pointers) in [
        (json!({"email": "x", "channel": "phone"}), ["/email"]),
        (json!({"email": NEW}), ["/channel"]),
        (json!({"email": NEW, "channel": "self_service"}), ["/channel"]),
        (json!({"email": NEW, "channel": "phone", "x": 1}), ["/x"]),
    ] {
        assert_eq!(send_code(&staff, &anna, body).await.expect(422).pointers(), pointers);
    }
    let card = send_code(&staff, &anna, json!({"email": NEW, "channel": "phone"})).await.expect(200).body;
    assert_eq!((&card["email"], &card["verified"][0]["channel"]), (&json!(NEW), &json!("phone")));
    me.get("/api/v1/me").await.expect(401);
    let mails = app.sign_in_mails().await;
    let to = |address: &str| mails.iter().find(|mail| mail.to.1 == address).expect("a mail");
    assert!(!to(OLD).text.contains(NEW) && !to(OLD).text.contains("/email-change/"), "{}", to(OLD).text);
    assert!(!to(NEW).text.contains("/sign-in/link/"), "no browser has asked for a link");
    let browser = app.new_browser();
    refused(browser.post("/api/v1/sign-in/code", json!({"code": to(NEW).code()})).await, "code-wrong");
    browser.post("/api/v1/sign-in/code", json!({"code": to(NEW).code(), "identifier": NEW})).await.expect(200);
    let strong = app.session(Subject::Member(anna.id), Method::Password).await;
    let history = strong.get("/api/v1/me/history").await.expect(200).body;
    let sent = history["items"].as_array().into_iter().flatten().find(|row| row["kind"] == "code_sent").expect("she sees it");
    assert_eq!((&sent["by"], &sent["changes"]), (&json!("staff"), &json!({"channel": "phone"})));
}

on_both_engines!(at_the_desk_no_code_is_sent_to_who_is_protected);
async fn at_the_desk_no_code_is_sent_to_who_is_protected(app: TestApp) {
    let (anna, _) = anna(&app).await;
    app.protect(anna.id, Some(Protection::Marked)).await;
    let body = json!({"email": NEW, "channel": "phone"});
    send_code(&app.staff().await, &anna, body.clone()).await.expect(404);
    send_code(&app.privacy_officer().await, &anna, body.clone()).await.expect(403);
    let both = app.signed_in(&[AccountRole::Staff, AccountRole::PrivacyOfficer]).await;
    send_code(&both, &anna, body).await.expect(409);
    assert!(app.sign_in_mails().await.is_empty());
}
