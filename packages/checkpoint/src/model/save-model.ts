/** @file `saveModel`: writes the values of a model to a file. */
import { saveSafetensors } from "../safetensors/write-safetensors.ts";
import type { WriteOptions } from "../safetensors/options.ts";
import type { Target } from "../target/byte-target.ts";
import { assertOptions } from "./options.ts";
import { type SnapshotOptions, snapshotOf } from "./snapshot.ts";

/** Options of {@link saveModel}. */
export interface SaveOptions extends SnapshotOptions {
  /**
   * The dtype of floating numbers in the file: `"F16"` and `"BF16"` halve it. `"F32"`, which keeps every bit, unless
   * given. A function chooses for each tensor.
   */
  readonly dtype?: WriteOptions["dtype"] | undefined;
}

/**
 * Writes the values of `node` to a safetensors file, each leaf under its state path: `layers.0.kernel`. `node` is
 * whatever `state` takes: a model, or a whole training state, `{ model, optimizer, rngs, metrics }`. A Variable that is
 * shared is written once.
 *
 * The values are those at the time of the call: training may go on at once, what it writes is not in the file. What
 * stood at the target before stays there until the new file is whole.
 *
 * ```ts
 * await saveModel(model, "model.safetensors");
 * await saveModel({ model, optimizer, rngs }, "training.safetensors", { metadata: { epoch: "3" } });
 * await saveModel(model, "half.safetensors", { dtype: "BF16" });
 * ```
 *
 * @param target a path, a file's handle, a stream, `"opfs://…"`, `"indexeddb://…"`, `"downloads://…"`
 * @throws InvalidArgumentError for options that there are not; VariableValueError for what has no value
 * @throws StorageError when the target cannot be written
 */
export async function saveModel(node: unknown, target: Target, options: SaveOptions = {}): Promise<void> {
  assertOptions("saveModel", options, ["only", "metadata", "layout", "rename", "dtype"]);
  const { dtype, ...rest } = options;
  const snapshot = await snapshotOf(node, rest, "saveModel");
  try {
    await saveSafetensors(snapshot.tensors, target, {
      metadata: snapshot.metadata,
      ...(dtype !== undefined && { dtype }),
    });
  } finally {
    snapshot.dispose();
  }
}
