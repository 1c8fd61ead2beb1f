//! The session with a web server: a cookie for every request, and a token for each changing one.

use std::collections::VecDeque;

use super::answer::Answer;
use super::exchange::Exchange;
use super::{Refusal, WebError, token};

pub(super) const SESSION_PATH: &str = "/api/webserver/SesTokInfo";
/// Where older firmware keeps its tokens.
const HOME_PATH: &str = "/html/home.html";

/// A session. Old firmware has none, and then all of this is empty.
#[derive(Default)]
pub(super) struct Session {
    /// Whether the firmware knows the session request.
    is_known: bool,
    /// What goes into the `Cookie` header.
    cookie: Option<String>,
    /// The tokens that were not used yet, the next one first.
    tokens: VecDeque<String>,
}

impl Session {
    /// Asks for a session. Firmware that knows no sessions is no failure.
    ///
    /// # Errors
    ///
    /// Those of [`super::WebApi::connect_within`].
    pub(super) fn open(exchange: &Exchange) -> Result<Self, WebError> {
        let answer = match exchange.get(SESSION_PATH, None) {
            Ok(answer) => answer,
            Err(WebError::Refused { refusal: Refusal::NotSupported, .. } | WebError::Status { .. }) => {
                return Ok(Self::default());
            }
            // A web page in place of an answer: what is asked for next tells what this server is.
            Err(WebError::NotHiLink { .. }) => return Ok(Self::default()),
            Err(error) => return Err(error),
        };
        let tokens = answer.field("TokInfo").into_iter().flat_map(token::list).collect();
        Ok(Self { is_known: true, cookie: cookie(&answer)?, tokens })
    }

    /// What goes into the `Cookie` header.
    pub(super) fn cookie(&self) -> Option<&str> {
        self.cookie.as_deref()
    }

    /// Takes the token for one changing request. `None`: this firmware gives none, so it is old enough to need none.
    ///
    /// # Errors
    ///
    /// [`WebError::BadToken`], and those of [`Session::open`] where there is none left.
    pub(super) fn take_token(&mut self, exchange: &Exchange) -> Result<Option<String>, WebError> {
        if self.tokens.is_empty() && self.is_known {
            *self = Self::open(exchange)?;
        }
        if self.tokens.is_empty() {
            self.read_home_page(exchange)?;
        }
        self.tokens.pop_front().map(token::checked).transpose()
    }

    /// Keeps the tokens that came with an answer.
    pub(super) fn keep(&mut self, tokens: Vec<String>) {
        // A fresh token makes older ones worthless, where the firmware gives a new list each time.
        if !tokens.is_empty() {
            self.tokens = tokens.into();
        }
    }

    /// Older firmware writes tokens into its home page, and gives the session that they belong to as a cookie.
    fn read_home_page(&mut self, exchange: &Exchange) -> Result<(), WebError> {
        let page = match exchange.page(HOME_PATH, self.cookie()) {
            Ok(page) => page,
            Err(WebError::Status { .. }) => return Ok(()),
            Err(error) => return Err(error),
        };
        self.tokens = token::in_page(&page.start).into();
        if self.cookie.is_none() {
            self.cookie = page.set_cookie.as_deref().map(sendable).transpose()?.flatten();
        }
        Ok(())
    }
}

/// The cookie in an answer to the session request.
fn cookie(answer: &Answer) -> Result<Option<String>, WebError> {
    answer.field("SesInfo").map_or(Ok(None), sendable)
}

/// The cookie to send back for a session text; nothing for an empty one.
fn sendable(session: &str) -> Result<Option<String>, WebError> {
    // Should attributes follow, as in `SessionID=...; Path=/`, they are not for sending back.
    let session = session.split(';').next().map(str::trim);
    let Some(session) = session.filter(|session| !session.is_empty()) else { return Ok(None) };
    let plain = session.bytes().all(|byte| byte.is_ascii_graphic());
    if !plain {
        return Err(WebError::BadSession);
    }
    Ok(Some(if session.contains('=') { session.to_owned() } else { format!("SessionID={session}") }))
}
