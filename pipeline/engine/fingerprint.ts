/** The identity of a task's result: what decides it, and the key made of that. */
import { sha256Json } from "../../lib/base/digest.ts";
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

/** @param code Gives the code of a stage's module. @returns Nothing where the results are known beforehand. */
export function codeOf(
  { module, wanted }: Pick<TaskSpec, "module" | "wanted">,
  code: (module: string) => CodeManifest,
): CodeManifest {
  return wanted === undefined ? code(module) : NO_CODE;
}

/** SHA-256 of the fingerprint's canonical JSON, in which the code's digest stands for its long lists. */
export function taskKey({ format, stage, code, slice, inputs }: Fingerprint): TaskKey {
  return sha256Json({ format, stage, code: code.digest, slice, inputs }) as TaskKey;
}

/** @param files As in {@link CodeManifest}, in any order. */
export function manifestOf({ files, packages }: Omit<CodeManifest, "digest">): CodeManifest {
  return { digest: sha256Json({ files, packages }), files, packages };
}

const NO_CODE = Object.freeze(manifestOf({ files: {}, packages: {} }));
