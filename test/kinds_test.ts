/** A new kind is a folder, a line in its family's list and a file of values: nothing else knows it. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { ProjectCopy } from "./support/project.ts";
import { addToyKind, TOY_KINDS } from "./support/toy_kinds.ts";

/** Groups whose values the program reads through their family's list. */
const READ = ["executor"];

Deno.test("a kind of each family is added by its folder, one line and its values", async (t) => {
  await using project = new ProjectCopy();
  for (const toy of TOY_KINDS) addToyKind(project, toy);

  for (const { family, list, name, group } of TOY_KINDS) {
    await t.step(`the list of the ${family}s has it, and its schema takes its values`, async () => {
      const script = `
        import { parse } from "@std/yaml";
        import { loadKind } from "./lib/base/kinds.ts";
        import { ${name} } from "./${list}";
        const kind = await loadKind(${name}, "toy", "${family}");
        const values = parse(Deno.readTextFileSync("conf/${group}/toy.yaml"));
        console.log((kind.group ?? kind.schema).parse(values).kind);
      `;
      const command = new Deno.Command(Deno.execPath(), {
        args: ["eval", "--quiet", script],
        cwd: project.root,
      });
      const { stdout, stderr } = await command.output();
      assertEquals(new TextDecoder().decode(stdout), "toy\n", new TextDecoder().decode(stderr));
    });
  }

  for (const group of READ) {
    await t.step(`${group}=toy is offered and planned with`, async () => {
      assertStringIncludes((await project.run("complete", "--", "kws", `--${group}`, "")).stdout, "toy");
      const { code, stderr } = await project.run("kws", ...project.tiny, `--${group}`, "toy", "--dry-run");
      assertEquals(code, 0, stderr);
    });
  }
});
