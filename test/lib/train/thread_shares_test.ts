import { assertEquals } from "@std/assert";
import { shareThreads } from "../../../lib/train/thread_shares.ts";

Deno.test("shareThreads() gives whoever changes waves half of the threads, and never all or more than there are", () => {
  assertEquals(shareThreads(1, ["waves"]), { compute: 1, workers: 0 });
  assertEquals(shareThreads(2, ["waves", "spectra"]), { compute: 1, workers: 1 });
  assertEquals(shareThreads(3, ["waves"]), { compute: 2, workers: 1 });
  assertEquals(shareThreads(16, ["waves"]), { compute: 12, workers: 4 });
});

Deno.test("shareThreads() leaves all threads to learning where no wave is changed", () => {
  assertEquals(shareThreads(2, []), { compute: 2, workers: 0 });
  assertEquals(shareThreads(8, ["spectra"]), { compute: 8, workers: 0 });
});
