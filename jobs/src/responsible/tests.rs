//! The chain of representatives: case by case, and on random registers.

use AppointmentRole::{ChiefShopSteward, SafetyRepresentative, ShopSteward, StudentRepresentative};
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

fn id(number: u32) -> Uuid {
    Uuid::from_u128(number.into())
}

const WARD: Place = Place::Workplace(Uuid::from_u128(0x100));
const HOSPITAL: Place = Place::Workplace(Uuid::from_u128(0x101));
const SCHOOL: Place = Place::School(Uuid::from_u128(0x200));
const TOWN: Place = Place::LocalBranch(Uuid::from_u128(0x300));
const COUNTY: Place = Place::LocalBranch(Uuid::from_u128(0x301));

fn anna() -> Person {
    let (Place::Workplace(ward), Place::School(school), Place::LocalBranch(town)) = (WARD, SCHOOL, TOWN) else {
        unreachable!("they are")
    };
    Person { id: id(1), protected: false, hidden: false, workplaces: vec![ward], school: Some(school), local_branch: Some(town) }
}

/// Ward below hospital, town below county; `appointed` is by holder, role and place, numbered from 0.
fn organisation(appointed: &[(u32, AppointmentRole, Place)]) -> Organisation {
    let mut organisation = Organisation { above: HashMap::from([(WARD, HOSPITAL), (TOWN, COUNTY)]), ..Organisation::default() };
    for (number, (holder, role, place)) in appointed.iter().enumerate() {
        organisation.current.insert(id(*holder));
        let appointment = id(0x1000 + number as u32);
        let (holder, role, place) = (id(*holder), *role, *place);
        organisation.appointments.entry(place).or_default().push(InTerm {
            id: appointment,
            holder,
            role,
            place,
            absent: false,
            deputy: None,
        });
    }
    for appointments in organisation.appointments.values_mut() {
        appointments.sort_by_key(|it| AppointmentRole::iter().position(|role| role == it.role));
    }
    organisation
}

fn at(organisation: &mut Organisation, number: u32) -> &mut InTerm {
    organisation.appointments.values_mut().flatten().find(|it| it.id == id(0x1000 + number)).unwrap()
}

fn member(assignment: &Assignment) -> Option<Uuid> {
    match assignment.to {
        Responsible::Representative { member, .. } => Some(member),
        Responsible::Office(_) => None,
    }
}

const ALL: [(u32, AppointmentRole, Place); 8] = [
    (10, ShopSteward, WARD),
    (11, ChiefShopSteward, WARD),
    (12, SafetyRepresentative, WARD),
    (13, ShopSteward, HOSPITAL),
    (14, StudentRepresentative, SCHOOL),
    (15, ShopSteward, TOWN),
    (16, ChiefShopSteward, TOWN),
    (17, ShopSteward, COUNTY),
];

#[test]
fn the_chain_goes_from_the_workplace_over_the_school_to_the_branch_role_by_role() {
    for first in 0..ALL.len() {
        let found = organisation(&ALL[first..]).responsible(&anna());
        assert_eq!(member(&found), Some(id(10 + first as u32)));
        assert_eq!(found.rerouted, BTreeSet::new());
    }
    let nobody = organisation(&[]).responsible(&anna());
    assert_eq!(nobody.to, Responsible::Office(Office::Office));
    assert_eq!(nobody.rerouted, BTreeSet::from([Reroute::NobodyFound]));
    assert_eq!(member(&organisation(&ALL).chief_shop_steward(&anna())), Some(id(11)));
}

#[test]
fn nobody_is_responsible_for_herself() {
    let herself = Person { id: id(10), ..anna() };
    let found = organisation(&ALL).responsible(&herself);
    assert_eq!((member(&found), found.rerouted), (Some(id(11)), BTreeSet::from([Reroute::Herself])));
}

#[test]
fn a_deputy_stands_in_while_the_holder_is_absent() {
    let mut organisation = organisation(&ALL);
    at(&mut organisation, 0).absent = true;
    let found = organisation.responsible(&anna());
    assert_eq!((member(&found), found.rerouted), (Some(id(11)), BTreeSet::from([Reroute::Absent])));
    at(&mut organisation, 0).deputy = Some(id(20));
    let found = organisation.responsible(&anna());
    assert_eq!((member(&found), found.rerouted), (Some(id(11)), BTreeSet::from([Reroute::LeftTheUnion])), "she is no member");
    organisation.current.insert(id(20));
    let found = organisation.responsible(&anna());
    assert_eq!((member(&found), found.rerouted), (Some(id(20)), BTreeSet::from([Reroute::DeputyStandsIn])));
    let deputy_herself = Person { id: id(20), ..anna() };
    assert_eq!(member(&organisation.responsible(&deputy_herself)), Some(id(11)));
}

#[test]
fn a_holder_who_has_left_the_union_is_passed_over() {
    let mut organisation = organisation(&ALL);
    organisation.current.remove(&id(10));
    let found = organisation.responsible(&anna());
    assert_eq!((member(&found), found.rerouted), (Some(id(11)), BTreeSet::from([Reroute::LeftTheUnion])));
}

#[test]
fn a_hidden_membership_does_not_reach_the_own_workplace() {
    let mut organisation = organisation(&ALL);
    let hidden = Person { hidden: true, ..anna() };
    let found = organisation.responsible(&hidden);
    assert_eq!((member(&found), found.rerouted), (Some(id(14)), BTreeSet::from([Reroute::HiddenMembership])));
    // Nor through the school to somebody who works there.
    organisation.works_at.insert(id(14), hidden.workplaces.clone());
    assert_eq!(member(&organisation.responsible(&hidden)), Some(id(15)));
}

#[test]
fn a_protected_identity_goes_to_the_privacy_officer_alone() {
    let found = organisation(&ALL).responsible(&Person { protected: true, ..anna() });
    assert_eq!(found.to, Responsible::Office(Office::PrivacyOfficer));
    assert_eq!(found.rerouted, BTreeSet::from([Reroute::ProtectedIdentity]));
}

#[test]
fn what_has_begun_goes_on_until_it_lapses() {
    let mut organisation = organisation(&ALL);
    let branch = Responsible::Representative { member: id(15), appointment: id(0x1005) };
    assert_eq!(organisation.lapsed(&anna(), branch), None, "a nearer one takes nothing over");
    let ended = Responsible::Representative { member: id(15), appointment: id(0x1099) };
    assert_eq!(organisation.lapsed(&anna(), ended), Some(Reroute::TermEnded));
    at(&mut organisation, 5).absent = true;
    assert_eq!(organisation.lapsed(&anna(), branch), Some(Reroute::Absent));
    assert_eq!(organisation.lapsed(&Person { protected: true, ..anna() }, branch), Some(Reroute::ProtectedIdentity));
    assert_eq!(organisation.lapsed(&anna(), Responsible::Office(Office::Office)), None);
}

#[test]
fn a_ring_of_units_ends() {
    let mut organisation = organisation(&[(10, ShopSteward, COUNTY)]);
    organisation.above.insert(HOSPITAL, WARD);
    assert_eq!(member(&organisation.responsible(&anna())), Some(id(10)));
}

fn places() -> impl Strategy<Value = Place> {
    prop::sample::select(vec![WARD, HOSPITAL, SCHOOL, TOWN, COUNTY])
}

proptest! {
    /// However the register looks, whoever is responsible may see her, is a current member, and is not she.
    #[test]
    fn whoever_is_responsible_may_see_her(
        appointed in vec((1_u32..8, prop::sample::select(AppointmentRole::iter().collect::<Vec<_>>()), places(), any::<bool>(), prop::option::of(1_u32..8)), 0..10),
        current in vec(any::<bool>(), 8),
        works in vec((1_u32..8, prop::sample::select(vec![0x100_u32, 0x101])), 0..6),
        workplaces in prop::sample::subsequence(vec![0x100_u32, 0x101], 0..=2),
        hidden: bool, at_school: bool, in_branch: bool,
    ) {
        let pairs: Vec<_> = appointed.iter().map(|(holder, role, place, ..)| (*holder, *role, *place)).collect();
        let mut organisation = organisation(&pairs);
        for (number, (.., absent, deputy)) in appointed.iter().enumerate() {
            let appointment = at(&mut organisation, number as u32);
            (appointment.absent, appointment.deputy) = (*absent, deputy.map(id));
        }
        organisation.current = (0..8).filter(|number| current[*number as usize]).map(id).collect();
        for (member, place) in works {
            organisation.works_at.entry(id(member)).or_default().push(id(place));
        }
        let (Place::School(school), Place::LocalBranch(town)) = (SCHOOL, TOWN) else { unreachable!("they are") };
        let person = Person {
            id: id(1), protected: false, hidden, workplaces: workplaces.into_iter().map(id).collect(),
            school: at_school.then_some(school), local_branch: in_branch.then_some(town),
        };
        let found = organisation.responsible(&person);
        if let Responsible::Representative { member, .. } = found.to {
            prop_assert!(member != person.id && organisation.current.contains(&member));
            let facts = Facts {
                id: person.id, protected: false, hidden, workplaces: &person.workplaces,
                local_branch: person.local_branch, school: person.school,
            };
            prop_assert!(Viewer::Representative(organisation.reach(member)).sees(&facts));
        } else {
            prop_assert!(found.rerouted.contains(&Reroute::NobodyFound));
        }
        prop_assert_eq!(organisation.lapsed(&person, found.to), None, "and stays so");
    }
}
