/** @file Adam as a pure function of jax-js arrays. */
import { numpy as np } from "@jax-js/jax";

/** Arrays by name. */
type Arrays = Record<string, np.Array>;

/** What Adam keeps. */
export type AdamState<T> = { m: T; v: T; count: np.Array };

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

/** Before the first step; `params` stay the caller's. */
export function adamState<T extends Arrays>(params: T): AdamState<T> {
  const zeros = () => mapped(params, (param) => np.zeros(param.shape));
  return { m: zeros(), v: zeros(), count: np.array(0) };
}

/** One step; takes its arguments over, as functions of jax-js do. */
export function adamUpdate<T extends Arrays>(
  params: T,
  grads: T,
  { m, v, count }: AdamState<T>,
  learningRate: number,
): { params: T; adam: AdamState<T> } {
  const next = count.add(1);
  const correction1 = np.subtract(1, np.power(BETA1, next.ref));
  const correction2 = np.subtract(1, np.power(BETA2, next.ref));
  const m1 = mapped(m, (m, name) => m.mul(BETA1).add(grads[name]!.ref.mul(1 - BETA1)));
  const v1 = mapped(v, (v, name) => v.mul(BETA2).add(np.square(grads[name]!).mul(1 - BETA2)));
  const updated = mapped(params, (param, name) => {
    const mean = m1[name]!.ref.div(correction1.ref);
    const deviation = np.sqrt(v1[name]!.ref.div(correction2.ref)).add(EPSILON);
    return param.sub(mean.div(deviation).mul(learningRate));
  });
  correction1.dispose();
  correction2.dispose();
  return { params: updated, adam: { m: m1, v: v1, count: next } };
}

function mapped<T extends Arrays>(arrays: T, f: (array: np.Array, name: string) => np.Array): T {
  const entries = Object.entries(arrays).map(([name, array]) => [name, f(array, name)] as const);
  return Object.fromEntries(entries) as T;
}
