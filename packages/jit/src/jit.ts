/** @file `jit`: traces a function once and runs the compiled graph from then on. */
import { DISPOSE } from "@nnx-js/tensor";
import * as tf from "@tensorflow/tfjs-core";
import { Binding } from "./call/binding.ts";
import { Cache } from "./call/cache.ts";
import { Executable } from "./call/executable.ts";
import { mustInline } from "./call/inline.ts";
import { compile, type TargetName } from "./call/compile.ts";
import { Origins } from "./call/origins.ts";
import { disposeCaptured, trace } from "./capture/trace.ts";
import { checkJitArguments } from "./check-arguments.ts";
import { JitArgumentError } from "./errors.ts";
import { describe } from "./graph/describe.ts";
import { keyOf, type StructureKey } from "./tree/key.ts";
import { Refusal } from "./tree/refusal.ts";
import { type Walk, walkArguments } from "./tree/walk.ts";
import { WeakKey } from "./tree/weak-key.ts";

/** Options of {@link jit}. */
export interface JitOptions {
  /** The name in errors, in `lower` and in profilers. The function's own unless given. */
  readonly name?: string | undefined;
  /**
   * What runs the graph: `"wasm"`, one WebAssembly program for the whole function, or `"kernels"`, the kernels of the
   * active backend one by one. `"wasm"` on cpu, wasm and webgl, `"kernels"` on all others, webgpu among them, unless
   * given.
   */
  readonly target?: TargetName | undefined;
  /** `"kernels"`: what cannot be compiled for `"wasm"` is replayed by kernels. An error unless given. */
  readonly fallback?: "kernels" | undefined;
}

/** A compiled function: called like the original one. */
export type Jitted<F extends (...args: never[]) => unknown> = F & JitMethods<Parameters<F>>;

/** What a compiled function can do beside being called. */
export interface JitMethods<Args extends unknown[]> {
  /**
   * The graph for these arguments as text: parameters, launches with shapes, floating-point operations and bytes,
   * results, and what the target makes of it. Compiles if necessary; computes nothing and writes nothing.
   */
  lower(...args: Args): string;
  /** For how many structures of arguments it has been compiled. */
  cacheSize(): number;
  /** Forgets what was compiled; the next call compiles again. */
  clearCache(): void;
  /** Frees what was compiled; the function cannot be called afterwards. */
  dispose(): void;
  /** The same as `dispose`, for `using`. */
  [Symbol.dispose](): void;
}

/**
 * Compiles `fn`: the first call with arguments of some structure traces it, later ones run the graph.
 *
 * ```ts
 * const trainStep = jit((model: MyModel, optimizer: Optimizer<MyModel>, x: tf.Tensor, y: tf.Tensor) => {
 *   const [loss, grads] = valueAndGrad((m: MyModel) => tf.losses.meanSquaredError(y, m.forward(x)))(model);
 *   optimizer.update(model, grads);
 *   return loss;
 * });
 * ```
 *
 * Arguments and results are trees: tensors, Modules, Optimizers, Rngs, States, arrays, plain objects, `Map`s, and
 * static values. Variables that `fn` reads are read in each call, whether it is given them or closes over them, and
 * what it writes reaches them; all else that it closes over (tensors, numbers, the modes of Modules) is as it was
 * when it was traced. Static values and shapes are part of the structure: others are traced anew. Results are the
 * caller's, in the `tf.tidy` around if there is one, and share nothing with arguments or Variables.
 *
 * Inside another `jit`, `evalShape`, `capture` or a gradient it runs `fn` as it is.
 *
 * @throws JitArgumentError for what is no function, and for options that there are not; and in a call: TracedValueError when `fn` reads the value of a tensor; UnsupportedKernelError for an operation that cannot
 *   be compiled; UntraceableError when `fn` draws numbers by `Math.random` or makes a `tf.Variable`; JitArgumentError
 *   for arguments that it cannot take, or another number of them; AsyncFunctionError for an asynchronous `fn`
 * @see flax.nnx.jit
 */
// Arrays that are written in place are read as tuples: `[loss, logits]` is a pair.
export function jit<F extends (...args: never[]) => readonly [unknown, ...unknown[]]>(
  fn: F,
  options?: JitOptions,
): Jitted<F>;
export function jit<F extends (...args: never[]) => unknown>(fn: F, options?: JitOptions): Jitted<F>;
export function jit(fn: (...args: never[]) => unknown, options: JitOptions = {}): unknown {
  checkJitArguments(fn, options);
  // What it is called with is what F takes.
  const compiled = new CompiledFunction(fn as unknown as (...args: unknown[]) => unknown, options);
  const jitted = (...args: unknown[]): unknown => compiled.call(args);
  Object.defineProperty(jitted, "name", { value: compiled.name });
  Object.defineProperty(jitted, "length", { value: fn.length });
  const methods: JitMethods<unknown[]> = {
    lower: (...args) => compiled.lower(args),
    cacheSize: () => compiled.cacheSize,
    clearCache: () => compiled.clear(),
    dispose: () => compiled.dispose(),
    [DISPOSE]: () => compiled.dispose(),
  };
  return Object.assign(jitted, methods);
}

class CompiledFunction {
  readonly name: string;
  private readonly fn: (...args: unknown[]) => unknown;
  private readonly options: JitOptions;
  private readonly cache = new Cache();
  /** The number of arguments of the first call. */
  private count: number | undefined;
  private isDisposed = false;

  constructor(fn: (...args: unknown[]) => unknown, options: JitOptions) {
    this.fn = fn;
    this.options = options;
    this.name = options.name ?? (fn.name || "anonymous");
  }

  get cacheSize(): number {
    return this.cache.size;
  }

  call(args: unknown[]): unknown {
    if (mustInline()) return this.fn(...args);
    while (args.length > 0 && args.at(-1) === undefined) args.pop();
    const binding = this.cache.findBinding(args, tf.engine().backendName) ?? this.bind(args);
    return binding.executable.run(binding);
  }

  lower(args: unknown[]): string {
    const { executable } = this.bind(args);
    const { graph } = executable.traced;
    return [describe(graph, executable.traced.sources), executable.target.describe()]
      .filter(Boolean)
      .join("\n\n");
  }

  clear(): void {
    this.cache.clear();
    this.count = undefined;
  }

  dispose(): void {
    this.clear();
    this.isDisposed = true;
  }

  private bind(args: unknown[]): Binding {
    this.assertCallable(args);
    const walk = walkArguments(args, new Refusal(this.name));
    const key = keyOf(walk.pattern);
    // Gives the name of the backend that is chosen now, if none was before.
    const backendName = tf.getBackend();
    let executable = this.find(key, backendName, args, walk);
    if (!executable) {
      const { name, fn, options } = this;
      const { traced, target } = compile({ ...options, name, fn, args, walk, backendName });
      const origins = new Origins(walk.objects);
      executable = new Executable(new WeakKey(key), backendName, origins, traced, target);
      this.cache.addExecutable(executable);
      this.count ??= args.length;
    }
    const binding = new Binding(executable, walk.pattern, walk.objects);
    for (const [leaf, { tensor }] of walk.leaves.entries()) binding.tensors[leaf] = tensor;
    this.cache.addBinding(args, binding);
    return binding;
  }

  /** What was compiled for such arguments; a trace with the first other Modules tells whether it serves them, too. */
  private find(key: StructureKey, backendName: string, args: unknown[], walk: Walk): Executable | undefined {
    for (;;) {
      const executable = this.cache.findExecutable(key, backendName, walk.objects);
      if (!executable?.origins.isUnsure(walk.objects)) return executable;
      const traced = trace(this.fn, args, { name: this.name, target: backendName, walk });
      executable.origins.learn(walk.objects, traced);
      disposeCaptured(traced);
    }
  }

  private assertCallable(args: readonly unknown[]): void {
    if (this.isDisposed) {
      throw new JitArgumentError(this.name, "expected a call before dispose(), found one after it.");
    }
    if (this.count === undefined || this.count === args.length) return;
    throw new JitArgumentError(
      this.name,
      `expected ${this.count} argument${this.count === 1 ? "" : "s"} as in the first call, found ${args.length}. Pass null for what is left out, ` +
        `or compile a function for each number: jit((x) => f(x)), jit((x, y) => f(x, y)).`,
    );
  }
}
