//! What registrars and administrators do on their pages, and a member's change of her e-mail address on hers.

use chrono::{Duration, NaiveDate};
use entity::account::AccountRole;
use entity::member::Protection;
use entity::membership_period::{LeaveReason, MembershipType};
use matrikel::members::figures;
use serde_json::json;

use crate::app::{Member, TestApp};
use crate::client::{Client, Request};
use crate::pages::{page, send};

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day")
}

async fn act(registrar: &Client, member: &Member, action: &str, body: serde_json::Value) {
    let request = Request::new("POST", &format!("{}/{action}", member.path)).header("If-Match", &member.etag).json(&body);
    registrar.send(request).await.expect(200);
}

on_both_engines!(key_figures_are_computed_from_the_ledger);
async fn key_figures_are_computed_from_the_ledger(app: TestApp) {
    let registrar = app.registrar().await;
    let student =
        |graduation: &str| json!({"membership_type": "student", "joined_on": "2022-09-01", "graduation_date": graduation});
    // One stayed as a professional, one left three months after graduation, one graduated too lately to tell.
    let stayed = app.member_with("Anna Ek", student("2025-06-10")).await;
    let left = app.member_with("Bo Ek", student("2025-06-10")).await;
    app.member_with("Cilla Ek", student("2026-09-01")).await;
    app.member_with("Ny Ek", json!({"membership_type": "professional", "joined_on": "2026-02-01"})).await;
    app.member_with("Kanske Ek", json!({"membership_type": "prospect", "joined_on": "2026-02-01"})).await;
    let hidden = app.member_with("Dold Ek", json!({"membership_type": "professional", "joined_on": "2026-02-01"})).await;
    app.protect(hidden.id, Some(Protection::Marked)).await;
    let change = json!({"membership_type": "professional", "from": "2025-07-01"});
    act(&registrar, &stayed, "change-type", change).await;
    let leave = json!({"left_on": "2025-09-10", "leave_reason": "changed_union"});
    act(&registrar, &left, "leave", leave).await;
    let figures = figures::figures(app.store().database(), day("2026-11-22")).await.expect("figures");
    let on = |text: &str| &figures.members.iter().find(|it| it.day == day(text)).expect("the day").by_type;
    assert_eq!(on("2024-12-31").get(&MembershipType::Student), Some(&3));
    assert_eq!(
        (on("2025-12-31").get(&MembershipType::Student), on("2025-12-31").get(&MembershipType::Professional)),
        (Some(&1), Some(&1))
    );
    assert_eq!(
        (on("2026-11-22").get(&MembershipType::Professional), on("2026-11-22").get(&MembershipType::Prospect)),
        (Some(&2), None)
    );
    let year = |year: i32| figures.years.iter().find(|it| it.year == year).expect("the year");
    assert_eq!((year(2022).joined, year(2025).joined, year(2026).joined), (3, 0, 1), "a change of type is no joining");
    assert_eq!(year(2025).left, [(LeaveReason::ChangedUnion, 1)]);
    let [cohort, late] = &figures.graduates[..] else { panic!("two years") };
    assert_eq!((cohort.year, cohort.after_6, cohort.after_12), (2025, (2, 1), (2, 1)));
    assert_eq!((late.year, late.after_6, late.after_12), (2026, (0, 0), (0, 0)));
    let shown = page(&app.signed_in(&[AccountRole::Registrar]).await, "/figures", "en").await.expect(200).text;
    assert!(shown.contains("<svg class=\"chart\"") && shown.contains("went to another union"), "{shown}");
}

on_both_engines!(workplaces_that_nobody_represents_are_told_and_appointments_that_end);
async fn workplaces_that_nobody_represents_are_told_and_appointments_that_end(app: TestApp) {
    let (_, representative) = app.member_and_representative().await;
    let alone = app.workplace("Ensamvik").await;
    app.member_with("Bo Ek", json!({"workplace_ids": [alone]})).await;
    app.appoint(representative, |row| {
        row.workplace_id = Some(alone);
        row.valid_until = Some(day("2026-11-01"));
    })
    .await;
    let coverage = figures::coverage(app.store().database(), day("2026-11-22")).await.expect("the coverage");
    assert_eq!((coverage.covered, coverage.uncovered.len()), ((1, 1), 1));
    let registrar = app.signed_in(&[AccountRole::Registrar]).await;
    let shown = page(&registrar, "/workplaces", "sv").await.expect(200).text;
    assert!(shown.contains("Ensamvik") && !shown.contains("Rut Ek"));
    app.appoint(representative, |row| {
        row.workplace_id = Some(alone);
        row.valid_until = Some(day("2026-12-31"));
    })
    .await;
    let shown = page(&registrar, "/workplaces", "sv").await.expect(200).text;
    assert!(shown.contains("Rut Ek") && shown.contains("2026-12-31"));
}

on_both_engines!(a_proposal_is_accepted_or_declined_in_one_press);
async fn a_proposal_is_accepted_or_declined_in_one_press(app: TestApp) {
    let anna = app.member("Anna Åkesson").await;
    let her = app.signed_in_member(anna.id).await;
    let registrar = app.signed_in(&[AccountRole::Registrar]).await;
    for (word, stands) in [("decline", false), ("accept", true)] {
        her.post("/api/v1/me/proposals", json!({"workplaces": [{"employer": null, "workplace": "Nya kliniken"}]}))
            .await
            .expect(201);
        let list = page(&registrar, "/proposals", "sv").await.expect(200).text;
        assert!(list.contains("Anna Åkesson") && list.contains("Nya kliniken"));
        let id = list.split("action=\"/proposals/").nth(1).and_then(|rest| rest.split('/').next()).expect("a proposal");
        for _ in 0..2 {
            send(&registrar, &format!("/proposals/{id}/{word}"), "").await.expect(303);
        }
        assert!(!page(&registrar, "/proposals", "sv").await.text.contains("Nya kliniken"));
        let card = app.registrar().await.get(&anna.path).await.expect(200).text;
        assert_eq!(card.contains("Nya kliniken"), stands, "{card}");
    }
    send(&app.signed_in(&[AccountRole::Staff]).await, &format!("/proposals/{}/accept", anna.id), "").await.expect(403);
}

on_both_engines!(an_administrator_makes_resets_and_ends_accounts_after_a_second_factor);
async fn an_administrator_makes_resets_and_ends_accounts_after_a_second_factor(app: TestApp) {
    let administrator = app.signed_in(&[AccountRole::Administrator]).await;
    let form = "name=Olle+Ek&email=olle%40example.org&role_staff=1&role_registrar=1";
    let made = send(&administrator, "/accounts", form).await.expect(200).text;
    assert!(made.contains("http://127.0.0.1:8080/set-up/"), "{made}");
    assert!(!page(&administrator, "/accounts", "sv").await.expect(200).text.contains("/set-up/"), "it is shown once");
    let taken = send(&administrator, "/accounts", form).await.expect(409).text;
    assert!(taken.contains("value=\"Olle Ek\"") && taken.contains("role=\"alert\""));
    send(&administrator, "/accounts", "name=Olle&email=x&role_staff=1").await.expect(422);
    send(&administrator, "/accounts", "name=Olle+Ek&email=ny%40example.org").await.expect(422);
    let id =
        app.administrator().await.get("/api/v1/accounts").await.expect(200).body["items"][0]["id"].as_str().map(str::to_owned);
    let id = id.expect("an account");
    assert!(send(&administrator, &format!("/accounts/{id}/reset"), "").await.expect(200).text.contains("/set-up/"));
    send(&administrator, &format!("/accounts/{id}/end"), "").await.expect(303);
    app.pass(Duration::minutes(11));
    let late = send(&administrator, "/accounts", form).await.expect(403).text;
    assert!(late.contains("/step-up") && late.contains("value=\"Olle Ek\""), "what was typed comes back");
    // Mail is paused and started.
    send(&administrator, "/mail", "to=paused").await.expect(303);
    assert!(page(&administrator, "/mail", "sv").await.expect(200).text.contains("value=\"running\""));
    send(&administrator, "/mail", "to=running").await.expect(303);
    assert!(page(&administrator, "/mail", "sv").await.text.contains("value=\"paused\""));
}

on_both_engines!(another_address_is_confirmed_by_its_mail_or_stopped_from_the_old_one);
async fn another_address_is_confirmed_by_its_mail_or_stopped_from_the_old_one(app: TestApp) {
    let anna = app.member_with("Anna Åkesson", json!({"email": "anna@example.org"})).await;
    let her = app.signed_in_member(anna.id).await;
    assert!(send(&her, "/me/email", "email=x").await.expect(422).text.contains("email-wrong"));
    send(&her, "/me/email", "email=ny%40example.net").await.expect(303);
    assert!(page(&her, "/me/email", "sv").await.expect(200).text.contains("ny@example.net"));
    let mails = app.sign_in_mails().await;
    let link = |to: &str, part: &str| {
        let mail = mails.iter().find(|mail| mail.to.1 == to).expect("a mail");
        let word = mail.text.split_whitespace().find(|word| word.contains(part)).expect("a link");
        word.strip_prefix("http://127.0.0.1:8080").expect("a link to here").to_owned()
    };
    let (confirm, stop) = (link("ny@example.net", "/me/email/"), link("anna@example.org", "/email-change/stop/"));
    // The link is for whoever is signed in as her; opening it does nothing.
    page(&app.nobody(), &confirm, "sv").await.expect(401);
    page(&her, &confirm, "sv").await.expect(200);
    send(&her, "/me/email/confirm", "code=000000x").await.expect(403);
    page(&app.nobody(), &stop, "sv").await.expect(200);
    assert_eq!(send(&her, &confirm, "").await.expect(303).header("Location"), "/me?done=saved");
    her.get("/api/v1/session").await.expect(200);
    assert_eq!(app.registrar().await.get(&anna.path).await.expect(200).body["email"], "ny@example.net");
    assert!(send(&app.nobody(), &stop, "").await.expect(200).text.contains("Kansliet"));
    send(&app.nobody(), &stop, "").await.expect(200);
    send(&app.nobody(), "/email-change/stop/x", "").await.expect(403);
}

on_both_engines!(pasted_lines_are_compared_first_and_applied_once);
async fn pasted_lines_are_compared_first_and_applied_once(app: TestApp) {
    let registrar = app.signed_in(&[AccountRole::Registrar]).await;
    assert!(send(&registrar, "/imports", "kind=members&mode=fill&lines=+").await.expect(422).text.contains("lines-wrong"));
    let wrong = send(&registrar, "/imports", "kind=members&mode=fill&lines=member_number%0D%0A7").await.expect(303);
    let shown = page(&registrar, wrong.header("Location"), "sv").await.expect(200).text;
    assert!(shown.contains("role=\"alert\"") && !shown.contains("/apply"), "{shown}");
    let lines = "member_number%3Bgiven_names%3Bsurname%3Bemail%0D%0A7%3BAnna%3BEk%3Bingen";
    let wrong = send(&registrar, "/imports", &format!("kind=members&mode=fill&lines={lines}")).await.expect(303);
    for (language, place) in [("sv", "Rad 2, E-post: "), ("fi", "Rivi 2, Sähköposti: "), ("en", "Row 2, E-mail: ")] {
        let shown = page(&registrar, wrong.header("Location"), language).await.expect(200).text;
        assert!(shown.contains(&format!("<li>{place}<span lang=\"en\">")), "{shown}");
    }
    let lines = "Medlemsnummer%3BF%C3%B6rnamn%3BEfternamn%3BSkonummer%0D%0A7%3BAnna%3B%C3%85kesson%3B38";
    let compared = send(&registrar, "/imports", &format!("kind=members&mode=fill&lines={lines}")).await.expect(303);
    let address = compared.header("Location").to_owned();
    let shown = page(&registrar, &address, "sv").await.expect(200).text;
    assert!(shown.contains("Efternamn") && shown.contains("<code>surname</code>") && shown.contains("Skonummer"));
    for (language, note) in
        [("sv", "blir yrkesverksamma: 1."), ("fi", "ammatissa toimivia: 1."), ("en", "become professional: 1.")]
    {
        assert!(page(&registrar, &address, language).await.expect(200).text.contains(note), "{language}");
    }
    let list = "/api/v1/members";
    assert_eq!(app.registrar().await.get(list).await.body["items"], json!([]), "nothing is changed yet");
    for _ in 0..2 {
        send(&registrar, &format!("{address}/apply"), "").await.expect(303);
    }
    assert!(!page(&registrar, &address, "sv").await.expect(200).text.contains("/apply"));
    assert_eq!(app.registrar().await.get(list).await.body["items"].as_array().map(Vec::len), Some(1));
    page(&app.signed_in(&[AccountRole::Registrar]).await, &address, "sv").await.expect(404);
}
