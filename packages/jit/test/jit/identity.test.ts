/** @file What arguments are is what they hold: all state that the language shows is watched. */
import { jit, type Jitted } from "@nnx-js/jit";
import { Module, Param } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it, test } from "vitest";
import { ModuleK, ModuleWith } from "../models.ts";

const K = Symbol("k");

/** What has a number somewhere, and how another one gets there. */
interface Holder {
  readonly make: (k: number) => object;
  readonly read: (value: never) => number;
  readonly set?: (value: never, k: number) => void;
}

interface WithK {
  k: number;
  [K]: number;
}

class PlainK {
  k: number;
  constructor(k: number) {
    this.k = k;
  }
}

class ParamK extends Param {
  k: number;
  constructor(k: number) {
    super(tf.scalar(0));
    this.k = k;
  }
}

class ArrayK extends Array<number> {
  k = 0;
}

const symbolKeyed = <T extends object>(value: T, k: number): T => Object.assign(value, { [K]: k });
const hidden = <T extends object>(value: T, k: number): T =>
  Object.defineProperty(value, "k", { value: k, writable: true, configurable: true });
const onto = <T extends object>(value: T, k: number): T => Object.assign(value, { k });
const readK = (value: WithK) => value.k;
const setK = (value: WithK, k: number) => void (value.k = k);
const readSymbol = (value: WithK) => value[K];
const setSymbol = (value: WithK, k: number) => void (value[K] = k);

const HOLDERS: Readonly<Record<string, Holder>> = {
  "a symbol on a plain object": { make: (k) => symbolKeyed({}, k), read: readSymbol, set: setSymbol },
  "a symbol on a Module": { make: (k) => symbolKeyed(new ModuleK(1), k), read: readSymbol, set: setSymbol },
  "a symbol on an array": { make: (k) => symbolKeyed([1], k), read: readSymbol, set: setSymbol },
  "a symbol on a function": { make: (k) => symbolKeyed(() => 1, k), read: readSymbol, set: setSymbol },
  "a hidden property of a plain object": { make: (k) => hidden({}, k), read: readK, set: setK },
  "a hidden property of a Module": {
    make: (k) => hidden(new ModuleWith(0), k),
    read: readK,
    set: setK,
  },
  "a property of an array": { make: (k) => onto([1], k), read: readK, set: setK },
  "a property of an array subclass": { make: (k) => onto(new ArrayK(), k), read: readK, set: setK },
  "a property of a function": { make: (k) => onto(() => 1, k), read: readK, set: setK },
  "a property of a Map": { make: (k) => onto(new Map(), k), read: readK, set: setK },
  "a property of a Date": { make: (k) => onto(new Date(0), k), read: readK, set: setK },
  "an attribute of a plain class": { make: (k) => new PlainK(k), read: readK, set: setK },
  "an attribute of a Variable's subclass": { make: (k) => new ParamK(k), read: readK, set: setK },
  "an inherited property": {
    make: (k) => Object.create({ k }) as object,
    read: readK,
    set: (value: object, k) => setK(Object.getPrototypeOf(value) as WithK, k),
  },
  "a plain class in a Module": {
    make: (k) => new ModuleWith(new PlainK(k)),
    read: ({ inner }: { inner: WithK }) => inner.k,
    set: ({ inner }: { inner: WithK }, k) => void (inner.k = k),
  },
  "a Set": {
    make: (k) => new Set([k]),
    read: (set: Set<number>) => [...set][0]!,
    set: (set: Set<number>, k) => (set.clear(), void set.add(k)),
  },
  "a Set in a Module": {
    make: (k) => new ModuleWith(new Set([k])),
    read: ({ inner }: { inner: Set<number> }) => [...inner][0]!,
    set: ({ inner }: { inner: Set<number> }, k) => (inner.clear(), void inner.add(k)),
  },
  "a Map": {
    make: (k) => new Map([["k", k]]),
    read: (map: Map<string, number>) => map.get("k")!,
    set: (map: Map<string, number>, k) => void map.set("k", k),
  },
  "an object that is the key of a Map": {
    make: (k) => new Map([[{ k }, 1]]),
    read: (map: Map<WithK, number>) => [...map.keys()][0]!.k,
    set: (map: Map<WithK, number>, k) => void ([...map.keys()][0]!.k = k),
  },
  "a Date": {
    make: (k) => new Date(k),
    read: (date: Date) => date.getTime(),
    set: (date: Date, k) => void date.setTime(k),
  },
  "a regular expression": {
    make: (k) => new RegExp(String(k)),
    read: (pattern: RegExp) => Number(pattern.source),
  },
  "the place of a regular expression": {
    make: (k) => Object.assign(/x/g, { lastIndex: k }),
    read: (pattern: RegExp) => pattern.lastIndex,
    set: (pattern: RegExp, k) => void (pattern.lastIndex = k),
  },
  "an object around a number": { make: (k) => Object(k) as object, read: (value: number) => value.valueOf() },
  "a BigInt": { make: (k) => [BigInt(k)], read: ([value]: [bigint]) => Number(value) },
  "a typed array in a Module": {
    make: (k) => new ModuleWith(Float32Array.of(k)),
    read: ({ inner }: { inner: Float32Array }) => inner[0]!,
    set: ({ inner }: { inner: Float32Array }, k) => void (inner[0] = k),
  },
  "a hole or undefined": {
    make: (k) => (k === 2 ? [1, undefined] : Object.assign([1], { length: 2 })),
    read: (list: unknown[]) => (1 in list ? 2 : 50),
  },
  "a missing name or undefined": {
    make: (k) => (k === 2 ? { k: undefined } : {}),
    read: (value: object) => ("k" in value ? 2 : 50),
  },
};

describe("state of an argument", () => {
  const compile = ({ read }: Holder): Jitted<(holder: object, x: tf.Tensor) => tf.Tensor> =>
    jit((holder: object, x: tf.Tensor) => tf.mul(x, read(holder as never)));
  const x = () => tf.scalar(1);
  const valueOf = (tensor: tf.Tensor) => tensor.dataSync()[0];

  test.each(Object.entries(HOLDERS))("in %s is that of the call", (_, holder) => {
    const f = compile(holder);
    const first = holder.make(2);
    for (let i = 0; i < 2; i++) {
      expect(valueOf(f(first, x()))).toBe(2);
      expect(valueOf(f(holder.make(50), x()))).toBe(50);
    }
    if (!holder.set) return;
    expect(valueOf(f(first, x()))).toBe(2);
    holder.set(first as never, 7);
    expect(valueOf(f(first, x()))).toBe(7);
    expect(f.cacheSize()).toBeLessThanOrEqual(5);
  });

  test.each(Object.entries(HOLDERS))("in %s is found below other arguments", (_, holder) => {
    const f = jit(({ list: [value] }: { list: object[] }, x: tf.Tensor) =>
      tf.mul(x, holder.read(value as never)),
    );
    for (const k of [2, 50, 2]) expect(valueOf(f({ list: [holder.make(k)] }, x()))).toBe(k);
  });

  it("may appear after the first call", () => {
    const late: readonly [object, (value: WithK) => number, (value: never) => void][] = [
      [{}, readSymbol, (value: WithK) => setSymbol(value, 3)],
      [[], readSymbol, (value: WithK) => setSymbol(value, 3)],
      [[], readK, (value: WithK) => setK(value, 3)],
      [new ModuleWith(0), readSymbol, (value: WithK) => setSymbol(value, 3)],
      [() => 1, readK, (value: WithK) => setK(value, 3)],
      [{}, readK, (value: object) => hidden(value, 3)],
      [new ModuleWith(0), readK, (value: object) => hidden(value, 3)],
      [symbolKeyed(new ModuleWith(0), 1), readK, (value: object) => hidden(value, 3)],
    ];
    for (const [value, read, add] of late) {
      const f = jit((value: object, x: tf.Tensor) => tf.mul(x, read(value as WithK) ?? 1));
      expect(valueOf(f(value, x()))).toBe(1);
      add(value as never);
      expect(valueOf(f(value, x()))).toBe(3);
    }
  });

  it("may be tensors and Variables, which are no part of what is compiled", () => {
    class Box {
      readonly weight = new Param(tf.scalar(2));
      [K] = tf.scalar(3);
    }
    const f = jit((box: Box, more: object, x: tf.Tensor) => {
      box.weight.value = tf.add(box.weight.value, 1);
      return tf.add(tf.mul(box.weight.value, box[K]), tf.mul(x, (more as { extra: tf.Tensor }).extra));
    });
    for (let i = 0; i < 3; i++) {
      const box = new Box();
      const more = Object.assign([1], { extra: tf.scalar(i) });
      expect(valueOf(f(box, more, x()))).toBe(9 + i);
      box[K] = tf.scalar(5);
      expect(valueOf(f(box, more, x()))).toBe(20 + i);
      expect(Object.getOwnPropertyDescriptor(box, K)).toMatchObject({ enumerable: true, writable: true });
    }
    expect(f.cacheSize()).toBe(1);
  });

  it("that the function changes changes in each call", () => {
    const f = jit((value: { set: Set<number>; list: number[] & { k?: number }; when: Date; box: PlainK }) => {
      value.set.add(value.list.length);
      value.list.k = (value.list.k ?? 0) + 1;
      value.when.setTime(5);
      value.box.k = 6;
    });
    for (let i = 0; i < 3; i++) {
      const value = { set: new Set([7]), list: [1, 2], when: new Date(0), box: new PlainK(1) };
      f(value);
      expect([...value.set]).toEqual([7, 2]);
      expect((value.list as { k?: number }).k).toBe(1);
      expect([value.when.getTime(), value.box.k]).toEqual([5, 6]);
    }
    expect(f.cacheSize()).toBe(1);
  });

  it("that stays hidden stays hidden when it is a tensor", () => {
    const model = new ModuleWith(0);
    Object.defineProperty(model, "table", { value: tf.scalar(3), configurable: true });
    const f = jit((model: ModuleWith, x: tf.Tensor) =>
      tf.mul(x, (model as unknown as { table: tf.Tensor }).table),
    );
    expect(valueOf(f(model, x()))).toBe(3);
    expect(Object.getOwnPropertyDescriptor(model, "table")).toMatchObject({
      enumerable: false,
      writable: false,
    });
  });
});

test("a class as an argument may have static getters", () => {
  class Named extends Module {
    static readonly factor: number = 3;
    static get className(): string {
      return "Named";
    }
  }
  const f = jit((type: typeof Named, x: tf.Tensor) => tf.mul(x, type.factor));
  for (let i = 0; i < 2; i++) expect(f(Named, tf.scalar(2)).dataSync()[0]).toBe(6);
  expect(f.cacheSize()).toBe(1);
});
