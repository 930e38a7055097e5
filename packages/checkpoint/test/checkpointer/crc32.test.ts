/** @file The checksum of files. */
import * as fc from "fast-check";
import { crc32 as crc32OfNode } from "node:zlib";
import { expect, test } from "vitest";
import { crc32, crc32ByTables } from "../../src/checkpointer/crc32.ts";

test("is the one of zip, which the standard gives for the nine digits", () => {
  expect(crc32(new TextEncoder().encode("123456789"))).toBe(0xcbf43926);
  expect(crc32ByTables(new TextEncoder().encode("123456789"))).toBe(0xcbf43926);
});

test("is the same with tables, in pieces of any length", () => {
  const pieces = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 6 });
  fc.assert(
    fc.property(pieces, (pieces) => {
      const whole = Uint8Array.from(pieces.flatMap((piece) => [...piece]));
      const sum = (fn: typeof crc32) => pieces.reduce((before, piece) => fn(piece, before), 0);
      expect(sum(crc32ByTables)).toBe(crc32OfNode(whole));
      expect(sum(crc32)).toBe(crc32OfNode(whole));
    }),
  );
});
