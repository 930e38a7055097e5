/** @file What stands behind a function that `jit` gives. */
import * as tf from "@tensorflow/tfjs-core";
import { disposeCaptured, trace } from "../capture/trace.ts";
import { JitArgumentError, JitMemoryError } from "../errors.ts";
import { describe } from "../graph/describe.ts";
import { HeapFullError } from "../memory/space.ts";
import type { Profile } from "../profile.ts";
import { keyOf, type StructureKey } from "../tree/key.ts";
import { Refusal } from "../tree/refusal.ts";
import { type Walk, walkArguments } from "../tree/walk.ts";
import { WeakKey } from "../tree/weak-key.ts";
import { Binding } from "./binding.ts";
import { Cache } from "./cache.ts";
import { compile, type CompileRequest } from "./compile.ts";
import { Executable } from "./executable.ts";
import { Growth } from "./growth.ts";
import { mustInline } from "./inline.ts";
import { Origins } from "./origins.ts";
import { usesThis } from "./receiver.ts";

type Fn = (...args: unknown[]) => unknown;

/** How a function is compiled. */
interface Options extends Pick<CompileRequest, "target" | "fallback" | "matmulPrecision"> {
  readonly name?: string | undefined;
  readonly maxPrograms?: number | undefined;
}

const MOST_PROGRAMS = 64;

/** A function and what was compiled for it. */
export class CompiledFunction {
  readonly name: string;
  readonly #original: Fn;
  /** The function with its `this` in front of the arguments, if it looks at it. */
  readonly #fn: Fn;
  readonly #hasThis: boolean;
  readonly #options: Options;
  readonly #cache: Cache;
  readonly #growth: Growth;
  #isDisposed = false;
  /** Settles when all calls of `profile` have. */
  #profiled: Promise<void> = Promise.resolve();

  constructor(fn: Fn, options: Options) {
    this.#original = fn;
    this.#options = options;
    this.name = options.name ?? (fn.name || "anonymous");
    this.#hasThis = usesThis(fn);
    this.#fn = this.#hasThis ? (self, ...args) => Reflect.apply(fn, self, args) : fn;
    const { maxPrograms = MOST_PROGRAMS } = options;
    this.#cache = new Cache(maxPrograms);
    this.#growth = new Growth(this.name, maxPrograms, this.#hasThis);
  }

  get cacheSize(): number {
    return this.#cache.size;
  }

  call(self: unknown, args: unknown[]): unknown {
    if (mustInline()) return Reflect.apply(this.#original, self, args);
    const given = this.#given(self, args);
    try {
      const binding = this.#cache.findBinding(given, tf.engine().backendName) ?? this.#bind(given);
      return binding.executable.run(binding);
    } catch (error) {
      throw error instanceof HeapFullError ? new JitMemoryError(this.name, error) : error;
    }
  }

  lower(self: unknown, args: unknown[]): string {
    const given = this.#given(self, args);
    const { executable } = this.#bind(given);
    // Once more: what was compiled knows nothing of the lines in the user's code.
    const { name } = this;
    const hasThis = this.#hasThis;
    const walk = walkArguments(given, new Refusal(name), { hasThis });
    const target = executable.target.tracesFor(executable.backendName);
    const traced = trace(this.#fn, given, { name, target, walk });
    disposeCaptured(traced);
    return [traced.remarks.join("\n"), describe(traced.graph, traced.sources), executable.program.describe()]
      .filter(Boolean)
      .join("\n\n");
  }

  async compile(self: unknown, args: unknown[]): Promise<void> {
    await this.#bind(this.#given(self, [...args])).executable.program.ready?.();
  }

  /** One after the other: each has the clock of the program for itself. */
  profile(self: unknown, args: unknown[]): Promise<Profile> {
    const profile = this.#profiled.then(() => this.#profileCall(self, args));
    this.#profiled = profile.then(
      () => {},
      () => {},
    );
    return profile;
  }

  async #profileCall(self: unknown, args: unknown[]): Promise<Profile> {
    // Given anew to the call, which changes the list.
    const { program, target } = this.#bind(this.#given(self, [...args])).executable;
    const { profiler } = program;
    await program.ready?.();
    await profiler?.start();
    const start = performance.now();
    try {
      const result = this.call(self, args);
      const host = performance.now() - start;
      const launches = (await profiler?.stop()) ?? [];
      return { result, target: target.name, host, total: performance.now() - start, launches };
    } catch (error) {
      // No later call is to be timed; what went wrong is known.
      await profiler?.stop().catch(() => {});
      throw error;
    }
  }

  clear(): void {
    this.#cache.clear();
  }

  dispose(): void {
    this.clear();
    this.#isDisposed = true;
  }

  /** What the function is traced with: nothing is the same as `undefined` at the end. */
  #given(self: unknown, args: unknown[]): unknown[] {
    while (args.length > 0 && args[args.length - 1] === undefined) args.pop();
    if (this.#hasThis) args.unshift(self);
    return args;
  }

  #bind(args: unknown[]): Binding {
    if (this.#isDisposed) {
      throw new JitArgumentError(this.name, "expected a call before dispose(), found one after it.");
    }
    const hasThis = this.#hasThis;
    const walk = walkArguments(args, new Refusal(this.name), { hasThis });
    const key = keyOf(walk.pattern);
    // Gives the name of the backend that is chosen now, if none was before.
    const backendName = tf.getBackend();
    let executable = this.#find(key, backendName, args, walk);
    if (!executable) {
      const { name } = this;
      const fn = this.#fn;
      const options = this.#options;
      const compiled = compile({ ...options, name, fn, args, walk, backendName });
      const origins = new Origins(walk.objects, compiled.traced);
      executable = new Executable(new WeakKey(key), backendName, origins, compiled);
      this.#cache.addExecutable(executable);
      this.#growth.note(walk.pattern);
    }
    const binding = new Binding(executable, walk);
    this.#cache.addBinding(args, binding);
    return binding;
  }

  /** What was compiled for such arguments; a trace with the first other Modules tells whether it serves them, too. */
  #find(key: StructureKey, backendName: string, args: unknown[], walk: Walk): Executable | undefined {
    for (;;) {
      const executable = this.#cache.findExecutable(key, backendName, walk.objects);
      if (!executable?.origins.isUnsure(walk.objects)) return executable;
      executable.origins.learn(walk.objects, () => {
        const traced = trace(this.#fn, args, { name: this.name, target: backendName, walk });
        disposeCaptured(traced);
        return traced;
      });
    }
  }
}
