/** @file Times the loading of a pretrained encoder beside reading its file and making the tensors. */
import { evalShape, Rngs } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { readConfig } from "../embed/config.ts";
import { BertEncoder } from "../embed/model.ts";
import { loadWeights } from "../embed/weights.ts";
import { garbageCollector } from "./garbage.ts";
import { type Candidate, measure, type Measurement, type MeasureOptions } from "./measure.ts";
import { aligned, time, times } from "./report.ts";

/** Measures both on the active backend; ratios refer to reading and making tensors. */
export async function compareLoading(folder: string, options: MeasureOptions): Promise<Measurement[]> {
  const path = join(folder, "model.safetensors");
  const config = await readConfig(folder);
  const candidates = [
    candidate("readFile and tensors", async () => readTensors(await readFile(path))),
    candidate("loadModel", async () => {
      const model = evalShape(() => new BertEncoder(config, { rngs: new Rngs(0) }));
      await loadWeights(model, folder);
      return [model];
    }),
  ];
  return measure(candidates, options);
}

/** The table of both. */
export function describeLoading(measurements: readonly Measurement[]): string {
  const rows = measurements.map(({ name, milliseconds, ratio, rounds }) => [
    name,
    time(milliseconds),
    times(ratio),
    String(rounds),
  ]);
  return ["load: all-MiniLM-L6-v2, 91 MB", ...aligned([["", "ms", "x readFile", "rounds"], ...rows])].join(
    "\n",
  );
}

/** What `load` makes is freed after each time, off the clock: nobody pays for the garbage of another. */
function candidate(name: string, load: () => Promise<readonly { dispose(): unknown }[]>): Candidate {
  const collectGarbage = garbageCollector();
  return {
    name,
    async time(runs) {
      let spent = 0;
      for (let i = 0; i < runs; i++) {
        const start = performance.now();
        const made = await load();
        spent += performance.now() - start;
        for (const part of made) part.dispose();
        collectGarbage();
      }
      return spent / runs;
    },
  };
}

/** The float32 tensors of a file in the format safetensors, as they stand there. */
function readTensors({ buffer, byteOffset, byteLength }: Uint8Array): tf.Tensor[] {
  const length = Number(new DataView(buffer, byteOffset, byteLength).getBigUint64(0, true));
  const header = new TextDecoder().decode(new Uint8Array(buffer, byteOffset + 8, length));
  const entries = Object.values(JSON.parse(header) as Record<string, Entry>);
  return entries
    .filter(({ dtype }) => dtype === "F32")
    .map(({ shape, data_offsets: [begin, end] }) =>
      tf.tensor(new Float32Array(buffer, byteOffset + 8 + length + begin, (end - begin) / 4), shape),
    );
}

interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: [begin: number, end: number];
}
