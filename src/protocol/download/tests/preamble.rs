//! The AT preamble, against the byte-exact vectors.

use super::*;

fn at(vectors: &Value, name: &str, field: &str) -> Vec<u8> {
    unhex(text(named(vectors, "at", name), field))
}

fn identified(rest: impl IntoIterator<Item = Line>) -> Result<Identified, DownloadError> {
    let mut script = vec![Sends(at(&vectors(), "version", "send"))];
    script.extend(rest);
    play(Identify::new(), script).ended
}

#[test]
fn a_port_that_answers_20_is_the_one_for_flashing() {
    let reply = at(&vectors(), "version", "reply");
    assert_eq!(identified([Hears(reply.clone())]).expect("answered"), Identified::Answers20);
    let (front, back) = reply.split_at(4);
    let split = [Hears(b"\x02junk\r\n".to_vec()), Hears(front.to_vec()), Hears(back.to_vec())];
    assert_eq!(identified(split).expect("answered"), Identified::Answers20);
}

#[test]
fn a_silent_port_may_speak_hdlc_and_any_other_is_none_for_flashing() {
    assert_eq!(identified([SILENCE]).expect("silence is an answer"), Identified::SilentMaybeHdlc);
    let other = |said: &str| identified([Hears(said.as_bytes().to_vec()), SILENCE]);
    assert_eq!(other("\x1b]0;x").expect("text"), Identified::OtherText("\\u{1b}]0;x".to_owned()));
    for (said, shown) in [
        ("\r\nERROR\r\n", "ERROR"),
        ("\r\n3.0\r\n\r\nOK\r\n", "3.0 | OK"),
        ("\r\n2.0\r\n\r\nERROR\r\n", "2.0 | ERROR"),
        ("\r\n12.0\r\n\r\nOK\r\n", "12.0 | OK"),
    ] {
        let answer = identified([Hears(said.as_bytes().to_vec())]).expect("text");
        assert_eq!(answer, Identified::OtherText(shown.to_owned()));
    }
}

#[test]
fn a_stick_that_leaves_during_the_question_is_an_error() {
    let error = identified([Meets(Event::Gone)]).expect_err("left");
    assert_eq!(
        (error.to_string().as_str(), error.wrote()),
        ("the download version question (AT^DLOADVER?) failed", Wrote::Nothing)
    );
}

fn announced(rest: impl IntoIterator<Item = Line>) -> Result<SignatureAnswer, DownloadError> {
    let hash = unhex("778A8D175E602B7B779D9E05C330B5279B0661BF2EED99A20445B366D63DD697");
    let hash: [u8; 32] = hash.try_into().expect("32 bytes");
    let mut script = vec![Sends(at(&vectors(), "signature", "send"))];
    script.extend(rest);
    play(AnnounceSignature::new(1, hash, 2958), script).ended
}

#[test]
fn a_signature_is_accepted_by_zero_and_ok_alone() {
    let accepted = announced([Hears(at(&vectors(), "signature", "reply_ok"))]);
    assert_eq!(accepted.expect("accepted"), SignatureAnswer::Accepted);
    for (said, shown) in [("\r\n1\r\n\r\nOK\r\n", "1 | OK"), ("\r\nOK\r\n", "OK"), ("\r\nERROR\r\n", "ERROR")] {
        let error = announced([Hears(said.as_bytes().to_vec())]).expect_err("refused");
        assert!(matches!(error, DownloadError::SignatureRefused { answer } if answer == shown));
    }
}

#[test]
fn a_loader_that_does_not_know_signatures_stays_silent() {
    assert_eq!(announced([SILENCE]).expect("unknown"), SignatureAnswer::Unknown);
}

#[test]
fn data_mode_is_entered_refused_or_unanswered() {
    let ended = |rest: Line| {
        let vectors = vectors();
        play(EnterDataMode::new(), [Sends(at(&vectors, "enter data mode", "send")), rest]).ended
    };
    let vectors = vectors();
    ended(Hears(at(&vectors, "enter data mode", "reply_ok"))).expect("entered");
    let refused = ended(Hears(at(&vectors, "enter data mode", "reply_refused"))).expect_err("refused");
    assert!(matches!(refused, DownloadError::DataModeRefused { answer } if answer == "ERROR"));
    let silent = ended(SILENCE).expect_err("silent");
    assert!(matches!(silent, DownloadError::NoAnswer { during: Command::DataMode, .. }));
}

#[test]
fn download_information_is_read_where_the_loader_knows_the_question() {
    let sends = || Sends(b"AT^DLOADINFO?\r".to_vec());
    let said = b"\r\nswver:22.315.01.00.00\r\nisover:\r\nproduct name:E3372h\r\ndload type:0\r\n\r\nOK\r\n".to_vec();
    let info = play(Info::new(), [sends(), Hears(said)]).ended.expect("answered").expect("known");
    assert_eq!(info.software.as_deref(), Some("22.315.01.00.00"));
    assert_eq!((info.product.as_deref(), info.cd_image), (Some("E3372h"), None));
    for unknown in [SILENCE, Hears(b"\r\nERROR\r\n".to_vec())] {
        assert_eq!(play(Info::new(), [sends(), unknown]).ended.expect("no answer is one"), None);
    }
}
