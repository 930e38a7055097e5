/** @file The kernels that run lane by lane on purpose, and why. */

const STREAM = "each lane sorts by a key of its own, and its order must be the one that it would have alone";
const SEED = "its seed would give the lanes other numbers together than each gets alone";
const DTYPE = "complex numbers and strings are not recorded";
const SHAPE = "the shape of its output depends on values, so it is not recorded";
const RARE = "its scalar inputs differ from lane to lane only where an optimiser runs in lanes";

/** Reasons by the name of the kernel. */
export const loopReasons: Readonly<Record<string, string>> = {
  AdamDirection: RARE,
  BroadcastArgs: SHAPE,
  Complex: DTYPE,
  ComplexAbs: DTYPE,
  FFT: DTYPE,
  IFFT: DTYPE,
  Imag: DTYPE,
  IntegerPower: RARE,
  LinSpace: "it has no inputs",
  Fill: "it has no inputs",
  Multinomial: SEED,
  NonMaxSuppressionV3: SHAPE,
  NonMaxSuppressionV4: SHAPE,
  NonMaxSuppressionV5: SHAPE,
  RaggedGather: SHAPE,
  RaggedRange: SHAPE,
  RaggedTensorToTensor: SHAPE,
  Range: "it has no inputs",
  Real: DTYPE,
  SparseFillEmptyRows: SHAPE,
  SparseReshape: SHAPE,
  SparseSegmentMean: SHAPE,
  SparseSegmentSum: SHAPE,
  StaticRegexReplace: DTYPE,
  StringNGrams: SHAPE,
  StringSplit: SHAPE,
  StringToHashBucketFast: DTYPE,
  ThreefryPermutation: STREAM,
  Unique: SHAPE,
};
