//! The byte-exact vectors of the boot ROM's messages.

use super::*;

fn vectors() -> Value {
    serde_json::from_str(include_str!("../../../../hw-tests/vectors/bootrom.json")).expect("the vectors are JSON")
}

fn list<'a>(value: &'a Value, field: &str) -> &'a [Value] {
    value[field].as_array().unwrap_or_else(|| panic!("{field} is no list"))
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_else(|| panic!("{field} is missing"))
}

fn number(value: &Value, field: &str) -> usize {
    value[field].as_u64().and_then(|number| usize::try_from(number).ok()).unwrap_or_else(|| panic!("no {field}"))
}

fn block(value: &Value, bytes: Vec<u8>) -> UploadBlock {
    let address = u32::from_str_radix(text(value, "addr"), 16).expect("an address");
    UploadBlock { mode: u8::try_from(number(value, "lmode")).expect("a mode"), address, data: bytes.into() }
}

/// The image that the summaries are made of.
fn image(size: usize) -> Vec<u8> {
    (0..size).map(|index| ((index * 7 + 3 + (index >> 8)) & 0xff) as u8).collect()
}

fn messages_of(blocks: Vec<UploadBlock>) -> Vec<Bytes> {
    let (ended, sent) = converse(upload(blocks), |_| vec![0xaa]);
    assert_eq!(ended, Ok(Uploaded { last_answer: LastAnswer::Answered }));
    sent
}

#[test]
fn the_example_loader_is_sent_as_on_the_wire() {
    let vectors = vectors();
    for example in list(&vectors, "full_examples") {
        let blocks = list(example, "blocks");
        let sent = messages_of(blocks.iter().map(|value| block(value, unhex(text(value, "image_hex")))).collect());
        let packets: Vec<&str> =
            blocks.iter().flat_map(|block| list(block, "packets")).map(|packet| text(packet, "hex")).collect();
        assert_eq!(sent.iter().map(|message| hex(message)).collect::<Vec<_>>(), packets);
    }
}

#[test]
fn blocks_of_every_boundary_size_are_sent_as_on_the_wire() {
    let vectors = vectors();
    assert_eq!(list(&vectors, "summaries").len(), 9);
    for summary in list(&vectors, "summaries") {
        let name = text(summary, "name");
        let bytes = image(number(summary, "size"));
        assert_eq!(digest(&[&bytes]), text(summary, "image_sha256"), "{name}: the image itself");
        let sent = messages_of(vec![block(summary, bytes)]);
        assert_eq!(sent.len(), number(summary, "packet_count"), "{name}");
        assert_eq!(hex(&sent[0]), text(summary, "head_hex"), "{name}");
        let last_data = &sent[sent.len() - 2];
        assert_eq!(last_data.len(), number(summary, "last_data_len"), "{name}");
        assert_eq!(usize::from(last_data[1]), number(summary, "last_data_seq"), "{name}");
        assert_eq!(hex(&sent[sent.len() - 1]), text(summary, "eod_hex"), "{name}");
        for (at, head) in summary["seq_bytes_at_packet"].as_object().expect("numbers at packets") {
            let at: usize = at.parse().expect("a number");
            assert_eq!(hex(&sent[at][..3]), head.as_str().expect("hexadecimal"), "{name}: packet {at}");
        }
        assert_eq!(digest(&sent), text(summary, "stream_sha256"), "{name}");
    }
}

#[test]
fn the_ends_of_a_real_loader_are_framed_as_on_the_wire() {
    let vectors = vectors();
    for value in list(&vectors["real_usblsafe_327x_unmodified"], "blocks") {
        let size = number(value, "size");
        let sent = messages_of(vec![block(value, vec![0; size])]);
        assert_eq!(sent.len(), number(value, "packets"));
        assert_eq!(hex(&sent[0]), text(value, "head_hex"));
        assert_eq!(hex(&sent[sent.len() - 1]), text(value, "eod_hex"));
        let head = unhex(text(value, "first_data_head"));
        assert_eq!(hex(&data(1, &head[3..])[..head.len()]), hex(&head));
    }
}
