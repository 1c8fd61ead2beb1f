//! The first pass over all of it.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use super::directory::Headers;
use super::examine::{Examined, FIRMWARE_LIMIT, examine};
use super::fault::PartitionFault;
use super::partition::{Origin, Partition};
use super::place::Place;
use super::source::Source;
use super::text::{VersionText, shown};
use super::unit::UnitHeader;
use super::{Container, Firmware, FirmwareError, ImageType, ReadOptions, Warning};
use super::{capacity, chain, completeness, directory, order, provenance, start};
use crate::image::partition_code::{Content, PartitionCode};
use crate::image::signature::{DataEnd, Signature};

/// Reads and checks everything. `headers` says whether a folder may hold files with unit headers.
pub(super) fn verify(
    path: &Path,
    options: &ReadOptions,
    headers: Headers,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Firmware, FirmwareError> {
    let mut warnings = Vec::new();
    let given = options.directory_type.map(given_type).transpose()?;
    let metadata = fs::metadata(path).map_err(|source| FirmwareError::Read { path: path.to_owned(), source })?;
    let (container, image_type, origins) = if metadata.is_dir() {
        let origins = directory::list(path, headers)?;
        let derived = ImageType::of(origins.iter().map(|origin| origin.place.code.content()));
        let image_type = given.or(derived).ok_or(FirmwareError::GivenType(0))?;
        (Container::Directory, image_type, origins)
    } else {
        file(path, options.allow_trailing, given, &mut warnings)?
    };

    // Everything that headers and names can tell comes before minutes of decompression.
    let places: Vec<Place> = origins.iter().map(|origin| origin.place.clone()).collect();
    order::refuse_duplicates(&places)?;
    let texts: Vec<(PartitionCode, VersionText)> =
        origins.iter().map(|origin| (origin.place.code, VersionText::parse(&version_text(origin)))).collect();
    let provenance = provenance::conclude(&texts, &mut warnings)?;
    order::check_order(&places, provenance.clue, &mut warnings)?;

    let Data { partitions, signature, table } = read_all(origins, progress)?;
    let table = table.map(|table| capacity::check(&partitions, &table, &mut warnings)).transpose()?.flatten();
    let image_type = match container {
        Container::Directory => image_type.with_signed_flag(signature.is_some()),
        Container::Bin | Container::Exe => image_type,
    };
    warn_of_type(image_type, signature.as_ref(), &partitions, &mut warnings);
    let codes: Vec<PartitionCode> = partitions.iter().map(|partition| partition.code).collect();
    let missing = completeness::missing(image_type, provenance.clue, provenance.product.as_deref(), &codes);
    let path = path.to_owned();
    Ok(Firmware { path, container, image_type, provenance, signature, partitions, table, warnings, missing })
}

fn given_type(byte: u8) -> Result<ImageType, FirmwareError> {
    ImageType::new(byte).ok_or(FirmwareError::GivenType(byte))
}

/// Reads all headers of a file.
fn file(
    path: &Path,
    allow_trailing: bool,
    given: Option<ImageType>,
    warnings: &mut Vec<Warning>,
) -> Result<(Container, ImageType, Vec<Origin>), FirmwareError> {
    let mut source = Source::open(path)?;
    let start = start::find(&mut source)?;
    if let Some(given) = given.filter(|given| given.dload_type() != start.image_type.dload_type()) {
        return Err(FirmwareError::TypeDisagrees { given, stated: start.image_type });
    }
    let units = chain::walk(&mut source, &start, allow_trailing, warnings)?;
    let origins = units.into_iter().map(|unit| Origin {
        path: path.to_owned(),
        identity: source.identity().clone(),
        place: unit.place.clone(),
        stored_size: u64::from(unit.header.data_size()),
        unit: Some(unit),
    });
    Ok((start.container, start.image_type, origins.collect()))
}

/// What reading the data of all partitions gave.
struct Data {
    partitions: Vec<Partition>,
    signature: Option<Signature>,
    /// The beginning of the partition table, if the set has one.
    table: Option<Vec<u8>>,
}

fn read_all(origins: Vec<Origin>, progress: &mut dyn FnMut(u64, u64)) -> Result<Data, FirmwareError> {
    let total = origins.iter().map(|origin| origin.stored_size).sum();
    let mut data = Data { partitions: Vec::with_capacity(origins.len()), signature: None, table: None };
    let (mut before, mut plain) = (0_u64, 0_u64);
    for origin in origins {
        let budget = FIRMWARE_LIMIT.saturating_sub(plain);
        let examined = examine(&origin, budget, &mut |read| progress(before + read, total))?;
        before += origin.stored_size;
        plain += examined.size;
        progress(before, total);
        look_for_signature(&origin.place, &examined.end, &mut data)?;
        if origin.place.code == PartitionCode::PTABLE {
            data.table = Some(examined.head.clone());
        }
        data.partitions.push(partition(origin, examined));
    }
    Ok(data)
}

/// Trailers are only in the first two partitions: elsewhere the download daemon does not look either.
fn look_for_signature(place: &Place, end: &DataEnd, data: &mut Data) -> Result<(), FirmwareError> {
    if place.index > 1 {
        return Ok(());
    }
    let found = end.signature(place.index).map_err(|absurd| {
        PartitionFault::TrailerLength { length: absurd.length, limit: absurd.limit }.at(place.clone())
    })?;
    if let (Some(_), Some(_), Some(first)) = (&found, &data.signature, data.partitions.first()) {
        return Err(FirmwareError::TwoTrailers { first: first.code, second: place.code });
    }
    if found.is_some() {
        data.signature = found;
    }
    Ok(())
}

fn version_text(origin: &Origin) -> String {
    text(origin, UnitHeader::version_text)
}

/// A text of the header; empty for a bare file.
fn text(origin: &Origin, field: fn(&UnitHeader) -> &[u8]) -> String {
    origin.unit.as_ref().map_or_else(String::new, |unit| shown(field(&unit.header)))
}

fn partition(origin: Origin, examined: Examined) -> Partition {
    Partition {
        index: origin.place.index,
        code: origin.place.code,
        offset: origin.place.offset,
        stored_size: origin.stored_size,
        size: examined.size,
        compression: examined.compression,
        sha256: examined.sha256,
        hardware: text(&origin, UnitHeader::hardware),
        date: text(&origin, UnitHeader::date),
        time: text(&origin, UnitHeader::time),
        version_text: version_text(&origin),
        file: origin.place.file.clone(),
        digests: Arc::from(examined.digests),
        origin,
    }
}

/// Type byte against what is there.
fn warn_of_type(
    image_type: ImageType,
    signature: Option<&Signature>,
    partitions: &[Partition],
    warnings: &mut Vec<Warning>,
) {
    match (image_type.signed_flag(), signature.is_some()) {
        (true, false) => warnings.push(Warning::FlagWithoutTrailer(image_type)),
        (false, true) => warnings.push(Warning::TrailerWithoutFlag(image_type)),
        _ => {}
    }
    let unannounced = |content: Content| {
        partitions.iter().find(|partition| partition.code.content() == content && !image_type.announces(content))
    };
    for content in [Content::Firmware, Content::Iso, Content::WebUi] {
        if let Some(partition) = unannounced(content) {
            warnings.push(Warning::Unannounced { code: partition.code, image_type });
        }
    }
}
