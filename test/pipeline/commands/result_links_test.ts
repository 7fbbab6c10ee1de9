/** Folders of links: each result keeps its own, whatever other commands do and whatever stands in the way. */
import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { type Linked, linkResults } from "../../../pipeline/commands/shared/result_links_io.ts";
import { openStore, type Store } from "../../../pipeline/engine/store/store_io.ts";
import { commitFiles } from "../../support/fake_runs.ts";
import { type TempDir, tempDir } from "../../support/temp_dir.ts";

/** A table and a run's checkpoint. */
async function resultOf(store: Store, text: string): Promise<Linked[]> {
  return [
    { receipt: await commitFiles(store, "aggregate/kws", { text }, {}, { "results.csv": text }), under: "" },
    { receipt: await commitFiles(store, "train/a", { text }, {}, { "best.safetensors": text }), under: "a/" },
  ];
}

/** Which links to outputs a folder holds, as far as they lead somewhere. */
function linksIn(folder: string, under = ""): string[] {
  return [...Deno.readDirSync(`${folder}/${under}`)].flatMap(({ name, isDirectory }) =>
    isDirectory
      ? linksIn(folder, `${under}${name}/`)
      : name.endsWith(".log")
      ? []
      : exists(`${folder}/${under}${name}`)
      ? [under + name]
      : []
  ).sort();
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path) !== undefined;
  } catch {
    return false;
  }
}

function warnings(action: () => void): string[] {
  const told: string[] = [];
  const before = console.error;
  console.error = (line: string) => told.push(line);
  try {
    action();
  } finally {
    console.error = before;
  }
  return told;
}

async function opened(dir: TempDir): Promise<{ store: Store; folder: string }> {
  return await Promise.resolve({ store: openStore(`${dir.path}/store`), folder: `${dir.path}/results/kws` });
}

Deno.test("each result has a folder of its own that no later one changes; latest leads to the last", async () => {
  await using dir = tempDir();
  const { store, folder } = await opened(dir);
  const first = linkResults(folder, store, await resultOf(store, "first"))!;
  const second = linkResults(folder, store, await resultOf(store, "second"))!;
  assertNotEquals(first, second);
  assertMatch(first, /results\/kws\/2026-01-01-[0-9a-f]{8}$/);
  assertEquals(Deno.readTextFileSync(`${first}/results.csv`), "first");
  assertEquals(Deno.readTextFileSync(`${second}/a/best.safetensors`), "second");
  assertEquals(Deno.readTextFileSync(`${folder}/latest/results.csv`), "second");
  assertEquals(linkResults(folder, store, await resultOf(store, "first")), first);
  assertEquals(Deno.readTextFileSync(`${folder}/latest/results.csv`), "first");
});

Deno.test("what is made from a result later comes into its folder, and stays there", async () => {
  await using dir = tempDir();
  const { store, folder } = await opened(dir);
  const shown = await resultOf(store, "first");
  const png = { receipt: await commitFiles(store, "png/kws", {}, {}, { "png": "picture" }), under: "" };
  const own = linkResults(folder, store, shown)!;
  assertEquals(linkResults(folder, store, shown, [png]), own);
  assertEquals(linkResults(folder, store, shown), own);
  assertEquals(linksIn(own), ["a/best.safetensors", "png", "results.csv"]);
});

Deno.test("folders of results that the store has no more go, and so do empty ones; files of people stay", async () => {
  await using dir = tempDir();
  const { store, folder } = await opened(dir);
  const gone = await resultOf(store, "gone");
  const old = linkResults(folder, store, gone)!;
  const noted = linkResults(folder, store, await resultOf(store, "noted"))!;
  dir.write("results/kws/notes.txt", "mine");
  Deno.writeTextFileSync(`${noted}/notes.txt`, "mine");
  Deno.mkdirSync(`${folder}/left/empty`, { recursive: true });
  Deno.removeSync(`${dir.path}/store/objects`, { recursive: true });
  Deno.removeSync(`${dir.path}/store/receipts`, { recursive: true });
  const kept = linkResults(folder, store, await resultOf(store, "kept"))!;
  assertEquals([old, noted, kept, `${folder}/left`].map(exists), [false, true, true, false]);
  assertEquals(dir.read("results/kws/notes.txt"), "mine");
});

Deno.test("a file where a link or a folder belongs is told in a sentence, left alone, and hinders nothing", async (t) => {
  for (const place of ["results", "results/kws", "results/kws/latest", "own/results.csv", "own/a"]) {
    await t.step(place, async () => {
      await using dir = tempDir();
      const { store, folder } = await opened(dir);
      const shown = await resultOf(store, "first");
      const own = linkResults(folder, store, shown)!;
      const path = place.startsWith("own") ? `${own}${place.slice(3)}` : `${dir.path}/${place}`;
      Deno.removeSync(path, { recursive: true });
      Deno.writeTextFileSync(path, "mine");
      const told = warnings(() => linkResults(folder, store, shown));
      assertEquals(told.length, 1, told.join("\n"));
      assertMatch(told[0]!, /^warning: Cannot link results at .*: something else is there\. Move it away/);
      assertEquals(Deno.readTextFileSync(path), "mine");
    });
  }
});

Deno.test("processes that link at the same time all end well", async () => {
  await using dir = tempDir();
  const { store, folder } = await opened(dir);
  const results = await Promise.all(["a", "b"].map((text) => resultOf(store, text)));
  const script = dir.write(
    "link.ts",
    `import { linkResults } from "${new URL(
      "../../../pipeline/commands/shared/result_links_io.ts",
      import.meta.url,
    )}";
    import { openStore } from "${new URL("../../../pipeline/engine/store/store_io.ts", import.meta.url)}";
    const { root, folder, results } = JSON.parse(Deno.args[0]);
    const store = openStore(root);
    for (let i = 0; i < 50; i++) for (const shown of results) linkResults(folder, store, shown);`,
  );
  const config = new URL("../../../deno.json", import.meta.url).pathname;
  const args = JSON.stringify({ root: store.root, folder, results });
  const outputs = await Promise.all([1, 2, 3].map(() =>
    new Deno.Command(Deno.execPath(), {
      args: ["run", "--allow-all", "--no-check", `--config=${config}`, script, args],
      env: { NO_COLOR: "1" },
    }).output()
  ));
  const told = outputs.map(({ stderr }) => new TextDecoder().decode(stderr));
  assertEquals(told, ["", "", ""]);
  assert(exists(`${folder}/latest/results.csv`));
  assertEquals([...Deno.readDirSync(folder)].length, 3);
});
