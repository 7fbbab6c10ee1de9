/** Results from other environments, in words. Pure. */
import { describeDifference } from "../../../lib/base/environment.ts";
import type { MadeElsewhere } from "../../engine/types.ts";
import { count } from "./wording.ts";

export function wordElsewhere({ results, differences, force }: MadeElsewhere): string {
  const told = differences.map((one) =>
    `${describeDifference(one)}${differences.length > 1 ? ` (${one.results})` : ""}`
  );
  const [were, they, them, their] = results === 1
    ? ["was", "it is", "it", "its"]
    : ["were", "they are", "them", "their"];
  const flags = force.map((name) => `--force ${name === "*" ? "'*'" : name}`).join(" ");
  return `${count(results, "result")} ${were} made in another environment and used as ${they}: ${
    told.join("; ")
  }. ` +
    `${their[0]!.toUpperCase()}${
      their.slice(1)
    } last digits may differ from this machine's; the same command with ` +
    `${flags} makes ${them} here.`;
}
