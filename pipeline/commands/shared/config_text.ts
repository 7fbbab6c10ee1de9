/** `--print-config`: every value with where it came from. Pure. */
import type { Json } from "../../../lib/base/json.ts";
import type { Sweep } from "../../config/sweep.ts";
import { leaves } from "../../config/yaml_source.ts";

/** Lines: values that all runs share once, then what each run has of its own. */
export function configText(sweep: Sweep, json: boolean): string[] {
  if (json) {
    return sweep.points.map(({ config, composed }) =>
      JSON.stringify({ config, origins: Object.fromEntries(composed.origins) })
    );
  }
  const lines = sweep.points.map((p) => linesOf(p.config as unknown as Json, p.composed.origins));
  const shared = lines[0]!.filter((line) => lines.every((others) => others.includes(line)));
  if (sweep.points.length === 1) return shared;
  const ofRuns = sweep.points.flatMap(({ axes }, i) => {
    const shown = Object.entries(axes).map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(" ");
    const own = lines[i]!.filter((line) => !shared.includes(line));
    return ["", `# run ${i + 1} of ${sweep.points.length}: ${shown}`, ...own];
  });
  return [...shared, ...ofRuns];
}

function linesOf(config: Json, origins: ReadonlyMap<string, string>): string[] {
  return [...leaves(config)].map(([path, value]) => {
    const key = path.join(".");
    return `${`${key}: ${JSON.stringify(value)}`.padEnd(52)}  # ${origins.get(key) ?? "configuration"}`;
  });
}
