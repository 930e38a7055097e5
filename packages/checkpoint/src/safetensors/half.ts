/** @file Half-precision floats as float32: float16 of IEEE 754 and bfloat16, bit for bit. */

let float16Bits: Uint32Array | undefined;

/** Writes what the float16 words are as the bits of float32; exact, NaNs included. */
export function float16ToFloat32(words: Uint16Array, into: Uint32Array): void {
  const table = (float16Bits ??= Uint32Array.from({ length: 1 << 16 }, (_, word) => widened(word)));
  for (let i = 0; i < words.length; i++) into[i] = table[words[i]!]!;
}

/** Writes what the bfloat16 words are as the bits of float32, whose upper half they are. */
export function bfloat16ToFloat32(words: Uint16Array, into: Uint32Array): void {
  for (let i = 0; i < words.length; i++) into[i] = words[i]! << 16;
}

/** A float16 as a float32: 5 bits of exponent become 8, 10 bits of mantissa 23. */
function widened(word: number): number {
  const sign = (word & 0x8000) << 16;
  let exponent = (word >> 10) & 0x1f;
  let mantissa = word & 0x3ff;
  if (exponent === 31) return (sign | 0x7f800000 | (mantissa << 13)) >>> 0;
  if (exponent === 0) {
    if (mantissa === 0) return sign >>> 0;
    // Numbers that are subnormal in float16 are normal in float32.
    const shift = Math.clz32(mantissa) - 21;
    mantissa = (mantissa << shift) & 0x3ff;
    exponent = 1 - shift;
  }
  return (sign | ((exponent + 112) << 23) | (mantissa << 13)) >>> 0;
}

/** Rounds float32 to the nearest float16, of two the even one; `fail` reports a finite value that is too large. */
export function float32ToFloat16(
  values: Float32Array,
  into: Uint16Array,
  fail: (index: number) => never,
): void {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < bits.length; i++) {
    const word = bits[i]!;
    const sign = (word >>> 16) & 0x8000;
    const magnitude = word & 0x7fffffff;
    if (magnitude >= 0x7f800000) {
      // A NaN whose upper bits are 0 would become an infinity.
      const payload = magnitude === 0x7f800000 ? 0 : 0x200 | ((magnitude >>> 13) & 0x3ff);
      into[i] = sign | 0x7c00 | payload;
    } else if (magnitude >= 0x477ff000) fail(i);
    else if (magnitude >= 0x38800000) into[i] = sign | roundedShift(magnitude - 0x38000000, 13);
    // Subnormal: the hidden bit joins the mantissa, which moves down to units of 2^-24.
    else if (magnitude >= 0x33000000) {
      into[i] = sign | roundedShift((magnitude & 0x7fffff) | 0x800000, 126 - (magnitude >>> 23));
    } else into[i] = sign;
  }
}

/** Rounds float32 to the nearest bfloat16, of two the even one; `fail` reports a finite value that is too large. */
export function float32ToBfloat16(
  values: Float32Array,
  into: Uint16Array,
  fail: (index: number) => never,
): void {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < bits.length; i++) {
    const word = bits[i]!;
    const magnitude = word & 0x7fffffff;
    if (magnitude > 0x7f800000) into[i] = (word >>> 16) | 0x40;
    else if (magnitude < 0x7f800000 && magnitude >= 0x7f7f8000) fail(i);
    else into[i] = roundedShift(word, 16);
  }
}

/** Drops `shift` bits, rounded to the nearest, of two to the even one. */
function roundedShift(word: number, shift: number): number {
  const kept = word >>> shift;
  const dropped = word & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  return dropped > half || (dropped === half && kept & 1) ? kept + 1 : kept;
}
