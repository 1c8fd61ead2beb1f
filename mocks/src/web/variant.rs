//! What kinds of web servers HiLink firmware came with.

use std::str::FromStr;

use crate::model::Model;

/// Which requests of the web server lead out of HiLink mode.
///
/// Every variant takes a restart and a power-off (`POST /api/device/control`); `LoginNeeded` only after a login.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WebVariant {
    /// What the model's firmware is usually like: `Cgi` for a model that is open, `Closed` for the others.
    #[default]
    OfModel,
    /// Firmware 22.x that still has the switching pages and `POST /CGI`.
    Cgi,
    /// Newer web pages: `POST /api/device/mode` alone.
    ModeApi,
    /// Every switching request is answered with 100002 (not supported); reading is open.
    Closed,
    /// Only the public part can be read before a login, and nothing else done; then it is as `ModeApi`.
    LoginNeeded,
    /// Reading works; on a switching request of either kind it drops off the bus before it answers.
    Silent,
    /// Old firmware without sessions and tokens; it has `POST /CGI` and its pages.
    OldNoSession,
}

const NAMES: [(WebVariant, &str); 7] = [
    (WebVariant::OfModel, "of-model"),
    (WebVariant::Cgi, "cgi"),
    (WebVariant::ModeApi, "mode-api"),
    (WebVariant::Closed, "closed"),
    (WebVariant::LoginNeeded, "login-needed"),
    (WebVariant::Silent, "silent"),
    (WebVariant::OldNoSession, "old-no-session"),
];

impl WebVariant {
    /// Every name that a variant can be parsed from.
    #[must_use]
    pub fn names() -> Vec<&'static str> {
        NAMES.iter().map(|(_, name)| *name).collect()
    }

    /// The variant itself, or what the model's firmware is usually like.
    pub(crate) fn of(self, model: &Model) -> Self {
        match self {
            Self::OfModel if model.open => Self::Cgi,
            Self::OfModel => Self::Closed,
            other => other,
        }
    }

    /// Whether there is a session to ask for, and tokens.
    pub(super) fn has_sessions(self) -> bool {
        self != Self::OldNoSession
    }

    /// Whether `POST /CGI` switches, and its pages are there.
    pub(super) fn has_cgi(self) -> bool {
        matches!(self, Self::Cgi | Self::Silent | Self::OldNoSession)
    }

    /// Whether `POST /api/device/mode` switches.
    pub(super) fn has_mode_api(self) -> bool {
        matches!(self, Self::ModeApi | Self::Silent | Self::LoginNeeded)
    }
}

/// A text that names no variant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no kind of web server; the kinds are of-model, cgi, mode-api, closed, login-needed, silent, old-no-session"
)]
pub struct WebVariantError(String);

impl FromStr for WebVariant {
    type Err = WebVariantError;

    fn from_str(text: &str) -> Result<Self, WebVariantError> {
        let found = NAMES.iter().find(|(_, name)| name.eq_ignore_ascii_case(text));
        found.map(|(variant, _)| *variant).ok_or_else(|| WebVariantError(text.escape_default().to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_variant_reads_back_by_its_name_and_others_are_refused_with_the_list() {
        for (variant, name) in NAMES {
            assert_eq!(name.parse(), Ok(variant));
        }
        let error = "open".parse::<WebVariant>().expect_err("no such variant").to_string();
        assert!(WebVariant::names().iter().all(|name| error.contains(name)), "{error}");
    }

    #[test]
    fn an_open_model_has_the_cgi_and_the_usual_one_is_closed() {
        let variant = |name| WebVariant::default().of(&Model::named(name).expect("a model"));
        assert_eq!((variant("e3372h-open"), variant("e3372h")), (WebVariant::Cgi, WebVariant::Closed));
    }
}
