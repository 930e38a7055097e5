/** @file What the examples keep of a training run: curves, the last test, and how far it came. */
import { type Loader, type RestoreEvent, train, type TrainOptions, type Watcher } from "@nnx-js/train";
import type * as tf from "@tensorflow/tfjs-core";

/** Length of a run, and who watches it. `Test` is what a test tells of the model. */
export interface FitOptions<Test> {
  /** Passes over the training part, those before the run included. */
  epochs: number;
  /** The number of steps after which the run ends, those before it included; all unless given. */
  until?: number | undefined;
  /** Stops the run after the current step; the result is that of the steps done. */
  signal?: AbortSignal | undefined;
  /** Who follows the run. */
  watch?: readonly Watcher[] | undefined;
  /** Told every few steps. */
  onProgress?: ((progress: FitProgress<Test>) => void) | undefined;
}

/** How far a run is. */
export interface FitProgress<Test> {
  /** Steps done. */
  step: number;
  /** Steps of the whole run. */
  steps: number;
  /** Mean training loss of the last few steps. */
  loss: number;
  /** The test after the last full epoch; `undefined` during the first. */
  test: Test | undefined;
}

/** What a run is made of. */
export interface Fit<Batch, Test extends object> extends Omit<FitOptions<Test>, "epochs"> {
  /** The batches of all passes. */
  data: Loader<Batch, number>;
  /** Trains on a batch; gives the loss, a scalar, which is not waited for. */
  step: (batch: Batch) => tf.Tensor;
  /** Measures the model on what it does not learn from. */
  evaluate: () => Promise<Test>;
  /** What training changes: given back after a NaN, and saved where there are checkpoints. */
  state: object;
  /** Where and how it is saved. */
  checkpoint?: TrainOptions<Batch, tf.Tensor, Test>["checkpoint"];
  /** Told what the checkpoint that the run goes on from was saved with. */
  onRestore?: ((event: RestoreEvent) => void) | undefined;
}

/** Losses over time. */
interface Curve {
  /** When each loss was measured, in epochs. */
  epochs: number[];
  losses: number[];
}

/** What came of a run. */
export interface FitResult<Test> {
  /** Mean training loss of every few steps. */
  trainCurve: Curve;
  /** Test loss after every epoch; of a run that was stopped before its first step, before it. */
  testCurve: Curve;
  /** The test after the last step. */
  test: Test;
  /** Epochs done, with fractions, those before the run included. */
  epochs: number;
  /** Whether the run ended before its last step. */
  interrupted: boolean;
}

/** The loss is read every so many steps: a read makes the program wait for the device. */
const STEPS_PER_READ = 10;

/** Trains to the end of the data, and tests after each pass. */
export async function fit<Batch, Test extends { loss: number }>({
  data,
  step,
  evaluate,
  state,
  checkpoint,
  until,
  signal,
  watch,
  onProgress,
  onRestore,
}: Fit<Batch, Test>): Promise<FitResult<Test>> {
  const { steps, stepsPerEpoch } = data;
  const trainCurve: Curve = { epochs: [], losses: [] };
  const testCurve: Curve = { epochs: [], losses: [] };
  let test: Test | undefined;
  let tested = -1;
  const note = (curve: Curve, step: number, loss: number): void => {
    curve.epochs.push(step / stepsPerEpoch);
    curve.losses.push(loss);
  };
  const measure = async () => {
    test = await evaluate();
    return test;
  };
  const end = await train({
    data,
    step,
    state,
    evaluate: measure,
    checkpoint,
    steps: until,
    signal,
    log: STEPS_PER_READ,
    watch,
    on: {
      restore: onRestore,
      log({ step, metrics: { loss } }) {
        note(trainCurve, step, loss);
        onProgress?.({ step, steps, loss, test });
      },
      evaluate({ step, metrics }) {
        tested = step;
        note(testCurve, step, metrics.loss);
      },
    },
  }).run();
  if (tested !== end.step || !test) note(testCurve, end.step, (await measure()).loss);
  return {
    trainCurve,
    testCurve,
    test: test!,
    epochs: end.step / stepsPerEpoch,
    interrupted: end.step < steps,
  };
}
