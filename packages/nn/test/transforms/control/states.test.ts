/** @file States in what loops carry and branches give: parameters that one turn hands to the next. */
import { cond, grad, Linear, Param, Rngs, scan, State, state, type Variable, whileLoop } from "@nnx-js/nn";
import { recordBody, replay } from "@nnx-js/nn/trace";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";

type Params = State<Variable>;

const loss = (params: Params, x: tf.Tensor) =>
  tf.mean<tf.Scalar>(tf.square(tf.add(tf.matMul(x, params.leaf("kernel").value), params.leaf("bias").value)));

/** One step of gradient descent: parameters are what is carried. */
function step(params: Params, x: tf.Tensor): [Params, tf.Tensor] {
  const gradients = grad(loss)(params, x);
  const next = new State<Variable>(
    params.entries.map(([path, variable]) => {
      const value = tf.sub(variable.value, tf.mul(gradients.leaf(...path).value, 0.1));
      return [path, new Param(value)] as const;
    }),
  );
  return [next, loss(params, x)];
}

const xs = () => tf.tensor3d([0.3, -0.2, 0.7, 1.1, -0.4, 0.9], [3, 1, 2]);
const parametersOf = () => state(new Linear(2, 3, { rngs: new Rngs(0) }), Param);
const numbers = (params: Params) => params.entries.map(([, { value }]) => [...value.dataSync()]);

const runs: [string, (fn: (...args: tf.Tensor[]) => unknown, args: tf.Tensor[]) => unknown][] = [
  ["eagerly", (fn, args) => fn(...args)],
  [
    "recorded",
    (fn, args) => {
      const body = recordBody(fn, args, { caller: "test", name: "test" });
      try {
        return body.finish(replay(body.graph, [...args, ...body.surroundings()]));
      } finally {
        body.dispose();
      }
    },
  ],
];

describe.each(runs)("%s", (_, run) => {
  test("a scan of steps carries parameters, and leaves those of the model", () => {
    const initial = parametersOf();
    const before = numbers(initial);
    let params: Params = initial;
    const losses = [0, 1, 2].map((i) => {
      const [next, value] = step(params, tf.gather(xs(), i));
      params = next;
      return value.dataSync()[0]!;
    });
    const [last, ys] = run((x) => scan(step, initial, x), [xs()]) as [Params, tf.Tensor];
    for (const [i, values] of numbers(last).entries())
      for (const [j, value] of values.entries()) expect(value).toBeCloseTo(numbers(params)[i]![j]!, 6);
    for (const [i, value] of [...ys.dataSync()].entries()) expect(value).toBeCloseTo(losses[i]!, 6);
    expect(last.leaf("kernel")).toBeInstanceOf(Param);
    expect(numbers(initial)).toEqual(before);
  });

  test("States in xs have an axis for the turns, and those of results get one", () => {
    const stack = new State<Variable>([[["w"], new Param(tf.tensor2d([[1, 2], [3, 4]]))]]); // prettier-ignore
    const [, out] = run(
      () =>
        scan(
          (c: tf.Tensor, s: Params) => [tf.add(c, tf.sum(s.leaf("w").value)), s] as const,
          tf.scalar(0),
          stack,
        ),
      [],
    ) as [tf.Tensor, Params];
    expect(out.leaf("w").value.shape).toEqual([2, 2]);
    expect(numbers(out)).toEqual([[1, 2, 3, 4]]);
  });

  test("branches and loops with a condition give States", () => {
    const params = parametersOf();
    const doubled = (p: Params) =>
      new State<Variable>(p.entries.map(([path, { value }]) => [path, new Param(tf.mul(value, 2))] as const));
    const chosen = run((pred) => cond(pred, doubled, (p: Params) => p, params), [tf.tensor(true)]) as Params;
    expect(numbers(chosen)).toEqual(numbers(doubled(params)));
    const [, looped] = run(
      (i) =>
        whileLoop(
          ([i]: [tf.Tensor, Params]) => tf.less(i, 2),
          ([i, p]: [tf.Tensor, Params]) => [tf.add(i, 1), doubled(p)] as [tf.Tensor, Params],
          [i, params] as [tf.Tensor, Params],
        ),
      [tf.scalar(0)],
    ) as [tf.Tensor, Params];
    expect(numbers(looped)).toEqual(numbers(doubled(doubled(params))));
  });

  test("a State that changes is refused with its path", () => {
    const wrong = (p: Params, x: tf.Tensor) =>
      [new State<Variable>([[["kernel"], p.leaf("kernel")]]), x] as [Params, tf.Tensor];
    expect(() => run((x) => scan(wrong, parametersOf(), x), [xs()])).toThrow(/the carry at bias/);
  });
});
