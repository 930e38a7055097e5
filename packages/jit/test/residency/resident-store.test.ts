/** @file Values of Variables in memories of targets: they move, and nothing is lost or left. */
import { Param, Variable } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { beforeEach, describe, expect, it } from "vitest";
import type { Dtype } from "@nnx-js/nn/trace";
import { Space } from "../../src/memory/space.ts";
import type { Memory, Region } from "../../src/residency/region.ts";
import { makeResident } from "../../src/residency/resident-store.ts";

/** A memory of arrays that counts what is in use. */
class Arrays extends Space implements Memory {
  inUse = 0;
  isBroken = false;
  readonly space = this;
  protected readonly maximum = Infinity;

  constructor() {
    super(16);
  }

  protected reserve(): boolean {
    return true;
  }

  protected wouldGrowLarge(): boolean {
    return false;
  }

  region(shape: readonly number[], dtype: Dtype): Region {
    this.inUse++;
    const length = tf.util.sizeFromShape([...shape]);
    let elements = new Float32Array(length);
    return {
      shape,
      dtype,
      length,
      address: 16,
      reserve: () => undefined,
      fill: (tensor) => {
        if (this.isBroken) throw new Error("cannot take it");
        elements = tensor.dataSync<"float32">().slice();
      },
      toTensor: () => tf.tensor(elements, [...shape], dtype),
      free: () => void this.inUse--,
    };
  }
}

describe("a resident value", () => {
  let here: Arrays, there: Arrays, variable: Param;
  const valueOf = (): number[] => [...variable.value.dataSync()];
  beforeEach(() => {
    [here, there] = [new Arrays(), new Arrays()];
    variable = new Param(tf.tensor1d([1, 2]));
  });

  it("stays where it is", () => {
    const store = makeResident(variable, here)!;
    expect(makeResident(variable, here)).toBe(store);
    expect([here.inUse, valueOf()]).toEqual([1, [1, 2]]);
  });

  it("moves to another memory through a tensor, with its version, and leaves nothing", () => {
    const store = makeResident(variable, here)!;
    store.region.fill(tf.tensor1d([3, 4]));
    store.noteWrite();
    const { numTensors } = tf.memory();
    const { version } = store;
    const moved = makeResident(variable, there)!;
    expect([here.inUse, there.inUse, moved.version]).toEqual([0, 1, version]);
    expect(variable.store).toBe(moved);
    expect(valueOf()).toEqual([3, 4]);
    // The tensor that it moved through is the value that readers borrow.
    expect(tf.memory().numTensors).toBe(numTensors + 1);
    makeResident(variable, here);
    expect([here.inUse, there.inUse, valueOf()]).toEqual([1, 0, [3, 4]]);
    variable.dispose();
    expect([here.inUse, tf.memory().numTensors]).toEqual([0, numTensors]);
  });

  it("keeps what readers have borrowed", () => {
    makeResident(variable, here);
    const borrowed = variable.value;
    makeResident(variable, there);
    expect([...borrowed.dataSync()]).toEqual([1, 2]);
    expect(variable.value).toBe(borrowed);
  });

  it("stays where it was when the other memory cannot take it", () => {
    const store = makeResident(variable, here)!;
    there.isBroken = true;
    expect(() => makeResident(variable, there)).toThrow("cannot take it");
    expect(variable.store).toBe(store);
    expect([here.inUse, there.inUse, valueOf()]).toEqual([1, 0, [1, 2]]);
    expect(makeResident(variable, here)).toBe(store);
  });

  it("goes back to its place with a value that was set, and to another with a shape that was", () => {
    const { region } = makeResident(variable, here)!;
    variable.value = tf.tensor1d([5, 6]);
    expect(makeResident(variable, here)!.region).toBe(region);
    variable.value = tf.tensor1d([7, 8, 9]);
    expect(makeResident(variable, here)!.region).not.toBe(region);
    expect([here.inUse, valueOf()]).toEqual([1, [7, 8, 9]]);
  });

  it("is none for a Variable that has borrowed its tensor, or has none", () => {
    const disposed = new Variable(tf.scalar(1));
    makeResident(disposed, here);
    disposed.dispose();
    expect(makeResident(disposed, there)).toBeUndefined();
    expect([here.inUse, there.inUse]).toEqual([0, 0]);
  });
});
