import { assertEquals } from "@std/assert";
import { wallSeconds } from "../../../pipeline/graph/estimate.ts";
import { task } from "../../support/tasks.ts";

const resources = { threads: 99, leastThreads: 2, gpu: 0 };
const wide = ["train/a", "train/b"].map((name) => task(name, {}, { resources }));
const narrow = ["train/a", "train/b"].map((name) => task(name));
const SECONDS = new Map([["train/a", 60], ["train/b", 60]]);

Deno.test("wallSeconds() counts tasks that take several threads as often as they keep others waiting", () => {
  const two = { tasks: 2, threads: 2 };
  assertEquals(wallSeconds(narrow, SECONDS, two), 60);
  assertEquals(wallSeconds(wide, SECONDS, two), 120);
  assertEquals(wallSeconds(wide, SECONDS, { tasks: 4, threads: 4 }), 60);
  // A machine with one thread gives each all that it has.
  assertEquals(wallSeconds(wide, SECONDS, { tasks: 1, threads: 1 }), 120);
  assertEquals(wallSeconds(wide, SECONDS, { tasks: 1, threads: 8 }), 120);
});

Deno.test("wallSeconds() is no less than the longest chain", () => {
  const chain = [task("a"), task("b", { in: "a" })];
  assertEquals(wallSeconds(chain, new Map([["a", 5], ["b", 7]]), { tasks: 8, threads: 8 }), 12);
});
