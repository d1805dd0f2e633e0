//! Networks as administrators write them: `192.0.2.0/24`, `2001:db8::/32`.

use std::net::IpAddr;
use std::str::FromStr;

/// The longest prefix of an IPv6 range: connections are counted by /64.
const LONGEST_V6: u32 = 64;

/// All addresses with one prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NetworkRange {
    first: IpAddr,
    prefix: u32,
}

impl NetworkRange {
    /// Whether an address is one of them.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.first, address.to_canonical()) {
            (IpAddr::V4(first), IpAddr::V4(address)) => {
                same_prefix(first.to_bits() ^ address.to_bits(), self.prefix)
            }
            (IpAddr::V6(first), IpAddr::V6(address)) => {
                let shift = 128 - self.prefix;
                let differ = first.to_bits() ^ address.to_bits();
                differ.checked_shr(shift).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}

fn same_prefix(differ: u32, prefix: u32) -> bool {
    differ.checked_shr(32 - prefix).unwrap_or(0) == 0
}

/// An address alone is a range of one, or of its /64.
impl FromStr for NetworkRange {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address
            .parse()
            .map_err(|_| "not a network; write \"192.0.2.0/24\" or \"2001:db8::/32\"")?;
        let longest = match address {
            IpAddr::V4(_) => 32,
            IpAddr::V6(_) => LONGEST_V6,
        };
        let prefix = match prefix {
            Some(digits) => digits
                .parse()
                .map_err(|_| "what follows \"/\" is no number")?,
            None => longest,
        };
        match prefix <= longest {
            true => Ok(Self {
                first: address,
                prefix,
            }),
            false => Err("the prefix is too long: at most 32 for IPv4 and 64 for IPv6"),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_range_holds_what_has_its_prefix() {
        let holds = |range: &str, address: &str| {
            let range: NetworkRange = range.parse().unwrap();
            range.contains(address.parse().unwrap())
        };
        assert!(holds("192.0.2.0/24", "192.0.2.255"));
        assert!(holds("192.0.2.0/24", "::ffff:192.0.2.1"));
        assert!(!holds("192.0.2.0/24", "192.0.3.0"));
        assert!(holds("0.0.0.0/0", "255.255.255.255"));
        assert!(!holds("0.0.0.0/0", "::1"));
        assert!(holds("192.0.2.1", "192.0.2.1"));
        assert!(!holds("192.0.2.1", "192.0.2.0"));
        assert!(holds("2001:db8::/32", "2001:db8:ffff::1"));
        assert!(!holds("2001:db8::/32", "2001:db9::1"));
        assert!(holds("2001:db8::1", "2001:db8::2"), "one /64");
        assert!(holds("::/0", "2001:db8::2"));
    }

    #[test]
    fn what_is_no_range() {
        for text in [
            "",
            "a",
            "192.0.2.0/33",
            "::/65",
            "192.0.2.0/",
            "1.2.3/8",
            "192.0.2.0/-1",
        ] {
            assert!(text.parse::<NetworkRange>().is_err(), "{text}");
        }
    }
}
