//! The pages, as a browser without script sees them. What they look like and do with script: `tests/browser`.

use entity::account::AccountRole;
use entity::member::Protection;
use entity::read_audit::Access;
use serde_json::json;

use crate::app::TestApp;
use crate::client::{Client, Request, Response};

/// Who may open a page: nobody, member, representative, staff, registrar, privacy officer, administrator.
const PAGES: &[(&str, [u16; 7])] = &[
    ("/", [200, 303, 303, 303, 303, 303, 303]),
    ("/desk", [401, 403, 200, 200, 200, 200, 403]),
    ("/desk/members/{id}", [401, 403, 200, 200, 200, 200, 403]),
    ("/desk/members/{id}/edit", [401, 403, 403, 200, 200, 200, 403]),
    ("/desk/prospects/new", [401, 403, 403, 200, 200, 403, 403]),
    ("/follow-ups", [401, 403, 200, 200, 200, 200, 403]),
    ("/my-members", [401, 403, 200, 404, 404, 404, 403]),
    ("/rules", [401, 403, 403, 403, 403, 403, 200]),
    ("/rules/graduate-follow-up/preview", [401, 403, 200, 200, 200, 200, 200]),
    ("/new-rule", [401, 403, 403, 403, 403, 403, 200]),
    ("/new-rule/appointment_ending", [401, 403, 403, 403, 403, 403, 200]),
    ("/rules/graduate-follow-up/edit", [401, 403, 403, 403, 403, 403, 200]),
    ("/runs", [401, 403, 403, 403, 403, 403, 200]),
    ("/proposals", [401, 403, 403, 403, 200, 200, 403]),
    ("/imports", [401, 403, 403, 403, 200, 403, 403]),
    ("/workplaces", [401, 403, 403, 403, 200, 403, 403]),
    ("/figures", [401, 403, 403, 403, 200, 403, 200]),
    ("/accounts", [401, 403, 403, 403, 403, 403, 200]),
    ("/mail", [401, 403, 403, 403, 403, 403, 200]),
    ("/me/email", [401, 200, 200, 403, 403, 403, 403]),
    ("/me/email/x", [401, 200, 200, 403, 403, 403, 403]),
    ("/email-change/stop/x", [200, 200, 200, 200, 200, 200, 200]),
    ("/demo/mails", [404, 404, 404, 404, 404, 404, 404]),
    ("/me", [401, 200, 200, 403, 403, 403, 403]),
    ("/me/edit", [401, 200, 200, 403, 403, 403, 403]),
    ("/sign-in", [200, 303, 303, 303, 303, 303, 303]),
    ("/sign-in/code", [200, 200, 200, 200, 200, 200, 200]),
    ("/sign-in/link/x", [200, 200, 200, 200, 200, 200, 200]),
    ("/sign-in/password", [200, 200, 200, 200, 200, 200, 200]),
    ("/set-up/x", [403, 403, 403, 403, 403, 403, 403]),
    ("/step-up", [401, 200, 200, 200, 200, 200, 200]),
    ("/me/reads", [401, 403, 403, 403, 403, 403, 403]),
    ("/me/download", [401, 403, 403, 403, 403, 403, 403]),
    ("/my-account", [401, 404, 404, 200, 200, 200, 200]),
    ("/my-account/second-factor", [401, 404, 404, 303, 303, 303, 303]),
    ("/sessions", [401, 200, 200, 200, 200, 200, 200]),
    ("/pledge", [401, 200, 200, 200, 200, 200, 200]),
    ("/questions/no-such", [404, 404, 404, 404, 404, 404, 404]),
    ("/answered", [200, 200, 200, 200, 200, 200, 200]),
    ("/nowhere", [404, 404, 404, 404, 404, 404, 404]),
];

/// Asks for a page as a browser does.
pub(crate) async fn page(client: &Client, path: &str, language: &str) -> Response {
    client.send(Request::new("GET", path).header("Accept", "text/html").header("Accept-Language", language)).await
}

/// Sends a form as a browser does.
pub(crate) async fn send(client: &Client, path: &str, form: &str) -> Response {
    client.send(Request::new("POST", path).header("Accept", "text/html").body("application/x-www-form-urlencoded", form)).await
}

on_both_engines!(each_page_is_for_its_roles_in_every_language);
async fn each_page_is_for_its_roles_in_every_language(app: TestApp) {
    let (member, representative) = app.member_and_representative().await;
    let callers = [
        app.nobody(),
        app.signed_in_member(member).await,
        app.signed_in_member(representative).await,
        app.signed_in(&[AccountRole::Staff]).await,
        app.signed_in(&[AccountRole::Registrar]).await,
        app.signed_in(&[AccountRole::PrivacyOfficer]).await,
        app.signed_in(&[AccountRole::Administrator]).await,
    ];
    for (path, statuses) in PAGES {
        let path = path.replace("{id}", &member.to_string());
        for (number, (caller, status)) in callers.iter().zip(statuses).enumerate() {
            let status = *status;
            for language in ["sv", "fi", "en"] {
                let answer = page(caller, &path, language).await;
                assert_eq!(answer.status, status, "{path} for caller {number}");
                if status != 303 {
                    assert!(answer.text.contains(&format!("<html lang=\"{language}\">")), "{path} in {language}");
                    assert!(!answer.text.contains("Unknown localization"), "{path} in {language}");
                    assert!(
                        !answer.text.contains("<script>") && !answer.text.contains(" style="),
                        "{path}: the policy forbids it"
                    );
                    assert!(answer.text.len() < 50_000, "{path} is too large");
                }
            }
        }
    }
}

on_both_engines!(an_error_is_a_page_for_readers_and_a_problem_for_programs);
async fn an_error_is_a_page_for_readers_and_a_problem_for_programs(app: TestApp) {
    let nobody = app.nobody();
    assert!(page(&nobody, "/nowhere", "fi").await.expect(404).text.contains("Sivua ei ole"));
    let problem = nobody.get("/nowhere").await.expect(404);
    assert_eq!(problem.body["type"], "urn:matrikel:problem:not-found");
    // Whoever is signed in finds her places and the way out.
    let staff = app.signed_in(&[AccountRole::Staff]).await;
    for path in ["/nowhere", "/runs"] {
        let shown = page(&staff, path, "sv").await.text;
        assert!(shown.contains("href=\"/desk\"") && shown.contains("/sign-out"), "{path}: {shown}");
    }
    // The API answers programs, whatever they say that they read.
    let problem = page(&nobody, "/api/v1/members", "sv").await.expect(401);
    assert_eq!(problem.body["type"], "urn:matrikel:problem:not-signed-in");
}

on_both_engines!(what_was_typed_comes_back_when_the_session_has_ended);
async fn what_was_typed_comes_back_when_the_session_has_ended(app: TestApp) {
    let member = app.member("Anna Åkesson").await;
    let path = format!("/desk/members/{}/edit", member.id);
    let form = "csrf=secret&phone=070-1740605&was_phone=&password=hemligt";
    let answer = send(&app.nobody(), &path, form).await.expect(401);
    assert!(answer.text.contains("<dt>Telefon</dt><dd>070-1740605</dd>"), "{}", answer.text);
    assert!(!answer.text.contains("hemligt") && !answer.text.contains("secret"));
}

on_both_engines!(files_of_the_pages_may_be_kept_and_pages_may_not);
async fn files_of_the_pages_may_be_kept_and_pages_may_not(app: TestApp) {
    let start = page(&app.nobody(), "/", "sv").await.expect(200);
    assert_eq!(start.header("Cache-Control"), "no-store");
    assert!(start.header("Content-Security-Policy").contains("script-src 'self'"));
    let files: Vec<&str> = start.text.split('"').filter(|part| part.starts_with("/assets/")).collect();
    assert_eq!(files.len(), 3);
    for file in files {
        let file = app.nobody().get(file).await.expect(200);
        assert!(file.header("Cache-Control").contains("immutable"));
    }
    app.nobody().get("/assets/matrikel-0000000000000000.css").await.expect(404);
}

on_both_engines!(a_kept_search_holds_no_name_in_its_address_and_is_its_owners_alone);
async fn a_kept_search_holds_no_name_in_its_address_and_is_its_owners_alone(app: TestApp) {
    let member = app.member("Maarit Karlsson").await;
    let staff = app.signed_in(&[AccountRole::Staff]).await;
    let kept = send(&staff, "/desk/search", "q=marit+carlson").await.expect(303);
    let address = kept.header("Location").to_owned();
    assert!(address.starts_with("/desk/searches/") && !address.contains("carlson"));
    let shown = page(&staff, &address, "en").await.expect(200);
    assert!(shown.text.contains("Ma<mark>a</mark>rit <mark>K</mark>arls<mark>s</mark>on"), "{}", shown.text);
    let [row] = &app.audit_of(shown.request_id()).await[..] else { panic!("one row of the audit") };
    assert_eq!((row.access, row.member_ids.clone()), (Access::Listed, Some(json!([member.id]))));
    page(&app.signed_in(&[AccountRole::Staff]).await, &address, "en").await.expect(404);
    // For the script, the hits alone.
    let hits = send(&staff, "/desk/hits", "q=karlsson").await.expect(200);
    assert!(hits.text.contains(&member.id.to_string()) && !hits.text.contains("<html"));
    assert!(!hits.header("X-Announce").is_empty());
}

on_both_engines!(the_desk_knows_no_protected_member_and_says_whom_it_showed);
async fn the_desk_knows_no_protected_member_and_says_whom_it_showed(app: TestApp) {
    let (member, representative) = app.member_and_representative().await;
    let staff = app.signed_in(&[AccountRole::Staff]).await;
    let path = format!("/desk/members/{member}");
    let shown = page(&staff, &path, "sv").await.expect(200);
    assert!(shown.text.contains("Rut Ek"), "her representative is on the card");
    let [row] = &app.audit_of(shown.request_id()).await[..] else { panic!("one row of the audit") };
    assert_eq!((row.access, row.member_ids.clone()), (Access::Opened, Some(json!([member, representative]))));
    app.protect(member, Some(Protection::Marked)).await;
    page(&staff, &path, "sv").await.expect(404);
    send(&staff, &format!("{path}/edit"), "phone=1&was_phone=").await.expect(404);
    send(&staff, &format!("{path}/confirm"), "detail=phone&version=x").await.expect(404);
}

on_both_engines!(a_member_takes_back_her_own_last_change_and_no_other);
async fn a_member_takes_back_her_own_last_change_and_no_other(app: TestApp) {
    let member = app.member_with("Anna Åkesson", json!({"city": "Umeå", "phone": "070-174 06 05"})).await;
    let her = app.signed_in_member(member.id).await;
    let form = "city=Lule%C3%A5&was_city=Ume%C3%A5&phone=&was_phone=%2B46701740605";
    let asked = send(&her, "/me/edit", form).await.expect(422);
    assert!(asked.text.contains("clear_phone"), "it is asked before a field is cleared");
    send(&her, "/me/edit", &format!("{form}&clear_phone=1")).await.expect(303);
    let change = app.history_of(member.id).await.last().expect("a change").number;
    assert!(page(&her, "/me", "sv").await.text.contains("/me/undo"));
    send(&her, "/me/undo", &format!("number={}", change - 1)).await.expect(412);
    send(&her, "/me/undo", &format!("number={change}")).await.expect(303);
    let card = app.registrar().await.get(&member.path).await.expect(200).body;
    assert_eq!(
        (&card["city"], &card["phone"], &card["phone_understood"]),
        (&json!("Umeå"), &json!("+46701740605"), &json!(true))
    );
    // What somebody else did is not hers to take back.
    let staff = app.signed_in(&[AccountRole::Staff]).await;
    send(&staff, &format!("/desk/members/{}/edit", member.id), "city=Pite%C3%A5&was_city=Ume%C3%A5").await.expect(303);
    let change = app.history_of(member.id).await.last().expect("a change").number;
    assert!(!page(&her, "/me", "sv").await.text.contains("/me/undo"));
    send(&her, "/me/undo", &format!("number={change}")).await.expect(412);
}

on_both_engines!(a_form_sent_twice_registers_one_prospect);
async fn a_form_sent_twice_registers_one_prospect(app: TestApp) {
    let staff = app.signed_in(&[AccountRole::Staff]).await;
    let form = "version=019ac5a0-0000-7000-8000-000000000001&given_names=Anna&surname=%C3%85kesson";
    let first = send(&staff, "/desk/prospects/new", form).await.expect(303).header("Location").to_owned();
    let second = send(&staff, "/desk/prospects/new", form).await.expect(303).header("Location").to_owned();
    assert_eq!(first, second);
    send(&staff, "/desk/prospects/new", "given_names=&surname=Ek").await.expect(422);
}

on_both_engines!(the_demos_doors_are_closed_in_a_real_register);
async fn the_demos_doors_are_closed_in_a_real_register(app: TestApp) {
    app.member("Anna Åkesson").await;
    assert!(!page(&app.nobody(), "/", "sv").await.text.contains("/demo/enter"));
    for role in ["staff", "administrator", "member"] {
        send(&app.nobody(), "/demo/enter", &format!("role={role}")).await.expect(404);
    }
}

on_both_engines!(a_language_is_chosen_and_only_ways_within_the_service_are_gone);
async fn a_language_is_chosen_and_only_ways_within_the_service_are_gone(app: TestApp) {
    let chosen = send(&app.nobody(), "/language", "language=fi&back=/desk").await.expect(303);
    assert_eq!(chosen.header("Location"), "/desk");
    assert!(chosen.header("Set-Cookie").starts_with("matrikel-language=fi;"));
    for back in ["https://example.org", "//example.org", "%2F%5Cexample.org"] {
        let chosen = send(&app.nobody(), "/language", &format!("language=fi&back={back}")).await.expect(303);
        assert_eq!(chosen.header("Location"), "/");
    }
}

on_both_engines!(a_member_answers_agrees_and_sees_who_has_looked);
async fn a_member_answers_agrees_and_sees_who_has_looked(app: TestApp) {
    let union = crate::lifecycle::Union::new(app).await;
    let anna = union.student("Anna Åkesson", "2026-07-10").await;
    union.at("2026-12-20T06:30:00Z").await;
    let app = &union.app;
    let her = app.signed_in_member(anna.id).await;
    let shown = page(&her, "/me", "sv").await.expect(200).text;
    assert!(shown.contains("2026-07-10") && !shown.contains("Medlem sedan"), "a mailed link does not show the membership");
    let id = shown.split("action=\"/me/follow-ups/").nth(1).and_then(|rest| rest.split('"').next()).expect("a question");
    let path = format!("/me/follow-ups/{id}");
    send(&her, &path, "answer=graduated&graduation_date=").await.expect(422);
    send(&her, &path, "answer=graduated&graduation_date=2027-02-01").await.expect(422);
    send(&her, &path, "answer=still_studying").await.expect(303);
    send(&her, &path, "answer=still_studying").await.expect(303);
    assert!(page(&her, "/me", "en").await.text.contains("Is still studying"));
    let other = app.signed_in_member(union.rut.id).await;
    send(&other, &path, "answer=still_studying").await.expect(404);
    send(&her, "/me/consents", "newsletter=1").await.expect(303);
    let shown = page(&her, "/me", "sv").await.text;
    assert!(shown.contains("name=\"newsletter\" value=\"1\" checked") && !shown.contains("name=\"sms\" value=\"1\" checked"));
    send(&her, "/me/consents", "").await.expect(303);
    assert!(!page(&her, "/me", "sv").await.text.contains(" checked"));
    // Who has looked, and all of it, only after a code that was mailed just now; then she comes back to it.
    page(&app.signed_in(&[AccountRole::Staff]).await, &format!("/desk/members/{}", anna.id), "sv").await.expect(200);
    assert!(page(&her, "/me/reads", "sv").await.expect(403).text.contains("/step-up"));
    send(&her, "/step-up/code", "").await.expect(303);
    let code = app.sign_in_mails().await.pop().expect("a mail").code();
    let back = send(&her, "/step-up", &format!("code={code}")).await.expect(303);
    assert_eq!(back.header("Location"), "/me/reads");
    her.get("/api/v1/session").await.expect(200);
    assert!(page(&her, "/me/reads", "en").await.expect(200).text.contains("<strong>staff</strong>"));
    let all = page(&her, "/me/download", "sv").await.expect(200);
    assert!(all.header("Content-Disposition").starts_with("attachment") && all.text.contains("Åkesson"));
    assert!(page(&her, "/me", "sv").await.text.contains("Medlem sedan"));
}
