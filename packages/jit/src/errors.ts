/** @file The errors of compiled functions. Each names a way out, and those about what the function does the operation and the line in the user's code. */
import { NnxError } from "@nnx-js/nn";

/** Where something happened: a line of the user's code such as `model.ts:12:8`, if it is known. */
type Source = string | undefined;

const at = (source: Source): string => (source === undefined ? "" : ` at ${source}`);

/** A value was read while the function was being traced. */
export class TracedValueError extends NnxError {
  static override readonly name: string = "TracedValueError";
  /** The line that reads the value. */
  readonly source: Source;
  constructor(name: string, source: Source) {
    super(
      "traced-value",
      `jit(${name}): expected code that needs no values, found a read (data, dataSync, array, print, a branch on a ` +
        `value, …)${at(source)}: while a function is traced, its tensors have a shape and a dtype only. ` +
        `1. Branch by tensors: tf.where(condition, a, b). 2. Return the tensor and read it from the result. ` +
        `3. Pass what decides as a number or boolean: each value is compiled once.`,
    );
    this.source = source;
  }
}

/** A kernel that cannot be traced, or not be compiled. */
export class UnsupportedKernelError extends NnxError {
  static override readonly name: string = "UnsupportedKernelError";
  /** TensorFlow.js's name of the kernel. */
  readonly kernelName: string;
  /** The line that launches it. */
  readonly source: Source;
  /**
   * @param options the line, what is missing (the second half of "expected kernels that can be compiled, found …")
   *   and what to do about it
   */
  constructor(
    kernelName: string,
    { source, reason, wayOut }: { source: Source; reason: string; wayOut: string },
  ) {
    super(
      "unsupported-kernel",
      `jit: expected kernels that can be compiled, found ${kernelName}${at(source)}, ${reason}. ${wayOut}`,
    );
    this.kernelName = kernelName;
    this.source = source;
  }
}

/** A tensor that existed only while a function was traced was used afterwards. */
export class EscapedTensorError extends NnxError {
  static override readonly name: string = "EscapedTensorError";
  /** The line that uses the tensor. */
  readonly source: Source;
  constructor(name: string, source: Source, made: { kernelName: string; source: Source } | undefined) {
    const origin = made ? `, which ${made.kernelName} made${at(made.source)}` : "";
    super(
      "escaped-tensor",
      `jit(${name}): expected tensors to leave a compiled function as its result, found one used${at(source)} ` +
        `that escaped from it${origin}: it was there while the function was traced and never had values. ` +
        `Return the tensor, or keep it in a Variable: variable.value = tensor.`,
    );
    this.source = source;
  }
}

/** The arguments of a call do not suit a compiled function. */
export class JitArgumentError extends NnxError {
  static override readonly name: string = "JitArgumentError";
  /** @param name of the function, where it is known */
  constructor(name: string | undefined, detail: string) {
    super("jit-argument", `jit${name === undefined ? "" : `(${name})`}: ${detail}`);
  }
}

/** The function asked for what would be different in each call, but can be traced only once. */
export class UntraceableError extends NnxError {
  static override readonly name: string = "UntraceableError";
  /** The line that asks for it. */
  readonly source: Source;
  constructor(name: string, source: Source, detail: string) {
    super("untraceable", `jit(${name}): ${detail.replace("{at}", at(source))}`);
    this.source = source;
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
