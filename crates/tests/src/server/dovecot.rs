//! Debian's Dovecot in a folder of its own, beside the system's and without its configuration.

use super::{ACCOUNT, PASSWORD, SECOND_ACCOUNT, Setting};
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::chown;
use std::path::Path;
use std::process::Command;

pub(super) fn prepare(setting: &Setting) -> Command {
    let folder = setting.folder;
    for account in [ACCOUNT, SECOND_ACCOUNT] {
        add(account, folder);
    }
    let mail = folder.join("mail");
    fs::create_dir(&mail).unwrap();
    let config = folder.join("dovecot.conf");
    fs::write(&config, configuration(setting, &owners(&mail))).unwrap();
    let mut command = Command::new("/usr/sbin/dovecot");
    command.arg("-F").arg("-c").arg(&config);
    command
}

/// Dovecot reads the file anew when it has changed.
pub(super) fn add(account: &str, folder: &Path) {
    let users = OpenOptions::new()
        .create(true)
        .append(true)
        .open(folder.join("users"));
    // In one write: others add theirs at the same time, and Dovecot reads meanwhile.
    let line = format!("{account}:{{PLAIN}}{PASSWORD}::::::\n");
    users.unwrap().write_all(line.as_bytes()).unwrap();
}

/// Dovecot's settings for the users of its processes: its own where root starts it, else the one
/// who does. It gives the folder for mail to the one who writes there.
///
/// # Panics
/// When the folder cannot be given.
pub fn owners(mail: &Path) -> String {
    let id = |what: &str| {
        let output = Command::new("id").arg(what).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    if id("-u") == "0" {
        let (uid, gid) = crate::mailbox::user("mail");
        chown(mail, Some(uid), Some(gid)).unwrap();
        return "mail_uid = mail\nmail_gid = mail\nfirst_valid_uid = 1\nfirst_valid_gid = 1\n"
            .to_owned();
    }
    let (user, group) = (id("-un"), id("-gn"));
    format!(
        "default_internal_user = {user}\ndefault_internal_group = {group}\n\
         default_login_user = {user}\nmail_uid = {user}\nmail_gid = {group}\n\
         service anvil {{\n  chroot =\n}}\n"
    )
}

/// The mailboxes of a new account, which Postern makes too.
fn special_uses() -> String {
    let uses = ["Archive", "Drafts", "Junk", "Sent", "Trash"];
    let mailbox = |name| {
        format!("  mailbox {name} {{\n    auto = create\n    special_use = \\{name}\n  }}\n")
    };
    uses.map(mailbox).concat()
}

fn configuration(setting: &Setting, owners: &str) -> String {
    let folder = setting.folder.display();
    format!(
        "protocols = imap lmtp
base_dir = {folder}/run
state_dir = {folder}/state
log_path = /dev/stderr
mail_home = {folder}/mail/%u
mail_location = sdbox:~/mail
mail_max_userip_connections = 50
mailbox_list_index = yes
auth_failure_delay = 0
auth_mechanisms = plain login
mail_attribute_dict = file:%h/attributes
ssl = required
ssl_cert = <{chain}
ssl_key = <{key}
{owners}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {folder}/users
}}
userdb {{
  driver = passwd-file
  args = username_format=%u {folder}/users
}}
namespace inbox {{
  inbox = yes
  separator = /
{uses}}}
protocol imap {{
  imap_metadata = yes
  mail_plugins = imap_zlib
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    address = 127.0.0.1
    port = {imap}
  }}
  inet_listener imaps {{
    address = 127.0.0.1
    port = {imaps}
    ssl = yes
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp}
  }}
}}
",
        uses = special_uses(),
        chain = setting.certificate.chain.display(),
        key = setting.certificate.key.display(),
        imap = setting.imap.map_or(0, |address| address.port()),
        imaps = setting.imaps.port(),
        lmtp = setting.lmtp.port(),
    )
}
