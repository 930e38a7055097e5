/** @file The errors of this package. Each says where, what was expected, what was found, and a repair. */
import { NnxError } from "@nnx-js/nn";

/** A source of data gave what no batch can be made of, or threw: then `cause` is what it threw. */
export class DataSourceError extends NnxError {
  static override readonly name: string = "DataSourceError";
  constructor(message: string, options: ErrorOptions = {}) {
    super("data-source", message);
    if ("cause" in options) Object.defineProperty(this, "cause", { value: options.cause });
  }
}

/** A figure of a step is NaN or infinite. */
export class NonFiniteError extends NnxError {
  static override readonly name: string = "NonFiniteError";
  /** The name of the figure. */
  readonly metric: string;
  /** Its value: NaN or an infinity. */
  readonly value: number;
  /** The step after which it was read. */
  readonly step: number;
  /** The first step that gave such a figure; undefined where only the mean of several is known. */
  readonly badStep: number | undefined;
  /** The step whose values the state has again; undefined where no state was given. */
  readonly restoredStep: number | undefined;

  constructor(
    message: string,
    place: {
      metric: string;
      value: number;
      step: number;
      badStep: number | undefined;
      restoredStep: number | undefined;
    },
  ) {
    super("non-finite", message);
    this.metric = place.metric;
    this.value = place.value;
    this.step = place.step;
    this.badStep = place.badStep;
    this.restoredStep = place.restoredStep;
  }
}

/** A worker that trains could not be loaded, threw, or is gone: `cause` is what was thrown, if anything was. */
export class TrainingWorkerError extends NnxError {
  static override readonly name: string = "TrainingWorkerError";
  /**
   * What has happened: the worker could not be loaded (`"load"`), threw (`"threw"`), is gone or says nothing any more
   * (`"silent"`), did not begin or end in time (`"timeout"`), or something cannot be copied (`"unsendable"`).
   */
  readonly reason: "load" | "threw" | "silent" | "timeout" | "unsendable";
  /** The step of the last checkpoint that it told of; undefined where there was none. */
  readonly checkpointStep: number | undefined;

  constructor(
    message: string,
    options: { reason: TrainingWorkerError["reason"]; checkpointStep: number | undefined; cause?: unknown },
  ) {
    super("training-worker", message);
    this.reason = options.reason;
    this.checkpointStep = options.checkpointStep;
    if (options.cause !== undefined) Object.defineProperty(this, "cause", { value: options.cause });
  }
}

/** A log cannot be opened or written to, such as on a full disk: `cause` is what the system said. */
export class LogError extends NnxError {
  static override readonly name: string = "LogError";
  constructor(message: string, options: ErrorOptions = {}) {
    super("log", message);
    if ("cause" in options) Object.defineProperty(this, "cause", { value: options.cause });
  }
}
