/** @file Shape rules of kernels that make tensors from attributes, and of multinomial, complex and string ones. */
import { type DataType, util } from "@tensorflow/tfjs-core";
import { rule, share, type ShapeRules, specOf, type Operand } from "../rule.ts";

interface Range {
  start: number;
  stop: number;
  step: number;
  dtype?: DataType;
}

const range = rule<object, Range>((_, { start, stop, step, dtype = "float32" }) => {
  // As TensorFlow.js: a step that leads away from `stop` gives no elements, but one of 1 is turned round.
  const leadsAway = (start < stop && step < 0) || (stop < start && step > 1);
  const length = start === stop || leadsAway ? 0 : Math.abs(Math.ceil((stop - start) / step));
  return { shape: [length], dtype };
});

const componentOf = rule<{ input: Operand }>(({ input }) => specOf(input, { dtype: "float32" }));
const transform = rule<{ input: Operand }>(({ input }) => specOf(input, { dtype: "complex64" }));

/** Rules of fill, range, linspace, multinomial, complex numbers and Fourier transforms. */
export const creationRules: ShapeRules = {
  ...share(["FFT", "IFFT"], transform),
  ...share(["Imag", "Real"], componentOf),
  Complex: rule<{ real: Operand; imag: Operand }>(({ real }) => specOf(real, { dtype: "complex64" })),
  Fill: rule<object, { shape: number[]; value: number | string; dtype?: DataType }>(
    (_, { shape, value, dtype = util.inferDtype(value) }) => ({ shape: [...shape], dtype }),
  ),
  LinSpace: rule<object, { num: number }>((_, { num }) => ({ shape: [num], dtype: "float32" })),
  Multinomial: rule<{ logits: Operand }, { numSamples: number }>(({ logits }, { numSamples }) => ({
    shape: [logits.shape[0]!, numSamples],
    dtype: "int32",
  })),
  Range: range,
  StringToHashBucketFast: rule<{ input: Operand }>(({ input }) => specOf(input, { dtype: "int32" })),
};
