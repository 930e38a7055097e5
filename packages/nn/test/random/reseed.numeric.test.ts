import {
  Dropout,
  evalShape,
  InvalidArgumentError,
  Linear,
  Module,
  reseed,
  Rngs,
  RngStream,
  state,
} from "@nnx-js/nn";
import { random } from "@nnx-js/tensor";
import { expectNoLeak } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

async function words(key: tf.Tensor): Promise<number[]> {
  return [...(await key.data())].map((word) => word >>> 0);
}
const keysOf = (model: object) =>
  Promise.all(
    [...state(model)]
      .filter(([path]) => path.at(-1) === "key")
      .map(async ([path, leaf]) => [path.join("."), await words((leaf as RngStream["key"]).value)] as const),
  );
const countOf = async ({ count }: RngStream) => (await count.value.data())[0];

/** Dropouts in an order that is not that of their names, with other draws between, and a stream that is not forked. */
class Model extends Module {
  readonly z: Dropout;
  readonly linear: Linear;
  readonly m: Dropout;
  readonly a: { deep: Dropout[] };
  readonly own: Rngs;

  constructor(rngs: Rngs) {
    super();
    this.z = new Dropout(0.5, { rngs });
    this.linear = new Linear(2, 2, { rngs });
    this.m = new Dropout(0.5, { rngs });
    this.a = { deep: [new Dropout(0.5, { rngs: rngs.fork() })] };
    this.own = rngs;
  }
}

describe("reseed", () => {
  test.each([
    ["one stream for all", 3, { default: 3 }],
    ["streams by name", { params: 0, dropout: 1 }, { params: 0, dropout: 1 }],
  ] as const)("with the seeds of the construction gives its keys again: %s", async (_name, seed, seeds) => {
    const model = new Model(new Rngs(seed));
    const built = await keysOf(model);
    reseed(model, Object.fromEntries(Object.keys(seeds).map((tag) => [tag, 99])));
    const others = await keysOf(model);
    for (const [i, [path, key]] of others.entries()) expect(key, path).not.toEqual(built[i]![1]);
    reseed(model, seeds);
    expect(await keysOf(model)).toEqual(built);
  });

  test("gives the keys that another seed would have given in the construction", async () => {
    const model = new Model(new Rngs({ params: 0, dropout: 1 }));
    reseed(model, { dropout: 7 });
    expect(await keysOf(model)).toEqual(await keysOf(new Model(new Rngs({ params: 0, dropout: 7 }))));
  });

  test("repeats the first output of a Dropout, as in Flax", async () => {
    const dropout = new Dropout(0.5, { rngs: new Rngs({ params: 0, dropout: 1 }) });
    const x = tf.ones([20]);
    const first = await dropout.forward(x).data();
    dropout.forward(x);
    reseed(dropout, { dropout: 1 });
    expect(await dropout.forward(x).data()).toEqual(first);
    expect(await words(dropout.rngs!.key.value)).toEqual(await words(random.foldIn(random.key(1), 0)));
  });

  test("improvement: a stream that is not forked begins with the key of the seed", async () => {
    const rngs = new Rngs({ noise: 4 });
    const first = await words(rngs.key("noise"));
    rngs.key("noise");
    reseed(rngs, { noise: 4 });
    expect(await countOf(rngs.stream("noise"))).toBe(0);
    expect(await words(rngs.stream("noise").key.value)).toEqual([0, 4]);
    expect(await words(rngs.key("noise"))).toEqual(first);
  });

  test("knows split streams, and streams of streams", async () => {
    const make = () => {
      const rngs = new Rngs(5);
      rngs.key();
      const [, second] = rngs.split(2);
      return { second, fork: second!.fork(), copy: new Rngs({ default: second!.stream() }) };
    };
    const model = make();
    const built = await keysOf(model);
    reseed(model, { default: 6 });
    expect((await keysOf(model))[0]![1]).not.toEqual(built[0]![1]);
    reseed(model, { default: 5 });
    expect(await keysOf(model)).toEqual(built);
  });

  test("keeps apart what came from several seeds or keys; the first takes the new one", async () => {
    const model = {
      a: new Dropout(0.5, { rngs: new Rngs(1) }),
      b: new Dropout(0.5, { rngs: new Rngs(2) }),
      c: new RngStream(random.key(8)),
      d: new Dropout(0.5, { rngs: new Rngs(1) }),
    };
    reseed(model, { default: 1 });
    const keys = Object.fromEntries(await keysOf(model));
    expect(keys["a.rngs.key"]).toEqual(await words(random.foldIn(random.key(1), 0)));
    expect(keys["d.rngs.key"]).toEqual(keys["a.rngs.key"]);
    expect(keys["b.rngs.key"]).toEqual(await words(random.foldIn(random.foldIn(random.key(1), -1), 0)));
    expect(keys["c.key"]).toEqual(await words(random.foldIn(random.key(1), -2)));
  });

  test("makes do where a count was written from outside: keys stay different", async () => {
    const rngs = new Rngs(0);
    rngs.stream().count.value = tf.scalar(5, "int32");
    const model = [new Dropout(0.5, { rngs }), new Dropout(0.5, { rngs })];
    reseed(model, { default: 0 });
    const [first, second] = await keysOf(model);
    expect(first![1]).not.toEqual(second![1]);
  });

  test("does not mind what evalShape drew", async () => {
    const rngs = new Rngs(0);
    rngs.key();
    evalShape(() => new Linear(2, 2, { rngs }));
    const dropout = new Dropout(0.5, { rngs });
    const built = await keysOf(dropout);
    reseed(dropout, { default: 0 });
    expect(await keysOf(dropout)).toEqual(built);
    expect(built[0]![1]).toEqual(await words(random.foldIn(random.key(0), 1)));
  });

  test("takes keys and streams for seeds, and leaves them to the caller", async () => {
    const rngs = new Rngs({ a: 0, b: 0 });
    const key = random.key(3);
    reseed(rngs, { a: key, b: new Rngs(4).stream() });
    expect(await words(rngs.stream("a").key.value)).toEqual([0, 3]);
    expect(await words(rngs.stream("b").key.value)).toEqual([0, 4]);
    expect(key.isDisposed).toBe(false);
  });

  test("refuses a tag that no stream has, and what is no seed; nothing changes", async () => {
    const dropout = new Dropout(0.5, { rngs: new Rngs(0) });
    const built = await keysOf(dropout);
    expect(() => reseed(dropout, { default: 1, dropout: 1 })).toThrow(InvalidArgumentError);
    expect(() => reseed(dropout, { default: 1, dropout: 1 })).toThrow(
      'reseed: no random stream has the tag "dropout". There are: default (1). What is made with new Rngs(0) draws from ' +
        "the stream default and has its tag; for one of its own write new Rngs({ params: 0, dropout: 1 }).",
    );
    expect(() => reseed(dropout, { defualt: 1 })).toThrow(/Did you mean default\?/);
    expect(() => reseed(dropout, { default: 1.5 })).toThrow(/Invalid seed for the random stream "default"/);
    expect(await keysOf(dropout)).toEqual(built);
  });

  test("leaves nothing behind", async () => {
    const model = new Model(new Rngs(0));
    await expectNoLeak(() => reseed(model, { default: 1 }));
  });
});
