//! Where log lines go: to the standard error, one line each.

use crate::config::{Log, LogFormat, LogLevel};
use std::io::{self, Write};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::fmt::{MakeWriter, format::Writer, time::FormatTime};
use tracing_subscriber::util::SubscriberInitExt;

/// Begins logging for the rest of the process.
///
/// # Errors
/// Logging has been begun before.
pub fn start(log: Log) -> Result<(), tracing_subscriber::util::TryInitError> {
    let lines = tracing_subscriber::fmt()
        .with_max_level(level(log.level))
        .with_timer(Utc)
        .with_ansi(false)
        // A line that cannot be written would be complained of on the same standard error, and
        // that panics: a full disk under the log must not end a session.
        .log_internal_errors(false);
    match log.format {
        LogFormat::Text => lines
            .with_writer(OneLineEach(io::stderr))
            .finish()
            .try_init(),
        LogFormat::Json => lines.json().with_writer(io::stderr).finish().try_init(),
    }
}

fn level(level: LogLevel) -> LevelFilter {
    match level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    }
}

/// RFC 3339 in UTC, to the millisecond.
struct Utc;

impl FormatTime for Utc {
    fn format_time(&self, writer: &mut Writer<'_>) -> std::fmt::Result {
        let now = time::OffsetDateTime::now_utc();
        let (hour, minute, second, milli) = now.to_hms_milli();
        write!(
            writer,
            "{}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z",
            now.date()
        )
    }
}

/// Makes writers that escape control characters inside a line: what a client sends as its name
/// cannot end the line, begin a forged one, or move a terminal's cursor.
struct OneLineEach<M>(M);

impl<'a, M: MakeWriter<'a>> MakeWriter<'a> for OneLineEach<M> {
    type Writer = OneLine<M::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        OneLine(self.0.make_writer())
    }
}

/// Writes each buffer, which is one event, as one line.
struct OneLine<W>(W);

impl<W: Write> Write for OneLine<W> {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let line = text.strip_suffix('\n').unwrap_or(&text);
        let mut escaped = String::with_capacity(line.len().saturating_add(1));
        for c in line.chars() {
            match is_unsafe(c) {
                true => escaped.extend(c.escape_default()),
                false => escaped.push(c),
            }
        }
        escaped.push('\n');
        self.0.write_all(escaped.as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Control characters, line ends of Unicode, and those that turn the direction of a line.
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl Write for Sink {
        fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(octets);
            Ok(octets.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn an_event_is_one_line_whatever_it_holds() {
        let sink = Sink::default();
        let target = sink.clone();
        let subscriber = tracing_subscriber::fmt()
            .without_time()
            .with_ansi(false)
            .with_target(false)
            .with_writer(OneLineEach(move || target.clone()))
            .finish();
        let name = "ann\r\n2026 INFO forged\u{1b}[2J\u{202e}\u{2028}\u{e9}";
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!(%name, "login failed for {name}");
        });
        let written = String::from_utf8(sink.0.lock().unwrap().clone()).unwrap();
        assert_eq!(written.lines().count(), 1, "{written:?}");
        assert!(written.ends_with('\n'));
        assert!(written.contains(r"ann\r\n2026 INFO forged"), "{written:?}");
        assert!(
            !written.contains(['\r', '\u{1b}', '\u{202e}', '\u{2028}']),
            "{written:?}"
        );
        assert!(written.contains('\u{e9}'));
    }

    #[test]
    fn times_are_rfc_3339() {
        let mut text = String::new();
        Utc.format_time(&mut Writer::new(&mut text)).unwrap();
        let format = &time::format_description::well_known::Rfc3339;
        assert!(time::OffsetDateTime::parse(&text, format).is_ok(), "{text}");
        assert_eq!(text.len(), "2026-03-03T12:00:00.000Z".len());
    }
}
