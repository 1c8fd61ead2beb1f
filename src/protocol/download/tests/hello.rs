//! The first HDLC questions.

use super::*;

/// Two flags, then the version question.
fn asks_version() -> Line {
    Sends(unhex("7e7e7e0c143a7e"))
}

fn asks_product() -> Line {
    Sends(unhex("7e45d1e57e"))
}

fn version() -> Vec<u8> {
    unhex(text(named(&vectors(), "replies", "protocol version"), "as_sent_by_device"))
}

fn product() -> Vec<u8> {
    unhex(text(named(&vectors(), "replies", "product id example"), "frame"))
}

fn hello(script: Vec<Line>) -> Result<DeviceIdentity, DownloadError> {
    play(Hello::new(), script).ended
}

fn probe(rest: impl IntoIterator<Item = Line>) -> Result<ProbeAnswer, DownloadError> {
    let mut script = vec![asks_version()];
    script.extend(rest);
    play(HdlcProbe::new(), script).ended
}

#[test]
fn a_stick_tells_its_protocol_and_its_product() {
    let identity = hello(vec![asks_version(), Hears(version()), asks_product(), Hears(product())]).expect("answered");
    let product = Some("BV7R11HS".to_owned());
    assert_eq!(identity, DeviceIdentity { protocol: "7200B--SKCBADZM".to_owned(), product });
}

#[test]
fn a_stick_without_a_product_question_has_no_product() {
    let refusal = encode(&[3, 0, 6]).to_vec();
    let identity = hello(vec![asks_version(), Hears(version()), asks_product(), Hears(refusal)]).expect("answered");
    assert_eq!(identity.product, None);
    let empty = encode(&[0x45, 0, 0, 0]).to_vec();
    let identity = hello(vec![asks_version(), Hears(version()), asks_product(), Hears(empty)]).expect("answered");
    assert_eq!(identity.product, None);
}

#[test]
fn a_product_with_control_characters_is_escaped() {
    let odd = encode(b"\x45HUAWEI a\x1b[2Jb\xff\0\0").to_vec();
    let identity = hello(vec![asks_version(), Hears(version()), asks_product(), Hears(odd)]).expect("answered");
    assert_eq!(identity.product.as_deref(), Some("a\\u{1b}[2Jb\\xff"));
}

#[test]
fn stale_bytes_and_the_refusal_of_a_half_sent_frame_are_looked_past() {
    let early = Early(b"\r\nOK\r\n".to_vec());
    let refusal = Hears(encode(&[3, 0, 1]).to_vec());
    let script = vec![early, asks_version(), refusal, Hears(version()), asks_product(), Hears(product())];
    assert!(hello(script).is_ok());
}

#[test]
fn a_port_that_never_falls_silent_is_refused() {
    let error = hello((0..65).map(|_| Early(vec![0x7e])).collect()).expect_err("never silent");
    assert!(matches!(error, DownloadError::Unasked { during: Command::Version, .. }));
}

#[test]
fn a_second_answer_is_never_taken_for_the_next_one() {
    let mut twice = version();
    twice.extend(encode(&[2]));
    let error = hello(vec![asks_version(), Hears(twice)]).expect_err("two answers");
    assert!(matches!(error, DownloadError::Unasked { during: Command::Version, .. }));
    let early = Early(encode(&[2]).to_vec());
    let error = hello(vec![asks_version(), Hears(version()), early]).expect_err("a stray answer");
    assert!(matches!(error, DownloadError::Unasked { during: Command::Product, wrote: Wrote::Nothing, .. }));
}

#[test]
fn silence_to_the_version_question_says_re_plug() {
    let error = hello(vec![asks_version(), SILENCE]).expect_err("silent");
    assert!(matches!(error, DownloadError::NoAnswer { during: Command::Version, .. }));
    assert_eq!(error.advice(), Some("re-plug the stick and run the same command again"));
}

#[test]
fn a_refused_version_question_is_named_at_the_deadline() {
    let refusal = Hears(encode(&[3, 0, 0x0e]).to_vec());
    let error = hello(vec![asks_version(), refusal, SILENCE]).expect_err("refused");
    assert!(matches!(error, DownloadError::Refused { code: RefusalCode(0x0e), .. }));
}

#[test]
fn an_answer_in_single_bytes_is_put_together() {
    let mut script = vec![asks_version()];
    script.extend(version().into_iter().map(|byte| Hears(vec![byte])));
    script.push(asks_product());
    script.extend(product().into_iter().map(|byte| Hears(vec![byte])));
    assert!(hello(script).is_ok());
}

#[test]
fn only_the_version_text_proves_download_mode() {
    let expected = ProbeAnswer::Hdlc { protocol: "7200B--SKCBADZM".to_owned() };
    assert_eq!(probe([Hears(version())]).expect("answered"), expected);
    assert_eq!(probe([SILENCE]).expect("silence is an answer"), ProbeAnswer::Silent);
    let short = ProbeAnswer::SomethingElse { seen: "3732".to_owned() };
    assert_eq!(probe([Hears(encode(b"\x0d\x0272").to_vec())]).expect("answered"), short);
    let refused = ProbeAnswer::SomethingElse { seen: "030006".to_owned() };
    assert_eq!(probe([Hears(encode(&[3, 0, 6]).to_vec()), SILENCE]).expect("answered"), refused);
    let lying = Hears(encode(b"\x0d\x0f72").to_vec());
    assert!(matches!(probe([lying, SILENCE]), Ok(ProbeAnswer::SomethingElse { .. })));
}

#[test]
fn a_damaged_answer_and_a_flood_are_named() {
    let error = probe([Hears(unhex("7e026bd37e")), SILENCE]).expect_err("damaged");
    assert!(matches!(error, DownloadError::BadFrame { during: Command::Version, .. }));
    let flood: Vec<u8> = (0..20).flat_map(|_| encode(&[2])).collect();
    assert!(matches!(probe([Hears(flood)]), Ok(ProbeAnswer::SomethingElse { .. })));
}

#[test]
fn a_stick_that_does_not_take_the_question_is_named() {
    let script = [SendEnds(unhex("7e7e7e0c143a7e"), Event::SendTimedOut { sent: 0 })];
    let played = play(Hello::new(), script);
    assert!(matches!(played.ended, Err(DownloadError::ShortSend { sent: 0, length: 7, .. })));
    assert_eq!(played.deadlines, [10 * SECOND]);
}
