import {
  clone,
  Dropout,
  forkRngs,
  initializers,
  InvalidArgumentError,
  Linear,
  PathContains,
  restoreRngs,
  Rngs,
  RngState,
  type RngStream,
  Sequential,
  splitRngs,
  state,
  withRngs,
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
const countOf = async ({ count }: RngStream) => (await count.value.data())[0];
const keyAt = (seed: number, ...steps: number[]) =>
  words(steps.reduce((key: tf.Tensor, step) => random.foldIn(key, step), random.key(seed)));

function makeModel() {
  const rngs = new Rngs({ params: 0, dropout: 1, noise: 2 });
  return new Sequential(
    new Linear(2, 2, { rngs }),
    new Dropout(0.5, { rngs }),
    new Dropout(0.5, { rngs, rngCollection: "noise" }),
  );
}
const streamOf = (model: ReturnType<typeof makeModel>, i: 1 | 2) => model.layers[i].rngs!;

describe("split and broadcast", () => {
  test("split gives streams with the keys that the next key splits into, and draws one key", async () => {
    const rngs = new Rngs({ params: 3, dropout: 4 });
    rngs.key("params");
    const lanes = rngs.split(3);
    expect(lanes.length).toBe(3);
    for (const [i, lane] of lanes.entries()) {
      expect(await words(lane.stream("params").key.value)).toEqual(await keyAt(3, 1, i));
      expect(await words(lane.key("dropout"))).toEqual(await keyAt(4, 0, i, 0));
      expect(await countOf(lane.stream("params"))).toBe(0);
    }
    expect([await countOf(rngs.stream("params")), await countOf(rngs.stream("dropout"))]).toEqual([2, 1]);
  });

  test("streams that are left out are the same in all, and never repeat a key that was given", async () => {
    const rngs = new Rngs({ params: 3, dropout: 4 });
    const given = await words(rngs.key("params"));
    const [a, b] = rngs.split(2, { only: "dropout" });
    expect(await words(a!.key("params"))).toEqual(await words(b!.key("params")));
    expect(await words(a!.stream("params").key.value)).toEqual(await keyAt(3, 1));
    expect(await words(b!.key("params"))).not.toEqual(given);
    expect(await words(a!.key("dropout"))).not.toEqual(await words(b!.key("dropout")));
  });

  test("broadcast gives streams with the next key", async () => {
    const rngs = new Rngs(3);
    const lanes = [...rngs.broadcast(2), new Rngs(3).fork()];
    for (const lane of lanes) expect(await words(lane.stream().key.value)).toEqual(await keyAt(3, 0));
    const [one] = rngs.stream().broadcast(1);
    expect(await words(one!.key.value)).toEqual(await keyAt(3, 1));
  });

  test("refuse a number that is none, and leave nothing behind", async () => {
    const rngs = new Rngs(0);
    expect(() => rngs.split(0)).toThrow(InvalidArgumentError);
    expect(() => rngs.stream().split(1.5)).toThrow(
      "split: expected a positive integer, got 1.5. Write split(4).",
    );
    expect(() => rngs.broadcast(-1)).toThrow(/broadcast: expected a positive integer/);
    expect(() => splitRngs(rngs, 0)).toThrow(/splitRngs: expected a positive integer/);
    await expectNoLeak(() => {
      for (const lane of [...rngs.split(2), ...rngs.broadcast(2), rngs.fork()]) lane.dispose();
    });
  });
});

describe("forkRngs and restoreRngs", () => {
  test("replace keys by the next ones, for all views, until they are restored", async () => {
    const model = makeModel();
    const view = clone(model, { variables: false });
    const stream = streamOf(model, 1);
    stream.next();
    const backups = forkRngs(model, { only: "dropout" });
    expect(await words(streamOf(view, 1).key.value)).toEqual(await keyAt(1, 0, 1));
    expect(await countOf(streamOf(view, 1))).toBe(0);
    expect(await words(streamOf(model, 2).key.value)).toEqual(await keyAt(2, 0));
    streamOf(view, 1).next();
    restoreRngs(backups);
    expect([await words(stream.key.value), await countOf(stream)]).toEqual([await keyAt(1, 0), 2]);
    stream.next();
    backups.restore();
    expect(await countOf(stream)).toBe(3);
  });

  test("restore at the end of a block, and leave nothing behind", async () => {
    const model = makeModel();
    const stream = streamOf(model, 2);
    await expectNoLeak(() => {
      using _backups = forkRngs(model);
      stream.next().dispose();
    });
    expect([await words(stream.key.value), await countOf(stream)]).toEqual([await keyAt(2, 0), 4]);
  });
});

describe("withRngs and splitRngs", () => {
  test("withRngs gives a view with forks for streams", async () => {
    const model = makeModel();
    const copy = withRngs(model, { only: PathContains(1) });
    expect(copy.layers[0].kernel).toBe(model.layers[0].kernel);
    expect(await words(streamOf(copy, 1).key.value)).toEqual(await keyAt(1, 0, 0));
    expect(streamOf(copy, 2).key).toBe(streamOf(model, 2).key);
    streamOf(copy, 1).next();
    expect([await countOf(streamOf(model, 1)), await countOf(streamOf(copy, 1))]).toEqual([1, 1]);
    await expectNoLeak(() => state(withRngs(model), RngState).dispose());
  });

  test("splitRngs gives views that draw differently, of one set of weights", async () => {
    const model = makeModel();
    const lanes = splitRngs(model, 3, { only: "dropout" });
    for (const [i, lane] of lanes.entries()) {
      expect(lane.layers[0].kernel).toBe(model.layers[0].kernel);
      expect(await words(streamOf(lane, 1).key.value)).toEqual(await keyAt(1, 0, 0, i));
      expect(streamOf(lane, 2).count).toBe(streamOf(model, 2).count);
    }
    const outputs = await Promise.all(lanes.map((lane) => lane.layers[1].forward(tf.ones([30])).data()));
    expect(outputs[0]).not.toEqual(outputs[1]);
    expect(outputs[1]).not.toEqual(outputs[2]);
  });

  test("work on what is no module, and keep a stream that two parts share shared", () => {
    const rngs = new Rngs(0);
    const copy = withRngs({ a: rngs, b: [rngs] });
    expect(copy.a).toBe(copy.b[0]);
    expect(copy.a.stream().key).not.toBe(rngs.stream().key);
  });
});

test("samplers draw one key each and give what the random functions give for it", async () => {
  const rngs = new Rngs(7);
  const exact = { rtol: 0, atol: 0 };
  const key = async (n: number) => random.foldIn(random.key(7), n);
  await expect(rngs.exponential([3])).toBeAllClose(random.exponential(await key(0), [3]), exact);
  await expect(rngs.gumbel([3])).toBeAllClose(random.gumbel(await key(1), [3]), exact);
  await expect(rngs.laplace([3])).toBeAllClose(random.laplace(await key(2), [3]), exact);
  await expect(rngs.logistic([3])).toBeAllClose(random.logistic(await key(3), [3]), exact);
  await expect(rngs.choice(9, [3], { replace: false })).toBeAllClose(
    random.choice(await key(4), 9, [3], { replace: false }),
    exact,
  );
  await expect(rngs.lecunNormal()([3, 2])).toBeAllClose(
    initializers.lecunNormal()(await key(5), [3, 2]),
    exact,
  );
  const draw = rngs.heUniform();
  expect(await countOf(rngs.stream())).toBe(6);
  await expect(draw([3, 2])).toBeAllClose(initializers.heUniform()(await key(6), [3, 2]), exact);
  const rest = [rngs.lecunUniform(), rngs.glorotNormal(), rngs.glorotUniform(), rngs.heNormal()];
  for (const sample of rest) expect(sample([2, 2]).shape).toEqual([2, 2]);
  expect(await countOf(rngs.stream())).toBe(11);
});
