import {
  grad,
  GraphStructureError,
  initializers,
  InvalidArgumentError,
  Linear,
  MissingArgumentError,
  Module,
  Param,
  PathContains,
  relu,
  Rngs,
  select,
  Sequential,
  SpectralNorm,
  type SpectralNormOptions,
  state,
  WeightNorm,
  type WeightNormOptions,
} from "@nnx-js/nn";
import { Optimizer, sgd } from "@nnx-js/optim";
import { expectNoLeak, wave } from "@nnx-js/testing";
import { view } from "@nnx-js/view";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";

const R = (seed = 0) => ({ rngs: new Rngs(seed) });
const paths = (model: Module) => [...state(model)].map(([path]) => path.join("."));

describe("WeightNorm", () => {
  const make = (options: Partial<WeightNormOptions> = {}) => {
    const layer = new WeightNorm(new Linear(2, 2, R()), { ...R(1), ...options });
    layer.layerInstance.kernel.value = tf.tensor2d([
      [3, 0],
      [4, 2],
    ]);
    return layer;
  };

  test("gives the columns of the kernel length 1, in place", async () => {
    const layer = make();
    await expect(layer.forward(tf.tensor2d([[1, 10]]))).toBeAllClose([8.6, 10]);
    await expect(layer.layerInstance.kernel.value).toBeAllClose([0.6, 0, 0.8, 1]);
    // A second call finds them normalised.
    await expect(layer.forward(tf.tensor2d([[1, 10]]))).toBeAllClose([8.6, 10]);
  });

  test("scales multiply and stand at the paths of the weights", async () => {
    const layer = make({ scaleInit: initializers.constant(2) });
    expect(paths(layer)).toEqual(["layerInstance.bias", "layerInstance.kernel", "scales.kernel"]);
    await expect(layer.forward(tf.tensor2d([[1, 10]]))).toBeAllClose([17.2, 20]);
    const gradient = grad((m: typeof layer) => tf.sum(m.forward(tf.tensor2d([[1, 10]]))))(layer);
    await expect(gradient.leaf("scales", "kernel").value).toBeAllClose([8.6, 10]);
    expect(make({ useScale: false }).scales).toBeUndefined();
  });

  test("an evaluation view and frozen weights compute the same and write nothing", async () => {
    const [layer, x] = [make(), tf.tensor2d([[1, 10]])];
    const { kernel } = layer.layerInstance;
    await expect(view(layer, { useRunningAverage: true }).forward(x)).toBeAllClose([8.6, 10]);
    layer.eval();
    await expect(layer.forward(x)).toBeAllClose([8.6, 10]);
    layer.train();
    select(layer).where(true).freeze();
    await expect(layer.forward(x)).toBeAllClose([8.6, 10]);
    expect(kernel.version).toBe(1);
    await expect(kernel.value).toBeAllClose([3, 0, 4, 2]);
    select(layer).where(PathContains("kernel")).unfreeze();
    await expect(layer.forward(x)).toBeAllClose([8.6, 10]);
    await expect(kernel.value).toBeAllClose([0.6, 0, 0.8, 1]);
  });

  test("gradients through weights that are not written are those of the weights themselves", async () => {
    const x = tf.tensor2d([[1, 10]]);
    const gradient = (layer: WeightNorm<Linear>) => grad((m: typeof layer) => tf.sum(m.forward(x)))(layer);
    const written = gradient(make()).leaf("layerInstance", "kernel").value;
    const evaluated = gradient(view(make(), { useRunningAverage: true })).leaf("layerInstance", "kernel");
    await expect(evaluated.value).toBeAllClose(written);
  });

  test("one around another normalises the weight, not the scales of the other", async () => {
    const inner = make({ scaleInit: initializers.constant(2) });
    const outer = new WeightNorm(inner, { ...R(), scaleInit: initializers.constant(3) });
    expect(paths(outer).filter((path) => path.startsWith("scales"))).toEqual(["scales.layerInstance.kernel"]);
    for (const run of [outer, view(outer, { useRunningAverage: true })]) {
      await expect(run.forward(tf.tensor2d([[1, 10]]))).toBeAllClose([17.2, 20]);
    }
  });

  test("are trained with the other parameters", async () => {
    const layer = make();
    const optimizer = new Optimizer(layer, sgd(0.1), { wrt: Param });
    const gradient = grad((m: typeof layer) => tf.sum(m.forward(tf.tensor2d([[1, 10]]))))(layer);
    optimizer.update(layer, gradient);
    await expect(state(layer).leaf<Param>("scales", "kernel").value).toBeAllClose([1 - 0.86, 1 - 1]);
  });

  test("without feature axes the whole weight gets length 1, with all of them each element", async () => {
    const whole = make({ featureAxes: null });
    whole.forward(tf.ones([1, 2]));
    const norm = Math.sqrt(29);
    await expect(whole.layerInstance.kernel.value).toBeAllClose([3 / norm, 0, 4 / norm, 2 / norm]);
    const each = make({ featureAxes: [0, 1] });
    each.forward(tf.ones([1, 2]));
    await expect(each.layerInstance.kernel.value).toBeAllClose([1, 0, 1, 1]);
  });

  test("the filter says which weights, at any depth", async () => {
    const model = new Sequential(new Linear(2, 3, R()), relu, new Linear(3, 2, R()));
    const layer = new WeightNorm(model, { ...R(), variableFilter: PathContains(0) });
    const before = model.layers[2].kernel.value.clone();
    layer.forward(wave([1, 2]));
    expect(paths(layer).filter((path) => path.startsWith("scales"))).toEqual([
      "scales.layers.0.bias",
      "scales.layers.0.kernel",
    ]);
    await expect(tf.norm(model.layers[0].kernel.value, 2, 0)).toBeAllClose([1, 1, 1]);
    await expect(model.layers[2].kernel.value).toBeAllClose(before);
  });

  test("a layer whose parameters change later is an error, and so are missing streams", () => {
    class Growing extends Module {
      readonly parts = [new Linear(2, 2, R())];
      forward(x: tf.Tensor): tf.Tensor {
        return x;
      }
    }
    const layer = new WeightNorm(new Growing(), R());
    layer.layerInstance.parts.push(new Linear(2, 2, R()));
    expect(() => layer.forward(tf.ones([1, 2]))).toThrow(GraphStructureError);
    expect(() => layer.forward(tf.ones([1, 2]))).toThrow(/nothing was made for parts\.1\.kernel/);
    expect(() => new WeightNorm(new Linear(2, 2, R()), {} as WeightNormOptions)).toThrow(
      MissingArgumentError,
    );
  });

  test("training steps leave nothing behind", async () => {
    const [layer, x] = [make(), tf.ones([1, 2])];
    await expectNoLeak(() => {
      tf.tidy(() => {
        grad((m: typeof layer) => tf.sum(m.forward(x)))(layer);
      });
    });
  });
});

describe("SpectralNorm", () => {
  const make = (options: Partial<SpectralNormOptions> = {}) => {
    const layer = new SpectralNorm(new Linear(2, 2, R()), { ...R(1), ...options });
    layer.layerInstance.kernel.value = tf.tensor2d([
      [3, 0],
      [0, 4],
    ]);
    return layer;
  };
  const stats = (layer: SpectralNorm) =>
    [state(layer).get("batchStats", "kernel", "u"), state(layer).get("batchStats", "kernel", "sigma")].map(
      (leaf) => (leaf as Param).value.clone(),
    );

  test("divides a weight by its largest singular value, in place", async () => {
    const layer = make({ nSteps: 40 });
    expect(paths(layer)).toEqual([
      "batchStats.kernel.sigma",
      "batchStats.kernel.u",
      "layerInstance.bias",
      "layerInstance.kernel",
    ]);
    await expect(layer.forward(tf.tensor2d([[4, 4]]))).toBeAllClose([3, 4]);
    await expect(layer.layerInstance.kernel.value).toBeAllClose([0.75, 0, 0, 1]);
    const [u, sigma] = stats(layer);
    await expect(tf.abs(u!)).toBeAllClose([0, 1], { atol: 1e-4 });
    await expect(sigma!).toBeAllClose([4]);
  });

  test("in evaluation the statistics stand still, by the call, the layer or a mode", async () => {
    const x = tf.ones([1, 2]);
    const modes: ((layer: SpectralNorm) => unknown)[] = [
      (layer) => layer.forward(x, { updateStats: false }),
      (layer) => layer.forward(x, { useRunningAverage: true }),
      (layer) => {
        layer.setView({ useRunningAverage: true });
        return layer.forward(x);
      },
      (layer) => {
        layer.setView({ updateStats: false });
        return layer.forward(x);
      },
    ];
    for (const run of modes) {
      const layer = make();
      const before = stats(layer);
      run(layer);
      for (const [i, stat] of stats(layer).entries()) await expect(stat).toBeAllClose(before[i]!);
    }
    const layer = make({ updateStats: false });
    const [u] = stats(layer);
    layer.forward(x);
    await expect(stats(layer)[0]!).toBeAllClose(u!);
    layer.forward(x, { updateStats: true });
    await expect(tf.norm(stats(layer)[0]!)).toBeAllClose([1]);
  });

  test("an evaluation view and frozen weights compute the same and write nothing", async () => {
    const [layer, x] = [make({ nSteps: 40 }), tf.tensor2d([[4, 4]])];
    const { kernel } = layer.layerInstance;
    await expect(view(layer, { useRunningAverage: true }).forward(x)).toBeAllClose([3, 4]);
    await expect(layer.forward(x, { updateStats: false })).toBeAllClose([3, 4]);
    select(layer).where(Param).freeze();
    await expect(layer.forward(x)).toBeAllClose([3, 4]);
    select(layer).where(PathContains("bias")).unfreeze();
    await expect(layer.forward(x)).toBeAllClose([3, 4]);
    expect(kernel.version).toBe(1);
    await expect(kernel.value).toBeAllClose([3, 0, 0, 4]);
  });

  test("vectors are left alone, higher weights are matrices of their last axis, or an error", async () => {
    class Cube extends Module {
      readonly kernel = new Param(wave([2, 3, 2]));
      readonly bias = new Param(wave([2]));
      forward(x: tf.Tensor): tf.Tensor {
        return x;
      }
    }
    const layer = new SpectralNorm(new Cube(), { ...R(), nSteps: 40 });
    expect(paths(layer).filter((path) => path.startsWith("batchStats"))).toEqual([
      "batchStats.kernel.sigma",
      "batchStats.kernel.u",
    ]);
    layer.forward(tf.ones([1]));
    const matrix = tf.reshape(layer.layerInstance.kernel.value, [6, 2]);
    // The largest singular value of an n x 2 matrix, by the trace and determinant of its Gram matrix.
    const [a, b, , d] = await tf.matMul(matrix, matrix, true).data();
    const largest = (a! + d!) / 2 + Math.hypot((a! - d!) / 2, b!);
    expect(largest).toBeCloseTo(1, 4);
    expect(() => new SpectralNorm(new Cube(), { ...R(), errorOnNonMatrix: true })).toThrow(
      InvalidArgumentError,
    );
    expect(() => new SpectralNorm(new Cube(), { ...R(), nSteps: 0.5 })).toThrow(
      /expected an integer for nSteps/,
    );
  });

  test("a weight of zeros stays zeros, and no steps change nothing", async () => {
    const layer = make();
    layer.layerInstance.kernel.value = tf.zeros([2, 2]);
    await expect(layer.forward(tf.ones([1, 2]))).toBeAllClose([0, 0]);
    const none = make({ nSteps: 0 });
    await expect(none.forward(tf.ones([1, 2]))).toBeAllClose([3, 4]);
    expect(paths(none)).toEqual(["layerInstance.bias", "layerInstance.kernel"]);
  });

  test("training steps leave nothing behind", async () => {
    const [layer, x] = [make(), tf.ones([1, 2])];
    await expectNoLeak(() => {
      tf.tidy(() => {
        grad((m: typeof layer) => tf.sum(m.forward(x)))(layer);
      });
    });
  });
});
