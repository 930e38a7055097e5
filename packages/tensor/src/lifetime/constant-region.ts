/** @file Tells whether what runs is part of `noGradient`, for those who write down operations. */

let isInside = false;

/** Whether what is computed now is to be a constant for gradients around it: `noGradient` runs. */
export function isConstantRegion(): boolean {
  return isInside;
}

/** From here on what is computed is such a constant, or is none; gives the function that puts that back. */
export function enterConstantRegion(isConstant: boolean): () => void {
  const outer = isInside;
  isInside = isConstant;
  return () => {
    isInside = outer;
  };
}
