//! The representative's list on its page: who, how to reach them, and an outcome in two presses; and the proof of the run.

use entity::account::AccountRole;
use entity::appointment::AppointmentRole;
use sea_orm::ActiveValue;
use serde_json::json;

use crate::app::TestApp;
use crate::lifecycle::{RULE, Union, day};
use crate::pages::{page, send};

/// What a form holds for this name.
fn field<'a>(html: &'a str, name: &str) -> &'a str {
    let marked = format!("name=\"{name}\" value=\"");
    html.split(marked.as_str()).nth(1).and_then(|rest| rest.split('"').next()).expect("a field")
}

on_both_engines!(a_representative_records_what_came_of_it_on_the_page_that_the_mail_links_to);
async fn a_representative_records_what_came_of_it_on_the_page_that_the_mail_links_to(app: TestApp) {
    let union = Union::new(app).await;
    let anna = union.student("Anna Åkesson", "2026-07-10").await;
    let elsewhere = union.student_with("Bo Ek", json!({"graduation_date": "2026-07-11", "workplace_ids": []})).await;
    union.at("2026-12-20T06:30:00Z").await;
    let mails = union.mails(&format!("{RULE}/month_ahead/2027-01")).await;
    let mail = mails.iter().find(|mail| mail.to.1 == "rut@example.org").expect("her list");
    let link = mail.text.split_whitespace().find_map(|word| word.strip_prefix("http://127.0.0.1:8080")).expect("a link");
    assert_eq!(link, "/follow-ups?period=2027-01");
    let app = &union.app;
    let rut = app.signed_in_member(union.rut.id).await;
    let list = page(&rut, link, "sv").await.expect(200);
    assert!(list.text.contains("Anna Åkesson") && !list.text.contains("Bo Ek"));
    assert!(list.text.contains("tel:+46701740605") && list.text.contains("mailto:anna@example.org"));
    assert!(list.text.contains("2026-07-10") && list.text.contains("2027-01-10"), "since when, and by when");
    let [row] = &app.audit_of(list.request_id()).await[..] else { panic!("one row of the audit") };
    let noted = row.member_ids.as_ref().map(|ids| ids.to_string()).unwrap_or_default();
    assert!(noted.contains(&anna.id.to_string()) && !noted.contains(&elsewhere.id.to_string()));
    let path = format!(
        "/follow-ups/{}",
        list.text.split("action=\"/follow-ups/").nth(1).expect("a form").split('"').next().expect("an id")
    );
    let version = field(&list.text, "version").to_owned();
    let form =
        |outcome: &str, note: &str| format!("version={version}&outcome={outcome}&note={note}&period=2027-01&status=&office=");
    let recorded = send(&rut, &path, &form("no_answer", "Ringer+igen")).await.expect(303);
    assert_eq!(recorded.header("Location"), "/follow-ups?period=2027-01&done=recorded");
    send(&rut, &path, &form("no_answer", "Ringer+igen")).await.expect(303);
    // What was typed over an older copy is not lost.
    let stale = send(&rut, &path, &form("stays", "Hon+stannar")).await.expect(409);
    assert!(stale.text.contains(">Hon stannar</textarea>") && stale.text.contains("details class=\"no-print\" open"));
    let too_long = send(&rut, &path, &form("stays", &"x".repeat(2001))).await.expect(409);
    assert!(too_long.text.contains("role=\"alert\""));
    let again = page(&rut, link, "sv").await.expect(200);
    assert!(again.text.contains("Inget svar") && again.text.contains("Ringer igen"));
    let form = format!("version={}&outcome=stays&note=&period=2027-01", field(&again.text, "version"));
    send(&rut, &path, &form).await.expect(303);
    assert!(page(&rut, link, "en").await.text.contains("Stays as a professional"));
    assert!(!page(&rut, "/follow-ups?status=open", "en").await.text.contains("Anna Åkesson"));
    // It is nobody's who may not see her, and nothing for a member without appointment.
    let other = app.signed_in_member(app.member("Olle Ek").await.id).await;
    page(&other, link, "sv").await.expect(403);
    let staff = app.signed_in(&[AccountRole::Staff]).await;
    assert!(page(&staff, link, "en").await.expect(200).text.contains("responsible: Rut Ek"));
    assert!(page(&staff, "/follow-ups?period=2027-01&office=office", "en").await.text.contains("Bo Ek"));
    send(&staff, &path, "version=1&outcome=hm").await.expect(422);
}

on_both_engines!(the_mail_about_an_appointment_that_ends_leads_to_where_it_stands);
async fn the_mail_about_an_appointment_that_ends_leads_to_where_it_stands(app: TestApp) {
    let union = Union::new(app).await;
    let app = &union.app;
    let administrator = app.signed_in(&[AccountRole::Administrator]).await;
    send(&administrator, "/rules/appointment-ending/switch", "version=1&paused=false").await.expect(303);
    let chief = app.member_with("Kia Chief", json!({"email": "kia@example.org"})).await;
    app.appoint_as(chief.id, AppointmentRole::ChiefShopSteward, |row| row.workplace_id = Some(union.workplace)).await;
    union.change(&union.rut, json!({"workplace_ids": [union.workplace]})).await;
    union.appointment(|row| row.valid_until = ActiveValue::Set(Some(day("2027-01-30")))).await;
    union.live_until("2026-12-01").await;
    let mails = union.mails("appointment-ending/on_the_day/2026-12-01").await;
    for (to, reader) in [
        ("kia@example.org", app.signed_in_member(chief.id).await),
        ("matrikel@localhost", app.signed_in(&[AccountRole::Staff]).await),
    ] {
        let mail = mails.iter().find(|mail| mail.to.1 == to).expect("a mail");
        let link = mail.text.split_whitespace().find_map(|word| word.strip_prefix("http://127.0.0.1:8080")).expect("a link");
        let told = page(&reader, link, "en").await.expect(200).text;
        assert!(told.contains("Appointments that end") && told.contains("Rut Ek"), "{to} at {link}: {told}");
        assert!(told.contains("appointment ends 30 January 2027") && !told.contains("contact on"), "{told}");
        // It stands below the list of those to contact, too, but in no month of it.
        assert!(page(&reader, "/follow-ups", "en").await.text.contains("Rut Ek"));
        assert!(!page(&reader, "/follow-ups?period=2027-01", "en").await.text.contains("Rut Ek"));
    }
    // Whoever goes on is no longer told of.
    union.appointment(|row| row.valid_until = ActiveValue::Set(Some(day("2029-01-30")))).await;
    let staff = app.signed_in(&[AccountRole::Staff]).await;
    let told = page(&staff, "/follow-ups?status=told", "en").await.expect(200).text;
    assert!(!told.contains("Rut Ek") && told.contains("No appointment ends."), "{told}");
}

on_both_engines!(a_representative_lists_her_own_members);
async fn a_representative_lists_her_own_members(app: TestApp) {
    let (member, representative) = app.member_and_representative().await;
    app.member("Bo Ek").await;
    let her = app.signed_in_member(representative).await;
    let list = page(&her, "/my-members", "sv").await.expect(200).text;
    assert!(list.contains(&format!("/desk/members/{member}")) && !list.contains("Bo Ek"));
    page(&app.signed_in(&[AccountRole::Staff]).await, "/my-members", "sv").await.expect(404);
}

on_both_engines!(an_administrator_looks_first_runs_a_rule_and_sees_the_proof);
async fn an_administrator_looks_first_runs_a_rule_and_sees_the_proof(app: TestApp) {
    let union = Union::new(app).await;
    union.student("Anna Åkesson", "2026-06-10").await;
    let app = &union.app;
    let administrator = app.signed_in(&[AccountRole::Administrator]).await;
    let preview = page(&administrator, &format!("/rules/{RULE}/preview?period=2026-12"), "en").await.expect(200).text;
    assert!(preview.contains("December 2026") && !preview.contains("Anna"), "the role sees no member");
    let named = page(&app.signed_in(&[AccountRole::Staff]).await, &format!("/rules/{RULE}/preview?period=2026-12"), "en").await;
    assert!(named.expect(200).text.contains("Anna Åkesson"));
    assert!(page(&administrator, "/runs", "en").await.expect(200).text.contains("Nothing has run yet"));
    let ran = send(&administrator, &format!("/rules/{RULE}/run"), "").await.expect(303);
    assert_eq!(ran.header("Location"), "/runs?done=ran");
    let proof = page(&administrator, "/runs?done=ran", "en").await.expect(200).text;
    assert!(
        proof.contains("List for the month: 2026-12") && proof.contains("by hand") && proof.contains("<dd>1 / 1</dd>"),
        "{proof}"
    );
    assert_eq!(
        send(&administrator, &format!("/rules/{RULE}/run"), "").await.expect(303).header("Location"),
        "/runs?done=ran-before"
    );
    assert_eq!(union.mails(&format!("{RULE}/month_ahead/2026-12")).await.len(), 1, "once");
    // Switched off and on again.
    let version = field(&page(&administrator, "/rules", "en").await.expect(200).text, "version").to_owned();
    let first = "appointment-ending";
    send(&administrator, &format!("/rules/{first}/switch"), &format!("version={version}&paused=false")).await.expect(303);
    send(&administrator, &format!("/rules/{first}/switch"), &format!("version={version}&paused=false")).await.expect(303);
    send(&administrator, &format!("/rules/{first}/switch"), &format!("version={version}&paused=true")).await.expect(412);
    send(&administrator, "/rules/nothing/run", "").await.expect(404);
}

on_both_engines!(an_administrator_makes_a_rule_looks_at_it_and_switches_it_on);
async fn an_administrator_makes_a_rule_looks_at_it_and_switches_it_on(app: TestApp) {
    let union = Union::new(app).await;
    union.student("Anna Åkesson", "2025-12-10").await;
    let app = &union.app;
    let her = app.signed_in(&[AccountRole::Administrator]).await;
    assert!(page(&her, "/new-rule", "en").await.expect(200).text.contains("href=\"/new-rule/graduates\""));
    page(&her, "/new-rule/nothing", "en").await.expect(404);
    let shown = page(&her, "/new-rule/graduates", "en").await.expect(200).text;
    let once = field(&shown, "version").to_owned();
    // Everything that is wrong is said at once, at its field, and nothing that was typed is lost.
    let form = |rest: &str| format!("version={once}&direction=after&look_back_months=6&look_back_days=&content=link_only{rest}");
    let wrong = send(&her, "/new-rule/graduates", &form("&title=+&offset_months=sex&offset_days=0")).await.expect(422).text;
    for name in ["title", "offset_months", "notices"] {
        assert!(wrong.contains(&format!("href=\"#{name}\"")) && wrong.contains(&format!("id=\"{name}\"")), "{name}: {wrong}");
    }
    assert!(wrong.contains("value=\"sex\"") && wrong.contains("value=\"link_only\" selected"), "{wrong}");
    let right = form("&title=Ring+efter+ett+%C3%A5r&offset_months=12&offset_days=&notice_month_ahead=1&recipient_office=1");
    let made = send(&her, "/new-rule/graduates", &right).await.expect(303);
    let preview = made.header("Location").to_owned();
    assert!(preview.starts_with("/rules/ring-efter-ett-ar/preview?period="), "{preview}");
    assert_eq!(
        send(&her, "/new-rule/graduates", &right).await.expect(303).header("Location"),
        preview,
        "one form makes one rule"
    );
    let path = "/api/v1/lifecycle-rules/ring-efter-ett-ar";
    let rule = her.get(path).await.expect(200).body;
    let expected = json!({"title": "Ring efter ett år", "offset": "P1Y", "recipients": ["responsible"], "notices": ["month_ahead"],
        "look_back": "P6M", "content": "link_only", "paused": true, "version": 1, "template": "graduates"});
    for (name, value) in expected.as_object().expect("an object") {
        assert_eq!(&rule[name], value, "{name}");
    }
    assert!(page(&her, "/rules", "en").await.text.contains("Ring efter ett år"));
    // The preview says what it would do, and from there it is switched on.
    let looked = page(&her, "/rules/ring-efter-ett-ar/preview?period=2026-12", "en").await.expect(200).text;
    assert!(looked.contains("12 months after the graduation date") && looked.contains("<dd>1</dd>"), "{looked}");
    assert!(looked.contains("action=\"/rules/ring-efter-ett-ar/switch\""), "{looked}");
    send(&her, "/rules/ring-efter-ett-ar/switch", "version=1&paused=false").await.expect(303);
    // It is changed; who changed an older copy is told, and keeps what was typed.
    let change = |version: u8, months: &str| {
        format!(
            "version={version}&title=Ring&direction=after&offset_months={months}&notice_on_the_day=1&look_back_months=3&content=names"
        )
    };
    let edit = "/rules/ring-efter-ett-ar/edit";
    assert!(page(&her, edit, "en").await.expect(200).text.contains("value=\"Ring efter ett år\""));
    let stale = send(&her, edit, &change(1, "13")).await.expect(409).text;
    assert!(stale.contains("Någon annan har ändrat regeln") && stale.contains("value=\"13\""), "{stale}");
    send(&her, edit, &change(2, "13")).await.expect(303);
    send(&her, edit, &change(2, "13")).await.expect(303);
    let rule = her.get(path).await.expect(200).body;
    assert_eq!((&rule["offset"], &rule["look_back"], &rule["version"]), (&json!("P1Y1M"), &json!("P3M"), &json!(3)));
    assert_eq!((&rule["notices"], &rule["paused"]), (&json!(["on_the_day"]), &json!(false)));
    // One that came with the program keeps its name, in every reader's language.
    let built_in = page(&her, "/rules/appointment-ending/edit", "sv").await.expect(200).text;
    assert!(!built_in.contains("name=\"title\"") && built_in.contains("name=\"recipient_office\" value=\"1\" checked"));
    let nobody = "version=1&direction=before&offset_days=30&notice_on_the_day=1&look_back_days=60&content=names";
    assert!(send(&her, "/rules/appointment-ending/edit", nobody).await.expect(422).text.contains("href=\"#recipients\""));
    send(&her, "/rules/appointment-ending/edit", &format!("{nobody}&recipient_office=1")).await.expect(303);
    let rule = her.get("/api/v1/lifecycle-rules/appointment-ending").await.expect(200).body;
    assert_eq!((&rule["offset"], &rule["recipients"]), (&json!("-P30D"), &json!(["office"])));
}

on_both_engines!(the_mail_folder_is_the_demos_alone);
async fn the_mail_folder_is_the_demos_alone(app: TestApp) {
    page(&app.nobody(), "/demo/mails", "sv").await.expect(404);
    page(&app.signed_in(&[AccountRole::Administrator]).await, "/demo/mails", "sv").await.expect(404);
}
