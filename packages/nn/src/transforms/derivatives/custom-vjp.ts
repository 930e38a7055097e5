/** @file Functions with a gradient of their own. */
import { AsyncFunctionError } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { InvalidArgumentError } from "../../errors.ts";
import { assertFunction } from "../../function-argument.ts";
import { formatPath } from "../../graph/kinds.ts";
import { mapLeaves } from "../../graph/map-leaves.ts";
import { Body } from "../../trace/control/body.ts";
import { spentBody } from "../../trace/control/spent.ts";
import type { CallRule } from "../../trace/call.ts";
import { type ClosedOver, recordBody } from "../../trace/record-body.ts";
import { replay } from "../../trace/replay.ts";
import { isTaping, tapeNode } from "../../trace/tape-node.ts";
import { tapeVjp } from "../../trace/tape-vjp.ts";
import { withValues } from "../../variable/access.ts";
import { withPastValues } from "../../variable/past-values.ts";
import {
  type Called,
  type CallOptions,
  callFunction,
  closedVariablesOf,
  countOf,
  outputsOf,
  ownVariablesOf,
  standInsOf,
  variablesOf,
} from "./call-function.ts";
import { closureOf, NOTHING } from "./closure.ts";
import { directionsOf } from "./directions.ts";
import { UnsupportedDerivativeError } from "./errors.ts";
import { type FunctionGraph, withFunctionGraph } from "./function-graph.ts";
import { assertSameResult } from "./same-result.ts";
import type { Flat } from "./tree.ts";
import type { Derivative, Direction } from "./types.ts";

/** What {@link customVjp} is told. */
export interface CustomVjpOptions<Args extends unknown[], Out, Residuals> {
  /** Runs instead of the function where it is differentiated: `[out, residuals]`. It may call the function. */
  readonly forward: (...args: Args) => readonly [Out, Residuals];
  /**
   * From what `forward` kept, and the gradient of a loss with respect to `out`, to those of each argument: a tensor for
   * a tensor, a State for a Module, undefined for none. Modules among the residuals have the values of the forward pass.
   */
  readonly backward: (residuals: Residuals, gradient: Derivative<Out>) => readonly [...DirectionsOf<Args>];
}

/** A direction for each argument. */
type DirectionsOf<Args extends unknown[]> = { [K in keyof Args]: Direction<Args[K]> };

/**
 * `f` with a gradient of your own, in every transformation: `grad`, `vjp`, `vmap`, `scan` and `jit`. What `f` closes over
 * gets no gradient. Not for forward mode: see {@link customJvp}.
 *
 * ```ts
 * const clipped = customVjp((x: tf.Tensor) => tf.clone(x), {
 *   forward: (x) => [tf.clone(x), undefined],
 *   backward: (_, gradient) => [tf.clipByValue(gradient, -1, 1)],
 * });
 * ```
 *
 * @throws InvalidArgumentError where `forward` gives another `out` than `f`, and where `backward` gives what does not fit
 *   the arguments
 * @see flax.nnx.custom_vjp
 */
export function customVjp<Args extends unknown[], Out, Residuals>(
  f: (...args: Args) => Out,
  rules: CustomVjpOptions<Args, Out, Residuals>,
): (...args: Args) => Out {
  // Callers without types may have left them out.
  const given: Partial<typeof rules> | undefined = rules;
  const { forward, backward } = given ?? {};
  for (const each of [f, forward, backward]) {
    assertFunction(each, "customVjp", "customVjp(f, { forward, backward })");
  }
  const functions = rules as unknown as Rules;
  const options: CallOptions = {
    caller: "customVjp",
    closureOf: (primals, out) => closureOfRules(functions, primals, out),
  };
  // The function gives what `f` gives.
  return (...args) => callFunction(f, args, options, (called) => new CustomVjpRule(called, functions)) as Out;
}

/** The functions of a {@link customVjp}, for arguments of any types. */
interface Rules {
  readonly forward: (...args: never[]) => readonly unknown[];
  readonly backward: (residuals: unknown, gradient: unknown) => unknown;
}

/** What the functions close over, where they may run later, in another trace. */
function closureOfRules(rules: Rules, primals: Flat, out: Flat): ClosedOver {
  // On a tape they run here and now.
  if (isTaping()) return NOTHING;
  const count = primals.tensors.length;
  const run = (...tensors: tf.Tensor[]) => {
    const values = new Map([...primals.variables].map(([variable, i]) => [variable, tensors[i]!]));
    return withValues(values, () => {
      const [, residuals] = rules.forward(...(primals.rebuilt(tensors) as never[]));
      const cotangents = tensors.slice(count).map((each, i) => (out.isFloat[i] ? each : undefined));
      return rules.backward(residuals, out.derivatives(cotangents));
    });
  };
  return closureOf(rules, run, [...primals.tensors, ...out.tensors], "customVjp");
}

/** What `vjp` and `linearize` give holds tensors that are gone when `backward` runs. */
function assertKept(residuals: unknown): void {
  mapLeaves(residuals, (leaf, path) => {
    if (typeof leaf !== "function" || !("dispose" in leaf)) return leaf;
    throw new InvalidArgumentError(
      `customVjp: ${["residuals", formatPath(path)].filter(Boolean).join(" at ")}: expected tensors and Modules, found a function of vjp ` +
        "or linearize. Keep its arguments, and take it in backward: " +
        "backward: (args, g) => vjp(f, args)[1](g).",
    );
  });
}

class CustomVjpRule implements CallRule {
  readonly name = "customVjp";
  readonly isOfValues = false;
  private readonly called: Called;
  private readonly rules: Rules;

  constructor(called: Called, rules: Rules) {
    this.called = called;
    this.rules = rules;
  }

  onTape(_: Body, inputs: readonly tf.Tensor[]): tf.Tensor[] {
    return this.forward(inputs, (recorded) => this.taped(recorded, inputs));
  }

  plain(inputs: readonly tf.Tensor[]): tf.Tensor[] {
    return this.forward(inputs, ({ body, parameters }) => replay(body.graph, parameters()));
  }

  /** The outputs of the call, where `run` gives those of `forward`. */
  private forward(
    inputs: readonly tf.Tensor[],
    run: (recorded: FunctionGraph) => readonly tf.Tensor[],
  ): tf.Tensor[] {
    const { called, rules } = this;
    const args = called.primals.rebuilt(inputs) as unknown[];
    const pair = "a forward that returns [out, residuals]";
    const standIns = standInsOf(called, inputs);
    return withValues(variablesOf(called, inputs), () =>
      withFunctionGraph(
        rules.forward,
        args,
        { caller: "customVjp", hasAux: true, pair, standIns },
        (recorded) => {
          const { out, aux } = recorded;
          assertSameResult(called.out, out.rebuilt(out.tensors), "customVjp: out of forward");
          assertKept(aux.rebuilt(aux.tensors));
          const outputs = run(recorded);
          const { variables, resultCount } = recorded.body;
          const written = variables.filter(({ isWritten }) => isWritten);
          const next = new Map(written.map(({ variable }, i) => [variable, outputs[resultCount + i]!]));
          return outputsOf(called, inputs, outputs.slice(0, out.tensors.length), next);
        },
      ),
    );
  }

  /** The outputs of `forward`, whose gradient is that of the rule. */
  private taped(recorded: FunctionGraph, inputs: readonly tf.Tensor[]): tf.Tensor[] {
    const { primals, body, out, aux } = recorded;
    const { graph } = body;
    const { closure } = this.called;
    const [start, end] = [out.tensors.length, out.tensors.length + aux.tensors.length];
    const own = recorded.parameters();
    const parameters = [...own, ...inputs.slice(inputs.length - countOf(closure))];
    const called = { primals, out, variables: body.variables, closure };
    // What gradients around the innermost one see; each uses the rules that it comes to.
    let next: Body | undefined;
    return tapeNode(parameters, {
      forward: () => replay(graph, own),
      save: (results) => [...parameters, ...results.slice(start, end)],
      backward: (dys, saved) => {
        const then = saved.slice(0, parameters.length);
        const residuals = aux.rebuilt(saved.slice(parameters.length));
        // The rule is for the innermost gradient, which comes first; those around it see `forward` as it is.
        const seen = next;
        next = seen ? spentBody(seen) : new Body(graph);
        const reached = seen ? 0 : start;
        const isReached = dys.slice(0, reached).some((dy) => dy !== undefined);
        const backward = () => {
          const cotangents = out.tensors.map((_tensor, i) =>
            out.isFloat[i] ? (dys[i] ?? tf.zeros([...graph.outputs[i]!.value.shape])) : undefined,
          );
          return this.rules.backward(residuals, out.derivatives(cotangents));
        };
        const given = isReached ? this.backward(backward, called, then) : undefined;
        if (AsyncFunctionError.isPromise(given)) throw new AsyncFunctionError("customVjp", given);
        const byRule = directionsOf(primals, given, "customVjp: gradient");
        // Gradients of gradients come through what was kept, too.
        const isPlain = dys.slice(reached, end).some((dy) => dy !== undefined);
        if (!isPlain) return parameters.map((_parameter, i) => byRule[i]);
        const before = then.slice(0, own.length);
        const places = before.flatMap(({ dtype }, i) => (dtype === "float32" ? [i] : []));
        const { gradients } = tapeVjp(
          (xs) => {
            const changed = [...before];
            for (const [i, place] of places.entries()) changed[place] = xs[i]!;
            return replay(seen?.graph ?? graph, changed);
          },
          places.map((place) => before[place]!),
          () => graph.outputs.map((_output, i) => (i >= reached && i < end ? dys[i] : undefined)),
        );
        return parameters.map((_parameter, i) => {
          const more = gradients[places.indexOf(i)];
          return byRule[i] && more ? tf.add(byRule[i], more) : (byRule[i] ?? more);
        });
      },
    });
  }

  /**
   * What `run` gives, for which Variables have the values, and tensors that it closes over stand-ins, among `inputs`. What
   * it writes to Variables of the forward pass is forgotten, as in Flax: it had copies of them.
   */
  private backward(run: () => unknown, called: Called, inputs: readonly tf.Tensor[]): unknown {
    const standIns = standInsOf(called, inputs);
    const recorded = () => {
      if (standIns.size === 0) return run();
      const body = recordBody(run, [], { caller: "customVjp", name: "backward", standIns });
      const outputs = replay(body.graph, body.surroundings());
      const given = body.finish(outputs.slice(0, body.resultCount));
      body.write(outputs.slice(body.resultCount));
      body.dispose();
      return given;
    };
    return withValues(closedVariablesOf(called, inputs), () =>
      withPastValues(ownVariablesOf(called, inputs), recorded),
    );
  }

  jvp(): never {
    throw new UnsupportedDerivativeError(
      "a function of customVjp",
      undefined,
      "It has a gradient only: give it a derivative by customJvp, which serves reverse mode as well, or take gradients " +
        "first: jvp(grad(f), …).",
    );
  }
}
