/** The shared cache that a command line means, and what a run tells it. */
import type { LocalCache } from "../../engine/cache/local_io.ts";
import type { Store } from "../../engine/store/store_io.ts";
import type { RunEvent } from "../../engine/types.ts";
import { parseOverride } from "../../config/override.ts";
import type { PushTally } from "../../remote/push_io.ts";
import { storeSettings } from "../../remote/settings.ts";
import type { SharedCache } from "../../remote/shared_cache_io.ts";
import { bytes, count } from "../../report/text/wording.ts";
import { tell } from "../../reporters/print_io.ts";
import type { Project } from "./project_io.ts";
import { warn } from "./project_store_io.ts";
import { onSignal } from "./signals_io.ts";

export interface Sharing {
  /** For the store; absent: results are kept here alone. */
  readonly cache: ((local: LocalCache, root: string) => SharedCache) | undefined;
  /**
   * From now on what a run finds or makes is put there, if that is asked for. `end` waits for it, and says what was shared;
   * where somebody asked to stop, only for what is under way.
   */
  begin(store: Store): { hear(event: RunEvent): void; end(stopped: boolean): Promise<void> };
}

const ALONE: Sharing = {
  cache: undefined,
  begin: () => ({ hear() {}, end: () => Promise.resolve() }),
};

/**
 * @param words Overrides as they were typed. @param put Whether results may be put there at all: not by who only looks.
 * @throws {UserError} "bad-config": see {@link storeSettings}.
 */
export async function sharingOf(
  { conf }: Project,
  words: readonly string[],
  put: boolean,
): Promise<Sharing> {
  const { remote, push: asked } = storeSettings(conf, words.map(parseOverride));
  const push = asked && put;
  if (remote === null) return ALONE;
  // Whoever shares nothing does not wait for what it takes.
  const [{ locationOf, openRemote }, { Pusher }, { SharedCache }] = await Promise.all([
    import("../../remote/open_io.ts"),
    import("../../remote/push_io.ts"),
    import("../../remote/shared_cache_io.ts"),
  ]);
  let opened: SharedCache | undefined;
  return {
    cache: (local, root) =>
      opened = new SharedCache({
        local,
        staging: `${root}/staging`,
        location: locationOf(remote),
        open: () => openRemote(remote),
        put: push,
        warn,
      }),
    begin(store) {
      const cache = opened!;
      const pusher = push ? new Pusher(store, cache, new Date()) : undefined;
      return {
        hear(event) {
          if (event.type === "task-done" || event.type === "task-fresh") pusher?.offer(event.key);
        },
        async end(stopped) {
          const stop = new AbortController();
          if (stopped) stop.abort();
          using _listening = onSignal(() => stop.abort());
          const pushed = await pusher?.settle(stop.signal);
          const line = lineOf(cache, pushed);
          if (line !== "") tell(line);
        },
      };
    },
  };
}

/** What came from there and what went there; empty if nothing did. */
function lineOf({ location, tally }: SharedCache, pushed: PushTally | undefined): string {
  const parts = [
    ...(tally.found === 0 ? [] : [`${count(tally.found, "result")} found there`]),
    ...(tally.brought === 0
      ? []
      : [`${count(tally.brought, "object")} (${bytes(tally.broughtBytes)}) brought`]),
    ...(pushed === undefined || pushed.pushed === 0
      ? []
      : [`${count(pushed.pushed, "result")} (${bytes(pushed.bytes)}) put there`]),
    ...(pushed === undefined || pushed.left === 0
      ? []
      : [`${count(pushed.left, "result")} not put there yet, which the same command tries again`]),
  ];
  return parts.length === 0 ? "" : `${location}: ${parts.join(", ")}.`;
}
