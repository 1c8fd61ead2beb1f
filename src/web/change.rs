//! The requests that change something: another composition, or a restart.
//!
//! The stick drops off the bus while it answers, so no answer is as usual as a good one, and proves as little: only the
//! bus tells what became of the request. Nothing is ever asked twice that may have been heard once.

use super::exchange::Posted;
use super::session::Session;
use super::{Refusal, WebApi, WebError};

const CGI_PATH: &str = "/CGI";
const DEBUG_PAGE: &str = "/html/switchDebugMode.html";
const PROJECT_PAGE: &str = "/html/switchProjectMode.html";
const MODE_PATH: &str = "/api/device/mode";
const CONTROL_PATH: &str = "/api/device/control";

/// A composition that HiLink firmware can be asked for over its web interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WebMode {
    /// The debug mode: network card and serial ports, 12d1:1566 on Balong sticks.
    Debug,
    /// The project mode, which is download mode: 12d1:1442.
    Project,
}

/// The way to ask for it. Which ones a firmware has, only trying tells; they are seen on old (22.x) to new firmware in
/// this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SwitchWay {
    /// `POST /CGI` with the function `switchMode`. Reported on 22.x; gone on 22.470.
    Cgi,
    /// The page `/html/switchDebugMode.html` or `/html/switchProjectMode.html`, whose script sends the request of
    /// [`SwitchWay::Cgi`]. The page is only looked for; where it is, that request is sent.
    Page,
    /// `POST /api/device/mode`, which knows the debug mode but not the project mode. Reported on web interfaces 17 and
    /// later, where it may need a login.
    ModeApi,
}

/// What is known of a changing request that was not refused. Either way only the bus shows what came of it.
#[derive(Debug)]
pub enum WebOutcome {
    /// The stick says that it does it.
    Accepted,
    /// The request went out, and no answer says yes or no: look at the bus. The usual end where the stick leaves at once.
    Unclear(WebError),
}

impl WebMode {
    /// The word in messages.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Project => "project",
        }
    }

    const fn page(self) -> &'static str {
        match self {
            Self::Debug => DEBUG_PAGE,
            Self::Project => PROJECT_PAGE,
        }
    }

    /// `switchType` of the CGI: 1 is debug, 0 is project.
    const fn cgi(self) -> Order {
        let body = match self {
            Self::Debug => {
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?><api version=\"1.0\"><header><function>switchMode</function>\
                 </header><body><request><switchType>1</switchType></request></body></api>"
            }
            Self::Project => {
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?><api version=\"1.0\"><header><function>switchMode</function>\
                 </header><body><request><switchType>0</switchType></request></body></api>"
            }
        };
        Order { path: CGI_PATH, body }
    }
}

/// One changing request.
#[derive(Clone, Copy)]
struct Order {
    path: &'static str,
    body: &'static str,
}

const MODE_DEBUG: Order =
    Order { path: MODE_PATH, body: "<?xml version=\"1.0\" encoding=\"UTF-8\"?><request><mode>1</mode></request>" };

const RESTART: Order = Order {
    path: CONTROL_PATH,
    body: "<?xml version=\"1.0\" encoding=\"UTF-8\"?><request><Control>1</Control></request>",
};

impl WebApi {
    /// Asks the stick for another composition, in one way.
    ///
    /// The flash is not touched: a re-plug undoes it. No login is done.
    ///
    /// # Errors
    ///
    /// [`WebError::NoSuchWay`] for the project mode by [`SwitchWay::ModeApi`], before anything is sent;
    /// [`WebError::MissingPage`] where the firmware does not have this way; [`WebError::Refused`] where it does not
    /// allow it; and those of [`WebApi::connect_within`] as long as the request itself was not sent.
    pub fn switch(&mut self, mode: WebMode, way: SwitchWay) -> Result<WebOutcome, WebError> {
        match (way, mode) {
            (SwitchWay::Cgi, _) => self.change(mode.cgi()),
            (SwitchWay::Page, _) => {
                self.exchange.page(mode.page(), self.session.cookie()).map_err(missing)?;
                self.change(mode.cgi())
            }
            (SwitchWay::ModeApi, WebMode::Debug) => self.change(MODE_DEBUG),
            (SwitchWay::ModeApi, WebMode::Project) => Err(WebError::NoSuchWay { path: MODE_PATH, mode: mode.word() }),
        }
    }

    /// Asks the stick to restart (`POST /api/device/control` with `Control` 1).
    ///
    /// # Errors
    ///
    /// As [`WebApi::switch`].
    pub fn restart(&mut self) -> Result<WebOutcome, WebError> {
        self.change(RESTART)
    }

    /// Sends a changing request; once more with a fresh session and token, if those were what was wrong with it.
    fn change(&mut self, order: Order) -> Result<WebOutcome, WebError> {
        match self.change_once(order) {
            Err(WebError::Refused { refusal, .. }) if refusal.is_about_the_session() => {
                tracing::debug!(path = order.path, %refusal, "once more with a fresh session");
                self.session = Session::open(&self.exchange)?;
                self.change_once(order)
            }
            ended => ended,
        }
    }

    fn change_once(&mut self, order: Order) -> Result<WebOutcome, WebError> {
        let token = self.session.take_token(&self.exchange)?;
        let Posted { tokens, answer } =
            self.exchange.post(order.path, self.session.cookie(), token.as_deref(), order.body);
        self.session.keep(tokens);
        tracing::info!(path = order.path, accepted = answer.is_ok(), "changing request");
        match answer {
            Ok(_) => Ok(WebOutcome::Accepted),
            Err(error) if error.may_have_been_heard() => Ok(WebOutcome::Unclear(error)),
            Err(error) => Err(missing(error)),
        }
    }
}

/// A server without the page says so by its status, or sends the client to its home page.
fn missing(error: WebError) -> WebError {
    match error {
        WebError::Status { server, path, status: status @ (300..=399 | 404 | 405 | 410) } => {
            WebError::MissingPage { server, path, status }
        }
        other => other,
    }
}

impl Refusal {
    /// Whether a fresh session and token may help.
    fn is_about_the_session(&self) -> bool {
        matches!(self, Self::WrongToken | Self::WrongSession | Self::WrongSessionToken)
    }
}

#[cfg(test)]
mod tests;
