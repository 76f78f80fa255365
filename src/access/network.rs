//! Where a request comes from, when proxies stand in front: what a trusted proxy says is believed, and no more.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Addresses and networks, as `10.0.0.0/8, 127.0.0.1`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Networks(Vec<Network>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Network {
    address: IpAddr,
    bits: u8,
}

impl Networks {
    /// Whether `address` lies in one of them.
    pub fn contain(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(address.to_canonical()))
    }

    /// The address that a request comes from: `peer`, who opened the connection, unless that is a trusted proxy; then the
    /// right-most address of X-Forwarded-For (`forwarded`) that is none. What stands left of it anybody can have written.
    pub fn origin(&self, peer: IpAddr, forwarded: &str) -> IpAddr {
        let mut origin = peer;
        for part in forwarded.rsplit(',') {
            if !self.contain(origin) {
                break;
            }
            match address(part.trim()) {
                Some(said) => origin = said,
                // What a proxy writes can be read; this was not written by one.
                None => break,
            }
        }
        origin.to_canonical()
    }
}

/// What counts as one sender: an IPv4 address, or the network that a household gets in IPv6.
pub fn sender(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)).into(),
        address => address,
    }
}

/// Some proxies write the port too.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|text| text.split_once(']')).map_or(text, |(address, _)| address);
    bare.parse().ok().or_else(|| text.rsplit_once(':')?.0.parse().ok())
}

impl Network {
    fn contains(self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(ours), IpAddr::V4(address)) => {
                let shift = 32 - u32::from(self.bits);
                (u64::from(ours.to_bits()) >> shift) == (u64::from(address.to_bits()) >> shift)
            }
            (IpAddr::V6(ours), IpAddr::V6(address)) => {
                let shift = 128 - u32::from(self.bits);
                ours.to_bits().checked_shr(shift) == address.to_bits().checked_shr(shift)
            }
            _ => false,
        }
    }
}

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no address or network; write for example 10.0.0.0/8, 127.0.0.1");
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse::<u8>().map_err(|_| wrong())?)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let all = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(all);
        if bits > all { Err(wrong()) } else { Ok(Self { address, bits }) }
    }
}

impl TryFrom<String> for Networks {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::parse).collect::<Result<_, _>>().map(Self)
    }
}

impl From<Networks> for String {
    fn from(networks: Networks) -> Self {
        networks.0.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    }
}

impl fmt::Display for Network {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.address, self.bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(trusted: &str, peer: &str, forwarded: &str) -> String {
        let trusted = Networks::try_from(trusted.to_owned()).unwrap();
        trusted.origin(peer.parse().unwrap(), forwarded).to_string()
    }

    #[test]
    fn what_a_stranger_says_of_where_it_comes_from_is_not_believed() {
        assert_eq!(origin("", "192.0.2.1", "198.51.100.7"), "192.0.2.1");
        assert_eq!(origin("10.0.0.0/8", "192.0.2.1", "198.51.100.7"), "192.0.2.1");
    }

    #[test]
    fn the_right_most_address_that_is_no_proxy_counts() {
        assert_eq!(origin("10.0.0.0/8", "10.1.1.1", "203.0.113.9, 198.51.100.7"), "198.51.100.7");
        assert_eq!(origin("10.0.0.0/8", "10.1.1.1", "203.0.113.9, 198.51.100.7, 10.2.2.2"), "198.51.100.7");
        assert_eq!(origin("10.0.0.0/8", "::ffff:10.1.1.1", "198.51.100.7:4711"), "198.51.100.7");
        assert_eq!(origin("::1", "::1", "[2001:db8::7]:443"), "2001:db8::7");
        assert_eq!(origin("10.0.0.0/8", "10.1.1.1", "198.51.100.7, nonsense"), "10.1.1.1");
        assert_eq!(origin("10.0.0.0/8", "10.1.1.1", ""), "10.1.1.1");
        assert_eq!(origin("10.0.0.0/8, 198.51.100.7", "10.1.1.1", "198.51.100.7"), "198.51.100.7");
        assert_eq!(origin("0.0.0.0/0", "10.1.1.1", "198.51.100.7"), "198.51.100.7");
    }

    #[test]
    fn networks_are_read_and_written() {
        let networks = Networks::try_from(" 10.0.0.0/8, 127.0.0.1,2001:db8::/32 ".to_owned()).unwrap();
        assert_eq!(String::from(networks.clone()), "10.0.0.0/8, 127.0.0.1/32, 2001:db8::/32");
        for (address, inside) in [("10.9.9.9", true), ("11.0.0.1", false), ("2001:db8:1::", true), ("2001:db9::", false)] {
            assert_eq!(networks.contain(address.parse().unwrap()), inside, "{address}");
        }
        for text in ["10.0.0.0/33", "example.org", "10.0.0.0/x", "::/129"] {
            assert!(Networks::try_from(text.to_owned()).is_err(), "{text}");
        }
    }

    #[test]
    fn a_household_is_one_sender() {
        let sender = |text: &str| sender(text.parse().unwrap()).to_string();
        assert_eq!(sender("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(sender("192.0.2.1"), "192.0.2.1");
    }
}
