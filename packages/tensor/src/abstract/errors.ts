/** @file The errors of running code on shapes alone. */

/** A value was read where only shapes and dtypes exist, as inside `evalShape`. */
export class AbstractValueError extends Error {
  static override readonly name: string = "AbstractValueError";
  override readonly name = "AbstractValueError";
  constructor() {
    super(
      "expected code that needs no tensor values, found a read (data, dataSync, array, arraySync, print, …) " +
        "of an abstract tensor: only shapes and dtypes are known inside evalShape and runAbstract. " +
        "Compute with tensor operations instead (tf.where(condition, a, b) for a branch on a value), " +
        "or read the value outside.",
    );
  }
}

/** `abstractTensor` was called outside `runAbstract`. */
export class NotAbstractError extends Error {
  static override readonly name: string = "NotAbstractError";
  override readonly name = "NotAbstractError";
  constructor() {
    super(
      "expected a call inside runAbstract, found abstractTensor() outside of it. " +
        "Write runAbstract(() => { const x = abstractTensor([2, 3]); … }).",
    );
  }
}

/** A kernel ran abstractly whose output shape nobody has described. */
export class MissingShapeRuleError extends Error {
  static override readonly name: string = "MissingShapeRuleError";
  override readonly name = "MissingShapeRuleError";
  /** The kernel's name. */
  readonly kernelName: string;
  constructor(kernelName: string, options?: ErrorOptions) {
    super(
      `expected a shape rule for each kernel that runs inside evalShape or runAbstract, found none for ` +
        `"${kernelName}". Give one: ` +
        `registerShapeRule("${kernelName}", ({ x }) => ({ shape: x.shape, dtype: x.dtype }))`,
      options,
    );
    this.kernelName = kernelName;
  }
}

/** A kernel ran abstractly whose output shape depends on the values of its inputs. */
export class DataDependentShapeError extends Error {
  static override readonly name: string = "DataDependentShapeError";
  override readonly name = "DataDependentShapeError";
  /** The kernel's name. */
  readonly kernelName: string;
  constructor(kernelName: string) {
    super(
      `expected kernels whose output shape follows from their input shapes, found "${kernelName}", ` +
        `whose output shape depends on values. Leave it out of the function that evalShape or runAbstract runs.`,
    );
    this.kernelName = kernelName;
  }
}
