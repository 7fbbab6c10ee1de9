import { assertEquals, assertRejects } from "@std/assert";
import { z } from "zod";
import type { Json } from "../../../lib/base/json.ts";
import { defineStage, type StageIo } from "../../../pipeline/engine/stage.ts";

function ioFor(slice: Json): StageIo {
  return {
    task: "train/a",
    slice,
    inputs: {},
    origins: {},
    outDir: "",
    partialDir: "",
    threads: 1,
    input: (name) => name,
    output: (name) => name,
    madeWith() {},
    environment: {},
    progress() {},
    note() {},
  };
}

const slice = z.strictObject({ top_db: z.number(), words: z.record(z.string(), z.number()) });

Deno.test("defineStage() gives the slice with names as code has them, words left as they are", async () => {
  const seen: unknown[] = [];
  const stage = defineStage({
    slice,
    run: (_, { topDb, words }) => Promise.resolve(void seen.push(topDb, words)),
  });
  await stage.run(ioFor({ top_db: 80, words: { to_day: 1 } }));
  assertEquals(seen, [80, { to_day: 1 }]);
});

Deno.test("defineStage() says what does not fit before it runs", async () => {
  const stage = defineStage({ slice, run: () => Promise.reject(new Error("ran")) });
  await assertRejects(
    () => stage.run(ioFor({ top_db: "80", words: {} })),
    Error,
    "Cannot run train/a: its slice: top_db: Invalid input: expected number, received string",
  );
});
