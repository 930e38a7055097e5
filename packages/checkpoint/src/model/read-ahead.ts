/** @file Reads the next tensor of a file while the last one is used, so that neither waits for the other. */
import type * as tf from "@tensorflow/tfjs-core";
import type { TensorFile } from "../tensor-file.ts";

/** Gives the tensors of a file. */
export interface ReadAhead {
  /** As that of the file. */
  tensor(name: string): Promise<tf.Tensor>;
  /** Frees what was read and not asked for. */
  stop(): Promise<void>;
}

/**
 * Gives the tensors of `file`, one of them ahead: when one is handed over, the one that follows it in `order` is begun.
 *
 * @param order the names in the order in which they will be asked for; another order costs time only
 */
export function readAhead(file: Pick<TensorFile, "tensor">, order: readonly string[]): ReadAhead {
  let place = 0;
  let next: { readonly name: string; readonly tensor: Promise<tf.Tensor> } | undefined;
  const drop = async () => {
    const unused = next;
    next = undefined;
    (await unused?.tensor.catch(() => undefined))?.dispose();
  };
  return {
    async tensor(name) {
      if (next?.name !== name) await drop();
      const tensor = await (next?.tensor ?? file.tensor(name));
      next = undefined;
      place = order.indexOf(name, place) + 1;
      const following = place > 0 ? order[place] : undefined;
      if (following !== undefined) {
        next = { name: following, tensor: file.tensor(following) };
        // Whoever asks for it is told; nobody may.
        next.tensor.catch(() => {});
      }
      return tensor;
    },
    stop: drop,
  };
}
