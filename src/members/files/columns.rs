//! The columns of the two files, and every term by which their headers are known.
//!
//! Terms are the glossary's, in English, Swedish and Finnish, with what other member systems of the Nordic countries
//! write; Norwegian and Danish where they differ. A term that could mean two columns or something else ("Namn": the whole
//! name; "Postadress": the street or the town; "Examen": the day or the degree) belongs to none.

use std::fmt;
use std::str::Split;

use serde::Serialize;

/// The columns of one kind of file.
pub trait Column: Copy + Eq + fmt::Debug + 'static {
    /// All of them in the order in which an export writes them; the position of each is its [`Column::index`].
    const ALL: &'static [Self];

    /// Its canonical name, which an export writes and an import always recognises.
    fn name(self) -> &'static str;

    /// Its position in [`Column::ALL`].
    fn index(self) -> usize;

    /// Whether a file without it cannot be imported.
    fn required(self) -> bool;

    /// What else a header may call it, in any case and with any punctuation.
    fn terms(self) -> Split<'static, &'static str>;
}

/// The columns of the member file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is the column of its name")]
pub enum MemberColumn {
    MemberNumber,
    GivenNames,
    Surname,
    FormerSurname,
    BirthDate,
    PersonalIdentityNumber,
    Language,
    Email,
    Phone,
    Street,
    PostalCode,
    City,
    Country,
    MembershipType,
    Occupation,
    Employer,
    Workplace,
    LocalBranch,
    School,
    GraduationDate,
    GraduationConfirmedOn,
    JoinedOn,
    LeftOn,
    LeaveReason,
    Protected,
    Hidden,
}

/// The columns of the representatives' file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is the column of its name")]
pub enum RepresentativeColumn {
    MemberNumber,
    Role,
    Workplace,
    School,
    LocalBranch,
    ValidFrom,
    ValidUntil,
}

const MEMBER_NUMBER: &str = "Member no, Member nr, Member id, Membership number, Medlemsnummer, Medlemsnr, Medlemsnr., Medl.nr, Medlemsid, \
     Medlemsnumret, Jäsennumero, Jäsennro, Jäsen nro, Jäsenen numero, Jäsentunnus, Medlem nr";
const WORKPLACE: &str = "Work place, Place of work, Arbetsplats, Arbetsställe, Arbetsplatsens namn, Työpaikka, Toimipaikka, \
     Työpaikan nimi, Arbeidsplass, Arbeidssted, Arbejdsplads, Arbejdssted";
const SCHOOL: &str = "University, College, Place of study, Educational institution, Skola, Lärosäte, Högskola, Universitet, \
     Läroanstalt, Oppilaitos, Koulu, Korkeakoulu, Yliopisto, Opiskelupaikka, Skole, Lærested, Studiested, \
     Uddannelsessted, Utdanningsinstitusjon";
const LOCAL_BRANCH: &str = "Branch, Chapter, Local chapter, Local club, Avdelning, Lokalavdelning, Lokalförening, Klubb, Yhdistys, \
     Jäsenyhdistys, Paikallisyhdistys, Osasto, Ammattiosasto, Paikallisosasto, Avdeling, Lokallag, Afdeling, \
     Lokalafdeling";

/// Name and terms of every column, in the order of the columns.
const MEMBER_WORDS: &[(&str, &str)] = &[
    ("member_number", MEMBER_NUMBER),
    (
        "given_names",
        "Given name, First name, First names, Forename, Forenames, Christian name, Förnamn, Förnamnen, \
                     Etunimi, Etunimet, Fornavn, Fornavne",
    ),
    ("surname", "Surnames, Last name, Family name, Efternamn, Släktnamn, Sukunimi, Etternavn, Efternavn"),
    (
        "former_surname",
        "Former name, Former surnames, Former last name, Previous surname, Previous name, Maiden name, \
                     Birth name, Tidigare efternamn, Tidigare namn, Tidigare släktnamn, Föregående efternamn, \
                     Flicknamn, Födelsenamn, Entinen sukunimi, Entiset sukunimet, Aiempi sukunimi, \
                     Aikaisempi sukunimi, Entinen nimi, Tyttönimi, Syntymänimi, Tidligere etternavn, \
                     Tidligere efternavn, Pikenavn, Pigenavn",
    ),
    (
        "birth_date",
        "Date of birth, Birthdate, Birthday, Born, DOB, Födelsedatum, Född, Födelsedag, Födelsetid, \
                     Syntymäaika, Syntymäpäivä, Synt.aika, Syntynyt, Fødselsdato, Født",
    ),
    (
        "personal_identity_number",
        "Personal identity code, Personal id, Personal identification number, National id, \
                     National identity number, Personal number, Personnummer, Personnr, Pers.nr, Persnr, \
                     Personbeteckning, Social security number, SSN, Henkilötunnus, Hetu, Sotu, \
                     Sosiaaliturvatunnus, Fødselsnummer, CPR, CPR-nummer, CPR-nr",
    ),
    (
        "language",
        "Preferred language, Contact language, Språk, Kontaktspråk, Språkkod, Kieli, Asiointikieli, \
                     Yhteydenpitokieli, Palvelukieli, Sprog",
    ),
    (
        "email",
        "E-mail address, Mail, Mail address, Private e-mail, E-post, Epostadress, E-postadress, Mejl, \
                     Mejladress, Mailadress, Privat e-post, Sähköposti, Sähköpostiosoite, S-posti, E-posti, \
                     E-postadresse, Mailadresse",
    ),
    (
        "phone",
        "Phone number, Telephone, Telephone number, Mobile, Mobile phone, Mobile number, Cell phone, \
                     Tel, Telefon, Telefonnummer, Telefonnr, Tfn, Mobil, Mobilnummer, Mobilnr, Mobiltelefon, \
                     Mobiltelefonnummer, Puhelin, Puhelinnumero, Puh, Puhelinnro, Matkapuhelin, \
                     Matkapuhelinnumero, Kännykkä, Gsm, Tlf, Tlf nr, Mobiltlf",
    ),
    (
        "street",
        "Address, Street address, Address line 1, Home address, Adress, Gatuadress, Gata, \
                     Utdelningsadress, Näradress, Hemadress, Osoite, Katuosoite, Lähiosoite, Kotiosoite, Adresse, \
                     Gateadresse, Gade, Vejnavn",
    ),
    ("postal_code", "Postcode, Post code, Zip, Zip code, Postnummer, Postnr, Postinumero, Postinro"),
    (
        "city",
        "Town, Post town, Postal town, Locality, Ort, Postort, Stad, Postanstalt, Postkontor, \
                     Kaupunki, Postitoimipaikka, Paikkakunta, Poststed, By, Sted",
    ),
    ("country", "Country code, Land, Landskod, Landkod, Maa, Maakoodi, Landekode"),
    (
        "membership_type",
        "Member type, Type of membership, Member category, Membership category, Medlemstyp, \
                     Medlemskategori, Medlemsform, Medlemskapstyp, Medlemsslag, Jäsenlaji, Jäsentyyppi, \
                     Jäsenryhmä, Jäsenyyslaji, Jäsenyystyyppi, Medlemstype",
    ),
    (
        "occupation",
        "Profession, Job title, Job, Title, Yrke, Yrkestitel, Befattning, Titel, Tjänst, Ammatti, \
                     Ammattinimike, Tehtävänimike, Nimike, Titteli, Stilling, Erhverv",
    ),
    (
        "employer",
        "Employer name, Company, Arbetsgivare, Arbetsgivarens namn, Företag, Työnantaja, \
                     Työnantajan nimi, Yritys, Arbeidsgiver, Arbejdsgiver",
    ),
    ("workplace", WORKPLACE),
    ("local_branch", LOCAL_BRANCH),
    ("school", SCHOOL),
    (
        "graduation_date",
        "Date of graduation, Graduation, Graduates, Graduates on, Expected graduation, \
                     Expected graduation date, Examensdatum, Examensdag, Beräknad examen, Beräknat examensdatum, \
                     Valmistumispäivä, Valmistumispvm, Valmistumisaika, Valmistuminen, Arvioitu valmistumispäivä, \
                     Eksamensdato, Dimissionsdato",
    ),
    (
        "graduation_confirmed_on",
        "Graduation confirmed, Graduation confirmed date, Date graduation confirmed, Examen bekräftad, \
                     Bekräftad examen, Examen bekräftad den, Examensdatum bekräftat, Valmistuminen vahvistettu, \
                     Valmistumisen vahvistuspäivä, Vahvistettu valmistumispäivä, Valmistumisen vahvistus",
    ),
    (
        "joined_on",
        "Joined, Date joined, Join date, Member since, Membership start, Inträdesdatum, Inträde, \
                     Inträtt, Medlem sedan, Medlem från, Anslutningsdatum, Ansluten, Liittymispäivä, Liittymispvm, \
                     Liittynyt, Jäsenyys alkanut, Jäsenyyden alkupäivä, Jäsenyyden alku, Innmeldt, \
                     Innmeldingsdato, Indmeldt, Indmeldelsesdato",
    ),
    (
        "left_on",
        "Left, Date left, Leave date, Membership end, Utträdesdatum, Utträde, Utträtt, Utträdd, \
                     Medlem till, Avgångsdatum, Eroamispäivä, Eropäivä, Eropvm, Eronnut, Jäsenyys päättynyt, \
                     Jäsenyyden päättymispäivä, Jäsenyyden loppupäivä, Utmeldt, Utmeldingsdato, Udmeldt, \
                     Udmeldelsesdato",
    ),
    (
        "leave_reason",
        "Reason for leaving, Reason left, Exit reason, Utträdesorsak, Orsak till utträde, \
                     Avgångsorsak, Eroamisen syy, Erosyy, Eron syy, Eroamissyy, Utmeldingsårsak, Udmeldelsesårsag",
    ),
    (
        "protected",
        "Protected identity, Protected data, Protection, Skyddade personuppgifter, Skyddad identitet, \
                     Skyddad, Skyddade uppgifter, Sekretessmarkering, Sekretess, Spärrmarkering, Turvakielto, \
                     Osoitesuoja, Spärrmarkerad, Adressesperre, Adressebeskyttelse, Navne- og adressebeskyttelse",
    ),
    (
        "hidden",
        "Hidden membership, Dold tillhörighet, Dold, Dolt medlemskap, Salattu jäsenyys, Salattu, \
                     Salainen jäsenyys, Skjult medlemskap, Skjult",
    ),
];

/// Name and terms of every column, in the order of the columns.
const REPRESENTATIVE_WORDS: &[(&str, &str)] = &[
    ("member_number", MEMBER_NUMBER),
    (
        "role",
        "Appointment, Position, Representative, Duty, Uppdrag, Roll, Förtroendeuppdrag, \
                     Förtroendevald, Uppdragstyp, Luottamustehtävä, Luottamustoimi, Tehtävä, Rooli, \
                     Luottamushenkilö, Verv, Rolle, Tillitsverv, Tillitsvalgt, Tillidshverv",
    ),
    ("workplace", WORKPLACE),
    ("school", SCHOOL),
    ("local_branch", LOCAL_BRANCH),
    (
        "valid_from",
        "From, Start, Start date, Starts, Term from, Term start, Since, Från, Från och med, Fr.o.m., \
                     Startdatum, Gäller från, Giltig från, Mandat från, Mandatperiod från, Alkaen, Alku, \
                     Alkupäivä, Alkamispäivä, Alkupvm, Voimassa alkaen, Kausi alkaa, Toimikausi alkaa, Fra, \
                     Fra dato, Gyldig fra",
    ),
    (
        "valid_until",
        "Until, To, End, End date, Ends, Valid to, Term until, Term end, Till, Till och med, T.o.m., \
                     Slutdatum, Gäller till, Giltig till, Mandat till, Mandatperiod till, Asti, Saakka, Päättyy, \
                     Loppu, Loppupäivä, Päättymispäivä, Loppupvm, Voimassa asti, Voimassa saakka, Kausi päättyy, \
                     Toimikausi päättyy, Til, Til dato, Gyldig til",
    ),
];

impl Column for MemberColumn {
    const ALL: &'static [Self] = &[
        Self::MemberNumber,
        Self::GivenNames,
        Self::Surname,
        Self::FormerSurname,
        Self::BirthDate,
        Self::PersonalIdentityNumber,
        Self::Language,
        Self::Email,
        Self::Phone,
        Self::Street,
        Self::PostalCode,
        Self::City,
        Self::Country,
        Self::MembershipType,
        Self::Occupation,
        Self::Employer,
        Self::Workplace,
        Self::LocalBranch,
        Self::School,
        Self::GraduationDate,
        Self::GraduationConfirmedOn,
        Self::JoinedOn,
        Self::LeftOn,
        Self::LeaveReason,
        Self::Protected,
        Self::Hidden,
    ];

    fn name(self) -> &'static str {
        MEMBER_WORDS[self.index()].0
    }

    fn index(self) -> usize {
        self as usize
    }

    fn required(self) -> bool {
        matches!(self, Self::MemberNumber | Self::GivenNames | Self::Surname)
    }

    fn terms(self) -> Split<'static, &'static str> {
        MEMBER_WORDS[self.index()].1.split(", ")
    }
}

impl Column for RepresentativeColumn {
    const ALL: &'static [Self] =
        &[Self::MemberNumber, Self::Role, Self::Workplace, Self::School, Self::LocalBranch, Self::ValidFrom, Self::ValidUntil];

    fn name(self) -> &'static str {
        REPRESENTATIVE_WORDS[self.index()].0
    }

    fn index(self) -> usize {
        self as usize
    }

    fn required(self) -> bool {
        matches!(self, Self::MemberNumber | Self::Role)
    }

    fn terms(self) -> Split<'static, &'static str> {
        REPRESENTATIVE_WORDS[self.index()].1.split(", ")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::super::spelling::plain;
    use super::*;

    fn is_sound<C: Column>(names: &str) {
        assert_eq!(C::ALL.iter().map(|c| c.name()).collect::<Vec<_>>(), names.split(", ").collect::<Vec<_>>());
        let mut owner = HashMap::new();
        for (position, column) in C::ALL.iter().enumerate() {
            assert_eq!(column.index(), position, "{column:?}");
            for term in column.terms().chain([column.name()]) {
                let other = owner.insert(plain(term), column);
                assert!(other.is_none_or(|other| other == column), "{term} means {other:?} and {column:?}");
            }
        }
    }

    #[test]
    fn the_columns_are_those_of_the_design_and_no_term_means_two() {
        is_sound::<MemberColumn>(
            "member_number, given_names, surname, former_surname, birth_date, personal_identity_number, language, \
             email, phone, street, postal_code, city, country, membership_type, occupation, employer, workplace, \
             local_branch, school, graduation_date, graduation_confirmed_on, joined_on, left_on, leave_reason, \
             protected, hidden",
        );
        is_sound::<RepresentativeColumn>("member_number, role, workplace, school, local_branch, valid_from, valid_until");
    }

    #[test]
    fn the_serialised_form_is_the_canonical_name() {
        for column in MemberColumn::ALL {
            assert_eq!(serde_json::to_string(column).unwrap(), format!("\"{}\"", column.name()));
        }
    }
}
