//! ENVELOPE (RFC 9051 section 7.5.2).

use crate::address::{self, Address};
use crate::header::{fields, unfold};
use crate::limits::{MAX_ADDRESSES, MAX_ADDRESSES_IN_ALL};
use crate::wire::{Place, Rendering, nstring, string};

/// How many addresses may still be written for the message and all that it encloses.
#[derive(Debug)]
pub(crate) struct Budget(usize);

impl Budget {
    pub(crate) fn new() -> Self {
        Self(MAX_ADDRESSES_IN_ALL)
    }
}

/// The values of the fields that an envelope shows.
#[derive(Default)]
struct Shown<'a> {
    date: Option<&'a [u8]>,
    subject: Option<&'a [u8]>,
    in_reply_to: Option<&'a [u8]>,
    message_id: Option<&'a [u8]>,
    from: Vec<&'a [u8]>,
    sender: Vec<&'a [u8]>,
    reply_to: Vec<&'a [u8]>,
    to: Vec<&'a [u8]>,
    cc: Vec<&'a [u8]>,
    bcc: Vec<&'a [u8]>,
}

impl<'a> Shown<'a> {
    fn of(header: &'a [u8]) -> Self {
        let mut shown = Self::default();
        for field in fields(header) {
            shown.take(field.name, field.value);
        }
        shown
    }

    /// Text is taken from the first field of a name. Addresses are taken from all of them, so
    /// that no reader sees fewer than another.
    fn take(&mut self, name: &[u8], value: &'a [u8]) {
        // The longest name of interest has eleven octets.
        if name.len() > 11 {
            return;
        }
        match name.to_ascii_lowercase().as_slice() {
            b"date" => drop(self.date.get_or_insert(value)),
            b"subject" => drop(self.subject.get_or_insert(value)),
            b"in-reply-to" => drop(self.in_reply_to.get_or_insert(value)),
            b"message-id" => drop(self.message_id.get_or_insert(value)),
            b"from" => self.from.push(value),
            b"sender" => self.sender.push(value),
            b"reply-to" => self.reply_to.push(value),
            b"to" => self.to.push(value),
            b"cc" => self.cc.push(value),
            b"bcc" => self.bcc.push(value),
            _ => {}
        }
    }
}

/// Writes the envelope of a message with this header.
pub(crate) fn write(out: &mut Vec<u8>, header: &[u8], rendering: Rendering, budget: &mut Budget) {
    let shown = Shown::of(header);
    let text = |out: &mut Vec<u8>, value: Option<&[u8]>| {
        nstring(out, value.map(unfold).as_deref(), rendering);
    };
    out.push(b'(');
    text(out, shown.date);
    out.push(b' ');
    text(out, shown.subject);
    out.push(b' ');
    let from = addresses(&shown.from, budget);
    write_addresses(out, &from, rendering);
    for values in [&shown.sender, &shown.reply_to] {
        out.push(b' ');
        let own = addresses(values, budget);
        // Where they are missing or empty they are those of From.
        write_addresses(out, if own.is_empty() { &from } else { &own }, rendering);
    }
    for values in [&shown.to, &shown.cc, &shown.bcc] {
        out.push(b' ');
        write_addresses(out, &addresses(values, budget), rendering);
    }
    out.push(b' ');
    text(out, shown.in_reply_to);
    out.push(b' ');
    text(out, shown.message_id);
    out.push(b')');
}

fn addresses(values: &[&[u8]], budget: &mut Budget) -> Vec<Address> {
    let most = MAX_ADDRESSES.min(budget.0);
    let mut out = Vec::new();
    for value in values {
        if out.len() >= most {
            break;
        }
        address::parse(&unfold(value), most, &mut out);
    }
    budget.0 = budget.0.saturating_sub(out.len());
    out
}

fn write_addresses(out: &mut Vec<u8>, addresses: &[Address], rendering: Rendering) {
    if addresses.is_empty() {
        out.extend_from_slice(b"NIL");
        return;
    }
    out.push(b'(');
    for address in addresses {
        out.push(b'(');
        nstring(out, address.name.as_deref(), rendering);
        for part in [&address.route, &address.mailbox, &address.host] {
            out.push(b' ');
            match part {
                Some(part) => string(out, part, Place::Value, rendering),
                None => out.extend_from_slice(b"NIL"),
            }
        }
        out.push(b')');
    }
    out.push(b')');
}
