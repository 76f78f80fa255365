//! "Have you graduated?": asked by mail, answered without signing in, once.

use chrono::Duration;
use entity::follow_up::{FollowUpStatus, Outcome};
use entity::question;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::json;

use crate::app::{Member, TestApp};
use crate::client::{Client, Request, Response};
use crate::lifecycle::Union;

/// A student who is asked, and the path of the link in her mail.
async fn asked(app: TestApp) -> (Union, Member, String) {
    let union = Union::new(app).await;
    let administrator = union.app.administrator().await;
    let path = "/api/v1/lifecycle-rules/student-still-studying";
    let etag = administrator.get(path).await.expect(200).etag();
    administrator.patch(path, &etag, json!({"paused": false})).await.expect(200);
    let anna = union.student_with("Anna Åkesson", json!({"graduation_date": "2026-11-30", "language": "en"})).await;
    union.live_until("2026-12-02").await;
    let mail = union.mails("student-still-studying").await.remove(0);
    let link = mail.text.lines().find(|line| line.contains("/questions/")).expect("a link");
    assert!(mail.html.contains(link.trim()), "one button: {}", mail.html);
    assert_eq!(mail.html.matches("<a ").count(), 1, "{}", mail.html);
    let path = link.trim().strip_prefix(&union.app.state.config.public_url()).expect("our own").to_owned();
    (union, anna, path)
}

async fn open(client: &Client, path: &str) -> Response {
    client.send(Request::new("GET", path).header("Accept", "text/html").header("Accept-Language", "en")).await
}

async fn send(client: &Client, path: &str, form: &str) -> Response {
    let request = Request::new("POST", path).header("Accept", "text/html").header("Accept-Language", "en");
    client.send(request.body("application/x-www-form-urlencoded", form)).await
}

on_both_engines!(a_question_is_answered_from_the_mail_without_signing_in_and_once);
async fn a_question_is_answered_from_the_mail_without_signing_in_and_once(app: TestApp) {
    let (union, anna, path) = asked(app).await;
    let nobody = union.app.nobody();
    // Mail scanners open it; that answers nothing. It shows nothing of hers either.
    for _ in 0..3 {
        let page = open(&nobody, &path).await.expect(200);
        assert!(page.text.contains("Have you graduated?") && !page.text.contains("Anna") && !page.text.contains("2026-11-30"));
    }
    for form in ["answer=graduated&on=", "answer=graduated&on=2027-06-05", "answer=graduated&on=x", "answer=still_studying&on=x"]
    {
        let page = send(&nobody, &path, form).await.expect(422);
        assert!(page.text.contains("role=\"alert\""), "{form}: {}", page.text);
    }
    assert_eq!(union.one(&anna).await.status, FollowUpStatus::Told, "nothing is answered yet");
    let answer = send(&nobody, &path, "answer=graduated&on=2026-06-05").await.expect(303);
    assert_eq!(answer.header("Location"), "/answered");
    assert!(open(&nobody, "/answered").await.expect(200).text.contains("Thank you"));
    let proposal = union.app.registrar().await.get("/api/v1/proposals").await.expect(200).body["items"][0].clone();
    assert_eq!(proposal["proposed"], json!({"graduation_date": "2026-06-05", "graduated": true}));
    let row = union.one(&anna).await;
    assert_eq!((row.status, row.outcome), (FollowUpStatus::Outcome, Some(Outcome::Reached)));
    let history = union.app.history_of(anna.id).await;
    let last = history.last().expect("a change");
    assert_eq!((last.actor_kind.as_str(), last.actor_id), ("member", Some(anna.id)));
    // Spent.
    assert!(open(&nobody, &path).await.expect(404).text.contains("has been answered"));
    send(&nobody, &path, "answer=still_studying&on=").await.expect(404);
    send(&nobody, &path, "answer=graduated&on=").await.expect(404);
    assert_eq!(union.one(&anna).await.outcome, Some(Outcome::Reached));
}

on_both_engines!(whoever_studies_still_says_so_with_one_press);
async fn whoever_studies_still_says_so_with_one_press(app: TestApp) {
    let (union, anna, path) = asked(app).await;
    // In a browser in which somebody else has signed in, too: the secret says who answers.
    let other = union.app.signed_in_member(union.rut.id).await;
    send(&other, &path, "answer=still_studying&on=2027-06-05").await.expect(303);
    assert_eq!(union.one(&anna).await.outcome, Some(Outcome::StillStudying));
    let proposal = union.app.registrar().await.get("/api/v1/proposals").await.expect(200).body["items"][0].clone();
    assert_eq!(
        (&proposal["member"]["id"], &proposal["proposed"]),
        (&json!(anna.id), &json!({"graduation_date": "2027-06-05", "graduated": false}))
    );
    union.live_until("2026-12-09").await;
    assert_eq!(union.mails("student-still-studying").await.len(), 1, "she is not asked again");
}

on_both_engines!(a_question_is_for_its_own_secret_and_its_time);
async fn a_question_is_for_its_own_secret_and_its_time(app: TestApp) {
    let (union, anna, path) = asked(app).await;
    let nobody = union.app.nobody();
    for wrong in ["/questions/x".to_owned(), format!("{path}x"), path.to_lowercase()] {
        open(&nobody, &wrong).await.expect(404);
        send(&nobody, &wrong, "answer=still_studying&on=").await.expect(404);
    }
    // What another site sends is no answer.
    let forged = Request::new("POST", &path).header("Sec-Fetch-Site", "cross-site");
    nobody.send(forged.body("application/x-www-form-urlencoded", "answer=still_studying&on=")).await.expect(403);
    // Settled by somebody else meanwhile.
    let me = union.app.signed_in_member(anna.id).await;
    let own = format!("/api/v1/me/follow-ups/{}/answer", union.one(&anna).await.id);
    me.post(&own, json!({"answer": "still_studying"})).await.expect(200);
    open(&nobody, &path).await.expect(404);
    send(&nobody, &path, "answer=graduated&on=2026-06-05").await.expect(404);
    let (union, _, path) = asked(TestApp::on(union.app.engine()).await).await;
    union.app.pass(Duration::days(58));
    open(&union.app.nobody(), &path).await.expect(200);
    union.app.pass(Duration::days(1));
    open(&union.app.nobody(), &path).await.expect(404);
    jobs::housekeeping::sweep(union.app.store()).await.expect("it can be swept");
    let left = question::Entity::find().count(union.app.store().database()).await.expect("they can be counted");
    assert_eq!(left, 0);
}
