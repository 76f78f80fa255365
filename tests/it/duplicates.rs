//! Likely duplicates: of a member, and of the new rows of a file.

use entity::member::Protection;
use entity::read_audit::Access;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::app::{Engine, TestApp};
use crate::client::{Client, Request, Response};
use crate::program::Installation;
use crate::search::searching;

/// An address and a birth date, with `fields` over them.
fn at_home(fields: Value) -> Value {
    let mut all =
        json!({"birth_date": "1984-02-01", "street": "Storgatan 1", "postal_code": "903 26", "city": "Umeå", "country": "SE"});
    if let (Value::Object(all), Value::Object(fields)) = (&mut all, fields) {
        all.extend(fields);
    }
    all
}

fn ids(answer: &Response) -> Vec<Uuid> {
    let items = answer.body["items"].as_array().expect("items").iter();
    items.map(|item| item["id"].as_str().and_then(|id| id.parse().ok()).expect("an id")).collect()
}

fn evidence(why: &Value) -> Vec<(&str, &str)> {
    let why = why.as_array().expect("evidence").iter();
    why.map(|one| (one["field"].as_str().unwrap_or("?"), one["relation"].as_str().unwrap_or("?"))).collect()
}

async fn upload(who: &Client, file: &str) -> Response {
    let request = Request::new("POST", "/api/v1/imports?kind=members").body("text/csv", file);
    who.send(request).await.expect(201)
}

on_both_engines!(a_member_is_shown_with_whoever_is_likely_the_same_person_and_why);
async fn a_member_is_shown_with_whoever_is_likely_the_same_person_and_why(app: TestApp) {
    searching(&app).await;
    let maarit = app.member_with("Maarit Helena Karlsson", at_home(json!({"phone": "070-174 06 05"}))).await;
    let marit = app.member_with("Marit Carlson", at_home(json!({"street": "storgatan 1"}))).await;
    let again = app
        .member_with(
            "Helena Öberg",
            json!({"phone": "+46 70 174 06 05", "former_surnames": ["Karlsson"], "birth_date": "1984-02-01"}),
        )
        .await;
    let mistyped = app.member_with("Maarit Karlsson", at_home(json!({"birth_date": "1984-01-02"}))).await;
    // Her twin, her mother of the same name, somebody born the same day, and somebody of the same name.
    app.member_with("Eva Karlsson", at_home(json!({}))).await;
    app.member_with("Maarit Karlsson", at_home(json!({"birth_date": "1951-12-24"}))).await;
    app.member_with("Bo Ek", json!({"birth_date": "1984-02-01"})).await;
    app.member("Maarit Karlsson").await;
    let staff = app.staff().await;
    let answer = staff.get(&format!("{}/likely-duplicates", maarit.path)).await.expect(200);
    let found = ids(&answer);
    assert_eq!(found.len(), 3, "{}", answer.text);
    assert!([marit.id, again.id, mistyped.id].iter().all(|id| found.contains(id)), "{}", answer.text);
    let one = found.iter().position(|id| *id == marit.id).expect("she is among them");
    let first = &answer.body["items"][one];
    assert_eq!((first["surname"].as_str(), first["city"].as_str()), (Some("Carlson"), Some("Umeå")));
    assert_eq!(
        evidence(&first["why"]),
        [("given_names", "sounds_like"), ("surname", "sounds_like"), ("birth_date", "same"), ("address", "same")]
    );
    assert_eq!(found[0], again.id, "the likeliest first");
    assert_eq!(first["why"][1]["found"], "Carlson");
    assert!(first["score"].as_f64().is_some_and(|score| (0.8..=1.0).contains(&score)), "{}", answer.text);
    let rows = app.audit_of(answer.request_id()).await;
    assert_eq!((rows.len(), rows[0].access, rows[0].operation.as_str()), (1, Access::Listed, "likely_duplicates"));
    let back = staff.get(&format!("{}/likely-duplicates", marit.path)).await.expect(200);
    assert!(ids(&back).contains(&maarit.id) && !ids(&back).contains(&marit.id), "{}", back.text);
    let nobody = app.member_with("Zoe Unikström", json!({"birth_date": "1970-01-01"})).await;
    assert_eq!(staff.get(&format!("{}/likely-duplicates", nobody.path)).await.expect(200).body, json!({"items": []}));
    staff.get(&format!("/api/v1/members/{}/likely-duplicates", app.store().clock().new_id())).await.expect(404);
}

on_both_engines!(whoever_may_not_be_seen_is_nobodys_duplicate);
async fn whoever_may_not_be_seen_is_nobodys_duplicate(app: TestApp) {
    searching(&app).await;
    let (one, other) =
        (app.member_with("Anna Ek", at_home(json!({}))).await, app.member_with("Anna Ek", at_home(json!({}))).await);
    let path = format!("{}/likely-duplicates", one.path);
    let (staff, officer) = (app.staff().await, app.privacy_officer().await);
    assert_eq!(ids(&staff.get(&path).await.expect(200)), [other.id]);
    app.protect(other.id, Some(Protection::Turvakielto)).await;
    assert_eq!(staff.get(&path).await.expect(200).body, json!({"items": []}));
    assert_eq!(ids(&officer.get(&path).await.expect(200)), [other.id]);
    staff.get(&format!("{}/likely-duplicates", other.path)).await.expect(404);
    assert_eq!(ids(&officer.get(&format!("{}/likely-duplicates", other.path)).await.expect(200)), [one.id]);
}

const HEADERS: &str = "member_number;given_names;surname;birth_date;street;postal_code;phone;email;protected\n";

on_both_engines!(a_preview_tells_which_new_rows_are_likely_somebody_who_is_there_already);
async fn a_preview_tells_which_new_rows_are_likely_somebody_who_is_there_already(app: TestApp) {
    let register = format!(
        "{HEADERS}1;Maarit Helena;Karlsson;1984-02-01;Storgatan 1;903 26;;;\n2;Hemlig;Ek;1970-05-05;;;;;1\n3;Bo;Ek;;;;070-174 06 05;;\n"
    );
    app.import(entity::import_batch::ImportMode::Fill, register).await;
    let registrar = app.registrar().await;
    let file = format!(
        "{HEADERS}1;Maarit Helena;Karlsson;1984-02-01;Storgatan 1;903 26;;;\n\
         10;Marit;Carlson;1984-02-01;Storgatan 1;90326;;;\n\
         11;Hemlig;Ek;1970-05-05;;;;;\n\
         12;Bo;Ek;1961-02-03;;;+46701740605;;\n\
         13;Eva;Öst;1990-01-01;;;;eva@example.org;\n\
         14;Eva;Wester;1990-01-01;;;;EVA@example.org;\n\
         15;Ida;Öst;1990-01-01;;;;eva@example.org;\n"
    );
    let uploaded = upload(&registrar, &file).await;
    let report = &uploaded.body["report"];
    let rows = report["likely_duplicates"].as_array().expect("rows");
    let told: Vec<_> =
        rows.iter().map(|row| (row["line"].clone(), row["member"]["member_number"].clone(), row["other_line"].clone())).collect();
    assert_eq!(
        told,
        [(json!(3), json!("1"), Value::Null), (json!(5), json!("3"), Value::Null), (json!(7), Value::Null, json!(6))],
        "{}",
        uploaded.text
    );
    assert_eq!(report["likely_duplicate_count"], 3);
    assert_eq!(evidence(&rows[1]["why"]), [("given_names", "same"), ("surname", "same"), ("phone", "same")]);
    let access =
        async |answer: &Response| app.audit_of(answer.request_id()).await.iter().map(|row| row.access).collect::<Vec<_>>();
    assert_eq!(access(&uploaded).await, [Access::Listed]);
    let path = uploaded.header("Location").to_owned();
    let shown = registrar.get(&path).await.expect(200);
    assert_eq!((&shown.body["report"], access(&shown).await), (report, vec![Access::Listed]));
    let applied = registrar.send(Request::new("POST", &format!("{path}/apply"))).await.expect(200);
    assert_eq!((&applied.body["report"]["new"], &applied.body["report"]["likely_duplicate_count"]), (&json!(6), &json!(3)));
    for number in ["1", "10", "12", "13", "14"] {
        assert_eq!(app.exported(number).await["member_number"], number, "nobody was merged");
    }
}

on_both_engines!(many_new_rows_are_compared_with_the_whole_register);
async fn many_new_rows_are_compared_with_the_whole_register(app: TestApp) {
    let register = format!("{HEADERS}1;Maarit Helena;Karlsson;1984-02-01;;;;;\n");
    app.import(entity::import_batch::ImportMode::Fill, register).await;
    let mut file = HEADERS.to_owned();
    for number in 0..700 {
        let (year, month, day) = (1950 + number % 50, 1 + number % 12, 1 + number % 28);
        file += &format!("{};Namn{number};Efter{number};{year}-{month:02}-{day:02};;;;;\n", 1000 + number);
    }
    file += "2;Marit;Carlson;1984-02-01;;;;;\n";
    let report = app.preview(entity::import_batch::ImportMode::Fill, file).await;
    let found = report.likely_duplicates.iter().find(|row| row.line == 702).expect("she is found");
    assert_eq!(found.member.as_ref().map(|member| member.member_number.as_str()), Some("1"));
}

#[actix_web::test]
async fn a_dry_run_prints_likely_duplicates_and_the_read_audit_knows() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let installed = Installation::empty(engine).await;
        let first = installed
            .file("first.csv", format!("{HEADERS}1;Maarit Helena;Karlsson;1984-02-01;;;;;\n2;Hemlig;Ek;1970-05-05;;;;;1\n"));
        let told = installed.done(&["import", "members", first]);
        assert!(!told.contains("likely"), "{told}");
        let second =
            format!("{HEADERS}10;Marit;Carlson;1984-02-01;;;;;\n11;Hemlig;Ek;1970-05-05;;;;;\n12;Hemlig;Ek;1970-05-05;;;;;\n");
        let second = installed.file("second.csv", second);
        let told = installed.done(&["import", "members", second, "--dry-run"]);
        for line in [
            "New rows that are likely somebody who is there already: 2\n",
            "  line 2: member 1, Maarit Helena Karlsson (0.7",
            "given name sounds like Maarit, surname sounds like Karlsson, date of birth is the same",
            "  line 4: line 3 (0.8",
        ] {
            assert!(told.contains(line), "{line}: {told}");
        }
        assert!(!told.contains("member 2"), "she is protected: {told}");
    }
}
