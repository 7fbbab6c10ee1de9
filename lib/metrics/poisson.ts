/** Rates of rare events, and how far they can be trusted. */
import { type Interval, Z } from "./interval.ts";

/**
 * 95 % interval of an event's rate, as exact as Garwood's (1936): between the rates at which as many events or more, and
 * as many or fewer, would be seen in a fortieth of all cases. Where none was seen it begins at 0 and ends at 3.69 events;
 * a bound on one side alone is {@link RULE_OF_THREE} events.
 *
 * @param events How many were seen. @param exposure For how long, in the rate's unit of time; above 0.
 */
export function eventRateInterval(events: number, exposure: number): Interval {
  return {
    value: events / exposure,
    low: events === 0 ? 0 : poissonMean(events - 1, 1 - TAIL) / exposure,
    high: poissonMean(events, TAIL) / exposure,
  };
}

const TAIL = 0.025;

/**
 * Events that none seen excludes with 95 % confidence: -ln 0.05, the "rule of three" (Hanley and Lippman-Hand 1983). Zero
 * alarms in T hours say that there are fewer than 3 / T an hour, and no more.
 */
export const RULE_OF_THREE = -Math.log(0.05);

/** The mean at which at most `events` are seen with this probability: bisection, as the probability falls with the mean. */
function poissonMean(events: number, probability: number): number {
  let [low, high] = [0, events + 10 + Z * Z * Math.sqrt(events + 1) * 2];
  for (let step = 0; step < 100; step++) {
    const mean = (low + high) / 2;
    if (atMost(events, mean) > probability) low = mean;
    else high = mean;
  }
  return (low + high) / 2;
}

/** Probability of at most `events` with this mean, in logarithms: means of thousands would vanish in exp(-mean). */
function atMost(events: number, mean: number): number {
  let [logTerm, sum] = [-mean, 0];
  let largest = -Infinity;
  const terms: number[] = [];
  for (let k = 0; k <= events; k++) {
    if (k > 0) logTerm += Math.log(mean / k);
    terms.push(logTerm);
    largest = Math.max(largest, logTerm);
  }
  for (const term of terms) sum += Math.exp(term - largest);
  return Math.min(1, Math.exp(largest) * sum);
}
