//! Signing in by mailed link and code: for whom it works, once, and that nobody learns from it who is a member.

use chrono::Duration;
use serde_json::json;

use crate::app::TestApp;
use crate::client::{Client, Request, Response};

const SIGN_IN: &str = "/api/v1/sign-in";
const LINK: &str = "/api/v1/sign-in/link";
const CODE: &str = "/api/v1/sign-in/code";

async fn ask(client: &Client, identifier: &str) -> Response {
    client.post(SIGN_IN, json!({"identifier": identifier})).await.expect(202)
}

#[track_caller]
fn refused(answer: Response, kind: &str) {
    assert_eq!(answer.status, 403, "{}", answer.text);
    assert_eq!(answer.body["type"], format!("urn:matrikel:problem:{kind}"));
    assert!(answer.headers.get("Set-Cookie").is_none(), "nobody is signed in");
}

on_both_engines!(a_member_signs_in_by_the_link_in_the_browser_that_asked_for_it);
async fn a_member_signs_in_by_the_link_in_the_browser_that_asked_for_it(app: TestApp) {
    let anna = app.member_with("Anna Åkesson", json!({"email": "Anna@example.org", "language": "sv"})).await;
    let browser = app.new_browser();
    ask(&browser, " anna@EXAMPLE.org ").await;
    let mails = app.sign_in_mails().await;
    let [mail] = mails.as_slice() else { panic!("{} mails", mails.len()) };
    assert_eq!(mail.to.1, "Anna@example.org");
    assert!(mail.text.contains("http://127.0.0.1:8080/sign-in/link/"), "{}", mail.text);
    assert!(!mail.subject.contains(&mail.code()), "a locked telephone shows the subject");
    // Whoever only reads spends nothing.
    for _ in 0..3 {
        browser.get(&format!("/sign-in/link/{}", mail.secret())).await;
    }
    let answer = browser.post(LINK, json!({"secret": mail.secret()})).await.expect(200);
    assert_eq!(answer.body["roles"], json!(["member"]));
    assert_eq!((&answer.body["method"], &answer.body["assurance"]), (&json!("link"), &json!("mailed")));
    let cookie = answer.header("Set-Cookie");
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Path=/"), "{cookie}");
    browser.get("/api/v1/session").await.expect(200);
    refused(browser.post(LINK, json!({"secret": mail.secret()})).await, "link-spent");
    refused(app.new_browser().post(CODE, json!({"code": mail.code(), "identifier": "anna@example.org"})).await, "code-wrong");
    assert!(app.history_of(anna.id).await.len() == 1, "signing in changes nothing");
}

on_both_engines!(the_code_works_in_other_browsers_too_and_once);
async fn the_code_works_in_other_browsers_too_and_once(app: TestApp) {
    app.member_with("Anna Åkesson", json!({"email": "anna@example.org", "phone": "070-174 06 05", "country": "SE"})).await;
    let asking = app.new_browser();
    for identifier in ["070-174 06 05", "+46701740605"] {
        ask(&asking, identifier).await;
        let mail = app.sign_in_mails().await.pop().expect("a mail");
        refused(app.new_browser().post(LINK, json!({"secret": mail.secret()})).await, "link-elsewhere");
        let other = app.new_browser();
        refused(other.post(CODE, json!({"code": mail.code()})).await, "code-wrong");
        refused(other.post(CODE, json!({"code": mail.code(), "identifier": "bo@example.org"})).await, "code-wrong");
        let answer = other.post(CODE, json!({"code": mail.code(), "identifier": identifier})).await.expect(200);
        assert_eq!(answer.body["method"], "code");
        refused(asking.post(CODE, json!({"code": mail.code()})).await, "code-wrong");
    }
    ask(&asking, "100001").await;
    let mail = app.sign_in_mails().await.pop().expect("a mail: by her number");
    asking.post(CODE, json!({"code": mail.code()})).await.expect(200);
}

on_both_engines!(who_shares_an_address_gets_a_link_each);
async fn who_shares_an_address_gets_a_link_each(app: TestApp) {
    for name in ["Anna Maria Åkesson", "Bo Åkesson"] {
        app.member_with(name, json!({"email": "hemma@example.org"})).await;
    }
    let browser = app.new_browser();
    ask(&browser, "hemma@example.org").await;
    let mails = app.sign_in_mails().await;
    assert_eq!(mails.len(), 2);
    assert!(mails[0].text.contains("Anna") && mails[1].text.contains("Bo"));
    assert!(app.sign_in_mails().await.is_empty(), "each once");
    let mut sessions = Vec::new();
    for mail in &mails {
        let answer = browser.post(LINK, json!({"secret": mail.secret()})).await.expect(200);
        sessions.push(answer.body["id"].clone());
    }
    assert_ne!(sessions[0], sessions[1]);
}

on_both_engines!(whoever_asks_is_answered_the_same_for_whomever);
async fn whoever_asks_is_answered_the_same_for_whomever(app: TestApp) {
    app.member_with("Anna Åkesson", json!({"email": "anna@example.org"})).await;
    let browser = app.new_browser();
    ask(&browser, "warm-up").await;
    let plain = |answer: &Response| {
        let headers = answer.headers.iter().filter(|(name, _)| name.as_str() != "x-request-id");
        let mut headers: Vec<_> = headers.map(|(name, value)| (name.to_string(), value.as_bytes().to_vec())).collect();
        headers.sort();
        (answer.status, answer.text.clone(), headers)
    };
    let known = plain(&ask(&browser, "anna@example.org").await);
    for identifier in ["bo@example.org", "100001", "999999", "+46701740605", "Ω", "anna@example.org "] {
        assert_eq!(plain(&ask(&browser, identifier).await), known, "{identifier}");
    }
    app.sign_in_mails().await;
    let typed = async |identifier: &str| {
        let mut answer = browser.post(CODE, json!({"code": "000000", "identifier": identifier})).await.expect(403);
        answer.text = answer.text.replace(&answer.request_id().to_string(), "");
        plain(&answer)
    };
    let known = typed("anna@example.org").await;
    for identifier in ["bo@example.org", "nobody@example.org"] {
        assert_eq!(typed(identifier).await, known, "{identifier}");
    }
}

on_both_engines!(links_that_are_old_forged_or_anothers_open_nothing);
async fn links_that_are_old_forged_or_anothers_open_nothing(app: TestApp) {
    app.member_with("Anna Åkesson", json!({"email": "anna@example.org"})).await;
    let browser = app.new_browser();
    ask(&browser, "anna@example.org").await;
    let mail = app.sign_in_mails().await.pop().expect("a mail");
    let secret = mail.secret();
    refused(browser.post(LINK, json!({"secret": format!("{secret}x")})).await, "link-unknown");
    refused(browser.post(LINK, json!({"secret": secret.to_lowercase()})).await, "link-unknown");
    refused(app.nobody().post(LINK, json!({"secret": secret})).await, "link-elsewhere");
    app.pass(Duration::minutes(10));
    refused(browser.post(LINK, json!({"secret": secret})).await, "link-expired");
    refused(browser.post(CODE, json!({"code": mail.code()})).await, "code-wrong");
    ask(&browser, "anna@example.org").await;
    let mail = app.sign_in_mails().await.pop().expect("another mail");
    app.pass(Duration::minutes(10) - Duration::seconds(1));
    browser.post(LINK, json!({"secret": mail.secret()})).await.expect(200);
    for (path, body, pointer) in [
        (SIGN_IN, json!({}), "/identifier"),
        (SIGN_IN, json!({"identifier": ""}), "/identifier"),
        (LINK, json!({"secret": null}), "/secret"),
        (CODE, json!({"code": 4}), "/code"),
        (CODE, json!({"code": "1", "x": 1}), "/x"),
    ] {
        assert_eq!(app.nobody().post(path, body).await.expect(422).pointers(), [pointer]);
    }
}

on_both_engines!(a_request_that_no_job_answered_in_time_is_over);
async fn a_request_that_no_job_answered_in_time_is_over(app: TestApp) {
    app.member_with("Anna Åkesson", json!({"email": "anna@example.org"})).await;
    ask(&app.new_browser(), "anna@example.org").await;
    app.pass(Duration::minutes(10));
    assert!(app.sign_in_mails().await.is_empty());
    ask(&app.new_browser(), "nobody@example.org").await;
    assert!(app.sign_in_mails().await.is_empty());
}

on_both_engines!(of_fifty_who_spend_a_link_or_code_at_once_one_succeeds);
async fn of_fifty_who_spend_a_link_or_code_at_once_one_succeeds(app: TestApp) {
    app.member_with("Anna Åkesson", json!({"email": "anna@example.org"})).await;
    for path in [LINK, CODE] {
        let browser = app.new_browser();
        ask(&browser, "anna@example.org").await;
        let mail = app.sign_in_mails().await.pop().expect("a mail");
        let body = if path == LINK { json!({"secret": mail.secret()}) } else { json!({"code": mail.code()}) };
        let kept = browser.browser().clone();
        let all = (0..50).map(|_| {
            let (client, body) = (app.browser(kept.clone()), body.clone());
            async move { client.send(Request::new("POST", path).json(&body)).await.status }
        });
        let statuses = futures_util::future::join_all(all).await;
        assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{path}: {statuses:?}");
        assert!(statuses.iter().all(|status| [200, 403, 503].contains(status)), "{path}: {statuses:?}");
    }
}

on_both_engines!(a_code_mailed_at_that_moment_makes_a_members_session_fresh);
async fn a_code_mailed_at_that_moment_makes_a_members_session_fresh(app: TestApp) {
    let anna = app.member_with("Anna Åkesson", json!({"email": "anna@example.org"})).await;
    let client = app.signed_in_member(anna.id).await;
    let other = app.signed_in_member(anna.id).await;
    assert_eq!(client.get("/api/v1/session").await.expect(200).body["fresh"], false);
    client.post("/api/v1/session/step-up/code", json!({})).await.expect(202);
    let code = app.sign_in_mails().await.pop().expect("a mail").code();
    let before = client.browser().clone();
    refused(other.post("/api/v1/session/step-up", json!({"code": code})).await, "code-wrong");
    let wrong = if code == "000000" { "000001" } else { "000000" };
    refused(client.post("/api/v1/session/step-up", json!({"code": wrong})).await, "code-wrong");
    // It signs nobody in.
    refused(app.new_browser().post(CODE, json!({"code": code, "identifier": "anna@example.org"})).await, "code-wrong");
    let answer = client.post("/api/v1/session/step-up", json!({"code": code})).await.expect(200);
    assert_eq!(answer.body["fresh"], true);
    app.browser(before).get("/api/v1/session").await.expect(401);
    refused(client.post("/api/v1/session/step-up", json!({"code": code})).await, "code-wrong");
    app.pass(Duration::minutes(10));
    assert_eq!(client.get("/api/v1/session").await.expect(200).body["fresh"], false);
}
