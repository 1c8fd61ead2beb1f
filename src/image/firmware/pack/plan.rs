//! What becomes of one partition: its header and the way it is stored.

use super::PackOptions;
use crate::image::compression::Compression;
use crate::image::firmware::description::{Described, Description};
use crate::image::firmware::header_fields::HeaderFields;
use crate::image::firmware::text::{replaced, shown, unescaped};
use crate::image::firmware::{Partition, RepackError};
use crate::image::partition_code::PartitionSelector;

/// Header and compression of one partition: options, then its own header, then the description.
pub(super) fn planned(
    partition: &Partition,
    description: &Description,
    options: &PackOptions,
) -> Result<Described, RepackError> {
    let described = description.partition(partition.code);
    let mut fields = match described {
        Some(described) if partition.block_size().is_none() => described.fields.clone(),
        _ => partition.header_fields(),
    };
    apply_texts(&mut fields, options)?;
    if let Some(block_size) = options.block_size {
        fields.block_size = block_size.get();
    }
    let is_meant = |(named, _): &&(Option<PartitionSelector>, Compression)| {
        named.as_ref().is_none_or(|named| named.matches(partition.code))
    };
    let chosen = options.compression.iter().rfind(is_meant).map(|(_, compression)| *compression);
    let compression = chosen.or(described.map(|described| described.compression)).unwrap_or(Compression::None);
    Ok(Described { fields, compression })
}

fn apply_texts(fields: &mut HeaderFields, options: &PackOptions) -> Result<(), RepackError> {
    if let Some(hardware) = &options.hardware {
        put(&mut fields.hardware, "hardware", hardware.as_bytes())?;
    }
    if let Some(date) = &options.date {
        put(&mut fields.date, "date", date.as_bytes())?;
    }
    if let Some(time) = &options.time {
        put(&mut fields.time, "time", time.as_bytes())?;
    }
    if options.product.is_some() || options.version.is_some() {
        let text = replaced(&shown(&fields.version_text), options.product.as_deref(), options.version.as_deref());
        // The part that stays was escaped when it was taken apart.
        let bytes = unescaped(&text).unwrap_or_else(|| text.clone().into_bytes());
        put(&mut fields.version_text, "version", &bytes)?;
    }
    Ok(())
}

fn put(field: &mut [u8], what: &'static str, text: &[u8]) -> Result<(), RepackError> {
    let room = field.len();
    field.fill(0);
    let Some(place) = field.get_mut(..text.len()) else {
        let text = text.escape_ascii().to_string();
        return Err(RepackError::TextTooLong { what, text, room });
    };
    place.copy_from_slice(text);
    Ok(())
}
