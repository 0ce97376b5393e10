//! Calls to addresses that people have given: limited in time and size, never redirected, and never to where only this machine
//! can go.
//!
//! Every address is checked when the connection is made, after its name has been looked up: a name may point elsewhere tomorrow.
//! No proxy is used, since it would look names up by itself.

mod addresses;

use std::{
    future::Future,
    io,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    sync::Arc,
    time::Duration,
};

use ipnet::IpNet;
use reqwest::{
    Client, Method,
    dns::{Addrs, Name, Resolve, Resolving},
    header::{HeaderMap, HeaderName, HeaderValue},
    redirect::Policy,
};
use url::{Host, Url};

use super::{error::Error, settings::Settings};

/// To connect.
const CONNECT: Duration = Duration::from_secs(5);
/// For the whole call.
const TIME: Duration = Duration::from_secs(15);
/// As much of an answer is read.
const SNIPPET_BYTES: usize = 1_024;
/// The longest answer that is wanted as a whole.
pub const ANSWER_BYTES: usize = 8 << 20;

/// Finds the addresses of a name.
pub type Lookup = Arc<dyn Fn(String) -> Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>> + Send + Sync>;

/// Asks the machine.
pub fn system_lookup() -> Lookup {
    Arc::new(|name| {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    })
}

/// What may be called.
#[derive(Debug, Clone, Default)]
pub struct Reach {
    /// Also without TLS.
    pub allow_http: bool,
    /// Networks that may be called although they are not public.
    pub allowed: Vec<IpNet>,
}

/// Why a call is not made. A sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refused(pub String);

/// Why there is no whole answer. A sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoAnswer {
    /// The call was not made, or broke off.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// It is longer than anybody wants to read.
    #[error("The answer was longer than {} bytes.", ANSWER_BYTES)]
    TooLong,
}

impl Reach {
    /// What the settings allow.
    pub fn of(settings: &Settings) -> Self {
        Self {
            allow_http: settings.webhook_allow_http,
            allowed: settings.webhook_allowed_networks.clone(),
        }
    }

    /// Refuses an address by what it says. What its name stands for is seen when it is called.
    pub fn check(&self, url: &Url) -> Result<(), Refused> {
        let refuse = |why: &str| Err(Refused(why.to_owned()));
        match url.scheme() {
            "https" => {}
            "http" if self.allow_http => {}
            "http" => return refuse("Only https:// is called; an operator may set webhook_allow_http."),
            _ => return refuse("Only https:// is called."),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return refuse("An address with a user or password is not called; take them out.");
        }
        match url.host() {
            Some(Host::Ipv4(address)) => self.may_call(address.into()),
            Some(Host::Ipv6(address)) => self.may_call(address.into()),
            Some(Host::Domain(name)) if !name.is_empty() => Ok(()),
            _ => refuse("An address without a host cannot be called."),
        }
    }

    fn may_call(&self, address: IpAddr) -> Result<(), Refused> {
        if addresses::may_call(address, &self.allowed) {
            return Ok(());
        }
        Err(Refused(format!(
            "{address} is not on the public internet; an operator may allow its network in webhook_allowed_networks."
        )))
    }
}

/// Looks names up, and refuses a name with any address that may not be called.
struct Guard {
    reach: Reach,
    lookup: Lookup,
}

impl Guard {
    async fn addresses(
        reach: Reach,
        lookup: Lookup,
        name: String,
    ) -> Result<Vec<IpAddr>, Box<dyn std::error::Error + Send + Sync>> {
        let found = lookup(name).await?;
        for address in &found {
            reach.may_call(*address)?;
        }
        Ok(found)
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let found = Self::addresses(self.reach.clone(), self.lookup.clone(), name.as_str().to_owned());
        Box::pin(async move {
            let found = found.await?;
            Ok(Box::new(found.into_iter().map(|address| SocketAddr::new(address, 0))) as Addrs)
        })
    }
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The header Retry-After.
    pub retry_after: Option<String>,
    /// The beginning of the body.
    pub snippet: String,
}

/// A whole answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, which came to its end.
    pub body: Vec<u8>,
}

impl Answer {
    /// A header, if it is there and text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// The client of a process.
#[derive(Clone)]
pub struct Outbound {
    client: Client,
    reach: Reach,
}

impl Outbound {
    /// Trusts the certificates that the machine trusts.
    #[allow(
        clippy::disallowed_methods,
        reason = "the sanctioned place for addresses that people give"
    )]
    pub fn new(reach: Reach, lookup: Lookup) -> Result<Self, Error> {
        // Fails when it has been done before, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let guard = Guard {
            reach: reach.clone(),
            lookup,
        };
        let client = Client::builder()
            .connect_timeout(CONNECT)
            .timeout(TIME)
            .redirect(Policy::none())
            .no_proxy()
            .https_only(!reach.allow_http)
            .pool_max_idle_per_host(0)
            .dns_resolver(Arc::new(guard))
            .user_agent(concat!("postmortem/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(Error::internal)?;
        Ok(Self { client, reach })
    }

    /// Makes a call whose whole answer is wanted. An answer of any status is an answer, but one that breaks off is none.
    pub async fn call(
        &self,
        method: Method,
        url: Url,
        headers: HeaderMap,
        body: Option<Vec<u8>>,
    ) -> Result<Answer, NoAnswer> {
        self.reach.check(&url)?;
        let mut request = self.client.request(method, url).headers(headers);
        if let Some(body) = body {
            request = request.body(body);
        }
        let mut response = request.send().await.map_err(|error| no_answer(&error))?;
        // What is announced is believed only when it is too much; what arrives is counted all the same.
        let most = u64::try_from(ANSWER_BYTES).unwrap_or(u64::MAX);
        if response.content_length().is_some_and(|bytes| bytes > most) {
            return Err(NoAnswer::TooLong);
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| no_answer(&error))? {
            body.extend_from_slice(&chunk);
            if body.len() > ANSWER_BYTES {
                return Err(NoAnswer::TooLong);
            }
        }
        Ok(Answer {
            status: response.status().as_u16(),
            headers: std::mem::take(response.headers_mut()),
            body,
        })
    }

    /// Posts a body. An answer of any status is an answer; the error is a sentence about why there is none.
    pub async fn post(&self, url: &str, headers: &[(&'static str, String)], body: Vec<u8>) -> Result<Reply, Refused> {
        let url = Url::parse(url).map_err(|_| Refused("The address cannot be read.".to_owned()))?;
        self.reach.check(&url)?;
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let value =
                HeaderValue::from_str(value).map_err(|_| Refused(format!("The header {name} cannot be sent.")))?;
            map.insert(HeaderName::from_static(name), value);
        }
        let request = self.client.post(url).headers(map).body(body);
        let mut response = request.send().await.map_err(|error| no_answer(&error))?;
        let retry_after = response
            .headers()
            .get("retry-after")
            .and_then(|value| value.to_str().ok());
        let retry_after = retry_after.map(str::to_owned);
        let mut read = Vec::new();
        // The status says how it went, also when the body breaks off.
        while let Ok(Some(chunk)) = response.chunk().await {
            read.extend_from_slice(&chunk);
            if read.len() >= SNIPPET_BYTES {
                read.truncate(SNIPPET_BYTES);
                break;
            }
        }
        let snippet = String::from_utf8_lossy(&read).replace('\0', "\u{fffd}");
        Ok(Reply {
            status: response.status().as_u16(),
            retry_after,
            snippet,
        })
    }
}

/// Says why there is no answer, without the address: it may be a secret.
fn no_answer(error: &reqwest::Error) -> Refused {
    let mut source: &(dyn std::error::Error + 'static) = error;
    loop {
        if let Some(refused) = source.downcast_ref::<Refused>() {
            return refused.clone();
        }
        match source.source() {
            Some(inner) => source = inner,
            None => break,
        }
    }
    Refused(match (error.is_timeout(), error.is_connect()) {
        (true, true) => format!("No connection came about within {} seconds.", CONNECT.as_secs()),
        (true, false) => format!("No answer came within {} seconds.", TIME.as_secs()),
        (false, true) => format!("No connection came about: {source}."),
        (false, false) => "The call broke off without an answer.".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn check(url: &str, reach: &Reach) -> Result<(), Refused> {
        Url::parse(url)
            .map_err(|error| Refused(error.to_string()))
            .and_then(|url| reach.check(&url))
    }

    #[test]
    fn tricks_with_addresses_are_seen_through() {
        let reach = Reach {
            allow_http: true,
            allowed: Vec::new(),
        };
        for url in [
            "http://127.0.0.1/",
            "http://127.1/",
            "http://2130706433/",
            "http://0x7f000001/",
            "http://0177.0.0.1/",
            "http://0x7f.1/",
            "http://127.0.0.1./",
            "http://[::1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://[::ffff:7f00:1]/",
            "http://0/",
            "http://169.254.169.254/latest/meta-data",
            "http://[fd00:ec2::254]/",
            "http://[64:ff9b::a9fe:a9fe]/",
            "http://１２７.0.0.1/",
            "http://user@example.org/",
            "http://:password@example.org/",
            "http://example.org@127.0.0.1/",
            "ftp://example.org/",
            "file:///etc/passwd",
            "gopher://example.org/",
            "data:text/plain,x",
            "http:///",
        ] {
            assert!(check(url, &reach).is_err(), "{url}");
        }
        assert_eq!(check("https://example.org:8443/hook?x=1", &Reach::default()), Ok(()));
        assert!(check("http://example.org/", &Reach::default()).is_err());
    }

    fn answers(found: Vec<&'static str>) -> Lookup {
        Arc::new(move |_| {
            let found = found.iter().map(|text| text.parse().unwrap()).collect();
            Box::pin(async move { Ok(found) })
        })
    }

    async fn refusal(lookup: Lookup, url: &str) -> String {
        let reach = Reach {
            allow_http: true,
            allowed: Vec::new(),
        };
        let outbound = Outbound::new(reach, lookup).unwrap();
        outbound.post(url, &[], Vec::new()).await.unwrap_err().to_string()
    }

    #[actix_web::test]
    async fn names_are_checked_when_they_are_called() {
        for found in [
            vec!["127.0.0.1"],
            vec!["8.8.8.8", "10.0.0.1"],
            vec!["::ffff:169.254.169.254"],
            vec!["2002:7f00:1::"],
        ] {
            let said = refusal(answers(found.clone()), "http://inside.example:9/").await;
            assert!(said.contains("not on the public internet"), "{found:?}: {said}");
        }
        let said = refusal(system_lookup(), "http://localhost:9/").await;
        assert!(said.contains("not on the public internet"), "{said}");
    }

    /// The first answer is harmless, the second is not: the one that is connected to is the one that was checked.
    #[actix_web::test]
    async fn a_name_that_changes_is_checked_each_time() {
        let calls = Arc::new(AtomicUsize::new(0));
        let seen = calls.clone();
        let lookup: Lookup = Arc::new(move |_| {
            let first = seen.fetch_add(1, Ordering::Relaxed) == 0;
            Box::pin(async move { Ok(vec![if first { "192.0.1.1" } else { "127.0.0.1" }.parse().unwrap()]) })
        });
        let guard = |name: &str| Guard::addresses(Reach::default(), lookup.clone(), name.to_owned());
        assert!(guard("rebind.example").await.is_ok());
        assert!(guard("rebind.example").await.is_err());
        assert_eq!(calls.load(Ordering::Relaxed), 2);
    }
}
