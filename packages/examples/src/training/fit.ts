/** @file The loop that the examples train by: losses read now and then, a test after every epoch, an early stop. */
import * as tf from "@tensorflow/tfjs-core";

/** Length of a run, and who watches it. `Test` is what a test tells of the model. */
export interface FitOptions<Test> {
  /** Passes over the training part, those before the run included. */
  epochs: number;
  /** The number of steps after which the run ends, those before it included; all unless given. */
  until?: number | undefined;
  /** Stops the run after the current step; the result is that of the steps done. */
  signal?: AbortSignal | undefined;
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
export interface Fit<Batch, Test> extends FitOptions<Test> {
  /** Batches in a pass. */
  stepsPerEpoch: number;
  /** Begins a pass over the training part, at the batch `from`. */
  batches: (from: number) => Iterable<Batch> | AsyncIterable<Batch>;
  /** Trains on a batch; gives the loss, a scalar, which is not waited for. */
  trainStep: (batch: Batch) => tf.Tensor;
  /** Measures the model on what it does not learn from. */
  evaluate: () => Promise<Test>;
  /** Steps that an earlier run has done; none unless given. */
  start?: number | undefined;
  /** Told after every full pass how many there were, and what the test gave. */
  onEpoch?: ((epochs: number, test: Test) => Promise<void>) | undefined;
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

/** Trains for some epochs, and tests after each. */
export async function fit<Batch, Test extends { loss: number }>({
  epochs,
  stepsPerEpoch,
  batches,
  trainStep,
  evaluate,
  start = 0,
  until = Infinity,
  onEpoch,
  signal,
  onProgress,
}: Fit<Batch, Test>): Promise<FitResult<Test>> {
  const steps = epochs * stepsPerEpoch;
  const trainCurve: Curve = { epochs: [], losses: [] };
  const testCurve: Curve = { epochs: [], losses: [] };
  const unread: tf.Tensor[] = [];
  let test: Test | undefined;
  let step = start;
  const isDone = () => signal?.aborted === true || step >= until;
  const measure = async () => {
    const measured = await evaluate();
    record(testCurve, step / stepsPerEpoch, measured.loss);
    return measured;
  };
  for (let epoch = Math.floor(start / stepsPerEpoch); epoch < epochs; epoch++) {
    if (isDone()) break;
    for await (const batch of batches(step % stepsPerEpoch)) {
      unread.push(trainStep(batch));
      step++;
      // Without a pause no signal would ever arrive: a step never waits for anything.
      await tf.nextFrame();
      if (unread.length === STEPS_PER_READ || step % stepsPerEpoch === 0 || isDone()) {
        const loss = await takeMean(unread);
        record(trainCurve, step / stepsPerEpoch, loss);
        onProgress?.({ step, steps, loss, test });
      }
      if (isDone()) break;
    }
    test = await measure();
    if (step === (epoch + 1) * stepsPerEpoch) await onEpoch?.(epoch + 1, test);
  }
  test ??= await measure();
  return { trainCurve, testCurve, test, epochs: step / stepsPerEpoch, interrupted: step < steps };
}

/** The loss is read every so many steps: a read makes the program wait for the device. */
const STEPS_PER_READ = 10;

/** The mean of the scalars in `losses`, which are freed and taken out. */
async function takeMean(losses: tf.Tensor[]): Promise<number> {
  using mean = tf.tidy(() => tf.mean(tf.stack(losses)));
  tf.dispose(losses.splice(0));
  return (await mean.data())[0]!;
}

function record(curve: Curve, epoch: number, loss: number): void {
  curve.epochs.push(epoch);
  curve.losses.push(loss);
}
