/** @file Times products in every way that there is, side by side. */
import * as tf from "@tensorflow/tfjs-core";
import { chooseDevice } from "../contenders/jax-js-device.ts";
import { measure, type MeasureOptions, type Measurement, timeRuns } from "../measure.ts";
import { aligned, time, times } from "../report.ts";
import { type ProductCase, type ProductName, PRODUCTS } from "./cases.ts";
import { compiled, eager, inJaxJs, type ProductContender } from "./contenders.ts";

/** What was measured of a product. The compiled one is the first of the measurements. */
export interface ProductComparison {
  readonly product: ProductName;
  readonly title: string;
  readonly flops: number;
  readonly measurements: readonly Measurement[];
  /** Why jax-js does not take part, if so. */
  readonly withoutJaxJs?: string | undefined;
}

/** The largest difference between contenders, relative to the largest element. */
const TOLERANCE = 1e-4;

/** Times a product; `backend` is what TensorFlow.js runs on, and with it jax-js where it has the same. */
export async function compareProduct(
  product: ProductName,
  options: MeasureOptions & { readonly backend: string },
): Promise<ProductComparison> {
  const given = PRODUCTS[product];
  const [a, b] = given.shapes.map((shape, i) => tf.randomUniform([...shape], -1, 1, "float32", 7 + i)) as [
    tf.Tensor,
    tf.Tensor,
  ];
  const contenders = [compiled(given, a, b), eager(given, a, b)];
  const withoutJaxJs = await addJaxJs(contenders, given, a, b, options.backend);
  try {
    await assertAlike(contenders);
    const candidates = contenders.map((contender) => ({
      name: contender.name,
      time: (runs: number) =>
        timeRuns(
          () => contender.run(),
          () => contender.finish(),
          runs,
        ),
    }));
    const measurements = await measure(candidates, options);
    const { title, flops } = given;
    return { product, title, flops, measurements, withoutJaxJs };
  } finally {
    for (const contender of contenders) contender.dispose();
    tf.dispose([a, b]);
  }
}

/** Adds jax-js, or answers why it cannot take part. */
async function addJaxJs(
  contenders: ProductContender[],
  product: ProductCase,
  a: tf.Tensor,
  b: tf.Tensor,
  backend: string,
): Promise<string | undefined> {
  try {
    await chooseDevice(backend);
    const contender = await inJaxJs(product, a, b);
    await contender.run();
    await contender.finish();
    contenders.push(contender);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** @throws if contenders compute different things */
async function assertAlike([first, ...others]: readonly ProductContender[]): Promise<void> {
  const expected = await first!.elements();
  const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  for (const contender of others) {
    const elements = await contender.elements();
    const differs =
      elements.length !== expected.length ||
      elements.some((value, i) => !(Math.abs(value - expected[i]!) <= TOLERANCE * scale));
    if (differs) throw new Error(`${contender.name} and ${first!.name} computed different things`);
  }
}

/** The table of a product. */
export function describeProduct({
  product,
  title,
  flops,
  measurements,
  withoutJaxJs,
}: ProductComparison): string {
  const rows = [
    ["", "ms", "GFLOP/s", "x jit", "rounds"],
    ...measurements.map(({ name, milliseconds, ratio, rounds }) => [
      name,
      time(milliseconds),
      (flops / milliseconds / 1e6).toPrecision(3),
      times(ratio),
      String(rounds),
    ]),
  ];
  const notes = withoutJaxJs === undefined ? [] : [`(jax-js: ${withoutJaxJs})`];
  return [`${product}: ${title}`, ...aligned(rows), ...notes].join("\n");
}
