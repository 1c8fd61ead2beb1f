//! Sessions and their tokens.

use std::collections::VecDeque;

use super::http::Request;

/// How many sessions the stick remembers, and how many tokens of each; the oldest is forgotten first.
const REMEMBERED: usize = 16;

/// A token that was spent.
const WRONG_TOKEN: u32 = 125_001;
/// No session of the stick's.
pub(super) const NO_SESSION: u32 = 125_002;
/// No token, or one that this session never had.
const WRONG_SESSION_TOKEN: u32 = 125_003;

/// What one client has.
#[derive(Debug)]
struct Session {
    cookie: String,
    tokens: VecDeque<String>,
    spent: VecDeque<String>,
    logged_in: bool,
}

/// The place of a session, while no other one is begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place(usize);

/// All that this incarnation of the stick knows. Cookies and tokens are distinct, not secret: there is nothing here to
/// protect.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    issued: u64,
    known: VecDeque<Session>,
}

impl Sessions {
    /// The session of a request, by its cookie.
    pub(super) fn of(&self, request: &Request) -> Option<Place> {
        let mut cookies = request.cookie.iter().flat_map(|cookie| cookie.split(';')).map(str::trim);
        cookies.find_map(|one| self.known.iter().position(|session| session.cookie == one)).map(Place)
    }

    /// A cookie and a token: of the request's own session, else of a new one.
    pub(super) fn begin(&mut self, request: &Request) -> (String, String) {
        let place = self.of(request).unwrap_or_else(|| self.open());
        let token = self.next_token(place);
        (self.known[place.0].cookie.clone(), token)
    }

    fn open(&mut self) -> Place {
        self.issued += 1;
        let cookie = format!("SessionID={:064x}", self.issued);
        let (tokens, spent) = (VecDeque::new(), VecDeque::new());
        remember(&mut self.known, Session { cookie, tokens, spent, logged_in: false });
        Place(self.known.len() - 1)
    }

    /// Spends the token of a request that changes something: one token, one request.
    ///
    /// # Errors
    ///
    /// The code of the refusal.
    pub(super) fn spend(&mut self, request: &Request) -> Result<Place, u32> {
        let place = self.of(request).ok_or(NO_SESSION)?;
        let session = &mut self.known[place.0];
        let token = request.token.as_ref().ok_or(WRONG_SESSION_TOKEN)?;
        if session.spent.contains(token) {
            return Err(WRONG_TOKEN);
        }
        let index = session.tokens.iter().position(|one| one == token).ok_or(WRONG_SESSION_TOKEN)?;
        session.tokens.remove(index);
        remember(&mut session.spent, token.clone());
        Ok(place)
    }

    /// A further token for a session.
    pub(super) fn next_token(&mut self, place: Place) -> String {
        self.issued += 1;
        let token = format!("{:032x}", self.issued);
        remember(&mut self.known[place.0].tokens, token.clone());
        token
    }

    pub(super) fn is_logged_in(&self, place: Option<Place>) -> bool {
        place.is_some_and(|place| self.known[place.0].logged_in)
    }

    pub(super) fn log_in(&mut self, place: Place) {
        self.known[place.0].logged_in = true;
    }
}

fn remember<T>(queue: &mut VecDeque<T>, one: T) {
    if queue.len() == REMEMBERED {
        queue.pop_front();
    }
    queue.push_back(one);
}
