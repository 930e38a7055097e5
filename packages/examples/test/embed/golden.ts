/** @file What PyTorch and Python's tokenizers made of texts; `scripts/reference/minilm.py` wrote it. */
import { readFile } from "node:fs/promises";

/** A text and its tokens. */
interface Case {
  readonly text: string;
  readonly ids: readonly number[];
}

/** The figures. */
export interface Golden {
  /** Of the file of weights that they were made with. */
  readonly sha256: string;
  readonly cases: readonly Case[];
  /** The vectors of the first of them. */
  readonly embeddings: readonly Float32Array[];
}

const FEATURES = 384;

/** Reads the committed figures. */
export async function readGolden(): Promise<Golden> {
  const [json, tensors] = await Promise.all(["json", "safetensors"].map((kind) => readFile(fileOf(kind))));
  const figures = JSON.parse(json!.toString()) as Pick<Golden, "sha256" | "cases">;
  // By hand: what reads files of this kind is tested here, too.
  const { buffer } = Uint8Array.from(tensors!);
  const header = Number(new DataView(buffer).getBigUint64(0, true));
  const values = new Float32Array(buffer.slice(8 + header));
  const embeddings = Array.from({ length: values.length / FEATURES }, (_, i) =>
    values.subarray(i * FEATURES, (i + 1) * FEATURES),
  );
  return { ...figures, embeddings };
}

function fileOf(kind: string): URL {
  return new URL(`../golden/minilm.${kind}`, import.meta.url);
}
