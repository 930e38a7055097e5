/** @file What the report of the cases has to say: Flax's figures, on every backend and in every way. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../lib/run.mjs";

const golden = JSON.parse(readFileSync(join(root, "packages", "testing", "golden", "guide.json"), "utf8"));
const FLAX = golden.first_epoch_losses;
/** Of the perceptron, by TensorFlow.js in Node. */
const MLP = [1.67773, 1.32746, 1.07093, 0.87884, 0.73076];
/** Relative; GPUs compute functions less exactly. */
const TOLERANCE = 2e-3;

function near(found, expected, what) {
  assert.ok(Array.isArray(found), `${what}: ${JSON.stringify(found)}`);
  for (const [i, value] of found.entries()) {
    const close = Math.abs(value - expected[i]) <= TOLERANCE * Math.abs(expected[i]);
    assert.ok(close, `${what}: loss ${i} is ${value}, not ${expected[i]}`);
  }
}

function worked(part, what) {
  if (part === undefined || part.failed) throw new Error(`${what}: ${part?.failed ?? "did not run"}`);
  return part;
}

/**
 * Checks a report and answers the columns of its row.
 *
 * @param {{ backends: string[], threads: boolean, file?: boolean }} expected the backends that work, whether threads
 *   help, and whether a file was written
 */
export function columnsOf(report, { backends, threads, file = false }) {
  worked(report, "the program");
  for (const backend of backends) {
    const guide = worked(report.guides[backend], `the guide on ${backend}`);
    assert.equal(guide.backend, backend);
    near(guide.eager, FLAX, `${backend}, eager`);
    near(guide.compiled, FLAX, `${backend}, compiled`);
    near([guide.evaluated], golden.eval_results, `${backend}, eval view`);
  }
  near(worked(report.swap, "a swap of backends"), FLAX, "a swap of backends");
  const save = worked(report.save, "saving and loading");
  for (const part of file ? ["memory", "file"] : ["memory"])
    near(save[part], FLAX.slice(2), `loaded from ${part}`);
  near(save.saved, FLAX.slice(2), "after saving");
  const mlp = worked(report.mlp, "the perceptron");
  near(mlp.losses, MLP, "the perceptron");
  assert.equal(mlp.threads.ready > 0, threads, `threads: ${JSON.stringify(mlp.threads)}`);
  // Where none may start, the engine says so to the one who tries.
  if (threads) assert.deepEqual(mlp.threads.errors, []);
  assert.deepEqual(report.errors ?? [], []);
  const shown = report.guides[report.there.includes("wasm") ? "wasm" : backends[0]];
  return {
    backends,
    // Below 0 where threads were given up.
    threads: Math.max(0, mlp.threads.ready) + 1,
    first: shown.first,
    step: shown.step,
    mlp: mlp.step,
  };
}
