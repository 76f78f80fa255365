//! Sends requests as fast as they are answered, and says how many came back in a second and how long they took: for
//! members' cards, or for members by name as somebody types them. `benches/http.sh` runs it; for anything else there are
//! better tools.
//!
//! ```text
//! load gather ADDRESS --token FILE --ids FILE --answer FILE   # the ids of all members, and one answer as it was sent
//! load run ADDRESS --token FILE --ids FILE                    # GET /api/v1/members/{id} for members at random
//! load type ADDRESS --token FILE --names FILE                 # POST /api/v1/members/search at every keystroke
//! ```
//!
//! The names that are typed are the first given name and the surname of members at random, in lower case; in every fourth
//! name one letter is missing. From the second letter on each keystroke is a request, so most ask for the beginning of something.
//!
//! The loop is closed: each connection is kept alive and has one request on its way, so there are never more of them than
//! connections, and a slow server is asked less often. The time of an answer is from the first byte written to the last one
//! read. One thread for each connection, over plain sockets: what measures should cost less than what is measured, and cost
//! the same whatever is measured. Loopback only; the register is somebody's.

use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use clap::{Args, Parser, Subcommand};
use serde_json::Value;

/// After so long without an answer the run is broken off.
const PATIENCE: Duration = Duration::from_secs(10);

/// A load generator for the requests that count.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Writes down the ids of all members, and one answer as it came, for `bare_route` to give again.
    Gather {
        #[command(flatten)]
        target: Target,
        /// Where the ids go, one a line.
        #[arg(long)]
        ids: PathBuf,
        /// Where the answer goes.
        #[arg(long)]
        answer: PathBuf,
    },
    /// Measures cards.
    Run {
        #[command(flatten)]
        target: Target,
        /// The file with the ids, one a line.
        #[arg(long)]
        ids: PathBuf,
        #[command(flatten)]
        load: Load,
    },
    /// Measures searches.
    Type {
        #[command(flatten)]
        target: Target,
        /// A member file with the columns given_names and surname, such as `matrikel demo-register` writes.
        #[arg(long)]
        names: PathBuf,
        #[command(flatten)]
        load: Load,
    },
}

#[derive(Clone, Copy, Debug, Args)]
struct Load {
    /// How many connections.
    #[arg(long, default_value_t = 8)]
    connections: u64,
    /// For how long, after the warm-up.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// For how long before that.
    #[arg(long, default_value_t = 2)]
    warm_up: u64,
}

#[derive(Clone, Debug, Args)]
struct Target {
    /// Address and port on this machine.
    address: SocketAddr,
    /// The file whose last line is an API token.
    #[arg(long)]
    token: PathBuf,
}

fn main() -> io::Result<()> {
    match Arguments::parse().command {
        Command::Gather { target, ids, answer } => gather(&target, &ids, &answer),
        Command::Run { target, ids, load } => run(&target, &ids, load),
        Command::Type { target, names, load } => type_names(&target, &names, load),
    }
}

fn gather(target: &Target, ids_file: &Path, answer: &Path) -> io::Result<()> {
    let token = target.token()?;
    let mut connection = Connection::open(target.address)?;
    let (mut ids, mut after) = (Vec::new(), String::new());
    loop {
        let path = format!("/api/v1/members?limit=200{after}");
        let page: Value = serde_json::from_slice(connection.get(&path, &token)?.body()).map_err(io::Error::other)?;
        ids.extend(page["items"].as_array().into_iter().flatten().filter_map(|item| item["id"].as_str()).map(str::to_owned));
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    let first = ids.first().ok_or_else(|| io::Error::other("the register has no members"))?;
    fs::write(answer, &connection.get(&card(first), &token)?.bytes)?;
    fs::write(ids_file, ids.join("\n") + "\n")
}

fn run(target: &Target, ids: &Path, load: Load) -> io::Result<()> {
    let token = target.token()?;
    let ids = fs::read_to_string(ids)?;
    let paths: Vec<String> = ids.lines().map(card).collect();
    if paths.is_empty() {
        return Err(io::Error::other("there is nobody to ask for"));
    }
    measure(target, load, |mut chance| {
        let (paths, token) = (&paths, &token);
        move || request("GET", &paths[chance.below(paths.len())], token, "")
    })
}

/// Types names, letter by letter.
fn type_names(target: &Target, names: &Path, load: Load) -> io::Result<()> {
    let token = target.token()?;
    let file = fs::read_to_string(names)?;
    let mut lines = file.lines();
    let headers: Vec<&str> = lines.next().unwrap_or_default().split([',', ';']).collect();
    let column = |name: &str| {
        headers
            .iter()
            .position(|header| *header == name)
            .ok_or_else(|| io::Error::other(format!("the file has no column {name}")))
    };
    let (given, surname) = (column("given_names")?, column("surname")?);
    let names: Vec<String> = lines
        .filter_map(|line| {
            let cells: Vec<&str> = line.split([',', ';']).collect();
            Some(format!("{} {}", cells.get(given)?.split(' ').next()?, cells.get(surname)?).to_lowercase())
        })
        .collect();
    if names.is_empty() {
        return Err(io::Error::other("there is nobody to ask for"));
    }
    measure(target, load, |mut chance| {
        let (names, token) = (&names, &token);
        let (mut name, mut typed) = (Vec::new(), 0);
        move || {
            if typed >= name.len() {
                name = names[chance.below(names.len())].chars().collect::<Vec<char>>();
                if chance.below(4) == 0 {
                    name.remove(chance.below(name.len()));
                }
                typed = 1;
            }
            typed += 1;
            let text: String = name.iter().take(typed).collect();
            request("POST", "/api/v1/members/search", token, &serde_json::json!({"q": text}).to_string())
        }
    })
}

/// Sends what `requests` makes, for each connection from a chance of its own, and says how it went.
fn measure<N: FnMut() -> String>(target: &Target, load: Load, requests: impl Fn(Chance) -> N + Sync) -> io::Result<()> {
    let Load { connections, seconds, warm_up } = load;
    if connections == 0 {
        return Err(io::Error::other("there is nobody to ask"));
    }
    let (warm_up, time) = (Duration::from_secs(warm_up), Duration::from_secs(seconds));
    let (counted, over) = (AtomicBool::new(false), AtomicBool::new(false));
    let ask = |seed: u64| -> io::Result<Vec<Duration>> {
        let mut connection = Connection::open(target.address)?;
        let mut next = requests(Chance(seed));
        let mut taken = Vec::new();
        while !over.load(Ordering::Relaxed) {
            let request = next();
            let began = Instant::now();
            let answer = connection.send(&request);
            let time = began.elapsed();
            if let Err(error) = answer {
                over.store(true, Ordering::Relaxed);
                return Err(error);
            }
            if counted.load(Ordering::Relaxed) {
                taken.push(time);
            }
        }
        Ok(taken)
    };
    let (outcomes, time) = thread::scope(|scope| {
        let asking: Vec<_> = (1..=connections)
            .map(|seed| {
                scope.spawn({
                    let ask = &ask;
                    move || ask(seed)
                })
            })
            .collect();
        wait(warm_up, &over);
        counted.store(true, Ordering::Relaxed);
        let began = Instant::now();
        wait(time, &over);
        over.store(true, Ordering::Relaxed);
        let time = began.elapsed();
        let join = |one: thread::ScopedJoinHandle<'_, _>| one.join().unwrap_or_else(|_| Err(io::Error::other("a thread ended")));
        (asking.into_iter().map(join).collect::<io::Result<Vec<_>>>(), time)
    });
    let mut taken = outcomes?.concat();
    taken.sort_unstable();
    let at = |share: f64| taken.get((taken.len() as f64 * share) as usize).copied().unwrap_or_default().as_secs_f64() * 1e3;
    println!(
        "{:>9.0} requests/s   p50 {:>7.3} ms   p99 {:>7.3} ms   longest {:>8.3} ms   {} answers in {:.1} s",
        taken.len() as f64 / time.as_secs_f64(),
        at(0.5),
        at(0.99),
        taken.last().copied().unwrap_or_default().as_secs_f64() * 1e3,
        taken.len(),
        time.as_secs_f64(),
    );
    Ok(())
}

/// Waits so long, or until one connection has failed.
fn wait(time: Duration, over: &AtomicBool) {
    let end = Instant::now() + time;
    while Instant::now() < end && !over.load(Ordering::Relaxed) {
        thread::sleep(Duration::from_millis(20).min(end.saturating_duration_since(Instant::now())));
    }
}

fn card(id: &str) -> String {
    format!("/api/v1/members/{id}")
}

fn request(method: &str, path: &str, token: &str, body: &str) -> String {
    let head = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n");
    if body.is_empty() {
        return head + "\r\n";
    }
    format!("{head}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

impl Target {
    fn token(&self) -> io::Result<String> {
        if !self.address.ip().is_loopback() {
            return Err(io::Error::other("only a server on this machine is asked"));
        }
        let file = fs::read_to_string(&self.token)?;
        file.lines().last().map(str::to_owned).ok_or_else(|| io::Error::other("the token's file is empty"))
    }
}

/// A connection that is kept alive.
struct Connection {
    stream: BufReader<TcpStream>,
    answer: Answer,
}

/// An answer as it came: its head and, from `head` on, its body.
#[derive(Default)]
struct Answer {
    bytes: Vec<u8>,
    head: usize,
}

impl Answer {
    fn body(&self) -> &[u8] {
        &self.bytes[self.head..]
    }
}

impl Connection {
    fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self { stream: BufReader::with_capacity(64 << 10, stream), answer: Answer::default() })
    }

    fn get(&mut self, path: &str, token: &str) -> io::Result<&Answer> {
        self.send(&request("GET", path, token, ""))
    }

    /// The answer to a request; anything but 200 is an error.
    fn send(&mut self, request: &str) -> io::Result<&Answer> {
        self.stream.get_mut().write_all(request.as_bytes())?;
        let Answer { bytes, head } = &mut self.answer;
        bytes.clear();
        let mut length = None;
        loop {
            let line = bytes.len();
            if self.stream.read_until(b'\n', bytes)? == 0 {
                return Err(io::Error::other("the server closed the connection"));
            }
            let line = std::str::from_utf8(&bytes[line..]).map_err(io::Error::other)?.trim_end();
            if line.is_empty() {
                break;
            }
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = Some(value.trim().parse::<u64>().map_err(io::Error::other)?);
            }
        }
        *head = bytes.len();
        let length = length.ok_or_else(|| io::Error::other("the answer has no Content-Length"))?;
        self.stream.by_ref().take(length).read_to_end(bytes)?;
        if !bytes.starts_with(b"HTTP/1.1 200 ") || self.answer.body().len() as u64 != length {
            return Err(io::Error::other(format!("not a good answer: {}", String::from_utf8_lossy(&self.answer.bytes))));
        }
        Ok(&self.answer)
    }
}

/// Enough chance to pick members with, the same in every run (xorshift64*, Vigna 2016). The seed must not be 0.
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % most
    }
}
