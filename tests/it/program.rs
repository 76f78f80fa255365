//! The program itself, as it is installed: run in a folder of its own, served on a free port, stopped by a signal.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use jobs::Clock;
use matrikel::config::Config;
use matrikel::database::{self, Opened, Purpose};
use serde_json::Value;

use crate::app::{Engine, Place};

/// How long the program may take to begin or to end.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long a request that runs when the signal comes may still take.
pub(crate) const GRACE: Duration = Duration::from_secs(25);

/// A folder in which the program is run, and its database.
pub(crate) struct Installation {
    place: Place,
}

/// What a command said.
#[derive(Debug)]
pub(crate) struct Said {
    /// How it ended.
    pub(crate) status: ExitStatus,
    /// On standard output.
    pub(crate) out: String,
    /// On standard error.
    pub(crate) error: String,
}

impl Installation {
    /// With nothing in it.
    pub(crate) async fn empty(engine: Engine) -> Self {
        Self { place: Place::empty(engine).await }
    }

    /// Another one with a copy of what is in this one, which must not be open.
    pub(crate) async fn copy(&self) -> Self {
        let copy = Self { place: self.place.copy().await };
        std::fs::create_dir_all(copy.data()).expect("a folder can be made");
        for name in names(&self.data()) {
            let from = self.data().join(&name);
            if from.is_file() {
                std::fs::copy(from, copy.data().join(&name)).expect("a file can be copied");
            }
        }
        copy
    }

    /// The data folder.
    pub(crate) fn data(&self) -> PathBuf {
        self.path("data")
    }

    /// A path beside the data folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.place.folder().join(name)
    }

    /// Writes a file beside the data folder and gives its name.
    pub(crate) fn file<'n>(&self, name: &'n str, content: impl AsRef<[u8]>) -> &'n str {
        std::fs::write(self.path(name), content).expect("a file can be written");
        name
    }

    /// The content of a file beside the data folder.
    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// A command, with no setting but where its data is.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_matrikel"));
        command.args(arguments).current_dir(self.place.folder()).env_clear().env("MATRIKEL_DATA_DIR", self.data());
        if let Some(url) = &self.place.config.database_url {
            command.env("MATRIKEL_DATABASE_URL", url);
        }
        command
    }

    /// Runs a command.
    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        said(&mut self.command(arguments))
    }

    /// Runs a command that must succeed, and gives what it prints.
    #[track_caller]
    pub(crate) fn done(&self, arguments: &[&str]) -> String {
        self.run(arguments).done()
    }

    /// A token of `role`.
    #[track_caller]
    pub(crate) fn token(&self, role: &str) -> String {
        let made = self.done(&["token", "create", "--role", role, "--label", "test"]);
        made.lines().last().expect("the token stands on the last line").to_owned()
    }

    /// Opens the register beside the program.
    pub(crate) async fn open(&self) -> Opened {
        let config = Config { data_dir: self.data(), ..self.place.config.clone() };
        let clock = Clock::system(config.time_zone);
        database::open(&config, Purpose::Upgrade, clock).await.expect("the register opens")
    }

    /// Starts the service on a free port; it sends mails to `relay`.
    pub(crate) fn serve_with_mail(&self, relay: &str) -> Service {
        let mut command = self.command(&["serve"]);
        command.env("MATRIKEL_SMTP_URL", relay).env("MATRIKEL_MAIL_FROM", "Union <union@example.org>");
        Service::start(command, 2)
    }

    /// Starts the service on a free port.
    pub(crate) fn serve(&self, arguments: &[&str]) -> Service {
        // Where it answers and where the documentation is; of the demo also its token, under a line that says so.
        let greeting = if arguments.contains(&"--demo") { 4 } else { 2 };
        Service::start(self.command(&[&["serve"], arguments].concat()), greeting)
    }
}

/// Runs a command.
pub(crate) fn said(command: &mut Command) -> Said {
    let output = command.stdin(Stdio::null()).output().expect("the program runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the program says UTF-8");
    Said { status: output.status, out: text(output.stdout), error: text(output.stderr) }
}

impl Said {
    /// What was printed by a command that succeeded.
    #[track_caller]
    pub(crate) fn done(self) -> String {
        assert!(self.status.success(), "{}{}", self.out, self.error);
        self.out
    }

    /// The one line in which a command says why it did not succeed.
    #[track_caller]
    pub(crate) fn refused(self) -> String {
        assert_eq!(self.status.code(), Some(1), "{}{}", self.out, self.error);
        assert_eq!(self.error.lines().count(), 1, "{}", self.error);
        self.error
    }
}

/// The service, running. Killed when it is dropped.
pub(crate) struct Service {
    child: Child,
    /// Where it answers.
    pub(crate) address: SocketAddr,
    /// What it printed at its start.
    pub(crate) greeting: Vec<String>,
}

impl Service {
    fn start(mut command: Command, greeting: usize) -> Self {
        command.env("MATRIKEL_LISTEN", "127.0.0.1:0").stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("the program runs");
        let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let greeting: Vec<String> = lines.take(greeting).map(|line| line.expect("a line")).collect();
        let address = greeting.first().and_then(|line| line.rsplit_once("http://")).map(|(_, address)| address.to_owned());
        let address = address.and_then(|address| address.parse().ok()).unwrap_or_else(|| panic!("no address: {greeting:?}"));
        Self { child, address, greeting }
    }

    /// Sends a request without a body and gives the status and the body of the answer.
    pub(crate) fn get(&self, path: &str, token: &str) -> (u16, Value) {
        let (status, body) = self.begin("GET", path, token, "").answer();
        (status, serde_json::from_str(&body).unwrap_or(Value::String(body)))
    }

    /// Sends JSON and gives the status and the body of the answer.
    pub(crate) fn post(&self, path: &str, token: &str, json: &Value) -> (u16, Value) {
        let (status, body) = self.begin("POST", path, token, &json.to_string()).answer();
        (status, serde_json::from_str(&body).unwrap_or(Value::String(body)))
    }

    /// Begins a request: all of it is sent but for the last byte of its body. One with a body has been taken up when this
    /// returns: the service says so (RFC 9110, 10.1.1) before it is sent.
    pub(crate) fn begin(&self, method: &str, path: &str, token: &str, body: &str) -> Begun {
        let mut stream = TcpStream::connect(self.address).expect("the service listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        let (sent, last) = body.split_at(body.len().saturating_sub(1));
        let expect = if body.is_empty() { "" } else { "Expect: 100-continue\r\n" };
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n{expect}Connection: close\r\n\r\n",
            self.address,
            body.len()
        );
        stream.write_all(head.as_bytes()).expect("the request can be sent");
        if !body.is_empty() {
            let mut go_on = [0; b"HTTP/1.1 100 Continue\r\n\r\n".len()];
            stream.read_exact(&mut go_on).expect("the service takes the request up");
            assert_eq!(go_on, *b"HTTP/1.1 100 Continue\r\n\r\n");
        }
        stream.write_all(sent.as_bytes()).expect("the request can be sent");
        Begun { stream, last: last.to_owned() }
    }

    /// Asks the service to end.
    pub(crate) fn ask_to_end(&self) {
        // The shell's own, so that no program of this name is needed.
        let kill = Command::new("/bin/sh").args(["-c", &format!("kill -TERM {}", self.child.id())]).status();
        assert!(kill.expect("there is a shell").success());
    }

    /// Waits until it has ended and says how; it must not take longer than a running request may.
    pub(crate) fn ended(mut self) -> ExitStatus {
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                return status;
            }
            assert!(began.elapsed() < GRACE, "it does not end");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Ends it as a power cut does: with SIGKILL.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it ends");
    }

    /// Ends it.
    pub(crate) fn stop(self) {
        self.ask_to_end();
        assert!(self.ended().success());
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // Ended already, mostly.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A request whose last byte is not sent yet.
pub(crate) struct Begun {
    stream: TcpStream,
    last: String,
}

impl Begun {
    /// Sends the last byte and gives the status and the body of the answer.
    pub(crate) fn answer(mut self) -> (u16, String) {
        self.stream.write_all(self.last.as_bytes()).expect("the request can be sent");
        let mut answer = Vec::new();
        self.stream.read_to_end(&mut answer).expect("an answer");
        let answer = String::from_utf8(answer).expect("answers are UTF-8");
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer but {answer:?}"));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        let chunked = head.to_ascii_lowercase().contains("transfer-encoding: chunked");
        (status, if chunked { unchunked(body) } else { body.to_owned() })
    }
}

fn unchunked(mut body: &str) -> String {
    let mut whole = String::new();
    while let Some((size, rest)) = body.split_once("\r\n") {
        let size = usize::from_str_radix(size, 16).expect("a size");
        whole += &rest[..size];
        body = rest[size..].trim_start_matches("\r\n");
        if size == 0 {
            break;
        }
    }
    whole
}

/// The names of the files in a folder.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
