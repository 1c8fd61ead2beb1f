//! One request and its answer, over HTTP/1.1.

use std::io::{self, Read};
use std::time::Duration;

use ureq::config::Config;
use ureq::http::{HeaderMap, Response};
use ureq::{Agent, Body};

use super::answer::{Answer, Root};
use super::transport::{Bound, Literal};
use super::{BODY_LIMIT, Refusal, WebAddress, WebError, token};

/// A web page.
pub(super) struct Page {
    /// Its first 64 KiB.
    pub(super) start: Vec<u8>,
    /// The first cookie that came with it.
    pub(super) set_cookie: Option<String>,
}

/// What came of a changing request.
pub(super) struct Posted {
    /// The tokens for the requests that follow.
    pub(super) tokens: Vec<String>,
    /// The answer.
    pub(super) answer: Result<Answer, WebError>,
}

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
        self.read(path, self.fetch(path, cookie)?)
    }

    /// Asks for a web page, and reads as much of it as any answer may be long.
    ///
    /// # Errors
    ///
    /// Every way in which no page comes; [`WebError::Status`] when there is none.
    pub(super) fn page(&self, path: &'static str, cookie: Option<&str>) -> Result<Page, WebError> {
        let mut response = self.fetch(path, cookie)?;
        let set_cookie = text_of(response.headers(), "set-cookie").map(str::to_owned);
        let mut start = Vec::new();
        let read = response.body_mut().as_reader().take(BODY_LIMIT).read_to_end(&mut start);
        read.map_err(|source| self.failure(path, ureq::Error::Io(source)))?;
        tracing::debug!(path, bytes = start.len(), "web page");
        Ok(Page { start, set_cookie })
    }

    /// Sends a body to one path, and reads the answer and the tokens that come with it.
    pub(super) fn post(
        &self,
        path: &'static str,
        cookie: Option<&str>,
        token: Option<&str>,
        body: &'static str,
    ) -> Posted {
        let mut request = self.agent.post(self.uri(path)).content_type("text/xml; charset=UTF-8");
        for (name, value) in [("Cookie", cookie), (token::HEADER, token)] {
            if let Some(value) = value {
                request = request.header(name, value);
            }
        }
        let answered = request.send(body).map_err(|error| self.failure(path, error));
        match answered.and_then(|response| self.found(path, response)) {
            Ok(response) => {
                let tokens = token::in_headers(|name| text_of(response.headers(), name));
                Posted { tokens, answer: self.read(path, response) }
            }
            Err(error) => Posted { tokens: Vec::new(), answer: Err(error) },
        }
    }

    fn fetch(&self, path: &'static str, cookie: Option<&str>) -> Result<Response<Body>, WebError> {
        let mut request = self.agent.get(self.uri(path));
        if let Some(cookie) = cookie {
            request = request.header("Cookie", cookie);
        }
        let response = request.call().map_err(|error| self.failure(path, error))?;
        self.found(path, response)
    }

    fn found(&self, path: &'static str, response: Response<Body>) -> Result<Response<Body>, WebError> {
        match response.status().as_u16() {
            200 => Ok(response),
            status => Err(WebError::Status { server: self.address.server, path, status }),
        }
    }

    fn read(&self, path: &'static str, mut response: Response<Body>) -> Result<Answer, WebError> {
        let server = self.address.server;
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

/// The text of the first header of that name; one that is not ASCII counts as none.
fn text_of<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}
