/** @file The errors of functions that are traced. Each names a way out, and the operation and the line in the user's code. */
import { NnxError } from "../errors.ts";

/** What traces, and which function: `jit(step)`. */
type Caller = string;

/** Where something happened: a line of the user's code such as `model.ts:12:8`, if it is known. */
type Source = string | undefined;

const at = (source: Source): string => (source === undefined ? "" : ` at ${source}`);

/** A value was read while the function was being traced. */
export class TracedValueError extends NnxError {
  static override readonly name: string = "TracedValueError";
  /** The line that reads the value. */
  readonly source: Source;
  constructor(caller: Caller, source: Source) {
    super(
      "traced-value",
      `${caller}: expected code that needs no values, found a read (data, dataSync, array, print, a branch on a ` +
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
   * @param options the line, what is missing (the second half of "expected kernels that can be compiled, found …"),
   *   what to do about it, and what traced the function; `jit` compiles it unless given
   */
  constructor(
    kernelName: string,
    {
      source,
      reason,
      wayOut,
      caller,
    }: { source: Source; reason: string; wayOut: string; caller?: Caller | undefined },
  ) {
    const expected = caller ? `${caller}: expected kernels that can be traced` : "jit: expected kernels that can be compiled"; // prettier-ignore
    super("unsupported-kernel", `${expected}, found ${kernelName}${at(source)}, ${reason}. ${wayOut}`);
    this.kernelName = kernelName;
    this.source = source;
  }
}

/** A tensor that existed only while a function was traced was used afterwards. */
export class EscapedTensorError extends NnxError {
  static override readonly name: string = "EscapedTensorError";
  /** The line that uses the tensor. */
  readonly source: Source;
  constructor(caller: Caller, source: Source, made: { kernelName: string; source: Source } | undefined) {
    const origin = made ? `, which ${made.kernelName} made${at(made.source)}` : "";
    super(
      "escaped-tensor",
      `${caller}: expected tensors to leave a traced function as its result, found one used${at(source)} ` +
        `that escaped from it${origin}: it was there while the function was traced and never had values. ` +
        `Return the tensor, or keep it in a Variable: variable.value = tensor.`,
    );
    this.source = source;
  }
}

/** The function asked for what would be different in each call, but can be traced only once. */
export class UntraceableError extends NnxError {
  static override readonly name: string = "UntraceableError";
  /** The line that asks for it. */
  readonly source: Source;
  constructor(caller: Caller, source: Source, detail: string) {
    super("untraceable", `${caller}: ${detail.replace("{at}", at(source))}`);
    this.source = source;
  }
}
