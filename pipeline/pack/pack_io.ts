/** Makes an npm package of the library. */
import { buildPackage, STEPS } from "./build_io.ts";
import { manifestOf, PACKAGE } from "./manifest.ts";
import { tarball } from "./tarball_io.ts";

/**
 * @param root Of the project. @param folder Where the package goes; it is made if it is not there.
 * @param onStep Told what is begun, as a line: `Packing 3 of 7: all kernels`.
 * @returns Its file.
 */
export async function pack(root: string, folder: string, onStep: (line: string) => void): Promise<string> {
  const { version } = JSON.parse(Deno.readTextFileSync(`${root}/deno.json`)) as { version: string };
  const files = new Map(
    await buildPackage(root, (step) => {
      onStep(`Packing ${STEPS.indexOf(step) + 1} of ${STEPS.length}: ${step}`);
    }),
  );
  files.set("package.json", new TextEncoder().encode(`${JSON.stringify(manifestOf(version), null, 2)}\n`));
  Deno.mkdirSync(folder, { recursive: true });
  const path = `${folder}/${PACKAGE}-${version}.tgz`;
  Deno.writeFileSync(path, await tarball(files));
  return path;
}
