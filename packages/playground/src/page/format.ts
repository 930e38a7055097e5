/** @file Numbers as texts. */

/** A loss, to four places that count. */
export function formatLoss(loss: number | null): string {
  if (loss === null) return "–";
  if (loss !== 0 && Math.abs(loss) < 1e-3) return loss.toExponential(1);
  return loss.toPrecision(4).slice(0, 7);
}

/** A count: `12,345`. */
export function formatCount(count: number): string {
  return Math.round(count).toLocaleString("en-US");
}

/** `1 launch`, `218 launches`. */
export function countLaunches(count: number): string {
  return `${formatCount(count)} ${count === 1 ? "launch" : "launches"}`;
}

/** A rate: `8.3`, `1,234`. */
export function formatRate(rate: number): string {
  return rate < 10 ? rate.toFixed(1) : formatCount(rate);
}

/** A share: `12%`. */
export function formatPercent(share: number): string {
  return `${Math.round(share * 100)}%`;
}

/** A learning rate: `0.001`, `0.00002`. */
export function formatLearningRate(rate: number): string {
  return rate >= 1e-4 ? String(Number(rate.toPrecision(2))) : rate.toExponential(0);
}

/** Bytes: `12 kB`. */
export function formatBytes(bytes: number): string {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
