/** @file Each fault offers what helps. */
import { expect, test } from "vitest";
import type { Fault } from "../../src/protocol/events.ts";
import { offersFor } from "../../src/page/faults/offers.ts";

const situation = {
  snapshotStep: 40,
  otherBackend: "cpu",
  learningRate: 0.3,
  isFailed: false,
} as const;

const offered = (cause: Fault["cause"], change: object = {}, isResumable = true) =>
  offersFor({ cause, message: "", repair: "", isResumable }, { ...situation, ...change }).map((offer) =>
    Object.values(offer).join(" "),
  );

test("a worker that is gone: go on, or start afresh", () => {
  expect(offered("worker")).toEqual(["resume 40", "reset"]);
  expect(offered("worker", { snapshotStep: undefined })).toEqual(["reset"]);
  expect(offered("worker", {}, false)).toEqual(["reset"]);
});

test.each(["backend", "device-lost", "memory"] as const)("%s: another backend, too", (cause) => {
  expect(offered(cause)).toEqual(["resume 40", "backend cpu", "reset"]);
  expect(offered(cause, { otherBackend: undefined })).toEqual(["resume 40", "reset"]);
});

test("a loss that is no number: a tenth of the learning rate", () => {
  expect(offered("not-finite")).toEqual(["slower 0.03"]);
});

test.each(["file", "storage", "other"] as const)(
  "%s: nothing is over, so there is nothing to do",
  (cause) => {
    expect(offered(cause)).toEqual([]);
    expect(offered(cause, { isFailed: true })).toEqual(["resume 40", "reset"]);
  },
);
