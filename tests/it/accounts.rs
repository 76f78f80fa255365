//! Accounts: made, set up, signed in to, lost and ended.

use chrono::Duration;
use entity::account::AccountRole;
use matrikel::access::totp;
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::client::{Client, Response};
use crate::mails::Mail;

const PASSWORD: &str = "tre gröna paraplyer";
const SIGN_IN: &str = "/api/v1/sign-in/password";

/// An account with what it signs in with.
struct Account {
    id: String,
    email: String,
    secret: Vec<u8>,
    recovery_codes: Vec<String>,
    /// The browser in which it was set up.
    client: Client,
}

impl Account {
    async fn new(app: &TestApp, email: &str, roles: Value) -> Self {
        let administrator = app.administrator().await;
        let body = json!({"email": email, "name": "Berit Ekstrand", "roles": roles});
        let made = administrator.post("/api/v1/accounts", body).await.expect(201).body;
        let (secret, client, answer) = set_up(app, &made).await;
        let codes = answer.body["recovery_codes"].as_array().expect("codes");
        Self {
            id: made["id"].as_str().expect("an id").to_owned(),
            email: email.to_owned(),
            secret,
            recovery_codes: codes.iter().map(|code| code.as_str().expect("a code").to_owned()).collect(),
            client,
        }
    }

    /// What the app shows now.
    fn code(&self, app: &TestApp) -> String {
        totp::code_at(&self.secret, app.store().clock().now())
    }

    async fn sign_in(&self, client: &Client, password: &str, code: &str) -> Response {
        client.post(SIGN_IN, json!({"email": self.email, "password": password, "code": code})).await
    }
}

fn link_secret(made: &Value) -> String {
    let link = made["set_up_link"].as_str().expect("a link");
    link.strip_prefix("http://127.0.0.1:8080/set-up/").expect("a link to here").to_owned()
}

/// Uses a set-up link; gives the secret of the second factor.
async fn set_up(app: &TestApp, made: &Value) -> (Vec<u8>, Client, Response) {
    let client = app.new_browser();
    let link = link_secret(made);
    let shown = client.post("/api/v1/sign-in/set-up", json!({"secret": link})).await.expect(200).body;
    let secret = from_base_32(shown["second_factor"]["secret"].as_str().expect("a secret"));
    let code = totp::code_at(&secret, app.store().clock().now());
    let body = json!({"secret": link, "password": PASSWORD, "code": code});
    let answer = client.post("/api/v1/sign-in/set-up/finish", body).await.expect(200);
    client.get("/api/v1/session").await.expect(200);
    (secret, client, answer)
}

fn from_base_32(text: &str) -> Vec<u8> {
    let values = text.bytes().map(|letter| if letter.is_ascii_uppercase() { letter - b'A' } else { letter - b'2' + 26 });
    let bits: Vec<u8> = values.flat_map(|value| (0..5).rev().map(move |bit| value >> bit & 1)).collect();
    bits.chunks_exact(8).map(|byte| byte.iter().fold(0, |value, bit| value << 1 | bit)).collect()
}

/// The notices to her, in their order.
async fn notices(app: &TestApp) -> Vec<Mail> {
    app.mails().await.into_iter().filter(|mail| mail.to.1 == "berit@example.org").collect()
}

#[track_caller]
fn refused(answer: Response, kind: &str) {
    assert_eq!(answer.status, 403, "{}", answer.text);
    assert_eq!(answer.body["type"], format!("urn:matrikel:problem:{kind}"));
}

on_both_engines!(an_account_is_set_up_once_and_signs_in_with_password_and_code);
async fn an_account_is_set_up_once_and_signs_in_with_password_and_code(app: TestApp) {
    let administrator = app.administrator().await;
    let body = json!({"email": "Berit@example.org", "name": "Berit Ekstrand", "roles": ["registrar", "staff"]});
    let made = administrator.post("/api/v1/accounts", body.clone()).await.expect(201).body;
    assert_eq!((&made["email"], &made["roles"]), (&json!("berit@example.org"), &json!(["staff", "registrar"])));
    assert_eq!(administrator.post("/api/v1/accounts", body).await.expect(409).pointers(), ["/email"]);
    // Before it is set up nobody signs in.
    let early = json!({"email": "berit@example.org", "password": PASSWORD, "code": "000000"});
    refused(app.new_browser().post(SIGN_IN, early).await, "password-wrong");
    let link = link_secret(&made);
    let finish = "/api/v1/sign-in/set-up/finish";
    for (password, code, pointer) in [("kort", "000000", "/password"), (PASSWORD, "000000x", "/code")] {
        let body = json!({"secret": link, "password": password, "code": code});
        assert_eq!(app.new_browser().post(finish, body).await.expect(422).pointers(), [pointer]);
    }
    let (secret, client, answer) = set_up(&app, &made).await;
    assert_eq!(answer.body["recovery_codes"].as_array().map(Vec::len), Some(10));
    let session = client.get("/api/v1/session").await.expect(200).body;
    assert_eq!((&session["assurance"], &session["fresh"]), (&json!("strong"), &json!(true)));
    let again = json!({"secret": link, "password": PASSWORD, "code": totp::code_at(&secret, app.store().clock().now())});
    refused(app.new_browser().post(finish, again).await, "set-up-link-wrong");
    app.pass(Duration::seconds(30));
    let code = totp::code_at(&secret, app.store().clock().now());
    let right = json!({"email": " BERIT@example.org", "password": PASSWORD, "code": code});
    let browser = app.new_browser();
    browser.post(SIGN_IN, right.clone()).await.expect(200);
    assert_eq!(browser.get("/api/v1/members").await.expect(403).body["type"], "urn:matrikel:problem:pledge-needed");
    refused(app.new_browser().post(SIGN_IN, right).await, "password-wrong");
}

on_both_engines!(whatever_is_wrong_the_answer_is_the_same);
async fn whatever_is_wrong_the_answer_is_the_same(app: TestApp) {
    let berit = Account::new(&app, "berit@example.org", json!(["staff"])).await;
    let other = Account::new(&app, "olle@example.org", json!(["staff"])).await;
    app.pass(Duration::seconds(30));
    let mut answers = Vec::new();
    for (email, password, code) in [
        ("berit@example.org", "ett annat lösenord", berit.code(&app)),
        ("berit@example.org", PASSWORD, "000000".to_owned()),
        ("berit@example.org", PASSWORD, other.code(&app)),
        ("nobody@example.org", PASSWORD, berit.code(&app)),
    ] {
        let mut answer = app.new_browser().post(SIGN_IN, json!({"email": email, "password": password, "code": code})).await;
        answer.body["request_id"] = Value::Null;
        answers.push((answer.status, answer.body));
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:#?}");
    assert_eq!(answers[0].0, 403);
}

on_both_engines!(a_telephone_may_be_half_a_minute_wrong);
async fn a_telephone_may_be_half_a_minute_wrong(app: TestApp) {
    let berit = Account::new(&app, "berit@example.org", json!(["staff"])).await;
    for (seconds, status) in [(-90, 403), (90, 403), (-30, 200), (30, 200)] {
        app.pass(Duration::minutes(2));
        let code = totp::code_at(&berit.secret, app.store().clock().now() + Duration::seconds(seconds));
        berit.sign_in(&app.new_browser(), PASSWORD, &code).await.expect(status);
    }
}

on_both_engines!(a_recovery_code_works_once_and_after_any_number_of_wrong_codes);
async fn a_recovery_code_works_once_and_after_any_number_of_wrong_codes(app: TestApp) {
    let berit = Account::new(&app, "berit@example.org", json!(["staff"])).await;
    for _ in 0..12 {
        app.pass(Duration::minutes(1));
        refused(berit.sign_in(&app.new_browser(), PASSWORD, "0000000").await, "password-wrong");
    }
    app.pass(Duration::minutes(1));
    refused(berit.sign_in(&app.new_browser(), PASSWORD, &berit.code(&app)).await, "password-wrong");
    let code = berit.recovery_codes[3].to_uppercase().replace('-', " ");
    let body = json!({"email": berit.email, "password": PASSWORD, "recovery_code": code});
    let browser = app.new_browser();
    let answer = browser.post(SIGN_IN, body.clone()).await.expect(200);
    assert_eq!(answer.body["method"], "recovery_code");
    refused(app.new_browser().post(SIGN_IN, body).await, "password-wrong");
}

on_both_engines!(who_tries_passwords_is_slowed_down_and_nobody_elsewhere_is);
async fn who_tries_passwords_is_slowed_down_and_nobody_elsewhere_is(app: TestApp) {
    let berit = Account::new(&app, "berit@example.org", json!(["staff"])).await;
    for number in 0..11 {
        let answer = berit.sign_in(&app.new_browser(), "ett annat lösenord", "000000").await;
        assert_eq!(answer.status, if number < 10 { 403 } else { 429 }, "{number}");
    }
    // Her session goes on, and with patience she gets in.
    berit.client.get("/api/v1/session").await.expect(200);
    app.pass(Duration::minutes(1));
    berit.sign_in(&app.new_browser(), PASSWORD, &berit.code(&app)).await.expect(200);
}

on_both_engines!(a_second_factor_shown_once_more_makes_the_session_fresh_under_a_new_cookie);
async fn a_second_factor_shown_once_more_makes_the_session_fresh_under_a_new_cookie(app: TestApp) {
    let berit = Account::new(&app, "berit@example.org", json!(["administrator"])).await;
    app.pass(Duration::minutes(10));
    let token = json!({"role": "feed", "label": "x"});
    refused(berit.client.post("/api/v1/tokens", token.clone()).await, "step-up-needed");
    let before = berit.client.browser().clone();
    refused(berit.client.post("/api/v1/session/step-up", json!({"code": "0000000"})).await, "code-wrong");
    let code = berit.code(&app);
    berit.client.post("/api/v1/session/step-up", json!({"code": code})).await.expect(200);
    berit.client.post("/api/v1/tokens", token).await.expect(201);
    app.browser(before).get("/api/v1/session").await.expect(401);
    refused(berit.client.post("/api/v1/session/step-up", json!({"code": code})).await, "code-wrong");
}

on_both_engines!(a_new_set_up_link_ends_what_was_before);
async fn a_new_set_up_link_ends_what_was_before(app: TestApp) {
    let berit = Account::new(&app, "berit@example.org", json!(["staff"])).await;
    let path = format!("/api/v1/accounts/{}/set-up-link", berit.id);
    let made = app.administrator().await.post(&path, json!({})).await.expect(200).body;
    let told = notices(&app).await;
    let [notice] = told.as_slice() else { panic!("{} notices", told.len()) };
    assert!(notice.text.contains("nollställt") && !notice.text.contains("/set-up/"), "{}", notice.text);
    berit.client.get("/api/v1/session").await.expect(401);
    app.pass(Duration::seconds(30));
    refused(berit.sign_in(&app.new_browser(), PASSWORD, &berit.code(&app)).await, "password-wrong");
    let recovery = json!({"email": berit.email, "password": PASSWORD, "recovery_code": berit.recovery_codes[0]});
    refused(app.new_browser().post(SIGN_IN, recovery).await, "password-wrong");
    let (secret, ..) = set_up(&app, &made).await;
    assert_ne!(secret, berit.secret);
    app.pass(Duration::days(3));
    let unused = app.administrator().await.post(&path, json!({})).await.expect(200).body;
    app.pass(Duration::days(3));
    refused(app.new_browser().post("/api/v1/sign-in/set-up", json!({"secret": link_secret(&unused)})).await, "set-up-link-wrong");
}

on_both_engines!(an_account_that_ends_signs_in_no_more_and_the_last_administrator_stays);
async fn an_account_that_ends_signs_in_no_more_and_the_last_administrator_stays(app: TestApp) {
    let berit = Account::new(&app, "berit@example.org", json!(["administrator"])).await;
    let by_token = app.administrator().await;
    let path = format!("/api/v1/accounts/{}", berit.id);
    by_token.delete(&path).await.expect(409);
    let olle = app.signed_in(&[AccountRole::Administrator]).await;
    olle.delete(&path).await.expect(204);
    olle.delete(&path).await.expect(204);
    berit.client.get("/api/v1/session").await.expect(401);
    app.pass(Duration::seconds(30));
    refused(berit.sign_in(&app.new_browser(), PASSWORD, &berit.code(&app)).await, "password-wrong");
    by_token.post(&format!("{path}/set-up-link"), json!({})).await.expect(409);
    // The address is free again.
    let body = json!({"email": "berit@example.org", "name": "Berit Ekstrand", "roles": ["staff"]});
    by_token.post("/api/v1/accounts", body).await.expect(201);
}

on_both_engines!(somebody_changes_what_she_signs_in_with_and_her_other_sessions_end);
async fn somebody_changes_what_she_signs_in_with_and_her_other_sessions_end(app: TestApp) {
    let berit = Account::new(&app, "berit@example.org", json!(["staff"])).await;
    app.pass(Duration::seconds(30));
    let other = app.new_browser();
    berit.sign_in(&other, PASSWORD, &berit.code(&app)).await.expect(200);
    let password = "fyra blå cyklar utan ljus";
    berit.client.post("/api/v1/credentials/password", json!({"password": "kort"})).await.expect(422);
    berit.client.post("/api/v1/credentials/password", json!({"password": password})).await.expect(204);
    other.get("/api/v1/session").await.expect(401);
    berit.client.get("/api/v1/session").await.expect(200);
    let codes = berit.client.post("/api/v1/credentials/recovery-codes", json!({})).await.expect(200).body;
    let old = json!({"email": berit.email, "password": password, "recovery_code": berit.recovery_codes[0]});
    refused(other.post(SIGN_IN, old).await, "password-wrong");
    let new = json!({"email": berit.email, "password": password, "recovery_code": codes["recovery_codes"][0]});
    app.new_browser().post(SIGN_IN, new).await.expect(200);
    let confirm = "/api/v1/credentials/second-factor/confirm";
    let offered = berit.client.post("/api/v1/credentials/second-factor", json!({})).await.expect(200).body;
    let secret = from_base_32(offered["secret"].as_str().expect("a secret"));
    berit.client.post(confirm, json!({"code": "0000000"})).await.expect(422);
    app.pass(Duration::minutes(1));
    let code = totp::code_at(&secret, app.store().clock().now());
    berit.client.post(confirm, json!({"code": code})).await.expect(204);
    let told: Vec<String> = notices(&app).await.into_iter().map(|mail| mail.text).collect();
    assert!(told.len() == 2 && told[0].contains("lösenord") && told[1].contains("engångskoder"), "{told:?}");
    app.pass(Duration::minutes(1));
    refused(berit.sign_in(&app.new_browser(), password, &berit.code(&app)).await, "password-wrong");
    let code = totp::code_at(&secret, app.store().clock().now());
    berit.sign_in(&app.new_browser(), password, &code).await.expect(200);
    app.pass(Duration::minutes(10));
    for path in ["/api/v1/credentials/recovery-codes", "/api/v1/credentials/second-factor"] {
        refused(berit.client.post(path, json!({})).await, "step-up-needed");
    }
}
