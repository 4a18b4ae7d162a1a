//! How often somebody may ask: a bucket of requests for each address and each session, which fills up again with time.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use ikusei::Instant;

use crate::Crm;
use crate::problem::Problem;
use crate::web::Trouble;

/// So many addresses and sessions are remembered.
const MANY: usize = 50_000;

/// How often one address, or one session, may ask.
#[derive(Debug, Clone, Copy)]
pub struct Rate {
    /// So many requests at once,
    pub burst: u32,
    /// and so many more with each second.
    pub per_second: u32,
}

/// What is left of each bucket, kept as the instant at which it is full again.
#[derive(Debug)]
pub(crate) struct Limit {
    rate: Rate,
    full: Mutex<HashMap<String, i64>>,
}

impl Limit {
    pub(crate) fn new(rate: Rate) -> Self {
        Self { rate, full: Mutex::default() }
    }

    /// Takes `number` requests out of a bucket, unless it is empty.
    ///
    /// # Errors
    /// [`Problem::TooMany`] if it is.
    pub(crate) fn take(&self, whose: &str, number: i64, at: Instant) -> Result<(), Problem> {
        let (now, each) = (at.micros(), 1_000_000 / i64::from(self.rate.per_second.max(1)));
        let mut full = self.full.lock().unwrap_or_else(PoisonError::into_inner);
        if full.len() >= MANY {
            full.retain(|_, full| *full > now);
            // A crowd that is larger yet is for what stands before this program.
            if full.len() >= MANY {
                full.clear();
            }
        }
        let full = full.entry(whose.to_owned()).or_insert(now);
        *full = (*full).max(now);
        let over = *full - now - each * (i64::from(self.rate.burst) - 1);
        if over > 0 {
            return Err(Problem::TooMany(over / 1_000_000 + 1));
        }
        *full += each * number;
        Ok(())
    }
}

/// Who proves to be a program that we know, by a key or a signature, may ask as often as it must. Everybody else is
/// counted, and so is whoever tries keys and signatures.
pub(crate) async fn limited(State(crm): State<Arc<Crm>>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let program = path.starts_with("/api/") || path.starts_with("/hooks/");
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
    let whose = address(peer, request.headers(), crm.settings.proxy);
    let (at, number) = (crm.clock.now(), i64::from(!program));
    match crm.limit.take(&whose, number, at) {
        Ok(()) => {
            let response = next.run(request).await;
            if program && response.status() == StatusCode::UNAUTHORIZED {
                // It may be the last one of the bucket: then the next request is told.
                let _ = crm.limit.take(&whose, 1, at);
            }
            response
        }
        Err(problem) if program => problem.into_response(),
        Err(problem) => Trouble(problem).into_response(),
    }
}

/// The address that a request comes from: of IPv6 the part that one household has. Only a proxy of our own is believed
/// what it says of others, and of that only what it added itself.
fn address(peer: Option<IpAddr>, headers: &HeaderMap, proxy: bool) -> String {
    let told = || {
        let last = headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
        last.rsplit(',').next()?.trim().parse().ok()
    };
    match if proxy { told().or(peer) } else { peer } {
        Some(IpAddr::V6(address)) => match address.to_ipv4_mapped() {
            Some(address) => address.to_string(),
            None => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).to_string(),
        },
        Some(address) => address.to_string(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::instant;

    #[test]
    fn a_bucket_empties_and_fills_again() {
        let limit = Limit::new(Rate { burst: 3, per_second: 2 });
        let take = |whose: &str, millis: i64| limit.take(whose, 1, instant(millis * 1000)).is_ok();
        assert_eq!([0, 0, 0, 0].map(|at| take("a", at)), [true, true, true, false]);
        assert!(take("b", 0), "another's is full");
        assert_eq!([499, 500, 500].map(|at| take("a", at)), [false, true, false]);
        assert_eq!([9_000; 4].map(|at| take("a", at)), [true, true, true, false]);
        let told = limit.take("a", 1, instant(9_000_000)).unwrap_err();
        assert_eq!(told.again(), Some(1));
    }

    #[test]
    fn who_asks_is_told_by_the_connection_or_by_our_own_proxy() {
        let mut headers = HeaderMap::new();
        headers.append("x-forwarded-for", "1.1.1.1, 2.2.2.2".parse().unwrap());
        headers.append("x-forwarded-for", "3.3.3.3, 4.4.4.4".parse().unwrap());
        let peer = |text: &str| Some(text.parse::<IpAddr>().unwrap());
        assert_eq!(address(peer("10.0.0.1"), &headers, false), "10.0.0.1", "anybody can write a header");
        assert_eq!(address(peer("10.0.0.1"), &headers, true), "4.4.4.4");
        assert_eq!(address(peer("10.0.0.1"), &HeaderMap::new(), true), "10.0.0.1");
        assert_eq!(address(peer("2001:db8:1:2:3:4:5:6"), &headers, false), "2001:db8:1:2::");
        assert_eq!(address(peer("::ffff:10.0.0.1"), &headers, false), "10.0.0.1");
    }
}
