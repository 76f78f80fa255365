//! Sessions: how long they last, what ends them, and that nobody else uses them.

use chrono::Duration;
use entity::account::{self, AccountRole};
use entity::session::{self, Method};
use matrikel::access::sessions::Subject;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ActiveValue::Unchanged, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter,
};
use serde_json::json;

use crate::app::{TestApp, new_member};
use crate::client::{Browser, Client, Request};

on_both_engines!(what_changes_something_needs_the_token_of_the_session);
async fn what_changes_something_needs_the_token_of_the_session(app: TestApp) {
    let client = app.signed_in(&[AccountRole::Registrar]).await;
    let right = client.browser().csrf_token.clone().expect("it was told");
    let another = app.signed_in(&[AccountRole::Registrar]).await.browser().csrf_token.clone().expect("it was told");
    client.browser().csrf_token = None;
    let create = || Request::new("POST", "/api/v1/members").json(&new_member("Anna Åkesson", json!({})));
    for request in [create(), create().header("X-CSRF-Token", ""), create().header("X-CSRF-Token", &another)] {
        let refused = client.send(request).await.expect(403);
        assert_eq!(refused.body["type"], "urn:matrikel:problem:forged");
    }
    assert!(app.history().await.is_empty(), "nothing was changed");
    client.send(create().header("X-CSRF-Token", &right)).await.expect(201);
    client.get("/api/v1/members").await.expect(200);
}

on_both_engines!(a_form_carries_the_token_as_a_field);
async fn a_form_carries_the_token_as_a_field(app: TestApp) {
    let client = app.signed_in(&[AccountRole::Registrar]).await;
    let right = client.browser().csrf_token.take().expect("it was told");
    let form = |body: String| Request::new("POST", "/api/v1/members").body("application/x-www-form-urlencoded", body);
    for body in ["", "csrf=", "csrf=wrong", "%", "name=Anna"] {
        client.send(form(format!("{body}&x=y"))).await.expect(403);
    }
    // The route takes no forms; but it was asked.
    client.send(form(format!("name=Anna&csrf={right}"))).await.expect(415);
    let long = "x".repeat(300 << 10);
    client.send(form(format!("csrf={right}&long={long}"))).await.expect(413);
}

on_both_engines!(what_another_site_makes_a_browser_send_is_refused);
async fn what_another_site_makes_a_browser_send_is_refused(app: TestApp) {
    let client = app.signed_in(&[AccountRole::Registrar]).await;
    let create = || Request::new("POST", "/api/v1/members").json(&new_member("Anna Åkesson", json!({})));
    for (name, value, status) in [
        ("Sec-Fetch-Site", "cross-site", 403),
        ("Sec-Fetch-Site", "same-site", 403),
        ("Sec-Fetch-Site", "same-origin", 201),
        ("Sec-Fetch-Site", "none", 201),
        ("Origin", "https://example.org", 403),
        ("Origin", "http://127.0.0.1:808", 403),
        ("Origin", "null", 403),
        ("Origin", "http://127.0.0.1:8080", 201),
    ] {
        client.send(create().header(name, value)).await.expect(status);
    }
    // Reading is what links do.
    client.send(Request::new("GET", "/api/v1/members").header("Sec-Fetch-Site", "cross-site")).await.expect(200);
    // Nobody but a program has a token.
    app.registrar().await.send(create().header("Sec-Fetch-Site", "cross-site")).await.expect(201);
}

on_both_engines!(a_session_ends_when_nobody_comes_and_in_any_case);
async fn a_session_ends_when_nobody_comes_and_in_any_case(app: TestApp) {
    let (member, representative) = app.member_and_representative().await;
    let limits = [
        (Duration::hours(2), Duration::hours(24)),
        (Duration::hours(1), Duration::hours(12)),
        (Duration::hours(1), Duration::hours(12)),
        (Duration::minutes(15), Duration::hours(8)),
    ];
    for (number, (idle, absolute)) in limits.into_iter().enumerate() {
        let sign_in = async || match number {
            0 => app.signed_in_member(member).await,
            1 => app.signed_in_member(representative).await,
            2 => app.signed_in(&[AccountRole::Registrar]).await,
            _ => app.signed_in(&[AccountRole::Registrar, AccountRole::PrivacyOfficer]).await,
        };
        let here = async |client: &Client| client.get("/api/v1/session").await.status;
        let client = sign_in().await;
        app.pass(idle - Duration::seconds(1));
        assert_eq!(here(&client).await, 200, "{number}: nearly idle");
        seen(&app, &client).await;
        app.pass(idle - Duration::seconds(1));
        assert_eq!(here(&client).await, 200, "{number}: nearly idle once more");
        seen(&app, &client).await;
        app.pass(idle);
        assert_eq!(here(&client).await, 401, "{number}: idle");

        let client = sign_in().await;
        let mut passed = Duration::zero();
        while passed + idle / 2 < absolute {
            app.pass(idle / 2);
            passed += idle / 2;
            assert_eq!(here(&client).await, 200, "{number}: after {passed}");
            seen(&app, &client).await;
        }
        app.pass(absolute - passed);
        assert_eq!(here(&client).await, 401, "{number}: at its end");
    }
}

/// Waits until it was noted that `client` was there just now. While the register is busy that goes unnoted and her next
/// request notes it, so she asks again.
async fn seen(app: &TestApp, client: &Client) {
    let now = app.store().clock().now();
    for _ in 0..20 {
        drop(app.state.noting.acquire().await.expect("it is never closed"));
        let noted = session::Entity::find().filter(session::Column::LastSeenAt.eq(now)).count(app.store().database()).await;
        if noted.expect("sessions can be counted") > 0 {
            return;
        }
        client.get("/api/v1/session").await.expect(200);
    }
    panic!("it was never noted that she was there");
}

on_both_engines!(when_the_account_ends_so_do_its_sessions);
async fn when_the_account_ends_so_do_its_sessions(app: TestApp) {
    let id = app.account(&[AccountRole::Registrar]).await;
    let client = app.session(Subject::Account(id), Method::Password).await;
    let row = account::ActiveModel { id: Unchanged(id), ended_at: Set(Some(app.store().clock().now())), ..Default::default() };
    row.update(app.store().database()).await.expect("it can be ended");
    client.get("/api/v1/session").await.expect(401);
}

on_both_engines!(somebody_sees_and_ends_her_own_sessions_and_no_others);
async fn somebody_sees_and_ends_her_own_sessions_and_no_others(app: TestApp) {
    let (anna, rut) = app.member_and_representative().await;
    let first = app.signed_in_member(anna).await;
    app.pass(Duration::minutes(1));
    let second = app.signed_in_member(anna).await;
    let other = app.signed_in_member(rut).await;
    let listed = second.get("/api/v1/sessions").await.expect(200).body;
    let current: Vec<_> = listed["items"].as_array().expect("items").iter().map(|item| &item["current"]).collect();
    assert_eq!(current, [true, false], "the newest first");
    let path = format!("/api/v1/sessions/{}", listed["items"][1]["id"].as_str().expect("an id"));
    other.delete(&path).await.expect(404);
    first.get("/api/v1/session").await.expect(200);
    second.delete(&path).await.expect(204);
    second.delete(&path).await.expect(204);
    first.get("/api/v1/session").await.expect(401);
    let listed = second.get("/api/v1/sessions").await.expect(200).body;
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(1));
    second.delete("/api/v1/session").await.expect(204);
    assert!(second.browser().cookies.is_empty(), "the cookie is gone");
    other.get("/api/v1/session").await.expect(200);
}

on_both_engines!(protected_data_and_tokens_need_a_second_factor_shown_just_now);
async fn protected_data_and_tokens_need_a_second_factor_shown_just_now(app: TestApp) {
    let anna = app.member("Anna Åkesson").await;
    let client = app.signed_in(&[AccountRole::PrivacyOfficer, AccountRole::Administrator]).await;
    let number = format!("{}/personal-identity-number", anna.path);
    let token = json!({"role": "feed", "label": "x"});
    client.get(&number).await.expect(200);
    client.post("/api/v1/tokens", token.clone()).await.expect(201);
    app.pass(Duration::minutes(10));
    for answer in [client.get(&number).await, client.post("/api/v1/tokens", token).await] {
        assert_eq!(answer.expect(403).body["type"], "urn:matrikel:problem:step-up-needed");
    }
    client.get(&anna.path).await.expect(200);
    client.get("/api/v1/tokens").await.expect(200);
}

on_both_engines!(who_opens_a_protected_member_has_shown_a_second_factor_just_now);
async fn who_opens_a_protected_member_has_shown_a_second_factor_just_now(app: TestApp) {
    let anna = app.member("Anna Åkesson").await;
    app.protect(anna.id, Some(entity::member::Protection::Marked)).await;
    let client = app.signed_in(&[AccountRole::PrivacyOfficer]).await;
    client.get(&anna.path).await.expect(200);
    app.pass(Duration::minutes(10));
    for path in ["", "/history", "/membership-periods", "/appointments"] {
        let answer = client.get(&format!("{}{path}", anna.path)).await.expect(403);
        assert_eq!(answer.body["type"], "urn:matrikel:problem:step-up-needed", "{path}");
    }
    client.patch(&anna.path, "*", json!({"city": "Lund"})).await.expect(403);
}

/// A register that is reached by https, at an address of its own.
async fn on_https() -> TestApp {
    let mut place = crate::app::Place::migrated(crate::app::Engine::Sqlite).await;
    place.config.public_url = Some("https://register.example.org".to_owned());
    TestApp::at(place).await
}

#[actix_web::test]
async fn on_https_cookies_are_bound_to_this_host_and_browsers_told_to_keep_to_https() {
    let app = on_https().await;
    app.member_with("Anna Åkesson", json!({"email": "anna@example.org"})).await;
    let browser = app.new_browser();
    let asked = browser.post("/api/v1/sign-in", json!({"identifier": "anna@example.org"})).await.expect(202);
    let told = asked.header("Set-Cookie").to_owned();
    assert!(told.starts_with("__Host-matrikel-browser=") && told.contains("SameSite=Strict"), "{told}");
    let mail = app.sign_in_mails().await.pop().expect("a mail");
    assert!(mail.text.contains("https://register.example.org/sign-in/link/"), "{}", mail.text);
    let begun = browser.post("/api/v1/sign-in/link", json!({"secret": mail.secret()})).await.expect(200);
    let cookie = begun.header("Set-Cookie").to_owned();
    assert!(cookie.starts_with("__Host-matrikel=") && cookie.contains("SameSite=Lax"), "{cookie}");
    for cookie in [told, cookie] {
        assert!(["Secure", "HttpOnly", "Path=/"].iter().all(|part| cookie.contains(part)), "{cookie}");
        assert!(!cookie.contains("Domain"), "{cookie}");
    }
    assert_eq!(begun.header("Strict-Transport-Security"), "max-age=31536000; includeSubDomains");
    browser.get("/api/v1/session").await.expect(200);
    // The same text under the name that other hosts may set is nobody's.
    let text = browser.browser().cookies["__Host-matrikel"].clone();
    let planted = app.browser(Browser { cookies: [("matrikel".to_owned(), text)].into(), csrf_token: None });
    planted.get("/api/v1/session").await.expect(401);
    // A page of our own is one of the public address, whatever the name in front of the proxy.
    let change = |origin: &str| Request::new("DELETE", "/api/v1/session").header("Origin", origin).header("Host", "10.0.0.7");
    assert_eq!(browser.send(change("https://register.example.org.evil.example")).await.status, 403);
    browser.send(change("https://register.example.org")).await.expect(204);
}

on_both_engines!(on_plain_http_nothing_is_said_of_https);
async fn on_plain_http_nothing_is_said_of_https(app: TestApp) {
    let answer = app.nobody().get("/healthz").await.expect(200);
    assert!(answer.headers.get("Strict-Transport-Security").is_none());
    for name in ["Content-Security-Policy", "Referrer-Policy", "Permissions-Policy", "Cross-Origin-Opener-Policy"] {
        assert!(!answer.header(name).is_empty(), "{name}");
    }
}
