/** @file The graph of a function for others than targets: with the paths of what it takes and gives. */
import { formatPath, type Path, type Variable } from "@nnx-js/nn";
import type * as tf from "@tensorflow/tfjs-core";
import { disposeCaptured, trace, type Traced } from "../capture/trace.ts";
import { type Graph, UntraceableError } from "@nnx-js/nn/trace";
import { Refusal } from "../tree/refusal.ts";
import { partsOf, type Plan } from "../tree/result.ts";
import { walkArguments } from "../tree/walk.ts";
import { ArgumentPaths } from "./argument-paths.ts";

/** What a parameter of a recorded graph stands for. Paths begin with the number of the argument. */
export type ParameterOrigin =
  /** A tensor that stands among the arguments, outside of Modules. */
  | { readonly kind: "argument"; readonly path: Path; readonly tensor: tf.Tensor }
  /** A tensor that is an attribute of a Module of the arguments, and part of its state. */
  | { readonly kind: "attribute"; readonly path: Path; readonly tensor: tf.Tensor }
  /** What a Variable holds; without a path the function closes over it. */
  | { readonly kind: "variable"; readonly path: Path | undefined; readonly variable: Variable | tf.Variable }
  /** A tensor that the function closes over; a copy, which lives as long as the recorded graph. */
  | { readonly kind: "captured"; readonly tensor: tf.Tensor };

/** A Variable that the function sets. */
export interface RecordedWrite {
  readonly variable: Variable | tf.Variable;
  /** As in {@link ParameterOrigin}. */
  readonly path: Path | undefined;
  /** The index in the graph's outputs. */
  readonly output: number;
}

/** A tensor of the result. */
export interface RecordedResult {
  /** Where it stands in what the function returns; `[]` where it is the result. */
  readonly path: Path;
  /** The index in the graph's outputs. */
  readonly output: number;
}

/** What a function did, as data. */
export interface RecordedGraph {
  readonly graph: Graph;
  /** One for each parameter of the graph. */
  readonly origins: readonly ParameterOrigin[];
  /** The Variables that the function sets, in the order in which it came to them. */
  readonly writes: readonly RecordedWrite[];
  /** The tensors that it returns; one that stands in several places comes once for each. */
  readonly results: readonly RecordedResult[];
  /** Frees the tensors that were captured. */
  dispose(): void;
}

/** Options of {@link recordGraph}. */
export interface RecordGraphOptions {
  /** The name of the function in errors and in the graph. Its own unless given. */
  readonly name?: string | undefined;
  /** The backend whose mistakes gradients have to avoid. None unless given. */
  readonly target?: string | undefined;
}

/**
 * Runs `fn` once on tensors without values, as `jit` does, and gives the kernels that it launches, its gradients
 * included, with the paths of what they take and give: what exporters work on. Nothing is computed; arguments, Variables
 * and the active backend are afterwards as they were.
 *
 * @throws as a call of a function that `jit` compiles; UntraceableError for a function that puts tensors into its
 *   arguments other than in Variables
 */
export function recordGraph<Args extends unknown[]>(
  fn: (...args: Args) => unknown,
  args: Args,
  { name = fn.name || "anonymous", target }: RecordGraphOptions = {},
): RecordedGraph {
  const walk = walkArguments(args, new Refusal(name));
  const traced = trace(fn, args, { name, target, walk });
  try {
    const paths = new ArgumentPaths(walk);
    const variableOf = (holder: number | Variable | tf.Variable) =>
      typeof holder === "number" ? (walk.objects[holder] as Variable | tf.Variable) : holder;
    assertNoEffects(name, traced, walk.objects, paths);
    return {
      graph: traced.graph,
      origins: traced.sources.map((source): ParameterOrigin => {
        if (source.kind === "captured") return { kind: "captured", tensor: source.tensor };
        if (source.kind === "argument") {
          const { path, inNode } = paths.leaves[source.leaf]!;
          const { tensor } = walk.leaves[source.leaf]!;
          return { kind: inNode ? "attribute" : "argument", path, tensor };
        }
        const variable = variableOf(source.holder);
        return { kind: "variable", path: paths.objects.get(variable), variable };
      }),
      writes: traced.writes.map(({ holder, output }) => {
        const variable = variableOf(holder);
        return { variable, path: paths.objects.get(variable), output };
      }),
      results: [...resultsOf(traced.result, [])],
      dispose: () => disposeCaptured(traced),
    };
  } catch (error) {
    disposeCaptured(traced);
    throw error;
  }
}

/** The tensors in a result. */
function* resultsOf(plan: Plan, path: Path): Generator<RecordedResult> {
  switch (plan.kind) {
    case "output":
    case "variable":
      yield { path, output: plan.output };
      break;
    case "state":
      for (const [below, child] of plan.entries) yield* resultsOf(child, [...path, ...below]);
      break;
    case "list":
      for (const [i, child] of plan.children.entries()) yield* resultsOf(child, [...path, i]);
      break;
    case "map":
      for (const [key, child] of plan.children) yield* resultsOf(child, [...path, String(key)]);
      break;
    case "object":
      for (const [key, , child] of plan.properties)
        if (child)
          yield* resultsOf(child, [...path, typeof key === "symbol" ? (key.description ?? "") : key]);
      break;
    default:
  }
}

/** What changes in the arguments beside Variables is no part of a graph: it may be static, but no tensor. */
function assertNoEffects(
  name: string,
  { effects }: Traced,
  objects: readonly object[],
  paths: ArgumentPaths,
): void {
  for (const { index, set } of effects) {
    for (const [key, plan] of set) {
      if (![...partsOf(plan)].some(({ kind }) => kind === "output" || kind === "variable")) continue;
      const path = [...(paths.objects.get(objects[index]!) ?? []), String(key)];
      throw new UntraceableError(
        `jit(${name})`,
        undefined,
        `expected a function that leaves tensors in Variables and in its result, found that it puts one into ` +
          `argument ${formatPath(path)}. Return it, or let that attribute be a Variable: this.${String(key)}.value = tensor.`,
      );
    }
  }
}
