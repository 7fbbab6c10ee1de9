/** Stage `enroll`: own words on the frozen body of a trained network. */
import { z } from "zod";
import { openBackend } from "../../lib/backend/backend_io.ts";
import { decodeBackground } from "../../lib/enrol/background.ts";
import { openBody } from "../../lib/enrol/body.ts";
import { enrol, type EnrolStep } from "../../lib/enrol/enrol.ts";
import { readTake } from "../../lib/enrol/read_take.ts";
import type { Take } from "../../lib/enrol/takes.ts";
import { openWaveFilters } from "../../lib/kernels/wave_filters/alone_io.ts";
import { enrolmentText } from "../../lib/records/enrolment.ts";
import { backendSchema } from "../../lib/records/specs.ts";
import { defineStage } from "../engine/stage.ts";
import { count } from "../report/text/wording.ts";

/** Recordings by the names of their inputs, and what messages call them. */
const takes = z.array(z.strictObject({ input: z.string(), name: z.string() }));

/**
 * Reads inputs `checkpoint`, `background` of its body and each recording; writes `enrolled.safetensors` and
 * `enrolment.json`.
 */
const slice = z.strictObject({
  words: z.array(z.strictObject({ word: z.string(), takes })),
  false_alarms: takes,
  seed: z.int().min(0),
  backend: backendSchema,
});

export type EnrollSlice = z.output<typeof slice>;

export const stage = defineStage({
  slice,
  async run(io, { backend, words, falseAlarms, seed }) {
    io.madeWith((await openBackend(backend, { threads: io.threads })).facts);
    const read = async (listed: Readonly<EnrollSlice["false_alarms"]>) => {
      const recordings: Take[] = [];
      for (const { input, name } of listed) {
        recordings.push(await readTake(Deno.readFileSync(io.input(input)), name));
      }
      return recordings;
    };
    const path = io.input("checkpoint");
    using body = await openBody(Deno.readFileSync(path), path);
    const file = io.input("background");
    const own = [];
    for (const { word, takes } of words) own.push({ word, takes: await read(takes) });
    const alarms = await read(falseAlarms);
    const recordings = own.reduce((sum, { takes }) => sum + takes.length, 0);
    io.note(
      "info",
      `Read ${count(recordings, "recording")} of ${count(own.length, "word")}${
        alarms.length === 0 ? "" : ` and ${count(alarms.length, "false alarm")}`
      }`,
    );
    const { checkpoint, ...figures } = await enrol({
      body,
      words: own,
      falseAlarms: alarms,
      background: decodeBackground(Deno.readFileSync(file), file, body),
      filters: await openWaveFilters(),
      seed,
      onProgress: (done, total) => io.progress({ done, total, unit: "clips" }),
      onStep: (step) => io.note("info", stepText(step, own.length)),
    });
    Deno.writeFileSync(io.output("enrolled.safetensors"), checkpoint);
    Deno.writeTextFileSync(io.output("enrolment.json"), enrolmentText(figures));
  },
});

function stepText(step: EnrolStep, words: number): string {
  switch (step.kind) {
    case "varied":
      return `Made ${count(step.clips, "clip")} to learn from: variants and parts of recordings, and noise`;
    case "learnt":
      return `Learnt ${
        count(words, "word")
      }; learning again without some recordings, to see how surely these are told`;
  }
}

if (import.meta.main) await stage.serve();
