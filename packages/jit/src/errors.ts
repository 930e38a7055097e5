/** @file The errors of compiled functions. Each names a way out. */
import { NnxError } from "@nnx-js/nn";

/** The arguments of a call do not suit a compiled function. */
export class JitArgumentError extends NnxError {
  static override readonly name: string = "JitArgumentError";
  /** @param name of the function, where it is known */
  constructor(name: string | undefined, detail: string) {
    super("jit-argument", `jit${name === undefined ? "" : `(${name})`}: ${detail}`);
  }
}

/** WebAssembly programs cannot run: the engine has none, or a policy forbids it. */
export class WebAssemblyUnavailableError extends NnxError {
  static override readonly name: string = "WebAssemblyUnavailableError";
  /** @param reason what the engine said */
  constructor(name: string, reason: string) {
    super(
      "webassembly-unavailable",
      `jit(${name}): expected an engine that compiles WebAssembly, found none: ${reason}. ` +
        `jit(fn, { fallback: "kernels" }) runs the function by TensorFlow.js's kernels in such places. ` +
        (/embedder/.test(reason)
          ? "Cloudflare's workers and their like run only WebAssembly that was deployed with the program."
          : "A page's Content-Security-Policy allows WebAssembly by 'wasm-unsafe-eval' in script-src."),
    );
  }
}

/** There is no room for a compiled program, or for the Variables that it writes. */
export class JitMemoryError extends NnxError {
  static override readonly name: string = "JitMemoryError";
  /** Bytes that are needed in one piece. */
  readonly needed: number;
  /** Bytes that programs and Variables take. */
  readonly used: number;
  /** Bytes of the largest piece that could be had, if the machine had as much. */
  readonly free: number;
  constructor(
    name: string,
    {
      needed,
      used,
      free,
      limit,
    }: Pick<JitMemoryError, "needed" | "used" | "free"> & { limit?: string | undefined },
  ) {
    const most =
      limit === undefined
        ? `${megabytes(free)} at most in one piece, if this machine gives as much`
        : `${megabytes(free)} at most in one piece, for it may grow to ${limit}, and no further`;
    super(
      "jit-memory",
      `jit(${name}): expected room for ${megabytes(needed)} in the memory that compiled functions share, found ` +
        `${megabytes(used)} in use, and ${most}. ` +
        `No other program could be given up for it. Use smaller batches, dispose of models that are not needed ` +
        `(model.dispose()), or let TensorFlow.js keep the values: jit(fn, { target: "kernels" }).`,
    );
    [this.needed, this.used, this.free] = [needed, used, free];
  }
}

const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1e5) / 10} MB`;

/** The GPU that compiled functions run on was lost: its driver was reset, or it was unplugged. */
export class DeviceLostError extends NnxError {
  static override readonly name: string = "DeviceLostError";
  /** @param reason what the browser, or Dawn, said */
  constructor(name: string, reason: string) {
    super(
      "device-lost",
      `jit(${name}): expected a GPU that works, found that it was lost: ${reason}. Take a new one, ` +
        `await useBackend("webgpu"), and load the Variables that were on it from the last checkpoint, ` +
        `await loadModel(model, path), or make them anew. What was read before, on another backend, is still there.`,
    );
  }
}

/** The GPU that compiled functions run on had no memory for something, as it said after the call that asked for it. */
export class DeviceMemoryError extends NnxError {
  static override readonly name: string = "DeviceMemoryError";
  /** @param reason what the browser, or Dawn, said */
  constructor(name: string, reason: string) {
    super(
      "device-memory",
      `jit(${name}): expected a GPU with memory for the calls before this one, found that it had too little: ${reason}. ` +
        `They did nothing, what they returned is void, and Variables have the values that they had before. Use smaller ` +
        `batches, or dispose of models and tensors that are not needed; then call again.`,
    );
  }
}

/** A compiled program stopped before its end: a fault of the compiler, or memory that ran out. */
export class JitExecutionError extends NnxError {
  static override readonly name: string = "JitExecutionError";
  /** @param cause what the engine said, if it was the main thread's part that failed */
  constructor(name: string, cause: unknown) {
    const said = cause instanceof Error ? `: ${cause.message}` : " on another thread";
    super(
      "jit-execution",
      `jit(${name}): expected the compiled program to run to its end, found that it stopped${said}. Variables that ` +
        `it writes may hold parts of the next values: load them again. Compiled functions run on one thread from now ` +
        `on. jit(fn, { target: "kernels" }) runs the function by TensorFlow.js's kernels.`,
    );
    this.cause = cause;
  }
}
