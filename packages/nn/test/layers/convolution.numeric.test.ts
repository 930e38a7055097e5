/** @file Convolutions with all their options against loops over indices. */
import { Conv, type ConvPadding, ConvTranspose, Rngs } from "@nnx-js/nn";
import { expectNoLeak, type Plain, referenceConvolution, wave } from "@nnx-js/testing";
import * as tf from "@tensorflow/tfjs-core";
import * as fc from "fast-check";
import { describe, expect, inject, test } from "vitest";

const R = () => ({ rngs: new Rngs(0) });
// A new shader for every shape takes a GPU backend a second.
const numRuns = ["cpu", "wasm"].includes(inject("backend")) ? 40 : 3;

const step = fc.integer({ min: 1, max: 3 });
const each = <T>(axes: number, of: fc.Arbitrary<T>) => fc.array(of, { minLength: axes, maxLength: axes });
const pads = (axes: number): fc.Arbitrary<ConvPadding> => {
  const pad = fc.integer({ min: 0, max: 3 });
  return fc.oneof(
    fc.constantFrom<ConvPadding[]>("SAME", "SAME_LOWER", "VALID", "CIRCULAR", "REFLECT", "same"),
    pad,
    each(axes, pad),
    each(axes, fc.tuple(pad, pad)),
  );
};

/** An index beyond the ends of an axis, brought back as `numpy.pad` does; undefined outside for zeros. */
function broughtBack(i: number, size: number, mode: ConvPadding): number | undefined {
  if (i >= 0 && i < size) return i;
  if (mode === "CIRCULAR") return ((i % size) + size) % size;
  if (mode !== "REFLECT") return undefined;
  if (size === 1) return 0;
  while (i < 0 || i >= size) i = i < 0 ? -i : 2 * (size - 1) - i;
  return i;
}

/** Padding in numbers, as XLA counts it. */
function zeros(
  mode: ConvPadding,
  size: number,
  window: number,
  stride: number,
  axis: number,
): [number, number] {
  if (Array.isArray(mode)) return ([mode[axis]].flat().length === 2 ? mode[axis] : [mode[axis], mode[axis]]) as [number, number]; // prettier-ignore
  if (typeof mode === "number") return [mode, mode];
  if (mode === "CIRCULAR" || mode === "REFLECT")
    return [Math.floor((window - 1) / 2), Math.floor(window / 2)];
  if (mode === "VALID") return [0, 0];
  const total = Math.max(0, (Math.ceil(size / stride) - 1) * stride + window - size);
  const half = Math.floor(total / 2);
  return mode === "SAME_LOWER" ? [total - half, half] : [half, total - half];
}

/** `x` with its first spatial axis continued beyond its ends. */
async function extended(x: tf.Tensor, [low, high]: [number, number], mode: ConvPadding, axis: number) {
  const size = x.shape[axis]!;
  const indices = Array.from({ length: low + size + high }, (_, i) => broughtBack(i - low, size, mode)!);
  return tf.gather(x, tf.tensor1d(indices, "int32"), axis);
}

test.each([1, 2, 3])("Conv with any options over %i spatial axes", async (axes) => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        batch: fc.constantFrom([], [2], [2, 1]),
        spatial: each(axes, fc.integer({ min: 3, max: 6 })),
        size: each(axes, step),
        strides: fc.oneof(step, each(axes, step)),
        kernelDilation: fc.oneof(fc.constantFrom(1, 2), each(axes, fc.constantFrom(1, 2))),
        featureGroupCount: step,
        padding: pads(axes),
        useBias: fc.boolean(),
      }),
      async ({ batch, spatial, size, padding, useBias, featureGroupCount, ...steps }) => {
        const [strides, kernelDilation] = [steps.strides, steps.kernelDilation].map((all) =>
          typeof all === "number" ? size.map(() => all) : all,
        ) as [number[], number[]];
        const windows = size.map((k, i) => (k - 1) * kernelDilation[i]! + 1);
        const amounts = windows.map((window, i) => zeros(padding, spatial[i]!, window, strides[i]!, i));
        fc.pre(windows.every((window, i) => spatial[i]! + amounts[i]![0] + amounts[i]![1] >= window));
        const [inputs, outputs] = [featureGroupCount, 2 * featureGroupCount];
        const layer = new Conv(inputs, outputs, size, {
          ...R(),
          ...steps,
          padding,
          featureGroupCount,
          useBias,
        });
        if (layer.bias) layer.bias.value = wave([outputs]);
        const x = wave([...batch, ...spatial, inputs]);
        const y = layer.forward(x);

        let input = tf.reshape(x, [-1, ...spatial, inputs]);
        const continues = padding === "CIRCULAR" || padding === "REFLECT";
        if (continues) for (const [i, pad] of amounts.entries()) input = await extended(input, pad, padding, i + 1); // prettier-ignore
        const expected = referenceConvolution(await plain(input), await plain(layer.kernel.value), {
          strides,
          kernelDilation,
          featureGroupCount,
          padding: continues ? amounts.map(() => [0, 0] as const) : amounts,
        });
        const bias = layer.bias ? await layer.bias.value.data() : [];
        const biased = Array.from(expected.data, (value, i) => value + (bias[i % outputs] ?? 0));
        expect(y.shape).toEqual([...batch, ...expected.shape.slice(1)]);
        await expect(y).toBeAllClose(biased, { rtol: 1e-5, atol: 5e-6 });
      },
    ),
    { numRuns },
  );
});

async function plain(x: tf.Tensor): Promise<Plain> {
  return { shape: x.shape, data: await x.data() };
}

describe("Conv", () => {
  test("causal padding shows no output what comes later", async () => {
    const layer = new Conv(1, 1, 3, { ...R(), padding: "CAUSAL", kernelDilation: 2, useBias: false });
    layer.kernel.value = tf.tensor([100, 10, 1], [3, 1, 1]);
    await expect(layer.forward(tf.tensor([1, 2, 3, 4, 5], [5, 1]))).toBeAllClose([1, 2, 13, 24, 135]);
  });

  test("an input dilation puts zeros between the elements of the input", async () => {
    const layer = new Conv(1, 1, [2], { ...R(), padding: [[1, 0]], inputDilation: 3, useBias: false });
    layer.kernel.value = tf.tensor([10, 1], [2, 1, 1]);
    await expect(layer.forward(tf.tensor([1, 2], [2, 1]))).toBeAllClose([1, 10, 0, 2]);
  });

  test("a negative padding takes elements away", async () => {
    const layer = new Conv(1, 1, [1], { ...R(), padding: [[-1, 1]], useBias: false });
    layer.kernel.value = tf.ones([1, 1, 1]);
    await expect(layer.forward(tf.tensor([1, 2, 3], [3, 1]))).toBeAllClose([2, 3, 0]);
  });

  test("a mask cuts connections", async () => {
    const mask = tf.tensor([1, 0, 1], [3, 1, 1], "bool");
    const layer = new Conv(1, 1, 3, { ...R(), mask, useBias: false });
    layer.kernel.value = tf.tensor([100, 10, 1], [3, 1, 1]);
    await expect(layer.forward(tf.tensor([1, 2, 3], [3, 1]))).toBeAllClose([2, 103, 200]);
  });

  test("integers are taken as float32", async () => {
    const layer = new Conv(1, 1, 1, { ...R(), useBias: false });
    layer.kernel.value = tf.tensor([0.5], [1, 1, 1]);
    await expect(layer.forward(tf.tensor([1, 3], [2, 1], "int32"))).toBeAllClose([0.5, 1.5]);
  });
});

describe("ConvTranspose", () => {
  const known = (options: object) => {
    const layer = new ConvTranspose(1, 1, 3, { ...R(), useBias: false, ...options });
    layer.kernel.value = tf.tensor([1, 2, 3], [3, 1, 1]);
    return layer.forward(tf.tensor([1, 10, 100], [1, 3, 1]));
  };

  test("the kernel is not turned round unless transposeKernel says so", async () => {
    await expect(known({ strides: 2 })).toBeAllClose([3, 2, 31, 20, 310, 200]);
    await expect(known({ strides: 2, padding: "VALID" })).toBeAllClose([3, 2, 31, 20, 310, 200, 100]);
    await expect(known({ strides: 2, transposeKernel: true })).toBeAllClose([1, 2, 13, 20, 130, 200]);
  });

  test("explicit padding is put around the stretched input", async () => {
    await expect(known({ padding: [[2, 0]] })).toBeAllClose([3, 32, 321]);
    await expect(known({ padding: 1, kernelDilation: 2, strides: 2 })).toBeAllClose([0, 321, 0]);
  });

  test.each([1, 2, 3])("any options over %i spatial axes give what scattering gives", async (axes) => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          batch: fc.constantFrom([], [2], [1, 2]),
          spatial: each(axes, fc.integer({ min: 1, max: 4 })),
          size: each(axes, step),
          strides: each(axes, step),
          kernelDilation: each(axes, fc.constantFrom(1, 2)),
          padding: fc.constantFrom("SAME" as const, "VALID" as const, "valid" as const),
          transposeKernel: fc.boolean(),
        }),
        async ({ batch, spatial, size, strides, kernelDilation, padding, transposeKernel }) => {
          const options = { ...R(), strides, kernelDilation, padding, transposeKernel, useBias: false };
          const layer = new ConvTranspose(2, 3, size, options);
          const x = wave([...batch, ...spatial, 2]);
          const y = layer.forward(x);
          const windows = size.map((k, i) => (k - 1) * kernelDilation[i]! + 1);
          const lengths = spatial.map((n, i) =>
            padding === "SAME" ? n * strides[i]! : n * strides[i]! + Math.max(windows[i]! - strides[i]!, 0),
          );
          expect(y.shape).toEqual([...batch, ...lengths, 3]);
          // One window scattered for each input, cut to the length: more at the end where it cannot be even.
          const cut = windows.map((window, i) => {
            const total = Math.max(0, window - strides[i]!);
            return padding === "SAME" ? (strides[i]! > window - 1 ? 0 : Math.floor(total / 2)) : 0;
          });
          const scattered = scatter(await plain(tf.reshape(x, [-1, ...spatial, 2])), await plain(layer.kernel.value), { strides, kernelDilation, lengths, cut, transposeKernel }); // prettier-ignore
          await expect(y).toBeAllClose(scattered, { rtol: 1e-5, atol: 5e-6 });
        },
      ),
      { numRuns },
    );
  });

  test.each([1, 2])(
    "with the kernel of a Conv over %i spatial axes it is its transpose, <conv(x), y> = <x, transpose(y)>",
    async (axes) => {
      await fc.assert(
        fc.asyncProperty(
          fc.record({
            places: each(axes, fc.integer({ min: 1, max: 4 })),
            size: each(axes, fc.integer({ min: 1, max: 6 })),
            strides: each(axes, fc.integer({ min: 1, max: 4 })),
            kernelDilation: each(axes, step),
            padding: fc.constantFrom(
              "CIRCULAR" as const,
              "CIRCULAR" as const,
              "SAME" as const,
              "VALID" as const,
            ),
          }),
          async ({ places, size, strides, kernelDilation, padding }) => {
            const options = { ...R(), strides, kernelDilation, padding, useBias: false };
            const conv = new Conv(2, 3, size, options);
            const back = new ConvTranspose(3, 2, size, { ...options, transposeKernel: true });
            back.kernel.value = conv.kernel.value.clone();
            const y = wave([1, ...places, 3], 1, 2);
            const transposed = back.forward(y);
            const x = wave(transposed.shape);
            const gradient = tf.grad((t) => tf.sum(tf.mul(conv.forward(t), y)))(x);
            await expect(transposed).toBeAllClose(gradient, { rtol: 1e-5, atol: 5e-6 });
          },
        ),
        { numRuns },
      );
    },
  );

  const circular = (kernel: readonly number[], strides: number, transposeKernel: boolean) => {
    const options = { ...R(), strides, padding: "CIRCULAR", transposeKernel, useBias: false } as const;
    const layer = new ConvTranspose(1, 1, kernel.length, options);
    layer.kernel.value = tf.tensor([...kernel], [kernel.length, 1, 1]);
    return layer.forward(tf.tensor([1, 10, 100], [1, 3, 1]));
  };

  // Transposes of Flax's own circular Conv: its ConvTranspose rolls the 1st, 3rd, 5th and 7th by one place.
  test.each([
    { kernel: [1, 2], strides: 1, transpose: [201, 12, 120], plain: [102, 21, 210] },
    { kernel: [1, 2, 3], strides: 1, transpose: [312, 123, 231], plain: [132, 321, 213] },
    { kernel: [1, 2, 3, 4], strides: 1, transpose: [352, 523, 235], plain: [253, 532, 325] },
    {
      kernel: [1, 2, 3],
      strides: 2,
      transpose: [2, 13, 20, 130, 200, 301],
      plain: [103, 2, 31, 20, 310, 200],
    },
    {
      kernel: [1, 2, 3],
      strides: 3,
      transpose: [2, 3, 10, 20, 30, 100, 200, 300, 1],
      plain: [3, 2, 1, 30, 20, 10, 300, 200, 100],
    },
    {
      kernel: [1, 2, 3, 4],
      strides: 3,
      transpose: [2, 3, 14, 20, 30, 140, 200, 300, 401],
      plain: [104, 3, 2, 41, 30, 20, 410, 300, 200],
    },
    {
      kernel: [1, 2, 3],
      strides: 4,
      transpose: [2, 3, 0, 10, 20, 30, 0, 100, 200, 300, 0, 1],
      plain: [3, 2, 1, 0, 30, 20, 10, 0, 300, 200, 100, 0],
    },
  ])(
    "circular, figures of Flax: kernel $kernel, stride $strides",
    async ({ kernel, strides, transpose, plain }) => {
      await expect(circular(kernel, strides, true)).toBeAllClose(transpose);
      await expect(circular(kernel, strides, false)).toBeAllClose(plain);
    },
  );

  test("circular with stride 1 and an odd kernel is a circular Conv", async () => {
    const conv = new Conv(2, 3, [3, 5], { ...R(), padding: "CIRCULAR" });
    const back = new ConvTranspose(2, 3, [3, 5], { ...R(), padding: "CIRCULAR" });
    const x = wave([2, 4, 6, 2]);
    await expect(back.forward(x)).toBeAllClose(conv.forward(x));
  });
});

interface Scatter {
  strides: number[];
  kernelDilation: number[];
  lengths: number[];
  cut: number[];
  transposeKernel: boolean;
}

/** Adds, for each element of `x`, the kernel to the outputs around it. */
function scatter(
  x: Plain,
  kernel: Plain,
  { strides, kernelDilation, lengths, cut, transposeKernel }: Scatter,
) {
  const axes = strides.length;
  const [inputs, outputs] = [2, 3];
  const size = kernel.shape.slice(0, axes);
  const shape = [x.shape[0]!, ...lengths, outputs];
  const y = new Float64Array(shape.reduce((product, n) => product * n, 1));
  for (const at of indices(x.shape.slice(0, -1))) {
    for (const tap of indices(size)) {
      const position = strides.map((stride, i) => {
        const offset = transposeKernel ? tap[i]! : size[i]! - 1 - tap[i]!;
        return at[i + 1]! * stride + offset * kernelDilation[i]! - cut[i]!;
      });
      if (position.some((p, i) => p < 0 || p >= lengths[i]!)) continue;
      for (let c = 0; c < inputs; c++) {
        for (let o = 0; o < outputs; o++) {
          const weight = transposeKernel ? [...tap, o, c] : [...tap, c, o];
          y[flat([at[0]!, ...position, o], shape)]! +=
            x.data[flat([...at, c], x.shape)]! * kernel.data[flat(weight, kernel.shape)]!;
        }
      }
    }
  }
  return Array.from(y);
}

function* indices(shape: readonly number[]): Generator<number[]> {
  const [first, ...rest] = shape;
  if (first === undefined) yield [];
  else for (let i = 0; i < first; i++) for (const index of indices(rest)) yield [i, ...index];
}

function flat(index: readonly number[], shape: readonly number[]): number {
  return index.reduce((position, i, axis) => position * shape[axis]! + i, 0);
}

test("a step of training leaves nothing behind", async () => {
  const layers = [
    new Conv(2, 2, [3, 3], { ...R(), padding: "REFLECT" }),
    new ConvTranspose(2, 2, [2, 2], { ...R(), strides: 2, padding: "CIRCULAR" }),
  ];
  const x = wave([1, 4, 4, 2]);
  const f = (t: tf.Tensor) => tf.sum(layers.reduce((h, layer) => layer.forward(h), t));
  await expectNoLeak(() => tf.dispose(tf.grad(f)(x)));
});
