import {
  clone,
  Dict,
  graphdef,
  InvalidArgumentError,
  iterVariables,
  Linear,
  List,
  Module,
  Param,
  Rngs,
  state,
} from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";

const p = () => new Param(tf.zeros([1]));

describe("List", () => {
  test("has elements by index, a length, and can be iterated", () => {
    const items = [p(), "static", p()];
    const list = new List(items);
    expect([list[0], list[1], list[3], list.length]).toEqual([items[0], "static", undefined, 3]);
    expect([...list]).toEqual(items);
    expect([list.at(-1), list.at(0), list.at(-4)]).toEqual([items[2], items[0], undefined]);
  });

  test("grows and shrinks at the end", () => {
    const list = new List([1, 2]);
    expect([list.push(3, 4), list.length, list.pop(), list.pop(), list.length]).toEqual([4, 4, 4, 3, 2]);
    expect([new List<number>().pop(), new List<number>().length]).toEqual([undefined, 0]);
  });

  test("an attribute of a subclass is no element", () => {
    class Named extends List<Param> {
      label = "blocks";
    }
    const list = new Named([p()]);
    list.push(p());
    expect([list.length, [...list].length, clone(list).length]).toEqual([2, 2, 2]);
    expect(iterVariables(list).map(([path]) => path)).toEqual([[0], [1]]);
  });

  test("is a node: shared, it stays shared in a copy", () => {
    class Model extends Module {
      readonly a = new List([p()]);
      readonly b = this.a;
    }
    const copy = clone(new Model());
    expect(copy.a).toBe(copy.b);
    expect(copy.a).toBeInstanceOf(List);
    expect(state(copy).size).toBe(1);
  });
});

describe("Dict", () => {
  test("has its items as attributes, and is a node", () => {
    const dict = new Dict({ a: new Linear(2, 3, { rngs: new Rngs(0) }), n: 3 });
    expect(dict.a.kernel.shape).toEqual([2, 3]);
    expect(dict).toBeInstanceOf(Module);
    expect(dict.constructor.name).toBe("Dict");
    expect([...state(dict)].map(([path]) => path.join("."))).toEqual(["a.bias", "a.kernel"]);
    expect(graphdef(dict).equals(graphdef(clone(dict)))).toBe(true);
  });

  test.each(["toString", "dispose", "constructor"])("refuses the key %s, which is a method", (key) => {
    expect(() => new Dict({ [key]: 1 })).toThrow(InvalidArgumentError);
    expect(() => new Dict({ [key]: 1 })).toThrow(`Dict: the key "${key}" is the name of a method`);
  });
});

test("disposing of a model frees its Variables, once each", () => {
  const { numTensors } = tf.memory();
  class Model extends Module {
    readonly a = p();
    readonly list = [this.a, new Map([["x", p()]])];
  }
  const model = new Model();
  expect(tf.memory().numTensors).toBe(numTensors + 2);
  model[Symbol.dispose]();
  model.dispose();
  expect(tf.memory().numTensors).toBe(numTensors);
});
