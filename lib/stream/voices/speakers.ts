/** Draws the speakers of streams: none of training's, and none in both streams. Pure. */
import { UserError } from "../../base/errors.ts";
import { Rng } from "../../base/random.ts";
import { drawVoices, type SpokenVoice } from "../../data/spoken_voices.ts";
import { variantOf } from "../../data/voice_variant.ts";
import type { EngineName } from "../../speech/engine.ts";
import { type Side, SIDES, type VoicesSettings } from "./settings.ts";

const ENGINES: readonly EngineName[] = ["espeak", "flite", "gnuspeech"];
/** So many are drawn that each variant of each engine is among them. */
const DRAWN = 400;

/**
 * Variants that training did not hear are dealt out to the two streams by turns, so that nobody is in both, and speakers
 * drawn from one's own.
 *
 * @param heard As {@link variantOf} has them. @throws {UserError} `bad-config` if training heard all but one variant.
 */
export function drawSpeakers(
  { seed, voices, side, heard }: Pick<VoicesSettings, "seed" | "voices" | "side" | "heard">,
): SpokenVoice[] {
  const rng = Rng.fromSeed(seed).fork("stream");
  const drawn = drawVoices(DRAWN, ENGINES, rng.fork("voices"));
  const known = new Set(heard);
  const unheard = [...new Set(drawn.map(variantOf))].filter((variant) => !known.has(variant));
  if (unheard.length < SIDES.length) {
    throw new UserError(
      "bad-config",
      `Cannot make streams of voices that training did not hear: it heard ${heard.length} variants of the built-in ` +
        `engines, and ${unheard.length} are left, wanted one for each of ${SIDES.length} streams. Train with fewer voices, ` +
        `or give recordings.`,
    );
  }
  const dealt = dealtOut(rng.fork("sides").shuffle(unheard), side);
  const own = drawn.filter((voice) => dealt.has(variantOf(voice)));
  return byTurns(rng.fork(side).shuffle(own)).slice(0, voices);
}

function dealtOut(variants: readonly string[], side: Side): Set<string> {
  return new Set(variants.filter((_, i) => i % SIDES.length === SIDES.indexOf(side)));
}

/** So that the first are of as many variants as there are. */
function byTurns(voices: readonly SpokenVoice[]): SpokenVoice[] {
  const groups = [...Map.groupBy(voices, variantOf).values()];
  const longest = Math.max(...groups.map(({ length }) => length));
  return Array.from({ length: longest }, (_, i) => groups.flatMap((group) => group.slice(i, i + 1))).flat();
}
