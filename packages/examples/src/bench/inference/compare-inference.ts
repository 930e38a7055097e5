/** @file Times a forward pass by nnx-js and by ONNX Runtime, on the same weights. */
import { exportOnnx } from "@nnx-js/export";
import { jit } from "@nnx-js/jit";
import { quantize, Rngs } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { type Candidate, measure, type Measurement, type MeasureOptions, timeRuns } from "../measure.ts";
import { aligned, time, times } from "../report.ts";
import { INFERENCE, type InferenceCase, type InferenceName, type Predictor } from "./cases.ts";
import { openSession, RUNTIMES, type RuntimeName } from "./onnx-runtime.ts";

/** What was found out about a forward pass. The compiled one is the first of the measurements. */
export interface InferenceComparison {
  readonly inference: string;
  readonly title: string;
  readonly measurements: readonly Measurement[];
  /** The largest difference of each from the eager result, relative to the largest element of that. */
  readonly differences: Readonly<Record<string, number>>;
  readonly unable: readonly { readonly name: string; readonly reason: string }[];
}

/** One way to make the forward pass; `run` gives the elements of the result. */
interface Contender {
  readonly name: string;
  run(): Promise<ArrayLike<number>>;
  close(): unknown;
  /** How far the result may be from the eager one. */
  readonly tolerance: number;
}

/** Of float32; and of weights of 8 bits, which is no error of arithmetic. */
const TOLERANCE = 1e-4;
const OF_EIGHT_BITS = 0.05;

/** Milliseconds between turns: threads of ONNX Runtime look for work that long, and would keep a core from who is next. */
const REST = 60;

/** Options of {@link compareInference}. */
export interface InferenceOptions extends MeasureOptions {
  /** Whether nnx-js alone is timed. */
  readonly own?: boolean | undefined;
}

/**
 * Times a case on the active backend; ratios refer to the compiled pass. Results are compared first.
 *
 * @throws Error where two results differ by more than float32 explains
 */
export async function compareInference(
  name: InferenceName,
  options: InferenceOptions,
): Promise<InferenceComparison> {
  const { title, create, inputShape, quantizes = false }: InferenceCase = INFERENCE[name];
  const rngs = new Rngs(0);
  const model = create(rngs);
  const x = rngs.normal([...inputShape]);
  const unable: { name: string; reason: string }[] = [];
  const contenders = [compiled("nnx-js, jit", model, x, TOLERANCE)];
  if (quantizes) {
    const { model: small } = await quantize(model);
    contenders.push(compiled("nnx-js, jit, 8-bit weights", small, x, OF_EIGHT_BITS));
  }
  const eager = eagerly(model, x);
  contenders.push(eager);
  try {
    if (!options.own) contenders.push(...(await runtimes(model, x, unable)));
    const differences = await compared(contenders, eager);
    const measurements = await measure(contenders.map(candidate), { ...options, rest: REST });
    return { inference: name, title, measurements, differences, unable };
  } finally {
    for (const contender of contenders) await contender.close();
    for (const part of [model, x, rngs]) part.dispose();
  }
}

function compiled(name: string, model: Predictor, x: tf.Tensor, tolerance: number): Contender {
  const forward = jit((model: Predictor, x: tf.Tensor) => model.forward(x), { name: "forward pass" });
  return {
    name,
    tolerance,
    async run() {
      using y = forward(model, x);
      return y.data();
    },
    close: () => forward.dispose(),
  };
}

function eagerly(model: Predictor, x: tf.Tensor): Contender {
  return {
    name: "nnx-js, eager",
    tolerance: 0,
    async run() {
      using y = tf.tidy(() => model.forward(x));
      return y.data();
    },
    close() {},
  };
}

/** ONNX Runtime with the model that is exported; what is not installed, or fails, is added to `unable`. */
async function runtimes(
  model: Predictor,
  x: tf.Tensor,
  unable: { name: string; reason: string }[],
): Promise<Contender[]> {
  const file = await exportOnnx((x: tf.Tensor) => model.forward(x), [x], { closure: { model } });
  const input = { data: Float32Array.from(await x.data()), shape: x.shape };
  const made: Contender[] = [];
  for (const name of Object.keys(RUNTIMES) as RuntimeName[]) {
    try {
      const session = await openSession(name, file, input);
      await session.run();
      made.push({ ...session, name, tolerance: TOLERANCE });
    } catch (error) {
      unable.push({ name, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  return made;
}

async function compared(contenders: readonly Contender[], eager: Contender): Promise<Record<string, number>> {
  const expected = await eager.run();
  let largest = 0;
  for (let i = 0; i < expected.length; i++) largest = Math.max(largest, Math.abs(expected[i]!));
  const differences: Record<string, number> = {};
  for (const contender of contenders) {
    if (contender === eager) continue;
    const found = await contender.run();
    let difference = found.length === expected.length ? 0 : NaN;
    for (let i = 0; i < expected.length; i++) {
      difference = Math.max(difference, Math.abs(found[i]! - expected[i]!) / largest);
    }
    if (!(difference <= contender.tolerance)) {
      throw new Error(
        `${contender.name}: expected what the eager pass gives, found a difference of ${difference} of the largest element.`,
      );
    }
    differences[contender.name] = difference;
  }
  return differences;
}

function candidate(contender: Contender): Candidate {
  const once = async () => void (await contender.run());
  return { name: contender.name, time: (runs) => timeRuns(once, () => Promise.resolve(), runs) };
}

/** The table of a case. */
export function describeInference(comparison: InferenceComparison): string {
  const { inference, title, measurements, differences, unable } = comparison;
  const rows = measurements.map(({ name, milliseconds, ratio, rounds }) => [
    name,
    time(milliseconds),
    times(ratio),
    differences[name]?.toExponential(1) ?? "",
    String(rounds),
  ]);
  return [
    `${inference}: ${title}`,
    ...aligned([["", "ms", "x jit", "differs by", "rounds"], ...rows]),
    ...unable.map(({ name, reason }) => `(${name}: ${reason})`),
  ].join("\n");
}
