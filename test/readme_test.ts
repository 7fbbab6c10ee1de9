/** Every command that a README prints is one that the program takes. */
import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { COMMANDS } from "../pipeline/commands/list.ts";
import { writeTensors } from "../lib/formats/safetensors_io.ts";
import { tokenize } from "../pipeline/engine/code/tokens.ts";
import { sharedProject } from "./support/project.ts";

const ROOT = fromFileUrl(new URL("../", import.meta.url));
const FOLDERS = ["", "conf/", "data/", "lib/", "pipeline/"];
/** Commands that can be tried here without minutes of work; CI runs the others. */
const PLANNED = ["kws", "asr", "sweep", "search", "report", "status", "why", "graph", "verify", "gc"];
/** They run what they plan, unless told otherwise. */
const RUNS = ["kws", "asr", "sweep", "search", "report"];

const project = sharedProject();
const tasks = Object.keys(JSON.parse(Deno.readTextFileSync(`${ROOT}deno.json`)).tasks);

for (const path of FOLDERS.map((folder) => `${folder}README.md`)) {
  const found = commands(readText(`${ROOT}${path}`));
  if (found.length === 0) continue;
  Deno.test(`the commands of ${path} are understood`, async () => {
    if (path === "README.md") assert(found.length > 20, `only ${found.length} commands found`);
    const corpus = `${project.folder}/corpus`;
    Deno.mkdirSync(corpus, { recursive: true });
    const checkpoint = `${project.folder}/clean.safetensors`;
    writeTensors(
      checkpoint,
      new Map([["linearlayer.bias", { shape: [12], data: new Float32Array(12) }]]),
    );
    for (const command of found) {
      const [name = "", ...args] = wordsOf(command);
      assert(tasks.includes(name), `${command}: deno.json has no task ${name}`);
      if (!PLANNED.includes(name)) continue;
      const real = args.map((arg) =>
        arg.replace("/path/to/recordings", project.tones).replace("=clean.safetensors", `=${checkpoint}`)
          .replace(/\/path\/to\/(timit|corpus)/, corpus)
      );
      const shows = args.some((arg) => /^--(dry-run|print-config)$/.test(arg));
      const { code, stderr } = await project.run(
        name,
        ...real,
        ...RUNS.includes(name) && !shows ? ["--dry-run"] : [],
      );
      assertEquals(code, 0, `${command}\n${stderr}`);
    }
  });
}

/** What a shell makes something else of, outside of quotes. */
const SPECIAL = /[[\](){}*?<>~!$]/;

Deno.test("what READMEs and help tell people to type is quoted where zsh wants it", async () => {
  const typed = FOLDERS.flatMap((folder) => commands(readText(`${ROOT}${folder}README.md`)));
  for (const load of Object.values(COMMANDS)) {
    typed.push(...(await load()).command.examples.map(([line]) => line));
  }
  const bare = typed.map((line) => line.replace(/'[^']*'/g, "").replace(/ >>? \S+$/, ""));
  assertEquals(bare.filter((line) => SPECIAL.test(line)), []);
});

Deno.test("values with brackets are quoted wherever READMEs and messages show them", () => {
  const shown = /(?<!['\w.])[\w.]*[a-z]=(?:[[{](?!\$)|range\()[^`]*/g;
  const texts = FOLDERS.map((folder) =>
    readText(`${ROOT}${folder}README.md`).replace(/```(?!sh)\w+\n[\s\S]*?```/g, "")
  );
  for (const file of [...walk("lib"), ...walk("pipeline")]) {
    for (const { kind, text } of tokenize(Deno.readTextFileSync(ROOT + file))) {
      if (kind === "string" || kind === "template") texts.push(text);
    }
  }
  assertEquals(texts.flatMap((text) => text.match(shown) ?? []), []);
});

function* walk(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(ROOT + folder)) {
    if (isDirectory) yield* walk(`${folder}/${name}`);
    else if (name.endsWith(".ts")) yield `${folder}/${name}`;
  }
}

/**
 * What stands behind `deno task` in a text's shell blocks, without comments and the `npx` prefix, and in its table of the
 * Python repository's commands.
 */
function commands(text: string): string[] {
  const blocks = [...text.matchAll(/```sh\n([\s\S]*?)```/g)].map((match) => match[1]!);
  const lines = blocks.flatMap((block) => block.split("\n"))
    .map((line) => line.replace(/\s+#.*$/, "").trim())
    .flatMap((line) => /^(?:npx -y deno@[\d.]+|deno) task (.*)$/.exec(line)?.[1] ?? []);
  const table = [...text.matchAll(/\| `deno task ((?:kws|sweep) [^`]*)` +\|$/gm)].map((match) => match[1]!);
  // Two archives of gigabytes.
  return [...lines, ...table.filter((command) => !command.includes("dataset=speech_commands"))];
}

/** As a shell has them. */
function wordsOf(command: string): string[] {
  const words = command.match(/(?:'[^']*'|[^\s'])+/g) ?? [];
  return words.map((word) => word.replaceAll("'", ""));
}

function readText(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}
