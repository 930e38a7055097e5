/** @file The progress bar: drawn on a terminal, silent anywhere else. */
import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { startProgress } from "../src/progress.ts";

const accept = () => true;

/** A stream that remembers what was written; a terminal with the few calls that the bar makes if `isTTY`. */
function recorder(isTTY: boolean) {
  const stream = new PassThrough();
  const written: string[] = [];
  stream.on("data", (chunk: Buffer) => written.push(chunk.toString()));
  return {
    stream: Object.assign(stream, { isTTY, columns: 80, cursorTo: accept, clearLine: accept }),
    written,
  };
}

test("on a terminal the bar shows the label, the count and the note", () => {
  const { stream, written } = recorder(true);
  const progress = startProgress("epochs", stream);
  progress.update(4, 10, "loss 0.25");
  progress.stop();
  const text = written.join("");
  expect(text).toContain("epochs");
  expect(text).toContain("4/10");
  expect(text).toContain("loss 0.25");
});

test("where the stream is not a terminal nothing is written", () => {
  const { stream, written } = recorder(false);
  const progress = startProgress("epochs", stream);
  progress.update(4, 10, "loss 0.25");
  progress.stop();
  expect(written).toEqual([]);
});

test("the bar leaves interrupts to the caller", () => {
  const { stream } = recorder(true);
  const before = process.listenerCount("SIGINT");
  const progress = startProgress("epochs", stream);
  expect(process.listenerCount("SIGINT")).toBe(before);
  progress.stop();
});
