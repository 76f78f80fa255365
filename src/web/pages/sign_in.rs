//! Signing in.

use askama::Template;

use super::shell::Shell;
use super::{demo, words};

/// Where somebody begins who is not signed in.
#[derive(Template)]
#[template(path = "sign_in.html")]
pub(super) struct SignInPage {
    page: Shell,
    /// Whether she wanted a page that is for those who are signed in.
    ended: bool,
    roles: Vec<(String, String)>,
}

impl SignInPage {
    pub(super) fn of(page: Shell, ended: bool) -> Self {
        let roles = if page.demo { demo::ROLES.as_slice() } else { &[] };
        let roles = roles.iter().map(|role| (role.word(), words::actor(page.language, &role.word()).to_string())).collect();
        Self { page, ended, roles }
    }
}
