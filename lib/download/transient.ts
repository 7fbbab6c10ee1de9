/** Which failures of the network pass by themselves, and how long to wait for that. Pure. */

/** How often and how patiently a download is tried again. */
export interface Patience {
  /** Failures in a row without a single new byte before it is given up. */
  readonly tries: number;
  /** Before the second try; doubled before each further one. */
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
  /** A connection that brings no byte this long counts as broken. */
  readonly silenceMs: number;
}

export const PATIENCE: Patience = Object.freeze({
  tries: 5,
  firstPauseMs: 1_000,
  longestPauseMs: 60_000,
  silenceMs: 30_000,
});

/** Names of what may pass, each with how the system words it. Whatever is not listed is not tried again. */
const TRANSIENT: readonly (readonly [string, RegExp])[] = [
  ["the connection was refused", /connection refused|os error 111\b/i],
  [
    "the connection was cut",
    /reset by peer|broken pipe|connection (?:was )?closed|closed before|aborted|end of file|error reading a body|incomplete/i,
  ],
  ["there was no answer in time", /timed? ?out|os error 110\b|silent/i],
  ["its name could not be looked up", /dns error|name resolution|lookup address/i],
  ["the network was unreachable", /unreachable|os error 10[013]\b/i],
];

/** What happened, if it may pass; nothing if trying again is of no use. @param message Of the error and its causes. */
export function transientTrouble(message: string): string | undefined {
  if (/certificate|tls|ssl|handshake/i.test(message)) return undefined;
  return TRANSIENT.find(([, pattern]) => pattern.test(message))?.[0];
}

/** @param failures In a row, 1 or more. @param afterSeconds What the server asked for. */
export function pauseMs(failures: number, patience: Patience, afterSeconds = 0): number {
  const doubled = patience.firstPauseMs * 2 ** (failures - 1);
  return Math.min(patience.longestPauseMs, Math.max(doubled, afterSeconds * 1000));
}
