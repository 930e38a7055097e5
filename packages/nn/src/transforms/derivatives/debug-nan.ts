/** @file Finds the operation that made the first NaN. */
import * as tf from "@tensorflow/tfjs-core";
import { aroundMethods } from "../../capture/methods.ts";
import { NnxError } from "../../errors.ts";
import { assertFunction } from "../../function-argument.ts";
import { iterModules } from "../../graph/iterate.ts";
import { formatPath } from "../../graph/kinds.ts";
import type { Value } from "../../trace/graph.ts";
import { atModulePath } from "../../trace/module-path.ts";
import { activeTrace } from "../../trace/trace-backend.ts";
import { Variable } from "../../variable/variable.ts";
import { isInLane } from "../batching/axis-names.ts";
import { withLaneRunner } from "../batching/lane-runner.ts";
import { withoutUnrolling } from "../control/unrolling.ts";
import { finishFunction, type FunctionGraph, withFunctionGraph } from "./function-graph.ts";
import { NaNChecks } from "./nan-checks.ts";
import { type Frame, LANE, nothingFound, numbersOf, type Site } from "./nan-found.ts";
import { lookingLanes, overLanes } from "./nan-lanes.ts";

/** A NaN was made, or given to a function. */
export class NaNError extends NnxError {
  static override readonly name: string = "NaNError";
  /** TensorFlow.js's name of the kernel; undefined where an argument or a Variable had it. */
  readonly kernelName: string | undefined;
  /** The method that launches it, by the path of its Module in the arguments: `layers.0.forward`. */
  readonly modulePath: string | undefined;
  /** The line of the user's code that launches it, if it is known. */
  readonly source: string | undefined;
  /** The turns, counted from 0, of the loops that it is in, from the outermost to the innermost. */
  readonly turns: readonly number[];
  /** The lanes of the `vmap`s that it is in, from the outermost to the innermost. */
  readonly lanes: readonly number[];
  constructor(caller: string, site: Site, found: ArrayLike<number>) {
    const { kernelName, modulePath, source, what, frames } = site;
    const numbers = numbersOf(found, site);
    const around = found[LANE]! < 0 ? [] : [`lane ${found[LANE]!}`];
    const places = numbers.map((number, i) => `${frames[i]!.kind} ${number} of ${nameOf(frames[i]!)}`);
    const within = [...(modulePath === undefined ? [] : [modulePath]), ...around, ...places];
    const where = within.length > 0 ? ` in ${within.join(", ")}` : "";
    const at = source === undefined ? "" : ` at ${source}`;
    super("nan", `${caller}: expected numbers, found the first NaN in ${what}${where}${at}.`);
    this.kernelName = kernelName;
    this.modulePath = modulePath;
    this.source = source;
    const numbersFor = (kind: Frame["kind"]) => numbers.filter((_, i) => frames[i]!.kind === kind);
    this.turns = numbersFor("turn");
    this.lanes = [...(found[LANE]! < 0 ? [] : [found[LANE]!]), ...numbersFor("lane")];
  }
}

function nameOf({ kind, of }: Frame): string {
  if (kind === "lane") return `vmap(${of})`;
  return of === "anonymous" ? "the loop" : of;
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
 * your code, the method of the Module, the turn of loops and the lane of `vmap`s; Variables get back what they held.
 * Compiled, or on webgpu, it goes on, and `check` rejects. Each operation has its result looked at: for finding mistakes,
 * not for every day. Of branches those count that are taken, in lanes by each lane.
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
    const looking = (...given: Args) =>
      withPaths(given, () => withLaneRunner(lookingLanes, () => withoutUnrolling(() => f(...given))));
    const options = { caller: "debugNaN", name: f.name || "anonymous", isLocated: "all" } as const;
    return withFunctionGraph(looking, args, options, (recorded) => {
      const checks = new NaNChecks();
      const { graph } = recorded.body;
      const [now, ...outputs] = tf.tidy(() => {
        const run = checks.run(graph, recorded.parameters(), parametersOf(recorded));
        // No two are the same, and none is the caller's.
        return [run.found, ...run.outputs].map((tensor) => tf.clone(tensor));
      }) as [tf.Tensor, ...tf.Tensor[]];
      if (isLater) {
        found!.value = tf.tidy(() => {
          const before = found!.value;
          const own = isInLane() ? overLanes(now, LANE) : now;
          const number = tf.tensor1d([recordings.push(checks.sites) - 1], "int32");
          // What nothing was found by, is no more than what nothing was found by before.
          return tf.where(tf.less(tf.slice(before, 1, 1), 0), tf.concat([number, own]), before);
        });
        now.dispose();
      } else {
        const numbers = now.dataSync();
        now.dispose();
        if (numbers[0]! >= 0) {
          tf.dispose(outputs);
          throw new NaNError(caller, checks.sites[numbers[0]!]!, numbers);
        }
      }
      // The function gives what `f` gives.
      return finishFunction(recorded, outputs).out as Out;
    });
  };
  const check = async (): Promise<void> => {
    const [recording, ...numbers] = (await found?.value.data()) ?? [-1, -1];
    const [site] = numbers;
    if (site! < 0) return;
    found!.value = none();
    throw new NaNError(caller, recordings[recording!]![site!]!, numbers);
  };
  found = new Variable(none());
  return Object.assign(checked, { check, dispose: () => found?.dispose() });
}

/** No recording, and nothing found. */
function none(): tf.Tensor {
  return tf.tidy(() => tf.concat([tf.tensor1d([-1], "int32"), nothingFound()]));
}

/** Runs `fn`, whose launches know the paths of the methods of Modules in `args` that they are in. */
function withPaths<T>(args: readonly unknown[], fn: () => T): T {
  const paths = new Map<object, string>();
  for (const [path, module] of args.flatMap((arg) => [...iterModules(arg)]))
    if (!paths.has(module)) paths.set(module, formatPath(path));
  if (paths.size === 0) return fn();
  const around: Parameters<typeof aroundMethods>[1] = (node, name, _args, call) => {
    const path = paths.get(node);
    return path === undefined ? call() : atModulePath(path === "" ? name : `${path}.${name}`, call);
  };
  return aroundMethods(paths.keys(), around, fn);
}

/** What the parameters are that are looked at. */
function parametersOf({ primals, body }: FunctionGraph): Map<Value, string> {
  const owners = new Map([...primals.variables].map(([variable, i]) => [i, variable.constructor.name]));
  const floats = [...body.graph.parameters.entries()].filter(([, { dtype }]) => dtype === "float32");
  return new Map(
    floats.map(([i, value]) => {
      const other = body.variables[i - primals.tensors.length]?.variable.constructor.name;
      const owner = owners.get(i) ?? other;
      const kind =
        i < primals.tensors.length || owner ? "an argument" : "a tensor that the function closes over";
      const what = owner ? `the value of a ${owner}` : kind;
      return [value, `${what}, float32 [${value.shape.join(", ")}], before anything ran`];
    }),
  );
}
