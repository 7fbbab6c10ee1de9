/**
 * Colours and type of all figures. Specifications name colours by role as CSS variables, so that a page can show the
 * same drawing light and dark; {@link onPaper} puts values in their place for files that stand alone.
 */
import type { Spec } from "./spec.ts";

interface Shades {
  readonly light: string;
  readonly dark: string;
}

/**
 * Settings, and lists of trained parts that none stands for, are told apart by Okabe and Ito's colours for all kinds of
 * colour vision, and by shape as well.
 */
const INKS = {
  ink: { light: "#1c2128", dark: "#e6e9ee" },
  muted: { light: "#5b6470", dark: "#a3acb8" },
  grid: { light: "#e3e6ea", dark: "#333a44" },
  paper: { light: "#ffffff", dark: "#161a20" },
  warning: { light: "#b3261e", dark: "#ff8a80" },
  A: { light: "#6b7280", dark: "#aab2bf" },
  B: { light: "#0072b2", dark: "#56b4e9" },
  C: { light: "#009e73", dark: "#2fc79b" },
  D: { light: "#d55e00", dark: "#ff9450" },
  list1: { light: "#a3527f", dark: "#e39cc4" },
  list2: { light: "#7a5c00", dark: "#e0c040" },
  list3: { light: "#1f6f8b", dark: "#7fd0e8" },
} as const satisfies Record<string, Shades>;

export type Ink = keyof typeof INKS;

const SETTINGS = ["A", "B", "C", "D"] as const;
const SETTING_SHAPES = ["circle", "square", "triangle-up", "diamond"];
/** Of lists, in turn: as many of the one as of the other would give few pairs. */
const LIST_INKS = ["list1", "list2", "list3"] as const;
const LIST_SHAPES = ["cross", "triangle-down", "triangle-right", "triangle-left"];
/** A longer legend has several rows. */
const MOST_IN_ROW = 4;

/** A colour by its role. */
export function paint(ink: Ink): string {
  return `var(--figure-${ink})`;
}

/** What a figure tells its runs apart by: `setting` is A to D, or a list of trained parts such as `mel+pcen`. */
interface OfSetting {
  readonly setting: string;
}

/** Those that are drawn: A to D, and behind them all other lists in their order. */
export function settingsOf(drawn: readonly OfSetting[]): string[] {
  const found = new Set(drawn.map(({ setting }) => setting));
  return [...SETTINGS.filter((setting) => found.has(setting)), ...found].filter((name, i, all) =>
    all.indexOf(name) === i
  );
}

/** A colour for each setting that is drawn, the same in all figures, with a legend. */
export function settingColor(drawn: readonly OfSetting[]): Spec {
  return channel(settingsOf(drawn), SETTINGS.map((setting) => paint(setting)), LIST_INKS.map(paint));
}

/** A shape for each setting that is drawn, with a legend. */
export function settingShape(drawn: readonly OfSetting[]): Spec {
  return channel(settingsOf(drawn), SETTING_SHAPES, LIST_SHAPES);
}

/** @param settings What each of A to D has, drawn or not. */
function channel(domain: readonly string[], settings: readonly string[], lists: readonly string[]): Spec {
  const isSetting = (name: string) => (SETTINGS as readonly string[]).includes(name);
  const further = domain.filter((name) => !isSetting(name));
  const looks = new Map([
    ...SETTINGS.map((name, i) => [name as string, settings[i]!] as const),
    ...further.map((name, i) => [name, lists[i % lists.length]!] as const),
  ]);
  return {
    field: "setting",
    type: "nominal",
    title: "setting",
    scale: { domain, range: domain.map((name) => looks.get(name)!) },
    ...(further.length === 0 ? {} : { legend: { columns: MOST_IN_ROW } }),
  };
}

/** Declarations for a style sheet. */
export function inkDeclarations(shade: keyof Shades): string {
  return Object.entries(INKS).map(([name, shades]) => `--figure-${name}:${shades[shade]}`).join(";");
}

/** An SVG with the light colours written out. */
export function onPaper(svg: string): string {
  return svg.replaceAll(/var\(--figure-(\w+)\)/g, (_, name: Ink) => INKS[name].light);
}

/** A specification with what all figures share. */
export function themed(spec: Spec): Spec {
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    background: "transparent",
    padding: 4,
    ...spec,
    config: CONFIG,
  };
}

const LABELS = { labelColor: paint("muted"), labelFontSize: 11, titleColor: paint("ink"), titleFontSize: 12 };

const CONFIG: Spec = {
  font: "sans-serif", // short, as every label repeats it; a page has a better one
  view: { stroke: null },
  axis: {
    ...LABELS,
    domainColor: paint("muted"),
    gridColor: paint("grid"),
    tickColor: paint("muted"),
    titleFontWeight: "normal",
    titlePadding: 8,
  },
  axisX: { labelFlush: false },
  axisQuantitative: { labelOverlap: true },
  legend: {
    ...LABELS,
    titleFontWeight: "normal",
    orient: "top",
    direction: "horizontal",
    titleOrient: "left",
    symbolSize: 70,
    titleLimit: 300,
    offset: 8,
  },
  header: LABELS,
  title: { color: paint("ink"), fontSize: 12, fontWeight: 600, anchor: "start", offset: 6 },
  text: { color: paint("ink"), fontSize: 11 },
  rule: { color: paint("muted") },
  line: { strokeJoin: "round" },
};
