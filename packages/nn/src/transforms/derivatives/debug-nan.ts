/** @file Finds the operation that made the first NaN. */
import { noGradient } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { NnxError } from "../../errors.ts";
import { assertFunction } from "../../function-argument.ts";
import { expandControl } from "../../trace/control/expand.ts";
import { SCAN } from "../../trace/control/kernels.ts";
import type { Graph, Value } from "../../trace/graph.ts";
import { withoutCalls } from "../../trace/inline.ts";
import { replay } from "../../trace/replay.ts";
import { activeTrace } from "../../trace/trace-backend.ts";
import { Variable } from "../../variable/variable.ts";
import { finishFunction, type FunctionGraph, withFunctionGraph } from "./function-graph.ts";

/** A NaN was made, or given to a function. */
export class NaNError extends NnxError {
  static override readonly name: string = "NaNError";
  /** TensorFlow.js's name of the kernel; undefined where an argument or a Variable had it. */
  readonly kernelName: string | undefined;
  /** The line of the user's code that launches it, if it is known. */
  readonly source: string | undefined;
  constructor(caller: string, { kernelName, source, what }: Site) {
    const at = source === undefined ? "" : ` at ${source}`;
    super("nan", `${caller}: expected numbers, found the first NaN in ${what}${at}.`);
    this.kernelName = kernelName;
    this.source = source;
  }
}

/** Where a NaN can be seen first. */
interface Site {
  readonly kernelName?: string;
  readonly source?: string | undefined;
  readonly what: string;
}

/** A function that looks for NaNs. */
export interface NaNChecked {
  /**
   * Rejects when a call since the last check has made a NaN. To be called after calls that cannot throw themselves:
   * compiled ones, and all on webgpu, where nothing is read at once. It reads two numbers.
   *
   * @throws NaNError
   */
  check(): Promise<void>;
  /** Frees the Variable in which compiled calls leave what they found. */
  dispose(): void;
}

/**
 * `f`, which throws for the first operation that makes a NaN, gradients and updates inside included, with the line of
 * your code; Variables get back what they held. Compiled, or on webgpu, it goes on, and `check` rejects. Each operation has its result
 * looked at: for finding mistakes, not for every day. A loop that is
 * compiled counts as one operation, and so do branches and loops with a condition.
 *
 * ```ts
 * const step = debugNaN(trainStep);
 * step(model, optimizer, x, y); // throws where it is
 * const compiled = jit(step);
 * compiled(model, optimizer, x, y);
 * await step.check(); // throws here
 * ```
 *
 * @throws NaNError
 * @see jax.experimental.checkify.nan_checks
 */
export function debugNaN<Args extends unknown[], Out>(
  f: (...args: Args) => Out,
): ((...args: Args) => Out) & NaNChecked {
  assertFunction(f, "debugNaN", "debugNaN((model, x) => model.forward(x))");
  const caller = `debugNaN(${f.name || "anonymous"})`;
  /** What compiled calls find first: which recording, and which of its sites. */
  let found: Variable | undefined;
  const recordings: (readonly Site[])[] = [];
  const checked = (...args: Args): Out => {
    const isLater = activeTrace() !== undefined || tf.getBackend() === "webgpu";
    return withFunctionGraph(f, args, { caller: "debugNaN" }, (recorded) => {
      const inlined = withoutCalls(recorded.body.graph);
      // Turn by turn, to see what is carried.
      const graph = isLater ? inlined : expandControl(inlined, [SCAN]);
      const sites = sitesOf(graph, recorded);
      const outputs = runChecked(graph, recorded.parameters);
      const index = outputs.pop()!;
      if (isLater) {
        found!.value = tf.tidy(() => {
          const before = found!.value;
          const isFirst = tf.logicalAnd(tf.less(before, 0), tf.greaterEqual(index, 0));
          const now = tf.stack([tf.scalar(recordings.push(sites) - 1, "int32"), index]);
          return tf.where(isFirst, now, before);
        });
        index.dispose();
      } else {
        const [at] = index.dataSync();
        index.dispose();
        if (at! >= 0) {
          tf.dispose(outputs);
          throw new NaNError(caller, sites[at!]!);
        }
      }
      // The function gives what `f` gives.
      return finishFunction(recorded, outputs).out as Out;
    });
  };
  const check = async (): Promise<void> => {
    const [recording, site] = (await found?.value.data()) ?? [-1, -1];
    if (site! < 0) return;
    found!.value = none();
    throw new NaNError(caller, recordings[recording!]![site!]!);
  };
  found = new Variable(none());
  return Object.assign(checked, { check, dispose: () => found?.dispose() });
}

/** No recording, no site. */
function none(): tf.Tensor1D {
  return tf.tensor1d([-1, -1], "int32");
}

/** The sites of a graph, in the order in which they are looked at: parameters, then launches. */
function sitesOf(graph: Graph, { primals, body }: FunctionGraph): Site[] {
  const owners = new Map([...primals.variables].map(([variable, i]) => [i, variable.constructor.name]));
  const parameters = graph.parameters.flatMap(({ dtype, shape }, i): Site[] => {
    if (dtype !== "float32") return [];
    const other = body.variables[i - primals.tensors.length]?.variable.constructor.name;
    const owner = owners.get(i) ?? other;
    const kind =
      i < primals.tensors.length || owner ? "an argument" : "a tensor that the function closes over";
    return [
      {
        what: `${owner ? `the value of a ${owner}` : kind}, float32 [${shape.join(", ")}], before anything ran`,
      },
    ];
  });
  const launches = graph.nodes.flatMap(({ kernelName, source, inputs, outputs }) => {
    const shapes = Object.values(inputs).map(({ shape }) => `[${shape.join(", ")}]`);
    const site = {
      kernelName,
      source,
      what: `the result of ${kernelName}${shapes.length > 0 ? ` of ${shapes.join(", ")}` : ""}`,
    };
    return outputs.filter(({ dtype }) => dtype === "float32").map(() => site);
  });
  return [...parameters, ...launches];
}

/** The outputs of `graph`, and last the number of the first site with a NaN, int32; -1 for none. */
function runChecked(graph: Graph, parameters: () => tf.Tensor[]): tf.Tensor[] {
  const seen: Value[] = [...graph.parameters, ...graph.nodes.flatMap(({ outputs }) => outputs)];
  const floats = seen.filter(({ dtype }) => dtype === "float32");
  const all: Graph = { ...graph, outputs: [...graph.outputs, ...floats.map((value) => ({ value }))] };
  return tf.tidy(() => {
    const results = replay(all, parameters());
    const count = graph.outputs.length;
    const index = noGradient(() => firstOf(results.slice(count).map((x) => tf.any(tf.isNaN(x)))));
    return [...results.slice(0, count), index];
  });
}

/** The number of the first that is true; -1 for none. */
function firstOf(flags: readonly tf.Tensor[]): tf.Tensor {
  if (flags.length === 0) return tf.scalar(-1, "int32");
  const list = tf.cast(tf.stack([...flags]), "int32");
  return tf.where(tf.greater(tf.max(list), 0), tf.argMax(list), tf.scalar(-1, "int32"));
}
