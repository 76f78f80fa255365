//! Stylesheet, script and icon: embedded, at addresses that hold a hash of what they are, so that browsers may keep them for
//! ever and a new version is another address.

use std::sync::LazyLock;

use actix_web::http::header;
use actix_web::web::Path;
use actix_web::{HttpResponse, get};
use jobs::Error;

use crate::access::keys::{hex, sha256};
use crate::web::problem::Result as Outcome;

/// A file of the pages.
#[derive(Debug)]
pub(super) struct Asset {
    media_type: &'static str,
    content: &'static str,
    /// Where it is found.
    pub(super) address: String,
}

pub(super) static STYLESHEET: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("matrikel", "css", "text/css; charset=utf-8", include_str!("../../assets/matrikel.css")));
pub(super) static SCRIPT: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("matrikel", "js", "text/javascript; charset=utf-8", include_str!("../../assets/matrikel.js")));
pub(super) static ICON: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("matrikel", "svg", "image/svg+xml", include_str!("../../assets/matrikel.svg")));

impl Asset {
    fn new(name: &str, ending: &str, media_type: &'static str, content: &'static str) -> Self {
        let hash = hex(&sha256(&[content.as_bytes()])[..8]);
        Self { media_type, content, address: format!("/assets/{name}-{hash}.{ending}") }
    }
}

/// Gives a file.
#[get("/assets/{name}")]
pub(crate) async fn asset(name: Path<String>) -> Outcome<HttpResponse> {
    let address = format!("/assets/{name}");
    let asset = [&STYLESHEET, &SCRIPT, &ICON].into_iter().find(|asset| asset.address == address).ok_or(Error::NotFound)?;
    Ok(HttpResponse::Ok()
        .content_type(asset.media_type)
        .insert_header((header::CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .body(asset.content))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_is_small() {
        assert!(SCRIPT.content.len() < 30_000);
        assert!(STYLESHEET.content.len() < 30_000);
    }
}
