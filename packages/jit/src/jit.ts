/** @file `jit`: traces a function once and runs the compiled graph from then on. */
import { DISPOSE } from "@nnx-js/tensor";
import { CompiledFunction } from "./call/compiled-function.ts";
import type { Profile } from "./profile.ts";
import { checkJitArguments } from "./check-arguments.ts";
import type { MatmulPrecision, TargetName } from "./targets/target.ts";

/** Options of {@link jit}. */
export interface JitOptions {
  /** The name in errors, in `lower` and in profilers. The function's own unless given. */
  readonly name?: string | undefined;
  /**
   * What runs the graph: `"webgpu"`, a list of launches on the GPU of the webgpu backend; `"wasm"`, one WebAssembly
   * program for the whole function; or `"kernels"`, the kernels of the active backend one by one. `"webgpu"` on webgpu
   * (kernels until the target is loaded, which `useBackend("webgpu")` waits for), `"wasm"` on cpu, wasm and webgl,
   * `"kernels"` on all others, unless given.
   */
  readonly target?: TargetName | undefined;
  /** `"kernels"`: what the target cannot compile is replayed by kernels. An error unless given. */
  readonly fallback?: "kernels" | undefined;
  /**
   * How many programs the function keeps, at least 1: one for each structure of arguments. With one more, the program
   * that was not used for the longest time is freed, and compiled again when it is needed. 64 unless given.
   */
  readonly maxPrograms?: number | undefined;
  /**
   * `"float16"`: on `webgpu`, matrix products, convolutions and their gradients that go through workgroup memory hold
   * their operands there as float16, where the device has the feature `shader-f16`; sums stay float32. That halves what
   * they read there. Operands are then off by up to 2^-11 of themselves (2^-10 where a driver rounds towards zero), or
   * 2^-24, sizes beyond 65 504 may become infinite: scale a loss whose gradients are as small as that. Elsewhere, and on
   * other targets, they stay float32; `lower` says what is done. `"float32"` unless given.
   *
   * @see jax.default_matmul_precision
   */
  readonly matmulPrecision?: MatmulPrecision | undefined;
}

/** A compiled function: called like the original one. */
export type Jitted<F extends (...args: never[]) => unknown> = F & JitMethods<Parameters<F>, ReturnType<F>>;

/** What a compiled function can do beside being called. */
export interface JitMethods<Args extends unknown[], Result = unknown> {
  /**
   * The graph for these arguments as text: parameters, launches with shapes, floating-point operations and bytes,
   * results, and what the target makes of it. Compiles if necessary; computes nothing and writes nothing.
   */
  lower(...args: Args): string;
  /**
   * Compiles for arguments of this structure, and computes nothing: the call after that begins at once. On `webgpu` the
   * code of all launches is compiled at the same time, while this thread goes on; a first call without it compiles one
   * after the other, and waits.
   *
   * @throws what a call throws that cannot be compiled
   * @see jax.stages.Lowered.compile
   */
  compile(...args: Args): Promise<void>;
  /**
   * Calls the function once and tells how long that took: on `webgpu` each launch, by the GPU's own clock where it has
   * the feature `timestamp-query` (browsers round it to 0.1 ms), on `wasm` each step. Launches run one after the other then, so that their
   * sum may be more than a call takes otherwise. Call it twice: the first call compiles.
   */
  profile(...args: Args): Promise<Profile<Result>>;
  /** How many programs it keeps: for so many structures of arguments. */
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
 * when it was traced. Static values and shapes are part of the structure: others are traced anew. So is the number of
 * arguments, where `undefined` at the end counts as left out, and `this`, in functions that use it. Results are the
 * caller's, in the `tf.tidy` around if there is one, and share nothing with arguments or Variables.
 *
 * Programs are freed with the function, with the functions and classes that their arguments held, by `dispose`, and
 * beyond `maxPrograms`. At the tenth, `console.warn` says once what has changed in the arguments.
 *
 * Inside another `jit`, `evalShape`, `capture` or a gradient it runs `fn` as it is.
 *
 * @throws JitArgumentError for what is no function, and for options that there are not; and in a call: TracedValueError when `fn` reads the value of a tensor; UnsupportedKernelError for an operation that cannot
 *   be compiled; UntraceableError when `fn` draws numbers by `Math.random` or makes a `tf.Variable`; JitArgumentError
 *   for arguments that it cannot take; UncopyableNodeError for arguments with `#private` members; JitMemoryError where
 *   there is no room; AsyncFunctionError for an asynchronous `fn`
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
  const jitted = function (this: unknown, ...args: unknown[]): unknown {
    return compiled.call(this, args);
  };
  Object.defineProperty(jitted, "name", { value: compiled.name });
  Object.defineProperty(jitted, "length", { value: fn.length });
  const methods: JitMethods<unknown[]> = {
    lower(this: unknown, ...args) {
      return compiled.lower(this === jitted ? undefined : this, args);
    },
    compile(this: unknown, ...args) {
      return compiled.compile(this === jitted ? undefined : this, args);
    },
    profile(this: unknown, ...args) {
      return compiled.profile(this === jitted ? undefined : this, args);
    },
    cacheSize: () => compiled.cacheSize,
    clearCache: () => compiled.clear(),
    dispose: () => compiled.dispose(),
    [DISPOSE]: () => compiled.dispose(),
  };
  return Object.assign(jitted, methods);
}
