import { evalShape, Linear, Module, Param, Rngs, transaction } from "@nnx-js/nn";
import { expectNoLeak } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";

const fail = (): never => {
  throw new Error("stop");
};

test("a transaction that ends well keeps its writes and frees what they replaced", async () => {
  const variable = new Param(tf.scalar(1));
  await expectNoLeak(() => {
    transaction(() => {
      variable.value = tf.scalar(2);
      variable.value = tf.scalar(3);
    });
  });
  await expect(variable.value).toBeAllClose([3]);
});

test("a transaction that throws puts back the value from before the first write", async () => {
  const variable = new Param(tf.scalar(1));
  const { value } = variable;
  await expectNoLeak(() => {
    expect(() =>
      transaction(() => {
        variable.value = tf.scalar(2);
        variable.value = tf.scalar(3);
        fail();
      }),
    ).toThrow("stop");
  });
  expect(variable.value).toBe(value);
  await expect(variable.value).toBeAllClose([1]);
});

test("a value that was written and taken back does not pass for the one written", () => {
  const variable = new Param(tf.scalar(1));
  let inside = -1;
  expect(() =>
    transaction(() => {
      variable.value = tf.scalar(2);
      inside = variable.version;
      fail();
    }),
  ).toThrow("stop");
  expect(variable.version).toBeGreaterThan(inside);
});

test("the old value can be set again within the transaction", async () => {
  const variable = new Param(tf.scalar(1));
  expect(() =>
    transaction(() => {
      const old = variable.value;
      variable.value = tf.scalar(2);
      variable.value = old;
      fail();
    }),
  ).toThrow("stop");
  await expect(variable.value).toBeAllClose([1]);
});

test("a transaction inside another is part of it", async () => {
  const variable = new Param(tf.scalar(1));
  expect(() =>
    transaction(() => {
      transaction(() => {
        variable.value = tf.scalar(2);
      });
      fail();
    }),
  ).toThrow("stop");
  await expect(variable.value).toBeAllClose([1]);
});

test("an abstract Variable that got a value is abstract again", () => {
  const variable = evalShape(() => new Linear(2, 2, { rngs: new Rngs(0) })).kernel;
  const { numTensors } = tf.memory();
  expect(() =>
    transaction(() => {
      variable.value = tf.ones([2, 2]);
      variable.value = tf.ones([2, 2]);
      fail();
    }),
  ).toThrow("stop");
  expect(variable.isAbstract).toBe(true);
  expect(tf.memory().numTensors).toBe(numTensors);
});

test("models made on shapes alone inside a transaction leave nothing behind", async () => {
  class Counter extends Module {
    readonly count = new Param(tf.scalar(0));
    increase(): void {
      this.count.value = tf.add(this.count.value, 1);
    }
  }
  const make = () => {
    const counter = new Counter();
    counter.increase();
    counter.increase();
    return counter;
  };
  await expectNoLeak(() => {
    transaction(() => evalShape(make));
  });
  await expectNoLeak(() => {
    expect(() =>
      transaction(() => {
        evalShape(make);
        fail();
      }),
    ).toThrow("stop");
  });
});
