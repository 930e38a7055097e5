/** @file Bytes that grow, with the integer and float encodings of the WebAssembly binary format. */

/** Bytes of the longest encoding of 32 bits. */
const LONGEST = 5;

const scratch = new DataView(new ArrayBuffer(8));
const utf8 = new TextEncoder();

/** A growing array of bytes. */
export class ByteWriter {
  #bytes = new Uint8Array(256);
  #used = 0;

  get length(): number {
    return this.#used;
  }

  /** What was written; shares memory with the writer. */
  get written(): Uint8Array {
    return this.#bytes.subarray(0, this.#used);
  }

  byte(value: number): void {
    if (this.#used === this.#bytes.length) this.#reserve(1);
    this.#bytes[this.#used++] = value;
  }

  append(values: ArrayLike<number>): void {
    const { length } = values;
    if (this.#used + length > this.#bytes.length) this.#reserve(length);
    if (length > 8) this.#bytes.set(values, this.#used);
    // Of few bytes the call would take longer than the copy.
    else for (let i = 0; i < length; i++) this.#bytes[this.#used + i] = values[i]!;
    this.#used += length;
  }

  // Programs are thousands of instructions, written once, before engines compile this: it makes as few calls as it can.

  /** An unsigned integer below 2^32, as LEB128. */
  unsigned(value: number): void {
    if (this.#used + LONGEST > this.#bytes.length) this.#reserve(LONGEST);
    const bytes = this.#bytes;
    let at = this.#used;
    let rest = value >>> 0;
    while (rest > 0x7f) {
      bytes[at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    bytes[at++] = rest;
    this.#used = at;
  }

  /** An int32, as LEB128. */
  signed(value: number): void {
    if (this.#used + LONGEST > this.#bytes.length) this.#reserve(LONGEST);
    const bytes = this.#bytes;
    let at = this.#used;
    let rest = value | 0;
    while (rest < -0x40 || rest > 0x3f) {
      bytes[at++] = (rest & 0x7f) | 0x80;
      rest >>= 7;
    }
    bytes[at++] = rest & 0x7f;
    this.#used = at;
  }

  /** A byte, and an unsigned integer below 2^32: most instructions. */
  instruction(opcode: number, operand: number): void {
    if (operand < 0 || operand > 0x7f || this.#used + 2 > this.#bytes.length) {
      this.byte(opcode);
      this.unsigned(operand);
      return;
    }
    this.#bytes[this.#used++] = opcode;
    this.#bytes[this.#used++] = operand;
  }

  /** An int64, as LEB128. */
  signed64(value: bigint): void {
    let rest = BigInt.asIntN(64, value);
    while (rest < -0x40n || rest > 0x3fn) {
      this.byte(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    this.byte(Number(rest & 0x7fn));
  }

  float32(value: number): void {
    scratch.setFloat32(0, value, true);
    this.append(new Uint8Array(scratch.buffer, 0, 4));
  }

  float64(value: number): void {
    scratch.setFloat64(0, value, true);
    this.append(new Uint8Array(scratch.buffer, 0, 8));
  }

  /** A string, its length in bytes before it. */
  text(value: string): void {
    this.prefixed(utf8.encode(value));
  }

  /** Bytes, their number before them. */
  prefixed(values: Uint8Array): void {
    this.unsigned(values.length);
    this.append(values);
  }

  #reserve(more: number): void {
    const grown = new Uint8Array(Math.max(this.#used + more, 2 * this.#bytes.length));
    grown.set(this.written);
    this.#bytes = grown;
  }
}
