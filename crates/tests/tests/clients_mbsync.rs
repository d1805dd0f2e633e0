//! mbsync (isync): two-way synchronization with a local Maildir.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use postern_tests::{ACCOUNT, Client, Finished, Folders, Maildir, PASSWORD, ServerUnderTest};
use postern_tests::{finish, folders, message};
use std::fs;
use std::path::{Path, PathBuf};

struct Mbsync<'a> {
    server: &'a ServerUnderTest,
    maildir: PathBuf,
    config: PathBuf,
}

impl<'a> Mbsync<'a> {
    fn new(server: &'a ServerUnderTest) -> Self {
        let folder = server.scratch("mbsync");
        let maildir = folder.join("mail");
        fs::create_dir(&maildir).unwrap();
        let config = folder.join("mbsyncrc");
        let text = format!(
            "IMAPStore remote\nHost localhost\nPort {}\nUser {ACCOUNT}\nPass \"{PASSWORD}\"\n\
             SSLType IMAPS\nSystemCertificates no\nCertificateFile {}\nTimeout 60\n\n\
             MaildirStore local\nPath {maildir}/\nInbox {maildir}/INBOX\nSubFolders Verbatim\n\n\
             Channel all\nFar :remote:\nNear :local:\nPatterns *\nCreate Both\nExpunge Both\n\
             Sync All\nCopyArrivalDate yes\nSyncState *\n",
            server.imaps.port(),
            server.ca.display(),
            maildir = maildir.display(),
        );
        fs::write(&config, text).unwrap();
        Self {
            server,
            maildir,
            config,
        }
    }

    fn run(&self) -> Finished {
        let mut command = self.server.client("mbsync");
        command
            .arg("--debug-net")
            .arg("--config")
            .arg(&self.config)
            .arg("all");
        finish(&command).success()
    }

    fn folder(&self, name: &str) -> Maildir {
        Maildir::open(&self.maildir.join(name))
    }

    /// All local folders that hold mail, by their IMAP names.
    fn local(&self) -> Folders {
        let mut found = Folders::new();
        let mut next = vec![self.maildir.clone()];
        while let Some(path) = next.pop() {
            if path.join("cur").is_dir() {
                let name = path
                    .strip_prefix(&self.maildir)
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned();
                found.insert(name, Maildir::open(&path).messages());
            }
            next.extend(inner(&path));
        }
        found
    }
}

fn inner(path: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(path)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let hidden = |path: &PathBuf| {
        matches!(
            path.file_name().unwrap().to_str(),
            Some("cur" | "new" | "tmp")
        )
    };
    entries
        .filter(|path| path.is_dir() && !hidden(path))
        .collect()
}

#[test]
fn mbsync_keeps_two_thousand_messages_the_same_on_both_sides() {
    let server = ServerUnderTest::start();
    let mut client = Client::login(&server);
    let messages: Vec<_> = (1..=2000)
        .map(|n| message(&format!("number {n:04}")))
        .collect();
    client.append_all("INBOX", &messages);
    let mbsync = Mbsync::new(&server);

    mbsync.run();
    assert_eq!(mbsync.folder("INBOX").messages().len(), 2000);
    assert_same(&mbsync, &mut client);

    change_on_server(&mut client);
    change_locally(&mbsync);
    assert_ne!(transfers(&mbsync.run()), [""; 0]);
    assert_same(&mbsync, &mut client);
    assert_changes(&mbsync.local());

    let before = (mbsync.local(), status(&mut client));
    let idle = mbsync.run();
    assert_eq!(status(&mut client), before.1);
    assert!(mbsync.local() == before.0, "local folders have changed");
    assert_eq!(transfers(&idle), [""; 0]);
}

fn change_on_server(client: &mut Client) {
    client.command("SELECT INBOX");
    client.command(r"STORE 1:100 +FLAGS.SILENT (\Seen \Flagged)");
    client.command(r"STORE 101:120 +FLAGS.SILENT (\Deleted)");
    client.command("EXPUNGE");
    client.command("CREATE Work/Reports");
    client.append("Work/Reports", r"(\Answered)", &message("report one"));
    client.append("Work/Reports", "", &message("report two"));
}

fn change_locally(mbsync: &Mbsync) {
    let inbox = mbsync.folder("INBOX");
    let files = inbox.files();
    assert_eq!(files.len(), 2000);
    for file in &files[1000..1050] {
        inbox.flag(file, 'R');
    }
    for file in &files[1050..1070] {
        fs::remove_file(file).unwrap();
    }
    inbox.add("1772533230.1.local", &message("written here"));
    let made = Maildir::create(&mbsync.maildir.join("Local"));
    made.add("1772533230.2.local", &message("local one"));
    made.add("1772533230.3.local", &message("local two"));
}

/// What the changes above come to.
fn assert_changes(folders: &Folders) {
    let names = ["INBOX", "Local", "Work/Reports"];
    let held: Vec<_> = names.iter().map(|name| folders[*name].len()).collect();
    assert_eq!(held, [2000 - 20 - 20 + 1, 2, 2]);
    let with = |flag: &str| {
        let inbox = folders["INBOX"].iter();
        inbox.filter(|message| message.flags.contains(flag)).count()
    };
    assert_eq!(
        [with("\\Flagged"), with("\\Seen"), with("\\Answered")],
        [100, 100, 50]
    );
    let reports = folders["Work/Reports"].iter();
    assert_eq!(
        reports
            .filter(|message| message.flags.contains("\\Answered"))
            .count(),
        1
    );
}

#[track_caller]
fn assert_same(mbsync: &Mbsync, client: &mut Client) {
    let (local, mut remote) = (without_tuid(mbsync.local()), without_tuid(folders(client)));
    // A real parent of `Work/Reports` may stand on either side; it holds nothing.
    remote.retain(|name, messages| local.contains_key(name) || !messages.is_empty());
    assert_eq!(
        local.keys().collect::<Vec<_>>(),
        remote.keys().collect::<Vec<_>>()
    );
    for (name, messages) in &local {
        let other = &remote[name];
        let differs = messages.iter().zip(other).find(|(one, two)| one != two);
        assert!(differs.is_none(), "{name}: {differs:?}");
        assert_eq!(messages.len(), other.len(), "{name}");
    }
}

/// mbsync marks each copy that it makes with a field, to know it again.
fn without_tuid(mut all: Folders) -> Folders {
    for message in all.values_mut().flatten() {
        let text = String::from_utf8(std::mem::take(&mut message.octets)).unwrap();
        let lines = text
            .split_inclusive("\r\n")
            .filter(|line| !line.starts_with("X-TUID: "));
        message.octets = lines.collect::<String>().into_bytes();
    }
    all.values_mut().for_each(|messages| messages.sort());
    all
}

/// Numbers that any change of the mailboxes would move.
fn status(client: &mut Client) -> Vec<String> {
    let names = ["INBOX", "Local", "Work/Reports"];
    let items = "(MESSAGES UIDNEXT UIDVALIDITY UNSEEN HIGHESTMODSEQ)";
    let replies = names
        .iter()
        .flat_map(|name| client.command(&format!("STATUS {name} {items}")));
    replies
        .filter(|line| line.starts_with("* STATUS "))
        .collect()
}

/// The commands that move or change something, among those that mbsync sent.
fn transfers(run: &Finished) -> Vec<String> {
    let text = run.text() + &run.stderr;
    let sent = text
        .lines()
        .filter_map(|line| Some(line.split_once(">>> ")?.1.to_owned()));
    let moving = [
        "APPEND",
        "STORE",
        "BODY.PEEK[]",
        "CREATE",
        "EXPUNGE",
        "COPY",
        "MOVE",
    ];
    let commands: Vec<String> = sent.collect();
    assert!(
        commands.iter().any(|line| line.contains("SELECT")),
        "no commands in: {text}"
    );
    commands
        .into_iter()
        .filter(|line| moving.iter().any(|word| line.contains(word)))
        .collect()
}
