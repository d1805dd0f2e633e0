//! Programs that tests start: ended by their id, whatever becomes of the test.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open};
use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// How long a test waits for something that should happen. It is long, as it ends only tests
/// that fail.
pub const DEADLINE: Duration = Duration::from_secs(120);

/// How long a server that was told to stop may take before it is killed.
const STOP: Duration = Duration::from_secs(20);

/// A program that runs until it is dropped. Its output is in a file.
#[derive(Debug)]
pub struct Running {
    child: Child,
    log: PathBuf,
}

impl Running {
    /// Starts it, with no input and its output in `log`. It is ended with the test's process,
    /// even when that is killed.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn start(command: &Command, log: &Path) -> Self {
        let file = File::options().create(true).append(true).open(log).unwrap();
        let mut bound = bound_to_us(command);
        let child = bound
            .stdin(Stdio::null())
            .stdout(file.try_clone().unwrap())
            .stderr(file)
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
        Self {
            child,
            log: log.to_path_buf(),
        }
    }

    /// Starts it as [`Running::start`] does, but gives its standard output to be read.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn start_with_output(command: &Command, log: &Path) -> (Self, ChildStdout) {
        let mut child = bound_to_us(command)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(log).unwrap())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
        let stdout = child.stdout.take().unwrap();
        let log = log.to_path_buf();
        (Self { child, log }, stdout)
    }

    /// What it wrote so far.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    /// Ends it with SIGKILL: it learns nothing and can do nothing about it.
    pub fn kill(&mut self) -> ExitStatus {
        signal(&self.child, Signal::KILL);
        self.child.wait().unwrap()
    }

    /// Asks it to stop (SIGTERM) and waits; kills it when it does not. Says how it ended.
    pub fn stop(&mut self) -> ExitStatus {
        if let Some(status) = self.ended() {
            return status;
        }
        signal(&self.child, Signal::TERM);
        wait(&mut self.child, STOP).unwrap_or_else(|| {
            signal(&self.child, Signal::KILL);
            self.child.wait().unwrap()
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop();
        if std::thread::panicking() {
            eprintln!("--- {}\n{}---", self.log.display(), self.log());
        }
    }
}

/// The command, so run that the kernel ends it when the thread that started it ends.
fn bound_to_us(command: &Command) -> Command {
    let mut bound = Command::new("setpriv");
    bound
        .args(["--pdeathsig", "TERM"])
        .arg(command.get_program())
        .args(command.get_args());
    if let Some(folder) = command.get_current_dir() {
        bound.current_dir(folder);
    }
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => bound.env(name, value),
            None => bound.env_remove(name),
        };
    }
    bound
}

/// Ends a process of the test's own with SIGKILL, wherever the test that started it stands.
pub fn kill(id: u32) {
    if let Some(pid) = i32::try_from(id).ok().and_then(Pid::from_raw) {
        let _ = kill_process(pid, Signal::KILL);
    }
}

fn signal(child: &Child, signal: Signal) {
    if let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        // It may have ended just now: then there is nobody to tell.
        let _ = kill_process(pid, signal);
    }
}

/// Waits for the end, or None at the deadline.
fn wait(child: &mut Child, limit: Duration) -> Option<ExitStatus> {
    let pid = i32::try_from(child.id())
        .ok()
        .and_then(Pid::from_raw)
        .unwrap();
    let handle = pidfd_open(pid, PidfdFlags::empty()).unwrap();
    let limit = Timespec {
        tv_sec: limit.as_secs().cast_signed(),
        tv_nsec: 0,
    };
    // Readable: it has ended.
    poll(&mut [PollFd::new(&handle, PollFlags::IN)], Some(&limit)).unwrap();
    child.try_wait().unwrap()
}

/// A program that has ended by itself.
#[derive(Debug)]
pub struct Finished {
    /// How.
    pub status: ExitStatus,
    /// Its standard output.
    pub stdout: Vec<u8>,
    /// Its standard error.
    pub stderr: String,
}

impl Finished {
    /// Its standard output as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// Itself, if it succeeded.
    ///
    /// # Panics
    /// With all its output, if it failed.
    #[track_caller]
    pub fn success(self) -> Self {
        assert!(
            self.status.success(),
            "{}\n{}\n{}",
            self.status,
            self.text(),
            self.stderr
        );
        self
    }
}

/// Runs a client to its end. Its standard input stays open and empty: a program on a terminal
/// would take an end of input for a key.
///
/// # Panics
/// When it cannot be started, or takes longer than [`DEADLINE`].
pub fn finish(command: &Command) -> Finished {
    let mut bound = bound_to_us(command);
    bound
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = bound
        .spawn()
        .unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
    let input = child.stdin.take();
    let stdout = drain(child.stdout.take());
    let stderr = drain(child.stderr.take());
    let ended = wait(&mut child, DEADLINE);
    if ended.is_none() {
        signal(&child, Signal::KILL);
    }
    drop(input);
    let status = child.wait().unwrap();
    let stdout = stdout.recv_timeout(STOP).unwrap_or_default();
    let stderr = stderr.recv_timeout(STOP).unwrap_or_default();
    let stderr = String::from_utf8_lossy(&stderr).into_owned();
    let finished = Finished {
        status,
        stdout,
        stderr,
    };
    assert!(
        ended.is_some(),
        "{command:?} took longer than {DEADLINE:?}: {finished:?}"
    );
    finished
}

fn drain(pipe: Option<impl std::io::Read + Send + 'static>) -> mpsc::Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut all = Vec::new();
        if let Some(mut pipe) = pipe {
            // What was read before an error is still worth showing.
            let _ = pipe.read_to_end(&mut all);
        }
        let _ = sender.send(all);
    });
    receiver
}

/// The folder with the clients' scripts.
pub fn clients_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("clients")
}

/// A script of [`clients_folder`].
pub fn script(name: &str) -> PathBuf {
    clients_folder().join(name)
}

/// The folder that cargo builds into, from where this test's program lies (`…/debug/deps/name`).
pub(crate) fn build_folder() -> PathBuf {
    let program = std::env::current_exe().unwrap();
    program.ancestors().nth(2).unwrap().to_path_buf()
}

/// Python with the packages that `cargo xtask test install` put there.
pub fn python() -> PathBuf {
    installed("venv/bin/python3")
}

/// The folder of the npm packages that `cargo xtask test install` put there.
pub fn node_modules() -> PathBuf {
    installed("npm/node_modules")
}

fn installed(what: &str) -> PathBuf {
    let path = build_folder().parent().unwrap().join("clients").join(what);
    assert!(
        path.exists(),
        "{} is missing: run `cargo xtask test install`",
        path.display()
    );
    path
}

/// Makes a file readable by its owner alone.
pub(crate) fn only_owner(path: &Path) {
    fs::set_permissions(path, Permissions::from_mode(0o600)).unwrap();
}
