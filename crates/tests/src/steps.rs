//! Programs with windows, which a script drives step by step while the test looks at the server.

use crate::process::{DEADLINE, Running, build_folder, python, script};
use crate::server::ServerUnderTest;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A script of `clients/` that runs until it is dropped, and ends what it started.
#[derive(Debug)]
pub struct Steps {
    // Dropped first: the script sees the end of its input, and ends.
    stream: BufReader<UnixStream>,
    _script: Running,
    folder: PathBuf,
}

impl Steps {
    /// Starts a script with the server's variables ([`ServerUnderTest::client`]) and a folder of
    /// its own in `FOLDER`, removed with the server. Pictures go to the folder in `PICTURES`,
    /// which stays.
    ///
    /// # Panics
    /// When the script does not connect.
    pub fn start(server: &ServerUnderTest, name: &str) -> Self {
        let folder = server.scratch(name);
        let pictures = build_folder().parent().unwrap().join("clients/pictures");
        fs::create_dir_all(&pictures).unwrap();
        let socket = folder.join("steps");
        let listener = UnixListener::bind(&socket).unwrap();
        let mut command = server.client(python());
        command
            .arg("-B")
            .arg(script(&format!("{name}.py")))
            .env("STEPS", &socket)
            .env("FOLDER", &folder)
            .env("PICTURES", pictures);
        let mut process = Running::start(&command, &folder.join("steps.log"));
        let stream = accept(&listener, &mut process);
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        Self {
            stream: BufReader::new(stream),
            _script: process,
            folder,
        }
    }

    /// Where the script and its programs keep their files.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Has the script do a step, and gives the values it answers with.
    ///
    /// # Panics
    /// When it fails, ends, or takes longer than [`DEADLINE`].
    #[track_caller]
    pub fn step(&mut self, name: &str, arguments: &[&str]) -> Vec<String> {
        let fields = [&[name], arguments].concat();
        let record = format!("{}\0", fields.join("\x1f"));
        self.stream.get_mut().write_all(record.as_bytes()).unwrap();
        let mut answer = Vec::new();
        let read = self.stream.read_until(0, &mut answer);
        assert_eq!(answer.pop(), Some(0), "no answer to {fields:?}: {read:?}");
        let answer = String::from_utf8(answer).unwrap();
        let mut values = answer.split('\x1f').map(str::to_owned);
        assert_eq!(values.next().as_deref(), Some("ok"), "{fields:?}: {answer}");
        values.collect()
    }
}

/// The script's connection; or a panic when it ended, or at the deadline.
fn accept(listener: &UnixListener, process: &mut Running) -> UnixStream {
    listener.set_nonblocking(true).unwrap();
    eventually("the script connects", || {
        let ended = process.ended();
        assert!(ended.is_none(), "{ended:?}\n{}", process.log());
        listener.accept().map(|(stream, _)| {
            stream.set_nonblocking(false).unwrap();
            stream
        })
    })
}

/// Looks again and again, until it sees what it wants.
///
/// # Panics
/// At [`DEADLINE`], with what it saw last.
#[track_caller]
pub fn eventually<T, E: std::fmt::Debug>(what: &str, mut look: impl FnMut() -> Result<T, E>) -> T {
    let deadline = Instant::now() + DEADLINE;
    loop {
        match look() {
            Ok(seen) => return seen,
            Err(seen) => assert!(Instant::now() < deadline, "{what}: in vain; {seen:?}"),
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}
