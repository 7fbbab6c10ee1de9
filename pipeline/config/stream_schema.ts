/** The group `stream` of a configuration: what trained networks listen to for long. Pure. */
import { z } from "zod";
import type { Problem } from "../../lib/base/kinds.ts";
import { WHOSE } from "../../lib/stream/choose.ts";
import { voicesShape } from "../../lib/stream/voices/settings.ts";

const path = z.string().min(1).nullable();
const counts = z.array(z.int().min(1).max(100)).min(1).max(20);

/** How decisions are made and counted: told to stages as it is. */
export const searchShape = {
  tolerance_seconds: z.number().min(0).max(60),
  refractory_seconds: z.number().min(0).max(60),
  smoothing: counts,
  patience: counts,
  false_alarms_per_hour: z.number().min(0).max(1000),
  thresholds: z.enum(WHOSE),
};

export const streamSchema = z.strictObject({
  ...voicesShape,
  root: path,
  labels: path,
  development_root: path,
  development_labels: path,
  decisions_per_second: z.number().gt(0).max(100),
  ...searchShape,
  select_minutes: z.number().gt(0).max(600),
});

export type StreamConfig = Readonly<z.output<typeof streamSchema>>;

/** Names of its values that are paths of the user's files and folders. */
export const STREAM_PATHS = ["root", "labels", "development_root", "development_labels"] as const;

/** Whether there is anything to listen to. */
export function listens({ minutes, root }: StreamConfig): boolean {
  return minutes > 0 || root !== null;
}

/** @param head Of the task. */
export function streamProblems(stream: StreamConfig | undefined, head: string): Problem[] {
  if (stream === undefined) return [];
  const { minutes, root, development_root } = stream;
  if (head !== "clip") {
    return [{ path: ["stream"], message: "streams are listened to for words, found a task that has none" }];
  }
  if (root === null || development_root !== null || minutes > 0) return [];
  return [{
    path: ["stream", "minutes"],
    message:
      "wanted minutes of a development stream, on which the threshold is chosen, or recordings for it in " +
      "stream.development_root, found 0 and none",
  }];
}
