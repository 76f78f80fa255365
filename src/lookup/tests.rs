//! What people who search find. Parts that stand alone are tested in their own files.

use chrono::NaiveDate;
use entity::membership_period::MembershipType;
use uuid::Uuid;

use super::*;

pub(super) mod properties;

fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

pub(super) fn today() -> NaiveDate {
    date(2026, 11, 22)
}

fn span(membership_type: MembershipType, until: Option<NaiveDate>) -> Span {
    Span { membership_type, from: Some(date(2020, 1, 1)), until }
}

/// A current member; the id is the member number.
fn member(number: u32, given_names: &str, surname: &str) -> Entry {
    Entry {
        id: Uuid::from_u128(number.into()),
        member_number: number.to_string(),
        given_names: given_names.into(),
        surname: surname.into(),
        memberships: vec![span(MembershipType::Professional, None)],
        ..Entry::default()
    }
}

pub(super) fn index_of(members: impl IntoIterator<Item = Entry>) -> Index {
    let mut index = Index::new();
    members.into_iter().for_each(|member| index.insert(member));
    index
}

/// Members 1, 2, 3 … of these names.
fn named(names: &[(&str, &str)]) -> Index {
    index_of((1..).zip(names).map(|(number, (given, surname))| member(number, given, surname)))
}

pub(super) fn everyone() -> Sight {
    Sight::of(|_| true)
}

fn all_but_protected() -> Sight {
    Sight::of(|member| !member.protected)
}

fn ask(index: &Index, text: &str) -> Answer {
    filtered(index, text, &Filter::default())
}

fn filtered(index: &Index, text: &str, filter: &Filter) -> Answer {
    index.search(&Query { text, filter, limit: 20, today: today(), sight: &everyone() }).unwrap()
}

/// Member numbers of the hits, best first.
fn found(answer: &Answer) -> Vec<u128> {
    answer.hits.iter().map(|hit| hit.id.as_u128()).collect()
}

fn first(index: &Index, text: &str) -> Option<(u128, Class)> {
    ask(index, text).hits.first().map(|hit| (hit.id.as_u128(), hit.class))
}

fn spellings(index: &Index, name: &str, part: Part) -> Vec<(String, u32)> {
    let query = SpellingQuery { name, part, limit: 20, include_former_members: false, today: today(), sight: &everyone() };
    index.similar(&query).unwrap().into_iter().map(|spelling| (spelling.spelling, spelling.members)).collect()
}

#[test]
fn marit_carlson_is_maarit_karlsson() {
    let index = named(&[
        ("Martin", "Carlberg"),
        ("Marita", "Karlberg"),
        ("Maarit Helena", "Karlsson"),
        ("Maria", "Carlén"),
        ("Karl", "Marttinen"),
    ]);
    let answer = ask(&index, "marit carlson");
    assert_eq!(answer.hits[0].id.as_u128(), 3);
    assert_eq!(answer.hits[0].class, Class::SoundsLike);
    let why = |asked: &str, found: &str| Why { asked: asked.into(), found: found.into(), class: Class::SoundsLike };
    assert_eq!(answer.hits[0].why, [why("marit", "Maarit"), why("carlson", "Karlsson")]);
    let surname = answer.spellings.iter().find(|spellings| spellings.asked == "carlson").unwrap();
    assert_eq!(
        (surname.part, surname.alternatives[0].spelling.as_str(), surname.alternatives[0].members),
        (Part::Surname, "Karlsson", 1)
    );
}

#[test]
fn a_name_is_found_in_any_order_case_and_notation() {
    let index = named(&[
        ("Maarit Helena", "Karlsson"),
        ("Bo", "Ek"),
        ("Anna-Maria", "Sjöström"),
        ("Åke", "Åkesson"),
        ("Sinéad", "O’Brien"),
        ("Carl Gustaf", "von Platen"),
        ("Li", "Ng"),
        ("Ebba", "af Ekenstam"),
        ("Per", "Lindberg"),
        ("Karin", "Kjær"),
        ("Юлия", "Иванова"),
        ("Null", "Null"),
    ]);
    for (text, number, class) in [
        ("maarit karlsson", 1, Class::Exact),
        ("KARLSSON, Maarit", 1, Class::Exact),
        ("helena karlsson", 1, Class::Exact),
        ("bo ek", 2, Class::Exact),
        ("EK BO", 2, Class::Exact),
        ("anna-maria sjöström", 3, Class::Exact),
        ("anna maria sjostrom", 3, Class::SameWhenFolded),
        ("annamaria sjöström", 3, Class::SameWhenFolded),
        ("maria sjoestroem", 3, Class::SameWhenFolded),
        ("ake akesson", 4, Class::SameWhenFolded),
        ("aake aakesson", 4, Class::SameWhenFolded),
        ("sinead o'brien", 5, Class::SameWhenFolded),
        ("sinéad obrien", 5, Class::SameWhenFolded),
        ("sinéad o brien", 5, Class::SameWhenFolded),
        ("platen carl", 6, Class::Exact),
        ("gustaf von platen", 6, Class::Exact),
        ("ng li", 7, Class::Exact),
        ("ebba afekenstam", 8, Class::SameWhenFolded),
        ("lind berg per", 9, Class::SameWhenFolded),
        ("ebba af ekenstam", 8, Class::Exact),
        ("kjaer karin", 10, Class::SameWhenFolded),
        ("karin kjär", 10, Class::SameWhenFolded),
        ("иванова юлия", 11, Class::Exact),
        ("null", 12, Class::Exact),
    ] {
        assert_eq!(first(&index, text), Some((number, class)), "{text}");
    }
}

#[test]
fn a_typed_ring_is_not_the_plain_letter() {
    let index = named(&[("Eva", "Akesson"), ("Eva", "Åkesson")]);
    assert_eq!(found(&ask(&index, "åkesson")), [2, 1]);
    assert!(matches!(ask(&index, "åkesson").hits[1].class, Class::SoundsLike | Class::Similar));
    assert_eq!(
        ask(&index, "akesson").hits.iter().map(|hit| hit.class).collect::<Vec<_>>(),
        [Class::Exact, Class::SameWhenFolded]
    );
}

#[test]
fn a_particle_may_be_missing_on_either_side() {
    let index = named(&[("Carl", "von Platen"), ("Eva", "Karlsson"), ("Bich", "Le")]);
    assert_eq!(first(&index, "platen"), Some((1, Class::Exact)));
    let answer = ask(&index, "eva von karlsson");
    assert_eq!(found(&answer), [2]);
    assert_eq!(answer.hits[0].class, Class::Similar, "less than exact: a word is left over");
    assert_eq!(first(&index, "bich le"), Some((3, Class::Exact)));
    assert_eq!(found(&ask(&index, "eva le")), Vec::<u128>::new());
}

#[test]
fn only_the_last_word_of_a_search_is_a_beginning() {
    let index = named(&[("Maarit", "Karlsson"), ("Karlina", "Maaranen")]);
    assert_eq!(first(&index, "maarit karls"), Some((1, Class::Prefix)));
    assert_eq!(first(&index, "maarit k"), Some((1, Class::Prefix)));
    assert_eq!(first(&index, "karls maarit").map(|hit| hit.1), Some(Class::Similar), "half of the surname, said first");
    assert_eq!(first(&index, "kar maarit"), None);
    assert_eq!(first(&named(&[("Gunnar", "Lindström")]), "gunn lindström").map(|hit| hit.1), Some(Class::Similar), "cut short");
    assert_eq!(spellings(&index, "Karl", Part::Surname), [], "a spelling is not a beginning");
}

#[test]
fn an_initial_stands_for_a_given_name() {
    let index = named(&[("Maarit", "Karlsson"), ("Karin", "Mäkinen")]);
    assert_eq!(first(&index, "M. Karlsson"), Some((1, Class::Prefix)));
    assert_eq!(found(&ask(&index, "m karin")), Vec::<u128>::new());
    assert_eq!(found(&ask(&index, "k k")), Vec::<u128>::new());
    assert_eq!(found(&ask(&index, "m m")), Vec::<u128>::new());
    assert_eq!(first(&named(&[("Mia", "Mäki")]), "m m"), Some((1, Class::Prefix)), "an initial, and the beginning of any name");
}

#[test]
fn marit_finds_maarit_before_names_that_begin_with_marit() {
    let index = named(&[("Marita", "Ek"), ("Maritta", "Ek"), ("Maarit", "Ek"), ("Marit", "Ek"), ("Maritza", "Ek")]);
    assert_eq!(found(&ask(&index, "marit"))[..2], [4, 3]);
}

#[test]
fn a_name_of_several_words_typed_whole_is_a_whole_match() {
    let index = named(&[("Ebba", "af Ekenstam"), ("Anna-Maria", "Ek")]);
    for text in ["ebba af ekenstam", "anna-maria ek"] {
        assert_eq!(ask(&index, text).hits[0].score, 1.0, "{text}");
    }
}

#[test]
fn a_surname_of_today_stands_before_the_same_as_part_of_another() {
    let index = named(&[("Ada", "Bergström Karlsson"), ("Bea", "Karlsson")]);
    assert_eq!(found(&ask(&index, "karlsson")), [2, 1]);
}

#[test]
fn a_nickname_is_found_last_and_said_to_be_one() {
    let index =
        named(&[("Karl Erik", "Ek"), ("Kalla", "Ek"), ("Kalle", "Ek"), ("Zoe", "Ek"), ("Erik Karl", "Ek"), ("Eva", "Karl")]);
    let answer = ask(&index, "kalle ek");
    assert_eq!(found(&answer), [3, 2, 1, 5]);
    assert_eq!(answer.hits[2].class, Class::Nickname);
    let why: Vec<_> = answer.hits[2].why.iter().map(|why| (&*why.asked, &*why.found, why.class)).collect();
    assert_eq!(why, [("kalle", "Karl", Class::Nickname), ("ek", "Ek", Class::Exact)]);
    let back = ask(&index, "karl ek");
    assert_eq!((found(&back)[..2].to_vec(), found(&back).last()), (vec![1, 5], Some(&3)));
    assert_eq!(spellings(&index, "Kalle", Part::Given), [("Kalle".into(), 1), ("Kalla".into(), 1), ("Karl".into(), 1)]);
    assert!(spellings(&index, "Kalle", Part::Surname).iter().all(|(spelling, _)| spelling != "Karl"), "it is a given name's");
    assert!(found(&ask(&index, "kalle")).last() != Some(&6), "a nickname leads to no surname");
}

#[test]
fn nicknames_keep_a_tenth_of_a_list_that_is_full() {
    let alike = ["Jussa", "Jusse", "Jussin", "Jusso", "Jussu", "Jussy", "Jossi", "Jassi", "Jussif", "Jussia", "Jusi", "Yussi"];
    let index = named(&alike.into_iter().chain(["Johannes", "Juhani", "Johan"]).map(|given| (given, "Ek")).collect::<Vec<_>>());
    let similar = |limit| {
        let query = SpellingQuery {
            name: "jussi",
            part: Part::Given,
            limit,
            include_former_members: false,
            today: today(),
            sight: &everyone(),
        };
        index.similar(&query).unwrap().into_iter().map(|one| one.class == Class::Nickname).collect::<Vec<_>>()
    };
    let nicknames = |limit| similar(limit).into_iter().filter(|is| *is).count();
    assert_eq!((similar(10).len(), nicknames(10), similar(10)[9]), (10, 1, true));
    assert_eq!((similar(5).len(), nicknames(5)), (5, 0));
    assert_eq!((nicknames(200), similar(200)[similar(200).len() - 3..].to_vec()), (3, vec![true; 3]));
}

#[test]
fn a_former_surname_is_found_last_and_said_to_be_one() {
    let married = Entry { former_surnames: vec!["Karlsson".into()], ..member(1, "Anna", "Öberg") };
    let index = index_of([married, member(2, "Anna", "Carlson"), member(3, "Anna", "Karlsson")]);
    let answer = ask(&index, "anna karlsson");
    assert_eq!(found(&answer), [3, 2, 1]);
    assert_eq!(answer.hits[2].class, Class::FormerName);
    assert_eq!(answer.hits[2].why.iter().map(|why| why.class).collect::<Vec<_>>(), [Class::Exact, Class::FormerName]);
    assert_eq!(
        spellings(&index, "Karlsson", Part::Surname)[0],
        ("Karlsson".into(), 1),
        "who has left a name does not count for it"
    );
}

#[test]
fn former_names_never_crowd_out_a_present_one() {
    let former = |number, given| Entry { former_surnames: vec!["Karlsson".into()], ..member(number, given, "Öberg") };
    let index = index_of([former(1, "Anna"), former(2, "Eva"), former(3, "Ida"), member(4, "Ulla", "Carlson")]);
    let answer =
        index.search(&Query { text: "karlsson", filter: &Filter::default(), limit: 1, today: today(), sight: &everyone() });
    assert_eq!(found(&answer.unwrap()), [4]);
}

#[test]
fn equals_stand_in_the_order_of_surname_given_names_and_number() {
    let index = named(&[("Eva", "Ek"), ("Anna", "Ek"), ("Eva", "Ek"), ("Anna Eva", "Ek"), ("Bo", "Ek-Berg")]);
    assert_eq!(found(&ask(&index, "ek")), [2, 4, 1, 3, 5]);
}

#[test]
fn a_number_is_taken_for_what_it_is_in_full() {
    let index =
        index_of([Entry { birth_date: Some(date(1984, 2, 1)), ..member(19_841, "Anna", "Ek") }, member(19_842, "Eva", "Ek")]);
    let classes: Vec<_> = ask(&index, "1984").hits.iter().map(|hit| hit.class).collect();
    assert_eq!(classes, [Class::Number, Class::Prefix]);
}

#[test]
fn numbers_typed_into_the_same_box_find_the_member() {
    let index = index_of([
        Entry {
            phone: Some("+46701234567".into()),
            email: Some("Maarit.Karlsson@example.org".into()),
            birth_date: Some(date(1984, 2, 1)),
            ..member(104_711, "Maarit", "Karlsson")
        },
        Entry { phone: Some("+46709999999".into()), birth_date: Some(date(1990, 5, 6)), ..member(2, "Maarit", "Karlsson") },
    ]);
    for text in [
        "070-123 45 67",
        "+46 70 123 45 67",
        "0046701234567",
        "46701234567",
        "104711",
        "maarit.karlsson@example.org",
        "1984-02-01",
        "19840201",
        "840201",
        "1.2.1984",
        "1984",
        "maarit karlsson 1984",
        "1984 karlsson",
        "maarit 070-1234567",
        "070-1234567 1984",
    ] {
        let answer = ask(&index, text);
        assert_eq!(found(&answer), [104_711], "{text}");
        assert!(matches!(answer.hits[0].class, Class::Number | Class::Exact), "{text}");
    }
    assert_eq!(
        ask(&index, "maarit 1984").hits[0].why[1],
        Why { asked: "1984".into(), found: "1984-02-01".into(), class: Class::Number }
    );
    for text in ["070-1234", "1047", "maarit.karl@", "maarit.karlsson@ex"] {
        let expected = if text == "maarit.karl@" { None } else { Some((104_711, Class::Prefix)) };
        assert_eq!(first(&index, text), expected, "{text}");
    }
}

#[test]
fn a_filter_narrows_before_the_best_are_chosen() {
    let workplace = Uuid::from_u128(77);
    let mut members: Vec<Entry> =
        (1..60).map(|number| Entry { birth_date: Some(date(1970, 1, 1)), ..member(number, "Anna", "Karlsson") }).collect();
    members.push(Entry {
        birth_date: Some(date(1984, 2, 1)),
        city: Some("Umeå".into()),
        workplaces: vec![workplace],
        memberships: vec![span(MembershipType::Student, None)],
        ..member(60, "Anne", "Carlsson")
    });
    let index = index_of(members);
    assert!(!found(&ask(&index, "anna karlsson")).contains(&60));
    for filter in [
        Filter { birth_year: Some(1984), ..Filter::default() },
        Filter { city: Some("umea".into()), ..Filter::default() },
        Filter { workplace_id: Some(workplace), ..Filter::default() },
        Filter { membership_type: Some(MembershipType::Student), ..Filter::default() },
    ] {
        assert_eq!(found(&filtered(&index, "anna karlsson", &filter)), [60], "{filter:?}");
    }
    assert_eq!(
        found(&filtered(&index, "anna karlsson", &Filter { city: Some("Örebro".into()), ..Filter::default() })),
        Vec::<u128>::new()
    );
}

#[test]
fn who_has_left_is_found_only_when_asked_for() {
    let until = |day| vec![span(MembershipType::Professional, Some(day))];
    let index = index_of([
        Entry { memberships: until(date(2026, 11, 21)), ..member(1, "Anna", "Karlsson") },
        Entry { memberships: until(date(2026, 11, 22)), ..member(2, "Anna", "Karlsson") },
        Entry {
            memberships: vec![Span { from: Some(date(2026, 11, 23)), ..span(MembershipType::Student, None) }],
            ..member(3, "Anna", "Karlsson")
        },
    ]);
    assert_eq!(found(&ask(&index, "anna karlsson")), [2]);
    assert_eq!(spellings(&index, "Anna", Part::Given), [("Anna".into(), 1)]);
    assert_eq!(
        found(&filtered(&index, "anna karlsson", &Filter { include_former_members: true, ..Filter::default() })),
        [1, 2, 3]
    );
}

#[test]
fn spellings_count_first_given_names_and_come_best_first() {
    let index = named(&[
        ("Marit", "Ek"),
        ("Maarit", "Ek"),
        ("Maarit", "Ek"),
        ("Anna Maarit", "Ek"),
        ("Berit", "Marit"),
        ("Marith", "Ek"),
    ]);
    assert_eq!(spellings(&index, "marit", Part::Given)[..3], [("Marit".into(), 1), ("Maarit".into(), 2), ("Marith".into(), 1)]);
    assert_eq!(spellings(&index, "marit", Part::Surname), [("Marit".into(), 1)]);
    assert_eq!(spellings(&index, "", Part::Surname), []);
}

#[test]
fn more_says_whether_there_are_more_than_wanted() {
    let index = index_of((1..=5).map(|number| member(number, "Anna", "Ek")));
    for (limit, hits, more) in [(0, 0, true), (4, 4, true), (5, 5, false), (6, 5, false)] {
        let answer =
            index.search(&Query { text: "ek", filter: &Filter::default(), limit, today: today(), sight: &everyone() }).unwrap();
        assert_eq!((answer.hits.len(), answer.more), (hits, more), "{limit}");
    }
}

#[test]
fn nothing_asked_is_nothing_found_and_too_much_is_refused() {
    let index = named(&[("Anna", "Ek")]);
    for text in ["", "   ", "%", "*", "\u{0}", "\"'", "👩‍⚕️", "-"] {
        assert_eq!(ask(&index, text), Answer::default(), "{text}");
    }
    let long = "a".repeat(201);
    let query = SpellingQuery {
        name: &long,
        part: Part::Given,
        limit: 20,
        include_former_members: false,
        today: today(),
        sight: &everyone(),
    };
    assert_eq!(index.similar(&query).unwrap_err(), QueryError::TooLong { characters: 201 });
}

#[test]
fn a_replaced_member_is_found_under_the_new_name_only() {
    let mut index = named(&[("Anna", "Öberg")]);
    index.insert(Entry { phone: Some("070-1".into()), ..member(1, "Anna", "Lindqvist") });
    assert_eq!(index.len(), 1);
    assert_eq!(found(&ask(&index, "öberg")), Vec::<u128>::new());
    assert_eq!(found(&ask(&index, "lindkvist")), [1]);
}

#[test]
fn nothing_is_left_of_a_member_removed() {
    let rare = Entry {
        email: Some("xylander@example.org".into()),
        phone: Some("+46701234567".into()),
        former_surnames: vec!["Quisling-Xylander".into()],
        birth_date: Some(date(1984, 2, 1)),
        ..member(104_711, "Xerxes Xavér", "von Xylander")
    };
    let mut index = index_of([member(1, "Anna", "Ek"), rare]);
    index.remove(Uuid::from_u128(104_711));
    assert_eq!((index.len(), !index.holds(Uuid::from_u128(104_711))), (1, true));
    let memory = format!("{index:?}").to_lowercase();
    for trace in ["xylander", "xerxes", "xav", "quisling", "104711", "701234567", "1984-02-01"] {
        assert!(!memory.contains(trace), "{trace}");
    }
    for text in ["xylander", "xerxes", "quisling", "104711", "0701234567", "1984"] {
        assert_eq!(found(&ask(&index, text)), Vec::<u128>::new(), "{text}");
    }
}
