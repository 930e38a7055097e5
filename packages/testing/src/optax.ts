/** @file Runs a gradient transformation as the reference files ran Optax's, and compares each step. */
import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import { fromGolden, type GoldenArray } from "./golden.ts";
import type { Tolerance } from "./matchers.ts";

/** Parameters or gradients of a reference file. */
export interface GoldenTree {
  readonly [key: string]: GoldenArray | GoldenTree;
}

/** One optimiser of a reference file: what it got, and what it made of it. */
export interface OptaxCase {
  readonly name: string;
  /** How Optax made the transformation. */
  readonly python: string | undefined;
  readonly params: GoldenTree;
  /** One tree a step. */
  readonly gradients: readonly GoldenTree[];
  /** The losses that the steps are told. */
  readonly value: readonly number[] | undefined;
  /** What is set from outside just before a step. */
  readonly hyperparams: readonly HyperparameterChange[];
  /** The parameters after each step, of `lookahead` the fast ones. */
  readonly paramsAfter: readonly GoldenTree[];
  readonly slowParamsAfter: readonly GoldenTree[] | undefined;
  readonly evalParamsAfter: readonly GoldenTree[] | undefined;
}

/** A hyperparameter that is set in the state, for `injectHyperparams`. */
export interface HyperparameterChange {
  readonly before_step: number;
  readonly name: string;
  readonly value: number;
}

/** A case as `optim_more.json` and the files of `scripts/reference/optim_*.py` hold it. */
interface StoredCase {
  readonly name: string;
  readonly python?: string;
  readonly gradients?: unknown;
  readonly params?: unknown;
  readonly value?: readonly number[];
  readonly hyperparams?: readonly HyperparameterChange[];
  readonly only_params?: readonly string[];
  readonly params_after: unknown;
  readonly slow_params_after?: unknown;
  readonly eval_params_after?: unknown;
}

/** A reference file with gradients. */
export interface StoredCases {
  readonly params: unknown;
  readonly gradient_sets: unknown;
  readonly cases: readonly StoredCase[];
}

/** The case called `name`. @throws Error when there is none */
export function optaxCase(file: StoredCases, name: string): OptaxCase {
  const stored = file.cases.find((candidate) => candidate.name === name);
  if (!stored) throw new Error(`no reference figures for ${name}`);
  const only = (tree: GoldenTree): GoldenTree =>
    stored.only_params ? Object.fromEntries(stored.only_params.map((key) => [key, tree[key]!])) : tree;
  // What the generators write, which their documentation strings describe.
  const trees = (value: unknown) => (value as readonly GoldenTree[]).map(only);
  const sets = file.gradient_sets as Readonly<Record<string, readonly GoldenTree[]>>;
  const optional = (value: unknown) => (value === undefined ? undefined : trees(value));
  return {
    name,
    python: stored.python,
    params: only((stored.params ?? file.params) as GoldenTree),
    gradients: trees(typeof stored.gradients === "string" ? sets[stored.gradients] : stored.gradients),
    value: stored.value,
    hyperparams: stored.hyperparams ?? [],
    paramsAfter: trees(stored.params_after),
    slowParamsAfter: optional(stored.slow_params_after),
    evalParamsAfter: optional(stored.eval_params_after),
  };
}

/** The tensors of a tree of a reference file. */
export function treeFromGolden(tree: GoldenTree): Record<string, Nested> {
  return Object.fromEntries(
    Object.entries(tree).map(([key, child]) => [
      key,
      isArray(child) ? fromGolden(child) : treeFromGolden(child),
    ]),
  );
}

/** A tree has branches of any name, but none that holds a list. */
function isArray(node: GoldenArray | GoldenTree): node is GoldenArray {
  return Array.isArray(node.data);
}

/** Nested tensors: what transformations take and give, without a dependency on their package. */
// A tree of tensors, whose type is that of the package under test.
export type Nested = tf.Tensor | readonly Nested[] | { readonly [key: string]: Nested };

/** What is asked of a gradient transformation. */
export interface Transformation {
  init(params: Nested): Nested;
  update(updates: Nested, state: Nested, params?: Nested, args?: Told): [Nested, Nested];
}

/** What a step is told beside the gradients. */
export interface Told {
  readonly value?: tf.Tensor | undefined;
  readonly [name: string]: unknown;
}

/** One update: the new parameters and the new state. */
export type Step = (params: Nested, state: Nested, gradients: Nested, args: Told) => [Nested, Nested];

/** How {@link expectOptax} runs a case. */
export interface OptaxRun {
  tolerance: Tolerance;
  /** Wraps the step, for instance in `jit`. */
  compile?: (step: Step) => Step;
  /** What the transformation is told in each step, beside the value of the case. */
  args?: Told;
  /** The parameters that the transformation gets instead of the plain ones, and back. */
  wrap?: { into(params: Nested): Nested; from(params: Nested): Nested };
  /** Called after each step with what it has left. */
  afterStep?: (t: number, params: Nested, state: Nested) => Promise<void>;
}

/** Expects of each step the parameters that Optax gives. */
export async function expectOptax(
  reference: OptaxCase,
  tx: Transformation,
  { tolerance, compile = (step) => step, args = {}, wrap, afterStep }: OptaxRun,
): Promise<void> {
  const step = compile((params, state, gradients, told) => {
    const [updates, next] = tx.update(gradients, state, params, told);
    return [added(params, updates), next];
  });
  const start = treeFromGolden(reference.params);
  let params: Nested = wrap ? wrap.into(start) : start;
  let state = tx.init(params);
  for (const [t, expected] of reference.paramsAfter.entries()) {
    for (const { before_step, name, value } of reference.hyperparams) {
      if (before_step === t) state = withHyperparameter(state, name, value);
    }
    const value = reference.value?.[t];
    const told = value === undefined ? args : { ...args, value: tf.scalar(value) };
    [params, state] = step(params, state, treeFromGolden(reference.gradients[t]!), told);
    const plain = wrap ? wrap.from(params) : params;
    await expectTree(plain, expected, tolerance, `${reference.name} after step ${t}: `);
    await afterStep?.(t, params, state);
  }
}

async function expectTree(
  actual: Nested,
  expected: GoldenTree,
  tolerance: Tolerance,
  place: string,
): Promise<void> {
  for (const [key, child] of Object.entries(expected)) {
    // What is asked for, the tree of the parameters has.
    const found = (actual as Readonly<Record<string, Nested>>)[key]!;
    if (!isArray(child)) await expectTree(found, child, tolerance, `${place}${key}.`);
    else await expect(found as tf.Tensor, place + key).toBeAllClose(child, tolerance);
  }
}

function added(params: Nested, updates: Nested): Nested {
  if (params instanceof tf.Tensor) return tf.add(params, updates as tf.Tensor);
  // Updates have the structure of the parameters.
  const others = updates as Readonly<Record<string, Nested>>;
  const children = Object.entries(params).map(([key, child]) => [key, added(child, others[key]!)] as const);
  return Array.isArray(params) ? children.map(([, child]) => child) : Object.fromEntries(children);
}

/** The state of `injectHyperparams` with another value of one of them. */
function withHyperparameter(state: Nested, name: string, value: number): Nested {
  // The state says so itself.
  const injected = state as { readonly hyperparams: Readonly<Record<string, Nested>> } & Record<
    string,
    Nested
  >;
  const camelCase = name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
  if (!(camelCase in injected.hyperparams)) throw new Error(`${camelCase} is no hyperparameter`);
  return { ...injected, hyperparams: { ...injected.hyperparams, [camelCase]: tf.scalar(value) } };
}
