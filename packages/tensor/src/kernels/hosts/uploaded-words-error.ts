/** @file The error of kernels that need words which a GPU has rounded. */

/** A tensor whose exact 32-bit words are needed has been moved to a texture, which holds them as rounded floats. */
export class UploadedWordsError extends Error {
  static override readonly name: string = "UploadedWordsError";
  override readonly name = "UploadedWordsError";
  readonly code = "UPLOADED_WORDS";

  constructor(kernelName: string) {
    super(
      `${kernelName}: expected an int32 tensor whose values are on the CPU side, found one that webgl has ` +
        "uploaded to a texture, where 32-bit words are rounded to 24 bits.\n" +
        "Touch keys, counts and random bits only with functions of `random`: for instance " +
        "random.take(keys, i) in place of tf.slice(keys, [i, 0], [1, 2]).",
    );
  }
}
