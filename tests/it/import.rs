//! Import of the member file: what it changes, by mode, and what it says of that.

use entity::history::{Change, Subject};
use entity::import_batch::{ImportKind, ImportMode};
use entity::visibility::Viewer;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::app::TestApp;
use crate::files::{compare, counts, fields, take_in};

/// A row with every column of the member file.
const WHOLE: &str = "member_number;given_names;surname;former_surname;birth_date;personal_identity_number;language;email;phone;\
     street;postal_code;city;country;membership_type;occupation;employer;workplace;local_branch;school;graduation_date;\
     graduation_confirmed_on;joined_on;left_on;leave_reason;protected;hidden\n\
     1;Maarit Helena;Karlsson;\"Öberg; Ek\";1984-02-29;;sv;maarit@example.org;070-174 06 05;Storgatan 1;903 26;Umeå;SE;\
     student;undersköterska;Region Västerbotten;Umeå sjukhus;Västerbotten;Umeå universitet;2026-06-05;;2024-01-15;;;;1\n";

on_both_engines!(what_a_file_would_change_is_counted_field_by_field);
async fn what_a_file_would_change_is_counted_field_by_field(app: TestApp) {
    let first = "member_number;given_names;surname;email;city\n\
                 1;Anna;Ek;anna@example.org;Lund\n2;Bo;Ek;;Lund\n3;Li;Ng;li@example.org;\n";
    let report = app.import(ImportMode::Fill, first).await;
    assert_eq!((counts(&report), fields(&report)), ((3, 0, 0), vec![]));
    let second = "member_number;given_names;surname;email;city\n\
                  1;Anna;Ek;anna@example.org;Lund\n2;Bo;Ek;bo@example.org;Malmö\n3;Li;Ng;li@example.com;Ystad\n4;Eva;Öst;;\n";
    let report = app.import(ImportMode::Overwrite, second).await;
    assert_eq!(counts(&report), (1, 2, 1));
    assert_eq!(fields(&report), [("city", 2), ("email", 2)]);
    assert_eq!(app.exported("3").await["email"], "li@example.com");
}

on_both_engines!(a_comparison_writes_nothing);
async fn a_comparison_writes_nothing(app: TestApp) {
    app.import(ImportMode::Fill, "member_number;given_names;surname\n1;Anna;Ek\n").await;
    let (before, history) = (app.everything().await, app.history().await);
    let file = "member_number;given_names;surname;city;workplace\n1;Anna;Berg;Lund;Huset\n2;Bo;Ek;Ystad;Huset\n";
    let report = app.preview(ImportMode::Overwrite, file).await;
    assert_eq!((counts(&report), report.new_units), ((1, 1, 0), 1));
    assert_eq!(app.everything().await, before);
    assert_eq!(app.history().await, history);
    let workplaces = app.staff().await.get("/api/v1/workplaces").await.expect(200);
    assert_eq!(workplaces.body["items"], json!([]));
}

on_both_engines!(skip_leaves_fill_fills_and_overwrite_takes_what_the_file_says);
async fn skip_leaves_fill_fills_and_overwrite_takes_what_the_file_says(app: TestApp) {
    let register = "member_number;given_names;surname;email;city;workplace;graduation_date\n1;Anna;Ek;anna@example.org;;Huset;\n";
    let file = "member_number;given_names;surname;email;city;workplace;graduation_date\n\
                1;Anna Maria;Berg;am@example.org;Lund;Tornet;2026-06-05\n2;Bo;Ek;;;;\n";
    app.import(ImportMode::Fill, register).await;
    let facts = async || {
        let anna = app.exported("1").await;
        ["given_names", "surname", "email", "city", "graduation_date"].map(|field| anna[field].clone())
    };
    let report = app.import(ImportMode::Skip, file).await;
    assert_eq!((counts(&report), fields(&report)), ((1, 0, 1), vec![]));
    assert_eq!(facts().await, [json!("Anna"), json!("Ek"), json!("anna@example.org"), Value::Null, Value::Null]);
    let report = app.import(ImportMode::Fill, file).await;
    assert_eq!((counts(&report), fields(&report)), ((0, 1, 1), vec![("city", 1), ("graduation_date", 1)]));
    assert_eq!(facts().await, ["Anna", "Ek", "anna@example.org", "Lund", "2026-06-05"].map(Value::from));
    let report = app.import(ImportMode::Overwrite, file).await;
    let changed = vec![("email", 1), ("former_surnames", 1), ("given_names", 1), ("surname", 1), ("workplace_ids", 1)];
    assert_eq!((counts(&report), fields(&report)), ((0, 1, 1), changed));
    assert_eq!(facts().await, ["Anna Maria", "Berg", "am@example.org", "Lund", "2026-06-05"].map(Value::from));
    let anna = app.exported("1").await;
    assert_eq!(anna["former_surnames"], json!(["Ek"]), "the surname that was replaced is kept");
    assert_eq!(anna["workplaces"], json!([{"employer": null, "name": "Tornet"}]));
}

on_both_engines!(a_blank_never_wipes);
async fn a_blank_never_wipes(app: TestApp) {
    app.import(ImportMode::Fill, WHOLE).await;
    let before = app.everything().await;
    let headers = WHOLE.lines().next().expect("headers");
    let blank = format!("{headers}\n1;Maarit Helena;Karlsson{}\n", ";".repeat(23));
    for mode in [ImportMode::Skip, ImportMode::Fill, ImportMode::Overwrite] {
        assert_eq!(counts(&app.import(mode, blank.clone()).await), (0, 0, 1), "{mode:?}");
        let separators = "member_number,given_names,surname,former_surname,employer,workplace\n1,Maarit Helena,Karlsson,;,;,;\n";
        assert_eq!(counts(&app.import(mode, separators).await), (0, 0, 1), "{mode:?}");
        assert_eq!(app.everything().await, before, "{mode:?}");
    }
}

on_both_engines!(the_same_file_twice_changes_nothing_the_second_time);
async fn the_same_file_twice_changes_nothing_the_second_time(app: TestApp) {
    let first = app.import(ImportMode::Fill, WHOLE).await;
    assert_eq!((counts(&first), first.new_units), ((1, 0, 0), 4));
    let (before, history) = (app.everything().await, app.history().await);
    for mode in [ImportMode::Skip, ImportMode::Fill, ImportMode::Overwrite] {
        let again = app.import(mode, WHOLE).await;
        assert_eq!((counts(&again), fields(&again), again.new_units), ((0, 0, 1), vec![], 0), "{mode:?}");
    }
    assert_eq!(app.everything().await, before);
    assert_eq!(app.history().await, history);
}

on_both_engines!(a_file_makes_only_units_that_somebody_comes_to_belong_to);
async fn a_file_makes_only_units_that_somebody_comes_to_belong_to(app: TestApp) {
    app.import(ImportMode::Fill, WHOLE).await;
    let file = "member_number;given_names;surname;employer;workplace;local_branch;school;country\n\
                1;Maarit Helena;Karlsson;Region Skåne;Lunds sjukhus;Skåne;Lunds universitet;FI\n2;Bo;Ek;;;;;\n";
    let report = app.import(ImportMode::Fill, file).await;
    assert_eq!((counts(&report), report.new_units), ((1, 0, 1), 0), "what is there is not replaced");
    let staff = app.staff().await;
    for (path, names) in [
        ("employers", json!(["Region Västerbotten"])),
        ("workplaces", json!(["Umeå sjukhus"])),
        ("local-branches", json!(["Västerbotten"])),
        ("schools", json!(["Umeå universitet"])),
    ] {
        let items = staff.get(&format!("/api/v1/{path}")).await.expect(200).body["items"].take();
        let found: Vec<&Value> = items.as_array().expect("items").iter().map(|unit| &unit["name"]).collect();
        assert_eq!(json!(found), names, "{path}");
    }
    let report = app.import(ImportMode::Overwrite, file).await;
    assert_eq!((counts(&report), report.new_units), ((0, 1, 1), 4));
}

on_both_engines!(several_workplaces_and_employers_stand_in_one_cell);
async fn several_workplaces_and_employers_stand_in_one_cell(app: TestApp) {
    let file = "member_number,given_names,surname,employer,workplace\n\
                1,Anna,Ek,Region Skåne; Lunds kommun,Lunds sjukhus; Östra skolan\n\
                2,Bo,Ek,Lunds kommun,Östra skolan; Västra skolan\n\
                3,Li,Ng,,Lunds sjukhus\n\
                4,Eva,Öst,Region Skåne,\n\
                5,Ulla,Ek,; Lunds kommun,Kiosken; Östra skolan\n\
                6,Ida,Ek,Lunds kommun;,Östra skolan; Kiosken\n";
    app.import(ImportMode::Fill, file).await;
    let places = async |number: &str| {
        let places = app.exported(number).await["workplaces"].take();
        let named =
            |place: &Value| format!("{} / {}", place["employer"].as_str().unwrap_or("-"), place["name"].as_str().unwrap_or("-"));
        places.as_array().expect("workplaces").iter().map(named).collect::<Vec<_>>()
    };
    assert_eq!(places("1").await, ["Region Skåne / Lunds sjukhus", "Lunds kommun / Östra skolan"]);
    assert_eq!(places("2").await, ["Lunds kommun / Västra skolan", "Lunds kommun / Östra skolan"]);
    assert_eq!(places("3").await, ["Region Skåne / Lunds sjukhus"], "the only one of this name");
    assert_eq!(places("4").await, ["Region Skåne / Region Skåne"], "the employer stands for its workplace");
    assert_eq!(places("5").await, ["- / Kiosken", "Lunds kommun / Östra skolan"], "the first has no employer");
    assert_eq!(places("6").await, ["- / Kiosken", "Lunds kommun / Östra skolan"], "the second has no employer");
    assert_eq!(counts(&app.import(ImportMode::Overwrite, file).await), (0, 0, 6));
    let wrong = "member_number,given_names,surname,employer,workplace\n7,Anna,Ek,A; B,C; D; E\n";
    let report = app.preview(ImportMode::Fill, wrong).await;
    assert_eq!(crate::files::places(&report), [(2, "employer")]);
}

on_both_engines!(the_columns_protected_and_hidden_protect_and_hide);
async fn the_columns_protected_and_hidden_protect_and_hide(app: TestApp) {
    let file = "Medlemsnummer;Förnamn;Efternamn;Skyddade personuppgifter;Dold\n\
                1;Anna;Ek;1;\n2;Bo;Ek;turvakielto;ja\n3;Li;Ng;0;1\n4;Eva;Öst;nej;nej\n5;Ida;Ek;skyddad folkbokföring;\n";
    app.import(ImportMode::Fill, file).await;
    for (number, protection, hidden) in [
        ("1", json!("marked"), false),
        ("2", json!("turvakielto"), true),
        ("3", Value::Null, true),
        ("4", Value::Null, false),
        ("5", json!("registered_elsewhere"), false),
    ] {
        let member = app.exported(number).await;
        assert_eq!((&member["protection"], &member["hidden"]), (&protection, &json!(hidden)), "{number}");
    }
    let seen = app.staff().await.get("/api/v1/members").await.expect(200);
    assert_eq!(seen.members().len(), 2);
    let wrong = "member_number;given_names;surname;protected;hidden\n6;Anna;Ek;perhaps;perhaps\n";
    let report = app.preview(ImportMode::Fill, wrong).await;
    assert_eq!(crate::files::places(&report), [(2, "protected"), (2, "hidden")], "what is not understood is never taken for no");
}

on_both_engines!(a_registrars_import_leaves_a_protected_member_alone);
async fn a_registrars_import_leaves_a_protected_member_alone(app: TestApp) {
    let register = "member_number;given_names;surname;city;protected\n1;Anna;Ek;Lund;1\n2;Bo;Ek;Lund;\n";
    app.import(ImportMode::Fill, register).await;
    let before = app.exported("1").await;
    let import = matrikel::members::import::Import { viewer: Viewer::Unprotected, ..app.importer(ImportMode::Overwrite) };
    let file = "member_number;given_names;surname;city;workplace;left_on\n\
                1;Eva;Berg;Malmö;Hemliga huset;2026-01-31\n2;Bo;Ek;Malmö;;\n";
    let report = take_in(&import, ImportKind::Members, file).await;
    assert_eq!(
        (counts(&report), fields(&report), report.new_units),
        ((1, 1, 0), vec![("city", 1)], 1),
        "as if she were not there"
    );
    assert_eq!(app.exported("1").await, before);
    assert_eq!(app.exported("2").await["city"], "Malmö");
    // Also where she is protected only after the comparison.
    let compared = compare(&import, ImportKind::Members, file.replace("Malmö", "Ystad")).await;
    assert_eq!(counts(&compared.report), (1, 1, 0));
    let bo = app.history().await.iter().rev().find_map(|row| row.member_id).expect("Bo was changed last");
    app.protect(bo, Some(entity::member::Protection::Marked)).await;
    crate::files::apply(&import, &compared).await.expect("nothing is left to change");
    assert_eq!(app.exported("2").await["city"], "Malmö");
}

on_both_engines!(the_history_of_a_newcomer_is_one_row_that_names_the_import);
async fn the_history_of_a_newcomer_is_one_row_that_names_the_import(app: TestApp) {
    let import = app.importer(ImportMode::Fill);
    take_in(&import, ImportKind::Members, WHOLE).await;
    let history = app.history().await;
    let of_members: Vec<_> = history.iter().filter(|row| row.subject_type == Subject::Member).collect();
    let [row] = of_members[..] else { panic!("{} rows for one newcomer", of_members.len()) };
    assert_eq!((row.kind, &row.changes), (Change::Imported, &Some(json!({"import": import.id}))));
    assert_eq!(row.subject_id, row.member_id.expect("whom it concerns"));
    let of_units: Vec<_> = history.iter().filter(|row| row.subject_type != Subject::Member).collect();
    assert_eq!(of_units.len(), 4);
    assert!(of_units.iter().all(|row| row.kind == Change::Imported && row.changes == Some(json!({"import": import.id}))));
    let numbers: Vec<i64> = history.iter().map(|row| row.number).collect();
    assert_eq!(numbers, (1..=5).collect::<Vec<i64>>(), "no number is given twice or left out");
    let shown = app.staff().await.get(&format!("/api/v1/members/{}/history", row.subject_id)).await.expect(200);
    assert_eq!(shown.body["items"][0]["kind"], "imported");
    assert_eq!(shown.body["items"][0]["by"], "system");
}

on_both_engines!(the_history_of_a_change_holds_the_values_and_names_the_import);
async fn the_history_of_a_change_holds_the_values_and_names_the_import(app: TestApp) {
    app.import(ImportMode::Fill, "member_number;given_names;surname;city\n1;Anna;Ek;Lund\n").await;
    let import = app.importer(ImportMode::Overwrite);
    let number = "19900101-1239";
    let file = format!("member_number;given_names;surname;city;personal_identity_number\n1;Anna;Ek;Malmö;{number}\n");
    take_in(&import, ImportKind::Members, file).await;
    let row = app.history().await.pop().expect("a row");
    let nothing_said = json!({"old": null, "new": null});
    let changes = json!({"city": {"old": "Lund", "new": "Malmö"}, "personal_identity_number": nothing_said, "import": import.id});
    assert_eq!((row.kind, row.changes), (Change::Imported, Some(changes)));
}

on_both_engines!(who_has_no_type_becomes_a_professional_and_the_report_says_so);
async fn who_has_no_type_becomes_a_professional_and_the_report_says_so(app: TestApp) {
    let file =
        "member_number;given_names;surname;membership_type;phone\n1;Anna;Ek;;070-174 06 05\n2;Bo;Ek;opiskelija;fråga Anna\n";
    let report = app.import(ImportMode::Fill, file).await;
    assert_eq!(report.notes.len(), 2, "{:?}", report.notes);
    assert!(report.notes[0].contains("without membership_type, who become professional: 1"), "{}", report.notes[0]);
    assert!(report.notes[1].contains("cannot be understood and are kept as given: 1"), "{}", report.notes[1]);
    assert_eq!(app.exported("1").await["memberships"][0]["membership_type"], "professional");
    assert_eq!(app.exported("2").await["memberships"][0]["membership_type"], "student");
    assert_eq!(app.exported("1").await["phone"], "+46701740605");
    assert_eq!(app.exported("2").await["phone"], "fråga Anna");
}

on_both_engines!(numbers_given_after_an_import_are_not_those_of_the_file);
async fn numbers_given_after_an_import_are_not_those_of_the_file(app: TestApp) {
    app.import(ImportMode::Fill, "member_number;given_names;surname\n100001;Anna;Ek\n104711;Bo;Ek\nA-7;Li;Ng\n").await;
    assert_eq!(app.member("Eva Öst").await.card["member_number"], "104712");
    let ids: Vec<Uuid> = app.history().await.iter().filter_map(|row| row.member_id).collect();
    assert_eq!(ids.len(), 4);
}
