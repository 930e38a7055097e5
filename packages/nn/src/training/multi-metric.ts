/** @file Several metrics, updated by one call. */
import * as tf from "@tensorflow/tfjs-core";
import { InvalidArgumentError } from "../errors.ts";
import { attributesOf } from "../graph/children.ts";
import { atBoundary } from "../module/boundary.ts";
import { guesses } from "../near-miss.ts";
import { Metric } from "./metric.ts";

/** Metrics by name. */
export type Metrics = Record<string, Metric>;

type UpdatesOf<M> = M extends { update(updates: infer U): void } ? Omit<U, "mask"> : never;
// Parameters of functions: their inferred type is the intersection.
type Intersection<U> = (U extends unknown ? (value: U) => void : never) extends (value: infer I) => void
  ? I
  : never;

/** What a {@link MultiMetric} is updated with: what each of its metrics needs. */
export type MultiMetricUpdates<M extends Metrics> = Intersection<UpdatesOf<M[keyof M]>> & {
  /** One mask for all metrics, or one for each of some, by the metric's name. */
  mask?: tf.Tensor | { readonly [Name in keyof M]?: tf.Tensor | undefined } | undefined;
};

/** What a {@link MultiMetric} computes: the figure of each metric, by its name. */
export type MultiMetricValues<M extends Metrics> = { [Name in keyof M]: ReturnType<M[Name]["compute"]> };

class MultiMetricNode<M extends Metrics> extends Metric {
  static override readonly name: string = "MultiMetric";
  constructor(metrics: M) {
    super();
    if (typeof metrics !== "object" || metrics === null) {
      throw new InvalidArgumentError(
        `MultiMetric: expected metrics by name, got ${String(metrics)}. Write new MultiMetric({ loss: new Average("loss") }).`,
      );
    }
    for (const [name, metric] of Object.entries(metrics)) {
      if (name in this) {
        throw new InvalidArgumentError(
          `MultiMetric: the name "${name}" is that of a method. Choose another name.`,
        );
      }
      if (!(metric instanceof Metric)) {
        throw new InvalidArgumentError(
          `MultiMetric: expected a Metric for ${name}, got ${metric === null ? "null" : typeof metric}. ` +
            `Write new MultiMetric({ ${name}: new Average() }).`,
        );
      }
      Object.defineProperty(this, name, {
        value: metric,
        writable: true,
        enumerable: true,
        configurable: true,
      });
    }
  }

  reset(): void {
    for (const [, metric] of metricsOf(this)) metric.reset();
  }

  /**
   * When one of the metrics throws, none has changed.
   *
   * @throws InvalidArgumentError for an update that none of the metrics looks at
   */
  update(updates: MultiMetricUpdates<M>): void {
    assertUpdates(this, updates);
    const { mask, ...others } = updates as { mask?: tf.Tensor | Record<string, tf.Tensor | undefined> };
    atBoundary([this], () => {
      assertMasks(this, mask);
      const reads = new Set<string>();
      for (const [name, metric] of metricsOf(this)) {
        const own =
          mask instanceof tf.Tensor ? mask : mask && Object.hasOwn(mask, name) ? mask[name] : undefined;
        // The type of `updates` has what each of the metrics takes.
        metric.update(noting(reads, { ...others, ...(own ? { mask: own } : {}) }) as never);
      }
      assertRead(this, Object.keys(others), reads);
    });
  }

  compute(): MultiMetricValues<M> {
    const values = metricsOf(this).map(([name, metric]) => [name, metric.compute()]);
    // One entry for each metric.
    return Object.fromEntries(values) as MultiMetricValues<M>;
  }
}

// Functions, because metrics may have any name but that of a method.
function metricsOf(node: Metric): [string, Metric][] {
  return attributesOf(node).filter((entry): entry is [string, Metric] => entry[1] instanceof Metric);
}

/** A copy of `updates` that notes in `reads` which of them a metric looks at. */
function noting(reads: Set<string>, updates: Readonly<Record<string, unknown>>): object {
  const noted = {};
  for (const [name, value] of Object.entries(updates)) {
    const get = () => {
      reads.add(name);
      return value;
    };
    Object.defineProperty(noted, name, { get, enumerable: true });
  }
  return noted;
}

function assertRead(node: Metric, names: readonly string[], reads: ReadonlySet<string>): void {
  const unknown = names.filter((name) => !reads.has(name));
  if (unknown.length === 0) return;
  throw new InvalidArgumentError(
    [
      `expected updates that one of the metrics takes (${[...reads].join(", ") || "none"}), got ${unknown.join(", ")} too.`,
      ...guesses(unknown, reads),
      "Leave it out, or add a metric of that name: new Average(name).",
    ].join(" "),
    node,
  );
}

function assertUpdates(node: Metric, updates: unknown): void {
  if (typeof updates === "object" && updates !== null && !(updates instanceof tf.Tensor)) return;
  const found = updates instanceof tf.Tensor ? "a tensor" : updates === null ? "null" : typeof updates;
  throw new InvalidArgumentError(
    `expected an object of updates, got ${found}. Write update({ values }), with the names that the metrics take.`,
    node,
  );
}

function assertMasks(
  node: Metric,
  mask: tf.Tensor | Record<string, tf.Tensor | undefined> | undefined,
): void {
  if (!mask || mask instanceof tf.Tensor) return;
  const names = metricsOf(node).map(([name]) => name);
  const unknown = Object.keys(mask).filter((name) => !names.includes(name));
  if (unknown.length === 0) return;
  throw new InvalidArgumentError(
    `expected masks for ${names.join(", ")}, got one for ${unknown.join(", ")}. ` +
      `Give one mask for all, { mask }, or name the metrics.`,
    node,
  );
}

/** Several metrics, which are its attributes. See the constructor of the same name. */
export type MultiMetric<M extends Metrics = Metrics> = MultiMetricNode<M> & M;

/**
 * Several metrics that are updated by one call, each with what it needs of one object; they are attributes.
 *
 * ```ts
 * const metrics = new MultiMetric({ accuracy: new Accuracy(), loss: new Average("loss") });
 * metrics.update({ logits, labels, loss });
 * const { accuracy, loss: mean } = metrics.compute(); // tensors
 * metrics.accuracy.reset();
 * ```
 *
 * @throws InvalidArgumentError for a name that is a method's, or what is no Metric
 * @see flax.nnx.MultiMetric
 */
// The constructor's type says that the metrics become attributes, which a class declaration cannot express.
export const MultiMetric = MultiMetricNode as unknown as new <const M extends Metrics>(
  metrics: M,
) => MultiMetric<M>;
