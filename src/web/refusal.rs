//! The error codes of the HiLink API.

use std::fmt;

use super::text;

/// Why the stick refused a request.
///
/// The codes are those that the web interface of HiLink firmware itself and the known client libraries agree on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// 100001: an error without a reason.
    Unspecified,
    /// 100002: this firmware has no such request.
    NotSupported,
    /// 100003: the request needs a login.
    NoRights,
    /// 100004: the stick is busy.
    Busy,
    /// 100005: the stick could not read the request.
    Format,
    /// 108001 to 108007: a login failed.
    Login(LoginRefusal),
    /// 125001: the request verification token is wrong.
    WrongToken,
    /// 125002: the session is missing or out of date, or the request is blocked.
    WrongSession,
    /// 125003: the token does not belong to the session.
    WrongSessionToken,
    /// Any other code, as it came, made safe to show.
    Other(String),
}

/// Why a login failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginRefusal {
    /// 108001.
    UserName,
    /// 108002.
    Password,
    /// 108003.
    AlreadyLoggedIn,
    /// 108004 and 108005, whose reasons are not published.
    Unexplained(u32),
    /// 108006.
    UserNameOrPassword,
    /// 108007.
    TooManyTries,
}

impl Refusal {
    /// The refusal with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Self {
        let login = match code.trim() {
            "100001" => return Self::Unspecified,
            "100002" => return Self::NotSupported,
            "100003" => return Self::NoRights,
            "100004" => return Self::Busy,
            "100005" => return Self::Format,
            "125001" => return Self::WrongToken,
            "125002" => return Self::WrongSession,
            "125003" => return Self::WrongSessionToken,
            "108001" => LoginRefusal::UserName,
            "108002" => LoginRefusal::Password,
            "108003" => LoginRefusal::AlreadyLoggedIn,
            "108004" => LoginRefusal::Unexplained(108_004),
            "108005" => LoginRefusal::Unexplained(108_005),
            "108006" => LoginRefusal::UserNameOrPassword,
            "108007" => LoginRefusal::TooManyTries,
            other => return Self::Other(text::safe(other)),
        };
        Self::Login(login)
    }

    /// Whether the stick wants a login first, or may want one: some firmware says so with the code of a wrong session.
    #[must_use]
    pub fn may_need_login(&self) -> bool {
        matches!(self, Self::NoRights | Self::WrongSession)
    }

    /// What to do about it, as sentences.
    pub(super) fn advice(&self) -> Option<&'static str> {
        match self {
            refusal if refusal.may_need_login() => Some(
                "The stick wants a login for this, and this program does none: it has no password. To log in on the \
                 stick's web page first does not help, because that login counts for the browser alone.",
            ),
            Self::Busy => Some("Wait a moment, and run the command again."),
            Self::NotSupported => Some("This firmware has no such request; no login changes that."),
            _ => None,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unspecified => "100001 (an error that the stick does not explain)",
            Self::NotSupported => "100002 (this firmware has no such request)",
            Self::NoRights => "100003 (no rights: its web interface wants a login)",
            Self::Busy => "100004 (the stick is busy)",
            Self::Format => "100005 (the stick could not read the request)",
            Self::Login(LoginRefusal::UserName) => "108001 (login: wrong user name)",
            Self::Login(LoginRefusal::Password) => "108002 (login: wrong password)",
            Self::Login(LoginRefusal::AlreadyLoggedIn) => "108003 (login: already logged in)",
            Self::Login(LoginRefusal::Unexplained(code)) => return write!(f, "{code} (login failed)"),
            Self::Login(LoginRefusal::UserNameOrPassword) => "108006 (login: wrong user name or password)",
            Self::Login(LoginRefusal::TooManyTries) => "108007 (login: too many tries, wait some minutes)",
            Self::WrongToken => "125001 (wrong request verification token)",
            Self::WrongSession => "125002 (no valid session, or the request is blocked)",
            Self::WrongSessionToken => "125003 (the token does not belong to the session)",
            Self::Other(code) => return write!(f, "`{code}`, which is not known"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_code_is_named_and_shown_with_its_number() {
        let known = (100_001..=100_005).chain(108_001..=108_007).chain(125_001..=125_003);
        for code in known.map(|code: u32| code.to_string()) {
            let refusal = Refusal::from_code(&code);
            assert!(!matches!(refusal, Refusal::Other(_)), "{code} must be known");
            assert!(refusal.to_string().starts_with(&code), "{code} is shown as {refusal}");
        }
    }

    #[test]
    fn an_unknown_code_is_shown_as_it_came_without_its_control_characters() {
        assert_eq!(Refusal::from_code("113018").to_string(), "`113018`, which is not known");
        assert_eq!(Refusal::from_code("1\u{1b}[2J").to_string(), "`1\\u{1b}[2J`, which is not known");
    }
}
