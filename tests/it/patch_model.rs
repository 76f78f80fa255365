//! Random changes to a card, held against a small model of what a change does.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::app::{Engine, TestApp};
use crate::client::{Client, Request};
use crate::property::hold;

/// What is sent for one field.
#[derive(Clone, Copy, Debug)]
enum Sent {
    Null,
    /// One of [`Model::accepted`].
    Good(usize),
    Blank,
    OfAnotherType,
}

/// Which copy a change says it is for.
#[derive(Clone, Copy, Debug)]
enum Copy {
    Newest,
    /// The one before the last change that was made.
    Older,
    Unsaid,
}

#[derive(Clone, Debug)]
struct Step {
    copy: Copy,
    fields: BTreeMap<usize, Sent>,
}

const FIELDS: [&str; 17] = [
    "given_names",
    "surname",
    "former_surnames",
    "birth_date",
    "language",
    "email",
    "street",
    "postal_code",
    "city",
    "country",
    "occupation",
    "workplace_ids",
    "local_branch_id",
    "school_id",
    "graduation_date",
    "graduation_confirmed_on",
    "shoe_size",
];

fn step() -> impl Strategy<Value = Step> {
    let sent = prop_oneof![
        6 => (0..3_usize).prop_map(Sent::Good),
        2 => Just(Sent::Null),
        1 => prop_oneof![4 => Just(Sent::Null), 1 => Just(Sent::Blank), 1 => Just(Sent::OfAnotherType)],
    ];
    let copy = prop_oneof![10 => Just(Copy::Newest), 1 => Just(Copy::Older), 1 => Just(Copy::Unsaid)];
    // Names change more often than chance would have it, and the unknown field is sent less often.
    let field = prop_oneof![3 => 0..3_usize, 6 => 3..FIELDS.len() - 1, 1 => 0..FIELDS.len()];
    (copy, btree_map(field, sent, 0..5)).prop_map(|(copy, fields)| Step { copy, fields })
}

/// Units to refer to.
struct Units {
    workplaces: [Uuid; 2],
    branches: [Uuid; 2],
    schools: [Uuid; 2],
}

/// What a card holds, field by field as it is sent, and how often it has changed.
#[derive(Clone, Debug, PartialEq)]
struct Model {
    fields: BTreeMap<&'static str, Value>,
    version: u64,
}

impl Model {
    fn of_new(given_names: &str, surname: &str) -> Self {
        let known = FIELDS.into_iter().filter(|field| *field != "shoe_size");
        let mut fields: BTreeMap<&str, Value> = known.map(|field| (field, cleared(field))).collect();
        fields.insert("given_names", given_names.into());
        fields.insert("surname", surname.into());
        Self { fields, version: 1 }
    }

    /// A value that is accepted, as it is sent and as it is kept.
    fn accepted(field: &str, number: usize, units: &Units) -> (Value, Value) {
        let same = |values: [Value; 3]| (values[number].clone(), values[number].clone());
        let text = |pairs: [(&str, &str); 3]| (pairs[number].0.into(), pairs[number].1.into());
        match field {
            "given_names" => text([("Anna", "Anna"), ("  Anna \u{a0} Maria ", "Anna Maria"), ("Null", "Null")]),
            "surname" => text([("Åkesson", "Åkesson"), ("ek", "ek"), ("O'Brien", "O'Brien")]),
            // Sorted letter by letter, whatever the database's language sorts by.
            "former_surnames" => {
                let kept = [json!([]), json!(["Ek", "de Vries"]), json!(["Berg", "ek", "Öberg"])];
                let sent = [json!([]), json!(["de Vries", "Ek", "Ek"]), json!(["Öberg", " Berg", "ek"])];
                (sent[number].clone(), kept[number].clone())
            }
            "birth_date" => same([json!("1980-01-01"), json!("1984-02-29"), json!("1850-01-01")]),
            "language" => text([("sv", "sv"), ("FI", "fi"), ("smn", "smn")]),
            "email" => {
                text([("anna@example.org", "anna@example.org"), (" A.B@exämple.se", "A.B@exämple.se"), ("a@b.co", "a@b.co")])
            }
            "country" => text([("SE", "SE"), ("fi", "FI"), (" no ", "NO")]),
            "workplace_ids" => {
                let [one, two] = units.workplaces;
                let kept = [json!([one]), json!([one, two]), json!([])];
                let sent = [json!([one]), json!([two, one, two]), json!([])];
                (sent[number].clone(), kept[number].clone())
            }
            "local_branch_id" => same([units.branches[0], units.branches[1], units.branches[0]].map(|id| json!(id))),
            "school_id" => same([units.schools[0], units.schools[1], units.schools[0]].map(|id| json!(id))),
            "graduation_date" | "graduation_confirmed_on" => {
                same([json!("2026-06-05"), json!("2200-12-31"), json!("2000-02-29")])
            }
            "shoe_size" => same([json!(41), json!(42), json!(43)]),
            _ => text([("Storgatan 1", "Storgatan 1"), (" one  two ", "one two"), ("Ä", "Ä")]),
        }
    }

    /// What `step` sends.
    fn body(step: &Step, units: &Units) -> Value {
        let fields = step.fields.iter().map(|(field, sent)| {
            let value = match sent {
                Sent::Null => Value::Null,
                Sent::Good(number) => Self::accepted(FIELDS[*field], *number, units).0,
                Sent::Blank => " ".into(),
                Sent::OfAnotherType => json!({"a": 5}),
            };
            (FIELDS[*field].to_owned(), value)
        });
        Value::Object(Map::from_iter(fields))
    }

    /// The fields that `step` has wrong.
    fn problems(step: &Step) -> BTreeSet<String> {
        let wrong = step.fields.iter().filter(|(field, sent)| match (FIELDS[**field], sent) {
            ("shoe_size", _) | (_, Sent::Blank | Sent::OfAnotherType) => true,
            ("given_names" | "surname", Sent::Null) => true,
            (_, Sent::Null | Sent::Good(_)) => false,
        });
        wrong.map(|(field, _)| format!("/{}", FIELDS[*field])).collect()
    }

    /// The card after `step`, which has nothing wrong.
    fn after(&self, step: &Step, units: &Units) -> Self {
        let mut fields = self.fields.clone();
        for (field, sent) in &step.fields {
            let field = FIELDS[*field];
            let value = match sent {
                Sent::Good(number) => Self::accepted(field, *number, units).1,
                _ => cleared(field),
            };
            fields.insert(field, value);
        }
        let sends_former = step.fields.keys().any(|field| FIELDS[*field] == "former_surnames");
        if fields["surname"] != self.fields["surname"] && !sends_former {
            let mut names: BTreeSet<String> = serde_json::from_value(fields["former_surnames"].clone()).expect("names");
            names.insert(self.fields["surname"].as_str().expect("a name").to_owned());
            fields.insert("former_surnames", json!(names));
        }
        let version = self.version + u64::from(fields != self.fields);
        Self { fields, version }
    }

    /// What a card says, in the terms of the model.
    fn of_card(card: &Value) -> Self {
        let id = |value: &Value| value["id"].clone();
        let field = |field: &'static str| match field {
            "workplace_ids" => {
                let mut ids: Vec<Value> = card["workplaces"].as_array().into_iter().flatten().map(id).collect();
                ids.sort_by_key(Value::to_string);
                json!(ids)
            }
            "local_branch_id" => id(&card["local_branch"]),
            "school_id" => id(&card["school"]),
            other => card[other].clone(),
        };
        let known = FIELDS.into_iter().filter(|field| *field != "shoe_size");
        Self { fields: known.map(|name| (name, field(name))).collect(), version: card["version"].as_u64().expect("a version") }
    }
}

/// What a field holds when it was cleared.
fn cleared(field: &str) -> Value {
    if ["former_surnames", "workplace_ids"].contains(&field) { json!([]) } else { Value::Null }
}

property_on_both_engines!(a_card_changes_as_the_model_says);
fn a_card_changes_as_the_model_says(engine: Engine) {
    hold(engine, (12, 600), vec(step(), 1..12), async |app, steps| {
        let registrar = app.registrar().await;
        let units = units(app).await;
        let anna = app.member("Anna Åkesson").await;
        let mut model = Model::of_new("Anna", "Åkesson");
        let (mut newest, mut older) = (anna.etag, "\"before the first\"".to_owned());
        for step in steps {
            let request = Request::new("PATCH", &anna.path).json(&Model::body(&step, &units));
            let answer = match step.copy {
                Copy::Newest => registrar.send(request.header("If-Match", &newest)).await,
                Copy::Older => registrar.send(request.header("If-Match", &older)).await,
                Copy::Unsaid => registrar.send(request).await,
            };
            let problems = Model::problems(&step);
            let expected = match step.copy {
                Copy::Unsaid => 428,
                Copy::Older => 412,
                Copy::Newest if problems.is_empty() => 200,
                Copy::Newest => 422,
            };
            prop_assert_eq!(answer.status, expected, "{}", &answer.text);
            if expected == 422 {
                let named: BTreeSet<String> = answer.pointers().into_iter().map(str::to_owned).collect();
                prop_assert_eq!(named, problems);
            }
            if expected == 200 {
                let after = model.after(&step, &units);
                let shown = Model::of_card(&answer.body);
                prop_assert_eq!(&shown, &after);
                prop_assert_eq!(answer.etag() == newest, after == model, "the ETag changes when the card does");
                if after != model {
                    older = std::mem::replace(&mut newest, answer.etag());
                    changes_tell(app, anna.id, &model, &after).await?;
                }
                model = after;
            }
            stands(&registrar, &anna.path, &model, &newest).await?;
            prop_assert_eq!(app.history_of(anna.id).await.len() as u64, model.version, "one row for each change");
        }
        Ok(())
    });
}

/// What is read is what the model has, whatever the last answer was.
async fn stands(client: &Client, path: &str, model: &Model, etag: &str) -> Result<(), TestCaseError> {
    let read = client.get(path).await;
    prop_assert_eq!(read.status, 200);
    prop_assert_eq!(&Model::of_card(&read.body), model);
    prop_assert_eq!(&read.etag(), etag);
    Ok(())
}

/// The last row of the history has the fields that differ, old and new, and no others.
async fn changes_tell(app: &TestApp, member: Uuid, before: &Model, after: &Model) -> Result<(), TestCaseError> {
    let differ = before.fields.iter().filter(|(field, value)| after.fields[*field] != **value);
    let expected = differ.map(|(field, old)| ((*field).to_owned(), json!({"old": old, "new": after.fields[field]})));
    let last = app.history_of(member).await.pop().and_then(|row| row.changes);
    prop_assert_eq!(last, Some(Value::Object(Map::from_iter(expected))));
    Ok(())
}

async fn units(app: &TestApp) -> Units {
    let name = |what: &str| format!("{what} {}", app.store().clock().new_id());
    Units {
        workplaces: [app.workplace(&name("one")).await, app.workplace(&name("two")).await],
        branches: [app.local_branch(&name("one")).await, app.local_branch(&name("two")).await],
        schools: [app.school(&name("one")).await, app.school(&name("two")).await],
    }
}
