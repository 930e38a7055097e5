/** @file Tells a GPU from a program that imitates one on the CPU. */

/** Mesa's, Google's and Microsoft's software renderers, as adapters and drivers name themselves. */
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|softpipe|microsoft basic render/i;

/** Whether a name or description is that of a software renderer. */
export function isSoftwareRenderer(...descriptions: readonly (string | undefined)[]): boolean {
  return descriptions.some((description) => description !== undefined && SOFTWARE.test(description));
}

/** Why one is passed over, and how to take it anyway. */
export function softwareReason(backend: string, renderer: string): string {
  return (
    `the only adapter, ${renderer}, is software, slower than wasm. ` +
    `To use it: useBackend("${backend}"), or the option softwareAdapter: true`
  );
}
