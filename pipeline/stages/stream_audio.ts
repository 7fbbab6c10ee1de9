/** Stage `stream_audio`: makes a stream of speech with keywords at known times. */
import { makeStream } from "../../lib/stream/voices/maker_io.ts";
import { voicesSchema } from "../../lib/stream/voices/settings.ts";
import { defineStage } from "../engine/stage.ts";
import type { z } from "zod";

export type VoicesSlice = z.output<typeof voicesSchema>;

/** Writes the folder `audio`: recordings that follow on each other, each with labels of its words beside it. */
export const stage = defineStage({
  slice: voicesSchema,
  run: (io, settings) => makeStream(settings, io.output("audio"), io),
});

if (import.meta.main) await stage.serve();
