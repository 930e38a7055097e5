/** @file Traces a function and compiles it for a target. */
import { disposeCaptured, trace, type Traced } from "../capture/trace.ts";
import { UnsupportedKernelError } from "@nnx-js/nn/trace";
import { JitMemoryError, WebAssemblyUnavailableError } from "../errors.ts";
import { HeapFullError } from "../memory/space.ts";
import { type BestTarget, targetFor, targetNamed } from "../targets/table.ts";
import type { CompileOptions, Program, Target, TargetName } from "../targets/target.ts";
import type { Walk } from "../tree/walk.ts";

/** Errors name lines of the first launches, and of the first of each kernel; to know more would take longer than it helps. */
const LOCATED = 16;

/** What is compiled, and for what. */
export interface CompileRequest extends CompileOptions {
  readonly name: string;
  readonly fn: (...args: unknown[]) => unknown;
  readonly args: unknown[];
  readonly walk: Walk;
  /** The active backend. */
  readonly backendName: string;
  /** The best that there is on the backend unless given. */
  readonly target?: TargetName | undefined;
  /** What runs a function that the target cannot compile; without it, that is an error. */
  readonly fallback?: TargetName | undefined;
}

/** A function that was compiled. */
export interface Compiled {
  readonly traced: Traced;
  readonly program: Program;
  readonly target: Target;
}

/** Traces and compiles; nothing is computed. */
export function compile(request: CompileRequest): Compiled {
  const { name, backendName, fallback } = request;
  const { target, better }: BestTarget = request.target
    ? { target: targetNamed(request.target, name) }
    : targetFor(backendName);
  const compiled = compileFor(target, request, fallback, LOCATED);
  better?.then(
    // The next call compiles for the better one.
    () => compiled.program.holdings.dispose(),
    (error: unknown) => {
      console.warn(
        `jit(${name}): the target for ${backendName} does not load, so kernels run one by one:`,
        error,
      );
    },
  );
  for (const node of compiled.traced.graph.nodes) node.forgetSource?.();
  return compiled;
}

/** @param located how many launches know their lines beside the first of each kernel; as many as in other traces unless given */
function compileFor(
  target: Target,
  request: CompileRequest,
  fallback: TargetName | undefined,
  located?: number,
): Compiled {
  const { fn, args, name, walk, backendName } = request;
  const retry = (error: unknown) => {
    if (!isLack(error)) throw error;
    if (fallback !== undefined) return compileFor(targetNamed(fallback, name), request, undefined, located);
    // The line is of a launch that does not know it: once more, with the lines of all.
    const isKnown = !(error instanceof UnsupportedKernelError) || error.source !== undefined;
    if (isKnown || located === undefined) throw error;
    return compileFor(target, request, undefined);
  };
  try {
    target.check(name, backendName);
  } catch (error) {
    return retry(error);
  }
  const traced = trace(fn, args, { name, walk, target: target.tracesFor(backendName), located });
  try {
    return { traced, target, program: target.compile(traced, request) };
  } catch (error) {
    disposeCaptured(traced);
    if (error instanceof HeapFullError) throw new JitMemoryError(name, error);
    return retry(error);
  }
}

/** Whether an error says that a target lacks something that another may have. */
function isLack(error: unknown): boolean {
  return error instanceof UnsupportedKernelError || error instanceof WebAssemblyUnavailableError;
}
