/** The README's table of packages: each that is imported, with the version that is imported and its own licence. */
import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";

const ROOT = fromFileUrl(new URL("../..", import.meta.url));
/** Imported in one place, with a lock file of its own. */
const APART = ["lib/onnx/session_io.ts"];
const SPECIFIER = /^npm:((?:@[^/]+\/)?[^@/]+)@([^/]+)/;

interface Row {
  readonly version: string;
  readonly licence: string;
  readonly reason: string;
}

Deno.test("the README's table has every package, its version, its licence and a reason", () => {
  const table = tableOf(Deno.readTextFileSync(`${ROOT}README.md`));
  const { imports } = JSON.parse(Deno.readTextFileSync(`${ROOT}deno.json`)) as {
    imports: Record<string, string>;
  };
  const apart = APART.flatMap((path) =>
    [...Deno.readTextFileSync(ROOT + path).matchAll(/"(npm:[^"]+)"/g)].map(([, name]) => name!)
  );
  const used = new Map([...Object.values(imports), ...apart].map((specifier) => {
    const [, name, version] = SPECIFIER.exec(specifier)!;
    return [name!, version!] as const;
  }));
  assertEquals([...table.keys()].sort(), [...used.keys()].sort());
  for (const [name, { version, reason }] of table) {
    assertEquals(version, used.get(name), name);
    assert(reason.length > 3, `${name} is there for no reason`);
  }
});

Deno.test("licences in the README's table are those that packages tell", () => {
  const table = tableOf(Deno.readTextFileSync(`${ROOT}README.md`));
  const { imports } = JSON.parse(Deno.readTextFileSync(`${ROOT}deno.json`)) as {
    imports: Record<string, string>;
  };
  let checked = 0;
  for (const [name, specifier] of Object.entries(imports)) {
    const [, own, version] = SPECIFIER.exec(specifier)!;
    const manifest = manifestAbove(import.meta.resolve(name), own!, version!);
    if (manifest === undefined) continue; // not fetched yet
    assertEquals(table.get(own!)!.licence, manifest.license.replace(/^\((.*)\)$/, "$1"), own);
    checked++;
  }
  assert(checked > 5, `only ${checked} packages are here to be asked`);
});

function tableOf(readme: string): ReadonlyMap<string, Row> {
  const rows = readme.matchAll(/^\| `([^`]+)` +\| +([\d.]+) +\| +([^|]+?) +\| +([^|]+?) +\|$/gm);
  return new Map(
    [...rows].map(([, name, version, licence, reason]) =>
      [name!, { version: version!, licence: licence!, reason: reason! }] as const
    ),
  );
}

/** In the cache, in a folder above the module. */
function manifestAbove(
  module: string,
  name: string,
  version: string,
): { readonly license: string } | undefined {
  for (let at = new URL("./", module); at.pathname !== "/"; at = new URL("../", at)) {
    try {
      const manifest = JSON.parse(Deno.readTextFileSync(new URL("package.json", at)));
      if (manifest.name === name && manifest.version === version) return manifest;
    } catch {
      // the next one above
    }
  }
  return undefined;
}
