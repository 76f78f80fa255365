//! A route that does nothing but answer: what `benches/http.sh` measures Matrikel beside. Same actix-web, same number of
//! workers, the same bytes over the wire, and neither database nor audit nor permissions nor log.
//!
//! ```text
//! cargo run --release --example bare_route -- ANSWER   # as `load gather` wrote it
//! ```
//!
//! Prints its address; ends with Ctrl-C or SIGTERM.

use std::{fs, io};

use actix_web::http::header::{CONTENT_LENGTH, DATE, HeaderName, HeaderValue};
use actix_web::web::{Bytes, Data, Path};
use actix_web::{App, HttpResponse, HttpServer, get};

/// What is answered to every request.
#[derive(Clone)]
struct Answer {
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Bytes,
}

#[get("/api/v1/members/{id}")]
async fn read_member(answer: Data<Answer>, _id: Path<String>) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    for header in &answer.headers {
        response.insert_header(header.clone());
    }
    response.body(answer.body.clone())
}

#[actix_web::main]
async fn main() -> io::Result<()> {
    let file = std::env::args_os().nth(1).ok_or_else(|| io::Error::other("usage: bare_route ANSWER"))?;
    let answer = Data::new(Answer::read(&fs::read(file)?).ok_or_else(|| io::Error::other("this is no HTTP answer"))?);
    let server = HttpServer::new(move || App::new().app_data(answer.clone()).service(read_member)).bind(("127.0.0.1", 0))?;
    for address in server.addrs() {
        println!("The bare route answers on http://{address}");
    }
    server.run().await
}

impl Answer {
    fn read(bytes: &[u8]) -> Option<Self> {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
        let head = std::str::from_utf8(&bytes[..end]).ok()?;
        let header = |line: &str| {
            let (name, value) = line.split_once(": ")?;
            Some((name.parse().ok()?, value.parse().ok()?))
        };
        let headers: Vec<(HeaderName, HeaderValue)> = head.lines().skip(1).map(header).collect::<Option<_>>()?;
        // The server writes these two itself.
        let headers = headers.into_iter().filter(|(name, _)| name != CONTENT_LENGTH && name != DATE).collect();
        Some(Self { headers, body: Bytes::copy_from_slice(&bytes[end + 4..]) })
    }
}
