/** A network's errors, the worst first, to see and to hear, as HTML. Pure. */
import { encodeWav16 } from "../../../lib/audio/wav.ts";
import { SEQUENTIAL } from "../../../lib/plots/colormap.ts";
import { type Domain, rasterUrl } from "../../../lib/plots/raster.ts";
import type { HeardClip, HeardClips } from "../../../lib/records/heard_clips.ts";
import type { PredictedExample, Predictions } from "../../../lib/records/predictions.ts";
import { clipDomain, clipMatrix } from "../figures/drawn_clip.ts";
import { badness } from "../statistics/worst.ts";
import { count, percent } from "../text/wording.ts";
import { ALIGNMENT_READING, alignmentHtml } from "./alignments.ts";
import { breakable, escapeHtml, originButton } from "./markup.ts";
import { SILENT } from "./report_audio.ts";
import type { Heard } from "./report_data.ts";

/** Classes whose probabilities are drawn, beside the label's. */
const MOST_BARS = 3;
/** Clips that are there at once; the others are folded. */
const SHOWN = 12;
/** Of 16-bit samples. */
const FULL_SCALE = 32768;
/** Of a drawn wave, in units of its own. */
const [WAVE_COLUMNS, WAVE_HEIGHT] = [200, 40];

export interface HeardWords {
  /** How one and several examples are called. */
  readonly example: string;
  readonly examples: string;
  readonly lowerIsBetter: boolean;
  /** The run, as titles have it. */
  readonly title: string;
}

/** Nothing where there is nothing to list. */
export function heardHtml(heard: Heard, words: HeardWords): string {
  const { run, clips: { clips, representation }, predictions } = heard;
  if (clips.length === 0) return "";
  const byName = new Map(predictions.examples.map((example) => [example.name, example]));
  const images = clips.flatMap(({ image }) => image === null ? [] : [image.values]);
  const domain = images.length === 0 ? [0, 1] as const : clipDomain(representation, images);
  const loudest = clips.reduce((most, { wave }) => wave.reduce((m, v) => Math.max(m, Math.abs(v)), most), 1);
  const cards = clips.map((clip, i) =>
    cardHtml(clip, byName.get(clip.name)!, { i, heard, words, domain, loudest })
  );
  const more = cards.slice(SHOWN);
  const scale = `${domain[0].toFixed(1)} (dark) to ${domain[1].toFixed(1)} (light) ${representation.unit}`;
  return `<div class="heard" id="heard">
<h3>${escapeHtml(heard.audio === "all" ? `All ${words.examples}, the worst first` : "The worst errors")}</h3>
<p class="reading">${
    escapeHtml(introduction(heard, words))
  } Above, the wave, all at one scale; below, what the trained
front-end makes of it, ${escapeHtml(`${representation.name}, ${scale}`)}.${
    cards.some((card) => card.includes('class="alignment"')) ? ` ${ALIGNMENT_READING}` : ""
  }</p>
<div class="clips">
${cards.slice(0, SHOWN).join("\n")}
</div>
${
    more.length === 0
      ? ""
      : `<details class="more"><summary>${
        count(more.length, `more ${words.example}`, `more ${words.examples}`)
      }</summary>
<div class="clips">
${more.join("\n")}
</div>
</details>`
  }
<p class="tools">${originButton(`From ${run}`, [run])}</p>
</div>`;
}

/** Waves as base64 of wav files, by their place in the list; nothing where nothing is to be heard. */
export function heardAudio(
  { audio, clips: { clips, sampleRate } }: Pick<Heard, "audio"> & {
    readonly clips: Pick<HeardClips, "clips" | "sampleRate">;
  },
): readonly string[] {
  return audio === SILENT
    ? []
    : clips.map(({ wave }) =>
      encodeWav16(Float32Array.from(wave, (sample) => sample / FULL_SCALE), sampleRate).toBase64()
    );
}

/** What the list is, and what it leaves out. */
function introduction(
  { audio, clips: { clips, count: all, wrong, cut }, predictions }: Heard,
  { example, examples, title }: HeardWords,
): string {
  const told = `${title} gets ${wrong} of ${count(all, `test ${example}`, `test ${examples}`)} wrong.`;
  const order = audio === "all"
    ? `Errors come first, the worst at the top, then what is told right, the least sure first.`
    : `The worst come first: those ${
      hasSequences(predictions)
        ? "with the most errors for each label"
        : "whose label got the least probability"
    }.`;
  const sound = audio === SILENT
    ? ` There is nothing to listen to, as was asked (--audio none).`
    : ` A click on a wave plays it.`;
  const left = cut === 0
    ? ""
    : ` Cut after ${clips.length}: ${
      cut.toLocaleString("en")
    } more are not shown, to keep the page small (at most 5 MB of ` +
      `sound${audio === "all" ? "" : " and 40 errors"}).`;
  return `${told} ${order}${sound}${left}`;
}

function hasSequences({ examples }: Pick<Predictions, "examples">): boolean {
  return examples.some(({ posteriors }) => posteriors === null);
}

interface Shown {
  readonly i: number;
  readonly heard: Heard;
  readonly words: HeardWords;
  /** Of all images, and the largest sample of all waves. */
  readonly domain: Domain;
  readonly loudest: number;
}

function cardHtml(
  { name, wave, image }: HeardClip,
  example: PredictedExample,
  { i, heard, words, domain, loudest }: Shown,
): string {
  const { clips: { representation, sampleRate }, audio, errors } = heard;
  const drawn = waveSvg(wave, loudest);
  const spoken = example.labels.length === 1 ? `"${example.labels[0]}", ${name}` : name;
  const heading = audio === SILENT
    ? `<div class="wave">${drawn}</div>`
    : `<button type="button" class="wave play" data-clip="${i}" aria-label="${
      escapeHtml(`Play ${spoken}`)
    }">${drawn}</button>`;
  const picture = image === null
    ? ""
    : `<img alt="${escapeHtml(`What the trained front-end makes of ${spoken}`)}" src="${
      rasterUrl(clipMatrix(image.values, image.shape, representation), domain, SEQUENTIAL, true)
    }">`;
  const { wrong, of } = errors.of(name);
  const among = of > 1 ? `; wrong in ${wrong} of ${of} runs` : "";
  return `<article class="clip" id="clip-${i}">
${heading}
${picture}
${toldHtml(example, heard.predictions, words)}
<p class="name">${breakable(name)}, ${(wave.length / sampleRate).toFixed(1)} s${among}</p>
</article>`;
}

function toldHtml(
  example: PredictedExample,
  { classes }: Pick<Predictions, "classes">,
  { lowerIsBetter }: HeardWords,
): string {
  const { labels, told, posteriors } = example;
  if (posteriors === null || labels.length !== 1) {
    const rate = badness(example, lowerIsBetter);
    const heading = rate === 0 ? "told right" : `errors: ${percent(rate)} of its labels`;
    return `<h4>${heading}</h4>\n${alignmentHtml(example)}`;
  }
  const [label] = labels as [string];
  const ranked = classes.map((name, c) => ({ name, share: posteriors[c]! })).sort((a, b) =>
    b.share - a.share
  );
  const likely = ranked.slice(0, MOST_BARS);
  const bars = likely.some(({ name }) => name === label)
    ? likely
    : [...likely, ...ranked.filter(({ name }) => name === label)];
  const said = `<b>${escapeHtml(label)}</b>`;
  const heading = told[0] === label
    ? `${said}, told right`
    : `${said} taken for <b>${escapeHtml(told[0] ?? "nothing")}</b>`;
  const lines = bars.map(({ name, share }) =>
    `<li${name === label ? ' class="label"' : ""}><span>${
      escapeHtml(name)
    }</span><span class="track"><span style="width:${(100 * share).toFixed(1)}%"></span></span><span>${
      (100 * share).toFixed(share < 0.1 ? 1 : 0)
    } %</span></li>`
  );
  return `<h4>${heading}</h4>\n<ul class="bars">${lines.join("")}</ul>`;
}

/** From the lowest to the highest sample of each column. */
function waveSvg(wave: Int16Array, loudest: number): string {
  const place = (sample: number) => (WAVE_HEIGHT / 2 * (1 - sample / loudest)).toFixed(1);
  const columns = Array.from({ length: WAVE_COLUMNS }, (_, x) => {
    const part = wave.subarray(
      Math.floor(x * wave.length / WAVE_COLUMNS),
      Math.max(
        Math.floor(x * wave.length / WAVE_COLUMNS) + 1,
        Math.floor((x + 1) * wave.length / WAVE_COLUMNS),
      ),
    );
    const [low, high] = [part.reduce((a, b) => Math.min(a, b), 0), part.reduce((a, b) => Math.max(a, b), 0)];
    return `M${x} ${place(high)}V${place(low - 1)}`;
  });
  return `<svg viewBox="0 0 ${WAVE_COLUMNS} ${WAVE_HEIGHT}" preserveAspectRatio="none" aria-hidden="true"><path d="${
    columns.join("")
  }"/></svg>`;
}
