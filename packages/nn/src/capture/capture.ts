/** @file `capture`: the intermediate values of a call beside its result. */
import { AsyncFunctionError } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { InvalidArgumentError } from "../errors.ts";
import { iterModules } from "../graph/iterate.ts";
import { isPytree, VARIABLE } from "../graph/kinds.ts";
import type { State } from "../graph/state.ts";
import { atBoundary } from "../module/boundary.ts";
import type { Module } from "../module/module.ts";
import { mapLeaves } from "../graph/map-leaves.ts";
import { initialValues } from "./initial-values.ts";
import { aroundMethods } from "./methods.ts";
import { recorderOf, type VariableClass } from "./recorder.ts";
import { Session } from "./recording.ts";

/** A Module with `forward`. */
type Model = Module & { forward(...args: never[]): unknown };

/** What can be captured: a Module, whose `forward` is called, or a function whose first argument is one. */
export type Capturable = Model | ((...args: never[]) => unknown);

type ArgsOf<F> = F extends { forward(...args: infer A): unknown }
  ? A
  : F extends (...args: infer A) => unknown
    ? A
    : never;
type ResultOf<F> = F extends { forward(...args: never[]): infer R }
  ? R
  : F extends (...args: never[]) => infer R
    ? R
    : never;

/** A function that gives the result of `F` and one State for each of the types; without types, the result alone. */
export type Captured<F, Types extends readonly VariableClass[]> = (
  ...args: ArgsOf<F>
) => Types extends readonly []
  ? ResultOf<F>
  : [result: ResultOf<F>, ...states: { -readonly [K in keyof Types]: State<InstanceType<Types[K]>> }];

/** Options of {@link capture}. */
export interface CaptureOptions {
  /** Values to begin with, by module and name: perturbations, or sums of an earlier run. They stay the caller's. */
  init?: State | undefined;
  /**
   * Sows the tensors that each method of each module returns, as this type and under the method's name. Left out
   * are names that begin with `_`: TypeScript's `private` cannot be seen. It must be one of the types.
   */
  methodOutputs?: VariableClass | undefined;
}

/**
 * A function that runs `target` and answers `[result, ...states]`: one State for each of the types, with what
 * modules sowed and the perturbations of exactly that type, by the path of the module and the name.
 *
 * ```ts
 * const [y, intermediates] = capture(model, Intermediate)(x);
 * intermediates.get("block", "features", 0); // an Intermediate; 0: the first value of that name
 * ```
 *
 * `target` is a Module, whose `forward` is called, or a function whose first argument is the Module. Without it the
 * result waits for one: `capture(Intermediate)(target)`. Views and clones that are made inside record at the path of
 * their original; a module shared by several paths, at the first.
 *
 * For gradients at intermediate values, make the perturbations first and differentiate with respect to them:
 *
 * ```ts
 * const [, perturbations] = capture(model, Perturbation)(x); // zeros
 * const loss = (net: MyModel, p: State) => capture(net, { init: p })(x);
 * const [grads, atHidden] = grad(loss, { argnums: [0, 1] })(model, perturbations);
 * ```
 *
 * The caller owns the States as it owns the result: run it inside `tf.tidy`, or dispose of them. When `target`
 * throws, nothing is left.
 *
 * @throws InvalidArgumentError when there is no Module or `methodOutputs` is none of the types; GraphStructureError
 *   when `init` has a path that belongs to no module; AsyncFunctionError when `target` is asynchronous
 * @see flax.nnx.capture
 */
export function capture<F extends Capturable, const Types extends readonly VariableClass[]>(
  target: F,
  ...types: Types
): Captured<F, Types>;
export function capture<F extends Capturable, const Types extends readonly VariableClass[]>(
  target: F,
  ...typesAndOptions: [...types: Types, options: CaptureOptions]
): Captured<F, Types>;
export function capture<const Types extends readonly [VariableClass, ...VariableClass[]]>(
  ...types: Types
): <F extends Capturable>(target: F) => Captured<F, Types>;
export function capture<const Types extends readonly [VariableClass, ...VariableClass[]]>(
  ...typesAndOptions: [...types: Types, options: CaptureOptions]
): <F extends Capturable>(target: F) => Captured<F, Types>;
export function capture(...args: (Capturable | VariableClass | CaptureOptions)[]): unknown {
  const [first, ...rest] = args;
  if (isVariableClass(first)) {
    // The overloads for a target that comes later.
    return (target: Capturable) => capture(target, ...(args as VariableClass[]));
  }
  if (typeof first !== "function" && !isPytree(first)) {
    throw new InvalidArgumentError(
      `capture: expected a Module, a function or classes of Variables, got ${first === null ? "null" : typeof first}. Write ` +
        "capture(model, Intermediate)(x).",
    );
  }
  const options = (typeof rest.at(-1) === "object" ? rest.pop() : {}) as CaptureOptions;
  return capturing(first, rest as VariableClass[], options);
}

function capturing(target: Capturable, types: readonly VariableClass[], options: CaptureOptions) {
  const { init, methodOutputs } = options;
  const wrong = types.findIndex((type) => !isVariableClass(type));
  if (wrong >= 0) {
    throw new InvalidArgumentError(
      `capture: expected classes of Variables such as Intermediate after the function, got ${String(types[wrong])}.`,
    );
  }
  if (methodOutputs && !types.includes(methodOutputs)) {
    const { name } = methodOutputs;
    throw new InvalidArgumentError(
      `capture: methodOutputs is ${name}, which is not among the types to capture. ` +
        `Write capture(model, ${[...types.map((type) => type.name), name].join(", ")}, { methodOutputs: ${name} }).`,
    );
  }
  return (...args: never[]): unknown => {
    const root: unknown = typeof target === "function" ? args[0] : target;
    const modules = [...iterModules(root)];
    if (modules.length === 0) {
      throw new InvalidArgumentError(
        `capture: expected a Module with forward, or a function whose first argument is a Module. ` +
          `Write capture((model, x) => …, ${types.map((type) => type.name).join(", ")})(model, x).`,
      );
    }
    const run = () => (typeof target === "function" ? target(...args) : target.forward(...args));
    const session = new Session();
    try {
      return atBoundary([root], () => {
        const initial = initialValues(
          init,
          modules.map(([path]) => path),
        );
        for (const [i, [path, module]] of modules.entries()) {
          const values = initial[i]!;
          const recording = session.attach(module, path, new Set([...types, ...values.keys()]));
          for (const [type, named] of values) {
            for (const [name, value] of named) recording.values.get(type)!.set(name, value);
          }
        }
        const result = methodOutputs
          ? aroundMethods(
              modules.map(([, module]) => module),
              sowOutput(methodOutputs),
              run,
            )
          : run();
        if (AsyncFunctionError.isPromise(result)) throw new AsyncFunctionError("capture", result);
        return types.length === 0 ? result : [result, ...types.map((type) => session.collect(type))];
      });
    } finally {
      session.close();
    }
  };
}

/** Sows what a method returns, if there are tensors in it. */
function sowOutput(type: VariableClass): Parameters<typeof aroundMethods>[1] {
  return (node, name, _args, call) => {
    const result = call();
    let found = false;
    const tensors = mapLeaves(result, (leaf) => {
      if (!(leaf instanceof tf.Tensor)) return [];
      found = true;
      return leaf;
    });
    if (found) recorderOf(node)?.sow(type, name, tensors, {});
    return result;
  };
}

function isVariableClass(value: unknown): value is VariableClass {
  if (typeof value !== "function") return false;
  const prototype: unknown = value.prototype;
  return typeof prototype === "object" && prototype !== null && VARIABLE in prototype;
}
