//! Where a request comes from.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use actix_web::{
    HttpRequest,
    http::header::{HOST, HeaderMap, ORIGIN},
};
use ipnet::IpNet;
use url::Url;

/// Where a request comes from, for counting: the caller's address, or its network with IPv6, where one customer has 2⁶⁴
/// addresses.
pub fn origin(request: &HttpRequest, trusted: &[IpNet]) -> IpAddr {
    match address(request, trusted) {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
        address => address,
    }
}

/// The peer's address, or, when that is a proxy we trust, the last one that the proxies did not add themselves.
fn address(request: &HttpRequest, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: &IpAddr| trusted.iter().any(|net| net.contains(address));
    let peer = request
        .peer_addr()
        .map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |peer| peer.ip());
    let peer = peer.to_canonical();
    if !is_trusted(&peer) {
        return peer;
    }
    let given: Vec<&str> = request
        .headers()
        .get_all("x-forwarded-for")
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .collect();
    let mut nearest = peer;
    for text in given.iter().rev() {
        let text = text.trim();
        // Some proxies add the port.
        let with_port = || text.parse::<SocketAddr>().map(|address| address.ip());
        let Ok(address) = text.parse::<IpAddr>().or_else(|_| with_port()) else {
            return nearest;
        };
        nearest = address.to_canonical();
        if !is_trusted(&nearest) {
            return nearest;
        }
    }
    nearest
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// Was this sent by a page of another site? Browsers say so; whoever is no browser brings no cookies by accident either.
pub fn is_foreign(headers: &HeaderMap, public_url: &str) -> bool {
    if let Some(site) = text(headers, "sec-fetch-site") {
        return !matches!(site, "same-origin" | "none");
    }
    let Some(origin) = text(headers, ORIGIN.as_str()) else {
        return false;
    };
    let Ok(origin) = Url::parse(origin) else {
        return true;
    };
    let ours = |url: Url| url.origin() == origin.origin();
    let by_host =
        text(headers, HOST.as_str()).and_then(|host| Url::parse(&format!("{}://{host}", origin.scheme())).ok());
    !(Url::parse(public_url).is_ok_and(ours) || by_host.is_some_and(ours))
}
