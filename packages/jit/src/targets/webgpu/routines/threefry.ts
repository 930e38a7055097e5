/** @file The threefry2x32 block cipher in WGSL. */

const PARITY = 0x1bd11bda;
const ROTATIONS = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
] as const;

/**
 * Statements that make `out`, a `vec2<u32>`, of the block (0, `count`) with the key `key`, the name of another one.
 *
 * @see Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011; `jax._src.prng.threefry2x32`
 */
export function threefry(out: string, key: string, count: string): string {
  const keys = [`${key}.x`, `${key}.y`, `${out}_key`] as const;
  const lines = [
    `let ${out}_key = ${key}.x ^ ${key}.y ^ ${PARITY}u;`,
    `var ${out} = vec2<u32>(${key}.x, ${count} + ${key}.y);`,
  ];
  for (let group = 0; group < 5; group++) {
    for (const by of ROTATIONS[group % 2]!) {
      lines.push(`${out}.x += ${out}.y;`);
      lines.push(`${out}.y = ((${out}.y << ${by}u) | (${out}.y >> ${32 - by}u)) ^ ${out}.x;`);
    }
    const [first, second] = [keys[(group + 1) % 3]!, keys[(group + 2) % 3]!];
    lines.push(`${out} += vec2<u32>(${first}, ${second} + ${group + 1}u);`);
  }
  return lines.join("\n");
}
