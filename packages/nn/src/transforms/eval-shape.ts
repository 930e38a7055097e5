/** @file Models without memory: shapes and dtypes only. */
import { assertFunction } from "../function-argument.ts";
import { abstractTensor, isAbstract, runAbstract } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { childrenOf, isParent, setChild } from "../graph/children.ts";
import { visitGraph } from "../graph/iterate.ts";
import { interceptVariables } from "../variable/access.ts";
import { AbstractStore } from "../variable/store.ts";
import { outsideTransaction } from "../variable/transaction.ts";
import type { Variable } from "../variable/variable.ts";
import { mapLeaves } from "../graph/map-leaves.ts";

/** Shape and dtype of a tensor that was never computed. @see jax.ShapeDtypeStruct */
export interface ShapeDtype {
  readonly shape: readonly number[];
  readonly dtype: tf.DataType;
}

/** `T` with each tensor replaced by its {@link ShapeDtype}; models keep their type. */
export type Abstract<T> = T extends tf.Tensor
  ? ShapeDtype
  : T extends readonly tf.Tensor[]
    ? { [K in keyof T]: Abstract<T[K]> }
    : T;

/**
 * Runs `fn` on shapes instead of numbers: nothing is computed and no tensor memory is used. A model that it makes
 * has Variables that know their shape and dtype; reading the value of one is an error until one is set, e.g. by
 * `update(model, weights)`. Tensors in the result become `{ shape, dtype }`. Variables that `fn` captures are not
 * written: random streams do not advance.
 *
 * ```ts
 * const model = evalShape(() => new Linear(4096, 4096, { rngs: new Rngs(0) }));
 * model.kernel.shape; // [4096, 4096]
 * ```
 *
 * @see flax.nnx.eval_shape
 */
export function evalShape<Args extends unknown[], T>(fn: (...args: Args) => T, ...args: Args): Abstract<T> {
  assertFunction(fn, "evalShape", "evalShape(() => new Linear(2, 3, { rngs }))");
  const created = new Set<Variable>();
  const captured = new Map<Variable, tf.Tensor>();
  const keepCaptured = (variable: Variable, value: tf.Tensor) => {
    captured.get(variable)?.dispose();
    captured.set(variable, tf.keep(value.clone()));
  };
  const interceptor = {
    adopt,
    created: (variable: Variable) => void created.add(variable),
    read(variable: Variable) {
      if (created.has(variable)) return variable.store.read();
      if (!captured.has(variable))
        keepCaptured(variable, abstractTensor([...variable.shape], variable.dtype));
      return captured.get(variable)!;
    },
    write(variable: Variable, value: tf.Tensor) {
      if (created.has(variable)) variable.store = variable.store.write(adopt(value));
      else keepCaptured(variable, value);
    },
  };
  return runAbstract(() => {
    const result: { value?: Abstract<T> } = {};
    try {
      tf.tidy(() => {
        result.value = abstractTensors(
          outsideTransaction(() => interceptVariables(interceptor, () => fn(...args))),
        );
      });
    } finally {
      for (const tensor of captured.values()) tensor.dispose();
      for (const variable of created) makeAbstract(variable);
    }
    return result.value!;
  });
}

/** A tensor from outside stays the caller's: a Variable that is made here takes its shape only. */
function adopt(value: tf.Tensor): tf.Tensor {
  return isAbstract(value) ? value : abstractTensor([...value.shape], value.dtype);
}

function makeAbstract(variable: Variable): void {
  const { store } = variable;
  if (store instanceof AbstractStore) return;
  variable.store = new AbstractStore(store.shape, store.dtype);
  store.dispose();
}

/** Marks what stands where a tensor was to be, so that loaders tell it from a setting of the same form. */
const ABSTRACT = Symbol.for("@nnx-js/nn/abstract");

function shapeOf({ shape, dtype }: tf.Tensor): ShapeDtype {
  return Object.defineProperty({ shape: [...shape], dtype }, ABSTRACT, { value: true });
}

/**
 * Replaces the tensors in `root` by their shapes: all in arrays, `Map`s and plain objects, which are new; in models
 * those that were made here.
 */
function abstractTensors<T>(root: T): Abstract<T> {
  const result = mapLeaves(root, (leaf) => (leaf instanceof tf.Tensor ? shapeOf(leaf) : leaf));
  for (const [, value] of visitGraph(result)) {
    if (!isParent(value)) continue;
    for (const [key, child] of childrenOf(value)) {
      if (child instanceof tf.Tensor && isAbstract(child)) setChild(value, key, shapeOf(child));
    }
  }
  // Tensors in containers became shapes, and models kept their type.
  return result as Abstract<T>;
}
