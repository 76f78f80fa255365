//! The two cookies: one for the session, one that tells browsers apart. Both are out of reach of scripts, and on https bound
//! to this very host (`__Host-`, RFC 6265bis).

use actix_web::HttpRequest;
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use jobs::Result;

use crate::access::keys::new_secret;
use crate::state::State;

/// The session's cookie on plain http; on https it begins with `__Host-`.
pub const SESSION: &str = "matrikel";
/// The browser's.
const BROWSER: &str = "matrikel-browser";
/// How long a browser is known.
const BROWSER_KEPT: Duration = Duration::days(180);

/// The session that a request says it belongs to.
pub fn session(state: &State, request: &HttpRequest) -> Option<String> {
    request.cookie(&named(state, SESSION)).map(|cookie| cookie.value().to_owned())
}

/// What begins a session in the browser. It is sent along when somebody comes from elsewhere by a link (`Lax`), or who
/// opens a list from a mail would be asked to sign in again; what changes something needs a token besides.
pub fn begin(state: &State, text: String) -> Cookie<'static> {
    cookie(state, SESSION, text).same_site(SameSite::Lax).finish()
}

/// What ends it there.
pub fn end(state: &State) -> Cookie<'static> {
    let mut cookie = cookie(state, SESSION, String::new()).same_site(SameSite::Lax).finish();
    cookie.make_removal();
    cookie
}

/// What tells this browser from others, and the cookie that says so from now on when it had none.
///
/// # Errors
/// When the system has no randomness.
pub fn browser(state: &State, request: &HttpRequest) -> Result<(String, Option<Cookie<'static>>)> {
    if let Some(known) = known_browser(state, request) {
        return Ok((known, None));
    }
    let text = new_secret()?;
    // Only our own pages need it: `Strict`.
    let cookie = cookie(state, BROWSER, text.clone()).same_site(SameSite::Strict).max_age(BROWSER_KEPT).finish();
    Ok((text, Some(cookie)))
}

/// What tells this browser from others, when it is known.
pub fn known_browser(state: &State, request: &HttpRequest) -> Option<String> {
    let cookie = request.cookie(&named(state, BROWSER))?;
    // As long as what we give out: a short one could be guessed.
    (cookie.value().len() == 43).then(|| cookie.value().to_owned())
}

fn cookie(state: &State, name: &str, text: String) -> actix_web::cookie::CookieBuilder<'static> {
    Cookie::build(named(state, name), text).path("/").http_only(true).secure(state.config.is_secure())
}

fn named(state: &State, name: &str) -> String {
    if state.config.is_secure() { format!("__Host-{name}") } else { name.to_owned() }
}
