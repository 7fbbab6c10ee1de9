/** Vega-Lite specifications as SVG, without a browser or a canvas. */
import * as vega from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import type { Spec } from "../../../lib/plots/spec.ts";

/** A part of Vega that its declarations leave out. */
interface TextMetrics {
  width(item: { readonly fontSize?: number }, text: unknown): number;
}

// Vega's own guess without a canvas is a third too wide, which leaves gaps beside labels.
(vega as unknown as { readonly textMetrics: TextMetrics }).textMetrics.width = ({ fontSize = 11 }, text) =>
  fontSize * [...String(text ?? "")].reduce((sum, sign) => sum + widthOf(sign), 0);

/**
 * @param prefix Put before the names of the SVG's own parts, so that several can stand in one page.
 * @param onWarning Hears what Vega-Lite and Vega find odd about the specification.
 */
export async function renderSvg(
  spec: Spec,
  prefix: string,
  onWarning: (message: string) => void = () => {},
): Promise<string> {
  const warn = (...parts: readonly unknown[]) => onWarning(parts.map(String).join(" "));
  const compiled = compile(spec as unknown as TopLevelSpec, { logger: quiet(warn) }).spec;
  const view = new vega.View(vega.parse(compiled), { renderer: "none", logger: quiet(warn) });
  try {
    return withPrefix(shortened(await view.toSVG()), prefix);
  } finally {
    view.finalize();
  }
}

/** In units of the font's size, as in DejaVu Sans: among the widest of the fonts that a page may be shown in. */
function widthOf(sign: string): number {
  if (/[iljI.,:;'|! ]/.test(sign)) return 0.33;
  if (/[ftr()[\]/-]/.test(sign)) return 0.4;
  if (/[mwMW%]/.test(sign)) return 0.95;
  return /[A-Z0-9]/.test(sign) ? 0.67 : 0.61;
}

/** Places to a hundredth of a pixel: half the text. */
function shortened(svg: string): string {
  return svg.replaceAll(/ (?:d|transform)="[^"]*"/g, (places) => places.replaceAll(/(\.\d\d)\d+/g, "$1"));
}

function withPrefix(svg: string, prefix: string): string {
  return svg
    .replaceAll(/\bid="([^"]+)"/g, (_, id: string) => `id="${prefix}${id}"`)
    .replaceAll(/url\(#([^)]+)\)/g, (_, id: string) => `url(#${prefix}${id})`);
}

function quiet(warn: (...parts: readonly unknown[]) => void) {
  const logger = {
    level: () => logger as never,
    error: (...parts: readonly unknown[]) => (warn(...parts), logger),
    warn: (...parts: readonly unknown[]) => (warn(...parts), logger),
    info: () => logger,
    debug: () => logger,
  };
  return logger as never;
}
