//! What goes wrong, as a page: in the reader's language, with a way on. And what must not be overlooked on a page.

use actix_web::body::to_bytes;
use actix_web::test::{TestRequest, init_service, try_call_service};
use entity::account::AccountRole;
use entity::api_token::TokenRole;
use matrikel::web::{self, observe::InFlight};
use sea_orm::ConnectionTrait;
use serde_json::json;

use crate::app::TestApp;
use crate::lifecycle::{RULE, Union};
use crate::pages::{page, send};
use crate::search::{find, searching, within};

const LANGUAGES: [&str; 3] = ["sv", "fi", "en"];

on_both_engines!(what_clashes_is_stale_or_comes_too_often_is_told_on_a_page_with_a_way_on);
async fn what_clashes_is_stale_or_comes_too_often_is_told_on_a_page_with_a_way_on(app: TestApp) {
    let administrator = app.signed_in(&[AccountRole::Administrator]).await;
    let accounts = page(&administrator, "/accounts", "en").await.expect(200).text;
    let last = accounts.split("action=\"/accounts/").nth(1).and_then(|rest| rest.split('/').next()).expect("an account");
    let clash = (
        409,
        format!("/accounts/{last}/end"),
        "",
        [
            "Det stämmer inte med det som står i registret",
            "Se on ristiriidassa rekisterin kanssa",
            "It clashes with what the register holds",
        ],
    );
    let stale = (
        412,
        format!("/rules/{RULE}/switch"),
        "version=7&paused=true",
        ["Någon annan har ändrat under tiden", "Joku muu on sillä välin muuttanut tietoja", "Somebody changed it meanwhile"],
    );
    let guess = "email=anna%40example.org&password=fel+fel+fel+fel&code=123456";
    for _ in 0..10 {
        send(&app.nobody(), "/sign-in/password", guess).await.expect(403);
    }
    let often = (429, "/sign-in/password".to_owned(), guess, ["För många försök", "Liian monta yritystä", "Too many attempts"]);
    for (status, path, form, titles) in [clash, stale, often] {
        for (language, title) in LANGUAGES.into_iter().zip(titles) {
            let request = crate::client::Request::new("POST", &path).header("Accept", "text/html");
            let request = request.header("Accept-Language", language).body("application/x-www-form-urlencoded", form);
            let shown = administrator.send(request).await.expect(status);
            assert!(shown.text.contains(&format!("<h1>{title}</h1>")), "{path} in {language}: {}", shown.text);
            assert!(shown.text.contains("<a class=\"button main\" href=\"/\">"), "{path} in {language}: no way on");
            assert!(!shown.text.contains("fel fel"), "what is secret does not come back");
        }
    }
}

on_both_engines!(what_breaks_or_is_too_busy_is_told_on_a_page_and_tells_nothing_else);
async fn what_breaks_or_is_too_busy_is_told_on_a_page_and_tells_nothing_else(app: TestApp) {
    let anna = app.member("Anna Hemligsson").await;
    let (_, token) = app.token(TokenRole::Staff, None).await;
    let service = init_service(web::app(app.state.clone(), InFlight::default())).await;
    let show = async |status: u16, titles: [&str; 3]| {
        for (language, title) in LANGUAGES.into_iter().zip(titles) {
            let request = TestRequest::with_uri(&format!("/desk/members/{}", anna.id))
                .insert_header(("Authorization", format!("Bearer {token}")))
                .insert_header(("Accept", "text/html"))
                .insert_header(("Accept-Language", language));
            let answer = try_call_service(&service, request.to_request()).await.expect("an answer");
            assert_eq!(answer.status().as_u16(), status);
            assert_eq!(answer.headers().contains_key("Retry-After"), status == 503);
            let id = answer.headers().get("X-Request-Id").and_then(|id| id.to_str().ok()).expect("an id").to_owned();
            let text = String::from_utf8(to_bytes(answer.into_body()).await.ok().expect("a body").to_vec()).expect("text");
            assert!(
                text.contains(&format!("<h1>{title}</h1>")) && text.contains(&format!("<html lang=\"{language}\">")),
                "{text}"
            );
            assert!(text.contains("<a class=\"button main\" href=\"/\">") && text.contains(&id), "{text}");
            assert!(!text.contains("Hemligsson") && !text.contains("_away"), "{text}");
        }
    };
    let rename = |from: &str, to: &str| format!("ALTER TABLE {from} RENAME TO {to}");
    let audit = &app.state.audit_database;
    audit.execute_unprepared(&rename("read_audit", "read_audit_away")).await.expect("it can be renamed");
    show(503, ["Mycket att göra just nu", "Juuri nyt on ruuhkaa", "Very busy just now"]).await;
    audit.execute_unprepared(&rename("read_audit_away", "read_audit")).await.expect("it can be renamed");
    let register = app.store().database();
    register.execute_unprepared(&rename("verification", "verification_away")).await.expect("it can be renamed");
    show(500, ["Något gick fel hos oss", "Jotain meni meillä vikaan", "Something went wrong here"]).await;
}

on_both_engines!(a_run_that_is_missing_is_an_alarm_on_the_page_of_the_runs);
async fn a_run_that_is_missing_is_an_alarm_on_the_page_of_the_runs(app: TestApp) {
    let union = Union::new(app).await;
    let administrator = union.app.signed_in(&[AccountRole::Administrator]).await;
    let quiet = page(&administrator, "/runs", "en").await.expect(200).text;
    assert!(quiet.contains("No alarm") && !quiet.contains("role=\"alert\""), "{quiet}");
    // It should have run at seven in the morning, and did not.
    union.app.store().clock().set("2026-12-20T07:01:00Z".parse().expect("a moment"));
    let administrator = union.app.signed_in(&[AccountRole::Administrator]).await;
    for (language, missing) in [("sv", "körningen saknas"), ("fi", "ajo puuttuu"), ("en", "the run is missing")] {
        let alarm = page(&administrator, "/runs", language).await.expect(200).text;
        let told = format!("<strong>{RULE}/month_ahead/2027-01</strong>: {missing}");
        assert!(alarm.contains("role=\"alert\"") && alarm.contains(&told), "{language}: {alarm}");
    }
    union.at("2026-12-20T07:02:00Z").await;
    let quiet = page(&administrator, "/runs", "en").await.expect(200).text;
    assert!(quiet.contains("No alarm") && quiet.contains("caught up"), "{quiet}");
}

on_both_engines!(a_card_shows_open_follow_ups_and_who_is_likely_the_same_person);
async fn a_card_shows_open_follow_ups_and_who_is_likely_the_same_person(app: TestApp) {
    searching(&app).await;
    let union = Union::new(app).await;
    let home = json!({"graduation_date": "2026-07-10", "birth_date": "1999-02-01", "phone": "+46701740605"});
    let maarit = union.student_with("Maarit Karlsson", home).await;
    let other = union.app.member_with("Marit Carlsson", json!({"birth_date": "1999-02-01", "phone": "+46701740605"})).await;
    let stranger = union.app.member("Bo Ek").await;
    union.at("2026-12-20T06:30:00Z").await;
    let staff = union.app.signed_in(&[AccountRole::Staff]).await;
    let token = union.app.staff().await;
    within(std::time::Duration::from_secs(30), async || find(&token, "Marit Carlsson").await.members().contains(&other.id)).await;
    let card = page(&staff, &format!("/desk/members/{}", maarit.id), "sv").await.expect(200);
    assert!(card.text.contains(&format!("href=\"/desk/members/{}\">Marit Carlsson", other.id)), "{}", card.text);
    assert!(!card.text.contains(&stranger.id.to_string()));
    let follow_ups = card.text.split("id=\"follow-ups\"").nth(1).and_then(|rest| rest.split("</section>").next());
    assert!(follow_ups.is_some_and(|part| part.contains("<li>") && part.contains("2027-01-10")), "{}", card.text);
    let rows = union.app.audit_of(card.request_id()).await;
    let noted = serde_json::to_string(&rows.iter().map(|row| row.member_ids.clone()).collect::<Vec<_>>()).expect("JSON");
    assert!(noted.contains(&maarit.id.to_string()) && noted.contains(&other.id.to_string()), "{noted}");
    // Once it is recorded, it is open no more.
    union.record(&maarit, json!({"outcome": "stays"})).await;
    let card = page(&staff, &format!("/desk/members/{}", maarit.id), "sv").await.expect(200).text;
    assert!(!card.contains("id=\"follow-ups\""), "{card}");
}
