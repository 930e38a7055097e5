/** @file The errors of `useBackend`. */

/** Why each backend that was tried, or passed over, is not in use; by its name. */
export type BackendFailures = Readonly<Record<string, string>>;

/** None of the backends asked for works here. */
export class BackendUnavailableError extends Error {
  static override readonly name: string = "BackendUnavailableError";
  override readonly name = "BackendUnavailableError";
  /** The reason for each. */
  readonly failures: BackendFailures;
  constructor(failures: BackendFailures) {
    const reasons = Object.entries(failures).map(([backend, reason]) => `\n- ${backend}: ${reason}`);
    super(
      `expected a backend that works here, found none:${reasons.join("") || " the list is empty"}\n` +
        `The cpu backend works everywhere: useBackend([…, "cpu"])`,
    );
    this.failures = failures;
  }
}

/** Something that `useBackend` waited for did not come in time. */
export class WaitLimitError extends Error {
  static override readonly name: string = "WaitLimitError";
  override readonly name = "WaitLimitError";
  constructor(what: string, milliseconds: number, repair: string) {
    super(`${what} took longer than ${milliseconds} ms. ${repair}`);
  }
}

/** An option of `useBackend` that means nothing. */
export class BackendOptionError extends Error {
  static override readonly name: string = "BackendOptionError";
  override readonly name = "BackendOptionError";
  constructor(option: string, expected: string, found: unknown) {
    super(`useBackend: expected ${option} to be ${expected}, found ${String(found)}`);
  }
}

/** No backend is loaded. */
export class NoBackendError extends Error {
  static override readonly name: string = "NoBackendError";
  override readonly name = "NoBackendError";
  constructor() {
    super(
      'expected a TensorFlow.js backend, found none. Write first: await useBackend(), or useBackend("wasm") for ' +
        "one of your choice.",
    );
  }
}

/** A name that is no backend's. */
export class UnknownBackendError extends Error {
  static override readonly name: string = "UnknownBackendError";
  override readonly name = "UnknownBackendError";
  constructor(name: string, known: readonly string[], nearest: string | undefined) {
    const repair =
      nearest === undefined
        ? "Register a backend of your own first: tf.registerBackend(name, factory)"
        : `Did you mean useBackend("${nearest}")?`;
    super(`expected one of ${known.map((each) => `"${each}"`).join(", ")}, found "${name}". ${repair}`);
  }
}

/** The text of whatever was thrown; TensorFlow.js rejects with plain objects too. */
export function reasonOf(error: unknown): string {
  if (typeof error === "object" && error !== null && "message" in error) {
    if (typeof error.message === "string" && error.message !== "") return error.message;
  }
  return String(error);
}
