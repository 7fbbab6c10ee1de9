/** `pack`: makes an npm package of the library. */
import { type InferValue, message, object, option, string, withDefault } from "@optique/core";
import { resolve } from "@std/path";
import { print, tell } from "../reporters/print_io.ts";
import { defineCommand } from "./shared/command.ts";
import { debug } from "./shared/flags.ts";
import { openProject } from "./shared/project_io.ts";

const parser = object({
  to: withDefault(
    option("--to", string({ metavar: "DIR" }), {
      description: message`Where the package goes; this folder if absent.`,
    }),
    ".",
  ),
  debug,
});

export const command = defineCommand({
  brief: message`Make an npm package of the library.`,
  description:
    message`Front-ends and models as layers, and a keyword spotter that listens in pages, Node and Deno.`,
  examples: [["pack --to dist", "dist/trainable-front-ends-VERSION.tgz, for npm install and npm publish"]],
  parser,
  run: packLibrary,
});

async function packLibrary({ to }: InferValue<typeof parser>): Promise<number> {
  const { pack } = await import("../pack/pack_io.ts"); // brings a compiler
  const { root, here } = openProject();
  print(await pack(root, resolve(here, to), tell));
  return 0;
}
