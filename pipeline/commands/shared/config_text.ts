/** `--print-config`: every value with where it came from. Pure. */
import type { Json } from "../../../lib/base/json.ts";
import type { Sweep } from "../../config/sweep.ts";
import { leaves } from "../../config/yaml_source.ts";

/** Values that all runs share once, then what each run has of its own. */
export function configText(sweep: Sweep, json: boolean): string {
  if (json) {
    return sweep.points.map(({ config, composed }) =>
      JSON.stringify({ config, origins: Object.fromEntries(composed.origins) })
    ).join("\n");
  }
  const [first] = sweep.points;
  const lines = sweep.points.map((p) => linesOf(p.config as unknown as Json, p.composed.origins));
  const shared = lines[0]!.filter((line) => lines.every((others) => others.includes(line)));
  const blocks = [shared.join("\n")];
  if (sweep.points.length > 1) {
    for (const [i, point] of sweep.points.entries()) {
      const axes = Object.entries(point.axes).map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(
        " ",
      );
      blocks.push(
        [`# run ${i + 1} of ${sweep.points.length}: ${axes}`, ...lines[i]!.filter((l) => !shared.includes(l))]
          .join("\n"),
      );
    }
  }
  return first === undefined ? "" : blocks.join("\n\n");
}

function linesOf(config: Json, origins: ReadonlyMap<string, string>): string[] {
  return [...leaves(config)].map(([path, value]) => {
    const key = path.join(".");
    return `${`${key}: ${JSON.stringify(value)}`.padEnd(52)}  # ${origins.get(key) ?? "configuration"}`;
  });
}
