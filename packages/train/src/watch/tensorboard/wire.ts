/** @file Messages in the wire format of Protocol Buffers, fields in the order in which they are written. */

const VARINT = 0;
const DOUBLE = 1;
const BYTES = 2;

/** Writes one message. Fields of the value 0, and empty ones, are left out, as proto3 does. */
export class Message {
  private readonly parts: number[] = [];

  /** An integer from 0 to 2^53. */
  integer(field: number, value: number): this {
    if (value === 0) return this;
    return this.key(field, VARINT).varint(value);
  }

  double(field: number, value: number): this {
    if (Object.is(value, 0)) return this;
    return this.key(field, DOUBLE).raw(new Uint8Array(Float64Array.of(value).buffer));
  }

  text(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  bytes(field: number, value: Uint8Array): this {
    return value.length === 0 ? this : this.always(field, value);
  }

  /** A message as a field, even an empty one. */
  message(field: number, value: Message): this {
    return this.always(field, value.encode());
  }

  /** An element of a list of texts or bytes, even an empty one. */
  always(field: number, value: Uint8Array): this {
    return this.key(field, BYTES).varint(value.length).raw(value);
  }

  encode(): Uint8Array<ArrayBuffer> {
    return Uint8Array.from(this.parts);
  }

  private key(field: number, type: number): this {
    return this.varint(field * 8 + type);
  }

  private varint(value: number): this {
    let rest = value;
    while (rest >= 128) {
      this.parts.push((rest % 128) + 128);
      rest = Math.floor(rest / 128);
    }
    this.parts.push(rest);
    return this;
  }

  private raw(bytes: Uint8Array): this {
    for (const byte of bytes) this.parts.push(byte);
    return this;
  }
}
