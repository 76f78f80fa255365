//! Limits on attempts: they hold over all instances, and do not lock out whom they protect.

use chrono::Duration;
use serde_json::json;

use crate::app::TestApp;
use crate::client::{Client, Request};
use crate::property::cases;

const SIGN_IN: &str = "/api/v1/sign-in";
const CODE: &str = "/api/v1/sign-in/code";

async fn ask(client: &Client, identifier: &str) -> u16 {
    client.post(SIGN_IN, json!({"identifier": identifier})).await.status
}

on_both_engines!(whoever_asks_for_another_again_and_again_does_not_keep_her_out);
async fn whoever_asks_for_another_again_and_again_does_not_keep_her_out(app: TestApp) {
    app.member_with("Anna Åkesson", json!({"email": "anna@example.org"})).await;
    let own = app.new_browser();
    ask(&own, "anna@example.org").await;
    let mail = app.sign_in_mails().await.pop().expect("a mail");
    own.post("/api/v1/sign-in/link", json!({"secret": mail.secret()})).await.expect(200);
    let mut mails = 0;
    for _ in 0..30 {
        assert_eq!(ask(&app.new_browser(), "anna@example.org").await, 202);
        mails += app.sign_in_mails().await.len();
    }
    assert!((1..=3).contains(&mails), "{mails} mails for thirty requests");
    // In the browser that she has used before it works all the same.
    ask(&own, "anna@example.org").await;
    let mail = app.sign_in_mails().await.pop().expect("her mail");
    own.post("/api/v1/sign-in/link", json!({"secret": mail.secret()})).await.expect(200);
    // Elsewhere she waits, and is not turned away.
    let elsewhere = app.new_browser();
    ask(&elsewhere, "anna@example.org").await;
    assert!(app.sign_in_mails().await.is_empty());
    app.pass(Duration::minutes(9));
    assert!(!app.sign_in_mails().await.is_empty(), "it comes later");
}

on_both_engines!(wrong_codes_use_up_the_code_where_they_are_typed_and_never_the_link);
async fn wrong_codes_use_up_the_code_where_they_are_typed_and_never_the_link(app: TestApp) {
    app.member_with("Anna Åkesson", json!({"email": "anna@example.org"})).await;
    let own = app.new_browser();
    ask(&own, "anna@example.org").await;
    let mail = app.sign_in_mails().await.pop().expect("a mail");
    let code = mail.code();
    let wrong = if code == "000000" { "000001" } else { "000000" };
    for _ in 0..5 {
        app.new_browser().post(CODE, json!({"code": wrong, "identifier": "anna@example.org"})).await.expect(403);
    }
    app.new_browser().post(CODE, json!({"code": code, "identifier": "anna@example.org"})).await.expect(403);
    for _ in 0..5 {
        own.post(CODE, json!({"code": wrong})).await.expect(403);
    }
    own.post(CODE, json!({"code": code})).await.expect(403);
    own.post("/api/v1/sign-in/link", json!({"secret": mail.secret()})).await.expect(200);
}

on_both_engines!(what_others_type_elsewhere_leaves_the_code_to_the_browser_that_asked);
async fn what_others_type_elsewhere_leaves_the_code_to_the_browser_that_asked(app: TestApp) {
    app.member_with("Anna Åkesson", json!({"email": "anna@example.org"})).await;
    let own = app.new_browser();
    ask(&own, "anna@example.org").await;
    let code = app.sign_in_mails().await.pop().expect("a mail").code();
    for _ in 0..30 {
        app.new_browser().post(CODE, json!({"code": "x", "identifier": "anna@example.org"})).await.expect(403);
    }
    own.post(CODE, json!({"code": code, "identifier": "anna@example.org"})).await.expect(200);
}

#[actix_web::test]
async fn three_instances_are_not_three_times_looser() {
    let first = TestApp::postgres().await;
    let mut instances = vec![first.state.clone()];
    for _ in 0..2 {
        let opened = first.place.open(matrikel::database::Purpose::Use).await.expect("another instance");
        instances.push(matrikel::state::State::new(first.place.config.clone(), &opened));
    }
    let count = async |state: &matrikel::state::State| {
        let asked = matrikel::access::sign_in::ask(&state.store, &state.keys, "x", "b", b"192.0.2.1").await;
        asked.is_ok()
    };
    let mut accepted = 0;
    for number in 0..130 {
        accepted += u32::from(count(&instances[number % 3]).await);
    }
    assert_eq!(accepted, 100, "what one network may ask at once, over all of them");
}

on_both_engines!(a_network_that_asks_too_often_is_told_when_to_come_back);
async fn a_network_that_asks_too_often_is_told_when_to_come_back(app: TestApp) {
    let from = |network: &str, number: usize| {
        let request = Request::new("POST", SIGN_IN).json(&json!({"identifier": format!("{number}")}));
        // Nobody in front is trusted, so nobody may say that she is somebody else.
        request.header("X-Forwarded-For", network)
    };
    let browser = app.new_browser();
    let mut refused = 0;
    for number in 0..105 {
        let answer = browser.send(from(&format!("192.0.2.{number}"), number)).await;
        refused += usize::from(answer.status == 429);
    }
    assert_eq!(refused, 5);
    app.pass(Duration::seconds(6));
    browser.send(from("192.0.2.1", 1)).await.expect(202);
    assert_eq!(browser.send(from("192.0.2.1", 1)).await.expect(429).body["type"], "urn:matrikel:problem:too-many");
}

/// How long existing and unknown identifiers take; printed for the report, and not to differ by more than noise.
#[actix_web::test]
async fn existing_and_unknown_identifiers_take_the_same_time() {
    let pairs = cases(60, 2000) as usize;
    let app = TestApp::sqlite().await;
    // Of the same form, and each typed as often: what differs is only whether somebody bears it.
    let identifier = |who: &str, number: usize| format!("{who}{:02}@example.org", number % 20);
    for number in 0..20 {
        app.member_with("Anna Åkesson", json!({"email": identifier("anna", number)})).await;
    }
    let browser = app.new_browser();
    for number in 0..20 {
        ask(&browser, &identifier("anna", number)).await;
        ask(&browser, &identifier("anni", number)).await;
    }
    let mut differences = Vec::with_capacity(pairs);
    for number in 0..pairs {
        let time = async |identifier: String| {
            // The limits are not what is measured.
            app.pass(Duration::minutes(1));
            let began = std::time::Instant::now();
            assert_eq!(ask(&browser, &identifier).await, 202);
            began.elapsed().as_secs_f64() * 1e6
        };
        let (known, unknown) = (identifier("anna", number), identifier("anni", number));
        let (known, nobody) = if number % 2 == 0 {
            let known = time(known).await;
            (known, time(unknown).await)
        } else {
            let nobody = time(unknown).await;
            (time(known).await, nobody)
        };
        differences.push(known - nobody);
    }
    differences.sort_by(f64::total_cmp);
    let at = |share: f64| differences[((differences.len() - 1) as f64 * share).round() as usize];
    // The order statistics that hold the median with 99 % (normal approximation of the binomial).
    let half = 2.576 * 0.5 / (pairs as f64).sqrt();
    println!(
        "{pairs} + {pairs} interleaved requests, existing less unknown: median {:+.1} µs, 99 % interval of the median {:+.1} … {:+.1} µs; \
         1 % {:+.0}, 25 % {:+.0}, 75 % {:+.0}, 99 % {:+.0} µs",
        at(0.5),
        at(0.5 - half),
        at(0.5 + half),
        at(0.01),
        at(0.25),
        at(0.75),
        at(0.99)
    );
    if pairs >= 2000 {
        assert!(at(0.5).abs() < 500.0, "half a millisecond apart");
    }
}
