/** @file Built-in objects whose state is no property, but can be asked for. */

/**
 * What a date, a regular expression, an object around a primitive, a typed array or a buffer holds, as primitives;
 * undefined for all others.
 */
export function contentOf(value: object): ArrayLike<unknown> | undefined {
  if (isBytes(value)) return elementsOf(value).slice();
  return detailsOf(value);
}

/** Whether `value` holds what it held. */
export function hasContent(value: object, content: ArrayLike<unknown>): boolean {
  const now = isBytes(value) ? elementsOf(value) : detailsOf(value);
  if (now?.length !== content.length) return false;
  for (let i = 0; i < content.length; i++) if (!Object.is(now[i], content[i])) return false;
  return true;
}

/** Whether `value` is a typed array or a buffer. */
export function isBytes(value: object): value is ArrayBufferView | ArrayBufferLike {
  return (
    ArrayBuffer.isView(value) ||
    value instanceof ArrayBuffer ||
    (typeof SharedArrayBuffer !== "undefined" && value instanceof SharedArrayBuffer)
  );
}

type Elements = ArrayLike<unknown> & { slice(): ArrayLike<unknown> };

function elementsOf(value: ArrayBufferView | ArrayBufferLike): Elements {
  if (!ArrayBuffer.isView(value)) return new Uint8Array(value);
  if (value instanceof DataView) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  // All other views are typed arrays.
  return value as unknown as Elements;
}

function detailsOf(value: object): unknown[] | undefined {
  if (value instanceof Date) return [value.getTime()];
  if (value instanceof RegExp) return [value.source, value.flags];
  const isBox = BOXES.some((Box) => value instanceof Box);
  return isBox ? [value.valueOf()] : undefined;
}

const BOXES = [Number, String, Boolean, Symbol, BigInt] as const;
