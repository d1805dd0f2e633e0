//! Deadlines, order, ends. Time is virtual: it passes when nothing else can happen.

use super::*;
use std::io;
use std::time::Duration;
use tokio::io::DuplexStream;
use tokio::sync::{Barrier, Notify};
use tokio::task::JoinHandle;
use tokio::time::Instant;

const HEAD: &str = "LHLO mta.example.net\r\nMAIL FROM:<>\r\nRCPT TO:<mara@example.org>\r\n";

fn start<D: Delivery>(delivery: Arc<D>, pipe: usize) -> (DuplexStream, JoinHandle<io::Result<()>>) {
    let (client, server) = tokio::io::duplex(pipe);
    let task = serve(server, peer(), delivery, limits(), std::future::pending());
    (client, tokio::spawn(task))
}

async fn last_line(client: &mut DuplexStream) -> String {
    let mut replies = String::new();
    client.read_to_string(&mut replies).await.unwrap();
    replies.lines().last().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_client_that_goes_away_in_the_content_leaves_nothing() {
    for content in [
        "",
        "DATA\r\nSubject: a\r\n\r\nb\r\n",
        "DATA\r\na\r\n.",
        "DATA\r\na\r\n.\r",
    ] {
        let mailboxes = Arc::new(Mailboxes::default());
        let (mut client, task) = start(mailboxes.clone(), 4096);
        client
            .write_all(format!("{HEAD}{content}").as_bytes())
            .await
            .unwrap();
        client.shutdown().await.unwrap();
        let error = task.await.unwrap().unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
        assert_eq!(mailboxes.kept(), []);
    }
}

#[tokio::test(start_paused = true)]
async fn dripping_octets_do_not_move_the_command_deadline() {
    let begin = Instant::now();
    let (mut client, _task) = start(Arc::new(Mailboxes::default()), 4096);
    client.write_all(b"NOOP\r\n").await.unwrap();
    for _ in 0..4 {
        tokio::time::sleep(Duration::from_secs(60)).await;
        client.write_all(b"N").await.unwrap();
    }
    let line = last_line(&mut client).await;
    assert_eq!(line, "421 4.4.2 mx.example.org Timeout, closing connection");
    assert_eq!(begin.elapsed().as_secs(), 300);
}

#[tokio::test(start_paused = true)]
async fn content_has_its_own_deadline() {
    let begin = Instant::now();
    let mailboxes = Arc::new(Mailboxes::default());
    let (mut client, _task) = start(mailboxes.clone(), 4096);
    client
        .write_all(format!("{HEAD}DATA\r\n").as_bytes())
        .await
        .unwrap();
    for _ in 0..9 {
        tokio::time::sleep(Duration::from_secs(60)).await;
        client.write_all(b"line\r\n").await.unwrap();
    }
    let line = last_line(&mut client).await;
    assert_eq!(line, "421 4.4.2 mx.example.org Timeout, closing connection");
    assert_eq!(begin.elapsed().as_secs(), 600);
    assert_eq!(mailboxes.kept(), []);
}

#[tokio::test(start_paused = true)]
async fn a_lookup_that_hangs_is_a_temporary_failure() {
    let input = b"LHLO a\r\nMAIL FROM:<>\r\nRCPT TO:<stuck@example.org>\r\nQUIT\r\n";
    let (replies, _) = talk(input, limits()).await;
    assert!(
        replies.contains("\r\n451 4.3.0 Try again later\r\n221 "),
        "{replies}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_read_is_given_up() {
    let begin = Instant::now();
    let (mut client, task) = start(Arc::new(Mailboxes::default()), 4096);
    let flood = "NOOP\r\n".repeat(100_000);
    // The server stops reading, so this cannot be written to its end.
    let (written, ended) = tokio::join!(client.write_all(flood.as_bytes()), task);
    assert_eq!(written.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    assert_eq!(ended.unwrap().unwrap_err().kind(), io::ErrorKind::TimedOut);
    assert_eq!(begin.elapsed().as_secs(), 300);
}

#[tokio::test]
async fn shutdown_waits_for_the_message_under_way() {
    let mailboxes = Arc::new(Mailboxes::default());
    let end = Arc::new(Notify::new());
    let (mut client, server) = tokio::io::duplex(4096);
    let signal = end.clone();
    let shutdown = async move { signal.notified().await };
    let task = tokio::spawn(serve(server, peer(), mailboxes.clone(), limits(), shutdown));
    client
        .write_all(format!("{HEAD}DATA\r\n").as_bytes())
        .await
        .unwrap();
    let mut replies = String::new();
    while !replies.ends_with("354 End with <CRLF>.<CRLF>\r\n") {
        replies.push(char::from(client.read_u8().await.unwrap()));
    }
    end.notify_one();
    client.write_all(b"a\r\n.\r\n").await.unwrap();
    let mut rest = String::new();
    client.read_to_string(&mut rest).await.unwrap();
    assert_eq!(
        rest,
        "250 2.1.5 <mara@example.org> delivered\r\n\
         421 4.3.2 mx.example.org Server is going down\r\n"
    );
    task.await.unwrap().unwrap();
    assert_eq!(mailboxes.kept().len(), 1);
}

/// The first recipient's delivery ends only after the second's, and both have to run at once.
struct Reversed {
    both: Barrier,
    second: Notify,
}

#[async_trait]
impl Delivery for Reversed {
    async fn recipient(&self, address: &Address) -> Result<Recipient, Rejection> {
        Ok(accepted(address))
    }

    async fn deliver(&self, _: &Incoming, recipient: &Recipient) -> Result<(), Rejection> {
        self.both.wait().await;
        if recipient.name == "second" {
            self.second.notify_one();
            return Err(Rejection::OverQuota);
        }
        self.second.notified().await;
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn deliveries_run_together_and_answer_in_order() {
    let delivery = Arc::new(Reversed {
        both: Barrier::new(2),
        second: Notify::new(),
    });
    let (mut client, _task) = start(delivery, 4096);
    let input = "LHLO a\r\nMAIL FROM:<>\r\nRCPT TO:<first@example.org>\r\n\
                 RCPT TO:<second@example.org>\r\nDATA\r\n.\r\nQUIT\r\n";
    client.write_all(input.as_bytes()).await.unwrap();
    let mut replies = String::new();
    client.read_to_string(&mut replies).await.unwrap();
    let expected = "250 2.1.5 <first@example.org> delivered\r\n\
                    452 4.2.2 <second@example.org> Mailbox is full\r\n221 ";
    assert!(replies.contains(expected), "{replies}");
}
