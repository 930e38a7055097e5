/** @file Less memory for gradients: functions and Modules that are computed again in the backward pass. */
import { assertKnownOptions } from "../../checked-arguments.ts";
import { InvalidArgumentError } from "../../errors.ts";
import { assertFunction } from "../../function-argument.ts";
import type { Module } from "../../module/module.ts";
import { MODULE } from "../../graph/kinds.ts";
import { guesses } from "../../near-miss.ts";
import { callFunction } from "./call-function.ts";
import { type CheckpointPolicy, checkpointPolicies } from "./checkpoint-policies.ts";
import { describe } from "./leaves.ts";
import { RematRule } from "./remat-rule.ts";

/** Options of {@link remat}. */
export interface RematOptions {
  /** Which results are kept all the same: `checkpointPolicies.nothingSaveable` unless given. */
  readonly policy?: CheckpointPolicy | undefined;
}

/** A class of Modules. */
// oxlint-disable-next-line typescript/no-explicit-any -- what the type system asks of a mixin
type ModuleClass = abstract new (...args: any[]) => Module & { forward(...args: never[]): unknown };

/** A Variable of two arguments is one input: nothing here depends on which of them it belongs to. */
const CALL = { caller: "remat", mayShare: true };

/**
 * `f`, of which gradients keep the arguments only and compute all else again: the peak of memory falls by what `f` makes
 * on its way, for at most one more forward pass. Values and gradients are the same. What `f` does to Variables happens
 * once: dropout has the same mask again and its stream does not count twice, batch statistics move once.
 *
 * Given a class of Modules, a class whose `forward` does so: `new (remat(Block))(64, { rngs })`.
 *
 * ```ts
 * const run = remat((block: Block, x: tf.Tensor) => block.forward(x), { policy: checkpointPolicies.dotsSaveable });
 * ```
 *
 * @throws InvalidArgumentError for a policy that is no function, and for a class without `forward`
 * @see flax.nnx.remat
 */
export function remat<C extends ModuleClass>(module: C, options?: RematOptions): C;
export function remat<Args extends unknown[], Out>(
  f: (...args: Args) => Out,
  options?: RematOptions,
): (...args: Args) => Out;
export function remat(f: ModuleClass | ((...args: never[]) => unknown), options: RematOptions = {}): unknown {
  assertFunction(f, "remat", "remat((block, x) => block.forward(x)), or remat(Block)");
  assertKnownOptions(options, ["policy"], "remat");
  const { policy = checkpointPolicies.nothingSaveable } = options;
  assertPolicy(policy);
  const rule = new RematRule(policy);
  if (!isModuleClass(f)) return (...args: unknown[]) => callFunction(f, args, CALL, () => rule);
  // A class of the same name, whose instances are those of `f`.
  const { name, prototype } = f;
  if (typeof (prototype as { readonly forward?: unknown }).forward !== "function") {
    throw new InvalidArgumentError(
      `remat: expected a class with a method forward, found ${name}, which has none. Give a function: ` +
        `remat((module, x) => module.encode(x)).`,
    );
  }
  const named = {
    [name]: class extends (f as unknown as new (...args: unknown[]) => Module) {
      forward(...args: never[]): unknown {
        const forward = (prototype as { readonly forward: (...args: never[]) => unknown }).forward;
        return callFunction(
          (self: never, ...given: never[]) => forward.apply(self, given),
          [this, ...args],
          CALL,
          () => rule,
        );
      }
    },
  }[name];
  return named;
}

function assertPolicy(policy: unknown): void {
  if (typeof policy === "function") return;
  const names = Object.keys(checkpointPolicies);
  const [guess] = typeof policy === "string" ? guesses([policy], names) : [];
  throw new InvalidArgumentError(
    [
      `remat: expected a function for policy, got ${typeof policy === "string" ? JSON.stringify(policy) : describe(policy)}.`,
      guess ?? `There are: ${names.join(", ")}.`,
      "Write { policy: checkpointPolicies.dotsSaveable }.",
    ].join(" "),
  );
}

function isModuleClass(f: ModuleClass | ((...args: never[]) => unknown)): f is ModuleClass {
  const { prototype } = f as { prototype?: object };
  return prototype !== undefined && MODULE in prototype;
}
