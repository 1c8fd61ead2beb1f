//! What is odd about a firmware, but no reason to refuse it.

use super::image_type::ImageType;
use crate::image::partition_code::PartitionCode;
use crate::image::partition_table::TableError;

/// Something that a person should know before flashing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Warning {
    /// The type says signed, and nothing is.
    #[error("the type {0} says signed, but neither of the first two partitions has a signature trailer")]
    FlagWithoutTrailer(ImageType),
    /// Something is signed, and the type does not say so.
    #[error("there is a signature trailer, but the type {0} does not say signed")]
    TrailerWithoutFlag(ImageType),
    /// Bytes behind the last unit, ignored on request.
    #[error("the bytes after the last partition, from offset {offset:#x} on, are ignored")]
    Trailing {
        /// Where the first one that is not zero lies.
        offset: u64,
    },
    /// Padding that is not zero.
    #[error("the padding at offset {offset:#x} is not zero")]
    Padding {
        /// Where it begins.
        offset: u64,
    },
    /// Units of several products.
    #[error("the headers name several products: {0}")]
    SeveralProducts(String),
    /// Units of several versions.
    #[error("the headers name several versions: {0}")]
    SeveralVersions(String),
    /// An order that is not the usual one.
    #[error("the partitions are in an unusual order: {0}")]
    UnusualOrder(String),
    /// A partition table with which nothing could be compared.
    #[error("the partition table of this set cannot be read, so no size was compared with it: {0}")]
    UnreadableTable(TableError),
    /// Content that the type byte does not announce.
    #[error("partition {code} is there, but the type {image_type} does not announce it")]
    Unannounced {
        /// Which.
        code: PartitionCode,
        /// The type.
        image_type: ImageType,
    },
}
