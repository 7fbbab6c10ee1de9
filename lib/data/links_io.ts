/** Symbolic links in a data set's folder. */
import { pathWithin } from "../base/operating_system_io.ts";
import type { Finding } from "./finding.ts";

/** Those of the paths that lead out of the folder. @param paths Relative to it, of what is there. */
export function linkFinding(root: string, paths: readonly string[]): Finding {
  const real = Deno.realPathSync(root);
  return {
    level: "info",
    what: "files are reached by links that lead out of the folder, and were read",
    names: [...new Set(paths)].filter((path) =>
      pathWithin(real, Deno.realPathSync(`${root}/${path}`)) === undefined
    ).sort(),
  };
}
