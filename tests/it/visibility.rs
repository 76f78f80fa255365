//! Which members a caller sees: the rule in its two forms, and what the routes make of it.

use std::collections::BTreeSet;

use entity::member::{self, Protection};
use entity::visibility::{Facts, Reach, Viewer, VisibleTo};
use entity::{local_branch, member_workplace, school, workplace};
use proptest::collection::vec;
use proptest::prelude::*;
use sea_orm::{DatabaseTransaction, EntityTrait, IntoActiveModel, TransactionTrait};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::app::{Engine, TestApp};
use crate::property::hold;

const WORKPLACES: u128 = 4;
const BRANCHES: u128 = 3;
const SCHOOLS: u128 = 2;

/// What the rule asks of a member, owned.
#[derive(Clone, Debug)]
struct Someone {
    protection: Option<Protection>,
    hidden: bool,
    workplaces: BTreeSet<Uuid>,
    local_branch: Option<Uuid>,
    school: Option<Uuid>,
}

fn workplaces() -> impl Strategy<Value = BTreeSet<Uuid>> {
    vec((0..WORKPLACES).prop_map(workplace_id), 0..3).prop_map(BTreeSet::from_iter)
}

fn someone() -> impl Strategy<Value = Someone> {
    let protection = prop_oneof![4 => Just(None), 1 => Just(Some(Protection::Turvakielto)), 1 => Just(Some(Protection::No6))];
    let branch = prop::option::of((0..BRANCHES).prop_map(branch_id));
    let school = prop::option::of((0..SCHOOLS).prop_map(school_id));
    (protection, any::<bool>(), workplaces(), branch, school).prop_map(
        |(protection, hidden, workplaces, local_branch, school)| Someone { protection, hidden, workplaces, local_branch, school },
    )
}

fn viewer() -> impl Strategy<Value = Viewer> {
    let reach =
        (workplaces(), vec((0..BRANCHES).prop_map(branch_id), 0..2), vec((0..SCHOOLS).prop_map(school_id), 0..2), workplaces());
    let reach = reach.prop_map(|(workplaces, local_branches, schools, own)| {
        Viewer::Representative(Reach {
            workplaces: Vec::from_iter(workplaces),
            local_branches,
            schools,
            own_workplaces: Vec::from_iter(own),
        })
    });
    prop_oneof![
        1 => Just(Viewer::Everyone),
        1 => Just(Viewer::Unprotected),
        1 => Just(Viewer::Nobody),
        2 => (0..10_usize).prop_map(|number| Viewer::Oneself(member_id(number))),
        8 => reach,
    ]
}

fn workplace_id(number: u128) -> Uuid {
    Uuid::from_u128(0x1000 + number)
}

fn branch_id(number: u128) -> Uuid {
    Uuid::from_u128(0x2000 + number)
}

fn school_id(number: u128) -> Uuid {
    Uuid::from_u128(0x3000 + number)
}

fn member_id(number: usize) -> Uuid {
    Uuid::from_u128(0x4000 + number as u128)
}

property_on_both_engines!(the_rule_in_queries_and_the_rule_in_memory_are_one);
fn the_rule_in_queries_and_the_rule_in_memory_are_one(engine: Engine) {
    hold(engine, (64, 4000), (vec(someone(), 1..9), vec(viewer(), 1..6)), async |app, (members, viewers)| {
        let transaction = app.store().database().begin().await.expect("a transaction");
        fill(app, &transaction, &members).await;
        for viewer in viewers {
            let rows = member::Entity::find().visible_to(&viewer).all(&transaction).await.expect("members can be read");
            let by_query: BTreeSet<Uuid> = rows.iter().map(|row| row.id).collect();
            prop_assert_eq!(rows.len(), by_query.len(), "nobody is there twice");
            let in_memory: BTreeSet<Uuid> = members
                .iter()
                .enumerate()
                .filter(|(number, someone)| sees(&viewer, member_id(*number), someone))
                .map(|(number, _)| member_id(number))
                .collect();
            prop_assert_eq!(&by_query, &in_memory, "{:?}", &viewer);
            for (number, someone) in members.iter().enumerate() {
                let seen = by_query.contains(&member_id(number));
                prop_assert_eq!(seen, may_see(&viewer, member_id(number), someone), "{:?} of {:?}", &viewer, someone);
            }
        }
        transaction.rollback().await.expect("the transaction ends");
        Ok(())
    });
}

fn sees(viewer: &Viewer, id: Uuid, someone: &Someone) -> bool {
    let workplaces = Vec::from_iter(someone.workplaces.iter().copied());
    viewer.sees(&Facts {
        id,
        protected: someone.protection.is_some(),
        hidden: someone.hidden,
        workplaces: &workplaces,
        local_branch: someone.local_branch,
        school: someone.school,
    })
}

/// The rule once more, in the words of the design, so that both forms cannot be wrong alike.
fn may_see(viewer: &Viewer, id: Uuid, someone: &Someone) -> bool {
    match viewer {
        Viewer::Nobody => false,
        Viewer::Everyone => true,
        Viewer::Oneself(own) => *own == id,
        _ if someone.protection.is_some() => false,
        Viewer::Unprotected => true,
        Viewer::Representative(reach) => {
            let colleague = |place: &Uuid| reach.own_workplaces.contains(place) || reach.workplaces.contains(place);
            if someone.hidden && someone.workplaces.iter().any(colleague) {
                return false;
            }
            someone.workplaces.iter().any(|place| reach.workplaces.contains(place))
                || reach.local_branches.iter().any(|branch| someone.local_branch == Some(*branch))
                || reach.schools.iter().any(|school| someone.school == Some(*school))
        }
    }
}

async fn fill(app: &TestApp, transaction: &DatabaseTransaction, members: &[Someone]) {
    async fn insert<E: EntityTrait>(transaction: &DatabaseTransaction, rows: Vec<E::Model>)
    where
        E::Model: IntoActiveModel<E::ActiveModel>,
        E::ActiveModel: Send,
    {
        if !rows.is_empty() {
            let rows = rows.into_iter().map(IntoActiveModel::into_active_model);
            E::insert_many(rows).exec_without_returning(transaction).await.expect("rows can be inserted");
        }
    }
    let unit = |id: Uuid| (id, id.to_string());
    let places = (0..WORKPLACES).map(|number| unit(workplace_id(number)));
    let places = places.map(|(id, name)| workplace::Model { id, name, employer_id: None, parent_id: None, version: 1 });
    insert::<workplace::Entity>(transaction, places.collect()).await;
    let branches = (0..BRANCHES).map(|number| unit(branch_id(number)));
    let branches = branches.map(|(id, name)| local_branch::Model { id, name, parent_id: None, version: 1 });
    insert::<local_branch::Entity>(transaction, branches.collect()).await;
    let schools = (0..SCHOOLS).map(|number| unit(school_id(number))).map(|(id, name)| school::Model { id, name, version: 1 });
    insert::<school::Entity>(transaction, schools.collect()).await;
    let rows = members.iter().enumerate().map(|(number, someone)| row(app, number, someone));
    insert::<member::Entity>(transaction, rows.collect()).await;
    let places = members.iter().enumerate().flat_map(|(number, someone)| {
        let member_id = member_id(number);
        someone.workplaces.iter().map(move |place| member_workplace::Model { member_id, workplace_id: *place })
    });
    insert::<member_workplace::Entity>(transaction, places.collect()).await;
}

fn row(app: &TestApp, number: usize, someone: &Someone) -> member::Model {
    let now = app.store().clock().now();
    member::Model {
        id: member_id(number),
        member_number: number.to_string(),
        given_names: "Anna".into(),
        surname: "Åkesson".into(),
        birth_date: None,
        identity_number: None,
        identity_number_hash: None,
        language: None,
        email: None,
        phone: None,
        phone_understood: false,
        street: None,
        postal_code: None,
        city: None,
        country: None,
        occupation: None,
        local_branch_id: someone.local_branch,
        school_id: someone.school,
        graduation_date: None,
        graduation_confirmed_on: None,
        protection: someone.protection,
        hidden: someone.hidden,
        version: 1,
        created_at: now,
        updated_at: now,
    }
}

on_both_engines!(a_protected_member_is_only_the_privacy_officers_to_see);
async fn a_protected_member_is_only_the_privacy_officers_to_see(app: TestApp) {
    let anna = app.member_with("Anna Åkesson", json!({"city": "Lund"})).await;
    let bo = app.member("Bo Ek").await;
    let nobody = format!("/api/v1/members/{}", app.store().clock().new_id());
    let kinds = [
        Protection::Marked,
        Protection::RegisteredElsewhere,
        Protection::Turvakielto,
        Protection::No6,
        Protection::No7,
        Protection::Dk,
    ];
    for kind in kinds {
        app.protect(anna.id, Some(kind)).await;
        for client in [app.staff().await, app.registrar().await] {
            let unseen = client.get(&anna.path).await.expect(404);
            let mut absent = client.get(&nobody).await.expect(404).body;
            absent["request_id"] = unseen.body["request_id"].clone();
            assert_eq!(unseen.body, absent, "a member who is not to be seen is as one who is not there");
            for etag in [anna.etag.as_str(), "*", "\"x\""] {
                client.patch(&anna.path, etag, json!({"city": "Malmö"})).await.expect(404);
            }
            let listed = client.get("/api/v1/members?limit=1").await.expect(200);
            assert_eq!(listed.members(), BTreeSet::from([bo.id]));
            assert_eq!(listed.body["next"], Value::Null, "nor does a page tell of her");
        }
        for client in [app.administrator().await, app.feed().await] {
            client.get(&bo.path).await.expect(403);
        }
        let officer = app.privacy_officer().await;
        let card = officer.get(&anna.path).await.expect(200).body;
        assert_eq!(card["protection"], serde_json::to_value(kind).expect("a word"));
        assert_eq!(officer.get("/api/v1/members").await.expect(200).members(), BTreeSet::from([anna.id, bo.id]));
    }
    app.protect(anna.id, None).await;
    app.staff().await.get(&anna.path).await.expect(200);
}

on_both_engines!(the_contact_details_of_a_protected_member_are_the_privacy_officers_to_change);
async fn the_contact_details_of_a_protected_member_are_the_privacy_officers_to_change(app: TestApp) {
    let anna = app.member("Anna Åkesson").await;
    let officer = app.privacy_officer().await;
    officer.patch(&anna.path, &anna.etag, json!({"city": "Malmö"})).await.expect(403);
    app.protect(anna.id, Some(Protection::Marked)).await;
    let changed = officer.patch(&anna.path, "*", json!({"city": "Malmö"})).await.expect(200);
    assert_eq!(changed.body["city"], "Malmö");
}
