//! Signing in on the pages, without script: by mailed link and code, with password and one-time code, and once more.

use chrono::Duration;
use entity::account::AccountRole;
use matrikel::access::sessions::Subject;
use matrikel::access::totp;
use serde_json::json;

use crate::app::TestApp;
use crate::client::{Client, Response};
use crate::pages::{page, send};

const PASSWORD: &str = "tre gröna paraplyer";

/// Where an answer sends the browser.
#[track_caller]
fn to(answer: &Response) -> &str {
    assert_eq!(answer.status, 303, "{}", answer.text);
    answer.header("Location")
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

on_both_engines!(a_member_comes_in_by_the_mailed_link_and_to_the_page_that_she_wanted);
async fn a_member_comes_in_by_the_mailed_link_and_to_the_page_that_she_wanted(app: TestApp) {
    app.member_with("Anna Åkesson", json!({"email": "anna@example.org"})).await;
    let her = app.new_browser();
    assert!(page(&her, "/me/edit?x=1", "sv").await.expect(401).text.contains("/sign-in"));
    assert_eq!(to(&send(&her, "/sign-in", "identifier=anna%40example.org").await), "/sign-in/code");
    let mail = app.sign_in_mails().await.pop().expect("a mail");
    let link = format!("/sign-in/link/{}", mail.secret());
    // A scanner opens it, and she herself: nothing is spent.
    page(&app.nobody(), &link, "sv").await.expect(200);
    page(&her, &link, "sv").await.expect(200);
    let elsewhere = send(&app.new_browser(), &link, "").await.expect(403);
    assert!(elsewhere.text.contains("/sign-in/code"), "the code works there");
    assert_eq!(to(&send(&her, &link, "").await), "/me/edit?x=1");
    page(&her, "/me", "sv").await.expect(200);
    assert_eq!(to(&send(&her, &link, "").await), "/", "pressed twice she is in all the same");
    let other = send(&app.new_browser(), &link, "").await.expect(403);
    assert!(other.headers.get("Set-Cookie").is_none(), "{}", other.text);
}

on_both_engines!(a_member_comes_in_by_the_code_also_elsewhere);
async fn a_member_comes_in_by_the_code_also_elsewhere(app: TestApp) {
    app.member_with("Anna Åkesson", json!({"email": "anna@example.org"})).await;
    assert!(send(&app.new_browser(), "/sign-in", "identifier=+").await.expect(422).text.contains("identifier-wrong"));
    let asking = app.new_browser();
    send(&asking, "/sign-in", "identifier=anna%40example.org").await.expect(303);
    let code = app.sign_in_mails().await.pop().expect("a mail").code();
    let other = app.new_browser();
    let wrong = send(&other, "/sign-in/code", &format!("code={code}&identifier=bo%40example.org")).await.expect(403);
    assert!(wrong.text.contains("value=\"bo@example.org\"") && wrong.text.contains("code-wrong"), "{}", wrong.text);
    assert_eq!(to(&send(&other, "/sign-in/code", &format!("code={code}&identifier=anna%40example.org")).await), "/");
    page(&other, "/me", "sv").await.expect(200);
    send(&asking, "/sign-in/code", &format!("code={code}")).await.expect(403);
    // Signing in once more is a new session in place of the old one.
    app.member_with("Bo Ek", json!({"email": "bo@example.org"})).await;
    send(&other, "/sign-in", "identifier=bo%40example.org").await.expect(303);
    let code = app.sign_in_mails().await.pop().expect("a mail").code();
    send(&other, "/sign-in/code", &format!("code={code}")).await.expect(303);
    assert!(page(&other, "/me", "sv").await.expect(200).text.contains("Hej Bo"));
}

on_both_engines!(the_pages_say_the_same_of_whomever);
async fn the_pages_say_the_same_of_whomever(app: TestApp) {
    app.member_with("Anna Åkesson", json!({"email": "anna@example.org"})).await;
    let browser = app.new_browser();
    let mut answers = Vec::new();
    for who in ["warm-up", "anna%40example.org", "nobody%40example.org", "999999"] {
        let asked = send(&browser, "/sign-in", &format!("identifier={who}")).await;
        app.sign_in_mails().await;
        let typed = send(&browser, "/sign-in/code", &format!("code=000000&identifier={who}")).await.expect(403);
        answers.push((to(&asked).to_owned(), asked.text.clone(), typed.text.replace(&who.replace("%40", "@"), "…")));
    }
    assert!(answers[1..].iter().all(|answer| *answer == answers[1]));
}

/// Sets an account up by its link; gives the secret of the app, the browser and the recovery codes.
async fn set_up(app: &TestApp, email: &str, role: &str) -> (Vec<u8>, Client, Vec<String>) {
    let body = json!({"email": email, "name": "Berit Ekstrand", "roles": [role]});
    let made = app.administrator().await.post("/api/v1/accounts", body).await.expect(201).body;
    let link = made["set_up_link"].as_str().expect("a link").strip_prefix("http://127.0.0.1:8080").expect("to here").to_owned();
    let her = app.new_browser();
    let shown = page(&her, &link, "sv").await.expect(200).text;
    assert!(shown.contains("otpauth://totp/Matrikel:") && shown.contains("<svg class=\"qr\""));
    let typed = shown.split("class=\"secret\">").nth(1).and_then(|rest| rest.split('<').next()).expect("the secret");
    let secret = from_base_32(typed);
    let code = totp::code_at(&secret, app.store().clock().now());
    let wrong = send(&her, &link, &format!("password=kort&code={code}")).await.expect(422);
    assert!(wrong.text.contains("href=\"#password\"") && !wrong.text.contains("href=\"#code\""));
    let wrong = send(&her, &link, &format!("password={}&code=1", encoded(PASSWORD))).await.expect(422);
    assert!(wrong.text.contains("href=\"#code\""));
    let done = send(&her, &link, &format!("password={}&code={code}", encoded(PASSWORD))).await.expect(200);
    let codes: Vec<String> =
        done.text.split("<li><code>").skip(1).filter_map(|rest| rest.split('<').next()).map(str::to_owned).collect();
    assert_eq!(codes.len(), 10);
    assert!(page(&app.nobody(), &link, "sv").await.expect(403).text.contains("administratör"), "it is used up");
    (secret, her, codes)
}

fn from_base_32(text: &str) -> Vec<u8> {
    let values = text.bytes().map(|letter| if letter.is_ascii_uppercase() { letter - b'A' } else { letter - b'2' + 26 });
    let bits: Vec<u8> = values.flat_map(|value| (0..5).rev().map(move |bit| value >> bit & 1)).collect();
    bits.chunks_exact(8).map(|byte| byte.iter().fold(0, |value, bit| value << 1 | bit)).collect()
}

on_both_engines!(an_account_is_set_up_and_signs_in_on_pages);
async fn an_account_is_set_up_and_signs_in_on_pages(app: TestApp) {
    let (secret, her, codes) = set_up(&app, "berit@example.org", "staff").await;
    // Staff accept the pledge before they see anybody, and come to where they wanted.
    assert!(page(&her, "/desk", "sv").await.expect(403).text.contains("/pledge"));
    her.get("/api/v1/session").await.expect(200);
    let pledge = page(&her, "/pledge", "sv").await.expect(200).text;
    let version = pledge.split("name=\"version\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a version");
    assert_eq!(to(&send(&her, "/pledge", &format!("version={version}")).await), "/desk");
    page(&her, "/desk", "sv").await.expect(200);
    app.pass(Duration::seconds(30));
    let code = totp::code_at(&secret, app.store().clock().now());
    let browser = app.new_browser();
    let form = |password: &str, code: &str| format!("email=Berit%40example.org&password={}&code={code}", encoded(password));
    let wrong = send(&browser, "/sign-in/password", &form("hemligt hemligt", &code)).await.expect(403).text;
    assert!(wrong.contains("Berit@example.org") && !wrong.contains("hemligt"), "what is secret does not come back");
    send(&browser, "/sign-in/password", &form(PASSWORD, "")).await.expect(403);
    page(&browser, "/desk", "sv").await.expect(401);
    assert_eq!(to(&send(&browser, "/sign-in/password", &form(PASSWORD, &code)).await), "/desk");
    send(&app.new_browser(), "/sign-in/password", &form(PASSWORD, &codes[0])).await.expect(303);
    send(&app.new_browser(), "/sign-in/password", &form(PASSWORD, &codes[0])).await.expect(403);
}

on_both_engines!(a_second_factor_is_shown_once_more_and_she_goes_on);
async fn a_second_factor_is_shown_once_more_and_she_goes_on(app: TestApp) {
    let (secret, her, _) = set_up(&app, "berit@example.org", "administrator").await;
    her.get("/api/v1/session").await.expect(200);
    app.pass(Duration::minutes(11));
    assert_eq!(her.get("/api/v1/session").await.expect(200).body["fresh"], false);
    send(&her, "/step-up", "code=000000").await.expect(403);
    let code = totp::code_at(&secret, app.store().clock().now());
    assert_eq!(to(&send(&her, "/step-up", &format!("code={code}")).await), "/");
    assert_eq!(her.get("/api/v1/session").await.expect(200).body["fresh"], true);
    // A member shows a code that was mailed at that moment.
    let anna = app.member_with("Anna Åkesson", json!({"email": "anna@example.org"})).await;
    let anna = app.session(Subject::Member(anna.id), entity::session::Method::Link).await;
    assert_eq!(to(&send(&anna, "/step-up/code", "").await), "/step-up?done=sent");
    assert!(page(&anna, "/step-up?done=sent", "sv").await.expect(200).text.contains("name=\"code\""));
    let code = app.sign_in_mails().await.pop().expect("a mail").code();
    send(&anna, "/step-up", "code=ordet").await.expect(403);
    send(&anna, "/step-up", &format!("code={code}")).await.expect(303);
    assert_eq!(anna.get("/api/v1/session").await.expect(200).body["fresh"], true);
    send(&app.signed_in(&[AccountRole::Staff]).await, "/step-up", "code=").await.expect(403);
}

on_both_engines!(an_account_changes_what_it_signs_in_with_on_its_own_page);
async fn an_account_changes_what_it_signs_in_with_on_its_own_page(app: TestApp) {
    let (secret, her, codes) = set_up(&app, "berit@example.org", "staff").await;
    her.get("/api/v1/session").await.expect(200);
    // A recovery code is used, on another computer.
    let other = app.new_browser();
    let form = format!("email=berit%40example.org&password={}&code={}", encoded(PASSWORD), codes[0]);
    send(&other, "/sign-in/password", &form).await.expect(303);
    let shown = page(&her, "/my-account", "en").await.expect(200).text;
    assert!(shown.contains("Berit Ekstrand") && shown.contains("9 codes are left."), "{shown}");
    // After a while a new code is asked for first, and she comes back here.
    app.pass(Duration::minutes(11));
    let stale = page(&her, "/my-account", "en").await.expect(200).text;
    assert!(stale.contains("/step-up") && !stale.contains("action=\"/my-account/password\""), "{stale}");
    let refused = send(&her, "/my-account/password", &format!("password={}", encoded("fyra blå paraplyer"))).await.expect(403);
    assert!(!refused.text.contains("paraplyer"), "what is secret does not come back");
    for path in ["/my-account/recovery-codes", "/my-account/second-factor", "/my-account/second-factor/confirm"] {
        send(&her, path, "").await.expect(403);
    }
    let code = totp::code_at(&secret, app.store().clock().now());
    assert_eq!(to(&send(&her, "/step-up", &format!("code={code}")).await), "/my-account");
    her.get("/api/v1/session").await.expect(200);
    let short = send(&her, "/my-account/password", "password=kort").await.expect(422).text;
    assert!(short.contains("id=\"password-wrong\"") && !short.contains("kort\""), "{short}");
    page(&other, "/sessions", "sv").await.expect(200);
    let changed = send(&her, "/my-account/password", &format!("password={}", encoded("fyra blå paraplyer"))).await;
    assert_eq!(to(&changed), "/my-account?done=password");
    page(&other, "/sessions", "sv").await.expect(401);
    // New recovery codes; the old ones are over.
    let renewed = send(&her, "/my-account/recovery-codes", "").await.expect(200).text;
    let new_code = renewed.split("<li><code>").nth(1).and_then(|rest| rest.split('<').next()).expect("a code").to_owned();
    assert_eq!(renewed.matches("<li><code>").count(), 10);
    assert!(page(&her, "/my-account", "en").await.text.contains("10 codes are left."));
    let form = |code: &str| format!("email=berit%40example.org&password={}&code={code}", encoded("fyra blå paraplyer"));
    send(&app.new_browser(), "/sign-in/password", &form(&codes[1])).await.expect(403);
    send(&app.new_browser(), "/sign-in/password", &form(&new_code)).await.expect(303);
    // Another app: the old one works until the new one has shown a code.
    assert_eq!(to(&page(&her, "/my-account/second-factor", "sv").await), "/my-account", "nothing was offered");
    assert_eq!(to(&send(&her, "/my-account/second-factor", "").await), "/my-account/second-factor");
    let offered = page(&her, "/my-account/second-factor", "sv").await.expect(200).text;
    let typed = offered.split("class=\"secret\">").nth(1).and_then(|rest| rest.split('<').next()).expect("the secret");
    let next = from_base_32(typed);
    assert!(next != secret && offered.contains("<svg class=\"qr\""));
    let wrong = send(&her, "/my-account/second-factor/confirm", "code=1").await.expect(422).text;
    assert!(wrong.contains("id=\"code-wrong\"") && wrong.contains(typed), "the same secret is shown again");
    let code = totp::code_at(&next, app.store().clock().now());
    let confirmed = send(&her, "/my-account/second-factor/confirm", &format!("code={code}")).await;
    assert_eq!(to(&confirmed), "/my-account?done=second-factor");
    app.pass(Duration::seconds(60));
    let (old, new) = (totp::code_at(&secret, app.store().clock().now()), totp::code_at(&next, app.store().clock().now()));
    send(&app.new_browser(), "/sign-in/password", &form(&old)).await.expect(403);
    send(&app.new_browser(), "/sign-in/password", &form(&new)).await.expect(303);
    // A member has nothing of the kind.
    let anna = app.member("Anna Åkesson").await;
    send(&app.signed_in_member(anna.id).await, "/my-account/password", "password=x").await.expect(404);
}
