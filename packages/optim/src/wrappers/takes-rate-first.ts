/** @file How a factory of transformations takes its learning rate. */

/**
 * Whether `factory` takes the learning rate of `values` as its first argument, and not as a part of one object.
 *
 * Names of parameters are lost when code is minified, so the factory is asked: it gets a function, as a schedule is
 * one, that notices when somebody reads `learningRate` from it.
 */
export function takesRateFirst(
  factory: (...args: never[]) => unknown,
  values: Readonly<Record<string, unknown>>,
): boolean {
  if (!("learningRate" in values)) return false;
  let wasRead = false;
  const probe = new Proxy(() => 0, {
    get(target, key, receiver) {
      if (key === "learningRate") wasRead = true;
      return typeof key === "string" && key in values ? values[key] : Reflect.get(target, key, receiver);
    },
    has: (target, key) => key in values || Reflect.has(target, key),
    ownKeys: () => Object.keys(values),
    getOwnPropertyDescriptor: (target, key) =>
      typeof key === "string" && key in values
        ? { value: values[key], enumerable: true, configurable: true, writable: true }
        : Reflect.getOwnPropertyDescriptor(target, key),
  });
  const { learningRate: _rate, ...rest } = values;
  try {
    // A factory is a pure function of its arguments.
    (factory as (...args: unknown[]) => unknown)(probe, rest);
  } catch {
    // What it thinks of them, it says when it gets the real ones.
  }
  return !wasRead;
}
