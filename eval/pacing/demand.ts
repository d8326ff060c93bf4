import type { Random } from '../../src/clock.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Requests by hour of a working day, UTC: a busy morning, and little at night. */
const BY_HOUR = [1, 1, 1, 1, 1, 2, 4, 9, 14, 16, 14, 10, 7, 9, 10, 9, 7, 5, 4, 3, 2, 2, 1, 1];
/** From Sunday on. */
const BY_WEEKDAY = [0.25, 1, 1.1, 1.1, 1, 0.8, 0.3];

const normal = (random: Random): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/**
 * Instants at which requests come in a month, in order: by hour and weekday, days that differ (log-normal, σ 0.6), two
 * days of five times as much, and ten hours of ten times as much. `calls` come in a month without all that.
 */
export function burstyDemand(from: number, to: number, calls: number, random: Random): readonly number[] {
  const days = Math.round((to - from) / DAY_MS);
  const rushDays = new Set([Math.floor(random() * days), Math.floor(random() * days)]);
  const rushHours = new Set(Array.from({ length: 10 }, () => Math.floor(random() * days * 24)));
  const weights: number[] = [];
  let usual = 0;
  for (let day = 0; day < days; day++) {
    const busy = Math.exp(0.6 * normal(random)) * (rushDays.has(day) ? 5 : 1);
    const weekday = BY_WEEKDAY[new Date(from + day * DAY_MS).getUTCDay()]!;
    for (let hour = 0; hour < 24; hour++) {
      usual += weekday * BY_HOUR[hour]!;
      weights.push(busy * weekday * BY_HOUR[hour]! * (rushHours.has(24 * day + hour) ? 10 : 1));
    }
  }
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const instants = Array.from({ length: Math.round((calls * total) / usual) }, () => {
    let left = random() * total;
    let hour = 0;
    while (left > weights[hour]! && hour < weights.length - 1) left -= weights[hour++]!;
    return from + hour * HOUR_MS + Math.floor(random() * HOUR_MS);
  });
  return instants.sort((one, other) => one - other);
}
