//! The commands of 3GPP TS 27.007, as far as programs that dial and programs that manage modems need them.

use super::Ground;
use super::commands::Action;
use super::profile::Profile;
use super::radio::{CONTEXTS, Context, OPERATOR, OPERATOR_NUMBER, Radio, SIGNAL, SUBSCRIBER};
use super::result::{Final, Trouble};

/// Lines of an answer, or how it failed.
pub(super) type Answer = Result<Vec<String>, Final>;

const BAD_VALUE: Answer = Err(Final::Equipment(Trouble::IncorrectParameters));
const NOT_ALLOWED: Answer = Err(Final::Equipment(Trouble::NotAllowed));

/// Carries out a command. `None`: there is no such command.
pub(super) fn carry_out(name: &str, action: &Action, profile: &mut Profile, ground: &mut Ground<'_>) -> Option<Answer> {
    let software = ground.facts.software.clone().unwrap_or_default();
    let (dialled, radio) = (ground.calls > 0, &mut *ground.radio);
    let one = |line: String| Ok(vec![line]);
    Some(match (name, action) {
        ("+CGMI" | "+GMI", Action::Run) => one("huawei".to_owned()),
        ("+CGMM" | "+GMM", Action::Run) => one(ground.facts.device.to_owned()),
        ("+CGMR" | "+GMR", Action::Run) => one(software),
        ("+CGSN" | "+GSN", Action::Run) => one(ground.facts.imei.to_owned()),
        ("+GCAP", Action::Run) => one("+GCAP: +CGSM,+DS,+ES".to_owned()),
        ("+CIMI", Action::Run) => one(SUBSCRIBER.to_owned()),
        ("+CGMI" | "+CGMM" | "+CGMR" | "+CGSN" | "+CIMI" | "+GCAP", Action::Test) => Ok(vec![]),
        ("+CPIN", Action::Read) => one("+CPIN: READY".to_owned()),
        // The card asks for nothing.
        ("+CPIN", Action::Set(_)) => NOT_ALLOWED,
        ("+CMEE", Action::Read) => one(format!("+CMEE: {}", profile.equipment)),
        ("+CMEE", Action::Test) => one("+CMEE: (0-2)".to_owned()),
        ("+CMEE", Action::Set(value)) => number(value, 0..=2).map(|value| profile.equipment = value).map(nothing),
        ("+CREG" | "+CGREG" | "+CEREG", _) => registration(name, action, profile, radio)?,
        ("+COPS", _) => operator(action, radio)?,
        ("+CSQ", Action::Run) => one(format!("+CSQ: {},99", if radio.is_on() { SIGNAL } else { 99 })),
        ("+CFUN", Action::Read) => one(format!("+CFUN: {}", radio.functionality)),
        ("+CFUN", Action::Test) => one("+CFUN: (0,1,4),(0)".to_owned()),
        ("+CFUN", Action::Set(value)) => number(value.strip_suffix(",0").unwrap_or(value), 0..=4).and_then(|value| {
            if !matches!(value, 0 | 1 | 4) {
                return Err(Final::Equipment(Trouble::NotSupported));
            }
            radio.functionality = value;
            radio.drops_calls = value != 1;
            Ok(vec![])
        }),
        ("+CGATT", Action::Read) => one(format!("+CGATT: {}", u8::from(radio.attached && radio.is_on()))),
        ("+CGATT", Action::Test) => one("+CGATT: (0,1)".to_owned()),
        ("+CGATT", Action::Set(value)) => number(value, 0..=1).map(|value| {
            radio.attached = value == 1;
            radio.drops_calls = value == 0;
            vec![]
        }),
        ("+CGDCONT", _) => contexts(action, radio, dialled)?,
        ("+CGACT", _) => activation(action, radio, dialled)?,
        ("+CSCS", Action::Read) => one("+CSCS: \"IRA\"".to_owned()),
        ("+CSCS", Action::Set(value)) if value == "\"IRA\"" => Ok(vec![]),
        ("+FCLASS", Action::Set(value)) if value == "0" => Ok(vec![]),
        _ => return None,
    })
}

fn nothing((): ()) -> Vec<String> {
    Vec::new()
}

/// A number in a range.
fn number(text: &str, range: std::ops::RangeInclusive<u8>) -> Result<u8, Final> {
    let trouble = Final::Equipment(Trouble::IncorrectParameters);
    text.trim().parse().ok().filter(|value| range.contains(value)).ok_or(trouble)
}

fn registration(name: &str, action: &Action, profile: &mut Profile, radio: &Radio) -> Option<Answer> {
    let place = ["+CREG", "+CGREG", "+CEREG"].iter().position(|known| *known == name)?;
    let form = &mut profile.registration[place];
    Some(match action {
        Action::Read => Ok(vec![format!("{name}: {form},{}", u8::from(radio.is_on()))]),
        Action::Test => Ok(vec![format!("{name}: (0,1)")]),
        // With 2 the cell would be told, and there is none.
        Action::Set(value) => number(value, 0..=1).map(|value| *form = value).map(nothing),
        Action::Run => return None,
    })
}

fn operator(action: &Action, radio: &mut Radio) -> Option<Answer> {
    Some(match action {
        Action::Read if radio.is_on() => {
            let name = if radio.numeric_operator { OPERATOR_NUMBER } else { OPERATOR };
            Ok(vec![format!("+COPS: 0,{},\"{name}\",7", if radio.numeric_operator { 2 } else { 0 })])
        }
        Action::Read => Ok(vec!["+COPS: 0".to_owned()]),
        Action::Set(value) => match value.as_str() {
            "0" => Ok(vec![]),
            "3,0" | "3,2" => {
                radio.numeric_operator = value == "3,2";
                Ok(vec![])
            }
            _ => BAD_VALUE,
        },
        Action::Test | Action::Run => return None,
    })
}

fn contexts(action: &Action, radio: &mut Radio, dialled: bool) -> Option<Answer> {
    Some(match action {
        Action::Read => {
            let line = |(number, context): (&u8, &Context)| {
                let Context { kind, access_point } = context;
                format!("+CGDCONT: {number},\"{kind}\",\"{access_point}\",\"\",0,0")
            };
            Ok(radio.contexts.iter().map(line).collect())
        }
        Action::Test => {
            let kinds = ["IP", "IPV6", "IPV4V6"];
            Ok(kinds.map(|kind| format!("+CGDCONT: (1-{CONTEXTS}),\"{kind}\",,,(0),(0)")).into())
        }
        // A context in use stays as it is.
        Action::Set(_) if dialled => NOT_ALLOWED,
        Action::Set(value) => set_context(value, radio),
        Action::Run => return None,
    })
}

fn set_context(value: &str, radio: &mut Radio) -> Answer {
    let mut fields = value.split(',').map(str::trim);
    let place = number(fields.next().unwrap_or_default(), 1..=CONTEXTS)?;
    let Some(kind) = fields.next() else {
        radio.contexts.remove(&place);
        return Ok(vec![]);
    };
    let kind = kind.to_ascii_uppercase();
    let access_point = unquoted(fields.next().unwrap_or("\"\""));
    match (unquoted(&kind), access_point) {
        (Some(kind @ ("IP" | "IPV6" | "IPV4V6")), Some(access_point)) => {
            let context = Context { kind: kind.to_owned(), access_point: access_point.to_owned() };
            radio.contexts.insert(place, context);
            Ok(vec![])
        }
        _ => BAD_VALUE,
    }
}

fn unquoted(text: &str) -> Option<&str> {
    text.strip_prefix('"')?.strip_suffix('"').filter(|inner| !inner.contains('"'))
}

fn activation(action: &Action, radio: &mut Radio, dialled: bool) -> Option<Answer> {
    Some(match action {
        Action::Read => {
            // A call is over one of them; the others are never used.
            let first = radio.contexts.keys().next().copied();
            let state = |number: &u8| format!("+CGACT: {number},{}", u8::from(dialled && Some(*number) == first));
            Ok(radio.contexts.keys().map(state).collect())
        }
        Action::Test => Ok(vec!["+CGACT: (0,1)".to_owned()]),
        Action::Set(value) => {
            let (state, place) =
                value.split_once(',').map_or((value.as_str(), None), |(state, place)| (state, Some(place)));
            match (number(state, 0..=1), place.map(|place| number(place, 1..=CONTEXTS))) {
                (Err(error), _) | (_, Some(Err(error))) => Err(error),
                (_, Some(Ok(place))) if !radio.contexts.contains_key(&place) => {
                    Err(Final::Equipment(Trouble::InvalidIndex))
                }
                (Ok(state), _) => {
                    radio.drops_calls = state == 0;
                    Ok(vec![])
                }
            }
        }
        Action::Run => return None,
    })
}
