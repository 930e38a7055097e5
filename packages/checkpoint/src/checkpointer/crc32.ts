/** @file CRC-32 (ISO 3309, the one of zip and PNG) of bytes that come in pieces. */
import { nodeModule } from "../source/node.ts";

/** Table `k` moves a byte over `k` further bytes of zeros, so that eight are taken at once. */
let tables: Uint32Array[] | undefined;

function makeTables(): Uint32Array[] {
  const first = Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
    return value;
  });
  const made = [first];
  for (let k = 1; k < 8; k++) {
    made.push(made[k - 1]!.map((value) => first[value & 0xff]! ^ (value >>> 8)));
  }
  return made;
}

/** The checksum of `before` and `bytes`, where `before` is the checksum of what came before them: 0 of nothing. */
export function crc32(bytes: Uint8Array, before = 0): number {
  // A tenth of the time.
  const native = nodeModule("node:zlib") as { crc32?(bytes: Uint8Array, before: number): number } | undefined;
  return native?.crc32 ? native.crc32(bytes, before) : crc32ByTables(bytes, before);
}

/** {@link crc32} in engines that have none. */
export function crc32ByTables(bytes: Uint8Array, before = 0): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = (tables ??= makeTables()) as [
    Uint32Array, Uint32Array, Uint32Array, Uint32Array, Uint32Array, Uint32Array, Uint32Array, Uint32Array,
  ]; // prettier-ignore
  let crc = ~before;
  let i = 0;
  for (const end = bytes.length - 7; i < end; i += 8) {
    crc ^= bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    crc =
      t7[crc & 0xff]! ^
      t6[(crc >>> 8) & 0xff]! ^
      t5[(crc >>> 16) & 0xff]! ^
      t4[crc >>> 24]! ^
      t3[bytes[i + 4]!]! ^
      t2[bytes[i + 5]!]! ^
      t1[bytes[i + 6]!]! ^
      t0[bytes[i + 7]!]!;
  }
  for (; i < bytes.length; i++) crc = t0[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8);
  return ~crc >>> 0;
}
