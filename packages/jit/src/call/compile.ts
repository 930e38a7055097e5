/** @file Traces a function and chooses the target that runs it. */
import { disposeCaptured, trace, type Traced } from "../capture/trace.ts";
import {
  JitArgumentError,
  JitMemoryError,
  UnsupportedKernelError,
  WebAssemblyUnavailableError,
} from "../errors.ts";
import { HeapFullError } from "../memory/space.ts";
import { theHeap } from "../targets/wasm/memory/the-heap.ts";
import type { Walk } from "../tree/walk.ts";
import { whyNoWebAssembly } from "../targets/wasm/availability.ts";
import type { Target } from "./executable.ts";
import { kernelsTarget } from "../targets/kernels/kernels-target.ts";
import { wasmTarget } from "../targets/wasm/wasm-target.ts";

/** The name of a target. */
export type TargetName = "wasm" | "kernels";

/** What is compiled, and for what. */
export interface CompileRequest {
  readonly name: string;
  readonly fn: (...args: unknown[]) => unknown;
  readonly args: unknown[];
  readonly walk: Walk;
  /** The active backend. */
  readonly backendName: string;
  /** The best that there is on the backend unless given. */
  readonly target?: TargetName | undefined;
  /** What runs a function that the target cannot compile; without it, that is an error. */
  readonly fallback?: "kernels" | undefined;
}

/** Backends whose values can be reached at once, so that they can go into WebAssembly's memory and come out of it. */
const READABLE: ReadonlySet<string> = new Set(["cpu", "wasm", "webgl"]);

/** Traces and compiles; nothing is computed. */
export function compile(request: CompileRequest): { traced: Traced; target: Target } {
  const compiled = compileFor(request);
  for (const node of compiled.traced.graph.nodes) node.forgetSource?.();
  return compiled;
}

function compileFor(request: CompileRequest): { traced: Traced; target: Target } {
  const { name, backendName, fallback } = request;
  const isReadable = READABLE.has(backendName);
  const { target = isReadable ? "wasm" : "kernels" } = request;
  if (target === "kernels") return replayed(request);
  if (!isReadable) {
    throw new JitArgumentError(
      name,
      `expected a backend whose values can be read at once for the target wasm, found ${backendName}. ` +
        `Leave the target out: jit(fn) replays kernels on ${backendName}.`,
    );
  }
  const reason = whyNoWebAssembly();
  if (reason !== undefined) {
    if (fallback === "kernels") return replayed(request);
    throw new WebAssemblyUnavailableError(name, reason);
  }
  const traced = traceFor(request, "nnx-wasm");
  try {
    return { traced, target: wasmTarget(traced, theHeap()) };
  } catch (error) {
    disposeCaptured(traced);
    if (error instanceof HeapFullError) throw new JitMemoryError(name, error);
    if (fallback === "kernels" && error instanceof UnsupportedKernelError) return replayed(request);
    throw error;
  }
}

function replayed(request: CompileRequest): { traced: Traced; target: Target } {
  const traced = traceFor(request, request.backendName);
  return { traced, target: kernelsTarget(traced) };
}

function traceFor({ fn, args, name, walk }: CompileRequest, target: string): Traced {
  return trace(fn, args, { name, walk, target });
}
