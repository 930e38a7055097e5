/** @file What the report of the program has to say, wherever it ran. */
import assert from "node:assert/strict";

/**
 * @param {object} report what `program` answered
 * @param {{ backend?: string, minified?: boolean, workers?: boolean }} expected the backend; whether the names of the
 *   user's own classes are gone; whether threads helped, which is checked where it is given
 */
export function expectReport(report, { backend = "wasm", minified = false, workers } = {}) {
  const { eager, compiled } = report;
  assert.equal(report.backend, backend);
  assert.ok(eager[2] < eager[0] && eager.every(Number.isFinite), `losses ${eager}`);
  for (const [i, loss] of eager.entries())
    assert.ok(Math.abs(loss - compiled[i]) < 1e-5, `${eager} ${compiled}`);
  assert.equal(report.large.length, 1);
  assert.deepEqual(report.convolution, [11, 17, 23]);
  assert.match(report.modes, /^BatchNorm:\n {2}useRunningAverage.*\nDropout:\n {2}deterministic/s);
  assert.match(report.ours, /^ShapeMismatchError: layers\.0 \(Linear\): expected last axis 2/);
  const module = minified ? String.raw`[\w$]+` : "Wrong";
  assert.match(
    report.theirs,
    new RegExp(`^Error: layers\\.0 \\(${module}\\): Error in matMul: inner shapes`),
  );
  assert.deepEqual(report.classes, ["Linear", "Param", "Rngs", "Optimizer"]);
  assert.equal(report.disposable, true);
  if (workers !== undefined) assert.equal(report.workers > 0, workers, `${report.workers} workers`);
  assert.deepEqual(report.errors ?? [], []);
}
