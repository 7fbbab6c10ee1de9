/** SHA-256 digests, always as 64 lower-case hexadecimal digits. */
import { createHash } from "node:crypto";
import { canonicalJson, type Json } from "./json.ts";

export function sha256(data: Uint8Array | string): string {
  return createHash("sha256").update(data).digest("hex");
}

/** Digest of a value's canonical JSON. */
export function sha256Json(value: Json): string {
  return sha256(canonicalJson(value));
}

/** A digest that takes its bytes piece by piece. */
export interface RunningDigest {
  update(data: Uint8Array | string): void;
  hex(): string;
}

export function startSha256(): RunningDigest {
  const hash = createHash("sha256");
  return { update: (data) => void hash.update(data), hex: () => hash.digest("hex") };
}
