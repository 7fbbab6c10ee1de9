/** Who a built-in voice imitates. Pure. */
import type { SpokenVoice } from "./spoken_voices.ts";

/**
 * The variant of a voice, by which speakers are told apart for good: pitch, speed and tract make no other person of it,
 * nor does an accent. `espeak/f2`, `flite/slt`.
 */
export function variantOf({ engine, variant }: Pick<SpokenVoice, "engine" | "variant">): string {
  return `${engine}/${variant.split("+").at(-1)}`;
}
