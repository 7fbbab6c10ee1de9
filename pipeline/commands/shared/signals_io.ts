/** How a command hears that its process is asked to end. */
import { operatingSystem } from "../../../lib/base/operating_system_io.ts";
import { tell } from "../../reporters/print_io.ts";

/** A signal asks, with the number that a shell adds to 128 in the status of what it ended. */
const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

/** What is asked for again so long after the first time is meant: a runner of tasks may pass a signal on that came to both. */
const AGAIN_MS = 1_000;

/** Signals do nothing else until the result is disposed of; the second of two ends the process at once. */
export function onSignal(listener: (leave: () => never) => void): Disposable {
  let first: number | undefined;
  const names = operatingSystem() === "windows"
    ? ["SIGINT"] as const
    : ["SIGHUP", "SIGINT", "SIGTERM"] as const;
  const listeners = names.map((name) => {
    const leave = (): never => {
      tell(`Stopped by ${name}.`);
      Deno.exit(128 + SIGNALS[name]);
    };
    return [name, () => {
      first ??= performance.now();
      if (performance.now() - first > AGAIN_MS) leave();
      listener(leave);
    }] as const;
  });
  for (const [name, hear] of listeners) Deno.addSignalListener(name, hear);
  return {
    [Symbol.dispose]: () => {
      for (const [name, hear] of listeners) Deno.removeSignalListener(name, hear);
    },
  };
}
