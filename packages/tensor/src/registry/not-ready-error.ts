/** @file The error of an operation that comes before the kernels and gradients for its backend. */

/** The kernels and gradients of this package for the active backend are not loaded yet. */
export class BackendNotReadyError extends Error {
  static override readonly name: string = "BackendNotReadyError";
  override readonly name = "BackendNotReadyError";
  readonly code = "BACKEND_NOT_READY";

  /**
   * @param what What was called
   * @param failure Why the last attempt to load them failed, if it did
   */
  constructor(what: string, backendName: string | null, failure?: string) {
    const those = backendName === null ? "a backend" : `the backend ${backendName}`;
    const found = failure === undefined ? "are not loaded yet" : `do not come: ${failure}`;
    const named = backendName === null ? "" : `"${backendName}"`;
    super(
      `${what}: expected what @nnx-js/tensor loads with ${those}, found that they ${found}.\n` +
        `Wait for it first: await useBackend(${named}), or await tf.ready(). ` +
        'Code that cannot wait: import "@nnx-js/tensor/kernels".',
    );
  }
}
