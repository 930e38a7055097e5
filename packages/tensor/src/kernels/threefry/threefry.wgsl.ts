/** @file threefry2x32 in WGSL. */

const ROTATIONS = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
] as const;

function group(i: number): string {
  const rounds = ROTATIONS[i & 1 ? 1 : 0].map(
    (by) => `x.x += x.y; x.y = ((x.y << ${by}u) | (x.y >> ${32 - by}u)) ^ x.x;`,
  );
  return `${rounds.join("\n")} x += vec2<u32>(k[${(i + 1) % 3}], k[${(i + 2) % 3}] + ${i + 1}u);`;
}

/** `threefry(key, block)`, `randomBits(key, index)`, and `words(a, b)` for a key's two int32. */
export const THREEFRY_WGSL = `
  fn threefry(key : vec2<u32>, block : vec2<u32>) -> vec2<u32> {
    let k = array<u32, 3>(key.x, key.y, key.x ^ key.y ^ 0x1bd11bdau);
    var x = block + key;
    ${[0, 1, 2, 3, 4].map(group).join("\n")}
    return x;
  }
  fn randomBits(key : vec2<u32>, index : i32) -> u32 {
    let block = threefry(key, vec2<u32>(0u, u32(index)));
    return block.x ^ block.y;
  }
  fn words(a : i32, b : i32) -> vec2<u32> {
    return vec2<u32>(bitcast<u32>(a), bitcast<u32>(b));
  }
`;
