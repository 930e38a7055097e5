/** @file Thousands of steps leave no memory behind, and what grows is noticed. */
import { expect, test } from "vitest";
import { growth, type Sample, soak, watchMemories } from "../../src/bench/soak.ts";

test("5 000 compiled steps leave tensors, JavaScript's heap and WebAssembly's memory as they were", async () => {
  const samples = await soak(5000);
  expect(samples.map(({ steps }) => steps)).toEqual([500, 1250, 2500, 3750, 5000]);
  expect(samples[0]!.wasmBytes).toBeGreaterThan(0);
  const { numTensors, numBytes, wasmBytes } = samples[0]!;
  for (const sample of samples) expect(sample).toMatchObject({ numTensors, numBytes, wasmBytes });
  expect(growth(samples)).toEqual([]);
});

test("nor do 5 000 by the training loop, with logs and a state that is kept for a NaN", async () => {
  const samples = await soak(5000, "loop");
  expect(samples.map(({ steps }) => steps)).toEqual([500, 1250, 2500, 3750, 5000]);
  const { numTensors, numBytes, wasmBytes } = samples[0]!;
  for (const sample of samples) expect(sample).toMatchObject({ numTensors, numBytes, wasmBytes });
  expect(growth(samples)).toEqual([]);
});

test("any growth is told", () => {
  const sample: Sample = { steps: 1, numTensors: 5, numBytes: 100, heapUsed: 1e7, wasmBytes: 65536 };
  expect(growth([sample, sample])).toEqual([]);
  expect(growth([sample, { ...sample, heapUsed: 1.01e7 }])).toEqual([]);
  expect(growth([sample, { ...sample, numTensors: 6 }, sample])).toEqual(["numTensors grew from 5 to 6"]);
  expect(growth([sample, { ...sample, heapUsed: 2e7, wasmBytes: 131072 }])).toEqual([
    "heapUsed grew from 10000000 to 20000000",
    "wasmBytes grew from 65536 to 131072",
  ]);
});

test("memories that programs are given are counted once, with what they grow by, until the watch ends", () => {
  const { Instance } = WebAssembly;
  // A module that imports heap.memory, of one page at least, and does nothing.
  const module = new WebAssembly.Module(
    Uint8Array.from([
      0,
      97,
      115,
      109,
      1,
      0,
      0,
      0,
      2,
      16,
      1,
      4,
      ...text("heap"),
      6,
      ...text("memory"),
      2,
      0,
      1,
    ]),
  );
  const memory = new WebAssembly.Memory({ initial: 1 });
  {
    using watch = watchMemories();
    expect(watch.bytes()).toBe(0);
    for (let i = 0; i < 2; i++)
      expect(new WebAssembly.Instance(module, { heap: { memory } })).toBeInstanceOf(Instance);
    memory.grow(2);
    expect(watch.bytes()).toBe(3 * 65536);
  }
  expect(WebAssembly.Instance).toBe(Instance);
});

function text(characters: string): number[] {
  return [...new TextEncoder().encode(characters)];
}
