import { tensorBoard } from "@nnx-js/train";
import * as tf from "@tensorflow/tfjs-core";
import { decode } from "fast-png";
import fc from "fast-check";
import { crc32c as reference } from "./crc32c-bits.ts";
import { describe, expect, test } from "vitest";
import { imageEvent, scalarEvent, textEvent, versionEvent } from "../../src/watch/tensorboard/events.ts";
import { crc32c, framed } from "../../src/watch/tensorboard/records.ts";
import golden from "../golden/tensorboard.json" with { type: "json" };

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

/** What a board writes, without the record of the version. */
async function written(
  seconds: number,
  write: (board: ReturnType<typeof tensorBoard>) => Promise<void>,
): Promise<string> {
  const parts: Uint8Array[] = [];
  const board = tensorBoard((bytes) => void parts.push(bytes.slice()), { clock: () => seconds });
  await write(board);
  await board.close();
  return parts.slice(1).map(hex).join("");
}

describe("the bytes are those of the package tensorboard", () => {
  test("the version", () => {
    expect(hex(framed(versionEvent(1234.5)))).toBe(golden.version);
  });

  test.each(golden.scalars)("$tag = $value at step $step", async ({ tag, value, seconds, step, bytes }) => {
    expect(hex(framed(scalarEvent({ tag, step, seconds }, value)))).toBe(bytes);
    expect(await written(seconds, (board) => board.scalar(tag, value, step))).toBe(bytes);
    using tensor = tf.tensor([[value]]);
    expect(await written(seconds, (board) => board.scalar(tag, tensor, step))).toBe(bytes);
  });

  test.each(golden.histograms)("a histogram of $name values in $buckets buckets", async (figures) => {
    const { values, buckets, bytes } = figures;
    expect(await written(1.5, (board) => board.histogram("h", values, 3, { buckets }))).toBe(bytes);
  });

  test.each(golden.texts)("texts", async ({ text, bytes }) => {
    expect(hex(framed(textEvent({ tag: "t", step: 3, seconds: 1.5 }, text)))).toBe(bytes);
    expect(await written(1.5, (board) => board.text("t", text, 3))).toBe(bytes);
  });

  test.each(golden.images)("images", ({ files, width, height, bytes }) => {
    const pngs = files.map((file) => new Uint8Array(Buffer.from(file, "hex")));
    const event = imageEvent({ tag: "i", step: 3, seconds: 1.5 }, { width, height, files: pngs });
    expect(hex(framed(event))).toBe(bytes);
  });
});

test("checksums are those of the polynomial", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => crc32c(bytes) === reference(bytes)));
  // RFC 3720, B.4.
  expect(crc32c(new Uint8Array(32)).toString(16)).toBe("8a9136aa");
});

test("pictures are PNG files of their pixels, cut off at the ends", async () => {
  using image = tf.tensor3d([0, 0.5, 1, 2, -1, 0.25], [1, 2, 3]);
  const bytes = Buffer.from(await written(1.5, (board) => board.image("i", image, 0)), "hex");
  const { data, width, height, channels } = decode(bytes.subarray(bytes.indexOf("\x89PNG", 0, "latin1")));
  expect([width, height, channels]).toEqual([2, 1, 3]);
  expect([...data]).toEqual([0, 128, 255, 255, 0, 64]);
  using whole = tf.tensor4d([0, 255, 300, -5], [2, 1, 2, 1], "int32");
  const two = await written(1.5, (board) => board.image("i", whole, 0));
  expect(two.split(Buffer.from("\x89PNG", "latin1").toString("hex"))).toHaveLength(3);
});

test("wrong arguments", async () => {
  const board = tensorBoard(() => {});
  await expect(board.scalar("", 1, 0)).rejects.toThrow("expected a tag, got an empty text");
  await expect(board.scalar("a", 1, -1)).rejects.toThrow(
    "expected an integer from 0 on for the step of a, got -1",
  );
  using two = tf.tensor1d([1, 2]);
  await expect(board.scalar("a", two, 0)).rejects.toThrow("expected one number for a, got the shape [2]");
  await expect(board.histogram("a", [1, NaN], 0)).rejects.toThrow(
    "expected finite values, got NaN at 1 of a",
  );
  await expect(board.image("a", two, 0)).rejects.toThrow("got the shape [2]");
  await expect(board.text("a", 5 as unknown as string, 0)).rejects.toThrow(
    "expected a text for a, got number",
  );
  expect(() => tensorBoard(5 as unknown as string)).toThrow("tensorBoard: expected a path, a stream or a function, got number"); // prettier-ignore
});
