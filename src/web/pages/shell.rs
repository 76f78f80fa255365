//! What stands around every page: language, navigation, the token that every form sends along, and what was just done.

use actix_web::HttpRequest;
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::header;
use jobs::texts::Language;

use super::texts::{Text, text};
use super::{assets, words};
use crate::access::caller::{Caller, Role};
use crate::access::sessions::Subject;
use crate::state::State;

/// The cookie with the language that the reader chose.
pub(super) const LANGUAGE: &str = "matrikel-language";

/// The cookie with the page that somebody wanted who had to sign in first.
const WAY_BACK: &str = "matrikel-way-back";

/// What stands around a page.
#[derive(Clone, Debug)]
pub(super) struct Shell {
    /// The reader's language.
    pub(super) language: Language,
    /// What every form sends along; empty for whoever is not signed in.
    pub(super) csrf: String,
    /// Where she may go.
    pub(super) places: Vec<Place>,
    /// The page's own address.
    pub(super) address: String,
    /// Whether this is the demo.
    pub(super) demo: bool,
    /// Whether she has an account, and so a password and an app of her own.
    pub(super) has_account: bool,
    /// Whether single keys do something here.
    pub(super) has_keys: bool,
    /// What was just done.
    pub(super) said: Option<String>,
}

/// A link of the navigation.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) address: &'static str,
    pub(super) name: String,
    pub(super) is_current: bool,
}

impl Shell {
    /// Around the answer to `request`, for `caller` when somebody is signed in.
    pub(super) fn of(request: &HttpRequest, state: &State, caller: Option<&Caller>) -> Self {
        let language = language(request, state);
        let address = request.path().to_owned();
        let places = caller.map(Caller::roles).map_or_else(Vec::new, |roles| places(language, roles, &address));
        let session = caller.and_then(Caller::session);
        let csrf = session.map(|session| session.csrf_token.clone()).unwrap_or_default();
        let has_account = session.is_some_and(|session| matches!(session.subject, Subject::Account(_)));
        Self { language, csrf, places, address, demo: state.demo, has_account, has_keys: false, said: None }
    }

    /// With single keys that do something.
    pub(super) fn with_keys(mut self) -> Self {
        self.has_keys = true;
        self
    }

    /// Saying what was just done.
    pub(super) fn saying(mut self, said: Option<Text>) -> Self {
        self.said = said.map(String::from);
        self
    }

    /// A text in the reader's language.
    pub(super) fn text(&self, key: &'static str) -> Text {
        text(self.language, key)
    }

    /// A number as the language writes it.
    pub(super) fn number(&self, value: &u32) -> String {
        words::number(self.language, (*value).into())
    }

    pub(super) fn is_signed_in(&self) -> bool {
        !self.csrf.is_empty()
    }

    /// The languages to choose from, each by its own name.
    pub(super) fn languages(&self) -> [(&'static str, String); 3] {
        Language::ALL.map(|language| (language.code(), text(language, "own-name").to_string()))
    }

    pub(super) fn stylesheet(&self) -> &'static str {
        &assets::STYLESHEET.address
    }

    pub(super) fn script(&self) -> &'static str {
        &assets::SCRIPT.address
    }

    pub(super) fn icon(&self) -> &'static str {
        &assets::ICON.address
    }
}

/// Where somebody with these roles may go, and which of it she looks at.
fn places(language: Language, roles: &[Role], address: &str) -> Vec<Place> {
    let mut places = Vec::new();
    let mut add = |at: &'static str, name: Text| {
        places.push(Place {
            address: at,
            name: name.to_string(),
            is_current: address == at || address.starts_with(&format!("{at}/")),
        });
    };
    if roles.iter().any(|role| works_at_desk(*role)) {
        add("/desk", text(language, "desk"));
    }
    if roles.iter().any(|role| works_at_desk(*role) || *role == Role::Representative) {
        add("/follow-ups", text(language, "follow-ups"));
    }
    if roles.contains(&Role::Representative) {
        add("/my-members", text(language, "my-members"));
    }
    if roles.contains(&Role::Registrar) {
        add("/proposals", text(language, "proposals"));
        add("/imports", text(language, "imports"));
        add("/workplaces", text(language, "workplaces"));
    }
    if roles.contains(&Role::Registrar) || roles.contains(&Role::Administrator) {
        add("/figures", text(language, "figures"));
    }
    if roles.contains(&Role::Administrator) {
        add("/accounts", text(language, "accounts"));
        add("/mail", text(language, "mail"));
        add("/rules", text(language, "rules"));
        add("/runs", text(language, "runs"));
    }
    if roles.contains(&Role::Member) {
        add("/me", text(language, "my-details"));
    }
    places
}

/// Whether somebody in this role answers callers.
fn works_at_desk(role: Role) -> bool {
    matches!(role, Role::Staff | Role::Registrar | Role::PrivacyOfficer)
}

/// The first place of whoever has signed in.
pub(super) fn home(caller: &Caller) -> &'static str {
    if caller.roles().iter().any(|role| works_at_desk(*role)) {
        "/desk"
    } else if caller.roles().contains(&Role::Representative) {
        "/follow-ups"
    } else if caller.roles().contains(&Role::Administrator) {
        "/runs"
    } else if caller.roles().contains(&Role::Member) {
        "/me"
    } else {
        "/sessions"
    }
}

/// The reader's language: what she chose, else what her browser prefers, else the organisation's.
pub(super) fn language(request: &HttpRequest, state: &State) -> Language {
    let chosen = request.cookie(LANGUAGE).and_then(|cookie| Language::ALL.into_iter().find(|it| it.code() == cookie.value()));
    chosen.or_else(|| preferred(request)).unwrap_or_else(|| state.config.default_language)
}

/// The first language of `Accept-Language` that there are pages in, by its weights (RFC 9110, 12.5.4).
fn preferred(request: &HttpRequest) -> Option<Language> {
    let header = request.headers().get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
    let mut ranges: Vec<(f32, &str)> = header
        .split(',')
        .filter_map(|range| {
            let (tag, weight) = range.split_once(";q=").unwrap_or((range, "1"));
            let weight: f32 = weight.trim().parse().ok()?;
            (weight > 0.0).then_some((weight, tag.trim()))
        })
        .collect();
    // Stable: of equal weights the first counts.
    ranges.sort_by(|one, other| other.0.total_cmp(&one.0));
    ranges.into_iter().find_map(|(_, tag)| {
        let code = tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
        // Whatever the default, a language without pages is no preference here.
        let (one, other) = (Language::of(Some(&code), Language::Sv), Language::of(Some(&code), Language::Fi));
        (one == other).then_some(one)
    })
}

/// A cookie that keeps the choice of a language for a year.
pub(super) fn language_cookie(state: &State, language: Language) -> Cookie<'static> {
    cookie(state, LANGUAGE, language.code().to_owned(), Duration::days(365))
}

/// A cookie that remembers for a while where somebody wanted to go who had to do something else first. Addresses hold ids
/// and no personal data.
pub(super) fn way_back(state: &State, address: &str) -> Cookie<'static> {
    // What would end the cookie's value: none of our own addresses holds it.
    let address = address.split([';', ',', '"']).next().unwrap_or_default();
    cookie(state, WAY_BACK, address.to_owned(), Duration::minutes(20))
}

/// Where somebody who has signed in goes: where she wanted to, else to her place.
pub(super) fn after_sign_in(request: &HttpRequest) -> String {
    let wanted = request.cookie(WAY_BACK).map(|cookie| cookie.value().to_owned());
    wanted.filter(|address| is_ours(address)).unwrap_or_else(|| "/".to_owned())
}

/// Whether an address is a path of this very service.
pub(super) fn is_ours(address: &str) -> bool {
    address.starts_with('/')
        && !address.starts_with("//")
        && address.chars().all(|letter| letter.is_ascii_graphic() && letter != '\\')
}

/// Drops where she wanted to go.
pub(super) fn no_way_back(state: &State) -> Cookie<'static> {
    let mut cookie = cookie(state, WAY_BACK, String::new(), Duration::ZERO);
    cookie.make_removal();
    cookie
}

fn cookie(state: &State, name: &'static str, value: String, age: Duration) -> Cookie<'static> {
    let cookie = Cookie::build(name, value).path("/").http_only(true).secure(state.config.is_secure());
    cookie.same_site(SameSite::Lax).max_age(age).finish()
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn only_a_path_of_this_service_is_a_way_back() {
        for address in ["/", "/desk", "/desk/members/019a"] {
            assert!(is_ours(address), "{address}");
        }
        for address in ["", "desk", "//evil.example", "/\\evil.example", "https://evil.example", "/a b", "/a\nb"] {
            assert!(!is_ours(address), "{address}");
        }
    }

    #[test]
    fn the_browsers_languages_are_asked_by_weight() {
        for (header, expected) in [
            ("fi", Some(Language::Fi)),
            ("fi-FI,fi;q=0.9,en;q=0.8", Some(Language::Fi)),
            ("de, en;q=0.5, sv;q=0.7", Some(Language::Sv)),
            ("nb-NO,nb;q=0.9,en;q=0.8", Some(Language::Sv)),
            ("en;q=0, fi;q=0.1", Some(Language::Fi)),
            ("de", None),
            ("*", None),
            ("", None),
            ("fi;q=x", None),
        ] {
            let request = TestRequest::default().insert_header((header::ACCEPT_LANGUAGE, header)).to_http_request();
            assert_eq!(preferred(&request), expected, "{header}");
        }
    }
}
