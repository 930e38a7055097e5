/** @file Functions with a derivative of their own. */
import { AsyncFunctionError } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { InvalidArgumentError } from "../../errors.ts";
import { assertFunction } from "../../function-argument.ts";
import type { Body } from "../../trace/control/body.ts";
import { type CallRule, type Dual, forwardOf } from "../../trace/call.ts";
import { type ClosedOver, recordBody } from "../../trace/record-body.ts";
import { replay } from "../../trace/replay.ts";
import { tapeNode } from "../../trace/tape-node.ts";
import { tapeVjp } from "../../trace/tape-vjp.ts";
import { withValues } from "../../variable/access.ts";
import { type Called, callFunction, outputsOf, standInsOf, variablesOf } from "./call-function.ts";
import { closureOf } from "./closure.ts";
import { directionsOf } from "./directions.ts";
import { distinct } from "./jvp.ts";
import { describe } from "./leaves.ts";
import { assertSameResult } from "./same-result.ts";
import { Flat } from "./tree.ts";
import type { Derivative, Direction } from "./types.ts";

/**
 * `f` with a derivative of your own, which serves forward and, transposed, reverse mode: `rule` gets the arguments, and
 * what they change by (zeros for what does not change, a State for a Module, undefined for what is not differentiated),
 * and answers `[out, tangent]`, in which the tangent is linear in what the arguments change by. It may call `f`. What `f`
 * closes over gets no derivative.
 *
 * ```ts
 * const softplus = customJvp(
 *   (x: tf.Tensor) => tf.log1p(tf.exp(x)),
 *   ([x], [dx]) => [softplus(x), tf.mul(dx, tf.sigmoid(x))],
 * );
 * ```
 *
 * @throws InvalidArgumentError where `rule` gives another `out` than `f`, or a tangent that does not fit it
 * @see jax.custom_jvp
 */
export function customJvp<Args extends unknown[], Out>(
  f: (...args: Args) => Out,
  rule: (primals: Args, tangents: Derivative<Args>) => readonly [Out, Direction<Out>],
): (...args: Args) => Out {
  for (const each of [f, rule]) {
    assertFunction(each, "customJvp", "customJvp(f, ([x], [dx]) => [f(x), tf.mul(dx, x)])");
  }
  // The function gives what `f` gives.
  return (...args) =>
    callFunction(
      f,
      args,
      { caller: "customJvp", closureOf: (primals) => closureOfRule(rule as unknown as Rule, primals) },
      (called) => new CustomJvpRule(called, rule as unknown as Rule),
    ) as Out;
}

/** The rule of a {@link customJvp}, for arguments of any types. */
type Rule = (primals: unknown, tangents: unknown) => unknown;

/** What the rule closes over: it may run later, in another trace. */
function closureOfRule(rule: Rule, primals: Flat): ClosedOver {
  const count = primals.tensors.length;
  const run = (...tensors: tf.Tensor[]) => {
    const values = new Map([...primals.variables].map(([variable, i]) => [variable, tensors[i]!]));
    const changes = tensors.slice(count).map((each, i) => (primals.isFloat[i] ? each : undefined));
    return withValues(values, () => rule(primals.rebuilt(tensors), primals.derivatives(changes)));
  };
  return closureOf(rule, run, [...primals.tensors, ...primals.tensors], "customJvp");
}

class CustomJvpRule implements CallRule {
  readonly name = "customJvp";
  readonly isOfValues = true;
  private readonly called: Called;
  private readonly rule: Rule;

  constructor(called: Called, rule: Rule) {
    this.called = called;
    this.rule = rule;
  }

  onTape(body: Body, inputs: readonly tf.Tensor[]): tf.Tensor[] {
    const { primals } = this.called;
    const places = primals.tensors.flatMap((_, i) => (primals.isFloat[i] ? [i] : []));
    return tapeNode(inputs, {
      forward: () => forwardOf(body, this, inputs),
      save: () => inputs,
      backward: (dys, saved) => {
        // The derivative is linear in the direction: where its gradient is taken does not matter.
        const { gradients } = tapeVjp(
          (xs) => {
            const { outputs, tangents } = this.jvp(
              body,
              saved,
              inputs.map((_, i) => xs[places.indexOf(i)]),
            );
            return outputs.map((output, i) => tangents[i] ?? tf.zerosLike(output));
          },
          places.map((i) => tf.zerosLike(saved[i]!)),
          () => dys,
        );
        return inputs.map((_, i) => gradients[places.indexOf(i)]);
      },
    });
  }

  jvp(_: Body, inputs: readonly tf.Tensor[], tangents: readonly (tf.Tensor | undefined)[]): Dual {
    const { called, rule } = this;
    const { primals } = called;
    const count = inputs.length;
    const directions = primals.tensors.map((_tensor, i) =>
      primals.isFloat[i] ? (tangents[i] ?? tf.zerosLike(inputs[i]!)) : undefined,
    );
    const given = directions.flatMap((each, i) => (each ? [i] : []));
    const recorded = recordBody(
      (...tensors) => {
        const changes = primals.tensors.map((_tensor, i) => tensors[count + given.indexOf(i)]);
        const [args, steps] = [primals.rebuilt(tensors), primals.derivatives(changes)];
        return withValues(variablesOf(called, tensors.slice(0, count)), () => {
          const found = rule(args, steps);
          if (AsyncFunctionError.isPromise(found)) throw new AsyncFunctionError("customJvp", found);
          if (!Array.isArray(found) || found.length !== 2) {
            throw new InvalidArgumentError(
              `customJvp: expected a rule that returns [out, tangent], found one that returns ${describe(found)}.`,
            );
          }
          assertSameResult(called.out, found[0], "customJvp: out of the rule");
          const out = Flat.ofResult(found[0]);
          const change = directionsOf(out, found[1], "customJvp: tangent");
          return distinct([
            ...out.tensors,
            ...out.tensors.map((tensor, i) => change[i] ?? tf.zerosLike(tensor)),
          ]);
        });
      },
      [...inputs, ...given.map((i) => directions[i]!)],
      { caller: "customJvp", name: this.name, standIns: standInsOf(called, inputs) },
    );
    const results = replay(recorded.graph, [
      ...inputs,
      ...given.map((i) => directions[i]!),
      ...recorded.surroundings(),
    ]);
    const half = recorded.resultCount / 2;
    const written = recorded.variables.filter(({ isWritten }) => isWritten);
    const next = new Map(written.map(({ variable }, i) => [variable, results[recorded.resultCount + i]!]));
    recorded.dispose();
    return {
      outputs: outputsOf(called, inputs, results.slice(0, half), next),
      tangents: results.slice(half, recorded.resultCount),
    };
  }
}
