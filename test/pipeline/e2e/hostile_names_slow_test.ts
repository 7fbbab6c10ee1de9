/** Names of files from outside: nothing that is shown of them can steer a terminal or begin a line of its own. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Project } from "../../support/project.ts";

/** Colours, a window's title, a line of its own, another direction, and a C1 control character. */
const EVIL = "\x1b[31m\x1b]0;x\x07\nerror: planted\u202e\u2066\x9b1m";
/** All that may not be shown as it is. */
const RAW = /(?!\n)[\p{Cc}\p{Bidi_Control}\u2028]|^error: planted/mu;

Deno.test("commands, pages and files show hostile names escaped", async (t) => {
  await using project = new Project();
  hostile(project.tones);
  const values = [...project.tiny, "trainer.epochs=1", "setting=A"];
  const shows = async (name: string, ...args: string[]) => {
    const { stdout, stderr } = await project.run(name, ...args);
    const line = (stdout + stderr).split("\n").find((line) => RAW.test(line));
    assertEquals(line, undefined, `deno task ${name} ${args.join(" ")}`);
    return stdout + stderr;
  };
  await t.step("where a file cannot be read", async () => {
    const told = await shows("kws", ...values);
    assertEquals(told.includes("\\u001b[31m"), true, told);
    await shows("logs", "index/*-train");
    await shows("status", ...values);
    await shows("why", "index", ...values);
  });
  await t.step("where all runs", async () => {
    const sound = [...values, "dataset.bad_files=skip"];
    assertStringIncludes(await shows("report", ...sound), "report.html");
    await shows("logs", "index/*-train");
    await shows("evaluate", "--checkpoint", `${project.folder}/no${EVIL}.safetensors`);
    for (const args of [[], ["--csv"], ["--json"]]) await shows("runs", ...args);
    for (const format of ["text", "mermaid", "dot"]) await shows("graph", "--format", format, ...sound);
    await shows("verify");
    await shows("gc", "--keep-days", "0");
  });
  await t.step("where what is typed is not known", async () => {
    for (const args of [[`x${EVIL}=1`], [`model=x${EVIL}`], [`--x${EVIL}`], ["--executor", EVIL]]) {
      await shows("kws", ...args);
    }
    await shows(`x${EVIL}`);
    await shows("logs", EVIL);
    await shows("export", EVIL, "--to", "x.safetensors");
    await shows("runs", `model${EVIL}>1`);
  });
  await t.step("in files", () => {
    const files = filesBelow(project.results).filter((path) =>
      /\.(html|md|csv|log|svg)$|tfevents/.test(path)
    );
    assert(files.some((path) => path.endsWith("report.html")), files.join(" "));
    for (const path of files) {
      const text = Deno.readTextFileSync(path).replaceAll(/[\r\t]/g, "");
      const raw = path.includes("tfevents")
        ? ["\x1b[31m", "\u202e"].find((sign) => text.includes(sign))
        : RAW.exec(text)?.[0];
      assertEquals(raw, undefined, path);
    }
  });
});

function hostile(tones: string): void {
  const [clip] = [...Deno.readDirSync(`${tones}/yes`)].map(({ name }) => name);
  Deno.mkdirSync(`${tones}/o${EVIL}`);
  for (const folder of ["yes", "no", `o${EVIL}`]) {
    Deno.copyFileSync(`${tones}/yes/${clip}`, `${tones}/${folder}/s${EVIL}_nohash_0.wav`);
    Deno.writeTextFileSync(`${tones}/${folder}/b${EVIL}_nohash_0.wav`, "no sound");
    Deno.writeTextFileSync(`${tones}/${folder}/n${EVIL}.txt`, "notes");
  }
}

function filesBelow(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name }) => {
    const path = `${folder}/${name}`;
    return Deno.statSync(path).isDirectory ? filesBelow(path) : [path];
  });
}
