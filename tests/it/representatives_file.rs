//! Import of the representatives' file.

use entity::history::{Change, Subject};
use entity::import_batch::{ImportKind, ImportMode};
use entity::visibility::Viewer;
use matrikel::members::import::Import;
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::files::{compare, counts, fields, places, problems, take_in, workbook};

/// Three members at two workplaces, a branch and a school.
async fn register(app: &TestApp) {
    let file = "member_number;given_names;surname;employer;workplace;local_branch;school;left_on\n\
                1;Anna;Ek;Region Skåne;Lunds sjukhus;Skåne;Lunds universitet;\n\
                2;Bo;Ek;Lunds kommun;Östra skolan;Skåne;;\n\
                3;Li;Ng;Malmö stad;Östra skolan;;;2025-12-31\n";
    app.import(ImportMode::Fill, file).await;
}

/// The appointments, as the list has them.
async fn appointments(app: &TestApp) -> Vec<Value> {
    let list = app.privacy_officer().await.get("/api/v1/appointments").await.expect(200);
    list.body["items"].as_array().expect("items").clone()
}

on_both_engines!(representatives_are_appointed_by_names_in_any_language);
async fn representatives_are_appointed_by_names_in_any_language(app: TestApp) {
    register(&app).await;
    let file = "Till;Uppdrag;Medlemsnummer;Arbetsplats;Avdelning;Lärosäte;Från;Anmärkning\n\
                2027-12-31;förtroendeman;1;Lunds sjukhus;;;2026-01-01;x\n\
                ;pääluottamusmies;2;;Skåne;;;\n\
                ;student_representative;1;;;Lunds universitet;1.9.2025;\n\
                31.12.2026;työsuojeluvaltuutettu;1;Lunds sjukhus;;;;\n";
    let report = app.import_representatives(ImportMode::Fill, file).await;
    assert_eq!((counts(&report), report.unknown_columns.as_slice()), ((4, 0, 0), &["Anmärkning".to_owned()][..]));
    let made: Vec<Value> = appointments(&app)
        .await
        .iter()
        .map(|row| {
            let place = ["workplace", "school", "local_branch"].map(|kind| row[kind]["name"].clone());
            json!([row["member"]["member_number"], row["role"], place, row["valid_from"], row["valid_until"], row["version"]])
        })
        .collect();
    assert_eq!(
        made,
        [
            json!(["1", "shop_steward", ["Lunds sjukhus", null, null], "2026-01-01", "2027-12-31", 1]),
            json!(["2", "chief_shop_steward", [null, null, "Skåne"], null, null, 1]),
            json!(["1", "student_representative", [null, "Lunds universitet", null], "2025-09-01", null, 1]),
            json!(["1", "safety_representative", ["Lunds sjukhus", null, null], null, "2026-12-31", 1]),
        ]
    );
}

on_both_engines!(the_same_representatives_twice_change_nothing_the_second_time);
async fn the_same_representatives_twice_change_nothing_the_second_time(app: TestApp) {
    register(&app).await;
    let rows: [&[&str]; 3] = [
        &["member_number", "role", "workplace", "school", "valid_from", "valid_until"],
        &["1", "shop_steward", "Lunds sjukhus", "", "2026-01-01", ""],
        &["1", "student_representative", "", "Lunds universitet", "", "2027-06-30"],
    ];
    let first = app.import_representatives(ImportMode::Fill, workbook(&rows)).await;
    assert_eq!(counts(&first), (2, 0, 0));
    let (before, history) = (appointments(&app).await, app.history().await);
    for mode in [ImportMode::Skip, ImportMode::Fill, ImportMode::Overwrite] {
        let again = app.import_representatives(mode, workbook(&rows)).await;
        assert_eq!((counts(&again), fields(&again)), ((0, 0, 2), vec![]), "{mode:?}");
    }
    assert_eq!(appointments(&app).await, before);
    assert_eq!(app.history().await, history);
}

on_both_engines!(a_term_is_filled_or_overwritten_and_never_wiped);
async fn a_term_is_filled_or_overwritten_and_never_wiped(app: TestApp) {
    register(&app).await;
    let file = |from: &str, until: &str| {
        format!("member_number;role;workplace;valid_from;valid_until\n1;shop_steward;Lunds sjukhus;{from};{until}\n")
    };
    app.import_representatives(ImportMode::Fill, file("2026-01-01", "")).await;
    let term = async || {
        let row = appointments(&app).await.remove(0);
        (row["valid_from"].clone(), row["valid_until"].clone(), row["version"].clone())
    };
    let longer = file("2025-01-01", "2027-12-31");
    assert_eq!(counts(&app.import_representatives(ImportMode::Skip, longer.clone()).await), (0, 0, 1));
    let import = app.importer(ImportMode::Fill);
    let report = take_in(&import, ImportKind::Representatives, longer.clone()).await;
    assert_eq!((counts(&report), fields(&report)), ((0, 1, 0), vec![("valid_until", 1)]));
    assert_eq!(term().await, (json!("2026-01-01"), json!("2027-12-31"), json!(2)));
    let row = app.history().await.pop().expect("a row");
    assert_eq!((row.subject_type, row.kind), (Subject::Appointment, Change::Imported));
    assert_eq!(row.changes, Some(json!({"valid_until": {"old": null, "new": "2027-12-31"}, "import": import.id})));
    let report = app.import_representatives(ImportMode::Overwrite, longer).await;
    assert_eq!(fields(&report), [("valid_from", 1)]);
    assert_eq!(counts(&app.import_representatives(ImportMode::Overwrite, file("", "")).await), (0, 0, 1));
    assert_eq!(term().await, (json!("2025-01-01"), json!("2027-12-31"), json!(3)));
}

on_both_engines!(what_is_wrong_with_a_representative_is_told_by_line_and_column);
async fn what_is_wrong_with_a_representative_is_told_by_line_and_column(app: TestApp) {
    register(&app).await;
    let file = "member_number;role;workplace;school;local_branch;valid_from;valid_until\n\
                1;shop_steward;Lunds sjukhus;;;;\n\
                99;shop_steward;Lunds sjukhus;;;;\n\
                1;boss;Lunds sjukhus;;;;\n\
                1;;Lunds sjukhus;;;;\n\
                1;shop_steward;Norra sjukhuset;;;;\n\
                1;shop_steward;Östra skolan;;;;\n\
                1;shop_steward;;;;;\n\
                1;shop_steward;Lunds sjukhus;;Skåne;;\n\
                1;chief_shop_steward;;;Blekinge;;\n\
                1;student_representative;;Umeå universitet;;;\n\
                1;shop_steward;;;Skåne;2026-02-01;2026-01-31\n\
                1;shop_steward;;;Skåne;igår;\n\
                1;förtroendeman;Lunds sjukhus;;;2026-01-01;\n";
    let report = compare(&app.importer(ImportMode::Fill), ImportKind::Representatives, file).await.report;
    let expected = [
        (3, "member_number", "import the members first"),
        (4, "role", "write one of shop_steward"),
        (5, "role", "is empty; write one of"),
        (6, "workplace", "\"Norra sjukhuset\" is not in the register"),
        (7, "workplace", "is the name of 2 workplaces"),
        (8, "workplace", "name exactly one of"),
        (9, "workplace", "name exactly one of"),
        (10, "local_branch", "\"Blekinge\" is not in the register"),
        (11, "school", "\"Umeå universitet\" is not in the register"),
        (12, "valid_until", "lies before valid_from"),
        (13, "valid_from", "\"igår\" is no date"),
        (14, "", "the same appointment stands on line 2"),
    ];
    let mut found = problems(&report);
    found.sort_unstable();
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for ((line, column, message), (at, of, words)) in found.iter().zip(expected) {
        assert_eq!((*line, *column), (at, of));
        assert!(message.contains(words), "{message}");
    }
    assert_eq!(appointments(&app).await, Vec::<Value>::new());
}

on_both_engines!(a_representatives_role_fits_the_place);
async fn a_representatives_role_fits_the_place(app: TestApp) {
    register(&app).await;
    let file = "member_number;role;workplace;school;local_branch\n\
                1;shop_steward;;Lunds universitet;\n1;student_representative;Lunds sjukhus;;\n1;safety_representative;;;Skåne\n";
    let report = compare(&app.importer(ImportMode::Fill), ImportKind::Representatives, file).await.report;
    assert_eq!(places(&report), [(2, "school"), (3, "workplace"), (4, "local_branch")]);
}

on_both_engines!(who_has_left_is_appointed_and_noted);
async fn who_has_left_is_appointed_and_noted(app: TestApp) {
    register(&app).await;
    let file = "member_number;role;local_branch\n1;shop_steward;Skåne\n3;shop_steward;Skåne\n";
    let report = app.import_representatives(ImportMode::Fill, file).await;
    assert_eq!(counts(&report), (2, 0, 0));
    assert!(
        report.notes.iter().any(|note| note.starts_with("appointments of people who are no members today")),
        "{:?}",
        report.notes
    );
    assert_eq!(appointments(&app).await.len(), 2);
}

on_both_engines!(the_history_of_an_imported_appointment_names_the_import);
async fn the_history_of_an_imported_appointment_names_the_import(app: TestApp) {
    register(&app).await;
    let import = app.importer(ImportMode::Fill);
    take_in(&import, ImportKind::Representatives, "member_number;role;local_branch\n1;shop_steward;Skåne\n").await;
    let row = app.history().await.pop().expect("a row");
    assert_eq!(
        (row.subject_type, row.kind, row.changes),
        (Subject::Appointment, Change::Imported, Some(json!({"import": import.id})))
    );
    let id = row.member_id.expect("whom it concerns");
    let shown = app.staff().await.get(&format!("/api/v1/members/{id}/history")).await.expect(200);
    assert_eq!(shown.body["items"][0]["subject_type"], "appointment");
}

on_both_engines!(a_registrar_appoints_nobody_who_is_not_hers_to_see);
async fn a_registrar_appoints_nobody_who_is_not_hers_to_see(app: TestApp) {
    register(&app).await;
    app.import(ImportMode::Fill, "member_number;given_names;surname;protected\n4;Eva;Öst;1\n").await;
    let import = Import { viewer: Viewer::Unprotected, ..app.importer(ImportMode::Fill) };
    let file = "member_number;role;local_branch\n4;shop_steward;Skåne\n99;shop_steward;Skåne\n";
    let report = compare(&import, ImportKind::Representatives, file).await.report;
    let told = problems(&report);
    assert_eq!(places(&report), [(2, "member_number"), (3, "member_number")]);
    assert_eq!(told[0].2, told[1].2, "she is as good as absent");
}
