/** @file Convolution in plain loops over indices, for any number of spatial axes. */

/** Row-major numbers with their shape. */
export interface Plain {
  shape: number[];
  data: ArrayLike<number>;
}

/** The options of a convolution; one entry for each spatial axis. */
export interface ReferenceOptions {
  strides?: readonly number[] | undefined;
  /** Zeros before and after; negative numbers take elements away. */
  padding?: readonly (readonly [number, number])[] | undefined;
  inputDilation?: readonly number[] | undefined;
  kernelDilation?: readonly number[] | undefined;
  featureGroupCount?: number | undefined;
}

/** What `convGeneralDilated` should give, by its definition. */
export function referenceConvolution(x: Plain, kernel: Plain, options: ReferenceOptions): Plain {
  const axes = x.shape.length - 2;
  const ones = Array<number>(axes).fill(1);
  const { strides = ones, inputDilation = ones, kernelDilation = ones, featureGroupCount = 1 } = options;
  const { padding = ones.map(() => [0, 0] as const) } = options;
  const [perGroup, outputs] = [kernel.shape.at(-2)!, kernel.shape.at(-1)!];
  const windows = ones.map((_, i) => {
    const length = padding[i]![0] + (x.shape[i + 1]! - 1) * inputDilation[i]! + 1 + padding[i]![1];
    return Math.floor((length - (kernel.shape[i]! - 1) * kernelDilation[i]! - 1) / strides[i]!) + 1;
  });
  const shape = [x.shape[0]!, ...windows, outputs];
  const data = new Float64Array(shape.reduce((product, size) => product * size, 1));
  data.forEach((_, flat) => {
    const [batch, ...rest] = indexOf(flat, shape) as [number, ...number[]];
    const output = rest.at(-1)!;
    const group = Math.floor(output / (outputs / featureGroupCount));
    for (let k = 0; k < kernel.data.length; k += outputs) {
      const at = indexOf(k, kernel.shape);
      const position = ones.map((_, i) => {
        const stretched = rest[i]! * strides[i]! + at[i]! * kernelDilation[i]! - padding[i]![0];
        return stretched / inputDilation[i]!;
      });
      const inside = position.every((p, i) => Number.isInteger(p) && p >= 0 && p < x.shape[i + 1]!);
      if (!inside) continue;
      const channel = group * perGroup + at.at(-2)!;
      data[flat]! += x.data[flatOf([batch, ...position, channel], x.shape)]! * kernel.data[k + output]!;
    }
  });
  return { shape, data };
}

function indexOf(flat: number, shape: readonly number[]): number[] {
  const index: number[] = [];
  for (let i = shape.length - 1; i >= 0; i--) {
    index.unshift(flat % shape[i]!);
    flat = Math.floor(flat / shape[i]!);
  }
  return index;
}

function flatOf(index: readonly number[], shape: readonly number[]): number {
  return index.reduce((flat, i, axis) => flat * shape[axis]! + i, 0);
}
