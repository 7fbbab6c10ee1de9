/** How a command hears that its process is asked to end. */

/** Signals do nothing else until the result is disposed of. */
export function onSignal(listener: () => void): Disposable {
  const signals = Deno.build.os === "windows"
    ? ["SIGINT"] as const
    : ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const name of signals) Deno.addSignalListener(name, listener);
  return {
    [Symbol.dispose]: () => {
      for (const name of signals) Deno.removeSignalListener(name, listener);
    },
  };
}
