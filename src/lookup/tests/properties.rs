//! What holds for every register and every text.

use proptest::prelude::*;

use super::*;

const GIVEN: [&str; 19] = [
    "Anna",
    "Anne",
    "Anna-Maria",
    "Maria",
    "Mia",
    "Kalle",
    "Karl",
    "Marit",
    "Maarit",
    "Marita",
    "Åke",
    "Aake",
    "Ake",
    "Bo",
    "Li",
    "Юлия",
    "Mohammed",
    "Muhammad",
    "O'Neill 👩",
];
const SURNAMES: [&str; 16] = [
    "Karlsson",
    "Carlsson",
    "Karlson",
    "Karl",
    "Ek",
    "Ekh",
    "von Platen",
    "Platen",
    "af Ekenstam",
    "Åkesson",
    "Akesson",
    "Lindberg",
    "Lind Berg",
    "Maria",
    "O’Brien",
    "Brien",
];

prop_compose! {
    fn any_member()(given in 0..19usize, second in 0..32usize, surname in 0..16usize, former in 0..32usize, year in 1980..1983, number in 1..5000u32, current in 0..5, protected in 0..3) -> Entry {
        let second = GIVEN.get(second).copied().unwrap_or("");
        Entry {
            former_surnames: SURNAMES.get(former).map(|&name| name.to_owned()).into_iter().collect(),
            birth_date: Some(date(year, 2, 1)),
            phone: Some(format!("+4670{number}")),
            memberships: if current > 0 { vec![span(MembershipType::Professional, None)] } else { Vec::new() },
            protected: protected == 0,
            ..member(number, &format!("{} {second}", GIVEN[given]), SURNAMES[surname])
        }
    }
}

pub(in crate::lookup) fn any_register() -> impl Strategy<Value = Vec<Entry>> {
    prop::collection::vec(any_member(), 0..40).prop_map(|mut members| {
        members.sort_by_key(|member| member.id);
        members.dedup_by_key(|member| member.id);
        members
    })
}

pub(in crate::lookup) fn any_text() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        prop::sample::select(GIVEN.to_vec()).prop_map(str::to_owned),
        prop::sample::select(SURNAMES.to_vec()).prop_map(str::to_lowercase),
        "k|ma|an|carlson|akeson|m.|von|de|1981|1981-02-01|0701|12",
        "\\PC{1,4}",
    ];
    prop::collection::vec(word, 1..5).prop_map(|words| words.join(" "))
}

type AnySpellings = Result<Vec<Spelling>, QueryError>;

/// Everything that is answered to a text, with the spellings of it as a name.
fn all_answers(index: &Index, text: &str, limit: usize, sight: &Sight) -> (Result<Answer, QueryError>, Vec<AnySpellings>) {
    let answer = index.search(&Query { text, filter: &Filter::default(), limit, today: today(), sight });
    let similar = [Part::Given, Part::Surname].map(|part| {
        index.similar(&SpellingQuery { name: text, part, limit, include_former_members: true, today: today(), sight })
    });
    (answer, similar.into())
}

proptest! {
    #[test]
    fn who_may_not_be_seen_is_as_good_as_absent(members in any_register(), text in any_text(), limit in 0..8usize) {
        let visible = index_of(members.iter().filter(|member| !member.protected).cloned());
        let all = index_of(members);
        prop_assert_eq!(all_answers(&all, &text, limit, &all_but_protected()), all_answers(&visible, &text, limit, &everyone()));
    }

    #[test]
    fn a_sight_that_is_kept_sees_what_a_new_one_sees(members in any_register(), text in any_text(), moved in 0..3u128) {
        // Two indexes at a time, and members whose circumstances come and go.
        let (kept, mut index, mut other) = (all_but_protected(), Index::new(), Index::new());
        for (number, member) in (0..).zip(members) {
            let at = Uuid::from_u128(900 + number % 3);
            let member = Entry { local_branch: Some(at), protected: member.protected != (number % 3 == moved), ..member };
            index.insert(member.clone());
            other.insert(Entry { protected: !member.protected, ..member.clone() });
            if number % 4 == 3 {
                index.remove(member.id);
            }
            if number % 16 != 3 {
                continue;
            }
            for index in [&index, &other] {
                prop_assert_eq!(all_answers(index, &text, 8, &kept), all_answers(index, &text, 8, &all_but_protected()));
            }
        }
    }

    #[test]
    fn the_order_of_insertion_changes_no_answer(members in any_register(), text in any_text(), limit in 0..8usize) {
        let forward = index_of(members.clone());
        let mut backward = index_of(members.iter().rev().cloned());
        for member in members.into_iter().step_by(2) {
            backward.remove(member.id);
            backward.insert(member);
        }
        prop_assert_eq!(all_answers(&forward, &text, limit, &everyone()), all_answers(&backward, &text, limit, &everyone()));
    }

    #[test]
    fn ending_early_changes_no_answer(members in any_register(), text in any_text(), limit in 0..8usize) {
        let index = index_of(members);
        let (few, few_spellings) = all_answers(&index, &text, limit, &everyone());
        let (all, all_spellings) = all_answers(&index, &text, 1000, &everyone());
        if let (Ok(few), Ok(mut all)) = (few, all) {
            prop_assert_eq!(few.more, all.hits.len() > limit);
            all.hits.truncate(limit);
            prop_assert_eq!(few.hits, all.hits);
        }
        for (few, all) in few_spellings.into_iter().zip(all_spellings) {
            if let (Ok(few), Ok(all)) = (few, all) {
                // Nicknames have places of their own, the fewer the shorter the list.
                let near = |spellings: &[Spelling]| spellings.iter().filter(|one| one.class != Class::Nickname).cloned().collect::<Vec<_>>();
                prop_assert!(near(&all).starts_with(&near(&few)));
                prop_assert_eq!(few.len(), all.len().min(limit));
            }
        }
    }

    #[test]
    fn a_removed_member_is_in_no_answer(members in any_register(), text in any_text()) {
        let mut index = index_of(members.clone());
        for member in members.iter().step_by(2) {
            index.remove(member.id);
        }
        let rest = index_of(members.into_iter().skip(1).step_by(2));
        prop_assert_eq!(all_answers(&index, &text, 20, &everyone()), all_answers(&rest, &text, 20, &everyone()));
    }

    #[test]
    fn everybody_is_found_by_the_own_name_as_exact(members in any_register()) {
        let index = index_of(members.clone());
        for member in members.iter().filter(|member| !member.memberships.is_empty()) {
            let filter = Filter::default();
            let text = format!("{} {}", member.surname, member.given_names.split(' ').next().unwrap());
            let answer = index.search(&Query { text: &text, filter: &filter, limit: 100, today: today(), sight: &everyone() }).unwrap();
            let hit = answer.hits.iter().find(|hit| hit.id == member.id);
            prop_assert_eq!(hit.map(|hit| hit.class), Some(Class::Exact), "{}", text);
        }
    }

    #[test]
    fn hits_stand_in_order_and_give_a_reason(members in any_register(), text in any_text()) {
        let index = index_of(members);
        if let Ok(answer) = all_answers(&index, &text, 50, &everyone()).0 {
            let pinned = |class| matches!(class, Class::Exact | Class::Number);
            prop_assert!(answer.hits.is_sorted_by_key(|hit| (!pinned(hit.class), matches!(hit.class, Class::FormerName | Class::Nickname), -(hit.score * 1e4) as i64)));
            for hit in &answer.hits {
                prop_assert!((0.0..=1.0).contains(&hit.score));
                prop_assert!(!hit.why.is_empty() && hit.why.iter().all(|why| why.class <= hit.class));
            }
        }
    }

    #[test]
    fn any_text_is_answered(members in any_register(), text in any::<String>(), name in any::<String>()) {
        let mut index = index_of(members);
        index.insert(member(9999, &name, &text));
        let _ = all_answers(&index, &text, 20, &everyone());
        let _ = all_answers(&index, &format!("{text} {name}"), 20, &everyone());
        index.remove(Uuid::from_u128(9999));
    }
}
