//! Drives a [`Session`] over a stream, with deadlines.

use super::address::Address;
use super::delivery::{Delivery, Incoming, Recipient, Rejection};
use super::limits::{Limits, Timeouts};
use super::session::{Closing, Event, Phase, Session};
use super::stamp;
use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout, timeout_at};

/// Octets read at once; with it goes the most that a session keeps of commands it has not run.
const READ: usize = 16 * 1024;

/// The two ends of a connection, by name.
#[derive(Debug, Clone)]
pub struct Peer {
    /// The server's name, for the greeting.
    pub host: String,
    /// Where the client is, such as `192.0.2.1` or `unix`, for the log.
    pub client: String,
}

/// Serves one connection until either side ends it. When `shutdown` completes, the connection
/// ends as soon as no message is under way.
///
/// # Errors
/// What reading or writing said; a client that goes away between messages is no error.
pub async fn serve<S, D>(
    stream: S,
    peer: Peer,
    delivery: Arc<D>,
    limits: Limits,
    shutdown: impl Future<Output = ()> + Send,
) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
    D: Delivery + ?Sized,
{
    let connection = Connection {
        stream,
        delivery,
        session: Session::new(&peer.host, &peer.client, limits.clone()),
        limits,
    };
    connection.run(std::pin::pin!(shutdown)).await
}

struct Connection<S, D: ?Sized> {
    stream: S,
    delivery: Arc<D>,
    session: Session,
    limits: Limits,
}

/// When the client has to be done with what it does now.
struct Deadline {
    progress: u64,
    phase: Phase,
    at: Instant,
}

impl Deadline {
    fn new(session: &Session, timeouts: &Timeouts) -> Self {
        let phase = session.phase();
        let time = match phase {
            Phase::Command => timeouts.command,
            Phase::Data => timeouts.data,
        };
        Self {
            progress: session.progress(),
            phase,
            at: Instant::now() + time,
        }
    }

    /// The same, as long as the client has come no further.
    fn renewed(self, session: &Session, timeouts: &Timeouts) -> Self {
        if self.progress == session.progress() && self.phase == session.phase() {
            return self;
        }
        Self::new(session, timeouts)
    }
}

impl<S, D> Connection<S, D>
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
    D: Delivery + ?Sized,
{
    async fn run<F>(mut self, mut shutdown: Pin<&mut F>) -> io::Result<()>
    where
        F: Future<Output = ()> + Send,
    {
        let mut deadline = Deadline::new(&self.session, &self.limits.timeouts);
        let mut ending = false;
        loop {
            match self.session.step() {
                Event::Write => self.write().await?,
                Event::Recipient(address) => self.check(&address).await,
                Event::Deliver(message, recipients) => {
                    self.write().await?;
                    self.deliver(message, recipients).await?;
                }
                Event::Close => return self.end().await,
                Event::Read => {
                    self.write().await?;
                    deadline = deadline.renewed(&self.session, &self.limits.timeouts);
                    if ending && !self.session.in_transaction() {
                        self.session.close(Closing::Shutdown);
                        continue;
                    }
                    tokio::select! {
                        more = self.read(deadline.at) => if !more? { return Ok(()) },
                        () = &mut shutdown, if !ending => ending = true,
                    }
                }
            }
        }
    }

    /// Reads once; returns whether the client is still there. Loses nothing when dropped.
    async fn read(&mut self, deadline: Instant) -> io::Result<bool> {
        let mut buffer = vec![0; READ];
        let Ok(read) = timeout_at(deadline, self.stream.read(&mut buffer)).await else {
            self.session.close(Closing::Timeout);
            return Ok(true);
        };
        let octets = buffer.get(..read?).unwrap_or_default();
        self.session.receive(octets);
        if octets.is_empty() && self.session.in_transaction() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(!octets.is_empty())
    }

    async fn write(&mut self) -> io::Result<()> {
        let time = self.limits.timeouts.write;
        let write = async {
            self.stream.write_all_buf(self.session.output()).await?;
            self.stream.flush().await
        };
        timeout(time, write).await?
    }

    async fn end(mut self) -> io::Result<()> {
        self.write().await?;
        timeout(self.limits.timeouts.write, self.stream.shutdown()).await?
    }

    async fn check(&mut self, address: &Address) {
        let answer = self.delivery.recipient(address);
        let answer = in_time(self.limits.timeouts.lookup, answer).await;
        if let Err(rejection) = &answer {
            tracing::info!(
                recipient = address.to_string(),
                outcome = rejection.to_string(),
                "recipient refused"
            );
        }
        self.session.recipient_checked(answer);
    }

    /// Delivers to several recipients at the same time. Replies go out in their order, each as
    /// soon as it and those before it are known (RFC 2033 5).
    async fn deliver(&mut self, message: Incoming, recipients: Vec<Recipient>) -> io::Result<()> {
        let at_once = at_once(&self.limits, message.content.len());
        let message = Arc::new(message);
        let mut waiting = recipients.iter();
        let mut running = VecDeque::new();
        for recipient in &recipients {
            for next in waiting.by_ref().take(at_once.saturating_sub(running.len())) {
                running.push_back(self.start(&message, next));
            }
            let answer = match running.pop_front() {
                Some(task) => task.answer().await,
                None => Err(Rejection::TemporaryFailure("never started".into())),
            };
            log(&message, recipient, &answer);
            self.session.delivered(recipient, &answer);
            self.write().await?;
        }
        Ok(())
    }

    fn start(&self, message: &Arc<Incoming>, recipient: &Recipient) -> Task {
        let (delivery, message) = (Arc::clone(&self.delivery), Arc::clone(message));
        let recipient = recipient.clone();
        let time = self.limits.timeouts.delivery;
        Task(tokio::spawn(async move {
            in_time(time, delivery.deliver(&message, &recipient)).await
        }))
    }
}

/// How many deliveries of a message of this size run at the same time.
fn at_once(limits: &Limits, size: usize) -> usize {
    let by_size = limits.delivery_octets / (size as u64).max(1);
    usize::try_from(by_size)
        .unwrap_or(usize::MAX)
        .clamp(1, limits.deliveries.max(1))
}

/// A delivery that runs by itself, so that a client that takes no replies does not hold it up;
/// it ends with the connection.
struct Task(JoinHandle<Result<(), Rejection>>);

impl Task {
    async fn answer(mut self) -> Result<(), Rejection> {
        match (&mut self.0).await {
            Ok(answer) => answer,
            Err(error) => Err(Rejection::TemporaryFailure(error.to_string())),
        }
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn in_time<T>(
    time: Duration,
    answer: impl Future<Output = Result<T, Rejection>>,
) -> Result<T, Rejection> {
    timeout(time, answer)
        .await
        .unwrap_or_else(|_| Err(Rejection::TemporaryFailure("took too long".into())))
}

/// One line for each delivery, no content. What came from outside goes in as strings, which the
/// log's format quotes and escapes.
fn log(message: &Incoming, recipient: &Recipient, answer: &Result<(), Rejection>) {
    tracing::info!(
        account = recipient.account.0,
        recipient = recipient.original.to_string(),
        size = message.content.len(),
        peer = message.peer,
        client = message.client,
        message_id = stamp::message_id(&message.content),
        outcome = outcome(answer),
        "delivery"
    );
}

fn outcome(answer: &Result<(), Rejection>) -> String {
    match answer {
        Ok(()) => "delivered".to_owned(),
        Err(rejection) => rejection.to_string(),
    }
}
