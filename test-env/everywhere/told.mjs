/** @file What an error says: not every engine has its message in the stack. */

/** Name, message and stack. */
export function told(error) {
  const { stack = "" } = error ?? {};
  return stack.includes(error?.message ?? "") && stack ? stack : `${String(error)}\n${stack}`;
}
