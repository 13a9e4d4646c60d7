//! Float32 numbers as bytes, least significant byte first, as safetensors and ONNX store them on every machine.

/// The bytes of `numbers`, four for each.
pub fn floats_to_bytes(numbers: &[f32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

/// The numbers in `bytes`. Up to three bytes at the end that are no whole number are left out.
pub fn floats_from_bytes(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks().0.iter().map(|&number| f32::from_le_bytes(number)).collect()
}
