//! Framing: cuts what a client sends into commands before any grammar runs.
//!
//! A command is a line, and for each literal (RFC 9051 section 4.3, RFC 7888) its octets and a
//! further line. The framer knows just that: where lines end and what `{n}`, `{n+}`, `~{n}` and
//! `~{n+}` at the end of a line announce. It bounds what a client can make the server keep, and
//! sees to it that the octets of a literal never run as commands.

mod literal;

use crate::command::Tag;
use bytes::{Buf, Bytes, BytesMut};
use literal::{
    Announced, TAIL, announced, announced_or_cut, append_arguments, is_first_argument,
    set_metadata_arguments, strip_cr,
};

/// What a client may make the server keep. All but `literals` are octets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// A command without the octets of its literals and without line ends; also a line of its
    /// own ([`Framer::next_line`]).
    pub line: usize,
    /// One literal.
    pub literal: usize,
    /// All literals of a command together. APPEND and REPLACE may have `append_literal` on top, so
    /// the messages of one APPEND (RFC 3502) are together no larger than one may be, and this.
    pub literals_total: usize,
    /// A message of APPEND or REPLACE.
    pub append_literal: usize,
    /// One non-synchronising literal, whatever else allows it: 4096 for LITERAL-
    /// (RFC 7888 section 5).
    pub non_sync_max: usize,
    /// What is read and thrown away after a refusal, until the connection must be closed.
    pub discard_max: usize,
    /// Literals in one command.
    pub literals: usize,
}

/// What the framer found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// A whole command: its lines with their ends and the octets of its literals, without the
    /// last line end. For [`crate::parse::parse`].
    Command(Bytes),
    /// A line without its end; only from [`Framer::next_line`].
    Line(Bytes),
    /// The client waits for a continuation request before it sends a literal.
    Continue,
    /// A command (or line) that is over and was not kept. What is left of it is thrown away as
    /// it comes in; after a synchronising literal that is nothing, for a client that learns of
    /// the refusal does not send it. To be answered with a tagged BAD, or an untagged one
    /// without tag.
    Refused {
        /// The command's tag, if it could be read.
        tag: Option<Tag>,
        /// Why.
        why: Refusal,
    },
    /// The stream cannot be followed any more: answer BYE and close. Nothing comes after it.
    Fatal {
        /// The command's tag, if it could be read and was not refused before.
        tag: Option<Tag>,
        /// Why.
        why: Refusal,
    },
}

/// Why a command was refused. The response code that fits is `TOOBIG` for
/// [`Refusal::LiteralTooLarge`] and `LIMIT` for the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// More than [`Limits::line`].
    LineTooLong,
    /// More than is allowed for this literal, or not a number of 64 bits.
    LiteralTooLarge,
    /// The same of a value in SETMETADATA, which has an answer of its own (RFC 5464 section 4.3).
    AnnotationTooLarge,
    /// More than [`Limits::literals_total`].
    LiteralsTooLarge,
    /// More than [`Limits::literals`].
    TooManyLiterals,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::LineTooLong => "The command line is too long",
            Self::LiteralTooLarge => "The literal is too large",
            Self::AnnotationTooLarge => "The annotation is too large",
            Self::LiteralsTooLarge => "The literals of the command are too large together",
            Self::TooManyLiterals => "The command has too many literals",
        })
    }
}

/// Cuts a stream into frames. Knows no socket: the caller puts what it read into
/// [`Framer::buffer`] and calls [`Framer::next`] until that returns `None`.
#[derive(Debug, Default)]
pub struct Framer {
    buf: BytesMut,
    state: State,
}

#[derive(Debug)]
enum State {
    Gathering(Gather),
    Discarding(Discard),
    /// After [`Frame::Fatal`].
    Dead,
}

impl Default for State {
    fn default() -> Self {
        Self::Gathering(Gather::default())
    }
}

/// A command of which a part is in the buffer, which begins with it.
#[derive(Debug, Default)]
struct Gather {
    /// Where the present line begins.
    line_start: usize,
    /// Up to where the present line has no LF.
    scanned: usize,
    /// Where the present literal ends; before that nothing is looked at.
    literal_end: Option<usize>,
    /// Octets of the lines before the present one.
    text: usize,
    /// Octets of literals so far.
    literal_octets: usize,
    /// Literals so far.
    literals: usize,
}

/// What is left of a refused command.
#[derive(Debug)]
struct Discard {
    /// Octets of a literal to drop before the next line.
    octets: usize,
    /// Octets dropped so far.
    spent: usize,
    /// Whether the line can end in a literal: not so outside commands.
    literals: bool,
}

impl Framer {
    /// A framer with nothing buffered.
    pub fn new() -> Self {
        Self::default()
    }

    /// Where the caller appends what it read. It holds no memory while it is empty, so reserve
    /// before reading.
    pub fn buffer(&mut self) -> &mut BytesMut {
        &mut self.buf
    }

    /// Appends what was read.
    pub fn feed(&mut self, data: &[u8]) {
        self.buf.extend_from_slice(data);
    }

    /// Whether octets are there that no frame has taken.
    pub fn has_buffered(&self) -> bool {
        !self.buf.is_empty()
    }

    /// Whether the client is between two commands.
    pub fn is_between_commands(&self) -> bool {
        self.buf.is_empty() && matches!(&self.state, State::Gathering(_))
    }

    /// How many octets of the present literal are still to come: a hint for how much room to
    /// reserve. The client has only said so, so reserve in steps.
    pub fn missing(&self) -> usize {
        match &self.state {
            State::Gathering(gather) => gather
                .literal_end
                .map_or(0, |end| end.saturating_sub(self.buf.len())),
            _ => 0,
        }
    }

    /// The octets of all literals that the present command has announced, those to come too.
    pub fn literal_octets(&self) -> usize {
        match &self.state {
            State::Gathering(gather) => gather.literal_octets,
            _ => 0,
        }
    }

    /// Forgets all that is buffered: what came in before a TLS handshake must not count as sent
    /// inside it.
    pub fn discard_all(&mut self) {
        *self = Self::default();
    }

    /// The next frame of the command stream; `None`: more must be read first.
    pub fn next(&mut self, limits: &Limits) -> Option<Frame> {
        let frame = loop {
            let step = match &mut self.state {
                State::Gathering(_) => self.gather(limits),
                State::Discarding(_) => self.discard(limits),
                State::Dead => {
                    self.buf.clear();
                    Step::Wait
                }
            };
            match step {
                Step::Again => {}
                Step::Wait => break None,
                Step::Frame(frame) => break Some(frame),
            }
        };
        self.release();
        frame
    }

    /// The next line, whatever it holds: what a client sends in an AUTHENTICATE exchange or to
    /// end IDLE. Never returns [`Frame::Command`] or [`Frame::Continue`]. To be called only
    /// after the frame that began the exchange, never amid a command.
    pub fn next_line(&mut self, limits: &Limits) -> Option<Frame> {
        while matches!(self.state, State::Discarding(_)) {
            match self.discard(limits) {
                Step::Again => {}
                Step::Wait => return None,
                Step::Frame(frame) => return Some(frame),
            }
        }
        let State::Gathering(gather) = &mut self.state else {
            return None;
        };
        let end = gather.line_end(&self.buf);
        let line = self.buf.get(..end.unwrap_or(self.buf.len()));
        let line = strip_cr(line.unwrap_or_default()).len();
        if line > limits.line {
            self.refuse_rest(0, false);
            return Some(Frame::Refused {
                tag: None,
                why: Refusal::LineTooLong,
            });
        }
        let line = end.map(|end| Frame::Line(self.take(line, end)));
        self.release();
        line
    }

    /// Takes `len` octets, drops the line end that reaches up to `lf`, and begins anew.
    fn take(&mut self, len: usize, lf: usize) -> Bytes {
        let frame = self.buf.split_to(len.min(self.buf.len())).freeze();
        let rest = lf.saturating_add(1).saturating_sub(len);
        self.buf.advance(rest.min(self.buf.len()));
        self.state = State::default();
        frame
    }

    /// An empty buffer keeps no memory: there may be a hundred thousand of them.
    fn release(&mut self) {
        if self.buf.is_empty() && self.buf.capacity() > 0 {
            self.buf = BytesMut::new();
        }
    }

    fn gather(&mut self, limits: &Limits) -> Step {
        let State::Gathering(gather) = &mut self.state else {
            return Step::Wait;
        };
        if !gather.literal_is_complete(self.buf.len()) {
            return Step::Wait;
        }
        let end = gather.line_end(&self.buf);
        let line_start = gather.line_start;
        let line = self
            .buf
            .get(line_start..end.unwrap_or(self.buf.len()))
            .unwrap_or_default();
        let line = strip_cr(line);
        if gather.text.saturating_add(line.len()) > limits.line {
            return self.refuse_line(line_start);
        }
        let Some(end) = end else {
            return Step::Wait;
        };
        let line_len = line.len();
        match announced(line) {
            Some(literal) => self.literal(literal, line_len, end, limits),
            None if line_start == 0 && line_len == 0 => {
                self.take(0, end);
                Step::Again
            }
            None => {
                let command = self.take(line_start.saturating_add(line_len), end);
                Step::Frame(Frame::Command(command))
            }
        }
    }

    fn refuse_line(&mut self, line_start: usize) -> Step {
        let tag = Tag::of_line(&self.buf);
        self.refuse_rest(line_start, true);
        let why = Refusal::LineTooLong;
        Step::Frame(Frame::Refused { tag, why })
    }

    /// Drops the first `from` octets and discards the rest of the line.
    fn refuse_rest(&mut self, from: usize, literals: bool) {
        self.buf.advance(from.min(self.buf.len()));
        self.state = State::Discarding(Discard {
            octets: 0,
            spent: 0,
            literals,
        });
    }

    /// A line ended with the announcement of a literal.
    fn literal(&mut self, literal: Announced, line_len: usize, lf: usize, limits: &Limits) -> Step {
        let State::Gathering(gather) = &mut self.state else {
            return Step::Wait;
        };
        // What follows may be another command, which says nothing of this one.
        let command = self.buf.get(..lf).unwrap_or_default();
        match gather.admit(command, literal, limits) {
            Ok(size) => {
                gather.begin_literal(size, line_len, lf);
                if literal.sync {
                    Step::Frame(Frame::Continue)
                } else {
                    Step::Again
                }
            }
            Err(why) => self.refuse_literal(literal, lf, why, limits),
        }
    }

    fn refuse_literal(
        &mut self,
        literal: Announced,
        lf: usize,
        why: Refusal,
        limits: &Limits,
    ) -> Step {
        let tag = Tag::of_line(&self.buf);
        self.buf.advance(lf.saturating_add(1).min(self.buf.len()));
        if literal.sync {
            self.state = State::default();
            return Step::Frame(Frame::Refused { tag, why });
        }
        let Some(octets) = literal.size.filter(|n| *n <= limits.discard_max) else {
            return self.fatal(tag, why);
        };
        self.state = State::Discarding(Discard {
            octets,
            spent: octets,
            literals: true,
        });
        Step::Frame(Frame::Refused { tag, why })
    }

    fn fatal(&mut self, tag: Option<Tag>, why: Refusal) -> Step {
        self.buf = BytesMut::new();
        self.state = State::Dead;
        Step::Frame(Frame::Fatal { tag, why })
    }

    /// Drops what is left of a refused command, literals and all.
    fn discard(&mut self, limits: &Limits) -> Step {
        let State::Discarding(discard) = &mut self.state else {
            return Step::Wait;
        };
        let body = discard.octets.min(self.buf.len());
        self.buf.advance(body);
        discard.octets -= body;
        if discard.octets > 0 {
            self.release();
            return Step::Wait;
        }
        let end = memchr::memchr(b'\n', &self.buf);
        let seen = end.unwrap_or(self.buf.len());
        if discard.spent.saturating_add(seen) > limits.discard_max {
            return self.fatal(None, Refusal::LineTooLong);
        }
        let Some(end) = end else {
            // The last octets stay: they may be the beginning of an announcement.
            let dropped = seen.saturating_sub(TAIL);
            discard.spent += dropped;
            self.buf.advance(dropped);
            return Step::Wait;
        };
        discard.spent = discard.spent.saturating_add(end);
        self.end_discarded_line(end, limits)
    }

    fn end_discarded_line(&mut self, lf: usize, limits: &Limits) -> Step {
        let State::Discarding(discard) = &mut self.state else {
            return Step::Wait;
        };
        let line = self.buf.get(..lf).map(strip_cr).unwrap_or_default();
        let tail = line.get(line.len().saturating_sub(TAIL - 1)..);
        let literal = tail.filter(|_| discard.literals).and_then(announced_or_cut);
        self.buf.advance(lf.saturating_add(1).min(self.buf.len()));
        match literal {
            Some(Announced {
                sync: false, size, ..
            }) => {
                let spent = size.and_then(|n| discard.spent.checked_add(n));
                match (size, spent) {
                    (Some(octets), Some(spent)) if spent <= limits.discard_max => {
                        (discard.octets, discard.spent) = (octets, spent);
                        Step::Again
                    }
                    _ => self.fatal(None, Refusal::LiteralTooLarge),
                }
            }
            _ => {
                self.state = State::default();
                Step::Again
            }
        }
    }
}

enum Step {
    Again,
    Wait,
    Frame(Frame),
}

impl Gather {
    /// Whether the present literal, if any, is all there.
    fn literal_is_complete(&mut self, buffered: usize) -> bool {
        match self.literal_end {
            Some(end) if buffered < end => false,
            Some(end) => {
                (self.line_start, self.scanned) = (end, end);
                self.literal_end = None;
                true
            }
            None => true,
        }
    }

    /// Where the LF is that ends the present line. Each octet is looked at once.
    fn line_end(&mut self, buf: &[u8]) -> Option<usize> {
        let unseen = buf.get(self.scanned..).unwrap_or_default();
        match memchr::memchr(b'\n', unseen) {
            Some(at) => Some(self.scanned.saturating_add(at)),
            None => {
                self.scanned = buf.len();
                None
            }
        }
    }

    /// The literal's size, if the limits allow it.
    fn admit(&self, buf: &[u8], literal: Announced, limits: &Limits) -> Result<usize, Refusal> {
        if self.literals >= limits.literals {
            return Err(Refusal::TooManyLiterals);
        }
        let append = append_arguments(buf);
        // The mailbox name of APPEND may be a literal; it is no message.
        let is_message = append
            .is_some_and(|from| self.line_start > 0 || !is_first_argument(buf, from, literal));
        // Where no APPEND is allowed its message is a literal as any other.
        let mut one = if is_message && limits.append_literal > 0 {
            limits.append_literal
        } else {
            limits.literal
        };
        if !literal.sync {
            one = one.min(limits.non_sync_max);
        }
        let size = literal.size.filter(|n| *n <= one);
        let size = size.ok_or_else(|| too_large(buf))?;
        let extra = if append.is_some() {
            limits.append_literal
        } else {
            0
        };
        let total = limits.literals_total.saturating_add(extra);
        if self.literal_octets.saturating_add(size) > total {
            return Err(Refusal::LiteralsTooLarge);
        }
        Ok(size)
    }

    fn begin_literal(&mut self, size: usize, line_len: usize, lf: usize) {
        self.text = self.text.saturating_add(line_len);
        self.literals = self.literals.saturating_add(1);
        self.literal_octets = self.literal_octets.saturating_add(size);
        self.literal_end = Some(lf.saturating_add(1).saturating_add(size));
    }
}

fn too_large(buf: &[u8]) -> Refusal {
    match set_metadata_arguments(buf) {
        Some(_) => Refusal::AnnotationTooLarge,
        None => Refusal::LiteralTooLarge,
    }
}
