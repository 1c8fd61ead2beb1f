//! One request and its answer, over HTTP/1.1.

use std::io;
use std::time::Duration;

use ureq::Agent;
use ureq::config::Config;

use super::answer::{Answer, Root};
use super::transport::{Bound, Literal};
use super::{BODY_LIMIT, Refusal, WebAddress, WebError};

/// The requests to one web server. A connection serves one request: the stick may leave between two.
pub(super) struct Exchange {
    agent: Agent,
    address: WebAddress,
    within: Duration,
}

impl Exchange {
    /// Requests to the server at this address, each to be answered in full `within` this time.
    pub(super) fn new(address: &WebAddress, within: Duration) -> Self {
        let config = Config::builder()
            .user_agent(concat!("balong/", env!("CARGO_PKG_VERSION")))
            .timeout_global(Some(within))
            .max_idle_connections(0)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            // The environment may name a proxy, which would ask some other network for 192.168.8.1.
            .proxy(None)
            .build();
        let agent = Agent::with_parts(config, Bound::new(address), Literal(address.server));
        Self { agent, address: address.clone(), within }
    }

    /// Where the requests go.
    pub(super) fn address(&self) -> &WebAddress {
        &self.address
    }

    /// Asks for one path, and reads the answer.
    ///
    /// # Errors
    ///
    /// [`WebError::Refused`] when the answer is an error code, and every other way in which no answer comes.
    pub(super) fn get(&self, path: &'static str, cookie: Option<&str>) -> Result<Answer, WebError> {
        let server = self.address.server;
        let mut request = self.agent.get(self.uri(path));
        if let Some(cookie) = cookie {
            request = request.header("Cookie", cookie);
        }
        let mut response = request.call().map_err(|error| self.failure(path, error))?;
        let status = response.status().as_u16();
        if status != 200 {
            return Err(WebError::Status { server, path, status });
        }
        let body = response.body_mut().with_config().limit(BODY_LIMIT).read_to_vec();
        let body = body.map_err(|error| self.failure(path, error))?;
        tracing::debug!(path, bytes = body.len(), "web answer");
        let answer = Answer::read(&body).map_err(|why| WebError::NotHiLink { server, path, why })?;
        match (answer.root, answer.field("code")) {
            (Root::Response, _) => Ok(answer),
            (Root::Error, Some(code)) => Err(WebError::Refused { path, refusal: Refusal::from_code(code) }),
            (Root::Error, None) => Err(WebError::NotHiLink { server, path, why: "an error without a code".to_owned() }),
        }
    }

    /// Port 80 is left out, so that the `Host` header is the one that a browser sends.
    fn uri(&self, path: &str) -> String {
        match self.address.server {
            server if server.port() == 80 && server.is_ipv4() => format!("http://{}{path}", server.ip()),
            server => format!("http://{server}{path}"),
        }
    }

    fn failure(&self, path: &'static str, error: ureq::Error) -> WebError {
        let server = self.address.server;
        let within = self.within;
        match error {
            ureq::Error::Timeout(_) => WebError::TimedOut { server, path, within },
            ureq::Error::BodyExceedsLimit(limit) => WebError::TooLarge { server, path, limit },
            ureq::Error::Io(source) => match source.kind() {
                io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => WebError::TimedOut { server, path, within },
                io::ErrorKind::UnexpectedEof
                | io::ErrorKind::ConnectionReset
                | io::ErrorKind::ConnectionAborted
                | io::ErrorKind::BrokenPipe => WebError::NoAnswer { server, path, source },
                _ => WebError::Failed { server, path, source: source.into() },
            },
            ureq::Error::Other(source) => match source.downcast::<WebError>() {
                Ok(ours) => *ours,
                Err(source) => WebError::Failed { server, path, source },
            },
            error @ (ureq::Error::Protocol(_) | ureq::Error::Http(_) | ureq::Error::LargeResponseHeader(..)) => {
                WebError::NotHttp { server, source: error.into() }
            }
            error => WebError::Failed { server, path, source: error.into() },
        }
    }
}
