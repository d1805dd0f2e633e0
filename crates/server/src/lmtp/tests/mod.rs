//! Whole sessions against mailboxes in memory. Expected replies are worked out from the RFCs.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

mod connection;
mod logs;
mod splits;
mod transcripts;

use super::*;
use async_trait::async_trait;
use bytes::Bytes;
use postern_store::AccountId;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// The answer to the LHLO of all tests, with the greeting.
const HELLO: &str = "220 mx.example.org LMTP ready\r\n\
    250-mx.example.org\r\n250-PIPELINING\r\n250-SIZE 1000\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n\
    250 ENHANCEDSTATUSCODES\r\n";

/// Mailboxes whose behaviour is in the local part.
#[derive(Default)]
struct Mailboxes {
    kept: Mutex<Vec<(String, Bytes)>>,
}

impl Mailboxes {
    fn kept(&self) -> Vec<(String, String)> {
        let kept = self.kept.lock().unwrap();
        let text = |content: &Bytes| String::from_utf8_lossy(content).into_owned();
        kept.iter()
            .map(|(name, content)| (name.clone(), text(content)))
            .collect()
    }
}

fn accepted(address: &Address) -> Recipient {
    let (name, detail) = match address.local().split_once('+') {
        Some((name, detail)) => (name, Some(detail.to_owned())),
        None => (address.local(), None),
    };
    Recipient {
        account: AccountId(1),
        name: name.to_owned(),
        original: address.clone(),
        detail,
    }
}

#[async_trait]
impl Delivery for Mailboxes {
    async fn recipient(&self, address: &Address) -> Result<Recipient, Rejection> {
        match address.local() {
            "nobody" => Err(Rejection::UnknownUser),
            "closed" => Err(Rejection::Disabled),
            "unlucky" => Err(Rejection::TemporaryFailure("secret".into())),
            "stuck" => std::future::pending().await,
            _ => Ok(accepted(address)),
        }
    }

    async fn deliver(&self, message: &Incoming, recipient: &Recipient) -> Result<(), Rejection> {
        match recipient.name.as_str() {
            "full" => return Err(Rejection::OverQuota),
            "small" => return Err(Rejection::TooBig),
            "broken" => return Err(Rejection::TemporaryFailure("secret".into())),
            "endless" => std::future::pending().await,
            "bug" => panic!("a bug in the delivery"),
            _ => {}
        }
        let kept = (recipient.name.clone(), message.content_for(recipient));
        self.kept.lock().unwrap().push(kept);
        Ok(())
    }
}

fn limits() -> Limits {
    Limits {
        message: 1000,
        ..Limits::default()
    }
}

fn peer() -> Peer {
    Peer {
        host: "mx.example.org".into(),
        client: "192.0.2.1".into(),
    }
}

/// Sends the input, ends it, and gives back all replies and what was kept.
async fn talk(input: &[u8], limits: Limits) -> (String, Vec<(String, String)>) {
    let mailboxes = Arc::new(Mailboxes::default());
    let (client, server) = tokio::io::duplex(64);
    let (mut read, mut write) = tokio::io::split(client);
    let mut replies = String::new();
    let send = async {
        // The server may close before it has read all of it.
        let _ = write.write_all(input).await;
        let _ = write.shutdown().await;
    };
    let served = serve(
        server,
        peer(),
        mailboxes.clone(),
        limits,
        std::future::pending(),
    );
    let (_, (), read) = tokio::join!(served, send, read.read_to_string(&mut replies));
    read.unwrap();
    (replies, mailboxes.kept())
}
