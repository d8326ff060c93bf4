/** How fast calls were, and what they cost the processor. */
export interface Measured {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Processor time of this process per call: what a busy machine distorts least. */
  readonly cpuUs: number;
}

/** Makes the calls, so many at the same time. */
export async function measure(
  concurrency: number,
  calls: number,
  call: () => Promise<unknown>,
): Promise<Measured> {
  const latencies: number[] = [];
  let left = calls;
  const cpu = process.cpuUsage();
  const startedMs = performance.now();
  const worker = async (): Promise<void> => {
    while (left-- > 0) {
      const beganMs = performance.now();
      await call();
      latencies.push(performance.now() - beganMs);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  const seconds = (performance.now() - startedMs) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  latencies.sort((a, b) => a - b);
  const at = (share: number): number =>
    latencies[Math.min(latencies.length - 1, Math.floor(share * latencies.length))] ?? 0;
  return { perSecond: calls / seconds, p50Ms: at(0.5), p99Ms: at(0.99), cpuUs: (user + system) / calls };
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}
