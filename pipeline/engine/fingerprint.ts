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

/** The code of a stage's module, with the kinds that a task names. */
export type CodeLookup = (module: string, kinds?: readonly string[]) => CodeManifest;

/** What a task's code is. @returns Nothing where the results are known beforehand. */
export function codeOf(
  { module, kinds, wanted }: Pick<TaskSpec, "module" | "kinds" | "wanted">,
  code: CodeLookup,
): CodeManifest {
  return wanted === undefined ? code(module, kinds) : NO_CODE;
}

/** SHA-256 of the fingerprint's canonical JSON, in which the code's digest stands for its long lists. */
export function taskKey({ format, stage, code, slice, inputs }: Fingerprint): TaskKey {
  return sha256Json({ format, stage, code: code.digest, slice, inputs }) as TaskKey;
}

/** @param files As in {@link CodeManifest}, in any order. */
export function manifestOf(
  { files, packages, declarations = {} }: Pick<CodeManifest, "files" | "packages"> & Partial<CodeManifest>,
): CodeManifest {
  return { digest: sha256Json({ files, packages }), files, packages, declarations };
}

const NO_CODE = Object.freeze(manifestOf({ files: {}, packages: {} }));
