/** @file The address holds the settings, and bad ones do no harm. */
import { expect, test } from "vitest";
import { readAddress, writeAddress } from "../../src/page/state/address.ts";

test("what was written is read back", () => {
  const settings = {
    task: "names",
    backend: "webgl",
    execution: "eager",
    learningRate: 0.0005,
    seed: 12,
  } as const;
  expect(readAddress(writeAddress(settings))).toEqual(settings);
});

test("an empty address gives moons, compiled, without a backend", () => {
  expect(readAddress("")).toEqual({
    task: "moons",
    backend: undefined,
    execution: "compiled",
    learningRate: 0.01,
    seed: 0,
  });
});

test.each(["#task=cats&backend=cuda&run=fast&rate=-1&seed=1e99", "#rate=NaN&seed=-1", "#rate=2&seed=1.5"])(
  "what %s says wrongly is as the page begins",
  (hash) => expect(readAddress(hash)).toEqual(readAddress("")),
);
