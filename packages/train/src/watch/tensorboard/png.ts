/** @file Pixels as a PNG file. */
import { InvalidArgumentError } from "@nnx-js/nn";

/** How pixels are laid out: rows of pixels of channels. */
interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
}

/** @throws InvalidArgumentError where the package `fast-png` is missing */
export async function pngOf(
  data: Uint8ClampedArray,
  { width, height, channels }: Pixels,
): Promise<Uint8Array> {
  const { encode } = await loadFastPng();
  return encode({ width, height, channels, data });
}

async function loadFastPng(): Promise<typeof import("fast-png")> {
  try {
    return await import("fast-png");
  } catch (error) {
    throw new InvalidArgumentError(
      `TensorBoard.image: expected the package fast-png, which writes pictures, got: ${String(error)}. ` +
        `Install it: npm install fast-png`,
    );
  }
}
