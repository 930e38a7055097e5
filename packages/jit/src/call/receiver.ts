/** @file Tells whether a function looks at the `this` of its call. */

/** An arrow function, by the beginning of its text: a method begins with its name. */
const ARROW = /^(?:async\b\s*)?(?:\(|[\w$]+\s*=>)/;

const COMMENTS_AND_STRINGS = /\/\*[\s\S]*?\*\/|\/\/.*|"(?:\\[\s\S]|[^"\\])*"|'(?:\\[\s\S]|[^'\\])*'/g;

/**
 * Whether `fn` may use the `this` that it is called on. What an arrow function calls `this` is closed over, and that
 * of a bound function is fixed.
 */
export function usesThis(fn: (...args: never[]) => unknown): boolean {
  const text = Function.prototype.toString.call(fn).replace(COMMENTS_AND_STRINGS, " ").trimStart();
  return !ARROW.test(text) && /\b(?:this|super)\b/.test(text);
}
