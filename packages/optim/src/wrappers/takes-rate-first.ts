/** @file How a factory of transformations takes its learning rate. */

type Values = Readonly<Record<string, unknown>>;

/**
 * Whether `factory` takes the learning rate as its first argument and other values as its second, not all in one
 * object.
 *
 * Names of parameters are lost when code is minified, so the factory is asked. In place of a learning rate it gets a
 * function, as a schedule is one, that notices when somebody reads from it; without a learning rate, no first argument
 * and a second that notices.
 */
export function takesRateFirst(factory: (...args: never[]) => unknown, values: Values): boolean {
  const { learningRate: _rate, ...rest } = values;
  if ("learningRate" in values)
    return !reads(
      (probe) => call(factory, probe, rest),
      () => 0,
      values,
    );
  return reads((probe) => call(factory, undefined, probe), {}, values);
}

/** Whether `use` reads a property that `values` has from what it gets. */
function reads(use: (probe: object) => void, target: object, values: Values): boolean {
  let wasRead = false;
  const has = (key: PropertyKey) => typeof key === "string" && Object.hasOwn(values, key);
  const probe = new Proxy(target, {
    get(target, key, receiver) {
      wasRead ||= has(key);
      return has(key) ? values[key as string] : Reflect.get(target, key, receiver);
    },
    has: (target, key) => has(key) || Reflect.has(target, key),
    ownKeys: () => Object.keys(values),
    getOwnPropertyDescriptor: (target, key) =>
      has(key)
        ? { value: values[key as string], enumerable: true, configurable: true, writable: true }
        : Reflect.getOwnPropertyDescriptor(target, key),
  });
  use(probe);
  return wasRead;
}

function call(factory: (...args: never[]) => unknown, ...args: unknown[]): void {
  try {
    // A factory is a pure function of its arguments.
    (factory as (...args: unknown[]) => unknown)(...args);
  } catch {
    // What it thinks of them, it says when it gets the real ones.
  }
}
