//! What the log says: one line for each recipient, nothing that could forge another, no content.

use super::*;
use std::io;
use tracing_subscriber::fmt::MakeWriter;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(octets);
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// The lines that a session with this input logs, without times.
async fn logged(input: &str) -> Vec<String> {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(log.clone())
        .with_ansi(false)
        .without_time()
        .with_target(false)
        .finish();
    // With one subscriber alone, `tracing` lets whichever thread comes to a log statement first
    // decide that nobody wants it, also a thread of another test. A second one prevents that.
    let _second = tracing::Dispatch::new(tracing::subscriber::NoSubscriber::default());
    let subscriber = tracing::Dispatch::new(subscriber);
    let guard = tracing::dispatcher::set_default(&subscriber);
    talk(input.as_bytes(), limits()).await;
    drop(guard);
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    text.lines().map(|line| line.trim().to_owned()).collect()
}

#[tokio::test]
async fn one_line_for_each_recipient() {
    let lines = logged(
        "LHLO mta.example.net\r\nMAIL FROM:<>\r\nRCPT TO:<mara@example.org>\r\n\
         RCPT TO:<nobody@example.org>\r\nRCPT TO:<broken@example.org>\r\nDATA\r\n\
         Subject: private\r\nMessage-ID: <1@example.net>\r\n\r\nprivate\r\n.\r\n",
    )
    .await;
    let line = |recipient: &str, outcome: &str| {
        format!(
            "INFO delivery account=1 recipient=\"{recipient}\" size=58 peer=\"192.0.2.1\" \
             client=\"mta.example.net\" message_id=\"<1@example.net>\" outcome=\"{outcome}\""
        )
    };
    assert_eq!(
        lines,
        [
            "INFO recipient refused recipient=\"nobody@example.org\" outcome=\"unknown user\""
                .to_owned(),
            line("mara@example.org", "delivered"),
            line("broken@example.org", "temporary failure: secret"),
        ]
    );
}

#[tokio::test]
async fn what_comes_from_outside_is_escaped() {
    let lines = logged(
        "LHLO a\r\nMAIL FROM:<>\r\nRCPT TO:<\"x outcome=\\\"delivered\"@example.org>\r\nDATA\r\n\
         Message-ID: <a\x1b[2J\n\tb\rINFO delivery>\r\n\r\n.\r\n",
    )
    .await;
    let id = r#" message_id="<a\u{1b}[2J\n\tb\rINFO delivery>" "#;
    let recipient = r#" recipient="\"x outcome=\\\"delivered\"@example.org" "#;
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains(id), "{lines:?}");
    assert!(lines[0].contains(recipient), "{lines:?}");
}
