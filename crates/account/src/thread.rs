//! THREAD: RFC 5256, and REFS of draft-ietf-morg-inthread.
//!
//! All algorithms take n log n steps for n messages, whatever their headers say.

mod links;
mod ordered_subject;
mod references;
mod subjects;

pub use ordered_subject::OrderedSubject;
pub use references::References;

use crate::chunk::Message;
use crate::sort::{Details, sent_date};
use postern_imap::thread::{Forest, ThreadAlgorithm};

/// What every algorithm knows of a message.
#[derive(Debug)]
struct Member {
    number: u32,
    sent: i64,
    subject: Box<[u8]>,
}

impl Member {
    fn new(number: u32, message: &Message, details: Details<'_>) -> Self {
        Self {
            number,
            sent: sent_date(message, Some(details)),
            subject: details.keys.subject.as_slice().into(),
        }
    }
}

/// Collects messages and puts them in threads.
#[derive(Debug)]
pub enum Threader {
    /// By base subject and date.
    OrderedSubject(OrderedSubject),
    /// By Message-ID, References, In-Reply-To and subject.
    References(References),
    /// By Message-ID, References and In-Reply-To.
    Refs(References),
}

impl Threader {
    /// A threader by this algorithm.
    pub fn new(algorithm: ThreadAlgorithm) -> Self {
        match algorithm {
            ThreadAlgorithm::OrderedSubject => Self::OrderedSubject(OrderedSubject::default()),
            ThreadAlgorithm::References => Self::References(References::default()),
            ThreadAlgorithm::Refs => Self::Refs(References::default()),
        }
    }

    /// Adds a message under the number that is to be told. Messages come by sequence number.
    pub fn add(&mut self, number: u32, message: &Message, details: Details<'_>) {
        match self {
            Self::OrderedSubject(threads) => threads.add(number, message, details),
            Self::References(threads) | Self::Refs(threads) => {
                threads.add(number, message, details);
            }
        }
    }

    /// The threads.
    pub fn finish(self) -> Forest {
        match self {
            Self::OrderedSubject(threads) => threads.finish(),
            Self::References(threads) => threads.finish(),
            Self::Refs(threads) => threads.finish_refs(),
        }
    }
}
