//! Bits as bytes: a mark per row is easier to reckon with.

use arrow_buffer::BooleanBuffer;

/// Writes 1 for every bit that is set, and 0 for the others, from a place on.
pub(crate) fn unpack(bits: &BooleanBuffer, start: usize, out: &mut [u8]) {
    let bits = bits.slice(start, out.len());
    for (word, slots) in bits.bit_chunks().iter_padded().zip(out.chunks_mut(64)) {
        for (byte, slots) in word.to_le_bytes().into_iter().zip(slots.chunks_mut(8)) {
            let spread = spread(byte).to_le_bytes();
            match slots.first_chunk_mut::<8>() {
                Some(slots) => *slots = spread,
                None => slots.iter_mut().zip(spread).for_each(|(slot, bit)| *slot = bit),
            }
        }
    }
}

/// The bits of a byte as the lowest bits of eight. A multiplication puts bit `n` of the lower seven at `8 n`, among
/// others that the mask takes away.
fn spread(byte: u8) -> u64 {
    let byte = u64::from(byte);
    ((byte & 0x7F) * 0x0002_0408_1020_4081) & 0x0101_0101_0101_0101 | (byte >> 7) << 56
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_bit_becomes_its_byte(bits in prop::collection::vec(any::<bool>(), 0..300), start in 0_usize..300) {
            let start = start.min(bits.len());
            let mut out = vec![7; bits.len() - start];
            unpack(&BooleanBuffer::from(bits.clone()), start, &mut out);
            let wanted: Vec<u8> = bits[start..].iter().map(|bit| u8::from(*bit)).collect();
            prop_assert_eq!(out, wanted);
        }
    }
}
