//! `firmware.json`: what bare files of partitions do not say, kept beside them so that they can be packed again.
//!
//! It is written when firmware is unpacked and read when it is packed, and people may edit it. For flashing it counts for
//! nothing: what a stick gets is judged by the data alone.

use std::io::Read;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::header_fields::{HeaderFields, USUAL_BLOCK_SIZE};
use super::image_type::ImageType;
use super::source::Source;
use super::text::{shown, unescaped};
use super::{Firmware, FirmwareError};
use crate::image::compression::Compression;
use crate::image::partition_code::PartitionCode;

/// The name of the file, in the folder of the partitions.
pub const DESCRIPTION_FILE: &str = "firmware.json";
/// A description of the most partitions that there can be is a tenth of this.
const SIZE_LIMIT: u64 = 1 << 20;
/// The form of the file.
const SCHEMA: u64 = 1;

/// How a partition was stored, and what its header said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Described {
    pub(super) fields: HeaderFields,
    pub(super) compression: Compression,
}

/// The whole of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Description {
    pub(super) image_type: Option<ImageType>,
    pub(super) partitions: Vec<Described>,
}

impl Description {
    /// The description of a firmware that was read.
    pub(super) fn of(firmware: &Firmware) -> Self {
        let described = |partition: &super::Partition| Described {
            fields: partition.header_fields(),
            compression: partition.compression,
        };
        let partitions = firmware.partitions().iter().map(described).collect();
        Self { image_type: Some(firmware.image_type()), partitions }
    }

    /// What it says of a partition.
    pub(super) fn partition(&self, code: PartitionCode) -> Option<&Described> {
        self.partitions.iter().find(|described| described.fields.code == code)
    }

    /// As it is written: indented, for people.
    pub(super) fn text(&self) -> String {
        let partitions: Vec<_> = self.partitions.iter().map(partition_value).collect();
        let value = json!({
            "schema": SCHEMA,
            "type": self.image_type.map(ImageType::byte),
            "partitions": partitions,
        });
        format!("{value:#}\n")
    }

    /// Reads it from the folder `folder`; `None` if it has none.
    pub(super) fn read(folder: &Path) -> Result<Option<Self>, FirmwareError> {
        let path = folder.join(DESCRIPTION_FILE);
        if path.symlink_metadata().is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound) {
            return Ok(None);
        }
        let source = Source::open(&path)?;
        let refused = |what: String| FirmwareError::Description { path: path.clone(), what };
        let mut text = String::new();
        let mut bounded = source.into_file().take(SIZE_LIMIT + 1);
        bounded.read_to_string(&mut text).map_err(|error| refused(format!("it cannot be read as text ({error})")))?;
        if text.len() as u64 > SIZE_LIMIT {
            return Err(refused(format!("it is larger than {SIZE_LIMIT} bytes")));
        }
        Self::parse(&text).map(Some).map_err(refused)
    }

    fn parse(text: &str) -> Result<Self, String> {
        let value: Value = serde_json::from_str(text).map_err(|error| format!("it is not JSON: {error}"))?;
        let object = value.as_object().ok_or("it is not an object")?;
        if object.get("schema").and_then(Value::as_u64) != Some(SCHEMA) {
            return Err(format!("\"schema\" is not {SCHEMA}"));
        }
        let image_type = match object.get("type").filter(|value| !value.is_null()) {
            None => None,
            Some(value) => {
                let byte = value.as_u64().and_then(|byte| u8::try_from(byte).ok()).and_then(ImageType::new);
                Some(byte.ok_or("\"type\" is not 1 to 7 or 9 to 15")?)
            }
        };
        let list = object.get("partitions").and_then(Value::as_array).ok_or("\"partitions\" is not a list")?;
        let mut partitions: Vec<Described> = Vec::with_capacity(list.len());
        for (index, value) in list.iter().enumerate() {
            let described =
                parse_partition(value).map_err(|what| format!("entry {index} of \"partitions\": {what}"))?;
            if partitions.iter().any(|other| other.fields.code == described.fields.code) {
                return Err(format!("partition {} is described twice", described.fields.code));
            }
            partitions.push(described);
        }
        Ok(Self { image_type, partitions })
    }
}

fn partition_value(described: &Described) -> Value {
    let Described { fields, compression } = described;
    json!({
        "code": format!("{:08x}", fields.code.0),
        "name": fields.code.name(),
        "compression": compression.name(),
        "block_size": fields.block_size,
        "hardware": shown(&fields.hardware),
        "date": shown(&fields.date),
        "time": shown(&fields.time),
        "version_text": shown(&fields.version_text),
    })
}

fn parse_partition(value: &Value) -> Result<Described, String> {
    let object = value.as_object().ok_or("it is not an object")?;
    let code = object
        .get("code")
        .and_then(Value::as_str)
        .filter(|code| code.len() == 8 && code.chars().all(|digit| digit.is_ascii_hexdigit()));
    let code = code.and_then(|code| u32::from_str_radix(code, 16).ok()).ok_or("\"code\" is not eight hex digits")?;
    let mut fields = HeaderFields::bare(PartitionCode(code));
    text_field(object, "hardware", &mut fields.hardware)?;
    text_field(object, "date", &mut fields.date)?;
    text_field(object, "time", &mut fields.time)?;
    text_field(object, "version_text", &mut fields.version_text)?;
    fields.block_size = match object.get("block_size") {
        None => USUAL_BLOCK_SIZE,
        Some(value) => {
            let size = value.as_u64().and_then(|size| u32::try_from(size).ok());
            size.filter(|size| *size > 0).ok_or("\"block_size\" is not a number from 1 to 4294967295")?
        }
    };
    let compression = match object.get("compression") {
        None => Some(Compression::None),
        Some(value) => value.as_str().and_then(Compression::named),
    };
    let compression = compression.ok_or("\"compression\" is not none, zlib or lzma")?;
    Ok(Described { fields, compression })
}

/// Puts a text into its field, if it is there.
fn text_field(object: &Map<String, Value>, key: &str, field: &mut [u8]) -> Result<(), String> {
    let Some(value) = object.get(key) else { return Ok(()) };
    let bytes = value.as_str().and_then(unescaped).ok_or_else(|| format!("\"{key}\" is not a text of ASCII"))?;
    let room = field.len();
    let place = field.get_mut(..bytes.len());
    place
        .ok_or_else(|| format!("\"{key}\" has {} bytes, there is room for {room}", bytes.len()))?
        .copy_from_slice(&bytes);
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn described(code: u32, version_text: [u8; 32], compression: Compression) -> Described {
        let fields = HeaderFields { version_text, hardware: *b"HWEW11.1", ..HeaderFields::bare(PartitionCode(code)) };
        Described { fields, compression }
    }

    #[test]
    fn what_is_written_is_read_back_control_characters_included() {
        let mut hostile = [0; 32];
        hostile[..9].copy_from_slice(b"\x1b[2J\\\"\xff\x01\n");
        let partitions = vec![described(1, hostile, Compression::Lzma), described(2, [b'x'; 32], Compression::Zlib)];
        let description = Description { image_type: ImageType::new(9), partitions };
        let text = description.text();
        assert!(text.chars().all(|letter| letter == '\n' || !letter.is_control()), "{text}");
        assert_eq!(Description::parse(&text), Ok(description));
    }

    #[test]
    fn each_thing_that_is_wrong_is_named() {
        let partition = |inner: &str| format!(r#"{{"schema":1,"partitions":[{{"code":"00110000",{inner}}}]}}"#);
        for (text, word) in [
            ("", "not JSON"),
            ("[]", "not an object"),
            ("{}", "\"schema\""),
            (r#"{"schema":2,"partitions":[]}"#, "\"schema\""),
            (r#"{"schema":1}"#, "\"partitions\""),
            (r#"{"schema":1,"type":8,"partitions":[]}"#, "\"type\""),
            (r#"{"schema":1,"partitions":[{"code":"110000"}]}"#, "entry 0 of \"partitions\": \"code\""),
            (r#"{"schema":1,"partitions":[{"code":"00110000"},{"code":"00110000"}]}"#, "described twice"),
            (&partition(r#""hardware":"HWEW11.11""#), "9 bytes, there is room for 8"),
            (&partition(r#""date":5"#), "\"date\""),
            (&partition(r#""time":"\u00e4""#), "\"time\""),
            (&partition(r#""version_text":"\\x4""#), "\"version_text\""),
            (&partition(r#""block_size":0"#), "\"block_size\""),
            (&partition(r#""compression":"xz""#), "\"compression\""),
        ] {
            let error = Description::parse(text).expect_err(text);
            assert!(error.contains(word), "{text}: {error}");
        }
    }

    #[test]
    fn what_is_left_out_has_its_usual_value() {
        let read = Description::parse(r#"{"schema":1,"partitions":[{"code":"00110000","note":"ignored"}]}"#).unwrap();
        let bare = Described { fields: HeaderFields::bare(PartitionCode::FASTBOOT), compression: Compression::None };
        assert_eq!(read.partition(PartitionCode::FASTBOOT), Some(&bare));
        assert_eq!(read.image_type, None);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text: String) {
            let _ = Description::parse(&text);
        }
    }
}
