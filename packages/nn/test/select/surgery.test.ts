import {
  BatchNorm,
  clone,
  Dropout,
  graphdef,
  InvalidArgumentError,
  Linear,
  List,
  map,
  Module,
  Param,
  PathContains,
  relu,
  Rngs,
  select,
  SelectionError,
  Sequential,
  state,
} from "@nnx-js/nn";
import { expectNoLeak } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { makeNet, type Net, Scaled } from "./models.ts";

describe("map", () => {
  test("gives a new model with what the function makes of each part; the old one does not change", () => {
    const net = makeNet();
    const before = graphdef(net);
    const paths: string[] = [];
    const changed = select(net)
      .where(Linear)
      .map((linear, path) => {
        paths.push(path.join("."));
        return new Scaled(linear);
      });
    expect(paths).toEqual(["backbone.layers.0", "backbone.layers.3", "head"]);
    expect(changed).not.toBe(net);
    const head = changed.head as unknown as Scaled;
    expect(head).toBeInstanceOf(Scaled);
    expect(head.inner.kernel).toBe(net.head.kernel);
    expect(changed.backbone.layers[1].mean).toBe(net.backbone.layers[1].mean);
    expect(graphdef(net).equals(before)).toBe(true);
  });

  test("the new model computes with what took the place", async () => {
    const net = makeNet();
    net.eval();
    const doubled = select(net)
      .where(PathContains("head"))
      .where(Linear)
      .map((linear) => new Scaled(linear, 3));
    const x = tf.tensor2d([[1, 2]]);
    await expect(doubled.forward(x)).toBeAllClose(tf.mul(net.forward(x), 3));
  });

  test("makes Variables of tensors, which the new model owns", async () => {
    const net = makeNet();
    const halved = select(net)
      .where(Param)
      .map((param) => tf.div(param.value, 2));
    expect(halved.head.kernel).toBeInstanceOf(Param);
    await expect(halved.head.kernel.value).toBeAllClose(tf.div(net.head.kernel.value, 2));
    await expectNoLeak(() => {
      const once = select(net)
        .where(Param)
        .map((param) => tf.neg(param.value));
      for (const [, variable] of state(once, Param)) variable.dispose();
    });
    expect(net.head.kernel.value.isDisposed).toBe(false);
  });

  test("frees what it made when the function throws, and refuses undefined", async () => {
    const net = makeNet();
    await expectNoLeak(() => {
      const failing = () =>
        select(net)
          .where(Param)
          .map((param, path) => (path[0] === "head" ? undefined : tf.neg(param.value)));
      expect(failing).toThrow(InvalidArgumentError);
      expect(failing).toThrow(
        "map: the function returned undefined for head.bias (Param). Return what takes its place; to keep it, end " +
          "the function with `return part;`, to take parts out, write remove().",
      );
    });
  });

  test("gives inner parts first, as copies that may be changed, and keeps sharing", () => {
    const net = makeNet();
    const order: unknown[] = [];
    const model = { a: net, b: net.head };
    const changed = select(model)
      .where(Module)
      .map((module, path) => {
        order.push(path.length);
        (module as Module & { visited?: boolean }).visited = true;
        return module;
      });
    expect(order).toEqual([4, 4, 4, 4, 2, 2, 1]);
    expect(changed.a.head).toBe(changed.b);
    expect(["visited" in changed.b, "visited" in net.head]).toEqual([true, false]);
  });

  test("may replace the model itself", () => {
    const { head } = makeNet();
    const wrapped = select(head)
      .where(Linear)
      .map<Scaled>((linear) => new Scaled(linear));
    expect([wrapped.factor, wrapped.inner.kernel]).toEqual([2, head.kernel]);
  });
});

describe("set", () => {
  test("puts one value in the place of every part", () => {
    const net = makeNet();
    const fresh = new Linear(3, 1, { rngs: new Rngs(9) });
    const changed = select(net).where(PathContains("head")).set(fresh);
    expect([changed.head, net.head === fresh]).toEqual([fresh, false]);
    const plain = select(new Sequential(new Dropout(0.5), new Dropout(0.5)))
      .where(Dropout)
      .set<Sequential<[typeof relu, typeof relu]>>(relu);
    expect([...plain.layers]).toEqual([relu, relu]);
  });

  test("copies a tensor into new Variables of the same class; it stays the caller's", async () => {
    const net = makeNet();
    net.head.bias!.setMetadata({ tag: "kept" });
    const ones = tf.ones([1]);
    const changed = select(net).where(PathContains("head")).where(PathContains("bias")).set(ones);
    const bias = changed.head.bias!;
    expect([bias.constructor, bias.tag, bias === net.head.bias, bias.value === ones]).toEqual([
      Param,
      "kept",
      false,
      false,
    ]);
    expect([...(await net.head.bias!.value.data())]).toEqual([0]);
    await expectNoLeak(() => select(net.head).where(PathContains("bias")).set(ones).bias!.dispose());
    expect(ones.isDisposed).toBe(false);
  });
});

describe("remove", () => {
  test("takes modules out of arrays and Lists, where the rest moves up", () => {
    const net = makeNet();
    const lean = select(net).where([Dropout, BatchNorm]).remove();
    expect(lean.backbone.layers.map((layer: Module) => layer.constructor)).toEqual([Linear, Linear]);
    expect(net.backbone.layers.length).toBe(4);
    const list = select(new List<Module>([new Dropout(0), net.head, new Dropout(0)]))
      .where(Dropout)
      .remove();
    expect([list.length, list.at(0)!.constructor]).toEqual([1, Linear]);
  });

  test("deletes attributes and entries, in every place of what is shared", () => {
    const { head } = makeNet();
    const model = { a: head, b: new Map([["x", head]]), c: [head.bias], n: 1 };
    const without = select(model).where(PathContains("bias")).remove();
    expect("bias" in without.a).toBe(false);
    expect(without.a).toBe(without.b.get("x"));
    expect(without.c).toEqual([]);
    expect(model.a.bias).toBeInstanceOf(Param);
    const none = select(model).where(Linear).remove();
    expect(none).toEqual({ b: new Map(), c: [head.bias], n: 1 });
  });

  test("a layer without its bias computes", async () => {
    const { head } = makeNet();
    const lean = select(head).where(PathContains("bias")).remove();
    await expect(lean.forward(tf.ones([1, 3]))).toBeAllClose(tf.matMul(tf.ones([1, 3]), head.kernel.value));
  });

  test("refuses the model itself", () => {
    expect(() => select(makeNet()).where(Module).remove()).toThrow(SelectionError);
    expect(() => select(makeNet()).where(Module).remove()).toThrow(
      /where\(Module\) selects the model itself/,
    );
  });
});

test("surgery keeps cycles, and makes nothing that leaks", async () => {
  class Loop extends Module {
    me: Loop = this;
    w = new Param(tf.ones([1]));
    drop = new Dropout(0.1);
  }
  const loop = new Loop();
  const changed = select(loop).where(Dropout).set(new Dropout(0.2));
  expect([changed.me === changed, changed.drop.rate, loop.drop.rate]).toEqual([true, 0.2, 0.1]);
  expect(changed.w).toBe(loop.w);
  const net: Net = makeNet();
  await expectNoLeak(() => {
    select(net).where(Dropout).remove();
    select(net)
      .where(Linear)
      .map((linear) => linear);
    select(net)
      .where(Param)
      .map((param) => param);
  });
  expect(clone(net, { variables: false }).head.kernel).toBe(net.head.kernel);
  expect(map((_path, leaf) => leaf, net).head.kernel).toBe(net.head.kernel);
});
