/** @file The error of a backend that has no room left. */

/** A backend has no memory left for a tensor. */
export class BackendMemoryError extends Error {
  static override readonly name: string = "BackendMemoryError";
  override readonly name = "BackendMemoryError";
  readonly code = "BACKEND_MEMORY";

  constructor(backendName: string, shape: readonly number[], dtype: string) {
    super(
      `The ${backendName} backend has no memory left for a ${dtype} tensor of the shape [${shape.join(", ")}].\n` +
        "Dispose of tensors that are not needed any more, or split the tensor.",
    );
  }
}
