/** @file Loops that go on for as long as a condition holds. */
import * as tf from "@tensorflow/tfjs-core";
import { DtypeError, InvalidArgumentError, ShapeMismatchError } from "../../errors.ts";
import { assertFunction } from "../../function-argument.ts";
import { atBoundary } from "../../module/boundary.ts";
import { launchWhile } from "../../trace/control/launch.ts";
import { whileGradientError } from "../../trace/control/while-gradient.ts";
import { activeTrace } from "../../trace/trace-backend.ts";
import { formatVariables } from "./format-variables.ts";
import { merged } from "./merged.ts";
import { ownTensors } from "./own.ts";
import { recorded } from "./recorded.ts";
import type { Carried, Returned } from "./returned.ts";
import { describe, type Tree, treeOf } from "./tree.ts";
import { nextCarry } from "./turn.ts";
import { withVariablesKept } from "./variables-kept.ts";

/**
 * Runs `body(carry)` for as long as `cond(carry)`, a bool scalar, is true; gives the last carry.
 *
 * What is carried keeps its structure, shapes and dtypes; Modules, Variables and random streams may be part of it or be
 * closed over, and `body` may write them. Eagerly the condition is read once a turn; within a compiled function it stays
 * where it is, and how many turns there are may differ from call to call. There is no gradient through it, as in JAX, but
 * `jvp`, `linearize` and `jacfwd` go forward.
 *
 * ```ts
 * whileLoop((x: tf.Tensor) => tf.less(tf.sum(x), 100), (x) => tf.mul(x, 2), tf.tensor1d([1, 2]));
 * ```
 *
 * @throws GraphStructureError, ShapeMismatchError, DtypeError for a carry that changes, and for a condition that is no
 *   bool scalar; InvalidArgumentError when a gradient is taken through it
 * @see jax.lax.while_loop, flax.nnx.while_loop
 */
export function whileLoop<C extends Carried>(
  cond: (carry: C) => tf.Tensor,
  body: (carry: C) => Returned<C>,
  init: C,
): C {
  const repair = "whileLoop((x) => tf.less(x, 10), (x) => tf.mul(x, 2), x)";
  assertFunction(cond, "whileLoop", repair);
  assertFunction(body, "whileLoop", repair);
  return whileAs(`whileLoop(${body.name || "anonymous"})`, cond, body, init);
}

/** {@link whileLoop} for what errors call `caller`; they give paths below `roots`. */
export function whileAs<C extends Carried>(
  caller: string,
  cond: (carry: C) => tf.Tensor,
  body: (carry: C) => Returned<C>,
  init: C,
  roots: readonly unknown[] = [init],
): C {
  const loop: Loop = {
    // What the functions take is what the trees are rebuilt to.
    cond: cond as (carry: unknown) => tf.Tensor,
    body: body as (carry: unknown) => unknown,
    caller,
    name: body.name || "anonymous",
  };
  return atBoundary(roots, () => {
    const carry = treeOf(init, `${loop.caller}: the carry`);
    // The tree is rebuilt with tensors in the places of tensors.
    return (activeTrace() ? traced(loop, carry) : eager(loop, carry)) as C;
  });
}

interface Loop {
  readonly cond: (carry: unknown) => tf.Tensor;
  readonly body: (carry: unknown) => unknown;
  readonly caller: string;
  readonly name: string;
}

function eager({ cond, body, caller }: Loop, carry: Tree): unknown {
  const last = tf.tidy(() => {
    let current: readonly tf.Tensor[] = carry.tensors;
    for (let turn = 0; ; turn++) {
      const goesOn = tf.tidy(() => truth(cond(carry.rebuild(current)), caller).dataSync()[0] !== 0);
      if (!goesOn) return ownTensors(current);
      const next = tf.tidy(() => {
        const given = withVariablesKept(caller, () => body(carry.rebuild(current)));
        return ownTensors(nextCarry(carry, given, caller).tensors);
      });
      if (turn > 0) for (const tensor of current) tensor.dispose();
      current = next;
    }
  });
  return carry.rebuild(tf.engine().isTapeOn() ? last.map((tensor) => withoutGradient(tensor, caller)) : last);
}

/** The same tensor, through which no gradient passes: eagerly as compiled. */
const withoutGradient = (tensor: tf.Tensor, caller: string): tf.Tensor =>
  tensor.dtype === "float32"
    ? tf.customGrad((x) => ({
        value: tf.clone(x as tf.Tensor),
        gradFunc: () => {
          throw whileGradientError(caller);
        },
      }))(tensor)
    : tensor;

function traced({ cond, body, caller, name }: Loop, carry: Tree): unknown {
  const specs = carry.tensors.map(({ shape, dtype }) => ({ shape, dtype }));
  const names = { caller, name };
  const condition = recorded((...args) => [truth(cond(carry.rebuild(args)), caller)], specs, names);
  try {
    const isWritten = [...condition.variables].filter(([, { after }]) => after);
    if (isWritten.length > 0) {
      throw new InvalidArgumentError(
        `${caller}: expected a condition that writes no Variables, found that it writes ` +
          `${formatVariables(isWritten.map(([variable]) => variable))}. Write them in the body.`,
      );
    }
    const turn = recorded(
      (...args) => nextCarry(carry, body(carry.rebuild(args)), caller).tensors,
      specs,
      names,
    );
    try {
      const { bodies, written, surroundings } = merged([condition, turn], caller, (i) => i === 1);
      const outputs = launchWhile([...carry.tensors, ...surroundings], {
        condition: bodies[0]!,
        body: bodies[1]!,
        carries: carry.tensors.length + written.length,
        caller,
      });
      const last = outputs.splice(0, carry.tensors.length);
      for (const [i, variable] of written.entries()) variable.value = outputs[i]!;
      return carry.rebuild(last);
    } finally {
      turn.dispose();
    }
  } finally {
    condition.dispose();
  }
}

/** Checks that a condition is one. */
function truth(condition: unknown, caller: string): tf.Tensor {
  const text = () =>
    `${caller}: expected a condition that is a bool scalar, found ${describe(condition)}. Reduce it: tf.any(condition), ` +
    `tf.less(tf.sum(x), 10).`;
  if (!(condition instanceof tf.Tensor)) throw new InvalidArgumentError(text());
  if (condition.rank !== 0) throw new ShapeMismatchError(text());
  if (condition.dtype !== "bool") throw new DtypeError(text());
  return condition;
}
