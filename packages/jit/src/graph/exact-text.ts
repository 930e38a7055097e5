/** @file Values as text that tells apart what JSON does not. */

/** Plain data as text: values that are not the same have other texts. */
export function exactText(value: unknown): string {
  // Most values, for which a visitor of each part takes too long.
  if (typeof value === "boolean") return value ? "[true]" : "[false]";
  if (typeof value === "number" && Number.isSafeInteger(value) && value !== 0) return `[${value}]`;
  // In a list, as `undefined` has no text of its own.
  return JSON.stringify([value], exactNumber);
}

/** JSON has no NaN, no infinities, and no negative zero. */
function exactNumber(_key: string, value: unknown): unknown {
  const isExact = typeof value !== "number" || (Number.isFinite(value) && !Object.is(value, -0));
  return isExact ? value : { number: Object.is(value, -0) ? "-0" : String(value) };
}
