/** The identity of a task's result: what decides it, and the key made of that. */
import { sha256Json } from "../../lib/base/digest.ts";
import type { Json } from "../../lib/base/json.ts";
import {
  type CodeManifest,
  type ContentDigest,
  ENGINE_FORMAT,
  type Fingerprint,
  type TaskKey,
  type TaskSpec,
} from "./types.ts";

/** Everything that decides a task's result. Names, paths, threads and permissions do not, and stay outside. */
export function fingerprintOf(
  spec: Pick<TaskSpec, "stage" | "slice">,
  code: CodeManifest,
  inputs: Readonly<Record<string, ContentDigest>>,
): Fingerprint {
  return { format: ENGINE_FORMAT, stage: spec.stage, code, slice: spec.slice, inputs };
}

/** SHA-256 of the fingerprint's canonical JSON. */
export function taskKey(fingerprint: Fingerprint): TaskKey {
  // An interface has no index signature, so TypeScript cannot see that this is JSON; it holds nothing else.
  return sha256Json(fingerprint as unknown as Json) as TaskKey;
}
