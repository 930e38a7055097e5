import { clone, graphdef, Linear, Module, Param, relu, Rngs, split, UncopyableNodeError } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";

class Box extends Module {
  inner: Module | undefined;
}

function boxed(inner: Module): Box {
  const box = new Box();
  box.inner = inner;
  return box;
}

describe("a node that a copy would break is refused by everything that copies", () => {
  class PrivateField extends Module {
    #scale = 2;
    forward(x: tf.Tensor): tf.Tensor {
      return tf.mul(x, this.#scale);
    }
  }
  class PrivateMethod extends Module {
    forward(x: tf.Tensor): tf.Tensor {
      return this.#twice(x);
    }
    #twice(x: tf.Tensor): tf.Tensor {
      return tf.mul(x, 2);
    }
  }
  class PrivateAccessor extends Module {
    scale = 1;
    get #double() {
      return this.scale * 2;
    }
    read() {
      return this.#double;
    }
  }
  class Inherited extends PrivateField {}

  test.each([
    ["PrivateField", "#scale", PrivateField],
    ["PrivateMethod", "#twice", PrivateMethod],
    ["PrivateAccessor", "#double", PrivateAccessor],
    ["Inherited", "#scale", Inherited],
  ])("%s with its private member %s, saying its path and what to write instead", (_, name, Class) => {
    const model = boxed(new Class());
    for (const copy of [clone, split, graphdef]) {
      expect(() => copy(model)).toThrow(UncopyableNodeError);
      expect(() => copy(model)).toThrow(
        new RegExp(
          `^inner \\(${Class.name}\\) has the private member ${name}, .*\`private ${name.slice(1)}\``,
        ),
      );
    }
  });

  test("a private member as compilers lower it", () => {
    const helpers = {
      _class_private_field_get: (object: object, map: WeakMap<object, unknown>) => map.get(object),
    };
    const fields = new WeakMap<object, unknown>();
    class Lowered extends Module {
      read(): unknown {
        const { _class_private_field_get } = helpers;
        return _class_private_field_get(this, fields);
      }
    }
    expect(() => clone(new Lowered())).toThrow(UncopyableNodeError);
  });

  test("an arrow-function method, with what to write instead", () => {
    class Arrow extends Module {
      scale = 2;
      forward = (x: tf.Tensor): tf.Tensor => tf.mul(x, this.scale);
    }
    expect(() => clone(boxed(new Arrow()))).toThrow(UncopyableNodeError);
    expect(() => clone(boxed(new Arrow()))).toThrow(
      /^inner \(Arrow\): the attribute forward is an arrow function that uses `this`.*Write it as a method instead: `forward\(…\) \{ … \}`/,
    );
  });

  test("an arrow function set in the constructor, and one of a base class", () => {
    class Base extends Module {
      scale = 2;
      apply: (x: number) => number;
      constructor() {
        super();
        this.apply = (x) => x * this.scale;
      }
    }
    class Derived extends Base {}
    expect(() => clone(new Derived())).toThrow(/the attribute apply is an arrow function/);
  });

  test("a bound method of its own", () => {
    class Bound extends Module {
      scale = 2;
      readonly bound = this.forward.bind(this);
      forward(x: tf.Tensor): tf.Tensor {
        return tf.mul(x, this.scale);
      }
    }
    expect(() => clone(new Bound())).toThrow(/the attribute bound is the bound method forward/);
  });
});

describe("what a copy does not break is not refused", () => {
  class StaticPrivate extends Module {
    static #count = 0;
    static get #more() {
      return StaticPrivate.#count;
    }
    static make(): StaticPrivate {
      this.#count += 1;
      return StaticPrivate.#more > 0 ? new StaticPrivate() : new StaticPrivate();
    }
  }
  class Text extends Module {
    color = "#fff; #scale = 2";
    // this.#commented = 1; { #declared = 2; }
    /* { #block = 1; } */
    readonly template = `{ #t = ${this.color}; } ${[this.color].map((c) => `nested { #u; } ${c}`).join()}`;
    quote(): string {
      return "this.#quoted; { #x } it's";
    }
  }
  class Patterns extends Module {
    readonly color = /{#[0-9a-f]+}/;
    readonly quote = /["'`]/;
    readonly declaration = /[;{] #name = \//;
    half(n: number): number {
      return n / 2 / 1;
    }
  }
  class Getter extends Module {
    get size(): number {
      return 3;
    }
  }
  test.each([StaticPrivate, Text, Patterns, Getter].map((Class) => [Class.name, Class] as const))(
    "%s",
    (_, Class) => {
      expect(() => clone(new Class())).not.toThrow();
    },
  );

  test("a pattern with a quote does not hide a private member", () => {
    class Hidden extends Module {
      readonly quote = /["]/;
      #secret = 1;
      readonly other = /["]/;
      read(): number {
        return this.#secret;
      }
    }
    expect(() => clone(new Hidden())).toThrow(/#secret/);
  });

  test("an arrow function given from outside, and one that uses no `this`", async () => {
    class Holder extends Module {
      readonly weight = new Param(tf.ones([1]));
      readonly activation: (x: tf.Tensor) => tf.Tensor;
      readonly double = (x: tf.Tensor): tf.Tensor => tf.mul(x, 2 /* not this */);
      constructor(activation: (x: tf.Tensor) => tf.Tensor) {
        super();
        this.activation = activation;
      }
      forward(): tf.Tensor {
        return this.double(this.activation(this.weight.value));
      }
    }
    const outer = { factor: 3, make: () => (x: tf.Tensor) => tf.mul(x, 3) };
    for (const activation of [relu, (x: tf.Tensor) => tf.neg(x), outer.make()]) {
      expect(() => clone(new Holder(activation))).not.toThrow();
    }
    await expect(clone(new Holder(outer.make())).forward()).toBeAllClose([6]);
  });

  test("layers of this package", () => {
    expect(() => clone(new Linear(2, 2, { rngs: new Rngs(0) }))).not.toThrow();
  });
});
